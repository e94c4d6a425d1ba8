//! The head of a request, as it goes onto the wire.

use alloc::vec::Vec;

use crate::fields::{ACCEPT_ENCODING, CONNECTION, COOKIE, Field, Fields, LAST, TRANSFER_ENCODING, USER_AGENT};

/// The head of a request: the parts of its request line, the fields of the program, and the automatic ones.
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a> {
    /// The method, a token.
    pub method: &'a [u8],
    /// The request target, escaped.
    pub target: &'a [u8],
    /// The protocol version, as `HTTP/1.1`.
    pub version: &'a [u8],
    /// What the program added.
    pub fields: &'a Fields,
    /// What is added where the program added none of that name.
    pub automatic: Automatic<'a>,
}

/// The fields that a request gets by itself; each only where the program added none of that name, unless it says
/// otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub struct Automatic<'a> {
    /// Connection.
    pub connection: Option<&'a [u8]>,
    /// Transfer-Encoding.
    pub transfer_encoding: Option<&'a [u8]>,
    /// Accept-Encoding, in place of those of the program.
    pub accept_encoding: Option<&'a [u8]>,
    /// Cookie, behind the value of the program's.
    pub cookie: Option<&'a [u8]>,
    /// User-Agent.
    pub user_agent: Option<&'a [u8]>,
    /// Content-Length.
    pub content_length: Option<u64>,
    /// Host.
    pub host: &'a [u8],
}

impl RequestHead<'_> {
    /// Appends the whole head to `out`: the fields in the order of their ranks, those of one rank as they were added.
    pub fn write(&self, out: &mut Vec<u8>) {
        for part in [self.method, b" ", self.target, b" ", self.version, b"\r\n"] {
            out.extend_from_slice(part);
        }
        self.write_fields(out);
        out.extend_from_slice(b"\r\n");
    }

    fn write_fields(&self, out: &mut Vec<u8>) {
        if self.fields.is_empty() {
            return self.automatic.write_from(0, LAST, out);
        }
        let is_replaced = |field: &Field| field.rank() == ACCEPT_ENCODING && self.automatic.accept_encoding.is_some();
        let mut order: Vec<&Field> = self.fields.iter().filter(|field| !is_replaced(field)).collect();
        order.sort_by_key(|field| field.rank());
        let mut cookie = self.automatic.cookie;
        let automatic = self.automatic.without(self.fields);
        let mut rank = 0;
        for field in order {
            if field.rank() > rank {
                automatic.write_from(rank, field.rank() - 1, out);
                rank = field.rank();
            }
            out.extend_from_slice(field.line());
            if let Some(more) = cookie.take_if(|_| rank == COOKIE) {
                out.truncate(out.len() - 2);
                for part in [b"; ", more, b"\r\n"] {
                    out.extend_from_slice(part);
                }
            }
        }
        automatic.write_from(rank, LAST, out);
    }
}

impl<'a> Automatic<'a> {
    /// What is left when the program's own fields win.
    fn without(self, fields: &Fields) -> Self {
        let lacks = |name: &str| fields.position(name.as_bytes()).is_none();
        Self {
            connection: self.connection.filter(|_| lacks("Connection")),
            transfer_encoding: self.transfer_encoding.filter(|_| lacks("Transfer-Encoding")),
            accept_encoding: self.accept_encoding,
            cookie: self.cookie.filter(|_| lacks("Cookie")),
            user_agent: self.user_agent.filter(|_| lacks("User-Agent")),
            content_length: self.content_length.filter(|_| lacks("Content-Length")),
            host: if lacks("Host") { self.host } else { b"" },
        }
    }

    /// Writes those whose rank lies in `from..=to`.
    fn write_from(&self, from: u8, to: u8, out: &mut Vec<u8>) {
        let mut write = |rank: u8, start: &[u8], value: &[u8]| {
            if (from..=to).contains(&rank) {
                out.extend_from_slice(start);
                out.extend_from_slice(value);
                out.extend_from_slice(b"\r\n");
            }
        };
        let mut write_optional = |rank: u8, start: &[u8], value: Option<&[u8]>| {
            if let Some(value) = value {
                write(rank, start, value);
            }
        };
        write_optional(CONNECTION, b"Connection: ", self.connection);
        write_optional(TRANSFER_ENCODING, b"Transfer-Encoding: ", self.transfer_encoding);
        write_optional(ACCEPT_ENCODING, b"Accept-Encoding: ", self.accept_encoding);
        write_optional(COOKIE, b"Cookie: ", self.cookie);
        write_optional(USER_AGENT, b"User-Agent: ", self.user_agent);
        if let Some(length) = self.content_length {
            let mut digits = [0; 20];
            write(LAST - 1, b"Content-Length: ", decimal(length, &mut digits));
        }
        if !self.host.is_empty() {
            write(LAST, b"Host: ", self.host);
        }
    }
}

fn decimal(mut number: u64, digits: &mut [u8; 20]) -> &[u8] {
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return &digits[at..];
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;
    use crate::fields::parse_field_lines;

    fn written(method: &str, program: &str, automatic: Automatic<'_>) -> String {
        let mut fields = Fields::new();
        parse_field_lines(program).for_each(|field| fields.push(field.expect("valid")));
        let mut out = Vec::new();
        let head =
            RequestHead { method: method.as_bytes(), target: b"/", version: b"HTTP/1.1", fields: &fields, automatic };
        head.write(&mut out);
        String::from_utf8(out).expect("text")
    }

    const AUTOMATIC: Automatic<'_> = Automatic {
        connection: Some(b"Keep-Alive"),
        user_agent: Some(b"agent"),
        content_length: Some(12),
        host: b"example",
        transfer_encoding: None,
        accept_encoding: None,
        cookie: None,
    };

    #[test]
    fn cookies_come_behind_those_of_the_program() {
        let automatic = Automatic { cookie: Some(b"b=2; c=3"), host: b"h", ..Automatic::default() };
        assert_eq!(written("GET", "", automatic), "GET / HTTP/1.1\r\nCookie: b=2; c=3\r\nHost: h\r\n\r\n");
        assert_eq!(
            written("GET", "From: x\ncookie: a=1\nCookie: d=4\nUser-Agent: u", automatic),
            "GET / HTTP/1.1\r\ncookie: a=1; b=2; c=3\r\nCookie: d=4\r\nFrom: x\r\nUser-Agent: u\r\nHost: h\r\n\r\n"
        );
    }

    #[test]
    fn the_accepted_codings_replace_those_of_the_program() {
        let automatic = Automatic { accept_encoding: Some(b"gzip"), host: b"h", ..Automatic::default() };
        assert_eq!(
            written("GET", "accept-encoding: br\nAccept: a\nX: y", automatic),
            "GET / HTTP/1.1\r\nAccept: a\r\nAccept-Encoding: gzip\r\nX: y\r\nHost: h\r\n\r\n"
        );
    }

    #[test]
    fn fields_stand_in_the_captured_order() {
        assert_eq!(
            written("POST", "X-Custom: 1\nCookie: a=b\nAccept: */*\nContent-Type: text/plain", AUTOMATIC),
            "POST / HTTP/1.1\r\nConnection: Keep-Alive\r\nContent-Type: text/plain\r\nAccept: */*\r\nCookie: a=b\r\n\
             User-Agent: agent\r\nX-Custom: 1\r\nContent-Length: 12\r\nHost: example\r\n\r\n"
        );
        assert_eq!(
            written("GET", "", Automatic { content_length: None, ..AUTOMATIC }),
            "GET / HTTP/1.1\r\nConnection: Keep-Alive\r\nUser-Agent: agent\r\nHost: example\r\n\r\n"
        );
    }

    #[test]
    fn the_programs_own_field_wins_over_the_automatic_one() {
        assert_eq!(
            written(
                "GET",
                "host: other\nCONNECTION: close\ncontent-length: 5\nuser-agent: mine\nhost: twice",
                AUTOMATIC
            ),
            "GET / HTTP/1.1\r\nCONNECTION: close\r\nuser-agent: mine\r\ncontent-length: 5\r\nhost: other\r\n\
             host: twice\r\n\r\n"
        );
    }

    #[test]
    fn numbers_are_written_in_full() {
        let mut digits = [0; 20];
        assert_eq!(decimal(0, &mut digits), b"0");
        assert_eq!(decimal(u64::MAX, &mut digits), b"18446744073709551615");
    }
}
