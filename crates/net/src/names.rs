//! Name look-ups. The resolver of the system blocks, so a look-up runs on a thread of its own.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use openwinhttp_wire::Host;
use parking_lot::{Condvar, Mutex};

use crate::driver::{Task, schedule};
use crate::error::Error;
use crate::step::{Step, Want};

/// The look-up of one name.
#[derive(Debug)]
pub struct Lookup {
    host: String,
    port: u16,
    pub(crate) deadline: Option<Instant>,
    is_asked: AtomicBool,
    pub(crate) answer: Mutex<Option<Result<Vec<SocketAddr>, Error>>>,
    pub(crate) answered: Condvar,
    waiter: Mutex<Option<Arc<dyn Task>>>,
}

impl Lookup {
    /// A look-up of `host`; an address is its own answer.
    pub fn new(host: &Host, port: u16, limit: Option<Duration>) -> Arc<Self> {
        let known = host.address().map(|address: IpAddr| Ok(vec![SocketAddr::new(address, port)]));
        Arc::new(Self {
            // musl finds a name in the file of hosts only as it is written there.
            host: host.as_str().to_ascii_lowercase(),
            port,
            deadline: limit.and_then(|limit| Instant::now().checked_add(limit)),
            is_asked: AtomicBool::new(false),
            answer: Mutex::new(known),
            answered: Condvar::new(),
            waiter: Mutex::new(None),
        })
    }

    /// The addresses, in the order of the resolver, never none.
    pub fn step(self: &Arc<Self>) -> Result<Step<Vec<SocketAddr>>, Error> {
        match self.answer.lock().take() {
            Some(answer) => answer.map(Step::Done),
            None if self.is_overdue() => Err(Error::TimedOut),
            None => Ok(Step::Wait(Want::Lookup(Arc::clone(self)))),
        }
    }

    pub(crate) fn is_overdue(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    /// Whether somebody has it asked already; from now on somebody has.
    pub(crate) fn is_asked(&self) -> bool {
        self.is_asked.swap(true, Ordering::Relaxed)
    }

    /// The answer has come.
    pub(crate) fn tell(&self, answer: Result<Vec<SocketAddr>, Error>) {
        *self.answer.lock() = Some(answer);
        self.answered.notify_all();
        let waiter = self.waiter.lock().take();
        waiter.into_iter().for_each(schedule);
    }

    /// Lets a task wait for the answer, unless that is there.
    pub(crate) fn enter(&self, task: &Arc<dyn Task>) -> bool {
        *self.waiter.lock() = Some(Arc::clone(task));
        let is_waiting = self.answer.lock().is_none();
        if !is_waiting {
            self.leave();
        }
        is_waiting
    }

    pub(crate) fn leave(&self) {
        let waiter = self.waiter.lock().take();
        drop(waiter);
    }

    /// Asks the system, which may take its time.
    pub(crate) fn ask(&self) -> Result<Vec<SocketAddr>, Error> {
        let found = (self.host.as_str(), self.port).to_socket_addrs().map_err(Error::Name)?;
        let addresses: Vec<_> = found.collect();
        if addresses.is_empty() {
            return Err(Error::Name(io::Error::new(io::ErrorKind::NotFound, "the name has no address")));
        }
        Ok(addresses)
    }
}
