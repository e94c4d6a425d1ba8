//! The counts of calls whose completion comes before they return: async-websocket.md, sections 9, 14 and 17.

#![allow(unsafe_code)]
// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::ffi::c_void;
use std::ptr::{from_ref, null, null_mut};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Condvar, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use openwinhttp_sys::Win32::Foundation::{ERROR_IO_PENDING, GetLastError};
use openwinhttp_sys::Win32::Networking::WinHttp::*;
use openwinhttp_sys::core::w;
use testserver::Peer;

/// What the context value leads to.
struct Context {
    /// The handle is closed within the status of this number.
    closes_in: u32,
    /// The answer is asked for within the status of this number, as if it had not come.
    receives_in: u32,
    count: AtomicU32,
    count_at_closing: AtomicU32,
    /// Queries still to be made in DATA_AVAILABLE.
    queries: AtomicU32,
    /// The count and the last error of each of them.
    counted: Mutex<Vec<(u32, u32)>>,
    told: Mutex<Vec<(u32, ThreadId)>>,
    changed: Condvar,
}

impl Context {
    fn closing_in(status: u32) -> Self {
        Self {
            closes_in: status,
            receives_in: 0,
            count: AtomicU32::new(UNTOUCHED),
            count_at_closing: AtomicU32::new(UNTOUCHED),
            queries: AtomicU32::new(0),
            counted: Mutex::default(),
            told: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Waits for a status, and gives the thread it came on.
    fn wait(&self, status: u32) -> ThreadId {
        let is_missing = |told: &mut Vec<(u32, ThreadId)>| told.iter().all(|(code, _)| *code != status);
        let told = self.told.lock().unwrap();
        let (told, waited) = self.changed.wait_timeout_while(told, PATIENCE, is_missing).unwrap();
        assert!(!waited.timed_out(), "{status:#x} does not come: {told:x?}");
        told.iter().find(|(code, _)| *code == status).unwrap().1
    }

    fn hear(&self, request: *mut c_void, status: u32) {
        self.act(request, status);
        // Last: who waits for the end of the handle may take this away then.
        let mut told = self.told.lock().unwrap();
        told.push((status, thread::current().id()));
        self.changed.notify_all();
    }

    fn act(&self, request: *mut c_void, status: u32) {
        match status {
            WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING => {
                self.count_at_closing.store(self.count.swap(GONE, SeqCst), SeqCst);
            }
            WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE if self.queries.load(SeqCst) > 0 => drop(self.query(request)),
            _ if status == self.closes_in => {
                // SAFETY: any value would be safe.
                assert_eq!(unsafe { WinHttpCloseHandle(request) }, 1);
            }
            _ if status == self.receives_in => {
                // SAFETY: any value would be safe.
                assert_eq!(unsafe { WinHttpReceiveResponse(request, null_mut()) }, 1);
            }
            _ => {}
        }
    }

    /// Gives the count and the last error.
    fn query(&self, request: *mut c_void) -> (u32, u32) {
        self.queries.fetch_sub(1, SeqCst);
        let mut count = UNTOUCHED;
        // SAFETY: the count is written before the call returns, or not at all.
        let (outcome, error) = unsafe { (WinHttpQueryDataAvailable(request, &mut count), GetLastError()) };
        assert_eq!(outcome, 1);
        self.counted.lock().unwrap().push((count, error));
        (count, error)
    }
}

unsafe extern "system" fn hear(handle: *mut c_void, context: usize, status: u32, _: *mut c_void, _: u32) {
    // SAFETY: every request of this file has the address of a `Context` that outlives it.
    let context = unsafe { std::ptr::with_exposed_provenance::<Context>(context).as_ref() };
    context.into_iter().for_each(|context| context.hear(handle, status));
}

/// Sends a POST with four bytes to come if `is_upload`, else a GET that asks to close and whose answer is received; then
/// has `act` do something with the request.
fn with_request(context: &Context, is_upload: bool, reply: &'static str, act: impl FnOnce(*mut c_void)) {
    let peer = Peer::script(move |p| {
        let mut c = p.accept();
        if is_upload {
            c.expect_with_body("POST / HTTP/1.1");
        } else {
            c.expect("GET / HTTP/1.1");
            c.reply(reply);
        }
    });
    let (verb, total) = if is_upload { (w!("POST"), 4) } else { (w!("GET"), 0) };
    // SAFETY: every pointer is a literal or NULL; the context outlives the request, whose end is waited for.
    unsafe {
        let session = WinHttpOpen(null(), WINHTTP_ACCESS_TYPE_NO_PROXY, null(), null(), WINHTTP_FLAG_ASYNC);
        WinHttpSetStatusCallback(session, Some(hear), WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0);
        let connect = WinHttpConnect(session, w!("127.0.0.1"), peer.port(), 0);
        let request = WinHttpOpenRequest(connect, verb, null(), null(), null(), null(), 0);
        let number = from_ref(context).expose_provenance();
        let fields = w!("Connection: close");
        assert_eq!(WinHttpSendRequest(request, fields, u32::MAX, null(), 0, total, number), 1);
        context.wait(WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE);
        if !is_upload {
            assert_eq!(WinHttpReceiveResponse(request, null_mut()), 1);
            context.wait(WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE);
        }
        act(request);
        WinHttpCloseHandle(request);
        context.wait(WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING);
        WinHttpCloseHandle(connect);
        WinHttpCloseHandle(session);
    }
    peer.finish();
}

/// The memory of a count may be given back in HANDLE_CLOSING, even where that comes within the call.
fn closed_within(status: u32, call: fn(*mut c_void, *mut u32) -> i32) {
    let is_seen = (1..=TRIES).any(|_| is_closed_within(status, call));
    assert!(is_seen, "all is told within the call");
}

/// Whether all was told within the call: it is not while the thread that has told the last has still to leave the library.
fn is_closed_within(status: u32, call: fn(*mut c_void, *mut u32) -> i32) -> bool {
    let context = Context::closing_in(status);
    let is_upload = status == WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE;
    let mut threads = Vec::new();
    with_request(&context, is_upload, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", |request| {
        assert_eq!(call(request, context.count.as_ptr()), 1);
        threads = [status, WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING].map(|status| context.wait(status)).to_vec();
    });
    let is_within = threads.iter().all(|thread| *thread == thread::current().id());
    if is_within {
        assert_eq!(context.count_at_closing.load(SeqCst), 4, "in HANDLE_CLOSING");
        assert_eq!(context.count.load(SeqCst), GONE, "it was written behind HANDLE_CLOSING");
    }
    is_within
}

#[test]
fn a_read_that_closes_its_request() {
    static BUFFER: AtomicU32 = AtomicU32::new(0);
    closed_within(WINHTTP_CALLBACK_STATUS_READ_COMPLETE, |request, count| {
        // SAFETY: the buffer is always there, and nobody else uses it.
        unsafe { WinHttpReadData(request, BUFFER.as_ptr().cast(), 4, count) }
    });
    assert_eq!(BUFFER.load(SeqCst).to_ne_bytes(), *b"body");
}

#[test]
fn a_query_that_closes_its_request() {
    closed_within(WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE, |request, count| {
        // SAFETY: the count is that of a context that outlives the request.
        unsafe { WinHttpQueryDataAvailable(request, count) }
    });
}

#[test]
fn a_write_that_closes_its_request() {
    closed_within(WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE, |request, count| {
        // SAFETY: as before; the data is a literal.
        unsafe { WinHttpWriteData(request, b"data".as_ptr().cast(), 4, count) }
    });
}

/// The number is given where it is known, though its completion comes later because calls are nested too deep.
#[test]
fn the_count_of_a_completion_that_is_put_off() {
    let counted = (1..=TRIES).find_map(|_| four_queries()).expect("the first is answered within the call");
    assert!(counted.iter().all(|(count, _)| *count == 0), "{counted:?}");
    assert!(counted.iter().any(|(_, error)| *error == ERROR_IO_PENDING), "none was put off: {counted:?}");
}

/// Each query but the first is made in the DATA_AVAILABLE of the one before. Gives their counts and last errors; `None`
/// if the first was put off, for the thread that has told the last had still to leave the library.
fn four_queries() -> Option<Vec<(u32, u32)>> {
    let (context, mut first) = (Context::closing_in(0), (UNTOUCHED, 0));
    context.queries.store(4, SeqCst);
    with_request(&context, false, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", |request| {
        first = context.query(request);
        let all = |counted: &[(u32, u32)]| counted.len() == 4;
        let end = std::time::Instant::now() + PATIENCE;
        while !all(&context.counted.lock().unwrap()) && std::time::Instant::now() < end {
            thread::sleep(Duration::from_millis(1));
        }
    });
    (first.1 != ERROR_IO_PENDING).then(|| context.counted.into_inner().unwrap())
}

/// The count is that of the read, though another completion follows it within the call.
#[test]
fn the_count_of_a_read_with_an_answer_asked_for_behind_it() {
    let counts = (1..=TRIES).find_map(|_| count_before_an_error());
    assert_eq!(counts, Some(4));
}

/// `None` if the read was put off.
fn count_before_an_error() -> Option<u32> {
    let context = Context { receives_in: WINHTTP_CALLBACK_STATUS_CLOSING_CONNECTION, ..Context::closing_in(0) };
    let (mut buffer, mut count, mut is_within) = ([0u8; 4], UNTOUCHED, false);
    with_request(&context, false, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", |request| {
        // SAFETY: the buffer and the count outlive the read, whose completion is waited for.
        assert_eq!(unsafe { WinHttpReadData(request, buffer.as_mut_ptr().cast(), 4, &mut count) }, 1);
        is_within = context.wait(WINHTTP_CALLBACK_STATUS_READ_COMPLETE) == thread::current().id();
        context.wait(WINHTTP_CALLBACK_STATUS_REQUEST_ERROR);
    });
    is_within.then_some(count)
}

/// So often in a row it is no chance, however busy the machine is.
const TRIES: u32 = 10;
const UNTOUCHED: u32 = 0xAAAA_AAAA;
/// What the memory of the count is used for next.
const GONE: u32 = 0xBBBB_BBBB;
const PATIENCE: Duration = Duration::from_secs(10);
