//! The scenarios, in one program: it is built and run sooner than one for each file.

// A panic is how a test reports, and a test may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

#[path = "tests/body.rs"]
mod body;
#[path = "tests/chunked_uploads.rs"]
mod chunked_uploads;
#[path = "tests/connection_groups.rs"]
mod connection_groups;
#[path = "tests/cookies.rs"]
mod cookies;
#[path = "tests/decompression.rs"]
mod decompression;
#[path = "tests/decompression_faults.rs"]
mod decompression_faults;
#[path = "tests/doubt.rs"]
mod doubt;
#[path = "tests/errors.rs"]
mod errors;
#[path = "tests/framing.rs"]
mod framing;
#[path = "tests/handles.rs"]
mod handles;
#[path = "tests/headers.rs"]
mod headers;
#[path = "tests/headers_ex.rs"]
mod headers_ex;
#[path = "tests/notices.rs"]
mod notices;
#[path = "tests/open_request.rs"]
mod open_request;
#[path = "tests/options.rs"]
mod options;
#[path = "tests/pool.rs"]
mod pool;
#[path = "tests/query_headers.rs"]
mod query_headers;
#[path = "tests/query_headers_ex.rs"]
mod query_headers_ex;
#[path = "tests/read_data_ex.rs"]
mod read_data_ex;
#[path = "tests/receive_head.rs"]
mod receive_head;
#[path = "tests/redirect_notices.rs"]
mod redirect_notices;
#[path = "tests/redirect_targets.rs"]
mod redirect_targets;
#[path = "tests/redirects.rs"]
mod redirects;
#[path = "tests/resend.rs"]
mod resend;
#[path = "tests/sample.rs"]
mod sample;
#[path = "tests/send.rs"]
mod send;
#[path = "tests/states.rs"]
mod states;
#[path = "tests/time.rs"]
mod time;
#[path = "tests/timeouts.rs"]
mod timeouts;
#[path = "tests/tls.rs"]
mod tls;
#[path = "tests/uploads.rs"]
mod uploads;
#[path = "tests/url.rs"]
mod url;
