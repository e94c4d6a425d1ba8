//! What `WinHttpQueryHeaders` and `WinHttpQueryHeadersEx` find for an information level.

use std::borrow::Cow;

use openwinhttp_abi::*;
use openwinhttp_wire::{FieldBlock, ResponseHead, parse_date};

use crate::errors::{Error, Result, fail};

/// A head that is asked about.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    Response(&'a ResponseHead),
    /// A request head as it goes onto the wire.
    Request(&'a [u8]),
    Trailers(Option<&'a FieldBlock>),
}

/// What was found, before any conversion.
#[derive(Debug, PartialEq)]
pub(crate) enum Found<'a> {
    Bytes(Cow<'a, [u8]>),
    Status(u16),
    /// The lines of a head.
    Lines {
        lines: Vec<Vec<u8>>,
        crlf: bool,
    },
}

/// Finds what `level` asks for. `start` is how many fields of the name are skipped; the second value is where the next
/// query of an enumeration starts, if the level can be enumerated.
pub(crate) fn find<'a>(
    source: Source<'a>,
    attribute: Attribute,
    name: Option<&str>,
    start: u32,
) -> Result<(Found<'a>, Option<u32>)> {
    let missing = || Error::from_code(ERROR_WINHTTP_HEADER_NOT_FOUND);
    let field_name = match (attribute, name) {
        (Attribute::Header(name), _) | (Attribute::Custom, Some(name)) => name,
        (Attribute::Custom, None) => return fail(ERROR_INVALID_PARAMETER),
        _ => return source.special(attribute).map(|found| (found, None)).ok_or_else(missing),
    };
    let (_, value) = source.field(field_name, start).ok_or_else(missing)?;
    Ok((Found::Bytes(Cow::Borrowed(value)), Some(start.saturating_add(1))))
}

/// Name and value of a field.
pub(crate) type Pair<'a> = (&'a [u8], &'a [u8]);

/// The fields that `WinHttpQueryHeadersEx` can be asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Wanted<'a> {
    All,
    /// One of this name.
    Named(&'a str),
}

impl<'a> Wanted<'a> {
    /// `ERROR_INVALID_PARAMETER` for what is no header field, and for values that are not to be text.
    pub(crate) fn by(info_level: u32, name: Option<&'a str>) -> Result<Self> {
        if info_level & NO_TEXT != 0 {
            return fail(ERROR_INVALID_PARAMETER);
        }
        match (attribute(info_level & !QUERY_MODIFIERS), name) {
            (Some(Attribute::RawHeaders), _) => Ok(Self::All),
            (Some(Attribute::Header(name)), _) | (Some(Attribute::Custom), Some(name)) => Ok(Self::Named(name)),
            _ => fail(ERROR_INVALID_PARAMETER),
        }
    }
}

/// Finds fields, at least one; `start` and the second value are as in [`find`].
pub(crate) fn find_fields<'a>(
    source: Source<'a>,
    wanted: Wanted<'_>,
    start: u32,
) -> Result<(Vec<Pair<'a>>, Option<u32>)> {
    let (fields, next) = match wanted {
        Wanted::All => (source.fields(), None),
        Wanted::Named(name) => (Vec::from_iter(source.field(name, start)), Some(start.saturating_add(1))),
    };
    if fields.is_empty() { fail(ERROR_WINHTTP_HEADER_NOT_FOUND) } else { Ok((fields, next)) }
}

impl<'a> Source<'a> {
    fn field(self, name: &str, skip: u32) -> Option<Pair<'a>> {
        match self {
            Self::Response(head) => nth_field(head.fields().iter(), name, skip),
            Self::Trailers(block) => nth_field(block?.iter(), name, skip),
            Self::Request(head) => nth_field(request_fields(head), name, skip),
        }
    }

    fn fields(self) -> Vec<Pair<'a>> {
        match self {
            Self::Response(head) => head.fields().iter().collect(),
            Self::Trailers(block) => block.into_iter().flat_map(FieldBlock::iter).collect(),
            Self::Request(head) => request_fields(head).collect(),
        }
    }

    fn special(self, attribute: Attribute) -> Option<Found<'a>> {
        let bytes = |bytes: &'a [u8]| Some(Found::Bytes(Cow::Borrowed(bytes)));
        match (attribute, self) {
            (Attribute::RawHeaders, source) => Some(Found::Lines { lines: source.lines(), crlf: false }),
            (Attribute::RawHeadersCrlf, source) => Some(Found::Lines { lines: source.lines(), crlf: true }),
            (Attribute::Version, Self::Response(head)) => bytes(head.version()),
            (Attribute::Version, Self::Request(head)) => bytes(request_line(head).rsplit(|byte| *byte == b' ').next()?),
            (Attribute::StatusCode, Self::Response(head)) => Some(Found::Status(head.status())),
            (Attribute::StatusText, Self::Response(head)) => bytes(head.reason()),
            (Attribute::RequestMethod, Self::Request(head)) => {
                bytes(request_line(head).split(|byte| *byte == b' ').next()?)
            }
            _ => None,
        }
    }

    /// The lines of the head; fields as `Name: value`.
    fn lines(self) -> Vec<Vec<u8>> {
        let field_lines = self.fields().into_iter().map(|(name, value)| [name, b": ", value].concat());
        self.first_line().into_iter().chain(field_lines).collect()
    }

    fn first_line(self) -> Option<Vec<u8>> {
        match self {
            Self::Response(head) => {
                let status = format!(" {} ", head.status()).into_bytes();
                Some([head.version(), &status, head.reason()].concat())
            }
            Self::Request(head) => Some(request_line(head).to_vec()),
            Self::Trailers(_) => None,
        }
    }
}

fn nth_field<'a>(fields: impl Iterator<Item = Pair<'a>>, name: &str, skip: u32) -> Option<Pair<'a>> {
    let mut named = fields.filter(|(candidate, _)| candidate.eq_ignore_ascii_case(name.as_bytes()));
    named.nth(skip as usize)
}

/// The lines of a head that this library wrote, without the empty one.
fn lines_of(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    head.split(|byte| *byte == b'\n').filter_map(|line| line.strip_suffix(b"\r")).filter(|line| !line.is_empty())
}

fn request_line(head: &[u8]) -> &[u8] {
    lines_of(head).next().unwrap_or_default()
}

fn request_fields(head: &[u8]) -> impl Iterator<Item = Pair<'_>> {
    lines_of(head).skip(1).filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        Some((&line[..colon], line[colon + 1..].trim_ascii_start()))
    })
}

/// Text of the wire: UTF-8 where it is that, else each byte one character.
pub(crate) fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

/// The number at the start of a value: its decimal digits, none being 0. `ERROR_WINHTTP_INVALID_HEADER` past 64 bits.
pub(crate) fn number(value: &[u8]) -> Result<u64> {
    let mut digits = value.iter().take_while(|byte| byte.is_ascii_digit());
    let add = |sum: u64, digit: &u8| sum.checked_mul(10)?.checked_add(u64::from(digit - b'0'));
    digits.try_fold(0, add).ok_or(Error::from_code(INVALID))
}

/// The date of a value; `ERROR_WINHTTP_INVALID_HEADER` where it is none.
pub(crate) fn time(value: &[u8]) -> Result<SYSTEMTIME> {
    let date = parse_date(value).ok_or(Error::from_code(INVALID))?;
    Ok(SYSTEMTIME {
        wYear: date.year,
        wMonth: date.month,
        wDayOfWeek: date.weekday,
        wDay: date.day,
        wHour: date.hour,
        wMinute: date.minute,
        wSecond: date.second,
        wMilliseconds: 0,
    })
}

const INVALID: u32 = ERROR_WINHTTP_INVALID_HEADER;
/// What asks for a value in another form than text.
const NO_TEXT: u32 = WINHTTP_QUERY_FLAG_NUMBER | WINHTTP_QUERY_FLAG_NUMBER64 | WINHTTP_QUERY_FLAG_SYSTEMTIME;
