//! Skips what cannot apply to the raw face.

include!("../skip.rs");

fn main() -> io::Result<()> {
    skip(&[
        ("errors.rs", &[("cause", "the raw face tells an error by its code, which has no cause")]),
        ("notices.rs", &[("a_callback_that_panics", NO_PANIC), ("a_callback_that_panics_at_a_new_handle", NO_PANIC)]),
    ])
}

const NO_PANIC: &str = "a panic must not leave a function with the ABI of C";
