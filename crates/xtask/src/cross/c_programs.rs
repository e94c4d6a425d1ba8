//! Programs in C for Windows, compiled by mingw with its own winhttp.h and linked with its own import library: they know
//! nothing of this workspace. Wine runs them with the `winhttp.dll` of this workspace beside them, and may not use its own.
//!
//! The Makefile of the examples builds and checks them. Of the programs that test the C library on Unix none is here:
//! `text.c` needs `WINHTTP_TEXT`, which only the header of this workspace has; `broken_pipe.c` is about a signal that
//! Windows does not have; `unload.c` asks for what only Unix can do, and has a twin for Windows.

use std::path::Path;
use std::process::Command;

use super::kit::{self, Kit};
use super::tally::Tally;
use crate::{Outcome, install};

/// Whether the words for cargo leave them in: there are none, or the package is named.
pub(super) fn are_meant(words: &[String]) -> bool {
    words.is_empty() || words.iter().any(|word| word == PACKAGE)
}

pub(super) const PACKAGE: &str = "openwinhttp-c";

/// What Debian has to build them with.
pub(super) fn need_packages(processor: &str) -> Outcome {
    kit::need_packages(&["make", &format!("g++-mingw-w64-{}", processor.replace('_', "-"))])
}

/// Programs to build and run.
pub(super) struct Programs<'a> {
    pub(super) kit: &'a Kit,
    pub(super) processor: &'a str,
    /// The `winhttp.dll`.
    pub(super) library: &'a Path,
    /// Words before the program.
    pub(super) runner: &'a [String],
}

impl Programs<'_> {
    /// Builds and runs all, and counts each as a test.
    pub(super) fn count(&self, tally: &mut Tally) -> Outcome {
        FOLDERS.iter().try_for_each(|(name, from, libraries)| {
            let output = self.make(name, from, libraries).output()?;
            let printed = String::from_utf8_lossy(&output.stdout);
            print!("\nprograms in C: {name}\n{printed}{}", String::from_utf8_lossy(&output.stderr));
            take(&printed, output.status.success(), name, tally);
            Ok(())
        })
    }

    /// The Makefile of the examples, told to check the programs of the folder `from`.
    fn make(&self, name: &str, from: &str, libraries: &str) -> Command {
        let out = self.kit.builds().join("c").join(self.processor).join(name);
        let mut make = Command::new("make");
        make.arg("-C").arg(kit::root().join("examples/c")).args(["--silent", "check"]);
        make.arg(format!("FROM={from}")).arg(format!("LDLIBS={libraries}"));
        make.arg(format!("MINGW={}-w64-mingw32", self.processor)).arg(format!("DLL={}", self.library.display()));
        make.arg(format!("OUT={}", out.display())).arg(format!("RUN={}", self.run()));
        install::forget_the_package(&mut make);
        make
    }

    /// The words before a program. Without the library of this workspace it does not start.
    fn run(&self) -> String {
        let (loader, before) = self.runner.split_last().map_or(("", [].as_slice()), |(last, rest)| (last, rest));
        format!("{} {} {ONLY_OURS} {loader}", LIMIT.join(" "), before.join(" "))
    }
}

/// Counts the lines of check.sh. When it fails without a word about a program, that counts as one too.
fn take(printed: &str, succeeded: bool, folder: &str, tally: &mut Tally) {
    tally.passed += printed.lines().filter(|line| line.starts_with("ok   ")).count();
    let failed: Vec<&str> = printed.lines().filter_map(|line| line.strip_prefix("FAIL ")).collect();
    if failed.is_empty() && !succeeded {
        tally.failed.push(format!("the programs in C: {folder}"));
    }
    tally.failed.extend(failed.into_iter().map(|program| format!("{program}.c")));
}

/// Their names, the folders for the Makefile, and what libraries they need besides WinHTTP.
const FOLDERS: &[(&str, &str, &str)] =
    &[("examples", ".", ""), ("windows", "../../crates/clib/tests/c/windows", "-lcrypt32 -lversion")];

/// For each program.
const LIMIT: &[&str] = &["timeout", "--kill-after=10", "120"];

const ONLY_OURS: &str = "WINEDLLOVERRIDES=winhttp=n";

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(printed: &str, succeeded: bool) -> (usize, Vec<String>) {
        let mut tally = Tally::default();
        take(printed, succeeded, "examples", &mut tally);
        (tally.passed, tally.failed)
    }

    #[test]
    fn words_for_cargo_may_leave_them_out() {
        let are_meant = |line: &str| are_meant(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        assert!(are_meant("") && are_meant("-p openwinhttp-c"));
        assert!(!are_meant("-p openwinhttp") && !are_meant("-- pool"));
    }

    #[test]
    fn each_program_counts() {
        assert_eq!(taken("cc -o a\nok   a\nFAIL b\n1c1\nok   c\n", false), (2, vec!["b.c".into()]));
        assert_eq!(taken("ok   a\n", true), (1, vec![]));
    }

    #[test]
    fn a_check_that_stops_is_a_failure() {
        assert_eq!(taken("ok   a\n", false), (1, vec!["the programs in C: examples".into()]));
    }

    #[test]
    fn the_setting_for_wine_comes_just_before_it() {
        let kit = Kit { folder: "kit".into() };
        let runner = ["env", "WINEDLLOVERRIDES=winhttp=n,b", "wine"].map(str::to_owned);
        let programs = Programs { kit: &kit, processor: "i686", library: Path::new("winhttp.dll"), runner: &runner };
        let last = "env WINEDLLOVERRIDES=winhttp=n,b WINEDLLOVERRIDES=winhttp=n wine";
        assert_eq!(programs.run(), format!("timeout --kill-after=10 120 {last}"));
    }
}
