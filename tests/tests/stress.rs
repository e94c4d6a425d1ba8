//! Everything at once, by chance: many threads and callbacks that send, write, read, query and close, against a peer
//! without manners. Every operation completes once, every handle tells its end once and last, and nothing stays behind.
//!
//! `cargo test --release -p conformance --test stress -- --ignored --nocapture` runs for as many seconds as
//! STRESS_SECONDS says, 600 if it says nothing. STRESS_SEED repeats the chances of a run, though not the order of its
//! threads.

// A panic is how a test reports.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::disallowed_methods)]

#[path = "stress/dice.rs"]
mod dice;
#[path = "stress/ledger.rs"]
mod ledger;
#[path = "stress/peer.rs"]
mod peer;
#[path = "stress/resources.rs"]
mod resources;
#[path = "stress/world.rs"]
mod world;

use std::alloc::System;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use cap::Cap;
use dice::Dice;
use peer::Peer;
use testserver::serve::{Response, Server};
use world::{Servers, World};

/// Counts the bytes that are in use.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

#[test]
#[ignore = "it runs for minutes"]
fn stress() {
    let seconds = number_from("STRESS_SECONDS").unwrap_or(600);
    let seed = number_from("STRESS_SEED").unwrap_or_else(|| {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
    });
    println!("STRESS_SEED={seed} STRESS_SECONDS={seconds}");
    let before = Resources::now();
    let rounds = (seconds / ROUND).max(4);
    let counts = play_rounds(seed, rounds, Duration::from_secs(seconds) / rounds as u32);
    check_coverage(&counts);
    before.check();
}

/// Each round has handles of its own; the servers stay. What all rounds have counted.
fn play_rounds(seed: u64, rounds: u64, length: Duration) -> BTreeMap<String, u64> {
    let secure = Server::https(|request| Response::new(200).body(peer::body(request.target().len() * 1000)));
    let refused = testserver::Peer::refused_port();
    let elsewhere = vec![
        format!("https://localhost:{}/secure", secure.port()),
        format!("http://127.0.0.1:{refused}/"),
        "http://[/".to_owned(),
    ];
    let rude = Peer::start(seed, elsewhere);
    let servers = Servers { rude: rude.port(), secure: secure.port(), refused };
    let mut counts = BTreeMap::new();
    for round in 0..rounds {
        let seed = Dice::new(seed.wrapping_add(round)).number();
        for (what, count) in play(seed, servers, length) {
            *counts.entry(what).or_default() += count;
        }
        let (bytes, threads) = (ALLOCATOR.allocated(), resources::threads().len());
        println!(
            "round {round}: {} KiB in use, {} KiB of memory, {threads} threads",
            bytes / 1024,
            resources::memory()
        );
    }
    counts
}

fn play(seed: u64, servers: Servers, length: Duration) -> BTreeMap<String, u64> {
    let world = World::new(seed, servers);
    let meddlers = (0..MEDDLERS).map(|_| spawn(&world, World::meddle));
    let walkers = (0..WALKERS).map(|_| spawn(&world, World::walk));
    let threads: Vec<JoinHandle<()>> = meddlers.chain(walkers).collect();
    let most_threads = await_length(length);
    world.is_over.store(true, SeqCst);
    // While they are at it, sometimes.
    if world.dice.is(500) {
        world.close_all();
    }
    await_ends(&world, threads);
    world.close_all();
    settle(&world);
    let counts = world.ledger.counts();
    drop(world);
    wait_until("a callback stays behind", || world::ears() == 0);
    println!("threads of the library, at most: {most_threads:?}");
    counts
}

/// Gives how many threads of each name the library had at most.
fn await_length(length: Duration) -> BTreeMap<String, usize> {
    let (end, mut most) = (Instant::now() + length, BTreeMap::new());
    while Instant::now() < end {
        thread::sleep(Duration::from_millis(50));
        let mut now: BTreeMap<String, usize> = BTreeMap::new();
        for name in resources::threads().into_iter().filter(|name| name.starts_with("winhttp")) {
            *now.entry(name).or_default() += 1;
        }
        for (name, count) in now {
            let most = most.entry(name).or_default();
            *most = count.max(*most);
        }
    }
    most
}

/// No call may hang; all its waits have limits.
fn await_ends(world: &World, threads: Vec<JoinHandle<()>>) {
    let end = Instant::now() + PATIENCE;
    while threads.iter().any(|thread| !thread.is_finished()) {
        if Instant::now() > end {
            panic!("a thread hangs\n{}", world.ledger.unsettled().join("\n"));
        }
        thread::sleep(Duration::from_millis(10));
    }
    for thread in threads {
        thread.join().expect("a thread that ends well");
    }
}

fn settle(world: &World) {
    let end = Instant::now() + PATIENCE;
    while !world.ledger.unsettled().is_empty() && Instant::now() < end {
        thread::sleep(Duration::from_millis(10));
    }
    // What comes too often or too late has a moment to do so.
    thread::sleep(Duration::from_millis(100));
    let faults: Vec<String> = world.ledger.faults().into_iter().chain(world.ledger.unsettled()).collect();
    assert!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults.into_iter().take(5).collect::<Vec<_>>().join("\n")
    );
}

/// A run that has met little proves little.
fn check_coverage(counts: &BTreeMap<String, u64>) {
    for (what, count) in counts {
        println!("{count:>9} {what}");
    }
    let missing: Vec<_> = TO_BE_MET.iter().filter(|what| !counts.contains_key(**what)).collect();
    assert!(missing.is_empty(), "these were never met: {missing:?}");
}

/// Sockets, threads and memory.
struct Resources {
    descriptors: usize,
    threads: usize,
    bytes: usize,
}

impl Resources {
    fn now() -> Self {
        Self {
            descriptors: resources::descriptors().len(),
            threads: resources::threads().len(),
            bytes: ALLOCATOR.allocated(),
        }
    }

    /// Idle connections go after a minute, and the threads of the library after the last of them.
    fn check(&self) {
        let fits = || {
            let now = Self::now();
            now.descriptors <= self.descriptors + OWN_DESCRIPTORS && now.threads <= self.threads + OWN_THREADS
        };
        let began = Instant::now();
        while !fits() && began.elapsed() < Duration::from_secs(100) {
            thread::sleep(Duration::from_millis(100));
        }
        println!("{:?} until the last idle connection was gone", began.elapsed());
        println!("threads: {:?}", resources::threads());
        assert!(fits(), "these stay behind: {:?} {:?}", resources::descriptors(), resources::threads());
        let bytes = Self::now().bytes.saturating_sub(self.bytes);
        println!("bytes in use, more than before: {bytes}");
        assert!(bytes <= OWN_BYTES, "{bytes} bytes stay behind");
    }
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn spawn(world: &Arc<World>, life: fn(&Arc<World>)) -> JoinHandle<()> {
    let world = Arc::clone(world);
    thread::Builder::new().name("stress".to_owned()).spawn(move || life(&world)).expect("a thread")
}

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is no number")))
}

const TO_BE_MET: &[&str] = &[
    "async SendRequestComplete",
    "async HeadersAvailable",
    "async DataAvailable",
    "async ReadComplete",
    "async WriteComplete",
    "async RequestError",
    "async HandleClosing",
    "sync HandleClosing",
    "sync ReadData ok",
    "sync ReceiveResponse 12017",
    "completion with error 12002",
    "completion with error 12017",
    "completion with error 12019",
    "completion with error 12029",
    "completion with error 12030",
    "completion with error 12152",
];
/// In seconds.
const ROUND: u64 = 30;
const MEDDLERS: usize = 6;
const WALKERS: usize = 4;
/// How long all may take at the end of a round.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the reactor of the library and the resolver of the system keep.
const OWN_DESCRIPTORS: usize = 6;
const OWN_THREADS: usize = 4;
/// What is made once for the process, such as the roots.
const OWN_BYTES: usize = 1024 * 1024;
