//! Clients that wait, made to do several things at once: each lane has a client and a thread of its own.

use std::sync::Arc;
use std::thread;

use super::{Client, Fetch};
use crate::{Job, Result, Workload};

pub(super) struct Waiting {
    lanes: Vec<Lane>,
}

impl Waiting {
    pub(super) fn new(workload: &Workload, prepare: impl Fn() -> Result<Box<dyn Fetch>>) -> Result<Self> {
        let lane = |_| Ok(Lane { client: prepare()?, buffer: vec![0; workload.read_size] });
        Ok(Self { lanes: (0..workload.lanes).map(lane).collect::<Result<_>>()? })
    }
}

impl Client for Waiting {
    fn run(&mut self, job: &Arc<Job>) -> Result<()> {
        match &mut self.lanes[..] {
            [only] => only.run(job, job.times),
            lanes => run_in_threads(lanes, job),
        }
    }
}

fn run_in_threads(lanes: &mut [Lane], job: &Job) -> Result<()> {
    thread::scope(|scope| {
        let lanes = lanes.iter_mut().enumerate();
        let threads: Vec<_> = lanes.map(|(at, lane)| scope.spawn(move || lane.run(job, job.times_of(at)))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a lane panicked")?)
    })
}

struct Lane {
    client: Box<dyn Fetch>,
    buffer: Vec<u8>,
}

impl Lane {
    fn run(&mut self, job: &Job, times: u64) -> Result<()> {
        (0..times).try_for_each(|_| job.check(self.client.get(job, &mut self.buffer)?))
    }
}
