//! `WinHttpQueryOption` and `WinHttpSetOption`.

use crate::errors::Result;
use crate::handle::HINTERNET;
use crate::last_error::remember;
use crate::options::{OptionChange, OptionQuestion, OptionValue};

/// Asks a handle for an option.
///
/// # Windows signature
///
/// ```c
/// BOOL WinHttpQueryOption(HINTERNET hInternet, DWORD dwOption, LPVOID lpBuffer, LPDWORD lpdwBufferLength);
/// ```
///
/// # Parameters
///
/// | here | Windows | meaning |
/// |---|---|---|
/// | `handle` | `hInternet` | whom to ask; NULL for what belongs to the process |
/// | `option` | `dwOption` | which option, `WINHTTP_OPTION_*` |
///
/// | options | asked of | value |
/// |---|---|---|
/// | `RESOLVE_TIMEOUT`, `CONNECT_TIMEOUT`, `SEND_TIMEOUT`, `RECEIVE_TIMEOUT`, `RECEIVE_RESPONSE_TIMEOUT` | any handle | milliseconds |
/// | `CONNECT_RETRIES`, `REDIRECT_POLICY`, `MAX_HTTP_AUTOMATIC_REDIRECTS`, `MAX_HTTP_STATUS_CONTINUE`, `MAX_RESPONSE_HEADER_SIZE`, `MAX_RESPONSE_DRAIN_SIZE`, `WEB_SOCKET_RECEIVE_BUFFER_SIZE`, `WEB_SOCKET_SEND_BUFFER_SIZE` | sessions, requests | a number |
/// | `MAX_CONNS_PER_SERVER`, `MAX_CONNS_PER_1_0_SERVER` | sessions | a number |
/// | `READ_BUFFER_SIZE`, `WRITE_BUFFER_SIZE`, `REQUEST_PRIORITY` | requests | a number |
/// | `HANDLE_TYPE`, `CONTEXT_VALUE`, `CALLBACK` | any handle, also one whose parent is closed | `WINHTTP_HANDLE_TYPE_*`, a context value, a callback |
/// | `PARENT_HANDLE` | connections, requests | a handle |
/// | `WORKER_THREAD_COUNT` | any handle | 0 |
/// | `USER_AGENT` | sessions | text |
/// | `URL` | requests | text: where the request goes, after redirects where it went |
/// | `USERNAME`, `PASSWORD`, `PROXY_USERNAME`, `PROXY_PASSWORD`, `REQUEST_ANNOTATION` | requests | the text that was set |
/// | `CONNECTION_INFO` | requests | [`ConnectionInfo`](crate::ConnectionInfo) of the connection that was used last |
/// | `REQUEST_TIMES`, `REQUEST_STATS` | requests | [`RequestTimes`](crate::RequestTimes), [`RequestStats`](crate::RequestStats) |
/// | `HTTP_PROTOCOL_USED` | requests | 0: HTTP/1 |
/// | `IS_PROXY_CONNECT_RESPONSE` | sessions, requests | `FALSE` |
/// | `HTTP_VERSION`, `ENABLETRACING` | NULL | [`HttpVersion`](crate::HttpVersion), `FALSE` |
/// | `EXTENDED_ERROR` | NULL, sessions, requests | the `WSAE...` number behind the last failure of the network on this thread |
/// | `FEATURE_SUPPORTED` | NULL, sessions | with [`WinHttpQueryOptionBuffer`] alone, which can give the number of the feature: success says that it is there |
///
/// A connection shows the numbers of its session as they are at this moment. A request begins with a copy of them and has
/// its own from then on.
///
/// # Returns and errors
///
/// - `ERROR_INVALID_HANDLE`: the handle is closed, was never issued, or is an orphan and the option not one for orphans;
///   or it is NULL and the option not one for the process.
/// - `ERROR_INVALID_PARAMETER`: there is no such option, it can only be set, it is not one for this type of handle, or it
///   is not supported.
/// - `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`: the same for a handle of another type and the sizes of WebSocket buffers.
/// - `ERROR_WINHTTP_INCORRECT_HANDLE_STATE`: it is too early to ask (`CONNECTION_INFO` before the request was sent), the
///   option tells of what never happens here (Passport, HTTP/2 and HTTP/3), or, in a synchronous session, another thread
///   is in a call on the request that has what is asked for (`URL`, `CONNECTION_INFO`, `REQUEST_TIMES`, `REQUEST_STATS`).
/// - `ERROR_WINHTTP_OPERATION_CANCELLED`: the handle was closed meanwhile.
/// - `ERROR_INSUFFICIENT_BUFFER`: `FEATURE_SUPPORTED` without the number of a feature.
///
/// # Callbacks, in order
///
/// None.
///
/// # Differences from Windows
///
/// The options of certificates, TLS and proxies are not supported. See docs/conformance.md for every option.
///
/// # Example
///
/// ```
/// use openwinhttp::*;
///
/// # fn main() -> Result<()> {
/// let session = WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0)?;
/// assert_eq!(WinHttpQueryOption(session, WINHTTP_OPTION_CONNECT_TIMEOUT)?.number(), Some(60_000));
/// let connect = WinHttpConnect(session, "localhost", INTERNET_DEFAULT_PORT, 0)?;
/// assert_eq!(WinHttpQueryOption(connect, WINHTTP_OPTION_PARENT_HANDLE)?.handle(), Some(session));
/// # WinHttpCloseHandle(connect)?;
/// # WinHttpCloseHandle(session)
/// # }
/// ```
///
/// Source: [WinHttpQueryOption](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpqueryoption),
/// [option flags](https://learn.microsoft.com/windows/win32/winhttp/option-flags).
pub fn WinHttpQueryOption(handle: HINTERNET, option: u32) -> Result<OptionValue> {
    remember(query_option(handle, option))
}

/// [`WinHttpQueryOption`] with the buffer protocol of the C function, for code that probes for the size first, and for
/// options that are asked with something in the buffer.
///
/// # Windows signature
///
/// That of [`WinHttpQueryOption`].
///
/// # Parameters
///
/// As for [`WinHttpQueryOption`], and:
///
/// | here | Windows | meaning |
/// |---|---|---|
/// | `buffer` | `lpBuffer` | where the value goes; `None` asks for the size alone |
/// | `buffer_length` | `lpdwBufferLength` | in: how many bytes of `buffer` may be used; out: see below |
///
/// Values lie in the buffer as winhttp.h declares them, text in UTF-16 with a NUL at its end. `FEATURE_SUPPORTED` reads
/// the number of the feature from the buffer, `REQUEST_TIMES` and `REQUEST_STATS` read there how many entries are wanted
/// (`cTimes`, `cStats`).
///
/// # Returns and errors
///
/// On success `buffer_length` becomes the number of bytes without the last NUL.
///
/// - `ERROR_INSUFFICIENT_BUFFER`: `buffer` is `None` or too small. `buffer_length` becomes the number of bytes that are
///   needed, the NUL among them; `buffer` stays as it is.
///
/// Every other error is that of [`WinHttpQueryOption`], and leaves everything as it is.
///
/// # Callbacks, in order
///
/// None.
///
/// # Differences from Windows
///
/// Those of [`WinHttpQueryOption`].
///
/// # Example
///
/// ```
/// use openwinhttp::*;
///
/// # fn main() -> Result<()> {
/// let session = WinHttpOpen(Some("Example/1.0"), WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0)?;
/// let mut size = 0;
/// let _ = WinHttpQueryOptionBuffer(session, WINHTTP_OPTION_USER_AGENT, None, &mut size);
/// assert_eq!((GetLastError(), size), (ERROR_INSUFFICIENT_BUFFER, 24));
///
/// let mut feature = WINHTTP_FEATURE_REQUEST_TIMES.to_ne_bytes();
/// let mut size = 4;
/// WinHttpQueryOptionBuffer(HINTERNET::NULL, WINHTTP_OPTION_FEATURE_SUPPORTED, Some(&mut feature), &mut size)?;
/// # WinHttpCloseHandle(session)
/// # }
/// ```
///
/// Source: as for [`WinHttpQueryOption`].
pub fn WinHttpQueryOptionBuffer(
    handle: HINTERNET,
    option: u32,
    buffer: Option<&mut [u8]>,
    buffer_length: &mut u32,
) -> Result<()> {
    remember(query_option_buffer(handle, option, buffer, buffer_length))
}

/// Sets an option of a handle.
///
/// What is set on a session is taken over by the requests that are opened afterwards; what is set on a request is its own.
///
/// # Windows signature
///
/// ```c
/// BOOL WinHttpSetOption(HINTERNET hInternet, DWORD dwOption, LPVOID lpBuffer, DWORD dwBufferLength);
/// ```
///
/// # Parameters
///
/// | here | Windows | meaning |
/// |---|---|---|
/// | `handle` | `hInternet` | what to set it on; NULL for what belongs to the process |
/// | `option` | `dwOption` | which option, `WINHTTP_OPTION_*` |
/// | `value` | `lpBuffer`, `dwBufferLength` | a `u32`, `bool`, `usize` (a context value), text, `()` for an option without a value, or a structure of [`OptionValue`] |
///
/// The length of text counts bytes in C, but for `USERNAME`, `PASSWORD`, `PROXY_USERNAME`, `PROXY_PASSWORD` and
/// `USER_AGENT` it counts characters; the NUL may be counted or not.
///
/// | options | set on | what they do |
/// |---|---|---|
/// | `RESOLVE_TIMEOUT`, `CONNECT_TIMEOUT`, `SEND_TIMEOUT`, `RECEIVE_TIMEOUT`, `RECEIVE_RESPONSE_TIMEOUT` | sessions, requests | limits in milliseconds; `u32::MAX` is none, and so is 0, but not for `RECEIVE_RESPONSE_TIMEOUT`. That is the limit for the whole head, and never lower than `RECEIVE_TIMEOUT`: what is set lower, 0 too, becomes that one. Where `RECEIVE_TIMEOUT` is none, so is it |
/// | `CONNECT_RETRIES` | sessions, requests | how many addresses are tried |
/// | `REDIRECT_POLICY`, `MAX_HTTP_AUTOMATIC_REDIRECTS`, `REJECT_USERPWD_IN_URL` (requests alone) | sessions, requests | which redirects are followed |
/// | `DISABLE_FEATURE` | requests | switches features off, `WINHTTP_DISABLE_*`; none can be switched on again |
/// | `MAX_HTTP_STATUS_CONTINUE`, `MAX_RESPONSE_HEADER_SIZE`, `MAX_RESPONSE_DRAIN_SIZE` | sessions, requests | bounds of an answer |
/// | `DECOMPRESSION` | sessions, requests | which bodies are unpacked, `WINHTTP_DECOMPRESSION_FLAG_*` |
/// | `ENABLE_HTTP_PROTOCOL` | sessions, requests | accepted; what is used is HTTP/1 |
/// | `ENABLE_FEATURE` | sessions, requests | accepted. **Revocation is not checked**: `WINHTTP_ENABLE_SSL_REVOCATION` has no effect |
/// | `MAX_CONNS_PER_SERVER`, `DISABLE_GLOBAL_POOLING`, `IPV6_FAST_FALLBACK` | sessions | how many connections there may be to a server (0: two), whether they are shared with other sessions, and how addresses of both families are tried |
/// | `CONTEXT_VALUE`, `CALLBACK` | any handle | what callbacks are given, and the callback itself |
/// | `USER_AGENT` | sessions | the User-Agent field of requests that are sent from now on; empty: no such field |
/// | `EXPIRE_CONNECTION` | requests | the connection in use ends with the present answer |
/// | `RESOLUTION_HOSTNAME` | requests, before they are sent | the name that is looked up instead of the server's, until a redirect leads elsewhere |
/// | `TCP_KEEPALIVE` | sessions | [`TcpKeepalive`](crate::TcpKeepalive): when idle connections are probed |
/// | `FAILED_CONNECTION_RETRIES` | sessions | accepted: [`FailedConnectionRetries`](crate::FailedConnectionRetries). The only retry is the one on a kept connection |
/// | `CONNECTION_GUID` | requests | `[u8; 16]`: marks the connection that the request uses |
/// | `ASSURED_NON_BLOCKING_CALLBACKS` | sessions | promises that no callback of the requests that are opened from now on ever waits: they run on the thread that hears of the network |
/// | `UNLOAD_NOTIFY_EVENT` | sessions | [`Event`](crate::Event): set when the session is closed, nothing of it is left and its last callback has returned |
/// | `MATCH_CONNECTION_GUID` | requests | [`MatchConnectionGuid`](crate::MatchConnectionGuid): kept connections with this mark are taken rather than others; with `WINHTTP_MATCH_CONNECTION_GUID_FLAG_REQUIRE_MARKED_CONNECTION` no others are |
/// | `USERNAME`, `PASSWORD`, `PROXY_USERNAME`, `PROXY_PASSWORD`, `REQUEST_ANNOTATION` | requests | text, that can be asked for again |
/// | `HTTP_VERSION` | NULL | [`HttpVersion`](crate::HttpVersion) |
///
/// Which of them act, and which others are taken without effect, stands in docs/conformance.md.
///
/// # Returns and errors
///
/// - `ERROR_INVALID_HANDLE`: the handle is closed, an orphan, or was never issued; or it is NULL and the option not one
///   for the process.
/// - `ERROR_WINHTTP_INVALID_OPTION`: there is no such option, or it, or this value of it, is not supported.
/// - `ERROR_WINHTTP_OPTION_NOT_SETTABLE`: it can only be asked for.
/// - `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`: it is not one for this type of handle.
/// - `ERROR_INSUFFICIENT_BUFFER`: the value has the wrong type. For `ENABLE_FEATURE`, `ENABLE_HTTP_PROTOCOL` and
///   `MAX_HTTP_AUTOMATIC_REDIRECTS` that is `ERROR_INVALID_PARAMETER`.
/// - `ERROR_WINHTTP_INCORRECT_HANDLE_STATE`: it is too late (`RESOLUTION_HOSTNAME` once the request was sent), no
///   connection is in use (`EXPIRE_CONNECTION`), or, in a synchronous session, another thread is in a call on the request.
/// - `ERROR_WINHTTP_OPERATION_CANCELLED`: the handle was closed meanwhile.
/// - `ERROR_INVALID_PARAMETER`: the option does not take this value.
///
/// # Callbacks, in order
///
/// None.
///
/// # Differences from Windows
///
/// The options of certificates, TLS, proxies and WebSockets are not supported, and `ENCODE_EXTRA` and
/// `HTTP_PROTOCOL_REQUIRED` only as `FALSE`. Revocation can be asked for by `ENABLE_FEATURE`, and is not checked. See
/// docs/conformance.md for every option.
///
/// # Example
///
/// ```
/// use openwinhttp::*;
///
/// # fn main() -> Result<()> {
/// let session = WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0)?;
/// WinHttpSetOption(session, WINHTTP_OPTION_REDIRECT_POLICY, WINHTTP_OPTION_REDIRECT_POLICY_NEVER)?;
/// WinHttpSetOption(session, WINHTTP_OPTION_USER_AGENT, "Example/2.0")?;
/// let refused = WinHttpSetOption(session, WINHTTP_OPTION_REDIRECT_POLICY, 7u32).unwrap_err();
/// assert_eq!(refused.code(), ERROR_INVALID_PARAMETER);
/// # WinHttpCloseHandle(session)
/// # }
/// ```
///
/// Source: [WinHttpSetOption](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpsetoption),
/// [option flags](https://learn.microsoft.com/windows/win32/winhttp/option-flags).
pub fn WinHttpSetOption(handle: HINTERNET, option: u32, value: impl Into<OptionValue>) -> Result<()> {
    remember(set_option(handle, option, value.into()))
}

fn query_option(handle: HINTERNET, option: u32) -> Result<OptionValue> {
    OptionQuestion::new(handle, option, true)?.value(&[])
}

fn query_option_buffer(
    handle: HINTERNET,
    option: u32,
    buffer: Option<&mut [u8]>,
    buffer_length: &mut u32,
) -> Result<()> {
    OptionQuestion::new(handle, option, true)?.fill(buffer, buffer_length)
}

fn set_option(handle: HINTERNET, option: u32, value: OptionValue) -> Result<()> {
    OptionChange::new(handle, option, true)?.set(value)
}
