//! Thousands of requests at once, none of which has its answer yet: how many threads they take, and how much memory.
//!
//! Works against a [`Holder`](crate::Holder), which tells when all have come and answers when it is told to. Reads
//! `/proc`, so it is for Linux.

mod callbacks;
mod threads;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::hold::address;

/// What a run found.
#[derive(Debug)]
pub struct Report {
    /// How many requests were under way at once.
    pub requests: usize,
    /// From the first call until the origin had all of them.
    pub to_start: Duration,
    /// What they took while all of them waited, beyond what was there before.
    pub in_flight: Usage,
    /// From the release until each had ended.
    pub to_answer: Duration,
    /// The most threads that were seen at any moment.
    pub most_threads: usize,
}

/// What the process uses.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// Its threads, with the one that runs `main`.
    pub threads: usize,
    /// Memory that the system has given it, in bytes. What the kernel keeps for sockets is not in it.
    pub resident: i64,
    /// What it has allocated and not freed, in bytes.
    pub heap: i64,
}

/// Runs `count` requests against the holder at `port`: by callbacks (`async`), or each in a thread of its own
/// (`threads`). `heap` tells how many bytes are allocated. Fails unless each request got its own answer, once.
pub fn run(mode: &str, count: usize, port: u16, heap: fn() -> i64) -> Result<Report> {
    let swarm: &mut dyn Swarm = match mode {
        "async" => &mut callbacks::Callbacks::new(count, port)?,
        "threads" => &mut threads::Threads::new(count, port)?,
        _ => return Err(format!("no mode {mode:?}").into()),
    };
    Run { port, heap, most_threads: 0 }.with(swarm, count)
}

/// A way to have many requests under way.
trait Swarm {
    /// Starts the request of this number; false when the machine bears no more of them.
    fn start(&mut self, number: usize) -> Result<bool>;

    /// Whether each that was started has ended, well or not.
    fn has_ended(&self) -> bool;

    /// Fails unless each got its own answer, once.
    fn check(&mut self) -> Result<()>;
}

struct Run {
    port: u16,
    heap: fn() -> i64,
    most_threads: usize,
}

impl Run {
    fn with(mut self, swarm: &mut dyn Swarm, count: usize) -> Result<Report> {
        let before = self.usage()?;
        let begun = Instant::now();
        let requests = self.start(swarm, count)?;
        self.until("the origin has all requests", |port| Ok(ask(port, "/held")? == requests.to_string()))?;
        let to_start = begun.elapsed();
        let in_flight = self.usage()?.beyond(before);

        let released = Instant::now();
        ask(self.port, "/release")?;
        self.until("each request has ended", |_| Ok(swarm.has_ended()))?;
        let to_answer = released.elapsed();
        self.usage()?;
        // What is told twice would come after the first time.
        thread::sleep(GRACE);
        swarm.check()?;
        let answered = ask(self.port, "/answered")?;
        if answered != format!("{requests} 0") {
            return Err(format!("{requests} requests; answered, and come again: {answered}").into());
        }
        Ok(Report { requests, to_start, in_flight, to_answer, most_threads: self.most_threads })
    }

    /// Starts all, or as many as the machine bears; tells how many.
    fn start(&mut self, swarm: &mut dyn Swarm, count: usize) -> Result<usize> {
        for number in 0..count {
            if !swarm.start(number)? {
                return Ok(number);
            }
            if number % LOOK_EVERY == 0 {
                self.usage()?;
            }
        }
        Ok(count)
    }

    fn until(&mut self, what: &str, is_so: impl Fn(u16) -> Result<bool>) -> Result<()> {
        let deadline = Instant::now() + LIMIT;
        while !is_so(self.port)? {
            if Instant::now() > deadline {
                return Err(format!("not so within {} s: {what}", LIMIT.as_secs()).into());
            }
            self.usage()?;
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    fn usage(&mut self) -> Result<Usage> {
        let status = std::fs::read_to_string("/proc/self/status")?;
        let number = |name| number_in(&status, name).ok_or_else(|| format!("the system tells no {name}"));
        let usage =
            Usage { threads: number("Threads:")? as usize, resident: number("VmRSS:")? * 1024, heap: (self.heap)() };
        self.most_threads = self.most_threads.max(usage.threads);
        Ok(usage)
    }
}

impl Usage {
    /// The threads as they are, the memory without what there was `before`.
    fn beyond(self, before: Self) -> Self {
        Self { resident: self.resident - before.resident, heap: self.heap - before.heap, ..self }
    }
}

/// The number after `name` at the beginning of a line.
fn number_in(status: &str, name: &str) -> Option<i64> {
    status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

/// What the holder says at `path`.
fn ask(port: u16, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect((address(0), port))?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: holder\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (_, body) = answer.split_once("\r\n\r\n").ok_or("the holder gave no answer")?;
    Ok(body.into())
}

/// No step takes longer.
const LIMIT: Duration = Duration::from_secs(60);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(2);

/// While requests are started, the threads are counted after so many.
const LOOK_EVERY: usize = 100;

/// How long is waited for what must not come.
const GRACE: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Holder;

    #[test]
    fn a_number_is_found_behind_its_name() {
        let status = "Name:\twork\nThreads:\t3\nVmRSS:\t    5120 kB\n";
        assert_eq!(number_in(status, "Threads:"), Some(3));
        assert_eq!(number_in(status, "VmRSS:"), Some(5120));
        assert_eq!(number_in(status, "VmSwap:"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn each_mode_runs_through() -> Result<()> {
        for mode in ["async", "threads"] {
            let report = run(mode, 20, Holder::start()?.port(), || 0)?;
            assert_eq!(report.requests, 20, "{mode}");
        }
        Ok(())
    }
}
