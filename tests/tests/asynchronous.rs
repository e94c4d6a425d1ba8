//! Asynchronous sessions: async-websocket.md sections 1, 6, 7, 8, 13 and 15. The order of notices is in ../scripts; here is
//! what needs code.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use conformance::{PATIENCE, Request, Session, answers, code, told};
use openwinhttp::*;
use testserver::Peer;
use testserver::serve::{Response, Server};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const ALL: u32 = WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS;
const COMPLETIONS: u32 = WINHTTP_CALLBACK_FLAG_ALL_COMPLETIONS;
const CONTEXT: usize = 0x5EED;

/// What a callback is told, as it comes.
struct Told {
    heard: Receiver<(String, ThreadId)>,
}

impl Told {
    /// Hears these notices of a handle, and does something with each.
    fn by(handle: HINTERNET, flags: u32, act: impl Fn(HINTERNET, &Status<'_>) + Send + Sync + 'static) -> Told {
        let (tell, heard) = channel();
        let tell: Mutex<Sender<_>> = Mutex::new(tell);
        let callback = Callback::new(move |handle, _, status| {
            let _ = tell.lock().unwrap().send((format!("{status:?}"), thread::current().id()));
            act(handle, &status);
        });
        told(|| WinHttpSetStatusCallback(handle, Some(callback), flags, 0)).unwrap();
        Told { heard }
    }

    /// The next one.
    #[track_caller]
    fn next(&self) -> (String, ThreadId) {
        self.heard.recv_timeout(PATIENCE).expect("nothing was told in time")
    }

    /// All up to this one.
    #[track_caller]
    fn until(&self, last: &str) -> Vec<String> {
        let mut all = Vec::new();
        while all.last().is_none_or(|told: &String| !told.starts_with(last)) {
            all.push(self.next().0);
        }
        all
    }
}

fn open() -> Session {
    let handle = told(|| WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, WINHTTP_FLAG_ASYNC)).unwrap();
    Session { handle }
}

fn closing(handle: HINTERNET) -> String {
    format!("{:?}", Status::HandleClosing(handle))
}

/// What a program does next, up to the close.
fn go_on(request: HINTERNET, status: &Status<'_>) {
    match status {
        Status::SendRequestComplete => WinHttpReceiveResponse(request).unwrap(),
        Status::HeadersAvailable => drop(WinHttpQueryDataAvailable(request).unwrap()),
        Status::DataAvailable(count) => WinHttpReadDataBuffer(request, vec![0; *count as usize]).unwrap(),
        Status::ReadComplete { count: 0, .. } | Status::RequestError { .. } => WinHttpCloseHandle(request).unwrap(),
        Status::ReadComplete { .. } => drop(WinHttpQueryDataAvailable(request).unwrap()),
        _ => {}
    }
}

/// Section 12, row A1, with the completions alone.
#[test]
fn a_get_from_the_send_to_the_close() {
    let peer = answers([OK]);
    let session = open();
    let request = session.get(peer.port());
    let notices = Told::by(request.handle, COMPLETIONS | WINHTTP_CALLBACK_FLAG_HANDLES, go_on);
    told(|| WinHttpSendRequest(request.handle, None, None, 0, CONTEXT)).unwrap();
    let end = closing(request.handle);
    let expected = [
        "SendRequestComplete",
        "HeadersAvailable",
        "DataAvailable(2)",
        "ReadComplete { buffer: [111, 107], count: 2 }",
        "DataAvailable(0)",
        "ReadComplete { buffer: [], count: 0 }",
        &end,
    ];
    assert_eq!(notices.until("HandleClosing"), expected);
    peer.finish();
}

/// Section 12, row P1.
#[test]
fn an_upload_in_pieces() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("POST / HTTP/1.1");
        assert_eq!(c.body(10), b"0123456789");
        c.reply(OK);
    });
    let session = open();
    let request = session.request(peer.port(), "POST", "/");
    let notices = Told::by(request.handle, COMPLETIONS, |_, _| ());
    request.send_with(None, Some(b"01"), 10).unwrap();
    assert_eq!(notices.until("SendRequestComplete").len(), 1);
    for piece in ["234", "56789"] {
        assert_eq!(request.write(piece.as_bytes()).unwrap(), piece.len());
        assert_eq!(notices.next().0, format!("WriteComplete({})", piece.len()));
    }
    assert_eq!(code(request.write(b"x")), ERROR_INVALID_PARAMETER);
    request.receive().unwrap();
    assert_eq!(notices.next().0, "HeadersAvailable");
    assert_eq!(request.status().unwrap(), 200);
    peer.finish();
}

/// Sections 7 and 11: a failure is told with its function and its code, which is the last error of the callback too.
#[test]
fn failures_are_told_by_their_function() {
    let failure = |function, error| format!("{:?}", Status::RequestError { function, error });
    let session = open();
    let refused = session.get(Peer::refused_port());
    let (tell, heard) = channel();
    let callback = Callback::new(move |_, _, status| {
        // First of all: on Windows, much of what follows overwrites it.
        let last_error = GetLastError();
        tell.send((format!("{status:?}"), last_error)).unwrap();
    });
    told(|| WinHttpSetStatusCallback(refused.handle, Some(callback), COMPLETIONS, 0)).unwrap();
    let failed = |function, code| {
        assert_eq!(heard.recv_timeout(PATIENCE).unwrap(), (failure(function, code), code));
    };
    refused.receive().unwrap();
    failed(API_RECEIVE_RESPONSE, ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
    assert_eq!(code(refused.available()), ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
    assert_eq!(code(refused.write(b"x")), ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
    refused.send().unwrap();
    failed(API_SEND_REQUEST, ERROR_WINHTTP_CANNOT_CONNECT);

    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET / HTTP/1.1");
        c.reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok");
        c.close();
    });
    let cut = session.get(peer.port());
    let notices = Told::by(cut.handle, COMPLETIONS, |_, _| ());
    cut.send().unwrap();
    notices.next();
    cut.receive().unwrap();
    notices.next();
    told_pending(|| WinHttpReadDataBuffer(cut.handle, vec![0; 9]));
    assert!(notices.next().0.ends_with("count: 2 }"), "what came is given out before the failure");
    told_pending(|| WinHttpReadDataBuffer(cut.handle, vec![0; 9]));
    assert_eq!(notices.next().0, failure(API_READ_DATA, ERROR_WINHTTP_CONNECTION_ERROR));
    peer.finish();
}

/// A call that begins an operation: the last error is 0, or tells that it goes on.
fn told_pending(call: impl FnOnce() -> Result<()>) {
    call().unwrap();
    assert!([0, ERROR_IO_PENDING].contains(&GetLastError()), "{}", GetLastError());
}

/// Reads in the mode they are not for are refused, and lose nothing.
#[test]
fn buffers_fit_the_mode() {
    let (peer, other) = (answers([OK]), answers([OK]));
    let synchronous = Session::open();
    let request = synchronous.got(peer.port());
    assert_eq!(code(told(|| WinHttpReadDataBuffer(request.handle, vec![0; 9]))), ERROR_INVALID_PARAMETER);
    assert_eq!(code(told(|| WinHttpReadDataExBuffer(request.handle, vec![0; 9], 0))), ERROR_INVALID_PARAMETER);
    assert_eq!(request.body(), b"ok");
    let session = open();
    let request = session.get(other.port());
    let notices = Told::by(request.handle, COMPLETIONS, |_, _| ());
    request.send().unwrap();
    notices.next();
    request.receive().unwrap();
    notices.next();
    assert_eq!(code(told(|| WinHttpReadData(request.handle, &mut [0; 9]))), ERROR_INVALID_PARAMETER);
    assert_eq!(code(told(|| WinHttpReadDataEx(request.handle, &mut [0; 9], 0))), ERROR_INVALID_PARAMETER);
    assert_eq!(code(told(|| WinHttpReadDataExBuffer(request.handle, vec![0; 9], 2))), ERROR_INVALID_PARAMETER);
    told_pending(|| WinHttpReadDataExBuffer(request.handle, vec![0; 9], 0));
    assert!(notices.next().0.ends_with("count: 2 }"));
}

/// Section 15: callbacks nest, but not deeper than three; every byte comes, in order.
#[test]
fn nesting_has_a_limit() {
    let body: String = (0..10_000).map(|at| char::from(b'a' + (at % 26) as u8)).collect();
    let peer = answers([format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())]);
    let session = open();
    let request = session.get(peer.port());
    let (read, depths) = (Arc::new(Mutex::new(String::new())), Arc::new(Mutex::new((0, 0))));
    let (reading, nesting) = (Arc::clone(&read), Arc::clone(&depths));
    let notices = Told::by(request.handle, COMPLETIONS | WINHTTP_CALLBACK_FLAG_HANDLES, move |request, status| {
        {
            let mut depths = nesting.lock().unwrap();
            depths.0 += 1;
            depths.1 = depths.1.max(depths.0);
        }
        match status {
            Status::HeadersAvailable => WinHttpReadDataBuffer(request, vec![0]).unwrap(),
            Status::ReadComplete { buffer, count: 1 } => {
                reading.lock().unwrap().push(buffer[0].into());
                WinHttpReadDataBuffer(request, vec![0]).unwrap();
            }
            status => go_on(request, status),
        }
        nesting.lock().unwrap().0 -= 1;
    });
    told(|| WinHttpSendRequest(request.handle, None, None, 0, CONTEXT)).unwrap();
    notices.until("HandleClosing");
    assert_eq!(*read.lock().unwrap(), body);
    let (_, deepest) = *depths.lock().unwrap();
    assert!((2..=3).contains(&deepest), "{deepest} deep");
    peer.finish();
}

/// Section 6: a callback that waits holds up no other handle.
#[test]
fn a_callback_that_waits_holds_up_no_others() {
    let server = Server::http(|_| Response::new(200).body("ok"));
    let session = open();
    let (release, released) = channel::<()>();
    let released = Arc::new(Mutex::new(released));
    let held: Vec<_> = (0..8)
        .map(|_| {
            let request = session.get(server.port());
            let released = Arc::clone(&released);
            let notices = Told::by(request.handle, COMPLETIONS, move |_, _| {
                let _ = released.lock().unwrap().recv_timeout(PATIENCE);
            });
            request.send().unwrap();
            (request, notices)
        })
        .collect();
    held.iter().for_each(|(_, notices)| assert_eq!(notices.next().0, "SendRequestComplete"));
    let start = Instant::now();
    let request = session.get(server.port());
    let notices = Told::by(request.handle, COMPLETIONS | WINHTTP_CALLBACK_FLAG_HANDLES, go_on);
    told(|| WinHttpSendRequest(request.handle, None, None, 0, CONTEXT)).unwrap();
    notices.until("HandleClosing");
    assert!(start.elapsed() < PATIENCE, "it waited for the others");
    drop(release);
}

/// Section 19: in the callback of a redirect the request gets the fields for the new place.
#[test]
fn a_redirect_is_edited_in_its_callback() {
    for flags in [0, WINHTTP_FLAG_ASYNC] {
        let second = Peer::script(|p| {
            let mut c = p.accept();
            let request = c.expect("GET /there HTTP/1.1");
            assert_eq!(request.header("X-Place"), Some("there"));
            c.reply(OK);
        });
        let place = second.url("/there");
        let first = answers([format!("HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n")]);
        let handle = told(|| WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, flags)).unwrap();
        let session = Session { handle };
        let request = session.get(first.port());
        request.add("X-Place: here", WINHTTP_ADDREQ_FLAG_ADD).unwrap();
        let notices = Told::by(request.handle, ALL, |request, status| match status {
            Status::Redirect(_) => {
                let query = WinHttpQueryHeaders(request, WINHTTP_QUERY_STATUS_CODE, None, None);
                assert_eq!(query.unwrap().into_string(), "302");
                let modifiers = WINHTTP_ADDREQ_FLAG_ADD | WINHTTP_ADDREQ_FLAG_REPLACE;
                WinHttpAddRequestHeaders(request, "X-Place: there", modifiers).unwrap();
            }
            Status::SendRequestComplete => WinHttpReceiveResponse(request).unwrap(),
            _ => {}
        });
        request.send().unwrap();
        match flags {
            0 => request.receive().unwrap(),
            _ => drop(notices.until("HeadersAvailable")),
        }
        assert_eq!(request.status().unwrap(), 200);
        first.finish();
        second.finish();
    }
}

/// faults.md 76: an answer that comes early is noticed by an upload that waits for room.
#[test]
fn an_early_answer_ends_an_upload_that_waits() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("PUT / HTTP/1.1");
        c.stall(Duration::from_millis(200));
        c.reply("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        c.stall(Duration::from_millis(500));
    });
    let session = open();
    let request = session.request(peer.port(), "PUT", "/");
    let size = 64 << 20;
    let notices = Told::by(request.handle, COMPLETIONS, |_, _| ());
    request.send_with(None, None, size).unwrap();
    assert_eq!(notices.next().0, "SendRequestComplete");
    let start = Instant::now();
    request.write(&vec![b'x'; size as usize]).unwrap();
    assert_eq!(notices.next().0, format!("WriteComplete({size})"));
    assert!(start.elapsed() < PATIENCE, "the send limit had to pass first");
    request.receive().unwrap();
    assert_eq!(notices.next().0, "HeadersAvailable");
    assert_eq!(request.status().unwrap(), 413);
}

/// Section 8: until its completion is told, an operation is under way.
#[test]
fn nothing_begins_before_the_completion_is_told() {
    let peer = answers([OK]);
    let session = open();
    let request = session.get(peer.port());
    let codes = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&codes);
    let notices = Told::by(request.handle, ALL, move |request, status| match status {
        Status::SendRequestComplete => WinHttpReceiveResponse(request).unwrap(),
        Status::ResponseReceived(_) => seen.lock().unwrap().push(code(WinHttpReadDataBuffer(request, vec![0; 9]))),
        _ => {}
    });
    request.send().unwrap();
    notices.until("HeadersAvailable");
    assert_eq!(*codes.lock().unwrap(), [ERROR_WINHTTP_INCORRECT_HANDLE_STATE]);
    told_pending(|| WinHttpReadDataBuffer(request.handle, vec![0; 9]));
    assert!(notices.next().0.ends_with("count: 2 }"));
    peer.finish();
}

/// Section 8: a completion that is put off, as calls are nested too deep, is no less under way.
#[test]
fn nothing_begins_while_a_completion_is_put_off() {
    let peer = answers(["HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"]);
    let session = open();
    let request = session.get(peer.port());
    let codes = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&codes);
    let notices = Told::by(request.handle, COMPLETIONS, move |request, status| match status {
        Status::SendRequestComplete => WinHttpReceiveResponse(request).unwrap(),
        Status::HeadersAvailable | Status::ReadComplete { count: 1.., .. } => {
            WinHttpReadDataBuffer(request, vec![0; 1]).unwrap();
            if GetLastError() == ERROR_IO_PENDING {
                seen.lock().unwrap().push(code(WinHttpReadDataBuffer(request, vec![0; 1])));
            }
        }
        _ => {}
    });
    request.send().unwrap();
    let all = notices.until("ReadComplete { buffer: [0], count: 0 }");
    assert_eq!(all.len(), 2 + 10 + 1, "{all:?}");
    let codes = codes.lock().unwrap();
    assert!(!codes.is_empty() && codes.iter().all(|code| *code == ERROR_WINHTTP_INCORRECT_HANDLE_STATE), "{codes:?}");
    peer.finish();
}

/// Section 15: also the end of a body in chunks, which goes out before the answer is awaited.
#[test]
fn the_end_of_the_chunks_written_in_request_sent() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        assert_eq!(c.expect_with_body("POST / HTTP/1.1").body, b"body");
        c.reply(OK);
    });
    let session = open();
    let request = session.request_to("127.0.0.1", peer.port(), "POST", "/", WINHTTP_FLAG_AUTOMATIC_CHUNKING);
    let notices = Told::by(request.handle, ALL, move |request, status| match status {
        Status::RequestSent(_) => assert_eq!(WinHttpWriteData(request, b"").unwrap(), 0),
        Status::WriteComplete(_) => WinHttpReceiveResponse(request).unwrap(),
        _ => {}
    });
    request.send_with(None, Some(b"body"), 0).unwrap();
    let all = notices.until("HeadersAvailable");
    let completions: Vec<_> = all.iter().filter(|told| told.contains("Complete")).collect();
    assert_eq!(completions, ["SendRequestComplete", "WriteComplete(0)"], "{all:?}");
    peer.finish();
}

/// A read of any size has one completion.
#[test]
fn a_large_read() {
    const SIZE: usize = 5 * 1024 * 1024 + 1;
    let server = Server::http(|_| Response::new(200).body(vec![b'x'; SIZE]));
    let session = open();
    let request = session.get(server.port());
    let (tell, heard) = channel();
    let tell = Mutex::new(tell);
    let callback = Callback::new(move |request, _, status| match status {
        Status::SendRequestComplete => WinHttpReceiveResponse(request).unwrap(),
        Status::HeadersAvailable => WinHttpReadDataBuffer(request, vec![0; SIZE + 1]).unwrap(),
        Status::ReadComplete { buffer, count } => {
            let is_right = buffer[..count].iter().all(|byte| *byte == b'x');
            let _ = tell.lock().unwrap().send((count, is_right));
        }
        _ => {}
    });
    told(|| WinHttpSetStatusCallback(request.handle, Some(callback), COMPLETIONS, 0)).unwrap();
    request.send().unwrap();
    assert_eq!(heard.recv_timeout(PATIENCE).unwrap(), (SIZE, true));
}

/// The wait for a connection has the limit of a connect: it ends before the other request, at 800 ms, lets its own go.
#[test]
fn the_limit_of_a_wait_for_a_connection() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET /first");
        c.stall(PATIENCE);
    });
    let session = open();
    session.set(WINHTTP_OPTION_MAX_CONNS_PER_SERVER, 1u32).unwrap();
    let requests = ["/first", "/second"].map(|path| session.request(peer.port(), "GET", path));
    let [first, second] = &requests;
    // The send awaits the answer so long, and is over then.
    first.set(WINHTTP_OPTION_RECEIVE_TIMEOUT, 800u32).unwrap();
    second.set(WINHTTP_OPTION_CONNECT_TIMEOUT, 200u32).unwrap();
    let (tell, heard) = channel();
    let tell = Mutex::new(tell);
    let callback = Callback::new(move |request, _, status| {
        let _ = tell.lock().unwrap().send((request, format!("{status:?}")));
    });
    for request in &requests {
        told(|| WinHttpSetStatusCallback(request.handle, Some(callback.clone()), COMPLETIONS, 0)).unwrap();
    }
    first.send().unwrap();
    while peer.requests().is_empty() {
        thread::sleep(Duration::from_millis(1));
    }
    second.send().unwrap();
    let failed = Status::RequestError { function: API_SEND_REQUEST, error: ERROR_WINHTTP_TIMEOUT };
    assert_eq!(heard.recv_timeout(PATIENCE).unwrap(), (second.handle, format!("{failed:?}")));
    assert_eq!(heard.recv_timeout(PATIENCE).unwrap(), (first.handle, "SendRequestComplete".to_owned()));
    peer.finish();
}

/// A peer that talks and does not read holds a send up no longer than a silent one.
#[test]
fn the_limit_of_a_send_while_the_peer_talks() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("POST / HTTP/1.1");
        c.drip("HTTP/1.1 200 OK\r\nX: ".to_owned() + &"x".repeat(1000), Duration::from_millis(100));
    });
    let session = open();
    let request = session.request(peer.port(), "POST", "/");
    request.set(WINHTTP_OPTION_SEND_TIMEOUT, 1000u32).unwrap();
    let notices = Told::by(request.handle, COMPLETIONS, |_, _| ());
    request.send_with(None, None, 30_000_000).unwrap();
    notices.until("SendRequestComplete");
    request.write(&vec![b'x'; 30_000_000]).unwrap();
    let failed = Status::RequestError { function: API_WRITE_DATA, error: ERROR_WINHTTP_TIMEOUT };
    assert_eq!(notices.next().0, format!("{failed:?}"));
    drop(request);
    peer.finish();
}

/// Section 15: nor does the stack grow with the number of requests whose callbacks go on with one another.
#[test]
fn completions_of_many_requests_are_not_nested_without_end() {
    thread_local! {
        static DEPTH: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
    }
    const COUNT: usize = 100;
    let server = Server::http(|_| Response::new(200).body("ok"));
    let session = open();
    let requests: Arc<Vec<_>> = Arc::new((0..COUNT).map(|_| session.get(server.port())).collect());
    let deepest = Arc::new(AtomicU32::new(0));
    let (tell, heard) = channel();
    let (tell, seen, all) = (Mutex::new(tell), Arc::clone(&deepest), Arc::downgrade(&requests));
    // The context value is the number of the next request.
    let callback = Callback::new(move |request, next, status| {
        DEPTH.set(DEPTH.get() + 1);
        seen.fetch_max(DEPTH.get(), Ordering::SeqCst);
        match status {
            Status::SendRequestComplete => WinHttpReceiveResponse(request).unwrap(),
            Status::HeadersAvailable => drop(tell.lock().unwrap().send(request)),
            Status::ReadComplete { .. } => match all.upgrade().as_ref().and_then(|all| all.get(next)) {
                Some(next) => WinHttpReadDataBuffer(next.handle, vec![0; 2]).unwrap(),
                None => drop(tell.lock().unwrap().send(request)),
            },
            _ => {}
        }
        DEPTH.set(DEPTH.get() - 1);
    });
    for (number, request) in requests.iter().enumerate() {
        told(|| WinHttpSetStatusCallback(request.handle, Some(callback.clone()), COMPLETIONS, 0)).unwrap();
        told(|| WinHttpSendRequest(request.handle, None, None, 0, number + 1)).unwrap();
    }
    for _ in 0..COUNT {
        heard.recv_timeout(PATIENCE).expect("every answer has come");
    }
    WinHttpReadDataBuffer(requests[0].handle, vec![0; 2]).unwrap();
    assert_eq!(heard.recv_timeout(PATIENCE).unwrap(), requests[COUNT - 1].handle);
    let deepest = deepest.load(Ordering::SeqCst);
    assert!((2..=12).contains(&deepest), "{deepest} deep");
}

fn promise_quick_callbacks(session: &Session) {
    session.set(WINHTTP_OPTION_ASSURED_NON_BLOCKING_CALLBACKS, 1u32).unwrap();
    session.set(WINHTTP_OPTION_MAX_CONNS_PER_SERVER, 1u32).unwrap();
}

/// Section 16: quick callbacks run in the reactor, but not within what another request does.
#[test]
fn quick_callbacks_of_two_requests_of_one_connection() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET /first");
        c.reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234");
        c.stall(Duration::from_millis(100));
        c.reply("56789");
        c.expect("GET /second");
        c.reply(OK);
    });
    let session = open();
    promise_quick_callbacks(&session);
    let (first, second) =
        (session.request(peer.port(), "GET", "/first"), session.request(peer.port(), "GET", "/second"));
    let asked = first.handle;
    let read = Told::by(first.handle, COMPLETIONS, |request, status| match status {
        Status::SendRequestComplete => WinHttpReceiveResponse(request).unwrap(),
        Status::HeadersAvailable => WinHttpReadDataBuffer(request, vec![0; 10]).unwrap(),
        _ => {}
    });
    let notices = Told::by(second.handle, ALL, move |request, status| match status {
        Status::SendingRequest => drop(WinHttpQueryHeaders(asked, WINHTTP_QUERY_STATUS_CODE, None, None).unwrap()),
        Status::SendRequestComplete => WinHttpReceiveResponse(request).unwrap(),
        _ => {}
    });
    first.send().unwrap();
    second.send().unwrap();
    read.until("ReadComplete");
    notices.until("HeadersAvailable");
    peer.finish();
}

/// What comes within its limit again and again is never late, however long a callback holds the read up.
#[test]
fn a_read_that_a_callback_holds_up_has_its_time() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET / HTTP/1.1");
        c.reply("HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n");
        for _ in 0..40 {
            c.stall(Duration::from_millis(50));
            c.reply("x");
        }
    });
    let session = open();
    let request = session.get(peer.port());
    request.set(WINHTTP_OPTION_RECEIVE_TIMEOUT, 1500u32).unwrap();
    let notices = Told::by(request.handle, COMPLETIONS, |request, status| match status {
        Status::SendRequestComplete => WinHttpReceiveResponse(request).unwrap(),
        Status::HeadersAvailable => {
            WinHttpReadDataBuffer(request, vec![0; 50]).unwrap();
            thread::sleep(Duration::from_millis(1800));
        }
        _ => {}
    });
    request.send().unwrap();
    let all = notices.until("ReadComplete");
    assert!(all.last().unwrap().ends_with("count: 40 }"), "{all:?}");
    peer.finish();
}

/// A connection that has ended together with its answer carries nothing more. The end may come a little later than the
/// answer; ten times in a row it does not.
#[test]
fn a_connection_that_ended_with_its_answer() {
    let sends: Vec<_> = (0..10).map(|_| sends_after_the_end_of_a_connection()).take_while(|sends| *sends > 1).collect();
    assert!(sends.len() < 10, "{sends:?}");
}

fn sends_after_the_end_of_a_connection() -> usize {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET / HTTP/1.1");
        c.reply(OK);
        c.close();
        let mut c = p.accept();
        c.expect("GET / HTTP/1.1");
        c.reply(OK);
    });
    let session = open();
    let request = session.get(peer.port());
    let notices = Told::by(request.handle, COMPLETIONS, |_, _| ());
    request.send().unwrap();
    notices.until("SendRequestComplete");
    request.receive().unwrap();
    notices.until("HeadersAvailable");
    thread::sleep(Duration::from_millis(200));
    let next = session.get(peer.port());
    let of_next = Told::by(next.handle, ALL, |_, _| ());
    WinHttpReadDataBuffer(request.handle, vec![0; 10]).unwrap();
    notices.until("ReadComplete");
    next.send().unwrap();
    let all = of_next.until("SendRequestComplete");
    peer.finish();
    all.iter().filter(|told| *told == "SendingRequest").count()
}

/// What is dropped by a panic may call, and is answered.
#[test]
fn a_send_while_the_stack_is_unwound() {
    struct Sends<'a>(&'a Request);
    impl Drop for Sends<'_> {
        fn drop(&mut self) {
            // That of the fixture may panic, and so end all tests.
            let _ = WinHttpSendRequest(self.0.handle, None, None, 0, CONTEXT);
        }
    }
    for session in [open(), Session::open()] {
        let peer = answers([OK]);
        let request = session.get(peer.port());
        let notices = Told::by(request.handle, ALL, |_, _| ());
        let panics = AssertUnwindSafe(|| {
            let _sends = Sends(&request);
            resume_unwind(Box::new("the panic of this test"));
        });
        assert!(catch_unwind(panics).is_err());
        notices.until("RequestSent");
        assert_eq!(code(request.receive()), 0);
        drop((request, session));
        peer.finish();
    }
}

/// Section 13: a close tells nothing itself, so closes in callbacks don't pile up.
#[test]
fn closes_in_quick_callbacks_are_not_nested() {
    thread_local! {
        static DEPTH: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
    }
    const COUNT: usize = 500;
    let (answer, may_answer) = channel::<()>();
    let may_answer = Mutex::new(may_answer);
    let server = Server::http(move |_| {
        // Until all are sent.
        let _ = may_answer.lock().unwrap().recv();
        Response::new(200).body("ok")
    });
    let session = open();
    promise_quick_callbacks(&session);
    let requests: Vec<_> = (0..COUNT).map(|_| session.get(server.port())).collect();
    let handles: Arc<Vec<HINTERNET>> = Arc::new(requests.iter().map(|request| request.handle).collect());
    let deepest = Arc::new(AtomicU32::new(0));
    let (done, is_done) = channel();
    let (all, seen, done) = (Arc::clone(&handles), Arc::clone(&deepest), Mutex::new(done));
    let callback = Callback::new(move |_, next, status| {
        DEPTH.set(DEPTH.get() + 1);
        seen.fetch_max(DEPTH.get(), Ordering::SeqCst);
        // The first one of all is answered, or ends with its time.
        if let Status::SendRequestComplete | Status::RequestError { .. } = status {
            match all.get(next) {
                Some(next) => drop(WinHttpCloseHandle(*next)),
                None => drop(done.lock().unwrap().send(())),
            }
        }
        DEPTH.set(DEPTH.get() - 1);
    });
    for request in &requests {
        told(|| WinHttpSetStatusCallback(request.handle, Some(callback.clone()), COMPLETIONS, 0)).unwrap();
    }
    for (number, handle) in handles.iter().enumerate() {
        told(|| WinHttpSendRequest(*handle, None, None, 0, number + 1)).unwrap();
    }
    drop(answer);
    is_done.recv_timeout(PATIENCE).expect("the last one was told");
    assert!(deepest.load(Ordering::SeqCst) <= 3, "{} deep", deepest.load(Ordering::SeqCst));
}
