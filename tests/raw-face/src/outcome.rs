//! What a call leaves behind (core.md 1.1): its return value and both places of the last error agree.

use std::ffi::c_void;
use std::io;

use openwinhttp::{ERROR_INVALID_PARAMETER, ERROR_IO_PENDING, Error, HINTERNET, Result};
use openwinhttp_sys::Win32::Foundation;

/// `GetLastError` of the raw face.
pub fn GetLastError() -> u32 {
    // SAFETY: every call is safe.
    unsafe { Foundation::GetLastError() }
}

/// `SetLastError` of the raw face.
pub fn SetLastError(code: u32) {
    // SAFETY: every call is safe.
    unsafe { Foundation::SetLastError(code) }
}

/// The outcome of a function that gives TRUE or FALSE.
#[track_caller]
pub(crate) fn of_bool(returned: i32) -> Result<()> {
    let code = last_error();
    assert!([0, 1].contains(&returned), "{returned} is neither TRUE nor FALSE");
    assert_eq!(returned == 1, code == 0, "the call gave {returned}, the last error is {code}");
    if code == 0 { Ok(()) } else { Err(Error::from_code(code)) }
}

/// The outcome of a function that gives TRUE or FALSE, and may have begun an operation: then the last error is
/// `ERROR_IO_PENDING`.
#[track_caller]
pub(crate) fn of_started(returned: i32) -> Result<()> {
    match last_error() {
        ERROR_IO_PENDING if returned == 1 => Ok(()),
        _ => of_bool(returned),
    }
}

/// Refuses a call for a mode that it is not for, as the safe face does.
pub(crate) fn refuse<T>() -> Result<T> {
    SetLastError(ERROR_INVALID_PARAMETER);
    Err(Error::from_code(ERROR_INVALID_PARAMETER))
}

/// The outcome of a function that gives its code.
#[track_caller]
pub(crate) fn of_code(returned: u32) -> Result<()> {
    let code = last_error();
    assert_eq!(returned, code, "the last error is not the code that the call gave");
    if code == 0 { Ok(()) } else { Err(Error::from_code(code)) }
}

/// The outcome of a function that gives a handle or NULL.
#[track_caller]
pub(crate) fn of_handle(returned: *mut c_void) -> Result<HINTERNET> {
    of_bool(i32::from(!returned.is_null()))?;
    Ok(HINTERNET::from_raw(returned.addr()))
}

#[track_caller]
fn last_error() -> u32 {
    // First of all: anything that runs before could overwrite it.
    let of_the_system = io::Error::last_os_error().raw_os_error();
    let code = GetLastError();
    assert_eq!(of_the_system, Some(code as i32), "last_os_error disagrees with GetLastError");
    code
}
