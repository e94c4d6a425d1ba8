//! Status callbacks: one of this face hears everything, and hands on what a synchronous session tells.

use std::sync::{Arc, LazyLock};
use std::{fmt, mem};

use openwinhttp::*;

use crate::waiter::waiter;

/// [`openwinhttp::Callback`], for this face.
#[derive(Clone)]
pub struct Callback(Arc<Closure>);

type Closure = dyn Fn(HINTERNET, usize, Status<'_>) + Send + Sync;

impl Callback {
    /// A callback that calls this function.
    pub fn new(function: impl Fn(HINTERNET, usize, Status<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(function))
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback")
    }
}

/// [`openwinhttp::WinHttpSetStatusCallback`], with that of the program behind that of this face.
pub fn WinHttpSetStatusCallback(
    handle: HINTERNET,
    callback: Option<Callback>,
    notification_flags: u32,
    reserved: usize,
) -> Result<Option<Callback>> {
    openwinhttp::WinHttpSetStatusCallback(handle, Some(OURS.clone()), ALL, reserved)?;
    let waiter = waiter(handle).expect("it was opened");
    let mut state = waiter.state();
    state.flags = notification_flags;
    Ok(mem::replace(&mut state.callback, callback))
}

/// Sets the callback of this face on a new handle.
pub(crate) fn listen(handle: HINTERNET) {
    openwinhttp::WinHttpSetStatusCallback(handle, Some(OURS.clone()), ALL, 0).unwrap();
}

fn hear(handle: HINTERNET, context: usize, status: Status<'_>) {
    let Some(waiter) = waiter(handle) else { return };
    if status.code() & COMPLETIONS != 0 {
        return waiter.tell(status);
    }
    let state = waiter.state();
    let callback = state.callback.clone().filter(|_| state.flags & status.code() != 0);
    drop(state);
    if let Some(callback) = callback {
        (callback.0)(handle, context, status);
    }
}

static OURS: LazyLock<openwinhttp::Callback> = LazyLock::new(|| openwinhttp::Callback::new(hear));

const ALL: u32 = WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS;
const COMPLETIONS: u32 = WINHTTP_CALLBACK_FLAG_ALL_COMPLETIONS;
