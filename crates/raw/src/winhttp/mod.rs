//! The functions of winhttp.h: each converts its arguments, makes the call of the same name in [`openwinhttp`], and
//! converts what comes back.
//!
//! # Safety
//!
//! The same rules hold for every function:
//!
//! - A handle may be any value; one that is not open gives `ERROR_INVALID_HANDLE`.
//! - Text (`PCWSTR`) is NULL where the function's page allows it, or leads to UTF-16 up to a NUL; where a length comes
//!   with it, to as many code units, and a length of `u32::MAX` stands for "up to the NUL".
//! - A buffer is NULL, or leads to as many bytes as the length beside it says. What the function fills must be good for
//!   writes; memory that a program in Rust gives to it must be initialised.
//! - A place for a result (`*mut u32` and the like) is NULL where the function's page allows it, or good for writes, and for
//!   reads where it is also an argument.
//! - Nothing needs to be aligned. Nothing may be used by another thread meanwhile.
//!
//! NULL where it is not allowed gives `ERROR_INVALID_PARAMETER`, after the handle was checked, unless the page says
//! otherwise. Text that is not well-formed UTF-16 gives it too.

/// Makes functions that check their handle and then fail with `ERROR_NOT_SUPPORTED`.
macro_rules! not_yet {
    ($($check:expr => fn $name:ident($($argument:ident: $type:ty),*) $(-> $returned:ty)?;)*) => {
        $(
            /// Not yet: fails with `ERROR_NOT_SUPPORTED`.
            ///
            /// # Safety
            ///
            /// No pointer is followed: every call is safe.
            pub unsafe extern "system" fn $name($($argument: $type),*) $(-> $returned)? {
                $(let _ = $argument;)*
                $crate::edge::edge(|| {
                    $check?;
                    $crate::edge::fail(openwinhttp_abi::ERROR_NOT_SUPPORTED)
                })
            }
        )*
    };
}

mod callback;
mod connection_groups;
mod handles;
mod headers;
mod headers_ex;
mod later;
mod options;
mod time;
mod transfer;
mod url;

pub use callback::*;
pub use connection_groups::*;
pub use handles::*;
pub use headers::*;
pub use headers_ex::*;
pub use later::*;
pub use options::*;
pub use time::*;
pub use transfer::*;
pub use url::*;
