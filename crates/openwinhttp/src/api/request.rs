//! `WinHttpOpenRequest`.

use std::borrow::Cow;
use std::sync::Arc;

use openwinhttp_abi::*;
use openwinhttp_wire::{Escape, Field, Fields, is_token, write_target};

use crate::errors::{Error, Result, fail};
use crate::exchange::{Exchange, RequestLine, Verb};
use crate::handle::{HINTERNET, Owned};
use crate::last_error::remember;
use crate::notice::Status;
use crate::objects::{self, Object, Request};

/// Opens a request to the server of a connection. Nothing goes onto the network.
///
/// # Windows signature
///
/// ```c
/// HINTERNET WinHttpOpenRequest(HINTERNET hConnect, LPCWSTR pwszVerb, LPCWSTR pwszObjectName, LPCWSTR pwszVersion,
///                              LPCWSTR pwszReferrer, LPCWSTR *ppwszAcceptTypes, DWORD dwFlags);
/// ```
///
/// # Parameters
///
/// | here | Windows | meaning |
/// |---|---|---|
/// | `connect` | `hConnect` | a connection handle |
/// | `verb` | `pwszVerb` | the method, sent as it is; `None` or empty: `GET` |
/// | `object_name` | `pwszObjectName` | path and query; `None` or empty: `/`. A leading `/` is inserted where it lacks. Characters are escaped as UTF-8, see the flags |
/// | `version` | `pwszVersion` | `None` or empty: `HTTP/1.1`; else `HTTP/1.0` or another of that form, sent as it is |
/// | `referrer` | `pwszReferrer` | the Referer field; `None` or empty: none |
/// | `accept_types` | `ppwszAcceptTypes` | joined by `, ` in one Accept field; `None` or empty: none |
/// | `flags` | `dwFlags` | see below |
///
/// | flag | effect |
/// |---|---|
/// | `WINHTTP_FLAG_SECURE` | TLS |
/// | `WINHTTP_FLAG_ESCAPE_PERCENT` | `%` is escaped too |
/// | `WINHTTP_FLAG_ESCAPE_DISABLE` | only blanks and characters beyond ASCII are escaped; CR and LF are left out |
/// | `WINHTTP_FLAG_ESCAPE_DISABLE_QUERY` | the same, for what follows the first `?` |
/// | `WINHTTP_FLAG_REFRESH`, `WINHTTP_FLAG_BYPASS_PROXY_CACHE` | `Pragma: no-cache`, from HTTP/1.1 on also `Cache-Control: no-cache` |
/// | `WINHTTP_FLAG_AUTOMATIC_CHUNKING` | a body whose length is not told goes out in chunks, one for each write |
///
/// Other flags are ignored.
///
/// # Returns and errors
///
/// A request handle, a child of the connection. It takes over the time limits of the session as they are now.
///
/// - `ERROR_INVALID_HANDLE`: the connection or its session is closed, or was never issued.
/// - `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`: the handle is no connection.
/// - `ERROR_INVALID_PARAMETER`: the verb is no token, the version is not of the form `HTTP/1.1` or too old for chunks, the object name has a
///   NUL in it, or a field would have a control character in it.
/// - `ERROR_NOT_ENOUGH_MEMORY`: there are no more handles.
///
/// # Callbacks, in order
///
/// `HANDLE_CREATED`.
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
/// # let session = WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0)?;
/// # let connect = WinHttpConnect(session, "localhost", INTERNET_DEFAULT_PORT, 0)?;
/// let accept = ["text/html", "text/plain"];
/// let request = WinHttpOpenRequest(connect, None, Some("index.html?a b"), None, None, Some(&accept), 0)?;
/// let head = WinHttpQueryHeaders(
///     request,
///     WINHTTP_QUERY_RAW_HEADERS_CRLF | WINHTTP_QUERY_FLAG_REQUEST_HEADERS,
///     None,
///     None,
/// )?;
/// assert_eq!(head.to_string(), "GET /index.html?a%20b HTTP/1.1\r\nAccept: text/html, text/plain\r\n\r\n");
/// # WinHttpCloseHandle(session)
/// # }
/// ```
///
/// Source: [WinHttpOpenRequest](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpopenrequest).
pub fn WinHttpOpenRequest(
    connect: HINTERNET,
    verb: Option<&str>,
    object_name: Option<&str>,
    version: Option<&str>,
    referrer: Option<&str>,
    accept_types: Option<&[&str]>,
    flags: u32,
) -> Result<HINTERNET> {
    remember(open_request(connect, verb, object_name, version, referrer, accept_types, flags))
}

fn open_request(
    connect: HINTERNET,
    verb: Option<&str>,
    object_name: Option<&str>,
    version: Option<&str>,
    referrer: Option<&str>,
    accept_types: Option<&[&str]>,
    flags: u32,
) -> Result<HINTERNET> {
    let connection = objects::connection(connect)?;
    let version = checked_version(version)?;
    let chunked = flags & WINHTTP_FLAG_AUTOMATIC_CHUNKING != 0;
    if chunked && *version < *"HTTP/1.1" {
        return fail(ERROR_INVALID_PARAMETER);
    }
    let fields = opening_fields(referrer, accept_types, flags, &version)?;
    let line = RequestLine {
        verb: checked_verb(verb)?,
        target: target(object_name.unwrap_or_default(), flags)?,
        version,
        fields,
        secure: flags & WINHTTP_FLAG_SECURE != 0,
        chunked,
    };
    let handle = objects::open_child(&connection.children, |place| {
        Object::Request(Arc::new(Request::new(Arc::clone(&connection), place, Exchange::new(line))))
    })?;
    // The request listens as its connection does; to find it costs more than to ask that. It may be an orphan by now.
    if connection.listener.wants(WINHTTP_CALLBACK_STATUS_HANDLE_CREATED) {
        // Closed should the callback panic: nobody else would know it.
        let owned = Owned::new(handle);
        objects::find_any(handle)?.listener().tell(Status::HandleCreated(handle));
        owned.into_handle();
    }
    Ok(handle)
}

fn checked_verb(verb: Option<&str>) -> Result<Verb> {
    match verb.unwrap_or_default() {
        "" => Ok(Verb::new("GET")),
        verb => match Verb::usual(verb) {
            Some(verb) => Ok(verb),
            None if is_token(verb.as_bytes()) => Ok(Verb::new(verb)),
            None => fail(ERROR_INVALID_PARAMETER),
        },
    }
}

fn checked_version(version: Option<&str>) -> Result<Cow<'static, str>> {
    match version.unwrap_or_default() {
        "" | "HTTP/1.1" => Ok(Cow::Borrowed("HTTP/1.1")),
        version => match version.as_bytes() {
            [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'] => Ok(Cow::Owned(version.to_owned())),
            _ => fail(ERROR_INVALID_PARAMETER),
        },
    }
}

fn target(object_name: &str, flags: u32) -> Result<Vec<u8>> {
    if object_name.as_bytes().contains(&0) {
        return fail(ERROR_INVALID_PARAMETER);
    }
    let escape = Escape {
        percent: flags & WINHTTP_FLAG_ESCAPE_PERCENT != 0,
        nothing: flags & WINHTTP_FLAG_ESCAPE_DISABLE != 0,
        nothing_in_query: flags & WINHTTP_FLAG_ESCAPE_DISABLE_QUERY != 0,
    };
    let mut target = Vec::with_capacity(object_name.len() + 1);
    write_target(&mut target, object_name, escape);
    Ok(target)
}

/// The fields that the arguments of `WinHttpOpenRequest` ask for.
fn opening_fields(referrer: Option<&str>, accept_types: Option<&[&str]>, flags: u32, version: &str) -> Result<Fields> {
    let mut fields = Fields::new();
    let mut push = |name: &str, value: &str| {
        let field = Field::new(name.as_bytes(), value.as_bytes());
        field.map(|field| fields.push(field)).map_err(|error| Error::new(ERROR_INVALID_PARAMETER, error))
    };
    if let Some(types) = accept_types.filter(|types| !types.is_empty()) {
        push("Accept", &types.join(", "))?;
    }
    if let Some(referrer) = referrer.filter(|referrer| !referrer.is_empty()) {
        push("Referer", referrer)?;
    }
    if flags & WINHTTP_FLAG_REFRESH != 0 {
        push("Pragma", "no-cache")?;
        if version >= "HTTP/1.1" {
            push("Cache-Control", "no-cache")?;
        }
    }
    Ok(fields)
}
