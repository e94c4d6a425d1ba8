//! The reusable window of received bytes.

use alloc::vec::Vec;

/// Received bytes that nobody has consumed yet.
///
/// Bytes get in only through [`fill_with`](InBuf::fill_with), so room and count cannot be separated. The memory stays
/// when the bytes go.
#[derive(Debug, Default)]
pub struct InBuf {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl InBuf {
    /// An empty window that owns no memory yet.
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), start: 0, end: 0 }
    }

    /// The bytes that are here, in order.
    pub fn data(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// The same bytes, to be changed in place.
    pub fn data_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..self.end]
    }

    /// How many bytes are here.
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Whether no byte is here.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Drops the first `count` bytes, or all if there are fewer.
    pub fn consume(&mut self, count: usize) {
        self.start = self.end.min(self.start + count);
        if self.is_empty() {
            (self.start, self.end) = (0, 0);
        }
    }

    /// Drops every byte after the first `count`.
    pub fn truncate(&mut self, count: usize) {
        self.end = self.end.min(self.start + count);
    }

    /// Moves bytes from the front into `out`; gives their number.
    pub fn take(&mut self, out: &mut [u8]) -> usize {
        let count = self.len().min(out.len());
        out[..count].copy_from_slice(&self.data()[..count]);
        self.consume(count);
        count
    }

    /// Appends `bytes`.
    pub fn push(&mut self, bytes: &[u8]) {
        self.make_room(bytes.len());
        self.bytes[self.end..self.end + bytes.len()].copy_from_slice(bytes);
        self.end += bytes.len();
    }

    /// Lends at least `least` bytes of room behind the data to `fill`, which gives the number of bytes it put there.
    pub fn fill_with<E>(&mut self, least: usize, fill: impl FnOnce(&mut [u8]) -> Result<usize, E>) -> Result<usize, E> {
        self.make_room(least);
        let room = &mut self.bytes[self.end..];
        let limit = room.len();
        let count = fill(room)?.min(limit);
        self.end += count;
        Ok(count)
    }

    fn make_room(&mut self, least: usize) {
        if self.bytes.len() - self.end >= least {
            return;
        }
        self.bytes.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.len());
        if self.bytes.len() - self.end < least {
            self.bytes.resize(self.end + least, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_as_they_went_in_however_the_room_moves() {
        let mut buf = InBuf::new();
        let mut expected = 0u8;
        let mut next = 0u8;
        for round in 1..200usize {
            let count = round % 7 + 1;
            let filled = buf.fill_with::<()>(count, |room| {
                for slot in &mut room[..count] {
                    *slot = next;
                    next = next.wrapping_add(1);
                }
                Ok(count)
            });
            assert_eq!(filled, Ok(count));
            let mut out = [0; 4];
            let taken = buf.take(&mut out);
            for byte in &out[..taken] {
                assert_eq!(*byte, expected);
                expected = expected.wrapping_add(1);
            }
        }
    }

    #[test]
    fn a_lying_count_cannot_reach_past_the_room() {
        let mut buf = InBuf::new();
        let counted = buf.fill_with::<()>(8, |room| Ok(room.len() + 100));
        assert_eq!(counted, Ok(buf.len()));
    }
}
