//! One client doing one workload against an `origin` process, for `cargo xtask counts` and `cargo xtask peers`; and
//! many requests at once against `origin hold`, for `cargo xtask scale`.
//!
//! ```text
//! work list
//! work CLIENT WORKLOAD COUNT --port PORT --ca PEM [--allocations]
//! work scale async|threads COUNT --port PORT
//! ```
//!
//! A workload prints `elapsed_ns`, and with `--allocations` also `allocations` and `bytes`, of the part after the
//! warm-up. `scale` prints what [`scale::Report`] has.

use std::thread;
use std::time::{Duration, Instant};

use allocator::{COUNTED, CountingAllocator};
use benches::{CLIENTS, Job, Result, Target, WORKLOADS, client, scale, workload};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["list"] => list(),
        ["scale", mode, count, "--port", port] => run_at_once(mode, count.parse()?, port.parse()?)?,
        _ => run(&Arguments::parse(&words)?)?,
    }
    Ok(())
}

/// The names that the commands of xtask may ask for.
fn list() {
    for client in CLIENTS {
        println!("client {}", client.name);
    }
    for workload in WORKLOADS {
        println!("workload {} {} {}", workload.name, workload.unit(), workload.lanes);
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let workload = workload(&arguments.workload)?;
    let mut client = client(&arguments.client)?.prepare(&arguments.target, workload)?;
    let warm_up = Job::new(&arguments.target, workload, workload.warm_up());
    let job = Job::new(&arguments.target, workload, arguments.count);
    client.run(&warm_up)?;
    if arguments.allocations {
        // The threads that it has started allocate when they begin; the counted part comes after that.
        thread::sleep(SETTLING);
    }

    COUNTED.start(arguments.allocations);
    let start = Instant::now();
    client.run(&job)?;
    let elapsed = start.elapsed();
    let (allocations, bytes) = COUNTED.stop();

    println!("elapsed_ns {}", elapsed.as_nanos());
    if arguments.allocations {
        println!("allocations {allocations}\nbytes {bytes}");
    }
    Ok(())
}

fn run_at_once(mode: &str, count: usize, port: u16) -> Result<()> {
    COUNTED.start(true);
    let report = scale::run(mode, count, port, || COUNTED.live())?;
    println!("requests {}", report.requests);
    println!("to_start_ns {}\nto_answer_ns {}", report.to_start.as_nanos(), report.to_answer.as_nanos());
    println!("threads {}\nmost_threads {}", report.in_flight.threads, report.most_threads);
    println!("resident {}\nheap {}", report.in_flight.resident, report.in_flight.heap);
    Ok(())
}

struct Arguments {
    client: String,
    workload: String,
    count: u64,
    target: Target,
    allocations: bool,
}

impl Arguments {
    fn parse(words: &[String]) -> Result<Self> {
        let [client, workload, count, options @ ..] = words else {
            return Err("work CLIENT WORKLOAD COUNT --port PORT --ca PEM [--allocations]".into());
        };
        Ok(Self {
            client: client.clone(),
            workload: workload.clone(),
            count: count.parse()?,
            target: Target { port: value_of(options, "--port")?.parse()?, ca_pem: value_of(options, "--ca")?.into() },
            allocations: options.iter().any(|word| word == "--allocations"),
        })
    }
}

fn value_of<'a>(options: &'a [String], name: &str) -> Result<&'a str> {
    let at = options.iter().position(|word| word == name).ok_or_else(|| format!("{name} is missing"))?;
    options.get(at + 1).map(String::as_str).ok_or_else(|| format!("{name} needs a value").into())
}

/// Between the warm-up and what is counted. A pause changes speeds, so there is none where time is measured.
const SETTLING: Duration = Duration::from_millis(500);

/// The system's allocator, counted.
mod allocator {
    #![allow(unsafe_code)]

    use std::alloc::{GlobalAlloc, Layout, System};
    use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};

    /// Hands everything to [`System`] and notes it in [`COUNTED`].
    pub(super) struct CountingAllocator;

    /// What was allocated while counting was on, by any thread.
    pub(super) struct Counted {
        on: AtomicBool,
        calls: AtomicU64,
        bytes: AtomicU64,
        live: AtomicI64,
    }

    pub(super) static COUNTED: Counted = Counted {
        on: AtomicBool::new(false),
        calls: AtomicU64::new(0),
        bytes: AtomicU64::new(0),
        live: AtomicI64::new(0),
    };

    impl Counted {
        pub(super) fn start(&self, wanted: bool) {
            self.on.store(wanted, Relaxed);
        }

        pub(super) fn stop(&self) -> (u64, u64) {
            self.on.store(false, Relaxed);
            (self.calls.load(Relaxed), self.bytes.load(Relaxed))
        }

        /// How many bytes there are more than when counting began.
        pub(super) fn live(&self) -> i64 {
            self.live.load(Relaxed)
        }

        fn note(&self, size: usize) {
            if self.on.load(Relaxed) {
                self.calls.fetch_add(1, Relaxed);
                self.bytes.fetch_add(size as u64, Relaxed);
                self.live.fetch_add(size as i64, Relaxed);
            }
        }

        fn note_freed(&self, size: usize) {
            if self.on.load(Relaxed) {
                self.live.fetch_sub(size as i64, Relaxed);
            }
        }
    }

    // SAFETY: each method passes its arguments on to `System` and returns what `System` gave, so the contract is kept
    // by `System`; counting touches atomics only and never allocates.
    unsafe impl GlobalAlloc for CountingAllocator {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            COUNTED.note(layout.size());
            // SAFETY: the caller keeps the contract of `alloc`.
            unsafe { System.alloc(layout) }
        }

        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            COUNTED.note(layout.size());
            // SAFETY: the caller keeps the contract of `alloc_zeroed`.
            unsafe { System.alloc_zeroed(layout) }
        }

        unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
            COUNTED.note_freed(layout.size());
            COUNTED.note(new_size);
            // SAFETY: the caller keeps the contract of `realloc`.
            unsafe { System.realloc(block, layout, new_size) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            COUNTED.note_freed(layout.size());
            // SAFETY: the caller keeps the contract of `dealloc`.
            unsafe { System.dealloc(block, layout) }
        }
    }
}
