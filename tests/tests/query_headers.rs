//! WinHttpQueryHeaders in both forms: core.md 15 and 19, faults.md row 156.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use conformance::{Request, Session, code, each, told};
use openwinhttp::*;
use testserver::Peer;

const MISSING: u32 = ERROR_WINHTTP_HEADER_NOT_FOUND;
const SHORT: u32 = ERROR_INSUFFICIENT_BUFFER;
const INVALID: u32 = ERROR_INVALID_PARAMETER;
const OVERFLOW: u32 = ERROR_WINHTTP_INVALID_HEADER;
const STATE: u32 = ERROR_WINHTTP_INCORRECT_HANDLE_STATE;
const CUSTOM: u32 = WINHTTP_QUERY_CUSTOM;
const NUMBER: u32 = WINHTTP_QUERY_FLAG_NUMBER;
const NUMBER64: u32 = WINHTTP_QUERY_FLAG_NUMBER64;
const SYSTEM_TIME: u32 = WINHTTP_QUERY_FLAG_SYSTEMTIME;
const REQUEST: u32 = WINHTTP_QUERY_FLAG_REQUEST_HEADERS;
const TRAILERS: u32 = WINHTTP_QUERY_FLAG_TRAILERS;
const WIRE: u32 = WINHTTP_QUERY_FLAG_WIRE_ENCODING;

/// Section 15.6: the levels that stand for a header, with their numbers. Those that Microsoft calls obsolete are below.
const LEVELS: [(u32, u32, &str); 61] = [
    (WINHTTP_QUERY_MIME_VERSION, 0, "MIME-Version"),
    (WINHTTP_QUERY_CONTENT_TYPE, 1, "Content-Type"),
    (WINHTTP_QUERY_CONTENT_TRANSFER_ENCODING, 2, "Content-Transfer-Encoding"),
    (WINHTTP_QUERY_CONTENT_ID, 3, "Content-ID"),
    (WINHTTP_QUERY_CONTENT_LANGUAGE, 6, "Content-Language"),
    (WINHTTP_QUERY_ALLOW, 7, "Allow"),
    (WINHTTP_QUERY_PUBLIC, 8, "Public"),
    (WINHTTP_QUERY_DATE, 9, "Date"),
    (WINHTTP_QUERY_EXPIRES, 10, "Expires"),
    (WINHTTP_QUERY_LAST_MODIFIED, 11, "Last-Modified"),
    (WINHTTP_QUERY_URI, 13, "URI"),
    (WINHTTP_QUERY_PRAGMA, 17, "Pragma"),
    (WINHTTP_QUERY_CONNECTION, 23, "Connection"),
    (WINHTTP_QUERY_ACCEPT, 24, "Accept"),
    (WINHTTP_QUERY_ACCEPT_CHARSET, 25, "Accept-Charset"),
    (WINHTTP_QUERY_ACCEPT_ENCODING, 26, "Accept-Encoding"),
    (WINHTTP_QUERY_ACCEPT_LANGUAGE, 27, "Accept-Language"),
    (WINHTTP_QUERY_AUTHORIZATION, 28, "Authorization"),
    (WINHTTP_QUERY_CONTENT_ENCODING, 29, "Content-Encoding"),
    (WINHTTP_QUERY_FROM, 31, "From"),
    (WINHTTP_QUERY_IF_MODIFIED_SINCE, 32, "If-Modified-Since"),
    (WINHTTP_QUERY_LOCATION, 33, "Location"),
    (WINHTTP_QUERY_REFERER, 35, "Referer"),
    (WINHTTP_QUERY_RETRY_AFTER, 36, "Retry-After"),
    (WINHTTP_QUERY_SERVER, 37, "Server"),
    (WINHTTP_QUERY_USER_AGENT, 39, "User-Agent"),
    (WINHTTP_QUERY_WWW_AUTHENTICATE, 40, "WWW-Authenticate"),
    (WINHTTP_QUERY_PROXY_AUTHENTICATE, 41, "Proxy-Authenticate"),
    (WINHTTP_QUERY_ACCEPT_RANGES, 42, "Accept-Ranges"),
    (WINHTTP_QUERY_SET_COOKIE, 43, "Set-Cookie"),
    (WINHTTP_QUERY_COOKIE, 44, "Cookie"),
    (WINHTTP_QUERY_AGE, 48, "Age"),
    (WINHTTP_QUERY_CACHE_CONTROL, 49, "Cache-Control"),
    (WINHTTP_QUERY_CONTENT_BASE, 50, "Content-Base"),
    (WINHTTP_QUERY_CONTENT_LOCATION, 51, "Content-Location"),
    (WINHTTP_QUERY_CONTENT_MD5, 52, "Content-MD5"),
    (WINHTTP_QUERY_CONTENT_RANGE, 53, "Content-Range"),
    (WINHTTP_QUERY_ETAG, 54, "ETag"),
    (WINHTTP_QUERY_HOST, 55, "Host"),
    (WINHTTP_QUERY_IF_MATCH, 56, "If-Match"),
    (WINHTTP_QUERY_IF_NONE_MATCH, 57, "If-None-Match"),
    (WINHTTP_QUERY_IF_RANGE, 58, "If-Range"),
    (WINHTTP_QUERY_IF_UNMODIFIED_SINCE, 59, "If-Unmodified-Since"),
    (WINHTTP_QUERY_MAX_FORWARDS, 60, "Max-Forwards"),
    (WINHTTP_QUERY_RANGE, 62, "Range"),
    (WINHTTP_QUERY_UPGRADE, 64, "Upgrade"),
    (WINHTTP_QUERY_VARY, 65, "Vary"),
    (WINHTTP_QUERY_VIA, 66, "Via"),
    (WINHTTP_QUERY_WARNING, 67, "Warning"),
    (WINHTTP_QUERY_EXPECT, 68, "Expect"),
    (WINHTTP_QUERY_PROXY_CONNECTION, 69, "Proxy-Connection"),
    (WINHTTP_QUERY_UNLESS_MODIFIED_SINCE, 70, "Unless-Modified-Since"),
    (WINHTTP_QUERY_PROXY_SUPPORT, 75, "Proxy-Support"),
    (WINHTTP_QUERY_AUTHENTICATION_INFO, 76, "Authentication-Info"),
    (WINHTTP_QUERY_PASSPORT_URLS, 77, "PassportURLs"),
    (WINHTTP_QUERY_PASSPORT_CONFIG, 78, "PassportConfig"),
    // Obsolete, but harmless.
    (WINHTTP_QUERY_CONTENT_LENGTH, 5, "Content-Length"),
    (WINHTTP_QUERY_TRANSFER_ENCODING, 63, "Transfer-Encoding"),
    (WINHTTP_QUERY_REQUEST_METHOD, 45, ""),
    (WINHTTP_QUERY_VERSION, 18, ""),
    (WINHTTP_QUERY_STATUS_TEXT, 20, ""),
];

/// Section 15.6: levels that Microsoft calls obsolete or unsupported.
const OBSOLETE: [(u32, u32); 10] = [
    (WINHTTP_QUERY_CONTENT_DESCRIPTION, 4),
    (WINHTTP_QUERY_MESSAGE_ID, 12),
    (WINHTTP_QUERY_DERIVED_FROM, 14),
    (WINHTTP_QUERY_COST, 15),
    (WINHTTP_QUERY_LINK, 16),
    (WINHTTP_QUERY_FORWARDED, 30),
    (WINHTTP_QUERY_ORIG_URI, 34),
    (WINHTTP_QUERY_TITLE, 38),
    (WINHTTP_QUERY_REFRESH, 46),
    (WINHTTP_QUERY_CONTENT_DISPOSITION, 47),
];

/// The levels of plain headers, but for the two that say where the body ends.
fn plain_levels() -> impl Iterator<Item = (u32, &'static str)> {
    let framing = |name: &str| name.is_empty() || name == "Content-Length" || name == "Transfer-Encoding";
    LEVELS.into_iter().map(|(level, _, name)| (level, name)).filter(move |(_, name)| !framing(name))
}

/// A request whose answer is this.
fn answered(reply: impl AsRef<[u8]>) -> (Peer, Session, Request) {
    let reply = reply.as_ref().to_vec();
    let peer = Peer::script(move |p| {
        let mut c = p.accept();
        c.expect("GET /path?query HTTP/1.1");
        c.reply(reply);
    });
    let session = Session::open();
    let request = session.request(peer.port(), "GET", "/path?query");
    request.send().and_then(|()| request.receive()).unwrap();
    (peer, session, request)
}

/// The same with these header lines.
fn answered_with(fields: &str) -> (Peer, Session, Request) {
    answered(format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: 0\r\n\r\n"))
}

/// Section 15.6: the numbers of the names.
#[test]
fn levels_have_their_numbers() {
    for (level, number, name) in LEVELS {
        assert_eq!(level, number, "{name}");
    }
    for (level, number) in OBSOLETE {
        assert_eq!(level, number);
    }
    assert_eq!((WINHTTP_QUERY_RAW_HEADERS, WINHTTP_QUERY_RAW_HEADERS_CRLF), (21, 22));
    assert_eq!((WINHTTP_QUERY_STATUS_CODE, WINHTTP_QUERY_PROXY_AUTHORIZATION, CUSTOM), (19, 61, 65535));
    assert_eq!([REQUEST, SYSTEM_TIME, NUMBER, NUMBER64], [0x8000_0000, 0x4000_0000, 0x2000_0000, 0x0800_0000]);
    assert_eq!([TRAILERS, WIRE], [0x0200_0000, 0x0100_0000]);
}

/// Section 15.6: every level against a response that has them all, by level and by name.
#[test]
fn every_level_of_a_response() {
    let fields: String = plain_levels().map(|(level, name)| format!("{name}: value {level}\r\n")).collect();
    let (_peer, _session, request) = answered_with(&fields);
    for (level, name) in plain_levels() {
        let value = format!("value {level}");
        assert_eq!(request.text(level).unwrap(), value, "{name}");
        assert_eq!(request.header(&name.to_uppercase()).unwrap(), value, "{name}");
    }
    assert_eq!(request.text(WINHTTP_QUERY_CONTENT_LENGTH).unwrap(), "0");
    assert_eq!(request.text(WINHTTP_QUERY_VERSION).unwrap(), "HTTP/1.1");
    assert_eq!(request.text(WINHTTP_QUERY_STATUS_CODE).unwrap(), "200");
    assert_eq!(request.text(WINHTTP_QUERY_STATUS_TEXT).unwrap(), "OK");
    assert_eq!(request.text(WINHTTP_QUERY_REQUEST_METHOD).unwrap(), "GET");
}

/// Section 15.6: every level against a response that has none: 12150.
#[test]
fn every_level_that_is_absent() {
    let (_peer, _session, request) = answered_with("");
    let obsolete = OBSOLETE.into_iter().map(|(level, _)| (level, "obsolete"));
    for (level, name) in plain_levels().chain(obsolete).chain([(WINHTTP_QUERY_TRANSFER_ENCODING, "TE")]) {
        assert_eq!(code(request.text(level)), MISSING, "{level} {name}");
    }
    assert_eq!(code(request.header("X-None")), MISSING);
    assert_eq!(code(request.header("")), MISSING);
}

/// Section 15.1 and 15.6: every level of the request, before it is sent and after.
#[test]
fn every_level_of_a_request() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    let session = Session::open();
    let request = session.get(peer.port());
    let levels = || plain_levels().chain([(WINHTTP_QUERY_PROXY_AUTHORIZATION, "Proxy-Authorization")]);
    for (level, name) in levels() {
        assert_eq!(code(request.text(level | REQUEST)), MISSING, "{name}");
        request.add(&format!("{name}: value {level}"), WINHTTP_ADDREQ_FLAG_ADD).unwrap();
    }
    let all_there = || levels().all(|(level, _)| request.text(level | REQUEST).unwrap() == format!("value {level}"));
    assert!(all_there(), "before");
    request.send().unwrap();
    assert!(all_there(), "between");
    request.receive().unwrap();
    assert!(all_there(), "after");
}

/// Section 15.1: the automatic headers can be queried after the send.
#[test]
fn automatic_request_headers() {
    let (peer, _session, request) = answered_with("");
    let host = format!("127.0.0.1:{}", peer.port());
    assert_eq!(request.text(WINHTTP_QUERY_HOST | REQUEST).unwrap(), host);
    assert_eq!(request.text(WINHTTP_QUERY_USER_AGENT | REQUEST).unwrap(), "conformance/1.0");
    let sent = String::from_utf8(peer.requests()[0].raw_head().to_vec()).unwrap();
    assert_eq!(request.raw_request(), sent, "what was sent, byte for byte");
}

/// Section 15.5: the raw request before it is sent.
#[test]
fn raw_request_before_the_send() {
    let session = Session::open();
    let request = session.request(80, "PUT", "/path?query");
    request.add("X-A: 1", WINHTTP_ADDREQ_FLAG_ADD).unwrap();
    let raw = request.raw_request();
    assert!(raw.starts_with("PUT /path?query HTTP/1.1\r\n"), "{raw:?}");
    assert!(raw.contains("\r\nX-A: 1\r\n") && raw.ends_with("\r\n\r\n"), "{raw:?}");
    assert_eq!(request.text(WINHTTP_QUERY_REQUEST_METHOD).unwrap(), "PUT");
}

/// Section 15.4: a level that is none is 87, before and after the response; so is one with odd modifiers.
#[test]
fn unknown_levels() {
    let (_peer, session, request) = answered_with("");
    let unsent = session.get(80);
    for level in [71, 72, 73, 74, 79, 80, 100, 1000, 65534] {
        for request in [&request, &unsent] {
            assert_eq!(code(request.text(level)), INVALID, "{level}");
            assert_eq!(code(request.text(level | REQUEST)), INVALID, "{level}");
        }
    }
}

/// Section 15.1: response queries without a response are 12019, whatever the kind.
#[test]
fn queries_before_the_response() {
    let session = Session::open();
    let request = session.get(80);
    let kinds = [0, NUMBER, NUMBER64, SYSTEM_TIME, WIRE];
    for level in [WINHTTP_QUERY_STATUS_CODE, WINHTTP_QUERY_CONTENT_LENGTH, WINHTTP_QUERY_DATE] {
        for modifier in kinds {
            assert_eq!(code(request.query(level | modifier, None)), STATE, "{level} {modifier:#x}");
        }
    }
    for level in [WINHTTP_QUERY_RAW_HEADERS, WINHTTP_QUERY_RAW_HEADERS_CRLF, WINHTTP_QUERY_VERSION] {
        assert_eq!(code(request.query(level, None)), STATE, "{level}");
    }
    assert_eq!(code(request.query(CUSTOM | TRAILERS, Some("x"))), STATE);
}

/// Section 10.7: trailers before the end of the body are 12019.
#[test]
fn trailers_before_the_end_of_the_body() {
    let reply = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-T: 1\r\n\r\n";
    let (_peer, _session, request) = answered(reply);
    assert_eq!(code(request.query(CUSTOM | TRAILERS, Some("x-t"))), STATE);
    assert_eq!(request.body(), b"ok");
    assert_eq!(request.query(CUSTOM | TRAILERS, Some("x-t")).unwrap().as_str(), Some("1"));
}

/// Section 15: a name with another level than CUSTOM is ignored.
#[test]
fn name_with_a_plain_level() {
    let (_peer, _session, request) = answered_with("Server: here\r\nX-A: 1\r\n");
    let value = request.query(WINHTTP_QUERY_SERVER, Some("X-A")).unwrap();
    assert_eq!(value.as_str(), Some("here"));
}

/// Section 15.4: what a number is made of; our choices are 0 for no digits and 12153 for too many.
#[test]
fn numbers() {
    type Coded<T> = std::result::Result<T, u32>;
    let rows: [(&str, Coded<u32>, Coded<u64>); 13] = [
        ("0", Ok(0), Ok(0)),
        ("17", Ok(17), Ok(17)),
        ("0017", Ok(17), Ok(17)),
        ("17 apples", Ok(17), Ok(17)),
        ("17.5", Ok(17), Ok(17)),
        ("1,000", Ok(1), Ok(1)),
        ("apples", Ok(0), Ok(0)),
        ("", Ok(0), Ok(0)),
        ("-5", Ok(0), Ok(0)),
        ("4294967295", Ok(u32::MAX), Ok(4_294_967_295)),
        ("4294967296", Err(OVERFLOW), Ok(4_294_967_296)),
        ("18446744073709551615", Err(OVERFLOW), Ok(u64::MAX)),
        ("18446744073709551616", Err(OVERFLOW), Err(OVERFLOW)),
    ];
    each(&rows, |&(text, number, number64)| {
        let (_peer, _session, request) = answered_with(&format!("X-N: {text}\r\n"));
        let query = |modifiers| request.query(CUSTOM | modifiers, Some("x-n")).map_err(|error| error.code());
        assert_eq!(query(NUMBER).map(|value| value.number().unwrap()), number);
        assert_eq!(query(NUMBER64).map(|value| value.number64().unwrap()), number64);
        assert_eq!(query(NUMBER | SYSTEM_TIME).map(|value| value.number().unwrap()), number, "NUMBER wins");
    });
}

/// Section 15.4: number and date modifiers of values that are only text: 87.
#[test]
fn modifiers_of_texts() {
    let (_peer, _session, request) = answered_with("");
    let levels =
        [WINHTTP_QUERY_VERSION, WINHTTP_QUERY_STATUS_TEXT, WINHTTP_QUERY_RAW_HEADERS, WINHTTP_QUERY_RAW_HEADERS_CRLF];
    for level in levels {
        for modifier in [NUMBER, NUMBER64, SYSTEM_TIME] {
            assert_eq!(code(request.query(level | modifier, None)), INVALID, "{level} {modifier:#x}");
        }
    }
}

/// Section 15.5: the status code as each kind of number.
#[test]
fn status_code_as_number() {
    let (_peer, _session, request) = answered("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    let query = |modifier| request.query(WINHTTP_QUERY_STATUS_CODE | modifier, None).unwrap();
    assert_eq!(query(NUMBER).number(), Some(404));
    assert_eq!(query(NUMBER64).number64(), Some(404));
    assert_eq!(query(0).as_str(), Some("404"));
}

/// Section 15.4: numbers of request headers and a Content-Length of more than 4 GB.
#[test]
fn numbers_elsewhere() {
    let session = Session::open();
    let request = session.get(80);
    request.add("Content-Length: 5000000000\r\nMax-Forwards: 7", WINHTTP_ADDREQ_FLAG_ADD).unwrap();
    let length = WINHTTP_QUERY_CONTENT_LENGTH | REQUEST;
    assert_eq!(request.query(length | NUMBER64, None).unwrap().number64(), Some(5_000_000_000));
    assert_eq!(code(request.query(length | NUMBER, None)), ERROR_WINHTTP_INVALID_HEADER);
    let hops = request.query(WINHTTP_QUERY_MAX_FORWARDS | REQUEST | NUMBER, None).unwrap();
    assert_eq!(hops.number(), Some(7));
}

/// Section 15.4: the three forms of a date; what is none is 12153 (our choice).
#[test]
fn dates() {
    let rows = [
        ("Mon, 28 Jul 2008 10:05:52 GMT", Some((2008, 7, 1, 28, 10, 5, 52))),
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some((1994, 11, 0, 6, 8, 49, 37))),
        ("Sunday, 06-Nov-94 08:49:37 GMT", Some((1994, 11, 0, 6, 8, 49, 37))),
        ("Sun Nov  6 08:49:37 1994", Some((1994, 11, 0, 6, 8, 49, 37))),
        ("Thu, 29 Feb 2024 23:59:59 GMT", Some((2024, 2, 4, 29, 23, 59, 59))),
        ("not a date", None),
        ("", None),
        ("0", None),
        ("-1", None),
    ];
    each(&rows, |&(text, expected)| {
        let (_peer, _session, request) = answered_with(&format!("Expires: {text}\r\n"));
        let value = request.query(WINHTTP_QUERY_EXPIRES | SYSTEM_TIME, None);
        let Some(fields) = expected else {
            assert_eq!(code(value), ERROR_WINHTTP_INVALID_HEADER);
            return;
        };
        let HeaderValue::Time(time) = value.unwrap() else { panic!("not a time") };
        let of_day = (time.wHour, time.wMinute, time.wSecond);
        let (year, month, weekday, day) = (time.wYear, time.wMonth, time.wDayOfWeek, time.wDay);
        assert_eq!((year, month, weekday, day, of_day.0, of_day.1, of_day.2), fields);
        assert_eq!(time.wMilliseconds, 0);
    });
}

/// Section 15.4: the bytes of a value as they came.
#[test]
fn wire_encoding() {
    let reply = b"HTTP/1.1 200 OK\r\nX-A: gr\xfc\xdfe \xe2\x82\xac\r\nContent-Length: 0\r\n\r\n";
    let (_peer, _session, request) = answered(reply);
    let HeaderValue::Wire(bytes) = request.query(CUSTOM | WIRE, Some("x-a")).unwrap() else { panic!("not bytes") };
    assert_eq!(bytes, b"gr\xfc\xdfe \xe2\x82\xac");
    let HeaderValue::Wire(raw) = request.query(WINHTTP_QUERY_RAW_HEADERS_CRLF | WIRE, None).unwrap() else {
        panic!("not bytes")
    };
    assert_eq!(raw, reply);
}

/// Section 15.5: the raw head in both forms; lines are normalised, and the index means nothing.
#[test]
fn raw_headers() {
    let reply = "HTTP/1.1 200 All right\r\nA:1\r\nb:   two \r\nC:\r\nA: 3\r\nContent-Length:0\n\r\n";
    let (_peer, _session, request) = answered(reply);
    let lines = ["HTTP/1.1 200 All right", "A: 1", "b: two", "C: ", "A: 3", "Content-Length: 0"];
    let HeaderValue::Lines(raw) = request.query(WINHTTP_QUERY_RAW_HEADERS, None).unwrap() else { panic!("not lines") };
    assert_eq!(raw, lines);
    assert_eq!(request.text(WINHTTP_QUERY_RAW_HEADERS_CRLF).unwrap(), lines.join("\r\n") + "\r\n\r\n");
}

/// Section 15.3: enumeration by index; none means the first.
#[test]
fn index() {
    let (_peer, _session, request) =
        answered_with("Set-Cookie: a=1\r\nX-Other: 1\r\nset-cookie: b=2\r\nSET-COOKIE: c=3\r\n");
    let at = |mut index: u32| {
        let result = told(|| WinHttpQueryHeaders(request.handle, WINHTTP_QUERY_SET_COOKIE, None, Some(&mut index)));
        (result.map(HeaderValue::into_string).map_err(|error| error.code()), index)
    };
    assert_eq!(at(0), (Ok("a=1".to_owned()), 1));
    assert_eq!(at(1), (Ok("b=2".to_owned()), 2));
    assert_eq!(at(2), (Ok("c=3".to_owned()), 3));
    assert_eq!(at(3), (Err(MISSING), 3));
    assert_eq!(at(u32::MAX), (Err(MISSING), u32::MAX));
    assert_eq!(request.text(WINHTTP_QUERY_SET_COOKIE).unwrap(), "a=1");
    assert_eq!(request.headers("set-cookie"), ["a=1", "b=2", "c=3"]);
}

/// Section 15.3: levels that never touch the index.
#[test]
fn index_of_single_values() {
    let (_peer, _session, request) = answered_with("");
    let levels = [
        WINHTTP_QUERY_RAW_HEADERS,
        WINHTTP_QUERY_RAW_HEADERS_CRLF,
        WINHTTP_QUERY_VERSION,
        WINHTTP_QUERY_STATUS_TEXT,
        WINHTTP_QUERY_REQUEST_METHOD,
    ];
    for level in levels {
        let mut index = 0;
        told(|| WinHttpQueryHeaders(request.handle, level, None, Some(&mut index))).unwrap();
        assert_eq!(index, 0, "level {level}");
    }
}

/// Section 15.3: numbers and dates count the index as texts do.
#[test]
fn index_of_numbers() {
    let (_peer, _session, request) = answered_with("Age: 1\r\nAge: 2\r\n");
    let mut index = 0;
    for expected in [1, 2] {
        let level = WINHTTP_QUERY_AGE | NUMBER;
        let value = told(|| WinHttpQueryHeaders(request.handle, level, None, Some(&mut index))).unwrap();
        assert_eq!((value.number(), index), (Some(expected), expected));
    }
}

/// What QueryHeadersBuffer did with a buffer of this size.
struct Probe {
    code: u32,
    length: u32,
    buffer: Vec<u8>,
    index: u32,
}

const UNTOUCHED: u8 = 0xA5;

fn probe(request: &Request, level: u32, name: Option<&str>, size: usize) -> Probe {
    let (mut buffer, mut length, mut index) = (vec![UNTOUCHED; size], u32::try_from(size).unwrap(), 0);
    let result = told(|| {
        let buffer = Some(buffer.as_mut_slice());
        WinHttpQueryHeadersBuffer(request.handle, level, name, buffer, &mut length, Some(&mut index))
    });
    Probe { code: code(result), length, buffer, index }
}

/// The size that a call without a buffer reports, whatever length it claims.
fn needed(request: &Request, level: u32, name: Option<&str>) -> usize {
    let sizes = [0, 1, 4, 1000, u32::MAX].map(|claimed| {
        let (mut length, mut index) = (claimed, 0);
        let call = || WinHttpQueryHeadersBuffer(request.handle, level, name, None, &mut length, Some(&mut index));
        assert_eq!((code(told(call)), index), (SHORT, 0));
        length as usize
    });
    assert!(sizes.iter().all(|&size| size == sizes[0]), "{sizes:?}");
    sizes[0]
}

/// Sections 15.2 and 19: a kind of value, the bytes that are needed, those that are reported, and those in the buffer.
struct Protocol {
    level: u32,
    name: Option<&'static str>,
    reported: usize,
    bytes: Vec<u8>,
    counts: bool,
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_ne_bytes).collect()
}

fn text_protocol(level: u32, name: Option<&'static str>, text: &str, counts: bool) -> Protocol {
    Protocol { level, name, reported: utf16(text).len(), bytes: utf16(&format!("{text}\0")), counts }
}

/// Sections 15.2 and 19: the size-probe protocol of every kind, one byte short, just enough, and with room to spare.
#[test]
fn buffer_protocol() {
    let long = "x".repeat(200);
    let fields = format!(
        "X-A: value\r\nX-Empty:\r\nX-Long: {long}\r\nX-N: 4294967295\r\nX-D: Mon, 28 Jul 2008 10:05:52 GMT\r\n"
    );
    let (_peer, _session, request) = answered_with(&fields);
    let lines: Vec<String> =
        request.text(WINHTTP_QUERY_RAW_HEADERS_CRLF).unwrap().split_terminator("\r\n").map(str::to_owned).collect();
    let head = lines[..lines.len() - 1].join("\r\n") + "\r\n\r\n";
    let nul_separated: String = lines[..lines.len() - 1].iter().map(|line| format!("{line}\0")).collect();
    let time: Vec<u8> = [2008u16, 7, 1, 28, 10, 5, 52, 0].into_iter().flat_map(u16::to_ne_bytes).collect();
    let rows = [
        text_protocol(CUSTOM, Some("x-a"), "value", true),
        text_protocol(CUSTOM, Some("x-empty"), "", true),
        text_protocol(CUSTOM, Some("x-long"), &long, true),
        text_protocol(WINHTTP_QUERY_CONTENT_LENGTH, None, "0", true),
        text_protocol(WINHTTP_QUERY_VERSION, None, "HTTP/1.1", false),
        text_protocol(WINHTTP_QUERY_STATUS_TEXT, None, "OK", false),
        text_protocol(WINHTTP_QUERY_REQUEST_METHOD, None, "GET", false),
        text_protocol(WINHTTP_QUERY_RAW_HEADERS_CRLF, None, &head, false),
        text_protocol(WINHTTP_QUERY_RAW_HEADERS, None, &nul_separated, false),
        Protocol {
            level: CUSTOM | NUMBER,
            name: Some("x-n"),
            reported: 4,
            bytes: u32::MAX.to_ne_bytes().to_vec(),
            counts: true,
        },
        Protocol {
            level: CUSTOM | NUMBER64,
            name: Some("x-n"),
            reported: 8,
            bytes: 4_294_967_295u64.to_ne_bytes().to_vec(),
            counts: true,
        },
        Protocol { level: CUSTOM | SYSTEM_TIME, name: Some("x-d"), reported: 16, bytes: time, counts: true },
        Protocol { level: CUSTOM | WIRE, name: Some("x-a"), reported: 5, bytes: b"value\0".to_vec(), counts: true },
    ];
    for Protocol { level, name, reported, bytes, counts } in rows {
        let context = format!("level {level:#x} of {name:?}");
        assert_eq!(needed(&request, level, name), bytes.len(), "{context}");
        for size in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            let short = probe(&request, level, name, size);
            assert_eq!((short.code, short.length as usize, short.index), (SHORT, bytes.len(), 0), "{context}");
            assert!(short.buffer.iter().all(|&byte| byte == UNTOUCHED), "{context}: the buffer was touched");
        }
        for size in [bytes.len(), bytes.len() + 1, bytes.len() + 100] {
            let fits = probe(&request, level, name, size);
            assert_eq!((fits.code, fits.length as usize, fits.index), (0, reported, u32::from(counts)), "{context}");
            assert_eq!(fits.buffer[..bytes.len()], bytes, "{context}");
            assert!(
                fits.buffer[bytes.len()..].iter().all(|&byte| byte == UNTOUCHED),
                "{context}: written past the end"
            );
        }
    }
}

/// Section 15.2: failures leave buffer, length and index alone.
#[test]
fn buffer_of_a_failed_query() {
    let (_peer, session, request) = answered_with("");
    let unsent = session.get(80);
    let rows = [
        (&request, CUSTOM, Some("x-none"), MISSING),
        (&request, CUSTOM | NUMBER, Some("x-none"), MISSING),
        (&request, WINHTTP_QUERY_ORIG_URI, None, MISSING),
        (&request, 79, None, INVALID),
        (&unsent, WINHTTP_QUERY_STATUS_CODE, None, STATE),
    ];
    for (request, level, name, expected) in rows {
        let failed = probe(request, level, name, 100);
        assert_eq!((failed.code, failed.length, failed.index), (expected, 100, 0), "level {level:#x}");
        assert!(failed.buffer.iter().all(|&byte| byte == UNTOUCHED));
    }
}

/// Row 156: long values count the index as short ones do.
#[test]
fn row_156_index_of_long_values() {
    let lengths = [1, 126, 127, 128, 129, 254, 255, 256, 257, 1000];
    let fields: String = lengths.iter().map(|&length| format!("X-L: {}\r\n", "x".repeat(length))).collect();
    let (_peer, _session, request) = answered_with(&fields);
    let mut index = 0;
    for (at, length) in lengths.into_iter().enumerate() {
        let (mut size, bytes) = (0, (length as u32 + 1) * 2);
        let mut query = |buffer: Option<&mut [u8]>, size: &mut u32| {
            code(told(|| {
                WinHttpQueryHeadersBuffer(request.handle, CUSTOM, Some("x-l"), buffer, size, Some(&mut index))
            }))
        };
        assert_eq!((query(None, &mut size), size), (SHORT, bytes));
        let mut buffer = vec![0; size as usize];
        assert_eq!((query(Some(&mut buffer), &mut size), size), (0, bytes - 2));
        assert_eq!(index as usize, at + 1);
    }
}

/// The values as texts: what a person is shown.
#[test]
fn values_as_text() {
    let (_peer, _session, request) = answered_with("X-N: 17\r\n");
    let text = request.query(CUSTOM, Some("x-n")).unwrap();
    assert_eq!((text.to_string(), text.as_str(), text.number()), ("17".to_owned(), Some("17"), None));
    let number = request.query(CUSTOM | NUMBER, Some("x-n")).unwrap();
    assert_eq!((number.to_string(), number.as_str()), ("17".to_owned(), None));
    assert_eq!(number.into_string(), "17");
}
