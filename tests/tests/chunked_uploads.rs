//! Bodies that the library puts into chunks: WINHTTP_FLAG_AUTOMATIC_CHUNKING, core.md 8.6, options.md 3.8.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::thread;
use std::time::{Duration, Instant};

use conformance::{Answer, Request, Session, answers, code, each, redirect, sent_by};
use openwinhttp::*;
use proptest::prelude::*;
use testserver::Peer;
use testserver::serve::{Response, Server};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const STATE: u32 = ERROR_WINHTTP_INCORRECT_HANDLE_STATE;
const CHUNKING: u32 = WINHTTP_FLAG_AUTOMATIC_CHUNKING;

fn chunked(session: &Session, port: u16, verb: &str) -> Request {
    session.request_to("127.0.0.1", port, verb, "/here", CHUNKING)
}

/// Sends optional data.
fn begin(request: &Request, optional: Option<&[u8]>) {
    request.send_with(None, optional, WINHTTP_IGNORE_REQUEST_TOTAL_LENGTH).unwrap();
}

/// A peer that expects a POST in chunks, exactly these bytes behind its head, and answers then.
fn expecting(wire: &'static str) -> Peer {
    Peer::script(move |p| {
        let mut c = p.accept();
        let request = c.expect("POST /here HTTP/1.1");
        assert_eq!(request.header_values("transfer-encoding").collect::<Vec<_>>(), ["chunked"]);
        assert_eq!(request.header("content-length"), None);
        assert_eq!(c.body(wire.len()).escape_ascii().to_string(), wire.as_bytes().escape_ascii().to_string());
        c.reply(OK);
    })
}

/// Section 8.6: what is written, and the bytes that arrive: each write is a chunk, so is optional data, and the end is one.
type Framed = (Option<&'static str>, &'static [&'static str], &'static str);

const FRAMED: [Framed; 7] = [
    (None, &["hello", " world"], "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"),
    (Some("hello"), &[], "5\r\nhello\r\n0\r\n\r\n"),
    (Some("hel"), &["lo"], "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"),
    (None, &[], "0\r\n\r\n"),
    (Some(""), &[], "0\r\n\r\n"),
    (Some(""), &["x"], "1\r\nx\r\n0\r\n\r\n"),
    (None, &["0\r\n\r\n", "\r\n"], "5\r\n0\r\n\r\n\r\n2\r\n\r\n\r\n0\r\n\r\n"),
];

/// Section 8.6: ReceiveResponse ends the body, or a write of no bytes before it; either way there is one end.
#[test]
fn framing() {
    each(&FRAMED, |&(optional, writes, wire)| {
        for with_an_end in [false, true] {
            let peer = expecting(wire);
            let session = Session::open();
            let request = chunked(&session, peer.port(), "POST");
            begin(&request, optional.map(str::as_bytes));
            for piece in writes {
                assert_eq!(request.write(piece.as_bytes()).unwrap(), piece.len());
            }
            if with_an_end {
                assert_eq!(request.write(b"").unwrap(), 0);
            }
            Answer::received(&request).assert_ok(200, "ok");
            assert_eq!(code(request.write(b"x")), STATE);
            peer.finish();
        }
    });
}

/// Section 8.6: a large write is one chunk too.
#[test]
fn a_large_write() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("POST");
        assert_eq!(c.body(7).to_ascii_lowercase(), b"186a0\r\n");
        assert!(c.body(100_000).iter().all(|&byte| byte == b'x'));
        assert_eq!(c.body(7), b"\r\n0\r\n\r\n");
        c.reply(OK);
    });
    let session = Session::open();
    let request = chunked(&session, peer.port(), "POST");
    begin(&request, None);
    assert_eq!(request.write(&[b'x'; 100_000]).unwrap(), 100_000);
    Answer::received(&request).assert_ok(200, "ok");
    peer.finish();
}

/// Section 8.6: a write of no bytes ends the body at once, not with the receive; then nothing more can be written.
#[test]
fn a_write_of_no_bytes_ends_the_body() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("POST");
        assert_eq!(c.chunked_body(), b"data");
        c.expect_silence(Duration::from_millis(50));
        c.reply(OK);
    });
    let session = Session::open();
    let request = chunked(&session, peer.port(), "POST");
    begin(&request, None);
    request.write(b"data").unwrap();
    request.write(b"").unwrap();
    wait_for(&peer, b"data");
    assert_eq!(code(request.write(b"more")), ERROR_INVALID_PARAMETER);
    Answer::received(&request).assert_ok(200, "ok");
    peer.finish();
}

/// Section 8.5: each chunk leaves at once, so does the head.
#[test]
fn pieces_are_not_held_back() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("POST");
        c.body(8);
        c.body(8);
        c.chunked_body();
        c.reply(OK);
    });
    let session = Session::open();
    let request = chunked(&session, peer.port(), "POST");
    begin(&request, None);
    wait_for(&peer, b"");
    for piece in ["one", "two"] {
        request.write(piece.as_bytes()).unwrap();
        wait_for(&peer, format!("3\r\n{piece}\r\n").as_bytes());
    }
    Answer::received(&request).assert_ok(200, "ok");
}

/// Waits until the body that has arrived ends so.
fn wait_for(peer: &Peer, end: &[u8]) {
    let deadline = Instant::now() + Duration::from_secs(3);
    while !peer.requests().first().is_some_and(|request| request.body.ends_with(end)) {
        assert!(Instant::now() < deadline, "{} did not come", end.escape_ascii());
        thread::sleep(Duration::from_millis(2));
    }
}

/// Sections 6.1 and 15.1: verbs with and without a usual body; what is sent can be asked for.
#[test]
fn fields() {
    each(&["POST", "PUT", "PATCH", "CUSTOM-Verb"], |&verb| {
        let session = Session::open();
        let arrived = sent_by(|port| {
            let request = chunked(&session, port, verb);
            begin(&request, Some(b"data"));
            request.receive().unwrap();
            assert_eq!(request.request_headers("Transfer-Encoding"), ["chunked"]);
            assert_eq!(request.request_headers("Content-Length"), [""; 0]);
        });
        assert_eq!((arrived.method(), arrived.body.as_slice()), (verb, b"data".as_slice()));
        assert_eq!(arrived.header("content-length"), None);
    });
}

/// Section 8.6: a length that the program gives makes chunks needless.
#[test]
fn own_content_length() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        let request = c.expect("POST");
        assert_eq!((request.header("transfer-encoding"), request.header("content-length")), (None, Some("8")));
        assert_eq!(c.body(8), b"the data");
        c.reply(OK);
    });
    let session = Session::open();
    let request = chunked(&session, peer.port(), "POST");
    request.add("Content-Length: 8", WINHTTP_ADDREQ_FLAG_ADD).unwrap();
    begin(&request, Some(b"the "));
    assert_eq!(code(request.write(b"data!")), ERROR_INVALID_PARAMETER);
    assert_eq!(request.write(b"data").unwrap(), 4);
    Answer::received(&request).assert_ok(200, "ok");
    peer.finish();
}

/// Section 13: the connection is used again, also by the same handle, whose body is another then.
#[test]
fn sending_again() {
    let server = Server::http(|request| Response::new(200).body(request.body.clone()));
    let session = Session::open();
    let request = chunked(&session, server.port(), "POST");
    for round in ["one", "two", ""] {
        begin(&request, None);
        request.write(round.as_bytes()).unwrap();
        Answer::received(&request).assert_ok(200, round);
    }
    begin(&request, Some(b"four"));
    Answer::received(&request).assert_ok(200, "four");
    assert_eq!(server.connections(), 1);
}

/// Sections 8.6 and 9.2: optional data alone is sent again along a redirect that keeps the verb, in chunks again.
#[test]
fn along_a_redirect() {
    for (status, verb, body) in [(307, "POST", "data"), (308, "POST", "data"), (302, "GET", ""), (303, "GET", "")] {
        let peer = answers([redirect(status, "/there"), OK.into()]);
        let session = Session::open();
        let request = chunked(&session, peer.port(), "POST");
        begin(&request, Some(b"data"));
        Answer::received(&request).assert_ok(200, "ok");
        let second = &peer.requests()[1];
        assert_eq!((second.method(), second.target(), second.body.as_slice()), (verb, "/there", body.as_bytes()));
        assert_eq!(second.header("transfer-encoding"), (verb == "POST").then_some("chunked"));
        assert_eq!(second.header("content-length"), None);
        peer.finish();
    }
}

/// Section 8.5: what was written is the program's to write again, at the new place.
#[test]
fn a_written_body_along_a_redirect() {
    let peer = answers([redirect(307, "/there"), OK.into()]);
    let session = Session::open();
    let request = chunked(&session, peer.port(), "POST");
    begin(&request, Some(b"da"));
    request.write(b"ta").unwrap();
    assert_eq!(code(request.receive()), ERROR_WINHTTP_RESEND_REQUEST);
    begin(&request, Some(b"da"));
    request.write(b"ta").unwrap();
    Answer::received(&request).assert_ok(200, "ok");
    let second = &peer.requests()[1];
    assert_eq!((second.method(), second.target(), second.body.as_slice()), ("POST", "/there", b"data".as_slice()));
    assert_eq!(second.header("transfer-encoding"), Some("chunked"));
}

/// Section 2.2: closing in the middle is no end: the last chunk never comes.
#[test]
fn closing_aborts_the_upload() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("POST");
        let arrived = String::from_utf8(c.drain()).unwrap();
        assert!(arrived.starts_with("4\r\ndata") && !arrived.contains('0'), "{arrived:?}");
    });
    let session = Session::open();
    let request = chunked(&session, peer.port(), "POST");
    begin(&request, None);
    request.write(b"data").unwrap();
    drop(request);
    peer.finish();
}

/// faults.md row 76: an answer that comes early is delivered, and writing goes on to succeed.
#[test]
fn row_76_early_answer() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("POST");
        c.reply("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 5\r\n\r\nlarge");
        c.half_close();
        c.drain();
    });
    let session = Session::open();
    let request = chunked(&session, peer.port(), "POST");
    begin(&request, None);
    let piece = vec![0; 1 << 20];
    for number in 0..24 {
        assert_eq!(request.write(&piece).map_err(|error| (number, error.code())), Ok(1 << 20));
    }
    Answer::received(&request).assert_ok(413, "large");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Section 8.6: however a body is cut, it arrives whole.
    #[test]
    fn any_cut_arrives_whole(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..70_000), 1..6),
        with_optional in any::<bool>(),
    ) {
        let session = Session::open();
        let arrived = sent_by(|port| {
            let request = chunked(&session, port, "PUT");
            begin(&request, with_optional.then(|| pieces[0].as_slice()));
            for piece in &pieces[usize::from(with_optional)..] {
                assert_eq!(request.write(piece).unwrap(), piece.len());
            }
            request.receive().unwrap();
        });
        prop_assert!(arrived.body == pieces.concat());
    }
}
