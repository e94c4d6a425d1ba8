//! Calls for handles of several kinds: `WinHttpCloseHandle` and `WinHttpSetTimeouts`.

use openwinhttp_abi::*;

use crate::errors::{Result, fail};
use crate::handle::HINTERNET;
use crate::last_error::remember;
use crate::objects::{self, Object};

/// Closes a handle. Its descendants become orphans: every call on one gives `ERROR_INVALID_HANDLE`, except that this
/// function still closes it, once.
///
/// A request whose answer was read to its end has given its connection back already; one with unread data loses it. A
/// call that another thread has under way on the request ends with `ERROR_WINHTTP_OPERATION_CANCELLED`. So does the
/// operation of a request of an asynchronous session: that is told from a thread of this library, unless the operation was
/// over just before.
///
/// # Windows signature
///
/// ```c
/// BOOL WinHttpCloseHandle(HINTERNET hInternet);
/// ```
///
/// # Parameters
///
/// - `handle` (`hInternet`): any handle.
///
/// # Returns and errors
///
/// - `ERROR_INVALID_HANDLE`: the handle is NULL, was never issued, or is closed already.
///
/// # Callbacks, in order
///
/// `HANDLE_CLOSING`, if the context value of the handle is not 0: the last notice of this handle. It comes when no call
/// works with the handle any more and no child of it is left, which may be in another call; in an asynchronous session also
/// after the callbacks of the handle.
///
/// # Differences from Windows
///
/// A value is not issued again for another object (before some four billion others; on 32-bit systems, some sixty
/// thousand).
///
/// # Example
///
/// ```
/// use openwinhttp::*;
///
/// # fn main() -> Result<()> {
/// let session = WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0)?;
/// let connect = WinHttpConnect(session, "localhost", INTERNET_DEFAULT_PORT, 0)?;
/// WinHttpCloseHandle(session)?;
/// assert!(WinHttpOpenRequest(connect, None, None, None, None, None, 0).is_err());
/// assert_eq!(GetLastError(), ERROR_INVALID_HANDLE);
/// WinHttpCloseHandle(connect)?;
/// assert!(WinHttpCloseHandle(connect).is_err());
/// # Ok(())
/// # }
/// ```
///
/// Source: [WinHttpCloseHandle](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpclosehandle).
pub fn WinHttpCloseHandle(handle: HINTERNET) -> Result<()> {
    remember(objects::close(handle))
}

/// Sets the time limits of a session or of a request.
///
/// A session's limits are taken over by requests that are opened afterwards. A request's limits count from its next
/// look-up, connect, send or receive on.
///
/// # Windows signature
///
/// ```c
/// BOOL WinHttpSetTimeouts(HINTERNET hInternet, int nResolveTimeout, int nConnectTimeout, int nSendTimeout,
///                         int nReceiveTimeout);
/// ```
///
/// # Parameters
///
/// | here | Windows | milliseconds for | default |
/// |---|---|---|---|
/// | `resolve` | `nResolveTimeout` | the look-up of the name | none |
/// | `connect` | `nConnectTimeout` | the connect to each address | 60 000 |
/// | `send` | `nSendTimeout` | each send | 30 000 |
/// | `receive` | `nReceiveTimeout` | each receive | 30 000 |
///
/// 0 and -1 mean no limit.
///
/// # Returns and errors
///
/// - `ERROR_INVALID_PARAMETER`: a value is below -1. Nothing is changed, and the handle is not even looked at.
/// - `ERROR_INVALID_HANDLE`: the handle is closed or was never issued.
/// - `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`: it is a connection handle.
///
/// # Callbacks, in order
///
/// None.
///
/// # Differences from Windows
///
/// None known.
///
/// # Example
///
/// ```
/// use openwinhttp::*;
///
/// # fn main() -> Result<()> {
/// let session = WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0)?;
/// WinHttpSetTimeouts(session, 5_000, 10_000, 30_000, -1)?;
/// # WinHttpCloseHandle(session)
/// # }
/// ```
///
/// Source: [WinHttpSetTimeouts](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpsettimeouts).
pub fn WinHttpSetTimeouts(handle: HINTERNET, resolve: i32, connect: i32, send: i32, receive: i32) -> Result<()> {
    remember(set_timeouts(handle, [resolve, connect, send, receive]))
}

fn set_timeouts(handle: HINTERNET, values: [i32; 4]) -> Result<()> {
    if values.iter().any(|value| *value < -1) {
        return fail(ERROR_INVALID_PARAMETER);
    }
    let object = objects::find(handle)?;
    let mut settings = match &object {
        Object::Session(session) => session.settings.lock(),
        Object::Request(request) => request.settings.lock(),
        Object::Connection(_) => return fail(ERROR_WINHTTP_INCORRECT_HANDLE_TYPE),
    };
    // -1 becomes u32::MAX, which is no limit too.
    for (setting, value) in LIMITS.into_iter().zip(values) {
        settings.set(setting, value as u32);
    }
    Ok(())
}

/// The limits in the order of the arguments.
const LIMITS: [Setting; 4] =
    [Setting::ResolveTimeout, Setting::ConnectTimeout, Setting::SendTimeout, Setting::ReceiveTimeout];
