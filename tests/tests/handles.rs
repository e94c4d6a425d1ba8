//! Handles: core.md 1 and 2, decisions 1 and 2, faults.md rows 86, 87 and 155.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use conformance::{Notices, PATIENCE, Request, Session, code, each, told};
use openwinhttp::*;
use testserver::{Conversation, Peer, Silent, TlsKind};

const INCORRECT_TYPE: u32 = ERROR_WINHTTP_INCORRECT_HANDLE_TYPE;
const CANCELLED: u32 = ERROR_WINHTTP_OPERATION_CANCELLED;
const UNKNOWN_LEVEL: u32 = 79;
/// Sooner than a timeout would come.
const SOON: Duration = Duration::from_secs(4);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Session,
    Connection,
    Request,
}

/// A function that takes a handle, called with parameters that are in order.
#[derive(Clone, Copy, Debug)]
struct Call {
    name: &'static str,
    call: fn(HINTERNET) -> Result<()>,
    takes: &'static [Kind],
}

/// Section 1.3, but for WinHttpCloseHandle, which takes any kind.
const CALLS: [Call; 13] = [
    Call {
        name: "WinHttpConnect",
        call: |handle| WinHttpConnect(handle, "127.0.0.1", 80, 0).map(drop),
        takes: &[Kind::Session],
    },
    Call {
        name: "WinHttpOpenRequest",
        call: |handle| WinHttpOpenRequest(handle, None, None, None, None, None, 0).map(drop),
        takes: &[Kind::Connection],
    },
    Call {
        name: "WinHttpAddRequestHeaders",
        call: |handle| WinHttpAddRequestHeaders(handle, "X-A: 1", WINHTTP_ADDREQ_FLAG_ADD),
        takes: &[Kind::Request],
    },
    Call {
        name: "WinHttpSendRequest",
        call: |handle| WinHttpSendRequest(handle, None, None, 0, 0),
        takes: &[Kind::Request],
    },
    Call { name: "WinHttpWriteData", call: |handle| WinHttpWriteData(handle, b"x").map(drop), takes: &[Kind::Request] },
    Call { name: "WinHttpReceiveResponse", call: WinHttpReceiveResponse, takes: &[Kind::Request] },
    Call {
        name: "WinHttpQueryHeaders",
        call: |handle| WinHttpQueryHeaders(handle, WINHTTP_QUERY_REQUEST_METHOD, None, None).map(drop),
        takes: &[Kind::Request],
    },
    Call {
        name: "WinHttpQueryHeaders of an unknown level",
        call: |handle| WinHttpQueryHeaders(handle, UNKNOWN_LEVEL, None, None).map(drop),
        takes: &[Kind::Request],
    },
    Call {
        name: "WinHttpQueryHeadersBuffer",
        call: |handle| {
            let (mut buffer, mut length) = ([0; 100], 100);
            let level = WINHTTP_QUERY_REQUEST_METHOD;
            WinHttpQueryHeadersBuffer(handle, level, None, Some(&mut buffer), &mut length, None)
        },
        takes: &[Kind::Request],
    },
    Call {
        name: "WinHttpQueryDataAvailable",
        call: |handle| WinHttpQueryDataAvailable(handle).map(drop),
        takes: &[Kind::Request],
    },
    Call {
        name: "WinHttpReadData",
        call: |handle| WinHttpReadData(handle, &mut [0; 10]).map(drop),
        takes: &[Kind::Request],
    },
    Call {
        name: "WinHttpSetTimeouts",
        call: |handle| WinHttpSetTimeouts(handle, 100, 100, 100, 100),
        takes: &[Kind::Session, Kind::Request],
    },
    Call {
        name: "ext::TrustCertificate",
        call: |handle| ext::TrustCertificate(handle, testserver::ca_der()),
        takes: &[Kind::Session],
    },
];

impl Call {
    fn code_with(&self, handle: HINTERNET) -> u32 {
        code(told(|| (self.call)(handle)))
    }
}

/// One handle of each kind; the request goes to nobody.
struct Family {
    session: Session,
    request: Request,
}

impl Family {
    fn new() -> Family {
        let session = Session::open();
        let request = session.get(Peer::refused_port());
        Family { session, request }
    }

    fn handle(&self, kind: Kind) -> HINTERNET {
        match kind {
            Kind::Session => self.session.handle,
            Kind::Connection => self.request.connect,
            Kind::Request => self.request.handle,
        }
    }
}

fn close(handle: HINTERNET) -> u32 {
    code(told(|| WinHttpCloseHandle(handle)))
}

/// Every call with this handle, closing included, gives 6.
fn assert_dead(handle: HINTERNET) {
    assert_unusable(handle);
    assert_eq!(close(handle), ERROR_INVALID_HANDLE, "WinHttpCloseHandle");
}

/// Every call with this handle but closing gives 6.
fn assert_unusable(handle: HINTERNET) {
    for call in CALLS {
        assert_eq!(call.code_with(handle), ERROR_INVALID_HANDLE, "{}", call.name);
    }
}

/// Section 1.2 and row 155: NULL and values never issued.
#[test]
fn null_and_forged_handles() {
    let on_the_stack = 0u8;
    let forged =
        [0, 1, 2, 3, 4, 100, 0xDEAD_BEEF, usize::MAX, usize::MAX - 1, usize::MAX / 2, &raw const on_the_stack as usize];
    assert!(HINTERNET::NULL.is_null() && HINTERNET::default() == HINTERNET::NULL);
    assert_eq!(HINTERNET::NULL.as_raw(), 0);
    for value in forged {
        assert_dead(HINTERNET::from_raw(value));
    }
}

/// Section 2.2: a handle that is closed is dead, whatever its kind; closing it twice is 6.
#[test]
fn closed_handles() {
    for kind in [Kind::Request, Kind::Connection, Kind::Session] {
        let family = Family::new();
        let handle = family.handle(kind);
        assert!(!handle.is_null());
        assert_eq!(close(handle), 0, "{kind:?}");
        assert_dead(handle);
    }
}

/// Section 1.3: each function knows its kind of handle.
#[test]
fn wrong_kinds() {
    let family = Family::new();
    for call in CALLS {
        for kind in [Kind::Session, Kind::Connection, Kind::Request] {
            if !call.takes.contains(&kind) {
                assert_eq!(call.code_with(family.handle(kind)), INCORRECT_TYPE, "{} of a {kind:?}", call.name);
            }
        }
    }
}

/// Section 1.3: and works with it (the ones that need no network).
#[test]
fn right_kinds() {
    let family = Family::new();
    for name in ["WinHttpConnect", "WinHttpOpenRequest", "WinHttpAddRequestHeaders", "WinHttpQueryHeaders"] {
        let call = CALLS.iter().find(|call| call.name == name).unwrap();
        assert_eq!(call.code_with(family.handle(call.takes[0])), 0, "{name}");
    }
    for kind in [Kind::Session, Kind::Request] {
        assert_eq!(code(told(|| WinHttpSetTimeouts(family.handle(kind), 1, 2, 3, 4))), 0, "{kind:?}");
    }
}

/// Section 1.2, in the order of its five steps.
#[test]
fn order_of_the_checks() {
    let family = Family::new();
    let (session, connection, request) =
        (family.session.handle, family.handle(Kind::Connection), family.handle(Kind::Request));
    let add = |handle| code(told(|| WinHttpAddRequestHeaders(handle, "", WINHTTP_ADDREQ_FLAG_ADD)));
    let set = |handle, value| code(told(|| WinHttpSetTimeouts(handle, value, 0, 0, 0)));
    let query = |handle, level| code(told(|| WinHttpQueryHeaders(handle, level, None, None)));
    // 1 before 2 and 3.
    assert_eq!(add(HINTERNET::NULL), ERROR_INVALID_PARAMETER);
    assert_eq!(add(session), ERROR_INVALID_PARAMETER);
    assert_eq!(set(HINTERNET::NULL, -2), ERROR_INVALID_PARAMETER);
    assert_eq!(set(connection, -2), ERROR_INVALID_PARAMETER);
    // 2 before 4, 3 before 4.
    assert_eq!(query(HINTERNET::NULL, UNKNOWN_LEVEL), ERROR_INVALID_HANDLE);
    assert_eq!(query(session, UNKNOWN_LEVEL), INCORRECT_TYPE);
    // 4 before 5: the state would be 12019.
    assert_eq!(query(request, UNKNOWN_LEVEL), ERROR_INVALID_PARAMETER);
    assert_eq!(query(request, WINHTTP_QUERY_STATUS_CODE), ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
}

/// Section 1.1: the last error belongs to the thread.
#[test]
fn last_error_is_per_thread() {
    let (is_told, is_changed) = (AtomicBool::new(false), AtomicBool::new(false));
    // Every other way to wait calls the system, which on Windows may change the last error.
    let wait_for = |mark: &AtomicBool| {
        while !mark.load(Ordering::SeqCst) {
            std::hint::spin_loop();
        }
    };
    thread::scope(|threads| {
        let other = threads.spawn(|| {
            wait_for(&is_told);
            let before = GetLastError();
            SetLastError(1234);
            is_changed.store(true, Ordering::SeqCst);
            (before, GetLastError())
        });
        let told = close(HINTERNET::NULL);
        is_told.store(true, Ordering::SeqCst);
        wait_for(&is_changed);
        assert_eq!([told, GetLastError()], [ERROR_INVALID_HANDLE; 2]);
        assert_eq!(other.join().unwrap(), (0, 1234));
    });
}

/// The opt-in guard closes its handle, unless it gives it back.
#[test]
fn owned_closes_its_handle() {
    let open = || WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0).unwrap();
    let handle = open();
    let owned = Owned::new(handle);
    assert_eq!(*owned, handle);
    drop(owned);
    assert_eq!(close(handle), ERROR_INVALID_HANDLE);
    let handle = Owned::new(open()).into_handle();
    assert_eq!(close(handle), 0);
}

/// Decision 1 and section 2.3: closing the connection orphans its requests; closing the session orphans all.
#[test]
fn orphans() {
    for ancestor in [Kind::Connection, Kind::Session] {
        let family = Family::new();
        assert_eq!(close(family.handle(ancestor)), 0);
        assert_unusable(family.handle(Kind::Request));
        if ancestor == Kind::Session {
            assert_unusable(family.handle(Kind::Connection));
            assert_eq!(close(family.handle(Kind::Connection)), 0, "closing an orphan succeeds");
            assert_unusable(family.handle(Kind::Request));
        }
        assert_eq!(close(family.handle(Kind::Request)), 0, "closing an orphan succeeds");
        assert_dead(family.handle(Kind::Request));
    }
}

/// Section 2.3: both parents closed, the nearer one first, and then the request.
#[test]
fn orphan_of_both_parents() {
    let family = Family::new();
    for kind in [Kind::Connection, Kind::Session, Kind::Request] {
        assert_eq!(close(family.handle(kind)), 0, "{kind:?}");
        assert_dead(family.handle(kind));
    }
}

/// Decision 1 touches descendants only: siblings and cousins go on.
#[test]
fn orphaning_spares_the_others() {
    let session = Session::open();
    let (mine, other) = (session.get(1), session.get(1));
    let sibling = told(|| WinHttpOpenRequest(other.connect, None, None, None, None, None, 0)).unwrap();
    assert_eq!((close(mine.connect), close(other.handle)), (0, 0));
    assert_unusable(mine.handle);
    assert_eq!(
        told(|| WinHttpQueryHeaders(sibling, WINHTTP_QUERY_REQUEST_METHOD, None, None)).unwrap().as_str(),
        Some("GET")
    );
    assert!(!session.get(1).handle.is_null());
}

/// A state in which a request holds a connection.
#[derive(Clone, Copy, Debug)]
struct Busy {
    state: &'static str,
    reach: fn(&Request),
}

const BUSY: [Busy; 4] = [
    Busy { state: "body incomplete", reach: |request| request.send_with(None, Some(b"data"), 100).unwrap() },
    Busy { state: "sent", reach: |request| request.send().unwrap() },
    Busy { state: "head received", reach: |request| request.send().and_then(|()| request.receive()).unwrap() },
    Busy {
        state: "body begun",
        reach: |request| {
            request.send().and_then(|()| request.receive()).unwrap();
            assert_eq!(request.read(2).unwrap(), b"he");
        },
    },
];

/// Decision 1: the sockets of orphans, and of closed requests, are given up at once.
#[test]
fn sockets_are_given_up_at_once() {
    let kinds = [Kind::Request, Kind::Connection, Kind::Session];
    let rows: Vec<(Busy, Kind)> = BUSY.iter().flat_map(|&busy| kinds.map(|kind| (busy, kind))).collect();
    each(&rows, |&(busy, kind)| {
        let peer = Peer::script(|p| {
            let mut c = p.accept();
            c.expect("POST");
            c.reply("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello");
            c.expect_closed();
        });
        let session = Session::open();
        let request = session.request(peer.port(), "POST", "/");
        (busy.reach)(&request);
        let family = Family { session, request };
        assert_eq!(close(family.handle(kind)), 0, "closing {kind:?}, {}", busy.state);
        // The other handles are still open.
        peer.finish();
    });
}

/// A call that waits for the peer.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    name: &'static str,
    play: fn(&mut Conversation),
    secure: bool,
    wait: fn(&Request) -> u32,
}

const WAITING: [Waiting; 6] = [
    Waiting {
        name: "SendRequest with a body nobody reads",
        play: |c| drop(c.expect("POST")),
        secure: false,
        wait: |request| code(request.send_body(None, &vec![0; 24 << 20])),
    },
    Waiting {
        name: "WriteData nobody reads",
        play: |c| drop(c.expect("POST")),
        secure: false,
        wait: |request| {
            request.send_with(None, None, 24 << 20).unwrap();
            code(request.write(&vec![0; 24 << 20]))
        },
    },
    Waiting {
        name: "the TLS handshake",
        play: |c| drop(c.body(5)),
        secure: true,
        wait: |request| code(request.send()),
    },
    Waiting {
        name: "ReceiveResponse",
        play: |c| {
            c.expect("POST");
            c.reply("HTTP/1.1 200");
        },
        secure: false,
        wait: |request| {
            request.send().unwrap();
            code(request.receive())
        },
    },
    Waiting {
        name: "ReadData",
        play: |c| {
            c.expect("POST");
            c.reply("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
        },
        secure: false,
        wait: |request| {
            request.send().and_then(|()| request.receive()).unwrap();
            code(request.read(50))
        },
    },
    Waiting {
        name: "QueryDataAvailable",
        play: |c| {
            c.expect("POST");
            c.reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        },
        secure: false,
        wait: |request| {
            request.send().and_then(|()| request.receive()).unwrap();
            code(request.available())
        },
    },
];

/// Section 2.2, decision 1 and row 86: closing the request or an ancestor from another thread ends a waiting call with
/// 12017, soon, and gives up the socket.
#[test]
fn row_86_closing_ends_a_waiting_call() {
    let kinds = [Kind::Request, Kind::Connection, Kind::Session];
    let rows: Vec<(Waiting, Kind)> = WAITING.iter().flat_map(|&waiting| kinds.map(|kind| (waiting, kind))).collect();
    each(&rows, |&(waiting, kind)| {
        // On a machine that is busy, the call may begin after the close, and finds no handle.
        let code = (0..5).map(|_| code_when_closed(waiting, kind)).find(|&code| code != ERROR_INVALID_HANDLE);
        assert_eq!(code, Some(CANCELLED), "{} by closing {kind:?}", waiting.name);
    });
}

/// The code of a call that waits while its request, or an ancestor of it, is closed.
fn code_when_closed(waiting: Waiting, kind: Kind) -> u32 {
    let peer = Peer::tls(TlsKind::Good, move |p| {
        let mut c = p.accept_plain();
        (waiting.play)(&mut c);
        // Ends as soon as the test asks for the end.
        c.stall(Duration::from_secs(8));
        c.drain();
    });
    let session = Session::open();
    let flags = if waiting.secure { WINHTTP_FLAG_SECURE } else { 0 };
    let request = session.request_to("127.0.0.1", peer.port(), "POST", "/", flags);
    let family = Family { session, request };
    let closed_at = OnceLock::new();
    let code = thread::scope(|scope| {
        scope.spawn(|| {
            wait_for_the_client(&peer, waiting.secure);
            closed_at.set(Instant::now()).unwrap();
            assert_eq!(close(family.handle(kind)), 0);
        });
        (waiting.wait)(&family.request)
    });
    let took = closed_at.get().expect("it ended before it was closed").elapsed();
    assert!(took < SOON, "{} took {took:?}", waiting.name);
    assert_unusable(family.request.handle);
    peer.finish();
    code
}

#[test]
fn row_86_closing_ends_a_connect() {
    // Not on Windows: there such a connect is refused.
    let Some(silent) = Silent::new() else { return };
    let session = Session::open();
    let request = session.get(silent.port());
    let (connects, is_connecting) = channel();
    Notices::with(&request, WINHTTP_CALLBACK_FLAG_CONNECT_TO_SERVER, move |_| connects.send(()).unwrap());
    let closed_at = OnceLock::new();
    let code = thread::scope(|scope| {
        let closed_at = &closed_at;
        scope.spawn(move || {
            is_connecting.recv_timeout(PATIENCE).unwrap();
            thread::sleep(Duration::from_millis(200));
            closed_at.set(Instant::now()).unwrap();
            assert_eq!(close(request.handle), 0);
        });
        code(request.send())
    });
    assert_eq!(code, CANCELLED);
    let took = closed_at.get().expect("it ended before it was closed").elapsed();
    assert!(took < SOON, "it took {took:?}");
    assert_unusable(request.handle);
}

/// Until the client has come as far as it can, and waits.
fn wait_for_the_client(peer: &Peer, secure: bool) {
    let deadline = Instant::now() + Duration::from_secs(4);
    let has_come = || if secure { peer.connections() > 0 } else { !peer.requests().is_empty() };
    while !has_come() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(2));
    }
    // On a machine that is busy, 24 MiB take their time until they are ready to be sent.
    thread::sleep(Duration::from_millis(800));
}

/// Row 155 and decision 2: many threads open, use and close at once.
#[test]
fn many_threads_open_and_close() {
    let session = Arc::new(Session::open());
    let threads: Vec<_> = (0..8)
        .map(|number| {
            let session = session.clone();
            thread::spawn(move || {
                for round in 0..300 {
                    let verb = format!("VERB-{number}-{round}");
                    let request = session.request(1, &verb, "/");
                    assert_eq!(request.text(WINHTTP_QUERY_REQUEST_METHOD).unwrap(), verb);
                    let (handle, connect) = (request.handle, request.connect);
                    if round % 2 == 0 {
                        assert_eq!((close(connect), close(handle)), (0, 0));
                    } else {
                        assert_eq!((close(handle), close(connect)), (0, 0));
                    }
                    assert_eq!((close(handle), close(connect)), (ERROR_INVALID_HANDLE, ERROR_INVALID_HANDLE));
                    // The fixture must not close somebody else's handle.
                    std::mem::forget(request);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

/// A request that is opened while its connection is closed is there, be it an orphan, or it is not: nothing keeps the
/// session alive that nobody can close.
#[test]
fn nothing_stays_of_a_request_opened_too_late() {
    let ends = Arc::new(AtomicUsize::new(0));
    let heard = ends.clone();
    let callback = Callback::new(move |_, _, status| {
        if let Status::HandleClosing(_) = status {
            heard.fetch_add(1, Ordering::SeqCst);
        }
    });
    for flags in [0, WINHTTP_FLAG_ASYNC].repeat(300) {
        let opened = open_beside_a_close(flags, callback.clone());
        assert_eq!(ends.swap(0, Ordering::SeqCst), opened);
    }
}

/// Gives how many handles there were.
fn open_beside_a_close(flags: u32, callback: Callback) -> usize {
    let session = WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, flags).unwrap();
    WinHttpSetOption(session, WINHTTP_OPTION_CONTEXT_VALUE, 1usize).unwrap();
    WinHttpSetStatusCallback(session, Some(callback), WINHTTP_CALLBACK_FLAG_HANDLES, 0).unwrap();
    let connect = WinHttpConnect(session, "localhost", 1, 0).unwrap();
    let requests = thread::scope(|scope| {
        let open = || WinHttpOpenRequest(connect, None, None, None, None, None, 0);
        let opener = scope.spawn(move || std::iter::from_fn(|| open().ok()).collect::<Vec<_>>());
        thread::sleep(Duration::from_micros(100));
        assert_eq!(close(connect), 0);
        opener.join().unwrap()
    });
    assert!(requests.iter().all(|request| close(*request) == 0));
    assert_eq!(close(session), 0);
    requests.len() + 2
}

/// Row 87: of many threads that close one handle, exactly one succeeds.
#[test]
fn one_close_wins() {
    for _ in 0..200 {
        let family = Family::new();
        let handle = family.handle(Kind::Request);
        let codes: Vec<u32> = thread::scope(|scope| {
            let closers: Vec<_> = (0..4).map(|_| scope.spawn(|| close(handle))).collect();
            closers.into_iter().map(|closer| closer.join().unwrap()).collect()
        });
        let winners = codes.iter().filter(|&&code| code == 0).count();
        let losers = codes.iter().filter(|&&code| code == ERROR_INVALID_HANDLE).count();
        assert_eq!((winners, losers), (1, 3));
    }
}
