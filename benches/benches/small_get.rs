//! Small GETs on a kept connection, one after the other.

use benches::{Body, CLIENTS, ClientEntry, Job, Origin, Target, WORKLOADS, Workload, must};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use std::time::Duration;

fn main() {
    let origin = must(Origin::start());
    let mut criterion = Criterion::default().configure_from_args();
    for workload in WORKLOADS.iter().filter(|workload| workload.body == Body::Small && workload.lanes == 1) {
        let mut group = criterion.benchmark_group(workload.name);
        group.warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
        group.throughput(Throughput::Elements(1));
        for entry in CLIENTS {
            get(&mut group, entry, origin.target(), workload);
        }
        group.finish();
    }
    criterion.final_summary();
}

fn get(group: &mut BenchmarkGroup<'_, WallTime>, entry: &ClientEntry, target: &Target, workload: &Workload) {
    group.bench_function(entry.name, |bencher| {
        let mut client = must(entry.prepare(target, workload));
        let job = Job::new(target, workload, 1);
        bencher.iter(|| must(client.run(&job)));
    });
}
