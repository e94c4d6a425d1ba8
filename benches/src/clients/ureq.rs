//! ureq, with its agent kept and its own pool.

use std::sync::Arc;

use rustls::crypto::ring;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

use super::{Fetch, drain, expect_ok};
use crate::{Job, Result, Target};

pub(super) fn prepare(target: &Target, _secure: bool) -> Result<Box<dyn Fetch>> {
    let root = Certificate::from_pem(target.ca_pem.as_bytes())?;
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
        .root_certs(RootCerts::Specific(Arc::new(vec![root])))
        .build();
    Ok(Box::new(Ureq(Agent::config_builder().proxy(None).tls_config(tls).build().new_agent())))
}

struct Ureq(Agent);

impl Fetch for Ureq {
    fn get(&mut self, job: &Job, buffer: &mut [u8]) -> Result<u64> {
        let response = self.0.get(&job.url).call()?;
        expect_ok(response.status().as_u16().into())?;
        drain(response.into_body().into_reader(), buffer)
    }
}
