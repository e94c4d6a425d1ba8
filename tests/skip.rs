// For build scripts: copies files of tests/tests that have scenarios which cannot apply, and marks those as ignored.

use std::path::Path;
use std::{env, fs, io};

/// Scenarios of one file, and why they cannot apply.
type Skipped = (&'static str, &'static [(&'static str, &'static str)]);

fn skip(files: &[Skipped]) -> io::Result<()> {
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?;
    println!("cargo::rerun-if-changed=../skip.rs");
    for (file, scenarios) in files {
        let path = Path::new("../tests").join(file);
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(path)?;
        let marked = scenarios.iter().try_fold(text, |text, (scenario, reason)| marked(&text, scenario, reason))?;
        fs::write(Path::new(&out).join(file), without_attributes(&marked))?;
    }
    Ok(())
}

/// The text with this scenario ignored.
fn marked(text: &str, scenario: &str, reason: &str) -> io::Result<String> {
    let head = format!("#[test]\nfn {scenario}()");
    if text.matches(&head).count() != 1 {
        return Err(io::Error::other(format!("there is no scenario `{scenario}` to skip")));
    }
    Ok(text.replace(&head, &format!("#[ignore = \"{reason}\"]\n{head}")))
}

/// The text of a file, to be included in another: without attributes of the file.
fn without_attributes(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("//!") && !line.starts_with("#!["));
    lines.flat_map(|line| [line, "\n"]).collect()
}
