//! Sessions.

use openwinhttp_net::Trust;
use parking_lot::Mutex;

use super::{Children, Settings};
use crate::notice::Listener;

/// What a session handle holds.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) listener: Listener,
    pub(crate) user_agent: Option<String>,
    pub(crate) settings: Mutex<Settings>,
    pub(crate) trust: Mutex<Trust>,
    pub(crate) children: Children,
}

impl Session {
    pub(crate) fn new(user_agent: Option<&str>) -> Self {
        Self {
            listener: Listener::new(),
            user_agent: user_agent.map(Into::into),
            settings: Mutex::default(),
            trust: Mutex::default(),
            children: Children::new(),
        }
    }
}
