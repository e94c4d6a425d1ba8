//! Options.

use std::ffi::c_void;

use openwinhttp::{OptionChange, OptionExtent, OptionKind, OptionQuestion, OptionValue};
use windows_sys::core::BOOL;

use super::callback::{callback, function};
use crate::edge::{edge, handle};
use crate::event::event;
use crate::memory::{Place, bytes, room, text_within};

/// [`openwinhttp::WinHttpQueryOptionBuffer`]: what fits is stored, together with its length in bytes without the NUL.
/// Else the call fails with `ERROR_INSUFFICIENT_BUFFER` and stores the length that is needed. `lpdwbufferlength` must not
/// be NULL.
///
/// # Safety
///
/// See [`winhttp`](super).
pub unsafe extern "system" fn WinHttpQueryOption(
    hinternet: *mut c_void,
    dwoption: u32,
    lpbuffer: *mut c_void,
    lpdwbufferlength: *mut u32,
) -> BOOL {
    edge(|| {
        // SAFETY: the caller keeps to the rules of the module.
        let place = unsafe { Place::new(lpdwbufferlength) };
        let question = OptionQuestion::new(handle(hinternet), dwoption, !place.is_null())?;
        let mut length = place.get().unwrap_or_default();
        // SAFETY: as before.
        let buffer = (!lpbuffer.is_null()).then(|| unsafe { room(lpbuffer, length) }).transpose()?;
        let outcome = question.fill(buffer, &mut length);
        place.set(length);
        outcome
    })
}

/// [`openwinhttp::WinHttpSetOption`]. A length that does not fit the option is noticed before the buffer is looked at.
///
/// # Safety
///
/// See [`winhttp`](super). Text ends at a NUL, if there is one within its length. For `WINHTTP_OPTION_CALLBACK` the buffer
/// has a function as for [`WinHttpSetStatusCallback`](super::WinHttpSetStatusCallback), or NULL. For
/// `WINHTTP_OPTION_UNLOAD_NOTIFY_EVENT` it has the handle of an event, on Unix the address of a semaphore (`sem_t`), or
/// NULL; what is there has to stay until it was set, on Unix posted.
pub unsafe extern "system" fn WinHttpSetOption(
    hinternet: *const c_void,
    dwoption: u32,
    lpbuffer: *const c_void,
    dwbufferlength: u32,
) -> BOOL {
    edge(|| {
        let has_buffer = !lpbuffer.is_null() || dwbufferlength == 0;
        let change = OptionChange::new(handle(hinternet), dwoption, has_buffer)?;
        let value = match change.extent(dwbufferlength)? {
            // SAFETY: the caller keeps to the rules of the module.
            OptionExtent::Characters(count) => OptionValue::Text(unsafe { text_within(lpbuffer.cast(), count)? }),
            OptionExtent::Bytes(count) => {
                // SAFETY: as before, and what is given as a callback or an event is one.
                let (bytes, value_at) = unsafe { (bytes(lpbuffer, count)?, |kind, at| value_at(kind, at)) };
                change.read(bytes, value_at)?
            }
        };
        change.set(value)
    })
}

/// The value that is an address in a buffer.
///
/// # Safety
///
/// See [`WinHttpSetOption`].
unsafe fn value_at(kind: OptionKind, address: usize) -> OptionValue {
    match kind {
        // SAFETY: by the contract of this function.
        OptionKind::Event => OptionValue::Event(unsafe { event(address) }),
        // SAFETY: as before.
        _ => OptionValue::Callback(unsafe { function(address) }.map(callback)),
    }
}
