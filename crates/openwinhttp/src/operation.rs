//! The operations of asynchronous sessions: what a call has begun and a status completes.

use openwinhttp_abi::*;
use openwinhttp_net::Step;

use crate::errors::{Error, Result};
use crate::exchange::{Amount, Exchange, Goal, Progress};
use crate::notice::Status;
use crate::objects::Request;

/// Memory of a caller that is lent to an operation until its completion begins.
#[doc(hidden)]
pub trait Lease: Send + 'static {
    /// What is written from.
    fn bytes(&self) -> &[u8];

    /// What is read into.
    fn room(&mut self) -> &mut [u8];

    /// Gives it back with a read that has succeeded.
    fn give_back(self: Box<Self>, count: usize) -> Status<'static>;
}

impl Lease for Vec<u8> {
    fn bytes(&self) -> &[u8] {
        self
    }

    fn room(&mut self) -> &mut [u8] {
        self
    }

    fn give_back(self: Box<Self>, count: usize) -> Status<'static> {
        Status::ReadComplete { buffer: *self, count }
    }
}

/// What a call has begun.
pub(crate) enum Operation {
    Send,
    Write(Box<dyn Lease>),
    Receive {
        has_begun: bool,
    },
    Query,
    Read {
        buffer: Box<dyn Lease>,
        filled: usize,
        amount: Amount,
    },
    /// Its outcome was given out already.
    Over,
}

/// The outcome of an operation that has succeeded.
pub(crate) enum Completion {
    Sent,
    Written(usize),
    Head,
    Available(usize),
    Read(Box<dyn Lease>, usize),
    Failed { function: u32, error: Error },
}

impl Operation {
    pub(crate) const RECEIVE: Self = Self::Receive { has_begun: false };

    /// Takes one step.
    pub(crate) fn step(&mut self, request: &Request, exchange: &mut Exchange) -> Result<Progress<Completion>> {
        let progress = match self {
            Self::Send => exchange.step(request, Goal::Prefetched, &[])?.map(|()| Completion::Sent),
            Self::Write(data) => {
                let data = data.bytes();
                Progress::of(exchange.write(request, data)?).map(|()| Completion::Written(data.len()))
            }
            Self::Receive { has_begun } => {
                if !std::mem::replace(has_begun, true) {
                    exchange.check_receive()?;
                }
                exchange.step(request, Goal::Head, &[])?.map(|()| Completion::Head)
            }
            Self::Query => Progress::of(exchange.available(request)?).map(Completion::Available),
            Self::Read { .. } => return self.read(request, exchange),
            Self::Over => return Err(Error::from_code(ERROR_WINHTTP_INTERNAL_ERROR)),
        };
        Ok(progress)
    }

    fn read(&mut self, request: &Request, exchange: &mut Exchange) -> Result<Progress<Completion>> {
        let Self::Read { buffer, filled, amount } = self else {
            return Err(Error::from_code(ERROR_WINHTTP_INTERNAL_ERROR));
        };
        let room = buffer.room();
        let until = room.len().min(*filled + MOST_AT_ONCE);
        let is_last = until == room.len() || *amount == Amount::Some;
        match exchange.read(request, &mut room[..until], filled, *amount)? {
            Step::Done(()) if !is_last && *filled == until => Ok(Progress::Again),
            step => Ok(Progress::of(step).map(|()| self.read_completion())),
        }
    }

    fn read_completion(&mut self) -> Completion {
        match std::mem::replace(self, Self::Over) {
            Self::Read { buffer, filled, .. } => Completion::Read(buffer, filled),
            other => other.failed(Error::from_code(ERROR_WINHTTP_INTERNAL_ERROR)),
        }
    }

    /// The outcome of one that has failed.
    pub(crate) fn failed(&self, error: Error) -> Completion {
        Completion::Failed { function: self.function(), error }
    }

    fn function(&self) -> u32 {
        match self {
            Self::Send => API_SEND_REQUEST,
            Self::Write(_) => API_WRITE_DATA,
            Self::Receive { .. } => API_RECEIVE_RESPONSE,
            Self::Query => API_QUERY_DATA_AVAILABLE,
            Self::Read { .. } | Self::Over => API_READ_DATA,
        }
    }
}

impl Completion {
    /// How many bytes it is about, for the calls that tell.
    pub(crate) fn count(&self) -> Option<usize> {
        match self {
            Self::Available(count) | Self::Read(_, count) | Self::Written(count) => Some(*count),
            Self::Sent | Self::Head | Self::Failed { .. } => None,
        }
    }

    /// What is the last error while it is told.
    pub(crate) fn failure(&self) -> Option<&Error> {
        match self {
            Self::Failed { error, .. } => Some(error),
            _ => None,
        }
    }

    /// Whether it is never told within the call that it is about: the completion of a send comes from a thread of the
    /// library, as on Windows.
    pub(crate) fn comes_later(&self) -> bool {
        matches!(self, Self::Sent | Self::Failed { function: API_SEND_REQUEST, .. })
    }

    pub(crate) fn into_status(self) -> Status<'static> {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        match self {
            Self::Sent => Status::SendRequestComplete,
            Self::Written(count) => Status::WriteComplete(number(count)),
            Self::Head => Status::HeadersAvailable,
            Self::Available(count) => Status::DataAvailable(number(count)),
            Self::Read(buffer, count) => buffer.give_back(count),
            Self::Failed { function, error } => Status::RequestError { function, error: error.code() },
        }
    }
}

/// A step that reads goes on no longer than that, so that a close, or a question, of another thread waits for a moment only.
const MOST_AT_ONCE: usize = 1024 * 1024;
