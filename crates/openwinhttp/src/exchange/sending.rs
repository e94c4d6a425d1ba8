//! The request on its way: head, body, the end of the body.

use openwinhttp_abi::*;
use openwinhttp_net::{Error as NetError, Step};
use openwinhttp_wire::{Automatic, CHUNK_END, LAST_CHUNK, chunk_start};

use super::decoding::accepted_codings;
use super::report::Mark;
use super::{Exchange, Moved, Phase};
use crate::errors::{Coded, Result, fail};
use crate::notice::Status;
use crate::objects::Request;
use crate::policy::upload::Left;

impl Exchange {
    pub(super) fn go_to_write_head(&mut self, request: &Request) -> Result<Moved> {
        if !request.listener.wants(WINHTTP_CALLBACK_STATUS_SENDING_REQUEST) {
            return self.go_to_send_head(request);
        }
        self.tell(request, Status::SendingRequest);
        self.go_to(Phase::WriteHead)
    }

    /// The program may have changed limits meanwhile.
    #[cold]
    pub(super) fn go_on_from_sending_request(&mut self, request: &Request) -> Result<Moved> {
        self.limit_conn(request);
        self.go_to_send_head(request)
    }

    fn go_to_send_head(&mut self, request: &Request) -> Result<Moved> {
        self.pick_cookies(request);
        let mut conn = self.conn.take().ok_or_else(NetError::ended).coded()?;
        let written = self.write_head(request, &mut conn.output);
        self.report.request_head(conn.output.len());
        self.conn = Some(conn);
        written?;
        self.has_been_sent = true;
        self.asked_for_close = self.line.asks_for_close();
        self.chunk = Chunk::None;
        self.has_gone_out = false;
        self.report.mark_with_last(Mark::SendStart);
        self.go_to(Phase::SendHead)
    }

    /// Writes the head as this leg has it.
    pub(crate) fn write_head(&self, request: &Request, out: &mut Vec<u8>) -> Result<()> {
        let route = self.route()?;
        let user_agent = request.connection.session.user_agent.lock().clone();
        let (codings, keeps_alive) = {
            let settings = request.settings.lock();
            (settings[Setting::Decompression], !settings.disables(WINHTTP_DISABLE_KEEP_ALIVE))
        };
        let codings = accepted_codings(codings);
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
            [] => self.with_replay(|exchange, body| exchange.send_body(request, body)),
            body => self.send_body(request, body),
        };
        match outcome {
            Ok(Step::Done(sent)) => {
                self.report.mark(&[Mark::SendHeadersEnd, Mark::SendEnd]);
                self.tell(request, Status::RequestSent(sent.try_into().unwrap_or(u32::MAX)));
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
        conn.uses() > 0 && (!self.has_gone_out || self.is_repeatable())
    }

    /// Sends what lies in the output, then this piece of the body, as a chunk where it is to be one. Gives how much was
    /// sent.
    fn send_body(&mut self, request: &Request, data: &[u8]) -> core::result::Result<Step<usize>, NetError> {
        if self.upload.left != Left::Chunks || data.is_empty() {
            return self.send(request, data);
        }
        loop {
            let piece = if self.chunk == Chunk::Data { data } else { &[] };
            match self.chunk {
                Chunk::None => self.begin_chunk(data)?,
                Chunk::Data | Chunk::End => match self.send(request, piece)? {
                    Step::Done(sent) if self.chunk == Chunk::End || self.upload.left == Left::Unwanted => {
                        self.chunk = Chunk::None;
                        return Ok(Step::Done(sent.max(data.len())));
                    }
                    Step::Done(_) => {
                        self.output()?.extend_from_slice(CHUNK_END);
                        self.chunk = Chunk::End;
                    }
                    wait => return Ok(wait),
                },
            }
        }
    }

    /// A small chunk leaves by one call of the system, copied together; a large one from where it lies.
    fn begin_chunk(&mut self, data: &[u8]) -> core::result::Result<(), NetError> {
        let is_small = data.len() <= SMALL_CHUNK;
        let output = self.output()?;
        chunk_start(data.len(), output);
        if is_small {
            output.extend_from_slice(data);
            output.extend_from_slice(CHUNK_END);
        }
        self.chunk = if is_small { Chunk::End } else { Chunk::Data };
        Ok(())
    }

    fn output(&mut self) -> core::result::Result<&mut Vec<u8>, NetError> {
        self.conn.as_mut().map(|conn| &mut conn.output).ok_or_else(NetError::ended)
    }

    /// Sends what lies in the output, then `body`. When a final answer comes before the end, the rest of the body is
    /// unwanted: to go on would only fill the buffers of a peer that no longer reads. Gives how much was sent.
    fn send(&mut self, request: &Request, body: &[u8]) -> core::result::Result<Step<usize>, NetError> {
        loop {
            let conn = self.conn.as_mut().ok_or_else(NetError::ended)?;
            let total = conn.output.len() + body.len();
            let outcome = conn.send(body, PIECE);
            if let Ok(Step::Done(true)) = outcome {
                self.has_gone_out = true;
                return Ok(Step::Done(total));
            }
            let sent = conn.sent();
            self.has_gone_out |= sent > 0;
            if self.has_gone_out && self.has_final_answer(request) {
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
        self.conn.as_mut().into_iter().for_each(|conn| conn.forget_output());
    }

    /// Whether the program may write `count` bytes now. To write none ends a body of chunks.
    pub(crate) fn begin_write(&mut self, count: usize) -> Result<()> {
        match self.phase {
            Phase::Sent if count == 0 || self.upload.has_room(count) => {}
            Phase::Sent => return fail(ERROR_INVALID_PARAMETER),
            _ => return fail(ERROR_WINHTTP_INCORRECT_HANDLE_STATE),
        }
        if count > 0 {
            self.forget_replay();
        }
        Ok(())
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
        if data.is_empty() && self.upload.left == Left::Chunks {
            self.end_chunks()?;
        }
        self.limit_conn(request);
        let outcome = self.send_body(request, data);
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

    fn end_chunks(&mut self) -> Result<()> {
        self.output().coded()?.extend_from_slice(LAST_CHUNK);
        self.upload.left = Left::Bytes(0);
        Ok(())
    }

    pub(super) fn go_to_send_end(&mut self) -> Result<Moved> {
        self.end_chunks()?;
        self.go_to(Phase::SendEnd)
    }

    pub(super) fn send_end(&mut self, request: &Request) -> Result<Moved> {
        match self.send(request, &[]).coded()? {
            Step::Done(_) => self.start_receiving(request),
            Step::Wait(want) => Ok(Moved::Wait(want)),
        }
    }
}

/// How far a chunk of the body has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chunk {
    /// None was begun, or the last one is sent.
    None,
    /// Its size lies in the output; its data follows.
    Data,
    /// Its end lies in the output.
    End,
}

/// Chunks up to this size are copied.
const SMALL_CHUNK: usize = 16 * 1024;
/// Of a large body this much goes out before it is looked whether the peer has answered already.
const PIECE: usize = 256 * 1024;
