//! What the benchmarks share: an origin server, the workloads and the clients that run them.
//!
//! A [`Workload`] is a row of [`WORKLOADS`] (small GETs, downloads with 64 KiB reads, chunked bodies, ...); a client is
//! a row of [`CLIENTS`] (the raw socket, openwinhttp, its peers). Any client runs any workload against an [`Origin`],
//! which lives in the same process (criterion) or in one of its own (`cargo xtask counts`, `cargo xtask peers`), so that
//! its work is not counted.
//!
//! [`scale`] is another thing: thousands of requests at once, none of which a [`Holder`] answers before it is told to.
//!
//! To add a client: a file in `src/clients/`, and a row in `src/clients/mod.rs`.
//! To add a workload: a row in `src/workload.rs`.

mod certificates;
mod clients;
mod hold;
mod origin;
mod payload;
pub mod scale;
mod workload;

pub use clients::{CLIENTS, Client, ClientEntry, client};
pub use hold::Holder;
pub use origin::{Origin, Target};
pub use workload::{Body, Job, WORKLOADS, Workload, workload};

/// What everything here returns; a benchmark only prints its errors.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The value of `result`; a failure ends the process, for there is nothing left to measure.
pub fn must<T>(result: Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => {
            eprintln!("benchmark failed: {error}");
            std::process::exit(1);
        }
    }
}
