//! What handles stand for, and how parents and children hang together.

mod children;
mod connection;
mod pending;
mod request;
mod session;
mod settings;

use std::sync::Arc;
use std::thread;

use openwinhttp_abi::*;

pub(crate) use children::{Children, Orphan, Place};
pub(crate) use connection::{Connection, Route};
pub(crate) use pending::Started;
pub(crate) use request::Request;
pub(crate) use session::Session;
pub(crate) use settings::Settings;

use crate::errors::{Error, Result, fail};
use crate::handle::HINTERNET;
use crate::notice::Listener;
use crate::table::Table;

/// What a handle stands for.
#[derive(Clone, Debug)]
pub(crate) enum Object {
    Session(Arc<Session>),
    Connection(Arc<Connection>),
    Request(Arc<Request>),
}

/// The object under a handle that is open and no orphan.
pub(crate) fn find(handle: HINTERNET) -> Result<Object> {
    let object = find_any(handle)?;
    if object.orphan().is_some_and(Orphan::is_set) { fail(ERROR_INVALID_HANDLE) } else { Ok(object) }
}

/// The object under a handle that is open, be it an orphan.
pub(crate) fn find_any(handle: HINTERNET) -> Result<Object> {
    HANDLES.get(handle).ok_or(Error::from_code(ERROR_INVALID_HANDLE))
}

/// The session under a handle.
pub(crate) fn session(handle: HINTERNET) -> Result<Arc<Session>> {
    match find(handle)? {
        Object::Session(session) => Ok(session),
        _ => fail(ERROR_WINHTTP_INCORRECT_HANDLE_TYPE),
    }
}

/// The connection under a handle.
pub(crate) fn connection(handle: HINTERNET) -> Result<Arc<Connection>> {
    match find(handle)? {
        Object::Connection(connection) => Ok(connection),
        _ => fail(ERROR_WINHTTP_INCORRECT_HANDLE_TYPE),
    }
}

/// The request under a handle.
pub(crate) fn request(handle: HINTERNET) -> Result<Arc<Request>> {
    match find(handle)? {
        Object::Request(request) => Ok(request),
        _ => fail(ERROR_WINHTTP_INCORRECT_HANDLE_TYPE),
    }
}

/// Files an object without a parent.
pub(crate) fn open(object: Object) -> Result<HINTERNET> {
    let handle = HANDLES.insert(object.clone()).ok_or(Error::from_code(ERROR_NOT_ENOUGH_MEMORY))?;
    object.listener().set_handle(handle);
    Ok(handle)
}

/// Files an object as a child; `ERROR_INVALID_HANDLE` if the parent was closed in the meantime.
pub(crate) fn open_child(parent: &Children, make: impl FnOnce(Place) -> Object) -> Result<HINTERNET> {
    parent.adopt(|place| open(make(place)))
}

/// Closes a handle, orphan or not. Every descendant is an orphan when this returns, but those of a child that another
/// thread is closing just now.
pub(crate) fn close(handle: HINTERNET) -> Result<()> {
    let object = HANDLES.remove(handle).ok_or(Error::from_code(ERROR_INVALID_HANDLE))?;
    match &object {
        Object::Session(_) => {}
        Object::Connection(connection) => connection.leave_parent(),
        Object::Request(request) => request.leave_parent(),
    }
    object.give_up();
    Ok(())
}

impl Object {
    pub(crate) fn listener(&self) -> &Listener {
        match self {
            Self::Session(session) => &session.listener,
            Self::Connection(connection) => &connection.listener,
            Self::Request(request) => &request.listener,
        }
    }

    fn orphan(&self) -> Option<&Orphan> {
        match self {
            Self::Session(_) => None,
            Self::Connection(connection) => Some(&connection.orphan),
            Self::Request(request) => Some(&request.orphan),
        }
    }

    /// Lets go of what the object holds, and orphans its children.
    fn give_up(&self) {
        let children = match self {
            Self::Session(session) => session.children.close(),
            Self::Connection(connection) => connection.children.close(),
            Self::Request(request) => return request.give_up(),
        };
        for child in children.iter().filter_map(|handle| HANDLES.get(*handle)) {
            child.orphan().into_iter().for_each(Orphan::set);
            child.give_up();
        }
    }
}

/// A moment to tell a panic that comes after it from one that was under way: what is dropped then may make calls too.
#[derive(Clone, Copy)]
struct Calm {
    was_panicking: bool,
}

impl Calm {
    fn now() -> Self {
        Self { was_panicking: thread::panicking() }
    }

    /// Whether a panic has begun since.
    fn is_over(self) -> bool {
        !self.was_panicking && thread::panicking()
    }
}

static HANDLES: Table<Object> = Table::new();
