use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::*;

const LIMIT: usize = 64 * 1024;

fn head(text: &[u8]) -> Result<ResponseHead, Error> {
    HeadReader::new().read(text, LIMIT).map(|found| found.expect("complete").0)
}

/// Feeds `text` one byte at a time.
fn dripped(text: &[u8]) -> Result<Option<usize>, Error> {
    let mut reader = HeadReader::new();
    for end in 1..=text.len() {
        if let Some((_, length)) = reader.read(&text[..end], LIMIT)? {
            return Ok(Some(length));
        }
    }
    Ok(None)
}

#[test]
fn a_head_is_kept_verbatim() {
    let text = b"HTTP/1.1 200 All is fine\r\nServer: a\r\nset-cookie: b \r\nSet-Cookie:c\r\n\r\nbody";
    let (head, length) = HeadReader::new().read(text, LIMIT).expect("valid").expect("complete");
    assert_eq!(length, text.len() - 4);
    assert_eq!((head.status(), head.version(), head.reason()), (200, &b"HTTP/1.1"[..], &b"All is fine"[..]));
    let fields: Vec<_> = head.fields().iter().collect();
    assert_eq!(fields, [(&b"Server"[..], &b"a"[..]), (b"set-cookie", b"b"), (b"Set-Cookie", b"c")]);
    assert_eq!(head.fields().values(b"SET-COOKIE").count(), 2);
    assert_eq!(dripped(text), Ok(Some(length)));
}

#[test]
fn status_lines_that_real_servers_send_are_read() {
    for (line, status, reason) in [
        ("HTTP/1.1 200", 200, ""),
        ("HTTP/1.1 200 ", 200, ""),
        ("HTTP/1.0 404 Not\tFound", 404, "Not\tFound"),
        ("HTTP/1.7 999 \u{fc}", 999, "\u{fc}"),
        ("HTTP/1.1 600  x ", 600, "x"),
    ] {
        for end in ["\r\n\r\n", "\n\n"] {
            let head = head(format!("{line}{end}").as_bytes()).expect(line);
            assert_eq!((head.status(), head.reason()), (status, reason.as_bytes()));
        }
    }
}

#[test]
fn status_lines_that_are_none_are_refused_in_one_piece_and_dripped() {
    for line in [
        "HTTP/1.1 2345",
        "HTTP/A.1 200 OK",
        "HTTP/1.12 200 OK",
        "HTTP/1.1 20c",
        "HTTP/1.1 200OK",
        "HTTP/1.1",
        "HTTP/1.1 ",
        "HTTP\\1.1 200 OK",
        "HTTP/1.1 200 O\rK",
        "HTTP/1.1\t200 OK",
        "HTTP/1.1 200\tOK",
        "HTTP/1.1 000",
        "HTTP/1.1 099 x",
        "HTTP/1.1 -20 OK",
        "HTTP/1.1 abc",
        "HTTP/1.1  200 OK",
        "HTTP/2.0 200 OK",
        "HTTP/0.9 200 OK",
        "HTTP/3.0 200",
        "ICY 200 OK",
        "http/1.1 200 OK",
        " HTTP/1.1 200 OK",
        "SSH-2.0-x",
        "<html>",
        "HTTP/1.1 200 \0",
        "HTTP/1.1 2 0 OK",
        "\u{16}\u{3}\u{1}",
        "HTTP/1.1 20",
        "HTTP/1. 200 OK",
        "HTTP/1.1200 OK",
        "HTTPS/1.1 200 OK",
    ] {
        let text = format!("{line}\r\nServer: a\r\n\r\n");
        assert_eq!(head(text.as_bytes()).err(), Some(Error::StatusLine), "{line:?}");
        assert_eq!(dripped(text.as_bytes()).err(), Some(Error::StatusLine), "{line:?}");
    }
}

#[test]
fn what_is_no_http_is_refused_at_its_first_wrong_byte() {
    assert!(HeadReader::new().read(b"HTTP", LIMIT).expect("may become one").is_none());
    assert_eq!(HeadReader::new().read(b"HTTX", LIMIT).err(), Some(Error::StatusLine));
}

#[test]
fn field_lines_that_would_be_read_differently_elsewhere_are_refused() {
    for line in [
        "a : b",
        ": b",
        "no colon",
        " folded: first",
        "a: b\r\n folded",
        "a: \0",
        "a\0: b",
        "a: b\rc",
        "\u{e4}: b",
        "a: \u{1}",
    ] {
        let text = format!("HTTP/1.1 200 OK\r\n{line}\r\n\r\n");
        assert_eq!(head(text.as_bytes()).err(), Some(Error::FieldLine), "{line:?}");
        assert_eq!(dripped(text.as_bytes()).err(), Some(Error::FieldLine), "{line:?}");
    }
}

#[test]
fn limits_hold_to_the_byte_and_to_the_field() {
    let of_size = |size: usize| {
        let fixed = "HTTP/1.1 200 OK\r\nA: \r\n\r\n".len();
        format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\n", "x".repeat(size - fixed))
    };
    assert!(head(of_size(LIMIT).as_bytes()).is_ok());
    assert_eq!(head(of_size(LIMIT + 1).as_bytes()).err(), Some(Error::HeadTooLarge));
    let endless = of_size(LIMIT * 2);
    assert_eq!(HeadReader::new().read(&endless.as_bytes()[..LIMIT], LIMIT).err(), Some(Error::HeadTooLarge));
    let of_fields = |count: usize| format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(count));
    assert_eq!(head(of_fields(1_000).as_bytes()).expect("at the limit").fields().len(), 1_000);
    assert_eq!(head(of_fields(1_001).as_bytes()).err(), Some(Error::TooManyFields));
}

fn delimiting(fields: &str) -> Result<Delimiting, Error> {
    head(format!("HTTP/1.1 200 OK\r\n{fields}\r\n").as_bytes())?.delimiting(b"GET")
}

#[test]
fn framing_follows_rfc_9112_section_6_3() {
    let length = |bytes| Framing::Length(bytes);
    for (fields, framing, persistent) in [
        ("Content-Length: 5\r\n", length(5), true),
        ("content-length: 5, 5\r\nContent-Length: 5\r\n", length(5), true),
        ("Content-Length: 9223372036854775807\r\n", length(i64::MAX as u64), true),
        ("Content-Length: 5\r\nConnection: keep-alive, CLOSE\r\n", length(5), false),
        ("Transfer-Encoding: Chunked\r\n", Framing::Chunked, true),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", Framing::Chunked, false),
        ("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", length(5), true),
        ("", Framing::UntilClose, false),
    ] {
        assert_eq!(delimiting(fields), Ok(Delimiting { framing, persistent }), "{fields:?}");
    }
}

#[test]
fn framing_that_two_readers_could_take_differently_is_refused() {
    for value in ["-1", "+5", "5abc", "0x5", "", "9223372036854775808", "99999999999999999999", "5, 6", "5,", "1 2"] {
        assert_eq!(delimiting(&format!("Content-Length: {value}\r\n")), Err(Error::ContentLength), "{value:?}");
    }
    assert_eq!(delimiting("Content-Length: 5\r\nContent-Length: 6\r\n"), Err(Error::ContentLength));
    for value in ["chunked, gzip", "gzip, chunked", "xchunked", "gzip", "chunked, chunked", "identity, chunked", ""] {
        assert_eq!(delimiting(&format!("Transfer-Encoding: {value}\r\n")), Err(Error::TransferEncoding), "{value:?}");
    }
    let twice = "Transfer-Encoding: chunked\r\n".to_string().repeat(2);
    assert_eq!(delimiting(&twice), Err(Error::TransferEncoding));
}

#[test]
fn some_answers_have_no_body_whatever_they_say() {
    let with_length = |status: u16| head(format!("HTTP/1.1 {status} x\r\nContent-Length: 5\r\n\r\n").as_bytes());
    let tunnel = with_length(200).expect("valid").delimiting(b"CONNECT");
    assert_eq!(tunnel, Ok(Delimiting { framing: Framing::UntilClose, persistent: false }));
    for (status, method, expected) in
        [(407, "CONNECT", 5), (200, "HEAD", 0), (204, "GET", 0), (304, "GET", 0), (205, "GET", 5), (200, "GET", 5)]
    {
        let delimiting = with_length(status).expect("valid").delimiting(method.as_bytes()).expect("valid");
        assert_eq!(delimiting.framing, Framing::Length(expected), "{status} to {method}");
    }
}

#[test]
fn a_version_before_1_1_persists_only_when_it_says_so() {
    let persistent = |fields: &str| {
        let text = format!("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n{fields}\r\n");
        head(text.as_bytes()).expect("valid").delimiting(b"GET").expect("valid").persistent
    };
    assert!(!persistent(""));
    assert!(persistent("Connection: Keep-Alive\r\n"));
    let chunked = b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n";
    let expected = Delimiting { framing: Framing::Chunked, persistent: false };
    assert_eq!(head(chunked).expect("valid").delimiting(b"GET"), Ok(expected));
}
