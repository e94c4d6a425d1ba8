//! A connection's bytes, in the clear or under TLS.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::SockRef;

pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Stream {
    /// Wraps a freshly accepted socket. Under TLS the handshake is still to come.
    pub(crate) fn new(socket: TcpStream, tls: Option<&Arc<ServerConfig>>) -> Stream {
        // A small write must leave at once; a script's byte-wise writes mean nothing otherwise.
        let _ = socket.set_nodelay(true);
        match tls {
            None => Stream::Plain(socket),
            Some(config) => Stream::Tls(Box::new(StreamOwned::new(server_side(config), socket))),
        }
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        match self {
            Stream::Plain(socket) => socket,
            Stream::Tls(tls) => &tls.sock,
        }
    }

    /// The TLS state, if this is a TLS connection.
    pub(crate) fn tls(&self) -> Option<&ServerConnection> {
        match self {
            Stream::Plain(_) => None,
            Stream::Tls(tls) => Some(&tls.conn),
        }
    }

    /// Runs the TLS handshake to its end; nothing to do in the clear.
    pub(crate) fn handshake(&mut self) -> io::Result<()> {
        if let Stream::Tls(tls) = self {
            while tls.conn.is_handshaking() {
                tls.conn.complete_io(&mut tls.sock)?;
            }
        }
        Ok(())
    }

    /// Says under TLS that no more data comes. Before the end of the handshake there is nobody to say it to.
    pub(crate) fn send_close_notify(&mut self) {
        if let Stream::Tls(tls) = self
            && !tls.conn.is_handshaking()
        {
            tls.conn.send_close_notify();
            let _ = tls.flush();
        }
    }

    /// Sends FIN.
    pub(crate) fn send_fin(&self) {
        let _ = self.socket().shutdown(Shutdown::Write);
    }

    /// Makes the coming close send RST instead of FIN.
    pub(crate) fn close_by_reset(&self) {
        let _ = SockRef::from(self.socket()).set_linger(Some(Duration::ZERO));
    }

    /// Throws away what has already arrived: a socket closed with unread bytes sends RST, not FIN.
    pub(crate) fn discard_arrived(&self) {
        let mut socket = self.socket();
        let mut scrap = vec![0; 1 << 16];
        let _ = socket.set_nonblocking(true);
        while matches!(socket.read(&mut scrap), Ok(n) if n > 0) {}
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(socket) => socket.read(buffer),
            Stream::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(socket) => socket.write(bytes),
            Stream::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(socket) => socket.flush(),
            Stream::Tls(tls) => tls.flush(),
        }
    }
}

/// Whether a socket's time limit ran out (Unix and Windows name it differently).
pub(crate) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

fn server_side(config: &Arc<ServerConfig>) -> ServerConnection {
    ServerConnection::new(config.clone()).expect("the configuration is made here and valid")
}
