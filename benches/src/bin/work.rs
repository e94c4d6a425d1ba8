//! One client doing one workload against an `origin` process, for `cargo xtask counts` and `cargo xtask peers`.
//!
//! ```text
//! work list
//! work CLIENT WORKLOAD COUNT --port PORT --ca PEM [--allocations]
//! ```
//!
//! It prints `elapsed_ns`, and with `--allocations` also `allocations` and `bytes`, of the part after the warm-up.

use std::time::Instant;

use allocator::{COUNTED, CountingAllocator};
use benches::{CLIENTS, Job, Result, Target, WORKLOADS, client, workload};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words == ["list"] {
        list();
        return Ok(());
    }
    run(&Arguments::parse(&words)?)
}

/// The names that the commands of xtask may ask for.
fn list() {
    for client in CLIENTS {
        println!("client {}", client.name);
    }
    for workload in WORKLOADS {
        println!("workload {} {}", workload.name, workload.unit());
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let workload = workload(&arguments.workload)?;
    let mut client = (client(&arguments.client)?.prepare)(&arguments.target, workload.secure)?;
    let warm_up = Job::new(&arguments.target, workload, workload.warm_up());
    let job = Job::new(&arguments.target, workload, arguments.count);
    let mut buffer = job.buffer();
    warm_up.run(client.as_mut(), &mut buffer)?;

    COUNTED.start(arguments.allocations);
    let start = Instant::now();
    job.run(client.as_mut(), &mut buffer)?;
    let elapsed = start.elapsed();
    let (allocations, bytes) = COUNTED.stop();

    println!("elapsed_ns {}", elapsed.as_nanos());
    if arguments.allocations {
        println!("allocations {allocations}\nbytes {bytes}");
    }
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

/// The system's allocator, counted.
mod allocator {
    #![allow(unsafe_code)]

    use std::alloc::{GlobalAlloc, Layout, System};
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

    /// Hands everything to [`System`] and notes it in [`COUNTED`].
    pub(super) struct CountingAllocator;

    /// What was allocated while counting was on, by any thread.
    pub(super) struct Counted {
        on: AtomicBool,
        calls: AtomicU64,
        bytes: AtomicU64,
    }

    pub(super) static COUNTED: Counted =
        Counted { on: AtomicBool::new(false), calls: AtomicU64::new(0), bytes: AtomicU64::new(0) };

    impl Counted {
        pub(super) fn start(&self, wanted: bool) {
            self.on.store(wanted, Relaxed);
        }

        pub(super) fn stop(&self) -> (u64, u64) {
            self.on.store(false, Relaxed);
            (self.calls.load(Relaxed), self.bytes.load(Relaxed))
        }

        fn note(&self, size: usize) {
            if self.on.load(Relaxed) {
                self.calls.fetch_add(1, Relaxed);
                self.bytes.fetch_add(size as u64, Relaxed);
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
            COUNTED.note(new_size);
            // SAFETY: the caller keeps the contract of `realloc`.
            unsafe { System.realloc(block, layout, new_size) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: the caller keeps the contract of `dealloc`.
            unsafe { System.dealloc(block, layout) }
        }
    }
}
