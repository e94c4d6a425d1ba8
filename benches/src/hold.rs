//! An origin that holds its answers back until it is told to give them; it has few threads, whatever waits.
//!
//! | path | answer |
//! |---|---|
//! | `/hold/NUMBER` | [`held_body`] of the number, once it is released |
//! | `/held` | how many numbers wait |
//! | `/release` | nothing; those that wait are answered from now on |
//! | `/answered` | how many were answered, and how often a number had come again |
//!
//! It listens on one port of several loopback addresses, for a client has some 28,000 ports for each of them. Each
//! address has a thread that takes one connection after the other in and reads one request from it.

use std::collections::HashMap;
use std::io::Write;
use std::iter;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::Result;
use crate::origin::{path_of, read_head};

/// A running origin that holds back; it runs until the process ends.
#[derive(Debug)]
pub struct Holder {
    port: u16,
}

impl Holder {
    /// Starts one on a port that is free.
    pub fn start() -> Result<Self> {
        let first = TcpListener::bind((address(0), 0))?;
        let port = first.local_addr()?.port();
        let others = (1..ADDRESSES).map(|at| TcpListener::bind((address(at), port)));
        let held = Arc::new(Mutex::new(Held::default()));
        for listener in iter::once(Ok(first)).chain(others) {
            let (listener, held) = (listener?, Arc::clone(&held));
            thread::spawn(move || take_all_in(&listener, &held));
        }
        Ok(Self { port })
    }

    /// Its port, the same on every address.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// The address for the request of this number.
pub(crate) fn address(number: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 0, 1 + (number % ADDRESSES) as u8)
}

/// What the request of this number is answered with.
pub(crate) fn held_body(number: usize) -> String {
    format!("This is the answer to request {number}.\n").repeat(4)
}

/// What waits, and what has waited. The connections are kept open to the end.
#[derive(Debug, Default)]
struct Held {
    waiting: HashMap<usize, TcpStream>,
    answered: HashMap<usize, TcpStream>,
    repeated: usize,
}

fn take_all_in(listener: &TcpListener, held: &Mutex<Held>) {
    loop {
        let outcome = listener.accept().map_err(Into::into).and_then(|(stream, _)| take_in(stream, held));
        if let Err(error) = outcome {
            eprintln!("the origin lost a connection: {error}");
        }
    }
}

fn take_in(mut stream: TcpStream, held: &Mutex<Held>) -> Result<()> {
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    let mut buffer = [0; 4 << 10];
    let Some(head) = read_head(&mut stream, &mut buffer)? else { return Ok(()) };
    match path_of(head)?.split('/').skip(1).collect::<Vec<_>>()[..] {
        ["hold", number] => lock(held).hold(number.parse()?, stream),
        ["held"] => answer(&mut stream, &lock(held).waiting.len().to_string())?,
        ["release"] => {
            answer(&mut stream, "")?;
            drop(stream);
            lock(held).release()?;
        }
        ["answered"] => answer(&mut stream, &lock(held).so_far())?,
        _ => return Err("a path that is not known".into()),
    }
    Ok(())
}

impl Held {
    fn hold(&mut self, number: usize, stream: TcpStream) {
        let is_repeated = self.answered.contains_key(&number) || self.waiting.insert(number, stream).is_some();
        self.repeated += usize::from(is_repeated);
    }

    /// Answers everything that waits.
    fn release(&mut self) -> Result<()> {
        for (number, mut stream) in self.waiting.drain() {
            answer(&mut stream, &held_body(number))?;
            self.answered.insert(number, stream);
        }
        Ok(())
    }

    fn so_far(&self) -> String {
        format!("{} {}", self.answered.len(), self.repeated)
    }
}

fn answer(stream: &mut TcpStream, body: &str) -> Result<()> {
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    Ok(stream.write_all(answer.as_bytes())?)
}

fn lock(held: &Mutex<Held>) -> MutexGuard<'_, Held> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many loopback addresses it listens on.
pub(crate) const ADDRESSES: usize = 8;

/// A client sends its request as soon as it is connected.
const LIMIT: Duration = Duration::from_secs(10);
