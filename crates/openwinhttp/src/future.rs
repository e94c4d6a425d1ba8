//! `async` and `await` over the callbacks of asynchronous sessions, for any executor (feature `future`).
//!
//! A [`Request`] takes over a request handle. Its methods make one call each and give a future of the completion.
//! Everything that does not wait stays as it is: headers are queried and options are set with the handle, `*request`.
//!
//! ```
//! use openwinhttp::{future::Request, *};
//!
//! async fn get(connect: HINTERNET, path: &str) -> Result<Vec<u8>> {
//!     let mut request = Request::new(WinHttpOpenRequest(connect, None, Some(path), None, None, None, 0)?)?;
//!     request.send(None, None, 0).await?;
//!     request.receive().await?;
//!     let (mut body, mut buffer) = (Vec::new(), vec![0; 64 * 1024]);
//!     loop {
//!         let (data, count) = request.read(buffer).await?;
//!         if count == 0 {
//!             return Ok(body);
//!         }
//!         body.extend_from_slice(&data[..count]);
//!         buffer = data;
//!     }
//! }
//!
//! # fn main() -> Result<()> {
//! # let server = testserver::serve::Server::http(|_| testserver::serve::Response::new(200).body("hello"));
//! # let port = server.port();
//! let session = Owned::new(WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, WINHTTP_FLAG_ASYNC)?);
//! let connect = Owned::new(WinHttpConnect(*session, "localhost", port, 0)?);
//! let body = block_on(get(*connect, "/"))?; // of the executor of your choice
//! assert_eq!(body, b"hello");
//! # Ok(())
//! # }
//! #
//! # fn block_on<T>(future: impl Future<Output = T>) -> T {
//! #     struct Unpark(std::thread::Thread);
//! #     impl std::task::Wake for Unpark {
//! #         fn wake(self: std::sync::Arc<Self>) {
//! #             self.0.unpark();
//! #         }
//! #     }
//! #     let waker = std::sync::Arc::new(Unpark(std::thread::current())).into();
//! #     let mut future = std::pin::pin!(future);
//! #     loop {
//! #         match future.as_mut().poll(&mut std::task::Context::from_waker(&waker)) {
//! #             std::task::Poll::Ready(value) => return value,
//! #             std::task::Poll::Pending => std::thread::park(),
//! #         }
//! #     }
//! # }
//! ```
//!
//! # Cancelling
//!
//! To drop a [`Request`] closes its handle, and that ends what is under way, at once and wherever it waits.
//!
//! A future that was never polled has done nothing. One that is dropped before it is ready leaves its call going: what
//! the call gets is lost, with the buffer of a read, and until it has ended every other one fails with
//! `ERROR_WINHTTP_INCORRECT_HANDLE_STATE`. After a time limit of your own, drop the request, not the future alone.

use std::mem;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use openwinhttp_abi::*;
use parking_lot::Mutex;

use crate::api::*;
use crate::errors::{Error, Result, fail};
use crate::handle::{HINTERNET, Owned};
use crate::notice::{Callback, Status};
use crate::objects;

/// A request of an asynchronous session, with futures in the place of completions.
///
/// Its handle, `*request`, is closed when this is dropped. It has a status callback of its own; do not set another.
#[derive(Debug)]
pub struct Request {
    handle: Owned,
    operation: Arc<Operation>,
}

impl Request {
    /// Takes over a request handle, which must be of an asynchronous session and not be in use yet.
    ///
    /// # Returns and errors
    ///
    /// - `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`: the handle is no open request, or an orphan.
    /// - `ERROR_INVALID_PARAMETER`: the session is synchronous. The handle stays open.
    pub fn new(request: HINTERNET) -> Result<Self> {
        Self::with_notices(request, 0, |_, _, _| ())
    }

    /// As [`new`](Self::new), and `notices` hears of the other notices in `flags` (`WINHTTP_CALLBACK_FLAG_*`): of what
    /// is wrong with a certificate, or where a redirect leads.
    ///
    /// It is called as a status callback is. It must not panic: a future may wait for ever then.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # use openwinhttp::{future::Request, *};
    /// # fn take_over(handle: HINTERNET) -> Result<Request> {
    /// Request::with_notices(handle, WINHTTP_CALLBACK_FLAG_REDIRECT, |_, _, status| println!("{status:?}"))
    /// # }
    /// ```
    pub fn with_notices(
        request: HINTERNET,
        flags: u32,
        notices: impl Fn(HINTERNET, usize, Status<'_>) + Send + Sync + 'static,
    ) -> Result<Self> {
        must_be_asynchronous(request)?;
        let operation = Arc::<Operation>::default();
        let told = Arc::clone(&operation);
        let callback = Callback::new(move |handle, context, status| match outcome(status) {
            Ok(outcome) => told.complete(outcome),
            Err(notice) => notices(handle, context, notice),
        });
        WinHttpSetStatusCallback(request, Some(callback), flags | WINHTTP_CALLBACK_FLAG_ALL_COMPLETIONS, 0)?;
        Ok(Self { handle: Owned::new(request), operation })
    }

    /// [`WinHttpSendRequest`], ready when the request was sent.
    ///
    /// # Parameters
    ///
    /// Those of [`WinHttpSendRequest`], which copies `headers` and `optional`. The context value stays as it is.
    ///
    /// # Returns and errors
    ///
    /// Those of [`WinHttpSendRequest`]; so it is with the methods below and their functions.
    ///
    /// - `ERROR_WINHTTP_INCORRECT_HANDLE_STATE`: a future of this request was dropped, and its call is still under way.
    pub async fn send(&mut self, headers: Option<&str>, optional: Option<&[u8]>, total_length: u32) -> Result<()> {
        self.run(|request| WinHttpSendRequest(request, headers, optional, total_length, 0)).await.map(drop)
    }

    /// [`WinHttpWriteData`], ready when the bytes were written: all of them.
    pub async fn write(&mut self, data: &[u8]) -> Result<usize> {
        self.run(|request| WinHttpWriteData(request, data).map(drop)).await.map(|(_, count)| count)
    }

    /// [`WinHttpReceiveResponse`], ready when the head of the answer is there.
    pub async fn receive(&mut self) -> Result<()> {
        self.run(WinHttpReceiveResponse).await.map(drop)
    }

    /// [`WinHttpQueryDataAvailable`], ready when there are bytes to read: so many, 0 at the end of the body.
    pub async fn available(&mut self) -> Result<usize> {
        self.run(|request| WinHttpQueryDataAvailable(request).map(drop)).await.map(|(_, count)| count)
    }

    /// [`WinHttpReadDataBuffer`], ready when the buffer is full or the body has ended. The length of the buffer is the
    /// room in it.
    ///
    /// # Returns and errors
    ///
    /// The buffer, and the number of bytes at its beginning that were read; 0 at the end of the body. A failure costs
    /// the buffer.
    pub async fn read(&mut self, buffer: Vec<u8>) -> Result<(Vec<u8>, usize)> {
        self.run(|request| WinHttpReadDataBuffer(request, buffer)).await
    }

    /// Makes a call and waits for its completion, which may come before the call returns.
    async fn run(&mut self, start: impl FnOnce(HINTERNET) -> Result<()>) -> Outcome {
        self.operation.begin()?;
        if let Err(error) = start(*self.handle) {
            // Then no completion comes.
            self.operation.replace(State::Idle);
            return Err(error);
        }
        Completion(&self.operation).await
    }
}

impl Deref for Request {
    type Target = HINTERNET;

    fn deref(&self) -> &HINTERNET {
        &self.handle
    }
}

/// In a synchronous session no completion would ever come.
fn must_be_asynchronous(request: HINTERNET) -> Result<()> {
    if objects::request(request)?.is_asynchronous() { Ok(()) } else { fail(ERROR_INVALID_PARAMETER) }
}

/// What a completion says, whichever it is; another notice is given back.
fn outcome(status: Status<'_>) -> std::result::Result<Outcome, Status<'_>> {
    Ok(match status {
        Status::SendRequestComplete | Status::HeadersAvailable => Ok((Vec::new(), 0)),
        Status::WriteComplete(count) | Status::DataAvailable(count) => Ok((Vec::new(), count as usize)),
        Status::ReadComplete { buffer, count } => Ok((buffer, count)),
        Status::RequestError { error, .. } => Err(Error::from_code(error)),
        notice => return Err(notice),
    })
}

/// How a call has ended: with the buffer that was lent to it, and a count.
type Outcome = Result<(Vec<u8>, usize)>;

/// The call that is under way. A request has one at a time.
#[derive(Debug, Default)]
struct Operation(Mutex<State>);

#[derive(Debug, Default)]
enum State {
    /// There is none.
    #[default]
    Idle,
    /// Its completion is to come, and wakes this one.
    Pending(Option<Waker>),
    /// Its completion is to come, and its future is gone.
    Abandoned,
    /// Its completion has come.
    Complete(Outcome),
}

// A waker is cloned, woken and dropped without the lock: each can run code of an executor, which may drop a request.
impl Operation {
    fn begin(&self) -> Result<()> {
        match &mut *self.0.lock() {
            state @ State::Idle => {
                *state = State::Pending(None);
                Ok(())
            }
            _ => fail(ERROR_WINHTTP_INCORRECT_HANDLE_STATE),
        }
    }

    fn complete(&self, outcome: Outcome) {
        let mut state = self.0.lock();
        let next = match *state {
            State::Pending(_) => State::Complete(outcome),
            _ => State::Idle,
        };
        let before = mem::replace(&mut *state, next);
        drop(state);
        if let State::Pending(Some(waker)) = before {
            waker.wake();
        }
    }

    fn poll(&self, waker: Waker) -> Poll<Outcome> {
        match self.replace(State::Pending(Some(waker))) {
            State::Complete(outcome) => {
                // Nothing else can begin in between: that takes the request, which the future has.
                self.replace(State::Idle);
                Poll::Ready(outcome)
            }
            _ => Poll::Pending,
        }
    }

    fn abandon(&self) {
        let mut state = self.0.lock();
        let next = match *state {
            State::Pending(_) => State::Abandoned,
            _ => State::Idle,
        };
        let before = mem::replace(&mut *state, next);
        drop(state);
        drop(before);
    }

    fn replace(&self, next: State) -> State {
        mem::replace(&mut *self.0.lock(), next)
    }
}

/// The future of the completion of the call that is under way.
struct Completion<'a>(&'a Operation);

impl Future for Completion<'_> {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        self.0.poll(context.waker().clone())
    }
}

impl Drop for Completion<'_> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

#[cfg(test)]
mod tests;
