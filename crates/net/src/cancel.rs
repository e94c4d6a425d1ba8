//! How one thread ends what another waits for.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::conn::Conn;
use crate::error::Error;
use crate::socket::Socket;

/// The means to end an exchange from another thread: once cancelled, it stays so.
#[derive(Debug, Default)]
pub struct Cancel(Mutex<State>);

#[derive(Debug, Default)]
enum State {
    #[default]
    Detached,
    Attached(Arc<Socket>),
    Cancelled,
}

impl Cancel {
    /// One that nobody has cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// From here on, a cancel reaches `conn`.
    pub fn attach(&self, conn: &Conn) -> Result<(), Error> {
        self.attach_socket(conn.socket())
    }

    pub(crate) fn attach_socket(&self, socket: &Arc<Socket>) -> Result<(), Error> {
        let mut state = self.0.lock();
        if let State::Cancelled = *state {
            return Err(Error::Cancelled);
        }
        *state = State::Attached(Arc::clone(socket));
        Ok(())
    }

    /// The socket that a cancel would reach.
    pub(crate) fn socket(&self) -> Option<Arc<Socket>> {
        match &*self.0.lock() {
            State::Attached(socket) => Some(Arc::clone(socket)),
            State::Detached | State::Cancelled => None,
        }
    }

    /// From here on, a cancel reaches no connection: the last one is somebody else's now. `false` if it was cancelled
    /// before: then the connection is of no more use.
    pub fn detach(&self) -> bool {
        let mut state = self.0.lock();
        let is_good = !matches!(*state, State::Cancelled);
        if is_good {
            *state = State::Detached;
        }
        is_good
    }

    /// Ends what is under way and refuses all that follows.
    pub fn cancel(&self) {
        let mut state = self.0.lock();
        // Under the lock: the connection must not become somebody else's in between. It doesn't wait.
        if let State::Attached(socket) = &*state {
            socket.interrupt();
        }
        *state = State::Cancelled;
    }

    /// Whether [`cancel`](Cancel::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        matches!(*self.0.lock(), State::Cancelled)
    }
}
