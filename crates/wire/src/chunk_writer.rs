//! The chunked transfer coding (RFC 9112 section 7.1) of what is sent.
//!
//! The end of a chunk goes out with what comes next: so each write is one size line, with that end before it, and the
//! data from where it lies, and takes one call of the system.

use alloc::vec::Vec;

/// Adds the size line of a chunk of `length` bytes. The data follows; a length of 0 would end the body.
pub fn chunk_start(length: usize, out: &mut Vec<u8>) {
    let first = (usize::BITS - length.leading_zeros()).div_ceil(4).max(1);
    out.extend((0..first).rev().map(|place| HEX[length >> (4 * place) & 0xF]));
    out.extend_from_slice(b"\r\n");
}

/// Follows the data of a chunk.
pub const CHUNK_END: &[u8] = b"\r\n";
/// Follows the last chunk: one without data, and no trailer fields.
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

const HEX: &[u8; 16] = b"0123456789ABCDEF";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunked::Chunked;

    #[test]
    fn sizes_are_hexadecimal_without_leading_zeros() {
        for length in [0, 1, 9, 10, 15, 16, 255, 256, 0xABCDE, usize::MAX >> 1, usize::MAX] {
            let mut line = Vec::new();
            chunk_start(length, &mut line);
            assert_eq!(line, alloc::format!("{length:X}\r\n").into_bytes());
        }
    }

    #[test]
    fn the_decoder_undoes_it() {
        let long = alloc::vec![b'x'; 70_000];
        let mut wire = Vec::new();
        for data in [b"one".as_slice(), &long, b"\r\n0\r\n\r\n"] {
            chunk_start(data.len(), &mut wire);
            wire.extend_from_slice(data);
            wire.extend_from_slice(CHUNK_END);
        }
        wire.extend_from_slice(LAST_CHUNK);
        let mut chunked = Chunked::default();
        let mut body = alloc::vec![0; 80_000];
        let (used, made) = chunked.decode(&wire, &mut body).expect("valid");
        assert!(chunked.is_done());
        assert_eq!(used, wire.len());
        assert_eq!(&body[..made], [b"one", long.as_slice(), b"\r\n0\r\n\r\n"].concat());
    }
}
