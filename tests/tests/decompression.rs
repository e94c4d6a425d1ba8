//! Bodies that are unpacked on the way: options.md 8.1, core.md 10 and 13, faults.md rows 130, 131 and 134.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::io::Write;
use std::time::Duration;

use conformance::packed::{CODINGS, FRAMINGS, Framing, gzip, noise, unpacked, unpacking, zlib};
use conformance::{Answer, Session, answers, code, each, redirect};
use flate2::Compression;
use openwinhttp::*;
use testserver::Peer;

const GZIP: u32 = WINHTTP_DECOMPRESSION_FLAG_GZIP;
const DEFLATE: u32 = WINHTTP_DECOMPRESSION_FLAG_DEFLATE;
const ALL: u32 = WINHTTP_DECOMPRESSION_FLAG_ALL;
const TEXT: &[u8] = b"hello hello hello, world";

/// Section 8.1: each coding in each framing; what told about the packed bytes is gone from the head.
#[test]
fn every_coding_in_every_framing() {
    let body = [TEXT, &noise(5000)].concat();
    let rows: Vec<_> = CODINGS.into_iter().flat_map(|coding| FRAMINGS.map(|framing| (coding, framing))).collect();
    each(&rows, |&(coding, framing)| {
        for flags in [coding.flag, ALL] {
            let answer = unpacked(flags, framing.reply(coding.name, &(coding.pack)(&body)));
            answer.assert_ok(200, &body);
            assert_eq!((answer.header("content-encoding"), answer.header("content-length")), (None, None));
            assert_eq!(answer.header("x-a"), Some("1"), "{}", answer.head);
        }
    });
}

/// Section 8.1: the two fields are gone from every kind of query; sections 15.1 and 10.7: trailers stay.
#[test]
fn queries() {
    let peer = answers([Framing::Length.reply("gzip", &gzip(TEXT)), Framing::Chunks(7).reply("gzip", &gzip(TEXT))]);
    let session = Session::open();
    for trailer in [None, Some("end")] {
        let request = unpacking(&session, peer.port(), GZIP);
        request.send().and_then(|()| request.receive()).unwrap();
        for name in ["Content-Encoding", "content-length"] {
            assert_eq!(request.headers(name), [""; 0]);
        }
        let gone = [
            WINHTTP_QUERY_CONTENT_ENCODING,
            WINHTTP_QUERY_CONTENT_LENGTH,
            WINHTTP_QUERY_CONTENT_LENGTH | WINHTTP_QUERY_FLAG_NUMBER,
            WINHTTP_QUERY_CONTENT_LENGTH | WINHTTP_QUERY_FLAG_NUMBER64,
        ];
        for level in gone {
            assert_eq!(code(request.query(level, None)), ERROR_WINHTTP_HEADER_NOT_FOUND, "{level:x}");
        }
        for level in [WINHTTP_QUERY_RAW_HEADERS, WINHTTP_QUERY_RAW_HEADERS_CRLF] {
            let head = request.text(level).unwrap();
            assert!(head.contains("X-A: 1") && !head.contains("Content-Length") && !head.contains("gzip"), "{head:?}");
        }
        assert_eq!(request.body(), TEXT);
        let found = request.query(WINHTTP_QUERY_CUSTOM | WINHTTP_QUERY_FLAG_TRAILERS, Some("X-T"));
        assert_eq!(found.ok().as_ref().and_then(HeaderValue::as_str), trailer);
    }
}

/// Section 8.1: what is not unpacked is as it came, head and body.
#[test]
fn what_is_left_alone() {
    let packed = gzip(TEXT);
    let rows = [
        (0, "gzip"),
        (0, "deflate"),
        (DEFLATE, "gzip"),
        (GZIP, "deflate"),
        (ALL, "compress"),
        (ALL, "identity"),
        (ALL, "nonsense"),
        (ALL, "gzip, gzip"),
        (ALL, "gzip, deflate"),
        (ALL, "gzip\r\nContent-Encoding: gzip"),
        (ALL, "gzip\r\nX-B: c\r\nContent-Encoding: deflate"),
        (ALL, ""),
    ];
    each(&rows, |&(flags, coding)| {
        for framing in [Framing::Length, Framing::Chunks(5), Framing::Close] {
            let answer = unpacked(flags, framing.reply(coding, &packed));
            answer.assert_ok(200, &packed);
            let expected = format!("\r\nContent-Encoding: {coding}\r\n");
            assert!(answer.head.contains(&expected), "{}", answer.head);
            let length = (framing == Framing::Length).then(|| packed.len().to_string());
            assert_eq!(answer.header("content-length"), length.as_deref());
        }
    });
}

/// Section 8.1: names of codings in any case, with blanks around.
#[test]
fn names_of_codings() {
    each(&["GZIP", "GZip ", " \tgzip", "gzip\t"], |name| {
        unpacked(ALL, Framing::Length.reply(name, &gzip(TEXT))).assert_ok(200, TEXT)
    });
    each(&["DEFLATE", "Deflate"], |name| unpacked(ALL, Framing::Length.reply(name, &zlib(TEXT))).assert_ok(200, TEXT));
}

/// Sections 6.1 and 8.1: Accept-Encoding says what is unpacked, over what the program says; without flags it is the program's.
#[test]
fn accept_encoding() {
    let rows = [(0, None), (GZIP, Some("gzip")), (DEFLATE, Some("deflate")), (ALL, Some("gzip, deflate"))];
    each(&rows, |&(flags, expected)| {
        for (own, on_session) in [(None, false), (None, true), (Some("br;q=1"), false), (Some("br;q=1"), true)] {
            let peer = answers(["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"]);
            let session = Session::open();
            if on_session {
                session.set(WINHTTP_OPTION_DECOMPRESSION, flags).unwrap();
            }
            let request = if on_session { session.get(peer.port()) } else { unpacking(&session, peer.port(), flags) };
            own.inspect(|own| request.add(&format!("Accept-Encoding: {own}"), WINHTTP_ADDREQ_FLAG_ADD).unwrap());
            Answer::to(&request).assert_ok(200, "ok");
            let expected = Vec::from_iter(expected.or(own));
            let sent = peer.requests().remove(0);
            assert_eq!(sent.header_values("accept-encoding").collect::<Vec<_>>(), expected);
            assert_eq!(request.request_headers("Accept-Encoding"), expected);
        }
    });
}

/// Section 8.1: what is no flag. (Extensions of the library may have the highest ones.)
#[test]
fn flags() {
    let session = Session::open();
    let request = session.get(Peer::refused_port());
    for (value, expected) in [(4u32, ERROR_INVALID_PARAMETER), (0x10, ERROR_INVALID_PARAMETER), (3, 0), (0, 0)] {
        assert_eq!(code(request.set(WINHTTP_OPTION_DECOMPRESSION, value)), expected, "{value}");
        assert_eq!(code(session.set(WINHTTP_OPTION_DECOMPRESSION, value)), expected, "{value}");
    }
}

/// Row 40 for packed bodies: however the bytes arrive, the same comes out.
#[test]
fn every_split() {
    for coding in CODINGS {
        let body = (coding.pack)(TEXT);
        for framing in [Framing::Length, Framing::Chunks(9)] {
            let reply = framing.reply(coding.name, &body);
            let head = reply.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
            let cuts: Vec<_> = (head..reply.len()).map(Some).chain([None]).collect();
            each(&cuts, |&cut| {
                let reply = reply.clone();
                let peer = Peer::script(move |p| {
                    let mut c = p.accept();
                    c.expect("GET");
                    match cut {
                        Some(at) => c.split_reply(reply, at),
                        None => c.drip(reply, Duration::from_micros(100)),
                    }
                });
                Answer::to(&unpacking(&Session::open(), peer.port(), ALL)).assert_ok(200, TEXT);
            });
        }
    }
}

/// Section 10.3: what is available is counted unpacked, and the next ReadData gives exactly that.
#[test]
fn available_bytes_are_unpacked_bytes() {
    let mut body = vec![b'x'; 300_000];
    body.extend(noise(30_000));
    each(&CODINGS, |coding| {
        for framing in FRAMINGS {
            let peer = answers([framing.reply(coding.name, &(coding.pack)(&body))]);
            let session = Session::open();
            let request = unpacking(&session, peer.port(), ALL);
            request.send().and_then(|()| request.receive()).unwrap();
            let mut read = Vec::new();
            loop {
                let available = request.available().unwrap();
                assert_eq!(request.available().unwrap(), available, "it does not change by asking");
                let bytes = request.read(available).unwrap();
                assert_eq!(bytes.len(), available);
                if available == 0 {
                    break;
                }
                read.extend(bytes);
            }
            assert!(read == body, "{} bytes of {}", read.len(), body.len());
        }
    });
}

/// Section 10.4: ReadData fills the buffer, whatever its size.
#[test]
fn reads_of_any_size() {
    let body = [vec![0; 100_000], noise(20_000)].concat();
    let packed = gzip(&body);
    each(&[7, 1000, 8192, 65_537, 200_000], |&size| {
        let peer = answers([Framing::Chunks(777).reply("gzip", &packed)]);
        let session = Session::open();
        let request = unpacking(&session, peer.port(), GZIP);
        request.send().and_then(|()| request.receive()).unwrap();
        for expected in body.chunks(size) {
            assert!(request.read(size).unwrap() == expected);
        }
        assert_eq!(request.body(), b"");
    });
}

/// Row 130: gzip in several pieces behind each other is all of them.
#[test]
fn row_130_several_members() {
    let packed = [gzip(b"hello "), gzip(b""), gzip(b"world")].concat();
    unpacked(GZIP, Framing::Length.reply("gzip", &packed)).assert_ok(200, "hello world");
}

/// RFC 1952: a header with everything in it.
#[test]
fn a_long_gzip_header() {
    let mut packer = flate2::GzBuilder::new()
        .filename("name")
        .comment("comment")
        .extra(vec![7; 300])
        .mtime(9)
        .write(Vec::new(), Compression::best());
    packer.write_all(TEXT).unwrap();
    let packed = packer.finish().unwrap();
    each(&FRAMINGS, |framing| unpacked(GZIP, framing.reply("gzip", &packed)).assert_ok(200, TEXT));
}

/// Section 8.1 and row 134: where there is no body there is nothing to unpack, and the head is as it came.
#[test]
fn row_134_no_body() {
    let rows = [("HEAD", 200, "Content-Length: 44"), ("GET", 204, "X-B: c"), ("GET", 304, "Content-Length: 44")];
    each(&rows, |&(verb, status, field)| {
        let reply = format!("HTTP/1.1 {status} Some\r\nContent-Encoding: gzip\r\n{field}\r\n\r\n");
        let peer = answers([reply.as_str(), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"]);
        let session = Session::open();
        let request = session.request(peer.port(), verb, "/");
        request.set(WINHTTP_OPTION_DECOMPRESSION, ALL).unwrap();
        let answer = Answer::to(&request);
        answer.assert_ok(status, "");
        assert_eq!(answer.head, reply);
        Answer::to(&session.get(peer.port())).assert_ok(200, "ok");
        peer.finish();
    });
}

/// Row 134: nor is an empty body an error.
#[test]
fn row_134_empty_bodies() {
    each(&FRAMINGS, |framing| unpacked(ALL, framing.reply("gzip", b"")).assert_ok(200, ""));
    each(&CODINGS, |coding| unpacked(ALL, Framing::Length.reply(coding.name, &(coding.pack)(b""))).assert_ok(200, ""));
}

/// Section 13: the connection is used again after a body that was unpacked, read or not.
#[test]
fn the_connection_is_kept() {
    for framing in [Framing::Length, Framing::Chunks(10)] {
        let peer = answers(vec![framing.reply("gzip", &gzip(TEXT)); 4]);
        let session = Session::open();
        for _ in 0..2 {
            Answer::to(&unpacking(&session, peer.port(), GZIP)).assert_ok(200, TEXT);
        }
        let request = unpacking(&session, peer.port(), GZIP);
        request.send().and_then(|()| request.receive()).unwrap();
        Answer::to(&request).assert_ok(200, TEXT);
        peer.finish();
    }
}

/// core.md 9.2: nobody unpacks what a redirect carries; the next answer goes by its own head.
#[test]
fn along_a_redirect() {
    let place = redirect(302, "/there")
        .replace("Content-Length: 0\r\n\r\n", "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nbad");
    let peer = answers([place.into_bytes(), Framing::Length.reply("gzip", &gzip(TEXT))]);
    let session = Session::open();
    Answer::to(&unpacking(&session, peer.port(), ALL)).assert_ok(200, TEXT);
    assert_eq!(peer.requests()[1].header("accept-encoding"), Some("gzip, deflate"));
    peer.finish();
}
