//! The clients that are measured: one file each, one row each in [`CLIENTS`].

#[cfg(feature = "curl")]
mod curl;
mod openwinhttp;
mod raw;
#[cfg(feature = "peers")]
mod reqwest;
#[cfg(feature = "peers")]
mod ureq;

use std::io::Read;

use crate::{Job, Result, Target};

/// Someone who can fetch. It keeps its connection from one call to the next.
pub trait Client {
    /// Fetches `job.url` once, reading into `buffer`, and returns how many bytes of body came.
    fn get(&mut self, job: &Job, buffer: &mut [u8]) -> Result<u64>;
}

/// A row of [`CLIENTS`].
#[derive(Debug)]
pub struct ClientEntry {
    /// Its name on command lines and in tables.
    pub name: &'static str,
    /// Makes the client for an origin, with TLS or without.
    pub prepare: fn(&Target, bool) -> Result<Box<dyn Client>>,
}

/// The client of that name.
pub fn client(name: &str) -> Result<&'static ClientEntry> {
    CLIENTS.iter().find(|entry| entry.name == name).ok_or_else(|| format!("no client {name:?}").into())
}

/// Every client that was built in; the first one is the limit that the others are compared with.
pub const CLIENTS: &[ClientEntry] = &[
    ClientEntry { name: "raw", prepare: raw::prepare },
    ClientEntry { name: "openwinhttp", prepare: openwinhttp::prepare },
    ClientEntry { name: "openwinhttp-available", prepare: openwinhttp::prepare_asking },
    #[cfg(feature = "peers")]
    ClientEntry { name: "ureq", prepare: ureq::prepare },
    #[cfg(feature = "peers")]
    ClientEntry { name: "reqwest", prepare: reqwest::prepare },
    #[cfg(feature = "curl")]
    ClientEntry { name: "curl", prepare: curl::prepare },
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
