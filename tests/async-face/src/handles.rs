//! Open and close.

use openwinhttp::*;

use crate::callback::listen;
use crate::waiter::{enter, waiter};

/// [`openwinhttp::WinHttpOpen`] with `WINHTTP_FLAG_ASYNC`.
pub fn WinHttpOpen(
    user_agent: Option<&str>,
    access_type: u32,
    proxy_name: Option<&str>,
    proxy_bypass: Option<&str>,
    flags: u32,
) -> Result<HINTERNET> {
    let handle =
        openwinhttp::WinHttpOpen(user_agent, access_type, proxy_name, proxy_bypass, flags | WINHTTP_FLAG_ASYNC)?;
    enter(handle, None, 0);
    Ok(handle)
}

/// [`openwinhttp::WinHttpConnect`].
pub fn WinHttpConnect(session: HINTERNET, server_name: &str, server_port: u16, reserved: u32) -> Result<HINTERNET> {
    let handle = openwinhttp::WinHttpConnect(session, server_name, server_port, reserved)?;
    inherit(handle, session);
    Ok(handle)
}

/// [`openwinhttp::WinHttpOpenRequest`]; the request tells this face of everything.
pub fn WinHttpOpenRequest(
    connect: HINTERNET,
    verb: Option<&str>,
    object_name: Option<&str>,
    version: Option<&str>,
    referrer: Option<&str>,
    accept_types: Option<&[&str]>,
    flags: u32,
) -> Result<HINTERNET> {
    let handle = openwinhttp::WinHttpOpenRequest(connect, verb, object_name, version, referrer, accept_types, flags)?;
    inherit(handle, connect);
    listen(handle);
    SetLastError(0);
    Ok(handle)
}

/// [`openwinhttp::WinHttpCloseHandle`].
pub fn WinHttpCloseHandle(handle: HINTERNET) -> Result<()> {
    openwinhttp::WinHttpCloseHandle(handle)
}

fn inherit(handle: HINTERNET, parent: HINTERNET) {
    let parent = waiter(parent).expect("it was opened");
    let state = parent.state();
    let (callback, flags) = (state.callback.clone(), state.flags);
    drop(state);
    enter(handle, callback, flags);
}
