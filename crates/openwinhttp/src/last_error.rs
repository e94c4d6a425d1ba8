//! The last error of each thread.
#![allow(non_snake_case)]

use std::cell::Cell;

use openwinhttp_abi::ERROR_IO_PENDING;

use crate::errors::{Error, Result};
use crate::objects::Started;
use crate::options;

thread_local! {
    static LAST: Cell<u32> = const { Cell::new(0) };
}

/// The code of the last call of this crate on this thread; 0 if it succeeded.
pub fn GetLastError() -> u32 {
    LAST.get()
}

/// Sets what [`GetLastError`] gives on this thread.
pub fn SetLastError(code: u32) {
    LAST.set(code);
}

/// Stores the outcome of a call for [`GetLastError`], and a failure of the network for `WINHTTP_OPTION_EXTENDED_ERROR`.
pub(crate) fn remember<T>(outcome: Result<T>) -> Result<T> {
    LAST.set(outcome.as_ref().err().map_or(0, Error::code));
    outcome.inspect_err(options::note)
}

/// Stores what a callback is about to be told.
pub(crate) fn remember_told(failure: Option<&Error>) {
    LAST.set(failure.map_or(0, Error::code));
    failure.into_iter().for_each(options::note);
}

/// As [`remember`], for a call that may have begun an operation: `ERROR_IO_PENDING` while its outcome was not told.
pub(crate) fn remember_started(outcome: Result<Started>) -> Result<Started> {
    let outcome = remember(outcome);
    if let Ok(Started { is_told: false, .. }) = outcome {
        LAST.set(ERROR_IO_PENDING);
    }
    outcome
}
