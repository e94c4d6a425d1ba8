//! The body of an answer: where it stands, and what to do next to get more of it.

use crate::chunked::Chunked;
use crate::error::Error;
use crate::field_block::FieldBlock;
use crate::input::InBuf;
use crate::response::Framing;

/// What the framing says to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// This many bytes are ready, at least one.
    Have(usize),
    /// Nothing is in the input: receive up to this many bytes straight to their place, then tell
    /// [`Body::received`].
    Direct(usize),
    /// Receive more into the input, then ask again.
    More,
    /// The body is complete.
    End,
}

/// A body that is being read.
#[derive(Debug)]
pub struct Body {
    kind: Kind,
    /// Bytes at the front of the input that are decoded already; only a chunked body has such.
    decoded: usize,
}

#[derive(Debug)]
enum Kind {
    Length(u64),
    Chunked(Chunked),
    UntilClose,
    Closed,
}

impl Body {
    /// The body that this framing delimits.
    pub fn new(framing: Framing) -> Self {
        let kind = match framing {
            Framing::Length(length) => Kind::Length(length),
            Framing::Chunked => Kind::Chunked(Chunked::default()),
            Framing::UntilClose => Kind::UntilClose,
        };
        Self { kind, decoded: 0 }
    }

    /// Whether every byte of the body was given out.
    pub fn is_complete(&self) -> bool {
        self.decoded == 0
            && match &self.kind {
                Kind::Length(left) => *left == 0,
                Kind::Chunked(chunked) => chunked.is_done(),
                Kind::UntilClose => false,
                Kind::Closed => true,
            }
    }

    /// The trailer fields of a chunked body that is complete.
    pub fn trailers(&self) -> Option<&FieldBlock> {
        match &self.kind {
            Kind::Chunked(chunked) => Some(chunked.trailers()),
            _ => None,
        }
    }

    /// Moves body bytes from `input` into `out`, which is not empty. [`Plan::Have`] counts what was moved.
    pub fn read(&mut self, input: &mut InBuf, out: &mut [u8]) -> Result<Plan, Error> {
        if self.decoded > 0 {
            let room = out.len().min(self.decoded);
            let count = input.take(&mut out[..room]);
            self.decoded -= count;
            return Ok(Plan::Have(count));
        }
        if self.is_complete() {
            return Ok(Plan::End);
        }
        if input.is_empty() {
            return Ok(self.receive_plan(out.len()));
        }
        match &mut self.kind {
            Kind::Chunked(chunked) => {
                let (used, made) = chunked.decode(input.data(), out)?;
                input.consume(used);
                Ok(self.plan_after(made))
            }
            Kind::Length(left) => {
                let room = usize::try_from(*left).map_or(out.len(), |left| left.min(out.len()));
                let count = input.take(&mut out[..room]);
                *left -= count as u64;
                Ok(Plan::Have(count))
            }
            Kind::UntilClose | Kind::Closed => Ok(Plan::Have(input.take(out))),
        }
    }

    /// How many body bytes stand at the front of `input`; [`Plan::More`] where none does and more can come.
    pub fn peek(&mut self, input: &mut InBuf) -> Result<Plan, Error> {
        if self.decoded > 0 {
            return Ok(Plan::Have(self.decoded));
        }
        if self.is_complete() {
            return Ok(Plan::End);
        }
        let count = match &mut self.kind {
            Kind::Chunked(chunked) => {
                let total = input.len();
                let (used, made) = chunked.decode_in_place(input.data_mut())?;
                input.data_mut().copy_within(used.., made);
                input.truncate(made + total - used);
                self.decoded = made;
                made
            }
            Kind::Length(left) => usize::try_from(*left).map_or(input.len(), |left| left.min(input.len())),
            Kind::UntilClose | Kind::Closed => input.len(),
        };
        Ok(self.plan_after(count))
    }

    /// Notes that `count` bytes were received straight to their place, as [`Plan::Direct`] asked.
    pub fn received(&mut self, count: usize) {
        match &mut self.kind {
            Kind::Length(left) => *left -= (count as u64).min(*left),
            Kind::Chunked(chunked) => chunked.skip_data(count as u64),
            Kind::UntilClose | Kind::Closed => {}
        }
    }

    /// Notes that the connection ended: right for a body that only this ends, [`Error::Incomplete`] for the others.
    pub fn end_of_input(&mut self) -> Result<(), Error> {
        match self.kind {
            Kind::UntilClose | Kind::Closed => {
                self.kind = Kind::Closed;
                Ok(())
            }
            _ if self.is_complete() => Ok(()),
            _ => Err(Error::Incomplete),
        }
    }

    /// The most bytes that are left of the body, where its framing tells.
    pub fn bytes_left(&self) -> Option<u64> {
        match &self.kind {
            Kind::Length(left) => Some(*left),
            Kind::Closed => Some(0),
            Kind::Chunked(chunked) if chunked.is_done() => Some(self.decoded as u64),
            Kind::Chunked(_) | Kind::UntilClose => None,
        }
    }

    fn plan_after(&self, count: usize) -> Plan {
        match count {
            0 if self.is_complete() => Plan::End,
            0 => Plan::More,
            _ => Plan::Have(count),
        }
    }

    /// Chunk data goes straight to its place only where no framing can come in between.
    fn receive_plan(&self, room: usize) -> Plan {
        let at_most = |left: u64| usize::try_from(left).map_or(room, |left| left.min(room));
        match &self.kind {
            Kind::Length(left) => Plan::Direct(at_most(*left)),
            Kind::Chunked(chunked) if chunked.data_left() >= room as u64 && room >= LARGE => Plan::Direct(room),
            Kind::Chunked(_) => Plan::More,
            Kind::UntilClose | Kind::Closed => Plan::Direct(room),
        }
    }
}

/// From this size on, a chunk is worth a receive of its own.
const LARGE: usize = 16 * 1024;
