//! Floor 2 of openwinhttp: sockets, names, TLS, the connection pool and the drivers.
//!
//! | concept | what it is |
//! |---|---|
//! | [`Conn`] | a socket, TLS where wanted, and the window of received bytes; every call may say [`Step::Wait`] |
//! | [`Step`] | `Done`, or `Wait` with the [`Want`] that has to come true first |
//! | [`block`] | the driver of synchronous sessions: the only place that waits |
//! | [`suspend`] | the driver of asynchronous sessions: the reactor lets a [`Task`] go on when what it wants has come |
//! | [`Origin`] | where connections go to, and the idle ones that lead there |
//! | [`Cancel`] | how another thread ends what this one waits for |
//!
//! In a synchronous session the socket itself blocks, with a time limit; a call that still says `Wait` has run into
//! that limit. In an asynchronous one it does not block, and `Wait` means that the work is to be suspended.
#![deny(unsafe_code)]

mod cancel;
mod conn;
mod dial;
mod driver;
mod error;
mod names;
mod pool;
mod seat;
mod socket;
mod step;
mod sys;
mod tls;

pub use cancel::Cancel;
pub use conn::{Conn, Endpoints, Received};
pub use dial::{Dial, DialRules, Dialled, Keepalive};
pub use driver::{Overdue, Suspended, Task, block, schedule, start_reactor, suspend, try_for_a_moment};
pub use error::{Error, Secure, SecureFault};
pub use names::Lookup;
pub use pool::{Choice, Origin, Way, connections};
pub use seat::{Guid, NO_GUID, Seat, Seats};
pub use socket::Mode;
pub use step::{Step, Want};
pub use tls::{Trust, TrustError};

use std::time::Duration;

/// The time limits of one exchange; `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For the look-up of a name.
    pub resolve: Option<Duration>,
    /// For the connect to one address.
    pub connect: Option<Duration>,
    /// For one send.
    pub send: Option<Duration>,
    /// For one receive.
    pub receive: Option<Duration>,
}
