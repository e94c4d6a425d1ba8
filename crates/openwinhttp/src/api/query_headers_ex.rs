//! `WinHttpQueryHeadersEx`.

use openwinhttp_abi::*;

use super::HeaderValue;
use super::query_headers::{advance, with_source};
use crate::errors::Result;
use crate::handle::HINTERNET;
use crate::last_error::remember;
use crate::objects;
use crate::policy::query::{self, Pair, Wanted};

/// A header field, as [`WinHttpQueryHeadersEx`] gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtendedHeader {
    /// The name, as it is spelled in the head.
    pub name: String,
    /// [`HeaderValue::Text`], or [`HeaderValue::Wire`] with `WINHTTP_QUERY_FLAG_WIRE_ENCODING`.
    pub value: HeaderValue,
}

/// Asks for header fields of the answer or of the request, with names and values apart.
///
/// # Windows signature
///
/// ```c
/// DWORD WinHttpQueryHeadersEx(HINTERNET hRequest, DWORD dwInfoLevel, ULONGLONG ullFlags, UINT uiCodePage,
///                             PDWORD pdwIndex, PWINHTTP_HEADER_NAME pHeaderName, LPVOID pBuffer,
///                             PDWORD pdwBufferLength, PWINHTTP_EXTENDED_HEADER *ppHeaders, PDWORD pdwHeadersCount);
/// ```
///
/// # Parameters
///
/// | here | Windows | meaning |
/// |---|---|---|
/// | `request` | `hRequest` | a request handle |
/// | `info_level` | `dwInfoLevel` | `WINHTTP_QUERY_EX_ALL_HEADERS`, a `WINHTTP_QUERY_...` attribute that is a header field, or `WINHTTP_QUERY_CUSTOM`; with modifiers |
/// | – | `ullFlags`, `uiCodePage` | reserved; and the code page of text, which is as [`HeaderValue::Text`] says |
/// | `index` | `pdwIndex` | which of the fields of that name, from 0; `None`: the first. On success it becomes one more, but for all fields it means nothing |
/// | `name` | `pHeaderName` | the name of the field for `WINHTTP_QUERY_CUSTOM`; ignored otherwise |
/// | the result | `pBuffer`, `pdwBufferLength`, `ppHeaders`, `pdwHeadersCount` | the fields, in the order of the head |
///
/// The modifiers are `WINHTTP_QUERY_FLAG_REQUEST_HEADERS`, `WINHTTP_QUERY_FLAG_TRAILERS` and
/// `WINHTTP_QUERY_FLAG_WIRE_ENCODING` of [`WinHttpQueryHeaders`](crate::WinHttpQueryHeaders).
///
/// # Returns and errors
///
/// All fields, or the one that was asked for.
///
/// - `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`: the handle is not an open request, or an orphan.
/// - `ERROR_INVALID_PARAMETER`: the attribute is none of winhttp.h, or no header field (`WINHTTP_QUERY_VERSION`,
///   `..._STATUS_CODE`, `..._STATUS_TEXT`, `..._RAW_HEADERS_CRLF`, `..._REQUEST_METHOD`); `WINHTTP_QUERY_CUSTOM` without a
///   name; or a number or a date is asked for.
/// - `ERROR_WINHTTP_INCORRECT_HANDLE_STATE`: no answer was received (questions about the request are fine then); trailer
///   fields are asked for before the end of the body; or another call is under way.
/// - `ERROR_WINHTTP_HEADER_NOT_FOUND`: there is no such field, or none at this index; or there is none at all.
///
/// # Callbacks, in order
///
/// None.
///
/// # Differences from Windows
///
/// The code page is ignored.
///
/// # Example
///
/// ```no_run
/// # use openwinhttp::*;
/// # fn show(request: HINTERNET) -> Result<()> {
/// for header in WinHttpQueryHeadersEx(request, WINHTTP_QUERY_EX_ALL_HEADERS, None, None)? {
///     println!("{} is {}", header.name, header.value);
/// }
/// # Ok(())
/// # }
/// ```
///
/// Source: [WinHttpQueryHeadersEx](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpqueryheadersex).
pub fn WinHttpQueryHeadersEx(
    request: HINTERNET,
    info_level: u32,
    index: Option<&mut u32>,
    name: Option<&str>,
) -> Result<Vec<ExtendedHeader>> {
    remember(query_headers_ex(request, info_level, index, name))
}

fn query_headers_ex(
    request: HINTERNET,
    info_level: u32,
    index: Option<&mut u32>,
    name: Option<&str>,
) -> Result<Vec<ExtendedHeader>> {
    let request = objects::request(request)?;
    let wanted = Wanted::by(info_level, name)?;
    let start = index.as_deref().copied().unwrap_or_default();
    let (headers, next) = with_source(&request, info_level, |source| {
        let (fields, next) = query::find_fields(source, wanted, start)?;
        Ok((fields.into_iter().map(|field| extended(field, info_level)).collect(), next))
    })?;
    advance(index, next);
    Ok(headers)
}

fn extended((name, value): Pair<'_>, info_level: u32) -> ExtendedHeader {
    let value = match info_level & WINHTTP_QUERY_FLAG_WIRE_ENCODING {
        0 => HeaderValue::Text(query::text(value)),
        _ => HeaderValue::Wire(value.to_vec()),
    };
    ExtendedHeader { name: query::text(name), value }
}
