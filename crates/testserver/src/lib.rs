//! The other end of the line: what openwinhttp's tests, examples and benches talk to.
//!
//! Two servers live here, for two purposes:
//!
//! * [`Peer`] plays a script: a conversation written down step by step, with every fault a peer can have (a head
//!   that drips, a body that ends early, a reset, a bad certificate). It is what tests use. When the client says
//!   something the script did not expect, the test fails and shows the whole dialogue.
//! * [`serve::Server`] is a small, honest, concurrent HTTP server for examples and benches.
//!
//! ```
//! use std::io::{Read, Write};
//! use testserver::Peer;
//!
//! let peer = Peer::script(|p| {
//!     let mut c = p.accept();
//!     let request = c.expect("GET /hello HTTP/1.1");
//!     assert_eq!(request.header("host"), Some("127.0.0.1"));
//!     c.reply("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
//!     c.close();
//! });
//!
//! let mut client = std::net::TcpStream::connect(("127.0.0.1", peer.port()))?;
//! client.write_all(b"GET /hello HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")?;
//! let mut answer = String::new();
//! client.read_to_string(&mut answer)?;
//! assert!(answer.ends_with("hello"));
//! peer.finish();
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Three promises hold for the scripted peer:
//!
//! * **Nothing waits for ever.** Each wait has a limit of ten seconds ([`Script::set_limit`] changes it).
//! * **Sending never fails a script.** A client that refuses a bad answer hangs up at once, and whether the peer's
//!   next write still succeeds is then a matter of luck. The transcript notes it; [`Conversation::client_is_gone`]
//!   tells. Only expectations about what the *client* does can fail.
//! * **Requests are read strictly**, by a parser of this crate's own. Sharing the one under test would hide its bugs.

// This crate is test support: a panic is how a script reports that an expectation was not met.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

mod conversation;
mod peer;
mod request;
pub mod serve;
mod silent;
mod stream;
mod tls;
mod transcript;

pub use conversation::Conversation;
pub use peer::{Peer, Script};
pub use request::{Framing, Malformed, Request};
pub use silent::Silent;
pub use tls::{TlsKind, ca_der, ca_pem};
