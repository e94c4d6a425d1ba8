//! Floor 0 of openwinhttp: the names of winhttp.h and the tables that the other floors are driven by.
//!
//! Types, constants and structures come from `windows-sys`, that is, from Microsoft's own metadata; nothing is retyped.
//! [`additions`] has the few names that the metadata lacks.
#![no_std]
#![forbid(unsafe_code)]

pub mod additions;
mod errors;
mod options;
mod query;
mod winhttp;

pub use additions::*;
pub use errors::{ERRORS, ErrorRow, error_row};
pub use options::{
    CONNECTION_INFO_START, FEATURES, HandleTypes, OPTIONS, OptionKind, OptionRow, OptionRule, OptionStore,
    SETTING_DEFAULTS, SOCKADDR_STORAGE, Setting, option_row,
};
pub use query::{Attribute, QUERY_LEVELS, QUERY_MODIFIERS, attribute};
pub use winhttp::*;

pub use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_INSUFFICIENT_BUFFER, ERROR_INVALID_HANDLE, ERROR_INVALID_OPERATION,
    ERROR_INVALID_PARAMETER, ERROR_IO_PENDING, ERROR_NOT_ENOUGH_MEMORY, ERROR_NOT_SUPPORTED, ERROR_SUCCESS, SYSTEMTIME,
};
