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

/// Whether the process has no more descriptors or memory.
pub(crate) fn is_exhausted(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM))
}

fn poll(socket: &Socket, events: i16, limit: Duration) -> io::Result<bool> {
    let mut entry = libc::pollfd { fd: socket.as_raw_fd(), events, revents: 0 };
    let milliseconds = i32::try_from(limit.as_millis()).unwrap_or(i32::MAX);
    loop {
        // SAFETY: `entry` is one initialised pollfd that lives, mutably borrowed, for the length of the call, and 1 is its
        // count; the descriptor is open because `socket` is borrowed.
        let count = unsafe { libc::poll(&mut entry, 1, milliseconds) };
        if count >= 0 {
            return Ok(count > 0);
        }
        let error = io::Error::last_os_error();
        // A mere look is interrupted too, by any signal that is due.
        if error.kind() != io::ErrorKind::Interrupted || milliseconds > 0 {
            return Err(error);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test reports")]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use socket2::{Domain, Type};

    use super::*;

    extern "C" fn hear(_: i32) {}

    /// A look at a socket is not answered by a signal.
    #[test]
    fn signals_do_not_disturb_a_look() {
        static IS_OVER: AtomicBool = AtomicBool::new(false);
        let (quiet, _peer) = Socket::pair(Domain::UNIX, Type::STREAM, None).unwrap();
        // SAFETY: the handler does nothing; the thread that gets the signals waits for the one that sends them.
        let looker = unsafe {
            libc::signal(libc::SIGUSR1, hear as extern "C" fn(i32) as libc::sighandler_t);
            // A number on some systems, a pointer on others.
            libc::pthread_self() as usize
        };
        thread::scope(|scope| {
            scope.spawn(|| {
                while !IS_OVER.load(Ordering::Relaxed) {
                    // SAFETY: the thread lives until this scope is left.
                    unsafe { libc::pthread_kill(looker as libc::pthread_t, libc::SIGUSR1) };
                }
            });
            let looks: Vec<_> =
                (0..50_000).map(|_| is_readable(&quiet)).filter(|look| !matches!(look, Ok(false))).collect();
            IS_OVER.store(true, Ordering::Relaxed);
            assert!(looks.is_empty(), "{looks:?}");
        });
    }
}
