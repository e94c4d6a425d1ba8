//! A request and its answer, as one `step` over one flat [`Phase`].
//!
//! ```text
//! Opened ─ WinHttpSendRequest ─► Drain ► Checkout ► Resolve ► Connect ► Handshake ► SendHead ► Sent
//!                                            └── an idle connection ──────────────────►┘
//! Sent ── WinHttpReceiveResponse ─► ReceiveHead ► Body ► Done
//! ```
//!
//! Every step may say `Wait`; the driver above it waits and asks again. A failure leads to `Failed`, with the
//! connection given up.

mod body;
mod head;
mod request_head;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use openwinhttp_abi::*;
use openwinhttp_net::{Conn, Dial, Dialled, Error as NetError, Limits, Lookup, Origin, Step};
use openwinhttp_wire::{Body, Framing, HeadReader, ResponseHead};

use crate::errors::{Coded, Error, Result, fail, secure_flags};
use crate::notice::Status;
use crate::objects::Request;
use crate::policy::upload::{Left, Upload};

pub(crate) use request_head::{RequestLine, Verb};

/// A request and its answer.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) line: RequestLine,
    phase: Phase,
    conn: Option<Conn>,
    upload: Upload,
    /// Whether the head was written since the request was opened, so that its automatic fields can be seen.
    has_been_sent: bool,
    /// Whether a stale connection has made this round start over; that happens once.
    has_retried: bool,
    started_receiving: Option<Instant>,
    reader: HeadReader,
    informational: u32,
    response: Option<ResponseHead>,
    body: Body,
    /// Whether the connection may carry another exchange when the body was read.
    persistent: bool,
    /// Body bytes written since it was last looked whether the peer has answered already.
    written_unlooked: usize,
    /// What ended the body, once the bytes before it were delivered.
    failure: Option<Error>,
}

/// Where an exchange stands.
#[derive(Debug)]
enum Phase {
    /// Nothing was sent.
    Opened,
    /// What is left of the answer before is read over.
    Drain,
    /// An idle connection is looked for.
    Checkout,
    Resolve(Arc<Lookup>),
    Connect(Box<Dial>),
    Handshake,
    SendHead,
    /// The head and what came along are sent; the program may write more.
    Sent,
    ReceiveHead,
    Body,
    Done,
    /// The request or the answer has failed.
    Failed,
}

/// How far [`Exchange::step`] goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    Sent,
    Head,
}

impl Exchange {
    pub(crate) fn new(line: RequestLine) -> Self {
        Self {
            line,
            phase: Phase::Opened,
            conn: None,
            upload: Upload::NONE,
            has_been_sent: false,
            has_retried: false,
            started_receiving: None,
            reader: HeadReader::new(),
            informational: 0,
            response: None,
            body: Body::new(Framing::Length(0)),
            persistent: false,
            written_unlooked: 0,
            failure: None,
        }
    }

    /// Begins a round: what the round before has left is drained or given up.
    pub(crate) fn begin(&mut self, request: &Request, upload: Upload) {
        self.phase = match self.phase {
            Phase::Body if self.may_drain() => Phase::Drain,
            _ => {
                self.let_go(request);
                Phase::Checkout
            }
        };
        self.upload = upload;
        self.written_unlooked = 0;
        self.reader = HeadReader::new();
        self.informational = 0;
        self.has_retried = false;
        self.response = None;
        self.failure = None;
    }

    /// Goes on until `goal` is reached. `optional` goes out together with the head.
    pub(crate) fn step(&mut self, request: &Request, goal: Goal, optional: &[u8]) -> Result<Step<()>> {
        loop {
            let moved = self.step_once(request, goal, optional);
            match moved {
                Ok(Moved::On) => {}
                Ok(Moved::Wait(want)) => return Ok(Step::Wait(want)),
                Ok(Moved::Arrived) => return Ok(Step::Done(())),
                Err(error) => {
                    self.fail(request);
                    return Err(error);
                }
            }
        }
    }

    fn step_once(&mut self, request: &Request, goal: Goal, optional: &[u8]) -> Result<Moved> {
        match &mut self.phase {
            Phase::Drain => self.drain(request),
            Phase::Checkout => self.check_out(request),
            Phase::Resolve(lookup) => match lookup.step().coded()? {
                Step::Done(addresses) => self.resolved(request, addresses),
                Step::Wait(want) => Ok(Moved::Wait(want)),
            },
            Phase::Connect(dial) => match dial.step().coded()? {
                Step::Done(Dialled::Trying(address)) => {
                    request.tell(Status::ConnectingToServer(address))?;
                    Ok(Moved::On)
                }
                Step::Done(Dialled::Connected(address, conn)) => {
                    request.tell(Status::ConnectedToServer(address))?;
                    self.connected(request, conn)
                }
                Step::Wait(want) => Ok(Moved::Wait(want)),
            },
            Phase::Handshake => match self.handshake(request)? {
                Step::Done(()) => self.go_to_send_head(request),
                Step::Wait(want) => Ok(Moved::Wait(want)),
            },
            Phase::SendHead => self.send_head(request, optional),
            Phase::Sent if goal == Goal::Sent => Ok(Moved::Arrived),
            Phase::Sent => self.start_receiving(request),
            Phase::ReceiveHead => self.receive_head(request),
            Phase::Body | Phase::Done if goal == Goal::Head => Ok(Moved::Arrived),
            Phase::Opened | Phase::Body | Phase::Done | Phase::Failed => fail(ERROR_WINHTTP_INCORRECT_HANDLE_STATE),
        }
    }

    fn check_out(&mut self, request: &Request) -> Result<Moved> {
        let route = request.connection.route(self.line.secure)?;
        let limits = request.settings.lock().limits();
        if let Some(conn) = self.idle_conn(&route.origin, &limits) {
            self.adopt(request, conn)?;
            return self.go_to_send_head(request);
        }
        request.tell(Status::ResolvingName(route.origin.host().as_str()))?;
        self.go_to(Phase::Resolve(Lookup::new(route.origin.host(), route.origin.port(), limits.resolve)))
    }

    /// An idle connection that takes its limits. One that was reset may refuse: then the next is tried.
    fn idle_conn(&self, origin: &Origin, limits: &Limits) -> Option<Conn> {
        if self.has_retried {
            return None;
        }
        let mut candidates = std::iter::from_fn(|| origin.check_out(self.is_repeatable()));
        candidates.find_map(|mut conn| conn.limit(limits.receive, limits.send).is_ok().then_some(conn))
    }

    fn resolved(&mut self, request: &Request, addresses: Vec<SocketAddr>) -> Result<Moved> {
        if let Some(first) = addresses.first() {
            request.tell(Status::NameResolved(first.ip()))?;
        }
        let limit = request.settings.lock().limits().connect;
        self.go_to(Phase::Connect(Box::new(Dial::new(addresses, limit))))
    }

    fn connected(&mut self, request: &Request, mut conn: Conn) -> Result<Moved> {
        request.connection.route(self.line.secure)?.origin.secure(&mut conn).coded()?;
        let limits = request.settings.lock().limits();
        conn.limit(limits.receive, limits.send).coded()?;
        self.adopt(request, conn)?;
        self.go_to(Phase::Handshake)
    }

    fn handshake(&mut self, request: &Request) -> Result<Step<()>> {
        let outcome = self.conn()?.handshake();
        if let Err(NetError::Secure(failure)) = &outcome {
            request.tell(Status::SecureFailure(secure_flags(failure)))?;
        }
        outcome.coded()
    }

    fn adopt(&mut self, request: &Request, conn: Conn) -> Result<()> {
        request.cancel.attach(&conn).coded()?;
        self.conn = Some(conn);
        Ok(())
    }

    fn go_to_send_head(&mut self, request: &Request) -> Result<Moved> {
        request.tell(Status::SendingRequest)?;
        let route = request.connection.route(self.line.secure)?;
        let conn = self.conn.as_mut().ok_or_else(NetError::ended).coded()?;
        let user_agent = request.connection.session.user_agent.as_deref();
        self.line.write(&mut conn.output, self.upload.content_length, user_agent, &route.host_field);
        self.has_been_sent = true;
        self.go_to(Phase::SendHead)
    }

    fn send_head(&mut self, request: &Request, optional: &[u8]) -> Result<Moved> {
        match self.send(request, optional) {
            Ok(Step::Done(sent)) => {
                request.tell(Status::RequestSent(sent.try_into().unwrap_or(u32::MAX)))?;
                self.go_to(Phase::Sent)
            }
            Ok(Step::Wait(want)) => Ok(Moved::Wait(want)),
            Err(error @ NetError::Connection(_)) if self.may_send_again() => self.start_over(request, error.coded()),
            Err(error) => Err(error.coded()),
        }
    }

    /// Whether a send that failed can be made once more over another connection: this one was idle before, and nothing
    /// went out, or it would do no harm to send it twice.
    fn may_send_again(&self) -> bool {
        let Some(conn) = &self.conn else { return false };
        conn.is_reused() && (conn.sent() == 0 || self.is_repeatable())
    }

    /// Sends the head, where it is still to be sent, and `body`. When a final answer comes before the end, the rest of
    /// the body is unwanted: to go on would only fill the buffers of a peer that no longer reads. Gives how much was sent.
    fn send(&mut self, request: &Request, body: &[u8]) -> core::result::Result<Step<usize>, NetError> {
        loop {
            let conn = self.conn.as_mut().ok_or_else(NetError::ended)?;
            let total = conn.output.len() + body.len();
            let outcome = conn.send(body, PIECE);
            if let Ok(Step::Done(true)) = outcome {
                return Ok(Step::Done(total));
            }
            let sent = conn.sent();
            let has_begun = sent > 0 || matches!(self.phase, Phase::Sent);
            if has_begun && self.has_final_answer(request) {
                self.refuse_upload();
                return Ok(Step::Done(sent));
            }
            if let Step::Wait(want) = outcome? {
                return Ok(Step::Wait(want));
            }
        }
    }

    fn refuse_upload(&mut self) {
        self.upload.left = Left::Unwanted;
        self.conn.as_mut().into_iter().for_each(Conn::forget_output);
    }

    /// The connection was a stale one: once, and only when that repeats nothing, a new one is tried.
    fn start_over(&mut self, request: &Request, error: Error) -> Result<Moved> {
        if self.has_retried {
            return Err(error);
        }
        // A close of the handle ends the connection too, and looks like a stale one.
        request.still_open()?;
        self.has_retried = true;
        self.told_of_answer(request, 0);
        self.let_go(request);
        self.go_to(Phase::Checkout)
    }

    /// Writes more of the body; what is unwanted is dropped.
    pub(crate) fn write(&mut self, request: &Request, data: &[u8]) -> Result<Step<()>> {
        self.written_unlooked += data.len();
        if self.written_unlooked > PIECE {
            self.written_unlooked = 0;
            if self.has_final_answer(request) {
                self.refuse_upload();
            }
        }
        if self.upload.left == Left::Unwanted {
            return Ok(Step::Done(()));
        }
        let outcome = self.send(request, data);
        match outcome {
            Ok(Step::Done(_)) => self.upload.written(data.len()),
            Ok(Step::Wait(_)) => {}
            Err(_) => self.fail(request),
        }
        Ok(match outcome.coded()? {
            Step::Done(_) => Step::Done(()),
            Step::Wait(want) => Step::Wait(want),
        })
    }

    /// Whether the program may write `count` bytes now.
    pub(crate) fn check_write(&self, count: usize) -> Result<()> {
        match self.phase {
            Phase::Sent if count == 0 || self.upload.has_room(count) => Ok(()),
            Phase::Sent => fail(ERROR_INVALID_PARAMETER),
            _ => fail(ERROR_WINHTTP_INCORRECT_HANDLE_STATE),
        }
    }

    /// Whether an answer can be received now.
    pub(crate) fn check_receive(&self) -> Result<()> {
        match self.phase {
            Phase::Sent => Ok(()),
            _ => fail(ERROR_WINHTTP_INCORRECT_HANDLE_STATE),
        }
    }

    /// What was waited for did not come: a time limit has passed, or the call was given up.
    pub(crate) fn stopped(&mut self, request: &Request, error: &Error) {
        if let Phase::Body = self.phase {
            self.failure = Some(Error::from_code(error.code()));
        }
        self.fail(request);
    }

    /// The Content-Length field that went out by itself, if any, once the head was written.
    pub(crate) fn sent_content_length(&self) -> Option<Option<u64>> {
        self.has_been_sent.then_some(self.upload.content_length)
    }

    /// The head of the answer.
    pub(crate) fn response(&self) -> Result<&ResponseHead> {
        self.response.as_ref().ok_or(Error::from_code(ERROR_WINHTTP_INCORRECT_HANDLE_STATE))
    }

    /// The answer was read to its end: the connection goes back if it may, and goes away if not.
    fn finish(&mut self, request: &Request) {
        self.phase = Phase::Done;
        let may_stay = request.cancel.detach() && self.persistent;
        let Some(conn) = self.conn.take().filter(|conn| may_stay && conn.is_quiet()) else { return };
        if let Ok(route) = request.connection.route(self.line.secure) {
            route.origin.check_in(conn);
        }
    }

    /// Gives up the connection; only a new round can follow.
    pub(crate) fn fail(&mut self, request: &Request) {
        self.told_of_answer(request, 0);
        if let Some(conn) = &mut self.conn {
            conn.set_failed();
        }
        self.let_go(request);
        self.phase = Phase::Failed;
    }

    fn let_go(&mut self, request: &Request) {
        request.cancel.detach();
        self.conn = None;
    }

    /// The handle is closed: a connection whose last bytes lie here already goes back, any other is dropped.
    pub(crate) fn give_up(&mut self, request: &Request) {
        if let Phase::Body = self.phase {
            self.skip_what_is_here(request);
        }
        self.let_go(request);
    }

    /// Whether sending the request twice does what sending it once does: a safe method, and no body.
    fn is_repeatable(&self) -> bool {
        self.line.verb.is_safe() && self.upload == Upload::NONE
    }

    fn conn(&mut self) -> Result<&mut Conn> {
        self.conn.as_mut().ok_or(Error::from_code(ERROR_WINHTTP_INCORRECT_HANDLE_STATE))
    }

    fn go_to(&mut self, phase: Phase) -> Result<Moved> {
        self.phase = phase;
        Ok(Moved::On)
    }
}

/// What came of one phase.
enum Moved {
    /// The next phase is at hand.
    On,
    Wait(openwinhttp_net::Want),
    /// The goal is reached.
    Arrived,
}

/// Of a large body this much goes out before it is looked whether the peer has answered already.
const PIECE: usize = 256 * 1024;
