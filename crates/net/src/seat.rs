//! How many connections lead to an origin, with which marks, and the wait where there may be only so many. Who waits
//! has no turn: whoever looks first takes what is free.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use crate::driver::{Task, schedule};

/// What a program marks a connection with.
pub type Guid = [u8; 16];

/// The places of the connections of one origin.
#[derive(Debug, Default)]
pub struct Seats {
    /// How many are taken for each mark.
    pub(crate) taken: Mutex<Vec<(Guid, u32)>>,
    pub(crate) freed: Condvar,
    waiters: Mutex<Waiters>,
}

/// The tasks that wait for a place, by their tickets.
#[derive(Debug, Default)]
struct Waiters {
    by_ticket: BTreeMap<u64, Arc<dyn Task>>,
    tickets: u64,
    /// How often something was told.
    told: u64,
}

/// The place of one connection, free again when this is dropped.
#[derive(Debug)]
pub struct Seat {
    seats: Arc<Seats>,
    guid: Guid,
}

impl Seats {
    /// A place, if fewer than `most` are taken.
    pub(crate) fn take(self: &Arc<Self>, most: u32) -> Option<Seat> {
        let mut taken = self.taken.lock();
        let total = taken.iter().fold(0, |sum: u32, (_, count)| sum.saturating_add(*count));
        (total < most).then(|| {
            add(&mut taken, NO_GUID);
            Seat { seats: Arc::clone(self), guid: NO_GUID }
        })
    }

    /// How many connections there are of each mark; zeros are none.
    pub(crate) fn groups(&self) -> Vec<(Guid, u32)> {
        self.taken.lock().clone()
    }

    /// Tells one that waits: a place is free, or a connection idle.
    pub(crate) fn tell(&self) {
        self.freed.notify_one();
        let first = {
            let mut waiters = self.waiters.lock();
            waiters.told += 1;
            waiters.by_ticket.pop_first()
        };
        first.into_iter().for_each(|(_, task)| schedule(task));
    }

    /// How often something was told so far.
    pub(crate) fn told(&self) -> u64 {
        self.waiters.lock().told
    }

    /// Lets a task wait, which is told once. Gives its ticket; `None` if something was told since it has looked.
    pub(crate) fn enter(&self, task: &Arc<dyn Task>, told: u64) -> Option<u64> {
        let mut waiters = self.waiters.lock();
        if waiters.told != told {
            return None;
        }
        waiters.tickets += 1;
        let ticket = waiters.tickets;
        waiters.by_ticket.insert(ticket, Arc::clone(task));
        Some(ticket)
    }

    /// A task waits no more.
    pub(crate) fn leave(&self, ticket: u64) {
        let task = self.waiters.lock().by_ticket.remove(&ticket);
        drop(task);
    }
}

impl Seat {
    /// Marks the connection that has this place.
    pub(crate) fn mark(&mut self, guid: Guid) {
        let mut taken = self.seats.taken.lock();
        remove(&mut taken, self.guid);
        add(&mut taken, guid);
        self.guid = guid;
    }

    pub(crate) fn guid(&self) -> Guid {
        self.guid
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        remove(&mut self.seats.taken.lock(), self.guid);
        self.seats.tell();
    }
}

fn add(taken: &mut Vec<(Guid, u32)>, guid: Guid) {
    match taken.iter_mut().find(|(known, _)| *known == guid) {
        Some((_, count)) => *count = count.saturating_add(1),
        None => taken.push((guid, 1)),
    }
}

fn remove(taken: &mut Vec<(Guid, u32)>, guid: Guid) {
    if let Some(at) = taken.iter().position(|(known, _)| *known == guid) {
        taken[at].1 = taken[at].1.saturating_sub(1);
        if taken[at].1 == 0 {
            taken.swap_remove(at);
        }
    }
}

/// The mark of connections that have none.
pub const NO_GUID: Guid = [0; 16];
