//! The handles of a script while it is played, and what their callbacks hear.

// The player waits.
#![allow(clippy::disallowed_methods)]

use std::any::type_name;
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use openwinhttp::{Callback, ERROR_IO_PENDING, GetLastError, HINTERNET, Status};

use super::calls;
use super::ear;
use super::judge::Facts;
use super::notices::{self, Heard, Notice, Payload};
use super::reader::{Call, Mode, Returned, Step};

pub(super) struct World {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    facts: Facts,
    heard: Vec<Heard>,
    /// What broke a rule that holds in every script.
    faults: Vec<String>,
    hooks: Vec<Hook>,
    /// What the running call will open, and on what.
    opening: Option<(String, String)>,
    /// The callbacks that run now.
    inside: Vec<(HINTERNET, ThreadId)>,
    /// The buffers that were lent, and to which requests: where they begin, and how long they are.
    lent: Vec<(HINTERNET, (usize, usize))>,
    gone: Vec<HINTERNET>,
}

/// A call to be made within callbacks.
struct Hook {
    notice: &'static Notice,
    times: usize,
    call: Call,
}

/// What a callback was told.
struct Told {
    handle: HINTERNET,
    context: usize,
    notice: &'static Notice,
    payload: Payload,
    /// The buffer that came back.
    buffer: Option<(usize, usize)>,
    last_error: u32,
}

impl Told {
    fn new(handle: HINTERNET, context: usize, status: Status<'_>) -> Told {
        let last_error = GetLastError();
        let buffer = match &status {
            Status::ReadComplete { buffer, .. } => Some(memory(buffer)),
            _ => None,
        };
        let (notice, payload) = notices::heard(status);
        Told { handle, context, notice, payload, buffer, last_error }
    }
}

impl World {
    pub(super) fn new(mode: Mode, ports: BTreeMap<String, u16>) -> Arc<World> {
        let (handles, contexts) = (BTreeMap::new(), BTreeMap::new());
        let facts = Facts { mode, caller: thread::current().id(), handles, contexts, ports, step: 0 };
        let state = State {
            facts,
            heard: Vec::new(),
            faults: Vec::new(),
            hooks: Vec::new(),
            opening: None,
            inside: Vec::new(),
            lent: Vec::new(),
            gone: Vec::new(),
        };
        Arc::new(World { state: Mutex::new(state), changed: Condvar::new() })
    }

    pub(super) fn is_async(&self) -> bool {
        self.state().facts.mode == Mode::Async
    }

    /// The handle of this name.
    pub(super) fn handle(&self, name: &str) -> HINTERNET {
        let handle = self.state().facts.handles.get(name).copied();
        handle.unwrap_or_else(|| panic!("no handle is called {name}"))
    }

    /// All handles, the youngest first.
    pub(super) fn handles(&self) -> Vec<HINTERNET> {
        let mut handles: Vec<_> = self.state().facts.handles.values().copied().collect();
        handles.sort_by_key(|handle| std::cmp::Reverse(handle.handle_type().unwrap_or(u32::MAX)));
        handles
    }

    /// The port of this peer, or of the one that was named first.
    pub(super) fn port(&self, peer: Option<&str>) -> u16 {
        let state = self.state();
        let ports = &state.facts.ports;
        let port = ports.get(peer.unwrap_or(MAIN_PEER)).copied();
        port.unwrap_or_else(|| panic!("no peer is called {peer:?}"))
    }

    /// The call that runs now will open a handle: its notice may come before it returns.
    pub(super) fn opens(self: &Arc<Self>, call: &Call) {
        ear::set_opening(Some(self));
        self.state().opening = call.opens().map(|name| (name.to_owned(), call.on.clone()));
    }

    /// From now on the name that the call gives stands for this handle, if it opened one.
    pub(super) fn bind(self: &Arc<Self>, call: &Call, handle: Option<HINTERNET>) {
        ear::set_opening(None);
        let mut state = self.state();
        state.opening = None;
        let Some(handle) = handle else { return };
        ear::enter(handle, self);
        state.facts.bind(call.opens().expect("a call that opens"), handle, &call.on);
    }

    /// From now on this step is played.
    pub(super) fn begin(&self, step: &Step) {
        self.state().facts.step = step.line;
    }

    /// Notes what a call of the script does to contexts.
    pub(super) fn note(&self, call: &Call) {
        self.state().facts.note(call);
    }

    /// Makes the call within the first so many of these notices to come.
    pub(super) fn hook(&self, notice: &'static Notice, times: usize, call: &Call) {
        self.state().hooks.push(Hook { notice, times, call: call.clone() });
    }

    /// Notes the buffer that a read of this request will give back.
    pub(super) fn lend(&self, request: HINTERNET, buffer: &[u8]) {
        self.state().lent.push((request, memory(buffer)));
    }

    /// What all callbacks of a script do.
    pub(super) fn hear(self: &Arc<Self>, handle: HINTERNET, context: usize, status: Status<'_>) {
        let told = Told::new(handle, context, status);
        let calls = self.state().enter(told);
        self.changed.notify_all();
        for call in &calls {
            let outcome = calls::make(self, call);
            let fault = fault_within(call, &outcome);
            self.state().faults.extend(fault);
        }
        self.state().leave(handle);
        self.changed.notify_all();
    }

    /// Waits until no callback runs, at most so long.
    pub(super) fn wait_for_callbacks(&self, patience: Duration) {
        let running = |state: &mut State| !state.inside.is_empty();
        drop(self.changed.wait_timeout_while(self.state(), patience, running));
    }

    /// The beginning of a callback that does not end.
    #[cfg(test)]
    pub(super) fn enter_only(&self, handle: HINTERNET, status: Status<'_>) {
        self.state().enter(Told::new(handle, 0, status));
    }

    /// Waits until this says something of what was heard, at most so long; `None` if it did not.
    pub(super) fn watch<T>(
        &self,
        patience: Duration,
        mut look: impl FnMut(&[Heard], &Facts) -> Option<T>,
    ) -> Option<T> {
        let deadline = Instant::now() + patience;
        let mut state = self.state();
        loop {
            if let Some(seen) = look(&state.heard, &state.facts) {
                return Some(seen);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            state = self.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    /// The rules that were broken.
    pub(super) fn faults(&self) -> Vec<String> {
        self.state().faults.clone()
    }

    /// All that was heard, as text.
    pub(super) fn recording(&self) -> String {
        self.state().heard.iter().map(|heard| format!("  {heard}\n")).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    /// Notes a notice; gives the calls to be made within it.
    fn enter(&mut self, told: Told) -> Vec<Call> {
        let thread = thread::current().id();
        let depth = 1 + self.inside.iter().filter(|inside| **inside == (told.handle, thread)).count();
        self.check_order(&told, thread, depth);
        self.check_memory(&told);
        self.meet(&told);
        self.inside.push((told.handle, thread));
        let Told { handle, context, notice, payload, .. } = told;
        self.heard.push(Heard { notice, payload, handle, context, thread, depth, step: self.facts.step });
        self.calls_within(notice)
    }

    fn leave(&mut self, handle: HINTERNET) {
        let inside = (handle, thread::current().id());
        let place = self.inside.iter().rposition(|other| *other == inside).expect("a callback that runs");
        self.inside.remove(place);
    }

    /// Sections 14 and 15: one at a time, not too deep, and nothing after the last.
    fn check_order(&mut self, told: &Told, thread: ThreadId, depth: usize) {
        let is_last = told.notice.name == "HANDLE_CLOSING";
        let is_elsewhere = self.inside.iter().any(|(handle, other)| *handle == told.handle && *other != thread);
        self.demand(!is_elsewhere, told, "while another thread is in a callback of this handle");
        self.demand(depth <= DEEPEST, told, "nested too deep");
        self.demand(!is_last || depth == 1, told, "within another callback of this handle");
        self.demand(!self.gone.contains(&told.handle), told, "after HANDLE_CLOSING");
        if is_last {
            self.gone.push(told.handle);
        }
    }

    /// The buffer that was lent comes back, and the last error is that which is told.
    fn check_memory(&mut self, told: &Told) {
        if let Some(buffer) = told.buffer {
            let place = self.lent.iter().position(|lent| *lent == (told.handle, buffer));
            self.demand(place.is_some(), told, "with another buffer than was lent");
            place.map(|place| self.lent.swap_remove(place));
        }
        if let Payload::Error { code, .. } = told.payload {
            self.demand(told.last_error == code, told, "but GetLastError tells another code");
        }
    }

    fn demand(&mut self, is_right: bool, told: &Told, fault: &str) {
        if !is_right {
            self.faults.push(format!("{} {:?} {fault}", told.notice.name, told.payload));
        }
    }

    /// The first that is heard of a new handle may be that it was made.
    fn meet(&mut self, told: &Told) {
        let Payload::Handle(handle) = told.payload else { return };
        if told.notice.name == "HANDLE_CREATED"
            && let Some((name, parent)) = self.opening.take()
        {
            self.facts.bind(&name, handle, &parent);
        }
    }

    fn calls_within(&mut self, notice: &Notice) -> Vec<Call> {
        let due = self.hooks.iter_mut().filter(|hook| hook.notice == notice && hook.times > 0);
        due.map(|hook| {
            hook.times -= 1;
            hook.call.clone()
        })
        .collect()
    }
}

/// Where a buffer is, and how long it is. The raw face lends a copy, and checks by itself that it comes back.
fn memory(buffer: &[u8]) -> (usize, usize) {
    let is_lent_itself = type_name::<Callback>().starts_with("openwinhttp::");
    (if is_lent_itself { buffer.as_ptr().addr() } else { 0 }, buffer.len())
}

/// What is wrong with the outcome of a call that was made in a callback.
fn fault_within(call: &Call, outcome: &calls::Outcome) -> Option<String> {
    let is_right = call.results.iter().any(|returned| match (*returned, &outcome.result) {
        (Returned::Error(code), Err(error)) => *error == code && outcome.last_error == code,
        (Returned::Ok, Ok(_)) => outcome.last_error == 0,
        (Returned::Pending, Ok(_)) => outcome.last_error == ERROR_IO_PENDING,
        (Returned::Value(value), Ok(payload)) => *payload == Payload::Number(value) && outcome.last_error == 0,
        _ => false,
    });
    (!is_right).then(|| format!("in a callback, {}: expected {:?}, came {outcome:?}", call.verb.name, call.results))
}

/// A callback may be nested so deep in others of its handle.
const DEEPEST: usize = 3;
/// Calls that name no peer go there.
const MAIN_PEER: &str = "peer";
