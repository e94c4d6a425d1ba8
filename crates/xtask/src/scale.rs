//! `cargo xtask scale`: thousands of requests under way at once, and what they take.
//!
//! The origin holds its answers back until it has every request, so all of them wait at the same moment.

use crate::measured::{Finished, Options, Programs, print_table, with_commas};
use crate::{Outcome, Result};

pub(crate) fn run(words: &[String]) -> Outcome {
    let Some(wanted) = Wanted::parse(words)? else {
        println!("{HELP}");
        return Ok(());
    };
    if !cfg!(target_os = "linux") {
        return Err("reads /proc and needs eight loopback addresses, so it runs on Linux only".into());
    }
    let programs = Programs::build(&Options { no_curl: true, ..Options::default() })?;
    let count = wanted.count.min(most_requests()?);
    if count < wanted.count {
        println!("the limit of open files allows {count} requests only (ulimit -H -n)");
    }
    let ours = Row::measure(&programs, "async", count)?;
    let threads = Row::measure(&programs, "threads", (count / THREADS_ONE_IN).max(1))?;
    print(&ours, &threads);
    if wanted.check { check(&ours) } else { Ok(()) }
}

/// What the arguments ask for.
struct Wanted {
    count: u64,
    check: bool,
}

impl Wanted {
    /// `None` when the help text was asked for.
    fn parse(words: &[String]) -> Result<Option<Self>> {
        let mut wanted = Self { count: COUNT, check: false };
        for word in words {
            match word.as_str() {
                "--check" => wanted.check = true,
                "-h" | "--help" => return Ok(None),
                word => wanted.count = word.parse().map_err(|_| format!("{word:?} is no count; see --help"))?,
            }
        }
        if wanted.count == 0 { Err("a count of at least 1 is needed".into()) } else { Ok(Some(wanted)) }
    }
}

/// How many requests fit under the limit of open files that this process may not raise.
fn most_requests() -> Result<u64> {
    let limits = std::fs::read_to_string("/proc/self/limits")?;
    let hard = hard_limit_of_files(&limits).ok_or("the system tells no limit of open files")?;
    hard.checked_sub(OTHER_FILES).filter(|&most| most > 0).ok_or_else(|| "too few files may be open".into())
}

/// The second number of its row in `/proc/self/limits`.
fn hard_limit_of_files(limits: &str) -> Option<u64> {
    let row = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    match row.split_whitespace().nth(1)? {
        "unlimited" => Some(u64::MAX),
        number => number.parse().ok(),
    }
}

/// What one mode took.
struct Row {
    requests: f64,
    threads: f64,
    most_threads: f64,
    /// Bytes for each request.
    resident: f64,
    heap: f64,
    /// Seconds.
    to_start: f64,
    to_answer: f64,
}

impl Row {
    fn measure(programs: &Programs, mode: &str, count: u64) -> Result<Self> {
        let finished = programs.work_at_once([mode, &count.to_string()], count.saturating_add(OTHER_FILES))?;
        let row = Self::read(&finished)?;
        if row.requests < count as f64 {
            println!("the machine bears only {} of {count} threads", row.requests);
        }
        Ok(row)
    }

    fn read(finished: &Finished) -> Result<Self> {
        let requests = finished.number("requests")?;
        Ok(Self {
            requests,
            threads: finished.number("threads")?,
            most_threads: finished.number("most_threads")?,
            resident: finished.number("resident")? / requests,
            heap: finished.number("heap")? / requests,
            to_start: finished.number("to_start_ns")? / 1e9,
            to_answer: finished.number("to_answer_ns")? / 1e9,
        })
    }

    fn cells(&self, name: &str) -> Vec<String> {
        let numbers = [
            (self.requests, 0),
            (self.threads, 0),
            (self.most_threads, 0),
            (self.resident / 1024.0, 1),
            (self.heap / 1024.0, 1),
            (self.to_start, 2),
            (self.to_answer, 2),
        ];
        let numbers = numbers.map(|(value, decimals)| with_commas(value, decimals));
        [name.to_owned()].into_iter().chain(numbers).collect()
    }
}

fn print(ours: &Row, threads: &Row) {
    let header = [
        "session",
        "requests",
        "threads",
        "at most",
        "KiB each",
        "of it heap",
        "s until all wait",
        "s until all are answered",
    ];
    let rows = [ours.cells("asynchronous"), threads.cells("synchronous, a thread each")];
    print_table("requests under way at once; each got its own answer, once", &header, &rows);
}

/// Compares with the bars.
fn check(ours: &Row) -> Outcome {
    println!();
    let held = [("threads", ours.most_threads, MOST_THREADS), ("bytes of heap for each request", ours.heap, MOST_HEAP)];
    let missed = held.iter().filter(|(_, value, at_most)| value > at_most);
    let missed: Vec<_> = missed.map(|(what, value, at_most)| format!("{value:.0} {what}, at most {at_most}")).collect();
    match missed.is_empty() {
        true => println!("every bar is held"),
        false => return Err(format!("bars missed: {}", missed.join("; ")).into()),
    }
    Ok(())
}

/// How many requests there are if no count is given.
const COUNT: u64 = 10_000;

/// For so many requests of the asynchronous session there is one with a thread.
const THREADS_ONE_IN: u64 = 10;

/// The files that a process has open besides one socket for each request.
const OTHER_FILES: u64 = 100;

const MOST_THREADS: f64 = 8.0;
const MOST_HEAP: f64 = 16.0 * 1024.0;

const HELP: &str = "\
cargo xtask scale [COUNT] [--check]

Starts COUNT requests (10,000) in one asynchronous session against an origin that answers none before it has all, and
prints the threads and the memory that they take while all wait: what the system gives (without what the kernel keeps
for sockets), and how much of it is heap. Then the origin answers, and each request must end once, with its own answer.
For comparison a tenth as many follow in a synchronous session, each with a thread. Linux only; stays on loopback.

  --check    fails when there are more than 8 threads, or more than 16 KiB of heap for each request";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hard_limit_is_the_second_number() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max open files            1024                 20000                files     \n";
        assert_eq!(hard_limit_of_files(limits), Some(20_000));
        assert_eq!(
            hard_limit_of_files("Max open files            1024                 unlimited   files"),
            Some(u64::MAX)
        );
        assert_eq!(hard_limit_of_files(""), None);
    }

    #[test]
    fn arguments_are_a_count_and_a_check() {
        let parse = |words: &[&str]| Wanted::parse(&words.iter().map(|&word| word.into()).collect::<Vec<_>>());
        assert!(matches!(parse(&[]), Ok(Some(Wanted { count: COUNT, check: false }))));
        assert!(matches!(parse(&["500", "--check"]), Ok(Some(Wanted { count: 500, check: true }))));
        assert!(matches!(parse(&["--help"]), Ok(None)));
        assert!(parse(&["0"]).is_err() && parse(&["--quick"]).is_err());
    }
}
