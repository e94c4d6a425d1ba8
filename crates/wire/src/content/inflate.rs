//! gzip, zlib and bare deflate.

use zlib_rs::{Inflate, InflateFlush, Status};

use super::{Decoded, Verdict};

/// A deflate stream and what is wrapped around it. Headers, checksums and lengths are checked.
pub(super) struct Inflater {
    inflate: Inflate,
}

/// The coding `deflate`, whose first two bytes tell what it is.
#[derive(Default)]
pub(super) struct Deflate {
    /// It came alone.
    first_byte: Option<u8>,
    inflater: Option<Inflater>,
}

impl Inflater {
    /// One member of gzip, of which `start` was read already: no more than the two bytes that all have in common.
    pub(super) fn gzip_behind(start: &[u8]) -> Self {
        let mut inflater = Self { inflate: Inflate::new(true, GZIP + WINDOW_BITS) };
        inflater.step(start, &mut []);
        inflater
    }

    pub(super) fn step(&mut self, input: &[u8], out: &mut [u8]) -> (Decoded, Verdict) {
        let (total_in, total_out) = (self.inflate.total_in(), self.inflate.total_out());
        let verdict = match self.inflate.decompress(input, out, InflateFlush::NoFlush) {
            Ok(Status::Ok | Status::BufError) => Verdict::GoesOn,
            Ok(Status::StreamEnd) => Verdict::Complete,
            Err(_) => Verdict::Corrupt,
        };
        let used = (self.inflate.total_in() - total_in) as usize;
        let made = (self.inflate.total_out() - total_out) as usize;
        (Decoded { used, made }, verdict)
    }
}

impl Deflate {
    pub(super) fn step(&mut self, input: &[u8], out: &mut [u8]) -> (Decoded, Verdict) {
        if let Some(inflater) = &mut self.inflater {
            return inflater.step(input, out);
        }
        match (self.first_byte, input) {
            (None, [first, second, ..]) => self.begin([*first, *second]).step(input, out),
            (Some(first), [second, ..]) => {
                let inflater = self.begin([first, *second]);
                // One byte holds no data yet, so it needs no room.
                match inflater.step(&[first], &mut []) {
                    (Decoded { used: 1, .. }, Verdict::GoesOn) => inflater.step(input, out),
                    _ => (Decoded::default(), Verdict::Corrupt),
                }
            }
            (None, [first]) => {
                self.first_byte = Some(*first);
                (Decoded { used: 1, made: 0 }, Verdict::GoesOn)
            }
            (_, []) => (Decoded::default(), Verdict::GoesOn),
        }
    }

    fn begin(&mut self, start: [u8; 2]) -> &mut Inflater {
        let inflate = Inflate::new(is_zlib_header(start), WINDOW_BITS);
        self.inflater.insert(Inflater { inflate })
    }
}

/// RFC 1950 section 2.2. Bare deflate could look so only with a stored block behind padding that is not zero, and no
/// encoder makes that.
fn is_zlib_header(start: [u8; 2]) -> bool {
    let [method, _] = start;
    let (is_deflate, window) = (method & 0x0F == 8, method >> 4);
    is_deflate && window <= 7 && u16::from_be_bytes(start) % 31 == 0
}

/// Deflate looks back by 32 KiB at most.
const WINDOW_BITS: u8 = 15;
/// Added to the window, this asks zlib for the wrapping of gzip.
const GZIP: u8 = 16;
