//! Name look-ups. The resolver of the system blocks, so a look-up runs on a thread of its own.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use openwinhttp_wire::Host;
use parking_lot::{Condvar, Mutex};

use crate::error::Error;
use crate::step::{Step, Want};

/// The look-up of one name.
#[derive(Debug)]
pub struct Lookup {
    host: String,
    port: u16,
    pub(crate) limit: Option<Duration>,
    pub(crate) answer: Mutex<Option<Result<Vec<SocketAddr>, Error>>>,
    pub(crate) answered: Condvar,
}

impl Lookup {
    /// A look-up of `host`; an address is its own answer.
    pub fn new(host: &Host, port: u16, limit: Option<Duration>) -> Arc<Self> {
        let known = host.address().map(|address: IpAddr| Ok(vec![SocketAddr::new(address, port)]));
        Arc::new(Self { host: host.as_str().into(), port, limit, answer: Mutex::new(known), answered: Condvar::new() })
    }

    /// The addresses, in the order of the resolver, never none.
    pub fn step(self: &Arc<Self>) -> Result<Step<Vec<SocketAddr>>, Error> {
        match self.answer.lock().take() {
            Some(answer) => answer.map(Step::Done),
            None => Ok(Step::Wait(Want::Lookup(Arc::clone(self)))),
        }
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
