//! Handles: open, connect, set limits, close.

use std::ffi::c_void;

use openwinhttp_abi::*;
use windows_sys::core::{BOOL, PCWSTR};

use crate::edge::{edge, fail, handle, handle_of};
use crate::memory::{text, texts};

/// [`openwinhttp::WinHttpOpen`].
///
/// # Safety
///
/// See [`winhttp`](super).
pub unsafe extern "system" fn WinHttpOpen(
    pszagentw: PCWSTR,
    dwaccesstype: WINHTTP_ACCESS_TYPE,
    pszproxyw: PCWSTR,
    pszproxybypassw: PCWSTR,
    dwflags: u32,
) -> *mut c_void {
    edge(|| {
        // SAFETY: the caller keeps to the rules of the module, as in every function of it.
        let (agent, proxy, bypass) = unsafe { (text(pszagentw)?, text(pszproxyw)?, text(pszproxybypassw)?) };
        openwinhttp::WinHttpOpen(agent.as_deref(), dwaccesstype, proxy.as_deref(), bypass.as_deref(), dwflags)
    })
}

/// [`openwinhttp::WinHttpConnect`]; a NULL name gives `ERROR_INVALID_PARAMETER`, whatever the handle.
///
/// # Safety
///
/// See [`winhttp`](super).
pub unsafe extern "system" fn WinHttpConnect(
    hsession: *mut c_void,
    pswzservername: PCWSTR,
    nserverport: u16,
    dwreserved: u32,
) -> *mut c_void {
    edge(|| {
        if pswzservername.is_null() {
            return fail(ERROR_INVALID_PARAMETER);
        }
        let session = handle_of(hsession, WINHTTP_HANDLE_TYPE_SESSION)?;
        // SAFETY: the caller keeps to the rules of the module.
        let server_name = unsafe { text(pswzservername)? }.unwrap_or_default();
        openwinhttp::WinHttpConnect(session, &server_name, nserverport, dwreserved)
    })
}

/// [`openwinhttp::WinHttpOpenRequest`].
///
/// # Safety
///
/// See [`winhttp`](super). `ppwszaccepttypes` is NULL, or leads to pointers to text up to and with a NULL.
pub unsafe extern "system" fn WinHttpOpenRequest(
    hconnect: *mut c_void,
    pwszverb: PCWSTR,
    pwszobjectname: PCWSTR,
    pwszversion: PCWSTR,
    pwszreferrer: PCWSTR,
    ppwszaccepttypes: *const PCWSTR,
    dwflags: WINHTTP_OPEN_REQUEST_FLAGS,
) -> *mut c_void {
    edge(|| {
        let connect = handle_of(hconnect, WINHTTP_HANDLE_TYPE_CONNECT)?;
        // SAFETY: the caller keeps to the rules of the module.
        let (verb, object_name, version) = unsafe { (text(pwszverb)?, text(pwszobjectname)?, text(pwszversion)?) };
        // SAFETY: as before.
        let (referrer, accept_types) = unsafe { (text(pwszreferrer)?, texts(ppwszaccepttypes)?) };
        let accept_types = accept_types.as_ref().map(|types| types.iter().map(String::as_str).collect::<Vec<_>>());
        openwinhttp::WinHttpOpenRequest(
            connect,
            verb.as_deref(),
            object_name.as_deref(),
            version.as_deref(),
            referrer.as_deref(),
            accept_types.as_deref(),
            dwflags,
        )
    })
}

/// [`openwinhttp::WinHttpSetTimeouts`].
///
/// # Safety
///
/// None of its arguments is a pointer to memory: every call is safe.
pub unsafe extern "system" fn WinHttpSetTimeouts(
    hinternet: *mut c_void,
    nresolvetimeout: i32,
    nconnecttimeout: i32,
    nsendtimeout: i32,
    nreceivetimeout: i32,
) -> BOOL {
    edge(|| {
        openwinhttp::WinHttpSetTimeouts(
            handle(hinternet),
            nresolvetimeout,
            nconnecttimeout,
            nsendtimeout,
            nreceivetimeout,
        )
    })
}

/// [`openwinhttp::WinHttpCloseHandle`].
///
/// # Safety
///
/// None of its arguments is a pointer to memory: every call is safe.
pub unsafe extern "system" fn WinHttpCloseHandle(hinternet: *mut c_void) -> BOOL {
    edge(|| openwinhttp::WinHttpCloseHandle(handle(hinternet)))
}
