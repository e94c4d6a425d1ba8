//! What the script's thread and the test share: the dialogue so far, and when it must come to an end.

use std::fmt::Write as _;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::request::Request;

#[derive(Debug)]
pub(crate) struct Shared {
    started: Instant,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    lines: Vec<String>,
    requests: Vec<Request>,
    connections: usize,
    limit: Duration,
    /// Set when the test asks for the end: no wait goes on past it.
    finish_by: Option<Instant>,
    outcome: Option<Result<(), String>>,
}

impl Shared {
    pub(crate) fn new() -> Shared {
        let state = State {
            lines: Vec::new(),
            requests: Vec::new(),
            connections: 0,
            limit: DEFAULT_LIMIT,
            finish_by: None,
            outcome: None,
        };
        Shared { started: Instant::now(), state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Adds a line to the dialogue. Connection 0 is the script itself.
    pub(crate) fn note(&self, connection: usize, what: &str) {
        let at = self.started.elapsed().as_secs_f64();
        let who = if connection == 0 { "--".to_owned() } else { format!("#{connection}") };
        self.state().lines.push(format!("{at:>8.3}s {who:<4} {what}"));
    }

    pub(crate) fn transcript(&self) -> String {
        self.state().lines.iter().fold(String::new(), |mut text, line| {
            let _ = writeln!(text, "{line}");
            text
        })
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }

    pub(crate) fn record(&self, request: Request) {
        self.state().requests.push(request);
    }

    /// Adds body bytes to the latest request of this connection.
    pub(crate) fn record_body(&self, connection: usize, bytes: &[u8]) {
        let mut state = self.state();
        if let Some(request) = state.requests.iter_mut().rev().find(|request| request.connection() == connection) {
            request.body.extend_from_slice(bytes);
        }
    }

    pub(crate) fn connections(&self) -> usize {
        self.state().connections
    }

    /// Counts one more connection and gives its number.
    pub(crate) fn count_connection(&self) -> usize {
        let mut state = self.state();
        state.connections += 1;
        state.connections
    }

    pub(crate) fn set_limit(&self, limit: Duration) {
        self.state().limit = limit;
    }

    /// When a wait that begins now must end.
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline_within(self.limit())
    }

    /// When a wait of at most `limit` that begins now must end.
    pub(crate) fn deadline_within(&self, limit: Duration) -> Instant {
        let own = Instant::now() + limit;
        self.state().finish_by.map_or(own, |finish_by| own.min(finish_by))
    }

    pub(crate) fn limit(&self) -> Duration {
        self.state().limit
    }

    /// Sleeps, but not on after the test asked for the end. Whether the full time passed.
    pub(crate) fn pause(&self, duration: Duration) -> bool {
        let going_on = |state: &mut State| state.finish_by.is_none();
        let waited = self.changed.wait_timeout_while(self.state(), duration, going_on);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.finish_by.is_none()
    }

    pub(crate) fn set_outcome(&self, outcome: Result<(), String>) {
        self.state().outcome = Some(outcome);
        self.changed.notify_all();
    }

    /// Tells the script that the end is near.
    pub(crate) fn begin_finish(&self) {
        let mut state = self.state();
        let finish_by = Instant::now() + state.limit;
        state.finish_by.get_or_insert(finish_by);
        self.changed.notify_all();
    }

    /// Waits for the script's outcome; a script that does not end in time has failed.
    pub(crate) fn wait_for_outcome(&self) -> Result<(), String> {
        let patience = self.limit() + GRACE;
        let waited = self.changed.wait_timeout_while(self.state(), patience, |state| state.outcome.is_none());
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.outcome.clone().unwrap_or_else(|| Err("it did not come to its end in time".to_owned()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes as a person can read them, the middle of long ones left out.
pub(crate) fn show(bytes: &[u8]) -> String {
    if bytes.len() <= SHOWN {
        return format!("\"{}\" ({} bytes)", bytes.escape_ascii(), bytes.len());
    }
    let (front, back) = (&bytes[..SHOWN * 3 / 4], &bytes[bytes.len() - SHOWN / 4..]);
    format!("\"{}\" ... \"{}\" ({} bytes)", front.escape_ascii(), back.escape_ascii(), bytes.len())
}

/// How long a script waits for anything.
const DEFAULT_LIMIT: Duration = Duration::from_secs(10);
/// How much longer than that the test waits for the script: its last wait has to fail and be noted first.
const GRACE: Duration = Duration::from_secs(2);
const SHOWN: usize = 2000;
