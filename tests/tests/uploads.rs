//! Request bodies: core.md 8.1, 8.2, 8.5 and 8.6, faults.md row 76.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use conformance::{Request, Session, code, each, sent_by, told};
use openwinhttp::*;
use proptest::prelude::*;
use testserver::serve::{Response, Server};
use testserver::{Peer, Script, TlsKind};

const INVALID: u32 = ERROR_INVALID_PARAMETER;
const STATE: u32 = ERROR_WINHTTP_INCORRECT_HANDLE_STATE;
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn received(request: &Request) {
    request.receive().unwrap();
    assert_eq!(request.status().unwrap(), 200);
}

/// Section 8.1: the head does not wait for a body to come, and optional data comes right behind it.
#[test]
fn head_and_optional_data() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("POST");
        c.expect_silence(Duration::from_millis(50));
    });
    let session = Session::open();
    let request = session.request(peer.port(), "POST", "/");
    request.send_with(None, None, 4).unwrap();
    peer.finish();
    let body = sent_by(|port| {
        let request = session.request(port, "POST", "/");
        request.send_body(None, b"data").unwrap();
        received(&request);
    });
    assert_eq!((body.body.as_slice(), body.header("content-length")), (b"data".as_slice(), Some("4")));
}

/// Head and optional data arrive in one piece: whoever reads as soon as there is something reads both.
#[test]
fn optional_data_is_in_one_piece_with_the_head() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // Not joined on a failure, when it may wait for a connection that does not come.
    let reader = thread::spawn(move || {
        let first_read = |_| {
            let (mut socket, mut buffer) = (listener.accept().unwrap().0, [0; 4096]);
            socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            let length = socket.read(&mut buffer).unwrap();
            socket.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").unwrap();
            buffer[..length].ends_with(b"\r\n\r\ndata")
        };
        (0..20).filter(|&round| first_read(round)).count()
    });
    let session = Session::open();
    for _ in 0..20 {
        let request = session.request(port, "POST", "/");
        request.send_body(None, b"data").unwrap();
        received(&request);
    }
    assert_eq!(reader.join().unwrap(), 20);
}

/// Section 8.5: optional data, the rest by WriteData, and the counts.
#[test]
fn write_data_with_a_known_length() {
    let session = Session::open();
    let arrived = sent_by(|port| {
        let request = session.request(port, "PUT", "/");
        request.send_with(None, Some(b"one "), 13).unwrap();
        assert_eq!(request.write(b"two ").unwrap(), 4);
        assert_eq!(request.write(b"").unwrap(), 0);
        assert_eq!(request.write(b"three").unwrap(), 5);
        received(&request);
    });
    assert_eq!((arrived.body.as_slice(), arrived.header("content-length")), (b"one two three".as_slice(), Some("13")));
}

/// Section 8.5: each piece leaves at once; the peer need not wait for the end.
#[test]
fn pieces_are_not_held_back() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("POST");
        for piece in ["one", "two"] {
            assert_eq!(c.body(3), piece.as_bytes());
        }
        c.reply(OK);
    });
    let session = Session::open();
    let request = session.request(peer.port(), "POST", "/");
    request.send_with(None, None, 6).unwrap();
    for piece in ["one", "two"] {
        request.write(piece.as_bytes()).unwrap();
        let deadline = Instant::now() + Duration::from_secs(3);
        while !peer.requests().first().is_some_and(|request| request.body.ends_with(piece.as_bytes())) {
            assert!(Instant::now() < deadline, "{piece:?} did not come");
            thread::sleep(Duration::from_millis(2));
        }
    }
    received(&request);
}

/// Section 8.5: past the end nothing is written: 87, and the upload goes on as if nothing had been.
#[test]
fn bounds() {
    let session = Session::open();
    let arrived = sent_by(|port| {
        let request = session.request(port, "POST", "/");
        request.send_with(None, Some(b"01"), 10).unwrap();
        assert_eq!(code(request.write(b"234567890")), INVALID, "one too many");
        assert_eq!(request.write(b"23456789").unwrap(), 8);
        assert_eq!(code(request.write(b"x")), INVALID, "complete");
        received(&request);
        assert_eq!(code(request.write(b"x")), STATE);
    });
    assert_eq!(arrived.body, b"0123456789");
}

/// Section 8.5: with no body to come there is nothing to write.
#[test]
fn bounds_of_no_body() {
    let session = Session::open();
    for verb in ["GET", "POST"] {
        let arrived = sent_by(|port| {
            let request = session.request(port, verb, "/");
            request.send().unwrap();
            assert_eq!(code(request.write(b"x")), INVALID, "{verb}");
            received(&request);
        });
        assert_eq!(arrived.body, b"");
    }
}

/// Section 8.2: the program's own Content-Length rules when no total is given.
#[test]
fn own_content_length() {
    assert_eq!(WINHTTP_IGNORE_REQUEST_TOTAL_LENGTH, 0);
    let session = Session::open();
    let arrived = sent_by(|port| {
        let request = session.request(port, "POST", "/");
        request.add("Content-Length: 10", WINHTTP_ADDREQ_FLAG_ADD).unwrap();
        request.send_with(None, Some(b"01234"), WINHTTP_IGNORE_REQUEST_TOTAL_LENGTH).unwrap();
        assert_eq!(code(request.write(b"567890")), INVALID);
        assert_eq!(request.write(b"56789").unwrap(), 5);
        received(&request);
    });
    assert_eq!(arrived.header_values("content-length").collect::<Vec<_>>(), ["10"]);
    assert_eq!(arrived.body, b"0123456789");
}

/// Section 8.2: lengths that no u32 holds.
#[test]
fn own_content_length_of_more_than_4_gb() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        assert_eq!(c.expect("PUT").header("content-length"), Some("5000000000"));
        assert_eq!(c.body(5), b"begin");
        c.expect_closed();
    });
    let session = Session::open();
    let request = session.request(peer.port(), "PUT", "/");
    request.send_with(Some("Content-Length: 5000000000"), None, 0).unwrap();
    assert_eq!(request.write(b"begin").unwrap(), 5);
    drop(request);
    peer.finish();
}

/// Sections 8.2, 8.6 and C8: with Transfer-Encoding the program makes the chunks; nothing is added, length neither.
#[test]
fn hand_made_chunks() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        let request = c.expect("POST");
        assert_eq!((request.header("transfer-encoding"), request.header("content-length")), (Some("chunked"), None));
        assert_eq!(c.chunked_body(), b"hello world");
        c.reply(OK);
    });
    let session = Session::open();
    let request = session.request(peer.port(), "POST", "/");
    request.send_with(Some("Transfer-Encoding: chunked"), Some(b"5\r\nhel"), 0).unwrap();
    for piece in [b"lo\r\n6;x=y".as_slice(), b"\r\n world\r\n", b"0\r", b"\n", b"\r\n"] {
        assert_eq!(request.write(piece).unwrap(), piece.len());
    }
    received(&request);
    assert_eq!(request.body(), b"ok");
}

/// C8: the optional bytes are sent raw, whatever they are.
#[test]
fn raw_optional_data_with_transfer_encoding() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        assert_eq!(c.expect("POST").header("content-length"), None);
        assert_eq!(c.body(4), b"post");
        c.reply(OK);
    });
    let session = Session::open();
    let request = session.request(peer.port(), "POST", "/");
    request.add("Transfer-Encoding: chunked", WINHTTP_ADDREQ_FLAG_ADD).unwrap();
    request.send_with(None, Some(b"post"), 0).unwrap();
    received(&request);
}

/// Section 2.2: closing the request in the middle aborts the upload.
#[test]
fn closing_aborts_the_upload() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("POST");
        assert_eq!(c.drain(), b"data", "and no graceful end");
    });
    let session = Session::open();
    let request = session.request(peer.port(), "POST", "/");
    request.send_with(None, Some(b"data"), 10).unwrap();
    drop(request);
    peer.finish();
}

/// How a peer behaves that answers 413 as soon as it has the head.
#[derive(Clone, Copy, Debug)]
struct Early {
    reads: bool,
    secure: bool,
}

const EARLY: [Early; 4] = [
    Early { reads: true, secure: false },
    Early { reads: false, secure: false },
    Early { reads: true, secure: true },
    Early { reads: false, secure: true },
];

impl Early {
    fn peer(self) -> Peer {
        let script = move |p: &mut Script| {
            let mut c = p.accept();
            c.expect("POST");
            c.reply("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 5\r\n\r\nlarge");
            if self.reads {
                c.half_close();
                c.drain();
            } else {
                c.stall(Duration::from_secs(15));
            }
        };
        if self.secure { Peer::tls(TlsKind::Good, script) } else { Peer::script(script) }
    }

    /// Uploads 24 MB this way, gets the answer while the peer is still there, and all calls succeed. A write that blocks
    /// before the answer has come notices it when the send limit passes.
    fn meets(self, upload: impl FnOnce(&Request)) {
        let (peer, session) = (self.peer(), Session::trusting());
        let (patience, send_limit) = (10_000, 2000);
        told(|| WinHttpSetTimeouts(session.handle, patience, patience, send_limit, patience)).unwrap();
        let flags = if self.secure { WINHTTP_FLAG_SECURE } else { 0 };
        let request = session.request_to("127.0.0.1", peer.port(), "POST", "/", flags);
        let started = Instant::now();
        upload(&request);
        request.receive().unwrap();
        assert!(started.elapsed() < Duration::from_secs(8), "the answer was not noticed in time");
        assert_eq!((request.status().unwrap(), request.body()), (413, b"large".to_vec()));
        drop(request);
        peer.finish();
    }
}

/// Row 76: a final answer before the body is written: the writing stops, the answer is delivered.
#[test]
fn row_76_early_answer() {
    each(&EARLY, |early| early.meets(|request| request.send_body(None, &vec![0; 24 << 20]).unwrap()));
}

/// Row 76 for WriteData: its calls go on to succeed.
#[test]
fn row_76_early_answer_while_writing() {
    each(&EARLY, |early| {
        early.meets(|request| {
            request.send_with(None, None, 24 << 20).unwrap();
            let piece = vec![0; 1 << 20];
            for number in 0..24 {
                assert_eq!(request.write(&piece).map_err(|error| (number, error.code())), Ok(1 << 20));
            }
        });
    });
}

/// Row 70 and section 9.1: an informational answer does not stop the writing, nor does the program's own Expect.
#[test]
fn informational_answers_while_writing() {
    let session = Session::open();
    for headers in [None, Some("Expect: 100-continue")] {
        let peer = Peer::script(|p| {
            let mut c = p.accept();
            c.expect("POST");
            c.reply("HTTP/1.1 100 Continue\r\n\r\n");
            c.stall(Duration::from_millis(50));
            c.body(6 << 20);
            c.reply("HTTP/1.1 102 Processing\r\n\r\n");
            c.body(6 << 20);
            c.reply(OK);
        });
        let request = session.request(peer.port(), "POST", "/");
        request.send_with(headers, Some(&vec![1; 8 << 20]), 12 << 20).unwrap();
        assert_eq!(request.write(&vec![2; 4 << 20]).unwrap(), 4 << 20);
        received(&request);
        assert_eq!(request.body(), b"ok");
    }
}

/// Section 8.5: a peer that resets in the middle: 12030 from WriteData, or later from ReceiveResponse.
#[test]
fn reset_while_writing() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("POST");
        c.body(1 << 20);
        c.reset();
    });
    let session = Session::open();
    let request = session.request(peer.port(), "POST", "/");
    request.send_with(None, None, 24 << 20).unwrap();
    let piece = vec![0; 1 << 20];
    let failed = (0..24).find_map(|_| request.write(&piece).err());
    assert_eq!(failed.map(|error| error.code()), Some(ERROR_WINHTTP_CONNECTION_ERROR));
    assert_eq!(code(request.receive()), STATE);
}

/// A large body, by the send and in pieces, arrives as it is.
#[test]
fn large_uploads() {
    let body: Vec<u8> = (0..20_000_000usize).map(|at| (at % 253) as u8 ^ (at >> 11) as u8).collect();
    let expected = body.clone();
    let server = Server::http(move |request| {
        Response::new(if request.body == expected { 200 } else { 400 }).body(request.body.len().to_string())
    });
    let session = Session::open();
    let request = session.request(server.port(), "POST", "/");
    request.send_body(None, &body).unwrap();
    received(&request);
    assert_eq!(request.body(), b"20000000");
    request.send_with(None, Some(&body[..1]), 20_000_000).unwrap();
    for piece in body[1..].chunks(100_001) {
        assert_eq!(request.write(piece).unwrap(), piece.len());
    }
    received(&request);
    assert_eq!(server.connections(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Section 8.5: however a body is cut into optional data and writes, it arrives as it is.
    #[test]
    fn any_cut_arrives_whole(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3000), 1..8),
        optional in any::<bool>(),
    ) {
        let whole = pieces.concat();
        let session = Session::open();
        let arrived = sent_by(|port| {
            let request = session.request(port, "POST", "/");
            let with_head = optional.then(|| pieces[0].as_slice());
            request.send_with(None, with_head, whole.len() as u32).unwrap();
            for piece in &pieces[usize::from(optional)..] {
                assert_eq!(request.write(piece).unwrap(), piece.len());
            }
            received(&request);
        });
        prop_assert_eq!(arrived.body, whole);
    }
}
