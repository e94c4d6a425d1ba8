//! The links from a parent to its children.

use std::sync::atomic::{AtomicBool, Ordering};

use openwinhttp_abi::ERROR_INVALID_HANDLE;
use parking_lot::Mutex;
use slab::Slab;

use crate::errors::{Result, fail};
use crate::handle::HINTERNET;

/// The handles of the children of one object, while that is open.
#[derive(Debug, Default)]
pub(crate) struct Children(Mutex<Option<Slab<HINTERNET>>>);

/// Where among its siblings a child is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place(usize);

/// Whether a parent of the object was closed.
#[derive(Debug, Default)]
pub(crate) struct Orphan(AtomicBool);

impl Children {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Some(Slab::new())))
    }

    /// Takes in the child that `open` makes.
    pub(crate) fn adopt(&self, open: impl FnOnce(Place) -> Result<HINTERNET>) -> Result<HINTERNET> {
        let mut children = self.0.lock();
        let Some(slab) = children.as_mut() else { return fail(ERROR_INVALID_HANDLE) };
        let entry = slab.vacant_entry();
        let handle = open(Place(entry.key()))?;
        entry.insert(handle);
        Ok(handle)
    }

    /// Forgets a child.
    pub(crate) fn release(&self, place: Place) {
        if let Some(slab) = self.0.lock().as_mut() {
            slab.try_remove(place.0);
        }
    }

    /// Takes in no more children; gives those that were there.
    pub(crate) fn close(&self) -> Vec<HINTERNET> {
        self.0.lock().take().map_or_else(Vec::new, |slab| slab.into_iter().map(|(_, handle)| handle).collect())
    }
}

impl Orphan {
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }
}
