//! Where a request goes, and where a Location field sends it (RFC 3986 section 5).

use alloc::string::String;
use alloc::vec::Vec;
use core::str;

use crate::error::Error;
use crate::host::Host;
use crate::target::{Escape, write_target};
use crate::token::is_field_value;
use crate::url::Scheme;

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Whether it goes over TLS.
    pub secure: bool,
    /// The server.
    pub host: Host,
    /// The port; 0 if a URL says so.
    pub port: u16,
    /// Path and query as on the wire, beginning with `/`.
    pub target: Vec<u8>,
}

/// What a Location field says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirected {
    /// Where it sends the request.
    pub place: Place,
    /// Whether it named a user, perhaps with a password; what it named is dropped.
    pub has_userinfo: bool,
}

impl Place {
    /// Whether scheme, host and port are those of `other`: only then may it see what was meant for the other.
    pub fn has_origin_of(&self, other: &Self) -> bool {
        self.secure == other.secure && self.port == other.port && self.host.is_same_as(&other.host)
    }

    /// The URL, without the port where it is that of the scheme.
    pub fn to_url(&self) -> String {
        let Self { host, port, .. } = self;
        let scheme = if self.secure { "https" } else { "http" };
        let target = String::from_utf8_lossy(&self.target);
        if *port == self.scheme().default_port() {
            alloc::format!("{scheme}://{host}{target}")
        } else {
            alloc::format!("{scheme}://{host}:{port}{target}")
        }
    }

    /// The target without its query.
    pub fn path(&self) -> &[u8] {
        until(&self.target, b'?').0
    }

    /// Where `location`, the value of a Location field in an answer from here, sends the request. Its fragment is
    /// dropped. What cannot stand in a target is escaped; a `%` stays as it is.
    ///
    /// [`Error::Scheme`] if it is a URL of another scheme than http and https, [`Error::Host`] if its host is none,
    /// and [`Error::Url`] if it has control characters, no host behind its scheme, or no number below 65536 as port.
    pub fn resolve(&self, location: &[u8]) -> Result<Redirected, Error> {
        // Only blanks are trimmed: there is no line end any more.
        let trimmed = location.trim_ascii();
        if !is_field_value(location) || trimmed.contains(&b'\t') {
            return Err(Error::Url);
        }
        let reference = Reference::read(trimmed);
        let Server { secure, host, port, has_userinfo } = self.server_for(&reference)?;
        let target = self.target_for(&reference);
        Ok(Redirected { place: Self { secure, host, port, target }, has_userinfo })
    }

    fn scheme(&self) -> Scheme {
        if self.secure { Scheme::Https } else { Scheme::Http }
    }

    fn server_for(&self, reference: &Reference<'_>) -> Result<Server, Error> {
        let scheme = reference.scheme.map_or(Ok(self.scheme()), known_scheme)?;
        match reference.authority {
            Some(authority) => Server::read(authority, scheme),
            None if reference.scheme.is_some() => Err(Error::Url),
            None => Ok(Server { secure: self.secure, host: self.host.clone(), port: self.port, has_userinfo: false }),
        }
    }

    /// Section 5.2.2.
    fn target_for(&self, reference: &Reference<'_>) -> Vec<u8> {
        let Reference { authority, path, query, .. } = *reference;
        if authority.is_some() || path.starts_with(b"/") {
            return escaped_target(&without_dot_segments(path), query);
        }
        if path.is_empty() {
            let own_query = until(&self.target, b'?').1;
            return escaped_target(self.path(), query.or(own_query));
        }
        escaped_target(&without_dot_segments(&merged(self.path(), path)), query)
    }
}

/// The parts of a URI reference (section 4.1), without its fragment.
struct Reference<'t> {
    scheme: Option<&'t [u8]>,
    authority: Option<&'t [u8]>,
    path: &'t [u8],
    query: Option<&'t [u8]>,
}

impl<'t> Reference<'t> {
    fn read(text: &'t [u8]) -> Self {
        let (text, _fragment) = until(text, b'#');
        let (text, query) = until(text, b'?');
        let (scheme, text) = split_scheme(text);
        let (authority, path) = match text.strip_prefix(b"//") {
            Some(rest) => {
                let (authority, path) = rest.split_at(until(rest, b'/').0.len());
                (Some(authority), path)
            }
            None => (None, text),
        };
        Self { scheme, authority, path, query }
    }
}

/// What an authority says (section 3.2).
struct Server {
    secure: bool,
    host: Host,
    port: u16,
    has_userinfo: bool,
}

impl Server {
    fn read(authority: &[u8], scheme: Scheme) -> Result<Self, Error> {
        let at = authority.iter().rposition(|byte| *byte == b'@');
        let (host, port) = split_port(at.map_or(authority, |at| &authority[at + 1..]));
        if host.is_empty() {
            return Err(Error::Url);
        }
        let host = Host::parse(str::from_utf8(host).map_err(|_| Error::Host)?)?;
        let port = read_port(port.unwrap_or_default(), scheme)?;
        Ok(Self { secure: scheme == Scheme::Https, host, port, has_userinfo: at.is_some() })
    }
}

/// What stands before the first `mark`, and what stands behind it.
fn until(text: &[u8], mark: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|byte| *byte == mark) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

/// A colon behind something that cannot be a scheme belongs to a path.
fn split_scheme(text: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let is_scheme_byte = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    match until(text, b':') {
        (scheme, Some(rest)) if scheme.first().is_some_and(u8::is_ascii_alphabetic) => {
            if scheme.iter().all(is_scheme_byte) { (Some(scheme), rest) } else { (None, text) }
        }
        _ => (None, text),
    }
}

fn known_scheme(name: &[u8]) -> Result<Scheme, Error> {
    let name: Vec<u16> = name.iter().copied().map(u16::from).collect();
    Scheme::from_name(&name).ok_or(Error::Scheme)
}

/// The colons of an IPv6 address are behind its closing bracket.
fn split_port(server: &[u8]) -> (&[u8], Option<&[u8]>) {
    let bracket = server.iter().position(|byte| *byte == b']').unwrap_or(0);
    let (rest_of_host, port) = until(&server[bracket..], b':');
    (&server[..bracket + rest_of_host.len()], port)
}

fn read_port(digits: &[u8], scheme: Scheme) -> Result<u16, Error> {
    if digits.is_empty() {
        return Ok(scheme.default_port());
    }
    let add = |sum: u16, byte: &u8| {
        let digit = char::from(*byte).to_digit(10)?;
        sum.checked_mul(10)?.checked_add(digit as u16)
    };
    digits.iter().try_fold(0, add).ok_or(Error::Url)
}

/// Section 5.2.3: the last segment of `base` is replaced by `path`.
fn merged(base: &[u8], path: &[u8]) -> Vec<u8> {
    let directory = base.iter().rposition(|byte| *byte == b'/').map_or(&b"/"[..], |slash| &base[..=slash]);
    [directory, path].concat()
}

/// Section 5.2.4, for a path that is empty or begins with `/`.
fn without_dot_segments(path: &[u8]) -> Vec<u8> {
    let mut kept: Vec<&[u8]> = Vec::new();
    let mut ends_in_dots = false;
    for segment in path.split(|byte| *byte == b'/').skip(1) {
        ends_in_dots = matches!(segment, b"." | b"..");
        match segment {
            b"." => {}
            b".." => drop(kept.pop()),
            _ => kept.push(segment),
        }
    }
    // A directory stays one.
    if ends_in_dots {
        kept.push(b"");
    }
    kept.iter().flat_map(|segment| [b"/", *segment]).flatten().copied().collect()
}

fn escaped_target(path: &[u8], query: Option<&[u8]>) -> Vec<u8> {
    let query = query.map_or(Vec::new(), |query| [b"?", query].concat());
    let mut target = Vec::new();
    write_target(&mut target, &in_ascii(&[path, &query].concat()), Escape::default());
    target
}

/// Every byte beyond ASCII as its escape sequence, whatever the encoding.
fn in_ascii(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text {
        match byte {
            0x80.. => out.push_str(&alloc::format!("%{byte:02X}")),
            _ => out.push(char::from(*byte)),
        }
    }
    out
}

#[cfg(test)]
mod tests;
