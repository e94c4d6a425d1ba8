//! The scenarios of ../../tests, unchanged, in asynchronous sessions. One program: they are the same files as elsewhere.

// A panic is how a test reports, and a test may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

mod body {
    include!(concat!(env!("OUT_DIR"), "/body.rs"));
}
#[path = "../../tests/chunked_uploads.rs"]
mod chunked_uploads;
#[path = "../../tests/connection_groups.rs"]
mod connection_groups;
#[path = "../../tests/cookies.rs"]
mod cookies;
#[path = "../../tests/decompression.rs"]
mod decompression;
#[path = "../../tests/decompression_faults.rs"]
mod decompression_faults;
#[path = "../../tests/doubt.rs"]
mod doubt;
mod errors {
    include!(concat!(env!("OUT_DIR"), "/errors.rs"));
}
mod forged {
    include!(concat!(env!("OUT_DIR"), "/forged.rs"));
}
mod framing {
    include!(concat!(env!("OUT_DIR"), "/framing.rs"));
}
mod handles {
    include!(concat!(env!("OUT_DIR"), "/handles.rs"));
}
#[path = "../../tests/headers.rs"]
mod headers;
#[path = "../../tests/headers_ex.rs"]
mod headers_ex;
#[path = "../../tests/open_request.rs"]
mod open_request;
mod options {
    include!(concat!(env!("OUT_DIR"), "/options.rs"));
}
#[path = "../../tests/pool.rs"]
mod pool;
#[path = "../../tests/query_headers.rs"]
mod query_headers;
#[path = "../../tests/query_headers_ex.rs"]
mod query_headers_ex;
#[path = "../../tests/read_data_ex.rs"]
mod read_data_ex;
mod receive_head {
    include!(concat!(env!("OUT_DIR"), "/receive_head.rs"));
}
mod redirect_notices {
    include!(concat!(env!("OUT_DIR"), "/redirect_notices.rs"));
}
#[path = "../../tests/redirect_targets.rs"]
mod redirect_targets;
#[path = "../../tests/redirects.rs"]
mod redirects;
#[path = "../../tests/resend.rs"]
mod resend;
#[path = "../../tests/sample.rs"]
mod sample;
mod send {
    include!(concat!(env!("OUT_DIR"), "/send.rs"));
}
#[path = "../../tests/states.rs"]
mod states;
#[path = "../../tests/time.rs"]
mod time;
#[path = "../../tests/timeouts.rs"]
mod timeouts;
#[path = "../../tests/tls.rs"]
mod tls;
#[path = "../../tests/uploads.rs"]
mod uploads;
#[path = "../../tests/url.rs"]
mod url;
