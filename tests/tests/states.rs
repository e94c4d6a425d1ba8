//! The state machine of a request: core.md 18, as a table of what each call answers in each state.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::time::Duration;

use conformance::{Answer, Request, Session, code, each, told};
use openwinhttp::*;
use testserver::Peer;
use testserver::serve::{Response, Server};

const OK: u32 = ERROR_SUCCESS;
const DEAD: u32 = ERROR_INVALID_HANDLE;
const STATE: u32 = ERROR_WINHTTP_INCORRECT_HANDLE_STATE;

#[derive(Clone, Copy, Debug)]
struct State {
    name: &'static str,
    /// Brings a POST there. Its server answers when the body is complete.
    reach: fn(&Request, &Session),
    add: u32,
    send: u32,
    write: u32,
    write_nothing: u32,
    receive: u32,
    query_response: u32,
    query_request: u32,
    available: u32,
    read: u32,
    set_timeouts: u32,
}

fn send(request: &Request) {
    request.send_body(None, b"hello").unwrap();
}

fn receive(request: &Request) {
    send(request);
    request.receive().unwrap();
}

/// Before anything could be sent; a send that fails later has tests of its own below.
fn fail_to_send(request: &Request) {
    let failed = request.send_with(Some("no colon"), None, 0);
    assert_eq!(code(failed), ERROR_INVALID_PARAMETER);
}

/// What all calls but closing answer when the handle is no more.
const GONE: State = State {
    name: "gone",
    reach: |_, _| (),
    add: DEAD,
    send: DEAD,
    write: DEAD,
    write_nothing: DEAD,
    receive: DEAD,
    query_response: DEAD,
    query_request: DEAD,
    available: DEAD,
    read: DEAD,
    set_timeouts: DEAD,
};

/// What all calls answer before anything was sent.
const OPENED: State = State {
    name: "OPENED",
    reach: |_, _| (),
    add: OK,
    send: OK,
    write: STATE,
    write_nothing: STATE,
    receive: STATE,
    query_response: STATE,
    query_request: OK,
    available: STATE,
    read: STATE,
    set_timeouts: OK,
};

const STATES: [State; 10] = [
    OPENED,
    State {
        name: "SENT, body incomplete",
        reach: |request, _| request.send_with(None, Some(b"hell"), 5).unwrap(),
        write: OK,
        write_nothing: OK,
        // The server waits for the byte that is missing.
        receive: ERROR_WINHTTP_TIMEOUT,
        ..OPENED
    },
    State {
        name: "SENT, body complete",
        reach: |request, _| send(request),
        write: ERROR_INVALID_PARAMETER,
        write_nothing: OK,
        receive: OK,
        ..OPENED
    },
    State {
        name: "SENT, body completed by WriteData",
        reach: |request, _| {
            request.send_with(None, Some(b"hell"), 5).unwrap();
            assert_eq!(request.write(b"o").unwrap(), 1);
        },
        write: ERROR_INVALID_PARAMETER,
        write_nothing: OK,
        receive: OK,
        ..OPENED
    },
    State {
        name: "RESPONSE",
        reach: |request, _| receive(request),
        query_response: OK,
        available: OK,
        read: OK,
        ..OPENED
    },
    State {
        name: "BODY_END",
        reach: |request, _| {
            receive(request);
            assert!(!request.body().is_empty());
        },
        query_response: OK,
        available: OK,
        read: OK,
        ..OPENED
    },
    State { name: "FAILED before it was sent", reach: |request, _| fail_to_send(request), ..OPENED },
    State { name: "CLOSED", reach: |request, _| told(|| WinHttpCloseHandle(request.handle)).unwrap(), ..GONE },
    State {
        name: "orphan of its connection",
        reach: |request, _| {
            receive(request);
            told(|| WinHttpCloseHandle(request.connect)).unwrap();
        },
        ..GONE
    },
    State {
        name: "orphan of its session",
        reach: |request, session| {
            receive(request);
            told(|| WinHttpCloseHandle(session.handle)).unwrap();
        },
        ..GONE
    },
];

/// A call, its name, and what it must answer in a state.
type Call = (&'static str, fn(&Request) -> u32, fn(&State) -> u32);

const CALLS: [Call; 10] = [
    ("WinHttpAddRequestHeaders", |request| code(request.add("X-A: 1", WINHTTP_ADDREQ_FLAG_ADD)), |state| state.add),
    ("WinHttpSendRequest", |request| code(request.send_body(None, b"again")), |state| state.send),
    ("WinHttpWriteData", |request| code(request.write(b"x")), |state| state.write),
    ("WinHttpWriteData of nothing", |request| code(request.write(b"")), |state| state.write_nothing),
    ("WinHttpReceiveResponse", |request| code(request.receive()), |state| state.receive),
    ("WinHttpQueryHeaders (response)", |request| code(request.status()), |state| state.query_response),
    (
        "WinHttpQueryHeaders (request)",
        |request| {
            let level = WINHTTP_QUERY_RAW_HEADERS_CRLF | WINHTTP_QUERY_FLAG_REQUEST_HEADERS;
            code(request.text(WINHTTP_QUERY_REQUEST_METHOD).and_then(|_| request.text(level)))
        },
        |state| state.query_request,
    ),
    ("WinHttpQueryDataAvailable", |request| code(request.available()), |state| state.available),
    ("WinHttpReadData", |request| code(request.read(3)), |state| state.read),
    (
        "WinHttpSetTimeouts",
        |request| code(told(|| WinHttpSetTimeouts(request.handle, 400, 400, 400, 400))),
        |state| state.set_timeouts,
    ),
];

/// A server that reads the whole request and answers `answer`.
fn server() -> Server {
    Server::http(|_| Response::new(200).body("answer"))
}

/// Section 18: each call in each state.
#[test]
fn every_call_in_every_state() {
    let server = server();
    let rows: Vec<(State, Call)> = STATES.iter().flat_map(|&state| CALLS.map(|call| (state, call))).collect();
    each(&rows, |&(state, (name, call, expected))| {
        let session = Session::with_timeouts(Duration::from_millis(1500));
        let request = session.request(server.port(), "POST", "/");
        (state.reach)(&request, &session);
        assert_eq!(call(&request), expected(&state), "{name} in the state {}", state.name);
    });
}

/// Section 8.3: after a send that could not connect, everything but a new send is 12019 or about the request alone.
#[test]
fn after_a_failed_send() {
    each(&CALLS, |&(name, call, expected)| {
        let session = Session::open();
        let request = session.get(Peer::refused_port());
        assert_eq!(code(request.send()), ERROR_WINHTTP_CANNOT_CONNECT);
        let expected = match name {
            "WinHttpSendRequest" => ERROR_WINHTTP_CANNOT_CONNECT,
            _ => expected(&OPENED),
        };
        assert_eq!(call(&request), expected, "{name}");
    });
}

/// Sections 9 and 18: after a receive that failed, too.
#[test]
fn after_a_failed_receive() {
    each(&CALLS, |&(name, call, expected)| {
        let peer = Peer::script(move |p| {
            let mut c = p.accept();
            c.expect("GET");
            c.reply("garbage");
            c.expect_closed();
            if name == "WinHttpSendRequest" {
                p.accept().expect("GET");
            }
        });
        let session = Session::open();
        let request = session.get(peer.port());
        request.send().unwrap();
        assert_eq!(code(request.receive()), ERROR_WINHTTP_INVALID_SERVER_RESPONSE);
        assert_eq!(call(&request), expected(&OPENED), "{name}");
        peer.finish();
    });
}

/// Section 18: SendRequest starts over from every state, and what comes back is the new answer.
#[test]
fn sending_again_from_every_state() {
    let server = Server::http(|request| Response::new(200).body(request.body.clone()));
    let states: Vec<State> = STATES.into_iter().filter(|state| state.send == OK).collect();
    each(&states, |state| {
        let session = Session::open();
        let request = session.request(server.port(), "POST", "/");
        (state.reach)(&request, &session);
        request.send_body(None, b"new").unwrap();
        assert_eq!(code(request.status()), STATE, "the old answer is gone");
        request.receive().unwrap();
        assert_eq!(request.body(), b"new");
    });
}

/// Section 15.1: response queries fail again from the next send until the next receive.
#[test]
fn response_is_gone_after_the_next_send() {
    let server = server();
    let session = Session::open();
    let request = session.request(server.port(), "POST", "/");
    for _ in 0..3 {
        request.send_body(None, b"hello").unwrap();
        assert_eq!(code(request.status()), STATE);
        assert_eq!(code(request.available()), STATE);
        request.receive().unwrap();
        assert_eq!((request.status().unwrap(), request.body()), (200, b"answer".to_vec()));
    }
    assert_eq!(server.connections(), 1);
}

/// Section 18, ReceiveResponse with an incomplete body: it waits for the answer, and the connection is not used again.
#[test]
fn receiving_with_an_incomplete_body() {
    let peer = Peer::script(|p| {
        let mut first = p.accept();
        first.expect("POST");
        assert_eq!(first.body(4), b"hell");
        first.reply("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly");
        first.expect_closed();
        let mut second = p.accept();
        second.expect("GET");
        second.reply("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood");
    });
    let session = Session::open();
    let request = session.request(peer.port(), "POST", "/");
    request.send_with(None, Some(b"hell"), 10).unwrap();
    request.receive().unwrap();
    assert_eq!((request.status().unwrap(), request.body()), (200, b"early".to_vec()));
    assert_eq!(code(request.write(b"x")), STATE);
    Answer::to(&session.get(peer.port())).assert_ok(200, "good");
}
