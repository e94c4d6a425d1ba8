//! TLS. The only folder that names rustls.
//!
//! [`session`](self::session) drives rustls without its buffers: records are received into a window of our own, many
//! at once, and their payload goes to the caller's slice.

mod session;
mod trust;

pub(crate) use session::{Pulled, Sink, TlsSession};
pub(crate) use trust::{TlsConfig, config};
pub use trust::{Trust, TrustError};
