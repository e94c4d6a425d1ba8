//! ../../tests/errors.rs, but for what build.rs skips.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

include!(concat!(env!("OUT_DIR"), "/errors.rs"));
