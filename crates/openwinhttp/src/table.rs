//! The handle table.
//!
//! A handle is the index of a slot and the generation of what it holds, so that a value which was closed, forged or
//! recycled finds nothing. The slots lie in sixteen slabs, each behind a lock of its own and apart from the others in
//! memory: threads that use different handles don't slow each other down.
//!
//! ```text
//! 64 bits:  generation (32) | place in the slab (26) | slab (4) | 01
//! 32 bits:  generation (12) | place in the slab (14) | slab (4) | 01
//! ```
//!
//! The generation is never 0 and the low bits are always `01`: a handle is no small number, no address, not NULL and not
//! `INVALID_HANDLE_VALUE`.

use std::sync::atomic::{AtomicUsize, Ordering};

use slab::Slab;

use crate::handle::HINTERNET;
use crate::sync::Mutex;

/// Objects under handles.
pub(crate) struct Table<T> {
    shards: [Shard<T>; SHARDS],
    next_shard: AtomicUsize,
}

#[repr(align(128))]
struct Shard<T>(Mutex<Slots<T>>);

struct Slots<T> {
    slab: Slab<Slot<T>>,
    /// The generation of the slot that was filled last.
    generation: usize,
}

struct Slot<T> {
    generation: usize,
    object: T,
}

impl<T: Clone> Table<T> {
    pub(crate) const fn new() -> Self {
        Self { shards: [const { Shard(Mutex::new(Slots::new())) }; SHARDS], next_shard: AtomicUsize::new(0) }
    }

    /// Files an object; `None` when there is no handle left for it.
    pub(crate) fn insert(&self, object: T) -> Option<HINTERNET> {
        let shard = self.next_shard.fetch_add(1, Ordering::Relaxed) % SHARDS;
        let (place, generation) = self.shards[shard].0.lock().insert(object)?;
        Some(Key { shard, place, generation }.into_handle())
    }

    /// The object under this handle.
    pub(crate) fn get(&self, handle: HINTERNET) -> Option<T> {
        let key = Key::of(handle)?;
        let slots = self.shards[key.shard].0.lock();
        let slot = slots.slab.get(key.place)?;
        (slot.generation == key.generation).then(|| slot.object.clone())
    }

    /// Takes the object under this handle away; only one caller gets it.
    pub(crate) fn remove(&self, handle: HINTERNET) -> Option<T> {
        let key = Key::of(handle)?;
        let mut slots = self.shards[key.shard].0.lock();
        let slot = slots.slab.get(key.place)?;
        let is_it = slot.generation == key.generation;
        is_it.then(|| slots.slab.remove(key.place).object)
    }
}

impl<T> Slots<T> {
    const fn new() -> Self {
        Self { slab: Slab::new(), generation: 0 }
    }

    fn insert(&mut self, object: T) -> Option<(usize, usize)> {
        let place = self.slab.vacant_key();
        if place >= 1 << PLACE_BITS {
            return None;
        }
        self.generation = if self.generation == MAX_GENERATION { 1 } else { self.generation + 1 };
        self.slab.insert(Slot { generation: self.generation, object });
        Some((place, self.generation))
    }
}

/// A handle taken apart.
struct Key {
    shard: usize,
    place: usize,
    generation: usize,
}

impl Key {
    fn of(handle: HINTERNET) -> Option<Self> {
        let raw = handle.as_raw();
        let index = raw >> MARK_BITS;
        (raw & MARK_MASK == MARK).then_some(Self {
            shard: index % SHARDS,
            place: index / SHARDS % (1 << PLACE_BITS),
            generation: (index / SHARDS) >> PLACE_BITS,
        })
    }

    fn into_handle(self) -> HINTERNET {
        let index = (self.generation << PLACE_BITS | self.place) * SHARDS + self.shard;
        HINTERNET::from_raw(index << MARK_BITS | MARK)
    }
}

/// One under the checker, so that its threads meet.
const SHARDS: usize = if cfg!(shuttle) { 1 } else { 16 };
const SHARD_BITS: u32 = SHARDS.trailing_zeros();
const MARK: usize = 0b01;
const MARK_BITS: u32 = 2;
const MARK_MASK: usize = (1 << MARK_BITS) - 1;
const GENERATION_BITS: u32 = if usize::BITS == 64 { 32 } else { 12 };
const PLACE_BITS: u32 = usize::BITS - GENERATION_BITS - SHARD_BITS - MARK_BITS;
const MAX_GENERATION: usize = (1 << GENERATION_BITS) - 1;

#[cfg(test)]
#[path = "table/tests.rs"]
mod tests;
