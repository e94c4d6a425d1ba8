//! `cargo xtask counts`: what one request, or one MiB of a download, costs in system calls, allocations and
//! instructions.
//!
//! Every number is the difference of two runs of different length, divided by the difference of their counts; so what
//! a program does only once (starting, connecting, the TLS handshake) is not in it.

use std::process::{Command, Stdio};

use crate::measured::{Finished, Options, Origin, Programs, Run, WorkloadName, print_table, with_commas};
use crate::{Outcome, Result};

pub(crate) fn run(words: &[String]) -> Outcome {
    let Some(mut options) = Options::parse(words)? else {
        println!("{HELP}");
        return Ok(());
    };
    if options.check {
        keep_what_has_a_bar(&mut options);
    }
    let programs = Programs::build(&options)?;
    let measures: Vec<&Measure> = MEASURES.iter().filter(|measure| measure.is_possible()).collect();
    if options.check && measures.len() < MEASURES.len() {
        return Err("--check needs all the tools".into());
    }
    let origin = programs.start_origin()?;
    let mut missed = Vec::new();
    for workload in &programs.workloads {
        let counter = Counter { programs: &programs, origin: &origin, workload, options: &options };
        counter.print(&measures, &mut missed)?;
    }
    report(&options, &missed)
}

/// Without filters a check runs nothing but what [`BARS`] speak of.
fn keep_what_has_a_bar(options: &mut Options) {
    options.no_curl = true;
    if options.clients.is_empty() {
        options.clients = BARS.iter().map(|bar| bar.client.into()).collect();
    }
    if options.only.is_empty() {
        options.only = BARS.iter().map(|bar| bar.workload.into()).collect();
    }
}

fn report(options: &Options, missed: &[String]) -> Outcome {
    println!();
    for line in missed {
        println!("bar missed: {line}");
    }
    match options.check {
        true if !missed.is_empty() => Err(format!("{} bars missed", missed.len()).into()),
        true => {
            println!("every bar is held");
            Ok(())
        }
        false => Ok(()),
    }
}

/// Counts for one workload.
struct Counter<'a> {
    programs: &'a Programs,
    origin: &'a Origin,
    workload: &'a WorkloadName,
    options: &'a Options,
}

impl Counter<'_> {
    /// Prints the table of this workload and adds the bars that are missed to `missed`.
    fn print(&self, measures: &[&Measure], missed: &mut Vec<String>) -> Outcome {
        let mut rows = Vec::new();
        for client in self.programs.clients.iter().filter(|client| self.is_wanted(client)) {
            let mut row = vec![client.clone()];
            for measure in measures {
                if measure.tool.is_none() && client == IN_C {
                    row.push("-".into());
                    continue;
                }
                let value = self.per_unit(client, measure)?;
                row.push(with_commas(value, measure.decimals));
                missed.extend(self.bar_missed(client, measure, value));
            }
            rows.push(row);
        }
        let header: Vec<&str> = ["client"].into_iter().chain(measures.iter().map(|measure| measure.name)).collect();
        print_table(&format!("{}, per {}", self.workload.name, self.workload.unit), &header, &rows);
        Ok(())
    }

    /// A check leaves out what has no bar with this workload.
    fn is_wanted(&self, client: &str) -> bool {
        let has_bar = |bar: &Bar| bar.client == client && bar.workload == self.workload.name;
        !self.options.check || BARS.iter().any(has_bar)
    }

    fn per_unit(&self, client: &str, measure: &Measure) -> Result<f64> {
        let (few, many) = if self.workload.unit == "request" { REQUESTS } else { self.mebibytes() };
        let difference = self.total(client, measure, many)? - self.total(client, measure, few)?;
        Ok(difference / (many - few) as f64)
    }

    /// So many for each lane.
    fn mebibytes(&self) -> (u64, u64) {
        let (few, many) = if self.workload.lanes == 1 { MEBIBYTES } else { MEBIBYTES_OF_MANY };
        (few * self.workload.lanes, many * self.workload.lanes)
    }

    fn total(&self, client: &str, measure: &Measure, count: u64) -> Result<f64> {
        let workload = &self.workload.name;
        let run = Run { client, workload, count, allocations: measure.tool.is_none() };
        let under = self.tool_command(client, measure)?;
        (measure.read)(&self.programs.work(self.origin, &run, &under)?)
    }

    fn tool_command(&self, client: &str, measure: &Measure) -> Result<Vec<String>> {
        let Some(tool) = &measure.tool else { return Ok(Vec::new()) };
        let mut words: Vec<String> = [tool.name].iter().chain(tool.arguments).map(|&word| word.into()).collect();
        if tool.name == "valgrind" {
            words.push(format!("--callgrind-out-file={}", self.profile(client)?));
        }
        Ok(words)
    }

    /// Where the profile of a run goes; `%p` becomes the number of the process, for there are two runs.
    fn profile(&self, client: &str) -> Result<String> {
        let Some(folder) = &self.options.profiles else { return Ok("/dev/null".into()) };
        std::fs::create_dir_all(folder)?;
        Ok(folder.join(format!("{client}.{}.%p.out", self.workload.name)).display().to_string())
    }

    fn bar_missed(&self, client: &str, measure: &Measure, value: f64) -> Option<String> {
        let is_of =
            |bar: &&Bar| (bar.client, bar.workload, bar.measure) == (client, self.workload.name.as_str(), measure.name);
        let bar = BARS.iter().find(is_of).filter(|bar| value > bar.at_most + ROUNDING)?;
        let (value, at_most) = (with_commas(value, 2), with_commas(bar.at_most, 0));
        let unit = &self.workload.unit;
        Some(format!("{client} on {}: {value} {} per {unit}, at most {at_most}", bar.workload, bar.measure))
    }
}

/// Something that is counted.
struct Measure {
    name: &'static str,
    decimals: usize,
    /// What counts it; `None` when the program counts itself.
    tool: Option<Tool>,
    read: fn(&Finished) -> Result<f64>,
}

struct Tool {
    name: &'static str,
    arguments: &'static [&'static str],
}

impl Measure {
    /// Whether its tool is there; says so when it is not.
    fn is_possible(&self) -> bool {
        let Some(tool) = &self.tool else { return true };
        let there = Command::new(tool.name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        let there = there.is_ok_and(|status| status.success());
        if !there {
            println!(
                "{0} is not installed, so {1} are not counted (Debian: apt-get install {0})",
                tool.name, self.name
            );
        }
        there
    }
}

/// The sum of the column `calls` in the table that `strace -c` prints.
fn system_calls(finished: &Finished) -> Result<f64> {
    let rows = finished.stderr.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let rows = rows.filter(|cells| cells.len() >= 5 && cells.last() != Some(&"total"));
    let calls: f64 = rows.filter_map(|cells| cells[3].parse::<f64>().ok()).sum();
    if calls > 0.0 { Ok(calls) } else { Err(format!("strace printed no table:\n{}", finished.stderr).into()) }
}

/// The number after `Collected :` in callgrind's closing lines.
fn instructions(finished: &Finished) -> Result<f64> {
    let collected = finished.stderr.lines().find_map(|line| line.split_once("Collected :"));
    let (_, number) = collected.ok_or_else(|| format!("callgrind printed no total:\n{}", finished.stderr))?;
    Ok(number.trim().parse()?)
}

/// A number that a client of ours has to keep.
struct Bar {
    client: &'static str,
    workload: &'static str,
    measure: &'static str,
    at_most: f64,
}

const OURS: &str = "openwinhttp";
const OURS_ASYNC: &str = "openwinhttp-async";

/// The client whose allocations the counting allocator does not see.
const IN_C: &str = "curl";

const SYSTEM_CALLS: &str = "system calls";
const ALLOCATIONS: &str = "allocations";
const INSTRUCTIONS: &str = "instructions";

const BARS: &[Bar] = &[
    Bar { client: OURS, workload: "small", measure: SYSTEM_CALLS, at_most: 2.0 },
    Bar { client: OURS, workload: "small", measure: ALLOCATIONS, at_most: 8.0 },
    Bar { client: OURS, workload: "small", measure: INSTRUCTIONS, at_most: 9_000.0 },
    Bar { client: OURS_ASYNC, workload: "small", measure: SYSTEM_CALLS, at_most: 5.0 },
    Bar { client: OURS_ASYNC, workload: "small", measure: ALLOCATIONS, at_most: 20.0 },
    Bar { client: OURS, workload: "tls-small", measure: SYSTEM_CALLS, at_most: 2.0 },
    Bar { client: OURS, workload: "plain-64k", measure: ALLOCATIONS, at_most: 0.0 },
    Bar { client: OURS, workload: "plain-8k", measure: ALLOCATIONS, at_most: 0.0 },
    Bar { client: OURS, workload: "chunked-16k", measure: ALLOCATIONS, at_most: 0.0 },
    Bar { client: OURS, workload: "chunked-100", measure: ALLOCATIONS, at_most: 0.0 },
];

const MEASURES: &[Measure] = &[
    Measure {
        name: SYSTEM_CALLS,
        decimals: 2,
        tool: Some(Tool { name: "strace", arguments: &["-f", "-c"] }),
        read: system_calls,
    },
    Measure { name: ALLOCATIONS, decimals: 2, tool: None, read: |finished| finished.number("allocations") },
    Measure { name: "allocated bytes", decimals: 0, tool: None, read: |finished| finished.number("bytes") },
    Measure {
        name: INSTRUCTIONS,
        decimals: 0,
        tool: Some(Tool { name: "valgrind", arguments: &["--tool=callgrind"] }),
        read: instructions,
    },
];

/// The counts of the two runs: of requests, of MiB, and of MiB for each of several lanes.
const REQUESTS: (u64, u64) = (200, 1200);
const MEBIBYTES: (u64, u64) = (4, 16);
const MEBIBYTES_OF_MANY: (u64, u64) = (1, 4);

/// How far above its bar a number may be for a stray call in a thousand.
const ROUNDING: f64 = 0.01;

const HELP: &str = "\
cargo xtask counts [--only WORKLOAD]... [--client CLIENT]... [--check] [--profiles FOLDER] [--no-curl]

Prints per request (small GETs on a kept connection) or per MiB (downloads) the system calls (strace), heap allocations
(counting allocator, which does not see those of C) and user instructions (callgrind) of each client. Workloads with -xN
in their name have N requests under way at once.

  --only WORKLOAD    only this one; may be repeated
  --client CLIENT    only this one; may be repeated
  --check            only our clients where they have bars to keep; fails when one is missed
  --profiles FOLDER  keeps callgrind's files there, for callgrind_annotate
  --no-curl          leaves curl out, whose build needs OpenSSL's headers on Linux";
