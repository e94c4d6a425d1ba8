//! The edge between the caller's world and the safe face: outcomes become return values, and no panic passes.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

use errno::{Errno, set_errno};
use openwinhttp::{Error, HINTERNET, Result, Share};
use openwinhttp_abi::*;

/// Makes a call of the safe face, gives its outcome the form of this kind of function, and stores the last error.
pub(crate) fn edge<R: Returned>(call: impl FnOnce() -> Result<R::Value>) -> R {
    let outcome = caught(call);
    let code = outcome.as_ref().err().map_or(ERROR_SUCCESS, Error::code);
    returned(outcome, code)
}

/// As [`edge`], for a call that moves data of a request and may begin an operation: after a success, the last error tells
/// whether that goes on. The program may close the request meanwhile; that it is gone is told when all is stored.
pub(crate) fn edge_of_transfer<R: Returned>(
    request: *const c_void,
    call: impl FnOnce(&Share) -> Result<R::Value>,
) -> R {
    let mut share = None;
    let outcome = caught(|| call(share.insert(Share::of(handle(request))?)));
    let code = outcome.as_ref().map_or_else(Error::code, |_| openwinhttp::GetLastError());
    // It may be told now that the handle is gone, and what hears that may panic.
    let _ = caught(|| {
        drop(share);
        Ok(())
    });
    returned(outcome, code)
}

fn returned<R: Returned>(outcome: Result<R::Value>, code: u32) -> R {
    let returned = R::from_outcome(outcome);
    openwinhttp::SetLastError(code);
    // Last of all: whatever runs after this could overwrite it.
    set_errno(Errno(code as i32));
    returned
}

/// Lets a callback find the last error of this thread, where the system has it too.
pub(crate) fn show_last_error() {
    set_errno(Errno(openwinhttp::GetLastError() as i32));
}

/// The outcome of a call; `ERROR_WINHTTP_INTERNAL_ERROR` for a panic.
pub(crate) fn caught<T>(call: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| fail(ERROR_WINHTTP_INTERNAL_ERROR))
}

/// What the functions of winhttp.h return, and how it tells success from failure.
pub(crate) trait Returned {
    /// What a call that succeeds gives.
    type Value;

    fn from_outcome(outcome: Result<Self::Value>) -> Self;
}

/// `BOOL`.
impl Returned for i32 {
    type Value = ();

    fn from_outcome(outcome: Result<()>) -> Self {
        outcome.is_ok().into()
    }
}

/// The error code itself.
impl Returned for u32 {
    type Value = ();

    fn from_outcome(outcome: Result<()>) -> Self {
        outcome.err().map_or(ERROR_SUCCESS, |error| error.code())
    }
}

/// A handle, or NULL.
impl Returned for *mut c_void {
    type Value = HINTERNET;

    fn from_outcome(outcome: Result<HINTERNET>) -> Self {
        pointer(outcome.unwrap_or_default())
    }
}

/// The callback that was set before, or `WINHTTP_INVALID_STATUS_CALLBACK`.
impl Returned for WINHTTP_STATUS_CALLBACK {
    type Value = Self;

    fn from_outcome(outcome: Result<Self>) -> Self {
        // SAFETY: the documented value of failure is all ones; as a pointer to a function it is valid, for it is not
        // NULL, and it is there to be compared, not to be called.
        outcome.unwrap_or_else(|_| unsafe { std::mem::transmute::<isize, Self>(WINHTTP_INVALID_STATUS_CALLBACK) })
    }
}

/// Nothing: what frees something cannot fail.
impl Returned for () {
    type Value = ();

    fn from_outcome(_: Result<()>) {}
}

/// The handle in a pointer of the caller. Any value is safe.
pub(crate) fn handle(pointer: *const c_void) -> HINTERNET {
    HINTERNET::from_raw(pointer.addr())
}

/// A handle as the caller holds it: a number in the form of a pointer.
pub(crate) fn pointer(handle: HINTERNET) -> *mut c_void {
    std::ptr::without_provenance_mut(handle.as_raw())
}

/// The handle in `pointer`, if it is open and of the type `WINHTTP_HANDLE_TYPE_*`. For functions that check their other
/// parameters before the safe face is called, because the handle comes first.
pub(crate) fn handle_of(pointer: *const c_void, handle_type: u32) -> Result<HINTERNET> {
    let handle = handle(pointer);
    if handle.handle_type()? != handle_type {
        return fail(ERROR_WINHTTP_INCORRECT_HANDLE_TYPE);
    }
    Ok(handle)
}

pub(crate) fn fail<T>(code: u32) -> Result<T> {
    Err(Error::from_code(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last_errors() -> (u32, Option<i32>) {
        // That of the system first: on Windows, reading the other may change it.
        let of_system = std::io::Error::last_os_error().raw_os_error();
        (openwinhttp::GetLastError(), of_system)
    }

    #[test]
    fn a_panic_becomes_an_internal_error() {
        // The message of the panic goes to the hook of the program; the caller gets a code.
        assert_eq!(edge::<i32>(|| panic!("a fault of ours, for the test")), 0);
        assert_eq!(last_errors(), (ERROR_WINHTTP_INTERNAL_ERROR, Some(12004)));
        assert_eq!(edge::<u32>(|| panic!("a fault of ours, for the test")), ERROR_WINHTTP_INTERNAL_ERROR);
        assert!(edge::<*mut c_void>(|| panic!("a fault of ours, for the test")).is_null());
    }

    #[test]
    fn each_kind_of_function_tells_of_failure_in_its_way() {
        assert_eq!(edge::<i32>(|| fail(ERROR_INVALID_HANDLE)), 0);
        assert_eq!(last_errors(), (6, Some(6)));
        assert_eq!(edge::<u32>(|| fail(ERROR_INVALID_PARAMETER)), 87);
        assert_eq!(last_errors(), (87, Some(87)));
        assert!(edge::<*mut c_void>(|| fail(ERROR_INVALID_HANDLE)).is_null());
        let callback = edge::<WINHTTP_STATUS_CALLBACK>(|| fail(ERROR_INVALID_HANDLE));
        assert_eq!(callback.map(|callback| callback as usize as isize), Some(WINHTTP_INVALID_STATUS_CALLBACK));
    }

    #[test]
    fn a_success_leaves_no_error_behind() {
        assert_eq!(edge::<i32>(|| fail(ERROR_INVALID_HANDLE)), 0);
        assert_eq!(edge::<i32>(|| Ok(())), 1);
        assert_eq!(last_errors(), (0, Some(0)));
        let handle = HINTERNET::from_raw(0x5EED);
        assert_eq!(edge::<*mut c_void>(|| Ok(handle)).addr(), 0x5EED);
        assert!(edge::<WINHTTP_STATUS_CALLBACK>(|| Ok(None)).is_none());
    }
}
