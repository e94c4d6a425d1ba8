//! The strand of a request: the callbacks of one handle never overlap and keep their order.
//!
//! Whoever works on a request of an asynchronous session, and tells what happens, is on its strand: one thread at a time.
//! A call from within a callback is on it once more, up to [`DEEPEST`]; beyond that, and from other threads, what there is
//! to tell waits until the strand is left.

use std::thread::{self, ThreadId};

use openwinhttp_net::try_for_a_moment;
use parking_lot::Mutex;

use crate::operation::Completion;

pub(crate) struct Strand(Mutex<State>);

struct State {
    owner: Option<ThreadId>,
    depth: u32,
    /// What is to be told of operations that were cancelled, in order.
    due: Vec<Completion>,
    /// Whether the work is to go on: somebody was turned away, or has left the rest to others.
    is_wanted: bool,
}

impl State {
    fn goes_on(&mut self) -> bool {
        std::mem::take(&mut self.is_wanted) || !self.due.is_empty()
    }
}

/// How a thread is on the strand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Alone, with nothing to be told before.
    Free,
    /// From within a callback, not too deep.
    Nested,
    /// From within a callback, so deep that completions have to wait.
    Deep,
}

impl Strand {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State { owner: None, depth: 0, due: Vec::new(), is_wanted: false }))
    }

    /// Enters for a call of the program.
    ///
    /// A program that was told something may call before the thread that has told it has left the strand. That takes a
    /// moment, and is worth waiting for: what is ready is then told within the call, as it would be a moment later.
    pub(crate) fn enter(&self) -> Option<Entry> {
        let entry = self.try_enter(false);
        if entry.is_some() || self.is_here() {
            return entry;
        }
        try_for_a_moment(|| self.try_enter(false))
    }

    /// Enters, or lets whoever is there go on with the work.
    pub(crate) fn enter_or_leave_it(&self) -> Option<Entry> {
        self.try_enter(true)
    }

    fn is_here(&self) -> bool {
        self.0.lock().owner == Some(thread::current().id())
    }

    fn try_enter(&self, wants: bool) -> Option<Entry> {
        let mut state = self.0.lock();
        let here = thread::current().id();
        let entry = match state.owner {
            None if state.due.is_empty() => Entry::Free,
            Some(owner) if owner == here && state.due.is_empty() => match state.depth {
                depth if depth < DEEPEST => Entry::Nested,
                _ => Entry::Deep,
            },
            _ => {
                state.is_wanted |= wants;
                return None;
            }
        };
        state.owner = Some(here);
        state.depth += 1;
        Some(entry)
    }

    /// Somebody has to come and go on when this thread has left.
    pub(crate) fn want(&self) {
        self.0.lock().is_wanted = true;
    }

    /// Enters for a worker, which also tells what is due.
    pub(crate) fn enter_alone(&self) -> bool {
        let mut state = self.0.lock();
        state.is_wanted = state.owner.is_some();
        if state.is_wanted {
            return false;
        }
        state.owner = Some(thread::current().id());
        state.depth = 1;
        true
    }

    /// Leaves; whether somebody has to come and go on.
    pub(crate) fn leave(&self) -> bool {
        let mut state = self.0.lock();
        state.depth -= 1;
        if state.depth > 0 {
            return false;
        }
        state.owner = None;
        state.goes_on()
    }

    /// Lets a completion wait, for whoever enters next or is there.
    pub(crate) fn push(&self, completion: Completion) {
        self.0.lock().due.push(completion);
    }

    /// The next completion to be told.
    pub(crate) fn next(&self) -> Option<Completion> {
        let mut state = self.0.lock();
        // There are seldom two.
        (!state.due.is_empty()).then(|| state.due.remove(0))
    }

    /// Whether whoever is there has to go on before it leaves.
    pub(crate) fn goes_on(&self) -> bool {
        self.0.lock().goes_on()
    }

    /// Forgets what is due.
    pub(crate) fn clear(&self) {
        let due = std::mem::take(&mut self.0.lock().due);
        drop(due);
    }
}

/// So deep callbacks may be nested, as on Windows since its version 7.
const DEEPEST: u32 = 3;
