//! Cargo, asked to build for a target and to run what it built there.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{ChildStdout, Command, Stdio};

use super::c_programs;
use super::kit::{self, Kit};
use super::prepare::{Means, Site};
use super::report::Ran;
use super::tally::Tally;
use super::targets::{Goal, Target};
use super::toolchain::Toolchain;
use crate::{Outcome, Result};

/// A target that is ready to be built.
pub(super) struct Build<'a> {
    site: Site<'a>,
    means: Means,
}

impl<'a> Build<'a> {
    /// Installs what is missing.
    pub(super) fn new(target: &'static Target, kit: &'a Kit, goal: Goal) -> Result<Self> {
        let site = Site { target, kit, goal, toolchain: Toolchain::of(target.triple) };
        kit::need_packages(site.toolchain.packages())?;
        kit::need_packages(target.packages)?;
        let means = (target.prepare)(&site)?;
        Ok(Self { site, means })
    }

    /// Goes as far as it was asked to. `words` are for cargo and, behind `--`, for the test programs.
    pub(super) fn go(&self, words: &[String]) -> Result<Ran> {
        let for_cargo = words.split(|word| word == "--").next().unwrap_or_default();
        let mut ran = Ran { left_out: self.left_out(for_cargo), ..Ran::default() };
        let (first, built) = match self.site.goal {
            Goal::Check => (["check", "--all-targets"], "types only"),
            Goal::Link | Goal::Run => (["test", "--no-run"], "yes"),
        };
        if !self.cargo(&first, for_cargo).status()?.success() {
            ran.failure = Some("it does not build".into());
            return Ok(Ran { built: Some("no"), ..ran });
        }
        ran.built = Some(built);
        match self.site.goal {
            Goal::Run => self.test(words, ran),
            _ => Ok(ran),
        }
    }

    fn test(&self, words: &[String], ran: Ran) -> Result<Ran> {
        let _services = self.means.wine.as_ref().map(|wine| wine.start()).transpose()?;
        let mut cargo = self.cargo(&["test", "--no-fail-fast"], words).stdout(Stdio::piped()).spawn()?;
        let mut tally = tally(cargo.stdout.take().ok_or("cargo has no output")?)?;
        let otherwise = (!cargo.wait()?.success()).then(|| "cargo test failed".to_owned());
        if self.means.wine.is_some() && c_programs::are_meant(words) {
            self.test_c_programs(&mut tally)?;
        }
        Ok(Ran { failure: tally.complaint().or(otherwise), tally: Some(tally), ..ran })
    }

    fn test_c_programs(&self, tally: &mut Tally) -> Outcome {
        let Site { target, kit, .. } = self.site;
        c_programs::need_packages(target.processor())?;
        let library = ["--package", c_programs::PACKAGE, "--lib"].map(str::to_owned);
        if !self.cargo(&["build"], &library).status()?.success() {
            return Err("winhttp.dll does not build".into());
        }
        let library = kit.builds().join(target.triple).join("debug/winhttp.dll");
        let (processor, runner) = (target.processor(), &self.means.runner);
        c_programs::Programs { kit, processor, library: &library, runner }.count(tally)
    }

    /// What is not run here, and why.
    fn left_out(&self, words: &[String]) -> Vec<String> {
        let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (package, why) in self.left_out_packages(words) {
            reasons.entry(why).or_default().push(package);
        }
        let packages = reasons.iter().map(|(why, packages)| format!("without {}: {why}", packages.join(", ")));
        let rest = (self.site.goal != Goal::Run).then(|| format!("not run: {}", self.site.target.runner));
        packages.chain(rest).collect()
    }

    fn left_out_packages(&self, words: &[String]) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
        let (chosen, checked) = (names_packages(words), self.site.goal == Goal::Check);
        let everywhere = LEFT_OUT.iter().filter(move |_| !chosen && !checked);
        everywhere.chain(self.site.target.without.iter().filter(move |_| !chosen))
    }

    /// Cargo, with `first` and all that the target asks for before `words`.
    fn cargo(&self, first: &[&str], words: &[String]) -> Command {
        let (Site { target, kit, toolchain, .. }, means) = (&self.site, &self.means);
        let mut cargo = toolchain.cargo(means.zig.as_deref());
        cargo.current_dir(kit::root()).env("CARGO_TARGET_DIR", kit.builds());
        cargo.envs(PROFILE.iter().copied()).envs(means.env.iter().cloned());
        cargo.args(first).args(toolchain.flags()).args(["--locked", "--target", target.triple]);
        for (key, value) in self.settings() {
            cargo.arg("--config").arg(format!("target.{}.{key}={value}", target.triple));
        }
        if !names_packages(words) {
            cargo.arg("--workspace");
        }
        for (package, _) in self.left_out_packages(words) {
            cargo.args(["--exclude", package]);
        }
        cargo.args(words);
        cargo
    }

    /// Cargo's settings for the target, as TOML. Every program that it runs has a time limit.
    fn settings(&self) -> Vec<(&'static str, String)> {
        let runner: Vec<&str> = LIMIT.iter().copied().chain(self.means.runner.iter().map(String::as_str)).collect();
        let linker = self.means.linker.as_ref().map(|linker| ("linker", format!("{linker:?}")));
        // Programs in the documentation are compiled by rustdoc.
        let flags = ["rustflags", "rustdocflags"].map(|key| (key, format!("{:?}", self.means.rustflags)));
        let flags = flags.into_iter().filter(|_| !self.means.rustflags.is_empty());
        [("runner", format!("{runner:?}"))].into_iter().chain(linker).chain(flags).collect()
    }
}

/// Shows and counts what the tests say.
fn tally(output: ChildStdout) -> Result<Tally> {
    let mut tally = Tally::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        println!("{line}");
        tally.take(line.trim_end());
    }
    Ok(tally)
}

fn names_packages(words: &[String]) -> bool {
    let names_one = |word: &String| word.starts_with("-p") || word.starts_with("--package") || word == "--workspace";
    words.iter().take_while(|word| *word != "--").any(names_one)
}

/// Emulators are slow, and so is a standard library that is built without optimization: some tests measure time.
const PROFILE: &[(&str, &str)] = &[
    ("CARGO_PROFILE_DEV_OPT_LEVEL", "1"),
    // It would give names to what has none, and a test looks for such.
    ("CARGO_PROFILE_DEV_LTO", "off"),
    ("CARGO_PROFILE_DEV_DEBUG", "line-tables-only"),
    // What it keeps is as large as the rest, for each target.
    ("CARGO_INCREMENTAL", "0"),
];

/// A test program that takes longer is ended, and what it started with it.
const LIMIT: &[&str] = &["timeout", "--kill-after=10", "900"];

/// Packages whose tests are not run on another system, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("benches", "they measure this machine, beside clients that need more libraries"),
    ("xtask", "the chores of a developer, for the machine where the sources are"),
];
