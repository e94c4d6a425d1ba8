//! URLs taken apart and put together.
//!
//! Everything here is in UTF-16 code units, the text of the API: parts can then be places in the caller's own URL, and
//! what is not well-formed passes unchanged.

use alloc::vec::Vec;
use core::char::decode_utf16;
use core::ops::Range;

use crate::error::Error;

/// A scheme that this library speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// HTTP in the clear.
    Http,
    /// HTTP over TLS.
    Https,
}

impl Scheme {
    /// The scheme of this name; case does not matter.
    pub fn from_name(name: &[u16]) -> Option<Self> {
        SCHEMES.iter().find(|row| equals_ignoring_case(name, row.1)).map(|row| row.0)
    }

    /// The port that is meant where a URL names none.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// Where the parts of a URL lie in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlParts {
    /// What the name of the scheme means.
    pub scheme: Scheme,
    /// The name of the scheme, as it is written.
    pub scheme_name: Range<usize>,
    /// What stands before the last `@`, up to its first colon.
    pub user_name: Option<Range<usize>>,
    /// What follows that colon.
    pub password: Option<Range<usize>>,
    /// The host, an IPv6 address with its brackets.
    pub host: Range<usize>,
    /// The port, that of the scheme where none is given.
    pub port: u16,
    /// From the first `/` after the host; empty, and at the end of the text, where there is none.
    pub path: Range<usize>,
    /// From the first `?` or `#` after that; empty, and at the end of the text, where there is none.
    pub extra: Range<usize>,
}

impl UrlParts {
    /// Finds the parts of `url`. Which characters stand in them is not checked, and nothing but a `/` ends the host: in
    /// `http://a?b` it is `a?b`, which no look-up will accept.
    ///
    /// [`Error::Scheme`] if it does not begin with `http:` or `https:`; [`Error::Url`] if `//` and a host do not
    /// follow, or the port is no number below 65536.
    pub fn find(url: &[u16]) -> Result<Self, Error> {
        let colon = first(url, 0..url.len(), b":").ok_or(Error::Scheme)?;
        let scheme = Scheme::from_name(&url[..colon]).ok_or(Error::Scheme)?;
        if !starts_with(&url[colon..], "://") {
            return Err(Error::Url);
        }
        let path = first(url, colon + 3..url.len(), b"/").unwrap_or(url.len());
        let extra = first(url, path..url.len(), b"?#").unwrap_or(url.len());
        let (user_name, password, server) = split_server(url, colon + 3..path);
        let (host, port) = split_port(url, server);
        if host.is_empty() {
            return Err(Error::Url);
        }
        Ok(Self {
            scheme,
            scheme_name: 0..colon,
            user_name,
            password,
            host,
            port: read_port(&url[port], scheme)?,
            path: path..extra,
            extra: extra..url.len(),
        })
    }
}

/// The texts that a URL is put together from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UrlText<'t> {
    /// The name of any scheme.
    pub scheme_name: &'t [u16],
    /// The name of a user; without it the password is left out too.
    pub user_name: Option<&'t [u16]>,
    /// Their password.
    pub password: Option<&'t [u16]>,
    /// The host; if it is empty, the port is left out.
    pub host: &'t [u16],
    /// The port; left out if it is that of the scheme.
    pub port: u16,
    /// The path; a `/` is set between the host and whatever else follows it.
    pub path: &'t [u16],
    /// What follows the path, with its `?` or `#`.
    pub extra: &'t [u16],
}

impl UrlText<'_> {
    /// The URL. Nothing in the texts is checked or changed.
    pub fn compose(&self) -> Vec<u16> {
        let mut url = Vec::new();
        url.extend_from_slice(self.scheme_name);
        url.extend("://".encode_utf16());
        self.add_user(&mut url);
        self.add_server(&mut url);
        let tail = [self.path, self.extra].concat();
        if !self.host.is_empty() && !tail.is_empty() && !starts_with(&tail, "/") {
            url.push(b'/'.into());
        }
        url.extend(tail);
        url
    }

    fn add_user(&self, url: &mut Vec<u16>) {
        let Some(user_name) = self.user_name else { return };
        url.extend_from_slice(user_name);
        if let Some(password) = self.password {
            url.push(b':'.into());
            url.extend_from_slice(password);
        }
        url.push(b'@'.into());
    }

    fn add_server(&self, url: &mut Vec<u16>) {
        url.extend_from_slice(self.host);
        let default = Scheme::from_name(self.scheme_name).map(Scheme::default_port);
        if !self.host.is_empty() && default != Some(self.port) {
            url.extend(alloc::format!(":{}", self.port).encode_utf16());
        }
    }
}

/// `text` with every character that a path may not show as an escape sequence of its UTF-8, `%` among them; `None` if
/// the text is not well-formed.
pub fn escape(text: &[u16]) -> Option<Vec<u16>> {
    let mut out = Vec::with_capacity(text.len());
    for character in decode_utf16(text.iter().copied()) {
        let character = character.ok()?;
        for byte in character.encode_utf8(&mut [0; 4]).bytes() {
            if is_plain(byte) { out.push(byte.into()) } else { out.extend(escape_byte(byte)) }
        }
    }
    Some(out)
}

/// `text` with every escape sequence replaced by the one code unit of its value. `%00` stays: a NUL would look like the
/// end of the text.
pub fn unescape(mut text: &[u16]) -> Vec<u16> {
    let mut out = Vec::with_capacity(text.len());
    while let Some((first, rest)) = text.split_first() {
        let (unit, rest) = escape_sequence(text).unwrap_or((*first, rest));
        out.push(unit);
        text = rest;
    }
    out
}

fn split_server(url: &[u16], within: Range<usize>) -> (Option<Range<usize>>, Option<Range<usize>>, Range<usize>) {
    let Some(at) = url[within.clone()].iter().rposition(|unit| *unit == u16::from(b'@')) else {
        return (None, None, within);
    };
    let (user, server) = (within.start..within.start + at, within.start + at + 1..within.end);
    match first(url, user.clone(), b":") {
        Some(colon) => (Some(user.start..colon), Some(colon + 1..user.end), server),
        None => (Some(user), None, server),
    }
}

/// The host, and the port without its colon. The colons of an IPv6 address are behind its closing bracket.
fn split_port(url: &[u16], server: Range<usize>) -> (Range<usize>, Range<usize>) {
    let bracket = first(url, server.clone(), b"]").filter(|_| starts_with(&url[server.start..], "["));
    match first(url, bracket.unwrap_or(server.start)..server.end, b":") {
        Some(colon) => (server.start..colon, colon + 1..server.end),
        None => (server.clone(), server.end..server.end),
    }
}

fn read_port(digits: &[u16], scheme: Scheme) -> Result<u16, Error> {
    if digits.is_empty() {
        return Ok(scheme.default_port());
    }
    let add = |sum: u16, unit: &u16| {
        let digit = char::from_u32((*unit).into())?.to_digit(10)?;
        sum.checked_mul(10)?.checked_add(digit as u16)
    };
    digits.iter().try_fold(0, add).ok_or(Error::Url)
}

/// The first place in a part of `url` where one of these characters stands.
fn first(url: &[u16], within: Range<usize>, marks: &[u8]) -> Option<usize> {
    let is_mark = |unit: &u16| u8::try_from(*unit).is_ok_and(|byte| marks.contains(&byte));
    url[within.clone()].iter().position(is_mark).map(|at| within.start + at)
}

fn starts_with(text: &[u16], start: &str) -> bool {
    text.len() >= start.len() && start.encode_utf16().zip(text).all(|(expected, unit)| expected == *unit)
}

fn equals_ignoring_case(text: &[u16], name: &str) -> bool {
    let lower = |unit: &u16| u8::try_from(*unit).map(|byte| byte.to_ascii_lowercase());
    text.len() == name.len() && text.iter().zip(name.bytes()).all(|(unit, expected)| lower(unit) == Ok(expected))
}

/// The code unit that an escape sequence at the start of `text` stands for, and what follows it.
fn escape_sequence(text: &[u16]) -> Option<(u16, &[u16])> {
    let [PERCENT, high, low, rest @ ..] = text else { return None };
    let digit = |unit: &u16| char::from_u32((*unit).into())?.to_digit(16);
    let unit = (digit(high)? * 16 + digit(low)?) as u16;
    (unit != 0).then_some((unit, rest))
}

fn escape_byte(byte: u8) -> [u16; 3] {
    let digit = |value: u8| u16::from(b"0123456789ABCDEF"[usize::from(value)]);
    [PERCENT, digit(byte >> 4), digit(byte & 15)]
}

const fn is_plain(byte: u8) -> bool {
    matches!(byte, b'!' | b'$' | b'&'..=b';' | b'=' | b'?'..=b'Z' | b'_' | b'a'..=b'z')
}

const PERCENT: u16 = b'%' as u16;

const SCHEMES: [(Scheme, &str); 2] = [(Scheme::Http, "http"), (Scheme::Https, "https")];

#[cfg(test)]
mod tests;
