//! Header fields: of the request, and of the answer.

use std::ffi::c_void;

use openwinhttp_abi::*;
use windows_sys::core::{BOOL, PCWSTR};

use crate::edge::{edge, fail, handle_of};
use crate::memory::{Place, fill, text, text_of};

/// [`openwinhttp::WinHttpAddRequestHeaders`]; NULL or a length of 0 gives `ERROR_INVALID_PARAMETER`, whatever the handle.
///
/// # Safety
///
/// See [`winhttp`](super).
pub unsafe extern "system" fn WinHttpAddRequestHeaders(
    hrequest: *mut c_void,
    lpszheaders: PCWSTR,
    dwheaderslength: u32,
    dwmodifiers: u32,
) -> BOOL {
    edge(|| {
        if lpszheaders.is_null() || dwheaderslength == 0 {
            return fail(ERROR_INVALID_PARAMETER);
        }
        let request = handle_of(hrequest, WINHTTP_HANDLE_TYPE_REQUEST)?;
        // SAFETY: the caller keeps to the rules of the module.
        let headers = unsafe { text_of(lpszheaders, dwheaderslength)? }.unwrap_or_default();
        openwinhttp::WinHttpAddRequestHeaders(request, &headers, dwmodifiers)
    })
}

/// [`openwinhttp::WinHttpQueryHeaders`] with the protocol of buffers: what fits is stored, together with its length in
/// bytes without the NUL. Else the call fails with `ERROR_INSUFFICIENT_BUFFER` and stores the length that is needed.
/// `lpdwbufferlength` must not be NULL; `lpdwindex` may.
///
/// # Safety
///
/// See [`winhttp`](super).
pub unsafe extern "system" fn WinHttpQueryHeaders(
    hrequest: *mut c_void,
    dwinfolevel: u32,
    pwszname: PCWSTR,
    lpbuffer: *mut c_void,
    lpdwbufferlength: *mut u32,
    lpdwindex: *mut u32,
) -> BOOL {
    edge(|| {
        let request = handle_of(hrequest, WINHTTP_HANDLE_TYPE_REQUEST)?;
        // SAFETY: the caller keeps to the rules of the module.
        let (length, index) = unsafe { (Place::new(lpdwbufferlength), Place::new(lpdwindex)) };
        if length.is_null() {
            return fail(ERROR_INVALID_PARAMETER);
        }
        // SAFETY: as before. The name counts only where the level asks for one by name.
        let name = if is_custom(dwinfolevel) { unsafe { text(pwszname)? } } else { None };
        let mut next = index.get().unwrap_or_default();
        let value = openwinhttp::WinHttpQueryHeaders(request, dwinfolevel, name.as_deref(), Some(&mut next))?;
        let (bytes, nul) = value.to_buffer();
        // SAFETY: as before.
        unsafe { fill(lpbuffer, &length, &bytes, nul)? };
        index.set(next);
        Ok(())
    })
}

pub(super) fn is_custom(info_level: u32) -> bool {
    info_level & !QUERY_MODIFIERS == WINHTTP_QUERY_CUSTOM
}
