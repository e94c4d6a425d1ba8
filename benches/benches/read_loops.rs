//! Downloads: each client reads a body to its end, per kind of body and size of buffer.

use benches::{Body, CLIENTS, ClientEntry, Job, Origin, Target, WORKLOADS, Workload, must};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use std::time::Duration;

fn main() {
    let origin = must(Origin::start());
    let mut criterion = Criterion::default().configure_from_args();
    for workload in WORKLOADS.iter().filter(|workload| workload.body != Body::Small && workload.lanes == 1) {
        let mut group = criterion.benchmark_group(workload.name);
        group.sample_size(20).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
        group.throughput(Throughput::Bytes(MEBIBYTES << 20));
        for entry in CLIENTS {
            download(&mut group, entry, origin.target(), workload);
        }
        group.finish();
    }
    criterion.final_summary();
}

fn download(group: &mut BenchmarkGroup<'_, WallTime>, entry: &ClientEntry, target: &Target, workload: &Workload) {
    group.bench_function(entry.name, |bencher| {
        let mut client = must(entry.prepare(target, workload));
        let job = Job::new(target, workload, MEBIBYTES);
        bencher.iter(|| must(client.run(&job)));
    });
}

/// The size of each body: large enough that the request before it does not show.
const MEBIBYTES: u64 = 8;
