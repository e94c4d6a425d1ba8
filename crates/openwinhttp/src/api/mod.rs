//! The functions of winhttp.h: argument checks, then one call down.
//!
//! `WinHttpQueryDataAvailable` calls `query_data_available`: each public function has a twin in lower case that does
//! the work, and adds that its outcome is remembered for `GetLastError`.
#![allow(non_snake_case)]

mod callback;
mod connection;
mod handles;
mod headers;
mod query_headers;
mod request;
mod session;
mod time;
mod transfer;
mod url;

pub use callback::WinHttpSetStatusCallback;
pub use connection::WinHttpConnect;
pub use handles::{WinHttpCloseHandle, WinHttpSetTimeouts};
pub use headers::WinHttpAddRequestHeaders;
pub use query_headers::{HeaderValue, WinHttpQueryHeaders, WinHttpQueryHeadersBuffer};
pub use request::WinHttpOpenRequest;
pub use session::WinHttpOpen;
pub use time::{WinHttpCheckPlatform, WinHttpTimeFromSystemTime, WinHttpTimeToSystemTime};
pub use transfer::{
    WinHttpQueryDataAvailable, WinHttpReadData, WinHttpReceiveResponse, WinHttpSendRequest, WinHttpWriteData,
};
pub use url::{CrackedUrl, UrlComponents, UrlPart, WinHttpCrackUrl, WinHttpCreateUrl};
