//! The table of options.

use crate::*;

/// A number that sessions and requests keep for an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is named after its option")]
pub enum Setting {
    ResolveTimeout,
    ConnectTimeout,
    ConnectRetries,
    SendTimeout,
    ReceiveTimeout,
    ReceiveResponseTimeout,
    DisabledFeatures,
    RedirectPolicy,
    MaxRedirects,
    MaxInformational,
    MaxHead,
    MaxDrain,
    Decompression,
    RejectUserInUrl,
}

impl Setting {
    /// How many there are.
    pub const COUNT: usize = Self::RejectUserInUrl as usize + 1;
}

/// What each setting is before a program sets it, in the order of [`Setting`].
pub const SETTING_DEFAULTS: [u32; Setting::COUNT] = [
    0,
    60_000,
    5,
    30_000,
    30_000,
    90_000,
    0,
    WINHTTP_OPTION_REDIRECT_POLICY_DISALLOW_HTTPS_TO_HTTP,
    10,
    10,
    65_536,
    1_048_576,
    0,
    0,
];
