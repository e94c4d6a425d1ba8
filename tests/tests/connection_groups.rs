//! WinHttpQueryConnectionGroup, and the marks of connections that it counts by: core.md 16.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::net::SocketAddr;

use conformance::{Request, Session, code, told};
use openwinhttp::*;
use testserver::Peer;
use testserver::serve::{Response, Server};

const INSECURE: u64 = WINHTTP_QUERY_CONNECTION_GROUP_FLAG_INSECURE;
const REQUIRE_MARKED: u64 = WINHTTP_MATCH_CONNECTION_GUID_FLAG_REQUIRE_MARKED_CONNECTION as u64;

/// Zeros are no mark.
const NONE: [u8; 16] = [0; 16];
const ONE: [u8; 16] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
const OTHER: [u8; 16] = [0xEE; 16];

fn plain() -> Server {
    Server::http(|_| Response::new(200).body("hello"))
}

fn query(handle: HINTERNET, guid: Option<&[u8; 16]>, flags: u64) -> Result<Vec<HostConnectionGroup>> {
    told(|| WinHttpQueryConnectionGroup(handle, guid, flags))
}

/// The number of connections in the one group there is; 0 without a host.
#[track_caller]
fn count(handle: HINTERNET, flags: u64) -> u32 {
    match query(handle, None, flags).unwrap().as_slice() {
        [] => 0,
        [host] => {
            assert_eq!((host.host.as_str(), host.groups.len()), ("127.0.0.1", 1));
            assert_eq!(host.groups[0].guid, [0; 16]);
            host.groups[0].connections
        }
        hosts => panic!("{hosts:?}"),
    }
}

/// The groups of connections to the one host there is, by their marks.
#[track_caller]
fn groups(handle: HINTERNET, guid: Option<&[u8; 16]>) -> Vec<([u8; 16], u32)> {
    let hosts = query(handle, guid, 0).unwrap();
    hosts.iter().flat_map(|host| &host.groups).map(|group| (group.guid, group.connections)).collect()
}

/// A GET that marks its connection, and wants a marked one, with these flags.
fn asking(session: &Session, port: u16, mark: Option<[u8; 16]>, wanted: Option<([u8; 16], u64)>) -> Request {
    let request = session.get(port);
    if let Some(mark) = mark {
        request.set(WINHTTP_OPTION_CONNECTION_GUID, mark).unwrap();
    }
    if let Some((guid, flags)) = wanted {
        request.set(WINHTTP_OPTION_MATCH_CONNECTION_GUID, MatchConnectionGuid { guid, flags }).unwrap();
    }
    request
}

/// This end of the connection that the request has used.
fn local(request: &Request) -> SocketAddr {
    match told(|| WinHttpQueryOption(request.handle, WINHTTP_OPTION_CONNECTION_INFO)).unwrap() {
        OptionValue::ConnectionInfo(info) => info.local,
        other => panic!("{other:?}"),
    }
}

fn got(request: Request) -> Request {
    request.send().and_then(|()| request.receive()).unwrap();
    request
}

/// In use or kept, each connection counts; a kept one that is used again counts once.
#[test]
fn connections_in_use_and_kept() {
    assert_eq!(INSECURE, 1);
    let (server, session) = (plain(), Session::open());
    let first = session.get(server.port());
    assert_eq!((count(first.handle, 0), count(first.connect, INSECURE)), (0, 0));
    first.send().unwrap();
    assert_eq!((count(first.handle, 0), count(first.connect, INSECURE)), (1, 1));
    let second = got(session.get(server.port()));
    assert_eq!(count(first.handle, 0), 2);
    first.receive().unwrap();
    assert_eq!([first.body(), second.body()], [b"hello", b"hello"]);
    assert_eq!(count(first.handle, 0), 2, "both are kept");
    let third = got(session.get(server.port()));
    assert_eq!((count(third.handle, 0), server.connections()), (2, 2));
}

/// One that is given up counts no longer.
#[test]
fn connections_that_are_given_up() {
    let session = Session::open();
    let server = Server::http(|_| Response::new(200).header("Connection", "close").body("hello"));
    let request = got(session.get(server.port()));
    assert_eq!(count(request.connect, INSECURE), 1);
    assert_eq!(request.body(), b"hello");
    assert_eq!(count(request.connect, INSECURE), 0);
}

/// The whole process counts, other sessions too. A connection whose body is still to come goes with its session.
#[test]
fn connections_of_other_sessions() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
        c.expect_closed();
    });
    let (session, other) = (Session::open(), Session::open());
    let connect = other.connect(peer.port());
    let _request = session.got(peer.port());
    assert_eq!(count(connect, INSECURE), 1);
    drop(session);
    assert_eq!(count(connect, INSECURE), 0);
    peer.finish();
}

/// A connection handle means HTTPS unless it is told otherwise; a request knows its scheme. Whom a session trusts does
/// not matter.
#[test]
fn schemes() {
    let (server, session) = (Server::https(|_| Response::new(200).body("hello")), Session::trusting());
    let request = got(session.secure_request(server.port(), "GET", "/"));
    let stranger = Session::open();
    let connect = stranger.connect(server.port());
    assert_eq!((count(connect, 0), count(connect, INSECURE)), (1, 0));
    assert_eq!([count(request.handle, 0), count(request.handle, INSECURE)], [1, 1]);
    assert_eq!(count(stranger.get(server.port()).handle, 0), 0);
}

/// Other servers do not count, and another port is another server.
#[test]
fn other_servers() {
    let (server, other, session) = (plain(), plain(), Session::open());
    let request = got(session.get(server.port()));
    assert_eq!(count(session.connect(other.port()), INSECURE), 0);
    assert_eq!(count(request.handle, 0), 1);
}

/// A connection without a mark is in the group of zeros.
#[test]
fn guids() {
    let (server, session) = (plain(), Session::open());
    let request = got(session.get(server.port()));
    assert_eq!(query(request.handle, Some(&[0; 16]), 0).unwrap(), query(request.handle, None, 0).unwrap());
    assert_eq!(query(request.handle, Some(&[7; 16]), 0).unwrap(), []);
}

/// Options.md 2.A, 178: a request marks its connection, in use and kept; each mark is a group.
#[test]
fn marks_are_counted() {
    let (server, session) = (plain(), Session::open());
    let marks = [Some(ONE), Some(OTHER), Some(ONE), None];
    let requests = marks.map(|mark| got(asking(&session, server.port(), mark, None)));
    let all = [(NONE, 1), (ONE, 2), (OTHER, 1)];
    assert_eq!(groups(requests[0].handle, None), all);
    for group in all {
        assert_eq!(groups(requests[3].handle, Some(&group.0)), [group]);
        assert_eq!(groups(requests[3].connect, Some(&group.0)), [], "the connection handle asks about HTTPS");
    }
    assert_eq!(groups(requests[0].handle, Some(&[9; 16])), []);
    requests.iter().for_each(|request| assert_eq!(request.body(), b"hello"));
    assert_eq!(groups(requests[0].handle, None), all, "they are kept");
}

/// The connection that a request takes over gets its mark in place of the one it had.
#[test]
fn a_mark_takes_the_place_of_another() {
    let (server, session) = (plain(), Session::open());
    for (mark, marked) in [(None, NONE), (Some(ONE), ONE), (None, ONE), (Some(OTHER), OTHER), (Some(NONE), NONE)] {
        let request = got(asking(&session, server.port(), mark, None));
        assert_eq!(request.body(), b"hello");
        assert_eq!(groups(request.handle, None), [(marked, 1)], "{mark:?}");
    }
    assert_eq!(server.connections(), 1);
}

/// Options.md 2.A, 179: of the idle connections the marked one is taken, though others were used since.
#[test]
fn a_marked_connection_is_preferred() {
    for flags in [0, REQUIRE_MARKED] {
        let (server, session) = (plain(), Session::open());
        let kept = [Some(ONE), Some(OTHER), None].map(|mark| got(asking(&session, server.port(), mark, None)));
        kept.iter().for_each(|request| assert_eq!(request.body(), b"hello"));
        let [one, other, _] = kept.each_ref().map(local);
        for (wanted, expected) in [(ONE, one), (OTHER, other), (ONE, one)] {
            let request = got(asking(&session, server.port(), None, Some((wanted, flags))));
            assert_eq!((local(&request), request.body().len()), (expected, 5), "{wanted:?} with {flags}");
        }
        assert_eq!(server.connections(), 3);
    }
}

/// The same, where no connection has the mark: one without it will do, unless a mark is required. What is wanted marks
/// nothing.
#[test]
fn without_a_marked_connection() {
    for (wanted, flags, expected) in [(ONE, 0, 1), (NONE, 0, 1), (ONE, REQUIRE_MARKED, 2), (NONE, REQUIRE_MARKED, 2)] {
        let (server, session) = (plain(), Session::open());
        let free = got(session.get(server.port()));
        assert_eq!(free.body(), b"hello");
        let request = got(asking(&session, server.port(), None, Some((wanted, flags))));
        assert_eq!(server.connections(), expected, "{wanted:?} with {flags}");
        assert_eq!(local(&request) == local(&free), flags == 0);
        assert_eq!(groups(request.handle, None), [(NONE, expected as u32)]);
    }
}

/// A request that wants its own mark opens a connection once.
#[test]
fn connections_of_its_own() {
    let (server, session) = (plain(), Session::open());
    assert_eq!(got(session.get(server.port())).body(), b"hello");
    for _ in 0..3 {
        let request = got(asking(&session, server.port(), Some(ONE), Some((ONE, REQUIRE_MARKED))));
        assert_eq!(request.body(), b"hello");
        assert_eq!(groups(request.handle, None), [(NONE, 1), (ONE, 1)]);
    }
    assert_eq!(server.connections(), 2);
}

/// Section 1.3: request and connection handles alone; then flags.
#[test]
fn refused_calls() {
    let session = Session::open();
    let request = session.request(80, "GET", "/");
    let on = |handle, flags| code(query(handle, None, flags));
    for flags in [0, 2] {
        assert_eq!(on(HINTERNET::NULL, flags), ERROR_INVALID_HANDLE);
        assert_eq!(on(session.handle, flags), ERROR_WINHTTP_INCORRECT_HANDLE_TYPE);
    }
    for flags in [2, INSECURE | 2, u64::MAX] {
        assert_eq!([on(request.handle, flags), on(request.connect, flags)], [ERROR_INVALID_PARAMETER; 2]);
    }
    WinHttpCloseHandle(request.connect).unwrap();
    assert_eq!([on(request.handle, 0), on(request.connect, 0)], [ERROR_INVALID_HANDLE; 2]);
}
