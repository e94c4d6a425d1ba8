//! Status callbacks: functions without a state of their own stand for closures.

use std::ffi::c_void;
use std::fmt;
use std::sync::{Arc, Mutex};

use openwinhttp::*;
use openwinhttp_sys::winhttp;

use crate::handles::raw;
use crate::memory::taken_back;
use crate::outcome::{GetLastError, SetLastError, of_bool};

/// [`openwinhttp::Callback`], for this face.
#[derive(Clone)]
pub struct Callback(Arc<Closure>);

type Closure = dyn Fn(HINTERNET, usize, Status<'_>) + Send + Sync;

impl Callback {
    /// A callback that calls this function.
    pub fn new(function: impl Fn(HINTERNET, usize, Status<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(function))
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback")
    }
}

/// [`openwinhttp::WinHttpSetStatusCallback`], by way of the raw face.
pub fn WinHttpSetStatusCallback(
    handle: HINTERNET,
    callback: Option<Callback>,
    notification_flags: u32,
    reserved: usize,
) -> Result<Option<Callback>> {
    let function = callback.map(function_of);
    // SAFETY: the function may be called at any time, on any thread.
    let before = unsafe { winhttp::WinHttpSetStatusCallback(raw(handle), function, notification_flags, reserved) };
    let before = before.map(|function| function as usize);
    of_bool(i32::from(before != Some(WINHTTP_INVALID_STATUS_CALLBACK as usize)))?;
    Ok(before.map(callback_of))
}

/// A function for this callback. None is given out for another: an old one may still be set on some handle.
fn function_of(callback: Callback) -> Function {
    let mut callbacks = CALLBACKS.lock().unwrap();
    let known = callbacks.iter().position(|known| Arc::ptr_eq(&known.0, &callback.0));
    let number = known.unwrap_or_else(|| {
        callbacks.push(callback);
        callbacks.len() - 1
    });
    FUNCTIONS[number]
}

/// The callback that the function at this address stands for.
fn callback_of(function: usize) -> Callback {
    let number = FUNCTIONS.iter().position(|ours| *ours as usize == function);
    CALLBACKS.lock().unwrap()[number.expect("a function that was never set")].clone()
}

/// # Safety
///
/// `information` is what winhttp.h says about this status.
unsafe extern "system" fn call<const NUMBER: usize>(
    handle: *mut c_void,
    context: usize,
    code: u32,
    information: *mut c_void,
    length: u32,
) {
    // First of all: on Windows, much of what follows overwrites it.
    let last_error = GetLastError();
    let callback = CALLBACKS.lock().unwrap()[NUMBER].clone();
    let information = Information { start: information, length };
    // SAFETY: by the contract of this function.
    let text = if TEXTS.contains(&code) { unsafe { information.text() } } else { String::new() };
    // SAFETY: as before.
    let status = unsafe { status(code, &information, &text) };
    if let Status::RequestError { error, .. } = status {
        assert_eq!(last_error, error, "the last error in the callback of a failure");
    }
    SetLastError(last_error);
    (callback.0)(HINTERNET::from_raw(handle.addr()), context, status);
}

/// # Safety
///
/// `information` belongs to the status of this code.
unsafe fn status<'a>(code: u32, information: &Information, text: &'a str) -> Status<'a> {
    let address = || text.parse().expect("an address");
    // SAFETY: by the contract of this function, each read fits its status.
    unsafe {
        match code {
            WINHTTP_CALLBACK_STATUS_RESOLVING_NAME => Status::ResolvingName(text),
            WINHTTP_CALLBACK_STATUS_NAME_RESOLVED => Status::NameResolved(address()),
            WINHTTP_CALLBACK_STATUS_CONNECTING_TO_SERVER => Status::ConnectingToServer(address()),
            WINHTTP_CALLBACK_STATUS_CONNECTED_TO_SERVER => Status::ConnectedToServer(address()),
            WINHTTP_CALLBACK_STATUS_SENDING_REQUEST => information.nothing(Status::SendingRequest),
            WINHTTP_CALLBACK_STATUS_REQUEST_SENT => Status::RequestSent(information.number()),
            WINHTTP_CALLBACK_STATUS_RECEIVING_RESPONSE => information.nothing(Status::ReceivingResponse),
            WINHTTP_CALLBACK_STATUS_RESPONSE_RECEIVED => Status::ResponseReceived(information.number()),
            WINHTTP_CALLBACK_STATUS_CLOSING_CONNECTION => information.nothing(Status::ClosingConnection),
            WINHTTP_CALLBACK_STATUS_CONNECTION_CLOSED => information.nothing(Status::ConnectionClosed),
            WINHTTP_CALLBACK_STATUS_HANDLE_CREATED => Status::HandleCreated(information.handle()),
            WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING => Status::HandleClosing(information.handle()),
            WINHTTP_CALLBACK_STATUS_REDIRECT => Status::Redirect(text),
            WINHTTP_CALLBACK_STATUS_INTERMEDIATE_RESPONSE => Status::IntermediateResponse(information.number()),
            WINHTTP_CALLBACK_STATUS_SECURE_FAILURE => Status::SecureFailure(information.number()),
            WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE => information.nothing(Status::SendRequestComplete),
            WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE => information.nothing(Status::HeadersAvailable),
            WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE => Status::DataAvailable(information.number()),
            WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE => Status::WriteComplete(information.number()),
            WINHTTP_CALLBACK_STATUS_READ_COMPLETE => {
                Status::ReadComplete { buffer: taken_back(information.start), count: information.length as usize }
            }
            WINHTTP_CALLBACK_STATUS_REQUEST_ERROR => information.error(),
            _ => panic!("status {code:#x} is not known"),
        }
    }
}

/// What `lpvStatusInformation` and its length say.
struct Information {
    start: *mut c_void,
    length: u32,
}

impl Information {
    fn nothing<'a>(&self, status: Status<'a>) -> Status<'a> {
        assert!(self.start.is_null() && self.length == 0, "{status:?} has information");
        status
    }

    /// # Safety
    ///
    /// There are as many units of UTF-16 as the length says.
    unsafe fn text(&self) -> String {
        // SAFETY: by the contract of this function.
        let units = unsafe { std::slice::from_raw_parts(self.start.cast::<u16>(), self.length as usize) };
        let (nul, text) = units.split_last().expect("the NUL is counted");
        assert!(*nul == 0 && !text.contains(&0), "one NUL at the end");
        String::from_utf16(text).expect("UTF-16")
    }

    /// # Safety
    ///
    /// There is a number.
    unsafe fn number(&self) -> u32 {
        assert_eq!(self.length as usize, size_of::<u32>());
        // SAFETY: by the contract of this function.
        unsafe { self.start.cast::<u32>().read() }
    }

    /// # Safety
    ///
    /// There is the result of an operation.
    unsafe fn error(&self) -> Status<'static> {
        assert_eq!(self.length as usize, size_of::<WINHTTP_ASYNC_RESULT>());
        // SAFETY: by the contract of this function.
        let result = unsafe { self.start.cast::<WINHTTP_ASYNC_RESULT>().read() };
        Status::RequestError { function: result.dwResult as u32, error: result.dwError }
    }

    /// # Safety
    ///
    /// There is a handle.
    unsafe fn handle(&self) -> HINTERNET {
        assert_eq!(self.length as usize, size_of::<*mut c_void>());
        // SAFETY: by the contract of this function.
        HINTERNET::from_raw(unsafe { self.start.cast::<*mut c_void>().read() }.addr())
    }
}

/// The statuses whose information is text.
const TEXTS: [u32; 5] = [
    WINHTTP_CALLBACK_STATUS_REDIRECT,
    WINHTTP_CALLBACK_STATUS_RESOLVING_NAME,
    WINHTTP_CALLBACK_STATUS_NAME_RESOLVED,
    WINHTTP_CALLBACK_STATUS_CONNECTING_TO_SERVER,
    WINHTTP_CALLBACK_STATUS_CONNECTED_TO_SERVER,
];

type Function = unsafe extern "system" fn(*mut c_void, usize, u32, *mut c_void, u32);

/// The callback of each function, in order.
static CALLBACKS: Mutex<Vec<Callback>> = Mutex::new(Vec::new());

macro_rules! functions {
    ($($number:literal)*) => { [$(call::<$number>),*] };
}

/// More than one test binary sets.
static FUNCTIONS: [Function; 64] = functions!(
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
    32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63
);
