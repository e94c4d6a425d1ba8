//! ../../tests/notices.rs, but for what build.rs skips.

// A panic is how a test reports.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

include!(concat!(env!("OUT_DIR"), "/notices.rs"));
