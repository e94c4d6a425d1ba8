//! Status callbacks.

use std::ffi::c_void;

use openwinhttp::{Callback, Status};
use openwinhttp_abi::*;

use crate::edge::{edge, handle, pointer, show_last_error};
use crate::memory::lent_from;

/// [`openwinhttp::WinHttpSetStatusCallback`]; gives the function that was set before, or NULL, and
/// `WINHTTP_INVALID_STATUS_CALLBACK` after a failure.
///
/// What `lpvStatusInformation` leads to is good until the callback returns: text up to a NUL, whose length counts code
/// units with the NUL, a `u32`, a handle, or a `WINHTTP_ASYNC_RESULT`. Only that of `READ_COMPLETE` is the buffer of the
/// caller, whose length is the count of bytes in it.
///
/// # Safety
///
/// `lpfninternetcallback` is NULL, or a function that may be called on any thread until it is replaced and the calls
/// under way have ended. It returns: no exception and no `longjmp` leaves it.
pub unsafe extern "system" fn WinHttpSetStatusCallback(
    hinternet: *mut c_void,
    lpfninternetcallback: WINHTTP_STATUS_CALLBACK,
    dwnotificationflags: u32,
    dwreserved: usize,
) -> WINHTTP_STATUS_CALLBACK {
    edge(|| {
        let callback = lpfninternetcallback.map(callback);
        let before =
            openwinhttp::WinHttpSetStatusCallback(handle(hinternet), callback, dwnotificationflags, dwreserved)?;
        // SAFETY: a tag is the address of a function, by `callback`.
        Ok(before.and_then(|before| unsafe { function(before.tag()) }))
    })
}

type Function = unsafe extern "system" fn(*mut c_void, usize, u32, *mut c_void, u32);

/// A callback that calls `function`, tagged with its address.
pub(super) fn callback(function: Function) -> Callback {
    let call = move |handle, context, status: Status<'_>| {
        let mut information = Information::of(&status);
        let (place, length) = information.place();
        if let Status::RequestError { .. } = status {
            show_last_error();
        }
        // SAFETY: the caller of `WinHttpSetStatusCallback` lets this function be called; `place` leads to a local.
        unsafe { function(pointer(handle), context, status.code(), place, length) };
    };
    Callback::new(call).with_tag(function as usize)
}

/// The function at an address: the tag of a callback that this face has set (another face sets none), or what a caller
/// has put into a buffer.
///
/// # Safety
///
/// The address is 0, which is NULL, or that of a function of this type.
pub(super) unsafe fn function(address: usize) -> WINHTTP_STATUS_CALLBACK {
    // SAFETY: by the contract of this function.
    unsafe { std::mem::transmute::<usize, WINHTTP_STATUS_CALLBACK>(address) }
}

/// What `lpvStatusInformation` leads to.
enum Information {
    Nothing,
    Text(Vec<u16>),
    Number(u32),
    Handle(*mut c_void),
    Result(WINHTTP_ASYNC_RESULT),
    /// What was read, where the caller of the read wants it.
    Read(*mut c_void, u32),
}

impl Information {
    fn of(status: &Status<'_>) -> Self {
        match status {
            Status::ResolvingName(name) => Self::text(name),
            Status::Redirect(url) => Self::text(url),
            Status::NameResolved(address)
            | Status::ConnectingToServer(address)
            | Status::ConnectedToServer(address) => Self::text(&address.to_string()),
            Status::RequestSent(number)
            | Status::ResponseReceived(number)
            | Status::IntermediateResponse(number)
            | Status::SecureFailure(number)
            | Status::DataAvailable(number)
            | Status::WriteComplete(number) => Self::Number(*number),
            Status::RequestError { function, error } => {
                Self::Result(WINHTTP_ASYNC_RESULT { dwResult: *function as usize, dwError: *error })
            }
            Status::ReadCompleteAt { address, count } => Self::Read(lent_from(*address), *count as u32),
            Status::ReadComplete { buffer, count } => Self::Read(buffer.as_ptr().cast_mut().cast(), *count as u32),
            Status::HandleCreated(handle) | Status::HandleClosing(handle) => Self::Handle(pointer(*handle)),
            _ => Self::Nothing,
        }
    }

    fn text(text: &str) -> Self {
        Self::Text(text.encode_utf16().chain([0]).collect())
    }

    fn place(&mut self) -> (*mut c_void, u32) {
        match self {
            Self::Nothing => (std::ptr::null_mut(), 0),
            Self::Text(text) => (text.as_mut_ptr().cast(), text.len() as u32),
            Self::Number(number) => ((&raw mut *number).cast(), size_of::<u32>() as u32),
            Self::Result(result) => ((&raw mut *result).cast(), size_of::<WINHTTP_ASYNC_RESULT>() as u32),
            Self::Read(start, count) => (*start, *count),
            Self::Handle(handle) => ((&raw mut *handle).cast(), size_of::<*mut c_void>() as u32),
        }
    }
}
