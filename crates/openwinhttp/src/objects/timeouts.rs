//! Time limits, as the program sets and reads them.

use std::time::Duration;

use openwinhttp_net::Limits;

/// The five limits in milliseconds; 0 and `u32::MAX` are no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timeouts {
    resolve: u32,
    connect: u32,
    send: u32,
    receive: u32,
    receive_response: u32,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { resolve: 0, connect: 60_000, send: 30_000, receive: 30_000, receive_response: 90_000 }
    }
}

impl Timeouts {
    /// Sets four of the limits. The fifth is never lower than the limit of one receive.
    pub(crate) fn set(&mut self, resolve: u32, connect: u32, send: u32, receive: u32) {
        let receive_response = self.receive_response.max(receive);
        *self = Self { resolve, connect, send, receive, receive_response };
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits {
            resolve: duration(self.resolve),
            connect: duration(self.connect),
            send: duration(self.send),
            receive: duration(self.receive),
        }
    }

    /// The limit for the whole head of an answer, looked at when bytes arrive; none where one receive has none.
    pub(crate) fn receive_response(&self) -> Option<Duration> {
        duration(self.receive).and(duration(self.receive_response))
    }
}

fn duration(milliseconds: u32) -> Option<Duration> {
    match milliseconds {
        0 | u32::MAX => None,
        limit => Some(Duration::from_millis(limit.into())),
    }
}
