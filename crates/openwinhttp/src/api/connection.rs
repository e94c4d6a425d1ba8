//! `WinHttpConnect`.

use std::sync::Arc;

use openwinhttp_abi::*;
use openwinhttp_wire::Host;

use crate::errors::{Coded, Result, fail};
use crate::handle::{HINTERNET, Owned};
use crate::last_error::remember;
use crate::notice::Status;
use crate::objects::{self, Connection, Object};

/// Names the server of later requests. No name is looked up and no socket is opened before
/// [`WinHttpSendRequest`](crate::WinHttpSendRequest).
///
/// # Windows signature
///
/// ```c
/// HINTERNET WinHttpConnect(HINTERNET hSession, LPCWSTR pswzServerName, INTERNET_PORT nServerPort, DWORD dwReserved);
/// ```
///
/// # Parameters
///
/// | here | Windows | meaning |
/// |---|---|---|
/// | `session` | `hSession` | a session handle |
/// | `server_name` | `pswzServerName` | a host name, an IPv4 address, or an IPv6 address with or without brackets |
/// | `server_port` | `nServerPort` | a TCP port; `INTERNET_DEFAULT_PORT` (0) is 443 for requests with `WINHTTP_FLAG_SECURE` and 80 for the others. Port 443 alone does not mean TLS |
/// | `reserved` | `dwReserved` | 0 |
///
/// # Returns and errors
///
/// A connection handle, a child of the session.
///
/// - `ERROR_INVALID_HANDLE`: the session is closed or was never issued.
/// - `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`: the handle is no session.
/// - `ERROR_WINHTTP_INVALID_URL`: no look-up could accept the name: it is empty, has an empty label, is too long, or
///   has other characters than letters, digits, `-`, `_` and `.`. A name beyond ASCII is
///   converted first (UTS 46), and refused if it has no such form.
/// - `ERROR_INVALID_PARAMETER`: `reserved` is not 0.
/// - `ERROR_NOT_ENOUGH_MEMORY`: there are no more handles.
///
/// # Callbacks, in order
///
/// `HANDLE_CREATED`, to the callback of the session.
///
/// # Differences from Windows
///
/// A name that cannot be one is refused here and not when the request is sent.
///
/// # Example
///
/// ```
/// use openwinhttp::*;
///
/// # fn main() -> Result<()> {
/// let session = WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0)?;
/// let connect = WinHttpConnect(session, "does-not.exist.invalid", INTERNET_DEFAULT_HTTPS_PORT, 0)?;
/// assert_eq!(GetLastError(), 0);
/// # WinHttpCloseHandle(connect)?;
/// # WinHttpCloseHandle(session)
/// # }
/// ```
///
/// Source: [WinHttpConnect](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpconnect).
pub fn WinHttpConnect(session: HINTERNET, server_name: &str, server_port: u16, reserved: u32) -> Result<HINTERNET> {
    remember(connect(session, server_name, server_port, reserved))
}

fn connect(session: HINTERNET, server_name: &str, server_port: u16, reserved: u32) -> Result<HINTERNET> {
    let session = objects::session(session)?;
    if reserved != 0 {
        return fail(ERROR_INVALID_PARAMETER);
    }
    let host = Host::parse(server_name).coded()?;
    let handle = objects::open_child(&session.children, |place| {
        Object::Connection(Arc::new(Connection::new(Arc::clone(&session), place, host, server_port)))
    })?;
    // Closed should the callback panic: nobody else would know it.
    let handle = Owned::new(handle);
    session.listener.tell(Status::HandleCreated(*handle));
    Ok(handle.into_handle())
}
