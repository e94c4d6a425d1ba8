//! The caller's memory: text, buffers, places for results. Nothing here asks for alignment, because callers of winhttp.h
//! never had to give it.

use std::ffi::{CStr, c_void};
use std::ptr;

use openwinhttp::{Lease, Result, Status};
use openwinhttp_abi::*;
use windows_sys::core::{PCSTR, PCWSTR};

use crate::edge::fail;

/// The length that stands for "up to the NUL".
pub(crate) const UP_TO_NUL: u32 = u32::MAX;

/// A place of the caller for a result, which may be NULL.
pub(crate) struct Place<T>(*mut T);

impl<T: Copy> Place<T> {
    /// # Safety
    ///
    /// `place` is NULL, or good for reads and writes of a `T` as long as this value lives, aligned or not.
    pub(crate) unsafe fn new(place: *mut T) -> Self {
        Self(place)
    }

    pub(crate) fn is_null(&self) -> bool {
        self.0.is_null()
    }

    pub(crate) fn get(&self) -> Option<T> {
        // SAFETY: not NULL, so good for reads by the contract of `new`.
        (!self.0.is_null()).then(|| unsafe { self.0.read_unaligned() })
    }

    pub(crate) fn set(&self, value: T) {
        if !self.0.is_null() {
            // SAFETY: not NULL, so good for writes by the contract of `new`.
            unsafe { self.0.write_unaligned(value) }
        }
    }
}

/// The text of a caller up to its NUL; `None` for NULL.
///
/// `ERROR_INVALID_PARAMETER` if it is not well-formed UTF-16: no half of a surrogate pair is dropped or replaced unseen.
///
/// # Safety
///
/// `text` is NULL, or leads to code units up to and with a NUL, aligned or not.
pub(crate) unsafe fn text(text: PCWSTR) -> Result<Option<String>> {
    // SAFETY: by the contract of this function.
    unsafe { text_of(text, UP_TO_NUL) }
}

/// The text of a caller, of `length` code units, or up to its NUL for [`UP_TO_NUL`]; `None` for NULL.
///
/// # Safety
///
/// `text` is NULL, or leads to as many code units, aligned or not.
pub(crate) unsafe fn text_of(text: PCWSTR, length: u32) -> Result<Option<String>> {
    if text.is_null() {
        return Ok(None);
    }
    let units = match length {
        // SAFETY: each unit up to and with the NUL may be read.
        UP_TO_NUL => unsafe { units_to_nul(text) },
        // SAFETY: so may `length` units.
        length => unsafe { units(text, length as usize) },
    };
    String::from_utf16(&units).map(Some).or_else(|_| fail(ERROR_INVALID_PARAMETER))
}

/// The text of a caller, of at most `count` code units: a NUL among them ends it.
///
/// # Safety
///
/// `text` leads to code units up to and with a NUL, or to as many as `count`, aligned or not.
pub(crate) unsafe fn text_within(text: PCWSTR, count: u32) -> Result<String> {
    let places = (0..count as usize).map(|at| text.wrapping_add(at));
    // SAFETY: `take_while` stops at the NUL, so nothing behind it is read, nor behind the last of `count`.
    let units: Vec<u16> = places.map(|place| unsafe { place.read_unaligned() }).take_while(|unit| *unit != 0).collect();
    String::from_utf16(&units).or_else(|_| fail(ERROR_INVALID_PARAMETER))
}

/// The bytes of a caller up to their NUL; `None` for NULL.
///
/// # Safety
///
/// `text` is NULL, or leads to bytes up to and with a NUL.
pub(crate) unsafe fn narrow(text: PCSTR) -> Option<Vec<u8>> {
    // SAFETY: not NULL, so it ends with a NUL by the contract of this function.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text.cast()) }.to_bytes().to_vec())
}

/// # Safety
///
/// `text` leads to code units up to and with a NUL, aligned or not.
pub(crate) unsafe fn units_to_nul(text: PCWSTR) -> Vec<u16> {
    // SAFETY: `take_while` stops at the NUL, so nothing behind it is read.
    (0..).map(|at| unsafe { text.add(at).read_unaligned() }).take_while(|unit| *unit != 0).collect()
}

/// # Safety
///
/// `text` leads to `count` code units, aligned or not.
pub(crate) unsafe fn units(text: PCWSTR, count: usize) -> Vec<u16> {
    // SAFETY: every place below `count` may be read.
    (0..count).map(|at| unsafe { text.add(at).read_unaligned() }).collect()
}

/// The texts of a list that a NULL ends; `None` for NULL.
///
/// # Safety
///
/// `list` is NULL, or leads to pointers up to and with a NULL; each leads to code units up to and with a NUL.
pub(crate) unsafe fn texts(list: *const PCWSTR) -> Result<Option<Vec<String>>> {
    if list.is_null() {
        return Ok(None);
    }
    // SAFETY: the places up to and with the NULL may be read, and each text up to its NUL.
    (0..).map_while(|at| unsafe { text(list.add(at).read_unaligned()) }.transpose()).collect::<Result<_>>().map(Some)
}

/// The bytes of a caller. NULL is fine where there are none of them, else `ERROR_INVALID_PARAMETER`.
///
/// # Safety
///
/// `bytes` is NULL, or leads to `count` bytes that nobody changes while the result lives.
pub(crate) unsafe fn bytes<'a>(bytes: *const c_void, count: u32) -> Result<&'a [u8]> {
    match count as usize {
        0 => Ok(&[]),
        _ if bytes.is_null() => fail(ERROR_INVALID_PARAMETER),
        // SAFETY: not NULL, and an honest count is not above what memory can hold, which `usable` makes sure of.
        count => Ok(unsafe { std::slice::from_raw_parts(bytes.cast(), usable(bytes, count)) }),
    }
}

/// The room of a caller. NULL is fine where there is none of it, else `ERROR_INVALID_PARAMETER`.
///
/// # Safety
///
/// `room` is NULL, or good for reads and writes of `count` bytes, which nobody else uses while the result lives.
pub(crate) unsafe fn room<'a>(room: *mut c_void, count: u32) -> Result<&'a mut [u8]> {
    match count as usize {
        0 => Ok(&mut []),
        _ if room.is_null() => fail(ERROR_INVALID_PARAMETER),
        // SAFETY: as in `bytes`.
        count => Ok(unsafe { std::slice::from_raw_parts_mut(room.cast(), usable(room, count)) }),
    }
}

/// Memory of a caller that an operation uses until its completion begins.
pub(crate) struct Lent {
    start: *mut u8,
    length: usize,
}

// SAFETY: by the contract of `lent`, nobody else uses the memory, whatever the thread.
unsafe impl Send for Lent {}

/// Memory of a caller, to be lent to an operation. NULL is fine where there is none of it, else
/// `ERROR_INVALID_PARAMETER`.
///
/// # Safety
///
/// `start` is NULL, or good for reads of `count` bytes, and for writes if it is read into, which nobody else uses until the
/// operation is over.
pub(crate) unsafe fn lent(start: *const c_void, count: u32) -> Result<Box<Lent>> {
    match count as usize {
        count if count > 0 && start.is_null() => fail(ERROR_INVALID_PARAMETER),
        count => Ok(Box::new(Lent { start: start.cast_mut().cast(), length: usable(start, count) })),
    }
}

/// The start of memory that was lent, from its address.
pub(crate) fn lent_from(address: usize) -> *mut c_void {
    ptr::with_exposed_provenance_mut(address)
}

impl Lease for Lent {
    fn bytes(&self) -> &[u8] {
        match self.length {
            0 => &[],
            // SAFETY: not NULL, and good for reads by the contract of `lent`.
            length => unsafe { std::slice::from_raw_parts(self.start, length) },
        }
    }

    fn room(&mut self) -> &mut [u8] {
        match self.length {
            0 => &mut [],
            // SAFETY: not NULL, and good for reads and writes by the contract of `lent`: only what is read into is asked.
            length => unsafe { std::slice::from_raw_parts_mut(self.start, length) },
        }
    }

    fn give_back(self: Box<Self>, count: usize) -> Status<'static> {
        Status::ReadCompleteAt { address: self.start.expose_provenance(), count }
    }
}

/// What of `count` bytes at `start` can exist at all: a slice must not wrap around, nor be larger than half of memory.
fn usable(start: *const c_void, count: usize) -> usize {
    count.min(isize::MAX as usize).min(usize::MAX - start.addr())
}

/// Copies `bytes` to a buffer of `length` bytes, whose length then becomes theirs without the last `nul` ones. Too small
/// a buffer, or none, becomes `ERROR_INSUFFICIENT_BUFFER` and the length that is needed.
///
/// # Safety
///
/// `buffer` is NULL or good for writes of as many bytes as `length` says.
pub(crate) unsafe fn fill(buffer: *mut c_void, length: &Place<u32>, bytes: &[u8], nul: usize) -> Result<()> {
    let Some(room) = length.get() else { return fail(ERROR_INVALID_PARAMETER) };
    if buffer.is_null() || bytes.len() > room as usize {
        length.set(bytes.len().try_into().unwrap_or(u32::MAX));
        return fail(ERROR_INSUFFICIENT_BUFFER);
    }
    // SAFETY: there is room for them, and `bytes` is ours, so the two do not overlap.
    unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), buffer.cast(), bytes.len()) };
    length.set((bytes.len() - nul) as u32);
    Ok(())
}
