//! How many connections lead to an origin, and whose turn it is where there may be only so many.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::{Condvar, Mutex};

/// The places of the connections of one origin.
#[derive(Debug, Default)]
pub struct Seats {
    taken: AtomicU32,
    /// Held while waiting, because a condition asks for a lock.
    pub(crate) look: Mutex<()>,
    pub(crate) freed: Condvar,
}

/// The place of one connection, free again when this is dropped.
#[derive(Debug)]
pub struct Seat(Arc<Seats>);

impl Seats {
    /// A place, if fewer than `most` are taken.
    pub(crate) fn take(self: &Arc<Self>, most: u32) -> Option<Seat> {
        let one_more = |taken: u32| (taken < most).then(|| taken.saturating_add(1));
        let taken = self.taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more);
        taken.is_ok().then(|| Seat(Arc::clone(self)))
    }

    pub(crate) fn taken(&self) -> usize {
        self.taken.load(Ordering::Acquire) as usize
    }

    /// Tells one that waits: a place is free, or a connection idle.
    pub(crate) fn tell(&self) {
        self.freed.notify_one();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::AcqRel);
        self.0.tell();
    }
}
