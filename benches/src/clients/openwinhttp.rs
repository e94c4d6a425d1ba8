//! Ours, called as a WinHTTP program would: with [`WinHttpReadData`] alone, or asking [`WinHttpQueryDataAvailable`]
//! before each read.

use openwinhttp::*;

use super::{Fetch, expect_ok};
use crate::{Job, Result, Target};

pub(super) fn prepare(target: &Target, secure: bool) -> Result<Box<dyn Fetch>> {
    Ok(Box::new(OpenWinHttp::new(target, secure, false)?))
}

pub(super) fn prepare_asking(target: &Target, secure: bool) -> Result<Box<dyn Fetch>> {
    Ok(Box::new(OpenWinHttp::new(target, secure, true)?))
}

struct OpenWinHttp {
    session: HINTERNET,
    connect: HINTERNET,
    flags: u32,
    asks: bool,
}

impl OpenWinHttp {
    fn new(target: &Target, secure: bool, asks: bool) -> Result<Self> {
        let session = WinHttpOpen(Some("bench/1.0"), WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0)?;
        if secure {
            ext::TrustCertificate(session, target.ca_pem.as_bytes())?;
        }
        let connect = WinHttpConnect(session, Target::HOST, target.port, 0)?;
        let flags = if secure { WINHTTP_FLAG_SECURE } else { 0 };
        Ok(Self { session, connect, flags, asks })
    }

    fn read_all(&self, request: HINTERNET, buffer: &mut [u8]) -> Result<u64> {
        let mut received = 0;
        loop {
            if self.asks && WinHttpQueryDataAvailable(request)? == 0 {
                return Ok(received);
            }
            match WinHttpReadData(request, buffer)? {
                0 => return Ok(received),
                more => received += more as u64,
            }
        }
    }
}

impl Fetch for OpenWinHttp {
    fn get(&mut self, job: &Job, buffer: &mut [u8]) -> Result<u64> {
        let request = WinHttpOpenRequest(self.connect, Some("GET"), Some(&job.path), None, None, None, self.flags)?;
        WinHttpSendRequest(request, None, None, 0, 0)?;
        WinHttpReceiveResponse(request)?;
        let level = WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER;
        let status = WinHttpQueryHeaders(request, level, None, None)?;
        expect_ok(status.number().unwrap_or_default())?;
        let received = self.read_all(request, buffer)?;
        WinHttpCloseHandle(request)?;
        Ok(received)
    }
}

impl Drop for OpenWinHttp {
    fn drop(&mut self) {
        let _ = WinHttpCloseHandle(self.connect);
        let _ = WinHttpCloseHandle(self.session);
    }
}
