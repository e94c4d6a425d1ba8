//! The head of a request: what the program gave, and what goes out by itself.

use std::borrow::Cow;

use openwinhttp_wire::{Automatic, Fields, RequestHead, has_option};

/// What the program has said of a request.
#[derive(Debug)]
pub(crate) struct RequestLine {
    pub(crate) verb: Verb,
    pub(crate) target: Vec<u8>,
    pub(crate) version: Cow<'static, str>,
    pub(crate) fields: Fields,
    pub(crate) secure: bool,
}

/// The method of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verb(Cow<'static, str>);

impl Verb {
    /// The usual ones need no memory.
    pub(crate) fn new(text: &str) -> Self {
        let known = USUAL.iter().copied().find(|known| *known == text);
        Self(known.map_or_else(|| Cow::Owned(text.to_owned()), Cow::Borrowed))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it only asks (RFC 9110 section 9.2.1).
    pub(crate) fn is_safe(&self) -> bool {
        matches!(self.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE")
    }
}

const USUAL: [&str; 7] = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"];

impl RequestLine {
    /// Writes the head with its automatic fields.
    pub(crate) fn write(
        &self,
        out: &mut Vec<u8>,
        content_length: Option<u64>,
        user_agent: Option<&str>,
        host_field: &str,
    ) {
        out.clear();
        self.head(Automatic {
            connection: Some(b"Keep-Alive"),
            user_agent: user_agent.map(str::as_bytes),
            content_length,
            host: host_field.as_bytes(),
        })
        .write(out);
    }

    /// Writes the head with the program's own fields alone.
    pub(crate) fn write_own(&self, out: &mut Vec<u8>) {
        self.head(Automatic::default()).write(out);
    }

    /// Whether the program itself asked for the connection to be closed.
    pub(crate) fn asks_for_close(&self) -> bool {
        let mut connection = self.fields.iter().filter(|field| field.name().eq_ignore_ascii_case(b"Connection"));
        connection.any(|field| has_option(field.value(), "close"))
    }

    fn head<'a>(&'a self, automatic: Automatic<'a>) -> RequestHead<'a> {
        RequestHead {
            method: self.verb.as_str().as_bytes(),
            target: &self.target,
            version: self.version.as_bytes(),
            fields: &self.fields,
            automatic,
        }
    }
}
