//! Sessions.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use openwinhttp_abi::*;
use openwinhttp_net::{Keepalive, Mode, Trust};
use openwinhttp_wire::CookieJar;
use parking_lot::Mutex;

use super::{Children, Settings};
use crate::notice::Listener;
use crate::options::{Event, Kept, OptionValue};

/// What a session handle holds.
#[derive(Debug)]
pub(crate) struct Session {
    /// Who waits in the calls on its requests.
    pub(crate) mode: Mode,
    pub(crate) listener: Listener,
    /// The value of the User-Agent field, if there is one.
    pub(crate) user_agent: Mutex<Option<Arc<str>>>,
    pub(crate) settings: Mutex<Settings>,
    pub(crate) kept: Kept,
    pub(crate) trust: Mutex<Trust>,
    pub(crate) cookies: Mutex<CookieJar>,
    pub(crate) children: Children,
    /// No other session has it.
    number: u64,
    /// After the listener: what is gone was told before.
    pub(crate) unload: Unload,
}

impl Session {
    pub(crate) fn new(user_agent: Option<&str>, mode: Mode) -> Self {
        Self {
            mode,
            listener: Listener::new(),
            user_agent: Mutex::new(user_agent.map(Arc::from)),
            settings: Mutex::default(),
            kept: Kept::new(),
            trust: Mutex::default(),
            cookies: Mutex::new(CookieJar::new()),
            children: Children::new(),
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            unload: Unload::default(),
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

/// The event of a session. Dropped with the session, which no handle of it and no call on one needs any more, it is set.
#[derive(Debug, Default)]
pub(crate) struct Unload(Mutex<Option<Event>>);

impl Unload {
    pub(crate) fn replace(&self, event: Option<Event>) {
        let before = std::mem::replace(&mut *self.0.lock(), event);
        drop(before);
    }
}

impl Drop for Unload {
    fn drop(&mut self) {
        if let Some(event) = self.0.get_mut() {
            event.set();
        }
    }
}

static NUMBERS: AtomicU64 = AtomicU64::new(1);
