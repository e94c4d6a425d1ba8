//! A body that comes in a content coding and is given out without it (`WINHTTP_OPTION_DECOMPRESSION`).

use openwinhttp_abi::*;
use openwinhttp_net::Step;
use openwinhttp_wire::{Coding, Decoder, Error as WireError, ResponseHead};

use super::{Amount, Exchange};
use crate::errors::{Coded, Result};
use crate::objects::Request;

/// The work of decoding one body.
#[derive(Debug)]
pub(super) struct Decoding {
    decoder: Decoder,
    /// What came over the wire and is not decoded yet.
    coded: Window,
    /// What is decoded and not given out yet: only after it was asked how much there is.
    plain: Window,
    /// How much has come since the last byte was decoded.
    fruitless: usize,
}

/// Bytes that are used up from the front.
#[derive(Debug, Default)]
struct Window {
    bytes: Vec<u8>,
    used: usize,
}

impl Window {
    fn data(&self) -> &[u8] {
        &self.bytes[self.used..]
    }

    /// Lets `fill` put new bytes in place of those that were used up; it gives how many.
    fn refill<E>(
        &mut self,
        fill: impl FnOnce(&mut [u8]) -> core::result::Result<usize, E>,
    ) -> core::result::Result<usize, E> {
        self.used = 0;
        self.bytes.resize(ROOM, 0);
        let count = fill(&mut self.bytes).inspect_err(|_| self.bytes.clear())?;
        self.bytes.truncate(count);
        Ok(count)
    }

    fn take(&mut self, out: &mut [u8]) -> usize {
        let count = self.data().len().min(out.len());
        out[..count].copy_from_slice(&self.data()[..count]);
        self.used += count;
        count
    }
}

impl Decoding {
    /// For an answer with this head, if its coding is one of `flags`. The head then tells of the decoded body.
    pub(super) fn of(head: &mut ResponseHead, flags: u32) -> Option<Box<Self>> {
        if flags == 0 {
            return None;
        }
        let mut codings = head.fields().values(b"Content-Encoding");
        let (coding, None) = (Coding::from_field(codings.next()?)?, codings.next()) else { return None };
        let is_wanted = CODINGS.iter().any(|row| row.coding == coding && flags & row.flag != 0);
        drop(codings);
        is_wanted.then(|| {
            head.remove_fields(&[b"Content-Encoding", b"Content-Length"]);
            Box::new(Self {
                decoder: Decoder::new(coding),
                coded: Window::default(),
                plain: Window::default(),
                fruitless: 0,
            })
        })
    }

    /// Decodes from what lies here; 0 when more has to come first.
    fn decode(&mut self, out: &mut [u8]) -> Result<usize> {
        loop {
            let step = self.decoder.decode(self.coded.data(), out).coded()?;
            self.coded.used += step.used;
            if step.made > 0 || step.used == 0 || self.coded.data().is_empty() {
                return Ok(step.made);
            }
        }
    }
}

impl Exchange {
    /// Fills `out` with what the coded body stands for.
    pub(super) fn read_decoded(
        &mut self,
        request: &Request,
        decoding: &mut Decoding,
        out: &mut [u8],
        filled: &mut usize,
        amount: Amount,
    ) -> Result<Step<()>> {
        *filled += decoding.plain.take(&mut out[*filled..]);
        // What is decoded into the buffer of the caller is limited by that; so no answer can blow up memory.
        while !amount.is_reached(*filled, out.len()) {
            let made = self.decoded(request, decoding, |decoding| decoding.decode(&mut out[*filled..]))?;
            match made {
                Step::Done(0) => break,
                Step::Done(count) => *filled += count,
                Step::Wait(want) => return Ok(Step::Wait(want)),
            }
        }
        Ok(Step::Done(()))
    }

    /// How many decoded bytes lie ready; waits for the first, and gives 0 at the end.
    pub(super) fn decoded_available(&mut self, request: &Request, decoding: &mut Decoding) -> Result<Step<usize>> {
        if decoding.plain.data().is_empty() {
            let made = self.decoded(request, decoding, |decoding| {
                let mut plain = std::mem::take(&mut decoding.plain);
                let made = plain.refill(|room| decoding.decode(room));
                decoding.plain = plain;
                made
            })?;
            if let Step::Wait(want) = made {
                return Ok(Step::Wait(want));
            }
        }
        Ok(Step::Done(decoding.plain.data().len()))
    }

    /// Decodes some bytes, receiving until there are some; 0 at the end.
    fn decoded(
        &mut self,
        request: &Request,
        decoding: &mut Decoding,
        mut decode: impl FnMut(&mut Decoding) -> Result<usize>,
    ) -> Result<Step<usize>> {
        loop {
            let made = decode(decoding).inspect_err(|error| self.stopped(request, error))?;
            if made > 0 {
                decoding.fruitless = 0;
                return Ok(Step::Done(made));
            }
            match self.receive_coded(request, decoding)? {
                Step::Done(0) => {
                    decoding.decoder.finish().coded().inspect_err(|error| self.stopped(request, error))?;
                    return Ok(Step::Done(0));
                }
                Step::Done(count) => {
                    decoding.fruitless += count;
                    if decoding.fruitless > MOST_FRUITLESS {
                        return self.stop_decoding(request, decoding);
                    }
                }
                Step::Wait(want) => return Ok(Step::Wait(want)),
            }
        }
    }

    /// Padding, or a name in gzip, could go on for ever. Behind the end of the coding it is just not read on.
    fn stop_decoding(&mut self, request: &Request, decoding: &Decoding) -> Result<Step<usize>> {
        if decoding.decoder.finish().is_err() {
            let error = WireError::Content.coded();
            self.stopped(request, &error);
            return Err(error);
        }
        self.persistent = false;
        self.end_body(request);
        Ok(Step::Done(0))
    }

    /// Receives more of the coded body; 0 at its end.
    fn receive_coded(&mut self, request: &Request, decoding: &mut Decoding) -> Result<Step<usize>> {
        let mut wait = None;
        let received = decoding.coded.refill(|room| {
            let mut count = 0;
            if let Step::Wait(want) = self.read_plain(request, room, &mut count, Amount::Some)? {
                wait = Some(want);
            }
            Ok(count)
        })?;
        Ok(wait.map_or(Step::Done(received), Step::Wait))
    }
}

/// What a request says that it accepts.
pub(super) fn accepted_codings(flags: u32) -> Option<String> {
    if flags == 0 {
        return None;
    }
    let wanted: Vec<&str> = CODINGS.iter().filter(|row| flags & row.flag != 0).map(|row| row.name).collect();
    (!wanted.is_empty()).then(|| wanted.join(", "))
}

/// A coding, the flag that asks for it, and its name.
struct Row {
    coding: Coding,
    flag: u32,
    name: &'static str,
}

const CODINGS: &[Row] = &[
    Row { coding: Coding::Gzip, flag: WINHTTP_DECOMPRESSION_FLAG_GZIP, name: "gzip" },
    Row { coding: Coding::Deflate, flag: WINHTTP_DECOMPRESSION_FLAG_DEFLATE, name: "deflate" },
    #[cfg(feature = "brotli")]
    Row { coding: Coding::Brotli, flag: crate::ext::DECOMPRESSION_FLAG_BROTLI, name: "br" },
];

/// Coded, or decoded, bytes that are held at once.
const ROOM: usize = 16 * 1024;
/// So much may come without a decoded byte.
const MOST_FRUITLESS: usize = 256 * 1024;
