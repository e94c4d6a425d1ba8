//! Content codings (RFC 9110 section 8.4), decoded as the bytes come.

#[cfg(feature = "brotli")]
mod brotli;
mod inflate;

#[cfg(feature = "brotli")]
use alloc::boxed::Box;
use core::fmt;

use crate::error::Error;
use inflate::{Deflate, Inflater};

/// A content coding that can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// `gzip`, also called `x-gzip` (RFC 1952).
    Gzip,
    /// `deflate`: zlib (RFC 1950), or, as some servers send it, bare deflate (RFC 1951).
    Deflate,
    /// `br` (RFC 7932).
    #[cfg(feature = "brotli")]
    Brotli,
}

impl Coding {
    /// The coding that the value of a Content-Encoding field names. A list of several, or anything else, is `None`.
    pub fn from_field(value: &[u8]) -> Option<Self> {
        let name = value.trim_ascii();
        CODINGS.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).map(|(_, coding)| *coding)
    }
}

/// A decoder that takes coded bytes in pieces of any size. Its memory is bounded by what the coding may look back:
/// 32 KiB for gzip and deflate, 16 MiB for brotli.
pub struct Decoder {
    coding: Coding,
    stage: Stage,
}

/// What one call of [`Decoder::decode`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// Bytes of the input that were used.
    pub used: usize,
    /// Bytes that were put into the output.
    pub made: usize,
}

/// Where the next byte belongs.
enum Stage {
    /// Nothing came yet. A body without a byte is complete, whatever coding it is said to have.
    Empty,
    Coded(Codec),
    /// Behind a complete member of gzip: more of them may follow (RFC 1952 section 2.2).
    Between {
        first_byte_seen: bool,
    },
    /// Behind the end. Whatever follows is read over.
    Done,
    /// What is wrong; told once the bytes before it were given out.
    Failed(Error),
}

enum Codec {
    Gzip(Inflater),
    Deflate(Deflate),
    #[cfg(feature = "brotli")]
    Brotli(Box<brotli::Brotli>),
}

/// What a codec says after it has worked.
enum Verdict {
    GoesOn,
    Complete,
    Corrupt,
}

impl Decoder {
    /// A decoder for a body in this coding.
    pub fn new(coding: Coding) -> Self {
        Self { coding, stage: Stage::Empty }
    }

    /// Decodes from `input` into `out`, until one of them is used up. Where `out` had no room left, more may come without
    /// further input. An error comes after all bytes before it, and stays.
    pub fn decode(&mut self, input: &[u8], out: &mut [u8]) -> Result<Decoded, Error> {
        if matches!(self.stage, Stage::Empty) && !input.is_empty() {
            self.stage = Stage::Coded(Codec::new(self.coding));
        }
        let mut total = Decoded::default();
        loop {
            let step = self.step(&input[total.used..], &mut out[total.made..]);
            total.used += step.used;
            total.made += step.made;
            match self.stage {
                Stage::Failed(error) if total.made == 0 => return Err(error),
                _ if step == Decoded::default() => return Ok(total),
                _ => {}
            }
        }
    }

    /// The input has ended: tells whether the coded data was complete. What is still to come out is got before, by
    /// [`decode`](Self::decode) with an empty input.
    pub fn finish(&self) -> Result<(), Error> {
        match self.stage {
            Stage::Empty | Stage::Between { first_byte_seen: false } | Stage::Done => Ok(()),
            Stage::Between { .. } | Stage::Coded(_) => Err(Error::Incomplete),
            Stage::Failed(error) => Err(error),
        }
    }

    /// Whether nothing that still comes will be decoded. Of gzip that is not known at the end of a member.
    pub fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done)
    }

    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Decoded {
        let (step, verdict) = match &mut self.stage {
            Stage::Empty | Stage::Failed(_) => return Decoded::default(),
            Stage::Coded(codec) => codec.step(input, out),
            Stage::Between { first_byte_seen } => {
                let was_seen = *first_byte_seen;
                return self.between(was_seen, input);
            }
            Stage::Done => return Decoded { used: input.len(), made: 0 },
        };
        let has_moved = step != Decoded::default();
        match verdict {
            Verdict::GoesOn if has_moved || input.is_empty() || out.is_empty() => step,
            Verdict::GoesOn | Verdict::Corrupt => {
                self.stage = Stage::Failed(Error::Content);
                step
            }
            Verdict::Complete => {
                self.stage = self.behind_the_end();
                // To see the end may have taken no byte; what follows it is not to wait for another call.
                if has_moved { step } else { self.step(input, out) }
            }
        }
    }

    fn behind_the_end(&self) -> Stage {
        match self.coding {
            Coding::Gzip => Stage::Between { first_byte_seen: false },
            _ => Stage::Done,
        }
    }

    /// Looks for the two bytes that every member of gzip begins with.
    fn between(&mut self, first_byte_seen: bool, input: &[u8]) -> Decoded {
        let Some(byte) = input.first() else { return Decoded::default() };
        self.stage = match (first_byte_seen, *byte) {
            (false, GZIP_FIRST) => Stage::Between { first_byte_seen: true },
            (true, GZIP_SECOND) => Stage::Coded(Codec::Gzip(Inflater::gzip_behind(&[GZIP_FIRST, GZIP_SECOND]))),
            (false, PADDING) => Stage::Between { first_byte_seen: false },
            _ => Stage::Failed(Error::Content),
        };
        Decoded { used: 1, made: 0 }
    }
}

impl Codec {
    fn new(coding: Coding) -> Self {
        match coding {
            Coding::Gzip => Self::Gzip(Inflater::gzip_behind(&[])),
            Coding::Deflate => Self::Deflate(Deflate::default()),
            #[cfg(feature = "brotli")]
            Coding::Brotli => Self::Brotli(Box::new(brotli::Brotli::new())),
        }
    }

    fn step(&mut self, input: &[u8], out: &mut [u8]) -> (Decoded, Verdict) {
        match self {
            Self::Gzip(inflater) => inflater.step(input, out),
            Self::Deflate(deflate) => deflate.step(input, out),
            #[cfg(feature = "brotli")]
            Self::Brotli(stream) => stream.step(input, out),
        }
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("coding", &self.coding).finish_non_exhaustive()
    }
}

const CODINGS: &[(&[u8], Coding)] = &[
    (b"gzip", Coding::Gzip),
    (b"x-gzip", Coding::Gzip),
    (b"deflate", Coding::Deflate),
    #[cfg(feature = "brotli")]
    (b"br", Coding::Brotli),
];

const GZIP_FIRST: u8 = 0x1F;
const GZIP_SECOND: u8 = 0x8B;
/// Fills up the block of whatever the member was stored on.
const PADDING: u8 = 0;

#[cfg(test)]
mod tests;
