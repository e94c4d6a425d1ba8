//! `WinHttpOpen`.

use std::sync::Arc;

use openwinhttp_abi::*;
use openwinhttp_net::Mode;
use openwinhttp_wire::is_field_value;

use crate::errors::{Result, fail};
use crate::exchange::clock_start;
use crate::handle::HINTERNET;
use crate::last_error::remember;
use crate::objects::{self, Object, Session};

/// Opens a session: the parent of connections, with their settings in common. Nothing goes onto the network.
///
/// # Windows signature
///
/// ```c
/// HINTERNET WinHttpOpen(LPCWSTR pszAgentW, DWORD dwAccessType, LPCWSTR pszProxyW, LPCWSTR pszProxyBypassW, DWORD dwFlags);
/// ```
///
/// # Parameters
///
/// | here | Windows | meaning |
/// |---|---|---|
/// | `user_agent` | `pszAgentW` | the User-Agent field of requests that have none of their own; `None` or empty: no such field |
/// | `access_type` | `dwAccessType` | `WINHTTP_ACCESS_TYPE_DEFAULT_PROXY` or `WINHTTP_ACCESS_TYPE_NO_PROXY` |
/// | `proxy_name` | `pszProxyW` | ignored with these access types |
/// | `proxy_bypass` | `pszProxyBypassW` | ignored with these access types |
/// | `flags` | `dwFlags` | `WINHTTP_FLAG_ASYNC`, or 0 for a synchronous session; `WINHTTP_FLAG_SECURE_DEFAULTS` is asynchronous too |
///
/// In an asynchronous session the calls that use the network do not wait: each begins an operation, whose outcome a
/// status callback is told ([`Status`](crate::Status)). Every handle below the session is asynchronous with it.
///
/// # Returns and errors
///
/// A session handle, to be closed with [`WinHttpCloseHandle`](crate::WinHttpCloseHandle).
///
/// - `ERROR_INVALID_PARAMETER`: the access type is unknown, a named proxy has no name, or `user_agent` has a control
///   character in it.
/// - `ERROR_NOT_SUPPORTED`: a named or automatic proxy: not yet.
/// - `ERROR_NOT_ENOUGH_MEMORY`: there are no more handles.
///
/// # Callbacks, in order
///
/// None.
///
/// # Differences from Windows
///
/// The default proxy is none so far: connections are direct.
///
/// # Example
///
/// ```
/// use openwinhttp::*;
///
/// # fn main() -> Result<()> {
/// let session = WinHttpOpen(
///     Some("Example/1.0"),
///     WINHTTP_ACCESS_TYPE_DEFAULT_PROXY,
///     WINHTTP_NO_PROXY_NAME,
///     WINHTTP_NO_PROXY_BYPASS,
///     0,
/// )?;
/// # WinHttpCloseHandle(session)
/// # }
/// ```
///
/// Source: [WinHttpOpen](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpopen).
pub fn WinHttpOpen(
    user_agent: Option<&str>,
    access_type: u32,
    proxy_name: Option<&str>,
    proxy_bypass: Option<&str>,
    flags: u32,
) -> Result<HINTERNET> {
    let _ = proxy_bypass;
    remember(open(user_agent, access_type, proxy_name, flags))
}

fn open(user_agent: Option<&str>, access_type: u32, proxy_name: Option<&str>, flags: u32) -> Result<HINTERNET> {
    match access_type {
        WINHTTP_ACCESS_TYPE_DEFAULT_PROXY | WINHTTP_ACCESS_TYPE_NO_PROXY => {}
        WINHTTP_ACCESS_TYPE_NAMED_PROXY if proxy_name.is_none_or(str::is_empty) => {
            return fail(ERROR_INVALID_PARAMETER);
        }
        WINHTTP_ACCESS_TYPE_NAMED_PROXY | WINHTTP_ACCESS_TYPE_AUTOMATIC_PROXY => return fail(ERROR_NOT_SUPPORTED),
        _ => return fail(ERROR_INVALID_PARAMETER),
    }
    let mode = if flags & WINHTTP_FLAG_ASYNC != 0 { Mode::Asynchronous } else { Mode::Synchronous };
    clock_start();
    let user_agent = user_agent.filter(|agent| !agent.is_empty());
    if user_agent.is_some_and(|agent| !is_field_value(agent.as_bytes())) {
        return fail(ERROR_INVALID_PARAMETER);
    }
    objects::open(Object::Session(Arc::new(Session::new(user_agent, mode))))
}
