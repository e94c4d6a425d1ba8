//! The helper threads for look-ups: started when needed, at most [`MOST`], gone when nothing is asked.

use std::sync::Arc;

use parking_lot::Mutex;

use super::start;
use crate::error::Error;
use crate::names::Lookup;

/// Has the system asked, once.
pub(super) fn ask(lookup: &Arc<Lookup>) -> Result<(), Error> {
    if lookup.is_asked() {
        return Ok(());
    }
    let mut queue = QUEUE.lock();
    queue.asked.push(Arc::clone(lookup));
    if queue.threads < MOST {
        match start("winhttp-resolve", work) {
            Ok(()) => queue.threads += 1,
            Err(error) if queue.threads == 0 => {
                queue.asked.pop();
                return Err(Error::Exhausted(error));
            }
            Err(_) => {}
        }
    }
    Ok(())
}

fn work() {
    while let Some(lookup) = next() {
        // Whoever asked has given up and dropped its share: nobody would see the answer.
        if Arc::strong_count(&lookup) > 1 {
            let answer = lookup.ask();
            lookup.tell(answer);
        }
    }
}

fn next() -> Option<Arc<Lookup>> {
    let mut queue = QUEUE.lock();
    if queue.asked.is_empty() {
        queue.threads -= 1;
        return None;
    }
    Some(queue.asked.remove(0))
}

struct Queue {
    asked: Vec<Arc<Lookup>>,
    threads: usize,
}

static QUEUE: Mutex<Queue> = Mutex::new(Queue { asked: Vec::new(), threads: 0 });

const MOST: usize = 64;
