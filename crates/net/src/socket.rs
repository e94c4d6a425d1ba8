//! One TCP socket. The only file that names socket2, apart from `sys`.

use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read};
use std::net::{Shutdown, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket as RawSocket, Type};

use crate::error::Error;
use crate::step::{Step, Want};
use crate::sys;

/// A TCP socket. It is shared by its connection and by whoever may have to interrupt it.
#[derive(Debug)]
pub(crate) struct Socket(RawSocket);

impl Socket {
    /// Starts a connect that does not wait; [`connected`](Socket::connected) tells how it went.
    pub(crate) fn start_connect(address: SocketAddr) -> Result<Self, Error> {
        let socket =
            RawSocket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP)).map_err(classify)?;
        socket.set_nonblocking(true).map_err(classify)?;
        match socket.connect(&address.into()) {
            Err(error) if !is_in_progress(&error) => Err(classify(error)),
            _ => Ok(Self(socket)),
        }
    }

    /// Whether the connect has succeeded, is under way, or has failed.
    pub(crate) fn connected(&self) -> Result<bool, Error> {
        if !self.connect_ended_within(Duration::ZERO)? {
            return Ok(false);
        }
        match self.0.take_error().map_err(classify)? {
            Some(error) => Err(classify(error)),
            None => self.0.peer_addr().map(|_| true).map_err(classify),
        }
    }

    /// Waits at most `limit` for the connect to succeed or fail.
    pub(crate) fn connect_ended_within(&self, limit: Duration) -> Result<bool, Error> {
        match sys::is_writable_within(&self.0, limit) {
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(false),
            other => other.map_err(Error::Connect),
        }
    }

    /// Makes the connected socket one that blocks and that sends without delay.
    pub(crate) fn prepare_blocking(&self) -> Result<(), Error> {
        self.0.set_nonblocking(false).and_then(|()| self.0.set_tcp_nodelay(true)).map_err(Error::Connect)
    }

    /// Makes it one that does not block, as a connection of an asynchronous session will be.
    #[cfg(test)]
    #[allow(clippy::expect_used)]
    pub(crate) fn set_nonblocking(&self) {
        self.0.set_nonblocking(true).expect("a socket of this test");
    }

    /// Sets the limit of one receive; `None` is none.
    pub(crate) fn limit_receive(&self, limit: Option<Duration>) -> Result<(), Error> {
        self.0.set_read_timeout(limit).map_err(Error::Connection)
    }

    /// Sets the limit of one send; `None` is none.
    pub(crate) fn limit_send(&self, limit: Option<Duration>) -> Result<(), Error> {
        self.0.set_write_timeout(limit).map_err(Error::Connection)
    }

    /// Receives into `room`; 0 is the end.
    pub(crate) fn receive(&self, room: &mut [u8]) -> Result<Step<usize>, Error> {
        retry(|| (&self.0).read(room))
    }

    /// Receives into `first`, and what it has no room for into `second`.
    pub(crate) fn receive_two(&self, first: &mut [u8], second: &mut [u8]) -> Result<Step<usize>, Error> {
        retry(|| (&self.0).read_vectored(&mut [IoSliceMut::new(first), IoSliceMut::new(second)]))
    }

    /// Sends the start of `first` and `second`, in one call; gives how much of both together.
    pub(crate) fn send_two(&self, first: &[u8], second: &[u8]) -> Result<Step<usize>, Error> {
        if second.is_empty() {
            return retry(|| self.0.send_with_flags(first, sys::SEND_FLAGS));
        }
        retry(|| self.0.send_vectored_with_flags(&[IoSlice::new(first), IoSlice::new(second)], sys::SEND_FLAGS))
    }

    /// Whether bytes, the end or an error lie ready.
    pub(crate) fn is_readable(&self) -> bool {
        sys::is_readable(&self.0).unwrap_or(true)
    }

    /// Sends `bytes` if that needs no waiting.
    pub(crate) fn send_at_once(&self, bytes: &[u8]) {
        if self.0.set_nonblocking(true).is_ok() {
            let _ = self.0.send_with_flags(bytes, sys::SEND_FLAGS);
        }
    }

    /// Ends the connection under whoever uses it; calls that wait on it return.
    pub(crate) fn interrupt(&self) {
        let _ = self.0.shutdown(Shutdown::Both);
        sys::interrupt(&self.0);
    }
}

/// Calls until the call was not interrupted by a signal. A socket that blocks says `WouldBlock` or `TimedOut` when its
/// limit has passed.
fn retry(mut call: impl FnMut() -> io::Result<usize>) -> Result<Step<usize>, Error> {
    loop {
        match call() {
            Ok(count) => return Ok(Step::Done(count)),
            Err(error) => match error.kind() {
                ErrorKind::Interrupted => {}
                ErrorKind::WouldBlock | ErrorKind::TimedOut => return Ok(Step::Wait(Want::Socket)),
                _ => return Err(Error::Connection(error)),
            },
        }
    }
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
