//! Ours in an asynchronous session: everything happens in callbacks, and one thread waits for the end.
//!
//! Each lane is a chain. [`Status::SendRequestComplete`] asks for the answer, [`Status::HeadersAvailable`] for the first
//! bytes, and each [`Status::ReadComplete`] for the next ones. The one that says that the body has ended closes the
//! request, opens the next and sends it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use openwinhttp::*;

use super::{Client, expect_ok};
use crate::{Job, Result, Target};

pub(super) fn prepare(target: &Target, secure: bool) -> Result<Box<dyn Client>> {
    Ok(Box::new(Asynchronous::new(target, secure, false)?))
}

/// The same with the promise that no callback waits.
pub(super) fn prepare_assured(target: &Target, secure: bool) -> Result<Box<dyn Client>> {
    Ok(Box::new(Asynchronous::new(target, secure, true)?))
}

struct Asynchronous {
    session: HINTERNET,
    connect: HINTERNET,
    flags: u32,
}

impl Asynchronous {
    fn new(target: &Target, secure: bool, assured: bool) -> Result<Self> {
        let session = WinHttpOpen(Some("bench/1.0"), WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, WINHTTP_FLAG_ASYNC)?;
        if assured {
            WinHttpSetOption(session, WINHTTP_OPTION_ASSURED_NON_BLOCKING_CALLBACKS, true)?;
        }
        if secure {
            ext::TrustCertificate(session, target.ca_pem.as_bytes())?;
        }
        let connect = WinHttpConnect(session, Target::HOST, target.port, 0)?;
        Ok(Self { session, connect, flags: if secure { WINHTTP_FLAG_SECURE } else { 0 } })
    }
}

impl Client for Asynchronous {
    fn run(&mut self, job: &Arc<Job>) -> Result<()> {
        let (ended, end) = mpsc::channel();
        let work = Arc::new(Work::new(self, job, ended));
        let told = Arc::clone(&work);
        let callback = Callback::new(move |request, context, status| told.hear(request, context, status));
        WinHttpSetStatusCallback(self.connect, Some(callback), WINHTTP_CALLBACK_FLAG_ALL_COMPLETIONS, 0)?;
        (0..job.lanes).try_for_each(|lane| work.next(lane))?;
        end.recv()?
    }
}

impl Drop for Asynchronous {
    fn drop(&mut self) {
        let _ = WinHttpCloseHandle(self.connect);
        let _ = WinHttpCloseHandle(self.session);
    }
}

/// One job, as the callbacks do it.
struct Work {
    job: Arc<Job>,
    connect: HINTERNET,
    flags: u32,
    lanes: Vec<Mutex<Lane>>,
    /// How many lanes have not come to their end.
    running: AtomicUsize,
    /// Hears of the first failure, or that every lane has ended.
    ended: Sender<Result<()>>,
}

/// What a lane knows between two callbacks. Its lock is never held during a call, for that may call back.
struct Lane {
    /// How many requests are still to be opened.
    left: u64,
    /// How much of the present body has come.
    received: u64,
    /// What is read into, while no read has it.
    buffer: Vec<u8>,
}

impl Work {
    fn new(client: &Asynchronous, job: &Arc<Job>, ended: Sender<Result<()>>) -> Self {
        let lane = |at| Lane { left: job.times_of(at), received: 0, buffer: vec![0; job.read_size] };
        Self {
            job: Arc::clone(job),
            connect: client.connect,
            flags: client.flags,
            lanes: (0..job.lanes).map(|at| Mutex::new(lane(at))).collect(),
            running: AtomicUsize::new(job.lanes),
            ended,
        }
    }

    /// Sends the next request of this lane, if there is one.
    fn next(&self, lane: usize) -> Result<()> {
        if !self.with(lane, Lane::take_one) {
            self.lane_has_ended();
            return Ok(());
        }
        let request =
            WinHttpOpenRequest(self.connect, Some("GET"), Some(&self.job.path), None, None, None, self.flags)?;
        Ok(WinHttpSendRequest(request, None, None, 0, lane + 1)?)
    }

    fn lane_has_ended(&self) {
        if self.running.fetch_sub(1, Ordering::AcqRel) == 1 {
            // Nobody listens any more once a failure was told.
            let _ = self.ended.send(Ok(()));
        }
    }

    /// The callback. The context value is the number of the lane and one, for 0 would be none.
    fn hear(&self, request: HINTERNET, context: usize, status: Status<'_>) {
        if let Err(error) = self.go_on(request, context - 1, status) {
            let _ = self.ended.send(Err(error));
        }
    }

    fn go_on(&self, request: HINTERNET, lane: usize, status: Status<'_>) -> Result<()> {
        match status {
            Status::SendRequestComplete => Ok(WinHttpReceiveResponse(request)?),
            Status::HeadersAvailable => self.first_read(request, lane),
            Status::ReadComplete { buffer, count: 0 } => self.last_read(request, lane, buffer),
            Status::ReadComplete { buffer, count } => {
                self.with(lane, |lane| lane.received += count as u64);
                Ok(WinHttpReadDataBuffer(request, buffer)?)
            }
            Status::RequestError { function, error } => Err(format!("error {error} of function {function}").into()),
            _ => Ok(()),
        }
    }

    fn first_read(&self, request: HINTERNET, lane: usize) -> Result<()> {
        let level = WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER;
        let status = WinHttpQueryHeaders(request, level, None, None)?;
        expect_ok(status.number().unwrap_or_default())?;
        let buffer = self.with(lane, |lane| std::mem::take(&mut lane.buffer));
        Ok(WinHttpReadDataBuffer(request, buffer)?)
    }

    fn last_read(&self, request: HINTERNET, lane: usize, buffer: Vec<u8>) -> Result<()> {
        let received = self.with(lane, |lane| {
            lane.buffer = buffer;
            std::mem::take(&mut lane.received)
        });
        self.job.check(received)?;
        WinHttpCloseHandle(request)?;
        self.next(lane)
    }

    fn with<T>(&self, lane: usize, act: impl FnOnce(&mut Lane) -> T) -> T {
        act(&mut self.lanes[lane].lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Lane {
    /// Whether there is a request left to open; there is one less then.
    fn take_one(&mut self) -> bool {
        let is_left = self.left > 0;
        self.left -= u64::from(is_left);
        is_left
    }
}
