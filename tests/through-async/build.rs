//! Skips what cannot apply to asynchronous sessions.

include!("../skip.rs");

fn main() -> io::Result<()> {
    skip(&[
        ("body.rs", on_wine(&[("every_beginning_is_an_error", RESETS)])),
        ("errors.rs", &[("cause", "a status tells an error by its code, which has no cause")]),
        ("forged.rs", &[("values_that_are_no_handle", "the scenarios beside it have handles with values near those")]),
        ("framing.rs", on_wine(&[("row_67_reset_in_a_body_without_length", RESETS)])),
        (
            "handles.rs",
            &[
                ("nothing_stays_of_a_request_opened_too_late", "it has a callback, and both modes, of its own"),
                (
                    "row_86_closing_ends_a_waiting_call",
                    "a send awaits the answer here; async_cancel.rs has what is meant",
                ),
            ],
        ),
        (
            "options.rs",
            &[
                ("a_busy_request", "no operation has the exchange for itself here"),
                ("extended_errors", "what failed is told on another thread"),
            ],
        ),
        ("receive_head.rs", on_wine(&[("rows_14_to_17_connection_ends_in_the_head", RESETS)])),
        ("redirect_notices.rs", &[("a_callback_closes_the_request", "the handle ends on another thread")]),
        ("send.rs", if is_for_wine() { &[WAITS, ACCEPTED, AGAIN] } else { &[WAITS] }),
    ])
}

const WAITS: (&str, &str) = ("send_does_not_wait_for_the_answer", "here it does");
const ACCEPTED: (&str, &str) = ("row_12_accept_then_reset", RESETS);
const AGAIN: (&str, &str) = ("sending_again_after_a_failure", RESETS);
const RESETS: &str = "Wine takes a reset for an orderly end unless a call waits on the socket, and here none does";

fn on_wine(scenarios: &'static [(&str, &str)]) -> &'static [(&'static str, &'static str)] {
    if is_for_wine() { scenarios } else { &[] }
}

/// Programs for Windows that are built elsewhere are run by Wine.
fn is_for_wine() -> bool {
    let is_windows = |name| env::var(name).is_ok_and(|triple| triple.contains("windows"));
    is_windows("TARGET") && !is_windows("HOST")
}
