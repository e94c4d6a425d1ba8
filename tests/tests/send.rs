//! WinHttpSendRequest: core.md 8.1 to 8.4, faults.md rows 1, 6 and 12.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use conformance::Ending;
use conformance::{Answer, PATIENCE, Session, Stage, answer_to, code, each, exchange, sent_by, with_reset};
use openwinhttp::*;
use testserver::Peer;

const INVALID: u32 = ERROR_INVALID_PARAMETER;
const STATE: u32 = ERROR_WINHTTP_INCORRECT_HANDLE_STATE;

/// Row 6 and section 8.3: a refused port fails soon; after it ReceiveResponse is 12019.
#[test]
fn row_6_refused_port() {
    let session = Session::open();
    let request = session.get(Peer::refused_port());
    for _ in 0..2 {
        let started = Instant::now();
        assert_eq!(code(request.send()), ERROR_WINHTTP_CANNOT_CONNECT);
        assert!(started.elapsed() < Duration::from_secs(5));
        assert_eq!(code(request.receive()), STATE);
    }
}

/// Row 1: a name that does not exist.
#[test]
fn row_1_unknown_name() {
    let session = Session::open();
    let request = session.request_to("does-not-exist.invalid", 80, "GET", "/", 0);
    assert_eq!(code(request.send()), ERROR_WINHTTP_NAME_NOT_RESOLVED);
    assert_eq!(code(request.receive()), STATE);
    assert_eq!(code(request.available()), STATE);
}

/// Whether it fails with 12030, in the send or in the receive; or with 12029 where the reset comes before the client has
/// seen that it is connected.
fn tells_of_a_reset(answer: &Answer) -> bool {
    const CONNECT: u32 = ERROR_WINHTTP_CANNOT_CONNECT;
    const BROKEN: u32 = ERROR_WINHTTP_CONNECTION_ERROR;
    matches!(answer.failure, Some((Stage::Send, CONNECT | BROKEN) | (Stage::Receive, BROKEN)))
}

/// Row 12: a new connection that is reset fails, and only once.
#[test]
fn row_12_accept_then_reset() {
    let answer = with_reset(|| {
        let peer = Peer::script(|p| {
            p.accept().reset();
            p.expect_no_connection(Duration::from_millis(200));
        });
        let answer = answer_to(peer.port(), "GET");
        peer.finish();
        answer
    });
    assert!(tells_of_a_reset(&answer), "{answer:?}");
}

/// Section 8.3: SendRequest does not wait for the answer.
#[test]
fn send_does_not_wait_for_the_answer() {
    let (returned, has_returned) = channel();
    let peer = Peer::script(move |p| {
        let mut c = p.accept();
        c.expect("GET");
        has_returned.recv_timeout(PATIENCE).unwrap();
        c.reply("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    let session = Session::open();
    let request = session.get(peer.port());
    request.send().unwrap();
    returned.send(()).unwrap();
    request.receive().unwrap();
}

/// Section 8.3: what is wrong with an answer is told by ReceiveResponse, even if it is there already.
#[test]
fn errors_of_the_answer_come_with_the_receive() {
    exchange("GET", "nonsense", Ending::Close).assert_failed(Stage::Receive, ERROR_WINHTTP_INVALID_SERVER_RESPONSE);
}

/// Section 8.2: which requests say how long they are.
#[test]
fn content_length() {
    // Verb, headers of the request, body, what arrives.
    type Row = (&'static str, Option<&'static str>, &'static [u8], Option<&'static str>);
    let rows: [Row; 14] = [
        ("GET", None, b"", None),
        ("HEAD", None, b"", None),
        ("DELETE", None, b"", None),
        ("PATCH", None, b"", None),
        ("OPTIONS", None, b"", None),
        ("POST", None, b"", Some("0")),
        ("PUT", None, b"", Some("0")),
        ("POST", None, b"data", Some("4")),
        ("PUT", None, b"data", Some("4")),
        ("GET", None, b"data", Some("4")),
        ("DELETE", None, b"data", Some("4")),
        ("POST", Some("Content-Length: 4"), b"data", Some("4")),
        ("POST", Some("content-length: 0"), b"", Some("0")),
        ("GET", Some("Content-Length: 0"), b"", Some("0")),
    ];
    each(&rows, |&(verb, headers, body, length)| {
        let session = Session::open();
        let request = sent_by(|port| {
            let request = session.request(port, verb, "/");
            request.send_body(headers, body).unwrap();
            request.receive().unwrap();
        });
        assert_eq!(request.header_values("content-length").collect::<Vec<_>>(), Vec::from_iter(length));
        assert_eq!((request.method(), request.body.as_slice()), (verb, body));
    });
}

/// Section 8.2: framings that contradict each other are 87, and nobody is bothered with them.
#[test]
fn contradictory_framing() {
    let rows: [(&str, &[u8], u32); 7] = [
        ("Content-Length: 3", b"data", 4),
        ("Content-Length: 5", b"data", 4),
        ("Content-Length: 0", b"data", 4),
        ("Content-Length: 4", b"data", 10),
        ("Content-Length: 18446744073709551616", b"", 10),
        ("Content-Length: 4\r\nTransfer-Encoding: chunked", b"", 0),
        ("Transfer-Encoding: chunked\r\nContent-Length: 0", b"", 0),
    ];
    let peer = Peer::script(|p| p.expect_no_connection(Duration::from_millis(300)));
    each(&rows, |&(headers, body, total)| {
        let session = Session::open();
        let request = session.request(peer.port(), "POST", "/");
        assert_eq!(code(request.send_with(Some(headers), Some(body), total)), INVALID);
        assert_eq!(code(request.receive()), STATE);
    });
    peer.finish();
}

/// Section 8.4: the same request again and again, on one connection; the headers of the round before are gone.
#[test]
fn sending_again() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        for round in 0..4 {
            c.expect("GET /again");
            c.reply(format!("HTTP/1.1 20{round} Round\r\nX-Round-{round}: 1\r\nContent-Length: 1\r\n\r\n{round}"));
        }
    });
    let session = Session::open();
    let request = session.request(peer.port(), "GET", "/again");
    for round in 0..4 {
        let answer = Answer::to(&request);
        answer.assert_ok(200 + round, round.to_string());
        let fields = answer.head.matches("X-Round").count();
        assert_eq!(fields, 1, "{}", answer.head);
    }
}

/// Section 8.4: a send that failed may be tried again on the same handle.
#[test]
fn sending_again_after_a_failure() {
    let first = with_reset(|| {
        let peer = Peer::script(|p| {
            p.accept().reset();
            let mut c = p.accept();
            c.expect("GET");
            c.reply("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });
        let session = Session::open();
        let request = session.get(peer.port());
        let first = Answer::to(&request);
        Answer::to(&request).assert_ok(200, "ok");
        first
    });
    assert!(tells_of_a_reset(&first), "{first:?}");
}

/// Section 5.2: the flag means TLS, whatever the port.
#[test]
fn the_flag_means_tls() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        assert_eq!(c.body(1), [22], "a TLS handshake record");
    });
    let session = Session::open();
    let request = session.secure_request(peer.port(), "GET", "/");
    assert_ne!(code(request.send()), 0);
    peer.finish();
}
