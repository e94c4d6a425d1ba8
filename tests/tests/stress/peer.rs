//! A server without manners: it answers, stalls, drips, cuts short, resets, redirects and talks nonsense, as the dice
//! fall.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::dice::Dice;

/// It runs until it is dropped; then its connections are closed and its threads gone.
#[derive(Debug)]
pub(crate) struct Peer {
    port: u16,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    dice: Dice,
    port: u16,
    /// Where else redirects lead.
    elsewhere: Vec<String>,
    is_over: AtomicBool,
    connections: AtomicUsize,
}

impl Peer {
    pub(crate) fn start(seed: u64, elsewhere: Vec<String>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        listener.set_nonblocking(true).expect("a listener that does not block");
        let port = listener.local_addr().expect("an address").port();
        let (is_over, connections) = (AtomicBool::new(false), AtomicUsize::new(0));
        let shared = Arc::new(Shared { dice: Dice::new(seed), port, elsewhere, is_over, connections });
        let acceptor = spawn({
            let shared = Arc::clone(&shared);
            move || accept_all(&listener, &shared)
        });
        Self { port, shared, acceptor: Some(acceptor) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        let _ = self.acceptor.take().map(JoinHandle::join);
        let end = Instant::now() + Duration::from_secs(20);
        while self.shared.connections.load(Ordering::SeqCst) > 0 && Instant::now() < end {
            thread::sleep(SLICE);
        }
    }
}

/// The byte at each place of every body that goes to or comes from this peer.
pub(crate) fn byte_at(place: usize) -> u8 {
    b'a' + (place % 26) as u8
}

pub(crate) fn body(length: usize) -> Vec<u8> {
    (0..length).map(byte_at).collect()
}

fn accept_all(listener: &TcpListener, shared: &Arc<Shared>) {
    while !shared.is_over() {
        match listener.accept() {
            Ok((socket, _)) if shared.connections.load(Ordering::SeqCst) < MOST_CONNECTIONS => serve(socket, shared),
            Ok((socket, _)) => drop(socket),
            Err(_) => thread::sleep(Duration::from_millis(1)),
        }
    }
}

fn serve(socket: TcpStream, shared: &Arc<Shared>) {
    shared.connections.fetch_add(1, Ordering::SeqCst);
    let mut conversation = Conversation { socket, shared: Arc::clone(shared) };
    spawn(move || {
        let _ = conversation.run();
    });
}

/// One connection. It is counted as gone a moment before its socket is closed.
struct Conversation {
    socket: TcpStream,
    shared: Arc<Shared>,
}

impl Drop for Conversation {
    fn drop(&mut self) {
        self.shared.connections.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Conversation {
    fn run(&mut self) -> io::Result<()> {
        self.socket.set_nonblocking(false)?;
        self.socket.set_nodelay(true)?;
        self.socket.set_read_timeout(Some(SLICE))?;
        self.socket.set_write_timeout(Some(Duration::from_secs(1)))?;
        if self.dice().is(20) {
            return Ok(());
        }
        while self.exchange()? {}
        Ok(())
    }

    /// One request; whether another may follow.
    fn exchange(&mut self) -> io::Result<bool> {
        let manner = self.dice().weighed(MANNERS);
        // A byte that is left unread makes the close a reset.
        let Some(head) = self.read_head(usize::from(manner == Manner::Reset))? else { return Ok(false) };
        let answer = self.answer(&head);
        if manner != Manner::Reset && !self.take_upload(&head)? {
            self.socket.write_all(&answer)?;
            return Ok(false);
        }
        Ok(self.treat(manner, &answer)? && !is_until_close(&answer))
    }

    /// Whether the connection may go on.
    fn treat(&mut self, manner: Manner, answer: &[u8]) -> io::Result<bool> {
        match manner {
            Manner::Answer | Manner::HangUp => self.socket.write_all(answer)?,
            Manner::Late => {
                self.stall(400);
                self.socket.write_all(answer)?;
            }
            Manner::Drip => self.drip(answer)?,
            Manner::Stumble => self.stumble(answer)?,
            Manner::CutShort | Manner::Reset => self.socket.write_all(&answer[..self.dice().place(answer.len())])?,
            Manner::Silence => self.stall(2500),
            Manner::Redirect => self.redirect()?,
            Manner::Nonsense => self.nonsense(answer)?,
            Manner::Informational => {
                self.socket.write_all(self.dice().one_of(INFORMATIONAL).as_bytes())?;
                self.socket.write_all(answer)?;
            }
        }
        Ok(!LAST.contains(&manner))
    }

    /// The head of a request, without its last `left` bytes, which stay unread. `None` when the client is gone.
    fn read_head(&mut self, left: usize) -> io::Result<Option<String>> {
        let mut peeked = vec![0; 8192];
        let end = Instant::now() + Duration::from_secs(5);
        while Instant::now() < end && !self.shared.is_over() {
            let count = match self.socket.peek(&mut peeked) {
                Ok(0) => return Ok(None),
                Ok(count) => count,
                Err(error) if is_timeout(&error) => continue,
                Err(error) => return Err(error),
            };
            if let Some(at) = peeked[..count].windows(4).position(|four| four == b"\r\n\r\n") {
                let mut head = vec![0; at + 4 - left];
                self.socket.read_exact(&mut head)?;
                return Ok(Some(String::from_utf8_lossy(&head).into_owned()));
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(None)
    }

    /// Reads the body of the request; now and then it does not, or waits a while first. Whether it was read.
    fn take_upload(&mut self, head: &str) -> io::Result<bool> {
        let (length, is_chunked) = (content_length(head), head.contains("chunked"));
        if length == 0 && !is_chunked {
            return Ok(true);
        }
        if self.dice().is(100) {
            return Ok(false);
        }
        if self.dice().is(100) {
            self.stall(1000);
        }
        if is_chunked { self.read_chunks() } else { self.read_length(length) }
    }

    fn read_length(&mut self, length: usize) -> io::Result<bool> {
        let mut left = length;
        self.read_until(|bytes| {
            left -= bytes.len().min(left);
            left == 0
        })
    }

    /// The bodies are letters, so that the last chunk is easily found.
    fn read_chunks(&mut self) -> io::Result<bool> {
        let mut tail = b"\r\n".to_vec();
        self.read_until(|bytes| {
            tail.extend_from_slice(bytes);
            let is_end = tail.windows(7).any(|seven| seven == b"\r\n0\r\n\r\n");
            tail.drain(..tail.len().saturating_sub(6));
            is_end
        })
    }

    fn read_until(&mut self, mut is_end: impl FnMut(&[u8]) -> bool) -> io::Result<bool> {
        let mut buffer = vec![0; 64 * 1024];
        let end = Instant::now() + Duration::from_secs(3);
        while Instant::now() < end && !self.shared.is_over() {
            match self.socket.read(&mut buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) if is_end(&buffer[..count]) => return Ok(true),
                Ok(_) => {}
                Err(error) if is_timeout(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// A good answer to this request.
    fn answer(&self, head: &str) -> Vec<u8> {
        let status = self.dice().weighed(&[
            (90, "200 OK"),
            (5, "204 No Content"),
            (3, "404 Not Found"),
            (2, "304 Not Modified"),
        ]);
        let body = body(self.dice().size());
        let has_body = !head.starts_with("HEAD ") && !status.starts_with("204") && !status.starts_with("304");
        let (framing, body) = match self.dice().weighed(&[(60, 0), (30, 1), (10, 2)]) {
            0 => (format!("Content-Length: {}\r\n", body.len()), body),
            1 => ("Transfer-Encoding: chunked\r\n".to_owned(), self.chunks(&body)),
            _ => (UNTIL_CLOSE.to_owned(), body),
        };
        let framing = if has_body || !status.starts_with("204") { framing } else { String::new() };
        let mut answer = format!("HTTP/1.1 {status}\r\nX-Some: field\r\nSet-Cookie: a=b\r\n{framing}\r\n").into_bytes();
        if has_body {
            answer.extend_from_slice(&body);
        }
        answer
    }

    fn chunks(&self, body: &[u8]) -> Vec<u8> {
        let mut chunked = Vec::new();
        let most = self.dice().size() + 1;
        for chunk in body.chunks(most) {
            chunked.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            chunked.extend_from_slice(chunk);
            chunked.extend_from_slice(b"\r\n");
        }
        chunked.extend_from_slice(b"0\r\n\r\n");
        chunked
    }

    /// The first part byte by byte.
    fn drip(&mut self, answer: &[u8]) -> io::Result<()> {
        let (drops, rest) = answer.split_at(answer.len().min(self.dice().place(300)));
        for drop in drops {
            self.socket.write_all(&[*drop])?;
            if self.dice().is(100) {
                self.dice().doze(Duration::from_millis(5));
            }
        }
        self.socket.write_all(rest)
    }

    /// With a pause somewhere in it.
    fn stumble(&mut self, answer: &[u8]) -> io::Result<()> {
        let (first, second) = answer.split_at(self.dice().place(answer.len()));
        self.socket.write_all(first)?;
        self.stall(300);
        self.socket.write_all(second)
    }

    fn redirect(&mut self) -> io::Result<()> {
        let status =
            self.dice().one_of(&["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent"]);
        let (here, number) = (self.shared.port, self.dice().below(1000));
        let location = match self.dice().below(10) {
            0..4 => format!("Location: /again/{number}\r\n"),
            4..6 => format!("Location: http://localhost:{here}/{number}\r\n"),
            6..9 => format!("Location: {}\r\n", self.shared.elsewhere[self.dice().place(self.shared.elsewhere.len())]),
            _ => String::new(),
        };
        let answer = format!("HTTP/1.1 {status}\r\n{location}Content-Length: 5\r\n\r\nabcde");
        self.socket.write_all(answer.as_bytes())
    }

    /// Something that is no HTTP: from the start, after a part of a head, or after some chunks.
    fn nonsense(&mut self, answer: &[u8]) -> io::Result<()> {
        let mut bytes = match self.dice().below(3) {
            0 => Vec::new(),
            1 => answer[..self.dice().place(40)].to_vec(),
            _ => b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n".to_vec(),
        };
        bytes.extend((0..self.dice().size()).map(|_| (self.dice().number() | 0x80) as u8));
        self.socket.write_all(&bytes)
    }

    /// Waits, until the client closes or all is over at the latest.
    fn stall(&self, milliseconds: u64) {
        let end = Instant::now() + Duration::from_millis(self.dice().below(milliseconds));
        while Instant::now() < end && !self.shared.is_over() {
            match self.socket.peek(&mut [0]) {
                Ok(0) => return,
                Ok(_) => thread::sleep(Duration::from_millis(5)),
                Err(error) if is_timeout(&error) => {}
                Err(_) => return,
            }
        }
    }

    fn dice(&self) -> &Dice {
        &self.shared.dice
    }
}

impl Shared {
    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }
}

/// How a request is dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Answer,
    Late,
    Drip,
    Stumble,
    HangUp,
    CutShort,
    Reset,
    Silence,
    Redirect,
    Nonsense,
    Informational,
}

const MANNERS: &[(u64, Manner)] = &[
    (560, Manner::Answer),
    (60, Manner::Late),
    (30, Manner::Drip),
    (60, Manner::Stumble),
    (50, Manner::HangUp),
    (50, Manner::CutShort),
    (40, Manner::Reset),
    (30, Manner::Silence),
    (60, Manner::Redirect),
    (40, Manner::Nonsense),
    (20, Manner::Informational),
];

/// After these the connection is over.
const LAST: &[Manner] = &[Manner::HangUp, Manner::CutShort, Manner::Reset, Manner::Silence, Manner::Nonsense];

fn is_until_close(answer: &[u8]) -> bool {
    answer.windows(UNTIL_CLOSE.len()).take(200).any(|bytes| bytes == UNTIL_CLOSE.as_bytes())
}

fn content_length(head: &str) -> usize {
    let line = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    line.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

fn spawn(work: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    thread::Builder::new().name("stress-peer".to_owned()).spawn(work).expect("a thread")
}

/// The end of the body is that of the connection.
const UNTIL_CLOSE: &str = "Connection: close\r\n";
const INFORMATIONAL: &[&str] = &["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"];
const MOST_CONNECTIONS: usize = 300;
const SLICE: Duration = Duration::from_millis(50);
