//! `WINHTTP_OPTION_UNLOAD_NOTIFY_EVENT`, with an event of Windows or a semaphore of Unix.

#![allow(unsafe_code)]
// A panic is how a test reports, and it waits for what must not come.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods)]

use std::ffi::c_void;
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::Duration;

use event::Event;
use openwinhttp_sys::Win32::Networking::WinHttp::*;
use openwinhttp_sys::core::w;
use testserver::Peer;

/// Sections 13 and 16: not as long as the session is open, and not before the last callback has returned.
#[test]
fn an_event_is_set_behind_the_last_callback() {
    for flags in [0, WINHTTP_FLAG_ASYNC] {
        let ended = AtomicU32::new(0);
        let event = Event::new();
        let peer = Peer::script(|p| {
            let mut c = p.accept();
            c.expect("GET / HTTP/1.1");
            c.expect_closed();
        });
        let [session, connect, request] = open(flags, &event, &ended, peer.port());
        // SAFETY: no pointer but NULL.
        unsafe {
            assert_ne!(WinHttpSendRequest(request, null(), 0, null(), 0, 0, 0), 0);
            if flags == WINHTTP_FLAG_ASYNC {
                // It waits for an answer that does not come.
                assert_ne!(WinHttpReceiveResponse(request, null_mut()), 0);
            }
        }
        close(request);
        close(connect);
        assert!(!event.is_set_within(Duration::from_millis(100)));
        close(session);
        assert!(event.is_set_within(Duration::from_secs(10)));
        assert_eq!(ended.load(Ordering::Acquire), 3);
        assert!(!event.is_set_within(Duration::from_millis(10)), "it is set once");
        peer.finish();
    }
}

/// A session and its children, which count in `ended` how many of them have told their ends.
fn open(flags: u32, event: &Event, ended: &AtomicU32, port: u16) -> [*mut c_void; 3] {
    let (event, context) = (event.handle(), std::ptr::from_ref(ended) as usize);
    let size = size_of::<usize>() as u32;
    // SAFETY: every pointer leads to a local or is NULL, and `ended` and the event live longer than the handles.
    unsafe {
        let session = WinHttpOpen(w!("Unload/1.0"), WINHTTP_ACCESS_TYPE_NO_PROXY, null(), null(), flags);
        let unload = WINHTTP_OPTION_UNLOAD_NOTIFY_EVENT;
        assert_ne!(WinHttpSetOption(session, unload, (&raw const event).cast(), size), 0);
        assert_ne!(WinHttpSetOption(session, WINHTTP_OPTION_CONTEXT_VALUE, (&raw const context).cast(), size), 0);
        WinHttpSetStatusCallback(session, Some(callback), WINHTTP_CALLBACK_FLAG_HANDLES, 0);
        let connect = WinHttpConnect(session, w!("127.0.0.1"), port, 0);
        let request = WinHttpOpenRequest(connect, null(), null(), null(), null(), null(), 0);
        [session, connect, request]
    }
}

fn close(handle: *mut c_void) {
    // SAFETY: no pointer.
    assert_ne!(unsafe { WinHttpCloseHandle(handle) }, 0);
}

unsafe extern "system" fn callback(_: *mut c_void, context: usize, status: u32, _: *mut c_void, _: u32) {
    if status == WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING {
        sleep(Duration::from_millis(30));
        // SAFETY: the context value is the address of the counter, which lives until the event was set.
        unsafe { &*(context as *const AtomicU32) }.fetch_add(1, Ordering::Release);
    }
}

#[cfg(windows)]
mod event {
    use std::ptr::null;
    use std::time::Duration;

    use openwinhttp_sys::Win32::Foundation::{CloseHandle, HANDLE, WAIT_OBJECT_0};
    use openwinhttp_sys::Win32::System::Threading::{CreateEventW, WaitForSingleObject};

    pub(crate) struct Event(HANDLE);

    impl Event {
        pub(crate) fn new() -> Self {
            // SAFETY: no pointer but NULL. A wait resets it.
            let event = unsafe { CreateEventW(null(), 0, 0, null()) };
            assert!(!event.is_null());
            Self(event)
        }

        pub(crate) fn handle(&self) -> usize {
            self.0 as usize
        }

        pub(crate) fn is_set_within(&self, limit: Duration) -> bool {
            // SAFETY: the event is open.
            unsafe { WaitForSingleObject(self.0, limit.as_millis() as u32) == WAIT_OBJECT_0 }
        }
    }

    impl Drop for Event {
        fn drop(&mut self) {
            // SAFETY: the event is open.
            unsafe { CloseHandle(self.0) };
        }
    }
}

#[cfg(unix)]
mod event {
    use std::ffi::CString;
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    pub(crate) struct Event(*mut libc::sem_t);

    impl Event {
        /// A semaphore with a name, which is forgotten at once: macOS has no others.
        pub(crate) fn new() -> Self {
            let name = CString::new(format!("/openwinhttp-{}", std::process::id())).unwrap();
            // SAFETY: the name ends with a NUL.
            let semaphore = unsafe { libc::sem_open(name.as_ptr(), libc::O_CREAT | libc::O_EXCL, 0o600, 0) };
            assert_ne!(semaphore, libc::SEM_FAILED);
            // SAFETY: as before.
            unsafe { libc::sem_unlink(name.as_ptr()) };
            Self(semaphore)
        }

        pub(crate) fn handle(&self) -> usize {
            self.0 as usize
        }

        pub(crate) fn is_set_within(&self, limit: Duration) -> bool {
            let end = Instant::now() + limit;
            // SAFETY: the semaphore is open.
            while unsafe { libc::sem_trywait(self.0) } != 0 {
                if Instant::now() > end {
                    return false;
                }
                sleep(Duration::from_millis(1));
            }
            true
        }
    }

    impl Drop for Event {
        fn drop(&mut self) {
            // SAFETY: the semaphore is open.
            unsafe { libc::sem_close(self.0) };
        }
    }
}
