//! The public names of `openwinhttp`; but each of its functions goes through `openwinhttp-sys`, and back.
//!
//! A package that depends on this one under the name `openwinhttp` runs through pointers, lengths and UTF-16, and its
//! source stays as it is. On the way every call is checked for what it must leave behind: see `outcome` for the return
//! value and the last error, `memory` for what is read and written, `query` for sizes that are asked for first.
//!
//! Codes alone come back, so an error has no cause here.

#![allow(non_snake_case)]
#![allow(unsafe_code)]
// This crate is test support: a panic is how it reports that a call broke a rule.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod callback;
mod connection_groups;
pub mod ext;
mod handles;
mod headers;
mod headers_ex;
mod memory;
mod options;
mod outcome;
mod query;
mod time;
mod transfer;
mod url;

pub use openwinhttp::*;

pub use callback::{Callback, WinHttpSetStatusCallback};
pub use connection_groups::WinHttpQueryConnectionGroup;
pub use handles::{WinHttpCloseHandle, WinHttpConnect, WinHttpOpen, WinHttpOpenRequest, WinHttpSetTimeouts};
pub use headers::{WinHttpAddRequestHeaders, WinHttpQueryHeaders, WinHttpQueryHeadersBuffer};
pub use headers_ex::{WinHttpAddRequestHeadersEx, WinHttpQueryHeadersEx};
pub use options::{WinHttpQueryOption, WinHttpQueryOptionBuffer, WinHttpSetOption};
pub use outcome::{GetLastError, SetLastError};
pub use time::{WinHttpCheckPlatform, WinHttpTimeFromSystemTime, WinHttpTimeToSystemTime};
pub use transfer::{
    WinHttpQueryDataAvailable, WinHttpReadData, WinHttpReadDataBuffer, WinHttpReadDataEx, WinHttpReadDataExBuffer,
    WinHttpReceiveResponse, WinHttpSendRequest, WinHttpWriteData,
};
pub use url::{WinHttpCrackUrl, WinHttpCreateUrl};
