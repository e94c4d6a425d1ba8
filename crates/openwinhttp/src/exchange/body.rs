//! The body of the answer.

use std::time::{Duration, Instant};

use openwinhttp_abi::*;
use openwinhttp_net::{Conn, Received, Step};
use openwinhttp_wire::{Body, FieldBlock, Plan};

use super::report::Mark;
use super::{Exchange, Moved, Phase};
use crate::errors::{Coded, Error, Result, fail};
use crate::notice::Status;
use crate::objects::Request;

impl Exchange {
    /// Fills `out` from `filled` on, until there is as much as `amount` says or the body ends. A failure behind some bytes
    /// is told by the next read.
    #[inline(always)]
    pub(crate) fn read(
        &mut self,
        request: &Request,
        out: &mut [u8],
        filled: &mut usize,
        amount: Amount,
    ) -> Result<Step<()>> {
        let before = *filled;
        let outcome = match self.decoding.take() {
            None => self.read_plain(request, out, filled, amount),
            Some(mut decoding) => {
                let outcome = self.read_decoded(request, &mut decoding, out, filled, amount);
                self.decoding = Some(decoding);
                outcome
            }
        };
        self.report.body(*filled - before);
        if outcome.is_err() && *filled > 0 { self.put_off(outcome) } else { outcome }
    }

    #[cold]
    fn put_off(&mut self, failed: Result<Step<()>>) -> Result<Step<()>> {
        self.failure = failed.err();
        Ok(Step::Done(()))
    }

    /// The body as it comes over the wire.
    #[inline]
    pub(super) fn read_plain(
        &mut self,
        request: &Request,
        out: &mut [u8],
        filled: &mut usize,
        amount: Amount,
    ) -> Result<Step<()>> {
        self.work_on_body(request, (), |body, conn| fill(body, conn, out, filled, amount))
    }

    /// How many bytes a read would give at once; waits for the first, and gives 0 at the end.
    pub(crate) fn available(&mut self, request: &Request) -> Result<Step<usize>> {
        let Some(mut decoding) = self.decoding.take() else { return self.work_on_body(request, 0, peek) };
        let outcome = self.decoded_available(request, &mut decoding);
        self.decoding = Some(decoding);
        outcome
    }

    /// Whether there is a body to read, be it to find out that it has failed.
    pub(crate) fn check_body(&mut self) -> Result<()> {
        match (&self.phase, &self.failure) {
            (Phase::Body | Phase::Done, _) | (_, Some(_)) => Ok(()),
            _ => fail(ERROR_WINHTTP_INCORRECT_HANDLE_STATE),
        }
    }

    /// Gives `at_end` once the body was read to its end.
    fn work_on_body<T>(
        &mut self,
        request: &Request,
        at_end: T,
        work: impl FnOnce(&mut Body, &mut Conn) -> Result<Step<T>>,
    ) -> Result<Step<T>> {
        if let Phase::Done = self.phase {
            return Ok(Step::Done(at_end));
        }
        let (body, conn) = self.body_conn(request)?;
        let outcome = work(body, conn);
        if let Err(error) = &outcome {
            self.stopped(request, error);
        } else if self.body.is_complete() {
            self.end_body(request);
        }
        outcome
    }

    /// The answer was read to its end. Only a program that has asked for the end of the connection is told of it.
    pub(super) fn end_body(&mut self, request: &Request) {
        let is_told = request.listener.wants(WINHTTP_CALLBACK_FLAG_CLOSE_CONNECTION) && self.asked_for_close;
        self.finish(request);
        if is_told {
            self.tell(request, Status::ClosingConnection);
            self.tell(request, Status::ConnectionClosed);
        }
    }

    /// The trailer fields, once the body was read to its end.
    pub(crate) fn trailers(&self) -> Result<Option<&FieldBlock>> {
        match self.phase {
            Phase::Done => Ok(self.body.trailers()),
            _ => fail(ERROR_WINHTTP_INCORRECT_HANDLE_STATE),
        }
    }

    fn body_conn(&mut self, request: &Request) -> Result<(&mut Body, &mut Conn)> {
        match (&self.phase, &mut self.failure, &mut self.conn) {
            (Phase::Body, None, Some(conn)) => {
                let (receive, send) = request.settings.lock().transfer_limits();
                // A connection that was reset may refuse; to receive tells, after what lies here already.
                let _ = conn.limit(receive, send);
                Ok((&mut self.body, conn))
            }
            (_, Some(failure), _) => {
                let again = Error::from_code(failure.code());
                Err(std::mem::replace(failure, again))
            }
            _ => fail(ERROR_WINHTTP_INCORRECT_HANDLE_STATE),
        }
    }

    /// Whether it is worth reading over the rest of the body to use its connection again.
    pub(super) fn may_drain(&self, request: &Request) -> bool {
        let limit = max_drain(request);
        self.persistent && self.conn.is_some() && self.body.bytes_left().is_none_or(|left| left <= limit)
    }

    /// Reads over the rest of the body, within limits of size and time in all; a connection that fails, or has more to
    /// say, is dropped instead.
    #[cold]
    #[inline(never)]
    pub(super) fn drain(&mut self, request: &Request) -> Result<Moved> {
        match self.drained(max_drain(request)) {
            Step::Wait(want) => return Ok(Moved::Wait(want)),
            Step::Done(true) => self.finish(request),
            Step::Done(false) => {}
        }
        self.let_go(request);
        // That was the end of the answer before.
        self.report.forget(Mark::ReceiveEnd);
        self.go_to(Phase::Checkout)
    }

    /// Whether the body has come to its end.
    fn drained(&mut self, most: u64) -> Step<bool> {
        let mut scratch = [0; SCRATCH];
        while let (Phase::Drain(drain), Some(conn)) = (&mut self.phase, &mut self.conn) {
            match self.body.read(&mut conn.input, &mut scratch) {
                Ok(Plan::Have(count)) => drain.read += count as u64,
                Ok(Plan::End) => return Step::Done(true),
                Ok(Plan::Direct(_) | Plan::More) if drain.read <= most => match drain.receive(&mut self.body, conn) {
                    Ok(Step::Done(())) => {}
                    Ok(Step::Wait(want)) if !conn.blocks() => return Step::Wait(want),
                    _ => return Step::Done(false),
                },
                _ => return Step::Done(false),
            }
        }
        Step::Done(false)
    }

    /// Finishes the body if its last bytes lie here already.
    pub(super) fn skip_what_is_here(&mut self, request: &Request) {
        let mut scratch = [0; SCRATCH];
        if let Some(conn) = &mut self.conn {
            while !conn.input.is_empty() && matches!(self.body.read(&mut conn.input, &mut scratch), Ok(Plan::Have(_))) {
            }
        }
        if self.body.is_complete() {
            self.finish(request);
        }
    }
}

/// How an old body is read over.
#[derive(Debug)]
pub(super) struct Drain {
    deadline: Instant,
    read: u64,
}

impl Drain {
    pub(super) fn new() -> Self {
        Self { deadline: Instant::now() + DRAIN_TIME, read: 0 }
    }

    /// Receives once, if there is time left.
    fn receive(&self, body: &mut Body, conn: &mut Conn) -> Result<Step<()>> {
        let left = self.deadline.saturating_duration_since(Instant::now()).as_millis() as u32;
        if left == 0 {
            return fail(ERROR_WINHTTP_TIMEOUT);
        }
        conn.limit(left, left).coded()?;
        receive(body, conn)
    }
}

/// How much a read is to get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Amount {
    /// As much as there is room for.
    Full,
    /// What comes at once, at least one byte.
    Some,
}

impl Amount {
    pub(super) fn is_reached(self, filled: usize, room: usize) -> bool {
        filled == room || (self == Self::Some && filled > 0)
    }
}

/// `WINHTTP_OPTION_MAX_RESPONSE_DRAIN_SIZE`.
fn max_drain(request: &Request) -> u64 {
    request.settings.lock()[Setting::MaxDrain].into()
}

/// Moves body bytes into `out` until there is as much as `amount` says or the body ends.
fn fill(body: &mut Body, conn: &mut Conn, out: &mut [u8], filled: &mut usize, amount: Amount) -> Result<Step<()>> {
    let ahead = out.len() < READ_AHEAD_BELOW;
    while !amount.is_reached(*filled, out.len()) {
        match body.read(&mut conn.input, &mut out[*filled..]).coded()? {
            Plan::Have(count) => *filled += count,
            Plan::Direct(room) => match conn.receive_into(&mut out[*filled..*filled + room], ahead).coded()? {
                Step::Done(Received::End) => body.end_of_input().coded()?,
                Step::Done(Received::Nothing) => {}
                Step::Done(Received::Bytes(count)) => {
                    body.received(count);
                    *filled += count;
                }
                Step::Wait(want) => return Ok(Step::Wait(want)),
            },
            Plan::More => match receive(body, conn)? {
                Step::Done(()) => {}
                Step::Wait(want) => return Ok(Step::Wait(want)),
            },
            Plan::End => break,
        }
    }
    Ok(Step::Done(()))
}

fn peek(body: &mut Body, conn: &mut Conn) -> Result<Step<usize>> {
    loop {
        match body.peek(&mut conn.input).coded()? {
            Plan::Have(count) => return Ok(Step::Done(count)),
            Plan::End => return Ok(Step::Done(0)),
            Plan::More | Plan::Direct(_) => match receive(body, conn)? {
                Step::Done(()) => {}
                Step::Wait(want) => return Ok(Step::Wait(want)),
            },
        }
    }
}

/// Receives once into the window.
fn receive(body: &mut Body, conn: &mut Conn) -> Result<Step<()>> {
    match conn.receive(BULK).coded()? {
        Step::Done(Received::End) => body.end_of_input().coded()?,
        Step::Done(Received::Bytes(_) | Received::Nothing) => {}
        Step::Wait(want) => return Ok(Step::Wait(want)),
    }
    Ok(Step::Done(()))
}

/// Larger buffers are filled without reading ahead: what lies ahead would be copied once more.
const READ_AHEAD_BELOW: usize = 32 * 1024;
/// Received at once while a body runs.
const BULK: usize = 64 * 1024;
/// How long a drain may take.
const DRAIN_TIME: Duration = Duration::from_secs(1);
const SCRATCH: usize = 8 * 1024;
