//! Notices: as a script expects them, and as they were heard.

use std::fmt;
use std::thread::ThreadId;

use openwinhttp::{HINTERNET, Status};

use super::words::{Word, joined, number};

/// One status of `WINHTTP_CALLBACK_STATUS_*`, by its name without the beginning.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Only asynchronous sessions are told.
    pub(super) is_completion: bool,
}

/// What comes along with a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Nothing,
    Text,
    Number,
    Buffer,
    Error,
    Handle,
}

/// A notice that was heard.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) notice: &'static Notice,
    pub(super) payload: Payload,
    pub(super) handle: HINTERNET,
    pub(super) context: usize,
    pub(super) thread: ThreadId,
    /// How many callbacks of the handle this thread was in, this one counted.
    pub(super) depth: usize,
    /// The line of the step that was played.
    pub(super) step: usize,
}

/// What came along with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Payload {
    Nothing,
    /// A name, an address, a URL.
    Text(String),
    Number(u32),
    Bytes(Vec<u8>),
    Error {
        api: u32,
        code: u32,
    },
    Handle(HINTERNET),
}

/// What a script says that comes along with a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Any,
    Nothing,
    /// `{peer}` in it stands for the port of that peer.
    Text(String),
    Number(u32),
    /// From the first to the last.
    Between(u32, u32),
    /// As many bytes as the head of the next request of this peer has, and so many more. The first peer has no name.
    Head(String, u32),
    Bytes(Vec<u8>),
    Error {
        api: u32,
        code: u32,
    },
    Handle(String),
}

impl Notice {
    pub(super) fn named(name: &str) -> Result<&'static Notice, String> {
        NOTICES.iter().find(|notice| notice.name == name).ok_or_else(|| format!("there is no notice {name}"))
    }

    /// The shape that these words of a script give.
    pub(super) fn shape(&self, words: &[Word]) -> Result<Shape, String> {
        match (self.kind, words) {
            (Kind::Nothing, []) => Ok(Shape::Nothing),
            (Kind::Error, [api, code]) => Ok(Shape::Error { api: api.number()?, code: code.number()? }),
            (Kind::Nothing | Kind::Error, _) => Err(format!("{} with `{}`", self.name, joined(words))),
            (_, [word]) if word.is("any") => Ok(Shape::Any),
            (Kind::Text, [word]) => Ok(Shape::Text(word.text.clone())),
            (Kind::Number, [word]) => number_shape(&word.text),
            (Kind::Buffer, [word]) => Ok(Shape::Bytes(word.bytes()?)),
            (Kind::Handle, [word]) => Ok(Shape::Handle(word.text.clone())),
            _ => Err(format!("{} without the one thing that comes along", self.name)),
        }
    }
}

impl Shape {
    /// Whether this came along, where it is no name. A head is compared at the end: until then the peer may not have
    /// read it.
    pub(super) fn is(&self, payload: &Payload) -> bool {
        match (self, payload) {
            (Shape::Any, _) | (Shape::Head(..), Payload::Number(_)) | (Shape::Nothing, Payload::Nothing) => true,
            (Shape::Number(number), Payload::Number(heard)) => number == heard,
            (Shape::Between(first, last), Payload::Number(heard)) => (first..=last).contains(&heard),
            (Shape::Bytes(bytes), Payload::Bytes(heard)) => bytes == heard,
            (Shape::Error { api, code }, Payload::Error { api: of, code: heard }) => (api, code) == (of, heard),
            _ => false,
        }
    }
}

/// The status, and what comes along with it.
pub(super) fn heard(status: Status<'_>) -> (&'static Notice, Payload) {
    let (name, payload) = named(status);
    (Notice::named(name).expect("a notice of the table"), payload)
}

fn named(status: Status<'_>) -> (&'static str, Payload) {
    let text = |text: &str| Payload::Text(text.to_owned());
    match status {
        Status::ResolvingName(name) => ("RESOLVING_NAME", text(name)),
        Status::NameResolved(address) => ("NAME_RESOLVED", text(&address.to_string())),
        Status::ConnectingToServer(address) => ("CONNECTING_TO_SERVER", text(&address.to_string())),
        Status::ConnectedToServer(address) => ("CONNECTED_TO_SERVER", text(&address.to_string())),
        Status::SendingRequest => ("SENDING_REQUEST", Payload::Nothing),
        Status::RequestSent(number) => ("REQUEST_SENT", Payload::Number(number)),
        Status::ReceivingResponse => ("RECEIVING_RESPONSE", Payload::Nothing),
        Status::ResponseReceived(number) => ("RESPONSE_RECEIVED", Payload::Number(number)),
        Status::ClosingConnection => ("CLOSING_CONNECTION", Payload::Nothing),
        Status::ConnectionClosed => ("CONNECTION_CLOSED", Payload::Nothing),
        Status::HandleCreated(handle) => ("HANDLE_CREATED", Payload::Handle(handle)),
        Status::HandleClosing(handle) => ("HANDLE_CLOSING", Payload::Handle(handle)),
        Status::Redirect(url) => ("REDIRECT", text(url)),
        Status::IntermediateResponse(number) => ("INTERMEDIATE_RESPONSE", Payload::Number(number)),
        Status::SecureFailure(flags) => ("SECURE_FAILURE", Payload::Number(flags)),
        completion => named_completion(completion),
    }
}

fn named_completion(status: Status<'_>) -> (&'static str, Payload) {
    match status {
        Status::SendRequestComplete => ("SENDREQUEST_COMPLETE", Payload::Nothing),
        Status::HeadersAvailable => ("HEADERS_AVAILABLE", Payload::Nothing),
        Status::DataAvailable(number) => ("DATA_AVAILABLE", Payload::Number(number)),
        Status::ReadComplete { buffer, count } => ("READ_COMPLETE", Payload::Bytes(buffer[..count].to_vec())),
        Status::WriteComplete(number) => ("WRITE_COMPLETE", Payload::Number(number)),
        Status::RequestError { function, error } => ("REQUEST_ERROR", Payload::Error { api: function, code: error }),
        other => panic!("a status that no script knows: {other:?}"),
    }
}

fn number_shape(text: &str) -> Result<Shape, String> {
    if let Some(rest) = text.strip_prefix("head") {
        return head_shape(rest);
    }
    match text.split_once("..") {
        Some((first, last)) => Ok(Shape::Between(number(first)?, number(last)?)),
        None => Ok(Shape::Number(number(text)?)),
    }
}

/// After `head`: `(PEER)` or nothing, then `+COUNT` or nothing.
fn head_shape(rest: &str) -> Result<Shape, String> {
    let (peer, more) = rest.split_once('+').unwrap_or((rest, "0"));
    Ok(Shape::Head(peer.trim_matches(['(', ')']).to_owned(), number(more)?))
}

impl fmt::Display for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.notice.name, self.payload)?;
        write!(f, " on {:?} context {:#x} {:?}", self.handle, self.context, self.thread)?;
        if self.depth > 1 { write!(f, " depth {}", self.depth) } else { Ok(()) }
    }
}

const fn info(name: &'static str, kind: Kind) -> Notice {
    Notice { name, kind, is_completion: false }
}

const fn completion(name: &'static str, kind: Kind) -> Notice {
    Notice { name, kind, is_completion: true }
}

static NOTICES: [Notice; 21] = [
    info("RESOLVING_NAME", Kind::Text),
    info("NAME_RESOLVED", Kind::Text),
    info("CONNECTING_TO_SERVER", Kind::Text),
    info("CONNECTED_TO_SERVER", Kind::Text),
    info("SENDING_REQUEST", Kind::Nothing),
    info("REQUEST_SENT", Kind::Number),
    info("RECEIVING_RESPONSE", Kind::Nothing),
    info("RESPONSE_RECEIVED", Kind::Number),
    info("CLOSING_CONNECTION", Kind::Nothing),
    info("CONNECTION_CLOSED", Kind::Nothing),
    info("HANDLE_CREATED", Kind::Handle),
    info("HANDLE_CLOSING", Kind::Handle),
    info("REDIRECT", Kind::Text),
    info("INTERMEDIATE_RESPONSE", Kind::Number),
    info("SECURE_FAILURE", Kind::Number),
    completion("HEADERS_AVAILABLE", Kind::Nothing),
    completion("DATA_AVAILABLE", Kind::Number),
    completion("READ_COMPLETE", Kind::Buffer),
    completion("WRITE_COMPLETE", Kind::Number),
    completion("REQUEST_ERROR", Kind::Error),
    completion("SENDREQUEST_COMPLETE", Kind::Nothing),
];
