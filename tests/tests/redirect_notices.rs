//! What a redirect tells, and what ends it: async-websocket.md rows R1, R3, R4 and section 13, core.md 9.2 and 12,
//! faults.md rows 79 and 86.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use conformance::{Answer, Notices, PATIENCE, Session, Stage, answers, code, each, redirect, told};
use openwinhttp::*;
use testserver::serve::{Response, Server};
use testserver::{Peer, Script};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const STATE: u32 = ERROR_WINHTTP_INCORRECT_HANDLE_STATE;
/// All but the look-up of names, which may or may not be repeated.
const FLAGS: u32 = WINHTTP_CALLBACK_FLAG_CONNECT_TO_SERVER
    | WINHTTP_CALLBACK_FLAG_SEND_REQUEST
    | WINHTTP_CALLBACK_FLAG_RECEIVE_RESPONSE
    | WINHTTP_CALLBACK_FLAG_REDIRECT;
const CONNECT: [&str; 2] = ["ConnectingToServer(127.0.0.1)", "ConnectedToServer(127.0.0.1)"];
const SEND: [&str; 2] = ["SendingRequest", "RequestSent"];
const RECEIVE: [&str; 2] = ["ReceivingResponse", "ResponseReceived"];

fn to(place: &str) -> [String; 1] {
    [format!("{:?}", Status::Redirect(place))]
}

/// Rows R1 and R3: on a kept connection. Each place is told as a whole URL, before it is asked.
#[test]
fn to_the_same_server() {
    let peer = answers([redirect(302, "/one"), redirect(307, "two?x=1"), OK.into()]);
    let session = Session::open();
    let request = session.request(peer.port(), "GET", "/here");
    assert_eq!(request.url(), peer.url("/here"));
    let notices = Notices::of(&request, FLAGS);
    request.send().unwrap();
    assert_eq!(notices.take(), [CONNECT, SEND].concat());
    request.receive().unwrap();
    let again = || [SEND, RECEIVE].concat().into_iter().map(String::from);
    let first = RECEIVE.map(String::from).into_iter().chain(to(&peer.url("/one"))).chain(again());
    let expected: Vec<_> = first.chain(to(&peer.url("/two?x=1"))).chain(again()).collect();
    assert_eq!(notices.take(), expected);
    assert_eq!(request.url(), peer.url("/two?x=1"));
    assert_eq!(request.body(), b"ok");
    assert_eq!(notices.take(), [""; 0]);
}

/// Rows R1 and R3: to another server, with a connection of its own; here in a callback for redirects alone, too.
#[test]
fn to_another_server() {
    for flags in [FLAGS, WINHTTP_CALLBACK_FLAG_REDIRECT] {
        let second = answers([OK]);
        let first = answers([redirect(301, &second.url("/there"))]);
        let session = Session::open();
        let request = session.request(first.port(), "GET", "/here");
        let notices = Notices::of(&request, flags);
        Answer::to(&request).assert_ok(200, "ok");
        let place = to(&second.url("/there"));
        if flags == FLAGS {
            let exchange = || [CONNECT, SEND, RECEIVE].concat().into_iter().map(String::from);
            assert_eq!(notices.take(), exchange().chain(place).chain(exchange()).collect::<Vec<_>>());
        } else {
            assert_eq!(notices.take(), place);
        }
    }
}

/// Row R4: what is not followed is not told.
#[test]
fn what_is_not_followed_is_not_told() {
    let one_too_many = (WINHTTP_OPTION_MAX_HTTP_AUTOMATIC_REDIRECTS, 0, ERROR_WINHTTP_REDIRECT_FAILED);
    let switched_off = (WINHTTP_OPTION_REDIRECT_POLICY, WINHTTP_OPTION_REDIRECT_POLICY_NEVER, ERROR_SUCCESS);
    for (option, value, expected) in [one_too_many, switched_off] {
        let peer = answers([redirect(302, "/there")]);
        let session = Session::open();
        let request = session.get(peer.port());
        request.set(option, value).unwrap();
        let notices = Notices::of(&request, FLAGS);
        request.send().unwrap();
        assert_eq!(code(request.receive()), expected);
        assert_eq!(notices.take(), [CONNECT, SEND, RECEIVE].concat());
        peer.finish();
    }
}

/// options.md 3.3 and section 13: a callback that does not want to go there closes its request: 12017, and nobody is asked.
#[test]
fn a_callback_closes_the_request() {
    for body in ["", "moved"] {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let server = Server::http(move |request| {
            log.lock().unwrap().push(request.target().to_owned());
            Response::new(302).header("Location", "/there").body(body)
        });
        let session = Session::open();
        let request = session.request(server.port(), "GET", "/here");
        let closing = request.handle;
        let notices = Notices::with(&request, FLAGS | WINHTTP_CALLBACK_FLAG_HANDLES, move |status| {
            if let Status::Redirect(_) = status {
                told(|| WinHttpCloseHandle(closing)).unwrap();
            }
        });
        told(|| WinHttpSendRequest(request.handle, None, None, 0, 0x5EED)).unwrap();
        notices.take();
        assert_eq!(code(request.receive()), ERROR_WINHTTP_OPERATION_CANCELLED);
        assert_eq!(code(request.receive()), ERROR_INVALID_HANDLE);
        let end = [to(&server.url("/there")), [format!("{:?}", Status::HandleClosing(closing))]].concat();
        assert_eq!(notices.take(), [RECEIVE.map(String::from).to_vec(), end].concat());

        // Whoever comes next finds what the connection was left with.
        let after = session.request(server.port(), "GET", "/after");
        after.set(WINHTTP_OPTION_REDIRECT_POLICY, WINHTTP_OPTION_REDIRECT_POLICY_NEVER).unwrap();
        Answer::to(&after).assert_ok(302, body);
        assert_eq!(*asked.lock().unwrap(), ["/here", "/after"]);
    }
}

/// Row 86: closing from another thread while the new place is waited for.
#[test]
fn row_86_closing_while_the_new_place_is_silent() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET /here");
        c.reply(redirect(302, "/there"));
        c.expect("GET /there");
        c.expect_closed();
    });
    let session = Session::open();
    let request = session.request(peer.port(), "GET", "/here");
    request.send().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let deadline = Instant::now() + PATIENCE;
            while peer.requests().len() < 2 && Instant::now() < deadline {
                thread::sleep(Duration::from_millis(2));
            }
            told(|| WinHttpCloseHandle(request.handle)).unwrap();
        });
        assert_eq!(code(request.receive()), ERROR_WINHTTP_OPERATION_CANCELLED);
    });
    peer.finish();
}

/// Sections 8.3 and 9, rows 1, 6, 12, 14 and 79: what is wrong at the new place is told by ReceiveResponse, and leaves a
/// request that can be sent again.
#[test]
fn failures_at_the_new_place() {
    type Fault = fn() -> (Option<Peer>, String);
    let faults: [(Fault, u32); 5] = [
        (|| (None, format!("http://127.0.0.1:{}/", Peer::refused_port())), ERROR_WINHTTP_CANNOT_CONNECT),
        (|| (None, "http://no-such-name.invalid/".into()), ERROR_WINHTTP_NAME_NOT_RESOLVED),
        (|| at(answers(["garbage"])), ERROR_WINHTTP_INVALID_SERVER_RESPONSE),
        (|| at(Peer::script(hang_up)), ERROR_WINHTTP_INVALID_SERVER_RESPONSE),
        (|| at(Peer::script(say_nothing)), ERROR_WINHTTP_TIMEOUT),
    ];
    // Long enough for the old place, which does answer.
    let soon = Duration::from_secs(2);
    each(&faults, |&(fault, expected)| {
        let (new, place) = fault();
        let old = answers([redirect(302, &place)]);
        let session = Session::with_timeouts(if expected == ERROR_WINHTTP_TIMEOUT { soon } else { PATIENCE });
        let request = session.get(old.port());
        Answer::to(&request).assert_failed(Stage::Receive, expected);
        let calls = [code(request.receive()), code(request.status()), code(request.available()), code(request.read(1))];
        assert_eq!(calls, [STATE; 4]);
        drop(new);
    });
}

fn hang_up(p: &mut Script) {
    p.accept().expect("GET /there");
}

fn say_nothing(p: &mut Script) {
    let mut c = p.accept();
    c.expect("GET /there");
    c.expect_closed();
}

fn at(peer: Peer) -> (Option<Peer>, String) {
    let place = peer.url("/there");
    (Some(peer), place)
}
