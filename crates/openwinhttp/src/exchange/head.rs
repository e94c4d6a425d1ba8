//! The head of the answer.

use openwinhttp_abi::*;
use openwinhttp_net::{Error as NetError, Received, Step, Want};
use openwinhttp_wire::{Body, Error as WireError, HeadReader, ResponseHead};

use super::decoding::Decoding;
use super::report::Mark;
use super::{Exchange, Moved, Phase};
use crate::errors::{Coded, Error, Result};
use crate::notice::Status;
use crate::objects::Request;
use crate::policy::upload::Left;

impl Exchange {
    /// Whether nothing is left to send.
    pub(super) fn awaits_answer(&self) -> bool {
        self.early.is_none() && matches!(self.upload.left, Left::Bytes(0) | Left::Unwanted)
    }

    pub(super) fn go_to_prefetch(&mut self, request: &Request) -> Result<Moved> {
        self.limit_conn(request);
        self.expect_head();
        self.go_to(Phase::Prefetch)
    }

    /// Finds the head of the answer before the program asks for it, or why there is none: it will be told when it does.
    #[inline(never)]
    pub(super) fn prefetch(&mut self, request: &Request) -> Result<Moved> {
        self.early = Some(Box::new(match self.find_head(request) {
            Ok(Found::Head(head, length)) => Ok((head, length)),
            Ok(Found::Wait(want)) => return Ok(Moved::Wait(want)),
            Ok(Found::StaleConnection(error)) => return self.start_over(request, error),
            Err(error) => Err(error),
        }));
        self.go_to(Phase::Sent)
    }

    pub(super) fn start_receiving(&mut self, request: &Request) -> Result<Moved> {
        self.limit_conn(request);
        if self.early.is_none() {
            self.expect_head();
        }
        self.tell(request, Status::ReceivingResponse);
        self.go_to(Phase::ReceiveHead)
    }

    fn expect_head(&mut self) {
        self.report.mark(&[Mark::ReceiveStart]);
        self.reader = HeadReader::new();
    }

    /// Receives until a final head is there.
    pub(super) fn receive_head(&mut self, request: &Request) -> Result<Moved> {
        let (head, length) = match self.early.take() {
            Some(found) => (*found)?,
            None => match self.find_head(request)? {
                Found::Head(head, length) => (head, length),
                Found::Wait(want) => return Ok(Moved::Wait(want)),
                Found::StaleConnection(error) => return self.start_over(request, error),
            },
        };
        let (_, most) = self.head_limits(request);
        let conn = self.conn()?;
        conn.input.consume(length);
        self.reader = HeadReader::new();
        if skips(&head, &mut self.informational, most)? {
            self.tell(request, Status::IntermediateResponse(head.status().into()));
            return Ok(Moved::On);
        }
        self.told_of_answer(request, length);
        self.report.response_head(length);
        self.report.mark(&[Mark::ReceiveHeadersEnd]);
        self.deliver(request, head)
    }

    /// The next head, which may be an informational one, and its length. It stays in the window.
    #[inline(always)]
    fn find_head(&mut self, request: &Request) -> Result<Found> {
        let mut has_received = false;
        let (largest, _) = self.head_limits(request);
        loop {
            let conn = self.conn.as_mut().ok_or_else(NetError::ended).coded()?;
            let found = match conn.input.is_empty() {
                true => None,
                false => self.reader.read(conn.input.data(), largest).coded()?,
            };
            if let Some((head, length)) = found {
                return Ok(Found::Head(head, length));
            }
            let is_first_byte = conn.input.is_empty() && self.informational == 0;
            if has_received {
                self.check_head_time(request)?;
            }
            let conn = self.conn()?;
            match conn.receive(ROOM) {
                Ok(Step::Done(Received::End)) if is_first_byte && self.may_repeat() => {
                    return Ok(Found::StaleConnection(ended_in_head()));
                }
                Ok(Step::Done(Received::End)) => return Err(ended_in_head()),
                Ok(Step::Done(Received::Bytes(_) | Received::Nothing)) => has_received = true,
                Ok(Step::Wait(want)) => return Ok(Found::Wait(want)),
                Err(error @ NetError::Connection(_)) if is_first_byte && self.may_repeat() => {
                    return Ok(Found::StaleConnection(error.coded()));
                }
                Err(error) => return Err(error.coded()),
            }
        }
    }

    /// Whether the peer has answered finally while the body is still being written. Informational answers are read over;
    /// what else comes, and what is no answer, is judged when it is received.
    pub(super) fn has_final_answer(&mut self, request: &Request) -> bool {
        let (largest, most) = self.head_limits(request);
        while let Some(conn) = self.conn.as_mut() {
            let found = self.reader.read(conn.input.data(), largest);
            match found {
                Ok(Some((head, length))) if matches!(skips(&head, &mut self.informational, most), Ok(true)) => {
                    conn.input.consume(length);
                    self.reader = HeadReader::new();
                    self.tell(request, Status::IntermediateResponse(head.status().into()));
                }
                Ok(Some(_)) | Err(_) => return true,
                Ok(None) if !conn.is_readable() => return false,
                Ok(None) => match conn.receive(ROOM) {
                    Ok(Step::Done(Received::Bytes(_) | Received::Nothing)) => {}
                    _ => return false,
                },
            }
        }
        false
    }

    fn deliver(&mut self, request: &Request, mut head: ResponseHead) -> Result<Moved> {
        self.set_phase(Phase::Body);
        let delimiting = head.delimiting(self.line.verb.as_str().as_bytes()).coded()?;
        self.body = Body::new(delimiting.framing);
        let keeps_alive = !self.asked_for_close && !request.settings.lock().disables(WINHTTP_DISABLE_KEEP_ALIVE);
        self.persistent = delimiting.persistent && keeps_alive && self.upload.is_complete();
        self.keep_cookies(request, &head);
        let redirect = self.judge(request, &head)?;
        if redirect.is_none() && !self.body.is_complete() {
            self.decoding = Decoding::of(&mut head, request.settings.lock()[Setting::Decompression]);
        }
        self.response = Some(head);
        if self.body.is_complete() {
            self.end_body(request);
        }
        match redirect {
            Some(redirect) => self.go_to_follow(request, redirect),
            None => Ok(Moved::Arrived),
        }
    }

    /// The largest head, and the most informational ones before it.
    fn head_limits(&self, request: &Request) -> (usize, u32) {
        let settings = request.settings.lock();
        (settings[Setting::MaxHead] as usize, settings[Setting::MaxInformational])
    }

    /// Tells that the wait for an answer is over, if there was one: it has come, with a head of so many bytes, or it
    /// will not.
    pub(super) fn told_of_answer(&mut self, request: &Request, head: usize) {
        if let Phase::ReceiveHead = self.phase {
            let ahead = self.conn.as_ref().map_or(0, |conn| conn.input.len());
            self.tell(request, Status::ResponseReceived((head + ahead).try_into().unwrap_or(u32::MAX)));
        }
    }

    /// Sending again what the peer may have acted on is right only where twice is as good as once, and only on a
    /// connection that has carried another exchange: on a new one the peer has closed on purpose.
    fn may_repeat(&self) -> bool {
        self.conn.as_ref().is_some_and(|conn| conn.uses() > 0) && self.is_repeatable()
    }

    /// The limit for the whole head is looked at when bytes have arrived.
    fn check_head_time(&self, request: &Request) -> Result<()> {
        match request.settings.lock().receive_response() {
            Some(limit) if self.report.since(Mark::ReceiveStart) > limit => Err(NetError::TimedOut.coded()),
            _ => Ok(()),
        }
    }
}

/// What was found where a head is to be.
enum Found {
    Head(ResponseHead, usize),
    Wait(Want),
    /// The connection was closed before it was used again.
    StaleConnection(Error),
}

/// Whether this head is an informational one, after which another follows; `count` is of those before, of which there
/// may be `most`.
fn skips(head: &ResponseHead, count: &mut u32, most: u32) -> Result<bool> {
    if !head.is_informational() {
        return Ok(false);
    }
    if head.status() == 101 {
        return Err(WireError::UnwantedUpgrade.coded());
    }
    if *count >= most {
        return Err(WireError::TooManyInformational.coded());
    }
    *count += 1;
    Ok(true)
}

fn ended_in_head() -> Error {
    Error::new(ERROR_WINHTTP_INVALID_SERVER_RESPONSE, WireError::Incomplete)
}

/// Received at once: a head and a small body.
const ROOM: usize = 16 * 1024;
