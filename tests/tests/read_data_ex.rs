//! WinHttpReadDataEx: core.md 10.5, with 10.4 and 18.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::sync::mpsc;
use std::time::Duration;

use conformance::{Request, Session, code, each, told};
use openwinhttp::*;
use testserver::Peer;

const FILL: u64 = WINHTTP_READ_DATA_EX_FLAG_FILL_BUFFER;
const PAUSE: Duration = Duration::from_millis(20);

fn read(request: &Request, size: usize, flags: u64) -> Result<Vec<u8>> {
    let mut buffer = vec![0; size];
    let count = told(|| WinHttpReadDataEx(request.handle, &mut buffer, flags))?;
    buffer.truncate(count);
    Ok(buffer)
}

/// Each piece is sent when the one before was read: so a read that waits for more than comes at once runs into its
/// time limit.
fn piece_by_piece(pieces: &'static [&'static str]) {
    let (was_read, may_go_on) = mpsc::channel();
    let peer = Peer::script(move |p| {
        let mut c = p.accept();
        c.expect("GET");
        for piece in pieces {
            c.reply(piece);
            may_go_on.recv().unwrap();
        }
    });
    let session = Session::open();
    let request = session.got(peer.port());
    for expected in ["hello", " world"] {
        was_read.send(()).unwrap();
        assert_eq!(read(&request, 100, 0).unwrap(), expected.as_bytes());
    }
    was_read.send(()).unwrap();
    for flags in [0, FILL, 0] {
        assert_eq!(read(&request, 100, flags).unwrap(), b"");
    }
    assert_eq!(FILL, 1);
}

/// Without the flag a read ends with what came, whatever delimits the body.
#[test]
fn what_comes_at_once() {
    piece_by_piece(&["HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", "hello", " world"]);
    piece_by_piece(&[
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "5\r\nhello\r\n",
        "6\r\n world\r\n0\r\n\r\n",
    ]);
    piece_by_piece(&["HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", "hello", " world"]);
}

/// With the flag a read waits until the buffer is full or the response ends, as WinHttpReadData does.
#[test]
fn fill_the_buffer() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n");
        c.drip("hello world", PAUSE);
    });
    let session = Session::open();
    let request = session.got(peer.port());
    assert_eq!(read(&request, 3, FILL).unwrap(), b"hel");
    assert_eq!(read(&request, 100, FILL).unwrap(), b"lo world");
    assert_eq!(read(&request, 100, FILL).unwrap(), b"");
}

/// Buffers of any size get the same body, whatever the flags, and the end comes again and again.
#[test]
fn sizes() {
    let rows: Vec<_> = [1, 2, 5, 4096, 100_000].into_iter().flat_map(|size| [(size, 0), (size, FILL)]).collect();
    each(&rows, |&(size, flags)| {
        let body: Vec<u8> = (0..70_000u32).map(|at| (at % 251) as u8).collect();
        let reply = [b"HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n", body.as_slice()].concat();
        let peer = Peer::script(move |p| {
            let mut c = p.accept();
            c.expect("GET");
            c.reply(reply);
        });
        let session = Session::open();
        let request = session.got(peer.port());
        let mut got = Vec::new();
        while got.len() < body.len() {
            let piece = read(&request, size, flags).unwrap();
            assert!(!piece.is_empty(), "the end after {} bytes", got.len());
            got.extend(piece);
        }
        assert!(got == body, "another body");
        assert_eq!((read(&request, size, flags).unwrap().len(), request.available().unwrap()), (0, 0));
    });
}

/// No room: succeeds with nothing, and waits for nothing.
#[test]
fn an_empty_buffer() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
        c.expect_closed();
    });
    let session = Session::open();
    let request = session.got(peer.port());
    assert_eq!((read(&request, 0, 0).unwrap().len(), read(&request, 0, FILL).unwrap().len()), (0, 0));
    drop(request);
    peer.finish();
}

/// Decision 6: a body that is cut off gives its bytes, and then 12030.
#[test]
fn a_body_that_is_cut_off() {
    for flags in [0, FILL] {
        let peer = Peer::script(|p| {
            let mut c = p.accept();
            c.expect("GET");
            c.reply("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello");
            c.close();
        });
        let session = Session::open();
        let request = session.got(peer.port());
        assert_eq!(read(&request, 100, flags).unwrap(), b"hello");
        for _ in 0..2 {
            assert_eq!(code(read(&request, 100, flags)), ERROR_WINHTTP_CONNECTION_ERROR);
        }
    }
}

/// Other flags are 87, which comes before the state, and after the handle.
#[test]
fn refused_calls() {
    let session = Session::open();
    let request = session.request(80, "GET", "/");
    for flags in [2, FILL | 2, 1 << 32, u64::MAX] {
        assert_eq!(code(read(&request, 10, flags)), ERROR_INVALID_PARAMETER);
        let on = |handle| code(told(|| WinHttpReadDataEx(handle, &mut [0; 10], flags)));
        assert_eq!(on(HINTERNET::NULL), ERROR_INVALID_HANDLE);
        assert_eq!([on(session.handle), on(request.connect)], [ERROR_WINHTTP_INCORRECT_HANDLE_TYPE; 2]);
    }
    for flags in [0, FILL] {
        assert_eq!(code(read(&request, 10, flags)), ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
    }
    WinHttpCloseHandle(request.handle).unwrap();
    assert_eq!(code(read(&request, 10, 0)), ERROR_INVALID_HANDLE);
}
