//! Unix: [`poll`](https://man7.org/linux/man-pages/man2/poll.2.html).

use std::io;
use std::os::fd::AsRawFd;
use std::time::Duration;

use socket2::Socket;

/// A send to a peer that has gone must be an error, not the end of the process.
#[cfg(not(target_vendor = "apple"))]
pub(crate) const SEND_FLAGS: i32 = libc::MSG_NOSIGNAL;
/// Here the socket has SO_NOSIGPIPE, which socket2 sets.
#[cfg(target_vendor = "apple")]
pub(crate) const SEND_FLAGS: i32 = 0;

/// How much one send is given: as much as any system takes. It gives back how much went out within its limit.
pub(crate) const MOST_AT_ONCE: usize = 1 << 30;

/// Whether the reactor hears of every change of a socket, also of those that no attempt in vain came before.
pub(crate) const TELLS_BY_ITSELF: bool = true;

/// Whether a receive would not wait: bytes, the end, or an error.
pub(crate) fn is_readable(socket: &Socket) -> io::Result<bool> {
    poll(socket, libc::POLLIN, Duration::ZERO)
}

/// Whether a connect has come to an end, waiting at most `limit` for it.
pub(crate) fn is_writable_within(socket: &Socket, limit: Duration) -> io::Result<bool> {
    poll(socket, libc::POLLOUT, limit)
}

/// Wakes whoever waits on the socket: a shutdown does.
pub(crate) fn interrupt(_socket: &Socket) {}

/// Here the C library is linked so that it is not unloaded.
pub(crate) fn stay_loaded() {}

fn poll(socket: &Socket, events: i16, limit: Duration) -> io::Result<bool> {
    let mut entry = libc::pollfd { fd: socket.as_raw_fd(), events, revents: 0 };
    let milliseconds = i32::try_from(limit.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: `entry` is one initialised pollfd that lives, mutably borrowed, for the length of the call, and 1 is its
    // count; the descriptor is open because `socket` is borrowed.
    let count = unsafe { libc::poll(&mut entry, 1, milliseconds) };
    match count {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(count > 0),
    }
}
