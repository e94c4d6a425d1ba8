//! The response head: faults.md, "Status line and head" (rows 14 to 41) and "1xx, upgrades" (rows 70 to 75).

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::time::{Duration, Instant};

use conformance::{Answer, Ending, Session, Stage, answer_to, each, exchange};
use openwinhttp::*;
use testserver::Peer;

const BAD: u32 = ERROR_WINHTTP_INVALID_SERVER_RESPONSE;

/// A head with this status line, and an empty body.
fn status_line(line: &str) -> Vec<u8> {
    [line.as_bytes(), b"\r\nContent-Length: 0\r\n\r\n"].concat()
}

/// A good head with this line among its fields.
fn field(line: &[u8]) -> Vec<u8> {
    [b"HTTP/1.1 200 OK\r\nX-First: 1\r\n", line, b"\r\nX-Last: 1\r\nContent-Length: 0\r\n\r\n"].concat()
}

/// The reply is refused by ReceiveResponse with 12152 while the peer still holds the connection open; the client
/// hangs up.
fn refused(reply: &[u8]) {
    exchange("GET", reply, Ending::Open).assert_failed(Stage::Receive, BAD);
}

/// Rows 14 to 17: the connection ends before the head does.
#[test]
fn rows_14_to_17_connection_ends_in_the_head() {
    let rows = [
        ("", Ending::Close, BAD),
        ("H", Ending::Close, BAD),
        ("HTTP/1.1 20", Ending::Close, BAD),
        ("HTTP/1.1 200 OK", Ending::Close, BAD),
        ("HTTP/1.1 200 OK\r", Ending::Close, BAD),
        ("HTTP/1.1 200 OK\r\n", Ending::Close, BAD),
        ("HTTP/1.1 200 OK\r\nContent-Le", Ending::Close, BAD),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5", Ending::Close, BAD),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", Ending::Close, BAD),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r", Ending::Close, BAD),
        ("", Ending::Reset, ERROR_WINHTTP_CONNECTION_ERROR),
        ("HTTP/1.1 20", Ending::Reset, ERROR_WINHTTP_CONNECTION_ERROR),
        ("HTTP/1.1 200 OK\r\n", Ending::Reset, ERROR_WINHTTP_CONNECTION_ERROR),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", Ending::Reset, ERROR_WINHTTP_CONNECTION_ERROR),
    ];
    each(&rows, |&(reply, ending, code)| exchange("GET", reply, ending).assert_failed(Stage::Receive, code));
}

/// Row 18: what cannot become `HTTP/` is refused at once; the peer neither sends more nor closes.
#[test]
fn row_18_bytes_that_are_no_http() {
    let rows: &[&[u8]] = &[
        b"SSH-2.0-OpenSSH_9.0\r\n",
        b"X",
        b"HTTX",
        b"HTTP ",
        b"http/1.1 200 OK\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"<html>hello</html>",
        b"\0",
        b" HTTP/1.1 200 OK\r\n",
    ];
    each(rows, |reply| refused(reply));
}

/// Rows 19, 20, 22, 24, 25: status lines that are refused.
#[test]
fn rows_19_to_25_bad_status_lines() {
    let rows = [
        "ICY 200 OK",
        "HTTP/0.9 200 OK",
        "HTTP/2.0 200 OK",
        "HTTP/3.0 200 OK",
        "HTTP/4.2 200 OK",
        "HTTP/0.1 200 OK",
        "HTTP/3.5 200 OK",
        "HTTP/2 200 OK",
        "HTTP/1 200 OK",
        "HTTP/1.1 2345",
        "HTTP/1.1 2345 OK",
        "HTTP/A.1 200 OK",
        "HTTP/1.A 200 OK",
        "HTTP/X.Y.Z 200 OK",
        "HTTP/1.12 200 OK",
        "HTTP/12.1 200 OK",
        "HTTP/1. 200 OK",
        "HTTP/.1 200 OK",
        "HTTP/1.1 20c",
        "HTTP/1.1 2bc",
        "HTTP/1.1 abc",
        "HTTP/1.1 23",
        "HTTP/1.1 2",
        "HTTP/1.1 !11",
        "HTTP/1.1 a11",
        "HTTP/1.1 200OK",
        "HTTP/1.1 ",
        "HTTP/1.1",
        "HTTP/1.1200 OK",
        "HTTP\\1.1 200 OK",
        "HTTP 1.1 200 OK",
        "ABCD/1.1 200 OK",
        "HTTP/1.1  200 OK",
        "HTTP/1.1 200 O\rK",
        "HTTP/1.1 20 0 OK",
        // Row 24: real WinHTTP accepts these; our choice is to refuse.
        "HTTP/1.1\t200 OK",
        "HTTP/1.1 200\tOK",
        // Row 25.
        "HTTP/1.1 000 OK",
        "HTTP/1.1 099 OK",
        "HTTP/1.1 -200 OK",
        "HTTP/1.1 +200 OK",
        "HTTP/1.1 20\u{664} OK",
    ];
    each(&rows, |line| refused(&status_line(line)));
}

/// Rows 21, 23, 26: status lines that are accepted, with version, number and reason as is.
#[test]
fn rows_21_23_26_unusual_status_lines() {
    let rows: &[(&[u8], &str, u32, &str)] = &[
        (b"HTTP/1.1 200 OK", "HTTP/1.1", 200, "OK"),
        (b"HTTP/1.0 200 OK", "HTTP/1.0", 200, "OK"),
        (b"HTTP/1.2 200 OK", "HTTP/1.2", 200, "OK"),
        (b"HTTP/1.7 200 OK", "HTTP/1.7", 200, "OK"),
        (b"HTTP/1.1 200", "HTTP/1.1", 200, ""),
        (b"HTTP/1.1 200 ", "HTTP/1.1", 200, ""),
        (b"HTTP/1.1 200 O\tK", "HTTP/1.1", 200, "O\tK"),
        (b"HTTP/1.1 200 \t Fine  thanks \t", "HTTP/1.1", 200, "Fine  thanks"),
        (b"HTTP/1.1 404 Not Found", "HTTP/1.1", 404, "Not Found"),
        (b"HTTP/1.1 600 Odd", "HTTP/1.1", 600, "Odd"),
        (b"HTTP/1.1 999 Odder", "HTTP/1.1", 999, "Odder"),
    ];
    each(rows, |&(line, version, status, reason)| {
        let reply = [line, b"\r\nContent-Length: 0\r\n\r\n"].concat();
        let peer = Peer::script(move |p| {
            let mut c = p.accept();
            c.expect("GET");
            c.reply(reply);
        });
        let session = Session::open();
        let request = session.got(peer.port());
        assert_eq!(request.text(WINHTTP_QUERY_VERSION).unwrap(), version);
        assert_eq!(request.text(WINHTTP_QUERY_STATUS_CODE).unwrap(), status.to_string());
        assert_eq!(request.status().unwrap(), status);
        assert_eq!(request.text(WINHTTP_QUERY_STATUS_TEXT).unwrap(), reason);
    });
}

/// Row 23: an 8-bit reason does not hurt.
#[test]
fn row_23_reason_of_8_bit_bytes() {
    let reply = b"HTTP/1.1 200 Gr\xfc\xdfe\r\nContent-Length: 2\r\n\r\nok";
    exchange("GET", reply, Ending::Close).assert_ok(200, "ok");
}

/// Row 27: lines that end with LF alone.
#[test]
fn row_27_bare_lf_in_the_head() {
    let rows = [
        "HTTP/1.1 200 OK\nX-A: 1\nContent-Length: 2\n\nok",
        "HTTP/1.1 200 OK\r\nX-A: 1\nContent-Length: 2\r\n\nok",
        "HTTP/1.1 200 OK\nX-A: 1\r\nContent-Length: 2\n\r\nok",
    ];
    each(&rows, |reply| {
        let answer = exchange("GET", reply, Ending::Close);
        answer.assert_ok(200, "ok");
        assert_eq!(answer.header("X-A"), Some("1"));
    });
}

/// Rows 28, 30, 31, 34, 35: header lines that are refused.
#[test]
fn rows_28_to_35_bad_header_lines() {
    let rows: &[&[u8]] = &[
        b"X-A: one\rtwo",
        b"X-\rA: one",
        b"X-A: one\r\r",
        b"X-A: o\0ne",
        b"X-\0A: one",
        b"X-A: o\x01ne",
        b"X-A: o\x0bne",
        b"X-A: o\x1fne",
        b"X-A: o\x7fne",
        b"X-A : one",
        b"X-A\t: one",
        b": one",
        b":",
        b"X A: one",
        b"X-\xe4: one",
        b"X(A): one",
        b"no colon here",
        b"x",
    ];
    each(rows, |line| refused(&field(line)));
}

/// Values with a tab, 8-bit bytes or nothing are fine (row 31 is about other control bytes).
#[test]
fn unusual_header_values_are_accepted() {
    let rows: &[(&[u8], &str)] = &[
        (b"X-A: one\ttwo", "one\ttwo"),
        (b"X-A:", ""),
        (b"X-A:one", "one"),
        (b"X-A: \t one \t ", "one"),
        (b"X-A: a:b", "a:b"),
    ];
    each(rows, |&(line, value)| {
        let answer = exchange("GET", field(line), Ending::Close);
        answer.assert_ok(200, "");
        let peer = Peer::script({
            let reply = field(line);
            move |p| {
                let mut c = p.accept();
                c.expect("GET");
                c.reply(reply);
            }
        });
        let session = Session::open();
        assert_eq!(session.got(peer.port()).headers("x-a"), [value]);
    });
}

/// Row 29: line ends before the status line of a new connection; our choice is 12152.
#[test]
fn row_29_line_ends_before_the_status_line() {
    each(
        &["\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
        |reply| {
            refused(reply.as_bytes());
        },
    );
}

/// Row 32: a folded line is joined with one blank or refused; it never starts a field and never hides later ones.
#[test]
fn row_32_folded_line() {
    for fold in ["X-A: one\r\n two", "X-A: one\r\n\ttwo", "X-A: one\r\n X-B: two"] {
        let answer = exchange("GET", field(fold.as_bytes()), Ending::Close);
        if answer.failure.is_some() {
            answer.assert_failed(Stage::Receive, BAD);
        } else {
            let joined = fold.replace("\r\n ", " ").replace("\r\n\t", " ");
            assert_eq!(answer.header("X-A"), joined.strip_prefix("X-A: "));
            assert_eq!(answer.header("X-Last"), Some("1"));
            assert_eq!(answer.header("X-B"), None);
        }
    }
}

/// Row 33: a fold with nothing before it.
#[test]
fn row_33_fold_on_the_first_line() {
    each(&[" X-A: 1", "\tX-A: 1", " "], |line| {
        refused(format!("HTTP/1.1 200 OK\r\n{line}\r\nContent-Length: 0\r\n\r\n").as_bytes());
    });
}

/// A head of exactly `size` bytes whose fields are `width` bytes wide (the last takes what is left).
fn head_of(size: usize, width: usize) -> Vec<u8> {
    let mut head = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n".to_vec();
    while head.len() + 2 < size {
        let left = size - 2 - head.len();
        let width = if left < 2 * width { left } else { width };
        head.extend(b"X: ");
        head.extend(std::iter::repeat_n(b'x', width - 5));
        head.extend(b"\r\n");
    }
    head.extend(b"\r\n");
    assert_eq!(head.len(), size);
    head
}

/// Row 36: the limit of 64 KiB, met and passed by one byte, with one long line or many.
#[test]
fn row_36_limit_of_the_head() {
    each(&[100_000, 1000, 100], |&width| {
        exchange("GET", head_of(65_536, width), Ending::Close).assert_ok(200, "");
        let over = exchange("GET", head_of(65_537, width), Ending::Open);
        over.assert_failed(Stage::Receive, ERROR_WINHTTP_HEADER_SIZE_OVERFLOW);
    });
}

/// Rows 37: 1 000 fields are taken, one more is not, and 20 000 do not take longer to refuse.
#[test]
fn row_37_number_of_fields() {
    let head = |fields: usize| format!("HTTP/1.1 200 OK\r\n{}Content-Length: 0\r\n\r\n", "a:b\r\n".repeat(fields - 1));
    exchange("GET", head(1000), Ending::Close).assert_ok(200, "");
    let over = exchange("GET", head(1001), Ending::Open);
    over.assert_failed(Stage::Receive, ERROR_WINHTTP_HEADER_COUNT_EXCEEDED);
    let started = Instant::now();
    let far_over = exchange("GET", head(20_000), Ending::Open);
    far_over.assert_failed(Stage::Receive, ERROR_WINHTTP_HEADER_COUNT_EXCEEDED);
    assert!(started.elapsed() < Duration::from_secs(4));
}

/// Row 38: a head without end fails at the limit, not at a timeout.
#[test]
fn row_38_endless_head() {
    let line = format!("X-Filler: {}\r\n", "x".repeat(200));
    let rows = [
        format!("HTTP/1.1 200 OK\r\n{}", line.repeat(1000)),
        format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(200_000)),
        format!("HTTP/1.1 200 {}", "x".repeat(200_000)),
    ];
    each(&rows, |reply| {
        exchange("GET", reply, Ending::Open).assert_failed(Stage::Receive, ERROR_WINHTTP_HEADER_SIZE_OVERFLOW);
    });
}

/// Row 39: a head that drips is waited for as long as each gap is shorter than the receive timeout.
#[test]
fn row_39_dripping_head() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.drip("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", Duration::from_millis(50));
    });
    let session = Session::with_timeouts(Duration::from_millis(1500));
    Answer::to(&session.get(peer.port())).assert_ok(200, "ok");
}

/// Row 41: bytes behind a complete response end at its length and poison the connection.
#[test]
fn row_41_extra_bytes_after_the_response() {
    let reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";
    exchange("GET", reply, Ending::Open).assert_ok(200, "ok");
}

/// Rows 70, 75: informational responses are skipped, their fields too.
#[test]
fn row_70_informational_responses() {
    let rows = [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX-Early: 1\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 199 Odd\r\n\r\n",
        "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 100\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.0 100 Continue\n\n",
    ];
    each(&rows, |early| {
        let reply = format!("{early}HTTP/1.1 200 OK\r\nX-Late: 1\r\nContent-Length: 2\r\n\r\nok");
        let answer = exchange("GET", reply, Ending::Close);
        answer.assert_ok(200, "ok");
        assert_eq!((answer.header("X-Early"), answer.header("X-Late")), (None, Some("1")));
    });
}

/// Row 75: a 100 that comes though the body was sent already.
#[test]
fn row_75_continue_after_the_body() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        assert_eq!(c.expect_with_body("POST").body, b"data");
        c.reply("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
    });
    let session = Session::open();
    let request = session.request(peer.port(), "POST", "/");
    request.send_body(None, b"data").unwrap();
    request.receive().unwrap();
    assert_eq!(request.status().unwrap(), 201);
}

/// Row 71: ten informational responses are skipped; our choice is 12152 for the eleventh.
#[test]
fn row_71_ten_informational_responses() {
    let early = "HTTP/1.1 103 Early Hints\r\n\r\n";
    let last = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    exchange("GET", early.repeat(10) + last, Ending::Close).assert_ok(200, "ok");
    refused((early.repeat(11) + last).as_bytes());
}

/// Row 72: a flood of them without end is bounded.
#[test]
fn row_72_flood_of_informational_responses() {
    refused("HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000).as_bytes());
}

/// Row 73: an informational response and then the end.
#[test]
fn row_73_informational_then_end() {
    let early = "HTTP/1.1 100 Continue\r\n\r\n";
    exchange("GET", early, Ending::Close).assert_failed(Stage::Receive, BAD);
}

/// Row 74: nobody asked for an upgrade.
#[test]
fn row_74_switching_protocols_unasked() {
    refused(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
}

/// Section 9: any final status is a success of ReceiveResponse; redirects that are followed have tests of their own.
#[test]
fn any_final_status_is_handed_over() {
    let rows = [200, 201, 206, 305, 306, 400, 401, 403, 404, 407, 408, 417, 418, 500, 503, 600, 999];
    each(&rows, |&status: &u32| {
        let reply = format!("HTTP/1.1 {status} Some\r\nLocation: /elsewhere\r\nContent-Length: 2\r\n\r\nok");
        exchange("GET", reply, Ending::Close).assert_ok(status, "ok");
    });
}

/// Rows 17 and 88: after a failed ReceiveResponse, the same handle sent again works on a new connection.
#[test]
fn a_failed_receive_can_be_sent_again() {
    let peer = Peer::script(|p| {
        for reply in ["garbage", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"] {
            let mut c = p.accept();
            c.expect("GET / HTTP/1.1");
            c.reply(reply);
            if reply == "garbage" {
                c.expect_closed();
            }
        }
    });
    let session = Session::open();
    let request = session.get(peer.port());
    Answer::to(&request).assert_failed(Stage::Receive, BAD);
    Answer::to(&request).assert_ok(200, "ok");
    assert_eq!(peer.connections(), 2);
}

/// Rows 14 and 93: a new connection that ends without an answer is never tried again.
#[test]
fn row_93_new_connection_is_not_retried() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.close();
        p.expect_no_connection(Duration::from_millis(200));
    });
    answer_to(peer.port(), "GET").assert_failed(Stage::Receive, BAD);
}
