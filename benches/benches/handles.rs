//! What it costs to find the object behind a handle, with one thread and with several on handles of their own.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use benches::{Result, must};
use criterion::{BenchmarkId, Criterion};
use openwinhttp::{HINTERNET, WINHTTP_ACCESS_TYPE_NO_PROXY, WinHttpCloseHandle, WinHttpOpen};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("handle_look_up");
    for threads in [1, 2, 8] {
        let sessions = must(open_sessions(threads));
        group.bench_function(BenchmarkId::from_parameter(format!("{threads}_threads")), |bencher| {
            bencher.iter_custom(|rounds| look_up_in_threads(&sessions, rounds));
        });
        sessions.into_iter().for_each(|session| must(WinHttpCloseHandle(session).map_err(Into::into)));
    }
    group.finish();
    criterion.final_summary();
}

fn open_sessions(count: usize) -> Result<Vec<HINTERNET>> {
    (0..count).map(|_| Ok(WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0)?)).collect()
}

/// Each thread looks its own session up `rounds` times; returns the mean of the times that the threads needed.
fn look_up_in_threads(sessions: &[HINTERNET], rounds: u64) -> Duration {
    let start = &Barrier::new(sessions.len());
    let total: Duration = thread::scope(|scope| {
        let threads: Vec<_> =
            sessions.iter().map(|&session| scope.spawn(move || look_up(session, rounds, start))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_default()).sum()
    });
    total / sessions.len() as u32
}

fn look_up(session: HINTERNET, rounds: u64, start: &Barrier) -> Duration {
    start.wait();
    let begun = Instant::now();
    for _ in 0..rounds {
        black_box(black_box(session).is_open());
    }
    begun.elapsed()
}
