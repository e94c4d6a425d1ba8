//! The value of a Set-Cookie field (RFC 6265 section 5.2).

use super::expiry::parse_expires;
use crate::token::is_field_value;

/// What a Set-Cookie field says. Of attributes that it has twice, the last counts.
pub(super) struct SetCookie<'t> {
    pub(super) name: &'t [u8],
    pub(super) value: &'t [u8],
    /// As it is written; empty where there is none.
    pub(super) domain: &'t [u8],
    pub(super) path: Option<&'t [u8]>,
    pub(super) secure: bool,
    /// Seconds from now.
    pub(super) max_age: Option<u64>,
    /// Seconds since 1970.
    pub(super) expires: Option<u64>,
}

impl<'t> SetCookie<'t> {
    /// `None` if there is no name, or no `=` behind it; for control characters, and for a cookie that is too large.
    pub(super) fn read(line: &'t [u8]) -> Option<Self> {
        // First, so that only blanks are trimmed.
        if !is_field_value(line) {
            return None;
        }
        let mut parts = line.split(|byte| *byte == b';');
        let (name, value) = split_pair(parts.next()?);
        let value = value?;
        if name.is_empty() || name.len() + value.len() > MAX_COOKIE {
            return None;
        }
        let mut read = Self { name, value, domain: b"", path: None, secure: false, max_age: None, expires: None };
        for (name, value) in parts.map(split_pair) {
            read.take(name, value.unwrap_or_default());
        }
        Some(read)
    }

    fn take(&mut self, name: &[u8], value: &'t [u8]) {
        if value.len() > MAX_ATTRIBUTE {
            return;
        }
        match &*name.to_ascii_lowercase() {
            b"domain" => self.domain = value,
            b"path" => self.path = value.starts_with(b"/").then_some(value),
            b"secure" => self.secure = true,
            b"max-age" => self.max_age = parse_max_age(value).or(self.max_age),
            b"expires" => self.expires = parse_expires(value).or(self.expires),
            _ => {}
        }
    }
}

/// The trimmed texts on both sides of the first `=`.
fn split_pair(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|byte| *byte == b'=') {
        Some(at) => (text[..at].trim_ascii(), Some(text[at + 1..].trim_ascii())),
        None => (text.trim_ascii(), None),
    }
}

/// The age in seconds, 0 for a negative one; `None` for what is no number.
fn parse_max_age(text: &[u8]) -> Option<u64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let add = |sum: u64, digit: &u8| sum.saturating_mul(10).saturating_add((digit - b'0').into());
    Some(if text.starts_with(b"-") { 0 } else { digits.iter().fold(0, add) })
}

/// Name and value in bytes (rfc6265bis, "the Set-Cookie header field").
const MAX_COOKIE: usize = 4096;

pub(super) const MAX_ATTRIBUTE: usize = 1024;
