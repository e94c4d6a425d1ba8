//! Send, write, receive, read.

use std::ffi::c_void;

use openwinhttp::{HINTERNET, Result};
use openwinhttp_abi::*;
use windows_sys::core::{BOOL, PCWSTR};

use crate::edge::{edge, edge_of_transfer, fail, handle_of};
use crate::memory::{Place, UP_TO_NUL, bytes, lent, room, text_of};

/// [`openwinhttp::WinHttpSendRequest`]. Headers with a length of 0 end at their NUL, as those with `u32::MAX` do.
///
/// # Safety
///
/// See [`winhttp`](super). `lpoptional` is read by this call, and not after it, in asynchronous sessions too.
pub unsafe extern "system" fn WinHttpSendRequest(
    hrequest: *mut c_void,
    lpszheaders: PCWSTR,
    dwheaderslength: u32,
    lpoptional: *const c_void,
    dwoptionallength: u32,
    dwtotallength: u32,
    dwcontext: usize,
) -> BOOL {
    edge(|| {
        let request = handle_of(hrequest, WINHTTP_HANDLE_TYPE_REQUEST)?;
        let length = if dwheaderslength == 0 { UP_TO_NUL } else { dwheaderslength };
        // SAFETY: the caller keeps to the rules of the module.
        let (headers, optional) = unsafe { (text_of(lpszheaders, length)?, bytes(lpoptional, dwoptionallength)?) };
        openwinhttp::WinHttpSendRequest(request, headers.as_deref(), Some(optional), dwtotallength, dwcontext)
    })
}

/// [`openwinhttp::WinHttpWriteData`]. `lpdwnumberofbyteswritten` may be NULL; it is never written after the return.
///
/// # Safety
///
/// See [`winhttp`](super). In an asynchronous session nobody changes `lpbuffer` until the status of its completion.
pub unsafe extern "system" fn WinHttpWriteData(
    hrequest: *mut c_void,
    lpbuffer: *const c_void,
    dwnumberofbytestowrite: u32,
    lpdwnumberofbyteswritten: *mut u32,
) -> BOOL {
    edge_of_transfer(hrequest, |request| {
        // SAFETY: the caller keeps to the rules of the module.
        let count = unsafe { Place::new(lpdwnumberofbyteswritten) };
        if request.is_asynchronous() {
            // SAFETY: as before, until the completion.
            let data = unsafe { lent(lpbuffer, dwnumberofbytestowrite)? };
            return counted(&count, openwinhttp::write_data_lent(request.handle(), data));
        }
        // SAFETY: as before.
        let data = unsafe { bytes(lpbuffer, dwnumberofbytestowrite)? };
        counted(&count, openwinhttp::WinHttpWriteData(request.handle(), data))
    })
}

/// [`openwinhttp::WinHttpReceiveResponse`]. `lpreserved` must be NULL.
///
/// # Safety
///
/// None of its arguments is a pointer to memory that is used: every call is safe.
pub unsafe extern "system" fn WinHttpReceiveResponse(hrequest: *mut c_void, lpreserved: *mut c_void) -> BOOL {
    edge(|| {
        let request = handle_of(hrequest, WINHTTP_HANDLE_TYPE_REQUEST)?;
        if !lpreserved.is_null() {
            return fail(ERROR_INVALID_PARAMETER);
        }
        openwinhttp::WinHttpReceiveResponse(request)
    })
}

/// [`openwinhttp::WinHttpQueryDataAvailable`]. `lpdwnumberofbytesavailable` may be NULL; it is written after success only,
/// if the number is known, and never after the return.
///
/// # Safety
///
/// See [`winhttp`](super).
pub unsafe extern "system" fn WinHttpQueryDataAvailable(
    hrequest: *mut c_void,
    lpdwnumberofbytesavailable: *mut u32,
) -> BOOL {
    edge_of_transfer(hrequest, |request| {
        // SAFETY: the caller keeps to the rules of the module.
        let count = unsafe { Place::new(lpdwnumberofbytesavailable) };
        if let Some(available) = openwinhttp::data_available(request.handle())? {
            count.set(count_of(available));
        }
        Ok(())
    })
}

/// [`openwinhttp::WinHttpReadData`], and [`openwinhttp::WinHttpReadDataBuffer`] in an asynchronous session.
/// `lpdwnumberofbytesread` may be NULL; it is never written after the return.
///
/// # Safety
///
/// See [`winhttp`](super). In an asynchronous session nobody else uses `lpbuffer` until the status of its completion.
pub unsafe extern "system" fn WinHttpReadData(
    hrequest: *mut c_void,
    lpbuffer: *mut c_void,
    dwnumberofbytestoread: u32,
    lpdwnumberofbytesread: *mut u32,
) -> BOOL {
    edge_of_transfer(hrequest, |request| {
        // SAFETY: the caller keeps to the rules of the module.
        let count = unsafe { Place::new(lpdwnumberofbytesread) };
        if request.is_asynchronous() {
            // SAFETY: as before, until the completion.
            return unsafe { read_lent(request.handle(), lpbuffer, dwnumberofbytestoread, &count, FILL) };
        }
        // SAFETY: as before.
        let buffer = unsafe { room(lpbuffer, dwnumberofbytestoread)? };
        counted(&count, openwinhttp::WinHttpReadData(request.handle(), buffer))
    })
}

/// [`openwinhttp::WinHttpReadDataEx`], and [`openwinhttp::WinHttpReadDataExBuffer`] in an asynchronous session.
/// `lpdwnumberofbytesread` may be NULL; `cbproperty` must be 0 and `pvproperty` NULL.
///
/// # Safety
///
/// See [`WinHttpReadData`].
pub unsafe extern "system" fn WinHttpReadDataEx(
    hrequest: *mut c_void,
    lpbuffer: *mut c_void,
    dwnumberofbytestoread: u32,
    lpdwnumberofbytesread: *mut u32,
    ullflags: u64,
    cbproperty: u32,
    pvproperty: *const c_void,
) -> u32 {
    edge_of_transfer(hrequest, |request| {
        if cbproperty != 0 || !pvproperty.is_null() {
            return fail(ERROR_INVALID_PARAMETER);
        }
        // SAFETY: the caller keeps to the rules of the module.
        let count = unsafe { Place::new(lpdwnumberofbytesread) };
        if request.is_asynchronous() {
            // SAFETY: as before, until the completion.
            return unsafe { read_lent(request.handle(), lpbuffer, dwnumberofbytestoread, &count, ullflags) };
        }
        // SAFETY: as before.
        let buffer = unsafe { room(lpbuffer, dwnumberofbytestoread)? };
        counted(&count, openwinhttp::WinHttpReadDataEx(request.handle(), buffer, ullflags))
    })
}

/// Lends a buffer to a read, and stores how many bytes were read if that is known already.
///
/// # Safety
///
/// `start` is NULL or has room for `length` bytes, which nobody else uses until the read is over.
unsafe fn read_lent(request: HINTERNET, start: *mut c_void, length: u32, count: &Place<u32>, flags: u64) -> Result<()> {
    // SAFETY: by the contract of this function.
    let buffer = unsafe { lent(start, length)? };
    if let Some(known) = openwinhttp::read_data_lent(request, buffer, flags)? {
        count.set(count_of(known));
    }
    Ok(())
}

/// Stores how many bytes were moved: 0 when the transfer failed, and nothing when the call was refused before it began.
fn counted(place: &Place<u32>, moved: Result<usize>) -> Result<()> {
    match &moved {
        Ok(count) => place.set(count_of(*count)),
        Err(error) if REFUSALS.contains(&error.code()) => {}
        Err(_) => place.set(0),
    }
    moved.map(drop)
}

fn count_of(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

const FILL: u64 = WINHTTP_READ_DATA_EX_FLAG_FILL_BUFFER;
/// The codes of calls that did not begin.
const REFUSALS: [u32; 4] = [
    ERROR_INVALID_HANDLE,
    ERROR_WINHTTP_INCORRECT_HANDLE_TYPE,
    ERROR_WINHTTP_INCORRECT_HANDLE_STATE,
    ERROR_INVALID_PARAMETER,
];
