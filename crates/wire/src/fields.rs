//! The header fields of a request, as the program adds, replaces and removes them.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::error::Error;
use crate::token::{is_field_value, is_token};

/// One field line, kept as it goes onto the wire.
#[derive(Clone, PartialEq, Eq)]
pub struct Field {
    line: Vec<u8>,
    name_length: usize,
    rank: u8,
}

/// The name alone: the value may be a password.
impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Field").field(&String::from_utf8_lossy(self.name())).finish()
    }
}

impl Field {
    /// A field of these words, without the blanks around the value; or [`Error::FieldLine`] where they could not stand on a line of their own.
    pub fn new(name: &[u8], value: &[u8]) -> Result<Self, Error> {
        if !is_token(name) || !is_field_value(value) {
            return Err(Error::FieldLine);
        }
        let value = value.trim_ascii();
        let mut line = Vec::with_capacity(name.len() + value.len() + 4);
        line.extend_from_slice(name);
        line.extend_from_slice(b": ");
        line.extend_from_slice(value);
        line.extend_from_slice(b"\r\n");
        Ok(Self { line, name_length: name.len(), rank: rank(name) })
    }

    /// The name, in the spelling it was given.
    pub fn name(&self) -> &[u8] {
        &self.line[..self.name_length]
    }

    /// The value, without the blanks around it.
    pub fn value(&self) -> &[u8] {
        &self.line[self.name_length + 2..self.line.len() - 2]
    }

    /// The whole line, with its CR LF.
    pub fn line(&self) -> &[u8] {
        &self.line
    }

    pub(crate) fn rank(&self) -> u8 {
        self.rank
    }
}

/// The fields of a request, in the order of the calls that added them.
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<Field>);

impl Fields {
    /// No field.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The fields in order.
    pub fn iter(&self) -> core::slice::Iter<'_, Field> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The place of the first field of this name; the case of letters does not matter.
    pub fn position(&self, name: &[u8]) -> Option<usize> {
        self.0.iter().position(|field| field.name().eq_ignore_ascii_case(name))
    }

    /// The value of the first field of this name.
    pub fn value(&self, name: &[u8]) -> Option<&[u8]> {
        self.position(name).map(|at| self.0[at].value())
    }

    /// Adds a field behind the others.
    pub fn push(&mut self, field: Field) {
        self.0.push(field);
    }

    /// Gives the field at `at` the value of `field`; the spelling of its name stays.
    pub fn set_value(&mut self, at: usize, field: &Field) {
        let old = &mut self.0[at];
        old.line.truncate(old.name_length + 2);
        old.line.extend_from_slice(field.value());
        old.line.extend_from_slice(b"\r\n");
    }

    /// Removes the field at `at`.
    pub fn remove(&mut self, at: usize) {
        self.0.remove(at);
    }

    /// Removes every field of this name.
    pub fn remove_all(&mut self, name: &[u8]) {
        self.0.retain(|field| !field.name().eq_ignore_ascii_case(name));
    }

    /// Appends the value of `field` to the one at `at`, behind `separator`.
    pub fn join(&mut self, at: usize, separator: &[u8], field: &Field) {
        let line = &mut self.0[at].line;
        line.truncate(line.len() - 2);
        line.extend_from_slice(separator);
        line.extend_from_slice(field.value());
        line.extend_from_slice(b"\r\n");
    }
}

/// The fields of a block of lines, each parted from the next by any run of CR and LF.
///
/// A line without a colon, with a name that is no token, or with a control character in it gives [`Error::FieldLine`].
pub fn parse_field_lines(block: &str) -> impl Iterator<Item = Result<Field, Error>> + '_ {
    block.split(['\r', '\n']).filter(|line| !line.is_empty()).map(|line| {
        let (name, value) = line.split_once(':').ok_or(Error::FieldLine)?;
        Field::new(name.as_bytes(), value.as_bytes())
    })
}

/// Where on the wire a field of this name stands: the known ones in the order of [`ORDER`], then the others.
pub(crate) fn rank(name: &[u8]) -> u8 {
    let is = |candidate: &str| name.eq_ignore_ascii_case(candidate.as_bytes());
    if is("Host") {
        return LAST;
    }
    if is("Content-Length") {
        return LAST - 1;
    }
    ORDER.iter().position(|candidate| is(candidate)).map_or(UNKNOWN, |at| at as u8)
}

pub(crate) const LAST: u8 = u8::MAX;
pub(crate) const UNKNOWN: u8 = LAST - 2;
pub(crate) const CONNECTION: u8 = 1;
pub(crate) const TRANSFER_ENCODING: u8 = 6;
pub(crate) const ACCEPT_ENCODING: u8 = 21;
pub(crate) const COOKIE: u8 = 24;
pub(crate) const USER_AGENT: u8 = ORDER.len() as u8 - 1;

/// General, entity and request fields, as captures of the real library show them.
const ORDER: [&str; 40] = [
    "Cache-Control",
    "Connection",
    "Date",
    "Keep-Alive",
    "Pragma",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "Via",
    "Warning",
    "Allow",
    "Content-Type",
    "Content-Encoding",
    "Content-Language",
    "Content-Location",
    "Content-MD5",
    "Content-Range",
    "Expires",
    "Last-Modified",
    "Accept",
    "Accept-Charset",
    "Accept-Encoding",
    "Accept-Language",
    "Authorization",
    "Cookie",
    "Expect",
    "From",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Max-Forwards",
    "Proxy-Authorization",
    "Proxy-Connection",
    "Referer",
    "Range",
    "TE",
    "Translate",
    "User-Agent",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_ranks_are_where_the_order_has_them() {
        assert_eq!(rank(b"connection"), CONNECTION);
        assert_eq!(rank(b"Transfer-Encoding"), TRANSFER_ENCODING);
        assert_eq!(rank(b"Accept-Encoding"), ACCEPT_ENCODING);
        assert_eq!(rank(b"Cookie"), COOKIE);
        assert_eq!(rank(b"USER-AGENT"), USER_AGENT);
        assert_eq!(rank(b"X-Mine"), UNKNOWN);
        assert!(rank(b"Host") > rank(b"Content-Length"));
    }

    #[test]
    fn any_run_of_line_ends_parts_two_fields() {
        for separator in ["\r\n", "\n", "\r", "\n\r", "\n\n\n", "\r\r\r", "\r\n\r\n"] {
            let block = alloc::format!("a: 1{separator}b:2 {separator}");
            let fields: Vec<_> = parse_field_lines(&block).map(|field| field.expect("valid")).collect();
            assert_eq!(fields.len(), 2);
            assert_eq!((fields[0].name(), fields[0].value()), (&b"a"[..], &b"1"[..]));
            assert_eq!((fields[1].name(), fields[1].value()), (&b"b"[..], &b"2"[..]));
        }
    }

    #[test]
    fn what_is_no_field_is_refused() {
        for line in [":", ":b", "cd", " e :f", "a b: c", "a: \u{0}", "a\u{7f}: b", "\u{e4}: b", "a: b\u{b}c"] {
            assert_eq!(parse_field_lines(line).next(), Some(Err(Error::FieldLine)), "{line:?}");
        }
        assert_eq!(parse_field_lines("a:").next().map(|field| field.map(|field| field.value().len())), Some(Ok(0)));
    }
}
