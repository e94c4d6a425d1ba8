//! The request on its way: head, body, the end of the body.

use openwinhttp_abi::*;
use openwinhttp_net::{Conn, Error as NetError, Step};
use openwinhttp_wire::{Automatic, CHUNK_END, LAST_CHUNK, chunk_start};

use super::decoding::accepted_codings;
use super::report::Mark;
use super::{Exchange, Moved, Phase};
use crate::errors::{Coded, Result, fail};
use crate::notice::Status;
use crate::objects::Request;
use crate::policy::upload::Left;

impl Exchange {
    pub(super) fn go_to_send_head(&mut self, request: &Request, optional: &[u8]) -> Result<Moved> {
        request.tell(Status::SendingRequest)?;
        self.pick_cookies(request)?;
        let mut conn = self.conn.take().ok_or_else(NetError::ended).coded()?;
        let written = self.write_head(request, &mut conn.output);
        self.report.request_head(conn.output.len());
        self.conn = Some(conn);
        written?;
        self.has_been_sent = true;
        self.chunk_is_open = false;
        self.frame(if optional.is_empty() { self.replay_size() } else { optional.len() })?;
        self.report.mark_with_last(Mark::SendStart);
        self.go_to(Phase::SendHead)
    }

    /// Writes the head as this leg has it.
    pub(crate) fn write_head(&self, request: &Request, out: &mut Vec<u8>) -> Result<()> {
        let route = self.route(request)?;
        let settings = *request.settings.lock();
        let user_agent = request.connection.session.user_agent.lock().clone();
        let codings = accepted_codings(settings[Setting::Decompression]);
        let keeps_alive = !settings.disables(WINHTTP_DISABLE_KEEP_ALIVE);
        let automatic = Automatic {
            connection: Some(if keeps_alive { b"Keep-Alive" } else { b"Close" }),
            transfer_encoding: self.upload.chunked.then_some(b"chunked"),
            accept_encoding: codings.as_deref().map(str::as_bytes),
            cookie: self.cookies.as_deref(),
            user_agent: user_agent.as_deref().map(str::as_bytes),
            content_length: self.upload.content_length,
            host: route.host_field.as_bytes(),
        };
        self.line.write(out, automatic);
        Ok(())
    }

    pub(super) fn send_head(&mut self, request: &Request, optional: &[u8]) -> Result<Moved> {
        let outcome = match optional {
            [] => self.with_replay(|exchange, body| exchange.send(request, body)),
            body => self.send(request, body),
        };
        match outcome {
            Ok(Step::Done(sent)) => {
                self.report.mark(&[Mark::SendHeadersEnd, Mark::SendEnd]);
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
        conn.uses() > 0 && (conn.sent() == 0 || self.is_repeatable())
    }

    /// Sends what lies in the output, then `body`. When a final answer comes before the end, the rest of the body is
    /// unwanted: to go on would only fill the buffers of a peer that no longer reads. Gives how much was sent.
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
        if !matches!(self.upload.left, Left::Bytes(0) | Left::Chunks) {
            self.forget_replay();
        }
        self.upload.left = Left::Unwanted;
        self.conn.as_mut().into_iter().for_each(Conn::forget_output);
    }

    /// Whether the program may write `count` bytes now; if so, their frame is put before them.
    pub(crate) fn begin_write(&mut self, count: usize) -> Result<()> {
        match self.phase {
            Phase::Sent if count == 0 || self.upload.has_room(count) => {}
            Phase::Sent => return fail(ERROR_INVALID_PARAMETER),
            _ => return fail(ERROR_WINHTTP_INCORRECT_HANDLE_STATE),
        }
        if count > 0 {
            self.forget_replay();
        }
        self.frame(count)
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
            Ok(Step::Done(_)) => {
                self.report.mark(&[Mark::SendEnd]);
                self.upload.written(data.len());
            }
            Ok(Step::Wait(_)) => {}
            Err(_) => self.fail(request),
        }
        Ok(match outcome.coded()? {
            Step::Done(_) => Step::Done(()),
            Step::Wait(want) => Step::Wait(want),
        })
    }

    /// Begins a chunk of so many bytes, in a body of chunks. What ends it goes out with the next.
    fn frame(&mut self, count: usize) -> Result<()> {
        if self.upload.left != Left::Chunks || count == 0 {
            return Ok(());
        }
        let ends_one = std::mem::replace(&mut self.chunk_is_open, true);
        let output = &mut self.conn()?.output;
        if ends_one {
            output.extend_from_slice(CHUNK_END);
        }
        chunk_start(count, output);
        Ok(())
    }

    pub(super) fn go_to_send_end(&mut self) -> Result<Moved> {
        let ends_one = self.chunk_is_open;
        let output = &mut self.conn()?.output;
        if ends_one {
            output.extend_from_slice(CHUNK_END);
        }
        output.extend_from_slice(LAST_CHUNK);
        self.go_to(Phase::SendEnd)
    }

    pub(super) fn send_end(&mut self, request: &Request) -> Result<Moved> {
        match self.send(request, &[]).coded()? {
            Step::Done(_) if self.upload.left == Left::Unwanted => {}
            Step::Done(_) => self.upload.left = Left::Bytes(0),
            Step::Wait(want) => return Ok(Moved::Wait(want)),
        }
        self.start_receiving(request)
    }
}

/// Of a large body this much goes out before it is looked whether the peer has answered already.
const PIECE: usize = 256 * 1024;
