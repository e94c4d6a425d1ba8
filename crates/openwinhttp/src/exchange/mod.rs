//! A request and its answer, as one `step` over one flat [`Phase`].
//!
//! ```text
//! Opened ─ WinHttpSendRequest ─► Drain ► Checkout ► Resolve ► Connect ► Handshake ► WriteHead ► SendHead ► Sent
//!                                 ▲          └── an idle connection ──────────────────►┘
//!                                 └─────────────────────── a redirect ────────────────┐
//! Sent ── WinHttpReceiveResponse ─► SendEnd ► ReceiveHead ► Body ► Done               │
//!                                                 └─► Redirected ─────────────────────┘
//! ```
//!
//! In an asynchronous session the send goes on from *Sent* to *Prefetch*, where the head of the answer is awaited, and
//! back. Every step may say `Wait`; the driver above it waits and asks again. What happens is put into `notices`, which
//! the caller tells before it asks again: so no callback runs within a step. A failure leads to `Failed`, with the
//! connection given up.

mod body;
mod decoding;
mod head;
mod leg;
mod report;
mod request_head;
mod sending;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use std::{fmt, mem};

use openwinhttp_abi::*;
use openwinhttp_net::{Conn, Dial, DialRules, Dialled, Error as NetError, Limits, Lookup, Origin, Seat, Step, Want};
use openwinhttp_wire::{Body, Framing, HeadReader, ResponseHead};

use crate::errors::{Coded, Error, Result, fail, secure_flags};
use crate::notice::{Notice, Status};
use crate::objects::{Request, Route, Settings};
use crate::policy::redirect::Redirect;
use crate::policy::upload::{Left, Upload};

use body::Drain;
use decoding::Decoding;
use report::{Mark, Report};
use sending::Chunk;

pub(crate) use body::Amount;
pub(crate) use leg::Replay;
pub(crate) use report::clock_start;
pub(crate) use request_head::{RequestLine, Verb};

/// A request and its answer.
pub(crate) struct Exchange {
    pub(crate) line: RequestLine,
    phase: Phase,
    /// The way to the server of this leg.
    route: Option<Arc<Route>>,
    /// Whether a redirect has led away from the server of the connection handle.
    is_elsewhere: bool,
    redirects: u32,
    /// Whether what comes behind the send of a redirect is for another thread than that of the call.
    goes_elsewhere: bool,
    replay: Replay,
    /// The cookies that go out by themselves.
    cookies: Option<Vec<u8>>,
    /// The place of the connection that is being made.
    seat: Option<Seat>,
    conn: Option<Box<Conn>>,
    upload: Upload,
    chunk: Chunk,
    /// Whether the head was written since the request was opened, so that its automatic fields can be seen.
    has_been_sent: bool,
    /// Whether something of this leg may have reached the peer.
    has_gone_out: bool,
    /// Whether a stale connection has made this leg start over; that happens once.
    has_retried: bool,
    reader: HeadReader,
    /// The head of the answer, or why there is none, as it was found before the program asked for it.
    early: Option<Box<Result<(ResponseHead, usize)>>>,
    informational: u32,
    response: Option<ResponseHead>,
    body: Body,
    decoding: Option<Box<Decoding>>,
    /// Whether the connection may carry another exchange when the body was read.
    persistent: bool,
    /// Whether the request went out with `Connection: close`.
    asked_for_close: bool,
    /// Whether the program has asked for the connection to end with this exchange.
    expires: bool,
    /// Body bytes written since it was last looked whether the peer has answered already.
    written_unlooked: usize,
    /// What ended the body, once the bytes before it were delivered.
    failure: Option<Error>,
    report: Report,
    /// What has happened and was not told yet.
    notices: Vec<Notice>,
}

/// Where an exchange stands.
#[derive(Debug)]
enum Phase {
    /// Nothing was sent.
    Opened,
    /// What is left of the answer before is read over.
    Drain(Drain),
    /// An idle connection is looked for.
    Checkout,
    Resolve(Arc<Lookup>),
    Connect(Box<Dial>),
    Handshake,
    WriteHead,
    SendHead,
    /// The head and what came along are sent; the program may write more.
    Sent,
    /// The head of the answer is awaited, though the program has not asked for it.
    Prefetch,
    /// The end of a body in chunks is sent.
    SendEnd,
    ReceiveHead,
    Body,
    Done,
    /// The answer leads elsewhere.
    Redirected(Box<Redirect>),
    /// The request or the answer has failed.
    Failed,
}

/// How far [`Exchange::step`] goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    Sent,
    /// Sent, and the head of the answer has come, if nothing of the request is left to send.
    Prefetched,
    Head,
}

/// The outcome of [`Exchange::step`].
#[derive(Debug)]
pub(crate) enum Progress<T> {
    Done(T),
    Wait(Want),
    /// There are notices to be told before it goes on.
    Tell,
    /// It goes on at once; it was only long enough.
    Again,
    /// It goes on, but not on the thread of the call: after a redirect, as on Windows.
    Elsewhere,
}

impl<T> Progress<T> {
    /// That of a step that tells nothing in between.
    pub(crate) fn of(step: Step<T>) -> Self {
        match step {
            Step::Done(value) => Self::Done(value),
            Step::Wait(want) => Self::Wait(want),
        }
    }

    pub(crate) fn map<U>(self, map: impl FnOnce(T) -> U) -> Progress<U> {
        match self {
            Self::Done(value) => Progress::Done(map(value)),
            Self::Wait(want) => Progress::Wait(want),
            Self::Tell => Progress::Tell,
            Self::Again => Progress::Again,
            Self::Elsewhere => Progress::Elsewhere,
        }
    }
}

/// Where it stands, and nothing of what it carries.
impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("phase", &self.phase).finish_non_exhaustive()
    }
}

impl Exchange {
    pub(crate) fn new(line: RequestLine) -> Box<Self> {
        Box::new(Self {
            line,
            phase: Phase::Opened,
            route: None,
            is_elsewhere: false,
            redirects: 0,
            goes_elsewhere: false,
            replay: Replay::NONE,
            cookies: None,
            seat: None,
            conn: None,
            upload: Upload::NONE,
            chunk: Chunk::None,
            has_been_sent: false,
            has_gone_out: false,
            has_retried: false,
            reader: HeadReader::new(),
            early: None,
            informational: 0,
            response: None,
            body: Body::new(Framing::Length(0)),
            decoding: None,
            persistent: false,
            asked_for_close: false,
            expires: false,
            written_unlooked: 0,
            failure: None,
            report: Report::default(),
            notices: Vec::new(),
        })
    }

    /// Goes on until `goal` is reached. `optional` goes out together with the head.
    pub(crate) fn step(&mut self, request: &Request, goal: Goal, optional: &[u8]) -> Result<Progress<()>> {
        loop {
            match self.step_once(request, goal, optional) {
                Ok(Moved::Wait(want)) => return Ok(Progress::Wait(want)),
                Ok(Moved::Arrived) => return Ok(Progress::Done(())),
                Ok(Moved::On) if self.notices.is_empty() => {}
                Ok(Moved::On) => return Ok(Progress::Tell),
                Ok(Moved::Elsewhere) => return Ok(Progress::Elsewhere),
                Err(error) => {
                    self.fail(request);
                    return Err(error);
                }
            }
        }
    }

    /// Within the loop above, not called by it: that is a tenth of what a small request costs here.
    #[inline(always)]
    fn step_once(&mut self, request: &Request, goal: Goal, optional: &[u8]) -> Result<Moved> {
        match &mut self.phase {
            Phase::Drain(_) => self.drain(request),
            Phase::Checkout => self.check_out(request),
            Phase::Resolve(lookup) => match lookup.step().coded()? {
                Step::Done(addresses) => self.resolved(request, &addresses),
                Step::Wait(want) => Ok(Moved::Wait(want)),
            },
            Phase::Connect(dial) => match dial.step().coded()? {
                Step::Done(Dialled::Trying(address)) => {
                    self.tell(request, Status::ConnectingToServer(address));
                    Ok(Moved::On)
                }
                Step::Done(Dialled::Connected(address, conn)) => {
                    self.tell(request, Status::ConnectedToServer(address));
                    self.connected(request, conn)
                }
                Step::Wait(want) => Ok(Moved::Wait(want)),
            },
            Phase::Handshake => match self.handshake(request)? {
                Step::Done(()) => self.go_to_write_head(request),
                Step::Wait(want) => Ok(Moved::Wait(want)),
            },
            Phase::WriteHead => self.go_on_from_sending_request(request),
            Phase::SendHead => self.send_head(request, optional),
            Phase::Sent => self.go_on_from_sent(request, goal),
            Phase::Prefetch => self.prefetch(request),
            Phase::SendEnd => self.send_end(request),
            Phase::ReceiveHead => self.receive_head(request),
            Phase::Redirected(_) => self.follow(request),
            Phase::Body | Phase::Done if goal == Goal::Head => Ok(Moved::Arrived),
            Phase::Opened | Phase::Body | Phase::Done | Phase::Failed => fail(ERROR_WINHTTP_INCORRECT_HANDLE_STATE),
        }
    }

    fn go_on_from_sent(&mut self, request: &Request, goal: Goal) -> Result<Moved> {
        match goal {
            Goal::Prefetched if self.awaits_answer() => self.go_to_prefetch(request),
            Goal::Sent | Goal::Prefetched => Ok(Moved::Arrived),
            Goal::Head if mem::take(&mut self.goes_elsewhere) => Ok(Moved::Elsewhere),
            Goal::Head if self.upload.left == Left::Chunks => self.go_to_send_end(),
            Goal::Head => self.start_receiving(request),
        }
    }

    /// Notes what happens, for a program that wants to hear of it.
    #[inline(always)]
    fn tell(&mut self, request: &Request, status: Status<'static>) {
        if request.listener.wants(status.code()) {
            self.note(Notice::Other(status));
        }
    }

    #[cold]
    fn note(&mut self, notice: Notice) {
        self.notices.push(notice);
    }

    pub(crate) fn has_notices(&self) -> bool {
        !self.notices.is_empty()
    }

    /// What is to be told before the next step.
    pub(crate) fn take_notices(&mut self) -> Vec<Notice> {
        mem::take(&mut self.notices)
    }

    fn check_out(&mut self, request: &Request) -> Result<Moved> {
        let route = self.route()?;
        let settings = *request.settings.lock();
        let now = self.acquire_start();
        if let Some(conn) = self.idle_conn(request, &route.origin, &settings, now) {
            self.adopt(request, conn)?;
            return self.go_to_write_head(request);
        }
        match route.origin.seat(settings.max_connections()) {
            Step::Done(seat) => self.seat = Some(seat),
            Step::Wait(want) => return self.wait_for_seat(want, &settings.limits()),
        }
        let host = route.origin.resolved_as();
        if request.listener.wants(WINHTTP_CALLBACK_STATUS_RESOLVING_NAME) {
            self.note(Notice::ResolvingName(host.as_str().into()));
        }
        self.report.mark(&[Mark::AcquireWaitEnd, Mark::ResolveStart]);
        self.go_to(Phase::Resolve(Lookup::new(host, route.origin.port(), settings.limits().resolve)))
    }

    /// The wait for a connection is limited as the connect is.
    #[cold]
    fn wait_for_seat(&self, mut want: Want, limits: &Limits) -> Result<Moved> {
        if let (Some(limit), Want::Seat { until, .. }) = (limits.connect, &mut want) {
            let waited = self.report.since(Mark::AcquireStart);
            let left = limit.checked_sub(waited).ok_or(NetError::TimedOut).coded()?;
            *until = Instant::now().checked_add(left);
        }
        Ok(Moved::Wait(want))
    }

    /// A wait for a connection begins once, and is looked at again and again.
    fn acquire_start(&mut self) -> Instant {
        match self.report.has(Mark::AcquireStart) {
            true => Instant::now(),
            false => self.report.mark(&[Mark::AcquireStart, Mark::AcquireWaitEnd, Mark::AcquireEnd]),
        }
    }

    /// An idle connection that takes its limits. One that was reset may refuse: then the next is tried.
    fn idle_conn(
        &self,
        request: &Request,
        origin: &Arc<Origin>,
        settings: &Settings,
        now: Instant,
    ) -> Option<Box<Conn>> {
        if self.has_retried || settings.disables(WINHTTP_DISABLE_KEEP_ALIVE) {
            return None;
        }
        let (choice, (receive, send)) = (request.choice(), settings.transfer_limits());
        let mut candidates = std::iter::from_fn(|| origin.check_out(choice, self.is_repeatable(), now));
        candidates.find_map(|mut conn| conn.limit(receive, send).is_ok().then_some(conn))
    }

    #[cold]
    fn resolved(&mut self, request: &Request, addresses: &[SocketAddr]) -> Result<Moved> {
        if let Some(first) = addresses.first() {
            self.tell(request, Status::NameResolved(first.ip()));
        }
        self.report.mark(&[Mark::ResolveEnd, Mark::ConnectStart]);
        let settings = *request.settings.lock();
        let rules = DialRules {
            limit: settings.limits().connect,
            most: settings[Setting::ConnectRetries] as usize,
            fast_fallback: settings[Setting::Ipv6FastFallback] != 0,
            keepalive: request.connection.session.keepalive(),
            mode: request.connection.session.mode,
        };
        self.go_to(Phase::Connect(Box::new(Dial::new(addresses, rules))))
    }

    #[cold]
    fn connected(&mut self, request: &Request, mut conn: Box<Conn>) -> Result<Moved> {
        self.report.mark(&[Mark::ConnectEnd, Mark::AcquireEnd]);
        let seat = self.seat.take().ok_or_else(NetError::ended).coded()?;
        self.route()?.origin.adopt(&mut conn, seat).coded()?;
        self.adopt(request, conn)?;
        self.limit_conn(request);
        if self.line.secure {
            self.report.mark_with_last(Mark::TlsStart);
        }
        self.go_to(Phase::Handshake)
    }

    #[cold]
    fn handshake(&mut self, request: &Request) -> Result<Step<()>> {
        let outcome = self.conn()?.handshake();
        if let Err(NetError::Secure(failure)) = &outcome {
            self.tell(request, Status::SecureFailure(secure_flags(failure)));
        }
        if let (Ok(Step::Done(())), true) = (&outcome, self.line.secure) {
            self.report.mark(&[Mark::TlsEnd]);
        }
        outcome.coded()
    }

    fn adopt(&mut self, request: &Request, mut conn: Box<Conn>) -> Result<()> {
        request.cancel.attach(&conn).coded()?;
        if let Some(guid) = request.guid() {
            conn.mark(guid);
        }
        self.report.adopted(&conn);
        self.expires = false;
        self.conn = Some(conn);
        Ok(())
    }

    /// The connection was a stale one: once, and only when that repeats nothing, a new one is tried.
    #[cold]
    fn start_over(&mut self, request: &Request, error: Error) -> Result<Moved> {
        if self.has_retried {
            return Err(error);
        }
        // A close of the handle ends the connection too, and looks like a stale one.
        request.still_open()?;
        self.has_retried = true;
        self.told_of_answer(request, 0);
        self.let_go(request);
        self.report.forget(Mark::AcquireStart);
        self.go_to(Phase::Checkout)
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
        if let Phase::Body | Phase::Done = self.phase {
            self.failure = Some(Error::from_code(error.code()));
        }
        self.fail(request);
    }

    /// The head of the answer.
    pub(crate) fn response(&self) -> Result<&ResponseHead> {
        self.response.as_ref().ok_or(Error::from_code(ERROR_WINHTTP_INCORRECT_HANDLE_STATE))
    }

    /// The answer was read to its end: the connection goes back if it may, and goes away if not.
    fn finish(&mut self, request: &Request) {
        self.set_phase(Phase::Done);
        let now = self.report.mark(&[Mark::ReceiveEnd]);
        let may_stay = request.cancel.detach() && self.persistent && !self.expires;
        if let Some(conn) = self.conn.take().filter(|conn| may_stay && conn.is_quiet()) {
            conn.check_in(now);
        }
    }

    /// Gives up the connection; only a new round can follow.
    pub(crate) fn fail(&mut self, request: &Request) {
        self.told_of_answer(request, 0);
        if let Some(conn) = &mut self.conn {
            conn.set_failed();
        }
        // A connect in vain has left a socket there, and no connection here.
        request.cancel.detach();
        self.let_go(request);
        self.set_phase(Phase::Failed);
    }

    fn let_go(&mut self, request: &Request) {
        if self.conn.is_none() && self.seat.is_none() {
            return;
        }
        request.cancel.detach();
        self.seat = None;
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
        self.line.verb.is_safe() && self.has_no_body()
    }

    /// The limits of its sends and receives are those that the request has now. A connection that was reset may refuse; what
    /// comes next will tell.
    fn limit_conn(&mut self, request: &Request) {
        let (receive, send) = request.settings.lock().transfer_limits();
        if let Some(conn) = &mut self.conn {
            let _ = conn.limit(receive, send);
        }
    }

    fn conn(&mut self) -> Result<&mut Conn> {
        self.conn.as_deref_mut().ok_or(Error::from_code(ERROR_WINHTTP_INCORRECT_HANDLE_STATE))
    }

    fn go_to(&mut self, phase: Phase) -> Result<Moved> {
        self.set_phase(phase);
        Ok(Moved::On)
    }

    #[inline]
    fn set_phase(&mut self, phase: Phase) {
        let before = mem::replace(&mut self.phase, phase);
        // Few phases own something: to ask costs less than to drop the others.
        match before {
            Phase::Resolve(_) | Phase::Connect(_) | Phase::Redirected(_) => drop(before),
            _ => mem::forget(before),
        }
    }
}

/// What came of one phase.
enum Moved {
    /// The next phase is at hand.
    On,
    Wait(Want),
    /// The next phase is for another thread.
    Elsewhere,
    /// The goal is reached.
    Arrived,
}
