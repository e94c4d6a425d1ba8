//! The calls that read the body of the answer.

use openwinhttp_abi::*;

use crate::errors::{Result, fail};
use crate::exchange::{Amount, Exchange, Progress};
use crate::handle::HINTERNET;
use crate::last_error::{remember, remember_started};
use crate::objects::{self, Request, Started};
use crate::operation::{Lease, Operation};

/// Tells how many bytes of the body can be read without waiting; waits until there is one, or the body ends.
///
/// # Windows signature
///
/// ```c
/// BOOL WinHttpQueryDataAvailable(HINTERNET hRequest, LPDWORD lpdwNumberOfBytesAvailable);
/// ```
///
/// # Parameters
///
/// - `request` (`hRequest`): a request handle.
///
/// # Returns and errors
///
/// The number of bytes that [`WinHttpReadData`] will give at once; 0 at the end of the body, again and again.
///
/// The errors are those of [`WinHttpReadData`].
///
/// # Callbacks, in order
///
/// `CLOSING_CONNECTION` and `CONNECTION_CLOSED` at the end of the body, if the program has set `Connection: close`.
///
/// In an asynchronous session `DATA_AVAILABLE` or `REQUEST_ERROR` comes after that. If it has come when this returns, the
/// number is given too, and the last error is 0; else it is `ERROR_IO_PENDING`, and the number is 0 where it is not known.
///
/// # Differences from Windows
///
/// The number may be larger than 8192.
///
/// # Example
///
/// See the [crate's page](crate).
///
/// Source: [WinHttpQueryDataAvailable](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpquerydataavailable).
pub fn WinHttpQueryDataAvailable(request: HINTERNET) -> Result<usize> {
    data_available(request).map(Option::unwrap_or_default)
}

/// [`WinHttpQueryDataAvailable`], which gives the number only if it is known already.
#[doc(hidden)]
pub fn data_available(request: HINTERNET) -> Result<Option<usize>> {
    Ok(remember_started(query_data_available(request))?.count)
}

fn query_data_available(handle: HINTERNET) -> Result<Started> {
    let request = objects::request(handle)?;
    if request.is_asynchronous() {
        return request.start(Operation::Query, Exchange::check_body);
    }
    over(request.block(|_| Ok(()), |exchange| exchange.available(&request).map(Progress::of)))
}

/// Reads from the body until `buffer` is full or the body ends.
///
/// # Windows signature
///
/// ```c
/// BOOL WinHttpReadData(HINTERNET hRequest, LPVOID lpBuffer, DWORD dwNumberOfBytesToRead, LPDWORD lpdwNumberOfBytesRead);
/// ```
///
/// # Parameters
///
/// | here | Windows | meaning |
/// |---|---|---|
/// | `request` | `hRequest` | a request handle |
/// | `buffer` | `lpBuffer`, `dwNumberOfBytesToRead` | where the bytes go |
///
/// # Returns and errors
///
/// The number of bytes read; 0 at the end of the body, again and again. Fewer than `buffer` has room for: the body ends
/// there, or a failure does; the next call tells.
///
/// - `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`: the handle is not an open request, or an orphan.
/// - `ERROR_WINHTTP_INCORRECT_HANDLE_STATE`: no answer was received, or another call is under way.
/// - `ERROR_WINHTTP_CONNECTION_ERROR`: the connection was reset, or ended before the body was complete; over TLS also
///   when it ended without the proper goodbye and nothing else delimits the body.
/// - `ERROR_WINHTTP_INVALID_SERVER_RESPONSE`: a chunk or a trailer field is malformed.
/// - `ERROR_WINHTTP_CHUNKED_ENCODING_HEADER_SIZE_OVERFLOW`: a chunk header is too large.
/// - `ERROR_WINHTTP_HEADER_SIZE_OVERFLOW`, `ERROR_WINHTTP_HEADER_COUNT_EXCEEDED`: the trailer section is too large.
/// - `ERROR_WINHTTP_TIMEOUT`: nothing came for the receive limit.
/// - `ERROR_WINHTTP_OPERATION_CANCELLED`: the handle was closed by another thread.
/// - `ERROR_INVALID_PARAMETER`: the session is an asynchronous one, and a buffer that is only borrowed cannot be lent to an
///   operation; see [`WinHttpReadDataBuffer`].
///
/// # Callbacks, in order
///
/// `CLOSING_CONNECTION` and `CONNECTION_CLOSED` as for [`WinHttpQueryDataAvailable`].
///
/// # Differences from Windows
///
/// A body that ends before its Content-Length is an error, told after the bytes that came; Windows ends it silently.
///
/// # Example
///
/// See the [crate's page](crate).
///
/// Source: [WinHttpReadData](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpreaddata).
pub fn WinHttpReadData(request: HINTERNET, buffer: &mut [u8]) -> Result<usize> {
    remember(read_data(request, buffer))
}

fn read_data(handle: HINTERNET, buffer: &mut [u8]) -> Result<usize> {
    let request = objects::request(handle)?;
    read(&request, buffer, Amount::Full)
}

/// Reads what of the body comes at once, or until `buffer` is full.
///
/// # Windows signature
///
/// ```c
/// DWORD WinHttpReadDataEx(HINTERNET hRequest, LPVOID lpBuffer, DWORD dwNumberOfBytesToRead,
///                         LPDWORD lpdwNumberOfBytesRead, ULONGLONG ullFlags, DWORD cbProperty, PVOID pvProperty);
/// ```
///
/// # Parameters
///
/// | here | Windows | meaning |
/// |---|---|---|
/// | `request` | `hRequest` | a request handle |
/// | `buffer` | `lpBuffer`, `dwNumberOfBytesToRead` | where the bytes go |
/// | `flags` | `ullFlags` | 0 waits for the first bytes and no longer; `WINHTTP_READ_DATA_EX_FLAG_FILL_BUFFER` does what [`WinHttpReadData`] does |
/// | – | `cbProperty`, `pvProperty` | reserved |
///
/// # Returns and errors
///
/// The number of bytes read, at least one if there is room for it; 0 at the end of the body, again and again.
///
/// - `ERROR_INVALID_PARAMETER`: `flags` has another flag, or the session is an asynchronous one; see
///   [`WinHttpReadDataExBuffer`].
///
/// Every other error is that of [`WinHttpReadData`].
///
/// # Callbacks, in order
///
/// As for [`WinHttpQueryDataAvailable`].
///
/// # Differences from Windows
///
/// Those of [`WinHttpReadData`].
///
/// # Example
///
/// ```no_run
/// # use openwinhttp::*;
/// # fn show(request: HINTERNET) -> Result<()> {
/// let mut buffer = [0; 4096];
/// loop {
///     match WinHttpReadDataEx(request, &mut buffer, 0)? {
///         0 => return Ok(()),
///         count => print!("{}", String::from_utf8_lossy(&buffer[..count])),
///     }
/// }
/// # }
/// ```
///
/// Source: [WinHttpReadDataEx](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpreaddataex).
pub fn WinHttpReadDataEx(request: HINTERNET, buffer: &mut [u8], flags: u64) -> Result<usize> {
    remember(read_data_ex(request, buffer, flags))
}

fn read_data_ex(handle: HINTERNET, buffer: &mut [u8], flags: u64) -> Result<usize> {
    let request = objects::request(handle)?;
    read(&request, buffer, amount(flags)?)
}

/// [`WinHttpReadData`] for asynchronous sessions: lends a buffer, to be filled until it is full or the body ends.
///
/// # Windows signature
///
/// That of [`WinHttpReadData`].
///
/// # Parameters
///
/// | here | Windows | meaning |
/// |---|---|---|
/// | `request` | `hRequest` | a request handle of an asynchronous session |
/// | `buffer` | `lpBuffer`, `dwNumberOfBytesToRead` | where the bytes go: its length is the room for them |
///
/// # Returns and errors
///
/// Success tells that [`Status::ReadComplete`](crate::Status::ReadComplete) gives the buffer back, or that
/// [`Status::RequestError`](crate::Status::RequestError) comes; that can be before this returns. The last error is 0 then,
/// and `ERROR_IO_PENDING` otherwise.
///
/// - `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`: the handle is not an open request, or an orphan.
/// - `ERROR_WINHTTP_INCORRECT_HANDLE_STATE`: no answer was received, or another operation is under way.
/// - `ERROR_INVALID_PARAMETER`: the session is a synchronous one.
///
/// The code of a `RequestError` is one of those of [`WinHttpReadData`]. The buffer is dropped with every failure.
///
/// # Callbacks, in order
///
/// `CLOSING_CONNECTION` and `CONNECTION_CLOSED` as for [`WinHttpQueryDataAvailable`], then `READ_COMPLETE` or
/// `REQUEST_ERROR`.
///
/// # Differences from Windows
///
/// Windows has one function for both modes.
///
/// # Example
///
/// ```no_run
/// # use openwinhttp::*;
/// # fn listen(session: HINTERNET) -> Result<()> {
/// let callback = Callback::new(|request, _, status| {
///     let next = match status {
///         Status::HeadersAvailable => WinHttpReadDataBuffer(request, vec![0; 64 * 1024]),
///         Status::ReadComplete { count: 0, .. } => WinHttpCloseHandle(request),
///         Status::ReadComplete { buffer, count } => {
///             print!("{}", String::from_utf8_lossy(&buffer[..count]));
///             WinHttpReadDataBuffer(request, buffer)
///         }
///         _ => Ok(()),
///     };
///     next.expect("the request is in this state");
/// });
/// WinHttpSetStatusCallback(session, Some(callback), WINHTTP_CALLBACK_FLAG_ALL_COMPLETIONS, 0)?;
/// # Ok(())
/// # }
/// ```
///
/// Source: [WinHttpReadData](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpreaddata).
pub fn WinHttpReadDataBuffer(request: HINTERNET, buffer: Vec<u8>) -> Result<()> {
    read_data_lent(request, Box::new(buffer), WINHTTP_READ_DATA_EX_FLAG_FILL_BUFFER).map(drop)
}

/// [`WinHttpReadDataEx`] for asynchronous sessions: lends a buffer, for what of the body comes at once, or to be filled.
///
/// # Windows signature
///
/// That of [`WinHttpReadDataEx`].
///
/// # Parameters
///
/// `request` and `buffer` as for [`WinHttpReadDataBuffer`], `flags` as for [`WinHttpReadDataEx`].
///
/// # Returns and errors
///
/// Those of [`WinHttpReadDataBuffer`], and `ERROR_INVALID_PARAMETER` if `flags` has an unknown flag.
///
/// # Callbacks, in order
///
/// As for [`WinHttpReadDataBuffer`].
///
/// # Differences from Windows
///
/// Windows has one function for both modes.
///
/// # Example
///
/// See [`WinHttpReadDataBuffer`].
///
/// Source: [WinHttpReadDataEx](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpreaddataex).
pub fn WinHttpReadDataExBuffer(request: HINTERNET, buffer: Vec<u8>, flags: u64) -> Result<()> {
    read_data_lent(request, Box::new(buffer), flags).map(drop)
}

/// The reads of asynchronous sessions for any kind of memory. Gives the count if it is known already.
#[doc(hidden)]
pub fn read_data_lent(request: HINTERNET, buffer: Box<dyn Lease>, flags: u64) -> Result<Option<usize>> {
    Ok(remember_started(read_lent(request, buffer, flags))?.count)
}

fn read_lent(handle: HINTERNET, buffer: Box<dyn Lease>, flags: u64) -> Result<Started> {
    let request = objects::request(handle)?;
    let amount = amount(flags)?;
    if !request.is_asynchronous() {
        return fail(ERROR_INVALID_PARAMETER);
    }
    request.start(Operation::Read { buffer, filled: 0, amount }, Exchange::check_body)
}

fn amount(flags: u64) -> Result<Amount> {
    match flags {
        0 => Ok(Amount::Some),
        WINHTTP_READ_DATA_EX_FLAG_FILL_BUFFER => Ok(Amount::Full),
        _ => fail(ERROR_INVALID_PARAMETER),
    }
}

/// The outcome of a call that has waited.
fn over(outcome: Result<usize>) -> Result<Started> {
    outcome.map(|count| Started { count: Some(count), is_told: true })
}

/// Reads while the caller waits. A buffer that is only borrowed cannot be lent to an operation.
fn read(request: &Request, buffer: &mut [u8], amount: Amount) -> Result<usize> {
    if request.is_asynchronous() {
        return fail(ERROR_INVALID_PARAMETER);
    }
    let mut filled = 0;
    match request.block(|_| Ok(()), |exchange| exchange.read(request, buffer, &mut filled, amount).map(Progress::of)) {
        Ok(()) => Ok(filled),
        Err(error) if filled == 0 || error.code() == ERROR_WINHTTP_OPERATION_CANCELLED => Err(error),
        // A time limit has passed behind some bytes: the exchange tells it to the next read.
        Err(_) => Ok(filled),
    }
}
