//! WinHttpQueryHeadersEx: core.md 15.7, with 15.1, 15.3 and 10.7.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use conformance::{Request, Session, code, each, told};
use openwinhttp::*;
use testserver::Peer;

const ALL: u32 = WINHTTP_QUERY_EX_ALL_HEADERS;
const CUSTOM: u32 = WINHTTP_QUERY_CUSTOM;
const OF_REQUEST: u32 = WINHTTP_QUERY_FLAG_REQUEST_HEADERS;
const TRAILERS: u32 = WINHTTP_QUERY_FLAG_TRAILERS;
const WIRE: u32 = WINHTTP_QUERY_FLAG_WIRE_ENCODING;
const MISSING: u32 = ERROR_WINHTTP_HEADER_NOT_FOUND;
const STATE: u32 = ERROR_WINHTTP_INCORRECT_HANDLE_STATE;
const INVALID: u32 = ERROR_INVALID_PARAMETER;

/// A response with duplicates, an empty value, and names in every case.
const MIXED: &[u8] =
    b"HTTP/1.1 200 OK\r\nserver: s\r\nSet-Cookie: a=1\r\nX-Empty:\r\nSET-COOKIE:  b=2 \r\nContent-Length: 0\r\n\r\n";

/// A request that got this reply; the connection is closed behind it.
fn answered(reply: impl Into<Vec<u8>>) -> (Peer, Session, Request) {
    let reply = reply.into();
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply(reply);
    });
    let session = Session::open();
    let request = session.got(peer.port());
    (peer, session, request)
}

fn ask(request: &Request, level: u32, name: Option<&str>) -> Result<Vec<ExtendedHeader>> {
    told(|| WinHttpQueryHeadersEx(request.handle, level, None, name))
}

/// Names and values, each as it prints.
fn pairs(headers: Vec<ExtendedHeader>) -> Vec<(String, String)> {
    headers.into_iter().map(|header| (header.name, header.value.into_string())).collect()
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// All headers: without the status line, in order, as they are spelled.
#[test]
fn all_headers() {
    assert_eq!((ALL, ALL), (21, WINHTTP_QUERY_RAW_HEADERS));
    let (_peer, _session, request) = answered(MIXED);
    let expected =
        [("server", "s"), ("Set-Cookie", "a=1"), ("X-Empty", ""), ("SET-COOKIE", "b=2"), ("Content-Length", "0")];
    assert_eq!(pairs(ask(&request, ALL, None).unwrap()), owned(&expected));
    assert_eq!(pairs(ask(&request, ALL, Some("server")).unwrap()), owned(&expected), "a name is ignored");
}

/// Two hundred headers: more than fit the first guess of anybody.
#[test]
fn many_headers() {
    let fields: String = (0..200).map(|at| format!("X-{at}: {}\r\n", "v".repeat(at))).collect();
    let (_peer, _session, request) = answered(format!("HTTP/1.1 204 No Content\r\n{fields}\r\n"));
    let headers = ask(&request, ALL, None).unwrap();
    let is_right =
        |at: usize| headers[at].name == format!("X-{at}") && headers[at].value.as_str() == Some(&"v".repeat(at));
    assert!(headers.len() == 200 && (0..200).all(is_right), "{headers:?}");
}

/// One header: by its level, and by its name in any case.
#[test]
fn one_header() {
    let (_peer, _session, request) = answered(MIXED);
    assert_eq!(pairs(ask(&request, WINHTTP_QUERY_SERVER, None).unwrap()), owned(&[("server", "s")]));
    assert_eq!(pairs(ask(&request, WINHTTP_QUERY_SERVER, Some("X-Empty")).unwrap()), owned(&[("server", "s")]));
    assert_eq!(pairs(ask(&request, CUSTOM, Some("x-empty")).unwrap()), owned(&[("X-Empty", "")]));
    assert_eq!(pairs(ask(&request, CUSTOM, Some("set-cookie")).unwrap()), owned(&[("Set-Cookie", "a=1")]));
    assert_eq!(code(ask(&request, WINHTTP_QUERY_ETAG, None)), MISSING);
    assert_eq!(code(ask(&request, CUSTOM, Some("X"))), MISSING);
    assert_eq!(code(ask(&request, CUSTOM, Some(""))), MISSING);
}

/// Section 15.3: the index counts the hits; it means nothing for all headers.
#[test]
fn index() {
    let (_peer, _session, request) = answered(MIXED);
    let at = |index: &mut u32, level| told(|| WinHttpQueryHeadersEx(request.handle, level, Some(index), None));
    let mut index = 0;
    let mut next = || at(&mut index, WINHTTP_QUERY_SET_COOKIE).map(pairs).map_err(|error| error.code());
    assert_eq!(next(), Ok(owned(&[("Set-Cookie", "a=1")])));
    assert_eq!(next(), Ok(owned(&[("SET-COOKIE", "b=2")])));
    assert_eq!(next(), Err(MISSING));
    assert_eq!(index, 2);
    let mut far = u32::MAX;
    assert_eq!((code(at(&mut far, WINHTTP_QUERY_SET_COOKIE)), far), (MISSING, u32::MAX));
    assert_eq!(at(&mut far, ALL).unwrap().len(), 5);
    assert_eq!(far, u32::MAX);
}

/// Section 15.7: what is no header field is 87, and so are numbers and dates; before the state is looked at.
#[test]
fn levels_that_are_refused() {
    let rows = [
        (WINHTTP_QUERY_VERSION, None),
        (WINHTTP_QUERY_STATUS_CODE, None),
        (WINHTTP_QUERY_STATUS_TEXT, None),
        (WINHTTP_QUERY_RAW_HEADERS_CRLF, None),
        (WINHTTP_QUERY_REQUEST_METHOD, None),
        (WINHTTP_QUERY_CONTENT_LENGTH | WINHTTP_QUERY_FLAG_NUMBER, None),
        (WINHTTP_QUERY_CONTENT_LENGTH | WINHTTP_QUERY_FLAG_NUMBER64, None),
        (WINHTTP_QUERY_DATE | WINHTTP_QUERY_FLAG_SYSTEMTIME, None),
        (ALL | WINHTTP_QUERY_FLAG_NUMBER, None),
        (CUSTOM | WINHTTP_QUERY_FLAG_NUMBER, Some("server")),
        (CUSTOM, None),
        (WINHTTP_QUERY_MAX + 1, None),
    ];
    each(&rows, |&(level, name)| {
        let (_peer, session, request) = answered(MIXED);
        assert_eq!(code(ask(&request, level, name)), INVALID);
        assert_eq!(code(ask(&session.request(80, "GET", "/"), level, name)), INVALID);
    });
}

/// Section 15.1: of the request at any time; of the answer once it was received.
#[test]
fn states() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply(MIXED);
    });
    let session = Session::open();
    let request = session.get(peer.port());
    request.add("X-Mine: 1", WINHTTP_ADDREQ_FLAG_ADD).unwrap();
    assert_eq!(code(ask(&request, ALL, None)), STATE);
    assert_eq!(pairs(ask(&request, ALL | OF_REQUEST, None).unwrap()), owned(&[("X-Mine", "1")]));
    request.send().unwrap();
    assert_eq!(code(ask(&request, WINHTTP_QUERY_SERVER, None)), STATE);
    assert_eq!(code(ask(&request, ALL | TRAILERS, None)), STATE);
    request.receive().unwrap();
    assert_eq!(ask(&request, ALL, None).unwrap().len(), 5);
    let names: Vec<_> = ask(&request, ALL | OF_REQUEST, None).unwrap().into_iter().map(|header| header.name).collect();
    assert_eq!(names, ["Connection", "User-Agent", "X-Mine", "Host"]);
    assert_eq!(pairs(ask(&request, WINHTTP_QUERY_USER_AGENT | OF_REQUEST, None).unwrap())[0].1, "conformance/1.0");
}

/// Section 10.7: trailers come with the end of the body.
#[test]
fn trailers() {
    let reply =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-T: 1\r\nx-u: 2\r\nX-T: 3\r\n\r\n";
    let (_peer, _session, request) = answered(reply);
    assert_eq!(code(ask(&request, ALL | TRAILERS, None)), STATE);
    assert_eq!(request.body(), b"ok");
    let all = owned(&[("X-T", "1"), ("x-u", "2"), ("X-T", "3")]);
    assert_eq!(pairs(ask(&request, ALL | TRAILERS, None).unwrap()), all);
    assert_eq!(pairs(ask(&request, CUSTOM | TRAILERS, Some("X-U")).unwrap()), all[1..2]);
}

/// Our choice: where there is no header at all, and no trailer, it is 12150.
#[test]
fn nothing_at_all() {
    let (_peer, session, request) = answered("HTTP/1.1 200 OK\r\n\r\n");
    assert_eq!(code(ask(&request, ALL, None)), MISSING);
    assert_eq!(request.body(), b"");
    assert_eq!(code(ask(&request, ALL | TRAILERS, None)), MISSING);
    assert_eq!(code(ask(&session.request(80, "GET", "/"), ALL | OF_REQUEST, None)), MISSING);
}

/// WIRE_ENCODING gives bytes as they came; else what is no UTF-8 is Latin-1.
#[test]
fn wire_encoding() {
    let (_peer, _session, request) =
        answered(b"HTTP/1.1 200 OK\r\nX-L: \xE9\r\nX-U: \xC3\xA9\r\nContent-Length: 0\r\n\r\n");
    let text = |name| ask(&request, CUSTOM, Some(name)).unwrap().remove(0).value;
    assert_eq!([text("X-L"), text("X-U")], ["\u{E9}", "\u{E9}"].map(|text| HeaderValue::Text(text.to_owned())));
    let values: Vec<_> = ask(&request, ALL | WIRE, None).unwrap().into_iter().map(|header| header.value).collect();
    assert_eq!(values, [b"\xE9".as_slice(), b"\xC3\xA9", b"0"].map(|bytes| HeaderValue::Wire(bytes.to_vec())));
    assert_eq!(ask(&request, CUSTOM | WIRE, Some("x-l")).unwrap()[0].name, "X-L");
    assert_eq!(code(ask(&request, CUSTOM | WIRE, Some("caf\u{E9}"))), MISSING);
}

/// Section 1.3: handles.
#[test]
fn bad_handles() {
    let (_peer, session, request) = answered(MIXED);
    let on = |handle| code(told(|| WinHttpQueryHeadersEx(handle, ALL, None, None)));
    assert_eq!(on(HINTERNET::NULL), ERROR_INVALID_HANDLE);
    assert_eq!([on(session.handle), on(request.connect)], [ERROR_WINHTTP_INCORRECT_HANDLE_TYPE; 2]);
    WinHttpCloseHandle(request.connect).unwrap();
    assert_eq!(on(request.handle), ERROR_INVALID_HANDLE);
}
