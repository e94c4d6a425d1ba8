//! Options: what is asked of a handle, and what is set on it, as the table of options in `abi` says.

mod change;
mod extended;
mod kept;
mod question;
mod value;

use openwinhttp_abi::*;

pub use change::{OptionChange, OptionExtent};
pub(crate) use extended::note;
pub(crate) use kept::Kept;
pub use question::OptionQuestion;
pub use value::{
    ConnectionInfo, Event, FailedConnectionRetries, HttpVersion, MatchConnectionGuid, OptionValue, RequestStats,
    RequestTimes, TcpKeepalive,
};

use crate::errors::{Error, Result, fail};
use crate::handle::HINTERNET;
use crate::objects::{self, Object};

/// Whom an option belongs to: what is under a handle, or the process.
#[derive(Debug)]
struct Subject {
    /// `None` for the process.
    object: Option<Object>,
    handles: HandleTypes,
}

impl Subject {
    /// What is under this handle. NULL is the process where `types` has NULL, and an orphan is only found where it is
    /// asked for what needs no parent.
    fn find(handle: HINTERNET, types: HandleTypes, orphans: bool) -> Result<Self> {
        if handle.is_null() && types.meets(HandleTypes::NULL) {
            return Ok(Self { object: None, handles: HandleTypes::NULL });
        }
        let object = if orphans { objects::find_any(handle)? } else { objects::find(handle)? };
        let handles = match &object {
            Object::Session(_) => HandleTypes::SESSION,
            Object::Connection(_) => HandleTypes::CONNECTION,
            Object::Request(_) => HandleTypes::REQUEST,
        };
        Ok(Self { object: Some(object), handles })
    }

    /// What of it is kept beside the numbers.
    fn kept(&self) -> &Kept {
        match &self.object {
            None => &PROCESS,
            Some(Object::Session(session)) => &session.kept,
            Some(Object::Connection(connection)) => &connection.session.kept,
            Some(Object::Request(request)) => &request.kept,
        }
    }

    /// Its numbers; a connection has none of its own and shows those of its session.
    fn settings(&self) -> Result<parking_lot::MutexGuard<'_, objects::Settings>> {
        match &self.object {
            None => fail(ERROR_WINHTTP_INTERNAL_ERROR),
            Some(Object::Session(session)) => Ok(session.settings.lock()),
            Some(Object::Connection(connection)) => Ok(connection.session.settings.lock()),
            Some(Object::Request(request)) => Ok(request.settings.lock()),
        }
    }

    fn object(&self) -> Result<&Object> {
        self.object.as_ref().ok_or(Error::from_code(ERROR_INVALID_HANDLE))
    }

    fn session(&self) -> Result<&objects::Session> {
        match self.object()? {
            Object::Session(session) => Ok(session),
            _ => fail(ERROR_WINHTTP_INCORRECT_HANDLE_TYPE),
        }
    }

    fn request(&self) -> Result<&objects::Request> {
        match self.object()? {
            Object::Request(request) => Ok(request),
            _ => fail(ERROR_WINHTTP_INCORRECT_HANDLE_TYPE),
        }
    }
}

/// What belongs to the process.
static PROCESS: Kept = Kept::new();
