//! What a program can ask about a request: where it went, over which connection, and when what happened.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use openwinhttp_net::{Conn, Endpoints};

use super::Exchange;
use crate::errors::Result;
use crate::objects::Request;

/// A moment, by its index in `WINHTTP_REQUEST_TIMES`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    AcquireStart = 2,
    AcquireWaitEnd = 3,
    AcquireEnd = 4,
    ResolveStart = 5,
    ResolveEnd = 6,
    ConnectStart = 7,
    ConnectEnd = 8,
    TlsStart = 9,
    TlsEnd = 10,
    SendStart = 17,
    SendHeadersEnd = 20,
    SendEnd = 21,
    ReceiveStart = 22,
    ReceiveHeadersEnd = 25,
    ReceiveEnd = 27,
}

/// Moments, sizes and the connection of the present round.
#[derive(Debug)]
pub(super) struct Report {
    /// Nanoseconds of a clock that only goes forward; 0 is never.
    times: [u64; TIMES],
    stats: Stats,
    endpoints: Option<Endpoints>,
}

/// The numbers of `WINHTTP_REQUEST_STATS`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stats {
    /// `WINHTTP_REQUEST_STAT_FLAG_*`.
    pub(crate) flags: u64,
    /// How many requests the connection has carried before.
    pub(crate) index: u32,
    pub(crate) values: [u64; STATS],
}

impl Report {
    pub(super) fn new() -> Self {
        Self { times: [0; TIMES], stats: Stats::default(), endpoints: None }
    }

    /// A round begins; the connection is known until there is another.
    pub(super) fn begin(&mut self) {
        self.times = [0; TIMES];
        self.stats = Stats::default();
    }

    /// These happen now.
    pub(super) fn mark(&mut self, marks: &[Mark]) {
        let now = ticks();
        for mark in marks {
            self.times[*mark as usize] = now;
        }
    }

    /// This happens now, if it has not happened yet.
    pub(super) fn mark_first(&mut self, mark: Mark) {
        if self.times[mark as usize] == 0 {
            self.mark(&[mark]);
        }
    }

    /// How long ago this happened.
    pub(super) fn since(&self, mark: Mark) -> Duration {
        Duration::from_nanos(ticks().saturating_sub(self.times[mark as usize]))
    }

    pub(super) fn adopted(&mut self, conn: &Conn) {
        self.endpoints = conn.endpoints();
        self.stats.index = conn.uses();
        self.stats.flags = if conn.uses() == 0 { FIRST_REQUEST } else { 0 };
        self.times[Mark::AcquireEnd as usize] = self.latest();
    }

    pub(super) fn secured(&mut self, is_secure: bool) {
        if is_secure {
            self.mark(&[Mark::TlsEnd]);
        }
    }

    pub(super) fn request_head(&mut self, bytes: usize) {
        self.stats.values[REQUEST_HEAD] = bytes as u64;
    }

    pub(super) fn response_head(&mut self, bytes: usize) {
        self.stats.values[RESPONSE_HEAD] = bytes as u64;
    }

    /// So many more bytes of the body were given out, and so many came over the wire.
    pub(super) fn body(&mut self, given: usize) {
        self.stats.values[BODY] += given as u64;
    }

    fn latest(&self) -> u64 {
        let after_connect = self.times[Mark::ConnectEnd as usize];
        after_connect.max(self.times[Mark::AcquireWaitEnd as usize])
    }
}

impl Exchange {
    /// Where the request goes, or went, after redirects.
    pub(crate) fn url(&self, request: &Request) -> Result<String> {
        Ok(self.place(request)?.to_url())
    }

    /// The ends of the connection that was used last.
    pub(crate) fn endpoints(&self) -> Option<Endpoints> {
        self.report.endpoints
    }

    /// Whether the head was written since the request was opened.
    pub(crate) fn has_been_sent(&self) -> bool {
        self.has_been_sent
    }

    /// When what happened, in the order of `WINHTTP_REQUEST_TIMES`.
    pub(crate) fn times(&self) -> &[u64; TIMES] {
        &self.report.times
    }

    pub(crate) fn stats(&self) -> Stats {
        self.report.stats
    }

    /// Lets the connection end with this exchange. `false` if none is in use.
    pub(crate) fn expire(&mut self) -> bool {
        self.expires |= self.conn.is_some();
        self.conn.is_some()
    }
}

/// Nanoseconds since the first request of this process, and one more: 0 is never.
fn ticks() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_nanos()).map_or(u64::MAX, |nanoseconds| nanoseconds + 1)
}

const TIMES: usize = 36;
const STATS: usize = 16;
const REQUEST_HEAD: usize = 6;
const RESPONSE_HEAD: usize = 8;
const BODY: usize = 10;
/// `WINHTTP_REQUEST_STAT_FLAG_FIRST_REQUEST`.
const FIRST_REQUEST: u64 = 0x20;
