//! The drivers: the only places of this crate that wait. That of synchronous sessions is [`block`]; that of asynchronous
//! ones is the [`reactor`] with its [`workers`].
#![allow(clippy::disallowed_methods, reason = "waiting is what these files are for")]

pub(crate) mod reactor;
mod reaper;
mod resolvers;
mod workers;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cancel::Cancel;
use crate::error::Error;
use crate::names::Lookup;
use crate::step::{Connecting, Step, Want};
use crate::sys;

pub use reactor::{Overdue, Suspended, start_reactor, suspend};
pub(crate) use reaper::start_reaper;
pub use workers::{Task, schedule};

/// Takes `step` again and again, waiting in between on this thread for what it wants. `fail` makes the caller's error
/// of a wait that was in vain.
pub fn block<T, E>(
    cancel: &Cancel,
    fail: impl Fn(Error) -> E,
    mut step: impl FnMut() -> Result<Step<T>, E>,
) -> Result<T, E> {
    loop {
        match step()? {
            Step::Done(value) => return Ok(value),
            Step::Wait(want) => wait(want, cancel).map_err(&fail)?,
        }
    }
}

fn wait(want: Want, cancel: &Cancel) -> Result<(), Error> {
    match want {
        Want::Readable | Want::Writable => Err(Error::TimedOut),
        Want::Lookup(lookup) => look_up(&lookup, cancel),
        Want::Seat { seats, .. } => {
            // A wait may miss what was told just before it: so it is short.
            seats.freed.wait_for(&mut seats.taken.lock(), SLICE);
            if cancel.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
        }
        Want::Connect(connecting) => connect(&connecting, cancel),
    }
}

/// Waits for one slice at most, so that a cancel is noticed on every system; the step looks how the connect went.
fn connect(connecting: &Connecting, cancel: &Cancel) -> Result<(), Error> {
    cancel.attach_socket(&connecting.socket)?;
    let left = connecting.deadline.map_or(SLICE, |deadline| deadline.saturating_duration_since(Instant::now()));
    let ended = connecting.socket.connect_ended_within(left.clamp(Duration::from_millis(1), SLICE));
    if cancel.detach() { ended.map(|_| ()) } else { Err(Error::Cancelled) }
}

/// On one of a few helpers: the resolver of the system cannot be interrupted, but its late answer can be dropped. The
/// step looks whether its time is over.
fn look_up(lookup: &Arc<Lookup>, cancel: &Cancel) -> Result<(), Error> {
    resolvers::ask(lookup)?;
    let mut answer = lookup.answer.lock();
    while answer.is_none() && !lookup.is_overdue() {
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let slice = Instant::now() + SLICE;
        lookup.answered.wait_until(&mut answer, lookup.deadline.map_or(slice, |deadline| deadline.min(slice)));
    }
    Ok(())
}

/// Tries again and again, letting other threads run, for what should come true in a moment.
pub fn try_for_a_moment<T>(mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + MOMENT;
    loop {
        std::thread::yield_now();
        match attempt() {
            None if Instant::now() < end => {}
            outcome => return outcome,
        }
    }
}

/// Starts a thread of this library. Nobody waits for its end, so its code has to stay.
fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    sys::stay_loaded();
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
}

/// Long for a thread that is about to leave, and short for one that has come in vain.
const MOMENT: Duration = Duration::from_millis(10);
/// How long a wait goes on before it looks whether it was cancelled.
const SLICE: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests;
