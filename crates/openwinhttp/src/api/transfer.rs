//! The calls that use the network: send, write, receive.

use std::borrow::Cow;
use std::sync::Arc;

use openwinhttp_abi::*;
use openwinhttp_wire::Fields;

use crate::errors::Result;
use crate::exchange::{Exchange, Goal, Progress, Replay};
use crate::handle::HINTERNET;
use crate::last_error::remember;
use crate::objects::{self, Request};
use crate::operation::{Lease, Operation};
use crate::policy::headers;
use crate::policy::upload::Upload;

/// Sends a request: resolves the name, connects, makes TLS where wanted, and writes the head together with `optional`.
/// An idle connection to the same server is used if there is one.
///
/// # Windows signature
///
/// ```c
/// BOOL WinHttpSendRequest(HINTERNET hRequest, LPCWSTR lpszHeaders, DWORD dwHeadersLength, LPVOID lpOptional,
///                         DWORD dwOptionalLength, DWORD dwTotalLength, DWORD_PTR dwContext);
/// ```
///
/// # Parameters
///
/// | here | Windows | meaning |
/// |---|---|---|
/// | `request` | `hRequest` | a request handle |
/// | `headers` | `lpszHeaders`, `dwHeadersLength` | header fields, as for [`WinHttpAddRequestHeaders`](crate::WinHttpAddRequestHeaders) with `ADD` and `REPLACE`; they stay with the handle |
/// | `optional` | `lpOptional`, `dwOptionalLength` | the start of the body, or all of it |
/// | `total_length` | `dwTotalLength` | bytes of the whole body; `WINHTTP_IGNORE_REQUEST_TOTAL_LENGTH` (0) where there is none, or where a Content-Length or Transfer-Encoding field of the program delimits it |
/// | `context` | `dwContext` | replaces the context value of the request unless it is 0 |
///
/// The rest of the body goes through [`WinHttpWriteData`]. With `WINHTTP_FLAG_AUTOMATIC_CHUNKING`, and no length told,
/// `optional` is the first chunk. A Content-Length field is added when `total_length` is not
/// 0, and for `POST` and `PUT` always, unless the program has delimited the body itself.
///
/// # Returns and errors
///
/// - `ERROR_INVALID_PARAMETER`: a header line is malformed; `optional` is longer than the body; the program's
///   Content-Length is no number or is not `total_length`, or stands beside a Transfer-Encoding; there are two of either
///   or of Host; or the Transfer-Encoding does not end in `chunked`. None of `headers` is kept then.
/// - `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`: the handle is not an open request, or an orphan.
/// - `ERROR_WINHTTP_INCORRECT_HANDLE_STATE`: another call is under way on this request.
/// - `ERROR_WINHTTP_INVALID_URL`: the port is one of 21, 25, 70, 110, 119 and 143, which are never HTTP.
/// - `ERROR_WINHTTP_NAME_NOT_RESOLVED`: the name has no address.
/// - `ERROR_WINHTTP_CANNOT_CONNECT`: none of the first addresses (`WINHTTP_OPTION_CONNECT_RETRIES`: five)
///   accepts a connection.
/// - `ERROR_WINHTTP_TIMEOUT`: a time limit passed, see [`WinHttpSetTimeouts`](crate::WinHttpSetTimeouts).
/// - `ERROR_WINHTTP_CONNECTION_ERROR`: the connection was reset or ended.
/// - `ERROR_WINHTTP_SECURE_FAILURE`: the certificate is not accepted, or there is no common version of TLS. Nothing was
///   sent.
/// - `ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED`: the server asks for a client certificate.
/// - `ERROR_WINHTTP_OPERATION_CANCELLED`: the handle was closed by another thread.
/// - `ERROR_NOT_ENOUGH_MEMORY`: the process has no more sockets, files or threads.
///
/// If the server answers before it has the whole of `optional`, the rest is not sent, and the call succeeds. The answer is
/// looked for after each 256 KiB, and when the server has taken nothing for the whole send limit.
///
/// After a failure the request can be sent again. A request can be sent any number of times; the answer of the round
/// before is dropped, and up to 1 MiB of it is read over to keep its connection.
///
/// # Callbacks, in order
///
/// For a new connection `RESOLVING_NAME`, `NAME_RESOLVED`, for each address that is tried `CONNECTING_TO_SERVER`, then
/// `CONNECTED_TO_SERVER`, and `SECURE_FAILURE` where TLS fails. Then, and over a kept connection alone, `SENDING_REQUEST`
/// and `REQUEST_SENT`.
///
/// In an asynchronous session success of this call says that one of `SENDREQUEST_COMPLETE` and `REQUEST_ERROR` comes, from
/// a thread of this library. Where the body is complete, the answer is awaited before: what goes wrong with it is told by
/// [`WinHttpReceiveResponse`]. What can be found out at once, parameters above all, fails here, and nothing comes.
/// `optional` is copied.
///
/// # Differences from Windows
///
/// A body that would not be delimited (`optional` longer than `total_length`, without own fields) is refused.
///
/// # Example
///
/// ```no_run
/// # use openwinhttp::*;
/// # fn post(request: HINTERNET) -> Result<()> {
/// let body = b"a=1&b=2";
/// let headers = "Content-Type: application/x-www-form-urlencoded";
/// WinHttpSendRequest(request, Some(headers), Some(body), body.len() as u32, 0)?;
/// WinHttpReceiveResponse(request)
/// # }
/// ```
///
/// Source: [WinHttpSendRequest](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpsendrequest).
pub fn WinHttpSendRequest(
    request: HINTERNET,
    headers: Option<&str>,
    optional: Option<&[u8]>,
    total_length: u32,
    context: usize,
) -> Result<()> {
    remember(send_request(request, headers, optional.unwrap_or_default(), total_length, context))
}

fn send_request(
    handle: HINTERNET,
    block: Option<&str>,
    optional: &[u8],
    total_length: u32,
    context: usize,
) -> Result<()> {
    let request = objects::request(handle)?;
    let send =
        Send { request: &request, block: block.unwrap_or_default(), length: optional.len(), total_length, context };
    if request.is_asynchronous() {
        return request.start(Operation::Send, |exchange| send.prepare(exchange, Replay::of_any(optional))).map(drop);
    }
    request.block(
        |exchange| send.prepare(exchange, Replay::of(optional)),
        |exchange| exchange.step(&request, Goal::Sent, optional),
    )
}

/// What a send was called with.
struct Send<'a> {
    request: &'a Request,
    block: &'a str,
    length: usize,
    total_length: u32,
    context: usize,
}

impl Send<'_> {
    #[inline(always)]
    fn prepare(&self, exchange: &mut Exchange, replay: Replay) -> Result<()> {
        let fields = with_block(&exchange.line.fields, self.block)?;
        let verb = exchange.line.verb.as_str();
        let upload = Upload::plan(verb, &fields, self.length, self.total_length, exchange.line.chunked)?;
        let changed = match fields {
            Cow::Owned(fields) => Some(fields),
            Cow::Borrowed(_) => None,
        };
        exchange.choose_route(self.request)?;
        if let Some(fields) = changed {
            exchange.line.fields = fields;
        }
        self.request.listener.set_context(self.context);
        exchange.begin(self.request, upload, replay);
        Ok(())
    }
}

/// The fields with those of `block` added: a copy, so that a refused call leaves nothing behind.
fn with_block<'a>(fields: &'a Fields, block: &str) -> Result<Cow<'a, Fields>> {
    if block.is_empty() {
        return Ok(Cow::Borrowed(fields));
    }
    let mut fields = fields.clone();
    headers::apply_block(&mut fields, block, WINHTTP_ADDREQ_FLAG_ADD | WINHTTP_ADDREQ_FLAG_REPLACE)?;
    Ok(Cow::Owned(fields))
}

/// Writes more of the body that [`WinHttpSendRequest`] has begun.
///
/// # Windows signature
///
/// ```c
/// BOOL WinHttpWriteData(HINTERNET hRequest, LPCVOID lpBuffer, DWORD dwNumberOfBytesToWrite,
///                       LPDWORD lpdwNumberOfBytesWritten);
/// ```
///
/// # Parameters
///
/// | here | Windows | meaning |
/// |---|---|---|
/// | `request` | `hRequest` | a request handle |
/// | `buffer` | `lpBuffer`, `dwNumberOfBytesToWrite` | the bytes |
///
/// # Returns and errors
///
/// The number of bytes written: always all of them; in an asynchronous session, the number of those that are being written.
/// If the server has answered before it had the whole body, what is
/// written from then on is dropped, and [`WinHttpReceiveResponse`] gets the answer.
///
/// - `ERROR_INVALID_PARAMETER`: the body would be longer than was promised. Nothing was written.
/// - `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`: the handle is not an open request, or an orphan.
/// - `ERROR_WINHTTP_INCORRECT_HANDLE_STATE`: the request is not sent, its answer was received already, or another call
///   is under way. In an asynchronous session `REQUEST_SENT` is early enough for one write, in its callback.
/// - `ERROR_WINHTTP_CONNECTION_ERROR`: the connection was reset or ended.
/// - `ERROR_WINHTTP_TIMEOUT`: the server did not take the bytes in time.
/// - `ERROR_WINHTTP_OPERATION_CANCELLED`: the handle was closed by another thread.
///
/// # Callbacks, in order
///
/// `WRITE_COMPLETE` or `REQUEST_ERROR` in an asynchronous session, which may come before this returns; the bytes are
/// copied.
///
/// # Differences from Windows
///
/// None known.
///
/// # Example
///
/// ```no_run
/// # use openwinhttp::*;
/// # fn upload(request: HINTERNET) -> Result<()> {
/// WinHttpSendRequest(request, None, None, 10, 0)?;
/// WinHttpWriteData(request, b"01234")?;
/// WinHttpWriteData(request, b"56789")?;
/// WinHttpReceiveResponse(request)
/// # }
/// ```
///
/// Source: [WinHttpWriteData](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpwritedata).
pub fn WinHttpWriteData(request: HINTERNET, buffer: &[u8]) -> Result<usize> {
    remember(write_data(request, buffer))
}

fn write_data(handle: HINTERNET, buffer: &[u8]) -> Result<usize> {
    let request = objects::request(handle)?;
    if request.is_asynchronous() {
        return write_lent(&request, Box::new(buffer.to_vec()));
    }
    request.block(
        |exchange| exchange.begin_write(buffer.len()),
        |exchange| exchange.write(&request, buffer).map(Progress::of),
    )?;
    Ok(buffer.len())
}

/// [`WinHttpWriteData`] of an asynchronous session, without a copy.
#[doc(hidden)]
pub fn write_data_lent(request: HINTERNET, data: Box<dyn Lease>) -> Result<usize> {
    remember(objects::request(request).and_then(|request| write_lent(&request, data)))
}

fn write_lent(request: &Arc<Request>, data: Box<dyn Lease>) -> Result<usize> {
    let length = data.bytes().len();
    request.start(Operation::Write(data), |exchange| exchange.begin_write(length))?;
    Ok(length)
}

/// Ends the upload and waits for the head of the answer.
///
/// It succeeds for every final status, 4xx and 5xx too; [`WinHttpQueryHeaders`](crate::WinHttpQueryHeaders) tells which.
/// Informational answers are read over, redirects are followed, cookies of the session are kept; options say how many,
/// which, and whether. The request then stands where the last redirect has led it: `WINHTTP_OPTION_URL` tells where,
/// and sent again, it goes there. A POST that gets a 300, 301 or 302 becomes a GET without a body, and so does every
/// request but HEAD that gets a 303; after a 307 or 308 the body of [`WinHttpSendRequest`] is sent again. Authorization,
/// Cookie, Proxy-Authorization and Host fields of the program do not go to another server. A redirect from https to
/// http is handed over unless `WINHTTP_OPTION_REDIRECT_POLICY` allows it.
///
/// # Windows signature
///
/// ```c
/// BOOL WinHttpReceiveResponse(HINTERNET hRequest, LPVOID lpReserved);
/// ```
///
/// # Parameters
///
/// - `request` (`hRequest`): a request handle. `lpReserved` has no counterpart.
///
/// # Returns and errors
///
/// - `ERROR_INVALID_HANDLE`, `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`: the handle is not an open request, or an orphan.
/// - `ERROR_WINHTTP_INCORRECT_HANDLE_STATE`: the request is not sent, or sending failed; the answer was received
///   already; or another call is under way.
/// - `ERROR_WINHTTP_INVALID_SERVER_RESPONSE`: the answer is not HTTP, its framing is contradictory, it ends inside the
///   head, it switches protocols unasked, or more than ten informational answers came.
/// - `ERROR_WINHTTP_HEADER_SIZE_OVERFLOW`: the head is larger than `WINHTTP_OPTION_MAX_RESPONSE_HEADER_SIZE` (64 KiB).
/// - `ERROR_WINHTTP_HEADER_COUNT_EXCEEDED`: the head has more than 1000 fields.
/// - `ERROR_WINHTTP_CONNECTION_ERROR`: the connection was reset.
/// - `ERROR_WINHTTP_TIMEOUT`: nothing came for the receive limit, or the head was not complete in time
///   (`WINHTTP_OPTION_RECEIVE_RESPONSE_TIMEOUT`: 90 s).
/// - `ERROR_WINHTTP_HEADER_NOT_FOUND`: a redirect has no Location field.
/// - `ERROR_WINHTTP_REDIRECT_FAILED`: there were more redirects than `WINHTTP_OPTION_MAX_HTTP_AUTOMATIC_REDIRECTS` (10)
///   allows, or one has two locations.
/// - `ERROR_WINHTTP_RESEND_REQUEST`: a redirect wants the body again, and a part of it was written with
///   [`WinHttpWriteData`], or in a synchronous session it is larger than 1 MiB. The program sends the request once more; it then goes to the new
///   place.
/// - `ERROR_WINHTTP_INVALID_URL`, `ERROR_WINHTTP_UNRECOGNIZED_SCHEME`: a redirect leads nowhere that this library can go.
/// - Those of [`WinHttpSendRequest`], when a redirect leads to another server.
/// - `ERROR_WINHTTP_OPERATION_CANCELLED`: the handle was closed by another thread.
///
/// A request without a body that may be repeated, sent over a connection that had been idle and turns out to be closed,
/// is sent once more over a new one; the program sees nothing of it.
///
/// # Callbacks, in order
///
/// `RECEIVING_RESPONSE`, `INTERMEDIATE_RESPONSE` for each informational answer, `RESPONSE_RECEIVED`, also when no answer
/// came, `REDIRECT` for each redirect: in its callback the fields of the request can be changed for the new place. When
/// the request is sent once more, the notices of [`WinHttpSendRequest`] come in between.
///
/// In an asynchronous session `HEADERS_AVAILABLE` or `REQUEST_ERROR` comes after these, often before this returns. While
/// the request is being sent the call is put off until that is done. A call in any other state succeeds, and
/// `REQUEST_ERROR` tells `ERROR_WINHTTP_INCORRECT_HANDLE_STATE`.
///
/// # Differences from Windows
///
/// Challenges are not answered so far: the answer is handed over. Windows sends the program's Authorization field to
/// other servers too.
///
/// # Example
///
/// ```no_run
/// # use openwinhttp::*;
/// # fn get(request: HINTERNET) -> Result<Option<u32>> {
/// WinHttpSendRequest(request, None, None, 0, 0)?;
/// WinHttpReceiveResponse(request)?;
/// let level = WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER;
/// Ok(WinHttpQueryHeaders(request, level, None, None)?.number())
/// # }
/// ```
///
/// Source: [WinHttpReceiveResponse](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpreceiveresponse).
pub fn WinHttpReceiveResponse(request: HINTERNET) -> Result<()> {
    remember(receive_response(request))
}

fn receive_response(handle: HINTERNET) -> Result<()> {
    let request = objects::request(handle)?;
    if request.is_asynchronous() {
        return request.start(Operation::RECEIVE, |_| Ok(())).map(drop);
    }
    request.block(|exchange| exchange.check_receive(), |exchange| exchange.step(&request, Goal::Head, &[]))
}
