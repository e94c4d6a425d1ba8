//! `WinHttpSetStatusCallback`.

use openwinhttp_abi::*;

use crate::errors::{Result, fail};
use crate::handle::HINTERNET;
use crate::last_error::remember;
use crate::notice::Callback;
use crate::objects;

/// Sets the function that hears of what happens to a handle.
///
/// # Windows signature
///
/// ```c
/// WINHTTP_STATUS_CALLBACK WinHttpSetStatusCallback(HINTERNET hInternet, WINHTTP_STATUS_CALLBACK lpfnInternetCallback,
///                                                  DWORD dwNotificationFlags, DWORD_PTR dwReserved);
/// ```
///
/// # Parameters
///
/// | here | Windows | meaning |
/// |---|---|---|
/// | `handle` | `hInternet` | a handle of any type |
/// | `callback` | `lpfnInternetCallback` | the function; `None` ends all notices, `WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING` too |
/// | `notification_flags` | `dwNotificationFlags` | the notices that are wanted, `WINHTTP_CALLBACK_FLAG_*` |
/// | `reserved` | `dwReserved` | 0 |
///
/// A handle that is opened later begins with the callback and the flags that its parent has at that moment. What is set
/// on the parent after that does not reach it.
///
/// # Returns and errors
///
/// The callback that was set before, if there was one.
///
/// - `ERROR_INVALID_HANDLE`: the handle is closed, an orphan, or was never issued.
/// - `ERROR_INVALID_PARAMETER`: `reserved` is not 0.
///
/// # Callbacks, in order
///
/// None by the call itself. In a synchronous session a callback runs on the thread of the call that it hears about, while
/// that call is under way, in this order:
///
/// | call | notices |
/// |---|---|
/// | `WinHttpConnect` | `HANDLE_CREATED`, to the session's callback |
/// | `WinHttpOpenRequest` | `HANDLE_CREATED`, to the callback that the request has inherited |
/// | `WinHttpSendRequest` | for a new connection `RESOLVING_NAME`, `NAME_RESOLVED`, for each address that is tried `CONNECTING_TO_SERVER`, then `CONNECTED_TO_SERVER`; always `SENDING_REQUEST`, `REQUEST_SENT` |
/// | `WinHttpReceiveResponse` | `RECEIVING_RESPONSE`, `INTERMEDIATE_RESPONSE` for each informational answer, `RESPONSE_RECEIVED` |
/// | the call that reaches the end of the answer | `CLOSING_CONNECTION`, `CONNECTION_CLOSED`, if the request went out with `Connection: close` from the program |
/// | `WinHttpCloseHandle` | `HANDLE_CLOSING`, if the context value is not 0: when no call works with the handle any more, and no child is left |
///
/// In an asynchronous session the same notices come, and after them the outcome of each operation, once:
///
/// | call | success | `REQUEST_ERROR` with |
/// |---|---|---|
/// | `WinHttpSendRequest` | `SENDREQUEST_COMPLETE` | `API_SEND_REQUEST` |
/// | `WinHttpWriteData` | `WRITE_COMPLETE` | `API_WRITE_DATA` |
/// | `WinHttpReceiveResponse` | `HEADERS_AVAILABLE` | `API_RECEIVE_RESPONSE` |
/// | `WinHttpQueryDataAvailable` | `DATA_AVAILABLE` | `API_QUERY_DATA_AVAILABLE` |
/// | `WinHttpReadData`, `WinHttpReadDataEx` | `READ_COMPLETE` | `API_READ_DATA` |
///
/// What needs no waiting is told on the thread of the call, before it returns; the rest, and the outcome of every send, on
/// threads of this library. What is told of the calls on one request keeps its order and never overlaps, except that a call
/// from within a callback may be told within that. Completions of one request nest three deep at most, those of
/// different ones twelve; what is deeper waits until the callbacks have returned. A callback that waits holds up no other handle, unless
/// `WINHTTP_OPTION_ASSURED_NON_BLOCKING_CALLBACKS` promises that none does.
/// `HANDLE_CLOSING` is the last of all.
///
/// A secure channel that cannot be made is told with `SECURE_FAILURE` before the call fails: the only place where a
/// program learns what is wrong with a certificate.
///
/// # Differences from Windows
///
/// Of several faults of a certificate, `SECURE_FAILURE` tells the first.
///
/// # Example
///
/// ```
/// use openwinhttp::*;
///
/// # fn main() -> Result<()> {
/// let session = WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0)?;
/// let callback = Callback::new(|_handle, _context, status| println!("{status:?}"));
/// WinHttpSetStatusCallback(session, Some(callback), WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0)?;
/// let connect = WinHttpConnect(session, "localhost", INTERNET_DEFAULT_PORT, 0)?; // prints HandleCreated(..)
/// # WinHttpCloseHandle(connect)?;
/// # WinHttpCloseHandle(session)
/// # }
/// ```
///
/// Source:
/// [WinHttpSetStatusCallback](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpsetstatuscallback),
/// [WINHTTP_STATUS_CALLBACK](https://learn.microsoft.com/windows/win32/api/winhttp/nc-winhttp-winhttp_status_callback).
pub fn WinHttpSetStatusCallback(
    handle: HINTERNET,
    callback: Option<Callback>,
    notification_flags: u32,
    reserved: usize,
) -> Result<Option<Callback>> {
    remember(set_status_callback(handle, callback, notification_flags, reserved))
}

fn set_status_callback(
    handle: HINTERNET,
    callback: Option<Callback>,
    notification_flags: u32,
    reserved: usize,
) -> Result<Option<Callback>> {
    let object = objects::find(handle)?;
    if reserved != 0 {
        return fail(ERROR_INVALID_PARAMETER);
    }
    Ok(object.listener().set(callback, notification_flags))
}
