//! The memory that calls get: at odd addresses, between bytes that must stay as they are.

use std::ffi::c_void;
use std::ptr;
use std::sync::Mutex;

/// Bytes with a guard on both sides.
pub(crate) struct Guarded {
    memory: Vec<u8>,
    start: usize,
    length: usize,
}

impl Guarded {
    /// A copy of `bytes`.
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let mut memory = vec![CANARY; bytes.len() + 2 * GUARD + 1];
        // Nothing needs to be aligned, so nothing is.
        let start = GUARD + usize::from((memory.as_ptr().addr() + GUARD) % 2 == 0);
        memory[start..][..bytes.len()].copy_from_slice(bytes);
        Self { memory, start, length: bytes.len() }
    }

    /// Text of UTF-16 and a NUL.
    pub(crate) fn text(text: &str) -> Self {
        Self::new(&bytes_of(text.chars().map(expressible).chain(['\0'])))
    }

    /// Text of UTF-16 whose length goes beside it, so that it needs no NUL.
    pub(crate) fn counted_text(text: &str) -> Self {
        // Where there is a convention for the length 0, it is that a NUL ends the text.
        if text.is_empty() { Self::text("") } else { Self::new(&bytes_of(text.chars())) }
    }

    pub(crate) fn number(number: u32) -> Self {
        Self::new(&number.to_ne_bytes())
    }

    pub(crate) fn as_ptr<T>(&self) -> *const T {
        self.memory[self.start..].as_ptr().cast()
    }

    pub(crate) fn as_mut_ptr<T>(&mut self) -> *mut T {
        self.memory[self.start..].as_mut_ptr().cast()
    }

    /// How long it is, as calls are told.
    pub(crate) fn length(&self) -> u32 {
        u32::try_from(self.length).unwrap()
    }

    /// The bytes as they are now; the guards must be as they were.
    #[track_caller]
    pub(crate) fn bytes(&self) -> &[u8] {
        self.check();
        &self.memory[self.start..][..self.length]
    }

    /// The guards must be as they were.
    #[track_caller]
    pub(crate) fn check(&self) {
        let (before, after) = (&self.memory[..self.start], &self.memory[self.start + self.length..]);
        assert!(before.iter().all(|byte| *byte == CANARY), "written before the start of {} bytes", self.length);
        assert!(after.iter().all(|byte| *byte == CANARY), "written past the end of {} bytes", self.length);
    }

    /// The number as it is now.
    #[track_caller]
    pub(crate) fn to_number(&self) -> u32 {
        u32::from_ne_bytes(self.bytes().try_into().unwrap())
    }
}

/// A guarded copy of `buffer` that is lent to a read, and how long it is.
pub(crate) fn lend(buffer: &[u8]) -> (*mut c_void, u32) {
    let mut guarded = Guarded::new(buffer);
    let (start, length) = (guarded.as_mut_ptr::<c_void>(), guarded.length());
    LENT.lock().unwrap().push((start.addr(), guarded));
    (start, length)
}

/// What lies in memory that was lent, which is ours again.
#[track_caller]
pub(crate) fn taken_back(start: *mut c_void) -> Vec<u8> {
    let mut lent = LENT.lock().unwrap();
    let at = lent.iter().position(|(address, _)| *address == start.addr()).expect("memory that was lent");
    let (_, guarded) = lent.swap_remove(at);
    guarded.bytes().to_vec()
}

/// The memory that is lent at this moment. That of reads that fail stays, should they still write to it.
static LENT: Mutex<Vec<(usize, Guarded)>> = Mutex::new(Vec::new());

/// The pointer to a text, or NULL.
pub(crate) fn pointer(text: &Option<Guarded>) -> *const u16 {
    text.as_ref().map_or(ptr::null(), Guarded::as_ptr)
}

/// The pointer to a place that is filled, or NULL.
pub(crate) fn place<T>(place: Option<&mut Guarded>) -> *mut T {
    place.map_or(ptr::null_mut(), Guarded::as_mut_ptr)
}

/// How many units of UTF-16 a text has.
pub(crate) fn units(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap()
}

/// The text of `length` bytes in a buffer that has no room for more than its NUL.
#[track_caller]
pub(crate) fn string(bytes: &[u8], length: usize) -> String {
    let (text, nul) = bytes.split_at(length);
    assert_eq!(nul, [0, 0], "not one NUL behind the text");
    String::from_utf16(&units_of(text)).expect("UTF-16")
}

/// The units of UTF-16 in these bytes.
#[track_caller]
pub(crate) fn units_of(bytes: &[u8]) -> Vec<u16> {
    assert_eq!(bytes.len() % 2, 0, "half a unit of UTF-16");
    bytes.chunks_exact(2).map(|unit| u16::from_ne_bytes([unit[0], unit[1]])).collect()
}

fn bytes_of(text: impl Iterator<Item = char>) -> Vec<u8> {
    text.collect::<String>().encode_utf16().flat_map(u16::to_ne_bytes).collect()
}

/// Where a NUL ends the text, none can be inside of it. Another control character stands in its place, so that what is
/// refused for it still is.
fn expressible(letter: char) -> char {
    if letter == '\0' { '\x01' } else { letter }
}

/// What is in a buffer before a call.
pub(crate) const UNTOUCHED: u8 = 0xA5;
/// Read as UTF-16, two of them are half of a surrogate pair: text that is read too far is ill-formed.
const CANARY: u8 = 0xDB;
const GUARD: usize = 16;
