//! `WinHttpAddRequestHeaders`, as a block of lines and in parts.

use openwinhttp_abi::*;

use crate::errors::{Result, fail};
use crate::handle::HINTERNET;
use crate::last_error::remember;
use crate::objects;
use crate::policy::headers;

/// Adds, replaces, merges or removes header fields of a request.
///
/// # Windows signature
///
/// ```c
/// BOOL WinHttpAddRequestHeaders(HINTERNET hRequest, LPCWSTR lpszHeaders, DWORD dwHeadersLength, DWORD dwModifiers);
/// ```
///
/// # Parameters
///
/// | here | Windows | meaning |
/// |---|---|---|
/// | `request` | `hRequest` | a request handle |
/// | `headers` | `lpszHeaders`, `dwHeadersLength` | `Name: value` lines, each parted from the next by any run of CR and LF |
/// | `modifiers` | `dwModifiers` | flags, see below; the lower 16 bits are ignored |
///
/// Of several fields of one name the first is meant; names compare without case.
///
/// | flag | no such field yet | there is one |
/// |---|---|---|
/// | 0, `WINHTTP_ADDREQ_FLAG_ADD` | added | added once more |
/// | `..._ADD_IF_NEW` | added | `ERROR_WINHTTP_HEADER_ALREADY_EXISTS` |
/// | `..._REPLACE` | `ERROR_WINHTTP_HEADER_NOT_FOUND` | its value is replaced in place; an empty value removes it |
/// | `..._ADD` with `..._REPLACE` | added, unless the value is empty | as `..._REPLACE` |
/// | `..._COALESCE`, `..._COALESCE_WITH_COMMA` | added | becomes `old, new` |
/// | `..._COALESCE_WITH_SEMICOLON` | added | becomes `old; new` |
///
/// `..._ADD_IF_NEW` wins over the others where the field exists, `..._REPLACE` over coalescing, the comma over the
/// semicolon.
///
/// # Returns and errors
///
/// Fields are treated in turn, up to the first that fails; those before it stay.
///
/// - `ERROR_INVALID_PARAMETER`: `headers` is empty, or a line is no header field: it has no colon, its name is no token,
///   or there is a control character in it.
/// - `ERROR_INVALID_HANDLE`: the request or a parent of it is closed, or was never issued.
/// - `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`: the handle is no request.
/// - `ERROR_WINHTTP_INCORRECT_HANDLE_STATE`: another call is under way on this request.
/// - `ERROR_WINHTTP_HEADER_NOT_FOUND`, `ERROR_WINHTTP_HEADER_ALREADY_EXISTS`: see the table.
///
/// Fields stay with the handle for every later send. What is added after a send counts from the next one on.
///
/// # Callbacks, in order
///
/// None.
///
/// # Differences from Windows
///
/// A malformed line always gives `ERROR_INVALID_PARAMETER`.
///
/// # Example
///
/// ```
/// use openwinhttp::*;
///
/// # fn main() -> Result<()> {
/// # let session = WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0)?;
/// # let connect = WinHttpConnect(session, "localhost", INTERNET_DEFAULT_PORT, 0)?;
/// # let request = WinHttpOpenRequest(connect, None, None, None, None, None, 0)?;
/// WinHttpAddRequestHeaders(request, "Accept: text/html\r\nX-Mine: 1", WINHTTP_ADDREQ_FLAG_ADD)?;
/// WinHttpAddRequestHeaders(request, "Accept: text/plain", WINHTTP_ADDREQ_FLAG_COALESCE_WITH_COMMA)?;
/// let level = WINHTTP_QUERY_ACCEPT | WINHTTP_QUERY_FLAG_REQUEST_HEADERS;
/// assert_eq!(WinHttpQueryHeaders(request, level, None, None)?.as_str(), Some("text/html, text/plain"));
/// # WinHttpCloseHandle(session)
/// # }
/// ```
///
/// Source: [WinHttpAddRequestHeaders](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpaddrequestheaders).
pub fn WinHttpAddRequestHeaders(request: HINTERNET, headers: &str, modifiers: u32) -> Result<()> {
    remember(add_request_headers(request, headers, modifiers))
}

/// Adds, replaces, merges or removes header fields whose names and values stand apart.
///
/// # Windows signature
///
/// ```c
/// DWORD WinHttpAddRequestHeadersEx(HINTERNET hRequest, DWORD dwModifiers, ULONGLONG ullFlags, ULONGLONG ullExtra,
///                                  DWORD cHeaders, WINHTTP_EXTENDED_HEADER *pHeaders);
/// ```
///
/// # Parameters
///
/// | here | Windows | meaning |
/// |---|---|---|
/// | `request` | `hRequest` | a request handle |
/// | `modifiers` | `dwModifiers` | as for [`WinHttpAddRequestHeaders`] |
/// | the type `T` | `ullFlags` | `&str` is what `WINHTTP_EXTENDED_HEADER_FLAG_UNICODE` stands for, `&[u8]` is text in bytes, which go out as they are |
/// | – | `ullExtra` | reserved |
/// | `headers` | `cHeaders`, `pHeaders` | name and value of each field |
///
/// # Returns and errors
///
/// As for [`WinHttpAddRequestHeaders`]; `ERROR_INVALID_PARAMETER` where `headers` is empty, a name is no token, or there
/// is a control character in a value. Fields are treated in turn, up to the first that fails; those before it stay.
///
/// # Callbacks, in order
///
/// None.
///
/// # Differences from Windows
///
/// A malformed field always gives `ERROR_INVALID_PARAMETER`.
///
/// # Example
///
/// ```
/// use openwinhttp::*;
///
/// # fn main() -> Result<()> {
/// # let session = WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0)?;
/// # let connect = WinHttpConnect(session, "localhost", INTERNET_DEFAULT_PORT, 0)?;
/// # let request = WinHttpOpenRequest(connect, None, None, None, None, None, 0)?;
/// WinHttpAddRequestHeadersEx(request, WINHTTP_ADDREQ_FLAG_ADD, &[("Accept", "text/html"), ("X-Mine", "1")])?;
/// let level = WINHTTP_QUERY_CUSTOM | WINHTTP_QUERY_FLAG_REQUEST_HEADERS;
/// assert_eq!(WinHttpQueryHeaders(request, level, Some("X-Mine"), None)?.as_str(), Some("1"));
/// # WinHttpCloseHandle(session)
/// # }
/// ```
///
/// Source: [WinHttpAddRequestHeadersEx](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpaddrequestheadersex).
pub fn WinHttpAddRequestHeadersEx<T: AsRef<[u8]>>(
    request: HINTERNET,
    modifiers: u32,
    headers: &[(T, T)],
) -> Result<()> {
    remember(add_request_headers_ex(request, modifiers, headers))
}

fn add_request_headers(request: HINTERNET, block: &str, modifiers: u32) -> Result<()> {
    if block.is_empty() {
        return fail(ERROR_INVALID_PARAMETER);
    }
    objects::request(request)?
        .with_exchange(|exchange| headers::apply_block(&mut exchange.line.fields, block, modifiers))
}

fn add_request_headers_ex<T: AsRef<[u8]>>(request: HINTERNET, modifiers: u32, parts: &[(T, T)]) -> Result<()> {
    let request = objects::request(request)?;
    if parts.is_empty() {
        return fail(ERROR_INVALID_PARAMETER);
    }
    request.with_exchange(|exchange| headers::apply_parts(&mut exchange.line.fields, parts, modifiers))
}
