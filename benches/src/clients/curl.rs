//! libcurl through its easy interface; the handle, and with it the connection, is kept.

use curl::easy::{Easy2, Handler, WriteError};

use super::{Fetch, expect_ok};
use crate::{Job, Result, Target};

pub(super) fn prepare(target: &Target, secure: bool) -> Result<Box<dyn Fetch>> {
    let mut easy = Easy2::new(Counter(0));
    easy.proxy("")?;
    if secure {
        easy.ssl_cainfo_blob(target.ca_pem.as_bytes())?;
    }
    Ok(Box::new(Curl(easy)))
}

struct Curl(Easy2<Counter>);

struct Counter(u64);

impl Handler for Counter {
    fn write(&mut self, data: &[u8]) -> std::result::Result<usize, WriteError> {
        self.0 += data.len() as u64;
        Ok(data.len())
    }
}

impl Fetch for Curl {
    /// Curl calls with its own buffer, so `buffer` only tells the size to ask for.
    fn get(&mut self, job: &Job, buffer: &mut [u8]) -> Result<u64> {
        self.0.get_mut().0 = 0;
        self.0.buffer_size(buffer.len())?;
        self.0.url(&job.url)?;
        self.0.perform()?;
        expect_ok(self.0.response_code()?)?;
        Ok(self.0.get_ref().0)
    }
}
