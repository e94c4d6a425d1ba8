//! WinHttpQueryConnectionGroup: core.md 16.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use conformance::{Request, Session, code, told};
use openwinhttp::*;
use testserver::Peer;
use testserver::serve::{Response, Server};

const INSECURE: u64 = WINHTTP_QUERY_CONNECTION_GROUP_FLAG_INSECURE;

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

/// No connection has a GUID: that of zeros finds all of them, and any other none.
#[test]
fn guids() {
    let (server, session) = (plain(), Session::open());
    let request = got(session.get(server.port()));
    assert_eq!(query(request.handle, Some(&[0; 16]), 0).unwrap(), query(request.handle, None, 0).unwrap());
    assert_eq!(query(request.handle, Some(&[7; 16]), 0).unwrap(), []);
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
