//! What tests say of themselves, counted.

use std::collections::BTreeMap;

/// The sum over all test programs of a target.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Tally {
    pub(super) passed: usize,
    pub(super) failed: Vec<String>,
    /// The ignored ones, under their reasons.
    pub(super) ignored: BTreeMap<String, Vec<String>>,
    /// Programs that began and did not come to an end.
    pub(super) unfinished: usize,
}

impl Tally {
    /// Counts one line of a test program's output.
    pub(super) fn take(&mut self, line: &str) {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["running", _, "test" | "tests"] => self.unfinished += 1,
            ["test", "result:", _, passed, "passed;", ..] => self.end(passed),
            ["test", ..] => self.test(&line["test ".len()..]),
            _ => (),
        }
    }

    fn end(&mut self, passed: &str) {
        self.unfinished = self.unfinished.saturating_sub(1);
        self.passed += passed.parse().unwrap_or(0);
    }

    fn test(&mut self, text: &str) {
        let Some((name, outcome)) = text.rsplit_once(" ... ") else { return };
        if outcome == "FAILED" {
            self.failed.push(name.into());
        } else if let Some(reason) = outcome.strip_prefix("ignored") {
            let reason = reason.strip_prefix(", ").unwrap_or("no reason is given");
            self.ignored.entry(reason.into()).or_default().push(name.into());
        }
    }

    pub(super) fn ignored_count(&self) -> usize {
        self.ignored.values().map(Vec::len).sum()
    }

    /// Why the run is no success; `None` when it is one, as far as the output tells.
    pub(super) fn complaint(&self) -> Option<String> {
        let unfinished = (self.unfinished > 0).then(|| format!("test programs that did not end: {}", self.unfinished));
        let failed = (!self.failed.is_empty()).then(|| format!("failed: {}", self.failed.join(", ")));
        let both: Vec<_> = unfinished.into_iter().chain(failed).collect();
        (!both.is_empty()).then(|| both.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(output: &str) -> Tally {
        let mut tally = Tally::default();
        output.lines().for_each(|line| tally.take(line));
        tally
    }

    #[test]
    fn tests_are_counted_over_programs() {
        let tally = tally(
            "running 4 tests
test a ... ok
test b ... ignored, too slow here
test c - should panic ... FAILED
test d ... ignored
the tested program says: test e ... FAILED at once

test result: FAILED. 1 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.00s

running 1 test
test src/lib.rs - x (line 3) ... ok
test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        );
        assert_eq!((tally.passed, tally.unfinished, tally.ignored_count()), (2, 0, 2));
        assert_eq!(tally.ignored["too slow here"], ["b"]);
        assert_eq!(tally.ignored["no reason is given"], ["d"]);
        assert_eq!(tally.complaint().unwrap(), "failed: c - should panic");
    }

    #[test]
    fn a_program_that_does_not_end_is_no_success() {
        let tally = tally("running 2 tests\ntest a ... ok\nrunning 1 test\ntest result: ok. 1 passed; 0 failed;");
        assert_eq!(tally.complaint().unwrap(), "test programs that did not end: 1");
    }

    #[test]
    fn nothing_to_complain_of() {
        assert_eq!(tally("running 0 tests\ntest result: ok. 0 passed; 0 failed;").complaint(), None);
    }
}
