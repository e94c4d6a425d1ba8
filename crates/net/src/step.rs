//! What a piece of work says when it is asked to go on.

use std::sync::Arc;
use std::time::Instant;

use openwinhttp_wire::InBuf;

use crate::error::Error;
use crate::names::Lookup;
use crate::seat::Seats;
use crate::socket::Socket;

/// The outcome of one step.
#[derive(Debug)]
pub enum Step<T> {
    /// The work is done.
    Done(T),
    /// The work goes on when this has come true.
    Wait(Want),
}

/// What a step waits for.
#[derive(Debug)]
pub enum Want {
    /// The socket of the connection has bytes. A socket that blocks waits by itself; it says this when its time limit has
    /// passed.
    Readable,
    /// The socket of the connection has room; or bytes, for the peer may have answered already.
    Writable,
    /// A name look-up has an answer.
    Lookup(Arc<Lookup>),
    /// A connection of an origin that may have no more is free, or gone; or it is time to look.
    Seat {
        /// Where it is told.
        seats: Arc<Seats>,
        /// What was told before the last look.
        told: u64,
        /// When to look at the latest.
        until: Option<Instant>,
    },
    /// A connect has come to an end, or its time is over.
    Connect(Connecting),
}

/// A connect that is under way.
#[derive(Debug)]
pub struct Connecting {
    pub(crate) socket: Arc<Socket>,
    pub(crate) deadline: Option<Instant>,
}

/// Goes on with what a step has done, or hands its `Wait` to the caller.
macro_rules! done {
    ($step:expr) => {
        match $step {
            $crate::Step::Done(value) => value,
            $crate::Step::Wait(want) => return Ok($crate::Step::Wait(want)),
        }
    };
}
pub(crate) use done;

/// Receives into the window, which takes counts and knows no `Wait`.
pub(crate) fn fill(
    input: &mut InBuf,
    room: usize,
    receive: impl FnOnce(&mut [u8]) -> Result<Step<usize>, Error>,
) -> Result<Step<usize>, Error> {
    let mut wait = None;
    let count = input.fill_with(room, |room| match receive(room)? {
        Step::Done(count) => Ok::<_, Error>(count),
        Step::Wait(want) => {
            wait = Some(want);
            Ok(0)
        }
    })?;
    Ok(wait.map_or(Step::Done(count), Step::Wait))
}
