//! Opening: core.md 3, 4 and 5: WinHttpOpen, WinHttpConnect, WinHttpOpenRequest, and the request line.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use conformance::{Request, Session, code, each, sent_by, told};
use openwinhttp::*;
use testserver::Peer;

const NOT_SUPPORTED: u32 = ERROR_NOT_SUPPORTED;

fn open(access_type: u32, proxy: Option<&str>, flags: u32) -> u32 {
    let opened = told(|| WinHttpOpen(Some("agent"), access_type, proxy, None, flags));
    let closed = opened.as_ref().map(|&session| told(|| WinHttpCloseHandle(session)));
    assert!(closed.is_err() || closed.unwrap().is_ok());
    code(opened)
}

/// Section 3, and what is not here yet.
#[test]
fn open_access_types_and_flags() {
    let (default, none, named, automatic) = (
        WINHTTP_ACCESS_TYPE_DEFAULT_PROXY,
        WINHTTP_ACCESS_TYPE_NO_PROXY,
        WINHTTP_ACCESS_TYPE_NAMED_PROXY,
        WINHTTP_ACCESS_TYPE_AUTOMATIC_PROXY,
    );
    let rows = [
        (default, None, 0, 0),
        (none, None, 0, 0),
        (named, Some("proxy.example:8080"), 0, NOT_SUPPORTED),
        (named, None, 0, ERROR_INVALID_PARAMETER),
        (automatic, None, 0, NOT_SUPPORTED),
        (2, None, 0, ERROR_INVALID_PARAMETER),
        (5, None, 0, ERROR_INVALID_PARAMETER),
        (u32::MAX, None, 0, ERROR_INVALID_PARAMETER),
        (none, None, WINHTTP_FLAG_ASYNC, 0),
        (none, None, WINHTTP_FLAG_SECURE_DEFAULTS, 0),
    ];
    for (access_type, proxy, flags, expected) in rows {
        assert_eq!(open(access_type, proxy, flags), expected, "access type {access_type}, flags {flags:#x}");
    }
}

/// C14: proxy strings without NAMED_PROXY are ignored.
#[test]
fn open_ignores_proxy_strings() {
    let open = || WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, Some("http://proxy:8080"), Some("<local>"), 0);
    let handle = told(open).unwrap();
    let session = Session { handle };
    let request = sent_by(|port| {
        let request = session.get(port);
        request.send().and_then(|()| request.receive()).unwrap();
    });
    assert_eq!(request.line, "GET / HTTP/1.1");
}

/// Section 3: no agent, no User-Agent header; the constants of the header file say "none".
#[test]
fn open_without_agent() {
    let open = || {
        let (proxy, bypass) = (WINHTTP_NO_PROXY_NAME, WINHTTP_NO_PROXY_BYPASS);
        WinHttpOpen(None, WINHTTP_ACCESS_TYPE_DEFAULT_PROXY, proxy, bypass, 0)
    };
    let session = Session { handle: told(open).unwrap() };
    let request = sent_by(|port| {
        let request = session.get(port);
        request.send().and_then(|()| request.receive()).unwrap();
    });
    assert_eq!(request.header("user-agent"), None);
}

/// Section 4: any well-formed name is taken, without a look at the network.
#[test]
fn connect_takes_names() {
    let session = Session::open();
    let long_label = "a".repeat(63);
    let names = [
        "example.com",
        "EXAMPLE.com.",
        "does-not-exist.invalid",
        "localhost",
        "xn--nxasmq6b.example",
        "under_score.example",
        "127.0.0.1",
        "::1",
        "[::1]",
        &long_label,
        &[long_label.as_str(); 3].join("."),
    ];
    for name in names {
        for port in [0, 80, 443, 8080, u16::MAX] {
            let connection = told(|| WinHttpConnect(session.handle, name, port, 0));
            told(|| WinHttpCloseHandle(connection.unwrap())).unwrap();
        }
    }
}

/// faults.md row 5 and section 4: names that are none are refused at once.
#[test]
fn row_5_connect_refuses_bad_names() {
    let session = Session::open();
    let (long_label, long_name) = ("a".repeat(64), "abcdefg.".repeat(40));
    let names = [
        "",
        "a..b",
        ".example",
        "exa mple",
        " example",
        "example ",
        "exa\tmple",
        "exa\0mple",
        "exa%6dple",
        "exa\rmple",
        "exa\nmple",
        "exa\x1fmple",
        "exa\x7fmple",
        &long_label,
        &long_name,
        "example/path",
        "user@example",
        "example?x",
        "example#x",
        "[::1",
        "http://example",
    ];
    each(&names, |name| {
        let connection = told(|| WinHttpConnect(session.handle, name, 80, 0));
        assert_eq!(code(connection), ERROR_WINHTTP_INVALID_URL);
    });
}

/// Section 4: a name that nobody knows is no matter before the send (12007 there).
#[test]
fn unknown_name_fails_at_the_send() {
    let session = Session::open();
    let request = session.request_to("does-not-exist.invalid", 80, "GET", "/", 0);
    assert_eq!(code(request.send()), ERROR_WINHTTP_NAME_NOT_RESOLVED);
    assert_eq!(code(request.receive()), ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
}

/// Opens a request with these arguments on a connection handle to `port`.
fn opened(session: &Session, port: u16, verb: Option<&str>, object: Option<&str>, version: Option<&str>) -> Request {
    let connect = session.connect(port);
    let open = || WinHttpOpenRequest(connect, verb, object, version, None, None, 0);
    Request { handle: told(open).unwrap(), connect }
}

/// Section 5.1: verb, object and version, with their defaults.
#[test]
fn request_line() {
    let rows = [
        (None, None, None, "GET / HTTP/1.1"),
        (Some(""), Some(""), Some(""), "GET / HTTP/1.1"),
        (Some("GET"), Some("/"), Some("HTTP/1.1"), "GET / HTTP/1.1"),
        (Some("HEAD"), Some("/x"), Some("HTTP/1.0"), "HEAD /x HTTP/1.0"),
        (Some("get"), Some("big"), None, "get /big HTTP/1.1"),
        (Some("PropFind"), Some("tests/post.php"), None, "PropFind /tests/post.php HTTP/1.1"),
        (Some("M-SEARCH"), Some("/a/b?c=d&e=f"), None, "M-SEARCH /a/b?c=d&e=f HTTP/1.1"),
        (Some("!#$%&'*+-.^_`|~"), Some("//double"), None, "!#$%&'*+-.^_`|~ //double HTTP/1.1"),
        (None, Some("/a?b?c"), None, "GET /a?b?c HTTP/1.1"),
        (None, Some("/a#b"), None, "GET /a%23b HTTP/1.1"),
    ];
    each(&rows, |&(verb, object, version, line)| {
        let session = Session::open();
        let request = sent_by(|port| {
            let request = opened(&session, port, verb, object, version);
            let method = line.split(' ').next().unwrap();
            assert_eq!(request.text(WINHTTP_QUERY_REQUEST_METHOD).unwrap(), method, "queryable at once");
            request.send().and_then(|()| request.receive()).unwrap();
        });
        assert_eq!(request.line, line);
    });
}

/// faults.md 2.1, rule 1: a verb is a token.
#[test]
fn verbs_that_are_no_token() {
    let session = Session::open();
    let connection = session.connect(80);
    for verb in ["GET /", "G T", " GET", "GET ", "GET\r\nX: y", "G\0T", "G:T", "G\u{e9}T", "G\tT", "\"GET\"", "G/T"] {
        let request = told(|| WinHttpOpenRequest(connection, Some(verb), None, None, None, None, 0));
        assert_eq!(code(request), ERROR_INVALID_PARAMETER, "{verb:?}");
    }
}

/// Section 5.1: Referer and Accept.
#[test]
fn referrer_and_accept_types() {
    let types: [&str; 3] = ["text/*", "image/png;q=0.5", "*/*"];
    let one: [&str; 1] = ["text/html"];
    type Row<'a> = (Option<&'a str>, Option<&'a [&'a str]>, Option<&'a str>, Option<&'a str>);
    let rows: [Row<'_>; 5] = [
        (WINHTTP_NO_REFERER, WINHTTP_DEFAULT_ACCEPT_TYPES, None, None),
        (
            Some("http://from.example/a?b"),
            Some(&types),
            Some("http://from.example/a?b"),
            Some("text/*, image/png;q=0.5, */*"),
        ),
        (None, Some(&one), None, Some("text/html")),
        (None, Some(&[]), None, None),
        (Some(""), None, None, None),
    ];
    each(&rows, |&(referrer, types, referer, accept)| {
        let session = Session::open();
        let request = sent_by(|port| {
            let connect = session.connect(port);
            let open = || WinHttpOpenRequest(connect, None, None, None, referrer, types, 0);
            let request = Request { handle: told(open).unwrap(), connect };
            request.send().and_then(|()| request.receive()).unwrap();
        });
        assert_eq!((request.header("referer"), request.header("accept")), (referer, accept));
    });
}

/// faults.md 2.1: no argument can smuggle a header of its own onto the wire.
#[test]
fn no_header_injection() {
    let session = Session::open();
    let connection = session.connect(80);
    let evil = "x\r\nX-Evil: 1";
    let types: [&str; 1] = [evil];
    let attempts = [
        code(told(|| WinHttpOpenRequest(connection, None, None, None, Some(evil), None, 0))),
        code(told(|| WinHttpOpenRequest(connection, None, None, None, None, Some(&types), 0))),
        code(told(|| WinHttpOpenRequest(connection, None, None, Some("HTTP/1.1\r\nX-Evil: 1"), None, None, 0))),
        code(told(|| WinHttpOpen(Some(evil), WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0))),
    ];
    assert_eq!(attempts, [ERROR_INVALID_PARAMETER; 4]);
}

/// Section 5.2: REFRESH (BYPASS_PROXY_CACHE) asks caches to step aside, in HTTP/1.0 by Pragma alone.
#[test]
fn refresh_flag() {
    assert_eq!(WINHTTP_FLAG_REFRESH, WINHTTP_FLAG_BYPASS_PROXY_CACHE);
    for (version, cache_control) in [("HTTP/1.1", Some("no-cache")), ("HTTP/1.0", None)] {
        let session = Session::open();
        let request = sent_by(|port| {
            let connect = session.connect(port);
            let open = || WinHttpOpenRequest(connect, None, None, Some(version), None, None, WINHTTP_FLAG_REFRESH);
            let request = Request { handle: told(open).unwrap(), connect };
            request.send().and_then(|()| request.receive()).unwrap();
        });
        assert_eq!((request.header("pragma"), request.header("cache-control")), (Some("no-cache"), cache_control));
    }
}

/// options.md 3.8: the flag is for versions that have chunks. What it does is in chunked_uploads.rs.
#[test]
fn automatic_chunking_needs_http_1_1() {
    let session = Session::open();
    let connection = session.connect(80);
    let open = |version| {
        let flags = WINHTTP_FLAG_AUTOMATIC_CHUNKING;
        let opened = told(|| WinHttpOpenRequest(connection, Some("POST"), None, version, None, None, flags));
        code(opened.and_then(WinHttpCloseHandle))
    };
    assert_eq!(open(Some("HTTP/1.0")), ERROR_INVALID_PARAMETER);
    assert_eq!([open(Some("HTTP/1.1")), open(Some("")), open(None)], [ERROR_SUCCESS; 3]);
}

/// NULL_CODEPAGE is obsolete and ignored.
#[test]
fn null_codepage_is_ignored() {
    assert_eq!(target("/a b", WINHTTP_FLAG_NULL_CODEPAGE), "/a%20b");
}

/// The target in the request line, as it will be sent.
fn target(object: &str, flags: u32) -> String {
    let session = Session::open();
    let request = session.request_to("127.0.0.1", 80, "GET", object, flags);
    let head = request.raw_request();
    let rest = head.strip_prefix("GET ").unwrap();
    rest[..rest.find(" HTTP/1.1\r\n").unwrap()].to_owned()
}

/// How section 5.4 escapes one character under one set of flags.
fn escaped(character: char, flags: u32) -> String {
    let mut buffer = [0; 4];
    let bytes = character.encode_utf8(&mut buffer).as_bytes();
    let percent = || bytes.iter().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let disabled = flags & WINHTTP_FLAG_ESCAPE_DISABLE != 0;
    match character {
        '\r' | '\n' if disabled => String::new(),
        '\r' | '\n' | ' ' | '\u{80}'.. => percent(),
        '%' if flags & WINHTTP_FLAG_ESCAPE_PERCENT != 0 && !disabled => percent(),
        '\x01'..='\x1f' | '\x7f' | '"' | '#' | '<' | '>' | '[' | '\\' | ']' | '^' | '`' | '{' | '|' | '}'
            if !disabled =>
        {
            percent()
        }
        _ => character.to_string(),
    }
}

/// Section 5.4: every ASCII character and some others, in the path and in the query, under every set of flags.
#[test]
fn escaping() {
    let (none, percent, disable, disable_query) =
        (0, WINHTTP_FLAG_ESCAPE_PERCENT, WINHTTP_FLAG_ESCAPE_DISABLE, WINHTTP_FLAG_ESCAPE_DISABLE_QUERY);
    let flags =
        [none, percent, disable, disable_query, disable | percent, disable_query | percent, disable | disable_query];
    let characters: Vec<char> = ('\x01'..='\x7f').chain(['\u{80}', 'é', '字', '😀']).collect();
    each(&characters, |&character| {
        for flags in flags {
            let in_query = if flags & disable_query != 0 { flags | disable } else { flags };
            let query = target(&format!("/p?a{character}b"), flags);
            assert_eq!(query, format!("/p?a{}b", escaped(character, in_query)), "query, flags {flags:#x}");
            if character != '?' {
                let path = target(&format!("/a{character}b?q"), flags);
                assert_eq!(path, format!("/a{}b?q", escaped(character, flags)), "path, flags {flags:#x}");
            }
        }
    });
}

/// Section 5.4: the wire shows the same as the query.
#[test]
fn escaping_on_the_wire() {
    let rows = [
        ("/a b\"c?d e%41\r\n", 0, "/a%20b%22c?d%20e%41%0D%0A"),
        ("/a b%?c%", WINHTTP_FLAG_ESCAPE_PERCENT, "/a%20b%25?c%25"),
        ("/a{b}?c|d é\r\n", WINHTTP_FLAG_ESCAPE_DISABLE, "/a{b}?c|d%20%C3%A9"),
        ("/a{b}?c{d} 字", WINHTTP_FLAG_ESCAPE_DISABLE_QUERY, "/a%7Bb%7D?c{d}%20%E5%AD%97"),
    ];
    each(&rows, |&(object, flags, target)| {
        let session = Session::open();
        let request = sent_by(|port| {
            let request = session.request_to("127.0.0.1", port, "GET", object, flags);
            request.send().and_then(|()| request.receive()).unwrap();
        });
        assert_eq!(request.target(), target);
    });
}

/// Section 5.3: a handle that was opened is in the state OPENED, and nothing was connected.
#[test]
fn opening_touches_no_network() {
    let peer = Peer::script(|p| p.expect_no_connection(std::time::Duration::from_millis(100)));
    let session = Session::open();
    let request = session.get(peer.port());
    assert_eq!(code(request.receive()), ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
    assert_eq!(code(request.status()), ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
    peer.finish();
}
