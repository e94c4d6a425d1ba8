//! Requests.

use std::sync::Arc;
use std::{fmt, mem};

use openwinhttp_abi::*;
use openwinhttp_net::{Cancel, Choice, Error as NetError, Guid, Mode, Step, block};
use parking_lot::Mutex;

use super::pending::Pending;
use super::{Calm, Connection, Orphan, Place, Settings};
use crate::errors::{Coded, Error, Result, fail};
use crate::exchange::{Exchange, Progress};
use crate::notice::Listener;
use crate::options::{Kept, OptionValue};
use crate::strand::Strand;

/// What a request handle holds.
pub(crate) struct Request {
    // Before the connection: what is gone is told from the child to the parent.
    pub(crate) listener: Listener,
    pub(crate) connection: Arc<Connection>,
    place: Place,
    pub(crate) settings: Mutex<Settings>,
    pub(crate) kept: Kept,
    /// Reaches the connection that a call of another thread waits on.
    pub(crate) cancel: Cancel,
    pub(super) slot: Mutex<Slot>,
    pub(super) strand: Strand,
    is_asynchronous: bool,
    /// Whether the program has promised that its callbacks don't wait.
    pub(super) has_quick_callbacks: bool,
    pub(crate) orphan: Orphan,
}

/// Where the exchange of a request is. To take it out is what makes every other call wait its turn.
pub(super) enum Slot {
    Idle(Box<Exchange>),
    /// A call of a synchronous session is under way and has it.
    Busy,
    /// Such a call is telling what happens. Its exchange can be looked at and changed meanwhile.
    Telling(Box<Exchange>),
    /// An operation of an asynchronous session is under way.
    Pending(Box<Pending>),
    /// The handle, or a parent of it, was closed.
    Closed,
}

/// Has the exchange out of its slot, and puts it back whatever happens: a panic must not leave the request busy for ever.
struct Turn<'a> {
    request: &'a Request,
    exchange: Option<Box<Exchange>>,
}

impl Turn<'_> {
    fn exchange(&mut self) -> Result<&mut Exchange> {
        self.exchange.as_deref_mut().ok_or(Error::from_code(ERROR_WINHTTP_OPERATION_CANCELLED))
    }

    /// Takes a step.
    #[inline(always)]
    fn step<T>(&mut self, step: &mut impl FnMut(&mut Exchange) -> Result<Progress<T>>) -> Result<Progress<T>> {
        let exchange = self.exchange()?;
        let outcome = step(exchange);
        if exchange.has_notices() {
            self.tell()?;
        }
        outcome
    }

    /// Tells what has happened since it was told last; the exchange lies in the slot meanwhile.
    #[cold]
    #[inline(never)]
    fn tell(&mut self) -> Result<()> {
        let notices = self.exchange()?.take_notices();
        if let Some(exchange) = self.exchange.take() {
            self.request.put(exchange, Slot::Telling)?;
        }
        let telling = Telling(self.request, Calm::now());
        for notice in &notices {
            self.request.listener.tell(notice.status());
            self.request.still_open()?;
        }
        drop(telling);
        self.exchange = Some(self.request.take_told()?);
        Ok(())
    }

    fn end(mut self) -> Result<()> {
        let (request, exchange) = (self.request, self.exchange.take());
        mem::forget(self);
        exchange.map_or(Ok(()), |exchange| request.put(exchange, Slot::Idle))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(mut exchange) = self.exchange.take() {
            exchange.fail(self.request);
            let _ = self.request.put(exchange, Slot::Idle);
        }
    }
}

/// A callback is running. Should it panic, the exchange has failed.
struct Telling<'a>(&'a Request, Calm);

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        if self.1.is_over() {
            if let Ok(mut exchange) = self.0.take_told() {
                exchange.fail(self.0);
                let _ = self.0.put(exchange, Slot::Idle);
            }
        }
    }
}

impl Request {
    pub(crate) fn new(connection: Arc<Connection>, place: Place, exchange: Box<Exchange>) -> Self {
        let settings = *connection.session.settings.lock();
        Self {
            is_asynchronous: connection.session.mode == Mode::Asynchronous,
            listener: connection.listener.inherited(),
            connection,
            place,
            settings: Mutex::new(settings),
            kept: Kept::new(),
            cancel: Cancel::new(),
            slot: Mutex::new(Slot::Idle(exchange)),
            strand: Strand::new(),
            has_quick_callbacks: settings[Setting::AssuredNonBlockingCallbacks] != 0,
            orphan: Orphan::default(),
        }
    }

    /// Whether its calls begin operations instead of waiting.
    pub(crate) fn is_asynchronous(&self) -> bool {
        self.is_asynchronous
    }

    /// Looks at the exchange, or changes what no call under way has in use.
    ///
    /// `ERROR_WINHTTP_INCORRECT_HANDLE_STATE` while a call of a synchronous session has it.
    pub(crate) fn with_exchange<T>(&self, work: impl FnOnce(&mut Exchange) -> Result<T>) -> Result<T> {
        match &mut *self.slot.lock() {
            Slot::Idle(exchange) | Slot::Telling(exchange) => work(exchange),
            Slot::Pending(pending) => work(&mut pending.exchange),
            Slot::Busy => fail(ERROR_WINHTTP_INCORRECT_HANDLE_STATE),
            Slot::Closed => fail(ERROR_INVALID_HANDLE),
        }
    }

    /// Works on the exchange in steps, waiting in between on this thread; meanwhile every other such call on this request
    /// gets `ERROR_WINHTTP_INCORRECT_HANDLE_STATE`. What `prepare` refuses changes nothing.
    ///
    /// `ERROR_WINHTTP_OPERATION_CANCELLED` if the handle was closed before the work was over.
    pub(crate) fn block<T>(
        &self,
        prepare: impl FnOnce(&mut Exchange) -> Result<()>,
        mut step: impl FnMut(&mut Exchange) -> Result<Progress<T>>,
    ) -> Result<T> {
        let mut turn = Turn { request: self, exchange: Some(self.take()?) };
        if let Err(refusal) = prepare(turn.exchange()?) {
            turn.end()?;
            return Err(refusal);
        }
        let mut is_waiting = true;
        let outcome = block(&self.cancel, NetError::coded, || {
            loop {
                match turn.step(&mut step).inspect_err(|_| is_waiting = false)? {
                    Progress::Done(value) => return Ok(Step::Done(value)),
                    Progress::Wait(want) => return Ok(Step::Wait(want)),
                    Progress::Tell | Progress::Again | Progress::Elsewhere => {}
                }
            }
        });
        if let (Err(error), true) = (&outcome, is_waiting) {
            turn.exchange()?.stopped(self, error);
            turn.tell()?;
        }
        turn.end()?;
        outcome
    }

    /// What its connection is to be marked with.
    pub(crate) fn guid(&self) -> Option<Guid> {
        match self.kept.get(WINHTTP_OPTION_CONNECTION_GUID) {
            Some(OptionValue::Guid(guid)) => Some(guid),
            _ => None,
        }
    }

    /// Which idle connections it takes.
    pub(crate) fn choice(&self) -> Choice {
        const REQUIRED: u64 = WINHTTP_MATCH_CONNECTION_GUID_FLAG_REQUIRE_MARKED_CONNECTION as u64;
        match self.kept.get(WINHTTP_OPTION_MATCH_CONNECTION_GUID) {
            Some(OptionValue::MatchGuid(wanted)) if wanted.flags & REQUIRED != 0 => Choice::Only(wanted.guid),
            Some(OptionValue::MatchGuid(wanted)) => Choice::Rather(wanted.guid),
            _ => Choice::Any,
        }
    }

    fn take(&self) -> Result<Box<Exchange>> {
        let mut slot = self.slot.lock();
        match mem::replace(&mut *slot, Slot::Busy) {
            Slot::Idle(exchange) => Ok(exchange),
            Slot::Busy => fail(ERROR_WINHTTP_INCORRECT_HANDLE_STATE),
            Slot::Closed => {
                *slot = Slot::Closed;
                fail(ERROR_INVALID_HANDLE)
            }
            other => {
                *slot = other;
                fail(ERROR_WINHTTP_INCORRECT_HANDLE_STATE)
            }
        }
    }

    /// Takes the exchange back that was told about.
    fn take_told(&self) -> Result<Box<Exchange>> {
        let mut slot = self.slot.lock();
        match mem::replace(&mut *slot, Slot::Busy) {
            Slot::Telling(exchange) => Ok(exchange),
            other => {
                *slot = other;
                fail(ERROR_WINHTTP_OPERATION_CANCELLED)
            }
        }
    }

    /// Puts the exchange back into its slot, which nobody else has filled.
    #[inline]
    fn put(&self, exchange: Box<Exchange>, place: impl FnOnce(Box<Exchange>) -> Slot) -> Result<()> {
        let mut slot = self.slot.lock();
        if let Slot::Busy = *slot {
            mem::forget(mem::replace(&mut *slot, place(exchange)));
            return Ok(());
        }
        Err(Error::from_code(ERROR_WINHTTP_OPERATION_CANCELLED))
    }

    /// Lets go of the connection; a call that is under way ends.
    pub(crate) fn give_up(self: &Arc<Self>) {
        let before = mem::replace(&mut *self.slot.lock(), Slot::Closed);
        match before {
            Slot::Idle(mut exchange) => exchange.give_up(self),
            Slot::Pending(pending) => self.cancel_pending(pending),
            Slot::Telling(_) | Slot::Busy | Slot::Closed => self.cancel.cancel(),
        }
    }

    /// `ERROR_WINHTTP_OPERATION_CANCELLED` if the handle, or a parent of it, was closed while a call works with it.
    pub(crate) fn still_open(&self) -> Result<()> {
        if self.cancel.is_cancelled() { fail(ERROR_WINHTTP_OPERATION_CANCELLED) } else { Ok(()) }
    }

    pub(crate) fn leave_parent(&self) {
        self.connection.children.release(self.place);
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("handle", &self.listener.handle()).finish_non_exhaustive()
    }
}
