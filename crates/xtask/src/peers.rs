//! `cargo xtask peers`: the speed of each client as a ratio to the raw limit, or to another client.
//!
//! The clients take turns within each round and the order rotates, so that a slow moment of the machine meets all of
//! them alike; each ratio is taken within one round, and the table shows the median of the rounds.

use crate::measured::{Options, Origin, Programs, Run, WorkloadName, print_table, with_commas};
use crate::{Outcome, Result};

pub(crate) fn run(words: &[String]) -> Outcome {
    let Some(mut options) = Options::parse(words)? else {
        println!("{HELP}");
        return Ok(());
    };
    let limit = options.to.clone().unwrap_or_else(|| LIMIT.into());
    if !options.clients.is_empty() {
        options.clients.push(limit.clone());
    }
    let programs = Programs::build(&options)?;
    let limit = programs.clients.iter().position(|client| *client == limit).ok_or("there is no such client")?;
    let origin = programs.start_origin()?;
    let plan = if options.quick { QUICK } else { THOROUGH };
    for workload in &programs.workloads {
        Race { programs: &programs, origin: &origin, workload, plan, limit }.print()?;
    }
    Ok(())
}

/// The clients against each other on one workload.
struct Race<'a> {
    programs: &'a Programs,
    origin: &'a Origin,
    workload: &'a WorkloadName,
    plan: Plan,
    /// The place of the client that the others are compared with.
    limit: usize,
}

impl Race<'_> {
    fn print(&self) -> Outcome {
        let rounds = self.rounds()?;
        let limit = &rounds[self.limit];
        let mut rows = Vec::new();
        for (client, rates) in self.programs.clients.iter().zip(&rounds) {
            let ratios = sorted(rates.iter().zip(limit).map(|(rate, limit)| rate / limit));
            let mut row = vec![client.clone(), with_commas(quantile(&sorted(rates.iter().copied()), 0.5), 0)];
            row.extend([0.5, 0.25, 0.75].map(|at| format!("{:.3}", quantile(&ratios, at))));
            rows.push(row);
        }
        let per_second = if self.workload.unit == "request" { "requests/s" } else { "MiB/s" };
        let ratio = format!("ratio to {}", self.programs.clients[self.limit]);
        let header = ["client", per_second, &ratio, "from", "to"];
        print_table(&format!("{}, {} rounds", self.workload.name, self.plan.rounds), &header, &rows);
        Ok(())
    }

    /// For each client its rate (units per second) in each round.
    fn rounds(&self) -> Result<Vec<Vec<f64>>> {
        let clients = &self.programs.clients;
        let counts = clients.iter().map(|client| self.fitting_count(client)).collect::<Result<Vec<_>>>()?;
        let mut rates = vec![Vec::new(); clients.len()];
        for round in 0..self.plan.rounds {
            for turn in 0..clients.len() {
                let at = (round + turn) % clients.len();
                rates[at].push(self.rate(&clients[at], counts[at])?);
            }
        }
        Ok(rates)
    }

    /// The count that takes `client` about as long as the plan has for one run.
    fn fitting_count(&self, client: &str) -> Result<u64> {
        let first = self.workload.lanes * if self.workload.unit == "request" { 200 } else { 8 };
        let rate = self.rate(client, first)?;
        Ok(((rate * self.plan.seconds) as u64).clamp(first, MOST))
    }

    fn rate(&self, client: &str, count: u64) -> Result<f64> {
        let run = Run { client, workload: &self.workload.name, count, allocations: false };
        let finished = self.programs.work(self.origin, &run, &[])?;
        Ok(count as f64 * 1e9 / finished.number("elapsed_ns")?)
    }
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The value below which the share `at` of the sorted `values` lies.
fn quantile(values: &[f64], at: f64) -> f64 {
    values[((values.len() - 1) as f64 * at).round() as usize]
}

/// How much is run.
#[derive(Clone, Copy)]
struct Plan {
    rounds: usize,
    /// How long one client runs in one round.
    seconds: f64,
}

const QUICK: Plan = Plan { rounds: 5, seconds: 0.15 };
const THOROUGH: Plan = Plan { rounds: 15, seconds: 0.5 };

/// The client that the others are compared with if no other is named.
const LIMIT: &str = "raw";

/// No run has more requests or MiB.
const MOST: u64 = 100_000;

const HELP: &str = "\
cargo xtask peers [--quick] [--only WORKLOAD]... [--client CLIENT]... [--to CLIENT] [--no-curl]

Prints the speed of each client as a ratio to a raw socket (raw rustls for the workloads over TLS): the median of
interleaved rounds, and the two quartiles. Wants a machine that does nothing else. Workloads with -xN in their name have
N requests under way at once; clients that wait have N threads for that.

  --quick            few and short rounds
  --only WORKLOAD    only this one; may be repeated
  --client CLIENT    only this one and the one to compare with; may be repeated
  --to CLIENT        compare with this one, not with the raw socket
  --no-curl          leaves curl out, whose build needs OpenSSL's headers on Linux";
