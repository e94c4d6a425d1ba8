//! Reading the body: core.md 10.1, 10.3, 10.4 and 10.7; every shape of response in every kind of pieces
//! (faults.md row 40).

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::sync::Arc;
use std::time::Duration;

use conformance::{Answer, Ending, Request, Session, Stage, answer_to, each, exchange};
use openwinhttp::*;
use proptest::prelude::*;
use testserver::Peer;
use testserver::serve::{Response, Server};

/// A response with every feature of its kind: how it is asked for, what is sent, what is delivered.
#[derive(Debug)]
struct Shape {
    verb: &'static str,
    reply: &'static str,
    status: u32,
    body: &'static str,
    /// What the body's trailer `X-T` is.
    trailer: Option<&'static str>,
}

const SHAPES: [Shape; 8] = [
    Shape {
        verb: "GET",
        reply: "HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 11\r\n\r\nhello world",
        status: 200,
        body: "hello world",
        trailer: None,
    },
    Shape {
        verb: "GET",
        reply: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\"b\"\r\nhello\r\n06\r\n world\r\n0\r\nX-T: end\r\n\r\n",
        status: 200,
        body: "hello world",
        trailer: Some("end"),
    },
    Shape {
        verb: "GET",
        reply: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n",
        status: 200,
        body: "hello world",
        trailer: None,
    },
    Shape {
        verb: "GET",
        reply: "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello world",
        status: 200,
        body: "hello world",
        trailer: None,
    },
    Shape { verb: "GET", reply: "HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n", status: 204, body: "", trailer: None },
    Shape {
        verb: "GET",
        reply: "HTTP/1.1 304 Not Modified\r\nContent-Length: 11\r\n\r\n",
        status: 304,
        body: "",
        trailer: None,
    },
    Shape {
        verb: "HEAD",
        reply: "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n",
        status: 200,
        body: "",
        trailer: None,
    },
    Shape {
        verb: "GET",
        reply: "HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 103\r\n\r\nHTTP/1.1 201 Made\nContent-Length: 2\n\nok",
        status: 201,
        body: "ok",
        trailer: None,
    },
];

/// How a reply is cut.
#[derive(Clone, Copy, Debug)]
enum Pieces {
    Whole,
    SplitAt(usize),
    Bytes,
}

/// One exchange of this shape; the raw head comes back for comparison.
fn play(shape: &'static Shape, pieces: Pieces) -> String {
    let peer = Peer::script(move |p| {
        let mut c = p.accept();
        c.expect(shape.verb);
        match pieces {
            Pieces::Whole => c.reply(shape.reply),
            Pieces::SplitAt(at) => c.split_reply(shape.reply, at),
            Pieces::Bytes => c.drip(shape.reply, Duration::from_micros(100)),
        }
    });
    let session = Session::open();
    let request = session.request(peer.port(), shape.verb, "/");
    let answer = Answer::to(&request);
    answer.assert_ok(shape.status, shape.body);
    let trailer = request.query(WINHTTP_QUERY_CUSTOM | WINHTTP_QUERY_FLAG_TRAILERS, Some("x-t")).ok();
    assert_eq!(trailer.as_ref().and_then(HeaderValue::as_str), shape.trailer);
    answer.head
}

/// Row 40 and section 10.1: each shape, split at every byte boundary and byte by byte, is what it is in one piece.
#[test]
fn row_40_every_shape_split_at_every_boundary() {
    for shape in &SHAPES {
        let whole = play(shape, Pieces::Whole);
        let splits = (1..shape.reply.len()).map(Pieces::SplitAt);
        let cuts: Vec<_> = splits.chain([Pieces::Bytes]).collect();
        each(&cuts, |&pieces| assert_eq!(play(shape, pieces), whole));
    }
}

/// Rows 15 to 17, 42, 43, 61, 67 and 73: of no shape is a beginning taken for the whole, whether FIN cuts it or RST.
#[test]
fn every_beginning_is_an_error() {
    for shape in &SHAPES {
        let cuts: Vec<_> =
            (0..shape.reply.len()).flat_map(|cut| [(cut, Ending::Close), (cut, Ending::Reset)]).collect();
        each(&cuts, |&(cut, ending)| {
            let answer = exchange(shape.verb, &shape.reply[..cut], ending);
            let head_is_whole = answer.status != 0;
            assert!(!head_is_whole || shape.body.starts_with(std::str::from_utf8(&answer.body).unwrap()), "{answer:?}");
            match (head_is_whole, ending) {
                // The one shape that ends with its connection.
                (true, Ending::Close) if shape.reply.contains("Connection: close") => assert_eq!(answer.failure, None),
                (true, _) => answer.assert_failed(Stage::Body, ERROR_WINHTTP_CONNECTION_ERROR),
                (false, Ending::Reset) => answer.assert_failed(Stage::Receive, ERROR_WINHTTP_CONNECTION_ERROR),
                (false, _) => answer.assert_failed(Stage::Receive, ERROR_WINHTTP_INVALID_SERVER_RESPONSE),
            }
        });
    }
}

/// Section 10.3: n bytes are available, and the next ReadData of n gives exactly n.
#[test]
fn available_bytes_can_be_read() {
    let replies = [
        "HTTP/1.1 200 OK\r\nContent-Length: 128\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n80\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
    ];
    each(&replies, |head| {
        let (body, end) = ("x".repeat(128), if head.contains("chunked") { "\r\n0\r\n\r\n" } else { "" });
        let reply = format!("{head}{body}{end}");
        let peer = Peer::script(move |p| {
            let mut c = p.accept();
            c.expect("GET");
            c.reply(reply);
        });
        let session = Session::open();
        let request = session.got(peer.port());
        let available = request.available().unwrap();
        assert_eq!(available, 128, "a small body is announced in one go");
        assert_eq!(request.available().unwrap(), available, "announced again until it is read");
        assert_eq!(request.read(available).unwrap().len(), available);
        assert_eq!((request.available().unwrap(), request.read(1).unwrap().len()), (0, 0));
    });
}

/// Section 10.3: announced bytes are not recomputed until they are consumed: a part read leaves the rest.
#[test]
fn available_counts_down() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world");
    });
    let session = Session::open();
    let request = session.got(peer.port());
    assert_eq!(request.available().unwrap(), 11);
    assert_eq!(request.read(6).unwrap(), b"hello ");
    assert_eq!(request.available().unwrap(), 5);
    assert_eq!(request.read(100).unwrap(), b"world");
}

/// Section 10.3: with nothing there, QueryDataAvailable waits for the next bytes.
#[test]
fn available_waits_for_data() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
        c.stall(Duration::from_millis(100));
        c.reply("hello");
    });
    let session = Session::open();
    let request = session.got(peer.port());
    assert_eq!(request.available().unwrap(), 5);
    assert_eq!(request.read(5).unwrap(), b"hello");
}

/// Section 10.4: ReadData goes on until its buffer is full or the response ends, across pieces and chunks.
#[test]
fn read_fills_the_buffer() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for piece in ["2\r\nab\r\n", "3\r\ncd", "e\r\n5\r\nfghij\r\n", "0\r\n\r\n"] {
            c.reply(piece);
            c.stall(Duration::from_millis(30));
        }
    });
    let session = Session::open();
    let request = session.got(peer.port());
    assert_eq!(request.read(7).unwrap(), b"abcdefg");
    assert_eq!(request.read(7).unwrap(), b"hij");
    assert_eq!(request.read(7).unwrap(), b"");
}

/// Section 10.4: no room is no harm, at any time.
#[test]
fn read_of_zero_bytes() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    });
    let session = Session::open();
    let request = session.got(peer.port());
    assert_eq!(request.read(0).unwrap(), b"");
    assert_eq!(request.read(5).unwrap(), b"hello");
    assert_eq!(request.read(0).unwrap(), b"");
}

/// Section 10.1 and faults.md row 64: a response without a body does not wait, even on a connection that stays open.
#[test]
fn no_body_no_waiting() {
    each(&[("GET", "HTTP/1.1 304 Not Modified\r\n\r\n"), ("HEAD", "HTTP/1.1 200 OK\r\n\r\n")], |&(verb, reply)| {
        let peer = Peer::script(move |p| {
            let mut c = p.accept();
            c.expect(verb);
            c.reply(reply);
            c.stall(Duration::from_secs(8));
        });
        let session = Session::with_timeouts(Duration::from_secs(2));
        let answer = Answer::to(&session.request(peer.port(), verb, "/"));
        assert_eq!((answer.failure, answer.body.len()), (None, 0));
    });
}

/// Section 10.7: trailers can be queried after the end of the body; one that is not there is 12150.
#[test]
fn trailers_after_the_body() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-H: head\r\n\r\n");
        c.reply("2\r\nok\r\n0\r\nX-T: one\r\nX-T: two\r\nX-N: 17\r\n\r\n");
    });
    let session = Session::open();
    let request = session.got(peer.port());
    let trailers = WINHTTP_QUERY_CUSTOM | WINHTTP_QUERY_FLAG_TRAILERS;
    assert_eq!(request.body(), b"ok");
    assert_eq!(request.query(trailers, Some("x-t")).unwrap().as_str(), Some("one"));
    let number = request.query(trailers | WINHTTP_QUERY_FLAG_NUMBER, Some("x-n")).unwrap();
    assert_eq!(number.number(), Some(17));
    for name in ["x-h", "x-other"] {
        let missing = request.query(trailers, Some(name));
        assert_eq!(missing.unwrap_err().code(), ERROR_WINHTTP_HEADER_NOT_FOUND);
    }
    let header = request.header("x-t");
    assert_eq!(header.unwrap_err().code(), ERROR_WINHTTP_HEADER_NOT_FOUND, "trailers are no headers");
}

/// Sections 10.1 and 10.7: a body without trailers has none.
#[test]
fn no_trailers_without_chunks() {
    let answer_of = |reply: &'static str| {
        let peer = Peer::script(move |p| {
            let mut c = p.accept();
            c.expect("GET");
            c.reply(reply);
        });
        let session = Session::open();
        let request = session.got(peer.port());
        request.body();
        request.query(WINHTTP_QUERY_CUSTOM | WINHTTP_QUERY_FLAG_TRAILERS, Some("x-t")).unwrap_err().code()
    };
    for reply in
        ["HTTP/1.1 200 OK\r\nX-T: h\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 204 No Content\r\nX-T: h\r\n\r\n"]
    {
        assert_eq!(answer_of(reply), ERROR_WINHTTP_HEADER_NOT_FOUND);
    }
}

/// Section 10.4: bytes are raw, all 256 of them.
#[test]
fn bytes_are_raw() {
    let bytes: Vec<u8> = (0..=255).collect();
    let reply = [b"HTTP/1.1 200 OK\r\nContent-Length: 256\r\n\r\n".as_slice(), &bytes].concat();
    exchange("GET", reply, Ending::Close).assert_ok(200, bytes);
}

/// A pattern that shows a lost, doubled or misplaced byte.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8 ^ (at >> 12) as u8).collect()
}

/// Section 10: large bodies, in every framing.
#[test]
fn large_bodies() {
    let whole: Arc<[u8]> = pattern(20 << 20).into();
    let server = Server::http({
        let whole = whole.clone();
        move |request| match request.target() {
            "/length" => Response::new(200).body(whole.to_vec()),
            "/small-chunks" => Response::new(200).chunked(777, whole.clone()),
            _ => Response::new(200).chunked(1 << 20, whole.clone()),
        }
    });
    let session = Session::open();
    for path in ["/length", "/small-chunks", "/large-chunks"] {
        let request = session.request(server.port(), "GET", path);
        request.send().unwrap();
        request.receive().unwrap();
        let body = read_by(&request, &[Read::Available, Read::Bytes(100_000), Read::Bytes(1 << 20)]);
        assert!(body == *whole, "{path}: {} bytes came that are not the same", body.len());
    }
}

/// Section 10.1: an empty body in every framing.
#[test]
fn empty_bodies() {
    let rows = [
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
    ];
    each(&rows, |reply| exchange("GET", reply, Ending::Close).assert_ok(200, ""));
}

/// One way to read on.
#[derive(Clone, Copy, Debug)]
enum Read {
    /// So many bytes at most.
    Bytes(usize),
    /// What QueryDataAvailable says.
    Available,
    /// QueryDataAvailable, and then a read of another size.
    AvailableThenBytes(usize),
}

/// Reads to the end, these ways in turn, and checks each against its promise.
fn read_by(request: &Request, ways: &[Read]) -> Vec<u8> {
    let mut body = Vec::new();
    for way in ways.iter().cycle() {
        let available = match way {
            Read::Bytes(_) => None,
            Read::Available | Read::AvailableThenBytes(_) => Some(request.available().unwrap()),
        };
        let size = match (way, available) {
            (Read::Bytes(size) | Read::AvailableThenBytes(size), _) => *size,
            (Read::Available, available) => available.unwrap_or(0),
        };
        let bytes = request.read(size).unwrap();
        if let Some(available) = available {
            assert!(bytes.len() >= available.min(size), "{available} were available, {} came", bytes.len());
        }
        body.extend(&bytes);
        let at_end = bytes.len() < size || available == Some(0);
        if at_end {
            assert_eq!((request.available().unwrap(), request.read(9).unwrap().len()), (0, 0));
            return body;
        }
    }
    unreachable!("the ways are tried for ever");
}

fn a_way_to_read() -> impl Strategy<Value = Read> {
    prop_oneof![
        (1..20_000usize).prop_map(Read::Bytes),
        (1..10usize).prop_map(Read::Bytes),
        Just(Read::Available),
        (1..9000usize).prop_map(Read::AvailableThenBytes),
    ]
}

/// A body in chunked coding, cut at these places, with extensions now and then.
fn chunk(body: &[u8], sizes: &[usize]) -> Vec<u8> {
    let mut coded = Vec::new();
    let (mut rest, mut sizes) = (body, sizes.iter().cycle());
    while !rest.is_empty() {
        let size = (*sizes.next().unwrap()).min(rest.len());
        let extension = if size % 7 == 3 { ";ext=\"1\"" } else { "" };
        coded.extend(format!("{size:X}{extension}\r\n").bytes());
        coded.extend(&rest[..size]);
        coded.extend(b"\r\n");
        rest = &rest[size..];
    }
    coded.extend(b"0\r\n\r\n");
    coded
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Sections 10.1 to 10.4: whatever the body, its chunks, the pieces on the wire and the sizes of the reads, the
    /// same bytes are delivered.
    #[test]
    fn same_bytes_whatever_the_pieces(
        length in prop_oneof![0..40usize, 0..70_000usize],
        framing in 0..3,
        chunks in prop::collection::vec(prop_oneof![1..9usize, 1..5000usize], 1..12),
        pieces in prop::collection::vec(1..9000usize, 1..8),
        ways in prop::collection::vec(a_way_to_read(), 1..6),
    ) {
        // Many tiny chunks of a large body take long and show no more than a few do.
        let body = pattern(if chunks.iter().all(|&size| size < 9) { length % 3000 } else { length });
        let reply = match framing {
            0 => [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), &body].concat(),
            1 => [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunk(&body, &chunks).as_slice()].concat(),
            _ => [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &body].concat(),
        };
        let peer = Peer::script(move |p| {
            let mut c = p.accept();
            c.expect("GET");
            let (mut rest, mut pieces) = (reply.as_slice(), pieces.into_iter().cycle());
            while !rest.is_empty() {
                let (piece, later) = rest.split_at(pieces.next().unwrap().min(rest.len()));
                c.reply(piece);
                rest = later;
            }
        });
        let session = Session::open();
        let request = session.got(peer.port());
        let delivered = read_by(&request, &ways);
        prop_assert!(delivered == body, "{} bytes of {}", delivered.len(), body.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Rows 14 to 63: a response with some bytes changed succeeds or fails with a code for bad responses; it never
    /// takes its time.
    #[test]
    fn changed_bytes_are_no_surprise(
        shape in 0..SHAPES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), an_awkward_byte()), 1..4),
    ) {
        let shape = &SHAPES[shape];
        let mut reply = shape.reply.as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(reply.len());
            reply[at] = byte;
        }
        let codes = [
            ERROR_WINHTTP_CONNECTION_ERROR,
            ERROR_WINHTTP_INVALID_SERVER_RESPONSE,
            ERROR_WINHTTP_HEADER_SIZE_OVERFLOW,
            ERROR_WINHTTP_CHUNKED_ENCODING_HEADER_SIZE_OVERFLOW,
            // A status that has become a redirect leads nowhere.
            ERROR_WINHTTP_HEADER_NOT_FOUND,
        ];
        let answer = exchange(shape.verb, &reply, Ending::Close);
        let expected = answer.failure.is_none_or(|(_, code)| codes.contains(&code));
        prop_assert!(expected, "{:?} from {}", answer, reply.escape_ascii());
    }
}

fn an_awkward_byte() -> impl Strategy<Value = u8> {
    prop_oneof![
        any::<u8>(),
        prop::sample::select(b"\r\n\0 :;,\"\t".as_slice()),
        prop::sample::select(b"0123456789abcdefABCDEF-+x".as_slice()),
    ]
}

/// Section 10.4: the end of the response is final, also when the handle is asked once more after a while.
#[test]
fn the_end_is_final() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    let answer = answer_to(peer.port(), "GET");
    // `read_all` asks again and again after the end.
    answer.assert_ok(200, "ok");
}
