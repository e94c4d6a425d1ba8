//! hyper with the pooling client of hyper-util.

use http_body_util::{BodyExt, Empty};
use hyper::Uri;
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pooling;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::tasks::{FetchInTask, Tasks};
use super::{Client, expect_ok};
use crate::{Job, Result, Target, certificates};

pub(super) fn prepare(target: &Target, _secure: bool) -> Result<Box<dyn Client>> {
    let mut tcp = HttpConnector::new();
    tcp.set_nodelay(true);
    tcp.enforce_http(false);
    let tls = certificates::client_config(&target.ca_pem)?;
    let connector =
        HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(tcp);
    Ok(Box::new(Tasks::new(Hyper(Pooling::builder(TokioExecutor::new()).build(connector)))?))
}

#[derive(Clone)]
struct Hyper(Pooling<HttpsConnector<HttpConnector>, Empty<Bytes>>);

impl FetchInTask for Hyper {
    /// The pieces are as large as they came; they are counted and not copied.
    async fn get(&self, job: &Job) -> Result<u64> {
        let response = self.0.get(job.url.parse::<Uri>()?).await?;
        expect_ok(response.status().as_u16().into())?;
        let (mut body, mut received) = (response.into_body(), 0);
        while let Some(frame) = body.frame().await {
            received += frame?.data_ref().map_or(0, |piece| piece.len() as u64);
        }
        Ok(received)
    }
}
