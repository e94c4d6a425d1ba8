//! The connect to the first address that answers.

use std::net::SocketAddr;
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
    attempt: Option<Attempt>,
    failure: Option<Error>,
}

#[derive(Debug)]
struct Attempt {
    socket: Arc<Socket>,
    deadline: Option<Instant>,
}

impl Dial {
    /// Tries the first five of `addresses`.
    pub fn new(mut addresses: Vec<SocketAddr>, limit: Option<Duration>) -> Self {
        addresses.truncate(MAX_ADDRESSES);
        Self { addresses: addresses.into_iter(), limit, attempt: None, failure: None }
    }

    /// The connection, to a socket that blocks.
    ///
    /// When every address fails: [`Error::Connect`] if any of them refused, [`Error::TimedOut`] if all were silent.
    pub fn step(&mut self) -> Result<Step<Conn>, Error> {
        loop {
            let Some(attempt) = &self.attempt else {
                self.start_next()?;
                continue;
            };
            match attempt.step() {
                Ok(Step::Done(socket)) => match Conn::new(socket) {
                    Ok(conn) => return Ok(Step::Done(conn)),
                    Err(error) => self.give_up_attempt(error),
                },
                Ok(Step::Wait(want)) => return Ok(Step::Wait(want)),
                Err(error) => self.give_up_attempt(error),
            }
        }
    }

    fn start_next(&mut self) -> Result<(), Error> {
        let Some(address) = self.addresses.next() else {
            return Err(self.failure.take().unwrap_or_else(Error::ended));
        };
        match Socket::start_connect(address) {
            Ok(socket) => {
                let deadline = self.limit.and_then(|limit| Instant::now().checked_add(limit));
                self.attempt = Some(Attempt { socket: Arc::new(socket), deadline });
            }
            Err(error @ Error::Exhausted(_)) => return Err(error),
            Err(error) => self.give_up_attempt(error),
        }
        Ok(())
    }

    fn give_up_attempt(&mut self, error: Error) {
        self.attempt = None;
        let keeps_earlier = matches!((&self.failure, &error), (Some(_), Error::TimedOut));
        if !keeps_earlier {
            self.failure = Some(error);
        }
    }
}

impl Attempt {
    fn step(&self) -> Result<Step<Arc<Socket>>, Error> {
        if self.socket.connected()? {
            return Ok(Step::Done(Arc::clone(&self.socket)));
        }
        if self.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return Err(Error::TimedOut);
        }
        let connecting = Connecting { socket: Arc::clone(&self.socket), deadline: self.deadline };
        Ok(Step::Wait(Want::Connect(connecting)))
    }
}

/// The default of `WINHTTP_OPTION_CONNECT_RETRIES`.
const MAX_ADDRESSES: usize = 5;
