//! Skips what cannot apply to the raw face.

include!("../skip.rs");

fn main() -> io::Result<()> {
    skip(&[
        ("errors.rs", &[("cause", "the raw face tells an error by its code, which has no cause")]),
        ("notices.rs", &[("a_callback_that_panics", "a panic must not leave a function with the ABI of C")]),
    ])
}
