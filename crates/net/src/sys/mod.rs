//! The few system calls that socket2 does not wrap: the only `unsafe` of this crate.
#![allow(unsafe_code)]

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::{
    MOST_AT_ONCE, SEND_FLAGS, TELLS_BY_ITSELF, interrupt, is_exhausted, is_readable, is_writable_within, stay_loaded,
};
#[cfg(windows)]
pub(crate) use windows::{
    MOST_AT_ONCE, SEND_FLAGS, TELLS_BY_ITSELF, interrupt, is_exhausted, is_readable, is_writable_within, stay_loaded,
};
