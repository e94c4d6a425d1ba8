//! Options and what they change: options.md 1, 2.A and 3, core.md 2.4 and 12.2.
//!
//! Who may ask and set what, sizes and defaults are a table of their own: crates/raw/tests/options.rs.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use conformance::{Answer, PATIENCE, Request, Session, Stage, code, each, sent_by, told};
use openwinhttp::*;
use testserver::{Peer, TlsKind};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const INFINITE: u32 = u32::MAX;
/// What only the call that is under way can tell.
const ABOUT_THE_EXCHANGE: [u32; 4] =
    [WINHTTP_OPTION_URL, WINHTTP_OPTION_CONNECTION_INFO, WINHTTP_OPTION_REQUEST_TIMES, WINHTTP_OPTION_REQUEST_STATS];

fn query(handle: HINTERNET, option: u32) -> Result<OptionValue> {
    told(|| WinHttpQueryOption(handle, option))
}

#[track_caller]
fn number(handle: HINTERNET, option: u32) -> u32 {
    query(handle, option).unwrap().number().expect("a number")
}

#[track_caller]
fn text(handle: HINTERNET, option: u32) -> String {
    query(handle, option).unwrap().as_str().expect("text").to_owned()
}

fn set(handle: HINTERNET, option: u32, value: impl Into<OptionValue>) -> Result<()> {
    let value = value.into();
    told(|| WinHttpSetOption(handle, option, value))
}

/// A peer that answers one GET with this.
fn peer(reply: impl AsRef<[u8]> + Send + 'static) -> Peer {
    Peer::script(move |p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply(reply);
    })
}

/// Section 3.1: values are kept as they are; the limit for the whole head never falls below that for one receive.
#[test]
fn timeouts_are_kept_as_they_are() {
    let session = Session::open();
    let request = session.get(1);
    let h = session.handle;
    for option in [WINHTTP_OPTION_RESOLVE_TIMEOUT, WINHTTP_OPTION_CONNECT_TIMEOUT, WINHTTP_OPTION_SEND_TIMEOUT] {
        for value in [0, 1, 0x8000_0000, 0xBEEF_DEAD, INFINITE] {
            set(h, option, value).unwrap();
            assert_eq!(number(h, option), value);
        }
    }
    set(request.handle, WINHTTP_OPTION_RECEIVE_TIMEOUT, 0xBEEF_DEADu32).unwrap();
    set(request.handle, WINHTTP_OPTION_RECEIVE_RESPONSE_TIMEOUT, 30_000u32).unwrap();
    assert_eq!(number(request.handle, WINHTTP_OPTION_RECEIVE_RESPONSE_TIMEOUT), 0xBEEF_DEAD);
}

/// Section 3.1, on a session: `WinHttpSetTimeouts` and the options are one store.
#[test]
fn the_limit_of_a_head_and_of_a_receive() {
    let (receive, response) = (WINHTTP_OPTION_RECEIVE_TIMEOUT, WINHTTP_OPTION_RECEIVE_RESPONSE_TIMEOUT);
    let session = Session::open();
    let h = session.handle;
    set(h, receive, 48_879u32).unwrap();
    set(h, response, 48_878u32).unwrap();
    assert_eq!(number(h, response), 48_879);
    set(h, response, 48_880u32).unwrap();
    assert_eq!(number(h, response), 48_880);
    told(|| WinHttpSetTimeouts(h, -1, 0, 7, -1)).unwrap();
    let limits = [WINHTTP_OPTION_RESOLVE_TIMEOUT, WINHTTP_OPTION_CONNECT_TIMEOUT, WINHTTP_OPTION_SEND_TIMEOUT, receive];
    assert_eq!(limits.map(|option| number(h, option)), [INFINITE, 0, 7, INFINITE]);
    let request = session.get(1);
    let all = [h, request.connect, request.handle];
    assert_eq!(all.map(|handle| number(handle, response)), [INFINITE; 3]);
    // It is not lowered along with the other.
    set(h, receive, 1000u32).unwrap();
    assert_eq!(all.map(|handle| number(handle, response)), [INFINITE; 3]);
    assert_eq!(all.map(|handle| number(handle, receive)), [1000, 1000, INFINITE]);
}

/// Core.md 12.2: a limit that was set by its option ends a call.
#[test]
fn a_time_limit_counts() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.expect_closed();
    });
    let session = Session::open();
    let request = session.get(peer.port());
    set(request.handle, WINHTTP_OPTION_RECEIVE_TIMEOUT, 300u32).unwrap();
    let started = Instant::now();
    Answer::to(&request).assert_failed(Stage::Receive, ERROR_WINHTTP_TIMEOUT);
    assert!(started.elapsed() < PATIENCE / 2, "the limit of the session counts");
    peer.finish();
}

/// Section 3.1: a limit that is set on a request after its head has come counts for its body.
#[test]
fn a_time_limit_counts_from_the_next_read_on() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
        c.expect_closed();
    });
    let session = Session::open();
    let request = session.got(peer.port());
    set(request.handle, WINHTTP_OPTION_RECEIVE_TIMEOUT, 300u32).unwrap();
    let started = Instant::now();
    assert_eq!(request.read_all(), (b"o".to_vec(), ERROR_WINHTTP_TIMEOUT));
    assert!(started.elapsed() < PATIENCE / 2, "the limit of before counts");
    peer.finish();
}

/// Section 1.4: the context value is copied to what is opened, and is each handle's own from then on.
#[test]
fn context_values() {
    let context = |handle| query(handle, WINHTTP_OPTION_CONTEXT_VALUE).unwrap().context().unwrap();
    let session = Session::open();
    assert_eq!(context(session.handle), 0);
    set(session.handle, WINHTTP_OPTION_CONTEXT_VALUE, 7usize).unwrap();
    let request = session.get(Peer::refused_port());
    assert_eq!([request.connect, request.handle].map(context), [7, 7]);
    set(request.connect, WINHTTP_OPTION_CONTEXT_VALUE, 8usize).unwrap();
    set(session.handle, WINHTTP_OPTION_CONTEXT_VALUE, 0usize).unwrap();
    assert_eq!([session.handle, request.connect, request.handle].map(context), [0, 8, 7]);
    // The send has one of its own, unless it is 0.
    for (given, expected) in [(0, 7), (usize::MAX, usize::MAX), (0, usize::MAX)] {
        let _ = told(|| WinHttpSendRequest(request.handle, None, None, 0, given));
        assert_eq!(context(request.handle), expected);
    }
}

/// Decision 1: what needs no parent is still told by a handle whose parent is closed.
#[test]
fn orphans() {
    let session = Session::open();
    set(session.handle, WINHTTP_OPTION_CONTEXT_VALUE, 7usize).unwrap();
    let request = session.get(1);
    told(|| WinHttpCloseHandle(session.handle)).unwrap();
    for (handle, kind) in
        [(request.connect, WINHTTP_HANDLE_TYPE_CONNECT), (request.handle, WINHTTP_HANDLE_TYPE_REQUEST)]
    {
        assert_eq!(query(handle, WINHTTP_OPTION_CONTEXT_VALUE).unwrap().context(), Some(7));
        assert_eq!(number(handle, WINHTTP_OPTION_HANDLE_TYPE), kind);
        assert_eq!(code(query(handle, WINHTTP_OPTION_PARENT_HANDLE)), ERROR_INVALID_HANDLE);
        assert_eq!(code(query(handle, WINHTTP_OPTION_RESOLVE_TIMEOUT)), ERROR_INVALID_HANDLE);
        assert_eq!(code(set(handle, WINHTTP_OPTION_CONTEXT_VALUE, 8usize)), ERROR_INVALID_HANDLE);
    }
}

/// Section 2.A, 9 and 21.
#[test]
fn types_and_parents() {
    let session = Session::open();
    let request = session.get(1);
    let rows = [
        (session.handle, WINHTTP_HANDLE_TYPE_SESSION, None),
        (request.connect, WINHTTP_HANDLE_TYPE_CONNECT, Some(session.handle)),
        (request.handle, WINHTTP_HANDLE_TYPE_REQUEST, Some(request.connect)),
    ];
    for (handle, kind, parent) in rows {
        assert_eq!(number(handle, WINHTTP_OPTION_HANDLE_TYPE), kind);
        let told = query(handle, WINHTTP_OPTION_PARENT_HANDLE);
        assert_eq!(told.ok().and_then(|value| value.handle()), parent);
    }
}

/// Section 2.A, 34: the whole URL, also before anything is sent.
#[test]
fn urls() {
    let rows = [
        ("h", 80, "/", 0, "http://h/"),
        ("h", 8080, "/p?q=1", 0, "http://h:8080/p?q=1"),
        ("h", 443, "/p", WINHTTP_FLAG_SECURE, "https://h/p"),
        ("h", 80, "/p", WINHTTP_FLAG_SECURE, "https://h:80/p"),
        ("h", 0, "", WINHTTP_FLAG_SECURE, "https://h/"),
        ("::1", 81, "/a b", 0, "http://[::1]:81/a%20b"),
    ];
    for (host, port, path, flags, url) in rows {
        let session = Session::open();
        let request = session.request_to(host, port, "GET", path, flags);
        assert_eq!(text(request.handle, WINHTTP_OPTION_URL), url);
    }
}

/// Section 2.A, 34 and 3.3: after redirects, where they led.
#[test]
fn the_url_after_a_redirect() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET /from");
        c.reply("HTTP/1.1 302 Found\r\nLocation: to?x\r\nContent-Length: 0\r\n\r\n");
        c.expect("GET /to?x");
        c.reply(OK);
    });
    let session = Session::open();
    let request = session.request(peer.port(), "GET", "/from");
    Answer::to(&request).assert_ok(200, "ok");
    assert_eq!(text(request.handle, WINHTTP_OPTION_URL), peer.url("/to?x"));
    peer.finish();
}

/// Section 2.A, 41: what the session has when the request is sent goes out, and no empty field.
#[test]
fn user_agents() {
    for (agent, expected) in [("Other/2", Some("Other/2")), ("", None)] {
        let request = sent_by(|port| {
            let session = Session::open();
            let request = session.get(port);
            set(session.handle, WINHTTP_OPTION_USER_AGENT, "Replaced/1").unwrap();
            set(session.handle, WINHTTP_OPTION_USER_AGENT, agent).unwrap();
            assert_eq!(text(session.handle, WINHTTP_OPTION_USER_AGENT), agent);
            Answer::to(&request).assert_ok(200, "");
            assert_eq!(request.request_headers("User-Agent"), Vec::from_iter(expected));
        });
        assert_eq!(request.header("User-Agent"), expected);
    }
    let session = Session::open();
    assert_eq!(code(set(session.handle, WINHTTP_OPTION_USER_AGENT, "a\r\nb")), ERROR_INVALID_PARAMETER);
}

/// Section 2.A, 93 and 3.8: from the send on, both ends of the connection.
#[test]
fn connection_info() {
    let peer = peer(OK);
    let session = Session::open();
    let request = session.get(peer.port());
    let info = || match query(request.handle, WINHTTP_OPTION_CONNECTION_INFO) {
        Ok(OptionValue::ConnectionInfo(info)) => Ok(info),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error.code()),
    };
    assert_eq!(info(), Err(ERROR_WINHTTP_INCORRECT_HANDLE_STATE));
    request.send().unwrap();
    let sent = info().unwrap();
    assert_eq!(sent.remote, SocketAddr::from((Ipv4Addr::LOCALHOST, peer.port())));
    assert_eq!(sent.local.ip(), Ipv4Addr::LOCALHOST);
    assert_ne!(sent.local.port(), 0);
    request.receive().unwrap();
    assert_eq!(request.body(), b"ok");
    assert_eq!(info(), Ok(sent));
    peer.finish();
}

/// Section 3.7: what happened has a time, in order, and what did not happen has none.
#[test]
fn request_times() {
    let peer = peer(OK);
    let session = Session::open();
    let request = session.get(peer.port());
    let times = || match query(request.handle, WINHTTP_OPTION_REQUEST_TIMES).unwrap() {
        OptionValue::RequestTimes(times) => times,
        other => panic!("{other:?}"),
    };
    assert_eq!(times().0, [0; 36]);
    Answer::to(&request).assert_ok(200, "ok");
    let times = times();
    let order = [
        WinHttpConnectionAcquireStart,
        WinHttpNameResolutionStart,
        WinHttpNameResolutionEnd,
        WinHttpConnectionEstablishmentStart,
        WinHttpConnectionEstablishmentEnd,
        WinHttpSendRequestStart,
        WinHttpSendRequestEnd,
        WinHttpReceiveResponseStart,
        WinHttpReceiveResponseHeadersEnd,
        WinHttpReceiveResponseEnd,
    ];
    let known = order.map(|entry| times.get(entry).unwrap_or_else(|| panic!("{entry} did not happen: {times:?}")));
    assert!(known.is_sorted(), "{known:?}");
    assert!(known[0] + PATIENCE > known[9], "{known:?}");
    for entry in [WinHttpTlsHandshakeClientLeg1Start, WinHttpProxyTunnelStart, WinHttpRequestTimeLast, -1] {
        assert_eq!(times.get(entry), None, "{entry}");
    }
    peer.finish();
}

/// Section 3.7: sizes, and how many requests a connection has carried.
#[test]
fn request_stats() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        for _ in 0..2 {
            c.expect("GET");
            c.reply(OK);
        }
    });
    let session = Session::open();
    for round in 0..2 {
        let request = session.get(peer.port());
        Answer::to(&request).assert_ok(200, "ok");
        let stats = match query(request.handle, WINHTTP_OPTION_REQUEST_STATS).unwrap() {
            OptionValue::RequestStats(stats) => stats,
            other => panic!("{other:?}"),
        };
        assert_eq!(stats.index, round);
        let first = u64::from(WINHTTP_REQUEST_STAT_FLAG_FIRST_REQUEST);
        assert_eq!(stats.flags & first, if round == 0 { first } else { 0 });
        let head = peer.requests()[round as usize].raw_head().len() as u64;
        assert_eq!(stats.get(WinHttpRequestHeadersSize), head);
        assert_eq!(stats.get(WinHttpResponseHeadersSize), OK.len() as u64 - 2);
        assert_eq!(stats.get(WinHttpResponseBodySize), 2);
        assert_eq!((stats.values.len(), stats.get(WinHttpRequestStatLast), stats.get(-1)), (16, 0, 0));
    }
    peer.finish();
}

/// Section 3.7: a caller who wants fewer entries gets fewer, and is told how many.
#[test]
fn fewer_entries() {
    let peer = peer(OK);
    let session = Session::open();
    let request = session.get(peer.port());
    Answer::to(&request).assert_ok(200, "ok");
    for (option, at, all) in [(WINHTTP_OPTION_REQUEST_TIMES, 0, 36), (WINHTTP_OPTION_REQUEST_STATS, 12, 16)] {
        let mut size = 0;
        let asked = told(|| WinHttpQueryOptionBuffer(request.handle, option, None, &mut size));
        assert_eq!(code(asked), ERROR_INSUFFICIENT_BUFFER);
        for wanted in [0, 9, all, u32::MAX] {
            let mut buffer = vec![0xA5; size as usize];
            buffer[at..at + 4].copy_from_slice(&wanted.to_ne_bytes());
            let mut length = size;
            told(|| WinHttpQueryOptionBuffer(request.handle, option, Some(&mut buffer), &mut length)).unwrap();
            assert_eq!(length, size);
            assert_eq!(buffer[at..at + 4], wanted.min(all).to_ne_bytes());
            let start = buffer.len() - 8 * if option == WINHTTP_OPTION_REQUEST_TIMES { 64 } else { 32 };
            let rest = &buffer[start + 8 * wanted.min(all) as usize..];
            assert!(rest.iter().all(|byte| *byte == 0), "{option}: more than {wanted} entries");
        }
    }
}

/// Section 1.5 and 2.A, 143: the connection in use ends with this answer.
#[test]
fn a_connection_expires() {
    let peer = Peer::script(|p| {
        let mut first = p.accept();
        first.expect("GET");
        first.reply(OK);
        first.expect_closed();
        let mut second = p.accept();
        second.expect("GET");
        second.reply(OK);
    });
    let session = Session::open();
    let request = session.get(peer.port());
    let expire = || set(request.handle, WINHTTP_OPTION_EXPIRE_CONNECTION, ());
    assert_eq!(code(expire()), ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
    request.send().unwrap();
    expire().unwrap();
    request.receive().unwrap();
    assert_eq!(request.body(), b"ok");
    assert_eq!(code(expire()), ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
    Answer::to(&session.get(peer.port())).assert_ok(200, "ok");
    peer.finish();
}

/// Section 2.A, 24: the socket error behind a failure of this thread, in the numbers of Windows.
#[test]
fn extended_errors() {
    let extended = || number(HINTERNET::NULL, WINHTTP_OPTION_EXTENDED_ERROR);
    assert_eq!(extended(), 0);
    let session = Session::open();
    assert_eq!(code(session.get(Peer::refused_port()).send()), ERROR_WINHTTP_CANNOT_CONNECT);
    assert_eq!([extended(), number(session.handle, WINHTTP_OPTION_EXTENDED_ERROR)], [10061; 2]);
    // A failure without a socket leaves it.
    assert_eq!(code(session.get(1).receive()), ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
    assert_eq!(extended(), 10061);
    std::thread::spawn(move || assert_eq!(extended(), 0)).join().unwrap();
}

/// Section 2.A, 90 and 91: how much an answer may be.
#[test]
fn bounds_of_an_answer() {
    let continues = "HTTP/1.1 100 Continue\r\n\r\n".repeat(3) + OK;
    let large = format!("HTTP/1.1 200 OK\r\nX-A: {}\r\nContent-Length: 0\r\n\r\n", "a".repeat(2000));
    let rows = [
        (WINHTTP_OPTION_MAX_HTTP_STATUS_CONTINUE, 3, continues.clone(), 0),
        (WINHTTP_OPTION_MAX_HTTP_STATUS_CONTINUE, 2, continues, ERROR_WINHTTP_INVALID_SERVER_RESPONSE),
        (WINHTTP_OPTION_MAX_RESPONSE_HEADER_SIZE, 4000, large.clone(), 0),
        (WINHTTP_OPTION_MAX_RESPONSE_HEADER_SIZE, 1000, large, ERROR_WINHTTP_HEADER_SIZE_OVERFLOW),
    ];
    each(&rows, |(option, bound, reply, expected)| {
        let peer = peer(reply.clone());
        let session = Session::open();
        set(session.handle, *option, *bound as u32).unwrap();
        let answer = Answer::to(&session.get(peer.port()));
        assert_eq!(answer.failure.map_or(0, |(_, code)| code), *expected, "{answer:?}");
    });
}

/// Sections 3.2 and 3.3: who follows a redirect.
#[test]
fn redirects_can_be_switched_off() {
    type Switch = fn(&Session, &Request) -> Result<()>;
    let rows: [(&str, Switch, u32); 5] = [
        ("nothing", |_, _| Ok(()), 200),
        ("on the request", |_, r| set(r.handle, WINHTTP_OPTION_REDIRECT_POLICY, 0u32), 302),
        ("too late on the session", |s, _| set(s.handle, WINHTTP_OPTION_REDIRECT_POLICY, 0u32), 200),
        ("a feature", |_, r| set(r.handle, WINHTTP_OPTION_DISABLE_FEATURE, WINHTTP_DISABLE_REDIRECTS), 302),
        (
            "two features",
            |_, r| {
                set(r.handle, WINHTTP_OPTION_DISABLE_FEATURE, WINHTTP_DISABLE_REDIRECTS)?;
                set(r.handle, WINHTTP_OPTION_DISABLE_FEATURE, WINHTTP_DISABLE_COOKIES)
            },
            302,
        ),
    ];
    for (name, switch, status) in rows {
        let peer = Peer::script(move |p| {
            let mut c = p.accept();
            c.expect("GET /from");
            c.reply("HTTP/1.1 302 Found\r\nLocation: /to\r\nContent-Length: 0\r\n\r\n");
            if status == 200 {
                c.expect("GET /to");
                c.reply(OK);
            }
        });
        let session = Session::open();
        let request = session.request(peer.port(), "GET", "/from");
        switch(&session, &request).unwrap();
        assert_eq!(Answer::to(&request).status, status, "{name}");
        peer.finish();
    }
}

/// Section 2.A, 100: a redirect to a URL with a user in it.
#[test]
fn users_in_urls() {
    let rows = [("", 0), ("u:p@", 0), ("", 1), ("u:p@", 1), (":@", 1), ("u@", 2)];
    each(&rows, |&(user, rejects)| {
        let is_refused = rejects != 0 && !user.is_empty();
        let peer = Peer::script(move |p| {
            let mut c = p.accept();
            let host = c.expect("GET /from").header("Host").unwrap().to_owned();
            c.reply(format!("HTTP/1.1 302 Found\r\nLocation: http://{user}{host}/to\r\nContent-Length: 0\r\n\r\n"));
            if !is_refused {
                c.expect("GET /to");
                c.reply(OK);
            }
        });
        let session = Session::open();
        let request = session.request(peer.port(), "GET", "/from");
        set(request.handle, WINHTTP_OPTION_REJECT_USERPWD_IN_URL, rejects as u32).unwrap();
        let answer = Answer::to(&request);
        if is_refused {
            answer.assert_failed(Stage::Receive, ERROR_WINHTTP_INVALID_URL);
        } else {
            answer.assert_ok(200, "ok");
        }
        peer.finish();
    });
}

/// Section 8.1: a body is unpacked where that was asked for, and given as it comes where it was not.
#[test]
fn decompression() {
    for (flags, accepted, body) in
        [(0, None, HELLO), (WINHTTP_DECOMPRESSION_FLAG_GZIP, Some("gzip"), b"hello".as_slice())]
    {
        let peer = Peer::script(move |p| {
            let mut c = p.accept();
            assert_eq!(c.expect("GET").header("Accept-Encoding"), accepted);
            c.reply(format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", HELLO.len()));
            c.reply(HELLO);
        });
        let session = Session::open();
        let request = session.get(peer.port());
        set(request.handle, WINHTTP_OPTION_DECOMPRESSION, flags).unwrap();
        Answer::to(&request).assert_ok(200, body);
        peer.finish();
    }
}

/// The word in gzip.
const HELLO: &[u8] = &[31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 72, 205, 201, 201, 7, 0, 134, 166, 16, 54, 5, 0, 0, 0];

/// Section 3.2: without keep-alive a connection ends with its answer.
#[test]
fn keep_alive_can_be_switched_off() {
    let peer = Peer::script(|p| {
        for _ in 0..2 {
            let mut c = p.accept();
            let request = c.expect("GET");
            assert_ne!(request.header("Connection"), Some("Keep-Alive"));
            c.reply(OK);
            c.expect_closed();
        }
    });
    let session = Session::open();
    for _ in 0..2 {
        let request = session.get(peer.port());
        set(request.handle, WINHTTP_OPTION_DISABLE_FEATURE, WINHTTP_DISABLE_KEEP_ALIVE).unwrap();
        Answer::to(&request).assert_ok(200, "ok");
    }
    peer.finish();
}

/// Section 2.A, 165: a host to look up, before the request is sent.
#[test]
fn resolution_host_names() {
    let session = Session::open();
    let request = session.get(Peer::refused_port());
    let set_name = |name: &str| code(set(request.handle, WINHTTP_OPTION_RESOLUTION_HOSTNAME, name));
    assert_eq!(
        ["localhost", "127.0.0.1", "a b", ""].map(set_name),
        [0, 0, ERROR_INVALID_PARAMETER, ERROR_INVALID_PARAMETER]
    );
    assert_eq!(code(query(request.handle, WINHTTP_OPTION_RESOLUTION_HOSTNAME)), ERROR_INVALID_PARAMETER);
    let peer = peer(OK);
    let sent = session.got(peer.port());
    let late = set(sent.handle, WINHTTP_OPTION_RESOLUTION_HOSTNAME, "localhost");
    assert_eq!(code(late), ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
}

/// Section 2.A, 165: another name is looked up; the server is told the one it has.
#[test]
fn another_name_is_looked_up() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        let request = c.expect("GET");
        assert!(request.header("Host").is_some_and(|host| host.starts_with("name.invalid:")), "{request:?}");
        c.reply(OK);
    });
    let session = Session::open();
    let request = session.request_to("name.invalid", peer.port(), "GET", "/", 0);
    set(request.handle, WINHTTP_OPTION_RESOLUTION_HOSTNAME, "127.0.0.1").unwrap();
    Answer::to(&request).assert_ok(200, "ok");
    peer.finish();
}

/// Section 3.4: a session that does not share its connections keeps them all the same.
#[test]
fn a_pool_for_one_session() {
    let peer = Peer::script(|p| {
        let mut of_one = p.accept();
        of_one.expect("GET /one");
        of_one.reply(OK);
        let mut of_other = p.accept();
        of_other.expect("GET /other");
        of_other.reply(OK);
        of_one.expect("GET /again");
        of_one.reply(OK);
    });
    let (one, other) = (Session::open(), Session::open());
    set(one.handle, WINHTTP_OPTION_DISABLE_GLOBAL_POOLING, true).unwrap();
    for (session, path) in [(&one, "/one"), (&other, "/other"), (&one, "/again")] {
        Answer::to(&session.request(peer.port(), "GET", path)).assert_ok(200, "ok");
    }
    peer.finish();
}

/// Section 3.4: with one connection for each server, the second request waits for the first.
#[test]
fn a_limit_of_connections() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        for _ in 0..2 {
            c.expect("GET");
            c.stall(Duration::from_millis(200));
            c.reply(OK);
        }
    });
    let session = Session::open();
    set(session.handle, WINHTTP_OPTION_MAX_CONNS_PER_SERVER, 1u32).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| Answer::to(&session.get(peer.port())).assert_ok(200, "ok"));
        }
    });
    assert_eq!(peer.connections(), 1);
    peer.finish();
}

/// Section 2.A, 152: the system probes the connection.
#[cfg(target_os = "linux")]
#[test]
fn idle_connections_are_probed() {
    for (on, timer) in [(true, "02"), (false, "00")] {
        let peer = Peer::script(|p| {
            let mut c = p.accept();
            c.expect("GET");
            c.reply("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok");
            c.expect_closed();
        });
        let session = Session::open();
        let keepalive = TcpKeepalive { on, time: 60_000, interval: 1000 };
        set(session.handle, WINHTTP_OPTION_TCP_KEEPALIVE, keepalive).unwrap();
        let request = session.got(peer.port());
        let sockets = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let remote = format!(" 0100007F:{:04X} 01 ", peer.port());
        let ours = sockets.lines().find(|line| line.contains(&remote)).expect("the socket");
        assert_eq!(ours.split_whitespace().nth(5).map(|field| &field[..2]), Some(timer), "{ours}");
        drop(request);
        peer.finish();
    }
}

/// Section 2.A, 92: what is left of an answer is read over, or given up with its connection if it is more.
#[test]
fn how_much_is_drained() {
    for (most, is_kept) in [(1000u32, true), (10, false)] {
        let peer = Peer::script(move |p| {
            let mut c = p.accept();
            c.expect("GET");
            c.reply("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
            c.reply([b'x'; 100]);
            if !is_kept {
                c.expect_closed();
                c = p.accept();
            }
            c.expect("GET");
            c.reply(OK);
        });
        let session = Session::open();
        let request = session.get(peer.port());
        set(request.handle, WINHTTP_OPTION_MAX_RESPONSE_DRAIN_SIZE, most).unwrap();
        request.send().unwrap();
        request.receive().unwrap();
        Answer::to(&request).assert_ok(200, "ok");
        peer.finish();
    }
}

/// Section 3.3: so many redirects, and no more.
#[test]
fn a_limit_of_redirects() {
    for (most, expected) in [(2u32, 0), (1, ERROR_WINHTTP_REDIRECT_FAILED)] {
        let peer = Peer::script(move |p| {
            let mut c = p.accept();
            for _ in 0..2 {
                c.expect("GET");
                c.reply("HTTP/1.1 302 Found\r\nLocation: /on\r\nContent-Length: 0\r\n\r\n");
            }
            if expected == 0 {
                c.expect("GET /on");
                c.reply(OK);
            }
        });
        let session = Session::open();
        set(session.handle, WINHTTP_OPTION_MAX_HTTP_AUTOMATIC_REDIRECTS, most).unwrap();
        let answer = Answer::to(&session.get(peer.port()));
        assert_eq!(answer.failure.map_or(0, |(_, code)| code), expected, "{answer:?}");
        peer.finish();
    }
}

/// Section 2.A, 192 and 0x1000 to 0x1003: text that a request keeps, as it is, and each on its own.
#[test]
fn text_is_kept() {
    let session = Session::open();
    let (one, other) = (session.get(1), session.get(1));
    let options = [
        WINHTTP_OPTION_USERNAME,
        WINHTTP_OPTION_PASSWORD,
        WINHTTP_OPTION_PROXY_USERNAME,
        WINHTTP_OPTION_PROXY_PASSWORD,
        WINHTTP_OPTION_REQUEST_ANNOTATION,
    ];
    for option in options {
        set(one.handle, option, format!("{option} ä€😀")).unwrap();
    }
    for option in options {
        assert_eq!(text(one.handle, option), format!("{option} ä€😀"));
        assert_eq!(text(other.handle, option), "");
        set(one.handle, option, "").unwrap();
        assert_eq!(text(one.handle, option), "");
    }
    // 64,000 bytes are enough for every annotation.
    for (length, expected) in [(32_000, 0), (32_001, ERROR_INVALID_PARAMETER)] {
        assert_eq!(code(set(one.handle, WINHTTP_OPTION_REQUEST_ANNOTATION, "a".repeat(length))), expected);
    }
}

/// Section 2.A, 184: which features are there.
#[test]
fn features() {
    let ask = |handle, feature: u32| {
        let (mut buffer, mut length) = (feature.to_ne_bytes(), 4);
        let option = WINHTTP_OPTION_FEATURE_SUPPORTED;
        code(told(|| WinHttpQueryOptionBuffer(handle, option, Some(&mut buffer), &mut length)))
    };
    let session = Session::open();
    for handle in [HINTERNET::NULL, session.handle] {
        assert_eq!(ask(handle, WINHTTP_FEATURE_IS_FEATURE_SUPPORTED), 0);
        assert_eq!(ask(handle, WINHTTP_FEATURE_REQUEST_TIMES), 0);
        assert_eq!(ask(handle, WINHTTP_FEATURE_CONNECTION_GUID), 0);
        assert_eq!(ask(handle, WINHTTP_FEATURE_MATCH_CONNECTION_GUID), 0);
        assert_eq!(ask(handle, WINHTTP_FEATURE_MATCH_CONNECTION_GUID_FLAG_REQUIRE_MARKED_CONNECTION), 0);
        assert_eq!(ask(handle, WINHTTP_FEATURE_REQUEST_ANNOTATION), ERROR_INVALID_PARAMETER);
        assert_eq!(ask(handle, WINHTTP_FEATURE_QUIC_STATS), ERROR_INVALID_PARAMETER);
        assert_eq!(ask(handle, 0), ERROR_INVALID_PARAMETER);
        assert_eq!(ask(handle, u32::MAX), ERROR_INVALID_PARAMETER);
    }
}

/// Section 1.1: a question to a request under way waits for nothing, but what only that call knows cannot be told.
#[test]
fn a_busy_request() {
    let (go, may_go) = channel();
    let peer = Peer::script(move |p| {
        let mut c = p.accept();
        c.expect("GET");
        may_go.recv_timeout(PATIENCE).unwrap();
        c.reply(OK);
    });
    let session = Session::open();
    let request = session.get(peer.port());
    request.send().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| request.receive().unwrap());
        let busy = ERROR_WINHTTP_INCORRECT_HANDLE_STATE;
        let deadline = Instant::now() + Duration::from_secs(3);
        // A single call: one that asks for the size first may see it become busy in between.
        let ask = || code(told(|| WinHttpQueryOptionBuffer(request.handle, WINHTTP_OPTION_URL, None, &mut 0)));
        while ask() != busy && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
        }
        assert_eq!(ABOUT_THE_EXCHANGE.map(|option| code(query(request.handle, option))), [busy; 4]);
        assert_eq!(code(set(request.handle, WINHTTP_OPTION_EXPIRE_CONNECTION, ())), busy);
        assert_eq!(number(request.handle, WINHTTP_OPTION_RECEIVE_TIMEOUT), 5000);
        set(request.handle, WINHTTP_OPTION_SEND_TIMEOUT, 1234u32).unwrap();
        assert_eq!(number(request.handle, WINHTTP_OPTION_SEND_TIMEOUT), 1234);
        go.send(()).unwrap();
    });
    assert_eq!(request.body(), b"ok");
    peer.finish();
}

/// Inside of a status callback they can be used: nothing has the exchange meanwhile.
#[test]
fn options_in_a_callback() {
    let peer = peer(OK);
    let session = Session::open();
    let request = session.get(peer.port());
    let codes = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&codes);
    let callback = Callback::new(move |handle, _, _| {
        let mut seen = seen.lock().unwrap();
        seen.extend(ABOUT_THE_EXCHANGE.map(|option| code(WinHttpQueryOption(handle, option))));
        seen.push(code(WinHttpSetOption(handle, WINHTTP_OPTION_EXPIRE_CONNECTION, ())));
        seen.push(code(WinHttpQueryOption(handle, WINHTTP_OPTION_RECEIVE_TIMEOUT)));
    });
    WinHttpSetStatusCallback(request.handle, Some(callback), WINHTTP_CALLBACK_STATUS_RESPONSE_RECEIVED, 0).unwrap();
    Answer::to(&request).assert_ok(200, "ok");
    assert_eq!(*codes.lock().unwrap(), [0; 6]);
    peer.finish();
}

/// Section 2.A, 134 and 104: what never is otherwise here.
#[test]
fn the_protocol_that_is_used() {
    let peer = Peer::tls(TlsKind::Good, |p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply(OK);
    });
    let session = Session::trusting();
    set(session.handle, WINHTTP_OPTION_ENABLE_HTTP_PROTOCOL, WINHTTP_PROTOCOL_FLAG_HTTP2).unwrap();
    let request = session.secure_request(peer.port(), "GET", "/");
    Answer::to(&request).assert_ok(200, "ok");
    assert_eq!(number(request.handle, WINHTTP_OPTION_HTTP_PROTOCOL_USED), 0);
    assert_eq!(number(request.handle, WINHTTP_OPTION_IS_PROXY_CONNECT_RESPONSE), 0);
    peer.finish();
}

/// A value of the wrong type has the wrong size (the numbers of the raw face: crates/raw/tests/options.rs).
#[test]
fn values_of_the_wrong_type() {
    let session = Session::open();
    let request = session.get(1);
    let rows = [
        (session.handle, WINHTTP_OPTION_CONNECT_TIMEOUT, OptionValue::None, ERROR_INSUFFICIENT_BUFFER),
        (session.handle, WINHTTP_OPTION_CONNECT_TIMEOUT, "seven".into(), ERROR_INSUFFICIENT_BUFFER),
        (session.handle, WINHTTP_OPTION_MAX_HTTP_AUTOMATIC_REDIRECTS, OptionValue::None, ERROR_INVALID_PARAMETER),
        (request.handle, WINHTTP_OPTION_EXPIRE_CONNECTION, 1u32.into(), ERROR_INSUFFICIENT_BUFFER),
        (session.handle, WINHTTP_OPTION_TCP_KEEPALIVE, 1u32.into(), ERROR_INSUFFICIENT_BUFFER),
        (session.handle, WINHTTP_OPTION_HTTP2_RECEIVE_WINDOW, vec![0; 7].into(), ERROR_INSUFFICIENT_BUFFER),
        (session.handle, WINHTTP_OPTION_HTTP2_RECEIVE_WINDOW, vec![0; 8].into(), 0),
        (session.handle, WINHTTP_OPTION_TCP_KEEPALIVE, TcpKeepalive::default().into(), 0),
        (session.handle, WINHTTP_OPTION_DISABLE_GLOBAL_POOLING, true.into(), 0),
        (session.handle, WINHTTP_OPTION_DISABLE_GLOBAL_POOLING, 1u32.into(), 0),
    ];
    for (handle, option, value, expected) in rows {
        assert_eq!(code(set(handle, option, value)), expected, "{option}");
    }
}

/// The process has a version of its own; nothing else of it can be seen.
#[test]
fn the_version_of_the_process() {
    let version = || match query(HINTERNET::NULL, WINHTTP_OPTION_HTTP_VERSION).unwrap() {
        OptionValue::Version(version) => (version.major, version.minor),
        other => panic!("{other:?}"),
    };
    assert_eq!(version(), (1, 1));
    set(HINTERNET::NULL, WINHTTP_OPTION_HTTP_VERSION, HttpVersion { major: 1, minor: 0 }).unwrap();
    assert_eq!(version(), (1, 0));
    set(HINTERNET::NULL, WINHTTP_OPTION_HTTP_VERSION, HttpVersion { major: 1, minor: 1 }).unwrap();
}
