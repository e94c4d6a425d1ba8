//! Status callbacks of synchronous sessions: async-websocket.md, sections 2 to 6, 12 (rows S, P2, T1, C1, N1, I1, A3) and 14.

// A panic is how a test reports.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use conformance::{Request, Session, code, told};
use openwinhttp::*;
use testserver::serve::{Response, Server};
use testserver::{Peer, TlsKind};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const ALL: u32 = WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS;
/// The context value that a request gets with its send.
const CONTEXT: usize = 0x5EED;

/// What a callback has heard.
#[derive(Clone, Default)]
struct Ear(Arc<Mutex<Vec<Heard>>>);

#[derive(Clone, Debug)]
struct Heard {
    handle: HINTERNET,
    context: usize,
    status: String,
    thread: ThreadId,
}

impl Ear {
    fn listening(handle: HINTERNET, flags: u32) -> Self {
        let ear = Self::default();
        assert!(told(|| WinHttpSetStatusCallback(handle, Some(ear.callback()), flags, 0)).unwrap().is_none());
        ear
    }

    fn callback(&self) -> Callback {
        Callback::new(self.function())
    }

    fn function(&self) -> impl Fn(HINTERNET, usize, Status<'_>) + Send + Sync + 'static {
        let heard = Arc::clone(&self.0);
        move |handle, context, status| {
            let status = format!("{status:?}");
            heard.lock().unwrap().push(Heard { handle, context, status, thread: thread::current().id() });
        }
    }

    /// What was heard since the last call, checked to have come on this thread.
    fn heard(&self) -> Vec<Heard> {
        let heard = std::mem::take(&mut *self.0.lock().unwrap());
        assert!(heard.iter().all(|heard| heard.thread == thread::current().id()), "{heard:?}");
        heard
    }

    /// The statuses among them.
    fn statuses(&self) -> Vec<String> {
        self.heard().into_iter().map(|heard| heard.status).collect()
    }
}

fn closed(handle: HINTERNET) -> String {
    format!("{:?}", Status::HandleClosing(handle))
}

fn created(handle: HINTERNET) -> String {
    format!("{:?}", Status::HandleCreated(handle))
}

fn send(request: &Request) {
    told(|| WinHttpSendRequest(request.handle, None, None, 0, CONTEXT)).unwrap();
}

/// The notices of a send over a new connection, for a request whose head has so many bytes.
fn first_send(head: usize) -> Vec<String> {
    let connect = ["ResolvingName(\"127.0.0.1\")", "NameResolved(127.0.0.1)"].map(String::from);
    let connected = ["ConnectingToServer(127.0.0.1)", "ConnectedToServer(127.0.0.1)"].map(String::from);
    [connect.as_slice(), &connected, &["SendingRequest".into(), format!("RequestSent({head})")]].concat()
}

/// Row S1: a fresh GET; every notice has its handle, its context and its thread. Row S2: over a kept connection nothing
/// is looked up or connected, in another session too.
#[test]
fn a_get_and_one_over_a_kept_connection() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        for _ in 0..2 {
            c.expect("GET / HTTP/1.1");
            c.reply(OK);
        }
    });
    let session = Session::open();
    let ear = Ear::listening(session.handle, ALL);
    let request = session.get(peer.port());
    let heard = ear.heard();
    let statuses: Vec<_> = heard.iter().map(|heard| heard.status.clone()).collect();
    assert_eq!(statuses, [created(request.connect), created(request.handle)]);
    assert_eq!(heard.iter().map(|heard| heard.handle).collect::<Vec<_>>(), [session.handle, request.handle]);
    assert!(heard.iter().all(|heard| heard.context == 0));

    send(&request);
    let sending = ear.heard();
    assert!(sending.iter().all(|heard| (heard.handle, heard.context) == (request.handle, CONTEXT)), "{sending:?}");
    request.receive().unwrap();
    let head = peer.requests()[0].raw_head().len();
    assert_eq!(sending.into_iter().map(|heard| heard.status).collect::<Vec<_>>(), first_send(head));
    assert_eq!(ear.statuses(), ["ReceivingResponse".to_owned(), format!("ResponseReceived({})", OK.len())]);
    assert_eq!(request.body(), b"ok");
    assert_eq!(ear.statuses(), [""; 0]);

    let other = Session::open();
    let other_ear = Ear::listening(other.handle, ALL);
    let again = other.get(peer.port());
    send(&again);
    again.receive().unwrap();
    let statuses = other_ear.statuses();
    let expected = ["SendingRequest", "RequestSent", "ReceivingResponse", "ResponseReceived"];
    assert!(statuses[2..].iter().zip(expected).all(|(status, start)| status.starts_with(start)), "{statuses:?}");
    assert_eq!(statuses.len(), 2 + expected.len());
}

/// Section 14: HANDLE_CLOSING comes once, last, for a handle with a context value, and for no other.
#[test]
fn closing_is_told_last_and_once() {
    let session = Session::open();
    let ear = Ear::listening(session.handle, ALL);
    let port = Peer::refused_port();
    let request = session.get(port);
    let without_context = session.get(port);
    ear.heard();
    assert_eq!(code(told(|| WinHttpSendRequest(request.handle, None, None, 0, CONTEXT))), ERROR_WINHTTP_CANNOT_CONNECT);
    ear.heard();
    told(|| WinHttpCloseHandle(request.handle)).unwrap();
    let heard = ear.heard();
    assert_eq!(heard.len(), 1);
    assert_eq!((heard[0].handle, heard[0].context), (request.handle, CONTEXT));
    assert_eq!(heard[0].status, closed(request.handle));
    assert_eq!(code(told(|| WinHttpCloseHandle(request.handle))), ERROR_INVALID_HANDLE);
    told(|| WinHttpCloseHandle(without_context.handle)).unwrap();
    assert_eq!(ear.statuses(), [""; 0]);
}

/// Decision 1: an orphan still tells that it is closed, when it is.
#[test]
fn an_orphan_tells_that_it_is_closed() {
    let session = Session::open();
    let ear = Ear::listening(session.handle, WINHTTP_CALLBACK_FLAG_HANDLES);
    let request = session.get(Peer::refused_port());
    let _ = told(|| WinHttpSendRequest(request.handle, None, None, 0, CONTEXT));
    told(|| WinHttpCloseHandle(session.handle)).unwrap();
    ear.heard();
    assert_eq!(code(request.send()), ERROR_INVALID_HANDLE);
    told(|| WinHttpCloseHandle(request.handle)).unwrap();
    assert_eq!(ear.statuses(), [closed(request.handle)]);
}

/// Row C1: a refused connect; row N1: a name without an address.
#[test]
fn what_fails_is_told_as_far_as_it_came() {
    let session = Session::open();
    let refused = session.get(Peer::refused_port());
    let ear = Ear::listening(refused.handle, ALL);
    assert_eq!(code(refused.send()), ERROR_WINHTTP_CANNOT_CONNECT);
    assert_eq!(
        ear.statuses(),
        ["ResolvingName(\"127.0.0.1\")", "NameResolved(127.0.0.1)", "ConnectingToServer(127.0.0.1)"]
    );
    let nameless = session.request_to("no-such-name.invalid", 80, "GET", "/", 0);
    let ear = Ear::listening(nameless.handle, ALL);
    assert_eq!(code(nameless.send()), ERROR_WINHTTP_NAME_NOT_RESOLVED);
    assert_eq!(ear.statuses(), ["ResolvingName(\"no-such-name.invalid\")"]);
}

/// Row T1 and section 2: what is wrong with a certificate is told before the call fails.
#[test]
fn a_certificate_that_is_not_accepted() {
    let cases = [
        (TlsKind::Good, false, WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CA),
        (TlsKind::NoCommonVersion, true, WINHTTP_CALLBACK_STATUS_FLAG_SECURITY_CHANNEL_ERROR),
        (TlsKind::Expired, true, WINHTTP_CALLBACK_STATUS_FLAG_CERT_DATE_INVALID),
        (TlsKind::WrongName, true, WINHTTP_CALLBACK_STATUS_FLAG_CERT_CN_INVALID),
    ];
    for (kind, is_trusted, flag) in cases {
        let peer = Peer::tls(kind, |p| assert!(p.accept().handshake_error().is_some()));
        let session = if is_trusted { Session::trusting() } else { Session::open() };
        let request = session.secure_request(peer.port(), "GET", "/");
        let ear = Ear::listening(request.handle, ALL);
        assert_eq!(code(request.send()), ERROR_WINHTTP_SECURE_FAILURE);
        let statuses = ear.statuses();
        assert_eq!(statuses.last(), Some(&format!("SecureFailure({flag})")), "{kind:?}");
        assert_eq!(statuses.len(), 5, "{statuses:?}");
    }
}

/// Row I1: informational answers are told one by one.
#[test]
fn informational_answers() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n");
        c.reply(OK);
    });
    let session = Session::open();
    let request = session.get(peer.port());
    let ear = Ear::listening(request.handle, WINHTTP_CALLBACK_FLAG_INTERMEDIATE_RESPONSE);
    request.send().unwrap();
    request.receive().unwrap();
    assert_eq!(ear.statuses(), ["IntermediateResponse(100)", "IntermediateResponse(103)"]);
}

/// Row A3 and section 10.5: only a request that asked for it hears that its connection is closed, with the read that
/// reaches the end.
#[test]
fn the_end_of_a_connection() {
    for (header, expected) in
        [(Some("Connection: close"), vec!["ClosingConnection", "ConnectionClosed"]), (None, vec![])]
    {
        let peer = Peer::script(|p| {
            let mut c = p.accept();
            c.expect("GET");
            c.reply("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
        });
        let session = Session::open();
        let request = session.get(peer.port());
        let ear = Ear::listening(request.handle, WINHTTP_CALLBACK_FLAG_CLOSE_CONNECTION);
        request.send_with(header, None, 0).unwrap();
        request.receive().unwrap();
        assert_eq!(ear.statuses(), [""; 0]);
        assert_eq!(request.body(), b"ok");
        assert_eq!(ear.statuses(), expected);
        told(|| WinHttpCloseHandle(request.handle)).unwrap();
        assert_eq!(ear.statuses(), [""; 0]);
    }
}

/// Section 3: the flags choose; row P2: writing tells nothing.
#[test]
fn only_what_was_asked_for_is_told() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("POST");
        c.reply(OK);
    });
    let session = Session::open();
    let request = session.request(peer.port(), "POST", "/");
    let ear = Ear::listening(request.handle, WINHTTP_CALLBACK_FLAG_SEND_REQUEST);
    request.send_with(None, None, 4).unwrap();
    let statuses = ear.statuses();
    assert_eq!(statuses.len(), 2, "{statuses:?}");
    request.write(b"body").unwrap();
    request.receive().unwrap();
    assert_eq!(ear.statuses(), [""; 0]);
}

/// Section 4: a child begins with what its parent has at that moment, and the callback before is given back.
#[test]
fn callbacks_are_inherited_when_a_handle_is_opened() {
    let session = Session::open();
    let first = Ear::listening(session.handle, ALL);
    let request = session.get(Peer::refused_port());
    first.heard();
    let second = Ear::default();
    let before = told(|| WinHttpSetStatusCallback(session.handle, Some(second.callback()), ALL, 0)).unwrap();
    assert!(before.is_some());
    assert_eq!(code(request.send()), ERROR_WINHTTP_CANNOT_CONNECT);
    assert_eq!(first.statuses().len(), 3, "the request keeps what it began with");
    assert_eq!(second.statuses(), [""; 0]);
    assert!(told(|| WinHttpSetStatusCallback(request.handle, None, 0, 0)).unwrap().is_some());
    assert_eq!(code(request.send()), ERROR_WINHTTP_CANNOT_CONNECT);
    assert_eq!(first.statuses(), [""; 0]);
}

/// Section 4: what the call refuses.
#[test]
fn setting_a_callback_on_what_is_no_handle() {
    let session = Session::open();
    let set = |handle, reserved| code(told(|| WinHttpSetStatusCallback(handle, None, ALL, reserved)));
    assert_eq!(set(session.handle, 0), 0);
    assert_eq!(set(session.handle, 1), ERROR_INVALID_PARAMETER);
    assert_eq!(set(HINTERNET::NULL, 0), ERROR_INVALID_HANDLE);
    let request = session.get(80);
    told(|| WinHttpCloseHandle(session.handle)).unwrap();
    assert_eq!(set(request.handle, 0), ERROR_INVALID_HANDLE, "an orphan");
    assert_eq!(set(session.handle, 0), ERROR_INVALID_HANDLE, "a closed handle");
}

/// Sections 13 and 15: a callback may close its own request. The call under way ends, nothing of the request goes out,
/// and that the handle is gone is told after all else.
#[test]
fn a_callback_closes_its_own_request() {
    let peer = Peer::script(|p| p.accept().expect_closed());
    let session = Session::open();
    let request = session.get(peer.port());
    let ear = Ear::default();
    let (hear, closing) = (ear.function(), request.handle);
    let callback = Callback::new(move |handle, context, status| {
        hear(handle, context, status.clone());
        if status == Status::SendingRequest {
            told(|| WinHttpCloseHandle(closing)).unwrap();
        }
    });
    told(|| WinHttpSetStatusCallback(request.handle, Some(callback), ALL, 0)).unwrap();
    let outcome = told(|| WinHttpSendRequest(request.handle, None, None, 0, CONTEXT));
    assert_eq!(code(outcome), ERROR_WINHTTP_OPERATION_CANCELLED);
    let statuses = ear.statuses();
    assert_eq!(statuses.last(), Some(&closed(request.handle)), "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| status.starts_with("RequestSent")).count(), 0, "{statuses:?}");
    peer.finish();
}

/// Section 15: calls on other handles work from a callback, and calls on the request it hears about fail cleanly.
#[test]
fn a_callback_makes_calls() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply(OK);
    });
    let session = Session::open();
    let request = session.get(peer.port());
    let codes = Arc::new(Mutex::new(Vec::new()));
    let (found, parent, own) = (Arc::clone(&codes), session.handle, request.handle);
    let callback = Callback::new(move |_, _, _| {
        let opened = WinHttpConnect(parent, "localhost", 80, 0);
        let closed = opened.and_then(WinHttpCloseHandle);
        let busy = WinHttpReadData(own, &mut [0; 4]);
        found.lock().unwrap().push((code(closed), code(busy)));
    });
    told(|| WinHttpSetStatusCallback(request.handle, Some(callback), WINHTTP_CALLBACK_FLAG_SEND_REQUEST, 0)).unwrap();
    request.send().unwrap();
    assert_eq!(*codes.lock().unwrap(), [(0, ERROR_WINHTTP_INCORRECT_HANDLE_STATE); 2]);
    request.receive().unwrap();
    assert_eq!(request.body(), b"ok");
}

/// Section 13: also over a kept connection, which a close must not make look like a stale one: no other is opened.
#[test]
fn a_close_over_a_kept_connection_is_no_stale_one() {
    for moment in [Status::SendingRequest, Status::ReceivingResponse] {
        let is_sent = moment == Status::ReceivingResponse;
        let peer = Peer::script(move |p| {
            let mut c = p.accept();
            c.expect("GET");
            c.reply(OK);
            if is_sent {
                c.expect("GET");
            }
            c.expect_closed();
            p.expect_no_connection(Duration::from_millis(100));
        });
        let session = Session::open();
        assert_eq!(session.got(peer.port()).body(), b"ok");
        let request = session.get(peer.port());
        let (ear, statuses) = closing_at(&request, moment);
        let sent = told(|| WinHttpSendRequest(request.handle, None, None, 0, CONTEXT));
        let outcome = if is_sent { sent.and_then(|()| request.receive()) } else { sent };
        assert_eq!(code(outcome), ERROR_WINHTTP_OPERATION_CANCELLED);
        let heard = ear.statuses();
        assert_eq!(heard.len(), statuses, "{heard:?}");
        assert_eq!(heard.last(), Some(&closed(request.handle)), "{heard:?}");
        peer.finish();
    }
}

/// Listens to a request and closes it at this moment; tells how many notices there will be.
fn closing_at(request: &Request, moment: Status<'static>) -> (Ear, usize) {
    let ear = Ear::default();
    let (hear, closing) = (ear.function(), request.handle);
    let count = if moment == Status::SendingRequest { 2 } else { 4 };
    let callback = Callback::new(move |handle, context, status| {
        hear(handle, context, status.clone());
        if status == moment {
            told(|| WinHttpCloseHandle(closing)).unwrap();
        }
    });
    told(|| WinHttpSetStatusCallback(request.handle, Some(callback), ALL, 0)).unwrap();
    // Sending and closing; or sending, sent, receiving and closing.
    (ear, count)
}

/// After a close in a callback nothing more is begun.
#[test]
fn a_close_while_resolving_connects_to_nobody() {
    let peer = Peer::script(|p| p.expect_no_connection(Duration::from_millis(100)));
    let session = Session::open();
    let request = session.get(peer.port());
    let ear = Ear::default();
    let (hear, closing) = (ear.function(), request.handle);
    let callback = Callback::new(move |handle, context, status| {
        hear(handle, context, status.clone());
        if let Status::ResolvingName(_) = status {
            told(|| WinHttpCloseHandle(closing)).unwrap();
        }
    });
    told(|| WinHttpSetStatusCallback(request.handle, Some(callback), ALL, 0)).unwrap();
    assert_eq!(code(request.send()), ERROR_WINHTTP_OPERATION_CANCELLED);
    assert_eq!(ear.statuses(), ["ResolvingName(\"127.0.0.1\")"]);
    peer.finish();
}

/// A handle that its callback has panicked at is closed: nobody knows it.
#[test]
fn a_callback_that_panics_at_a_new_handle() {
    for is_request in [false, true] {
        let session = WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0).unwrap();
        let heard = Arc::new(());
        let held = Arc::clone(&heard);
        let panics = Callback::new(move |_, _, status| {
            let Status::HandleCreated(handle) = status else { return };
            let kind = if is_request { WINHTTP_HANDLE_TYPE_REQUEST } else { WINHTTP_HANDLE_TYPE_CONNECT };
            assert_ne!(handle.handle_type().unwrap(), kind, "the panic of this test, with {held:?}");
        });
        WinHttpSetStatusCallback(session, Some(panics), ALL, 0).unwrap();
        let open = || {
            let connect = Owned::new(WinHttpConnect(session, "localhost", 1, 0)?);
            WinHttpOpenRequest(*connect, None, None, None, None, None, 0)
        };
        assert!(panic::catch_unwind(open).is_err());
        WinHttpCloseHandle(session).unwrap();
        assert_eq!(Arc::strong_count(&heard), 1, "something keeps the callback");
    }
}

/// A panic of a callback passes through the call, wherever it happens, and leaves a request that can be sent again.
#[test]
fn a_callback_that_panics() {
    let moments = ["ResolvingName", "SendingRequest", "RequestSent", "ReceivingResponse", "ResponseReceived"];
    for moment in moments {
        let server = Server::http(|_| Response::new(200).body("ok"));
        let session = Session::open();
        let request = session.get(server.port());
        let panics = Callback::new(move |_, _, status| {
            assert!(!format!("{status:?}").starts_with(moment), "the panic of this test, at {moment}");
        });
        told(|| WinHttpSetStatusCallback(request.handle, Some(panics), ALL, 0)).unwrap();
        let exchange = || request.send().and_then(|()| request.receive());
        assert!(panic::catch_unwind(AssertUnwindSafe(exchange)).is_err(), "{moment}");
        exchange().unwrap();
        assert_eq!(request.body(), b"ok", "{moment}");
    }
}
