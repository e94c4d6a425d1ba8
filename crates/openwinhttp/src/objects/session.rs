//! Sessions.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use openwinhttp_abi::*;
use openwinhttp_net::{Keepalive, Trust};
use openwinhttp_wire::CookieJar;
use parking_lot::Mutex;

use super::{Children, Settings};
use crate::notice::Listener;
use crate::options::{Kept, OptionValue};

/// What a session handle holds.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) listener: Listener,
    pub(crate) user_agent: UserAgent,
    pub(crate) settings: Mutex<Settings>,
    pub(crate) kept: Kept,
    pub(crate) trust: Mutex<Trust>,
    pub(crate) cookies: Mutex<CookieJar>,
    pub(crate) children: Children,
    /// No other session has it.
    number: u64,
}

impl Session {
    pub(crate) fn new(user_agent: Option<&str>) -> Self {
        Self {
            listener: Listener::new(),
            user_agent: UserAgent::new(user_agent.unwrap_or_default()),
            settings: Mutex::default(),
            kept: Kept::new(),
            trust: Mutex::default(),
            cookies: Mutex::new(CookieJar::new()),
            children: Children::new(),
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// When its idle connections are probed.
    pub(crate) fn keepalive(&self) -> Option<Keepalive> {
        let Some(OptionValue::TcpKeepalive(set)) = self.kept.get(WINHTTP_OPTION_TCP_KEEPALIVE) else { return None };
        let milliseconds = |number: u32| Duration::from_millis(number.into());
        set.on.then(|| Keepalive { time: milliseconds(set.time), interval: milliseconds(set.interval) })
    }

    /// The group of its connections: that of the process, unless the session keeps them for itself.
    pub(crate) fn group(&self) -> u64 {
        let settings = self.settings.lock();
        let is_apart = settings[Setting::DisableGlobalPooling] != 0 || settings[Setting::MaxConnsPerServer] != u32::MAX;
        if is_apart { self.number } else { 0 }
    }
}

static NUMBERS: AtomicU64 = AtomicU64::new(1);

/// The user agent of a session. Requests borrow it while they write it, so one that was replaced stays until the session
/// ends: each leads to the one that was set after it.
#[derive(Debug)]
pub(crate) struct UserAgent {
    text: Box<str>,
    next: OnceLock<Box<UserAgent>>,
}

impl UserAgent {
    fn new(text: &str) -> Self {
        Self { text: text.into(), next: OnceLock::new() }
    }

    /// The text; `None` if it is empty.
    pub(crate) fn as_deref(&self) -> Option<&str> {
        Some(&*self.newest().text).filter(|text| !text.is_empty())
    }

    pub(crate) fn set(&self, text: &str) {
        let (mut last, mut new) = (self.newest(), Box::new(Self::new(text)));
        while let Err(rejected) = last.next.set(new) {
            // Another thread was faster.
            (last, new) = (last.newest(), rejected);
        }
    }

    fn newest(&self) -> &Self {
        let mut agent = self;
        while let Some(next) = agent.next.get() {
            agent = next;
        }
        agent
    }
}

/// One after the other: a long row of them would be too much for the stack.
impl Drop for UserAgent {
    fn drop(&mut self) {
        let mut next = self.next.take();
        while let Some(mut agent) = next {
            next = agent.next.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_agent_that_was_set_last_counts() {
        let agent = UserAgent::new("");
        assert_eq!(agent.as_deref(), None);
        for number in 0..100_000 {
            agent.set(&number.to_string());
        }
        assert_eq!(agent.as_deref(), Some("99999"));
        agent.set("");
        assert_eq!(agent.as_deref(), None);
    }
}
