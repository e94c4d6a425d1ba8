//! What a program has set of a session or of a request: one number for each option that is one.

use std::ops::{Index, IndexMut};
use std::time::Duration;

use openwinhttp_abi::{SETTING_DEFAULTS, Setting};
use openwinhttp_net::Limits;

/// The settings of a session, or of a request, which begins with a copy of its session's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings([u32; Setting::COUNT]);

impl Default for Settings {
    fn default() -> Self {
        Self(SETTING_DEFAULTS)
    }
}

impl Index<Setting> for Settings {
    type Output = u32;

    fn index(&self, setting: Setting) -> &u32 {
        &self.0[setting as usize]
    }
}

impl IndexMut<Setting> for Settings {
    fn index_mut(&mut self, setting: Setting) -> &mut u32 {
        &mut self.0[setting as usize]
    }
}

impl Settings {
    /// Sets one number. The limit for the whole head of an answer is never lower than that of one receive.
    pub(crate) fn set(&mut self, setting: Setting, value: u32) {
        self[setting] = value;
        self[Setting::ReceiveResponseTimeout] =
            self[Setting::ReceiveResponseTimeout].max(self[Setting::ReceiveTimeout]);
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits {
            resolve: duration(self[Setting::ResolveTimeout]),
            connect: duration(self[Setting::ConnectTimeout]),
            send: duration(self[Setting::SendTimeout]),
            receive: duration(self[Setting::ReceiveTimeout]),
        }
    }

    /// The limits of one receive and of one send, in milliseconds; 0 is none.
    pub(crate) fn transfer_limits(&self) -> (u32, u32) {
        let limit = |setting| if self[setting] == u32::MAX { 0 } else { self[setting] };
        (limit(Setting::ReceiveTimeout), limit(Setting::SendTimeout))
    }

    /// The limit for the whole head of an answer, looked at when bytes arrive; none where one receive has none.
    pub(crate) fn receive_response(&self) -> Option<Duration> {
        duration(self[Setting::ReceiveTimeout]).and(duration(self[Setting::ReceiveResponseTimeout]))
    }

    /// The most connections to one server; 0 stands for two.
    pub(crate) fn max_connections(&self) -> u32 {
        match self[Setting::MaxConnsPerServer] {
            0 => 2,
            most => most,
        }
    }

    /// Whether a feature (`WINHTTP_DISABLE_*`) is switched off.
    pub(crate) fn disables(&self, feature: u32) -> bool {
        self[Setting::DisabledFeatures] & feature != 0
    }
}

fn duration(milliseconds: u32) -> Option<Duration> {
    match milliseconds {
        0 | u32::MAX => None,
        limit => Some(Duration::from_millis(limit.into())),
    }
}
