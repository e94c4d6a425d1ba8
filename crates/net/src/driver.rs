//! The driver of synchronous sessions: the only place of this crate that waits.
#![allow(clippy::disallowed_methods, reason = "waiting is what this file is for")]

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::cancel::Cancel;
use crate::error::Error;
use crate::names::Lookup;
use crate::step::{Connecting, Step, Want};
use crate::{pool, sys};

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
        Want::Socket => Err(Error::TimedOut),
        Want::Lookup(lookup) => look_up(lookup, cancel),
        Want::Seat(seats) => {
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

/// On one of a few helpers: the resolver of the system cannot be interrupted, but its late answer can be dropped.
fn look_up(lookup: Arc<Lookup>, cancel: &Cancel) -> Result<(), Error> {
    let deadline = lookup.limit.and_then(|limit| Instant::now().checked_add(limit));
    RESOLVERS.ask(Arc::clone(&lookup))?;
    let mut answer = lookup.answer.lock();
    while answer.is_none() {
        let now = Instant::now();
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        if deadline.is_some_and(|deadline| deadline <= now) {
            return Err(Error::TimedOut);
        }
        let until = deadline.map_or(now + SLICE, |deadline| deadline.min(now + SLICE));
        lookup.answered.wait_until(&mut answer, until);
    }
    Ok(())
}

/// The helper threads for look-ups: started when needed, at most [`MAX_RESOLVERS`], gone when nothing is asked.
struct Resolvers(Mutex<Queue>);

struct Queue {
    asked: Vec<Arc<Lookup>>,
    threads: usize,
}

impl Resolvers {
    fn ask(&'static self, lookup: Arc<Lookup>) -> Result<(), Error> {
        let mut queue = self.0.lock();
        queue.asked.push(lookup);
        if queue.threads < MAX_RESOLVERS {
            match start("winhttp-resolve", || self.work()) {
                Ok(()) => queue.threads += 1,
                Err(error) if queue.threads == 0 => {
                    queue.asked.pop();
                    return Err(Error::Exhausted(error));
                }
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn work(&self) {
        loop {
            let lookup = {
                let mut queue = self.0.lock();
                if queue.asked.is_empty() {
                    queue.threads -= 1;
                    return;
                }
                queue.asked.remove(0)
            };
            // Whoever asked has given up and dropped its share: nobody would see the answer.
            if Arc::strong_count(&lookup) > 1 {
                let answer = lookup.ask();
                *lookup.answer.lock() = Some(answer);
                lookup.answered.notify_all();
            }
        }
    }
}

static RESOLVERS: Resolvers = Resolvers(Mutex::new(Queue { asked: Vec::new(), threads: 0 }));

/// Makes sure that a thread runs which drops idle connections at their age; it goes a while after the last is gone.
pub(crate) fn start_reaper() {
    if REAPER_RUNS.swap(true, Ordering::AcqRel) {
        return;
    }
    if start("winhttp-idle", reap).is_err() {
        REAPER_RUNS.store(false, Ordering::Release);
    }
}

fn reap() {
    let mut empty_looks = 0;
    while empty_looks < LAST_LOOKS {
        let now = Instant::now();
        let sleep = match pool::drop_expired(now) {
            Some(next) => {
                empty_looks = 0;
                next.saturating_duration_since(now).max(SLICE)
            }
            // A connection that is in use at this moment comes back soon.
            None => {
                empty_looks += 1;
                LOOK_AGAIN
            }
        };
        std::thread::sleep(sleep);
    }
    REAPER_RUNS.store(false, Ordering::Release);
    // A connection that came in just now has seen the flag still up.
    if pool::drop_expired(Instant::now()).is_some() {
        start_reaper();
    }
}

static REAPER_RUNS: AtomicBool = AtomicBool::new(false);

/// Starts a thread of this library. Nobody waits for its end, so its code has to stay.
fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    sys::stay_loaded();
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
}

const MAX_RESOLVERS: usize = 64;
/// How often the reaper looks at an empty pool before it goes.
const LAST_LOOKS: u32 = 4;
/// How long it sleeps in between.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// How long a wait goes on before it looks whether it was cancelled.
const SLICE: Duration = Duration::from_millis(50);
