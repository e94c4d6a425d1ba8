//! As many requests of a synchronous session: each waits in a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, JoinHandle};

use openwinhttp::*;

use super::Swarm;
use crate::Result;
use crate::hold::{ADDRESSES, address, held_body};

pub(super) struct Threads {
    session: HINTERNET,
    connects: Vec<HINTERNET>,
    ended: Arc<AtomicUsize>,
    started: Vec<JoinHandle<Result<()>>>,
}

impl Threads {
    pub(super) fn new(count: usize, port: u16) -> Result<Self> {
        let session = WinHttpOpen(Some("bench/1.0"), WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0)?;
        Ok(Self {
            session,
            connects: connect_to_all(session, port)?,
            ended: Arc::default(),
            started: Vec::with_capacity(count),
        })
    }
}

/// A connection handle for each address of the holder.
pub(super) fn connect_to_all(session: HINTERNET, port: u16) -> Result<Vec<HINTERNET>> {
    (0..ADDRESSES).map(|at| Ok(WinHttpConnect(session, &address(at).to_string(), port, 0)?)).collect()
}

impl Swarm for Threads {
    fn start(&mut self, number: usize) -> Result<bool> {
        let (connect, ended) = (self.connects[number % ADDRESSES], Arc::clone(&self.ended));
        let thread = Builder::new().spawn(move || {
            let outcome = fetch(connect, number);
            ended.fetch_add(1, Ordering::AcqRel);
            outcome
        });
        let was_possible = thread.is_ok();
        self.started.extend(thread);
        Ok(was_possible)
    }

    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire) == self.started.len()
    }

    fn check(&mut self) -> Result<()> {
        self.started.drain(..).try_for_each(|thread| thread.join().map_err(|_| "a thread panicked")?)
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        let _ = WinHttpCloseHandle(self.session);
    }
}

fn fetch(connect: HINTERNET, number: usize) -> Result<()> {
    let path = format!("/hold/{number}");
    let request = WinHttpOpenRequest(connect, Some("GET"), Some(&path), None, None, None, 0)?;
    WinHttpSendRequest(request, None, None, 0, 0)?;
    WinHttpReceiveResponse(request)?;
    let body = read_all(request)?;
    WinHttpCloseHandle(request)?;
    match body == held_body(number).as_bytes() {
        true => Ok(()),
        false => Err(format!("request {number} got another answer").into()),
    }
}

fn read_all(request: HINTERNET) -> Result<Vec<u8>> {
    let (mut body, mut buffer) = (Vec::new(), [0; 1024]);
    loop {
        match WinHttpReadData(request, &mut buffer)? {
            0 => return Ok(body),
            more => body.extend_from_slice(&buffer[..more]),
        }
    }
}
