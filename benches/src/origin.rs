//! A fast origin server: a thread per connection, answers prepared beforehand.
//!
//! | path | answer |
//! |---|---|
//! | `/small` | six headers and about a hundred bytes, in one write |
//! | `/plain/N` | N bytes with a Content-Length, in writes of 256 KiB |
//! | `/chunked/SIZE/N` | N bytes in chunks of SIZE, many chunks in each write |
//!
//! HTTP and HTTPS come to the same port: the first byte of a connection tells them apart.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::payload::{BLOCK, LAST_CHUNK, in_chunks, large_head, small_answer};
use crate::{Result, certificates};

/// Where an origin is, and what to trust for its HTTPS.
#[derive(Clone, Debug)]
pub struct Target {
    /// The port on [`Target::HOST`].
    pub port: u16,
    /// The certificate authority, in PEM.
    pub ca_pem: String,
}

impl Target {
    /// The host of every origin.
    pub const HOST: &str = "127.0.0.1";
}

/// A running origin; dropping it stops it.
#[derive(Debug)]
pub struct Origin {
    target: Target,
    stopped: Arc<AtomicBool>,
    acceptor: Option<JoinHandle<()>>,
}

impl Origin {
    /// Starts an origin on a free port.
    pub fn start() -> Result<Self> {
        let (tls, ca_pem) = certificates::server_config()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let target = Target { port: listener.local_addr()?.port(), ca_pem };
        let stopped = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stopped);
        let acceptor = thread::spawn(move || accept_until(&seen, &listener, &tls));
        Ok(Self { target, stopped, acceptor: Some(acceptor) })
    }

    /// Where it is.
    pub fn target(&self) -> &Target {
        &self.target
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.target.port));
        let woken = TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok();
        if let (true, Some(acceptor)) = (woken, self.acceptor.take()) {
            let _ = acceptor.join();
        }
    }
}

fn accept_until(stopped: &AtomicBool, listener: &TcpListener, tls: &Arc<ServerConfig>) {
    while let Ok((stream, _)) = listener.accept() {
        if stopped.load(Ordering::Acquire) {
            return;
        }
        let tls = Arc::clone(tls);
        // A connection ends with an error when the client goes away, which is how all of them end.
        thread::spawn(move || serve(stream, tls));
    }
}

fn serve(stream: TcpStream, tls: Arc<ServerConfig>) -> Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    let mut first = [0];
    if stream.peek(&mut first)? == 0 {
        return Ok(());
    }
    if first != [TLS_HANDSHAKE] {
        return answer_all(stream);
    }
    let mut connection = ServerConnection::new(tls)?;
    connection.set_buffer_limit(Some(2 * BLOCK));
    answer_all(StreamOwned::new(connection, stream))
}

/// Answers request after request until the client closes or asks for something unknown.
fn answer_all(mut stream: impl Read + Write) -> Result<()> {
    let small = small_answer();
    let mut buffer = [0; 8 << 10];
    while let Some(head) = read_head(&mut stream, &mut buffer)? {
        match path_of(head)?.split('/').skip(1).collect::<Vec<_>>()[..] {
            ["small"] => stream.write_all(&small)?,
            ["plain", length] => send_plain(&mut stream, length.parse()?)?,
            ["chunked", size, length] => send_chunked(&mut stream, size.parse()?, length.parse()?)?,
            _ => stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")?,
        }
    }
    Ok(())
}

/// The next request head, up to its empty line; `None` when the client has closed.
pub(crate) fn read_head<'b>(stream: &mut impl Read, buffer: &'b mut [u8]) -> Result<Option<&'b [u8]>> {
    let mut filled = 0;
    loop {
        match stream.read(&mut buffer[filled..])? {
            0 => return Ok(None),
            more => filled += more,
        }
        if buffer[..filled].ends_with(b"\r\n\r\n") {
            return Ok(Some(&buffer[..filled]));
        }
    }
}

pub(crate) fn path_of(head: &[u8]) -> Result<&str> {
    let line = head.split(|&byte| byte == b'\r').next().unwrap_or_default();
    std::str::from_utf8(line)?.split(' ').nth(1).ok_or_else(|| "a request line without a path".into())
}

fn send_plain(stream: &mut impl Write, length: u64) -> Result<()> {
    stream.write_all(large_head(length, false).as_bytes())?;
    send_repeated(stream, &vec![b'x'; BLOCK], length)
}

fn send_chunked(stream: &mut impl Write, size: usize, length: u64) -> Result<()> {
    if size == 0 || size > BLOCK {
        return Err("a chunk size out of range".into());
    }
    stream.write_all(large_head(length, true).as_bytes())?;
    let data = vec![b'x'; BLOCK / size * size];
    let block = in_chunks(&data, size);
    let blocks = length / data.len() as u64;
    let rest = (length % data.len() as u64) as usize;
    send_repeated(stream, &block, blocks * block.len() as u64)?;
    let mut end = in_chunks(&data[..rest], size);
    end.extend_from_slice(LAST_CHUNK);
    Ok(stream.write_all(&end)?)
}

/// Writes `block` again and again until `length` bytes are out.
fn send_repeated(stream: &mut impl Write, block: &[u8], mut length: u64) -> Result<()> {
    while length > 0 {
        let piece = length.min(block.len() as u64);
        stream.write_all(&block[..piece as usize])?;
        length -= piece;
    }
    Ok(())
}

/// A connection on which nothing moves for so long is given up.
const LIMIT: Duration = Duration::from_secs(60);

/// The content type that the first record of a TLS connection has.
const TLS_HANDSHAKE: u8 = 0x16;
