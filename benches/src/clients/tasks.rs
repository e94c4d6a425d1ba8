//! Clients for async/await: each lane is a task of tokio's runtime, which has a worker for each processor.

use std::future::Future;
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};

use super::Client;
use crate::{Job, Result};

/// Someone who can fetch in a task; its clones share their connections.
pub(super) trait FetchInTask: Clone + Send + 'static {
    /// Fetches `job.url` once and returns how many bytes of body came.
    fn get(&self, job: &Job) -> impl Future<Output = Result<u64>> + Send;
}

pub(super) struct Tasks<C> {
    runtime: Runtime,
    client: C,
}

impl<C: FetchInTask> Tasks<C> {
    pub(super) fn new(client: C) -> Result<Self> {
        Ok(Self { runtime: Builder::new_multi_thread().enable_all().build()?, client })
    }
}

impl<C: FetchInTask> Client for Tasks<C> {
    fn run(&mut self, job: &Arc<Job>) -> Result<()> {
        let lane = |at| self.runtime.spawn(run_lane(self.client.clone(), Arc::clone(job), at));
        let lanes: Vec<_> = (0..job.lanes).map(lane).collect();
        self.runtime.block_on(async {
            for lane in lanes {
                lane.await??;
            }
            Ok(())
        })
    }
}

async fn run_lane(client: impl FetchInTask, job: Arc<Job>, lane: usize) -> Result<()> {
    for _ in 0..job.times_of(lane) {
        job.check(client.get(&job).await?)?;
    }
    Ok(())
}
