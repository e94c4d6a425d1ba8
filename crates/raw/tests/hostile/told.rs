//! What a call tells: its return value, and the last error in both places (core.md 1.1).

use std::ffi::c_void;
use std::io;

use errno::{Errno, set_errno};
use openwinhttp_sys::Win32::Foundation::{GetLastError, SetLastError};
use openwinhttp_sys::Win32::Networking::WinHttp::*;

/// Makes a call and gives the code that it told, 0 for a success. Everything that tells a code has to tell the same.
#[track_caller]
pub(crate) fn told<R: Returned>(call: impl FnOnce() -> R) -> u32 {
    // SAFETY: every call is safe.
    unsafe { SetLastError(STALE) };
    set_errno(Errno(STALE as i32));
    let returned = call();
    let of_the_system = io::Error::last_os_error().raw_os_error();
    // SAFETY: every call is safe.
    let code = unsafe { GetLastError() };
    assert_eq!(of_the_system, Some(code as i32), "last_os_error is not GetLastError");
    assert_ne!(code, STALE, "the last error was not set");
    assert!(returned.agrees_with(code), "the return value does not agree with the last error {code}");
    returned.release();
    code
}

/// What the functions of winhttp.h return.
pub(crate) trait Returned {
    /// Whether a call that returns this may have this last error.
    fn agrees_with(&self, code: u32) -> bool;

    /// Gives back what the call has made.
    fn release(self)
    where
        Self: Sized,
    {
    }
}

/// `BOOL`.
impl Returned for i32 {
    fn agrees_with(&self, code: u32) -> bool {
        *self == i32::from(code == 0)
    }
}

/// The code itself.
impl Returned for u32 {
    fn agrees_with(&self, code: u32) -> bool {
        *self == code
    }
}

/// A handle.
impl Returned for *mut c_void {
    fn agrees_with(&self, code: u32) -> bool {
        self.is_null() == (code != 0)
    }

    fn release(self) {
        if !self.is_null() {
            // SAFETY: there is no pointer to memory.
            assert_eq!(unsafe { WinHttpCloseHandle(self) }, 1, "what was opened can be closed");
        }
    }
}

/// The callback before.
impl Returned for WINHTTP_STATUS_CALLBACK {
    fn agrees_with(&self, code: u32) -> bool {
        let address = self.map_or(0, |function| function as usize);
        (address == WINHTTP_INVALID_STATUS_CALLBACK as usize) == (code != 0)
    }
}

impl Returned for () {
    fn agrees_with(&self, _: u32) -> bool {
        true
    }
}

/// In both places before each call, so that a call which sets neither is found out.
const STALE: u32 = 0xBEEF;
