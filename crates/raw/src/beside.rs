//! What programs call beside WinHTTP, where there is no Windows: the last error, memory that WinHTTP hands out, texts of
//! errors, and the certificates that it gives.
//!
//! On Windows the genuine functions stand in these places.
//!
//! # Safety
//!
//! The rules of [`winhttp`](crate::winhttp) hold here too; what frees memory takes what came from this crate, or NULL.

mod messages;

use std::ffi::{CStr, c_void};
use std::ptr;

use openwinhttp_abi::*;
use windows_sys::Win32::Foundation::{ERROR_MOD_NOT_FOUND, HGLOBAL, HLOCAL, HMODULE, WIN32_ERROR};
use windows_sys::Win32::Security::Cryptography::CERT_CONTEXT;
use windows_sys::Win32::System::Memory::{GLOBAL_ALLOC_FLAGS, GMEM_ZEROINIT, LOCAL_ALLOC_FLAGS};
use windows_sys::core::{BOOL, PCSTR, PCWSTR};

pub use messages::{FormatMessageA, FormatMessageW};

use crate::edge::caught;
use crate::memory::text;

/// The code of the last call of this library on this thread; 0 if it succeeded.
///
/// # Safety
///
/// Every call is safe.
pub unsafe extern "system" fn GetLastError() -> WIN32_ERROR {
    openwinhttp::GetLastError()
}

/// Sets what [`GetLastError`] gives on this thread.
///
/// # Safety
///
/// Every call is safe.
pub unsafe extern "system" fn SetLastError(dwerrcode: WIN32_ERROR) {
    openwinhttp::SetLastError(dwerrcode);
}

/// Memory to be freed with [`GlobalFree`]; zeroed with `GMEM_ZEROINIT`, and never to be moved. NULL if there is none.
///
/// # Safety
///
/// Every call is safe.
pub unsafe extern "system" fn GlobalAlloc(uflags: GLOBAL_ALLOC_FLAGS, dwbytes: usize) -> HGLOBAL {
    let is_zeroed = uflags & GMEM_ZEROINIT != 0;
    // `malloc(0)` may give NULL, which would be a failure.
    let size = dwbytes.max(1);
    // SAFETY: both take any size.
    let memory = unsafe { if is_zeroed { libc::calloc(1, size) } else { libc::malloc(size) } };
    if memory.is_null() {
        openwinhttp::SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    }
    memory
}

/// Frees what came from [`GlobalAlloc`], or from a function that says so. Gives NULL.
///
/// # Safety
///
/// `hmem` is NULL, or such memory that was not freed yet.
pub unsafe extern "system" fn GlobalFree(hmem: HGLOBAL) -> HGLOBAL {
    // SAFETY: it came from `malloc` or `calloc`, by the contract of this function.
    unsafe { libc::free(hmem) };
    ptr::null_mut()
}

/// [`GlobalAlloc`] under its other name; the flags have the same values.
///
/// # Safety
///
/// Every call is safe.
pub unsafe extern "system" fn LocalAlloc(uflags: LOCAL_ALLOC_FLAGS, ubytes: usize) -> HLOCAL {
    // SAFETY: every call is.
    unsafe { GlobalAlloc(uflags, ubytes) }
}

/// [`GlobalFree`] under its other name.
///
/// # Safety
///
/// As for [`GlobalFree`].
pub unsafe extern "system" fn LocalFree(hmem: HLOCAL) -> HLOCAL {
    // SAFETY: the contract is the same.
    unsafe { GlobalFree(hmem) }
}

/// A value that stands for this library, for [`FormatMessageW`]: the name is NULL, `winhttp` or `winhttp.dll`. Any other
/// gives NULL and `ERROR_MOD_NOT_FOUND`.
///
/// # Safety
///
/// `lpmodulename` is NULL, or text up to a NUL.
pub unsafe extern "system" fn GetModuleHandleW(lpmodulename: PCWSTR) -> HMODULE {
    // SAFETY: by the contract of this function.
    let name = caught(|| unsafe { text(lpmodulename) });
    module(name.as_ref().map_or(Some(""), |name| name.as_deref()))
}

/// [`GetModuleHandleW`] for text in bytes.
///
/// # Safety
///
/// As for [`GetModuleHandleW`].
pub unsafe extern "system" fn GetModuleHandleA(lpmodulename: PCSTR) -> HMODULE {
    if lpmodulename.is_null() {
        return module(None);
    }
    // SAFETY: by the contract of this function.
    let name = unsafe { CStr::from_ptr(lpmodulename.cast()) };
    module(Some(name.to_str().unwrap_or_default()))
}

fn module(name: Option<&str>) -> HMODULE {
    static MODULE: u8 = 0;
    let is_ours = name.is_none_or(|name| ["winhttp", "winhttp.dll"].iter().any(|ours| ours.eq_ignore_ascii_case(name)));
    if !is_ours {
        openwinhttp::SetLastError(ERROR_MOD_NOT_FOUND);
        return ptr::null_mut();
    }
    (&raw const MODULE).cast_mut().cast()
}

/// Gives back a certificate context. Always true, as on Windows.
///
/// None is handed out so far, so there is nothing to free yet.
///
/// # Safety
///
/// `pcertcontext` is NULL, or came from this library.
pub unsafe extern "system" fn CertFreeCertificateContext(pcertcontext: *const CERT_CONTEXT) -> BOOL {
    let _: *const c_void = pcertcontext.cast();
    1
}
