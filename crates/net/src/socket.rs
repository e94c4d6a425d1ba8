//! One TCP socket. The only file that names socket2, apart from `sys`.

use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read};
use std::net::{Shutdown, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, SockAddr, Socket as RawSocket, TcpKeepalive, Type};

use crate::conn::Endpoints;
use crate::dial::Keepalive;
use crate::error::Error;
use crate::step::{Step, Want};
use crate::sys;

/// A TCP socket. It is shared by its connection and by whoever may have to interrupt it.
#[derive(Debug)]
pub(crate) struct Socket {
    raw: RawSocket,
    /// The limits of one receive and of one send, in milliseconds; 0 is none.
    receive_limit: AtomicU64,
    send_limit: AtomicU64,
}

impl Socket {
    /// Starts a connect that does not wait; [`connected`](Socket::connected) tells how it went.
    pub(crate) fn start_connect(address: SocketAddr, keepalive: Option<Keepalive>) -> Result<Self, Error> {
        let socket =
            RawSocket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP)).map_err(classify)?;
        socket.set_nonblocking(true).map_err(classify)?;
        if let Some(Keepalive { time, interval }) = keepalive {
            let wanted = TcpKeepalive::new().with_time(usual(time)).with_interval(usual(interval));
            socket.set_tcp_keepalive(&wanted).map_err(Error::Connect)?;
        }
        match socket.connect(&address.into()) {
            Err(error) if !is_in_progress(&error) => Err(classify(error)),
            _ => Ok(Self { raw: socket, receive_limit: AtomicU64::new(0), send_limit: AtomicU64::new(0) }),
        }
    }

    /// Whether the connect has succeeded, is under way, or has failed.
    pub(crate) fn connected(&self) -> Result<bool, Error> {
        // First the error: older systems poll for ever on a connect that has failed.
        if let Some(error) = self.raw.take_error().map_err(classify)? {
            return Err(classify(error));
        }
        if !self.connect_ended_within(Duration::ZERO)? {
            return Ok(false);
        }
        match self.raw.take_error().map_err(classify)? {
            Some(error) => Err(classify(error)),
            None => self.raw.peer_addr().map(|_| true).map_err(classify),
        }
    }

    /// Waits at most `limit` for the connect to succeed or fail.
    pub(crate) fn connect_ended_within(&self, limit: Duration) -> Result<bool, Error> {
        match sys::is_writable_within(&self.raw, limit) {
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(false),
            other => other.map_err(Error::Connect),
        }
    }

    /// Makes the connected socket one that blocks and that sends without delay.
    pub(crate) fn prepare_blocking(&self) -> Result<(), Error> {
        self.raw.set_nonblocking(false).and_then(|()| self.raw.set_tcp_nodelay(true)).map_err(Error::Connect)
    }

    /// The two ends, once it is connected.
    pub(crate) fn endpoints(&self) -> Option<Endpoints> {
        let address = |found: io::Result<SockAddr>| found.ok()?.as_socket();
        Some(Endpoints { local: address(self.raw.local_addr())?, remote: address(self.raw.peer_addr())? })
    }

    /// Makes it one that does not block, as a connection of an asynchronous session will be.
    #[cfg(test)]
    #[allow(clippy::expect_used)]
    pub(crate) fn set_nonblocking(&self) {
        self.raw.set_nonblocking(true).expect("a socket of this test");
    }

    /// Sets the limit of one receive; `None` is none.
    pub(crate) fn limit_receive(&self, limit: Option<Duration>) -> Result<(), Error> {
        self.receive_limit.store(milliseconds(limit), Ordering::Relaxed);
        self.raw.set_read_timeout(limit).map_err(Error::Connection)
    }

    /// Sets the limit of one send; `None` is none.
    pub(crate) fn limit_send(&self, limit: Option<Duration>) -> Result<(), Error> {
        self.send_limit.store(milliseconds(limit), Ordering::Relaxed);
        self.raw.set_write_timeout(limit).map_err(Error::Connection)
    }

    /// Receives into `room`; 0 is the end.
    pub(crate) fn receive(&self, room: &mut [u8]) -> Result<Step<usize>, Error> {
        retry(&self.receive_limit, || (&self.raw).read(room))
    }

    /// Receives into `first`, and what it has no room for into `second`.
    pub(crate) fn receive_two(&self, first: &mut [u8], second: &mut [u8]) -> Result<Step<usize>, Error> {
        retry(&self.receive_limit, || (&self.raw).read_vectored(&mut [IoSliceMut::new(first), IoSliceMut::new(second)]))
    }

    /// Sends the start of `first` and `second`, in one call; gives how much of both together.
    pub(crate) fn send_two(&self, first: &[u8], second: &[u8]) -> Result<Step<usize>, Error> {
        let first = &first[..first.len().min(sys::MOST_AT_ONCE)];
        let second = &second[..second.len().min(sys::MOST_AT_ONCE - first.len())];
        if second.is_empty() {
            return retry(&self.send_limit, || self.raw.send_with_flags(first, sys::SEND_FLAGS));
        }
        retry(&self.send_limit, || {
            self.raw.send_vectored_with_flags(&[IoSlice::new(first), IoSlice::new(second)], sys::SEND_FLAGS)
        })
    }

    /// Whether bytes, the end or an error lie ready.
    pub(crate) fn is_readable(&self) -> bool {
        sys::is_readable(&self.raw).unwrap_or(true)
    }

    /// Sends `bytes` if that needs no waiting.
    pub(crate) fn send_at_once(&self, bytes: &[u8]) {
        if self.raw.set_nonblocking(true).is_ok() {
            let _ = self.raw.send_with_flags(bytes, sys::SEND_FLAGS);
        }
    }

    /// Ends the connection under whoever uses it; calls that wait on it return.
    pub(crate) fn interrupt(&self) {
        let _ = self.raw.shutdown(Shutdown::Both);
        sys::interrupt(&self.raw);
    }
}

/// Calls until the call was not interrupted by a signal. A socket that blocks says `WouldBlock` or `TimedOut` when its
/// limit has passed; as each call begins the limit anew, interrupted calls are timed here too.
fn retry(limit: &AtomicU64, mut call: impl FnMut() -> io::Result<usize>) -> Result<Step<usize>, Error> {
    let mut interrupted = None;
    loop {
        match call() {
            Ok(count) => return Ok(Step::Done(count)),
            Err(error) => match error.kind() {
                ErrorKind::Interrupted => {
                    let since = *interrupted.get_or_insert_with(Instant::now);
                    let limit = limit.load(Ordering::Relaxed);
                    if limit != 0 && since.elapsed() >= Duration::from_millis(limit) {
                        return Ok(Step::Wait(Want::Socket));
                    }
                }
                ErrorKind::WouldBlock | ErrorKind::TimedOut => return Ok(Step::Wait(Want::Socket)),
                _ => return Err(Error::Connection(error)),
            },
        }
    }
}

fn milliseconds(limit: Option<Duration>) -> u64 {
    limit.map_or(0, |limit| u64::try_from(limit.as_millis()).unwrap_or(u64::MAX))
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
    #[cfg(unix)]
    let exhausted = matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM));
    #[cfg(not(unix))]
    let exhausted = error.kind() == ErrorKind::OutOfMemory;
    match error.kind() {
        _ if exhausted => Error::Exhausted(error),
        ErrorKind::TimedOut => Error::TimedOut,
        _ => Error::Connect(error),
    }
}

/// Some systems count the times of probes in seconds, and have 15 bits for them.
fn usual(time: Duration) -> Duration {
    time.clamp(Duration::from_secs(1), Duration::from_secs(32_767))
}
