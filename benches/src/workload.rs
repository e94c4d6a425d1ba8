//! What is run: the table of workloads, and one of them made ready for an origin.

use std::sync::Arc;

use crate::payload::{SMALL_BODY, chunked_length};
use crate::{Result, Target};

/// One kind of work; a row of [`WORKLOADS`].
#[derive(Debug)]
pub struct Workload {
    /// Its name on command lines and in tables.
    pub name: &'static str,
    /// Whether it runs over TLS.
    pub secure: bool,
    /// What is fetched.
    pub body: Body,
    /// The size of the buffer that the client reads into.
    pub read_size: usize,
    /// How many lanes there are: requests that are under way at the same time, each on a connection of its own.
    pub lanes: usize,
}

/// What a workload fetches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// Small answers, one GET after the other on a kept connection.
    Small,
    /// One large body for each lane, with a Content-Length.
    Plain,
    /// One large body for each lane, in chunks of this many bytes.
    Chunked(usize),
}

impl Workload {
    /// What the count of this workload counts: `request` or `MiB`.
    pub fn unit(&self) -> &'static str {
        match self.body {
            Body::Small => "request",
            Body::Plain | Body::Chunked(_) => "MiB",
        }
    }

    /// The count that brings a client to its steady state: connected, its buffers grown.
    pub fn warm_up(&self) -> u64 {
        self.lanes as u64
            * match self.body {
                Body::Small => 20,
                Body::Plain | Body::Chunked(_) => 2,
            }
    }
}

/// A workload for one origin, with everything that need not be made again for each request.
#[derive(Debug)]
pub struct Job {
    /// The path to ask for.
    pub path: String,
    /// The same with scheme, host and port.
    pub url: String,
    /// The same as a request head, for those who write it themselves.
    pub head: Vec<u8>,
    /// The length of the body.
    pub length: u64,
    /// The same with the framing of its chunks.
    pub wire_length: u64,
    /// How often it is fetched, by all lanes together.
    pub times: u64,
    /// See [`Workload::read_size`].
    pub read_size: usize,
    /// See [`Workload::lanes`].
    pub lanes: usize,
}

impl Job {
    /// `workload` for `target`: `count` small GETs, or downloads of `count` MiB together. The lanes share them.
    pub fn new(target: &Target, workload: &Workload, count: u64) -> Arc<Self> {
        let lanes = workload.lanes as u64;
        let large = (count << 20) / lanes;
        let (path, times, length, wire_length) = match workload.body {
            Body::Small => ("/small".into(), count, SMALL_BODY.len() as u64, SMALL_BODY.len() as u64),
            Body::Plain => (format!("/plain/{large}"), lanes, large, large),
            Body::Chunked(size) => (format!("/chunked/{size}/{large}"), lanes, large, chunked_length(large, size)),
        };
        let scheme = if workload.secure { "https" } else { "http" };
        let authority = format!("{}:{}", Target::HOST, target.port);
        Arc::new(Self {
            url: format!("{scheme}://{authority}{path}"),
            head: format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: bench/1.0\r\n\r\n").into_bytes(),
            path,
            length,
            wire_length,
            times,
            read_size: workload.read_size,
            lanes: workload.lanes,
        })
    }

    /// How often the lane of this number fetches it.
    pub fn times_of(&self, lane: usize) -> u64 {
        let lanes = self.lanes as u64;
        self.times / lanes + u64::from((lane as u64) < self.times % lanes)
    }

    /// Fails unless `received` is the whole body.
    pub fn check(&self, received: u64) -> Result<()> {
        match received == self.length {
            true => Ok(()),
            false => Err(format!("{}: {received} bytes instead of {}", self.path, self.length).into()),
        }
    }
}

/// The workload of that name.
pub fn workload(name: &str) -> Result<&'static Workload> {
    WORKLOADS.iter().find(|workload| workload.name == name).ok_or_else(|| format!("no workload {name:?}").into())
}

/// Every workload there is.
pub const WORKLOADS: &[Workload] = &[
    Workload { name: "small", secure: false, body: Body::Small, read_size: 8 << 10, lanes: 1 },
    Workload { name: "small-x64", secure: false, body: Body::Small, read_size: 8 << 10, lanes: 64 },
    Workload { name: "plain-64k", secure: false, body: Body::Plain, read_size: 64 << 10, lanes: 1 },
    Workload { name: "plain-64k-x64", secure: false, body: Body::Plain, read_size: 64 << 10, lanes: 64 },
    Workload { name: "plain-256k-x64", secure: false, body: Body::Plain, read_size: 256 << 10, lanes: 64 },
    Workload { name: "plain-8k", secure: false, body: Body::Plain, read_size: 8 << 10, lanes: 1 },
    Workload { name: "chunked-16k", secure: false, body: Body::Chunked(16 << 10), read_size: 64 << 10, lanes: 1 },
    Workload { name: "chunked-100", secure: false, body: Body::Chunked(100), read_size: 64 << 10, lanes: 1 },
    Workload { name: "tls-small", secure: true, body: Body::Small, read_size: 8 << 10, lanes: 1 },
    Workload { name: "tls-64k", secure: true, body: Body::Plain, read_size: 64 << 10, lanes: 1 },
    Workload { name: "tls-8k", secure: true, body: Body::Plain, read_size: 8 << 10, lanes: 1 },
    Workload { name: "tls-chunked", secure: true, body: Body::Chunked(16 << 10), read_size: 64 << 10, lanes: 1 },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lanes_share_what_there_is() -> Result<()> {
        let target = Target { port: 1, ca_pem: String::new() };
        for (name, count, times, length) in
            [("small-x64", 130, 130, SMALL_BODY.len() as u64), ("plain-64k-x64", 3, 64, 49_152)]
        {
            let job = Job::new(&target, workload(name)?, count);
            assert_eq!((job.times, job.length), (times, length), "{name}");
            assert_eq!((0..job.lanes).map(|lane| job.times_of(lane)).sum::<u64>(), times, "{name}");
        }
        Ok(())
    }
}
