//! Legs: a round is one exchange with a server, and one more for each redirect that is followed. The cookies of the
//! session go along.

use std::sync::Arc;
use std::time::SystemTime;
use std::{fmt, mem};

use openwinhttp_abi::*;
use openwinhttp_wire::{HeadReader, Host, Place, ResponseHead};

use super::body::Drain;
use super::sending::Chunk;
use super::{Exchange, Moved, Phase};
use crate::errors::{Coded, Error, Result, fail};
use crate::notice::Notice;
use crate::objects::{Request, Route};
use crate::policy::redirect::{self, Redirect, Rules};
use crate::policy::upload::{Left, Upload};

/// The body that was sent along with the head, for a leg that needs it again.
pub(crate) enum Replay {
    Kept(Vec<u8>),
    /// It is being sent.
    Lent,
    /// It is too large, or the program has written a part of it.
    Gone,
}

impl Replay {
    pub(super) const NONE: Self = Self::Kept(Vec::new());

    /// A body that is sent from here.
    pub(crate) fn of_any(body: &[u8]) -> Self {
        Self::Kept(body.to_vec())
    }

    /// A body that is sent from where the program has it: a copy.
    pub(crate) fn of(body: &[u8]) -> Self {
        if body.len() <= MOST_KEPT { Self::Kept(body.to_vec()) } else { Self::Gone }
    }
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kept(_) => "Kept",
            Self::Lent => "Lent",
            Self::Gone => "Gone",
        })
    }
}

impl Exchange {
    /// Begins a round: what the round before has left is drained or given up.
    pub(crate) fn begin(&mut self, request: &Request, upload: Upload, replay: Replay) {
        self.redirects = 0;
        self.goes_elsewhere = false;
        self.replay = replay;
        self.report.begin();
        self.begin_leg(request, upload);
    }

    /// Finds the way to the server. A name that the program wants to be looked up in place of the server's makes one of
    /// its own. After a redirect the request stays where that has led.
    pub(crate) fn choose_route(&mut self, request: &Request) -> Result<()> {
        if self.is_elsewhere {
            return Ok(());
        }
        let named = request.kept.get(WINHTTP_OPTION_RESOLUTION_HOSTNAME);
        let route = match named.as_ref().and_then(|value| value.as_str()) {
            None => request.connection.route(self.line.secure)?,
            Some(name) => {
                let (place, name) = (self.place(request), Host::parse(name).coded()?);
                let session = &request.connection.session;
                Arc::new(Route::resolved_as(session, &place.host, place.port, place.secure, Some(&name))?)
            }
        };
        route.check_port()?;
        self.route = Some(route);
        Ok(())
    }

    fn begin_leg(&mut self, request: &Request, upload: Upload) {
        let first = match self.phase {
            Phase::Body if self.may_drain(request) => Phase::Drain(Drain::new()),
            _ => {
                self.let_go(request);
                Phase::Checkout
            }
        };
        self.set_phase(first);
        self.upload = upload;
        self.chunk = Chunk::None;
        self.written_unlooked = 0;
        self.reader = HeadReader::new();
        self.early = None;
        self.informational = 0;
        self.has_retried = false;
        self.response = None;
        self.decoding = None;
        self.failure = None;
    }

    /// The way to the server of this leg; there is one once the request was sent.
    pub(super) fn route(&self) -> Result<Arc<Route>> {
        self.route.clone().ok_or(Error::from_code(ERROR_WINHTTP_INCORRECT_HANDLE_STATE))
    }

    /// Where this leg goes.
    pub(crate) fn place(&self, request: &Request) -> Place {
        let secure = self.line.secure;
        let (host, port) = match &self.route {
            Some(route) if self.is_elsewhere => (route.host.clone(), route.origin.port()),
            _ => request.connection.server(secure),
        };
        Place { secure, host, port, target: self.line.target.clone() }
    }

    /// Where the answer leads to, if that is to be followed.
    pub(super) fn judge(&self, request: &Request, head: &ResponseHead) -> Result<Option<Redirect>> {
        if head.status() < 300 {
            return Ok(None);
        }
        let settings = *request.settings.lock();
        if settings.disables(WINHTTP_DISABLE_REDIRECTS) {
            return Ok(None);
        }
        let rules = Rules {
            policy: settings[Setting::RedirectPolicy],
            left: settings[Setting::MaxRedirects].saturating_sub(self.redirects),
            rejects_user: settings[Setting::RejectUserInUrl] != 0,
        };
        redirect::judge(head, self.line.verb.as_str(), &self.place(request), rules)
    }

    /// The fields are made to fit before the program hears of it, so that it may add to them.
    #[cold]
    pub(super) fn go_to_follow(&mut self, request: &Request, redirect: Redirect) -> Result<Moved> {
        redirect::adapt(&mut self.line.fields, &redirect);
        if request.listener.wants(WINHTTP_CALLBACK_STATUS_REDIRECT) {
            self.note(Notice::Redirect(redirect.place.to_url().into()));
        }
        self.go_to(Phase::Redirected(Box::new(redirect)))
    }

    /// Goes where the answer leads to. The request stays there: sent again, it goes to the new place.
    #[cold]
    pub(super) fn follow(&mut self, request: &Request) -> Result<Moved> {
        let Phase::Redirected(redirect) = mem::replace(&mut self.phase, Phase::Body) else {
            return fail(ERROR_WINHTTP_INTERNAL_ERROR);
        };
        self.response = None;
        self.redirects += 1;
        self.goes_elsewhere = request.is_asynchronous();
        let drops_body = redirect.method.is_some();
        self.turn_to(request, *redirect)?;
        let upload = self.upload_again(drops_body)?;
        self.report.begin();
        self.begin_leg(request, upload);
        Ok(Moved::On)
    }

    fn turn_to(&mut self, request: &Request, redirect: Redirect) -> Result<()> {
        let place = redirect.place;
        if redirect.leaves_origin {
            let route = Route::to(&request.connection.session, &place.host, place.port, place.secure)?;
            route.check_port()?;
            self.route = Some(Arc::new(route));
            self.is_elsewhere = true;
        }
        self.line.go_to(redirect.method, place.target, place.secure);
        Ok(())
    }

    fn upload_again(&mut self, drops_body: bool) -> Result<Upload> {
        if drops_body {
            self.replay = Replay::NONE;
            return Upload::plan(self.line.verb.as_str(), &self.line.fields, 0, 0, false);
        }
        match (&self.replay, self.upload.left) {
            (Replay::Kept(_), Left::Bytes(left)) if left > 0 => fail(ERROR_WINHTTP_RESEND_REQUEST),
            (Replay::Kept(body), _) => self.plan_again(body.len()),
            (Replay::Lent | Replay::Gone, _) => fail(ERROR_WINHTTP_RESEND_REQUEST),
        }
    }

    /// The program may have changed the fields since the upload was planned: they must not promise more than there is.
    fn plan_again(&self, length: usize) -> Result<Upload> {
        let chunked = self.upload.chunked;
        let total = if chunked { 0 } else { length as u32 };
        let upload = Upload::plan(self.line.verb.as_str(), &self.line.fields, length, total, chunked)?;
        match upload.left {
            Left::Bytes(left) if left > 0 => fail(ERROR_INVALID_PARAMETER),
            _ => Ok(upload),
        }
    }

    /// Whether there is no body, sent or still to be sent, and none that the fields promise by now.
    pub(super) fn has_no_body(&self) -> bool {
        let is_empty = matches!(&self.replay, Replay::Kept(body) if body.is_empty());
        let promises = |name: &[u8]| self.line.fields.position(name).is_some();
        is_empty && self.upload == Upload::NONE && !promises(b"Content-Length") && !promises(b"Transfer-Encoding")
    }

    /// The body of a leg that the program does not send itself.
    pub(super) fn with_replay<T>(&mut self, work: impl FnOnce(&mut Self, &[u8]) -> T) -> T {
        let replay = mem::replace(&mut self.replay, Replay::Lent);
        let body = match &replay {
            Replay::Kept(body) => body.as_slice(),
            Replay::Lent | Replay::Gone => &[],
        };
        let outcome = work(self, body);
        // It may have been found out meanwhile that it is not the whole body.
        if let Replay::Lent = self.replay {
            self.replay = replay;
        }
        outcome
    }

    /// What was sent along is no longer the whole body.
    pub(super) fn forget_replay(&mut self) {
        self.replay = Replay::Gone;
    }

    /// Finds the cookies for this leg.
    pub(super) fn pick_cookies(&mut self, request: &Request) {
        self.cookies = None;
        let jar = &request.connection.session.cookies;
        if !jar.lock().is_empty() && !request.settings.lock().disables(WINHTTP_DISABLE_COOKIES) {
            let place = self.place(request);
            self.cookies = jar.lock().field_value(&place, seconds_since_1970());
        }
    }

    /// Keeps the cookies that the answer sets.
    pub(super) fn keep_cookies(&self, request: &Request, head: &ResponseHead) {
        let mut set = head.fields().values(b"Set-Cookie").take(MOST_SET).peekable();
        if set.peek().is_none() || request.settings.lock().disables(WINHTTP_DISABLE_COOKIES) {
            return;
        }
        let (place, now) = (self.place(request), seconds_since_1970());
        let mut jar = request.connection.session.cookies.lock();
        set.for_each(|value| jar.store(value, &place, now));
    }
}

fn seconds_since_1970() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// One answer may set so many cookies.
const MOST_SET: usize = 50;
/// A body up to this size is kept for a redirect that wants it again.
const MOST_KEPT: usize = 1024 * 1024;
