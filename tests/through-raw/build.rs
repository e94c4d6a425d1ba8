//! Copies the files of ../tests that have a scenario which cannot apply to the raw face, and marks it as ignored.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?;
    for (file, scenario, reason) in SKIPPED {
        let path = Path::new("../tests").join(file);
        println!("cargo::rerun-if-changed={}", path.display());
        let marked = marked(&fs::read_to_string(path)?, scenario, reason)?;
        fs::write(Path::new(&out).join(file), marked)?;
    }
    Ok(())
}

/// The text of a file, to be included in another: with this scenario ignored, and without attributes of the file.
fn marked(text: &str, scenario: &str, reason: &str) -> io::Result<String> {
    let head = format!("#[test]\nfn {scenario}()");
    if text.matches(&head).count() != 1 {
        return Err(io::Error::other(format!("there is no scenario `{scenario}` to skip")));
    }
    let text = text.replace(&head, &format!("#[ignore = \"{reason}\"]\n{head}"));
    let lines = text.lines().filter(|line| !line.starts_with("//!") && !line.starts_with("#!["));
    Ok(lines.flat_map(|line| [line, "\n"]).collect())
}

/// File, scenario, and why it cannot apply.
const SKIPPED: [(&str, &str, &str); 2] = [
    ("errors.rs", "cause", "the raw face tells an error by its code, which has no cause"),
    ("notices.rs", "a_callback_that_panics", "a panic must not leave a function with the ABI of C"),
];
