//! Bodies that are unpacked on the way: options.md 8.1, core.md 10 and 13, decision 6, faults.md rows 130 to 132 and 134.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::io::Write;
use std::time::Duration;

use conformance::{Answer, Request, Session, Stage, answers, code, each, redirect};
use flate2::{Compression, write};
use openwinhttp::*;
use testserver::Peer;

const GZIP: u32 = WINHTTP_DECOMPRESSION_FLAG_GZIP;
const DEFLATE: u32 = WINHTTP_DECOMPRESSION_FLAG_DEFLATE;
const ALL: u32 = WINHTTP_DECOMPRESSION_FLAG_ALL;
const BAD: u32 = ERROR_WINHTTP_INVALID_SERVER_RESPONSE;
const CUT: u32 = ERROR_WINHTTP_CONNECTION_ERROR;
const TEXT: &[u8] = b"hello hello hello, world";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = write::GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut packer = write::ZlibEncoder::new(Vec::new(), Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn raw_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut packer = write::DeflateEncoder::new(Vec::new(), Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// Bytes that hardly get shorter.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// A coding as Content-Encoding names it, and what makes it.
#[derive(Clone, Copy, Debug)]
struct Coding {
    name: &'static str,
    flag: u32,
    pack: fn(&[u8]) -> Vec<u8>,
}

const CODINGS: [Coding; 3] = [
    Coding { name: "gzip", flag: GZIP, pack: gzip },
    Coding { name: "deflate", flag: DEFLATE, pack: zlib },
    Coding { name: "deflate", flag: DEFLATE, pack: raw_deflate },
];

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Length,
    Chunks(usize),
    Close,
}

const FRAMINGS: [Framing; 4] = [Framing::Length, Framing::Chunks(1), Framing::Chunks(1000), Framing::Close];

impl Framing {
    /// An answer with this body, which is said to have this coding.
    fn reply(self, coding: &str, body: &[u8]) -> Vec<u8> {
        let head = format!("HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Encoding: {coding}\r\n");
        let (field, body) = match self {
            Framing::Length => (format!("Content-Length: {}\r\n\r\n", body.len()), body.to_vec()),
            Framing::Close => ("Connection: close\r\n\r\n".to_owned(), body.to_vec()),
            Framing::Chunks(size) => ("Transfer-Encoding: chunked\r\n\r\n".to_owned(), chunks(size, body)),
        };
        [head.as_bytes(), field.as_bytes(), &body].concat()
    }
}

fn chunks(size: usize, body: &[u8]) -> Vec<u8> {
    let chunk = |piece: &[u8]| [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
    [body.chunks(size).flat_map(chunk).collect(), b"0\r\nX-T: end\r\n\r\n".to_vec()].concat()
}

fn unpacking(session: &Session, port: u16, flags: u32) -> Request {
    let request = session.get(port);
    request.set(WINHTTP_OPTION_DECOMPRESSION, flags).unwrap();
    request
}

/// The answer to a request that wants this unpacked.
fn answer(flags: u32, reply: Vec<u8>) -> Answer {
    let peer = answers([reply]);
    let answer = Answer::to(&unpacking(&Session::open(), peer.port(), flags));
    peer.finish();
    answer
}

/// Section 8.1: each coding in each framing; what told about the packed bytes is gone from the head.
#[test]
fn every_coding_in_every_framing() {
    let body = [TEXT, &noise(5000)].concat();
    let rows: Vec<_> = CODINGS.into_iter().flat_map(|coding| FRAMINGS.map(|framing| (coding, framing))).collect();
    each(&rows, |&(coding, framing)| {
        for flags in [coding.flag, ALL] {
            let answer = answer(flags, framing.reply(coding.name, &(coding.pack)(&body)));
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
        gone.map(|level| assert_eq!(code(request.query(level, None)), ERROR_WINHTTP_HEADER_NOT_FOUND, "{level:x}"));
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
            let answer = answer(flags, framing.reply(coding, &packed));
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
        answer(ALL, Framing::Length.reply(name, &gzip(TEXT))).assert_ok(200, TEXT)
    });
    each(&["DEFLATE", "Deflate"], |name| answer(ALL, Framing::Length.reply(name, &zlib(TEXT))).assert_ok(200, TEXT));
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
            own.map(|own| request.add(&format!("Accept-Encoding: {own}"), WINHTTP_ADDREQ_FLAG_ADD).unwrap());
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

/// What a broken body begins with, and what it may end with.
type Broken = (&'static str, &'static str, Vec<u8>, &'static [u32]);

fn broken() -> Vec<Broken> {
    let (gz, zl) = (gzip(TEXT), zlib(TEXT));
    let at = |bytes: &[u8], at: usize, to: u8| {
        let mut bytes = bytes.to_vec();
        bytes[at] = to;
        bytes
    };
    let end = |bytes: &[u8], back: usize| at(bytes, bytes.len() - back, !bytes[bytes.len() - back]);
    let cut = |bytes: &[u8], length: usize| bytes[..length].to_vec();
    let plus = |bytes: &[u8], more: &[u8]| [bytes, more].concat();
    vec![
        ("gzip", "no magic", at(&gz, 0, 0), &[BAD]),
        ("gzip", "no magic at all", TEXT.to_vec(), &[BAD]),
        ("gzip", "another method", at(&gz, 2, 9), &[BAD]),
        ("gzip", "a block of no kind", at(&gz, 10, 7), &[BAD]),
        ("gzip", "wrong sum", end(&gz, 8), &[BAD]),
        ("gzip", "wrong length", end(&gz, 1), &[BAD]),
        ("gzip", "trailing garbage", plus(&gz, b"garbage"), &[BAD]),
        ("deflate", "another method", at(&zl, 0, 0x79), &[BAD]),
        ("deflate", "wrong sum", end(&zl, 1), &[BAD]),
        ("deflate", "trailing garbage", plus(&zl, b"garbage"), &[BAD]),
        ("deflate", "trailing garbage, raw", plus(&raw_deflate(TEXT), b"garbage"), &[BAD]),
        // The message is whole, what it holds is not.
        ("gzip", "half", cut(&gz, gz.len() / 2), &[BAD, CUT]),
        ("gzip", "a part of the header", cut(&gz, 5), &[BAD, CUT]),
        ("gzip", "without its sum", cut(&gz, gz.len() - 8), &[BAD, CUT]),
        ("deflate", "half", cut(&zl, zl.len() / 2), &[BAD, CUT]),
        ("deflate", "a byte", cut(&zl, 1), &[BAD, CUT]),
        ("deflate", "half, raw", cut(&raw_deflate(TEXT), 8), &[BAD, CUT]),
    ]
}

/// Section 8.1 and row 130: what is broken gives the bytes before, and then fails for good; it is never a shorter success.
#[test]
fn row_130_broken_bodies() {
    each(&broken(), |(coding, what, body, codes)| {
        for framing in FRAMINGS {
            let answer = answer(ALL, framing.reply(coding, body));
            let Some((Stage::Body, code)) = answer.failure else { panic!("{what}, {framing:?}: {answer:?}") };
            assert!(codes.contains(&code), "{what}, {framing:?}: {code}");
            assert!(TEXT.starts_with(&answer.body), "{what}, {framing:?}: {answer:?}");
            let all_came = what.starts_with("wrong") || what.starts_with("trailing") || what.starts_with("without");
            assert!(!all_came || answer.body == TEXT, "{what}, {framing:?}: {answer:?}");
        }
    });
}

/// Row 130: bytes that came before the fault are delivered, however much later it is found.
#[test]
fn row_130_bytes_before_the_fault() {
    let body = noise(200_000);
    let mut packed = gzip(&body);
    let middle = packed.len() - 4;
    packed[middle] ^= 1;
    let broken = answer(GZIP, Framing::Length.reply("gzip", &packed));
    broken.assert_failed(Stage::Body, BAD);
    assert!(broken.body == body, "{} bytes", broken.body.len());
}

/// Decision 6: a message that is cut off is that first: the bytes, then 12030.
#[test]
fn cut_off_messages() {
    let body = noise(3000);
    let rows: Vec<_> =
        CODINGS.into_iter().flat_map(|coding| [Framing::Length, Framing::Chunks(100)].map(|f| (coding, f))).collect();
    each(&rows, |&(coding, framing)| {
        let mut reply = framing.reply(coding.name, &(coding.pack)(&body));
        reply.truncate(reply.len() - 1000);
        let cut = answer(ALL, reply);
        cut.assert_failed(Stage::Body, CUT);
        assert!(!cut.body.is_empty() && body.starts_with(&cut.body), "{} bytes", cut.body.len());
    });
}

/// Row 130: gzip in several pieces behind each other is all of them.
#[test]
fn row_130_several_members() {
    let packed = [gzip(b"hello "), gzip(b""), gzip(b"world")].concat();
    answer(GZIP, Framing::Length.reply("gzip", &packed)).assert_ok(200, "hello world");
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
    each(&FRAMINGS, |framing| answer(GZIP, framing.reply("gzip", &packed)).assert_ok(200, TEXT));
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
    each(&FRAMINGS, |framing| answer(ALL, framing.reply("gzip", b"")).assert_ok(200, ""));
    each(&CODINGS, |coding| answer(ALL, Framing::Length.reply(coding.name, &(coding.pack)(b""))).assert_ok(200, ""));
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

/// Row 132: a body of zeros, a thousand times as long as it arrives, is read piece by piece in little memory.
#[test]
fn row_132_a_bomb() {
    let peer = answers([Framing::Length.reply("deflate", &zeros(BOMB))]);
    let session = Session::open();
    let request = unpacking(&session, peer.port(), DEFLATE);
    request.send().and_then(|()| request.receive()).unwrap();
    let (mut length, mut most, before) = (0, 0, memory());
    let mut buffer = vec![1; 1 << 20];
    loop {
        let read = WinHttpReadData(request.handle, &mut buffer).unwrap();
        assert!(buffer[..read].iter().all(|&byte| byte == 0));
        length += read;
        most = most.max(memory());
        if read == 0 {
            break;
        }
    }
    assert_eq!(length, BOMB);
    assert!(most.saturating_sub(before) < 64 << 20, "{} bytes of memory", most - before);
}

/// So many zeros, a whole number of MiB, packed: a block that ends on a whole byte can be repeated.
fn zeros(length: usize) -> Vec<u8> {
    let mut packer = write::DeflateEncoder::new(Vec::new(), Compression::best());
    packer.write_all(&vec![0; 1 << 20]).unwrap();
    packer.flush().unwrap();
    let block = packer.get_ref().clone();
    [block.repeat(length >> 20), raw_deflate(b"")].concat()
}

/// The memory of this process in bytes, where the system tells it.
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<usize>().ok()).unwrap_or(0) << 10
}

const BOMB: usize = 256 << 20;
