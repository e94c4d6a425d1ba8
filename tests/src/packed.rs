//! Bodies in a content coding, and answers that carry them.

use std::io::Write;

use flate2::{Compression, write};
use openwinhttp::*;

use crate::exchange::Answer;
use crate::fixtures::{Request, Session};
use crate::wire::answers;

/// A content coding.
#[derive(Clone, Copy, Debug)]
pub struct Coding {
    /// As Content-Encoding names it.
    pub name: &'static str,
    /// The flag that asks for it: `WINHTTP_DECOMPRESSION_FLAG_*`.
    pub flag: u32,
    /// Packs bytes.
    pub pack: fn(&[u8]) -> Vec<u8>,
}

/// All of them, deflate in both its kinds.
pub const CODINGS: [Coding; 3] = [
    Coding { name: "gzip", flag: WINHTTP_DECOMPRESSION_FLAG_GZIP, pack: gzip },
    Coding { name: "deflate", flag: WINHTTP_DECOMPRESSION_FLAG_DEFLATE, pack: zlib },
    Coding { name: "deflate", flag: WINHTTP_DECOMPRESSION_FLAG_DEFLATE, pack: raw_deflate },
];

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// By its length.
    Length,
    /// By chunks of this size.
    Chunks(usize),
    /// By the end of the connection.
    Close,
}

/// All of them, with chunks that cut everything and with such that hardly do.
pub const FRAMINGS: [Framing; 4] = [Framing::Length, Framing::Chunks(1), Framing::Chunks(1000), Framing::Close];

impl Framing {
    /// An answer with this body, which is said to have this coding.
    pub fn reply(self, coding: &str, body: &[u8]) -> Vec<u8> {
        let head = format!("HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Encoding: {coding}\r\n");
        let (field, body) = match self {
            Framing::Length => (format!("Content-Length: {}\r\n\r\n", body.len()), body.to_vec()),
            Framing::Close => ("Connection: close\r\n\r\n".to_owned(), body.to_vec()),
            Framing::Chunks(size) => ("Transfer-Encoding: chunked\r\n\r\n".to_owned(), chunks(size, body)),
        };
        [head.as_bytes(), field.as_bytes(), &body].concat()
    }
}

fn chunks(size: usize, body: &[u8]) -> Vec<u8> {
    let chunk = |piece: &[u8]| [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
    [body.chunks(size).flat_map(chunk).collect(), b"0\r\nX-T: end\r\n\r\n".to_vec()].concat()
}

/// A GET that wants this unpacked.
pub fn unpacking(session: &Session, port: u16, flags: u32) -> Request {
    let request = session.get(port);
    request.set(WINHTTP_OPTION_DECOMPRESSION, flags).unwrap();
    request
}

/// What a request that wants this unpacked makes of a reply.
pub fn unpacked(flags: u32, reply: Vec<u8>) -> Answer {
    let peer = answers([reply]);
    let answer = Answer::to(&unpacking(&Session::open(), peer.port(), flags));
    peer.finish();
    answer
}

/// Packs as gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = write::GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// Packs as deflate, wrapped as RFC 9110 wants it.
pub fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut packer = write::ZlibEncoder::new(Vec::new(), Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// Packs as deflate, bare as some servers send it.
pub fn raw_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut packer = write::DeflateEncoder::new(Vec::new(), Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// Bytes that hardly get shorter.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}
