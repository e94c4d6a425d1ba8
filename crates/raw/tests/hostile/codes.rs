//! The codes that calls tell, by short names.

use openwinhttp_sys::Win32::Foundation::*;
use openwinhttp_sys::Win32::Networking::WinHttp::*;

pub(crate) const NO_HANDLE: u32 = ERROR_INVALID_HANDLE;
pub(crate) const NOT_YET: u32 = ERROR_NOT_SUPPORTED;
pub(crate) const INVALID: u32 = ERROR_INVALID_PARAMETER;
pub(crate) const SHORT: u32 = ERROR_INSUFFICIENT_BUFFER;
pub(crate) const INVALID_URL: u32 = ERROR_WINHTTP_INVALID_URL;
pub(crate) const WRONG_TYPE: u32 = ERROR_WINHTTP_INCORRECT_HANDLE_TYPE;
pub(crate) const STATE: u32 = ERROR_WINHTTP_INCORRECT_HANDLE_STATE;
pub(crate) const REFUSED: u32 = ERROR_WINHTTP_CANNOT_CONNECT;
pub(crate) const BROKEN: u32 = ERROR_WINHTTP_CONNECTION_ERROR;
pub(crate) const MISSING: u32 = ERROR_WINHTTP_HEADER_NOT_FOUND;
