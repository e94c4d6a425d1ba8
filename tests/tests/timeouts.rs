//! Timeouts: core.md 12 and 2.4, faults.md, "Time" (rows 79 to 84).

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::time::{Duration, Instant};

use conformance::{Answer, PATIENCE, Session, Stage, code, each, told};
use openwinhttp::*;
use testserver::{Conversation, Peer, Silent};

const TIMEOUT: u32 = ERROR_WINHTTP_TIMEOUT;
const SHORT: Duration = Duration::from_millis(300);
/// Longer than any timeout in this file.
const FOR_EVER: Duration = Duration::from_secs(9);
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A peer that reads a request and then plays this.
fn peer(play: impl FnOnce(&mut Conversation) + Send + 'static) -> Peer {
    Peer::script(move |p| {
        let mut c = p.accept();
        c.expect("");
        play(&mut c);
    })
}

/// Rows 79, 80: no head, or not all of it.
#[test]
fn rows_79_80_receive_timeout_in_the_head() {
    let rows =
        ["", "H", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", "HTTP/1.1 100 Continue\r\n\r\n"];
    each(&rows, |&begin| {
        let peer = peer(move |c| {
            c.reply(begin);
            c.expect_closed();
        });
        let session = Session::with_timeouts(SHORT);
        let started = Instant::now();
        Answer::to(&session.get(peer.port())).assert_failed(Stage::Receive, TIMEOUT);
        assert!(started.elapsed() >= SHORT - Duration::from_millis(20), "too early");
        assert!(started.elapsed() < Duration::from_secs(3), "too late");
        peer.finish();
    });
}

/// Row 81: the body stalls: what came is delivered, then 12002; the connection is given up.
#[test]
fn row_81_receive_timeout_in_the_body() {
    let rows = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", "hello"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", ""),
        ("HTTP/1.1 200 OK\r\n\r\nhello", "hello"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "hello"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello", "hello"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n", "hello"),
    ];
    each(&rows, |&(reply, delivered)| {
        let peer = peer(move |c| {
            c.reply(reply);
            c.expect_closed();
        });
        let session = Session::open();
        let request = session.got(peer.port());
        request.set_timeouts(SHORT);
        assert_eq!(request.read_all(), (delivered.into(), TIMEOUT));
        peer.finish();
    });
}

/// Row 81, seen by QueryDataAvailable.
#[test]
fn row_81_seen_by_query_data_available() {
    let peer = peer(|c| {
        c.reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
        c.stall(FOR_EVER);
    });
    let session = Session::open();
    let request = session.got(peer.port());
    request.set_timeouts(SHORT);
    assert_eq!(request.available().unwrap(), 5);
    assert_eq!(request.read(5).unwrap(), b"hello");
    assert_eq!(code(request.available()), TIMEOUT);
}

/// Section 12: nobody answers the connect.
#[test]
fn connect_timeout() {
    // Not on Windows: there such a connect is refused.
    let Some(silent) = Silent::new() else { return };
    let session = Session::with_timeouts(SHORT);
    let started = Instant::now();
    Answer::to(&session.get(silent.port())).assert_failed(Stage::Send, TIMEOUT);
    assert!(started.elapsed() >= SHORT - Duration::from_millis(20), "too early");
    assert!(started.elapsed() < Duration::from_secs(3), "too late");
}

/// Row 82: a body that drips has no total timeout; each byte starts the time anew.
#[test]
fn row_82_dripping_body() {
    let peer = peer(|c| {
        c.reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
        c.drip("0123456789", Duration::from_millis(300));
    });
    let session = Session::with_timeouts(Duration::from_secs(2));
    Answer::to(&session.get(peer.port())).assert_ok(200, "0123456789");
}

/// Row 83: a peer that does not read: 12002 from the call that writes.
#[test]
fn row_83_send_timeout() {
    let body = vec![0; 24 << 20];
    let session = Session::with_timeouts(SHORT);
    let optional = peer(|c| c.stall(FOR_EVER));
    let request = session.request(optional.port(), "POST", "/");
    assert_eq!(code(request.send_body(None, &body)), TIMEOUT);
    assert_eq!(code(request.receive()), ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
    let written = peer(|c| c.stall(FOR_EVER));
    let request = session.request(written.port(), "POST", "/");
    request.send_with(None, None, 24 << 20).unwrap();
    assert_eq!(code(request.write(&body)), TIMEOUT);
}

/// Row 83: per write, not for all of it: a slow reader is waited for.
#[test]
fn row_83_slow_reader() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("POST");
        for _ in 0..16 {
            c.body(2 << 20);
            c.stall(Duration::from_millis(200));
        }
        c.reply(OK);
    });
    let session = Session::open();
    let request = session.request(peer.port(), "POST", "/");
    let send_timeout = Duration::from_millis(1500);
    told(|| WinHttpSetTimeouts(request.handle, 5000, 5000, send_timeout.as_millis() as i32, 5000)).unwrap();
    let started = Instant::now();
    request.send_body(None, &vec![0; 32 << 20]).unwrap();
    assert!(started.elapsed() > send_timeout, "too fast to prove anything");
    request.receive().unwrap();
    assert_eq!(request.body(), b"ok");
}

/// Row 84 and section 12.2: which values are valid; 87 comes before 12018, and nothing is changed then.
#[test]
fn row_84_values_of_set_timeouts() {
    let session = Session::open();
    let request = session.get(80);
    let set = |handle, values: [i32; 4]| {
        let [resolve, connect, send, receive] = values;
        code(told(|| WinHttpSetTimeouts(handle, resolve, connect, send, receive)))
    };
    let rows = [
        ([0, 0, 0, 0], 0),
        ([-1, -1, -1, -1], 0),
        ([1, 1, 1, 1], 0),
        ([i32::MAX; 4], 0),
        ([-2, 0, 0, 0], ERROR_INVALID_PARAMETER),
        ([0, -2, 0, 0], ERROR_INVALID_PARAMETER),
        ([0, 0, -2, 0], ERROR_INVALID_PARAMETER),
        ([0, 0, 0, -2], ERROR_INVALID_PARAMETER),
        ([i32::MIN; 4], ERROR_INVALID_PARAMETER),
    ];
    for (values, expected) in rows {
        assert_eq!(set(session.handle, values), expected, "session, {values:?}");
        assert_eq!(set(request.handle, values), expected, "request, {values:?}");
        let of_connection = if expected == 0 { ERROR_WINHTTP_INCORRECT_HANDLE_TYPE } else { expected };
        assert_eq!(set(request.connect, values), of_connection, "connection, {values:?}");
    }
}

/// Section 12.2: a refused call changes nothing, not even the values that were in order.
#[test]
fn refused_values_change_nothing() {
    let peer = peer(|c| {
        c.stall(Duration::from_millis(700));
        c.reply(OK);
    });
    let session = Session::open();
    let request = session.get(peer.port());
    let refused = told(|| WinHttpSetTimeouts(request.handle, -2, 100, 100, 100));
    assert_eq!(code(refused), ERROR_INVALID_PARAMETER);
    Answer::to(&request).assert_ok(200, "ok");
}

/// Row 84: 0, -1 and the largest number wait as long as it takes.
#[test]
fn row_84_infinite_timeouts() {
    each(&[0, -1, i32::MAX], |&value| {
        let peer = peer(|c| {
            c.stall(Duration::from_millis(500));
            c.drip(OK, Duration::from_millis(5));
        });
        let session = Session::with_timeouts(SHORT);
        let request = session.get(peer.port());
        told(|| WinHttpSetTimeouts(request.handle, value, value, value, value)).unwrap();
        Answer::to(&request).assert_ok(200, "ok");
    });
}

/// A peer that serves this many requests, each after a while.
fn slow_peer(requests: usize) -> Peer {
    Peer::script(move |p| {
        for _ in 0..requests {
            let mut c = p.accept();
            c.expect("GET");
            c.stall(Duration::from_millis(600));
            c.reply(OK);
        }
    })
}

/// Section 2.4: a request copies the session's timeouts when it is opened; the connection handle has none of its own.
#[test]
fn requests_copy_the_timeouts_of_the_session() {
    let peer = slow_peer(2);
    let session = Session::open();
    let connection = session.connect(peer.port());
    let open = || conformance::Request {
        handle: told(|| WinHttpOpenRequest(connection, None, None, None, None, None, 0)).unwrap(),
        connect: HINTERNET::NULL,
    };
    let before = open();
    session.set_timeouts(SHORT);
    let after = open();
    Answer::to(&before).assert_ok(200, "ok");
    drop(before);
    Answer::to(&after).assert_failed(Stage::Receive, TIMEOUT);
}

/// Section 2.4: what a request changes stays with it.
#[test]
fn timeouts_do_not_flow_up() {
    let peer = slow_peer(2);
    let session = Session::open();
    let hasty = session.get(peer.port());
    hasty.set_timeouts(SHORT);
    Answer::to(&hasty).assert_failed(Stage::Receive, TIMEOUT);
    Answer::to(&session.get(peer.port())).assert_ok(200, "ok");
}

/// Section 12: timeouts may be changed between the calls of one request.
#[test]
fn timeouts_changed_in_the_middle() {
    let peer = peer(|c| {
        c.reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
        c.stall(FOR_EVER);
    });
    let session = Session::open();
    let request = session.got(peer.port());
    request.set_timeouts(SHORT);
    let started = Instant::now();
    assert_eq!(request.read_all(), (b"hello".to_vec(), TIMEOUT));
    assert!(started.elapsed() < Duration::from_secs(3));
}

/// Row 88: after a timeout the same handle can be sent again, and never sees the old bytes.
#[test]
fn row_88_sending_again_after_a_timeout() {
    let peer = Peer::script(|p| {
        let mut late = p.accept();
        late.expect("GET");
        let mut good = p.accept();
        good.expect("GET");
        late.reply("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold");
        good.reply(OK);
    });
    let session = Session::with_timeouts(SHORT);
    let request = session.get(peer.port());
    Answer::to(&request).assert_failed(Stage::Receive, TIMEOUT);
    request.set_timeouts(PATIENCE);
    Answer::to(&request).assert_ok(200, "ok");
}

/// "Retry rule" of faults.md: never on a timeout, on a reused connection neither.
#[test]
fn a_timeout_is_not_retried() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply(OK);
        c.expect("GET");
        c.expect_closed();
        p.expect_no_connection(Duration::from_millis(200));
    });
    let session = Session::open();
    Answer::to(&session.get(peer.port())).assert_ok(200, "ok");
    let hasty = session.get(peer.port());
    hasty.set_timeouts(SHORT);
    Answer::to(&hasty).assert_failed(Stage::Receive, TIMEOUT);
    peer.finish();
}
