use alloc::vec::Vec;

use super::*;

/// Decodes `wire` given in two pieces, with room for `room` bytes a call.
fn decode(wire: &[u8], cut: usize, room: usize) -> Result<(Vec<u8>, Chunked), Error> {
    let mut chunked = Chunked::default();
    let mut body = Vec::new();
    for mut piece in [&wire[..cut], &wire[cut..]] {
        while !piece.is_empty() && !chunked.is_done() {
            let mut out = alloc::vec![0; room];
            let (used, made) = chunked.decode(piece, &mut out)?;
            assert!(used > 0 || made > 0, "no progress");
            body.extend_from_slice(&out[..made]);
            piece = &piece[used..];
        }
    }
    Ok((body, chunked))
}

fn decode_in_place(wire: &[u8], cut: usize) -> Result<(Vec<u8>, bool), Error> {
    let mut chunked = Chunked::default();
    let mut body = Vec::new();
    for piece in [&wire[..cut], &wire[cut..]] {
        let mut bytes = piece.to_vec();
        while !bytes.is_empty() && !chunked.is_done() {
            let (used, made) = chunked.decode_in_place(&mut bytes)?;
            body.extend_from_slice(&bytes[..made]);
            bytes.drain(..used);
        }
    }
    Ok((body, chunked.is_done()))
}

#[test]
fn every_cut_and_room_gives_the_same_body() {
    let wire = b"5\r\nhello\r\n006;a=b\r\n world\r\nA \r\n0123456789\n0\r\nX-Sum: 1\r\nY:2\r\n\r\n";
    for cut in 0..=wire.len() {
        for room in [1, 3, 64] {
            let (body, chunked) = decode(wire, cut, room).expect("valid");
            assert_eq!(body, b"hello world0123456789", "cut {cut} room {room}");
            assert!(chunked.is_done());
            assert_eq!(chunked.trailers().len(), 2);
            assert_eq!(chunked.trailers().values(b"x-sum").next(), Some(&b"1"[..]));
        }
        assert_eq!(decode_in_place(wire, cut), Ok((b"hello world0123456789".to_vec(), true)));
    }
}

#[test]
fn what_follows_the_body_is_left_alone() {
    let mut chunked = Chunked::default();
    let mut out = [0; 8];
    assert_eq!(chunked.decode(b"1\r\na\r\n0\r\n\r\nHTTP/1.1", &mut out), Ok((11, 1)));
    assert!(chunked.is_done());
}

#[test]
fn broken_framing_is_refused_at_every_cut() {
    let long_extension = [b"1;".as_slice(), &[b'x'; 20_000], b"\r\n"].concat();
    let long_trailers = [b"0\r\nA: ".as_slice(), &[b'x'; 70_000], b"\r\n\r\n"].concat();
    let cases: &[(&[u8], Error)] = &[
        (b"\r\n", Error::Chunk),
        (b"g\r\n", Error::Chunk),
        (b"-5\r\n", Error::Chunk),
        (b"0x5\r\n", Error::Chunk),
        (b"5_0\r\n", Error::Chunk),
        (b" 5\r\n", Error::Chunk),
        (b";a\r\n", Error::Chunk),
        (b"5 5\r\n", Error::Chunk),
        (b"5 \nhello", Error::Chunk),
        (b"5\rhello", Error::Chunk),
        (b"5;a\nhello", Error::Chunk),
        (b"5;\0\r\n", Error::Chunk),
        (b"5\r\nhelloX\r\n", Error::Chunk),
        (b"5\r\nhello\rX", Error::Chunk),
        (b"10000000000000000\r\n", Error::ChunkHeaderTooLarge),
        (b"00000000000000005\r\n", Error::ChunkHeaderTooLarge),
        (&long_extension, Error::ChunkHeaderTooLarge),
        (&long_trailers, Error::HeadTooLarge),
        (b"0\r\nno colon\r\n\r\n", Error::FieldLine),
        (b"0\r\na: \0\r\n\r\n", Error::FieldLine),
        (b"0\r\na: b\rc\r\n\r\n", Error::FieldLine),
    ];
    for (wire, error) in cases {
        for cut in 0..=wire.len().min(40) {
            assert_eq!(decode(wire, cut, 16).err(), Some(*error), "{:?} cut {cut}", &wire[..wire.len().min(40)]);
            assert_eq!(decode_in_place(wire, cut).err(), Some(*error));
        }
    }
}

#[test]
fn leading_zeros_count_up_to_the_digit_limit_and_the_largest_size_needs_no_memory() {
    assert_eq!(decode(b"0000000000000005\r\nhello\r\n0\r\n\r\n", 3, 9).expect("valid").0, b"hello");
    let (body, chunked) = decode(b"ffffffffffffffff\r\nabc", 5, 2).expect("valid so far");
    assert_eq!((body.as_slice(), chunked.data_left()), (&b"abc"[..], u64::MAX - 3));
}

#[test]
fn data_before_broken_framing_is_given_out_first() {
    let wire = b"5\r\nhello\r\n5\r\nworld\r\nXX\r\n";
    let mut chunked = Chunked::default();
    let mut out = [0; 64];
    let (used, made) = chunked.decode(wire, &mut out).expect("data first");
    assert_eq!(&out[..made], b"helloworld");
    assert_eq!(chunked.decode(&wire[used..], &mut out), Err(Error::Chunk));
    assert_eq!(chunked.decode(b"0\r\n\r\n", &mut out), Err(Error::Chunk), "it stays broken");

    let mut chunked = Chunked::default();
    let mut bytes = wire.to_vec();
    let (used, made) = chunked.decode_in_place(&mut bytes).expect("data first");
    assert_eq!(&bytes[..made], b"helloworld");
    assert_eq!(chunked.decode_in_place(&mut bytes[used..]), Err(Error::Chunk));
}

#[test]
fn padded_sizes_never_use_up_the_budget_but_extensions_without_data_do() {
    let padded = b"10  \r\n0123456789abcdef\r\n".repeat(20_000);
    let mut chunked = Chunked::default();
    let mut out = alloc::vec![0; padded.len()];
    assert_eq!(chunked.decode(&padded, &mut out).expect("valid").1, 16 * 20_000);
    let greedy = [b"1;".as_slice(), &[b'x'; 1_000], b"\r\na\r\n"].concat().repeat(20);
    let mut chunked = Chunked::default();
    let (used, _) = chunked.decode(&greedy, &mut out).expect("data first");
    assert_eq!(chunked.decode(&greedy[used..], &mut out), Err(Error::ChunkHeaderTooLarge));
}
