//! The memory of one call: every pointer leads to a piece of its own, that is guarded at both ends.

use std::ffi::c_void;
use std::ptr;

use openwinhttp_sys::Win32::Networking::WinHttp::URL_COMPONENTS;

use crate::codes::SHORT;
use crate::piece::Piece;
pub(crate) use crate::piece::{LAYOUTS, Layout};

/// Gives out memory for the arguments of a call, in the order in which they are asked for, and changes one if so told.
pub(crate) struct Arena {
    layout: Layout,
    change: Change,
    given: usize,
    pieces: Vec<(Piece, Use)>,
}

/// What is wrong with one of the pointers, by its place in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Nothing,
    /// It is NULL.
    Null(usize),
    /// Its text ends with half of a surrogate pair.
    IllFormed(usize),
}

/// What a call may do with a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Input,
    Output,
    /// In and out; where the needed size is told.
    Length,
}

impl Arena {
    pub(crate) fn new(layout: Layout) -> Self {
        Self::with(layout, Change::Nothing)
    }

    pub(crate) fn with(layout: Layout, change: Change) -> Self {
        Self { layout, change, given: 0, pieces: Vec::new() }
    }

    /// Text and a NUL.
    pub(crate) fn text(&mut self, text: &str) -> *const u16 {
        let units = self.units(text);
        self.units_and_nul(&units)
    }

    /// Text alone: for functions that are told its length.
    pub(crate) fn counted(&mut self, text: &str) -> *const u16 {
        let units = self.units(text);
        self.give(&bytes_of(&units), Use::Input).cast()
    }

    /// These units, whatever they are, and a NUL.
    pub(crate) fn units_and_nul(&mut self, units: &[u16]) -> *const u16 {
        self.give(&bytes_of(&[units, &[0]].concat()), Use::Input).cast()
    }

    /// Bytes to read.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> *const c_void {
        self.give(bytes, Use::Input).cast()
    }

    /// Pointers, and a NULL behind them.
    pub(crate) fn list(&mut self, pointers: &[*const u16]) -> *const *const u16 {
        let pointers: Vec<_> = pointers.iter().map(|pointer| pointer.cast()).chain([ptr::null()]).collect();
        self.pointers(&pointers).cast()
    }

    /// Pointers alone.
    pub(crate) fn pointers(&mut self, pointers: &[*const c_void]) -> *const c_void {
        let addresses = pointers.iter().map(|pointer| pointer.expose_provenance());
        self.give(&addresses.flat_map(usize::to_ne_bytes).collect::<Vec<_>>(), Use::Input).cast()
    }

    /// Room for so many bytes.
    pub(crate) fn room<T>(&mut self, size: usize) -> *mut T {
        self.give(&vec![UNTOUCHED; size], Use::Output).cast()
    }

    /// Room for one of these.
    pub(crate) fn place<T>(&mut self) -> *mut T {
        self.room(size_of::<T>())
    }

    /// A structure of zeros.
    pub(crate) fn zeroed<T>(&mut self) -> *mut T {
        self.give(&vec![0; size_of::<T>()], Use::Output).cast()
    }

    /// A number to read and to change.
    pub(crate) fn length(&mut self, length: u32) -> *mut u32 {
        self.give(&length.to_ne_bytes(), Use::Length).cast()
    }

    /// The parts of a URL, none of which is asked for.
    pub(crate) fn parts(&mut self) -> *mut URL_COMPONENTS {
        let parts = self.zeroed::<URL_COMPONENTS>();
        if !parts.is_null() {
            // SAFETY: there is room for the structure.
            unsafe { put(&raw mut (*parts).dwStructSize, size_of::<URL_COMPONENTS>() as u32) };
            self.settle();
        }
        parts
    }

    /// What the memory at this pointer is now.
    pub(crate) fn now<T>(&self, pointer: *const T) -> &[u8] {
        let piece = self.pieces.iter().find(|(piece, _)| piece.address() == pointer.addr());
        piece.expect("a pointer that was given out").0.bytes()
    }

    /// The number at this pointer.
    pub(crate) fn number(&self, pointer: *const u32) -> u32 {
        u32::from_ne_bytes(self.now(pointer).try_into().unwrap())
    }

    /// The text at this pointer, with its NUL if there is one in all the room.
    pub(crate) fn string(&self, pointer: *const u16) -> String {
        let units = self.now(pointer).chunks_exact(2).map(|unit| u16::from_ne_bytes([unit[0], unit[1]]));
        String::from_utf16_lossy(&units.collect::<Vec<_>>())
    }

    /// How many pointers were asked for.
    pub(crate) fn given(&self) -> usize {
        self.given
    }

    /// Takes what is in the memory now as what it has to stay.
    pub(crate) fn settle(&mut self) {
        self.pieces.iter_mut().for_each(|(piece, _)| piece.settle());
    }

    /// Checks that nothing was written beside the memory, nor into what is only for reading; and after a failure,
    /// nothing at all but a length that is too small.
    #[track_caller]
    pub(crate) fn check(&self, code: u32) {
        for (number, (piece, purpose)) in self.pieces.iter().enumerate() {
            assert!(piece.is_intact(), "written beside pointer {number}, in {self}");
            let may_change = match purpose {
                Use::Input => false,
                Use::Output => code == 0,
                Use::Length => [0, SHORT].contains(&code),
            };
            assert!(may_change || piece.is_unchanged(), "pointer {number} was written to, in {self} after {code}");
        }
    }

    fn units(&self, text: &str) -> Vec<u16> {
        let mut units: Vec<u16> = text.encode_utf16().collect();
        match units.last_mut() {
            Some(last) if self.change == Change::IllFormed(self.given) => *last = 0xD800,
            _ => {}
        }
        units
    }

    fn give(&mut self, bytes: &[u8], purpose: Use) -> *mut u8 {
        let number = self.given;
        self.given += 1;
        if self.change == Change::Null(number) {
            return ptr::null_mut();
        }
        self.pieces.push((Piece::new(self.layout, bytes), purpose));
        self.pieces.last_mut().map_or(ptr::null_mut(), |(piece, _)| piece.start())
    }
}

impl std::fmt::Display for Arena {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} with {:?}", self.layout, self.change)
    }
}

/// Writes to a place that need not be aligned.
///
/// # Safety
///
/// There is room for a `T`.
pub(crate) unsafe fn put<T>(place: *mut T, value: T) {
    // SAFETY: by the contract of this function.
    unsafe { place.write_unaligned(value) }
}

pub(crate) fn bytes_of(units: &[u16]) -> Vec<u8> {
    // SAFETY: every unit is two bytes.
    unsafe { std::slice::from_raw_parts(units.as_ptr().cast::<u8>(), size_of_val(units)) }.to_vec()
}

/// What room is filled with before a call.
pub(crate) const UNTOUCHED: u8 = 0xA5;
