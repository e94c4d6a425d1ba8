//! The public names of `openwinhttp`; but every session is asynchronous, and each call that uses the network waits for
//! its completion.
//!
//! A package that depends on this one under the name `openwinhttp` runs in that mode, and its source stays as it is. On the
//! way every call is checked for what it must leave behind: exactly one completion, of the right kind, and none without
//! an operation.
//!
//! Codes alone come back, so an error of the network has no cause here.

#![allow(non_snake_case)]
// This crate is test support: a panic is how it reports that a call broke a rule, and it waits.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

mod callback;
mod handles;
mod transfer;
mod waiter;

pub use openwinhttp::*;

pub use callback::{Callback, WinHttpSetStatusCallback};
pub use handles::{WinHttpCloseHandle, WinHttpConnect, WinHttpOpen, WinHttpOpenRequest};
pub use transfer::{
    WinHttpQueryDataAvailable, WinHttpReadData, WinHttpReadDataEx, WinHttpReceiveResponse, WinHttpSendRequest,
    WinHttpWriteData,
};
