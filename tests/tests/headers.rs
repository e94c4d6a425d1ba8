//! Request headers: core.md 6 and 7, on the handle and on the wire.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use conformance::{Request, Session, code, each, sent_by, told};
use openwinhttp::*;
use testserver::serve::{Response, Server};

const ADD: u32 = WINHTTP_ADDREQ_FLAG_ADD;
const IF_NEW: u32 = WINHTTP_ADDREQ_FLAG_ADD_IF_NEW;
const COALESCE: u32 = WINHTTP_ADDREQ_FLAG_COALESCE;
const COMMA: u32 = WINHTTP_ADDREQ_FLAG_COALESCE_WITH_COMMA;
const SEMICOLON: u32 = WINHTTP_ADDREQ_FLAG_COALESCE_WITH_SEMICOLON;
const REPLACE: u32 = WINHTTP_ADDREQ_FLAG_REPLACE;
const EXISTS: u32 = ERROR_WINHTTP_HEADER_ALREADY_EXISTS;
const MISSING: u32 = ERROR_WINHTTP_HEADER_NOT_FOUND;
const INVALID: u32 = ERROR_INVALID_PARAMETER;

/// A request that is never sent.
fn unsent(session: &Session) -> Request {
    session.request(80, "GET", "/")
}

/// The names in the order of the wire, without the request line.
fn names(request: &testserver::Request) -> Vec<&str> {
    request.headers.iter().map(|(name, _)| name.as_str()).collect()
}

fn exchange(request: &Request) {
    request.send().and_then(|()| request.receive()).unwrap();
}

/// Section 6.1 and 6.2: the smallest request, byte for byte.
#[test]
fn minimal_get() {
    let session = Session::open();
    let mut port = 0;
    let request = sent_by(|at| {
        port = at;
        exchange(&session.get(port));
    });
    let head = format!(
        "GET / HTTP/1.1\r\nConnection: Keep-Alive\r\nUser-Agent: conformance/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n"
    );
    assert_eq!(request.raw_head().escape_ascii().to_string(), head.as_bytes().escape_ascii().to_string());
}

/// Section 6.2: the captured POST and GET, whatever the order in which the headers were added.
#[test]
fn order_of_the_captures() {
    let session = Session::open();
    let post = sent_by(|port| {
        let request = session.request(port, "POST", "/");
        let headers = "X-Custom: 1\r\nCookie: a=b\r\nAccept: */*\r\nContent-Type: text/plain";
        request.send_body(Some(headers), b"data").unwrap();
        request.receive().unwrap();
    });
    let expected =
        ["Connection", "Content-Type", "Accept", "Cookie", "User-Agent", "X-Custom", "Content-Length", "Host"];
    assert_eq!(names(&post), expected);
    let get = sent_by(|port| {
        let connect = session.connect(port);
        let types: &[&str] = &["*/*"];
        let open = || WinHttpOpenRequest(connect, None, None, None, None, Some(types), WINHTTP_FLAG_REFRESH);
        exchange(&Request { handle: told(open).unwrap(), connect });
    });
    assert_eq!(names(&get), ["Cache-Control", "Connection", "Pragma", "Accept", "User-Agent", "Host"]);
}

/// Section 6.2: general, entity and request headers in the order of their ids, then unknown ones as they were added.
#[test]
fn order_of_all_headers() {
    let ordered = [
        "Cache-Control",
        "Connection",
        "Date",
        "Pragma",
        "Via",
        "Warning",
        "Allow",
        "Content-Type",
        "Content-Encoding",
        "Last-Modified",
        "Accept",
        "Accept-Charset",
        "Accept-Encoding",
        "Accept-Language",
        "Authorization",
        "Cookie",
        "From",
        "If-Match",
        "Max-Forwards",
        "Referer",
        "Range",
        "User-Agent",
        "X-Zulu",
        "X-Alpha",
        "X-Mike",
        "Host",
    ];
    let session = Session::open();
    let request = sent_by(|port| {
        let request = session.get(port);
        let known = ordered.iter().rev().filter(|name| !name.starts_with("X-"));
        let unknown = ordered.iter().filter(|name| name.starts_with("X-"));
        for name in known.chain(unknown) {
            request.add(&format!("{name}: v"), ADD).unwrap();
        }
        exchange(&request);
    });
    assert_eq!(names(&request), ordered);
}

/// Section 6.1: headers the program added win over the automatic ones, and are not doubled; names keep their spelling.
#[test]
fn own_headers_win() {
    let session = Session::open();
    let request = sent_by(|port| {
        let request = session.get(port);
        request.add("user-AGENT: mine\r\nHOST: elsewhere.example\r\nconnection: close", ADD).unwrap();
        exchange(&request);
    });
    for (name, value) in [("user-AGENT", "mine"), ("HOST", "elsewhere.example"), ("connection", "close")] {
        let same: Vec<_> = request.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name)).collect();
        assert_eq!(same, [&(name.to_owned(), value.to_owned())]);
    }
}

/// Section 6.1: what is never sent by default.
#[test]
fn never_by_default() {
    let session = Session::open();
    let request = sent_by(|port| exchange(&session.get(port)));
    for name in ["Accept", "Accept-Encoding", "Accept-Language", "Date", "Expect", "Cookie", "Authorization", "Referer"]
    {
        assert_eq!(request.header(name), None, "{name}");
    }
}

/// C16: Host names the port unless it is the default of its scheme; IPv6 literals are in brackets.
#[test]
fn host_header() {
    let session = Session::open();
    let rows = [("localhost", "localhost"), ("LOCALHOST", "LOCALHOST"), ("127.0.0.1", "127.0.0.1")];
    for (host, named) in rows {
        let mut port = 0;
        let request = sent_by(|at| {
            port = at;
            exchange(&session.request_to(host, port, "GET", "/", 0));
        });
        let host = request.header("host").unwrap().to_owned();
        assert!(host.eq_ignore_ascii_case(&format!("{named}:{port}")), "{host}");
    }
}

/// Section 7.1: an empty string is no header.
#[test]
fn empty_string() {
    let session = Session::open();
    let request = unsent(&session);
    assert_eq!(code(request.add("", ADD)), INVALID);
}

/// Section 7.2: what separates headers.
#[test]
fn separators() {
    let separators = ["\r\n", "\n", "\r", "\n\r", "\n\n\n", "\r\r\r", "\r\n\r\n"];
    each(&separators, |separator| {
        for end in ["", separator, "\r\n"] {
            let session = Session::open();
            let request = unsent(&session);
            request.add(&format!("a: 1{separator}b: 2{separator}a: 3{end}"), ADD).unwrap();
            assert_eq!(
                (request.request_headers("a"), request.request_headers("b")),
                (vec!["1".into(), "3".into()], vec!["2".into()])
            );
        }
    });
}

/// Section 7.2: left to right, stopping at the first failure; what came before stays.
#[test]
fn first_failure_stops() {
    let session = Session::open();
    for (headers, modifiers, expected) in [
        ("a: 1\r\nbad\r\nb: 2", ADD, INVALID),
        ("a: 1\r\na: 2\r\nb: 2", IF_NEW, EXISTS),
        ("a: 1\r\n: x\r\nb: 2", ADD, INVALID),
    ] {
        let request = unsent(&session);
        assert_eq!(code(request.add(headers, modifiers)), expected);
        assert_eq!((request.request_headers("a"), request.request_headers("b")), (vec!["1".to_owned()], vec![]));
    }
}

/// Section 7.3: what is a header.
#[test]
fn valid_headers() {
    let rows = [
        ("a:", "a", ""),
        ("a: ", "a", ""),
        ("name: value", "name", "value"),
        ("name:value", "name", "value"),
        ("name:   value", "name", "value"),
        ("name: a: b", "name", "a: b"),
        ("NAME: value", "name", "value"),
        ("x-!#$%&'*+-.^_`|~: v", "x-!#$%&'*+-.^_`|~", "v"),
    ];
    let session = Session::open();
    for (header, name, value) in rows {
        let request = unsent(&session);
        request.add(header, ADD).unwrap();
        assert_eq!(request.request_headers(name), [value], "{header:?}");
    }
    let request = unsent(&session);
    request.add("field: value ", ADD).unwrap();
    let value = request.request_headers("FIELD").remove(0);
    assert!(value == "value" || value == "value ", "{value:?}: the test on real Windows takes either");
}

/// Section 7.3 and C5: what is none; it is not added.
#[test]
fn invalid_headers() {
    let names =
        ["(", ")", "<", ">", "@", ",", ";", "\\", "\"", "/", "[", "]", "?", "=", "{", "}", " ", "\t", "\x01", "\x7f"];
    let mut rows: Vec<String> = names.iter().map(|bad| format!("x{bad}y: v")).collect();
    rows.extend([":", ":b", "cd", " e :f", "e : f", " e: f", "a: b\0c", "a\0: b", "é: v"].map(str::to_owned));
    let session = Session::open();
    each(&rows, |header| {
        let request = unsent(&session);
        let before = request.raw_request();
        for modifiers in [ADD, IF_NEW, ADD | REPLACE, COALESCE] {
            assert_eq!(code(request.add(header, modifiers)), INVALID, "modifiers {modifiers:#x}");
        }
        assert_eq!(request.raw_request(), before);
    });
}

/// One line of the truth table of section 7.4: the values before, the call, and the values after.
struct Truth {
    modifiers: u32,
    before: &'static [&'static str],
    value: &'static str,
    code: u32,
    after: &'static [&'static str],
}

const fn truth(
    modifiers: u32,
    before: &'static [&'static str],
    value: &'static str,
    code: u32,
    after: &'static [&'static str],
) -> Truth {
    Truth { modifiers, before, value, code, after }
}

const TRUTHS: [Truth; 31] = [
    truth(0, &[], "v", 0, &["v"]),
    truth(0, &["a"], "v", 0, &["a", "v"]),
    truth(ADD, &[], "v", 0, &["v"]),
    truth(ADD, &["a"], "v", 0, &["a", "v"]),
    truth(ADD, &["a", "b"], "a", 0, &["a", "b", "a"]),
    truth(IF_NEW, &[], "v", 0, &["v"]),
    truth(IF_NEW, &["a"], "v", EXISTS, &["a"]),
    truth(IF_NEW, &["a"], "", EXISTS, &["a"]),
    truth(REPLACE, &[], "v", MISSING, &[]),
    truth(REPLACE, &["a"], "v", 0, &["v"]),
    truth(REPLACE, &["a", "b"], "v", 0, &["v", "b"]),
    truth(REPLACE, &[], "", MISSING, &[]),
    truth(REPLACE, &["a"], "", 0, &[]),
    truth(REPLACE, &["a", "b"], "", 0, &["b"]),
    truth(ADD | REPLACE, &[], "v", 0, &["v"]),
    truth(ADD | REPLACE, &["a"], "v", 0, &["v"]),
    truth(ADD | REPLACE, &["a", "b"], "v", 0, &["v", "b"]),
    truth(ADD | REPLACE, &[], "", 0, &[]),
    truth(ADD | REPLACE, &["a", "b"], "", 0, &["b"]),
    truth(COALESCE, &[], "v", 0, &["v"]),
    truth(COALESCE, &["a", "b"], "v", 0, &["a, v", "b"]),
    truth(COMMA | ADD, &[], "v", 0, &["v"]),
    truth(COMMA | ADD, &["a", "b"], "v", 0, &["a, v", "b"]),
    truth(SEMICOLON, &[], "v", 0, &["v"]),
    truth(SEMICOLON, &["a", "b"], "v", 0, &["a; v", "b"]),
    truth(SEMICOLON | ADD, &["a"], "v", 0, &["a; v"]),
    truth(COMMA | SEMICOLON, &["a"], "v", 0, &["a, v"]),
    truth(REPLACE | COMMA, &["a", "b"], "v", 0, &["v", "b"]),
    truth(REPLACE | SEMICOLON, &[], "v", MISSING, &[]),
    truth(IF_NEW | REPLACE, &[], "v", MISSING, &[]),
    truth(IF_NEW | REPLACE, &["a"], "v", EXISTS, &["a"]),
];

/// Section 7.4, the truth table; another header stays where it is; names compare without case.
#[test]
fn modifiers() {
    assert_eq!(COALESCE, COMMA);
    let session = Session::open();
    for row in TRUTHS {
        let context = format!("{:#x} of {:?} to {:?}", row.modifiers, row.value, row.before);
        let request = unsent(&session);
        request.add("X-Other: 1", ADD).unwrap();
        for value in row.before {
            request.add(&format!("X-Name: {value}"), ADD).unwrap();
        }
        assert_eq!(code(request.add(&format!("x-nAME: {}", row.value), row.modifiers)), row.code, "{context}");
        assert_eq!(request.request_headers("x-name"), row.after, "{context}");
        assert_eq!(request.request_headers("x-other"), ["1"], "{context}");
    }
}

/// Section 7.4: the index bits are ignored.
#[test]
fn index_bits() {
    let session = Session::open();
    let request = unsent(&session);
    request.add("x: 1\r\nx: 2", ADD | 7).unwrap();
    request.add("x: 3", REPLACE | 1).unwrap();
    assert_eq!(request.request_headers("x"), ["3", "2"]);
}

/// Section 7.4: the worked sequence, step by step, and what of it arrives.
#[test]
fn worked_sequence() {
    let steps: [(u32, &str, u32, &[&str]); 8] = [
        (ADD, "test1", 0, &["test1"]),
        (ADD, "test2", 0, &["test1", "test2"]),
        (REPLACE, "test3", 0, &["test3", "test2"]),
        (IF_NEW, "test4", EXISTS, &["test3", "test2"]),
        (COALESCE, "test4", 0, &["test3, test4", "test2"]),
        (COMMA, "test5", 0, &["test3, test4, test5", "test2"]),
        (SEMICOLON, "test6", 0, &["test3, test4, test5; test6", "test2"]),
        (ADD | REPLACE, "test4", 0, &["test4", "test2"]),
    ];
    let session = Session::open();
    for sent_after in 1..=steps.len() {
        let arrived = sent_by(|port| {
            let request = session.get(port);
            for (modifiers, value, expected, list) in &steps[..sent_after] {
                assert_eq!(code(request.add(&format!("Warning: {value}"), *modifiers)), *expected);
                assert_eq!(request.request_headers("warning"), *list);
            }
            exchange(&request);
        });
        let arrived: Vec<_> = arrived.header_values("warning").collect();
        assert_eq!(arrived, steps[sent_after - 1].3);
    }
}

/// Section 7.3: an empty value arrives as one.
#[test]
fn empty_value_on_the_wire() {
    let session = Session::open();
    let request = sent_by(|port| {
        let request = session.get(port);
        request.add("X-Empty:", ADD).unwrap();
        exchange(&request);
    });
    assert_eq!(request.header("x-empty"), Some(""));
}

/// Section 7.1: headers may be added at any time; they stay on the handle, and the next send takes them along.
#[test]
fn headers_persist() {
    let server = Server::http(|request| {
        let values: Vec<_> = request.header_values("x-seen").collect();
        Response::new(200).body(values.join("|"))
    });
    let session = Session::open();
    let request = session.get(server.port());
    request.add("X-Seen: opened", ADD).unwrap();
    request.send().unwrap();
    request.add("X-Seen: sent", ADD).unwrap();
    request.receive().unwrap();
    request.add("X-Seen: received", ADD).unwrap();
    assert_eq!(request.body(), b"opened", "too late for this leg");
    exchange(&request);
    assert_eq!(request.body(), b"opened|sent|received");
}

/// Section 8.1: the headers of SendRequest are added with ADD and REPLACE, in any separation, and stay as well.
#[test]
fn headers_of_the_send() {
    let server = Server::http(|request| {
        let values: Vec<_> = ["x-one", "x-two"].into_iter().flat_map(|name| request.header_values(name)).collect();
        Response::new(200).body(values.join("|"))
    });
    let session = Session::open();
    let request = session.get(server.port());
    request.add("X-One: a\r\nX-One: b", ADD).unwrap();
    let answer = |headers| {
        request.send_with(headers, None, 0).and_then(|()| request.receive()).unwrap();
        String::from_utf8(request.body()).unwrap()
    };
    assert_eq!(answer(Some("X-One: c\nX-Two: d\r")), "c|b|d");
    assert_eq!(answer(None), "c|b|d");
    assert_eq!(answer(Some("")), "c|b|d");
    assert_eq!(answer(Some("X-Two: e\r\n")), "c|b|e");
    assert_eq!(answer(Some("X-One:\r\nX-Two:")), "b");
}

/// Section 8.1: malformed headers of SendRequest fail with 87.
#[test]
fn bad_headers_of_the_send() {
    let session = Session::open();
    for headers in ["no colon", ": v", "a b: c", "a: b\0"] {
        assert_eq!(code(unsent(&session).send_with(Some(headers), None, 0)), INVALID, "{headers:?}");
    }
}
