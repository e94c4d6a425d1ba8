//! The WinHTTP API in pure Rust, for Linux, macOS and Windows.
//!
//! The functions have the names and the order of arguments of winhttp.h; pointers and lengths became `&str` and slices,
//! out-parameters became results. A program in C is translated line by line:
//!
//! ```no_run
//! use openwinhttp::*;
//!
//! # fn main() -> Result<()> {
//! let session = WinHttpOpen(
//!     Some("Example/1.0"),
//!     WINHTTP_ACCESS_TYPE_DEFAULT_PROXY,
//!     WINHTTP_NO_PROXY_NAME,
//!     WINHTTP_NO_PROXY_BYPASS,
//!     0,
//! )?;
//! let connect = WinHttpConnect(session, "www.rust-lang.org", INTERNET_DEFAULT_HTTPS_PORT, 0)?;
//! let request = WinHttpOpenRequest(
//!     connect,
//!     Some("GET"),
//!     None,
//!     None,
//!     WINHTTP_NO_REFERER,
//!     WINHTTP_DEFAULT_ACCEPT_TYPES,
//!     WINHTTP_FLAG_SECURE,
//! )?;
//! WinHttpSendRequest(request, WINHTTP_NO_ADDITIONAL_HEADERS, WINHTTP_NO_REQUEST_DATA, 0, 0)?;
//! WinHttpReceiveResponse(request)?;
//! loop {
//!     let size = WinHttpQueryDataAvailable(request)?;
//!     let mut buffer = vec![0; size];
//!     let count = WinHttpReadData(request, &mut buffer)?;
//!     if count == 0 {
//!         break;
//!     }
//!     print!("{}", String::from_utf8_lossy(&buffer[..count]));
//! }
//! WinHttpCloseHandle(request)?;
//! WinHttpCloseHandle(connect)?;
//! WinHttpCloseHandle(session)?;
//! # Ok(())
//! # }
//! ```
//!
//! # Handles
//!
//! A session ([`WinHttpOpen`]) is the parent of its connections ([`WinHttpConnect`]), a connection that of its requests
//! ([`WinHttpOpenRequest`]). An [`HINTERNET`] is `Copy` and is closed by hand, as ported code does;
//! [`Owned`] closes it on drop. Once a parent is closed, every call on a child but [`WinHttpCloseHandle`] gives
//! `ERROR_INVALID_HANDLE`. A closed, forged or recycled value never reaches another object.
//!
//! # Asynchronous sessions
//!
//! With `WINHTTP_FLAG_ASYNC`, calls that use the network do not wait; a [`Callback`] is told the outcome, as a [`Status`].
//! Thousands of requests can be under way, on a few threads. Reads lend a buffer and get it back:
//! [`WinHttpReadDataBuffer`].
//!
//! # Errors
//!
//! A failed call gives an [`Error`] with the code that winhttp.h documents, and its cause; [`GetLastError`] gives the
//! same code on the same thread, and 0 after a call that succeeded.
#![forbid(unsafe_code)]

mod api;
mod errors;
mod exchange;
pub mod ext;
#[cfg(feature = "future")]
pub mod future;
mod handle;
mod last_error;
mod names;
mod notice;
mod objects;
mod operation;
mod options;
mod policy;
mod strand;
mod sync;
mod table;

pub use api::*;
pub use errors::{Error, Result};
#[doc(hidden)]
pub use handle::Share;
pub use handle::{HINTERNET, Owned};
pub use last_error::{GetLastError, SetLastError};
pub use names::*;
pub use notice::{Callback, Status};
#[doc(hidden)]
pub use operation::Lease;
pub use options::{
    ConnectionInfo, Event, FailedConnectionRetries, HttpVersion, MatchConnectionGuid, OptionValue, RequestStats,
    RequestTimes, TcpKeepalive,
};
#[doc(hidden)]
pub use options::{OptionChange, OptionExtent, OptionQuestion};

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
