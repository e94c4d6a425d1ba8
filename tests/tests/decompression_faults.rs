//! Packed bodies that are broken, cut off or too good to be true: options.md 8.1, decision 6, faults.md rows 130 and 132.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::io::Write;

use conformance::packed::{CODINGS, FRAMINGS, Framing, gzip, noise, raw_deflate, unpacked, unpacking, zlib};
use conformance::{Session, Stage, answers, each};
use flate2::{Compression, write};
use openwinhttp::*;

const GZIP: u32 = WINHTTP_DECOMPRESSION_FLAG_GZIP;
const DEFLATE: u32 = WINHTTP_DECOMPRESSION_FLAG_DEFLATE;
const ALL: u32 = WINHTTP_DECOMPRESSION_FLAG_ALL;
const BAD: u32 = ERROR_WINHTTP_INVALID_SERVER_RESPONSE;
const CUT: u32 = ERROR_WINHTTP_CONNECTION_ERROR;
const TEXT: &[u8] = b"hello hello hello, world";

/// What a broken body begins with, and what it may end with.
type Broken = (&'static str, &'static str, Vec<u8>, &'static [u32]);

fn broken() -> Vec<Broken> {
    let (gz, zl) = (gzip(TEXT), zlib(TEXT));
    let at = |bytes: &[u8], at: usize, to: u8| {
        let mut bytes = bytes.to_vec();
        bytes[at] = to;
        bytes
    };
    let end = |bytes: &[u8], back: usize| at(bytes, bytes.len() - back, !bytes[bytes.len() - back]);
    let cut = |bytes: &[u8], length: usize| bytes[..length].to_vec();
    let plus = |bytes: &[u8], more: &[u8]| [bytes, more].concat();
    vec![
        ("gzip", "no magic", at(&gz, 0, 0), &[BAD]),
        ("gzip", "no magic at all", TEXT.to_vec(), &[BAD]),
        ("gzip", "another method", at(&gz, 2, 9), &[BAD]),
        ("gzip", "a block of no kind", at(&gz, 10, 7), &[BAD]),
        ("gzip", "wrong sum", end(&gz, 8), &[BAD]),
        ("gzip", "wrong length", end(&gz, 1), &[BAD]),
        ("gzip", "trailing garbage", plus(&gz, b"garbage"), &[BAD]),
        ("deflate", "another method", at(&zl, 0, 0x79), &[BAD]),
        ("deflate", "wrong sum", end(&zl, 1), &[BAD]),
        // The message is whole, what it holds is not.
        ("gzip", "half", cut(&gz, gz.len() / 2), &[BAD, CUT]),
        ("gzip", "a part of the header", cut(&gz, 5), &[BAD, CUT]),
        ("gzip", "without its sum", cut(&gz, gz.len() - 8), &[BAD, CUT]),
        ("deflate", "half", cut(&zl, zl.len() / 2), &[BAD, CUT]),
        ("deflate", "a byte", cut(&zl, 1), &[BAD, CUT]),
        ("deflate", "half, raw", cut(&raw_deflate(TEXT), 8), &[BAD, CUT]),
    ]
}

/// Section 8.1 and row 130: what is broken gives the bytes before, and then fails for good; it is never a shorter success.
#[test]
fn row_130_broken_bodies() {
    each(&broken(), |(coding, what, body, codes)| {
        for framing in FRAMINGS {
            let answer = unpacked(ALL, framing.reply(coding, body));
            let Some((Stage::Body, code)) = answer.failure else { panic!("{what}, {framing:?}: {answer:?}") };
            assert!(codes.contains(&code), "{what}, {framing:?}: {code}");
            assert!(TEXT.starts_with(&answer.body), "{what}, {framing:?}: {answer:?}");
            let all_came = what.starts_with("wrong") || what.starts_with("trailing") || what.starts_with("without");
            assert!(!all_came || answer.body == TEXT, "{what}, {framing:?}: {answer:?}");
        }
    });
}

/// Garbage behind deflate may be overlooked or not; what stands before it is delivered, and nothing more.
#[test]
fn garbage_behind_deflate() {
    each(&[zlib(TEXT), raw_deflate(TEXT)], |packed| {
        for framing in FRAMINGS {
            let answer = unpacked(DEFLATE, framing.reply("deflate", &[packed, b"garbage".as_slice()].concat()));
            assert_eq!(answer.body, TEXT);
            assert!([None, Some((Stage::Body, BAD))].contains(&answer.failure), "{answer:?}");
        }
    });
}

/// Row 130: bytes that came before the fault are delivered, however much later it is found.
#[test]
fn row_130_bytes_before_the_fault() {
    let body = noise(200_000);
    let mut packed = gzip(&body);
    let of_the_length = packed.len() - 4;
    packed[of_the_length] ^= 1;
    let broken = unpacked(GZIP, Framing::Length.reply("gzip", &packed));
    broken.assert_failed(Stage::Body, BAD);
    assert!(broken.body == body, "{} bytes", broken.body.len());
}

/// Decision 6: a message that is cut off is that first: the bytes, then 12030.
#[test]
fn cut_off_messages() {
    let body = noise(3000);
    let rows: Vec<_> =
        CODINGS.into_iter().flat_map(|coding| [Framing::Length, Framing::Chunks(100)].map(|f| (coding, f))).collect();
    each(&rows, |&(coding, framing)| {
        let mut reply = framing.reply(coding.name, &(coding.pack)(&body));
        reply.truncate(reply.len() - 1000);
        let cut = unpacked(ALL, reply);
        cut.assert_failed(Stage::Body, CUT);
        assert!(!cut.body.is_empty() && body.starts_with(&cut.body), "{} bytes", cut.body.len());
    });
}

/// Row 132: a body of zeros, a thousand times as long as it arrives, is read piece by piece in little memory.
#[test]
fn row_132_a_bomb() {
    let peer = answers([Framing::Length.reply("deflate", &zeros(BOMB))]);
    let session = Session::open();
    let request = unpacking(&session, peer.port(), DEFLATE);
    request.send().and_then(|()| request.receive()).unwrap();
    let (mut length, mut most, before) = (0, 0, memory());
    let (mut buffer, zeros) = (vec![1; 1 << 20], vec![0; 1 << 20]);
    loop {
        let read = WinHttpReadData(request.handle, &mut buffer).unwrap();
        assert!(buffer[..read] == zeros[..read]);
        length += read;
        most = most.max(memory());
        if read == 0 {
            break;
        }
    }
    assert_eq!(length, BOMB);
    assert!(most.saturating_sub(before) < 64 << 20, "{} bytes of memory", most - before);
}

/// So many zeros, a whole number of MiB, packed: a block that ends on a whole byte can be repeated.
fn zeros(length: usize) -> Vec<u8> {
    let mut packer = write::DeflateEncoder::new(Vec::new(), Compression::best());
    packer.write_all(&vec![0; 1 << 20]).unwrap();
    packer.flush().unwrap();
    let block = packer.get_ref().clone();
    [block.repeat(length >> 20), raw_deflate(b"")].concat()
}

/// The memory of this process in bytes, where the system tells it.
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<usize>().ok()).unwrap_or(0) << 10
}

const BOMB: usize = 256 << 20;
