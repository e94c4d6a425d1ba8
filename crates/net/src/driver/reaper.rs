//! The thread that drops idle connections: at their age, and those that the reactor has seen closed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::{SLICE, start};
use crate::pool;

/// Makes sure that it runs; it goes a while after the last idle connection is gone.
pub(crate) fn start_reaper() {
    if RUNS.swap(true, Ordering::AcqRel) {
        return;
    }
    if start("winhttp-idle", reap).is_err() {
        RUNS.store(false, Ordering::Release);
    }
}

/// A connection was closed that may be an idle one: it looks soon.
pub(super) fn look_soon() {
    REAPER.lock().iter().for_each(Thread::unpark);
}

fn reap() {
    *REAPER.lock() = Some(thread::current());
    let mut empty_looks = 0;
    while empty_looks < LAST_LOOKS {
        let now = Instant::now();
        let sleep = match pool::drop_expired(now) {
            Some(next) => {
                empty_looks = 0;
                next.saturating_duration_since(now)
            }
            // A connection that is in use at this moment comes back soon.
            None => {
                empty_looks += 1;
                LOOK_AGAIN
            }
        };
        // However many are closed, it looks no more often.
        thread::sleep(SLICE);
        thread::park_timeout(sleep);
    }
    *REAPER.lock() = None;
    RUNS.store(false, Ordering::Release);
    // A connection that came in just now has seen the flag still up.
    if pool::drop_expired(Instant::now()).is_some() {
        start_reaper();
    }
}

static RUNS: AtomicBool = AtomicBool::new(false);
static REAPER: Mutex<Option<Thread>> = Mutex::new(None);

/// How often it looks at an empty pool before it goes.
const LAST_LOOKS: u32 = 4;
/// How long it sleeps in between.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
