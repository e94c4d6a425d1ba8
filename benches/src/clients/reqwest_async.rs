//! reqwest as it is: for async/await.

use super::tasks::{FetchInTask, Tasks};
use super::{Client, expect_ok};
use crate::{Job, Result, Target, certificates};

pub(super) fn prepare(target: &Target, _secure: bool) -> Result<Box<dyn Client>> {
    let tls = certificates::client_config(&target.ca_pem)?;
    let client = reqwest::Client::builder().no_proxy().tls_backend_preconfigured(tls).build()?;
    Ok(Box::new(Tasks::new(Reqwest(client))?))
}

#[derive(Clone)]
struct Reqwest(reqwest::Client);

impl FetchInTask for Reqwest {
    /// The pieces are as large as they came; they are counted and not copied.
    async fn get(&self, job: &Job) -> Result<u64> {
        let mut response = self.0.get(&job.url).send().await?;
        expect_ok(response.status().as_u16().into())?;
        let mut received = 0;
        while let Some(piece) = response.chunk().await? {
            received += piece.len() as u64;
        }
        Ok(received)
    }
}
