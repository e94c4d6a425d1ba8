//! Handles of every kind, and values that are none.

use std::ffi::c_void;
use std::ptr::{null, without_provenance_mut};

use openwinhttp_sys::Win32::Networking::WinHttp::*;
use openwinhttp_sys::w;
use testserver::Peer;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Session,
    Connection,
    Request,
}

pub(crate) const KINDS: [Kind; 3] = [Kind::Session, Kind::Connection, Kind::Request];

/// A handle of each kind, closed at the end.
pub(crate) struct World([*mut c_void; 3]);

impl World {
    /// The request goes to nobody.
    pub(crate) fn new() -> Self {
        Self::to(Peer::refused_port(), w!("GET"))
    }

    /// The request goes to this port of the machine.
    pub(crate) fn to(port: u16, verb: *const u16) -> Self {
        // SAFETY: every text ends with a NUL.
        let handles = unsafe {
            let session = WinHttpOpen(null(), WINHTTP_ACCESS_TYPE_NO_PROXY, null(), null(), 0);
            assert_eq!(WinHttpSetTimeouts(session, PATIENCE, PATIENCE, PATIENCE, PATIENCE), 1);
            let connection = WinHttpConnect(session, w!("127.0.0.1"), port, 0);
            let request = WinHttpOpenRequest(connection, verb, null(), null(), null(), null(), 0);
            [session, connection, request]
        };
        assert!(handles.iter().all(|handle| !handle.is_null()));
        Self(handles)
    }

    pub(crate) fn handle(&self, kind: Kind) -> *mut c_void {
        self.0[kind as usize]
    }

    pub(crate) fn request(&self) -> *mut c_void {
        self.handle(Kind::Request)
    }

    /// Closes a handle before its time.
    pub(crate) fn close(&self, kind: Kind) {
        // SAFETY: there is no pointer to memory.
        assert_eq!(unsafe { WinHttpCloseHandle(self.handle(kind)) }, 1);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for handle in self.0 {
            // SAFETY: there is no pointer to memory. A test may have closed it already.
            unsafe { WinHttpCloseHandle(handle) };
        }
    }
}

/// Values that were never issued: small numbers, even and odd, all ones, and addresses of what is no handle.
pub(crate) fn forged() -> Vec<*mut c_void> {
    static GLOBAL: u64 = 0;
    let local = 0u64;
    let heap = Box::new(0u64);
    let addresses = [&raw const GLOBAL, &raw const local, &raw const *heap].map(<*const u64>::addr);
    let near = addresses.into_iter().flat_map(|address| [address, address + 1]);
    let numbers = [0, 1, 2, 3, 4, 5, 0xDEAD, 0xDEAE, 0xDEAD_BEEF, usize::MAX, usize::MAX - 1, usize::MAX / 2];
    numbers.into_iter().chain(near).map(without_provenance_mut).collect()
}

/// Milliseconds: enough for a busy machine, short enough for a test that hangs.
const PATIENCE: i32 = 5000;
