//! Header fields: of the request, and of the answer.

use openwinhttp::*;
use openwinhttp_sys::winhttp;

use crate::handles::raw;
use crate::memory::{Guarded, units};
use crate::outcome::of_bool;
use crate::query::Query;

/// [`openwinhttp::WinHttpAddRequestHeaders`], by way of the raw face.
pub fn WinHttpAddRequestHeaders(request: HINTERNET, headers: &str, modifiers: u32) -> Result<()> {
    let block = Guarded::counted_text(headers);
    // SAFETY: there are as many units of text as the length says.
    of_bool(unsafe { winhttp::WinHttpAddRequestHeaders(raw(request), block.as_ptr(), units(headers), modifiers) })
}

/// [`openwinhttp::WinHttpQueryHeaders`], by way of the raw face: the size is asked for first.
pub fn WinHttpQueryHeaders(
    request: HINTERNET,
    info_level: u32,
    name: Option<&str>,
    index: Option<&mut u32>,
) -> Result<HeaderValue> {
    Query::new(request, info_level, name).value(index)
}

/// [`openwinhttp::WinHttpQueryHeadersBuffer`], by way of the raw face.
pub fn WinHttpQueryHeadersBuffer(
    request: HINTERNET,
    info_level: u32,
    name: Option<&str>,
    buffer: Option<&mut [u8]>,
    buffer_length: &mut u32,
    index: Option<&mut u32>,
) -> Result<()> {
    Query::new(request, info_level, name).fill(buffer, buffer_length, index)
}
