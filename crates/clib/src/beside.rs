//! What programs call beside WinHTTP. On Windows the system has these functions.

use std::ffi::c_void;

use openwinhttp_sys::Win32::Foundation::*;
use openwinhttp_sys::Win32::Security::Cryptography::CERT_CONTEXT;
use openwinhttp_sys::Win32::System::Diagnostics::Debug::FORMAT_MESSAGE_OPTIONS;
use openwinhttp_sys::Win32::System::Memory::{GLOBAL_ALLOC_FLAGS, LOCAL_ALLOC_FLAGS};
use openwinhttp_sys::core::*;

export_from! { beside:
    fn GetLastError() -> WIN32_ERROR;
    fn SetLastError(dwerrcode: WIN32_ERROR);
    fn GlobalAlloc(uflags: GLOBAL_ALLOC_FLAGS, dwbytes: usize) -> HGLOBAL;
    fn GlobalFree(hmem: HGLOBAL) -> HGLOBAL;
    fn LocalAlloc(uflags: LOCAL_ALLOC_FLAGS, ubytes: usize) -> HLOCAL;
    fn LocalFree(hmem: HLOCAL) -> HLOCAL;
    fn FormatMessageA(
        dwflags: FORMAT_MESSAGE_OPTIONS, lpsource: *const c_void, dwmessageid: u32, dwlanguageid: u32, lpbuffer: PSTR,
        nsize: u32, arguments: *const *const i8
    ) -> u32;
    fn FormatMessageW(
        dwflags: FORMAT_MESSAGE_OPTIONS, lpsource: *const c_void, dwmessageid: u32, dwlanguageid: u32, lpbuffer: PWSTR,
        nsize: u32, arguments: *const *const i8
    ) -> u32;
    fn GetModuleHandleA(lpmodulename: PCSTR) -> HMODULE;
    fn GetModuleHandleW(lpmodulename: PCWSTR) -> HMODULE;
    fn CertFreeCertificateContext(pcertcontext: *const CERT_CONTEXT) -> BOOL;
}
