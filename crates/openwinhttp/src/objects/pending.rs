//! Requests of asynchronous sessions: a call begins an operation, which goes on whenever what it waits for has come.
//!
//! The exchange stays in the slot of its request. Its steps are taken under the lock of the slot, and none of them waits;
//! notices and completions are told outside of it, on the strand of the request. To take the operation out of the slot is
//! to own its completion: so there is one, whether it comes to its end or its handle is closed before.

use std::cell::Cell;
use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

use openwinhttp_abi::*;
use openwinhttp_net::{Suspended, Task, Want, schedule, start_reactor, suspend};

use super::request::Slot;
use super::{Calm, Request};
use crate::errors::{Coded, Error, Result, fail};
use crate::exchange::{Exchange, Progress};
use crate::last_error::remember_told;
use crate::notice::Notice;
use crate::operation::{Completion, Operation};
use crate::strand::Entry;

/// An exchange with an operation under way.
pub(crate) struct Pending {
    pub(super) exchange: Box<Exchange>,
    operation: Operation,
    suspended: Option<Suspended>,
    /// The outcome, while what came before it is told.
    outcome: Option<Completion>,
    /// What the program has asked for before the operation was over.
    queued: VecDeque<Operation>,
}

/// What a call knows of its operation when it returns.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Started {
    /// The count that its completion has, if it is over.
    pub(crate) count: Option<usize>,
    /// Whether its completion was told.
    pub(crate) is_told: bool,
}

impl Request {
    /// Begins an operation, and takes its first steps where that disturbs nobody. What `prepare` refuses changes nothing.
    pub(crate) fn start(
        self: &Arc<Self>,
        operation: Operation,
        prepare: impl FnOnce(&mut Exchange) -> Result<()>,
    ) -> Result<Started> {
        start_reactor().coded()?;
        let on_strand = |entry| (entry, OnStrand(self, Calm::now()));
        // Entered first, so that no worker that comes in vain takes the steps instead.
        let early = self.strand.enter().map(on_strand);
        let is_within = early.as_ref().is_some_and(|(entry, _)| *entry != Entry::Free);
        match self.slot.lock().begin(operation, is_within, prepare)? {
            Begun::Queued => return Ok(Started::default()),
            Begun::Now => {}
        }
        if let Some((entry, _on_strand)) = early {
            return Ok(self.run(entry, false));
        }
        if let Some((entry, _on_strand)) = self.strand.enter_or_leave_it().map(on_strand) {
            // By now the operation may be one that a callback has begun after this one.
            self.run(entry, false);
        }
        Ok(Started::default())
    }

    /// Takes steps until the operation waits or is over; then those that were asked for meanwhile.
    fn run(self: &Arc<Self>, entry: Entry, is_worker: bool) -> Started {
        let mut first = None;
        loop {
            let may_nest = entry != Entry::Deep && TELLING.get() < MOST_TELLING;
            match self.advance(|completion| is_worker || (may_nest && !completion.comes_later())) {
                Advanced::Nothing => return first.unwrap_or_default(),
                Advanced::Again if is_worker => {
                    self.strand.want();
                    return first.unwrap_or_default();
                }
                Advanced::Again => {}
                Advanced::Notices(notices) => self.tell_all(&notices),
                Advanced::Elsewhere(notices) => {
                    self.tell_all(&notices);
                    if !is_worker {
                        self.strand.want();
                        return first.unwrap_or_default();
                    }
                }
                Advanced::Over { completion, goes_on } => {
                    let started = *first.get_or_insert(Started { count: completion.count(), is_told: true });
                    self.complete(completion);
                    if !goes_on {
                        return started;
                    }
                }
                Advanced::PutOff { count } => return first.unwrap_or(Started { count, is_told: false }),
            }
        }
    }

    fn advance(self: &Arc<Self>, may_be_told: impl Fn(&Completion) -> bool) -> Advanced {
        let mut slot = self.slot.lock();
        loop {
            let Slot::Pending(pending) = &mut *slot else { return Advanced::Nothing };
            if let Some(completion) = pending.outcome.take() {
                if !may_be_told(&completion) {
                    let count = completion.count();
                    pending.outcome = Some(completion);
                    self.strand.want();
                    return Advanced::PutOff { count };
                }
                return Advanced::Over { completion, goes_on: slot.end_operation() };
            }
            let outcome = pending.step(self);
            let outcome = match outcome {
                Ok(Progress::Wait(want)) if !pending.exchange.has_notices() => match pending.suspend(self, want) {
                    Ok(true) => return Advanced::Nothing,
                    Ok(false) => continue,
                    Err(error) => Err(error),
                },
                Ok(Progress::Wait(_) | Progress::Tell) => return Advanced::Notices(pending.exchange.take_notices()),
                Ok(Progress::Again) => return Advanced::Again,
                Ok(Progress::Elsewhere) => return Advanced::Elsewhere(pending.exchange.take_notices()),
                Ok(Progress::Done(completion)) => Ok(completion),
                Err(error) => Err(error),
            };
            let completion = outcome.unwrap_or_else(|error| pending.operation.failed(error));
            pending.outcome = Some(completion);
            if pending.exchange.has_notices() {
                return Advanced::Notices(pending.exchange.take_notices());
            }
        }
    }

    /// Tells what has happened, on the strand and under no lock; a program that closes the handle hears no more of it.
    fn tell_all(&self, notices: &[Notice]) {
        for notice in notices {
            if self.cancel.is_cancelled() {
                return;
            }
            self.listener.tell(notice.status());
        }
    }

    fn complete(&self, completion: Completion) {
        let _nested = Nested::new();
        remember_told(completion.failure());
        self.listener.tell(completion.into_status());
    }

    /// The handle is closed: the operation, unless it is over, and those behind it end with
    /// `ERROR_WINHTTP_OPERATION_CANCELLED`, which is told from a thread of the library.
    pub(super) fn cancel_pending(self: &Arc<Self>, mut pending: Box<Pending>) {
        self.cancel.cancel();
        let cancelled = |operation: &Operation| operation.failed(Error::from_code(ERROR_WINHTTP_OPERATION_CANCELLED));
        let first = pending.outcome.take().unwrap_or_else(|| cancelled(&pending.operation));
        let others = pending.queued.iter().map(cancelled);
        for completion in std::iter::once(first).chain(others) {
            self.strand.push(completion);
        }
        // With it goes the connection.
        drop(pending);
        schedule(Arc::clone(self) as Arc<dyn Task>);
    }
}

/// What came of some steps.
enum Advanced {
    /// There is nothing to do, or it waits.
    Nothing,
    /// There is more to do at once. Others were kept from the slot for long enough.
    Again,
    Notices(Vec<Notice>),
    /// It goes on, on another thread than that of the call.
    Elsewhere(Vec<Notice>),
    Over {
        completion: Completion,
        /// Whether another operation was asked for meanwhile.
        goes_on: bool,
    },
    /// It is over; a worker tells when the strand is left.
    PutOff {
        count: Option<usize>,
    },
}

enum Begun {
    Now,
    /// When the operation before is over.
    Queued,
}

impl Slot {
    /// `is_within` a callback of the request.
    fn begin(
        &mut self,
        operation: Operation,
        is_within: bool,
        prepare: impl FnOnce(&mut Exchange) -> Result<()>,
    ) -> Result<Begun> {
        match self {
            Self::Idle(exchange) => prepare(exchange)?,
            Self::Pending(pending) if pending.may_queue(&operation, is_within) => {
                prepare(&mut pending.exchange)?;
                pending.queued.push_back(operation);
                return Ok(Begun::Queued);
            }
            Self::Pending(_) | Self::Telling(_) | Self::Busy => return fail(ERROR_WINHTTP_INCORRECT_HANDLE_STATE),
            Self::Closed => return fail(ERROR_INVALID_HANDLE),
        }
        if let Self::Idle(exchange) = mem::replace(self, Self::Busy) {
            let (suspended, outcome, queued) = (None, None, VecDeque::new());
            *self = Self::Pending(Box::new(Pending { exchange, operation, suspended, outcome, queued }));
        }
        Ok(Begun::Now)
    }

    /// The operation is over; whether another begins.
    fn end_operation(&mut self) -> bool {
        match mem::replace(self, Self::Closed) {
            Self::Pending(mut pending) => match pending.queued.pop_front() {
                Some(next) => {
                    pending.operation = next;
                    *self = Self::Pending(pending);
                    true
                }
                None => {
                    *self = Self::Idle(pending.exchange);
                    false
                }
            },
            other => {
                *self = other;
                false
            }
        }
    }

    fn fail_pending(&mut self, request: &Request) {
        if let Self::Pending(pending) = self {
            pending.suspended = None;
            pending.outcome = None;
            pending.queued.clear();
            pending.exchange.fail(request);
            self.end_operation();
        }
    }
}

impl Pending {
    /// The answer can be asked for at any time; more of the body, once, by the callback that hears that the head is sent.
    fn may_queue(&self, operation: &Operation, is_within: bool) -> bool {
        match operation {
            Operation::Receive { .. } => true,
            Operation::Write(_) => is_within && matches!(self.operation, Operation::Send) && self.queued.is_empty(),
            _ => false,
        }
    }

    fn step(&mut self, request: &Request) -> Result<Progress<Completion>> {
        let overdue = self.suspended.take().and_then(Suspended::end);
        let outcome = self.operation.step(request, &mut self.exchange);
        drop(overdue);
        outcome
    }

    /// Lets the operation wait. `false` if it need not.
    fn suspend(&mut self, request: &Arc<Request>, want: Want) -> Result<bool> {
        let task: Arc<dyn Task> = Arc::clone(request) as _;
        match suspend(&task, want, &request.cancel).coded() {
            Ok(suspended) => {
                self.suspended = suspended;
                Ok(self.suspended.is_some())
            }
            Err(error) => {
                self.exchange.stopped(request, &Error::from_code(error.code()));
                Err(error)
            }
        }
    }
}

/// Is on the strand, and leaves it whatever happens: a callback that panics ends the operation.
struct OnStrand<'a>(&'a Arc<Request>, Calm);

impl Drop for OnStrand<'_> {
    fn drop(&mut self) {
        if self.1.is_over() {
            self.0.strand.clear();
            self.0.slot.lock().fail_pending(self.0);
        }
        if self.0.strand.leave() {
            schedule(Arc::clone(self.0) as Arc<dyn Task>);
        }
    }
}

/// This thread tells a completion.
struct Nested;

impl Nested {
    fn new() -> Self {
        TELLING.set(TELLING.get() + 1);
        Self
    }
}

impl Drop for Nested {
    fn drop(&mut self) {
        TELLING.set(TELLING.get() - 1);
    }
}

thread_local! {
    /// How many completions, of any requests, this thread is telling: one within the other.
    static TELLING: Cell<u32> = const { Cell::new(0) };
}

impl Task for Request {
    fn go_on(self: Arc<Self>) {
        if !self.strand.enter_alone() {
            return;
        }
        let on_strand = OnStrand(&self, Calm::now());
        for round in 1.. {
            while let Some(completion) = self.strand.next() {
                self.complete(completion);
            }
            self.run(Entry::Free, true);
            // After the last, whoever is next finds out what is left to do.
            if round == ROUNDS || !self.strand.goes_on() {
                break;
            }
        }
        drop(on_strand);
    }

    fn is_quick(&self) -> bool {
        self.has_quick_callbacks
    }
}

/// So many completions are told within one another at most, however many requests they are of.
const MOST_TELLING: u32 = 12;
/// So often a worker goes on with one task; then the others have their turn.
const ROUNDS: u32 = 16;
