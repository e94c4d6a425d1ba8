//! Server names.

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
    /// Reads a DNS name, an IPv4 address, or an IPv6 address with or without brackets.
    ///
    /// [`Error::Host`] for a name over 253 bytes, an empty label or one over 63 bytes (one dot at the end is fine),
    /// and for any character that is no letter, digit, `-`, `_` or `.`; names beyond ASCII must come in punycode.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let address = parse_address(text)?;
        if address.is_none() {
            check_name(text)?;
        }
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        Ok(Self { text: bare.into(), address })
    }

    /// The name as it was given, without brackets.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The address, if the name is one.
    pub fn address(&self) -> Option<IpAddr> {
        self.address
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
    if name.len() <= 253 && name.split('.').all(label_is_fine) { Ok(()) } else { Err(Error::Host) }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn names_and_addresses_are_told_apart() {
        for (text, shown, is_address) in [
            ("localhost", "localhost", false),
            ("a_b.Example.", "a_b.Example.", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("::1", "[::1]", true),
            ("[::1]", "[::1]", true),
        ] {
            let host = Host::parse(text).expect(text);
            assert_eq!((format!("{host}").as_str(), host.address().is_some()), (shown, is_address));
        }
    }

    #[test]
    fn what_no_look_up_should_see_is_refused() {
        let long_label = "a".repeat(64);
        let long_name = "a.".repeat(127) + "a";
        for text in [
            "",
            ".",
            "a..b",
            "a b",
            "a\0b",
            "a%41",
            "a/b",
            "a?b",
            "a#b",
            "a@b",
            "a:80",
            "[::1",
            "[a]",
            "\u{e4}.de",
            "a\nb",
            "fe80::1%eth0",
            &long_label,
            &long_name,
        ] {
            assert_eq!(Host::parse(text), Err(Error::Host), "{text:?}");
        }
        assert!(Host::parse(&long_label[1..]).is_ok());
    }
}
