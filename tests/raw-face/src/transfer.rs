//! Send, write, receive, read.

use std::ptr;

use openwinhttp::*;
use openwinhttp_sys::winhttp;

use crate::handles::raw;
use crate::memory::{Guarded, lend, pointer, taken_back, units};
use crate::outcome::{GetLastError, of_bool, of_code, of_started, refuse};

/// [`openwinhttp::WinHttpSendRequest`], by way of the raw face.
pub fn WinHttpSendRequest(
    request: HINTERNET,
    headers: Option<&str>,
    optional: Option<&[u8]>,
    total_length: u32,
    context: usize,
) -> Result<()> {
    let block = headers.map(Guarded::counted_text);
    let optional = optional.map(Guarded::new);
    // SAFETY: there are as many units of text and as many bytes as the lengths say.
    of_bool(unsafe {
        winhttp::WinHttpSendRequest(
            raw(request),
            pointer(&block),
            headers.map_or(0, units),
            optional.as_ref().map_or(ptr::null(), Guarded::as_ptr),
            optional.as_ref().map_or(0, Guarded::length),
            total_length,
            context,
        )
    })
}

/// [`openwinhttp::WinHttpWriteData`], by way of the raw face.
pub fn WinHttpWriteData(request: HINTERNET, buffer: &[u8]) -> Result<usize> {
    let (data, mut count) = (Guarded::new(buffer), Guarded::number(UNTOUCHED));
    // SAFETY: there are as many bytes as the length says, and the count can be written.
    let outcome =
        of_bool(unsafe { winhttp::WinHttpWriteData(raw(request), data.as_ptr(), data.length(), count.as_mut_ptr()) });
    if is_asynchronous(request) {
        // It is in use until the completion, which does not name it.
        std::mem::forget(data);
    }
    counted(outcome, &count)
}

/// [`openwinhttp::WinHttpReceiveResponse`], by way of the raw face.
pub fn WinHttpReceiveResponse(request: HINTERNET) -> Result<()> {
    // SAFETY: the reserved pointer is NULL.
    of_bool(unsafe { winhttp::WinHttpReceiveResponse(raw(request), ptr::null_mut()) })
}

/// [`openwinhttp::WinHttpQueryDataAvailable`], by way of the raw face.
pub fn WinHttpQueryDataAvailable(request: HINTERNET) -> Result<usize> {
    let mut count = Guarded::number(UNTOUCHED);
    // SAFETY: the count can be written.
    let outcome = of_started(unsafe { winhttp::WinHttpQueryDataAvailable(raw(request), count.as_mut_ptr()) });
    match outcome {
        Ok(()) if GetLastError() == ERROR_IO_PENDING && count.to_number() == UNTOUCHED => Ok(0),
        Ok(()) => Ok(count.to_number() as usize),
        Err(error) => {
            assert_eq!(count.to_number(), UNTOUCHED, "the count was changed by a call that failed with {error}");
            Err(error)
        }
    }
}

/// [`openwinhttp::WinHttpReadData`], by way of the raw face.
pub fn WinHttpReadData(request: HINTERNET, buffer: &mut [u8]) -> Result<usize> {
    if is_asynchronous(request) {
        return refuse();
    }
    let (mut room, mut count) = (Guarded::new(buffer), Guarded::number(UNTOUCHED));
    // SAFETY: there is as much room as the length says, and the count can be written.
    let outcome = of_bool(unsafe {
        winhttp::WinHttpReadData(raw(request), room.as_mut_ptr(), room.length(), count.as_mut_ptr())
    });
    buffer.copy_from_slice(room.bytes());
    counted(outcome, &count)
}

/// [`openwinhttp::WinHttpReadDataEx`], by way of the raw face.
pub fn WinHttpReadDataEx(request: HINTERNET, buffer: &mut [u8], flags: u64) -> Result<usize> {
    if is_asynchronous(request) {
        return refuse();
    }
    let (mut room, mut count) = (Guarded::new(buffer), Guarded::number(UNTOUCHED));
    let (place, size, read) = (room.as_mut_ptr(), room.length(), count.as_mut_ptr());
    // SAFETY: there is as much room as the length says, the count can be written, and there is no property.
    let outcome =
        of_code(unsafe { winhttp::WinHttpReadDataEx(raw(request), place, size, read, flags, 0, ptr::null()) });
    buffer.copy_from_slice(room.bytes());
    counted(outcome, &count)
}

/// [`openwinhttp::WinHttpReadDataBuffer`], by way of the raw face.
pub fn WinHttpReadDataBuffer(request: HINTERNET, buffer: Vec<u8>) -> Result<()> {
    if Share::of(request).is_ok_and(|request| !request.is_asynchronous()) {
        return refuse();
    }
    let (start, length) = lend(&buffer);
    // SAFETY: there is as much room as the length says, until the completion has taken it back.
    let outcome = of_started(unsafe { winhttp::WinHttpReadData(raw(request), start, length, ptr::null_mut()) });
    if outcome.is_err() {
        taken_back(start);
    }
    outcome
}

/// [`openwinhttp::WinHttpReadDataExBuffer`], by way of the raw face.
pub fn WinHttpReadDataExBuffer(request: HINTERNET, buffer: Vec<u8>, flags: u64) -> Result<()> {
    if Share::of(request).is_ok_and(|request| !request.is_asynchronous()) {
        return refuse();
    }
    let (start, length) = lend(&buffer);
    // SAFETY: as in `WinHttpReadDataBuffer`; there is no property.
    let code =
        unsafe { winhttp::WinHttpReadDataEx(raw(request), start, length, ptr::null_mut(), flags, 0, ptr::null()) };
    if code != 0 {
        taken_back(start);
    }
    of_started((code == 0).into())
}

fn is_asynchronous(request: HINTERNET) -> bool {
    Share::of(request).is_ok_and(|request| request.is_asynchronous())
}

/// The count of a transfer. When it failed, the count is 0, but as it was if the call was refused (core.md C7).
fn counted(outcome: Result<()>, count: &Guarded) -> Result<usize> {
    let count = count.to_number();
    let Err(error) = outcome else { return Ok(count as usize) };
    let expected = if REFUSALS.contains(&error.code()) { UNTOUCHED } else { 0 };
    assert_eq!(count, expected, "the count after {error}");
    Err(error)
}

/// The codes of calls that did not begin.
const REFUSALS: [u32; 4] = [
    ERROR_INVALID_HANDLE,
    ERROR_WINHTTP_INCORRECT_HANDLE_TYPE,
    ERROR_WINHTTP_INCORRECT_HANDLE_STATE,
    ERROR_INVALID_PARAMETER,
];
const UNTOUCHED: u32 = 0xA5A5_A5A5;
