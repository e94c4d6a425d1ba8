//! Futures over a test server, with an executor of a few lines.
#![allow(clippy::disallowed_methods, reason = "a test may wait")]

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Weak, mpsc};
use std::task::Wake;
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use testserver::serve::{Response, Server};
use testserver::{Peer, TlsKind};

use super::*;
use crate::HeaderValue;

#[test]
fn a_download() {
    let server = Server::http(|_| Response::new(200).header("X-Greeting", "hello").body(vec![b'x'; 100_000]));
    let (_session, mut request) = get(server.port());
    block_on(async {
        request.send(Some("X-Question: who"), None, 0).await.unwrap();
        request.receive().await.unwrap();
        let greeting = WinHttpQueryHeaders(*request, WINHTTP_QUERY_CUSTOM, Some("X-Greeting"), None);
        assert_eq!(greeting.map(HeaderValue::into_string).unwrap(), "hello");
        assert_eq!(read_all(&mut request).await.unwrap(), [b'x'; 100_000]);
    });
}

#[test]
fn what_is_available_is_read() {
    let server = Server::http(|_| Response::new(200).chunked(10, b"0123456789abcde"[..].into()));
    let (_session, mut request) = get(server.port());
    block_on(async {
        request.send(None, None, 0).await.unwrap();
        request.receive().await.unwrap();
        let mut body = Vec::new();
        loop {
            let size = request.available().await.unwrap();
            if size == 0 {
                break;
            }
            let (buffer, count) = request.read(vec![0; size]).await.unwrap();
            assert_eq!((buffer.len(), count), (size, size));
            body.extend(buffer);
        }
        assert_eq!(body, b"0123456789abcde");
    });
}

#[test]
fn an_upload() {
    let server = Server::http(|request| Response::new(200).body(request.body.clone()));
    let (_session, mut request) = request(server.port(), "POST", 0);
    block_on(async {
        request.send(None, Some(b"one, "), 14).await.unwrap();
        assert_eq!(request.write(b"two, ").await.unwrap(), 5);
        assert_eq!(request.write(b"four").await.unwrap(), 4);
        request.receive().await.unwrap();
        assert_eq!(read_all(&mut request).await.unwrap(), b"one, two, four");
    });
}

#[test]
fn failures_of_the_call_and_of_the_completion() {
    let (_session, mut unreachable) = get(Peer::refused_port());
    block_on(async {
        let early = unreachable.read(vec![0; 10]).await.unwrap_err();
        assert_eq!(early.code(), ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
        let malformed = unreachable.send(Some("no field"), None, 0).await.unwrap_err();
        assert_eq!(malformed.code(), ERROR_INVALID_PARAMETER);
        let refused = unreachable.send(None, None, 0).await.unwrap_err();
        assert_eq!(refused.code(), ERROR_WINHTTP_CANNOT_CONNECT);
    });
}

#[test]
fn other_notices_are_handed_on() {
    let server = Peer::tls(TlsKind::SelfSigned, |p| drop(p.accept()));
    let session = open_session();
    let connect = WinHttpConnect(*session, "localhost", server.port(), 0).unwrap();
    let handle = WinHttpOpenRequest(connect, None, None, None, None, None, WINHTTP_FLAG_SECURE).unwrap();
    let (sender, receiver) = mpsc::channel();
    let notices = move |told, _, status: Status<'_>| sender.send((told, status.code())).unwrap();
    let flags = WINHTTP_CALLBACK_FLAG_SECURE_FAILURE | WINHTTP_CALLBACK_FLAG_SEND_REQUEST;
    let mut request = Request::with_notices(handle, flags, notices).unwrap();
    let refused = block_on(request.send(None, None, 0)).unwrap_err();
    assert_eq!(refused.code(), ERROR_WINHTTP_SECURE_FAILURE);
    let told: Vec<_> = receiver.try_iter().collect();
    assert_eq!(told, [(handle, WINHTTP_CALLBACK_STATUS_SECURE_FAILURE)]);
}

#[test]
fn what_is_no_request_of_an_asynchronous_session_is_left_alone() {
    let session = Owned::new(WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0).unwrap());
    let connect = WinHttpConnect(*session, "localhost", 80, 0).unwrap();
    let handle = WinHttpOpenRequest(connect, None, None, None, None, None, 0).unwrap();
    assert_eq!(Request::new(handle).unwrap_err().code(), ERROR_INVALID_PARAMETER);
    assert_eq!(Request::new(connect).unwrap_err().code(), ERROR_WINHTTP_INCORRECT_HANDLE_TYPE);
    assert!(handle.is_open() && connect.is_open());
}

/// What lies ready is there at the first poll: the completion came inside of the call, and there was nobody to wake. Only
/// while the callback before still runs, on a thread of the library, it comes later.
#[test]
fn a_completion_inside_the_call_is_not_lost() {
    let server = Server::http(|_| Response::new(200).body(vec![b'x'; 100]));
    let (_session, mut request) = get(server.port());
    block_on(request.send(None, None, 0)).unwrap();
    block_on(request.receive()).unwrap();
    let mut ready = 0;
    for _ in 0..100 {
        let waker = CountingWaker::new();
        let mut reading = pin!(request.read(vec![0]));
        let (buffer, count) = match poll_once(reading.as_mut(), &waker) {
            Poll::Ready(outcome) => {
                assert_eq!(waker.woken(), 0);
                ready += 1;
                outcome.unwrap()
            }
            Poll::Pending => block_on(reading).unwrap(),
        };
        assert_eq!((buffer, count), (vec![b'x'], 1));
    }
    assert!(ready > 50, "only {ready} of 100 completed inside of the call");
    assert_eq!(block_on(request.read(vec![0])).unwrap().1, 0);
}

#[test]
fn a_future_that_was_never_polled_has_done_nothing() {
    let server = Server::http(|_| Response::new(200));
    let (_session, mut request) = get(server.port());
    drop(request.send(None, None, 0));
    block_on(request.send(None, None, 0)).unwrap();
    assert_eq!(server.requests(), 1);
}

/// Until the call of a dropped future has ended, others are refused; then all goes on, without what it got.
#[test]
fn a_dropped_future_leaves_its_call_going() {
    let (go, gone) = mpsc::channel();
    let peer = Peer::script(move |p| {
        let mut c = p.accept();
        c.expect("GET / HTTP/1.1");
        c.reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
        gone.recv().unwrap();
        c.reply("0123456789");
    });
    let (_session, mut request) = get(peer.port());
    block_on(request.send(None, None, 0)).unwrap();
    block_on(request.receive()).unwrap();
    let waker = CountingWaker::new();
    assert!(poll_once(pin!(request.read(vec![0; 4])), &waker).is_pending());
    for _ in 0..2 {
        assert_eq!(block_on(request.available()).unwrap_err().code(), ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
    }
    go.send(()).unwrap();
    let (rest, count) = read_when_possible(&mut request);
    assert_eq!(&rest[..count], b"456789");
    assert_eq!(waker.woken(), 0);
}

/// The handle is closed, the server sees the end of the connection, and nothing stays in memory.
#[test]
fn a_dropped_request_is_cancelled() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET / HTTP/1.1");
        c.reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
        c.expect_closed();
    });
    let (_session, mut request) = get(peer.port());
    block_on(request.send(None, None, 0)).unwrap();
    block_on(request.receive()).unwrap();
    let (handle, operation) = (*request, Arc::downgrade(&request.operation));
    let waker = CountingWaker::new();
    assert!(poll_once(pin!(request.read(vec![0; 10])), &waker).is_pending());
    drop(request);
    assert!(!handle.is_open());
    assert_gone(&operation);
    assert_eq!(waker.woken(), 0);
    peer.finish();
}

/// A task that is dropped with its future and its request, as executors do.
#[test]
fn a_dropped_task_is_cancelled() {
    let (go, gone) = mpsc::channel::<()>();
    let server = Peer::script(move |p| {
        let _c = p.accept();
        let _ = gone.recv();
    });
    let (_session, mut request) = get(server.port());
    let operation = Arc::downgrade(&request.operation);
    let mut task = Box::pin(async move { request.send(None, None, 0).await });
    assert!(poll_once(task.as_mut(), &CountingWaker::new()).is_pending());
    drop(task);
    assert_gone(&operation);
    drop(go);
}

#[test]
fn a_closed_parent_ends_the_future() {
    let (go, gone) = mpsc::channel::<()>();
    let _peer = Peer::script(move |p| {
        let _c = p.accept();
        let _ = gone.recv();
    });
    let (session, mut request) = get(_peer.port());
    let waker = CountingWaker::new();
    let mut sending = pin!(request.send(None, None, 0));
    assert!(poll_once(sending.as_mut(), &waker).is_pending());
    drop(session);
    assert_eq!(block_on(sending).unwrap_err().code(), ERROR_WINHTTP_OPERATION_CANCELLED);
    drop(go);
}

#[test]
fn the_last_waker_is_woken_once() {
    let operation = Operation::default();
    let (first, last) = (CountingWaker::new(), CountingWaker::new());
    operation.begin().unwrap();
    let mut completion = Completion(&operation);
    assert!(poll_once(Pin::new(&mut completion), &first).is_pending());
    assert!(poll_once(Pin::new(&mut completion), &last).is_pending());
    operation.complete(Ok((vec![7], 1)));
    assert_eq!((first.woken(), last.woken()), (0, 1));
    assert!(matches!(poll_once(Pin::new(&mut completion), &last), Poll::Ready(Ok((buffer, 1))) if buffer == [7]));
    drop(completion);
    assert!(operation.begin().is_ok());
}

#[test]
fn a_late_completion_is_not_that_of_the_next_call() {
    let operation = Operation::default();
    operation.begin().unwrap();
    drop(Completion(&operation));
    assert_eq!(operation.begin().unwrap_err().code(), ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
    operation.complete(Ok((vec![7], 1)));
    operation.begin().unwrap();
    assert!(poll_once(Pin::new(&mut Completion(&operation)), &CountingWaker::new()).is_pending());
}

/// A waker is an executor's: when it is woken or dropped it may do anything, also with this request.
#[test]
fn no_lock_is_held_over_a_waker() {
    let operation = Arc::<Operation>::default();
    let lock_waker = || Waker::from(Arc::new(LockingWaker(Arc::clone(&operation))));
    let poll = |completion: &mut Completion<'_>| {
        let waker = lock_waker();
        let _ = Pin::new(completion).poll(&mut Context::from_waker(&waker));
    };
    operation.begin().unwrap();
    let mut completion = Completion(&operation);
    poll(&mut completion);
    // Drops the waker before.
    poll(&mut completion);
    operation.complete(Ok((Vec::new(), 0)));
    // Drops its own at once.
    poll(&mut completion);
    drop(completion);
    operation.begin().unwrap();
    let mut completion = Completion(&operation);
    poll(&mut completion);
    drop(completion);
}

/// Looks whether the lock is free.
struct LockingWaker(Arc<Operation>);

impl LockingWaker {
    fn look(&self) {
        assert!(self.0.0.try_lock().is_some());
    }
}

impl Wake for LockingWaker {
    fn wake(self: Arc<Self>) {
        self.look();
    }
}

impl Drop for LockingWaker {
    fn drop(&mut self) {
        self.look();
    }
}

/// Counts how often it was woken.
struct CountingWaker(AtomicUsize);

impl CountingWaker {
    fn new() -> Arc<Self> {
        Arc::new(Self(AtomicUsize::new(0)))
    }

    fn woken(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for CountingWaker {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn poll_once<T>(future: Pin<&mut impl Future<Output = T>>, waker: &Arc<CountingWaker>) -> Poll<T> {
    future.poll(&mut Context::from_waker(&Arc::clone(waker).into()))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut future = pin!(future);
    let end = Instant::now() + PATIENCE;
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
        assert!(Instant::now() < end, "no completion came");
        thread::park_timeout(PATIENCE);
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

async fn read_all(request: &mut Request) -> Result<Vec<u8>> {
    let (mut body, mut buffer) = (Vec::new(), vec![0; 16 * 1024]);
    loop {
        let (data, count) = request.read(buffer).await?;
        if count == 0 {
            return Ok(body);
        }
        body.extend_from_slice(&data[..count]);
        buffer = data;
    }
}

/// Reads as soon as no call of before is under way.
fn read_when_possible(request: &mut Request) -> (Vec<u8>, usize) {
    let end = Instant::now() + PATIENCE;
    loop {
        match block_on(request.read(vec![0; 100])) {
            Err(error) if error.code() == ERROR_WINHTTP_INCORRECT_HANDLE_STATE && Instant::now() < end => {
                thread::sleep(Duration::from_millis(1));
            }
            outcome => return outcome.unwrap(),
        }
    }
}

/// The library lets go of a closed handle on a thread of its own.
fn assert_gone(operation: &Weak<Operation>) {
    let end = Instant::now() + PATIENCE;
    while operation.strong_count() > 0 {
        assert!(Instant::now() < end, "the callback is still there");
        thread::sleep(Duration::from_millis(1));
    }
}

fn get(port: u16) -> (Owned, Request) {
    request(port, "GET", 0)
}

fn request(port: u16, verb: &str, flags: u32) -> (Owned, Request) {
    let session = open_session();
    let connect = WinHttpConnect(*session, "127.0.0.1", port, 0).unwrap();
    let request = WinHttpOpenRequest(connect, Some(verb), Some("/"), None, None, None, flags).unwrap();
    (session, Request::new(request).unwrap())
}

fn open_session() -> Owned {
    Owned::new(WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, WINHTTP_FLAG_ASYNC).unwrap())
}

const PATIENCE: Duration = Duration::from_secs(10);
