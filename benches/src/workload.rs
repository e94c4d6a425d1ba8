//! What is run: the table of workloads, and one of them made ready for an origin.

use crate::payload::{SMALL_BODY, chunked_length};
use crate::{Client, Result, Target};

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
}

/// What a workload fetches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// Small answers, one GET after the other on a kept connection.
    Small,
    /// One large body with a Content-Length.
    Plain,
    /// One large body in chunks of this many bytes.
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
        match self.body {
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
    /// How often it is fetched.
    pub times: u64,
    /// See [`Workload::read_size`].
    pub read_size: usize,
}

impl Job {
    /// `workload` for `target`: `count` small GETs, or one download of `count` MiB.
    pub fn new(target: &Target, workload: &Workload, count: u64) -> Self {
        let large = count << 20;
        let (path, times, length, wire_length) = match workload.body {
            Body::Small => ("/small".into(), count, SMALL_BODY.len() as u64, SMALL_BODY.len() as u64),
            Body::Plain => (format!("/plain/{large}"), 1, large, large),
            Body::Chunked(size) => (format!("/chunked/{size}/{large}"), 1, large, chunked_length(large, size)),
        };
        let scheme = if workload.secure { "https" } else { "http" };
        let authority = format!("{}:{}", Target::HOST, target.port);
        Self {
            url: format!("{scheme}://{authority}{path}"),
            head: format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: bench/1.0\r\n\r\n").into_bytes(),
            path,
            length,
            wire_length,
            times,
            read_size: workload.read_size,
        }
    }

    /// Lets `client` do all of it; fails unless each body came whole.
    pub fn run(&self, client: &mut dyn Client, buffer: &mut [u8]) -> Result<()> {
        for _ in 0..self.times {
            let received = client.get(self, buffer)?;
            if received != self.length {
                return Err(format!("{}: {received} bytes instead of {}", self.path, self.length).into());
            }
        }
        Ok(())
    }

    /// The buffer to read into.
    pub fn buffer(&self) -> Vec<u8> {
        vec![0; self.read_size]
    }
}

/// The workload of that name.
pub fn workload(name: &str) -> Result<&'static Workload> {
    WORKLOADS.iter().find(|workload| workload.name == name).ok_or_else(|| format!("no workload {name:?}").into())
}

/// Every workload there is.
pub const WORKLOADS: &[Workload] = &[
    Workload { name: "small", secure: false, body: Body::Small, read_size: 8 << 10 },
    Workload { name: "plain-64k", secure: false, body: Body::Plain, read_size: 64 << 10 },
    Workload { name: "plain-8k", secure: false, body: Body::Plain, read_size: 8 << 10 },
    Workload { name: "chunked-16k", secure: false, body: Body::Chunked(16 << 10), read_size: 64 << 10 },
    Workload { name: "chunked-100", secure: false, body: Body::Chunked(100), read_size: 64 << 10 },
    Workload { name: "tls-small", secure: true, body: Body::Small, read_size: 8 << 10 },
    Workload { name: "tls-64k", secure: true, body: Body::Plain, read_size: 64 << 10 },
    Workload { name: "tls-8k", secure: true, body: Body::Plain, read_size: 8 << 10 },
    Workload { name: "tls-chunked", secure: true, body: Body::Chunked(16 << 10), read_size: 64 << 10 },
];
