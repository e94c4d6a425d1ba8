//! The functions of winhttp.h: argument checks, then one call down.
//!
//! `WinHttpQueryDataAvailable` calls `query_data_available`: each public function has a twin in lower case that does
//! the work, and adds that its outcome is remembered for `GetLastError`.
#![allow(non_snake_case)]

mod callback;
mod connection;
mod connection_groups;
mod handles;
mod headers;
mod options;
mod query_headers;
mod query_headers_ex;
mod read;
mod request;
mod session;
mod time;
mod transfer;
mod url;

pub use callback::WinHttpSetStatusCallback;
pub use connection::WinHttpConnect;
pub use connection_groups::{ConnectionGroup, HostConnectionGroup, WinHttpQueryConnectionGroup};
pub use handles::{WinHttpCloseHandle, WinHttpSetTimeouts};
pub use headers::{WinHttpAddRequestHeaders, WinHttpAddRequestHeadersEx};
pub use options::{WinHttpQueryOption, WinHttpQueryOptionBuffer, WinHttpSetOption};
pub use query_headers::{HeaderValue, WinHttpQueryHeaders, WinHttpQueryHeadersBuffer};
pub use query_headers_ex::{ExtendedHeader, WinHttpQueryHeadersEx};
pub use read::{
    WinHttpQueryDataAvailable, WinHttpReadData, WinHttpReadDataBuffer, WinHttpReadDataEx, WinHttpReadDataExBuffer,
};
#[doc(hidden)]
pub use read::{data_available, read_data_lent};
pub use request::WinHttpOpenRequest;
pub use session::WinHttpOpen;
pub use time::{WinHttpCheckPlatform, WinHttpTimeFromSystemTime, WinHttpTimeToSystemTime};
#[doc(hidden)]
pub use transfer::write_data_lent;
pub use transfer::{WinHttpReceiveResponse, WinHttpSendRequest, WinHttpWriteData};
pub use url::{CrackedUrl, UrlComponents, UrlPart, WinHttpCrackUrl, WinHttpCreateUrl};
