//! The peer: a listener on the loopback address whose script runs in a thread of its own.

use std::any::Any;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use socket2::{Domain, Socket, Type};

use crate::conversation::Conversation;
use crate::request::Request;
use crate::stream::Stream;
use crate::tls::{self, TlsKind};
use crate::transcript::Shared;

/// A scripted peer, listening on a free port of 127.0.0.1 from the moment it is made.
///
/// Call [`finish`](Peer::finish) at the end of a test. A peer that is dropped does the same by itself; while the
/// test is already failing, it prints its transcript instead.
#[derive(Debug)]
pub struct Peer {
    port: u16,
    scheme: &'static str,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// The script's hold on its peer: the way to the connections.
#[derive(Debug)]
pub struct Script {
    listener: TcpListener,
    security: Security,
    shared: Arc<Shared>,
}

#[derive(Debug)]
enum Security {
    None,
    Tls(Arc<ServerConfig>),
    RefuseVersion,
}

impl Peer {
    /// A peer that speaks plain TCP and plays this script.
    pub fn script(script: impl FnOnce(&mut Script) + Send + 'static) -> Peer {
        Peer::start("http", Security::None, script)
    }

    /// A peer that speaks TLS, well or badly according to `kind`, and plays this script inside it.
    pub fn tls(kind: TlsKind, script: impl FnOnce(&mut Script) + Send + 'static) -> Peer {
        let security = tls::server_config(kind).map_or(Security::RefuseVersion, Security::Tls);
        Peer::start("https", security, script)
    }

    /// A port of 127.0.0.1 on which nobody listens, and nobody will while this process lives.
    pub fn refused_port() -> u16 {
        // A socket that is bound but does not listen: connections are refused, and the port stays taken.
        static RESERVED: OnceLock<Socket> = OnceLock::new();
        let socket = RESERVED.get_or_init(|| {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
            socket.bind(&ANY_PORT.into()).expect("a free port");
            socket
        });
        socket.local_addr().ok().and_then(|address| address.as_socket()).expect("an address").port()
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of a path (which begins with a slash) on this peer.
    pub fn url(&self, path: &str) -> String {
        format!("{}://127.0.0.1:{}{path}", self.scheme, self.port)
    }

    /// How many connections the script has accepted so far.
    pub fn connections(&self) -> usize {
        self.shared.connections()
    }

    /// All requests the script has read so far, of all connections, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests()
    }

    /// The dialogue so far: what came, what was sent, and when.
    pub fn transcript(&self) -> String {
        self.shared.transcript()
    }

    /// Waits, within the limit, for the script to run to its end.
    ///
    /// A [`stall`](Conversation::stall) or [`drip`](Conversation::drip) still going on ends early: the client has
    /// seen of it what it wanted to see.
    ///
    /// # Panics
    ///
    /// With the transcript, when the script failed or did not come to its end.
    #[track_caller]
    pub fn finish(mut self) {
        self.end();
    }

    /// Leaves the script where it is: whatever becomes of it no longer matters.
    pub fn abandon(mut self) {
        self.shared.begin_finish();
        // The thread ends by itself, at its next wait.
        self.thread = None;
    }

    fn start(scheme: &'static str, security: Security, play: impl FnOnce(&mut Script) + Send + 'static) -> Peer {
        let listener = TcpListener::bind(ANY_PORT).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        // Not every system applies a time limit to accept, so the script polls.
        listener.set_nonblocking(true).expect("a non-blocking listener");
        let shared = Arc::new(Shared::new());
        shared.note(0, &format!("listening on port {port}"));
        let script = Script { listener, security, shared: shared.clone() };
        let thread = thread::spawn(move || run(script, play));
        Peer { port, scheme, shared, thread: Some(thread) }
    }

    #[track_caller]
    fn end(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        self.shared.begin_finish();
        let outcome = self.shared.wait_for_outcome();
        if let Err(why) = outcome {
            panic!("the peer's script failed: {why}\n--- transcript ---\n{}", self.transcript());
        }
        let _ = thread.join();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.end();
        } else if self.thread.is_some() {
            // The script's thread ends by itself, at its next wait.
            self.shared.begin_finish();
            eprintln!("--- transcript of the peer on port {} ---\n{}", self.port, self.transcript());
        }
    }
}

impl Script {
    /// Waits for the next connection. On a TLS peer, the handshake is played too.
    ///
    /// A handshake that fails does not fail the script (clients are right to refuse a bad certificate): the
    /// conversation is over then, [`Conversation::handshake_error`] says why, and expecting a request from it fails.
    #[track_caller]
    pub fn accept(&mut self) -> Conversation {
        let (number, socket) = self.next_socket();
        let limit = Some(self.shared.limit());
        let _ = socket.set_read_timeout(limit).and_then(|()| socket.set_write_timeout(limit));
        match &self.security {
            Security::None => self.begin(number, Stream::new(socket, None), Ok(())),
            Security::Tls(config) => self.accept_tls(number, Stream::new(socket, Some(config))),
            Security::RefuseVersion => self.refuse_version(number, socket),
        }
    }

    /// Waits for the next connection and leaves it in the clear, on a TLS peer too: for handshakes that stall or are
    /// answered with something else than TLS.
    ///
    /// Read the beginning of the ClientHello before you close ([`body`](Conversation::body) of 5, say): what arrives
    /// after the close is answered with RST, as everywhere.
    #[track_caller]
    pub fn accept_plain(&mut self) -> Conversation {
        let (number, socket) = self.next_socket();
        self.begin(number, Stream::new(socket, None), Ok(()))
    }

    /// Expects that no connection comes for this long.
    #[track_caller]
    pub fn expect_no_connection(&mut self, duration: Duration) {
        let deadline = self.shared.deadline_within(duration);
        if self.poll_accept(deadline).is_some() {
            self.fail("no connection, but one came");
        }
        self.shared.note(0, &format!("no connection for {duration:?}, as expected"));
    }

    /// Changes the limit of all waits that follow, and of [`Peer::finish`]. It is ten seconds at first.
    pub fn set_limit(&mut self, limit: Duration) {
        self.shared.set_limit(limit);
    }

    /// Does nothing for this long, or until the test asks for the end.
    pub fn pause(&mut self, duration: Duration) {
        self.shared.pause(duration);
    }

    /// The next connection with its number. It counts from here on, however its handshake ends.
    #[track_caller]
    fn next_socket(&self) -> (usize, TcpStream) {
        match self.poll_accept(self.shared.deadline()) {
            Some(socket) => (self.shared.count_connection(), socket),
            None => self.fail("a connection, but none came in time"),
        }
    }

    fn poll_accept(&self, deadline: Instant) -> Option<TcpStream> {
        let mut nap = SHORTEST_NAP;
        loop {
            match self.listener.accept() {
                // Some systems hand the listener's non-blocking mode on.
                Ok((socket, _)) => return socket.set_nonblocking(false).ok().map(|()| socket),
                Err(_) if Instant::now() >= deadline => return None,
                Err(_) => thread::sleep(nap),
            }
            nap = (nap * 2).min(LONGEST_NAP);
        }
    }

    fn accept_tls(&self, number: usize, mut stream: Stream) -> Conversation {
        let handshake = stream.handshake();
        self.begin(number, stream, handshake)
    }

    fn refuse_version(&self, number: usize, mut socket: TcpStream) -> Conversation {
        let played = tls::refuse_version(&mut socket);
        let outcome = played.and_then(|()| Err(io::Error::other("no common version; alert sent")));
        self.begin(number, Stream::new(socket, None), outcome)
    }

    fn begin(&self, number: usize, stream: Stream, handshake: io::Result<()>) -> Conversation {
        Conversation::begin(stream, number, self.shared.clone(), handshake.err().map(|error| error.to_string()))
    }

    #[track_caller]
    fn fail(&self, expected: &str) -> ! {
        let why = format!("expected {expected} ({})", Location::caller());
        self.shared.note(0, &format!("!!   {why}"));
        panic!("{why}");
    }
}

/// The whole life of the script's thread.
fn run(mut script: Script, play: impl FnOnce(&mut Script)) {
    let shared = script.shared.clone();
    let played = catch_unwind(AssertUnwindSafe(|| play(&mut script)));
    // From here on connections are refused: a client that comes once more learns it at once.
    drop(script);
    shared.note(0, if played.is_ok() { "end of the script" } else { "the script was broken off" });
    shared.set_outcome(played.map_err(|payload| panic_text(&*payload)));
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("a panic without a text").to_owned()
}

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const SHORTEST_NAP: Duration = Duration::from_micros(50);
const LONGEST_NAP: Duration = Duration::from_millis(2);
