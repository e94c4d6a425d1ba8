//! `WinHttpQueryHeaders`, typed and with the buffer protocol.

use std::fmt;

use openwinhttp_abi::*;

use crate::errors::{Result, fail};
use crate::exchange::Exchange;
use crate::handle::HINTERNET;
use crate::last_error::remember;
use crate::objects::{self, Request};
use crate::policy::query::{self, Found, Source};

/// The answer of [`WinHttpQueryHeaders`], in the form that the modifiers of the level ask for.
#[derive(Clone)]
#[non_exhaustive]
pub enum HeaderValue {
    /// Text: UTF-8 where the bytes are that, else each byte is one character.
    Text(String),
    /// The lines of a head (`WINHTTP_QUERY_RAW_HEADERS`).
    Lines(Vec<String>),
    /// A number (`WINHTTP_QUERY_FLAG_NUMBER`).
    Number(u32),
    /// A number that may be large (`WINHTTP_QUERY_FLAG_NUMBER64`).
    Number64(u64),
    /// A date (`WINHTTP_QUERY_FLAG_SYSTEMTIME`).
    Time(SYSTEMTIME),
    /// The bytes as they are on the wire (`WINHTTP_QUERY_FLAG_WIRE_ENCODING`).
    Wire(Vec<u8>),
}

/// Asks for a header field, a part of the first line, or the whole head, of the answer or of the request.
///
/// # Windows signature
///
/// ```c
/// BOOL WinHttpQueryHeaders(HINTERNET hRequest, DWORD dwInfoLevel, LPCWSTR pwszName, LPVOID lpBuffer,
///                          LPDWORD lpdwBufferLength, LPDWORD lpdwIndex);
/// ```
///
/// # Parameters
///
/// | here | Windows | meaning |
/// |---|---|---|
/// | `request` | `hRequest` | a request handle |
/// | `info_level` | `dwInfoLevel` | a `WINHTTP_QUERY_...` attribute, with modifiers |
/// | `name` | `pwszName` | the name of the field for `WINHTTP_QUERY_CUSTOM`; ignored otherwise |
/// | `index` | `lpdwIndex` | which of the fields of that name, from 0; `None`: the first. On success it becomes one more; levels that are no field leave it alone |
///
/// | modifier | what it does |
/// |---|---|
/// | `WINHTTP_QUERY_FLAG_REQUEST_HEADERS` | asks about the request; from the first send on also about its automatic fields |
/// | `WINHTTP_QUERY_FLAG_TRAILERS` | asks about the trailer fields of a chunked body that was read to its end |
/// | `WINHTTP_QUERY_FLAG_NUMBER`, `WINHTTP_QUERY_FLAG_NUMBER64` | the number at the start of the value, 0 if none is there |
/// | `WINHTTP_QUERY_FLAG_SYSTEMTIME` | the date that the value is |
/// | `WINHTTP_QUERY_FLAG_WIRE_ENCODING` | the bytes as they came |
///
/// # Returns and errors
///
/// - `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`: the handle is not an open request, or an orphan.
/// - `ERROR_INVALID_PARAMETER`: the attribute is none of winhttp.h; `WINHTTP_QUERY_CUSTOM` without a name; or a number or
///   a date of what can only be text.
/// - `ERROR_WINHTTP_INCORRECT_HANDLE_STATE`: no answer was received (`WINHTTP_QUERY_REQUEST_METHOD` and questions about
///   the request are fine then); trailer fields are asked for before the end of the body; or another call is under way.
/// - `ERROR_WINHTTP_HEADER_NOT_FOUND`: there is no such field, or none at this index.
/// - `ERROR_WINHTTP_INVALID_HEADER`: the value is no date, or a number that is too large.
///
/// # Callbacks, in order
///
/// None.
///
/// # Differences from Windows
///
/// A number that does not fit, and a date that is none, are errors (our choice: there is no public rule).
///
/// # Example
///
/// ```no_run
/// # use openwinhttp::*;
/// # fn inspect(request: HINTERNET) -> Result<()> {
/// let level = WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER;
/// let status = WinHttpQueryHeaders(request, level, WINHTTP_HEADER_NAME_BY_INDEX, WINHTTP_NO_HEADER_INDEX)?.number();
/// let mut index = 0;
/// while let Ok(cookie) = WinHttpQueryHeaders(request, WINHTTP_QUERY_SET_COOKIE, None, Some(&mut index)) {
///     println!("{status:?} sets {cookie}");
/// }
/// # Ok(())
/// # }
/// ```
///
/// Source: [WinHttpQueryHeaders](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpqueryheaders),
/// [query info flags](https://learn.microsoft.com/windows/win32/winhttp/query-info-flags).
pub fn WinHttpQueryHeaders(
    request: HINTERNET,
    info_level: u32,
    name: Option<&str>,
    index: Option<&mut u32>,
) -> Result<HeaderValue> {
    remember(query_headers(request, info_level, name, index))
}

/// [`WinHttpQueryHeaders`] with the buffer protocol of the C function, for code that probes for the size first.
///
/// # Windows signature
///
/// That of [`WinHttpQueryHeaders`].
///
/// # Parameters
///
/// As for [`WinHttpQueryHeaders`], and:
///
/// | here | Windows | meaning |
/// |---|---|---|
/// | `buffer` | `lpBuffer` | where the value goes; `None` asks for the size alone |
/// | `buffer_length` | `lpdwBufferLength` | in: how many bytes of `buffer` may be used; out: see below |
///
/// Text is UTF-16 in the byte order of the machine, with a NUL at its end; the lines of `WINHTTP_QUERY_RAW_HEADERS` end
/// with a NUL each. Numbers are 4 or 8 bytes, a date is a `SYSTEMTIME` of 16 bytes. With
/// `WINHTTP_QUERY_FLAG_WIRE_ENCODING` text is bytes, and its NUL one byte.
///
/// # Returns and errors
///
/// On success `buffer_length` becomes the number of bytes without the last NUL.
///
/// - `ERROR_INSUFFICIENT_BUFFER`: `buffer` is `None` or too small. `buffer_length` becomes the number of bytes that are
///   needed, the NUL among them; `buffer` and `index` stay as they are.
///
/// Every other error is that of [`WinHttpQueryHeaders`], and leaves everything as it is.
///
/// # Callbacks, in order
///
/// None.
///
/// # Differences from Windows
///
/// Those of [`WinHttpQueryHeaders`].
///
/// # Example
///
/// ```no_run
/// # use openwinhttp::*;
/// # fn head(request: HINTERNET) -> Result<Vec<u8>> {
/// let mut size = 0;
/// let level = WINHTTP_QUERY_RAW_HEADERS_CRLF;
/// let _ = WinHttpQueryHeadersBuffer(request, level, None, None, &mut size, None);
/// assert_eq!(GetLastError(), ERROR_INSUFFICIENT_BUFFER);
/// let mut buffer = vec![0; size as usize];
/// WinHttpQueryHeadersBuffer(request, level, None, Some(&mut buffer), &mut size, None)?;
/// buffer.truncate(size as usize);
/// # Ok(buffer)
/// # }
/// ```
///
/// Source: as for [`WinHttpQueryHeaders`].
pub fn WinHttpQueryHeadersBuffer(
    request: HINTERNET,
    info_level: u32,
    name: Option<&str>,
    buffer: Option<&mut [u8]>,
    buffer_length: &mut u32,
    index: Option<&mut u32>,
) -> Result<()> {
    remember(query_headers_buffer(request, info_level, name, buffer, buffer_length, index))
}

fn query_headers(
    request: HINTERNET,
    info_level: u32,
    name: Option<&str>,
    index: Option<&mut u32>,
) -> Result<HeaderValue> {
    let start = index.as_deref().copied().unwrap_or_default();
    let (value, next) = look_up(request, info_level, name, start)?;
    advance(index, next);
    Ok(value)
}

fn query_headers_buffer(
    request: HINTERNET,
    info_level: u32,
    name: Option<&str>,
    buffer: Option<&mut [u8]>,
    buffer_length: &mut u32,
    index: Option<&mut u32>,
) -> Result<()> {
    let start = index.as_deref().copied().unwrap_or_default();
    let (value, next) = look_up(request, info_level, name, start)?;
    let (bytes, nul) = value.to_buffer();
    let usable = usize::try_from(*buffer_length).unwrap_or(usize::MAX);
    match buffer {
        Some(buffer) if bytes.len() <= usable.min(buffer.len()) => {
            buffer[..bytes.len()].copy_from_slice(&bytes);
            *buffer_length = length(bytes.len() - nul);
            advance(index, next);
            Ok(())
        }
        _ => {
            *buffer_length = length(bytes.len());
            fail(ERROR_INSUFFICIENT_BUFFER)
        }
    }
}

fn length(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

pub(super) fn advance(index: Option<&mut u32>, next: Option<u32>) {
    if let (Some(index), Some(next)) = (index, next) {
        *index = next;
    }
}

fn look_up(request: HINTERNET, info_level: u32, name: Option<&str>, start: u32) -> Result<(HeaderValue, Option<u32>)> {
    let request = objects::request(request)?;
    let Some(attribute) = attribute(info_level & !QUERY_MODIFIERS) else { return fail(ERROR_INVALID_PARAMETER) };
    let of_request = if attribute == Attribute::RequestMethod { WINHTTP_QUERY_FLAG_REQUEST_HEADERS } else { 0 };
    with_source(&request, info_level | of_request, |source| {
        let (found, next) = query::find(source, attribute, name, start)?;
        Ok((convert(found, attribute, info_level)?, next))
    })
}

/// Works on what the modifiers ask about: the head of the request or of the answer, or the trailer fields.
pub(super) fn with_source<T>(
    request: &Request,
    info_level: u32,
    work: impl FnOnce(Source<'_>) -> Result<T>,
) -> Result<T> {
    request.with_exchange(|exchange| {
        let mut written = Vec::new();
        work(if info_level & WINHTTP_QUERY_FLAG_REQUEST_HEADERS != 0 {
            write_request_head(request, exchange, &mut written)?;
            Source::Request(&written)
        } else if info_level & WINHTTP_QUERY_FLAG_TRAILERS != 0 {
            Source::Trailers(exchange.trailers()?)
        } else {
            Source::Response(exchange.response()?)
        })
    })
}

fn write_request_head(request: &Request, exchange: &Exchange, out: &mut Vec<u8>) -> Result<()> {
    if exchange.has_been_sent() {
        return exchange.write_head(request, out);
    }
    exchange.line.write_own(out);
    Ok(())
}

/// Puts what was found into the form that the modifiers ask for.
fn convert(found: Found<'_>, attribute: Attribute, info_level: u32) -> Result<HeaderValue> {
    let has = |flag: u32| info_level & flag != 0;
    let is_number = has(WINHTTP_QUERY_FLAG_NUMBER);
    let is_number64 = has(WINHTTP_QUERY_FLAG_NUMBER64);
    let wants_text = !(is_number || is_number64 || has(WINHTTP_QUERY_FLAG_SYSTEMTIME));
    let is_field = matches!(attribute, Attribute::Header(_) | Attribute::Custom);
    let value = match found {
        Found::Status(status) if is_number => return Ok(HeaderValue::Number(status.into())),
        Found::Status(status) if is_number64 => return Ok(HeaderValue::Number64(status.into())),
        Found::Status(status) => status.to_string().into_bytes().into(),
        Found::Lines { lines, crlf } if wants_text => return Ok(convert_lines(&lines, crlf, info_level)),
        Found::Bytes(value) if is_field || wants_text => value,
        _ => return fail(ERROR_INVALID_PARAMETER),
    };
    if is_number {
        let number = u32::try_from(query::number(&value)?);
        return number.map(HeaderValue::Number).or_else(|_| fail(ERROR_WINHTTP_INVALID_HEADER));
    }
    if is_number64 {
        return query::number(&value).map(HeaderValue::Number64);
    }
    if has(WINHTTP_QUERY_FLAG_SYSTEMTIME) {
        return query::time(&value).map(HeaderValue::Time);
    }
    if has(WINHTTP_QUERY_FLAG_WIRE_ENCODING) {
        return Ok(HeaderValue::Wire(value.into_owned()));
    }
    Ok(HeaderValue::Text(query::text(&value)))
}

fn convert_lines(lines: &[Vec<u8>], crlf: bool, info_level: u32) -> HeaderValue {
    let end: &[u8] = if crlf { b"\r\n" } else { b"\0" };
    if info_level & WINHTTP_QUERY_FLAG_WIRE_ENCODING != 0 {
        let mut bytes: Vec<u8> = lines.iter().flat_map(|line| [line.as_slice(), end].concat()).collect();
        bytes.extend_from_slice(if crlf { end } else { b"" });
        return HeaderValue::Wire(bytes);
    }
    let lines = lines.iter().map(|line| query::text(line));
    match crlf {
        true => HeaderValue::Text(lines.map(|line| line + "\r\n").collect::<String>() + "\r\n"),
        false => HeaderValue::Lines(lines.collect()),
    }
}

impl HeaderValue {
    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one that fits.
    pub fn number(&self) -> Option<u32> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Number64(number) => u32::try_from(*number).ok(),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn number64(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some((*number).into()),
            Self::Number64(number) => Some(*number),
            _ => None,
        }
    }

    /// The text; any other value as it prints.
    pub fn into_string(self) -> String {
        match self {
            Self::Text(text) => text,
            other => other.to_string(),
        }
    }

    /// The bytes that a buffer of winhttp.h gets, in the order of this machine, and how many of them are the last NUL.
    pub fn to_buffer(&self) -> (Vec<u8>, usize) {
        match self {
            Self::Text(text) => (utf16(text.encode_utf16().chain([0])), 2),
            Self::Lines(lines) => {
                let units = lines.iter().flat_map(|line| line.encode_utf16().chain([0]));
                (utf16(units.chain([0])), 2)
            }
            Self::Number(number) => (number.to_ne_bytes().to_vec(), 0),
            Self::Number64(number) => (number.to_ne_bytes().to_vec(), 0),
            Self::Time(time) => (utf16(fields(time).into_iter()), 0),
            Self::Wire(bytes) => ([bytes.as_slice(), b"\0"].concat(), 1),
        }
    }
}

fn utf16(units: impl Iterator<Item = u16>) -> Vec<u8> {
    units.flat_map(u16::to_ne_bytes).collect()
}

/// The eight 16-bit fields of a `SYSTEMTIME`, in order.
fn fields(time: &SYSTEMTIME) -> [u16; 8] {
    [time.wYear, time.wMonth, time.wDayOfWeek, time.wDay, time.wHour, time.wMinute, time.wSecond, time.wMilliseconds]
}

/// Text as it is, lines each on its own, numbers in decimal, a date as `1994-11-06 08:49:37`.
impl fmt::Display for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Lines(lines) => lines.iter().try_for_each(|line| writeln!(f, "{line}")),
            Self::Number(number) => write!(f, "{number}"),
            Self::Number64(number) => write!(f, "{number}"),
            Self::Time(time) => {
                let [year, month, _, day, hour, minute, second, _] = fields(time);
                write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
            }
            Self::Wire(bytes) => f.write_str(&query::text(bytes)),
        }
    }
}

impl fmt::Debug for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.debug_tuple("Text").field(text).finish(),
            Self::Lines(lines) => f.debug_tuple("Lines").field(lines).finish(),
            Self::Number(number) => f.debug_tuple("Number").field(number).finish(),
            Self::Number64(number) => f.debug_tuple("Number64").field(number).finish(),
            Self::Time(time) => f.debug_tuple("Time").field(&fields(time)).finish(),
            Self::Wire(bytes) => f.debug_tuple("Wire").field(bytes).finish(),
        }
    }
}

impl PartialEq for HeaderValue {
    fn eq(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other) && self.to_buffer() == other.to_buffer()
    }
}

impl Eq for HeaderValue {}
