//! One TLS connection over rustls' unbuffered interface.

use std::time::{Duration, Instant};
use std::{fmt, io};

use openwinhttp_wire::{Host, InBuf};
use rustls::AlertDescription;
use rustls::CertificateError;
use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::pki_types::ServerName;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncryptError, InsufficientSizeError, UnbufferedStatus, WriteTraffic,
};

use super::TlsConfig;
use crate::error::{Error, Secure, SecureFault};
use crate::socket::Socket;
use crate::step::{Step, done, fill};

/// A TLS session: ciphertext on both sides, and rustls in between.
pub(crate) struct TlsSession {
    rustls: UnbufferedClientConnection,
    started: Instant,
    incoming: InBuf,
    outgoing: InBuf,
    /// Plaintext that came while something was written.
    early: InBuf,
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
    /// Something was received, but no plaintext.
    Nothing,
    /// The proper end.
    End,
}

impl TlsSession {
    pub(crate) fn new(config: TlsConfig, host: &Host) -> Result<Self, Error> {
        let name = host.as_str().trim_end_matches('.').to_owned();
        let name =
            ServerName::try_from(name).map_err(|error| Error::Secure(Secure::new(SecureFault::Channel, &error)))?;
        Ok(Self {
            rustls: UnbufferedClientConnection::new(config, name).map_err(|error| classify(&error))?,
            started: Instant::now(),
            incoming: InBuf::new(),
            outgoing: InBuf::new(),
            early: InBuf::new(),
            established: false,
            closed: false,
            failure: None,
        })
    }

    /// Goes on with the handshake. Its last flight stays here, to leave together with the first request.
    pub(crate) fn handshake(&mut self, socket: &Socket) -> Result<Step<()>, Error> {
        loop {
            match self.advance(None, no_write)? {
                Advanced::MayWrite => {
                    self.established = true;
                    return Ok(Step::Done(()));
                }
                Advanced::MustSend => done!(self.flush(socket)?),
                Advanced::Progress | Advanced::Plaintext => {}
                Advanced::End => return Err(Error::ended()),
                Advanced::MustReceive => {
                    done!(self.flush(socket)?);
                    if self.started.elapsed() > HANDSHAKE_TIME {
                        return Err(Error::TimedOut);
                    }
                    if done!(self.receive(socket, HANDSHAKE_ROOM)?) == 0 {
                        return Err(Error::ended());
                    }
                }
            }
        }
    }

    /// Decrypts what lies here; where that gives no plaintext, receives once, up to `room` bytes. What goes wrong behind
    /// some plaintext is told by the next call. Nothing is sent: what rustls answers to the peer goes before the next data
    /// (RFC 8446 section 4.6.3 asks for no more), and a peer that takes nothing may still have something to say.
    pub(crate) fn pull(&mut self, socket: &Socket, sink: &mut Sink<'_>, room: usize) -> Result<Step<Pulled>, Error> {
        if let Some(pulled) = self.pull_what_is_here(sink)? {
            return Ok(Step::Done(pulled));
        }
        if done!(self.receive(socket, room)?) == 0 {
            return Err(Error::ended());
        }
        let pulled = self.pull_what_is_here(sink)?;
        Ok(Step::Done(pulled.unwrap_or(Pulled::Nothing)))
    }

    fn pull_what_is_here(&mut self, sink: &mut Sink<'_>) -> Result<Option<Pulled>, Error> {
        if !self.early.is_empty() {
            sink.put(self.early.data());
            self.early = InBuf::new();
            return Ok(Some(Pulled::Plaintext));
        }
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        if self.decrypt(sink)? {
            return Ok(Some(Pulled::Plaintext));
        }
        Ok(self.closed.then_some(Pulled::End))
    }

    /// Decrypts what lies here, until the sink is full; tells whether there was some plaintext.
    fn decrypt(&mut self, sink: &mut Sink<'_>) -> Result<bool, Error> {
        let mut got_any = false;
        while !(got_any && sink.is_full()) {
            match self.advance(Some(sink), no_write) {
                Ok(Advanced::Plaintext) => got_any = true,
                Ok(Advanced::Progress | Advanced::MustSend) => {}
                Ok(Advanced::MayWrite | Advanced::MustReceive) => break,
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

    /// Encrypts `plaintext` behind what waits to be sent. What was received before is dealt with first: rustls may have
    /// an answer to it.
    pub(crate) fn encrypt(&mut self, plaintext: &[u8]) -> Result<(), Error> {
        loop {
            let write = |mut traffic: Writer<'_>, out: &mut InBuf| append(out, |room| traffic.encrypt(plaintext, room));
            match self.advance(None, write)? {
                Advanced::MayWrite => return Ok(()),
                Advanced::Progress | Advanced::Plaintext | Advanced::MustSend => {}
                Advanced::End => self.closed = true,
                Advanced::MustReceive => return Err(Error::ended()),
            }
        }
    }

    /// Sends what waits to be sent.
    pub(crate) fn flush(&mut self, socket: &Socket) -> Result<Step<()>, Error> {
        while !self.outgoing.is_empty() {
            let count = done!(socket.send_two(self.outgoing.data(), &[])?);
            self.outgoing.consume(count);
        }
        Ok(Step::Done(()))
    }

    /// Says the proper end if that needs no waiting.
    pub(crate) fn say_goodbye(&mut self, socket: &Socket) {
        if !self.established || !self.is_quiet() {
            return;
        }
        let write = |mut traffic: Writer<'_>, out: &mut InBuf| append(out, |room| traffic.queue_close_notify(room));
        if self.advance(None, write).is_ok() {
            socket.send_at_once(self.outgoing.data());
        }
    }

    /// Whether nothing lies here that a next exchange could take for its own.
    pub(crate) fn is_quiet(&self) -> bool {
        let is_empty = self.incoming.is_empty() && self.outgoing.is_empty() && self.early.is_empty();
        is_empty && !self.closed && self.failure.is_none()
    }

    fn receive(&mut self, socket: &Socket, room: usize) -> Result<Step<usize>, Error> {
        if let Some(wait) = socket.nothing() {
            return wait.map(Step::Wait);
        }
        fill(&mut self.incoming, room, |room| socket.receive(room))
    }

    /// Lets rustls take one step over what was received, always over all of it: it remembers places in there. Plaintext
    /// goes to `sink`, or is kept for later; `write` is called when something may be written.
    fn advance(
        &mut self,
        mut sink: Option<&mut Sink<'_>>,
        write: impl FnOnce(Writer<'_>, &mut InBuf) -> Result<(), Error>,
    ) -> Result<Advanced, Error> {
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
                while let Some(record) = traffic.next_record() {
                    let record = record.map_err(|error| classify(&error).after_handshake(established))?;
                    discard += record.discard;
                    got_any |= !record.payload.is_empty();
                    match &mut sink {
                        Some(sink) => sink.put(record.payload),
                        None => self.early.push(record.payload),
                    }
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
            Ok(ConnectionState::WriteTraffic(traffic)) => {
                write(traffic, &mut self.outgoing)?;
                Advanced::MayWrite
            }
            Ok(ConnectionState::PeerClosed | ConnectionState::Closed) => Advanced::End,
            Ok(_) => return Err(Error::ended()),
        };
        self.incoming.consume(discard);
        Ok(advanced)
    }

    /// After an error rustls may have an alert for the peer; [`send_alert`](Self::send_alert) sends it.
    fn encode_alert(&mut self) {
        let UnbufferedStatus { state, .. } = self.rustls.process_tls_records(self.incoming.data_mut());
        if let Ok(ConnectionState::EncodeTlsData(mut data)) = state {
            let _ = append(&mut self.outgoing, |room| data.encode(room));
        }
    }

    /// Sends the alert of a failed handshake if that needs no waiting.
    pub(crate) fn send_alert(&mut self, socket: &Socket) {
        if !self.outgoing.is_empty() {
            socket.send_at_once(self.outgoing.data());
        }
    }
}

type Writer<'a> = WriteTraffic<'a, ClientConnectionData>;

fn no_write(_: Writer<'_>, _: &mut InBuf) -> Result<(), Error> {
    Ok(())
}

/// Where rustls stands after one step.
#[derive(Debug)]
enum Advanced {
    Plaintext,
    Progress,
    MustSend,
    MustReceive,
    MayWrite,
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

/// Appends what `encode` makes; it may have to say first how much room it needs.
fn append<E: Into<Shortage>>(
    outgoing: &mut InBuf,
    mut encode: impl FnMut(&mut [u8]) -> Result<usize, E>,
) -> Result<(), Error> {
    let mut needed = 0;
    loop {
        match outgoing.fill_with(needed, |room| encode(room).map_err(Into::into)) {
            Ok(_) => return Ok(()),
            Err(Shortage::Needs(size)) if size > needed => needed = size,
            Err(_) => return Err(Error::Connection(io::Error::other("TLS records cannot be written any more"))),
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
    let fault = match error {
        rustls::Error::InvalidCertificate(error) => certificate_fault(error),
        _ => SecureFault::Channel,
    };
    let reason = Secure::new(fault, error);
    match error {
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => Error::ClientCertificateNeeded(reason),
        _ => Error::Secure(reason),
    }
}

fn certificate_fault(error: &CertificateError) -> SecureFault {
    match error {
        CertificateError::UnknownIssuer => SecureFault::UnknownAuthority,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => SecureFault::WrongName,
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => SecureFault::WrongTime,
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => SecureFault::WrongUsage,
        CertificateError::Revoked => SecureFault::Revoked,
        _ => SecureFault::BadCertificate,
    }
}

const HANDSHAKE_ROOM: usize = 16 * 1024;
/// A handshake that takes longer than this is not going to end, however much it says.
const HANDSHAKE_TIME: Duration = Duration::from_secs(120);
/// How much plaintext may lie in the window before decryption pauses.
const PILE: usize = 64 * 1024;
