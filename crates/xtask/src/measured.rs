//! What `counts`, `peers` and `scale` share: the programs of the package `benches`, built, started, timed and ended.

#![allow(clippy::disallowed_methods, reason = "a chore waits for the programs that it starts")]

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use crate::Result;
use crate::install::cargo;

/// The arguments of `counts` and `peers`.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// Only these workloads; all when empty.
    pub(crate) only: Vec<String>,
    /// Only these clients; all when empty.
    pub(crate) clients: Vec<String>,
    /// Where to keep the profiles.
    pub(crate) profiles: Option<PathBuf>,
    pub(crate) check: bool,
    pub(crate) quick: bool,
    pub(crate) no_curl: bool,
    /// The client that the others are compared with.
    pub(crate) to: Option<String>,
}

impl Options {
    /// Parses `words`; `None` when the help text was asked for.
    pub(crate) fn parse(words: &[String]) -> Result<Option<Self>> {
        let mut options = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().cloned().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "--only" => options.only.push(value()?),
                "--client" => options.clients.push(value()?),
                "--profiles" => options.profiles = Some(value()?.into()),
                "--check" => options.check = true,
                "--quick" => options.quick = true,
                "--no-curl" => options.no_curl = true,
                "--to" => options.to = Some(value()?),
                "-h" | "--help" => return Ok(None),
                _ => return Err(format!("unknown argument {word:?}; --help lists them").into()),
            }
        }
        Ok(Some(options))
    }
}

/// The built programs, and what they can do.
pub(crate) struct Programs {
    work: PathBuf,
    origin: PathBuf,
    /// The clients that were built in, and were asked for.
    pub(crate) clients: Vec<String>,
    /// The workloads that were asked for.
    pub(crate) workloads: Vec<WorkloadName>,
}

/// A workload as `work list` names it.
pub(crate) struct WorkloadName {
    pub(crate) name: String,
    /// `request` or `MiB`.
    pub(crate) unit: String,
    /// How many requests are under way at once.
    pub(crate) lanes: u64,
}

impl Programs {
    /// Builds them in the release profile and asks them what there is.
    pub(crate) fn build(options: &Options) -> Result<Self> {
        let features: &[&str] = if options.no_curl { &[] } else { &["--features", "curl"] };
        let built = cargo()
            .args(["build", "--release", "--package", "benches", "--bins", "--message-format=json-render-diagnostics"])
            .args(features)
            .stderr(Stdio::inherit())
            .output()?;
        if !built.status.success() {
            return Err("the benchmarks do not build (--no-curl leaves curl out, which needs OpenSSL's headers)".into());
        }
        let messages = String::from_utf8(built.stdout)?;
        let mut programs = Self {
            work: executable(&messages, "work")?,
            origin: executable(&messages, "origin")?,
            clients: Vec::new(),
            workloads: Vec::new(),
        };
        programs.list(options)?;
        Ok(programs)
    }

    fn list(&mut self, options: &Options) -> Result<()> {
        let listed = finish(Command::new(&self.work).arg("list"))?.stdout;
        for line in listed.lines() {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["client", name] => self.clients.push(name.into()),
                ["workload", name, unit, lanes] => {
                    self.workloads.push(WorkloadName { name: name.into(), unit: unit.into(), lanes: lanes.parse()? });
                }
                _ => return Err(format!("`work list` printed {line:?}").into()),
            }
        }
        check_known(&options.clients, self.clients.iter())?;
        check_known(&options.only, self.workloads.iter().map(|workload| &workload.name))?;
        self.clients.retain(|name| options.clients.is_empty() || options.clients.contains(name));
        self.workloads.retain(|workload| options.only.is_empty() || options.only.contains(&workload.name));
        Ok(())
    }

    /// Starts an origin for the runs to come.
    pub(crate) fn start_origin(&self) -> Result<Origin> {
        let mut origin = Origin::start(&mut Command::new(&self.origin))?;
        origin.read_certificate()?;
        Ok(origin)
    }

    /// Runs `work scale` with `arguments` against a new origin that holds back, both with room for `files` open files.
    pub(crate) fn work_at_once(&self, arguments: [&str; 2], files: u64) -> Result<Finished> {
        let holder = Origin::start(with_files(files, &self.origin).arg("hold"))?;
        let mut command = with_files(files, &self.work);
        finish(command.arg("scale").args(arguments).args(["--port", &holder.port]))
    }

    /// One run of `work` against `origin`, under the tool and its arguments in `under` if there are any.
    pub(crate) fn work(&self, origin: &Origin, run: &Run<'_>, under: &[String]) -> Result<Finished> {
        let mut command = match under {
            [] => Command::new(&self.work),
            [tool, arguments @ ..] => {
                let mut command = Command::new(tool);
                command.args(arguments).arg(&self.work);
                command
            }
        };
        command.args([run.client, run.workload, &run.count.to_string()]);
        command.args(["--port", &origin.port, "--ca", &origin.ca_pem]);
        if run.allocations {
            command.arg("--allocations");
        }
        finish(&mut command).map_err(|error| format!("{} on {}: {error}", run.client, run.workload).into())
    }
}

/// `program` by a shell that sets how many files it may have open.
fn with_files(files: u64, program: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", r#"ulimit -S -n "$0" && exec "$@""#, &files.to_string()]).arg(program);
    command
}

/// What `work` shall do.
pub(crate) struct Run<'a> {
    pub(crate) client: &'a str,
    pub(crate) workload: &'a str,
    pub(crate) count: u64,
    pub(crate) allocations: bool,
}

/// What a program printed.
pub(crate) struct Finished {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    /// The number in the line `name number` of the standard output.
    pub(crate) fn number(&self, name: &str) -> Result<f64> {
        let line = self.stdout.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        Ok(line.ok_or_else(|| format!("`work` did not print {name}"))?.parse()?)
    }
}

/// The origin process; it ends with this value.
pub(crate) struct Origin {
    process: Child,
    output: BufReader<ChildStdout>,
    port: String,
    ca_pem: String,
}

impl Origin {
    fn start(program: &mut Command) -> Result<Self> {
        let mut process = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = BufReader::new(process.stdout.take().ok_or("the origin has no output")?);
        let mut origin = Self { process, output, port: String::new(), ca_pem: String::new() };
        origin.port = origin.line()?;
        Ok(origin)
    }

    fn read_certificate(&mut self) -> Result<()> {
        while !self.ca_pem.contains("-----END") {
            let line = self.line()?;
            self.ca_pem.push_str(&line);
            self.ca_pem.push('\n');
        }
        Ok(())
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        match self.output.read_line(&mut line)? {
            0 => Err("the origin did not start".into()),
            _ => Ok(line.trim_end().into()),
        }
    }
}

impl Drop for Origin {
    /// The origin ends by itself when its input is closed; that it is killed as well makes sure of it.
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs `command` to its end and returns what it printed; an error when it fails or takes too long.
fn finish(command: &mut Command) -> Result<Finished> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (stdout, stderr) = (text_of(child.stdout.take()), text_of(child.stderr.take()));
    let Ok(stdout) = stdout.recv_timeout(RUN_LIMIT) else {
        child.kill()?;
        child.wait()?;
        return Err(format!("{program} was killed after {} s", RUN_LIMIT.as_secs()).into());
    };
    let finished = Finished { stdout, stderr: stderr.recv()? };
    match child.wait()?.success() {
        true => Ok(finished),
        false => Err(format!("{program} failed: {}{}", finished.stdout, finished.stderr).into()),
    }
}

/// Everything that comes out of `pipe` until it is closed, read by a thread of its own.
fn text_of(pipe: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What came before a failure is what there is to show.
            let _ = pipe.read_to_end(&mut bytes);
        }
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

/// The path of the program `name` in cargo's messages (one JSON object a line).
fn executable(messages: &str, name: &str) -> Result<PathBuf> {
    let paths = messages.lines().filter_map(|line| line.split_once(r#""executable":""#)?.1.split('"').next());
    let mut paths = paths.map(|path| PathBuf::from(path.replace(r"\\", r"\")));
    let found = paths.find(|path| path.file_stem().is_some_and(|stem| stem == name));
    found.ok_or_else(|| format!("cargo built no program {name:?}").into())
}

fn check_known<'a>(wanted: &[String], known: impl Iterator<Item = &'a String>) -> Result<()> {
    let known: Vec<&str> = known.map(String::as_str).collect();
    match wanted.iter().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(format!("there is no {name:?}; there are {}", known.join(", ")).into()),
        None => Ok(()),
    }
}

/// Prints one table: the first cell of each row to the left, the others to the right.
pub(crate) fn print_table(title: &str, header: &[&str], rows: &[Vec<String>]) {
    let header: Vec<String> = header.iter().map(|&cell| cell.into()).collect();
    let lines = || std::iter::once(&header).chain(rows);
    let widths: Vec<usize> =
        (0..header.len()).map(|at| lines().map(|cells| cells[at].len()).max().unwrap_or(0)).collect();
    println!("\n{title}");
    for cells in lines() {
        print!("  {:<width$}", cells[0], width = widths[0]);
        for (cell, width) in cells.iter().zip(&widths).skip(1) {
            print!("  {cell:>width$}");
        }
        println!();
    }
}

/// `value` with so many decimals and commas between the thousands.
pub(crate) fn with_commas(value: f64, decimals: usize) -> String {
    let plain = format!("{value:.decimals$}");
    let (digits, rest) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text + rest
}

/// No run takes longer, not even the slowest peer under valgrind.
const RUN_LIMIT: Duration = Duration::from_secs(180);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_stand_between_thousands() {
        for (value, decimals, text) in [
            (0.0, 2, "0.00"),
            (999.4, 0, "999"),
            (1000.0, 0, "1,000"),
            (-1234567.25, 2, "-1,234,567.25"),
            (-123.0, 0, "-123"),
        ] {
            assert_eq!(with_commas(value, decimals), text);
        }
    }

    #[test]
    fn the_executable_is_found_in_cargos_messages() {
        let messages = r#"{"reason":"compiler-artifact","executable":null}
{"reason":"compiler-artifact","executable":"C:\\t\\release\\work.exe","fresh":true}"#;
        assert!(executable(messages, "origin").is_err());
        let path = executable(messages, "work");
        assert!(cfg!(not(windows)) || path.is_ok_and(|path| path == Path::new(r"C:\t\release\work.exe")));
    }
}
