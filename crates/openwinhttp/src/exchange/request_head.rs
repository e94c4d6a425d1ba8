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
    /// Whether a body of unknown length goes out in chunks (`WINHTTP_FLAG_AUTOMATIC_CHUNKING`).
    pub(crate) chunked: bool,
}

/// The method of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verb(Cow<'static, str>);

impl Verb {
    /// The usual ones need no memory.
    pub(crate) fn new(text: &str) -> Self {
        Self::usual(text).unwrap_or_else(|| Self(Cow::Owned(text.to_owned())))
    }

    /// One of the usual ones.
    pub(crate) fn usual(text: &str) -> Option<Self> {
        USUAL.iter().find(|known| **known == text).map(|known| Self(Cow::Borrowed(*known)))
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
    pub(crate) fn write(&self, out: &mut Vec<u8>, automatic: Automatic<'_>) {
        out.clear();
        self.head(automatic).write(out);
    }

    /// Writes the head with the program's own fields alone.
    pub(crate) fn write_own(&self, out: &mut Vec<u8>) {
        self.head(Automatic::default()).write(out);
    }

    /// A redirect leads there.
    pub(crate) fn go_to(&mut self, method: Option<&'static str>, target: Vec<u8>, secure: bool) {
        if let Some(method) = method {
            self.verb = Verb::new(method);
        }
        self.target = target;
        self.secure = secure;
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
