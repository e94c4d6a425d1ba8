//! `cargo xtask cross`: the tests of the workspace, built for other systems and run by Wine and qemu.
//!
//! Where a toolchain of rustup has the target, it is used. Else Debian's compiler is, which comes with the sources of
//! the standard library; cargo builds that for the target too.

mod apple;
mod c_programs;
mod cargo;
mod kit;
mod prepare;
mod report;
mod tally;
mod targets;
mod toolchain;
mod wine;

use crate::{Outcome, Result};
use cargo::Build;
use kit::Kit;
use report::{Ran, Row};
use targets::{Goal, Target};

pub(crate) fn run(words: &[String]) -> Outcome {
    let Some(options) = Options::parse(words)? else {
        print_help();
        return Ok(());
    };
    let kit = Kit::new()?;
    let rows: Vec<Row> = options.targets.iter().map(|target| row(target, &kit, &options)).collect();
    report::print(&rows);
    match rows.iter().filter(|row| !row.is_good()).count() {
        0 => Ok(()),
        count => Err(format!("{count} of {} targets failed", rows.len()).into()),
    }
}

/// What the command line asks for.
struct Options {
    targets: Vec<&'static Target>,
    /// How far to go at most; `None` is installing only.
    goal: Option<Goal>,
    /// For cargo.
    rest: Vec<String>,
}

impl Options {
    /// Parses `words`; `None` when the help text was asked for.
    fn parse(words: &[String]) -> Result<Option<Self>> {
        let mut options = Self { targets: Vec::new(), goal: Some(Goal::Run), rest: Vec::new() };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "-h" | "--help" => return Ok(None),
                "--setup" => options.goal = None,
                "--check" => options.goal = Some(Goal::Check),
                "--" => options.rest = words.by_ref().cloned().collect(),
                name => options.targets.extend(targets::named(name)?),
            }
        }
        match options.targets.is_empty() {
            true => Err("which target? --help lists them".into()),
            false => Ok(Some(options)),
        }
    }
}

/// All about one target; a failure becomes a row like any other.
fn row(target: &'static Target, kit: &Kit, options: &Options) -> Row {
    println!("\n=== {}", target.triple);
    let ran = ran(target, kit, options).unwrap_or_else(|error| Ran::not_prepared(&*error));
    Row { target, ran }
}

fn ran(target: &'static Target, kit: &Kit, options: &Options) -> Result<Ran> {
    let goal = options.goal.unwrap_or(Goal::Run).min(target.goal);
    let build = Build::new(target, kit, goal)?;
    match options.goal {
        Some(_) => build.go(&options.rest),
        None => Ok(Ran::default()),
    }
}

fn print_help() {
    println!("{HELP}");
    for target in targets::TARGETS {
        println!("  {:<28} {}", target.triple, target.words());
    }
    println!("\nGroups of them:");
    for (name, triples) in targets::GROUPS {
        println!("  {name:<28} {}", triples.join(" "));
    }
    println!("  {:<28} every target", targets::ALL);
}

const HELP: &str = "\
cargo xtask cross TARGET... [--setup | --check] [-- ARGUMENTS]

Builds the tests of the workspace for other systems and runs them; at the end a table tells how it went.
Needs Debian 12 or a system like it, on x86-64. What is missing is installed: packages by apt-get, and a few files in
the folder `cross` of the target folder.

  --setup            only installs
  --check            only checks the types
  -- ARGUMENTS       for cargo test (or cargo check), as in `-- -p openwinhttp` or `-- -- --test-threads 1`

Targets:";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Options>> {
        Options::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn the_command_line_is_read() {
        let options = parse("windows s390x-unknown-linux-gnu --check -- -p wire -- some_test").unwrap().unwrap();
        let triples: Vec<_> = options.targets.iter().map(|target| target.triple).collect();
        assert_eq!(triples, ["x86_64-pc-windows-gnu", "i686-pc-windows-gnu", "s390x-unknown-linux-gnu"]);
        assert!(options.goal == Some(Goal::Check));
        assert_eq!(options.rest, ["-p", "wire", "--", "some_test"]);
        assert!(parse("all --setup").unwrap().unwrap().goal.is_none());
        assert!(parse("all --help").unwrap().is_none());
        for wrong in ["", "--check", "vax", "-- all"] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
