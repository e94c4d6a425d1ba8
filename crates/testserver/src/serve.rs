//! A small real server: concurrent, persistent connections, HTTP and HTTPS.
//!
//! For examples and benches, where a script would be in the way. It keeps out of the measurement: a thread per
//! connection, no waiting for small packets, head and small body in one write, large bodies in large writes.
//!
//! ```
//! use std::sync::Arc;
//! use testserver::serve::{Response, Server};
//!
//! let server = Server::http(|request| match request.target() {
//!     "/" => Response::new(200).header("Content-Type", "text/plain").body("hello"),
//!     "/chunks" => Response::new(200).chunked(1000, Arc::from(vec![b'x'; 1 << 20])),
//!     "/huge" => Response::new(200).repeat(Arc::from(vec![b'x'; 1 << 16]), 10 << 30),
//!     _ => Response::new(404),
//! });
//! println!("GET {} takes a while", server.url("/huge"));
//! ```

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::ServerConfig;

use crate::request::{Framing, Malformed, Request, decode_chunks, lists, parse_head};
use crate::stream::Stream;
use crate::tls::{self, TlsKind};

/// A running server on a free port of 127.0.0.1. Dropping it closes its connections and ends it.
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

/// What a handler answers. The framing fields (`Content-Length`, `Transfer-Encoding`) are added by the server.
#[derive(Clone, Debug)]
pub struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    Whole(Vec<u8>),
    Chunked(usize, Arc<[u8]>),
    Repeat(Arc<[u8]>, u64),
}

impl Server {
    /// A server in the clear, which answers each request with what the handler makes of it.
    pub fn http(handler: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Server {
        Server::start("http", None, Box::new(handler))
    }

    /// The same under TLS, with a certificate in order ([`TlsKind::Good`]).
    pub fn https(handler: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Server {
        Server::start("https", tls::server_config(TlsKind::Good), Box::new(handler))
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The URL of a path (which begins with a slash) on this server.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// How many connections it has accepted so far.
    pub fn connections(&self) -> usize {
        self.shared.accepted.load(Ordering::Relaxed)
    }

    /// How many requests it has read so far.
    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::Relaxed)
    }

    fn start(scheme: &'static str, tls: Option<Arc<ServerConfig>>, handler: Handler) -> Server {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            handler,
            tls,
            stop: AtomicBool::new(false),
            accepted: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
            open: Mutex::default(),
        });
        let acceptor = thread::spawn({
            let shared = shared.clone();
            move || accept_all(&listener, &shared)
        });
        Server { address, scheme, shared, acceptor: Some(acceptor) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // A last connection, from here, wakes the acceptor out of its wait.
        let woken = TcpStream::connect_timeout(&self.address, Duration::from_secs(1)).is_ok();
        if let Some(acceptor) = self.acceptor.take()
            && woken
        {
            let _ = acceptor.join();
        }
        for socket in self.shared.open().values() {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Response {
    /// An answer with this status and an empty body.
    pub fn new(status: u16) -> Response {
        Response { status, headers: Vec::new(), body: Body::Whole(Vec::new()) }
    }

    /// Adds a header field. `Connection: close` is obeyed, too.
    pub fn header(mut self, name: &str, value: &str) -> Response {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The body, sent with its length.
    pub fn body(self, body: impl Into<Vec<u8>>) -> Response {
        Response { body: Body::Whole(body.into()), ..self }
    }

    /// The body, sent in chunks of this size (a size of 0 counts as 1).
    pub fn chunked(self, chunk_size: usize, body: Arc<[u8]>) -> Response {
        Response { body: Body::Chunked(chunk_size.max(1), body), ..self }
    }

    /// A body of `total_len` bytes, sent with its length: the piece over and over, never built as a whole.
    pub fn repeat(self, piece: Arc<[u8]>, total_len: u64) -> Response {
        Response { body: Body::Repeat(piece, total_len), ..self }
    }

    fn wants_close(&self) -> bool {
        self.headers.iter().any(|(name, value)| name.eq_ignore_ascii_case("connection") && lists(value, "close"))
    }

    fn head(&self, close: bool) -> String {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if close && !self.wants_close() {
            head.push_str("Connection: close\r\n");
        }
        head.push_str(&self.framing());
        head.push_str("\r\n");
        head
    }

    fn framing(&self) -> String {
        match &self.body {
            _ if self.status == 204 || self.status < 200 => String::new(),
            Body::Whole(body) => format!("Content-Length: {}\r\n", body.len()),
            Body::Chunked(..) => "Transfer-Encoding: chunked\r\n".to_owned(),
            Body::Repeat(_, total) => format!("Content-Length: {total}\r\n"),
        }
    }
}

type Handler = Box<dyn Fn(&Request) -> Response + Send + Sync>;

struct Shared {
    handler: Handler,
    tls: Option<Arc<ServerConfig>>,
    stop: AtomicBool,
    accepted: AtomicUsize,
    requests: AtomicUsize,
    /// The connections that are alive, so that the server's end can be theirs.
    open: Mutex<HashMap<usize, TcpStream>>,
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, HashMap<usize, TcpStream>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn accept_all(listener: &TcpListener, shared: &Arc<Shared>) {
    loop {
        let accepted = listener.accept();
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        match accepted {
            Ok((socket, _)) => spawn_connection(socket, shared),
            // Out of descriptors, most likely: some connection has to end first.
            Err(_) => thread::sleep(Duration::from_millis(5)),
        }
    }
}

fn spawn_connection(socket: TcpStream, shared: &Arc<Shared>) {
    let number = shared.accepted.fetch_add(1, Ordering::Relaxed) + 1;
    let Ok(handle) = socket.try_clone() else { return };
    shared.open().insert(number, handle);
    let registered = Registered { number, shared: shared.clone() };
    let spawned = thread::Builder::new().spawn(move || {
        let stream = Stream::new(socket, registered.shared.tls.as_ref());
        // A client that misbehaves or goes away loses its connection; that is nobody else's concern.
        let _ = Connection::new(stream, &registered).run();
    });
    drop(spawned);
}

/// A connection's entry among the open ones: gone with its thread, even when the handler panics.
struct Registered {
    number: usize,
    shared: Arc<Shared>,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.shared.open().remove(&self.number);
    }
}

struct Connection<'a> {
    stream: Stream,
    registered: &'a Registered,
    inbox: Vec<u8>,
    /// What is to be sent, gathered up to a write worth its while.
    outbox: Vec<u8>,
    scratch: Vec<u8>,
}

impl<'a> Connection<'a> {
    fn new(stream: Stream, registered: &'a Registered) -> Connection<'a> {
        Connection { stream, registered, inbox: Vec::new(), outbox: Vec::new(), scratch: vec![0; READ_SIZE] }
    }

    fn run(&mut self) -> io::Result<()> {
        self.stream.socket().set_read_timeout(Some(IDLE_LIMIT))?;
        self.stream.handshake()?;
        while self.exchange()? {}
        self.close_with_care();
        Ok(())
    }

    /// One request and its answer; whether the connection goes on.
    fn exchange(&mut self) -> io::Result<bool> {
        let request = match self.read_request() {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return self.complain(&error),
            other => other?,
        };
        let Some(request) = request else { return Ok(false) };
        self.registered.shared.requests.fetch_add(1, Ordering::Relaxed);
        let response = (self.registered.shared.handler)(&request);
        let close = request.wants_close() || response.wants_close();
        self.answer(&response, request.method() == "HEAD", close)?;
        Ok(!close)
    }

    fn complain(&mut self, error: &io::Error) -> io::Result<bool> {
        self.answer(&Response::new(400).body(error.to_string()), false, true)?;
        Ok(false)
    }

    /// The next request with its body; `None` when the client has closed instead.
    fn read_request(&mut self) -> io::Result<Option<Request>> {
        let Some(mut request) = self.read_head()? else { return Ok(None) };
        let framing = request.framing().map_err(invalid)?;
        if framing != Framing::Empty && request.expects_continue() {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        request.body = match framing {
            Framing::Empty => Vec::new(),
            Framing::Length(length) => self.read_length(length)?,
            Framing::Chunked => self.read_chunked()?,
        };
        Ok(Some(request))
    }

    fn read_head(&mut self) -> io::Result<Option<Request>> {
        loop {
            if let Some((request, length)) = parse_head(&self.inbox).map_err(invalid)? {
                self.inbox.drain(..length);
                return Ok(Some(request.on_connection(self.registered.number)));
            }
            if self.fill()? == 0 {
                return Ok(None);
            }
        }
    }

    fn read_length(&mut self, length: u64) -> io::Result<Vec<u8>> {
        if length > BODY_LIMIT {
            return Err(invalid(Malformed::new("the body is too long for this server")));
        }
        let arrived = self.inbox.len().min(length as usize);
        let mut body: Vec<u8> = self.inbox.drain(..arrived).collect();
        let left = length - arrived as u64;
        if (&mut self.stream).take(left).read_to_end(&mut body)? < left as usize {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(body)
    }

    fn read_chunked(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let (length, done) = decode_chunks(&self.inbox, &mut body).map_err(invalid)?;
            self.inbox.drain(..length);
            if done {
                return Ok(body);
            }
            if self.fill()? == 0 || body.len() as u64 > BODY_LIMIT {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    fn fill(&mut self) -> io::Result<usize> {
        let length = self.stream.read(&mut self.scratch)?;
        self.inbox.extend_from_slice(&self.scratch[..length]);
        Ok(length)
    }

    fn answer(&mut self, response: &Response, head_only: bool, close: bool) -> io::Result<()> {
        self.push(response.head(close).as_bytes())?;
        if !head_only && !matches!(response.status, 100..=199 | 204 | 304) {
            self.push_body(&response.body)?;
        }
        self.flush()
    }

    fn push_body(&mut self, body: &Body) -> io::Result<()> {
        match body {
            Body::Whole(bytes) => self.push(bytes),
            Body::Chunked(size, bytes) => self.push_chunks(*size, bytes),
            Body::Repeat(piece, total) => self.push_repeated(piece, *total),
        }
    }

    fn push_chunks(&mut self, size: usize, bytes: &[u8]) -> io::Result<()> {
        let usual = format!("{size:x}\r\n");
        for chunk in bytes.chunks(size) {
            if chunk.len() == size {
                self.push(usual.as_bytes())?;
            } else {
                self.push(format!("{:x}\r\n", chunk.len()).as_bytes())?;
            }
            self.push(chunk)?;
            self.push(b"\r\n")?;
        }
        self.push(b"0\r\n\r\n")
    }

    fn push_repeated(&mut self, piece: &Arc<[u8]>, total: u64) -> io::Result<()> {
        let block = Block::of(piece, total);
        let block = block.bytes();
        let mut left = total;
        while left > 0 && !block.is_empty() {
            let length = left.min(block.len() as u64);
            self.push(&block[..length as usize])?;
            left -= length;
        }
        Ok(())
    }

    /// Adds bytes to the outbox and sends it whenever it is full; much at once goes straight out.
    fn push(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            if self.outbox.is_empty() && bytes.len() >= WRITE_SIZE {
                return self.stream.write_all(bytes);
            }
            let (now, later) = bytes.split_at(bytes.len().min(WRITE_SIZE - self.outbox.len()));
            self.outbox.extend_from_slice(now);
            bytes = later;
            if self.outbox.len() == WRITE_SIZE {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.outbox)?;
        self.outbox.clear();
        self.stream.flush()
    }

    /// Closes so that the client can read the answer to its end even while it still sends: FIN first, then read on
    /// for a moment. RFC 9112, 9.6.
    fn close_with_care(&mut self) {
        self.stream.send_close_notify();
        self.stream.send_fin();
        let _ = self.stream.socket().set_read_timeout(Some(LINGER));
        let _ = io::copy(&mut (&mut self.stream).take(LINGER_BYTES), &mut io::sink());
    }
}

/// A piece, or as many of it as are worth a write.
enum Block<'a> {
    Piece(&'a [u8]),
    Many(Vec<u8>),
}

impl Block<'_> {
    fn of(piece: &[u8], total: u64) -> Block<'_> {
        if piece.is_empty() || piece.len() >= WRITE_SIZE || piece.len() as u64 >= total {
            return Block::Piece(piece);
        }
        Block::Many(piece.repeat(WRITE_SIZE.div_ceil(piece.len())))
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Block::Piece(bytes) => bytes,
            Block::Many(bytes) => bytes,
        }
    }
}

fn invalid(error: Malformed) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

fn reason(status: u16) -> &'static str {
    REASONS.iter().find(|(number, _)| *number == status).map_or("", |(_, reason)| reason)
}

const REASONS: [(u16, &str); 16] = [
    (200, "OK"),
    (201, "Created"),
    (202, "Accepted"),
    (204, "No Content"),
    (206, "Partial Content"),
    (301, "Moved Permanently"),
    (302, "Found"),
    (304, "Not Modified"),
    (307, "Temporary Redirect"),
    (400, "Bad Request"),
    (401, "Unauthorized"),
    (403, "Forbidden"),
    (404, "Not Found"),
    (405, "Method Not Allowed"),
    (500, "Internal Server Error"),
    (503, "Service Unavailable"),
];
const READ_SIZE: usize = 1 << 16;
const WRITE_SIZE: usize = 1 << 17;
/// The largest request body it keeps.
const BODY_LIMIT: u64 = 1 << 30;
const IDLE_LIMIT: Duration = Duration::from_secs(60);
const LINGER: Duration = Duration::from_millis(500);
const LINGER_BYTES: u64 = 1 << 24;
