//! The callback of all scripts, which finds out whose a notice is. There is only one: the raw face has not a function for
//! each of many.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

use openwinhttp::{Callback, GetLastError, HINTERNET, SetLastError, Status};

use super::world::World;

/// The callback.
pub(super) fn callback() -> Callback {
    CALLBACK.clone()
}

/// This world hears of this handle.
pub(super) fn enter(handle: HINTERNET, world: &Arc<World>) {
    WORLDS.lock().unwrap().insert(handle, Arc::clone(world));
}

/// This world hears of a handle that nobody knows, if it is told on this thread: it is being opened.
pub(super) fn set_opening(world: Option<&Arc<World>>) {
    OPENING.set(world.cloned());
}

/// This world hears nothing more.
pub(super) fn leave(world: &Arc<World>) {
    WORLDS.lock().unwrap().retain(|_, other| !Arc::ptr_eq(other, world));
}

fn hear(handle: HINTERNET, context: usize, status: Status<'_>) {
    // First of all: on Windows, much of what follows overwrites it.
    let last_error = GetLastError();
    let known = WORLDS.lock().unwrap().get(&handle).cloned();
    let Some(world) = known.or_else(|| OPENING.with_borrow(Clone::clone)) else { return };
    if let Status::HandleCreated(handle) = status {
        enter(handle, &world);
    }
    SetLastError(last_error);
    world.hear(handle, context, status);
}

static CALLBACK: LazyLock<Callback> = LazyLock::new(|| Callback::new(hear));
static WORLDS: Mutex<BTreeMap<HINTERNET, Arc<World>>> = Mutex::new(BTreeMap::new());

thread_local! {
    static OPENING: RefCell<Option<Arc<World>>> = const { RefCell::new(None) };
}
