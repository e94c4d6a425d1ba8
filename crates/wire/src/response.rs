//! The head of an answer, and what it says of the body behind it.

use crate::error::Error;
use crate::field_block::FieldBlock;

/// Finds the head of an answer in what was received so far.
///
/// It keeps how far it has looked for the end, so that a head that comes byte by byte costs no more than one in one
/// piece.
#[derive(Debug, Default)]
pub struct HeadReader {
    looked_at: usize,
}

impl HeadReader {
    /// A reader that has seen nothing yet.
    pub const fn new() -> Self {
        Self { looked_at: 0 }
    }

    /// The head at the start of `data` and its length in bytes; `None` while it isn't complete.
    ///
    /// Fails as soon as `data` can no longer become a head, or when the head is larger than `limit`.
    pub fn read(&mut self, data: &[u8], limit: usize) -> Result<Option<(ResponseHead, usize)>, Error> {
        let first = self.looked_at == 0;
        if first || self.looked_at < STATUS_LINE_START.len() {
            check_start(data)?;
        }
        let found = match first || self.end_is_in(data) {
            true => ResponseHead::parse(data)?,
            false => None,
        };
        self.looked_at = data.len();
        match &found {
            Some((_, length)) if *length > limit => Err(Error::HeadTooLarge),
            None if data.len() >= limit => Err(Error::HeadTooLarge),
            _ => Ok(found),
        }
    }

    /// Whether an empty line ends in the bytes that were not looked at before.
    fn end_is_in(&self, data: &[u8]) -> bool {
        let from = self.looked_at.saturating_sub(3);
        (from..data.len()).any(|at| data[at..].starts_with(b"\n\n") || data[at..].starts_with(b"\n\r\n"))
    }
}

/// The head of an answer: a status line and header fields.
#[derive(Debug)]
pub struct ResponseHead {
    status: u16,
    minor_version: u8,
    reason: (usize, usize),
    fields: FieldBlock,
}

/// How the body of an answer is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// By this many bytes; 0 also where an answer can have no body.
    Length(u64),
    /// By the chunked transfer coding.
    Chunked,
    /// By the end of the connection.
    UntilClose,
}

/// What the head of an answer says of the bytes behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delimiting {
    /// How the body ends.
    pub framing: Framing,
    /// Whether the connection may carry another request afterwards.
    pub persistent: bool,
}

impl ResponseHead {
    /// The head at the start of `data` and its length; `None` while it isn't complete.
    fn parse(data: &[u8]) -> Result<Option<(Self, usize)>, Error> {
        let Some(line_feed) = data.iter().position(|byte| *byte == b'\n') else { return Ok(None) };
        let line = data[..line_feed].strip_suffix(b"\r").unwrap_or(&data[..line_feed]);
        let (minor_version, status, reason) = parse_status_line(line)?;
        let Some((fields, length)) = FieldBlock::parse(data, line_feed + 1)? else { return Ok(None) };
        Ok(Some((Self { status, minor_version, reason, fields }, length)))
    }

    /// The three digits.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The protocol version, as `HTTP/1.1`.
    pub fn version(&self) -> &[u8] {
        self.fields.text(0..STATUS_LINE_START.len() + 1)
    }

    /// The reason phrase without the blanks around it; it may be empty, and it may be any bytes.
    pub fn reason(&self) -> &[u8] {
        self.fields.text(self.reason.0..self.reason.1)
    }

    /// The header fields.
    pub fn fields(&self) -> &FieldBlock {
        &self.fields
    }

    /// Forgets the fields of these names.
    pub fn remove_fields(&mut self, names: &[&[u8]]) {
        self.fields.remove(names);
    }

    /// Whether this is an informational answer, so that another head follows.
    pub fn is_informational(&self) -> bool {
        (100..200).contains(&self.status)
    }

    /// Where the body ends (RFC 9112 section 6.3) and whether the connection persists (section 9.3).
    pub fn delimiting(&self, request_method: &[u8]) -> Result<Delimiting, Error> {
        let seen = self.scan()?;
        let persistent = !seen.close && (self.minor_version > 0 || seen.keep_alive);
        let (framing, persistent) = if request_method == b"HEAD" || matches!(self.status, 100..200 | 204 | 304) {
            (Framing::Length(0), persistent)
        } else if request_method == b"CONNECT" && (200..300).contains(&self.status) {
            // From here on it is a tunnel (RFC 9110 section 9.3.6).
            (Framing::UntilClose, false)
        } else if seen.chunked {
            (Framing::Chunked, persistent && seen.length.is_none() && self.minor_version > 0)
        } else {
            match seen.length {
                Some(Length::Bytes(length)) => (Framing::Length(length), persistent),
                Some(Length::Malformed) => return Err(Error::ContentLength),
                None => (Framing::UntilClose, false),
            }
        };
        Ok(Delimiting { framing, persistent })
    }

    /// The few fields that framing depends on, in one pass.
    fn scan(&self) -> Result<Seen, Error> {
        let mut seen = Seen::default();
        for (name, value) in self.fields.iter_by_length(|length| matches!(length, 10 | 14 | 16 | 17)) {
            match name.len() {
                10 if is(name, b"Connection") => seen.connection(value),
                14 if is(name, b"Content-Length") => seen.content_length(value),
                16 if is(name, b"Proxy-Connection") => seen.connection(value),
                17 if is(name, b"Transfer-Encoding") => seen.transfer_encoding(value)?,
                _ => {}
            }
        }
        Ok(seen)
    }
}

#[derive(Default)]
struct Seen {
    close: bool,
    keep_alive: bool,
    chunked: bool,
    length: Option<Length>,
}

#[derive(Clone, Copy, PartialEq)]
enum Length {
    Bytes(u64),
    Malformed,
}

impl Seen {
    fn connection(&mut self, value: &[u8]) {
        // What is usual, without looking for commas.
        if is(value, b"keep-alive") {
            self.keep_alive = true;
            return;
        }
        self.close |= has_option(value, "close");
        self.keep_alive |= has_option(value, "keep-alive");
    }

    /// Several values count as one when they are equal (RFC 9110 section 8.6).
    fn content_length(&mut self, value: &[u8]) {
        if self.length.is_none() && !value.contains(&b',') {
            self.length = Some(parse_length(value.trim_ascii()));
            return;
        }
        for part in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
            let length = parse_length(part);
            self.length = match self.length {
                Some(earlier) if earlier != length => Some(Length::Malformed),
                _ => Some(length),
            };
        }
    }

    /// `chunked`, once, is what can come without our having asked for more; `identity` was a no-operation once.
    fn transfer_encoding(&mut self, value: &[u8]) -> Result<(), Error> {
        if value.eq_ignore_ascii_case(b"identity") {
            return Ok(());
        }
        if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
            return Err(Error::TransferEncoding);
        }
        self.chunked = true;
        Ok(())
    }
}

/// Whether a Connection field of this value lists `option` (RFC 9110 section 7.6.1).
pub fn has_option(value: &[u8], option: &str) -> bool {
    value.split(|byte| *byte == b',').any(|listed| listed.trim_ascii().eq_ignore_ascii_case(option.as_bytes()))
}

fn parse_length(digits: &[u8]) -> Length {
    let mut length = 0_u64;
    for digit in digits {
        let value = digit.wrapping_sub(b'0');
        if value > 9 || length > MOST_TENTH {
            return Length::Malformed;
        }
        length = length * 10 + u64::from(value);
    }
    if digits.is_empty() || length > i64::MAX as u64 { Length::Malformed } else { Length::Bytes(length) }
}

/// One more digit behind this is no overflow.
const MOST_TENTH: u64 = u64::MAX / 10 - 1;

/// Whether a name or value is this one, in whatever case. Most come as they are usually written, which is found out at
/// once.
fn is(text: &[u8], usual: &[u8]) -> bool {
    text == usual || text.eq_ignore_ascii_case(usual)
}

/// `HTTP/1.` digit SP three digits, then the end of the line or SP and a reason (RFC 9112 section 4).
fn parse_status_line(line: &[u8]) -> Result<(u8, u16, (usize, usize)), Error> {
    let shape = line.get(STATUS_LINE_START.len()..STATUS_LINE_LENGTH).ok_or(Error::StatusLine)?;
    let [minor @ b'0'..=b'9', b' ', a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9'] = shape else {
        return Err(Error::StatusLine);
    };
    let rest = &line[STATUS_LINE_LENGTH..];
    if !line.starts_with(STATUS_LINE_START) || !(rest.is_empty() || rest[0] == b' ') {
        return Err(Error::StatusLine);
    }
    if !crate::token::is_field_value(rest) {
        return Err(Error::StatusLine);
    }
    let digit = |byte: &u8| u16::from(byte - b'0');
    let start = STATUS_LINE_LENGTH + rest.len() - rest.trim_ascii_start().len();
    let end = start + rest.trim_ascii().len();
    Ok((minor - b'0', digit(a) * 100 + digit(b) * 10 + digit(c), (start, end)))
}

/// Whether `data` is, or may become, a status line: what is no HTTP is refused at its first wrong byte.
fn check_start(data: &[u8]) -> Result<(), Error> {
    let length = data.len().min(STATUS_LINE_START.len());
    if data[..length] == STATUS_LINE_START[..length] { Ok(()) } else { Err(Error::StatusLine) }
}

const STATUS_LINE_START: &[u8] = b"HTTP/1.";
/// The length of `HTTP/1.1 200`.
const STATUS_LINE_LENGTH: usize = STATUS_LINE_START.len() + 5;

#[cfg(test)]
#[path = "response/tests.rs"]
mod tests;
