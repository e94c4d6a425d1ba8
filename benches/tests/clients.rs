//! Every client does every workload, and each byte is counted.

use benches::{CLIENTS, ClientEntry, Job, Origin, Result, WORKLOADS, Workload};

#[test]
fn every_client_does_every_workload() -> Result<()> {
    let origin = Origin::start()?;
    for workload in WORKLOADS {
        for entry in CLIENTS {
            run_twice(&origin, entry, workload)
                .map_err(|error| format!("{} on {}: {error}", entry.name, workload.name))?;
        }
    }
    Ok(())
}

/// Twice, so that the second one meets a kept connection.
fn run_twice(origin: &Origin, entry: &ClientEntry, workload: &Workload) -> Result<()> {
    let mut client = entry.prepare(origin.target(), workload)?;
    let job = Job::new(origin.target(), workload, 1);
    client.run(&job)?;
    client.run(&job)
}
