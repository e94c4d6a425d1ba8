//! What a program can ask about a request: where it went, over which connection, and when what happened.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use openwinhttp_net::{Conn, Endpoints};

use super::Exchange;
use crate::objects::Request;

/// A moment that is kept, in the order of [`INDICES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    AcquireStart,
    AcquireWaitEnd,
    AcquireEnd,
    ResolveStart,
    ResolveEnd,
    ConnectStart,
    ConnectEnd,
    TlsStart,
    TlsEnd,
    SendStart,
    SendHeadersEnd,
    SendEnd,
    ReceiveStart,
    ReceiveHeadersEnd,
    ReceiveEnd,
}

/// Moments, sizes and the connection of the present round. Kept small, because every request has one.
#[derive(Debug, Default)]
pub(super) struct Report {
    marks: [Option<Instant>; MARKS],
    last: Option<Instant>,
    request_head: u32,
    response_head: u32,
    body: u64,
    /// How many requests the connection has carried before.
    index: Option<u32>,
    endpoints: Option<Arc<Endpoints>>,
}

/// The numbers of `WINHTTP_REQUEST_STATS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stats {
    /// `WINHTTP_REQUEST_STAT_FLAG_*`.
    pub(crate) flags: u64,
    /// How many requests the connection has carried before.
    pub(crate) index: u32,
    pub(crate) values: [u64; STATS],
}

impl Report {
    /// A round begins; its connection is that of the round before until there is another.
    pub(super) fn begin(&mut self) {
        if self.last.is_none() {
            return;
        }
        *self = Self { endpoints: self.endpoints.take(), ..Self::default() };
    }

    /// These happen now.
    pub(super) fn mark(&mut self, marks: &[Mark]) -> Instant {
        let now = Instant::now();
        self.last = Some(now);
        for mark in marks {
            self.marks[*mark as usize] = Some(now);
        }
        now
    }

    /// This happened together with what happened last.
    pub(super) fn mark_with_last(&mut self, mark: Mark) {
        self.marks[mark as usize] = self.last;
    }

    /// This has not happened yet.
    pub(super) fn forget(&mut self, mark: Mark) {
        self.marks[mark as usize] = None;
    }

    pub(super) fn has(&self, mark: Mark) -> bool {
        self.marks[mark as usize].is_some()
    }

    /// How long ago this happened.
    pub(super) fn since(&self, mark: Mark) -> Duration {
        self.marks[mark as usize].map(|moment| moment.elapsed()).unwrap_or_default()
    }

    pub(super) fn adopted(&mut self, conn: &Conn) {
        self.endpoints = conn.endpoints();
        self.index = Some(conn.uses());
    }

    pub(super) fn request_head(&mut self, bytes: usize) {
        self.request_head = bytes.try_into().unwrap_or(u32::MAX);
    }

    pub(super) fn response_head(&mut self, bytes: usize) {
        self.response_head = bytes.try_into().unwrap_or(u32::MAX);
    }

    /// So many more bytes of the body were given out.
    pub(super) fn body(&mut self, bytes: usize) {
        self.body += bytes as u64;
    }

    /// The moments of the table, in nanoseconds of a clock that only goes forward; 0 is never.
    fn times(&self) -> [u64; TIMES] {
        let mut times = [0; TIMES];
        for (index, moment) in INDICES.iter().zip(self.marks) {
            let since = moment.map(|moment| moment.saturating_duration_since(clock_start()));
            // The first nanosecond counts as one, because 0 is never.
            times[*index] = since.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX).max(1));
        }
        times
    }

    fn stats(&self) -> Stats {
        let mut values = [0; STATS];
        values[REQUEST_HEAD] = self.request_head.into();
        values[RESPONSE_HEAD] = self.response_head.into();
        values[BODY] = self.body;
        let flags = if self.index == Some(0) { FIRST_REQUEST } else { 0 };
        Stats { flags, index: self.index.unwrap_or_default(), values }
    }
}

/// When the clock of the moments began: with the first session of the process.
pub(crate) fn clock_start() -> Instant {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    *START
}

impl Exchange {
    /// Where the request goes, or went, after redirects.
    pub(crate) fn url(&self, request: &Request) -> String {
        self.place(request).to_url()
    }

    /// The ends of the connection that was used last.
    pub(crate) fn endpoints(&self) -> Option<Arc<Endpoints>> {
        self.report.endpoints.clone()
    }

    /// Whether the head was written since the request was opened.
    pub(crate) fn has_been_sent(&self) -> bool {
        self.has_been_sent
    }

    /// When what happened, in the order of `WINHTTP_REQUEST_TIMES`.
    pub(crate) fn times(&self) -> [u64; TIMES] {
        self.report.times()
    }

    pub(crate) fn stats(&self) -> Stats {
        self.report.stats()
    }

    /// Lets the connection end with this exchange. `false` if none is in use.
    pub(crate) fn expire(&mut self) -> bool {
        self.expires |= self.conn.is_some();
        self.conn.is_some()
    }
}

const MARKS: usize = Mark::ReceiveEnd as usize + 1;
/// Where in `WINHTTP_REQUEST_TIMES` each [`Mark`] stands.
const INDICES: [usize; MARKS] = [2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 21, 22, 25, 27];
const TIMES: usize = 36;
const STATS: usize = 16;
const REQUEST_HEAD: usize = 6;
const RESPONSE_HEAD: usize = 8;
const BODY: usize = 10;
/// `WINHTTP_REQUEST_STAT_FLAG_FIRST_REQUEST`.
const FIRST_REQUEST: u64 = 0x20;
