//! Dates, and whether this platform has WinHTTP.

use openwinhttp_abi::*;
use windows_sys::core::{BOOL, PCWSTR, PWSTR};

use crate::edge::{edge, fail};
use crate::memory::{Place, text};

/// [`openwinhttp::WinHttpTimeFromSystemTime`]. `pwsztime` has the `WINHTTP_TIME_FORMAT_BUFSIZE` bytes, that is 31 code
/// units, that winhttp.h asks for; 30 of them are used. A failure leaves it as it is.
///
/// `ERROR_INVALID_PARAMETER` also means that an argument is NULL.
///
/// # Safety
///
/// See [`winhttp`](super).
pub unsafe extern "system" fn WinHttpTimeFromSystemTime(pst: *const SYSTEMTIME, pwsztime: PWSTR) -> BOOL {
    edge(|| {
        if pst.is_null() || pwsztime.is_null() {
            return fail(ERROR_INVALID_PARAMETER);
        }
        // SAFETY: it is not NULL, and the caller keeps to the rules of the module.
        let text = openwinhttp::WinHttpTimeFromSystemTime(&unsafe { pst.read_unaligned() })?;
        for (at, unit) in text.encode_utf16().chain([0]).enumerate() {
            // SAFETY: the text has 29 characters, the buffer room for 31.
            unsafe { pwsztime.add(at).write_unaligned(unit) };
        }
        Ok(())
    })
}

/// [`openwinhttp::WinHttpTimeToSystemTime`]. A failure leaves `pst` as it is.
///
/// `ERROR_INVALID_PARAMETER` also means that an argument is NULL.
///
/// # Safety
///
/// See [`winhttp`](super).
pub unsafe extern "system" fn WinHttpTimeToSystemTime(pwsztime: PCWSTR, pst: *mut SYSTEMTIME) -> BOOL {
    edge(|| {
        // SAFETY: the caller keeps to the rules of the module.
        let (text, place) = unsafe { (text(pwsztime)?, Place::new(pst)) };
        match text {
            Some(text) if !place.is_null() => place.set(openwinhttp::WinHttpTimeToSystemTime(&text)?),
            _ => return fail(ERROR_INVALID_PARAMETER),
        }
        Ok(())
    })
}

/// [`openwinhttp::WinHttpCheckPlatform`].
///
/// # Safety
///
/// Every call is safe.
pub unsafe extern "system" fn WinHttpCheckPlatform() -> BOOL {
    edge(|| if openwinhttp::WinHttpCheckPlatform() { Ok(()) } else { fail(ERROR_NOT_SUPPORTED) })
}
