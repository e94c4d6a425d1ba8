//! As many requests of one asynchronous session: nobody waits for any of them.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use openwinhttp::*;

use super::Swarm;
use super::threads::connect_to_all;
use crate::Result;
use crate::hold::{ADDRESSES, held_body};

pub(super) struct Callbacks {
    session: HINTERNET,
    connects: Vec<HINTERNET>,
    told: Arc<Told>,
    started: usize,
}

impl Callbacks {
    pub(super) fn new(count: usize, port: u16) -> Result<Self> {
        let session = WinHttpOpen(Some("bench/1.0"), WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, WINHTTP_FLAG_ASYNC)?;
        let told = Arc::new(Told::new(count));
        let hears = Arc::clone(&told);
        let callback = Callback::new(move |request, context, status| hears.hear(request, context, status));
        let mask = WINHTTP_CALLBACK_FLAG_ALL_COMPLETIONS | WINHTTP_CALLBACK_FLAG_HANDLES;
        WinHttpSetStatusCallback(session, Some(callback), mask, 0)?;
        Ok(Self { session, connects: connect_to_all(session, port)?, told, started: 0 })
    }
}

impl Swarm for Callbacks {
    fn start(&mut self, number: usize) -> Result<bool> {
        let (connect, path) = (self.connects[number % ADDRESSES], format!("/hold/{number}"));
        let request = WinHttpOpenRequest(connect, Some("GET"), Some(&path), None, None, None, 0)?;
        self.started += 1;
        WinHttpSendRequest(request, None, None, 0, number + 1)?;
        Ok(true)
    }

    fn has_ended(&self) -> bool {
        self.told.closed.load(Ordering::Acquire) >= self.started
    }

    fn check(&mut self) -> Result<()> {
        match self.told.failure.get() {
            Some(failure) => Err(failure.as_str().into()),
            None => self.told.requests.iter().enumerate().try_for_each(|(number, request)| request.check(number)),
        }
    }
}

impl Drop for Callbacks {
    fn drop(&mut self) {
        let _ = WinHttpCloseHandle(self.session);
    }
}

/// What the callback was told.
struct Told {
    requests: Vec<Request>,
    /// How many requests are gone.
    closed: AtomicUsize,
    /// The first thing that went wrong.
    failure: OnceLock<String>,
}

/// How often each thing was told of one request.
#[derive(Default)]
struct Request {
    sent: AtomicU8,
    heads: AtomicU8,
    ends: AtomicU8,
    closings: AtomicU8,
    /// How many bytes of its answer have come.
    received: AtomicUsize,
}

impl Told {
    fn new(count: usize) -> Self {
        let requests = (0..count).map(|_| Request::default()).collect();
        Self { requests, closed: AtomicUsize::new(0), failure: OnceLock::new() }
    }

    /// The callback. The context value is the number of the request and one, for 0 would be none.
    fn hear(&self, request: HINTERNET, context: usize, status: Status<'_>) {
        // The session and the connections have none.
        let Some(number) = context.checked_sub(1) else { return };
        if let Err(error) = self.go_on(request, number, status) {
            let _ = self.failure.set(format!("request {number}: {error}"));
            let _ = WinHttpCloseHandle(request);
        }
    }

    fn go_on(&self, request: HINTERNET, number: usize, status: Status<'_>) -> Result<()> {
        let told = &self.requests[number];
        match status {
            Status::SendRequestComplete => {
                told.sent.fetch_add(1, Ordering::Relaxed);
                WinHttpReceiveResponse(request)?;
            }
            Status::HeadersAvailable => {
                told.heads.fetch_add(1, Ordering::Relaxed);
                WinHttpReadDataBuffer(request, vec![0; 1024])?;
            }
            Status::ReadComplete { count: 0, .. } => {
                told.ends.fetch_add(1, Ordering::Relaxed);
                WinHttpCloseHandle(request)?;
            }
            Status::ReadComplete { buffer, count } => {
                told.take(&buffer[..count], number)?;
                WinHttpReadDataBuffer(request, buffer)?;
            }
            Status::RequestError { function, error } => {
                return Err(format!("error {error} of function {function}").into());
            }
            Status::HandleClosing(_) => {
                told.closings.fetch_add(1, Ordering::Relaxed);
                self.closed.fetch_add(1, Ordering::AcqRel);
            }
            _ => {}
        }
        Ok(())
    }
}

impl Request {
    /// Fails unless these bytes are the next ones of the answer to the request of this number.
    fn take(&self, bytes: &[u8], number: usize) -> Result<()> {
        let from = self.received.fetch_add(bytes.len(), Ordering::Relaxed);
        match held_body(number).as_bytes().get(from..from + bytes.len()) == Some(bytes) {
            true => Ok(()),
            false => Err("another answer came".into()),
        }
    }

    /// Fails unless everything was told once, and the whole answer came.
    fn check(&self, number: usize) -> Result<()> {
        let counts = [&self.sent, &self.heads, &self.ends, &self.closings].map(|count| count.load(Ordering::Acquire));
        let received = self.received.load(Ordering::Acquire);
        match counts == [1; 4] && received == held_body(number).len() {
            true => Ok(()),
            false => Err(format!(
                "request {number}: sent, head, end and closing were told {counts:?} times, {received} bytes came"
            )
            .into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_right_when_each_thing_was_told_once() {
        assert!(told([1; 4], &held_body(7)).is_ok());
        for counts in [[0, 1, 1, 1], [1, 2, 1, 1], [1, 1, 0, 1], [1, 1, 1, 2]] {
            assert!(told(counts, &held_body(7)).is_err(), "{counts:?}");
        }
    }

    #[test]
    fn a_request_is_wrong_with_another_answer_than_its_own() {
        let whole = held_body(7);
        for body in [&held_body(8), &whole[1..], &whole[..whole.len() - 1], &(whole.clone() + "x"), ""] {
            assert!(told([1; 4], body).is_err(), "{body:?}");
        }
    }

    /// What is said of request 7 when these things were told of it, and this body came in two pieces.
    fn told(counts: [u8; 4], body: &str) -> Result<()> {
        let request = Request::default();
        for (count, told) in counts.iter().zip([&request.sent, &request.heads, &request.ends, &request.closings]) {
            told.store(*count, Ordering::Relaxed);
        }
        let (first, rest) = body.as_bytes().split_at(body.len() / 2);
        request.take(first, 7)?;
        request.take(rest, 7)?;
        request.check(7)
    }
}
