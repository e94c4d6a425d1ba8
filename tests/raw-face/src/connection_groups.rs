//! The connections to a host.

use std::ptr::{null, null_mut};
use std::slice;

use openwinhttp::*;
use openwinhttp_sys::winhttp;

use crate::handles::raw;
use crate::memory::Guarded;
use crate::outcome::of_code;

/// [`openwinhttp::WinHttpQueryConnectionGroup`], by way of the raw face. The result is copied, and freed.
pub fn WinHttpQueryConnectionGroup(
    handle: HINTERNET,
    connection_guid: Option<&[u8; 16]>,
    flags: u64,
) -> Result<Vec<HostConnectionGroup>> {
    let guid = connection_guid.map(|guid| Guarded::new(guid));
    let guid = guid.as_ref().map_or(null(), Guarded::as_ptr);
    let mut result = null_mut();
    // SAFETY: the GUID is one or NULL, and the result can be written.
    let outcome = of_code(unsafe { winhttp::WinHttpQueryConnectionGroup(raw(handle), guid, flags, &raw mut result) });
    assert_eq!(outcome.is_ok(), !result.is_null(), "a failure writes no result");
    outcome?;
    // SAFETY: it was handed out by this call, and is freed once.
    unsafe {
        let copy = copy(&*result);
        winhttp::WinHttpFreeQueryConnectionGroupResult(result);
        Ok(copy)
    }
}

/// # Safety
///
/// The pointers lead to as many as the counts say.
unsafe fn copy(result: &WINHTTP_QUERY_CONNECTION_GROUP_RESULT) -> Vec<HostConnectionGroup> {
    assert_eq!(result.cHosts == 0, result.pHostConnectionGroups.is_null());
    if result.cHosts == 0 {
        return Vec::new();
    }
    // SAFETY: by the contract of this function.
    let hosts = unsafe { slice::from_raw_parts(result.pHostConnectionGroups, result.cHosts as usize) };
    // SAFETY: the same.
    hosts.iter().map(|host| unsafe { copy_host(host) }).collect()
}

/// # Safety
///
/// As for [`copy`]; the name ends with a NUL.
unsafe fn copy_host(host: &WINHTTP_HOST_CONNECTION_GROUP) -> HostConnectionGroup {
    // SAFETY: by the contract of this function; nothing behind the NUL is read.
    let units = (0..).map(|at| unsafe { host.pwszHost.add(at).read() }).take_while(|unit| *unit != 0);
    let name = String::from_utf16(&units.collect::<Vec<_>>()).expect("UTF-16");
    // SAFETY: by the contract of this function.
    let groups = unsafe { slice::from_raw_parts(host.pConnectionGroups, host.cConnectionGroups as usize) };
    let group = |group: &WINHTTP_CONNECTION_GROUP| {
        let guid = &group.guidGroup;
        let (start, middle) = (guid.data1.to_ne_bytes(), [guid.data2.to_ne_bytes(), guid.data3.to_ne_bytes()].concat());
        let bytes = [start.as_slice(), &middle, &guid.data4].concat();
        ConnectionGroup { connections: group.cConnections, guid: bytes.try_into().unwrap() }
    };
    HostConnectionGroup { host: name, groups: groups.iter().map(group).collect() }
}
