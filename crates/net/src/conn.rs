//! A connection: a socket, TLS where wanted, and the window of received bytes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use openwinhttp_wire::{Host, InBuf};

use crate::driver::reactor::Readiness;
use crate::error::Error;
use crate::pool::Origin;
use crate::seat::{Guid, NO_GUID, Seat};
use crate::socket::Socket;
use crate::step::{Step, done, fill};
use crate::tls::{Pulled, Sink, TlsConfig, TlsSession};

/// What one receive got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// This many bytes, at least one.
    Bytes(usize),
    /// Nothing for the reader: TLS had something to say to itself.
    Nothing,
    /// The end.
    End,
}

/// A connection to a peer. One exchange owns it at a time.
#[derive(Debug)]
pub struct Conn {
    socket: Arc<Socket>,
    tls: Option<Box<TlsSession>>,
    /// What was received and not yet consumed, in plaintext.
    pub input: InBuf,
    /// The head that is to be sent next; [`send`](Conn::send) empties it.
    pub output: Vec<u8>,
    sent: usize,
    /// In milliseconds; 0 is none.
    receive_limit: u32,
    send_limit: u32,
    /// How many exchanges it has carried before the present one.
    uses: u32,
    endpoints: Option<Arc<Endpoints>>,
    /// Whose it is while an exchange has it.
    origin: Option<Arc<Origin>>,
    seat: Option<Seat>,
    failed: bool,
}

/// The two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Ours.
    pub local: SocketAddr,
    /// The peer's.
    pub remote: SocketAddr,
}

impl Conn {
    /// It is moved about a lot, so it lies where it is.
    pub(crate) fn new(socket: Arc<Socket>) -> Result<Box<Self>, Error> {
        socket.prepare()?;
        let endpoints = socket.endpoints().map(Arc::new);
        Ok(Box::new(Self {
            socket,
            tls: None,
            input: InBuf::new(),
            output: Vec::new(),
            sent: 0,
            receive_limit: 0,
            send_limit: 0,
            uses: 0,
            endpoints,
            origin: None,
            seat: None,
            failed: false,
        }))
    }

    /// Puts TLS over the socket; [`handshake`](Conn::handshake) comes next.
    pub(crate) fn secure(&mut self, config: TlsConfig, host: &Host) -> Result<(), Error> {
        self.tls = Some(Box::new(TlsSession::new(config, host)?));
        Ok(())
    }

    /// Goes on with the TLS handshake; there is nothing to do without TLS.
    pub fn handshake(&mut self) -> Result<Step<()>, Error> {
        let Some(tls) = &mut self.tls else { return Ok(Step::Done(())) };
        let outcome = tls.handshake(&self.socket);
        if outcome.is_err() {
            tls.send_alert(&self.socket);
        }
        outcome
    }

    /// Sets the limits of each receive and send, in milliseconds; 0 is none. The system is told only of changes.
    #[inline]
    pub fn limit(&mut self, receive: u32, send: u32) -> Result<(), Error> {
        if (receive, send) == (self.receive_limit, self.send_limit) {
            return Ok(());
        }
        self.change_limits(receive, send)
    }

    #[cold]
    fn change_limits(&mut self, receive: u32, send: u32) -> Result<(), Error> {
        if receive != self.receive_limit {
            self.socket.limit_receive(receive)?;
            self.receive_limit = receive;
        }
        if send != self.send_limit {
            self.socket.limit_send(send)?;
            self.send_limit = send;
        }
        Ok(())
    }

    /// Sends [`output`](Conn::output), then `body`, in as few calls as it takes, but only about `most` bytes at a time;
    /// tells whether that was all. Until it was, and after a `Wait`, it is called again with the same `body`.
    pub fn send(&mut self, body: &[u8], most: usize) -> Result<Step<bool>, Error> {
        let until = self.sent.saturating_add(most).min(self.output.len() + body.len());
        match self.tls {
            Some(_) => done!(self.send_secure(body, until)?),
            None => done!(self.send_plain(body, until)?),
        }
        let is_all = self.sent == self.output.len() + body.len();
        if is_all {
            self.forget_output();
        }
        Ok(Step::Done(is_all))
    }

    fn send_plain(&mut self, body: &[u8], until: usize) -> Result<Step<()>, Error> {
        while self.sent < until {
            let body_until = until.saturating_sub(self.output.len());
            let (head, rest) = match self.sent.checked_sub(self.output.len()) {
                Some(sent_of_body) => (&body[sent_of_body..body_until], &[][..]),
                None => (&self.output[self.sent..], &body[..body_until]),
            };
            self.sent += done!(self.socket.send_two(head, rest)?);
        }
        Ok(Step::Done(()))
    }

    /// Here `sent` counts what was encrypted.
    fn send_secure(&mut self, body: &[u8], until: usize) -> Result<Step<()>, Error> {
        let Some(tls) = &mut self.tls else { return Ok(Step::Done(())) };
        let total = self.output.len() + body.len();
        if self.sent == 0 && !self.output.is_empty() && total <= RECORD {
            self.output.extend_from_slice(body);
            tls.encrypt(&self.output)?;
            self.output.truncate(total - body.len());
            self.sent = total;
        }
        while self.sent < until {
            done!(tls.flush(&self.socket)?);
            let piece = match self.sent.checked_sub(self.output.len()) {
                Some(sent_of_body) => &body[sent_of_body..],
                None => &self.output[self.sent..],
            };
            let piece = &piece[..piece.len().min(FLIGHT)];
            tls.encrypt(piece)?;
            self.sent += piece.len();
        }
        tls.flush(&self.socket)
    }

    /// Drops what was still to be sent.
    pub fn forget_output(&mut self) {
        self.output.clear();
        self.sent = 0;
    }

    /// Receives once, up to about `room` bytes into [`input`](Conn::input).
    pub fn receive(&mut self, room: usize) -> Result<Step<Received>, Error> {
        match &mut self.tls {
            Some(tls) => {
                let before = self.input.len();
                let mut sink = Sink { first: &mut [], filled: 0, rest: &mut self.input };
                let pulled = done!(tls.pull(&self.socket, &mut sink, room)?);
                Ok(Step::Done(received(pulled, self.input.len() - before)))
            }
            None => {
                let socket = &self.socket;
                if let Some(wait) = socket.nothing() {
                    return wait.map(Step::Wait);
                }
                let count = done!(fill(&mut self.input, room, |room| socket.receive(room))?);
                Ok(Step::Done(received_plain(count)))
            }
        }
    }

    /// Receives once into `out`, which is not empty, and with `ahead` also into [`input`](Conn::input) what comes along;
    /// counts the bytes in `out`. [`input`](Conn::input) must be empty.
    pub fn receive_into(&mut self, out: &mut [u8], ahead: bool) -> Result<Step<Received>, Error> {
        match &mut self.tls {
            Some(tls) => {
                let mut sink = Sink { first: out, filled: 0, rest: &mut self.input };
                let pulled = done!(tls.pull(&self.socket, &mut sink, BULK)?);
                Ok(Step::Done(received(pulled, sink.filled)))
            }
            None if ahead => self.receive_ahead(out),
            None => Ok(Step::Done(received_plain(done!(self.socket.receive(out)?)))),
        }
    }

    fn receive_ahead(&mut self, out: &mut [u8]) -> Result<Step<Received>, Error> {
        let socket = &self.socket;
        let length = out.len();
        let mut count = 0;
        let beyond = fill(&mut self.input, BULK, |room| {
            Ok(match socket.receive_two(out, room)? {
                Step::Done(total) => {
                    count = total.min(length);
                    Step::Done(total - count)
                }
                wait => wait,
            })
        })?;
        done!(beyond);
        Ok(Step::Done(received_plain(count)))
    }

    /// Marks it for those who look for this mark.
    pub fn mark(&mut self, guid: Guid) {
        self.seat.iter_mut().for_each(|seat| seat.mark(guid));
    }

    pub(crate) fn guid(&self) -> Guid {
        self.seat.as_ref().map_or(NO_GUID, Seat::guid)
    }

    /// Takes this place until it is dropped.
    pub(crate) fn sit(&mut self, seat: Seat) {
        self.seat = Some(seat);
    }

    pub(crate) fn belong_to(&mut self, origin: &Arc<Origin>) {
        self.origin = Some(Arc::clone(origin));
    }

    /// Goes back to its origin, for the next exchange: one has ended well.
    pub fn check_in(mut self: Box<Self>, now: Instant) {
        self.uses = self.uses.saturating_add(1);
        if let Some(origin) = self.origin.take() {
            origin.keep(self, now);
        }
    }

    /// How many exchanges this connection has carried before the present one.
    pub fn uses(&self) -> u32 {
        self.uses
    }

    /// The two ends, where the system tells.
    pub fn endpoints(&self) -> Option<Arc<Endpoints>> {
        self.endpoints.clone()
    }

    /// How much of what [`send`](Conn::send) was given, and has not finished with, has gone out.
    pub fn sent(&self) -> usize {
        self.sent
    }

    /// Whether its socket blocks.
    pub fn blocks(&self) -> bool {
        self.socket.readiness().is_none()
    }

    /// Whether the peer has said something, or has hung up.
    pub fn is_readable(&self) -> bool {
        self.socket.is_readable()
    }

    /// Whether the reactor has heard that it was closed.
    pub(crate) fn is_known_closed(&self) -> bool {
        self.socket.readiness().is_some_and(Readiness::is_closed)
    }

    /// Notes a failure: no goodbye will be said.
    pub fn set_failed(&mut self) {
        self.failed = true;
    }

    /// Whether nothing lies here that the next exchange could take for its own.
    pub fn is_quiet(&self) -> bool {
        self.input.is_empty() && self.output.is_empty() && self.tls.as_ref().is_none_or(|tls| tls.is_quiet())
    }

    pub(crate) fn socket(&self) -> &Arc<Socket> {
        &self.socket
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        if let Some(tls) = self.tls.as_mut().filter(|_| !self.failed) {
            tls.say_goodbye(&self.socket);
        }
    }
}

fn received(pulled: Pulled, count: usize) -> Received {
    match pulled {
        Pulled::Plaintext => Received::Bytes(count),
        Pulled::Nothing => Received::Nothing,
        Pulled::End => Received::End,
    }
}

fn received_plain(count: usize) -> Received {
    if count == 0 { Received::End } else { Received::Bytes(count) }
}

/// The most plaintext one TLS record can carry.
const RECORD: usize = 16 * 1024;
/// Plaintext that is encrypted and sent at once.
const FLIGHT: usize = 4 * RECORD;
/// Received at once while a body runs.
const BULK: usize = 64 * 1024;

#[cfg(test)]
pub(crate) mod tests;
