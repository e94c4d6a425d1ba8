//! The threads that go on with tasks, and on which the callbacks of programs run. There are few; when all of them are
//! held up by callbacks that wait, others join them.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::{reactor, start};

/// A piece of work that was suspended, and goes on.
pub trait Task: Send + Sync {
    /// Goes on. It may be called once too often, and from several threads.
    fn go_on(self: Arc<Self>);

    /// Whether it never holds a thread up, and so may go on in the reactor itself.
    fn is_quick(&self) -> bool {
        false
    }
}

/// Lets a task go on for the reactor, which holds nothing meanwhile: there, if it is quick.
pub(super) fn go_on(task: Arc<dyn Task>) {
    if task.is_quick() { run(task) } else { schedule(task) }
}

/// Lets a task go on, on a thread of the library. It never goes on within this call, so that locks may be held.
pub fn schedule(task: Arc<dyn Task>) {
    let mut work = WORK.lock();
    work.queue.push_back(task);
    if work.queue.len() <= work.idle {
        drop(work);
        WAKE.notify_one();
    } else if work.threads < few() && work.start_one() {
        // It comes for the task.
    } else if work.watched_since.is_none() {
        work.watched_since = Some(Instant::now());
        work.has_moved = false;
        drop(work);
        reactor::wake();
    }
}

/// Called by the reactor, as often as it likes: a queue that has not moved for a while gets one more thread. `false` when
/// there is nothing to watch.
pub(super) fn watch(now: Instant) -> bool {
    let mut work = WORK.lock();
    let Some(since) = work.watched_since else { return false };
    if now.saturating_duration_since(since) >= WATCH {
        let has_moved = std::mem::take(&mut work.has_moved);
        if !has_moved && !work.queue.is_empty() && work.threads < MOST {
            work.start_one();
        }
        work.watched_since = (!work.queue.is_empty()).then_some(now);
    }
    work.watched_since.is_some()
}

#[derive(Debug)]
struct Work {
    queue: VecDeque<Arc<dyn Task>>,
    idle: usize,
    threads: usize,
    /// When it was last looked whether the queue moves.
    watched_since: Option<Instant>,
    /// Whether something was taken since then.
    has_moved: bool,
}

impl Work {
    /// Whether there is one more; if not, the reactor tries again while something waits.
    fn start_one(&mut self) -> bool {
        let is_started = start("winhttp-callback", work).is_ok();
        self.threads += usize::from(is_started);
        is_started
    }
}

fn work() {
    while let Some(task) = next() {
        run(task);
    }
}

/// What a callback does must not end the thread. The task has put itself in order when the panic passed through it.
fn run(task: Arc<dyn Task>) {
    let _ = catch_unwind(AssertUnwindSafe(|| task.go_on()));
}

fn next() -> Option<Arc<dyn Task>> {
    let mut work = WORK.lock();
    loop {
        if let Some(task) = work.queue.pop_front() {
            work.has_moved = true;
            return Some(task);
        }
        work.idle += 1;
        let timed_out = WAKE.wait_for(&mut work, MAX_IDLE).timed_out();
        work.idle -= 1;
        if timed_out && work.queue.is_empty() {
            work.threads -= 1;
            return None;
        }
    }
}

/// As many as there are processors, but two at least, and four at most.
fn few() -> usize {
    static FEW: LazyLock<usize> =
        LazyLock::new(|| std::thread::available_parallelism().map_or(2, |count| count.get().clamp(2, 4)));
    *FEW
}

static WORK: Mutex<Work> =
    Mutex::new(Work { queue: VecDeque::new(), idle: 0, threads: 0, watched_since: None, has_moved: false });
static WAKE: Condvar = Condvar::new();

const MOST: usize = 512;
/// How long a queue may stand still.
pub(super) const WATCH: Duration = Duration::from_millis(20);
/// A thread without work goes after this time.
const MAX_IDLE: Duration = Duration::from_secs(5);
