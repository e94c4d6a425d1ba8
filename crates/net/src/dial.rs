//! The connect to the first address that answers.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::conn::Conn;
use crate::error::Error;
use crate::socket::Socket;
use crate::step::{Connecting, Step, Want};

/// Tries addresses in turn, each with a time limit of its own.
#[derive(Debug)]
pub struct Dial {
    addresses: std::vec::IntoIter<SocketAddr>,
    limit: Option<Duration>,
    attempt: Attempt,
    failure: Option<Error>,
}

/// What one step of a [`Dial`] came to.
#[derive(Debug)]
pub enum Dialled {
    /// This address is tried next.
    Trying(IpAddr),
    /// This address answered; the socket blocks.
    Connected(IpAddr, Conn),
}

#[derive(Debug)]
enum Attempt {
    None,
    /// The caller knows of this address; nothing was done yet.
    Announced(SocketAddr),
    Running {
        address: SocketAddr,
        socket: Arc<Socket>,
        deadline: Option<Instant>,
    },
}

impl Dial {
    /// Tries the first five of `addresses`.
    pub fn new(mut addresses: Vec<SocketAddr>, limit: Option<Duration>) -> Self {
        addresses.truncate(MAX_ADDRESSES);
        Self { addresses: addresses.into_iter(), limit, attempt: Attempt::None, failure: None }
    }

    /// Goes on: each address is told before it is tried, and the one that answered after.
    ///
    /// When every address fails: [`Error::Connect`] if any of them refused, [`Error::TimedOut`] if all were silent.
    pub fn step(&mut self) -> Result<Step<Dialled>, Error> {
        loop {
            let outcome = match &self.attempt {
                Attempt::None => return self.announce().map(Step::Done),
                Attempt::Announced(address) => self.start(*address),
                Attempt::Running { address, socket, deadline } => match connected(socket, *deadline) {
                    Ok(Step::Wait(want)) => return Ok(Step::Wait(want)),
                    Ok(Step::Done(conn)) => return Ok(Step::Done(Dialled::Connected(address.ip(), conn))),
                    Err(error) => Err(error),
                },
            };
            match outcome {
                Ok(()) => {}
                Err(error @ Error::Exhausted(_)) => return Err(error),
                Err(error) => self.give_up_attempt(error),
            }
        }
    }

    fn announce(&mut self) -> Result<Dialled, Error> {
        let Some(address) = self.addresses.next() else {
            return Err(self.failure.take().unwrap_or_else(Error::ended));
        };
        self.attempt = Attempt::Announced(address);
        Ok(Dialled::Trying(address.ip()))
    }

    fn start(&mut self, address: SocketAddr) -> Result<(), Error> {
        let socket = Arc::new(Socket::start_connect(address)?);
        let deadline = self.limit.and_then(|limit| Instant::now().checked_add(limit));
        self.attempt = Attempt::Running { address, socket, deadline };
        Ok(())
    }

    fn give_up_attempt(&mut self, error: Error) {
        self.attempt = Attempt::None;
        let keeps_earlier = matches!((&self.failure, &error), (Some(_), Error::TimedOut));
        if !keeps_earlier {
            self.failure = Some(error);
        }
    }
}

fn connected(socket: &Arc<Socket>, deadline: Option<Instant>) -> Result<Step<Conn>, Error> {
    if socket.connected()? {
        return Conn::new(Arc::clone(socket)).map(Step::Done);
    }
    if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
        return Err(Error::TimedOut);
    }
    let connecting = Connecting { socket: Arc::clone(socket), deadline };
    Ok(Step::Wait(Want::Connect(connecting)))
}

/// The default of `WINHTTP_OPTION_CONNECT_RETRIES`.
const MAX_ADDRESSES: usize = 5;
