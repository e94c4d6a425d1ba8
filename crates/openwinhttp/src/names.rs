//! The names of winhttp.h that the functions of this crate take and give.

pub use openwinhttp_abi::*;

/// `WINHTTP_NO_PROXY_NAME` of winhttp.h: no proxy is named.
pub const WINHTTP_NO_PROXY_NAME: Option<&str> = None;
/// `WINHTTP_NO_PROXY_BYPASS` of winhttp.h: no server is reached without the proxy.
pub const WINHTTP_NO_PROXY_BYPASS: Option<&str> = None;
/// `WINHTTP_NO_REFERER` of winhttp.h: no Referer field.
pub const WINHTTP_NO_REFERER: Option<&str> = None;
/// `WINHTTP_DEFAULT_ACCEPT_TYPES` of winhttp.h: no Accept field.
pub const WINHTTP_DEFAULT_ACCEPT_TYPES: Option<&[&str]> = None;
/// `WINHTTP_NO_ADDITIONAL_HEADERS` of winhttp.h: no further header fields.
pub const WINHTTP_NO_ADDITIONAL_HEADERS: Option<&str> = None;
/// `WINHTTP_NO_REQUEST_DATA` of winhttp.h: no body along with the head.
pub const WINHTTP_NO_REQUEST_DATA: Option<&[u8]> = None;
/// `WINHTTP_HEADER_NAME_BY_INDEX` of winhttp.h: the information level names the header.
pub const WINHTTP_HEADER_NAME_BY_INDEX: Option<&str> = None;
/// `WINHTTP_NO_OUTPUT_BUFFER` of winhttp.h: only the size is asked for.
pub const WINHTTP_NO_OUTPUT_BUFFER: Option<&mut [u8]> = None;
/// `WINHTTP_NO_HEADER_INDEX` of winhttp.h: the first header of the name.
pub const WINHTTP_NO_HEADER_INDEX: Option<&mut u32> = None;
