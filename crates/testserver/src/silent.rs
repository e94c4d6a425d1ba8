//! A port that gives no answer.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// A port of 127.0.0.1 on which a connect gets no answer as long as this lives: the queue of those who wait there is full.
#[derive(Debug)]
pub struct Silent {
    port: u16,
    _listener: Socket,
    _queue: Vec<Socket>,
}

impl Silent {
    /// `None` on a system that refuses whom its queue has no place for, as Windows does.
    pub fn new() -> Option<Silent> {
        let listener = socket();
        listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a free port");
        listener.listen(0).expect("a listener");
        let address = listener.local_addr().expect("an address");
        let port = address.as_socket().expect("an address").port();
        let mut queue = Vec::new();
        while queue.len() < LONGEST_QUEUE {
            let client = socket();
            match client.connect_timeout(&address, MOMENT) {
                Ok(()) => queue.push(client),
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    return Some(Silent { port, _listener: listener, _queue: queue });
                }
                Err(_) => return None,
            }
        }
        None
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }
}

fn socket() -> Socket {
    Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket")
}

/// Longer than any queue that is asked to be empty.
const LONGEST_QUEUE: usize = 16;
/// How long an answer on the loopback device may take.
const MOMENT: Duration = Duration::from_millis(200);
