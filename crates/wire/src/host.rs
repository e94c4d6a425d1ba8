//! Server names.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;
use core::net::{IpAddr, Ipv6Addr};

use crate::error::Error;

/// A server name that may go to a look-up, into a Host field and to a certificate check: one reading for all three.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Host {
    text: String,
    address: Option<IpAddr>,
}

impl Host {
    /// Reads a DNS name, an IPv4 address, or an IPv6 address with or without brackets. A name beyond ASCII is read as
    /// UTS 46 says, and becomes its form in ASCII; one in ASCII stays as it is.
    ///
    /// [`Error::Host`] for a name that UTS 46 forbids, and then for one over 253 bytes, an empty label or one over 63
    /// bytes (one dot at the end is fine), and any character that is no letter, digit, `-`, `_` or `.`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = &*in_ascii(text)?;
        let address = parse_address(text)?;
        if address.is_none() {
            check_name(text)?;
        }
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        Ok(Self { text: bare.into(), address })
    }

    /// The name in ASCII, without brackets.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The address, if the name is one.
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// Whether both are the same address, however it is written, or the same name but for its case. A name with a dot
    /// at its end is another one: it alone is never completed by a search list.
    pub fn is_same_as(&self, other: &Self) -> bool {
        match (self.address, other.address) {
            (None, None) => self.text.eq_ignore_ascii_case(&other.text),
            (mine, theirs) => mine == theirs,
        }
    }
}

/// As a Host field has it: an IPv6 address stands in brackets.
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            Some(IpAddr::V6(_)) => write!(f, "[{}]", self.text),
            _ => f.write_str(&self.text),
        }
    }
}

/// What such a name maps to may be an address: digits have their doubles too.
fn in_ascii(text: &str) -> Result<Cow<'_, str>, Error> {
    if text.is_ascii() {
        return Ok(Cow::Borrowed(text));
    }
    convert(text)
}

#[cfg(feature = "idn")]
fn convert(text: &str) -> Result<Cow<'_, str>, Error> {
    use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
    // The time that punycode takes grows with the square of the length.
    if text.len() > LONGEST_IN_UTF8 {
        return Err(Error::Host);
    }
    let converted = Uts46::new().to_ascii(text.as_bytes(), AsciiDenyList::URL, Hyphens::Allow, DnsLength::Ignore);
    converted.map_err(|_| Error::Host)
}

#[cfg(not(feature = "idn"))]
fn convert(_: &str) -> Result<Cow<'_, str>, Error> {
    Err(Error::Host)
}

fn parse_address(text: &str) -> Result<Option<IpAddr>, Error> {
    if let Some(rest) = text.strip_prefix('[') {
        let inner = rest.strip_suffix(']').ok_or(Error::Host)?;
        return inner.parse::<Ipv6Addr>().map(|address| Some(address.into())).map_err(|_| Error::Host);
    }
    Ok(text.parse().ok())
}

fn check_name(text: &str) -> Result<(), Error> {
    let name = text.strip_suffix('.').unwrap_or(text);
    let label_is_fine = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    if name.len() <= LONGEST && name.split('.').all(label_is_fine) { Ok(()) } else { Err(Error::Host) }
}

/// A DNS name in bytes, without the dot at its end (RFC 1035 section 2.3.4).
const LONGEST: usize = 253;
#[cfg(feature = "idn")]
const LONGEST_IN_UTF8: usize = 4 * LONGEST;

#[cfg(test)]
mod tests;
