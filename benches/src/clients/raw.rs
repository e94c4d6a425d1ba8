//! The limit: a socket, or rustls as its own documentation uses it, and only as much HTTP as counting bytes needs.
//!
//! Chunked bodies are counted with their framing and not decoded.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConnection, StreamOwned};

use super::{Fetch, expect_ok};
use crate::{Job, Result, Target, certificates};

pub(super) fn prepare(target: &Target, secure: bool) -> Result<Box<dyn Fetch>> {
    let socket = TcpStream::connect((Target::HOST, target.port))?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(LIMIT))?;
    socket.set_write_timeout(Some(LIMIT))?;
    if !secure {
        return Ok(Box::new(Raw(socket)));
    }
    let config = Arc::new(certificates::client_config(&target.ca_pem)?);
    let connection = ClientConnection::new(config, Target::HOST.try_into()?)?;
    Ok(Box::new(Raw(StreamOwned::new(connection, socket))))
}

struct Raw<S>(S);

impl<S: Read + Write + Send> Fetch for Raw<S> {
    fn get(&mut self, job: &Job, buffer: &mut [u8]) -> Result<u64> {
        self.0.write_all(&job.head)?;
        let mut received = self.read_head(buffer)?;
        while received < job.wire_length {
            received += self.read(buffer)? as u64;
        }
        if received > job.wire_length {
            return Err("more bytes than the answer has".into());
        }
        Ok(job.length)
    }
}

impl<S: Read + Write> Raw<S> {
    /// Reads until the head is complete and returns how much of the body came with it.
    fn read_head(&mut self, buffer: &mut [u8]) -> Result<u64> {
        let mut filled = 0;
        loop {
            filled += self.read(&mut buffer[filled..])?;
            if let Some(at) = buffer[..filled].windows(4).position(|four| four == b"\r\n\r\n") {
                expect_ok(if buffer.starts_with(b"HTTP/1.1 200 ") { 200 } else { 0 })?;
                return Ok((filled - at - 4) as u64);
            }
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        match self.0.read(buffer)? {
            0 => Err("the connection ended within an answer".into()),
            more => Ok(more),
        }
    }
}

const LIMIT: Duration = Duration::from_secs(60);
