use alloc::vec::Vec;
use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use proptest::prelude::*;

use super::*;

extern crate std;

/// Feeds `coded` in pieces of `piece` bytes, with room for `room` bytes a call.
fn decode(coding: Coding, coded: &[u8], piece: usize, room: usize) -> (Vec<u8>, Result<(), Error>) {
    decode_pieces(coding, coded.chunks(piece), room)
}

fn decode_pieces<'a>(
    coding: Coding,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    room: usize,
) -> (Vec<u8>, Result<(), Error>) {
    let mut decoder = Decoder::new(coding);
    let mut body = Vec::new();
    for piece in pieces {
        if let Err(error) = feed(&mut decoder, piece, room, &mut body) {
            assert_eq!(decoder.decode(piece, &mut [0]), Err(error), "an error stays");
            assert_eq!(decoder.finish(), Err(error));
            return (body, Err(error));
        }
    }
    (body, decoder.finish())
}

/// Decodes the whole piece, and all that comes out for it.
fn feed(decoder: &mut Decoder, mut piece: &[u8], room: usize, body: &mut Vec<u8>) -> Result<(), Error> {
    let mut out = alloc::vec![0; room];
    loop {
        let Decoded { used, made } = decoder.decode(piece, &mut out)?;
        assert!(used > 0 || made > 0 || piece.is_empty(), "no progress");
        body.extend_from_slice(&out[..made]);
        piece = &piece[used..];
        if piece.is_empty() && made < room {
            return Ok(());
        }
    }
}

/// Words, every byte, and a long run.
fn sample() -> Vec<u8> {
    let line = |n: u32| alloc::format!("{}: the people of the time and information, line {n} of many\n", n * n % 97);
    let mut text = (0..60).map(line).collect::<alloc::string::String>().into_bytes();
    text.extend(0..=255);
    text.resize(text.len() + 5000, 0);
    text
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zlib(data: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn bare(data: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// The sample in every form: the coding, and whether a checksum guards it.
fn samples() -> Vec<(Coding, bool, Vec<u8>)> {
    alloc::vec![
        (Coding::Gzip, true, gzip(&sample())),
        (Coding::Gzip, true, [gzip(&sample()[..4000]), gzip(b""), gzip(&sample()[4000..])].concat()),
        (Coding::Gzip, true, [&gzip_header(), &gzip(&sample())[10..]].concat()),
        (Coding::Deflate, true, zlib(&sample(), 9)),
        (Coding::Deflate, false, bare(&sample(), 9)),
        #[cfg(feature = "brotli")]
        (Coding::Brotli, false, include_bytes!("fixtures/sample.br").to_vec()),
    ]
}

/// A header with all fields that RFC 1952 knows: extra, name, comment and checksum.
fn gzip_header() -> Vec<u8> {
    let mut header = b"\x1F\x8B\x08\x1E\x01\x02\x03\x04\x00\x03\x05\x00extraname\0comment\0".to_vec();
    let mut crc = flate2::Crc::new();
    crc.update(&header);
    header.extend_from_slice(&(crc.sum() as u16).to_le_bytes());
    header
}

#[test]
fn fields_name_codings() {
    for (value, coding) in [
        ("gzip", Some(Coding::Gzip)),
        (" X-GZip\t", Some(Coding::Gzip)),
        ("Deflate", Some(Coding::Deflate)),
        #[cfg(feature = "brotli")]
        ("BR", Some(Coding::Brotli)),
        ("", None),
        ("identity", None),
        ("gzip, gzip", None),
        ("gzip,", None),
        ("compress", None),
    ] {
        assert_eq!(Coding::from_field(value.as_bytes()), coding, "{value:?}");
    }
}

#[test]
fn every_cut_and_room_gives_the_same_body() {
    let body = sample();
    for (coding, _, coded) in samples() {
        for cut in 0..=coded.len() {
            let pieces = [&coded[..cut], &coded[cut..]];
            assert!(decode_pieces(coding, pieces, 3000) == (body.clone(), Ok(())), "{coding:?} cut at {cut}");
        }
        for (piece, room) in [(1, 1), (1, 100_000), (3, 7), (100_000, 1), (100_000, 100_000)] {
            assert_eq!(decode(coding, &coded, piece, room), (body.clone(), Ok(())), "{coding:?} {piece} {room}");
        }
    }
}

#[test]
fn what_is_cut_off_is_incomplete() {
    let whole = sample();
    for (coding, _, coded) in samples() {
        for end in 1..coded.len() {
            let (body, outcome) = decode(coding, &coded[..end], 64, 512);
            assert!(whole.starts_with(&body), "{coding:?} to {end}");
            let is_whole_member = coding == Coding::Gzip && flate2_takes(&coded[..end]);
            let expected = if is_whole_member { Ok(()) } else { Err(Error::Incomplete) };
            assert_eq!(outcome, expected, "{coding:?} to {end}");
        }
    }
}

/// Whether these are whole members of gzip, in the eyes of another decoder.
fn flate2_takes(coded: &[u8]) -> bool {
    let mut decoder = flate2::read::MultiGzDecoder::new(coded);
    std::io::copy(&mut decoder, &mut std::io::sink()).is_ok()
}

#[test]
fn what_is_corrupt_never_passes_a_checksum() {
    let whole = sample();
    for (coding, is_checked, coded) in samples() {
        for (at, mask) in (0..coded.len()).flat_map(|at| [0x01, 0xFF].map(|mask| (at, mask))) {
            let mut coded = coded.clone();
            coded[at] ^= mask;
            let (body, outcome) = decode(coding, &coded, 100, 4096);
            assert!(outcome.is_err() || body == whole || !is_checked, "{coding:?} byte {at} by {mask:#x}");
        }
    }
}

#[test]
fn the_bytes_before_an_error_come_first() {
    let mut coded = gzip(b"some words");
    let checksum = coded.len() - 8;
    coded[checksum] ^= 1;
    assert_eq!(decode(Coding::Gzip, &coded, 1000, 1000), (b"some words".to_vec(), Err(Error::Content)));
    let mut coded = gzip(b"some words");
    *coded.last_mut().unwrap() ^= 1;
    assert_eq!(decode(Coding::Gzip, &coded, 1000, 1000), (b"some words".to_vec(), Err(Error::Content)));
    let coded = [gzip(b"one"), b"\x1F\x8B\x00\x00".to_vec()].concat();
    assert_eq!(decode(Coding::Gzip, &coded, 1000, 1000), (b"one".to_vec(), Err(Error::Content)));
}

#[test]
fn an_empty_body_is_complete() {
    let mut decoder = Decoder::new(Coding::Gzip);
    assert_eq!(decoder.decode(b"", &mut [0; 8]), Ok(Decoded::default()));
    assert_eq!(decoder.finish(), Ok(()));
    assert!(!decoder.is_done());
}

/// Row 130 of the faults: behind a member of gzip only padding and further members may stand. The others have no such
/// rule, and what follows them is read over.
#[test]
fn what_follows_the_end() {
    let of_gzip = [
        (&b"\0\0\0\0\0\0"[..], Ok(())),
        (b"junk", Err(Error::Content)),
        (b"\x1F", Err(Error::Incomplete)),
        (b"\x1Fjunk", Err(Error::Content)),
        (b"\0junk", Err(Error::Content)),
        (b"\0\x1F\x8B\x08", Err(Error::Incomplete)),
    ];
    for (coding, _, coded) in samples() {
        for (follows, outcome) in of_gzip {
            let outcome = if coding == Coding::Gzip { outcome } else { Ok(()) };
            let coded = [&coded, follows].concat();
            for (piece, room) in [(1, 5000), (100_000, 5000), (100_000, sample().len()), (100_000, 1)] {
                assert_eq!(decode(coding, &coded, piece, room), (sample(), outcome), "{coding:?} {follows:?}");
            }
        }
    }
}

#[test]
fn a_body_is_done_when_nothing_more_can_come() {
    let mut out = [0; 100];
    let mut decoder = Decoder::new(Coding::Gzip);
    decoder.decode(&gzip(b"one"), &mut out).unwrap();
    decoder.decode(b"\0", &mut out).unwrap();
    assert!(!decoder.is_done(), "another member may follow");
    let mut decoder = Decoder::new(Coding::Deflate);
    decoder.decode(&zlib(b"one", 6), &mut out).unwrap();
    assert!(decoder.is_done());
}

#[test]
fn a_checksum_of_a_header_is_checked() {
    let mut coded = [&gzip_header(), &gzip(b"x")[10..]].concat();
    assert_eq!(decode(Coding::Gzip, &coded, 1000, 10), (b"x".to_vec(), Ok(())));
    coded[4] ^= 1; // the time
    assert_eq!(decode(Coding::Gzip, &coded, 1000, 10), (Vec::new(), Err(Error::Content)));
}

#[test]
fn bare_deflate_is_told_from_zlib() {
    let stored = b"\x78\x02\x00\xFD\xFFhi\x03\x00"; // its padding looks like zlib's first byte
    assert_eq!(decode(Coding::Deflate, stored, 1, 10), (b"hi".to_vec(), Ok(())));
    assert_eq!(decode(Coding::Deflate, b"\x03\x00", 2, 10), (Vec::new(), Ok(())));
    let needs_dictionary = b"\x78\xBB\x00\x00\x00\x01\x03\x00\x00\x00\x00\x01";
    assert_eq!(decode(Coding::Deflate, needs_dictionary, 1000, 10).1, Err(Error::Content));
    assert_eq!(decode(Coding::Deflate, &gzip(b"x"), 1, 10).1, Err(Error::Content));
}

#[test]
fn a_small_body_that_stands_for_much_fills_no_more_than_the_room() {
    let coded = gzip(&alloc::vec![0; 1 << 20]);
    assert!(coded.len() < 2000);
    let mut decoder = Decoder::new(Coding::Gzip);
    let mut out = [1; 1000];
    let first = decoder.decode(&coded, &mut out).unwrap();
    assert_eq!(first.made, 1000);
    let mut body = Vec::new();
    feed(&mut decoder, &coded[first.used..], 1000, &mut body).unwrap();
    assert_eq!((body.len(), decoder.finish()), ((1 << 20) - 1000, Ok(())));
}

#[cfg(feature = "brotli")]
#[test]
fn large_windows_of_brotli_are_refused() {
    let coded = include_bytes!("fixtures/large-window.br");
    assert_eq!(decode(Coding::Brotli, coded, 1000, 10), (Vec::new(), Err(Error::Content)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_another_encoder_makes_comes_back(
        data in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..3000),
            proptest::collection::vec(0..3_u8, 0..20_000),
        ],
        level in 0..=9_u32,
        piece in 1..3000_usize,
        room in 1..3000_usize,
    ) {
        prop_assert_eq!(decode(Coding::Gzip, &gzip(&data), piece, room), (data.clone(), Ok(())));
        prop_assert_eq!(decode(Coding::Deflate, &zlib(&data, level), piece, room), (data.clone(), Ok(())));
        prop_assert_eq!(decode(Coding::Deflate, &bare(&data, level), piece, room), (data.clone(), Ok(())));
    }

    #[test]
    fn no_bytes_make_it_panic_or_stand_still(
        data in proptest::collection::vec(any::<u8>(), 0..300),
        piece in 1..100_usize,
        room in 1..100_usize,
    ) {
        for (coding, _, coded) in samples() {
            let _ = decode(coding, &data, piece, room);
            let _ = decode(coding, &[&coded[..30], &data].concat(), piece, room);
        }
    }
}
