//! The thread that drops idle connections at their age.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

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
    RUNS.store(false, Ordering::Release);
    // A connection that came in just now has seen the flag still up.
    if pool::drop_expired(Instant::now()).is_some() {
        start_reaper();
    }
}

static RUNS: AtomicBool = AtomicBool::new(false);

/// How often it looks at an empty pool before it goes.
const LAST_LOOKS: u32 = 4;
/// How long it sleeps in between.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
