//! One handle, sent again and again: core.md 8.4, 10.6 and 18, after challenges, redirects and failures; faults.md row 88.
//!
//! What `states.rs`, `send.rs` and `pool.rs` have on it is not repeated here.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use conformance::{Answer, PATIENCE, Request, Session, Stage, answers, code, each, redirect};
use openwinhttp::*;
use testserver::serve::{Response, Server};
use testserver::{Peer, Script};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const STATE: u32 = ERROR_WINHTTP_INCORRECT_HANDLE_STATE;
const ADD: u32 = WINHTTP_ADDREQ_FLAG_ADD;
const REPLACE: u32 = WINHTTP_ADDREQ_FLAG_REPLACE;

fn exchanged(request: &Request) {
    request.send().unwrap();
    request.receive().unwrap();
}

/// C11 and section 8.4: a challenge whose body nobody read, then the answer to it: other headers, the same connection.
#[test]
fn after_a_challenge() {
    let challenge =
        format!("HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic\r\nContent-Length: 10240\r\n\r\n{}", "x".repeat(10240));
    let peer = answers([challenge.as_str(), OK]);
    let session = Session::open();
    let request = session.request(peer.port(), "POST", "/");
    request.send_body(None, b"data").unwrap();
    request.receive().unwrap();
    assert_eq!((request.status().unwrap(), request.header("WWW-Authenticate").unwrap()), (401, "Basic".to_owned()));
    request.send_body(Some("Authorization: Basic cHc="), b"data").unwrap();
    assert_eq!(code(request.status()), STATE, "the challenge is gone");
    Answer::received(&request).assert_ok(200, "ok");
    assert_eq!(code(request.query(WINHTTP_QUERY_WWW_AUTHENTICATE, None)), ERROR_WINHTTP_HEADER_NOT_FOUND);
    let sent = peer.requests();
    let authorizations: Vec<_> = sent.iter().map(|request| request.header("authorization")).collect();
    assert_eq!(authorizations, [None, Some("Basic cHc=")]);
    assert!(sent.iter().all(|request| request.body == b"data"));
    peer.finish();
}

/// Sections 7.1 and 8.1: what was added stays for the next send, and can be replaced and taken away between two.
#[test]
fn headers_between_sends() {
    let peer = answers([OK; 4]);
    let session = Session::open();
    let request = session.get(peer.port());
    request.add("X-A: 1", ADD).unwrap();
    request.send_with(Some("X-B: 1"), None, 0).unwrap();
    Answer::received(&request).assert_ok(200, "ok");
    Answer::to(&request).assert_ok(200, "ok");
    request.add("X-A: 2", REPLACE).unwrap();
    request.send_with(Some("X-B: 2"), None, 0).unwrap();
    Answer::received(&request).assert_ok(200, "ok");
    request.add("X-A:", REPLACE).unwrap();
    Answer::to(&request).assert_ok(200, "ok");
    let sent = peer.requests();
    let values = |name| sent.iter().map(|request| request.header_values(name).collect()).collect::<Vec<Vec<_>>>();
    assert_eq!(values("x-a"), [vec!["1"], vec!["1"], vec!["2"], vec![]]);
    assert_eq!(values("x-b"), [["1"], ["1"], ["2"], ["2"]]);
    assert!(sent.iter().all(|request| request.header_values("host").count() == 1));
}

/// Sections 8.4 and 9.2: after a redirect the request is the one that was answered: its place, its verb.
#[test]
fn after_a_redirect() {
    let lead = redirect(302, "/there").replace("Content-Length", "X-First: 1\r\nContent-Length");
    let peer = answers([lead.as_str(), OK, OK]);
    let session = Session::open();
    let request = session.request(peer.port(), "POST", "/here");
    request.send_body(None, b"data").unwrap();
    let first = Answer::received(&request);
    first.assert_ok(200, "ok");
    assert_eq!((first.header("x-first"), first.header("location")), (None, None), "{}", first.head);

    request.send().unwrap();
    assert_eq!([code(request.status()), code(request.available()), code(request.read(1))], [STATE; 3]);
    Answer::received(&request).assert_ok(200, "ok");
    let sent = peer.requests();
    let lines: Vec<_> = sent.iter().map(|request| request.line.as_str()).collect();
    assert_eq!(lines, ["POST /here HTTP/1.1", "GET /there HTTP/1.1", "GET /there HTTP/1.1"]);
    assert_eq!(
        (request.url(), request.text(WINHTTP_QUERY_REQUEST_METHOD).unwrap()),
        (peer.url("/there"), "GET".into())
    );
    peer.finish();
}

/// The same at another server, and with a body, which may be another one now.
#[test]
fn after_a_redirect_elsewhere() {
    let other = Server::http(|request| Response::new(200).body(request.body.clone()));
    let first = answers([redirect(308, &other.url("/there"))]);
    let session = Session::open();
    let request = session.request(first.port(), "PUT", "/here");
    request.send_body(None, b"data").unwrap();
    Answer::received(&request).assert_ok(200, "data");
    request.send_with(None, Some(b"other "), 10).unwrap();
    request.write(b"data").unwrap();
    Answer::received(&request).assert_ok(200, "other data");
    assert_eq!((other.requests(), other.connections()), (2, 1));
    first.finish();
}

/// options.md 1.5: what was handed over is asked again, and followed once the program wants that.
#[test]
fn after_a_redirect_that_was_handed_over() {
    let peer = answers([redirect(307, "/there"), redirect(307, "/there"), OK.into()]);
    let session = Session::open();
    let request = session.request(peer.port(), "GET", "/here");
    request.set(WINHTTP_OPTION_REDIRECT_POLICY, WINHTTP_OPTION_REDIRECT_POLICY_NEVER).unwrap();
    Answer::to(&request).assert_ok(307, "");
    request.set(WINHTTP_OPTION_REDIRECT_POLICY, WINHTTP_OPTION_REDIRECT_POLICY_ALWAYS).unwrap();
    Answer::to(&request).assert_ok(200, "ok");
    let sent = peer.requests();
    assert_eq!(sent.iter().map(|request| request.target()).collect::<Vec<_>>(), ["/here", "/here", "/there"]);
    peer.finish();
}

/// Sections 8.4 and 18: after a redirect that led nowhere, the request asks again where it was, and can be answered.
#[test]
fn after_a_redirect_that_failed() {
    let rows = [
        (None, ERROR_WINHTTP_HEADER_NOT_FOUND),
        (Some("ftp://127.0.0.1/"), ERROR_WINHTTP_UNRECOGNIZED_SCHEME),
        (Some("http://127.0.0.1:99999/"), ERROR_WINHTTP_INVALID_URL),
        (Some("http://127.0.0.1:25/"), ERROR_WINHTTP_INVALID_URL),
    ];
    each(&rows, |&(location, expected)| {
        let rounds = AtomicUsize::new(0);
        let server = Server::http(move |request| match (rounds.fetch_add(1, Ordering::Relaxed), location) {
            (0, Some(location)) => Response::new(302).header("Location", location).body("moved"),
            (0, None) => Response::new(302).body("moved"),
            _ => Response::new(200).body(request.target()),
        });
        let session = Session::open();
        let request = session.request(server.port(), "POST", "/here");
        request.send_body(None, b"data").unwrap();
        Answer::received(&request).assert_failed(Stage::Receive, expected);
        let calls = [
            code(request.receive()),
            code(request.write(b"x")),
            code(request.available()),
            code(request.read(1)),
            code(request.header("Location")),
        ];
        assert_eq!(calls, [STATE; 5]);
        assert_eq!(request.text(WINHTTP_QUERY_REQUEST_METHOD).unwrap(), "POST");
        request.send_body(None, b"data").unwrap();
        Answer::received(&request).assert_ok(200, "/here");
        assert_eq!(request.url(), server.url("/here"));
    });
}

/// Section 18: after the limit too. Whether it goes on where it stopped is open.
#[test]
fn after_one_redirect_too_many() {
    let server = Server::http(|request| match request.target() {
        "/b" => Response::new(302).header("Location", "/c"),
        "/a" => Response::new(302).header("Location", "/b"),
        _ => Response::new(200).body("end"),
    });
    let session = Session::open();
    let request = session.request(server.port(), "GET", "/a");
    request.set(WINHTTP_OPTION_MAX_HTTP_AUTOMATIC_REDIRECTS, 1u32).unwrap();
    Answer::to(&request).assert_failed(Stage::Receive, ERROR_WINHTTP_REDIRECT_FAILED);
    assert_eq!([code(request.receive()), code(request.status()), code(request.available())], [STATE; 3]);
    request.set(WINHTTP_OPTION_MAX_HTTP_AUTOMATIC_REDIRECTS, 2u32).unwrap();
    Answer::to(&request).assert_ok(200, "end");
}

/// Section 8.4: each send may follow as many redirects as the first. (The documentation leaves it open.)
#[test]
fn redirects_are_counted_anew() {
    let rounds = AtomicUsize::new(0);
    // One after the other: two redirects, then an answer.
    let server = Server::http(move |_| match rounds.fetch_add(1, Ordering::Relaxed) % 3 {
        2 => Response::new(200).body("end"),
        _ => Response::new(302).header("Location", "/on"),
    });
    let session = Session::open();
    let request = session.get(server.port());
    request.set(WINHTTP_OPTION_MAX_HTTP_AUTOMATIC_REDIRECTS, 2u32).unwrap();
    for _ in 0..3 {
        Answer::to(&request).assert_ok(200, "end");
    }
}

/// Row 88: after a timeout the next round has a connection of its own, and nothing of the old answer.
#[test]
fn row_88_after_a_timeout() {
    for begins in ["", "HTTP/1.1 200 OK\r\nX-Old: 1\r\n", "HTTP/1.1 302 Found\r\nLocation: /old\r\n"] {
        let peer = Peer::script(move |p: &mut Script| {
            let mut old = p.accept();
            old.expect("GET /here");
            old.reply(begins);
            let mut new = p.accept();
            new.expect("GET /here");
            old.reply("\r\nold");
            new.reply(OK);
        });
        let session = Session::with_timeouts(Duration::from_millis(400));
        let request = session.request(peer.port(), "GET", "/here");
        Answer::to(&request).assert_failed(Stage::Receive, ERROR_WINHTTP_TIMEOUT);
        request.set_timeouts(PATIENCE);
        let answer = Answer::to(&request);
        answer.assert_ok(200, "ok");
        assert_eq!(answer.header("x-old"), None);
        peer.finish();
    }
}

/// Section 8.4: a round whose answer was never received is forgotten, redirect or not.
#[test]
fn before_the_answer_was_received() {
    let server = Server::http(|request| match request.target() {
        "/here" => Response::new(302).header("Location", "/there"),
        _ => Response::new(200).body("there"),
    });
    let session = Session::open();
    let request = session.request(server.port(), "GET", "/here");
    for _ in 0..3 {
        request.send().unwrap();
    }
    assert_eq!(request.url(), server.url("/here"));
    Answer::received(&request).assert_ok(200, "there");
}

/// Section 18: with the body read or not, whatever the answer was, the next round begins the same.
#[test]
fn with_the_body_read_or_not() {
    let server = Server::http(|request| match request.target() {
        "/here" => Response::new(302).header("Location", "/there").body(vec![b'x'; 5000]),
        _ => Response::new(403).body(vec![b'y'; 50_000]),
    });
    let session = Session::open();
    let request = session.request(server.port(), "GET", "/here");
    exchanged(&request);
    assert_eq!(request.read(10).unwrap(), b"yyyyyyyyyy");
    exchanged(&request);
    exchanged(&request);
    assert_eq!((request.status().unwrap(), request.body().len()), (403, 50_000));
    exchanged(&request);
    assert_eq!((server.connections(), server.requests()), (1, 5));
}

/// Sections 8.2 and 9.2: what is added between a send and its answer counts for the next leg, where it must not promise
/// a body that is not there.
#[test]
fn fields_added_before_a_redirect_arrives() {
    for field in ["Content-Length: 5", "Transfer-Encoding: gzip", "Host: a\r\nHost: b"] {
        let peer = answers([redirect(302, "/there")]);
        let session = Session::open();
        let request = session.get(peer.port());
        request.send().unwrap();
        request.add(field, ADD).unwrap();
        assert_eq!(code(request.receive()), ERROR_INVALID_PARAMETER, "{field}");
        assert_eq!(code(request.status()), STATE, "{field}");
        peer.finish();
    }
}

/// faults.md rows 90 and 91: a GET that has a body after all is not sent again without it.
#[test]
fn a_get_with_a_body_is_not_repeated() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply(OK);
        c.expect("GET");
        assert_eq!(c.body(10), b"0123456789");
    });
    let session = Session::open();
    session.got(peer.port());
    let request = session.get(peer.port());
    request.send_with(Some("Content-Length: 10"), None, 0).unwrap();
    request.write(b"0123456789").unwrap();
    assert_eq!(code(request.receive()), ERROR_WINHTTP_INVALID_SERVER_RESPONSE);
    peer.finish();
}

/// Section 8.6 and faults.md row 76: a redirect that comes while the chunks still go out gets them once more, as chunks.
#[test]
fn an_early_redirect_of_chunks() {
    let body = vec![b'x'; 900 * 1024];
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.reply("HTTP/1.1 307 There\r\nLocation: /there\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        let mut d = p.accept();
        let again = d.expect_with_body("POST /there");
        assert_eq!((again.header("transfer-encoding"), again.body.len()), (Some("chunked"), 900 * 1024));
        d.reply(OK);
    });
    let session = Session::open();
    let request = session.request_to("localhost", peer.port(), "POST", "/here", WINHTTP_FLAG_AUTOMATIC_CHUNKING);
    request.send_with(None, Some(&body), 0).unwrap();
    Answer::received(&request).assert_ok(200, "ok");
    peer.finish();
}
