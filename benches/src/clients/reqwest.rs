//! reqwest's blocking client: hyper on a thread of its own.

use super::{Fetch, drain, expect_ok};
use crate::{Job, Result, Target, certificates};

pub(super) fn prepare(target: &Target, _secure: bool) -> Result<Box<dyn Fetch>> {
    let tls = certificates::client_config(&target.ca_pem)?;
    let client = reqwest::blocking::Client::builder().no_proxy().tls_backend_preconfigured(tls).build()?;
    Ok(Box::new(Reqwest(client)))
}

struct Reqwest(reqwest::blocking::Client);

impl Fetch for Reqwest {
    fn get(&mut self, job: &Job, buffer: &mut [u8]) -> Result<u64> {
        let response = self.0.get(&job.url).send()?;
        expect_ok(response.status().as_u16().into())?;
        drain(response, buffer)
    }
}
