//! What a request was told, and who waits for it.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard};
use std::time::Duration;

use openwinhttp::*;

use crate::callback::Callback;

/// Where the completions of a request come to, and the callback of the program.
#[derive(Default)]
pub(crate) struct Waiter {
    state: Mutex<State>,
    told: Condvar,
}

#[derive(Default)]
pub(crate) struct State {
    is_waiting: bool,
    outcome: Option<Status<'static>>,
    pub(crate) callback: Option<Callback>,
    pub(crate) flags: u32,
}

impl Waiter {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Starts an operation and waits for its completion.
    pub(crate) fn complete(&self, start: impl FnOnce() -> Result<()>) -> Result<Status<'static>> {
        {
            let mut state = self.state();
            if state.is_waiting {
                // Another thread has an operation under way: this one is refused, or ends with the other's.
                drop(state);
                start()?;
                return fail(ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
            }
            state.is_waiting = true;
            state.outcome = None;
        }
        let outcome = start().map(|()| self.outcome());
        self.state().is_waiting = false;
        match outcome? {
            Status::RequestError { error, .. } => fail(error),
            status => {
                SetLastError(0);
                Ok(status)
            }
        }
    }

    fn outcome(&self) -> Status<'static> {
        let state = self.state();
        let waiting = self.told.wait_timeout_while(state, PATIENCE, |state| state.outcome.is_none());
        let (mut state, timeout) = waiting.unwrap();
        assert!(!timeout.timed_out(), "no completion has come");
        state.outcome.take().unwrap()
    }

    /// A completion has come.
    pub(crate) fn tell(&self, status: Status<'_>) {
        let mut state = self.state();
        assert!(state.is_waiting, "a completion without an operation: {status:?}");
        assert!(state.outcome.is_none(), "a second completion: {status:?}");
        state.outcome = Some(owned(status));
        self.told.notify_all();
    }
}

/// The waiter of a handle; one that was never opened has none.
pub(crate) fn waiter(handle: HINTERNET) -> Option<Arc<Waiter>> {
    WAITERS.lock().unwrap().get(&handle.as_raw()).cloned()
}

/// A handle was opened.
pub(crate) fn enter(handle: HINTERNET, callback: Option<Callback>, flags: u32) {
    let state = State { callback, flags, ..State::default() };
    let waiter = Waiter { state: Mutex::new(state), told: Condvar::new() };
    WAITERS.lock().unwrap().insert(handle.as_raw(), Arc::new(waiter));
}

fn fail<T>(code: u32) -> Result<T> {
    SetLastError(code);
    Err(Error::from_code(code))
}

fn owned(status: Status<'_>) -> Status<'static> {
    match status {
        Status::SendRequestComplete => Status::SendRequestComplete,
        Status::HeadersAvailable => Status::HeadersAvailable,
        Status::DataAvailable(count) => Status::DataAvailable(count),
        Status::ReadComplete { buffer, count } => Status::ReadComplete { buffer, count },
        Status::WriteComplete(count) => Status::WriteComplete(count),
        Status::RequestError { function, error } => Status::RequestError { function, error },
        other => panic!("{other:?} is no completion"),
    }
}

type Waiters = HashMap<usize, Arc<Waiter>>;

/// Those of all handles ever: values are not used twice.
static WAITERS: LazyLock<Mutex<Waiters>> = LazyLock::new(Mutex::default);

const PATIENCE: Duration = Duration::from_secs(60);
