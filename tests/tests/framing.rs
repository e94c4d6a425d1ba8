//! Where a body ends: faults.md, "Length and framing" (rows 42 to 67; those about TLS are in tls.rs).
//!
//! `Ending::Open` proves two things at once: that the client did not wait for more, and that it hung up, so that the
//! connection cannot be used again.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use conformance::{Answer, Ending, Session, Stage, answer_to, each, exchange};
use openwinhttp::*;
use testserver::Peer;

const BAD: u32 = ERROR_WINHTTP_INVALID_SERVER_RESPONSE;
const BROKEN: u32 = ERROR_WINHTTP_CONNECTION_ERROR;
const CHUNK_OVERFLOW: u32 = ERROR_WINHTTP_CHUNKED_ENCODING_HEADER_SIZE_OVERFLOW;
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/// A head with these fields, and what follows it.
fn reply(fields: &str, rest: &str) -> String {
    let fields: String = fields.lines().map(|line| format!("{line}\r\n")).collect();
    format!("HTTP/1.1 200 OK\r\n{fields}\r\n{rest}")
}

fn chunked(rest: &str) -> String {
    format!("{CHUNKED}{rest}")
}

/// The peer serves the first exchange with `reply` and then expects the second one on the same connection.
fn keeps_connection(verb: &'static str, reply: &str, status: u32, body: &str) {
    let first = reply.to_owned();
    let peer = Peer::script(move |p| {
        let mut c = p.accept();
        c.expect(verb);
        c.reply(first);
        c.expect("GET /");
        c.reply("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond");
    });
    answer_to(peer.port(), verb).assert_ok(status, body);
    answer_to(peer.port(), "GET").assert_ok(200, "second");
    assert_eq!(peer.connections(), 1);
}

/// Row 42 and decision 6: what came is delivered, then both calls fail with 12030, again and again.
#[test]
fn row_42_body_shorter_than_its_length() {
    for arrived in ["", "h", "hell"] {
        let answer = exchange("GET", reply("Content-Length: 5", arrived), Ending::Close);
        answer.assert_failed(Stage::Body, BROKEN);
        assert_eq!((answer.status, answer.body.as_slice()), (200, arrived.as_bytes()));
    }
}

/// Row 42, seen by a caller who asks first how much there is.
#[test]
fn row_42_seen_by_query_data_available() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello");
    });
    let session = Session::open();
    let request = session.got(peer.port());
    let mut body = Vec::new();
    let end = loop {
        match request.available() {
            Ok(0) => break 0,
            Ok(length) => body.extend(request.read(length).unwrap()),
            Err(error) => break error.code(),
        }
    };
    assert_eq!((body.as_slice(), end), (b"hello".as_slice(), BROKEN));
    assert_eq!(request.read_all(), (vec![], BROKEN));
}

/// Row 43: the same with RST.
#[test]
fn row_43_reset_in_a_body_with_a_length() {
    let answer = exchange("GET", reply("Content-Length: 50", "hello"), Ending::Reset);
    answer.assert_failed(Stage::Body, BROKEN);
    assert!(b"hello".starts_with(&answer.body));
}

/// Row 44: more bytes than the length says are not delivered, and the connection is closed.
#[test]
fn row_44_body_longer_than_its_length() {
    each(&[("0", ""), ("3", "hel"), ("4", "hell")], |(length, body)| {
        let reply = reply(&format!("Content-Length: {length}"), "hello");
        exchange("GET", reply, Ending::Open).assert_ok(200, body);
    });
}

/// Rows 45, 47: lengths that are none.
#[test]
fn rows_45_47_bad_lengths() {
    let rows = [
        "Content-Length: -1",
        "Content-Length: -0",
        "Content-Length: +5",
        "Content-Length: 5abc",
        "Content-Length: 0x5",
        "Content-Length: 5.0",
        "Content-Length: 5 5",
        "Content-Length:",
        "Content-Length: abc",
        "Content-Length: 5;",
        "Content-Length: 9223372036854775808",
        "Content-Length: 18446744073709551616",
        "Content-Length: 18446744073709551621",
        "Content-Length: 99999999999999999999999999",
        "Content-Length: 5\nContent-Length: 6",
        "Content-Length: 6\nX: y\ncontent-length: 5",
        "Content-Length: 5, 6",
        "Content-Length: 5,",
        "Content-Length: ,5",
        "Content-Length: 5\nContent-Length: abc",
    ];
    each(&rows, |fields| exchange("GET", reply(fields, "hello"), Ending::Open).assert_failed(Stage::Receive, BAD));
}

/// Row 46: the same length said twice is one length.
#[test]
fn row_46_same_length_twice() {
    let rows =
        ["Content-Length: 5\nContent-Length: 5", "Content-Length: 5, 5", "Content-Length: 5,5\nContent-Length: 5"];
    each(&rows, |fields| keeps_connection("GET", &reply(fields, "hello"), 200, "hello"));
}

/// Row 48: chunked wins over a length, and the connection is closed after it.
#[test]
fn row_48_chunked_and_length() {
    let rows = [
        "Content-Length: 3\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\nContent-Length: 3",
        "Transfer-Encoding: CHUNKED\nContent-Length: 5",
        "Transfer-Encoding: chunked\nContent-Length: 500",
    ];
    each(&rows, |fields| {
        exchange("GET", reply(fields, "5\r\nhello\r\n0\r\n\r\n"), Ending::Open).assert_ok(200, "hello");
    });
}

/// Rows 49 to 52: codings nobody asked for.
#[test]
fn rows_49_to_52_bad_transfer_codings() {
    let rows = [
        "Transfer-Encoding: chunked, gzip",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunkedx",
        "Transfer-Encoding: chunked-ish",
        "Transfer-Encoding: foo",
        "Transfer-Encoding: identity, chunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked\nTransfer-Encoding: chunked",
        "Transfer-Encoding: gzip\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked;q=1",
    ];
    each(&rows, |fields| {
        let reply = reply(fields, "5\r\nhello\r\n0\r\n\r\n");
        exchange("GET", reply, Ending::Open).assert_failed(Stage::Receive, BAD);
    });
}

/// Row 51: exactly `identity` says nothing, and the length counts.
#[test]
fn row_51_identity_is_ignored() {
    let fields = "Transfer-Encoding: identity\nContent-Length: 5";
    exchange("GET", reply(fields, "hello"), Ending::Close).assert_ok(200, "hello");
}

/// Row 53: chunked in an HTTP/1.0 response is believed, and the connection closed.
#[test]
fn row_53_chunked_in_http_1_0() {
    let reply =
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    exchange("GET", reply, Ending::Open).assert_ok(200, "hello");
}

/// Row 54: sizes that are no hexadecimal number.
#[test]
fn row_54_bad_chunk_sizes() {
    let rows = ["xyz", "", "-5", "+5", "0x5", "5_0", " 5", "\t5", "5 5", "5g", "g5", ";a=b", "5\u{0}", "\u{665}"];
    each(&rows, |size| {
        let answer = exchange("GET", chunked(&format!("2\r\nhi\r\n{size}\r\nhello\r\n0\r\n\r\n")), Ending::Open);
        answer.assert_failed(Stage::Body, BAD);
        assert!(b"hi".starts_with(&answer.body), "{answer:?}");
    });
}

/// Row 55: sizes of more than 16 digits, and one that needs more than 64 bits.
#[test]
fn row_55_chunk_size_overflow() {
    let rows = ["10000000000000000", "fffffffffffffffff", "123456789012345678901234567890"];
    each(&rows, |size| {
        let answer = exchange("GET", chunked(&format!("{size}\r\nhello")), Ending::Open);
        answer.assert_failed(Stage::Body, CHUNK_OVERFLOW);
    });
}

/// Row 55: a size line without end fails at a limit, not at a timeout.
#[test]
fn row_55_endless_chunk_size() {
    let answer = exchange("GET", chunked(&"5".repeat(100_000)), Ending::Open);
    answer.assert_failed(Stage::Body, CHUNK_OVERFLOW);
}

/// Row 56: a huge chunk is announced and the connection ends: no memory of that size is asked for.
#[test]
fn row_56_huge_chunk_then_end() {
    each(&["ffffffff", "7fffffffffffffff", "5000000000000000"], |size| {
        let answer = exchange("GET", chunked(&format!("{size}\r\nhello")), Ending::Close);
        answer.assert_failed(Stage::Body, BROKEN);
        assert_eq!(answer.body, b"hello");
    });
}

/// Row 57: leading zeros up to the digit limit, and far past it.
#[test]
fn row_57_leading_zeros() {
    for zeros in [1, 8, 15] {
        let body = format!("{}5\r\nhello\r\n0\r\n\r\n", "0".repeat(zeros));
        exchange("GET", chunked(&body), Ending::Close).assert_ok(200, "hello");
    }
    let answer = exchange("GET", chunked(&format!("{}5\r\nhello\r\n0\r\n\r\n", "0".repeat(100))), Ending::Open);
    answer.assert_failed(Stage::Body, CHUNK_OVERFLOW);
}

/// Row 58: short extensions are ignored.
#[test]
fn row_58_chunk_extensions() {
    let rows = ["5;a=b", "5;a", "5;", "5 ;a=b", "5;a=\"b;c\"", "5; a = b ; c", "05;x", "5;name=value;other=value"];
    each(&rows, |size| {
        keeps_connection("GET", &chunked(&format!("{size}\r\nhello\r\n0;last\r\n\r\n")), 200, "hello");
    });
}

/// Row 58: the extensions of a body share a budget of 16 KiB, spent at once or by and by.
#[test]
fn row_58_extension_budget() {
    let rows = [
        format!("5;{}\r\nhello\r\n0\r\n\r\n", "x".repeat(100_000)),
        format!("1;{}\r\nx\r\n", "x".repeat(60)).repeat(2000),
    ];
    each(&rows, |body| {
        exchange("GET", chunked(body), Ending::Open).assert_failed(Stage::Body, CHUNK_OVERFLOW);
    });
}

/// Row 59: LF alone is good enough after a size, but not after an extension.
#[test]
fn row_59_bare_lf_in_chunk_lines() {
    exchange("GET", chunked("5\nhello\r\n0\n\r\n"), Ending::Close).assert_ok(200, "hello");
    let answer = exchange("GET", chunked("5;a=b\nhello\r\n0\r\n\r\n"), Ending::Open);
    answer.assert_failed(Stage::Body, BAD);
}

/// Row 60: something else than CRLF after the data of a chunk.
#[test]
fn row_60_no_line_end_after_chunk_data() {
    each(
        &["5\r\nhelloXX0\r\n\r\n", "5\r\nhello0\r\n\r\n", "5\r\nhello\rX0\r\n\r\n", "5\r\nhello!\r\n0\r\n\r\n"],
        |body| {
            let answer = exchange("GET", chunked(body), Ending::Open);
            answer.assert_failed(Stage::Body, BAD);
            assert!(b"hello".starts_with(&answer.body), "{answer:?}");
        },
    );
}

/// Row 61: the connection ends anywhere before the end of a chunked body.
#[test]
fn row_61_end_inside_a_chunked_body() {
    let whole = "5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n";
    let cuts: Vec<usize> = (0..whole.len()).collect();
    each(&cuts, |&cut| {
        let answer = exchange("GET", chunked(&whole[..cut]), Ending::Close);
        answer.assert_failed(Stage::Body, BROKEN);
        let delivered = delivered_by(&whole[..cut]);
        assert_eq!(answer.body, delivered.as_bytes());
    });
}

/// The data bytes among the first bytes of row 61's body.
fn delivered_by(arrived: &str) -> String {
    let data_at = (7..12).chain(17..23);
    data_at.filter_map(|at| arrived.get(at..=at)).collect()
}

/// Row 61: and by RST.
#[test]
fn row_61_reset_inside_a_chunked_body() {
    each(&["", "5\r\nhel", "5\r\nhello\r\n", "5\r\nhello\r\n0\r\n"], |body| {
        exchange("GET", chunked(body), Ending::Reset).assert_failed(Stage::Body, BROKEN);
    });
}

/// Row 62: trailers never touch the framing or the headers.
#[test]
fn row_62_trailers_are_kept_apart() {
    let trailers =
        "Content-Length: 100\r\nTransfer-Encoding: gzip\r\nSet-Cookie: a=b\r\nConnection: close\r\nX-T: 1\r\n";
    let reply = chunked(&format!("5\r\nhello\r\n0\r\n{trailers}\r\n"));
    keeps_connection("GET", &reply, 200, "hello");
    let answer = exchange("GET", reply, Ending::Close);
    assert_eq!((answer.header("Content-Length"), answer.header("X-T")), (None, None));
}

/// Row 62: 200 KB of trailers are too much, however they are cut.
#[test]
fn row_62_too_many_trailers() {
    let rows = [format!("X: {}\r\n", "x".repeat(200_000)), format!("X: {}\r\n", "x".repeat(500)).repeat(400)];
    each(&rows, |trailers| {
        let answer = exchange("GET", chunked(&format!("5\r\nhello\r\n0\r\n{trailers}\r\n")), Ending::Open);
        answer.assert_failed(Stage::Body, ERROR_WINHTTP_HEADER_SIZE_OVERFLOW);
        assert!(b"hello".starts_with(&answer.body));
    });
}

/// Row 63: trailers are read as strictly as headers.
#[test]
fn row_63_bad_trailers() {
    each(&["X: a\0b", "X: a\rb", "X\0: a", "X : a", ": a", "no colon", "X: a\x01b"], |trailer| {
        let answer = exchange("GET", chunked(&format!("5\r\nhello\r\n0\r\n{trailer}\r\n\r\n")), Ending::Open);
        answer.assert_failed(Stage::Body, BAD);
    });
}

/// Section 10.1 and row 64: responses without a body, whatever their fields say, end at once and keep the connection.
#[test]
fn row_64_responses_without_a_body() {
    let rows = [
        ("GET", 204, ""),
        ("GET", 304, ""),
        ("GET", 304, "Content-Length: 5"),
        ("GET", 304, "Transfer-Encoding: chunked"),
        ("HEAD", 200, "Content-Length: 5"),
        ("HEAD", 200, "Transfer-Encoding: chunked"),
        ("HEAD", 200, ""),
        ("HEAD", 404, "Content-Length: 5"),
        ("GET", 200, "Content-Length: 0"),
    ];
    each(&rows, |&(verb, status, fields)| {
        let line_end = if fields.is_empty() { "" } else { "\r\n" };
        keeps_connection(verb, &format!("HTTP/1.1 {status} Some\r\n{fields}{line_end}\r\n"), status, "");
    });
}

/// Section 10.1: HEAD still shows the length.
#[test]
fn head_shows_the_length() {
    let answer = exchange("HEAD", reply("Content-Length: 12345", ""), Ending::Close);
    answer.assert_ok(200, "");
    assert_eq!(answer.header("Content-Length"), Some("12345"));
}

/// Row 64: bytes where no body can be are not delivered and poison the connection.
#[test]
fn row_64_body_where_none_can_be() {
    let rows = [
        ("GET", 204, "Content-Length: 5"),
        ("GET", 304, "Content-Length: 5"),
        ("HEAD", 200, "Content-Length: 5"),
        ("GET", 204, "X: y"),
    ];
    each(&rows, |&(verb, status, fields)| {
        let reply = format!("HTTP/1.1 {status} Some\r\n{fields}\r\n\r\nhello");
        exchange(verb, reply, Ending::Open).assert_ok(status, "");
    });
}

/// Row 65: a body on 205 is delivered.
#[test]
fn row_65_body_on_205() {
    let reply = "HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\nhello";
    exchange("GET", reply, Ending::Close).assert_ok(205, "hello");
}

/// Row 66: without a length the body ends with the connection; with `Connection: close` or without.
#[test]
fn row_66_body_until_the_end_of_the_connection() {
    each(&["", "hello"], |body| {
        exchange("GET", reply("X: y", body), Ending::Close).assert_ok(200, body);
        exchange("GET", reply("Connection: keep-alive", body), Ending::Close).assert_ok(200, body);
        exchange("GET", format!("HTTP/1.0 200 OK\r\n\r\n{body}"), Ending::Close).assert_ok(200, body);
    });
}

/// Row 67: a reset is no proper end of such a body.
#[test]
fn row_67_reset_in_a_body_without_length() {
    let answer = exchange("GET", reply("X: y", "hello"), Ending::Reset);
    answer.assert_failed(Stage::Body, BROKEN);
    assert!(b"hello".starts_with(&answer.body));
}

/// Row 96: what one request left unread can never be another's answer.
#[test]
fn row_96_unread_bytes_are_nobodys_answer() {
    let poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";
    let peer = Peer::script(move |p| {
        let mut first = p.accept();
        first.expect("GET /");
        first.reply(reply("Content-Length: 100", poison));
        first.expect_closed();
        let mut second = p.accept();
        second.expect("GET /");
        second.reply(reply("Content-Length: 4", "good"));
    });
    let session = Session::open();
    let request = session.got(peer.port());
    assert_eq!(request.read(10).unwrap(), &poison.as_bytes()[..10]);
    drop(request);
    Answer::to(&session.get(peer.port())).assert_ok(200, "good");
}
