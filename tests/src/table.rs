//! Tables of cases.

use std::any::Any;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Checks every row, several at a time, and fails with the list of all rows that failed.
#[track_caller]
pub fn each<T: Sync + Debug>(rows: &[T], check: impl Fn(&T) + Sync) {
    assert!(!rows.is_empty(), "a table without rows proves nothing");
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..WORKERS.min(rows.len()) {
            scope.spawn(|| {
                while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| check(row))) {
                        failures.lock().unwrap().push(format!("{}\n  {}", shown(row), text(&*payload)));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    let (failed, all) = (failures.len(), rows.len());
    assert!(failures.is_empty(), "{failed} of {all} rows failed:\n\n{}", failures.join("\n\n"));
}

fn shown(row: &impl Debug) -> String {
    format!("{row:?}").chars().take(SHOWN).collect()
}

fn text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("a panic without a text").to_owned()
}

/// Most rows spend their time waiting.
const WORKERS: usize = 8;
const SHOWN: usize = 400;
