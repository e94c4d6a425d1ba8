//! The texts of errors: what `FormatMessage` finds in the message tables of the system and of winhttp.dll.

use std::ffi::c_void;
use std::ptr;

use openwinhttp::Result;
use openwinhttp_abi::*;
use windows_sys::Win32::Foundation::ERROR_MR_MID_NOT_FOUND;
use windows_sys::Win32::System::Diagnostics::Debug::*;
use windows_sys::Win32::System::Memory::LMEM_FIXED;
use windows_sys::core::{PSTR, PWSTR};

use super::LocalAlloc;
use crate::edge::{caught, fail};

/// The text of an error of this library, ended by CR LF as those of Windows are; the number of its units without the NUL.
///
/// `dwflags` has `FORMAT_MESSAGE_FROM_SYSTEM` or `FORMAT_MESSAGE_FROM_HMODULE`, which find the same texts. With
/// `FORMAT_MESSAGE_ALLOCATE_BUFFER` `lpbuffer` is the place for a pointer to memory, to be freed with `LocalFree`. No text
/// has inserts, so `arguments` is ignored; so are the language and the source.
///
/// 0 after a failure, with the last error `ERROR_MR_MID_NOT_FOUND` for a code that is none of ours,
/// `ERROR_INSUFFICIENT_BUFFER`, or `ERROR_INVALID_PARAMETER` for other sources of text and for a NULL buffer.
///
/// # Safety
///
/// `lpbuffer` is NULL, or good for writes of `nsize` units, or of one pointer.
pub unsafe extern "system" fn FormatMessageW(
    dwflags: FORMAT_MESSAGE_OPTIONS,
    _lpsource: *const c_void,
    dwmessageid: u32,
    _dwlanguageid: u32,
    lpbuffer: PWSTR,
    nsize: u32,
    _arguments: *const *const i8,
) -> u32 {
    // SAFETY: the contract is the same.
    unsafe { format_message(dwflags, dwmessageid, lpbuffer, nsize, |text| text.encode_utf16().collect()) }
}

/// [`FormatMessageW`] with text in bytes; all of it is ASCII.
///
/// # Safety
///
/// As for [`FormatMessageW`].
pub unsafe extern "system" fn FormatMessageA(
    dwflags: FORMAT_MESSAGE_OPTIONS,
    _lpsource: *const c_void,
    dwmessageid: u32,
    _dwlanguageid: u32,
    lpbuffer: PSTR,
    nsize: u32,
    _arguments: *const *const i8,
) -> u32 {
    // SAFETY: the contract is the same.
    unsafe { format_message(dwflags, dwmessageid, lpbuffer, nsize, |text| text.bytes().collect()) }
}

/// # Safety
///
/// As for [`FormatMessageW`], with units of type `T`.
unsafe fn format_message<T: Copy + Default>(
    flags: FORMAT_MESSAGE_OPTIONS,
    code: u32,
    buffer: *mut T,
    size: u32,
    encode: impl FnOnce(&str) -> Vec<T>,
) -> u32 {
    let outcome = caught(|| {
        let mut units = encode(&message(flags, code, buffer.is_null())?);
        units.push(T::default());
        // SAFETY: `buffer` is not NULL, and good for what its flag says.
        unsafe { deliver(flags, buffer, size as usize, &units) }?;
        Ok(units.len() as u32 - 1)
    });
    openwinhttp::SetLastError(outcome.as_ref().err().map_or(ERROR_SUCCESS, |error| error.code()));
    outcome.unwrap_or(0)
}

fn message(flags: FORMAT_MESSAGE_OPTIONS, code: u32, has_no_buffer: bool) -> Result<String> {
    let is_ours = flags & (FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_FROM_HMODULE) != 0;
    if has_no_buffer || !is_ours || flags & FORMAT_MESSAGE_FROM_STRING != 0 {
        return fail(ERROR_INVALID_PARAMETER);
    }
    match error_row(code) {
        Some(row) => Ok(row.message().to_string()),
        None => fail(ERROR_MR_MID_NOT_FOUND),
    }
}

/// # Safety
///
/// `buffer` is good for writes of a pointer where `flags` ask for memory, else of `size` units.
unsafe fn deliver<T: Copy>(flags: FORMAT_MESSAGE_OPTIONS, buffer: *mut T, size: usize, units: &[T]) -> Result<()> {
    let is_to_allocate = flags & FORMAT_MESSAGE_ALLOCATE_BUFFER != 0;
    if !is_to_allocate && units.len() > size {
        return fail(ERROR_INSUFFICIENT_BUFFER);
    }
    let mut room = buffer;
    if is_to_allocate {
        // SAFETY: every call is safe.
        room = unsafe { LocalAlloc(LMEM_FIXED, units.len().max(size).saturating_mul(size_of::<T>())) }.cast();
        if room.is_null() {
            return fail(ERROR_NOT_ENOUGH_MEMORY);
        }
        // SAFETY: with this flag `buffer` is the place for a pointer.
        unsafe { buffer.cast::<*mut T>().write_unaligned(room) };
    }
    // SAFETY: there is room for so many units; they are copied as bytes, so nothing needs to be aligned.
    unsafe { ptr::copy_nonoverlapping(units.as_ptr().cast::<u8>(), room.cast::<u8>(), size_of_val(units)) };
    Ok(())
}
