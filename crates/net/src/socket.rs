//! One TCP socket. The only file that names socket2, apart from `sys`.

use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read};
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use parking_lot::Mutex;
use socket2::{Domain, Protocol, SockAddr, SockRef, Socket as RawSocket, TcpKeepalive, Type};

use crate::conn::Endpoints;
use crate::dial::Keepalive;
use crate::driver::reactor::{self, READ, Readiness, WRITE};
use crate::error::Error;
use crate::step::{Step, Want};
use crate::sys;

/// A TCP socket. It is shared by its connection and by whoever may have to interrupt it.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: TcpStream,
    /// What the reactor says of it; `None` if it blocks.
    readiness: Option<Arc<Readiness>>,
    /// The limits of one receive and of one send, in milliseconds; 0 is none.
    receive_limit: AtomicU32,
    send_limit: AtomicU32,
    /// When the send that is suspended runs out of time, however often it goes on in vain.
    send_ends: Mutex<Option<Instant>>,
    /// Whether the limit of a suspended wait has passed.
    is_overdue: AtomicBool,
}

/// Who waits for a socket. It is chosen when the socket is made, and stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The thread that calls: the socket blocks.
    #[default]
    Synchronous,
    /// The reactor.
    Asynchronous,
}

impl Socket {
    /// Starts a connect that does not wait; [`connected`](Socket::connected) tells how it went.
    pub(crate) fn start_connect(address: SocketAddr, keepalive: Option<Keepalive>, mode: Mode) -> Result<Self, Error> {
        let socket =
            RawSocket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP)).map_err(classify)?;
        socket.set_nonblocking(true).map_err(classify)?;
        if let Some(Keepalive { time, interval }) = keepalive {
            let wanted = TcpKeepalive::new().with_time(usual(time)).with_interval(usual(interval));
            socket.set_tcp_keepalive(&wanted).map_err(Error::Connect)?;
        }
        match socket.connect(&address.into()) {
            Err(error) if !is_in_progress(&error) => Err(classify(error)),
            _ => Self::new(socket, mode),
        }
    }

    fn new(socket: RawSocket, mode: Mode) -> Result<Self, Error> {
        let mut stream = TcpStream::from_std(socket.into());
        let readiness = match mode {
            Mode::Synchronous => None,
            Mode::Asynchronous => Some(reactor::register(&mut stream)?),
        };
        Ok(Self {
            stream,
            readiness,
            receive_limit: AtomicU32::new(0),
            send_limit: AtomicU32::new(0),
            send_ends: Mutex::new(None),
            is_overdue: AtomicBool::new(false),
        })
    }

    fn raw(&self) -> SockRef<'_> {
        SockRef::from(&self.stream)
    }

    /// Whether the connect has succeeded, is under way, or has failed.
    pub(crate) fn connected(&self) -> Result<bool, Error> {
        // Before the look, so that what is told in between is not lost.
        self.readiness.iter().for_each(|readiness| readiness.forget_connected());
        // First the error: older systems poll for ever on a connect that has failed.
        if let Some(error) = self.raw().take_error().map_err(classify)? {
            return Err(classify(error));
        }
        if !self.connect_ended_within(Duration::ZERO)? {
            return Ok(false);
        }
        if let Some(error) = self.raw().take_error().map_err(classify)? {
            return Err(classify(error));
        }
        self.raw().peer_addr().map_err(classify)?;
        self.readiness.iter().for_each(|readiness| readiness.set_connected());
        self.set_overdue(false);
        Ok(true)
    }

    /// Waits at most `limit` for the connect to succeed or fail.
    pub(crate) fn connect_ended_within(&self, limit: Duration) -> Result<bool, Error> {
        match sys::is_writable_within(&self.raw(), limit) {
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(false),
            other => other.map_err(Error::Connect),
        }
    }

    /// Makes the connected socket one that sends without delay, and blocks if it is to.
    pub(crate) fn prepare(&self) -> Result<(), Error> {
        let waits = if self.readiness.is_none() { self.raw().set_nonblocking(false) } else { Ok(()) };
        waits.and_then(|()| self.raw().set_tcp_nodelay(true)).map_err(Error::Connect)
    }

    /// What the reactor says of it, if it doesn't block.
    pub(crate) fn readiness(&self) -> Option<&Readiness> {
        self.readiness.as_deref()
    }

    /// The two ends, once it is connected.
    pub(crate) fn endpoints(&self) -> Option<Endpoints> {
        let address = |found: io::Result<SockAddr>| found.ok()?.as_socket();
        Some(Endpoints { local: address(self.raw().local_addr())?, remote: address(self.raw().peer_addr())? })
    }

    /// Sets the limit of one receive, in milliseconds; 0 is none.
    pub(crate) fn limit_receive(&self, limit: u32) -> Result<(), Error> {
        self.receive_limit.store(limit, Ordering::Relaxed);
        match self.readiness {
            None => self.raw().set_read_timeout(duration(limit)).map_err(Error::Connection),
            Some(_) => Ok(()),
        }
    }

    /// Sets the limit of one send, in milliseconds; 0 is none.
    pub(crate) fn limit_send(&self, limit: u32) -> Result<(), Error> {
        self.send_limit.store(limit, Ordering::Relaxed);
        match self.readiness {
            None => self.raw().set_write_timeout(duration(limit)).map_err(Error::Connection),
            Some(_) => Ok(()),
        }
    }

    /// When a receive that is suspended now runs out of time.
    pub(crate) fn receive_deadline(&self) -> Option<Instant> {
        deadline(&self.receive_limit)
    }

    /// The same of a send. What the peer says meanwhile gives it no more time.
    pub(crate) fn send_deadline(&self) -> Option<Instant> {
        let mut ends = self.send_ends.lock();
        *ends = ends.or_else(|| deadline(&self.send_limit));
        *ends
    }

    /// Whether a suspended wait has come to its limit: then an attempt in vain is an error, until one succeeds.
    pub(crate) fn set_overdue(&self, is_overdue: bool) {
        self.is_overdue.store(is_overdue, Ordering::Relaxed);
    }

    /// The outcome of a receive that is known to be in vain, so that nobody makes room for it.
    pub(crate) fn nothing(&self) -> Option<Result<Want, Error>> {
        let has_nothing = self.readiness.as_ref().is_some_and(|readiness| readiness.has_nothing());
        has_nothing.then(|| match self.is_overdue.load(Ordering::Relaxed) {
            true => Err(Error::TimedOut),
            false => Ok(Want::Readable),
        })
    }

    /// Receives into `room`; 0 is the end.
    pub(crate) fn receive(&self, room: &mut [u8]) -> Result<Step<usize>, Error> {
        let most = room.len();
        self.receiving(most, || (&*self.raw()).read(room))
    }

    /// Receives into `first`, and what it has no room for into `second`.
    pub(crate) fn receive_two(&self, first: &mut [u8], second: &mut [u8]) -> Result<Step<usize>, Error> {
        let most = first.len() + second.len();
        let mut both = [IoSliceMut::new(first), IoSliceMut::new(second)];
        self.receiving(most, || (&*self.raw()).read_vectored(&mut both))
    }

    /// Sends the start of `first` and `second`, in one call; gives how much of both together.
    pub(crate) fn send_two(&self, first: &[u8], second: &[u8]) -> Result<Step<usize>, Error> {
        let first = &first[..first.len().min(sys::MOST_AT_ONCE)];
        let second = &second[..second.len().min(sys::MOST_AT_ONCE - first.len())];
        if second.is_empty() {
            return self.sending(first.len(), || self.raw().send_with_flags(first, sys::SEND_FLAGS));
        }
        self.sending(first.len() + second.len(), || {
            self.raw().send_vectored_with_flags(&[IoSlice::new(first), IoSlice::new(second)], sys::SEND_FLAGS)
        })
    }

    fn receiving(&self, most: usize, call: impl FnMut() -> io::Result<usize>) -> Result<Step<usize>, Error> {
        match &self.readiness {
            None => retry(&self.receive_limit, Want::Readable, call),
            Some(readiness) => self.attempt(readiness, (READ, Want::Readable), most, call),
        }
    }

    fn sending(&self, most: usize, call: impl FnMut() -> io::Result<usize>) -> Result<Step<usize>, Error> {
        match &self.readiness {
            None => retry(&self.send_limit, Want::Writable, call),
            Some(readiness) => {
                let outcome = self.attempt(readiness, (WRITE, Want::Writable), most, call);
                if let Ok(Step::Done(_)) = outcome {
                    *self.send_ends.lock() = None;
                }
                outcome
            }
        }
    }

    fn attempt(
        &self,
        readiness: &Readiness,
        (direction, want): (u8, Want),
        most: usize,
        mut call: impl FnMut() -> io::Result<usize>,
    ) -> Result<Step<usize>, Error> {
        match readiness.attempt(direction, most, || self.stream.try_io(&mut call)).map_err(Error::Connection)? {
            Some(count) => {
                self.set_overdue(false);
                Ok(Step::Done(count))
            }
            None if self.is_overdue.load(Ordering::Relaxed) => Err(Error::TimedOut),
            None => Ok(Step::Wait(want)),
        }
    }

    /// Whether bytes, the end or an error lie ready.
    pub(crate) fn is_readable(&self) -> bool {
        sys::is_readable(&self.raw()).unwrap_or(true)
    }

    /// Sends `bytes` if that needs no waiting.
    pub(crate) fn send_at_once(&self, bytes: &[u8]) {
        if self.readiness.is_some() || self.raw().set_nonblocking(true).is_ok() {
            let _ = self.raw().send_with_flags(bytes, sys::SEND_FLAGS);
        }
    }

    /// Ends the connection under whoever uses it; calls that wait on it return.
    pub(crate) fn interrupt(&self) {
        let _ = self.raw().shutdown(Shutdown::Both);
        sys::interrupt(&self.raw());
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Some(readiness) = &self.readiness {
            reactor::deregister(&mut self.stream, readiness);
        }
    }
}

/// Calls until the call was not interrupted by a signal. A socket that blocks says `WouldBlock` or `TimedOut` when its
/// limit has passed; as each call begins the limit anew, interrupted calls are timed here too.
fn retry(limit: &AtomicU32, want: Want, mut call: impl FnMut() -> io::Result<usize>) -> Result<Step<usize>, Error> {
    let mut interrupted = None;
    loop {
        match call() {
            Ok(count) => return Ok(Step::Done(count)),
            Err(error) => match error.kind() {
                ErrorKind::Interrupted => {
                    let since = *interrupted.get_or_insert_with(Instant::now);
                    let limit = limit.load(Ordering::Relaxed);
                    if limit != 0 && since.elapsed() >= Duration::from_millis(limit.into()) {
                        return Ok(Step::Wait(want));
                    }
                }
                ErrorKind::WouldBlock | ErrorKind::TimedOut => return Ok(Step::Wait(want)),
                _ => return Err(Error::Connection(error)),
            },
        }
    }
}

fn deadline(limit: &AtomicU32) -> Option<Instant> {
    duration(limit.load(Ordering::Relaxed)).and_then(|limit| Instant::now().checked_add(limit))
}

fn duration(milliseconds: u32) -> Option<Duration> {
    (milliseconds > 0).then(|| Duration::from_millis(milliseconds.into()))
}

fn is_in_progress(error: &io::Error) -> bool {
    #[cfg(unix)]
    let in_progress = error.raw_os_error() == Some(libc::EINPROGRESS);
    #[cfg(not(unix))]
    let in_progress = false;
    in_progress || error.kind() == ErrorKind::WouldBlock
}

/// A failed connect, told apart from a process that has no more sockets.
fn classify(error: io::Error) -> Error {
    match error.kind() {
        _ if sys::is_exhausted(&error) => Error::Exhausted(error),
        ErrorKind::TimedOut => Error::TimedOut,
        _ => Error::Connect(error),
    }
}

/// Some systems count the times of probes in seconds, and have 15 bits for them.
fn usual(time: Duration) -> Duration {
    time.clamp(Duration::from_secs(1), Duration::from_secs(32_767))
}
