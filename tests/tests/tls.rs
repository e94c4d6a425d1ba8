//! TLS: faults.md, "TLS" (rows 100 to 113) and rows 68 and 69, decisions 7 and 12.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::sync::Arc;
use std::time::Duration;

use conformance::{Answer, Ending, Session, Stage, code, each, told, with_reset};
use openwinhttp::*;
use testserver::serve::{Response, Server};
use testserver::{Conversation, Peer, TlsKind};

const SECURE_FAILURE: u32 = ERROR_WINHTTP_SECURE_FAILURE;
const BROKEN: u32 = ERROR_WINHTTP_CONNECTION_ERROR;
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn get(session: &Session, peer: &Peer) -> Answer {
    Answer::to(&session.secure_request(peer.port(), "GET", "/"))
}

/// A good exchange, with the protocol agreed on.
#[test]
fn good_certificate() {
    let peer = Peer::tls(TlsKind::Good, |p| {
        let mut c = p.accept();
        assert_eq!(c.alpn(), Some(b"http/1.1".as_slice()));
        assert_eq!(c.server_name(), None, "an address is no host name");
        let request = c.expect("GET / HTTP/1.1");
        assert_eq!(request.header("connection"), Some("Keep-Alive"));
        c.reply(OK);
        c.expect("GET /");
        c.reply(OK);
    });
    let session = Session::trusting();
    for _ in 0..2 {
        get(&session, &peer).assert_ok(200, "ok");
    }
    assert_eq!(peer.connections(), 1);
}

/// The CA is taken as PEM or DER, and next to other certificates.
#[test]
fn forms_of_the_trusted_certificate() {
    let two = [testserver::ca_pem(), testserver::ca_pem()].concat();
    let forms: [&[u8]; 3] = [testserver::ca_pem().as_bytes(), testserver::ca_der(), two.as_bytes()];
    each(&forms, |certificate| {
        let peer = Peer::tls(TlsKind::Good, |p| {
            let mut c = p.accept();
            c.expect("GET");
            c.reply(OK);
        });
        let session = Session::open();
        told(|| ext::TrustCertificate(session.handle, certificate)).unwrap();
        get(&session, &peer).assert_ok(200, "ok");
    });
}

/// What is no certificate is refused.
#[test]
fn what_is_no_certificate() {
    let session = Session::open();
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for certificate in [b"".as_slice(), b"nonsense", broken.as_bytes(), &testserver::ca_der()[..100]] {
        let refused = told(|| ext::TrustCertificate(session.handle, certificate));
        assert_eq!(code(refused), ERROR_INVALID_PARAMETER, "{}", certificate.escape_ascii());
    }
}

/// Section 5.2: a host name is verified and told to the peer (SNI).
#[test]
fn host_name() {
    let peer = Peer::tls(TlsKind::Good, |p| {
        let mut c = p.accept();
        assert_eq!(c.server_name(), Some("localhost"));
        c.expect("GET");
        c.reply(OK);
    });
    let session = Session::trusting();
    let request = session.request_to("localhost", peer.port(), "GET", "/", WINHTTP_FLAG_SECURE);
    Answer::to(&request).assert_ok(200, "ok");
}

/// Rows 100, 101, 102, 107 and decision 7: 12175 from the send, and nothing was sent.
#[test]
fn rows_100_to_107_bad_certificates() {
    let kinds =
        [TlsKind::Expired, TlsKind::NotYetValid, TlsKind::WrongName, TlsKind::SelfSigned, TlsKind::NoCommonVersion];
    each(&kinds, |&kind| {
        let peer = Peer::tls(kind, |p| {
            let c = p.accept();
            assert!(c.handshake_error().is_some(), "the handshake was completed");
        });
        let session = Session::trusting();
        let request = session.secure_request(peer.port(), "GET", "/");
        for _ in 0..2 {
            assert_eq!(code(request.receive()), ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
        }
        Answer::to(&request).assert_failed(Stage::Send, SECURE_FAILURE);
        assert_eq!(code(request.receive()), ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
        assert_eq!(peer.requests(), []);
        peer.finish();
    });
}

/// Row 100: a CA nobody told us to trust.
#[test]
fn row_100_untrusted_ca() {
    let peer = Peer::tls(TlsKind::Good, |p| assert!(p.accept().handshake_error().is_some()));
    get(&Session::open(), &peer).assert_failed(Stage::Send, SECURE_FAILURE);
    assert_eq!(peer.requests(), []);
}

/// Row 101: and under a host name, as well.
#[test]
fn row_101_wrong_host_name() {
    let peer = Peer::tls(TlsKind::WrongName, |p| assert!(p.accept().handshake_error().is_some()));
    let session = Session::trusting();
    let request = session.request_to("localhost", peer.port(), "GET", "/", WINHTTP_FLAG_SECURE);
    Answer::to(&request).assert_failed(Stage::Send, SECURE_FAILURE);
}

/// Row 109: plain HTTP answered on a TLS port.
#[test]
fn row_109_plain_http_on_a_tls_port() {
    let rows = ["HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "SSH-2.0-OpenSSH_9.0\r\n"];
    each(&rows, |&reply| {
        let peer = Peer::tls(TlsKind::Good, move |p| {
            let mut c = p.accept_plain();
            c.body(5);
            c.reply(reply);
            c.drain();
        });
        get(&Session::trusting(), &peer).assert_failed(Stage::Send, SECURE_FAILURE);
        peer.finish();
    });
}

/// Row 110: the connection ends in the handshake: not a certificate error.
#[test]
fn row_110_end_in_the_handshake() {
    each(&[Ending::Close, Ending::Reset], |&ending| {
        let peer = Peer::tls(TlsKind::Good, move |p| {
            let mut c = p.accept_plain();
            c.body(5);
            c.stall(Duration::from_millis(50));
            ending.play(c);
            p.expect_no_connection(Duration::from_millis(200));
        });
        get(&Session::trusting(), &peer).assert_failed(Stage::Send, BROKEN);
        peer.finish();
    });
}

/// Row 111: a handshake that stalls, at once or after a while.
#[test]
fn row_111_stall_in_the_handshake() {
    each(&[b"".as_slice(), b"\x16\x03\x03\x00"], |&begin| {
        let peer = Peer::tls(TlsKind::Good, move |p| {
            let mut c = p.accept_plain();
            c.reply(begin);
            c.drain();
        });
        let session = Session::trusting();
        session.set_timeouts(Duration::from_millis(300));
        get(&session, &peer).assert_failed(Stage::Send, ERROR_WINHTTP_TIMEOUT);
        peer.finish();
    });
}

/// A TLS peer that answers with `reply` and then ends the connection this way.
fn ended(reply: &'static str, end: fn(Conversation)) -> Answer {
    let peer = Peer::tls(TlsKind::Good, move |p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply(reply);
        end(c);
    });
    let answer = get(&Session::trusting(), &peer);
    peer.finish();
    answer
}

/// Rows 66 and 68: without a length, only a close_notify is a proper end.
#[test]
fn row_68_end_without_close_notify() {
    let reply = "HTTP/1.1 200 OK\r\n\r\nhello";
    ended(reply, Conversation::close).assert_ok(200, "hello");
    let answer = ended(reply, Conversation::close_without_notify);
    answer.assert_failed(Stage::Body, BROKEN);
    assert_eq!(answer.body, b"hello");
}

/// Row 69: a complete body needs no close_notify.
#[test]
fn row_69_complete_without_close_notify() {
    ended(OK, Conversation::close_without_notify).assert_ok(200, "ok");
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    ended(chunked, Conversation::close_without_notify).assert_ok(200, "ok");
}

/// Row 69: but the connection is not used again, by a request that could not be repeated neither.
#[test]
fn row_69_is_not_kept() {
    let peer = Peer::tls(TlsKind::Good, |p| {
        for _ in 0..2 {
            let mut c = p.accept();
            c.expect("POST");
            c.reply(OK);
            c.close_without_notify();
        }
    });
    let session = Session::trusting();
    for _ in 0..2 {
        Answer::to(&session.secure_request(peer.port(), "POST", "/")).assert_ok(200, "ok");
        std::thread::sleep(Duration::from_millis(1300));
    }
}

/// Rows 42, 61 and 112: a body cut short, with close_notify and without.
#[test]
fn row_112_cut_bodies() {
    let replies = [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ];
    let ends: [fn(Conversation); 2] = [Conversation::close, Conversation::close_without_notify];
    for reply in replies {
        for end in ends {
            let answer = ended(reply, end);
            answer.assert_failed(Stage::Body, BROKEN);
            assert_eq!(answer.body, b"hello");
        }
    }
}

/// Rows 14 to 17 under TLS: the connection ends in the head.
#[test]
fn end_in_the_head() {
    let bad = ERROR_WINHTTP_INVALID_SERVER_RESPONSE;
    ended("HTTP/1.1 200 OK\r\n", Conversation::close).assert_failed(Stage::Receive, bad);
    with_reset(|| ended("HTTP/1.1 200 OK\r\n", Conversation::reset)).assert_failed(Stage::Receive, BROKEN);
}

/// A TLS peer that begins to answer like this, and says nothing more.
fn silent_after(reply: &'static str) -> Peer {
    Peer::tls(TlsKind::Good, move |p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply(reply);
        c.drain();
    })
}

/// faults.md rows 79 and 81 under TLS.
#[test]
fn timeouts() {
    let session = Session::trusting();
    let peer = silent_after("");
    let request = session.secure_request(peer.port(), "GET", "/");
    // The handshake has to fit into it, too.
    request.set(WINHTTP_OPTION_RECEIVE_TIMEOUT, 2000u32).unwrap();
    Answer::to(&request).assert_failed(Stage::Receive, ERROR_WINHTTP_TIMEOUT);
    peer.finish();

    let peer = silent_after("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    let request = session.secure_request(peer.port(), "GET", "/");
    request.send().unwrap();
    request.receive().unwrap();
    request.set_timeouts(Duration::from_millis(300));
    assert_eq!(request.read_all(), (b"hello".to_vec(), ERROR_WINHTTP_TIMEOUT));
    peer.finish();
}

/// Row 40 under TLS: a response that drips, each byte a record of its own.
#[test]
fn dripping_records() {
    let peer = Peer::tls(TlsKind::Good, |p| {
        let mut c = p.accept();
        c.expect("GET");
        c.drip(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\nX: y\r\n\r\n",
            Duration::ZERO,
        );
    });
    get(&Session::trusting(), &peer).assert_ok(200, "hello");
}

/// FNV-1a, so that a large body is compared by a number.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, &byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8 ^ (at >> 10) as u8).collect()
}

/// Large downloads and uploads, compared by checksum; one connection for all of them.
#[test]
fn large_bodies_both_ways() {
    let whole: Arc<[u8]> = pattern(12 << 20).into();
    let server = Server::https({
        let whole = whole.clone();
        move |request| match request.target() {
            "/length" => Response::new(200).body(whole.to_vec()),
            "/chunks" => Response::new(200).chunked(30_000, whole.clone()),
            _ => Response::new(200).header("X-Sum", &checksum(&request.body).to_string()),
        }
    });
    let (session, sum) = (Session::trusting(), checksum(&whole));
    for path in ["/length", "/chunks"] {
        let request = session.secure_request(server.port(), "GET", path);
        request.send().and_then(|()| request.receive()).unwrap();
        assert_eq!(checksum(&request.body()), sum, "{path}");
    }
    let request = session.secure_request(server.port(), "POST", "/upload");
    request.send_body(None, &whole).and_then(|()| request.receive()).unwrap();
    assert_eq!(request.header("x-sum").unwrap(), sum.to_string());
    request.send_with(None, Some(&whole[..1000]), whole.len() as u32).unwrap();
    for piece in whole[1000..].chunks(77_777) {
        assert_eq!(request.write(piece).unwrap(), piece.len());
    }
    request.receive().unwrap();
    assert_eq!(request.header("x-sum").unwrap(), sum.to_string());
    assert_eq!(server.connections(), 1);
}
