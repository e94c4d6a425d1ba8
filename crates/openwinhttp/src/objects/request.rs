//! Requests.

use std::mem;
use std::sync::Arc;

use openwinhttp_abi::*;
use openwinhttp_net::{Cancel, Choice, Error as NetError, Guid, Step, block};
use parking_lot::Mutex;

use super::{Connection, Orphan, Place, Settings};
use crate::errors::{Coded, Error, Result, fail};
use crate::exchange::Exchange;
use crate::notice::{Listener, Status};
use crate::options::{Kept, OptionValue};

/// What a request handle holds.
#[derive(Debug)]
pub(crate) struct Request {
    // Before the connection: what is gone is told from the child to the parent.
    pub(crate) listener: Listener,
    pub(crate) connection: Arc<Connection>,
    place: Place,
    pub(crate) settings: Mutex<Settings>,
    pub(crate) kept: Kept,
    /// Reaches the connection that a call of another thread waits on.
    pub(crate) cancel: Cancel,
    slot: Mutex<Slot>,
    pub(crate) orphan: Orphan,
}

/// Where the exchange of a request is. To take it out is what makes every other call wait its turn.
#[derive(Debug)]
enum Slot {
    Idle(Box<Exchange>),
    /// A call is under way and has it.
    Busy,
    /// The handle, or a parent of it, was closed.
    Closed,
}

/// Has the exchange out of its slot, and puts it back whatever happens: a panic must not leave the request busy for ever.
struct Turn<'a> {
    request: &'a Request,
    exchange: Option<Box<Exchange>>,
}

impl Turn<'_> {
    fn end(mut self) -> Result<()> {
        let (request, exchange) = (self.request, self.exchange.take());
        mem::forget(self);
        exchange.map_or(Ok(()), |exchange| request.put_back(exchange))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(mut exchange) = self.exchange.take() {
            exchange.fail(self.request);
            let _ = self.request.put_back(exchange);
        }
    }
}

impl Request {
    pub(crate) fn new(connection: Arc<Connection>, place: Place, exchange: Box<Exchange>) -> Self {
        let settings = *connection.session.settings.lock();
        Self {
            listener: connection.listener.inherited(),
            connection,
            place,
            settings: Mutex::new(settings),
            kept: Kept::new(),
            cancel: Cancel::new(),
            slot: Mutex::new(Slot::Idle(exchange)),
            orphan: Orphan::default(),
        }
    }

    /// Works on the exchange; meanwhile every other call on this request gets
    /// `ERROR_WINHTTP_INCORRECT_HANDLE_STATE`.
    ///
    /// `ERROR_WINHTTP_OPERATION_CANCELLED` if the handle was closed before the work was over.
    pub(crate) fn with_exchange<T>(&self, work: impl FnOnce(&mut Exchange) -> Result<T>) -> Result<T> {
        let mut turn = Turn { request: self, exchange: Some(self.take()?) };
        let Some(exchange) = &mut turn.exchange else { return fail(ERROR_WINHTTP_INTERNAL_ERROR) };
        let outcome = work(exchange);
        turn.end()?;
        outcome
    }

    /// Works on the exchange in steps, waiting in between on this thread. What `prepare` refuses changes nothing.
    pub(crate) fn block<T>(
        &self,
        prepare: impl FnOnce(&mut Exchange) -> Result<()>,
        mut step: impl FnMut(&mut Exchange) -> Result<Step<T>>,
    ) -> Result<T> {
        self.with_exchange(|exchange| {
            prepare(exchange)?;
            let mut is_waiting = true;
            let outcome = block(&self.cancel, NetError::coded, || step(exchange).inspect_err(|_| is_waiting = false));
            match &outcome {
                Err(error) if is_waiting => exchange.stopped(self, error),
                _ => {}
            }
            outcome
        })
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
        }
    }

    fn put_back(&self, exchange: Box<Exchange>) -> Result<()> {
        let mut slot = self.slot.lock();
        if let Slot::Closed = *slot {
            return Err(Error::from_code(ERROR_WINHTTP_OPERATION_CANCELLED));
        }
        *slot = Slot::Idle(exchange);
        Ok(())
    }

    /// Lets go of the connection; a call that is under way ends.
    pub(crate) fn give_up(&self) {
        let before = mem::replace(&mut *self.slot.lock(), Slot::Closed);
        match before {
            Slot::Idle(mut exchange) => exchange.give_up(self),
            Slot::Busy | Slot::Closed => self.cancel.cancel(),
        }
    }

    /// Tells the callback; `ERROR_WINHTTP_OPERATION_CANCELLED` if that has closed the handle.
    pub(crate) fn tell(&self, status: Status<'_>) -> Result<()> {
        if self.listener.tell(status) { self.still_open() } else { Ok(()) }
    }

    /// `ERROR_WINHTTP_OPERATION_CANCELLED` if the handle, or a parent of it, was closed while a call works with it.
    pub(crate) fn still_open(&self) -> Result<()> {
        if self.cancel.is_cancelled() { fail(ERROR_WINHTTP_OPERATION_CANCELLED) } else { Ok(()) }
    }

    pub(crate) fn leave_parent(&self) {
        self.connection.children.release(self.place);
    }
}
