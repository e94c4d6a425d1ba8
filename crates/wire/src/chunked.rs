//! The chunked transfer coding (RFC 9112 section 7.1), decoded as the bytes come.

use alloc::vec::Vec;

use crate::error::Error;
use crate::field_block::FieldBlock;

/// A decoder that takes chunked bytes in pieces of any size.
#[derive(Debug)]
pub struct Chunked {
    state: State,
    /// The size that is being read, then what is left of the chunk.
    left: u64,
    digits: u8,
    extension_budget: usize,
    /// What is wrong behind data that was given out.
    failure: Option<Error>,
    trailer_text: Vec<u8>,
    trailers: FieldBlock,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Size,
    SizeBlank,
    Extension,
    SizeLineFeed,
    Data,
    DataEnd,
    DataLineFeed,
    Trailers,
    Done,
}

impl Default for Chunked {
    fn default() -> Self {
        Self {
            state: State::Size,
            left: 0,
            digits: 0,
            extension_budget: MAX_EXTENSIONS,
            failure: None,
            trailer_text: Vec::new(),
            trailers: FieldBlock::default(),
        }
    }
}

impl Chunked {
    /// Whether the last chunk and the trailer section were read.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// The trailer fields; none before the end.
    pub fn trailers(&self) -> &FieldBlock {
        &self.trailers
    }

    /// What is left of the chunk, if the next byte is one of its data.
    pub fn data_left(&self) -> u64 {
        if self.state == State::Data { self.left } else { 0 }
    }

    /// Notes that `count` bytes of the chunk's data went another way; at most [`data_left`](Chunked::data_left).
    pub fn skip_data(&mut self, count: u64) {
        self.left -= count.min(self.left);
        if self.left == 0 {
            self.state = State::DataEnd;
        }
    }

    /// Decodes from `input` into `out` until one of them is used up, or the body ends. Framing behind the last byte
    /// that `out` had room for is read too. Gives the bytes consumed and produced. What is wrong behind data is told by
    /// the next call.
    pub fn decode(&mut self, input: &[u8], out: &mut [u8]) -> Result<(usize, usize), Error> {
        let (mut at, mut made) = (0, 0);
        while at < input.len() && self.state != State::Done {
            if self.state != State::Data {
                match self.framing_after(made, &input[at..])? {
                    Some(count) => at += count,
                    None => break,
                }
                continue;
            }
            let count = self.data_in(input.len() - at).min(out.len() - made);
            if count == 0 {
                break;
            }
            out[made..made + count].copy_from_slice(&input[at..at + count]);
            self.skip_data(count as u64);
            (at, made) = (at + count, made + count);
        }
        Ok((at, made))
    }

    /// The same within one buffer: data moves to its front.
    pub fn decode_in_place(&mut self, bytes: &mut [u8]) -> Result<(usize, usize), Error> {
        let (mut at, mut made) = (0, 0);
        while at < bytes.len() && self.state != State::Done {
            if self.state != State::Data {
                match self.framing_after(made, &bytes[at..])? {
                    Some(count) => at += count,
                    None => break,
                }
                continue;
            }
            let count = self.data_in(bytes.len() - at);
            bytes.copy_within(at..at + count, made);
            self.skip_data(count as u64);
            (at, made) = (at + count, made + count);
        }
        Ok((at, made))
    }

    fn data_in(&self, available: usize) -> usize {
        usize::try_from(self.left).map_or(available, |left| left.min(available))
    }

    /// [`framing`](Self::framing), whose failure waits for the next call where data was made before it: `None`.
    fn framing_after(&mut self, made: usize, input: &[u8]) -> Result<Option<usize>, Error> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        match self.framing(input) {
            Err(failure) if made > 0 => {
                self.failure = Some(failure);
                Ok(None)
            }
            outcome => outcome.map(Some),
        }
    }

    /// Reads framing bytes until data, the end of `input` or the end of the body; gives their number, at least 1.
    fn framing(&mut self, input: &[u8]) -> Result<usize, Error> {
        let mut at = 0;
        while at < input.len() {
            let byte = input[at];
            match self.state {
                State::Data | State::Done => break,
                State::Trailers => {
                    at += self.trailer(&input[at..])?;
                    continue;
                }
                State::Size => self.size(byte)?,
                State::SizeBlank => self.blank(byte)?,
                State::Extension => self.extension(byte)?,
                State::SizeLineFeed => self.expect_line_feed(byte, Self::after_size)?,
                State::DataEnd if byte == b'\r' => self.state = State::DataLineFeed,
                State::DataEnd | State::DataLineFeed => self.expect_line_feed(byte, Self::after_data)?,
            }
            at += 1;
        }
        Ok(at)
    }

    fn size(&mut self, byte: u8) -> Result<(), Error> {
        let value = HEX[usize::from(byte)];
        if value < 16 {
            self.digits += 1;
            if self.digits > MAX_DIGITS {
                return Err(Error::ChunkHeaderTooLarge);
            }
            self.left = self.left << 4 | u64::from(value);
            return Ok(());
        }
        if self.digits == 0 {
            return Err(Error::Chunk);
        }
        match byte {
            b'\r' => self.state = State::SizeLineFeed,
            b'\n' => self.after_size(),
            b';' => self.state = State::Extension,
            b' ' | b'\t' => self.state = State::SizeBlank,
            _ => return Err(Error::Chunk),
        }
        Ok(())
    }

    /// Blanks behind the size are "bad whitespace": they may only lead to an extension or to the end of the line.
    fn blank(&mut self, byte: u8) -> Result<(), Error> {
        match byte {
            b';' => self.state = State::Extension,
            b' ' | b'\t' | b'\r' => return self.extension(byte),
            _ => return Err(Error::Chunk),
        }
        Ok(())
    }

    /// Extensions are read over; a bare LF in them would be a line end to some readers and none to others.
    fn extension(&mut self, byte: u8) -> Result<(), Error> {
        match byte {
            b'\r' => self.state = State::SizeLineFeed,
            b'\t' | 0x20..=0x7E | 0x80.. => {
                self.extension_budget = self.extension_budget.checked_sub(1).ok_or(Error::ChunkHeaderTooLarge)?;
            }
            _ => return Err(Error::Chunk),
        }
        Ok(())
    }

    fn expect_line_feed(&mut self, byte: u8, then: fn(&mut Self)) -> Result<(), Error> {
        if byte != b'\n' {
            return Err(Error::Chunk);
        }
        then(self);
        Ok(())
    }

    /// Data earns back what extensions and blanks have used up.
    fn after_size(&mut self) {
        self.digits = 0;
        let earned = usize::try_from(self.left).unwrap_or(MAX_EXTENSIONS).saturating_add(16);
        self.extension_budget = self.extension_budget.saturating_add(earned).min(MAX_EXTENSIONS);
        self.state = if self.left == 0 { State::Trailers } else { State::Data };
    }

    fn after_data(&mut self) {
        self.state = State::Size;
    }

    /// Collects one line of the trailer section, or what there is of it; the empty line ends the body.
    fn trailer(&mut self, input: &[u8]) -> Result<usize, Error> {
        let line_feed = input.iter().position(|byte| *byte == b'\n');
        let count = line_feed.map_or(input.len(), |at| at + 1);
        if self.trailer_text.len() + count > MAX_TRAILERS {
            return Err(Error::HeadTooLarge);
        }
        if self.trailer_text.is_empty() && &input[..count] == b"\r\n" {
            self.state = State::Done;
            return Ok(count);
        }
        self.trailer_text.extend_from_slice(&input[..count]);
        let text = &self.trailer_text;
        let ends = text == b"\n" || text == b"\r\n" || text.ends_with(b"\n\n") || text.ends_with(b"\n\r\n");
        if line_feed.is_some() && ends {
            let (trailers, _) = FieldBlock::parse(text, 0)?.ok_or(Error::FieldLine)?;
            self.trailers = trailers;
            self.state = State::Done;
        }
        Ok(count)
    }
}

/// The digits of a chunk size, leading zeros counted: more cannot fit 64 bits.
const MAX_DIGITS: u8 = 16;
/// Bytes of chunk extensions beyond those that data has earned.
const MAX_EXTENSIONS: usize = 16 * 1024;
/// Bytes of the trailer section.
const MAX_TRAILERS: usize = 64 * 1024;

/// The value of a hexadecimal digit; 255 for any other byte.
const HEX: [u8; 256] = {
    let mut table = [u8::MAX; 256];
    let mut value = 0;
    while value < 16 {
        table[b"0123456789abcdef"[value] as usize] = value as u8;
        table[b"0123456789ABCDEF"[value] as usize] = value as u8;
        value += 1;
    }
    table
};

#[cfg(test)]
#[path = "chunked/tests.rs"]
mod tests;
