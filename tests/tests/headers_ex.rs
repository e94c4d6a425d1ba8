//! WinHttpAddRequestHeadersEx: core.md 7.3 to 7.5, on the handle and on the wire.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use conformance::{Request, Session, code, each, sent_by, told};
use openwinhttp::*;

const ADD: u32 = WINHTTP_ADDREQ_FLAG_ADD;
const IF_NEW: u32 = WINHTTP_ADDREQ_FLAG_ADD_IF_NEW;
const COMMA: u32 = WINHTTP_ADDREQ_FLAG_COALESCE_WITH_COMMA;
const SEMICOLON: u32 = WINHTTP_ADDREQ_FLAG_COALESCE_WITH_SEMICOLON;
const REPLACE: u32 = WINHTTP_ADDREQ_FLAG_REPLACE;

fn unsent(session: &Session) -> Request {
    session.request(80, "GET", "/")
}

fn add<T: AsRef<[u8]>>(request: &Request, modifiers: u32, headers: &[(T, T)]) -> u32 {
    code(told(|| WinHttpAddRequestHeadersEx(request.handle, modifiers, headers)))
}

/// Section 7.5: the modifiers are those of section 7.4; what either function makes of them is the same.
#[test]
fn modifiers() {
    let modifiers = [0, ADD, IF_NEW, REPLACE, ADD | REPLACE, COMMA, SEMICOLON, REPLACE | COMMA, IF_NEW | REPLACE];
    let rows: Vec<_> =
        modifiers.into_iter().flat_map(|modifiers| ["new", ""].map(|value| (modifiers, value))).collect();
    each(&rows, |&(modifiers, value)| {
        for before in [&[][..], &[("X", "a"), ("x", "b")]] {
            let session = Session::open();
            let (parted, lines) = (unsent(&session), unsent(&session));
            for request in [&parted, &lines] {
                before.iter().for_each(|header| assert_eq!(add(request, ADD, &[*header]), 0));
            }
            let by_lines = code(lines.add(&format!("X: {value}"), modifiers));
            assert_eq!(add(&parted, modifiers, &[("X", value)]), by_lines, "after {before:?}");
            assert_eq!(parted.request_headers("X"), lines.request_headers("X"), "after {before:?}");
        }
    });
}

/// Section 7.5: each element is one header, and all of them reach the server.
#[test]
fn several_at_once() {
    let session = Session::open();
    let sent = sent_by(|port| {
        let request = session.get(port);
        assert_eq!(add(&request, ADD, &[("X-A", "1"), ("X-B", " blanks around "), ("X-C", ""), ("X-A", "2")]), 0);
        request.send().and_then(|()| request.receive()).unwrap();
    });
    let values = |name| sent.header_values(name).collect::<Vec<_>>();
    assert_eq!((values("X-A"), values("X-B"), values("X-C")), (vec!["1", "2"], vec!["blanks around"], vec![""]));
}

/// Text in bytes goes out as it is; text is UTF-8 on the wire.
#[test]
fn bytes_and_text() {
    let session = Session::open();
    let sent = sent_by(|port| {
        let request = session.get(port);
        assert_eq!(add(&request, ADD, &[(b"X-Bytes".as_slice(), b"caf\xE9".as_slice())]), 0);
        assert_eq!(add(&request, ADD, &[("X-Text", "caf\u{E9}")]), 0);
        assert_eq!(request.request_headers("X-Bytes"), request.request_headers("X-Text"));
        request.send().and_then(|()| request.receive()).unwrap();
    });
    let head = sent.raw_head().escape_ascii().to_string();
    assert!(head.contains(r"X-Bytes: caf\xe9\r\n"), "{head}");
    assert!(head.contains(r"X-Text: caf\xc3\xa9\r\n"), "{head}");
}

/// Section 7.3: what is no header; our choice is 87. It ends the call, and the headers before it stay.
#[test]
fn malformed_headers() {
    let rows = [
        ("", "b"),
        ("c d", "1"),
        (" e", "1"),
        ("f ", "1"),
        ("g:", "1"),
        ("h\r\nX", "1"),
        ("k", "1\r\nX: 2"),
        ("l", "\0"),
    ];
    each(&rows, |&row| {
        let session = Session::open();
        let request = unsent(&session);
        let headers = [("X-Before", "1"), row, ("X-After", "1")];
        assert_eq!(add(&request, ADD, &headers), ERROR_INVALID_PARAMETER);
        assert_eq!(request.request_headers("X-Before"), ["1"]);
        assert!(request.request_headers("X-After").is_empty() && request.request_headers("X").is_empty());
    });
}

/// Section 7.4: so does one that its modifiers refuse.
#[test]
fn refused_headers() {
    let session = Session::open();
    let request = unsent(&session);
    let headers = [("X-A", "1"), ("x-a", "2"), ("X-B", "3")];
    assert_eq!(add(&request, IF_NEW, &headers), ERROR_WINHTTP_HEADER_ALREADY_EXISTS);
    assert_eq!((request.request_headers("X-A"), request.request_headers("X-B").len()), (vec!["1".to_owned()], 0));
    assert_eq!(add(&request, REPLACE, &[("X-A", ""), ("X-B", "3")]), ERROR_WINHTTP_HEADER_NOT_FOUND);
    assert!(request.request_headers("X-A").is_empty());
}

/// Section 1.2 and 7.5: no header is 87, but the handle comes first.
#[test]
fn no_headers_and_bad_handles() {
    let session = Session::open();
    let request = unsent(&session);
    let none: [(&str, &str); 0] = [];
    assert_eq!(add(&request, ADD, &none), ERROR_INVALID_PARAMETER);
    for (handle, expected) in [
        (HINTERNET::NULL, ERROR_INVALID_HANDLE),
        (request.connect, ERROR_WINHTTP_INCORRECT_HANDLE_TYPE),
        (session.handle, ERROR_WINHTTP_INCORRECT_HANDLE_TYPE),
    ] {
        assert_eq!(code(told(|| WinHttpAddRequestHeadersEx(handle, ADD, &none))), expected);
    }
    WinHttpCloseHandle(request.handle).unwrap();
    assert_eq!(add(&request, ADD, &[("X", "1")]), ERROR_INVALID_HANDLE);
}
