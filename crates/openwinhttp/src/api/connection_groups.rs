//! `WinHttpQueryConnectionGroup`.

use openwinhttp_abi::*;
use openwinhttp_net as net;
use openwinhttp_wire::Host;

use crate::errors::{Result, fail};
use crate::handle::HINTERNET;
use crate::last_error::remember;
use crate::objects::{self, Object};

/// The connections to a host, as [`WinHttpQueryConnectionGroup`] gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostConnectionGroup {
    /// The name or the address of the host.
    pub host: String,
    /// Its connections, by their GUIDs.
    pub groups: Vec<ConnectionGroup>,
}

/// Connections to one host that have the same GUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionGroup {
    /// How many there are.
    pub connections: u32,
    /// The bytes of the GUID, as they lie in memory; zeros for connections that have none.
    pub guid: [u8; 16],
}

/// Counts the connections of the process to a server: those that requests use, and those that are kept.
///
/// # Windows signature
///
/// ```c
/// DWORD WinHttpQueryConnectionGroup(HINTERNET hInternet, const GUID *pGuidConnection, ULONGLONG ullFlags,
///                                   PWINHTTP_QUERY_CONNECTION_GROUP_RESULT *ppResult);
/// VOID WinHttpFreeQueryConnectionGroupResult(WINHTTP_QUERY_CONNECTION_GROUP_RESULT *pResult);
/// ```
///
/// # Parameters
///
/// | here | Windows | meaning |
/// |---|---|---|
/// | `handle` | `hInternet` | a request handle, or a connection handle; it tells host and port |
/// | `connection_guid` | `pGuidConnection` | only connections with this GUID; `None`: all |
/// | `flags` | `ullFlags` | `WINHTTP_QUERY_CONNECTION_GROUP_FLAG_INSECURE` asks for connections without TLS. For a request its own scheme counts, and the flag says nothing |
/// | the result | `ppResult` | the host and its connections; dropped as any value, so that `WinHttpFreeQueryConnectionGroupResult` has no counterpart |
///
/// # Returns and errors
///
/// The host with its connections, or nothing at all where there is no such connection.
///
/// - `ERROR_INVALID_HANDLE`: the handle or a parent of it is closed, or was never issued.
/// - `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`: the handle is a session.
/// - `ERROR_INVALID_PARAMETER`: `flags` has another flag.
/// - `ERROR_WINHTTP_INCORRECT_HANDLE_STATE`: another call is under way on this request.
///
/// # Callbacks, in order
///
/// None.
///
/// # Differences from Windows
///
/// None known.
///
/// # Marked connections
///
/// A request that has the option `WINHTTP_OPTION_CONNECTION_GUID` marks the connection that it uses, in place of a mark
/// that this had. Connections without a mark are in the group of zeros. `WINHTTP_OPTION_MATCH_CONNECTION_GUID` lets a
/// request take a kept connection with that mark rather than another; with
/// `WINHTTP_MATCH_CONNECTION_GUID_FLAG_REQUIRE_MARKED_CONNECTION` it takes no other, and a new one is opened if there is
/// none.
///
/// # Example
///
/// ```no_run
/// # use openwinhttp::*;
/// # fn count(request: HINTERNET) -> Result<u32> {
/// let hosts = WinHttpQueryConnectionGroup(request, None, 0)?;
/// Ok(hosts.iter().flat_map(|host| &host.groups).map(|group| group.connections).sum())
/// # }
/// ```
///
/// Source: [WinHttpQueryConnectionGroup](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpqueryconnectiongroup).
pub fn WinHttpQueryConnectionGroup(
    handle: HINTERNET,
    connection_guid: Option<&[u8; 16]>,
    flags: u64,
) -> Result<Vec<HostConnectionGroup>> {
    remember(query_connection_group(handle, connection_guid, flags))
}

fn query_connection_group(
    handle: HINTERNET,
    connection_guid: Option<&[u8; 16]>,
    flags: u64,
) -> Result<Vec<HostConnectionGroup>> {
    let (host, port, secure) = server_of(&objects::find(handle)?, flags)?;
    let counted = net::connections(&host, port, secure).into_iter();
    let wanted = counted.filter(|(guid, _)| connection_guid.is_none_or(|wanted| wanted == guid));
    let groups: Vec<_> = wanted.map(|(guid, connections)| ConnectionGroup { connections, guid }).collect();
    let is_empty = groups.is_empty();
    let host = HostConnectionGroup { host: host.as_str().to_owned(), groups };
    Ok(Vec::from_iter((!is_empty).then_some(host)))
}

/// The server that is meant, and whether it is reached by TLS.
fn server_of(object: &Object, flags: u64) -> Result<(Host, u16, bool)> {
    let is_insecure = flags & WINHTTP_QUERY_CONNECTION_GROUP_FLAG_INSECURE != 0;
    match object {
        Object::Session(_) => fail(ERROR_WINHTTP_INCORRECT_HANDLE_TYPE),
        _ if flags & !WINHTTP_QUERY_CONNECTION_GROUP_FLAG_INSECURE != 0 => fail(ERROR_INVALID_PARAMETER),
        Object::Connection(connection) => {
            let (host, port) = connection.server(!is_insecure);
            Ok((host, port, !is_insecure))
        }
        Object::Request(request) => request.with_exchange(|exchange| {
            let place = exchange.place(request);
            Ok((place.host, place.port, place.secure))
        }),
    }
}
