//! Windows: [`WSAPoll`](https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsapoll),
//! [`CancelIoEx`](https://learn.microsoft.com/windows/win32/fileio/cancelioex-func) and
//! [`GetModuleHandleExW`](https://learn.microsoft.com/windows/win32/api/libloaderapi/nf-libloaderapi-getmodulehandleexw).

use std::io;
use std::os::windows::io::AsRawSocket;
use std::time::Duration;

use socket2::Socket;
use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::Networking::WinSock::{
    POLLRDNORM, POLLWRNORM, SOCKET, WSAEMFILE, WSAENOBUFS, WSAPOLLFD, WSAPoll,
};
use windows_sys::Win32::System::IO::CancelIoEx;
use windows_sys::Win32::System::LibraryLoader::{
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
};

/// There are no signals here.
pub(crate) const SEND_FLAGS: i32 = 0;

/// How much one send is given. Here it succeeds only when all went out within its limit, and fails also while the peer
/// still takes bytes.
pub(crate) const MOST_AT_ONCE: usize = 64 << 10;

/// Whether the reactor hears of every change of a socket. Here it hears only of those that an attempt in vain came before.
pub(crate) const TELLS_BY_ITSELF: bool = false;

/// Whether a receive would not wait: bytes, the end, or an error.
pub(crate) fn is_readable(socket: &Socket) -> io::Result<bool> {
    poll(socket, POLLRDNORM, Duration::ZERO)
}

/// Whether a connect has come to an end, waiting at most `limit` for it.
pub(crate) fn is_writable_within(socket: &Socket, limit: Duration) -> io::Result<bool> {
    poll(socket, POLLWRNORM, limit)
}

/// Ends the calls of other threads that wait on the socket: a shutdown alone does not wake them here.
pub(crate) fn interrupt(socket: &Socket) {
    // SAFETY: the handle is an open socket because `socket` is borrowed; a null OVERLAPPED asks for every operation on
    // it and is not followed.
    unsafe { CancelIoEx(socket.as_raw_socket() as HANDLE, std::ptr::null()) };
}

/// Keeps this code in memory to the end of the process, even when a program unloads the library that it is in.
pub(crate) fn stay_loaded() {
    let mut module = std::ptr::null_mut();
    let flags = GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS;
    let here = stay_loaded as fn() as *const u16;
    // SAFETY: `module` may be written; with FROM_ADDRESS the name is no text but an address, which is not followed.
    unsafe { GetModuleHandleExW(flags, here, &mut module) };
}

/// Whether the process has no more handles or memory.
pub(crate) fn is_exhausted(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(WSAEMFILE | WSAENOBUFS)) || error.kind() == io::ErrorKind::OutOfMemory
}

fn poll(socket: &Socket, events: i16, limit: Duration) -> io::Result<bool> {
    let mut entry = WSAPOLLFD { fd: socket.as_raw_socket() as SOCKET, events, revents: 0 };
    let milliseconds = i32::try_from(limit.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: `entry` is one initialised WSAPOLLFD that lives, mutably borrowed, for the length of the call, and 1 is
    // its count; the socket is open because `socket` is borrowed.
    let count = unsafe { WSAPoll(&mut entry, 1, milliseconds) };
    match count {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(count > 0),
    }
}
