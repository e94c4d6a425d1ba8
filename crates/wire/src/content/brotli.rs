//! Brotli.

use alloc::boxed::Box;
use alloc::vec;

use brotli_decompressor::{
    Allocator, BrotliDecompressStream, BrotliResult, BrotliState, SliceWrapper, SliceWrapperMut,
};

use super::{Decoded, Verdict};

/// A brotli stream.
pub(super) struct Brotli {
    state: BrotliState<Heap, Heap, Heap>,
}

impl Brotli {
    /// Windows are 16 MiB at most: those of "large window brotli" have no place in HTTP, and are refused.
    pub(super) fn new() -> Self {
        Self { state: BrotliState::new_strict(Heap, Heap, Heap) }
    }

    pub(super) fn step(&mut self, input: &[u8], out: &mut [u8]) -> (Decoded, Verdict) {
        let (mut used, mut input_left) = (0, input.len());
        let (mut made, mut room) = (0, out.len());
        let mut total = 0;
        let state = &mut self.state;
        let result =
            BrotliDecompressStream(&mut input_left, &mut used, input, &mut room, &mut made, out, &mut total, state);
        let verdict = match result {
            BrotliResult::ResultSuccess => Verdict::Complete,
            BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => Verdict::GoesOn,
            BrotliResult::ResultFailure => Verdict::Corrupt,
        };
        (Decoded { used, made }, verdict)
    }
}

/// Gives the decoder its memory.
struct Heap;

/// Memory of the decoder.
struct Cell<T>(Box<[T]>);

impl<T: Clone + Default> Allocator<T> for Heap {
    type AllocatedMemory = Cell<T>;

    fn alloc_cell(&mut self, len: usize) -> Cell<T> {
        Cell(vec![T::default(); len].into_boxed_slice())
    }

    fn free_cell(&mut self, _: Cell<T>) {}
}

impl<T> Default for Cell<T> {
    fn default() -> Self {
        Self(Box::default())
    }
}

impl<T> SliceWrapper<T> for Cell<T> {
    fn slice(&self) -> &[T] {
        &self.0
    }
}

impl<T> SliceWrapperMut<T> for Cell<T> {
    fn slice_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}
