//! The table at the end.

use super::tally::Tally;
use super::targets::Target;

/// One target.
pub(super) struct Row {
    pub(super) target: &'static Target,
    pub(super) ran: Ran,
}

/// What became of it.
#[derive(Default)]
pub(super) struct Ran {
    /// What was built, if that was tried.
    pub(super) built: Option<&'static str>,
    pub(super) tally: Option<Tally>,
    /// What did not run, and why.
    pub(super) left_out: Vec<String>,
    pub(super) failure: Option<String>,
}

impl Ran {
    /// The tools are not there.
    pub(super) fn not_prepared(error: &dyn std::error::Error) -> Self {
        Self { failure: Some(error.to_string()), ..Self::default() }
    }
}

impl Row {
    pub(super) fn is_good(&self) -> bool {
        self.ran.failure.is_none()
    }

    fn cells(&self) -> [String; 6] {
        let counted =
            |count: fn(&Tally) -> usize| self.ran.tally.as_ref().map_or("-".into(), |it| count(it).to_string());
        let runner = self.ran.tally.as_ref().map_or("-", |_| self.target.runner);
        [
            self.target.triple.into(),
            self.ran.built.unwrap_or("-").into(),
            runner.into(),
            counted(|tally| tally.passed),
            counted(|tally| tally.failed.len()),
            counted(Tally::ignored_count),
        ]
    }

    /// Why something failed or did not run.
    fn reasons(&self) -> Vec<String> {
        let ignored = self.ran.tally.iter().flat_map(|tally| &tally.ignored);
        let ignored =
            ignored.map(|(reason, tests)| format!("{} skipped: {reason} ({})", tests.len(), tests.join(", ")));
        let failure = self.ran.failure.iter().map(|failure| format!("FAILED: {failure}"));
        failure.chain(ignored).chain(self.ran.left_out.iter().cloned()).collect()
    }
}

/// Prints the table, and under it the reasons.
pub(super) fn print(rows: &[Row]) {
    println!();
    print_line(&HEADER.map(str::to_owned));
    rows.iter().for_each(|row| print_line(&row.cells()));
    for row in rows.iter().filter(|row| !row.reasons().is_empty()) {
        println!("\n{}", row.target.triple);
        row.reasons().iter().for_each(|reason| println!("  {reason}"));
    }
}

fn print_line([target, built, run, passed, failed, skipped]: &[String; 6]) {
    println!("{target:<28} {built:<10} {run:<16} {passed:>6} {failed:>6} {skipped:>7}");
}

const HEADER: [&str; 6] = ["target", "built", "run", "passed", "failed", "skipped"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cross::targets::TARGETS;

    #[test]
    fn a_row_tells_numbers_and_reasons() {
        let mut tally = Tally::default();
        for line in
            ["running 2 tests", "test a ... ignored, slow", "test b ... ok", "test result: ok. 1 passed; 0 failed;"]
        {
            tally.take(line);
        }
        let ran = Ran { built: Some("yes"), tally: Some(tally), left_out: vec!["no benches".into()], failure: None };
        let row = Row { target: &TARGETS[0], ran };
        assert_eq!(row.cells()[1..], ["yes", "Wine", "1", "0", "1"]);
        assert_eq!(row.reasons(), ["1 skipped: slow (a)", "no benches"]);
        assert!(row.is_good());
    }

    #[test]
    fn without_tools_there_are_no_numbers() {
        let row = Row { target: &TARGETS[0], ran: Ran::not_prepared(&std::fmt::Error) };
        assert_eq!(row.cells()[1..], ["-"; 5]);
        assert_eq!(row.reasons().len(), 1);
        assert!(!row.is_good());
    }
}
