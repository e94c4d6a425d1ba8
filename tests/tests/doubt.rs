//! What peers do in the middle of something else, each once a fault of this library: faults.md rows 42, 72, 74, 76, 90,
//! 94 and 113, and core.md 8.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::time::{Duration, Instant};

use conformance::{Session, code, each};
use openwinhttp::*;
use testserver::{Peer, TlsKind};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const SECURE_FAILURE: u32 = ERROR_WINHTTP_SECURE_FAILURE;
const INVALID: u32 = ERROR_WINHTTP_INVALID_SERVER_RESPONSE;

/// Row 113: a handshake message that begins, then an alert in its middle. The request stays usable.
#[test]
fn an_alert_inside_of_a_handshake_message() {
    let server_hello_begins = b"\x16\x03\x03\x00\x05\x02\x00\x00\x64\x03".as_slice();
    let alert = b"\x15\x03\x03\x00\x02\x02\x28".as_slice();
    let peer = Peer::tls(TlsKind::Good, move |p| {
        for _ in 0..2 {
            let mut c = p.accept_plain();
            c.body(5);
            c.reply(server_hello_begins);
            c.reply(alert);
            c.drain();
        }
    });
    let session = Session::trusting();
    let request = session.secure_request(peer.port(), "GET", "/");
    for _ in 0..2 {
        assert_eq!(code(request.send()), SECURE_FAILURE);
    }
    peer.finish();
}

/// Session tickets that come while a body is written are no answer, and nothing is waited for.
#[test]
fn tickets_during_an_upload() {
    let body: Vec<u8> = (0..1 << 20).map(|at| (at % 251) as u8).collect();
    let expected = body.clone();
    let peer = Peer::tls(TlsKind::Good, move |p| {
        let mut c = p.accept();
        assert_eq!(c.expect_with_body("POST").body, expected);
        c.reply(OK);
    });
    let session = Session::trusting();
    session.set_timeouts(Duration::from_secs(8));
    let request = session.secure_request(peer.port(), "POST", "/");
    let started = Instant::now();
    request.send_body(None, &body).unwrap();
    assert!(started.elapsed() < Duration::from_secs(4), "the upload waited for something");
    request.receive().unwrap();
    assert_eq!(request.body(), b"ok");
}

/// Rows 72 and 74: informational answers while a body is written are read over up to the limit, a 101 never is.
#[test]
fn informational_answers_during_an_upload() {
    let hundred = "HTTP/1.1 100 Continue\r\n\r\n";
    let rows = [
        (hundred.repeat(10) + OK, 0),
        (hundred.repeat(11) + OK, INVALID),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n".to_owned() + OK, INVALID),
    ];
    each(&rows, |(answer, expected)| {
        let answer = answer.clone();
        let peer = Peer::script(move |p| {
            let mut c = p.accept();
            c.expect("POST");
            c.reply(answer);
            c.drain();
        });
        let session = Session::open();
        let request = session.request(peer.port(), "POST", "/");
        request.send_with(None, None, 3 << 20).unwrap();
        std::thread::sleep(Duration::from_millis(50));
        for _ in 0..3 {
            request.write(&vec![0; 1 << 20]).unwrap();
        }
        assert_eq!(code(request.receive()), *expected);
    });
}

/// Row 76: the peer answers and closes; also small writes that meet the closed connection leave the answer readable.
#[test]
fn small_writes_after_an_early_answer() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("POST");
        c.reply("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 5\r\n\r\nlarge");
        c.half_close();
        c.body(3_000);
        c.reset();
    });
    let session = Session::open();
    let request = session.request(peer.port(), "POST", "/");
    request.send_with(None, None, 100_000).unwrap();
    for _ in 0..30 {
        request.write(&[0; 1_000]).unwrap();
        std::thread::sleep(Duration::from_millis(3));
    }
    request.receive().unwrap();
    assert_eq!(request.status().unwrap(), 413);
}

/// Row 94: an answer that goes on and on, a little at a time, does not hold up the next round of its request.
#[test]
fn a_drain_ends_in_time() {
    let peer = Peer::script(|p| {
        let mut first = p.accept();
        first.expect("GET");
        first.reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(6) && !first.client_is_gone() {
            first.reply("1\r\n.\r\n");
            first.stall(Duration::from_millis(200));
        }
        assert!(begun.elapsed() < Duration::from_secs(4), "the old connection was held for long");
        let mut second = p.accept();
        second.expect("GET");
        second.reply(OK);
    });
    let session = Session::open();
    let request = session.got(peer.port());
    request.send().unwrap();
    request.receive().unwrap();
    assert_eq!(request.body(), b"ok");
    drop((request, session));
    peer.finish();
}

/// Decision 6 for chunks: what came before broken framing is delivered, then the failure is told, again and again.
#[test]
fn data_before_a_broken_chunk() {
    let reply = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nworld\r\nXX\r\n";
    let peer = Peer::script(move |p| {
        for _ in 0..2 {
            let mut c = p.accept();
            c.expect("GET");
            c.reply(reply);
            c.expect_closed();
        }
    });
    let session = Session::open();
    let request = session.got(peer.port());
    assert_eq!(request.read(64).unwrap(), b"helloworld");
    for _ in 0..2 {
        assert_eq!(code(request.read(64)), INVALID);
        assert_eq!(code(request.available()), INVALID);
    }
    let request = session.got(peer.port());
    assert_eq!(request.available().unwrap(), 10);
    assert_eq!(request.read(10).unwrap(), b"helloworld");
    assert_eq!(code(request.available()), INVALID);
    drop((request, session));
    peer.finish();
}

/// Row 90, over TLS: the peer resets just as the next GET goes out.
#[test]
fn a_stale_secure_connection_is_replaced() {
    let peer = Peer::tls(TlsKind::Good, |p| {
        let mut first = p.accept();
        first.expect("GET");
        first.reply(OK);
        first.reset();
        let mut second = p.accept();
        second.expect("GET");
        second.reply(OK);
    });
    let session = Session::trusting();
    let request = session.secure_request(peer.port(), "GET", "/");
    for pause in [0, 30] {
        std::thread::sleep(Duration::from_millis(pause));
        request.send().unwrap();
        request.receive().unwrap();
        assert_eq!(request.body(), b"ok");
    }
    drop((request, session));
}

/// core.md 8.1: a send that is refused leaves none of its header fields behind.
#[test]
fn a_refused_send_leaves_no_fields() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        let request = c.expect_with_body("POST");
        assert_eq!((request.header("content-length"), request.body.as_slice()), (Some("4"), b"data".as_slice()));
        c.reply(OK);
    });
    let session = Session::open();
    let request = session.request(peer.port(), "POST", "/");
    let refused = request.send_with(Some("Content-Length: 3\r\nX-Left: behind"), Some(b"data"), 0);
    assert_eq!(code(refused), ERROR_INVALID_PARAMETER);
    assert!(!request.raw_request().contains("X-Left"));
    request.send_body(None, b"data").unwrap();
    request.receive().unwrap();
}

/// faults.md 2.1: framing and Host fields of the program are one each, and end in `chunked` where they code.
#[test]
fn contradictory_fields_of_the_program_are_refused() {
    let rows = [
        "Host: a\r\nhost: b",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: chunked, gzip",
        "Transfer-Encoding: chunked\r\ntransfer-encoding: chunked",
    ];
    each(&rows, |&fields| {
        let session = Session::open();
        let request = session.request(Peer::refused_port(), "POST", "/");
        request.add(fields, WINHTTP_ADDREQ_FLAG_ADD).unwrap();
        assert_eq!(code(request.send()), ERROR_INVALID_PARAMETER);
    });
}

/// RFC 9110 section 9.3.6: after CONNECT the connection is a tunnel, and nobody else's.
#[test]
fn a_tunnel_is_not_used_again() {
    let peer = Peer::script(|p| {
        let mut tunnel = p.accept();
        tunnel.expect("CONNECT");
        tunnel.reply("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        tunnel.half_close();
        tunnel.expect_closed();
        let mut c = p.accept();
        c.expect("GET");
        c.reply(OK);
    });
    let session = Session::open();
    let tunnel = session.request(peer.port(), "CONNECT", "/");
    tunnel.send().unwrap();
    tunnel.receive().unwrap();
    assert_eq!(tunnel.body(), b"");
    let request = session.got(peer.port());
    assert_eq!(request.body(), b"ok");
    drop((request, tunnel, session));
}
