//! Skips what cannot apply to asynchronous sessions.

include!("../skip.rs");

fn main() -> io::Result<()> {
    skip(&[
        ("errors.rs", &[("cause", "a status tells an error by its code, which has no cause")]),
        ("forged.rs", &[("values_that_are_no_handle", "the scenarios beside it have handles with values near those")]),
        (
            "handles.rs",
            &[(
                "row_86_closing_ends_a_waiting_call",
                "a send awaits the answer here; async_cancel.rs has what is meant",
            )],
        ),
        (
            "options.rs",
            &[
                ("a_busy_request", "no operation has the exchange for itself here"),
                ("extended_errors", "what failed is told on another thread"),
            ],
        ),
        ("redirect_notices.rs", &[("a_callback_closes_the_request", "the handle ends on another thread")]),
        ("send.rs", &[("send_does_not_wait_for_the_answer", "here it does")]),
    ])
}
