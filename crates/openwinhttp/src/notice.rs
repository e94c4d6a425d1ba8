//! Notices: what happens to a handle, as a program hears of it.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use openwinhttp_abi::*;
use parking_lot::Mutex;

use crate::handle::HINTERNET;

/// What a status callback is told: one `WINHTTP_CALLBACK_STATUS_*` with what comes along with it.
///
/// Those from [`SendRequestComplete`](Status::SendRequestComplete) on come in asynchronous sessions alone. Each tells the
/// outcome of one call, once.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status<'a> {
    /// The name of the server is being looked up.
    ResolvingName(&'a str),
    /// The name was found; this is its first address.
    NameResolved(IpAddr),
    /// A connection to this address is being made.
    ConnectingToServer(IpAddr),
    /// The connection to this address stands.
    ConnectedToServer(IpAddr),
    /// The connection is there, and secure if it has to be; nothing of the request was sent.
    SendingRequest,
    /// The head of the request and what came with it were sent: so many bytes.
    RequestSent(u32),
    /// The answer is waited for.
    ReceivingResponse,
    /// So many bytes of an answer have come: its head, and what came along. 0 if none came.
    ResponseReceived(u32),
    /// The connection of a request that asked for it is being closed.
    ClosingConnection,
    /// That connection is closed.
    ConnectionClosed,
    /// This handle was made.
    HandleCreated(HINTERNET),
    /// This handle is gone. It is the last notice of a handle.
    HandleClosing(HINTERNET),
    /// The answer leads to this URL, which is asked next.
    Redirect(&'a str),
    /// An informational answer with this status has come.
    IntermediateResponse(u32),
    /// The secure channel could not be made: `WINHTTP_CALLBACK_STATUS_FLAG_*`.
    SecureFailure(u32),
    /// [`WinHttpSendRequest`](crate::WinHttpSendRequest) has succeeded.
    SendRequestComplete,
    /// [`WinHttpReceiveResponse`](crate::WinHttpReceiveResponse) has succeeded: the head of the answer can be queried.
    HeadersAvailable,
    /// [`WinHttpQueryDataAvailable`](crate::WinHttpQueryDataAvailable) has succeeded: so many bytes can be read at once; 0
    /// is the end of the body.
    DataAvailable(u32),
    /// [`WinHttpReadDataBuffer`](crate::WinHttpReadDataBuffer) or
    /// [`WinHttpReadDataExBuffer`](crate::WinHttpReadDataExBuffer) has succeeded.
    ReadComplete {
        /// The buffer that was lent.
        buffer: Vec<u8>,
        /// So many bytes at its start were read; 0 is the end of the body.
        count: usize,
    },
    /// The same for the face that lends memory by its address.
    #[doc(hidden)]
    ReadCompleteAt { address: usize, count: usize },
    /// [`WinHttpWriteData`](crate::WinHttpWriteData) has succeeded: so many bytes were written.
    WriteComplete(u32),
    /// A call has failed.
    RequestError {
        /// Which: `API_*`.
        function: u32,
        /// With this code; [`GetLastError`](crate::GetLastError) gives it too, in the callback.
        error: u32,
    },
}

impl Status<'_> {
    /// The number of the status, `WINHTTP_CALLBACK_STATUS_*`.
    pub const fn code(&self) -> u32 {
        match self {
            Self::ResolvingName(_) => WINHTTP_CALLBACK_STATUS_RESOLVING_NAME,
            Self::NameResolved(_) => WINHTTP_CALLBACK_STATUS_NAME_RESOLVED,
            Self::ConnectingToServer(_) => WINHTTP_CALLBACK_STATUS_CONNECTING_TO_SERVER,
            Self::ConnectedToServer(_) => WINHTTP_CALLBACK_STATUS_CONNECTED_TO_SERVER,
            Self::SendingRequest => WINHTTP_CALLBACK_STATUS_SENDING_REQUEST,
            Self::RequestSent(_) => WINHTTP_CALLBACK_STATUS_REQUEST_SENT,
            Self::ReceivingResponse => WINHTTP_CALLBACK_STATUS_RECEIVING_RESPONSE,
            Self::ResponseReceived(_) => WINHTTP_CALLBACK_STATUS_RESPONSE_RECEIVED,
            Self::ClosingConnection => WINHTTP_CALLBACK_STATUS_CLOSING_CONNECTION,
            Self::ConnectionClosed => WINHTTP_CALLBACK_STATUS_CONNECTION_CLOSED,
            Self::HandleCreated(_) => WINHTTP_CALLBACK_STATUS_HANDLE_CREATED,
            Self::HandleClosing(_) => WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING,
            Self::Redirect(_) => WINHTTP_CALLBACK_STATUS_REDIRECT,
            Self::IntermediateResponse(_) => WINHTTP_CALLBACK_STATUS_INTERMEDIATE_RESPONSE,
            Self::SecureFailure(_) => WINHTTP_CALLBACK_STATUS_SECURE_FAILURE,
            Self::SendRequestComplete => WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE,
            Self::HeadersAvailable => WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE,
            Self::DataAvailable(_) => WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE,
            Self::ReadComplete { .. } | Self::ReadCompleteAt { .. } => WINHTTP_CALLBACK_STATUS_READ_COMPLETE,
            Self::WriteComplete(_) => WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE,
            Self::RequestError { .. } => WINHTTP_CALLBACK_STATUS_REQUEST_ERROR,
        }
    }
}

/// Something that happened and is told before the work goes on.
#[derive(Debug)]
pub(crate) enum Notice {
    ResolvingName(Box<str>),
    Redirect(Box<str>),
    Other(Status<'static>),
}

impl Notice {
    pub(crate) fn status(&self) -> Status<'_> {
        match self {
            Self::ResolvingName(name) => Status::ResolvingName(name),
            Self::Redirect(url) => Status::Redirect(url),
            Self::Other(status) => status.clone(),
        }
    }
}

/// A function that hears of what happens to a handle: the handle, its context value, and the status.
///
/// In a synchronous session it runs on the thread of the call that it is about; in an asynchronous one on that, or on a
/// thread of this library. It may make any call; one on the request it hears about that would use the network while
/// another is under way gets `ERROR_WINHTTP_INCORRECT_HANDLE_STATE`. To close the handle ends the present call. A panic
/// passes through that call, and the callback hears no more of this handle.
#[derive(Clone)]
pub struct Callback {
    function: Arc<Function>,
    tag: usize,
}

type Function = dyn Fn(HINTERNET, usize, Status<'_>) + Send + Sync;

impl Callback {
    /// A callback that calls this function.
    pub fn new(function: impl Fn(HINTERNET, usize, Status<'_>) + Send + Sync + 'static) -> Self {
        Self { function: Arc::new(function), tag: 0 }
    }

    /// The same callback with the address of the function that it calls, for the face that has such addresses.
    #[doc(hidden)]
    pub fn with_tag(self, tag: usize) -> Self {
        Self { tag, ..self }
    }

    /// The address given with `with_tag`, or 0.
    #[doc(hidden)]
    pub fn tag(&self) -> usize {
        self.tag
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback").field("tag", &self.tag).finish_non_exhaustive()
    }
}

/// Whom a handle tells of what happens to it. Dropped with the object of the handle, it tells that the handle is gone:
/// so nothing can come after that.
#[derive(Debug)]
pub(crate) struct Listener {
    /// The notices that are wanted; 0 while there is no callback. Read without the lock, so that those who do not listen
    /// cost nothing.
    wanted: AtomicU32,
    callback: Mutex<Option<Callback>>,
    context: AtomicUsize,
    handle: AtomicUsize,
}

impl Listener {
    pub(crate) fn new() -> Self {
        Self {
            wanted: AtomicU32::new(0),
            callback: Mutex::new(None),
            context: AtomicUsize::new(0),
            handle: AtomicUsize::new(0),
        }
    }

    /// What a child begins with: callback, mask and context of its parent at this moment.
    pub(crate) fn inherited(&self) -> Self {
        let callback = self.callback.lock();
        Self {
            wanted: AtomicU32::new(self.wanted.load(Ordering::Relaxed)),
            callback: Mutex::new(callback.clone()),
            context: AtomicUsize::new(self.context()),
            handle: AtomicUsize::new(0),
        }
    }

    /// Sets whom to tell of which notices; gives the callback before.
    pub(crate) fn set(&self, callback: Option<Callback>, wanted: u32) -> Option<Callback> {
        let mut place = self.callback.lock();
        self.wanted.store(if callback.is_some() { wanted } else { 0 }, Ordering::Relaxed);
        std::mem::replace(&mut *place, callback)
    }

    /// Sets whom to tell, of the notices that were wanted before; of all if nobody was told.
    pub(crate) fn replace(&self, callback: Option<Callback>) {
        let wanted = match self.wanted.load(Ordering::Relaxed) {
            0 => WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS,
            wanted => wanted,
        };
        self.set(callback, wanted);
    }

    /// Whom to tell.
    pub(crate) fn callback(&self) -> Option<Callback> {
        self.callback.lock().clone()
    }

    pub(crate) fn context(&self) -> usize {
        self.context.load(Ordering::Relaxed)
    }

    /// Sets the context value, where it is not 0.
    pub(crate) fn set_context(&self, context: usize) {
        if context != 0 {
            self.replace_context(context);
        }
    }

    /// Sets the context value, be it 0.
    pub(crate) fn replace_context(&self, context: usize) {
        self.context.store(context, Ordering::Relaxed);
    }

    /// From now on notices name this handle.
    pub(crate) fn set_handle(&self, handle: HINTERNET) {
        self.handle.store(handle.as_raw(), Ordering::Relaxed);
    }

    /// Whether a notice with this code would be heard.
    pub(crate) fn wants(&self, code: u32) -> bool {
        self.wanted.load(Ordering::Relaxed) & code != 0
    }

    /// Tells what happened, on this thread. No lock is held meanwhile. `false` if nobody listens.
    #[inline(always)]
    pub(crate) fn tell(&self, status: Status<'_>) -> bool {
        self.wants(status.code()) && self.tell_listener(status)
    }

    #[cold]
    fn tell_listener(&self, status: Status<'_>) -> bool {
        let Some(callback) = self.callback_for(status.code()) else { return false };
        let silence = Silence(self);
        (callback.function)(self.handle(), self.context(), status);
        std::mem::forget(silence);
        true
    }

    /// The callback and what it wants, as they were set together.
    fn callback_for(&self, code: u32) -> Option<Callback> {
        let callback = self.callback.lock();
        if self.wants(code) { callback.clone() } else { None }
    }

    /// The handle that notices name.
    pub(crate) fn handle(&self) -> HINTERNET {
        HINTERNET::from_raw(self.handle.load(Ordering::Relaxed))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let handle = self.handle();
        // Without a context value nobody waits for it.
        if self.context() != 0 && !handle.is_null() {
            self.tell(Status::HandleClosing(handle));
        }
    }
}

/// Dropped by a callback that panics: what is cleaned up after it must not run into a second panic, which would end the
/// process.
struct Silence<'a>(&'a Listener);

impl Drop for Silence<'_> {
    fn drop(&mut self) {
        self.0.wanted.store(0, Ordering::Relaxed);
    }
}
