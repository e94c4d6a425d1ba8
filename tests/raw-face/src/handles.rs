//! Open, connect, set limits, close.

use std::ffi::c_void;
use std::ptr;

use openwinhttp::{HINTERNET, Result};
use openwinhttp_sys::winhttp;

use crate::memory::{Guarded, pointer};
use crate::outcome::{of_bool, of_handle};

/// [`openwinhttp::WinHttpOpen`], by way of the raw face.
pub fn WinHttpOpen(
    user_agent: Option<&str>,
    access_type: u32,
    proxy_name: Option<&str>,
    proxy_bypass: Option<&str>,
    flags: u32,
) -> Result<HINTERNET> {
    let [agent, proxy, bypass] = [user_agent, proxy_name, proxy_bypass].map(|text| text.map(Guarded::text));
    // SAFETY: each text ends with a NUL, or is NULL.
    of_handle(unsafe { winhttp::WinHttpOpen(pointer(&agent), access_type, pointer(&proxy), pointer(&bypass), flags) })
}

/// [`openwinhttp::WinHttpConnect`], by way of the raw face.
pub fn WinHttpConnect(session: HINTERNET, server_name: &str, server_port: u16, reserved: u32) -> Result<HINTERNET> {
    let name = Guarded::text(server_name);
    // SAFETY: the text ends with a NUL.
    of_handle(unsafe { winhttp::WinHttpConnect(raw(session), name.as_ptr(), server_port, reserved) })
}

/// [`openwinhttp::WinHttpOpenRequest`], by way of the raw face.
pub fn WinHttpOpenRequest(
    connect: HINTERNET,
    verb: Option<&str>,
    object_name: Option<&str>,
    version: Option<&str>,
    referrer: Option<&str>,
    accept_types: Option<&[&str]>,
    flags: u32,
) -> Result<HINTERNET> {
    let [verb, object, version, referrer] = [verb, object_name, version, referrer].map(|text| text.map(Guarded::text));
    let types: Option<Vec<_>> = accept_types.map(|types| types.iter().copied().map(Guarded::text).collect());
    let list = types.as_deref().map(list);
    // SAFETY: each text ends with a NUL, or is NULL; the list ends with a NULL, or is NULL.
    of_handle(unsafe {
        winhttp::WinHttpOpenRequest(
            raw(connect),
            pointer(&verb),
            pointer(&object),
            pointer(&version),
            pointer(&referrer),
            list.as_ref().map_or(ptr::null(), Guarded::as_ptr),
            flags,
        )
    })
}

/// [`openwinhttp::WinHttpSetTimeouts`], by way of the raw face.
pub fn WinHttpSetTimeouts(handle: HINTERNET, resolve: i32, connect: i32, send: i32, receive: i32) -> Result<()> {
    // SAFETY: there is no pointer.
    of_bool(unsafe { winhttp::WinHttpSetTimeouts(raw(handle), resolve, connect, send, receive) })
}

/// [`openwinhttp::WinHttpCloseHandle`], by way of the raw face.
pub fn WinHttpCloseHandle(handle: HINTERNET) -> Result<()> {
    // SAFETY: there is no pointer.
    of_bool(unsafe { winhttp::WinHttpCloseHandle(raw(handle)) })
}

/// A handle as a program in C holds it.
pub(crate) fn raw(handle: HINTERNET) -> *mut c_void {
    ptr::without_provenance_mut(handle.as_raw())
}

/// Pointers to these texts, and a NULL behind them.
fn list(texts: &[Guarded]) -> Guarded {
    let pointers = texts.iter().map(|text| text.as_ptr::<u16>().expose_provenance()).chain([0]);
    Guarded::new(&pointers.flat_map(usize::to_ne_bytes).collect::<Vec<_>>())
}
