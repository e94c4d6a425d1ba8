//! The calls that a script can make.

// It waits for an answer that nobody tells of.
#![allow(clippy::disallowed_methods)]

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use openwinhttp::*;

use super::ear;
use super::notices::Payload;
use super::reader::Call;
use super::words::Word;
use super::world::World;
use crate::fixtures::PATIENCE;

/// One kind of call.
pub(super) struct Verb {
    pub(super) name: &'static str,
    /// How many words it needs at least.
    pub(super) words: usize,
    /// The handle it is made on if the script names none; that of the last `use` if nothing stands here.
    pub(super) on: Option<&'static str>,
    /// The handle it opens if the script names none.
    pub(super) opens: Option<&'static str>,
    act: fn(&Arc<World>, &Call) -> Result<Payload>,
}

/// What a call left behind.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    /// What it gave, or its code.
    pub(super) result: std::result::Result<Payload, u32>,
    pub(super) last_error: u32,
}

pub(super) fn verb(name: &str) -> std::result::Result<&'static Verb, String> {
    VERBS.iter().find(|verb| verb.name == name).ok_or_else(|| format!("there is no call {name}"))
}

/// Makes the call.
pub(super) fn make(world: &Arc<World>, call: &Call) -> Outcome {
    SetLastError(STALE_ERROR);
    let result = (call.verb.act)(world, call).map_err(|error| error.code());
    Outcome { result, last_error: GetLastError() }
}

impl std::fmt::Debug for Verb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

fn open(world: &Arc<World>, call: &Call) -> Result<Payload> {
    let flags = if world.is_async() { WINHTTP_FLAG_ASYNC } else { 0 };
    let session = WinHttpOpen(Some(AGENT), WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, flags)?;
    world.bind(call, Some(session));
    let patience = i32::try_from(PATIENCE.as_millis()).expect("a short time");
    WinHttpSetTimeouts(session, patience, patience, patience, patience)?;
    if call.words.iter().any(|word| word.is("trusting")) {
        ext::TrustCertificate(session, testserver::ca_pem().as_bytes())?;
    }
    nothing(Ok(()))
}

/// `connect [HOST] [to PEER]`
fn connect(world: &Arc<World>, call: &Call) -> Result<Payload> {
    let host = call.words.first().map_or("127.0.0.1", |word| word.text.as_str());
    let port = world.port(call.named("to").map(|word| word.text.as_str()));
    world.opens(call);
    opened(world, call, WinHttpConnect(on(world, call), host, port, 0))
}

/// `request VERB PATH [secure]`
fn request(world: &Arc<World>, call: &Call) -> Result<Payload> {
    let is_secure = call.words.iter().any(|word| word.is("secure"));
    let flags = if is_secure { WINHTTP_FLAG_SECURE } else { 0 };
    let (verb, path) = (text(call, 0), text(call, 1));
    world.opens(call);
    opened(world, call, WinHttpOpenRequest(on(world, call), Some(verb), Some(path), None, None, None, flags))
}

/// `listen HANDLE FLAG..`: the flags may be `none` for no callback, and `0` for no notice.
fn listen(world: &Arc<World>, call: &Call) -> Result<Payload> {
    let flags = call.words[1..].iter().fold(0, |flags, word| flags | flag(&word.text));
    let callback = if call.words[1].is("none") { None } else { Some(ear::callback()) };
    nothing(WinHttpSetStatusCallback(named(world, call), callback, flags, 0).map(|_| ()))
}

/// `context HANDLE NUMBER`
fn context(world: &Arc<World>, call: &Call) -> Result<Payload> {
    let context = number(call, 1) as usize;
    nothing(WinHttpSetOption(named(world, call), WINHTTP_OPTION_CONTEXT_VALUE, context))
}

/// `query-context HANDLE`
fn query_context(world: &Arc<World>, call: &Call) -> Result<Payload> {
    let value = WinHttpQueryOption(named(world, call), WINHTTP_OPTION_CONTEXT_VALUE)?;
    Ok(count(value.context().expect("a context value")))
}

/// `timeouts HANDLE RESOLVE CONNECT SEND RECEIVE`
fn timeouts(world: &Arc<World>, call: &Call) -> Result<Payload> {
    let [resolve, connect, send, receive] =
        [1, 2, 3, 4].map(|index| i32::try_from(number(call, index)).expect("a time"));
    nothing(WinHttpSetTimeouts(named(world, call), resolve, connect, send, receive))
}

/// `option HANDLE NAME NUMBER`
fn option(world: &Arc<World>, call: &Call) -> Result<Payload> {
    let found = OPTIONS.iter().find(|(name, _)| *name == text(call, 1));
    let (_, option) = found.unwrap_or_else(|| panic!("no option {}", text(call, 1)));
    nothing(WinHttpSetOption(named(world, call), *option, number(call, 2)))
}

/// `add HEADERS`
fn add(world: &Arc<World>, call: &Call) -> Result<Payload> {
    let modifiers = WINHTTP_ADDREQ_FLAG_ADD | WINHTTP_ADDREQ_FLAG_REPLACE;
    nothing(WinHttpAddRequestHeaders(on(world, call), text(call, 0), modifiers))
}

/// `send [headers TEXT] [body BYTES] [total COUNT] [context NUMBER]`
fn send(world: &Arc<World>, call: &Call) -> Result<Payload> {
    let body = call.named("body").map(|word| word.bytes().expect("bytes"));
    let length = body.as_ref().map_or(0, |body| u32::try_from(body.len()).expect("a body that is not too long"));
    let total = call.named("total").map_or(length, value);
    let context = call.named("context").map_or(0, value) as usize;
    let headers = call.named("headers").map(|word| word.text.as_str());
    nothing(WinHttpSendRequest(on(world, call), headers, body.as_deref(), total, context))
}

/// `write BYTES`
fn write(world: &Arc<World>, call: &Call) -> Result<Payload> {
    let bytes = call.words[0].bytes().expect("bytes");
    WinHttpWriteData(on(world, call), &bytes).map(count)
}

fn receive(world: &Arc<World>, call: &Call) -> Result<Payload> {
    nothing(WinHttpReceiveResponse(on(world, call)))
}

fn available(world: &Arc<World>, call: &Call) -> Result<Payload> {
    WinHttpQueryDataAvailable(on(world, call)).map(count)
}

/// `read COUNT`
fn read(world: &Arc<World>, call: &Call) -> Result<Payload> {
    let (request, mut buffer) = (on(world, call), vec![0; number(call, 0) as usize]);
    if world.is_async() {
        world.lend(request, &buffer);
        return nothing(WinHttpReadDataBuffer(request, buffer));
    }
    let length = WinHttpReadData(request, &mut buffer)?;
    Ok(Payload::Bytes(buffer[..length].to_vec()))
}

/// `read-ex COUNT [fill]`
fn read_ex(world: &Arc<World>, call: &Call) -> Result<Payload> {
    let (request, mut buffer) = (on(world, call), vec![0; number(call, 0) as usize]);
    let flags = if call.words.len() > 1 { WINHTTP_READ_DATA_EX_FLAG_FILL_BUFFER } else { 0 };
    if world.is_async() {
        world.lend(request, &buffer);
        return nothing(WinHttpReadDataExBuffer(request, buffer, flags));
    }
    let length = WinHttpReadDataEx(request, &mut buffer, flags)?;
    Ok(Payload::Bytes(buffer[..length].to_vec()))
}

/// The status, as soon as there is one: where nobody tells that the answer has come.
fn await_status(world: &Arc<World>, call: &Call) -> Result<Payload> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match status(world, call) {
            Err(error) if error.code() == ERROR_WINHTTP_INCORRECT_HANDLE_STATE && Instant::now() < deadline => {
                thread::sleep(NAP);
            }
            outcome => return outcome,
        }
    }
}

fn status(world: &Arc<World>, call: &Call) -> Result<Payload> {
    let level = WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER;
    let status = WinHttpQueryHeaders(on(world, call), level, None, None)?;
    Ok(Payload::Number(status.number().expect("a number")))
}

/// `close HANDLE`
fn close(world: &Arc<World>, call: &Call) -> Result<Payload> {
    nothing(WinHttpCloseHandle(named(world, call)))
}

/// For scripts that keep their place until the library has what they need.
fn later(_: &Arc<World>, call: &Call) -> Result<Payload> {
    panic!("the player cannot make the call {} yet", call.verb.name)
}

fn opened(world: &Arc<World>, call: &Call, handle: Result<HINTERNET>) -> Result<Payload> {
    world.bind(call, handle.as_ref().ok().copied());
    nothing(handle.map(|_| ()))
}

fn nothing(result: Result<()>) -> Result<Payload> {
    result.map(|()| Payload::Nothing)
}

fn count(count: usize) -> Payload {
    Payload::Number(u32::try_from(count).expect("a number that is not too long"))
}

/// The handle that the call is made on.
fn on(world: &World, call: &Call) -> HINTERNET {
    world.handle(&call.on)
}

/// The handle that its first word names.
fn named(world: &World, call: &Call) -> HINTERNET {
    world.handle(text(call, 0))
}

fn text(call: &Call, index: usize) -> &str {
    &call.words[index].text
}

fn number(call: &Call, index: usize) -> u32 {
    value(&call.words[index])
}

fn value(word: &Word) -> u32 {
    word.number().unwrap_or_else(|why| panic!("{why}"))
}

fn flag(name: &str) -> u32 {
    let found = FLAGS.iter().find(|(flag, _)| *flag == name);
    found.unwrap_or_else(|| panic!("no flag {name}")).1
}

const fn transfer(name: &'static str, words: usize, act: fn(&Arc<World>, &Call) -> Result<Payload>) -> Verb {
    Verb { name, words, on: None, opens: None, act }
}

static VERBS: [Verb; 19] = [
    Verb { name: "open", words: 0, on: Some(""), opens: Some("session"), act: open },
    Verb { name: "connect", words: 0, on: Some("session"), opens: Some("connect"), act: connect },
    Verb { name: "request", words: 2, on: Some("connect"), opens: Some("request"), act: request },
    transfer("listen", 2, listen),
    transfer("context", 2, context),
    transfer("query-context", 1, query_context),
    transfer("timeouts", 5, timeouts),
    transfer("option", 3, option),
    transfer("close", 1, close),
    transfer("add", 1, add),
    transfer("send", 0, send),
    transfer("write", 1, write),
    transfer("receive", 0, receive),
    transfer("available", 0, available),
    transfer("read", 1, read),
    transfer("read-ex", 1, read_ex),
    transfer("status", 0, status),
    transfer("await-status", 0, await_status),
    transfer("set-credentials", 0, later),
];
const OPTIONS: [(&str, u32); 2] = [
    ("redirect-policy", WINHTTP_OPTION_REDIRECT_POLICY),
    ("max-redirects", WINHTTP_OPTION_MAX_HTTP_AUTOMATIC_REDIRECTS),
];
const FLAGS: [(&str, u32); 9] = [
    ("none", 0),
    ("0", 0),
    ("ALL_NOTIFICATIONS", WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS),
    ("ALL_COMPLETIONS", WINHTTP_CALLBACK_FLAG_ALL_COMPLETIONS),
    ("HANDLES", WINHTTP_CALLBACK_FLAG_HANDLES),
    ("SEND_REQUEST", WINHTTP_CALLBACK_FLAG_SEND_REQUEST),
    ("RECEIVE_RESPONSE", WINHTTP_CALLBACK_FLAG_RECEIVE_RESPONSE),
    ("REQUEST_ERROR", WINHTTP_CALLBACK_FLAG_REQUEST_ERROR),
    ("READ_COMPLETE", WINHTTP_CALLBACK_FLAG_READ_COMPLETE),
];
/// Between two questions for the status.
const NAP: Duration = Duration::from_millis(2);
const AGENT: &str = "conformance/1.0";
/// What is in `GetLastError` before each call.
const STALE_ERROR: u32 = 0xBEEF;
