//! The connections to a host.

use std::ffi::c_void;
use std::ptr::null_mut;

use openwinhttp::HostConnectionGroup;
use openwinhttp_abi::*;
use windows_sys::core::GUID;

use crate::edge::{edge, fail, handle_of};
use crate::memory::Place;

/// [`openwinhttp::WinHttpQueryConnectionGroup`]. What `ppresult` gets is to be freed with
/// [`WinHttpFreeQueryConnectionGroupResult`]; it must not be NULL, and is written after success only.
///
/// # Safety
///
/// See [`winhttp`](super).
pub unsafe extern "system" fn WinHttpQueryConnectionGroup(
    hinternet: *const c_void,
    pguidconnection: *const GUID,
    ullflags: u64,
    ppresult: *mut *mut WINHTTP_QUERY_CONNECTION_GROUP_RESULT,
) -> u32 {
    edge(|| {
        let handle = handle_of(hinternet, WINHTTP_HANDLE_TYPE_CONNECT)
            .or_else(|_| handle_of(hinternet, WINHTTP_HANDLE_TYPE_REQUEST))?;
        // SAFETY: the caller keeps to the rules of the module, and a GUID is 16 bytes.
        let (guid, result) = unsafe { (Place::new(pguidconnection.cast_mut().cast()), Place::new(ppresult)) };
        if result.is_null() {
            return fail(ERROR_INVALID_PARAMETER);
        }
        let hosts = openwinhttp::WinHttpQueryConnectionGroup(handle, guid.get().as_ref(), ullflags)?;
        result.set(hand_out(&hosts));
        Ok(())
    })
}

/// Frees what [`WinHttpQueryConnectionGroup`] has handed out. NULL is fine.
///
/// # Safety
///
/// `presult` is NULL, or came from that function and was not freed yet.
pub unsafe extern "system" fn WinHttpFreeQueryConnectionGroupResult(
    presult: *mut WINHTTP_QUERY_CONNECTION_GROUP_RESULT,
) {
    edge(|| {
        if !presult.is_null() {
            // SAFETY: it came from `hand_out`, by the contract of this function.
            drop(unsafe { Box::from_raw(presult.cast::<HandedOut>()) });
        }
        Ok(())
    })
}

/// A result, and what its pointers lead to.
#[repr(C)]
struct HandedOut {
    /// The first field, so that a pointer to it is one to all.
    result: WINHTTP_QUERY_CONNECTION_GROUP_RESULT,
    _hosts: Vec<WINHTTP_HOST_CONNECTION_GROUP>,
    _groups: Vec<Vec<WINHTTP_CONNECTION_GROUP>>,
    _names: Vec<Vec<u16>>,
}

fn hand_out(hosts: &[HostConnectionGroup]) -> *mut WINHTTP_QUERY_CONNECTION_GROUP_RESULT {
    let names: Vec<Vec<u16>> = hosts.iter().map(|host| host.host.encode_utf16().chain([0]).collect()).collect();
    let mut groups: Vec<_> = hosts.iter().map(groups_of).collect();
    let mut hosts: Vec<_> = names.iter().zip(&mut groups).map(|(name, groups)| host_of(name, groups)).collect();
    let start = if hosts.is_empty() { null_mut() } else { hosts.as_mut_ptr() };
    let result = WINHTTP_QUERY_CONNECTION_GROUP_RESULT { cHosts: hosts.len() as u32, pHostConnectionGroups: start };
    let handed_out = Box::new(HandedOut { result, _hosts: hosts, _groups: groups, _names: names });
    Box::into_raw(handed_out).cast()
}

fn host_of(name: &[u16], groups: &mut [WINHTTP_CONNECTION_GROUP]) -> WINHTTP_HOST_CONNECTION_GROUP {
    WINHTTP_HOST_CONNECTION_GROUP {
        pwszHost: name.as_ptr(),
        cConnectionGroups: groups.len() as u32,
        pConnectionGroups: groups.as_mut_ptr(),
    }
}

fn groups_of(host: &HostConnectionGroup) -> Vec<WINHTTP_CONNECTION_GROUP> {
    let group = |group: &openwinhttp::ConnectionGroup| WINHTTP_CONNECTION_GROUP {
        cConnections: group.connections,
        // SAFETY: a GUID is 16 bytes, which may have any value.
        guidGroup: unsafe { std::mem::transmute::<[u8; 16], GUID>(group.guid) },
    };
    host.groups.iter().map(group).collect()
}
