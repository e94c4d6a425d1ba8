//! Keeping connections: core.md 13, 8.4 and 10.6, decision 9, faults.md, "Pool" (rows 89 to 99) and the retry rule.
//!
//! The scripts count: a request expected on the same conversation proves reuse; an `expect_closed` before the next
//! `accept` proves that there was none.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use conformance::{Answer, PATIENCE, Session, Stage, answer_to, code, each};
use openwinhttp::*;
use testserver::serve::{Response, Server};
use testserver::{Peer, TlsKind};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const CHUNKED_OK: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
const BAD: u32 = ERROR_WINHTTP_INVALID_SERVER_RESPONSE;

/// A peer whose first connection serves this twice.
fn kept(reply: &'static str) -> Peer {
    Peer::script(move |p| {
        let mut c = p.accept();
        for _ in 0..2 {
            c.expect("GET");
            c.reply(reply);
        }
    })
}

/// A peer whose first connection serves this once, after which the client must hang up and come anew.
fn not_kept(reply: &'static str) -> Peer {
    Peer::script(move |p| {
        let mut first = p.accept();
        first.expect("GET");
        first.reply(reply);
        first.expect_closed();
        let mut second = p.accept();
        second.expect("GET");
        second.reply(OK);
    })
}

/// Section 13: what keeps a connection; each session of its own, as the pool is the process's (decision 9).
#[test]
fn responses_that_keep_the_connection() {
    let rows = [
        OK,
        CHUNKED_OK,
        "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nConnection: upgrade, x-close\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nok\r\n0\r\nX-T: 1\r\n\r\n",
        "HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 305 Use Proxy\r\nLocation: /x\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ];
    each(&rows, |&reply| {
        let peer = kept(reply);
        for _ in 0..2 {
            let answer = answer_to(peer.port(), "GET");
            assert_eq!((answer.failure, answer.body.as_slice()), (None, b"ok".as_slice()));
        }
        assert_eq!(peer.connections(), 1);
    });
}

/// Row 98 and section 13: what does not.
#[test]
fn row_98_responses_that_close_the_connection() {
    let rows = [
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nconnection: Close\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nConnection: keep-alive, close\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nConnection: keep-alive, close\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok!",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n!",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ];
    each(&rows, |&reply| {
        let peer = not_kept(reply);
        for _ in 0..2 {
            answer_to(peer.port(), "GET").assert_ok(200, "ok");
        }
        assert_eq!(peer.connections(), 2);
    });
}

/// Section 13: a body that ends with the connection ends it.
#[test]
fn until_close_is_not_kept() {
    let peer = Peer::script(|p| {
        for _ in 0..2 {
            let mut c = p.accept();
            c.expect("GET");
            c.reply("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\nok");
            c.half_close();
            c.expect_closed();
        }
    });
    for _ in 0..2 {
        answer_to(peer.port(), "GET").assert_ok(200, "ok");
    }
    peer.finish();
}

/// Section 13: the request may say close, too; and a request of HTTP/1.0 without keep-alive does.
#[test]
fn requests_that_close_the_connection() {
    let session = Session::open();
    let peer = not_kept(OK);
    let request = session.get(peer.port());
    request.add("Connection: close", WINHTTP_ADDREQ_FLAG_ADD).unwrap();
    Answer::to(&request).assert_ok(200, "ok");
    Answer::to(&session.get(peer.port())).assert_ok(200, "ok");
}

/// Section 13: a connection is free as soon as the body was read; the handle may stay open.
#[test]
fn free_after_the_last_byte() {
    for reply in [OK, "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"] {
        let peer = kept(reply);
        let session = Session::open();
        let first = session.got(peer.port());
        if reply == OK {
            assert_eq!(first.read(2).unwrap(), b"ok");
        }
        let second = session.got(peer.port());
        assert_eq!(first.status().unwrap(), second.status().unwrap());
        assert_eq!(peer.connections(), 1);
    }
}

/// Section 13: two requests at once need two connections, and both are kept.
#[test]
fn two_at_once() {
    let server = Server::http(|_| Response::new(200).body(vec![b'x'; 1 << 20]));
    let session = Session::open();
    for _ in 0..3 {
        let (one, two) = (session.got(server.port()), session.got(server.port()));
        assert_eq!((one.body().len(), two.body().len()), (1 << 20, 1 << 20));
    }
    assert_eq!(server.connections(), 2);
}

/// Row 94: unread bytes that have not come yet: closing the request closes the connection.
#[test]
fn row_94_closing_with_unread_data() {
    let peer = Peer::script(|p| {
        let mut first = p.accept();
        first.expect("GET");
        first.reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
        first.expect_closed();
        let mut second = p.accept();
        second.expect("GET");
        second.reply(OK);
    });
    let session = Session::open();
    drop(session.got(peer.port()));
    Answer::to(&session.get(peer.port())).assert_ok(200, "ok");
}

/// Row 94: the rest is there already: it is thrown away and the connection kept.
#[test]
fn row_94_closing_with_the_rest_buffered() {
    for reply in [OK, CHUNKED_OK] {
        let peer = kept(reply);
        let session = Session::open();
        drop(session.got(peer.port()));
        Answer::to(&session.get(peer.port())).assert_ok(200, "ok");
        assert_eq!(peer.connections(), 1);
    }
}

/// C11 and sections 8.4, 10.6: a re-send drains what is unread, waits for it, and uses the same connection.
#[test]
fn sending_again_drains() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply(format!("HTTP/1.1 401 Who\r\nContent-Length: 10240\r\n\r\n{}", "x".repeat(5000)));
        c.stall(Duration::from_millis(100));
        c.reply("x".repeat(5240));
        c.expect("GET");
        c.reply("HTTP/1.1 401 Who\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        c.stall(Duration::from_millis(100));
        c.reply("0\r\nX: y\r\n\r\n");
        c.expect("GET");
        c.reply(OK);
    });
    let session = Session::open();
    let request = session.got(peer.port());
    assert_eq!(request.status().unwrap(), 401);
    request.send().and_then(|()| request.receive()).unwrap();
    assert_eq!(request.status().unwrap(), 401);
    Answer::to(&request).assert_ok(200, "ok");
    assert_eq!(peer.connections(), 1);
}

/// C11 and section 8.4: also when the new request's body is still to be written.
#[test]
fn sending_again_drains_before_an_upload() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        for _ in 0..2 {
            assert_eq!(c.expect_with_body("POST").body, b"data");
            c.reply(OK);
        }
    });
    let session = Session::open();
    let request = session.request(peer.port(), "POST", "/");
    request.send_body(None, b"data").and_then(|()| request.receive()).unwrap();
    request.send_with(None, Some(b"da"), 4).unwrap();
    assert_eq!(request.write(b"ta").unwrap(), 2);
    request.receive().unwrap();
    assert_eq!(request.body(), b"ok");
}

/// Row 95 and section 10.6: more than 1 MB is not drained; a new connection is cheaper.
#[test]
fn row_95_too_much_to_drain() {
    let peer = Peer::script(|p| {
        let mut first = p.accept();
        first.expect("GET");
        first.reply("HTTP/1.1 401 Who\r\nContent-Length: 30000000\r\n\r\nhello");
        let mut second = p.accept();
        first.expect_closed();
        second.expect("GET");
        second.reply(OK);
    });
    let session = Session::open();
    let request = session.got(peer.port());
    Answer::to(&request).assert_ok(200, "ok");
}

/// Decision 9: sessions share the pool, also over TLS with the same trust.
#[test]
fn sessions_share_the_pool() {
    let server = Server::http(|_| Response::new(200).body("ok"));
    for _ in 0..5 {
        answer_to(server.port(), "GET").assert_ok(200, "ok");
    }
    assert_eq!(server.connections(), 1);
}

/// Row 97: a session that does not trust the peer never gets another's connection to it.
#[test]
fn row_97_different_trust_shares_nothing() {
    let peer = Peer::tls(TlsKind::Good, |p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply(OK);
        assert!(p.accept().handshake_error().is_some());
        c.expect("GET");
        c.reply(OK);
    });
    let (trusting, suspicious) = (Session::trusting(), Session::open());
    let port = peer.port();
    Answer::to(&trusting.secure_request(port, "GET", "/")).assert_ok(200, "ok");
    let refused = Answer::to(&suspicious.secure_request(port, "GET", "/"));
    refused.assert_failed(Stage::Send, ERROR_WINHTTP_SECURE_FAILURE);
    Answer::to(&trusting.secure_request(port, "GET", "/")).assert_ok(200, "ok");
}

/// Row 97: TLS and plain connections to one port are different things.
#[test]
fn row_97_secure_is_part_of_the_key() {
    let peer = Peer::tls(TlsKind::Good, |p| {
        let mut plain = p.accept_plain();
        plain.expect("GET");
        plain.reply(OK);
        let mut secure = p.accept();
        secure.expect("GET");
        secure.reply(OK);
        plain.expect("GET");
        plain.reply(OK);
    });
    let session = Session::trusting();
    Answer::to(&session.get(peer.port())).assert_ok(200, "ok");
    Answer::to(&session.secure_request(peer.port(), "GET", "/")).assert_ok(200, "ok");
    Answer::to(&session.get(peer.port())).assert_ok(200, "ok");
    peer.finish();
}

/// How long a connection is idle before it is wanted again. A GET on one that is dead is saved by the retry; a POST
/// has only the look before it.
const IDLE: [(&str, Duration); 4] = [
    ("GET", Duration::from_millis(100)),
    ("POST", Duration::from_millis(100)),
    ("GET", Duration::from_millis(1300)),
    ("POST", Duration::from_millis(1300)),
];

/// Row 89: the peer closed an idle connection: it is found out before use, whatever the verb.
#[test]
fn row_89_idle_connection_was_closed() {
    each(&IDLE, |&(verb, idle)| {
        let (closed, is_closed) = channel();
        let peer = Peer::script(move |p| {
            for _ in 0..2 {
                let mut c = p.accept();
                c.expect(verb);
                c.reply(OK);
                c.close();
                closed.send(()).unwrap();
            }
        });
        let session = Session::open();
        Answer::to(&session.request(peer.port(), verb, "/")).assert_ok(200, "ok");
        is_closed.recv_timeout(PATIENCE).unwrap();
        thread::sleep(idle);
        Answer::to(&session.request(peer.port(), verb, "/")).assert_ok(200, "ok");
    });
}

/// Rows 41, 77 and 96: bytes that come while a connection is idle are nobody's answer.
#[test]
fn row_77_bytes_on_an_idle_connection() {
    let unasked = ["HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "x", OK];
    let of_posts = IDLE.into_iter().filter(|(verb, _)| *verb == "POST");
    let rows: Vec<_> = of_posts.flat_map(|(verb, idle)| unasked.map(|unasked| (verb, idle, unasked))).collect();
    each(&rows, |&(verb, idle, unasked)| {
        let (sent, is_sent) = channel();
        let peer = Peer::script(move |p| {
            let mut first = p.accept();
            first.expect(verb);
            first.reply(OK);
            first.stall(Duration::from_millis(50));
            first.reply(unasked);
            sent.send(()).unwrap();
            let mut second = p.accept();
            second.expect(verb);
            second.reply("HTTP/1.1 201 Made\r\nContent-Length: 3\r\n\r\nnew");
        });
        let session = Session::open();
        Answer::to(&session.request(peer.port(), verb, "/")).assert_ok(200, "ok");
        is_sent.recv_timeout(PATIENCE).unwrap();
        thread::sleep(idle);
        Answer::to(&session.request(peer.port(), verb, "/")).assert_ok(201, "new");
    });
}

/// A peer that keeps a connection, reads a second request on it and hangs up without a word; then `more` connections
/// do the same, and the last one answers.
fn hangs_up(verb: &'static str, more: usize, answers: bool) -> Peer {
    Peer::script(move |p| {
        let mut first = p.accept();
        first.expect("GET");
        first.reply(OK);
        first.expect(verb);
        first.close();
        for _ in 0..more {
            let mut c = p.accept();
            c.expect(verb);
            c.close();
        }
        if answers {
            let mut last = p.accept();
            last.expect(verb);
            last.reply("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        } else {
            p.expect_no_connection(Duration::from_millis(200));
        }
    })
}

/// Row 90 and the retry rule: a request that may be repeated is, once, on a new connection.
#[test]
fn row_90_safe_requests_are_retried() {
    each(&["GET", "HEAD", "OPTIONS", "TRACE"], |&verb| {
        let peer = hangs_up(verb, 0, true);
        let session = Session::open();
        Answer::to(&session.get(peer.port())).assert_ok(200, "ok");
        Answer::to(&session.request(peer.port(), verb, "/")).assert_ok(200, "");
        assert_eq!(peer.connections(), 2);
    });
}

/// Row 91: a request that may have done something is not.
#[test]
fn row_91_unsafe_requests_are_not_retried() {
    each(&["POST", "PUT", "DELETE", "PATCH", "ANY-OTHER"], |&verb| {
        let peer = hangs_up(verb, 0, false);
        let session = Session::open();
        Answer::to(&session.get(peer.port())).assert_ok(200, "ok");
        let (_, code) = Answer::to(&session.request(peer.port(), verb, "/")).failure.unwrap();
        assert!([ERROR_WINHTTP_CONNECTION_ERROR, BAD].contains(&code), "{code}");
        peer.finish();
    });
}

/// Row 91: nor is a GET that has a body.
#[test]
fn row_91_get_with_a_body_is_not_retried() {
    let peer = Peer::script(|p| {
        let mut first = p.accept();
        first.expect("GET");
        first.reply(OK);
        first.expect_with_body("GET");
        first.close();
        p.expect_no_connection(Duration::from_millis(200));
    });
    let session = Session::open();
    Answer::to(&session.get(peer.port())).assert_ok(200, "ok");
    let request = session.get(peer.port());
    request.send_body(None, b"data").unwrap();
    let failed = code(request.receive());
    assert!([ERROR_WINHTTP_CONNECTION_ERROR, BAD].contains(&failed), "{failed}");
    peer.finish();
}

/// Row 92: one retry only.
#[test]
fn row_92_only_one_retry() {
    let peer = hangs_up("GET", 1, false);
    let session = Session::open();
    Answer::to(&session.get(peer.port())).assert_ok(200, "ok");
    Answer::to(&session.get(peer.port())).assert_failed(Stage::Receive, BAD);
    peer.finish();
}

/// The retry rule: never after a byte of the answer.
#[test]
fn no_retry_after_a_byte_of_the_answer() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply(OK);
        c.expect("GET");
        c.reply("H");
        c.close();
        p.expect_no_connection(Duration::from_millis(200));
    });
    let session = Session::open();
    Answer::to(&session.get(peer.port())).assert_ok(200, "ok");
    Answer::to(&session.get(peer.port())).assert_failed(Stage::Receive, BAD);
    peer.finish();
}

/// Row 90: a reset instead of a close is retried alike.
#[test]
fn row_90_reset_is_retried() {
    let peer = Peer::script(|p| {
        let mut first = p.accept();
        first.expect("GET");
        first.reply(OK);
        first.expect("GET");
        first.reset();
        let mut second = p.accept();
        second.expect("GET");
        second.reply(OK);
    });
    let session = Session::open();
    for _ in 0..2 {
        Answer::to(&session.get(peer.port())).assert_ok(200, "ok");
    }
}

/// Row 99, in small: many requests of many threads, random closes on the server's side, all answered.
#[test]
fn row_99_many_requests_with_random_closes() {
    let server = Arc::new(Server::http(|request| {
        let number: usize = request.target().trim_start_matches('/').parse().unwrap();
        let response = Response::new(200).body(format!("answer {number}"));
        if number.is_multiple_of(7) { response.header("Connection", "close") } else { response }
    }));
    let barrier = Arc::new(Barrier::new(6));
    let threads: Vec<_> = (0..6)
        .map(|thread| {
            let (server, barrier) = (server.clone(), barrier.clone());
            thread::spawn(move || {
                let session = Session::open();
                barrier.wait();
                for round in 0..200 {
                    let number = thread * 1000 + round;
                    let request = session.request(server.port(), "GET", &format!("/{number}"));
                    Answer::to(&request).assert_ok(200, format!("answer {number}"));
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(server.requests(), 1200, "none was sent twice");
    assert!(server.connections() < 400, "{} connections", server.connections());
}
