//! The clients that are measured: one file each, one row each in [`CLIENTS`].

#[cfg(feature = "curl")]
mod curl;
#[cfg(feature = "peers")]
mod hyper;
mod openwinhttp;
mod openwinhttp_async;
mod raw;
#[cfg(feature = "peers")]
mod reqwest;
#[cfg(feature = "peers")]
mod reqwest_async;
#[cfg(feature = "peers")]
mod tasks;
#[cfg(feature = "peers")]
mod ureq;
mod waiting;

use std::io::Read;
use std::sync::Arc;

use crate::{Job, Result, Target, Workload};
use waiting::Waiting;

/// Someone who can do whole jobs. It keeps its connections from one to the next.
pub trait Client {
    /// Does all of `job`, so many fetches at once as it has lanes; fails unless each body came whole.
    fn run(&mut self, job: &Arc<Job>) -> Result<()>;
}

/// Someone who can fetch, and waits until it is done. It keeps its connection from one call to the next.
trait Fetch: Send {
    /// Fetches `job.url` once, reading into `buffer`, and returns how many bytes of body came.
    fn get(&mut self, job: &Job, buffer: &mut [u8]) -> Result<u64>;
}

/// A row of [`CLIENTS`].
#[derive(Debug)]
pub struct ClientEntry {
    /// Its name on command lines and in tables.
    pub name: &'static str,
    kind: Kind,
}

/// How a client is made for an origin, with TLS or without.
#[derive(Debug)]
enum Kind {
    /// One that waits; there is one for each lane, in a thread of its own.
    Waiting(fn(&Target, bool) -> Result<Box<dyn Fetch>>),
    /// One that does many things at once.
    Many(fn(&Target, bool) -> Result<Box<dyn Client>>),
}

impl ClientEntry {
    /// The client for `workload` at an origin.
    pub fn prepare(&self, target: &Target, workload: &Workload) -> Result<Box<dyn Client>> {
        match self.kind {
            Kind::Waiting(prepare) => Ok(Box::new(Waiting::new(workload, || prepare(target, workload.secure))?)),
            Kind::Many(prepare) => prepare(target, workload.secure),
        }
    }
}

/// The client of that name.
pub fn client(name: &str) -> Result<&'static ClientEntry> {
    CLIENTS.iter().find(|entry| entry.name == name).ok_or_else(|| format!("no client {name:?}").into())
}

/// Every client that was built in; the first one is the limit that the others are compared with.
pub const CLIENTS: &[ClientEntry] = &[
    ClientEntry { name: "raw", kind: Kind::Waiting(raw::prepare) },
    ClientEntry { name: "openwinhttp", kind: Kind::Waiting(openwinhttp::prepare) },
    ClientEntry { name: "openwinhttp-available", kind: Kind::Waiting(openwinhttp::prepare_asking) },
    ClientEntry { name: "openwinhttp-async", kind: Kind::Many(openwinhttp_async::prepare) },
    ClientEntry { name: "openwinhttp-async-assured", kind: Kind::Many(openwinhttp_async::prepare_assured) },
    #[cfg(feature = "peers")]
    ClientEntry { name: "ureq", kind: Kind::Waiting(ureq::prepare) },
    #[cfg(feature = "peers")]
    ClientEntry { name: "reqwest", kind: Kind::Waiting(reqwest::prepare) },
    #[cfg(feature = "peers")]
    ClientEntry { name: "reqwest-async", kind: Kind::Many(reqwest_async::prepare) },
    #[cfg(feature = "peers")]
    ClientEntry { name: "hyper", kind: Kind::Many(hyper::prepare) },
    #[cfg(feature = "curl")]
    ClientEntry { name: "curl", kind: Kind::Waiting(curl::prepare) },
];

/// Reads to the end and returns how much it was.
#[cfg_attr(not(feature = "peers"), allow(dead_code))]
fn drain(mut reader: impl Read, buffer: &mut [u8]) -> Result<u64> {
    let mut received = 0;
    loop {
        match reader.read(buffer)? {
            0 => return Ok(received),
            more => received += more as u64,
        }
    }
}

/// Fails unless the answer was a 200.
fn expect_ok(status: u32) -> Result<()> {
    if status == 200 { Ok(()) } else { Err(format!("status {status}").into()) }
}
