//! Handles that close themselves, with the calls as methods.

use std::time::Duration;

use openwinhttp::*;

/// Makes one call and checks what it left behind: `GetLastError` is 0 after a success and the error's code after a
/// failure, whatever it was before (core.md 1.1).
#[track_caller]
pub fn told<T>(call: impl FnOnce() -> Result<T>) -> Result<T> {
    SetLastError(STALE_ERROR);
    let result = call();
    let code = result.as_ref().err().map(Error::code);
    assert_ne!(code, Some(0), "an error must not have the code of success");
    assert_eq!(GetLastError(), code.unwrap_or(0), "GetLastError disagrees with the result {code:?}");
    result
}

/// The code of a result: 0 for a success.
pub fn code<T>(result: Result<T>) -> u32 {
    result.err().map_or(0, |error| error.code())
}

/// A session handle, closed at the end.
#[derive(Debug)]
pub struct Session {
    /// The handle itself.
    pub handle: HINTERNET,
}

impl Session {
    /// A session without proxy, whose timeouts are [`PATIENCE`].
    pub fn open() -> Session {
        Session::with_timeouts(PATIENCE)
    }

    /// A session whose four timeouts are all this.
    pub fn with_timeouts(timeout: Duration) -> Session {
        let open = || WinHttpOpen(Some(AGENT), WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0);
        let session = Session { handle: told(open).unwrap() };
        session.set_timeouts(timeout);
        session
    }

    /// A session that trusts the test CA.
    pub fn trusting() -> Session {
        let session = Session::open();
        told(|| ext::TrustCertificate(session.handle, testserver::ca_pem().as_bytes())).unwrap();
        session
    }

    /// Sets all four timeouts.
    pub fn set_timeouts(&self, timeout: Duration) {
        set_timeouts(self.handle, timeout);
    }

    /// Sets an option of the session.
    pub fn set(&self, option: u32, value: impl Into<OptionValue>) -> Result<()> {
        told(|| WinHttpSetOption(self.handle, option, value))
    }

    /// A new connection handle for 127.0.0.1.
    pub fn connect(&self, port: u16) -> HINTERNET {
        told(|| WinHttpConnect(self.handle, "127.0.0.1", port, 0)).unwrap()
    }

    /// A request in the clear, with a connection handle of its own.
    pub fn request(&self, port: u16, verb: &str, path: &str) -> Request {
        self.request_to("127.0.0.1", port, verb, path, 0)
    }

    /// A GET of `/` in the clear.
    pub fn get(&self, port: u16) -> Request {
        self.request(port, "GET", "/")
    }

    /// A GET of `/` in the clear, sent and its response head received.
    pub fn got(&self, port: u16) -> Request {
        let request = self.get(port);
        request.send().unwrap();
        request.receive().unwrap();
        request
    }

    /// A request over TLS.
    pub fn secure_request(&self, port: u16, verb: &str, path: &str) -> Request {
        self.request_to("127.0.0.1", port, verb, path, WINHTTP_FLAG_SECURE)
    }

    /// A request with everything chosen.
    pub fn request_to(&self, host: &str, port: u16, verb: &str, path: &str, flags: u32) -> Request {
        let connect = told(|| WinHttpConnect(self.handle, host, port, 0)).unwrap();
        let open = || WinHttpOpenRequest(connect, Some(verb), Some(path), None, None, None, flags);
        Request { handle: told(open).unwrap(), connect }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A scenario may have closed it already.
        let _ = WinHttpCloseHandle(self.handle);
    }
}

/// A request handle and the connection handle it hangs on, closed at the end.
#[derive(Debug)]
pub struct Request {
    /// The request handle itself.
    pub handle: HINTERNET,
    /// Its parent.
    pub connect: HINTERNET,
}

impl Request {
    /// Sends it without headers and body.
    pub fn send(&self) -> Result<()> {
        self.send_with(None, None, 0)
    }

    /// Sends it with these headers and this whole body.
    pub fn send_body(&self, headers: Option<&str>, body: &[u8]) -> Result<()> {
        self.send_with(headers, Some(body), u32::try_from(body.len()).unwrap())
    }

    /// Sends it with everything chosen.
    pub fn send_with(&self, headers: Option<&str>, optional: Option<&[u8]>, total: u32) -> Result<()> {
        told(|| WinHttpSendRequest(self.handle, headers, optional, total, 0))
    }

    /// Adds request headers.
    pub fn add(&self, headers: &str, modifiers: u32) -> Result<()> {
        told(|| WinHttpAddRequestHeaders(self.handle, headers, modifiers))
    }

    /// Writes a piece of the body.
    pub fn write(&self, bytes: &[u8]) -> Result<usize> {
        told(|| WinHttpWriteData(self.handle, bytes))
    }

    /// Receives the response head.
    pub fn receive(&self) -> Result<()> {
        told(|| WinHttpReceiveResponse(self.handle))
    }

    /// Asks how much can be read.
    pub fn available(&self) -> Result<usize> {
        told(|| WinHttpQueryDataAvailable(self.handle))
    }

    /// Reads once, at most `size` bytes.
    pub fn read(&self, size: usize) -> Result<Vec<u8>> {
        let mut buffer = vec![0; size];
        let length = told(|| WinHttpReadData(self.handle, &mut buffer))?;
        assert!(length <= size, "{length} bytes in a buffer of {size}");
        buffer.truncate(length);
        Ok(buffer)
    }

    /// Reads to the end, or to the failure: the bytes that came and the code that ended it (0 at a proper end).
    ///
    /// Either end is checked to be final: it comes again from both calls (core.md 10.4; decision 6).
    pub fn read_all(&self) -> (Vec<u8>, u32) {
        let mut body = Vec::new();
        let end = loop {
            match self.read(4096) {
                Ok(bytes) if bytes.is_empty() => break 0,
                Ok(bytes) => body.extend(bytes),
                Err(error) => break error.code(),
            }
        };
        for _ in 0..2 {
            assert_eq!(end_of(self.available(), |&n| n == 0), end, "QueryDataAvailable after the end ({end})");
            assert_eq!(end_of(self.read(10), Vec::is_empty), end, "ReadData after the end ({end})");
        }
        (body, end)
    }

    /// The whole body, which must end properly.
    pub fn body(&self) -> Vec<u8> {
        let (body, end) = self.read_all();
        assert_eq!(end, 0, "the body ends with an error after {} bytes", body.len());
        body
    }

    /// A query that gives any kind of value.
    pub fn query(&self, level: u32, name: Option<&str>) -> Result<HeaderValue> {
        told(|| WinHttpQueryHeaders(self.handle, level, name, None))
    }

    /// A query that gives a text.
    pub fn text(&self, level: u32) -> Result<String> {
        self.query(level, None).map(HeaderValue::into_string)
    }

    /// The status code.
    pub fn status(&self) -> Result<u32> {
        let value = self.query(WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER, None)?;
        Ok(value.number().expect("a number"))
    }

    /// The first response header of this name.
    pub fn header(&self, name: &str) -> Result<String> {
        self.query(WINHTTP_QUERY_CUSTOM, Some(name)).map(HeaderValue::into_string)
    }

    /// All response headers of this name, by index.
    pub fn headers(&self, name: &str) -> Vec<String> {
        self.values(name, 0)
    }

    /// All request headers of this name, by index.
    pub fn request_headers(&self, name: &str) -> Vec<String> {
        self.values(name, WINHTTP_QUERY_FLAG_REQUEST_HEADERS)
    }

    /// The raw request head, as `WINHTTP_QUERY_RAW_HEADERS_CRLF` gives it.
    pub fn raw_request(&self) -> String {
        self.text(WINHTTP_QUERY_RAW_HEADERS_CRLF | WINHTTP_QUERY_FLAG_REQUEST_HEADERS).unwrap()
    }

    /// Sets all four timeouts.
    pub fn set_timeouts(&self, timeout: Duration) {
        set_timeouts(self.handle, timeout);
    }

    /// Sets an option.
    pub fn set(&self, option: u32, value: impl Into<OptionValue>) -> Result<()> {
        told(|| WinHttpSetOption(self.handle, option, value))
    }

    /// The URL it goes to, or has come to.
    pub fn url(&self) -> String {
        let url = told(|| WinHttpQueryOption(self.handle, WINHTTP_OPTION_URL)).unwrap();
        url.as_str().expect("text").to_owned()
    }

    fn values(&self, name: &str, modifiers: u32) -> Vec<String> {
        let (mut index, mut values) = (0, Vec::new());
        loop {
            let level = WINHTTP_QUERY_CUSTOM | modifiers;
            match told(|| WinHttpQueryHeaders(self.handle, level, Some(name), Some(&mut index))) {
                Ok(value) => values.push(value.into_string()),
                Err(error) => {
                    assert_eq!(error.code(), ERROR_WINHTTP_HEADER_NOT_FOUND);
                    return values;
                }
            }
            assert_eq!(index as usize, values.len(), "the index counts the hits");
        }
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        // A scenario may have closed them already.
        let _ = WinHttpCloseHandle(self.handle);
        let _ = WinHttpCloseHandle(self.connect);
    }
}

fn set_timeouts(handle: HINTERNET, timeout: Duration) {
    let ms = i32::try_from(timeout.as_millis()).unwrap();
    told(|| WinHttpSetTimeouts(handle, ms, ms, ms, ms)).unwrap();
}

/// The code of a failure, 0 for an empty success, and something that is neither for more data.
fn end_of<T>(result: Result<T>, is_empty: impl Fn(&T) -> bool) -> u32 {
    match result {
        Ok(value) if is_empty(&value) => 0,
        Ok(_) => u32::MAX,
        Err(error) => error.code(),
    }
}

/// The timeouts of a usual session: long enough for a busy machine, short enough for a test that hangs.
pub const PATIENCE: Duration = Duration::from_secs(5);
const AGENT: &str = "conformance/1.0";
/// What is in `GetLastError` before each call.
const STALE_ERROR: u32 = 0xBEEF;
