//! One TLS connection over rustls' unbuffered interface.

use std::{fmt, io};

use openwinhttp_wire::{Host, InBuf};
use rustls::AlertDescription;
use rustls::client::UnbufferedClientConnection;
use rustls::pki_types::ServerName;
use rustls::unbuffered::{ConnectionState, EncodeError, EncryptError, InsufficientSizeError, UnbufferedStatus};

use super::TlsConfig;
use crate::error::{Error, Secure};
use crate::socket::Socket;
use crate::step::{Step, done, fill};

/// A TLS session: ciphertext on both sides, and rustls in between.
pub(crate) struct TlsSession {
    rustls: UnbufferedClientConnection,
    incoming: InBuf,
    outgoing: Vec<u8>,
    sent: usize,
    established: bool,
    /// Whether the peer has ended the session by a close_notify.
    closed: bool,
    /// What went wrong behind plaintext that was given out.
    failure: Option<Error>,
}

/// Where plaintext goes: the caller's slice first, what it has no room for into the window.
pub(crate) struct Sink<'a> {
    pub(crate) first: &'a mut [u8],
    pub(crate) filled: usize,
    pub(crate) rest: &'a mut InBuf,
}

/// What a [`TlsSession::pull`] got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pulled {
    /// Plaintext, at least one byte.
    Plaintext,
    /// The proper end.
    End,
}

impl TlsSession {
    pub(crate) fn new(config: TlsConfig, host: &Host) -> Result<Self, Error> {
        let name = host.as_str().trim_end_matches('.').to_owned();
        let name = ServerName::try_from(name).map_err(|error| Error::Secure(Secure(error.to_string())))?;
        let rustls = UnbufferedClientConnection::new(config, name).map_err(|error| classify(&error))?;
        let (incoming, outgoing) = (InBuf::new(), Vec::new());
        Ok(Self { rustls, incoming, outgoing, sent: 0, established: false, closed: false, failure: None })
    }

    /// Goes on with the handshake. Its last flight stays here, to leave together with the first request.
    pub(crate) fn handshake(&mut self, socket: &Socket) -> Result<Step<()>, Error> {
        loop {
            match self.advance(None)? {
                Advanced::Idle | Advanced::MayWrite => {
                    self.established = true;
                    return Ok(Step::Done(()));
                }
                Advanced::MustSend => done!(self.flush(socket)?),
                Advanced::Progress | Advanced::Plaintext => {}
                Advanced::End => return Err(Error::ended()),
                Advanced::MustReceive => {
                    done!(self.flush(socket)?);
                    if done!(self.receive(socket, HANDSHAKE_ROOM)?) == 0 {
                        return Err(Error::ended());
                    }
                }
            }
        }
    }

    /// Decrypts until there is some plaintext, receiving up to `room` bytes at once where records lack. What goes wrong
    /// behind some plaintext is told by the next call.
    pub(crate) fn pull(&mut self, socket: &Socket, sink: &mut Sink<'_>, room: usize) -> Result<Step<Pulled>, Error> {
        loop {
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            if self.decrypt(sink)? {
                return Ok(Step::Done(Pulled::Plaintext));
            }
            done!(self.flush(socket)?);
            if self.closed {
                return Ok(Step::Done(Pulled::End));
            }
            if done!(self.receive(socket, room)?) == 0 {
                return Err(Error::ended());
            }
        }
    }

    /// Decrypts what lies here, until the sink is full; tells whether there was some plaintext. What rustls answers to
    /// the peer waits to be sent.
    fn decrypt(&mut self, sink: &mut Sink<'_>) -> Result<bool, Error> {
        let mut got_any = false;
        while !(got_any && sink.is_full()) {
            match self.advance(Some(sink)) {
                Ok(Advanced::Plaintext) => got_any = true,
                Ok(Advanced::Progress | Advanced::MustSend) => {}
                Ok(Advanced::Idle | Advanced::MayWrite | Advanced::MustReceive) => break,
                Ok(Advanced::End) => {
                    self.closed = true;
                    break;
                }
                Err(failure) if got_any => {
                    self.failure = Some(failure);
                    break;
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(got_any)
    }

    /// Encrypts `plaintext` behind what waits to be sent; an answer of rustls to an earlier record goes before it.
    pub(crate) fn encrypt(&mut self, plaintext: &[u8]) -> Result<(), Error> {
        loop {
            let UnbufferedStatus { state, .. } = self.rustls.process_tls_records(&mut []);
            match state.map_err(|error| classify(&error).after_handshake(true))? {
                ConnectionState::EncodeTlsData(mut data) => append(&mut self.outgoing, |room| data.encode(room))?,
                ConnectionState::TransmitTlsData(transmit) => transmit.done(),
                ConnectionState::WriteTraffic(mut traffic) => {
                    return append(&mut self.outgoing, |room| traffic.encrypt(plaintext, room));
                }
                _ => return Err(Error::ended()),
            }
        }
    }

    /// Sends what waits to be sent.
    pub(crate) fn flush(&mut self, socket: &Socket) -> Result<Step<()>, Error> {
        while self.sent < self.outgoing.len() {
            self.sent += done!(socket.send_two(&self.outgoing[self.sent..], &[])?);
        }
        self.outgoing.clear();
        self.sent = 0;
        Ok(Step::Done(()))
    }

    /// Says the proper end if that needs no waiting.
    pub(crate) fn say_goodbye(&mut self, socket: &Socket) {
        if !self.established || !self.outgoing.is_empty() {
            return;
        }
        let UnbufferedStatus { state, .. } = self.rustls.process_tls_records(&mut []);
        if let Ok(ConnectionState::WriteTraffic(mut traffic)) = state
            && append(&mut self.outgoing, |room| traffic.queue_close_notify(room)).is_ok()
        {
            socket.send_at_once(&self.outgoing);
        }
    }

    /// Whether nothing lies here that a next exchange could take for its own.
    pub(crate) fn is_quiet(&self) -> bool {
        self.incoming.is_empty() && self.outgoing.is_empty() && !self.closed && self.failure.is_none()
    }

    fn receive(&mut self, socket: &Socket, room: usize) -> Result<Step<usize>, Error> {
        fill(&mut self.incoming, room, |room| socket.receive(room))
    }

    /// Lets rustls take one step over what was received. Plaintext without a sink has no business being there.
    fn advance(&mut self, sink: Option<&mut Sink<'_>>) -> Result<Advanced, Error> {
        let UnbufferedStatus { mut discard, state } = self.rustls.process_tls_records(self.incoming.data_mut());
        let established = self.established;
        let advanced = match state.map_err(|error| classify(&error).after_handshake(established)) {
            Err(error) => {
                self.incoming.consume(discard);
                self.encode_alert();
                return Err(error);
            }
            Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                let mut got_any = false;
                let sink = sink.ok_or_else(Error::ended)?;
                while let Some(record) = traffic.next_record() {
                    let record = record.map_err(|error| classify(&error))?;
                    discard += record.discard;
                    got_any |= !record.payload.is_empty();
                    sink.put(record.payload);
                }
                if got_any { Advanced::Plaintext } else { Advanced::Progress }
            }
            Ok(ConnectionState::EncodeTlsData(mut data)) => {
                append(&mut self.outgoing, |room| data.encode(room))?;
                Advanced::Progress
            }
            Ok(ConnectionState::TransmitTlsData(mut transmit)) => {
                // With the keys for data at hand the flight may wait for the first request.
                let may_wait = !established && transmit.may_encrypt_app_data().is_some();
                transmit.done();
                if may_wait { Advanced::Progress } else { Advanced::MustSend }
            }
            Ok(ConnectionState::BlockedHandshake) => Advanced::MustReceive,
            Ok(ConnectionState::WriteTraffic(_)) => Advanced::MayWrite,
            Ok(ConnectionState::PeerClosed | ConnectionState::Closed) => Advanced::End,
            Ok(_) => Advanced::Idle,
        };
        self.incoming.consume(discard);
        Ok(advanced)
    }

    /// After an error rustls has an alert for the peer; [`send_alert`](Self::send_alert) sends it.
    fn encode_alert(&mut self) {
        let UnbufferedStatus { state, .. } = self.rustls.process_tls_records(&mut []);
        if let Ok(ConnectionState::EncodeTlsData(mut data)) = state {
            let _ = append(&mut self.outgoing, |room| data.encode(room));
        }
    }

    /// Sends the alert of a failed handshake if that needs no waiting.
    pub(crate) fn send_alert(&mut self, socket: &Socket) {
        if !self.outgoing.is_empty() {
            socket.send_at_once(&self.outgoing[self.sent..]);
            self.outgoing.clear();
        }
    }
}

/// Where rustls stands after one step.
#[derive(Debug)]
enum Advanced {
    Plaintext,
    Progress,
    MustSend,
    MustReceive,
    MayWrite,
    Idle,
    End,
}

impl fmt::Debug for TlsSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsSession").field("established", &self.established).finish_non_exhaustive()
    }
}

impl Sink<'_> {
    fn put(&mut self, payload: &[u8]) {
        let room = &mut self.first[self.filled..];
        let (now, later) = payload.split_at(payload.len().min(room.len()));
        room[..now.len()].copy_from_slice(now);
        self.filled += now.len();
        if !later.is_empty() {
            self.rest.push(later);
        }
    }

    /// Whether more plaintext would only pile up.
    fn is_full(&self) -> bool {
        match self.first.is_empty() {
            true => self.rest.len() >= PILE,
            false => self.filled == self.first.len(),
        }
    }
}

/// Room in front of which an encoder may have to say how much it needs.
fn append<E: Into<Shortage>>(
    outgoing: &mut Vec<u8>,
    mut encode: impl FnMut(&mut [u8]) -> Result<usize, E>,
) -> Result<(), Error> {
    let start = outgoing.len();
    let mut room = outgoing.capacity().saturating_sub(start);
    loop {
        outgoing.resize(start + room, 0);
        match encode(&mut outgoing[start..]).map_err(Into::into) {
            Ok(count) => {
                outgoing.truncate(start + count);
                return Ok(());
            }
            Err(Shortage::Needs(size)) if size > room => room = size,
            Err(_) => {
                outgoing.truncate(start);
                return Err(Error::Connection(io::Error::other("TLS records cannot be written any more")));
            }
        }
    }
}

enum Shortage {
    Needs(usize),
    Other,
}

impl From<EncodeError> for Shortage {
    fn from(error: EncodeError) -> Self {
        match error {
            EncodeError::InsufficientSize(InsufficientSizeError { required_size }) => Self::Needs(required_size),
            EncodeError::AlreadyEncoded => Self::Other,
        }
    }
}

impl From<EncryptError> for Shortage {
    fn from(error: EncryptError) -> Self {
        match error {
            EncryptError::InsufficientSize(InsufficientSizeError { required_size }) => Self::Needs(required_size),
            EncryptError::EncryptExhausted => Self::Other,
        }
    }
}

fn classify(error: &rustls::Error) -> Error {
    let reason = Secure(error.to_string());
    match error {
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => Error::ClientCertificateNeeded(reason),
        _ => Error::Secure(reason),
    }
}

const HANDSHAKE_ROOM: usize = 16 * 1024;
/// How much plaintext may lie in the window before decryption pauses.
const PILE: usize = 64 * 1024;
