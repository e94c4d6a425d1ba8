//! The chores of this workspace. `cargo xtask` lists them.

mod api;
mod conformance;
mod counts;
mod cross;
mod floors;
mod header;
mod install;
mod measured;
mod peers;
mod scale;

use std::process::ExitCode;

/// What the chores return; a chore only prints its errors.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// What a command ends with.
pub(crate) type Outcome = Result<()>;

/// One chore.
struct Command {
    name: &'static str,
    summary: &'static str,
    run: fn(&[String]) -> Outcome,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = words.split_first() else {
        print_help();
        return ExitCode::SUCCESS;
    };
    if matches!(name.as_str(), "help" | "-h" | "--help") {
        print_help();
        return ExitCode::SUCCESS;
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprintln!("cargo xtask: there is no command {name:?}\n");
        print_help();
        return ExitCode::FAILURE;
    };
    match (command.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo xtask {name}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print_help() {
    println!("cargo xtask <command> [arguments]\n\nCommands:");
    for command in COMMANDS {
        println!("  {:<12} {}", command.name, command.summary);
    }
    println!("\n`cargo xtask <command> --help` tells the arguments of a command.");
}

/// Every command there is, in the order of the help text.
const COMMANDS: &[Command] = &[
    Command {
        name: "conformance",
        summary: "docs/conformance.md: what works, differs or is missing, and the tests that prove it",
        run: conformance::run,
    },
    Command {
        name: "counts",
        summary: "system calls, allocations and instructions per request and per MiB, beside the peers",
        run: counts::run,
    },
    Command { name: "cross", summary: "the tests on other systems: Windows, other processors, macOS", run: cross::run },
    Command {
        name: "peers",
        summary: "speed as a ratio to the raw limit, ours beside the peers, in interleaved rounds",
        run: peers::run,
    },
    Command { name: "scale", summary: "thousands of requests at once: threads and memory of ours", run: scale::run },
    Command { name: "floors", summary: "checks the floors of the workspace", run: |_| floors::run() },
    Command { name: "header", summary: "include/winhttp.h, and the list that tests it", run: header::run },
    Command { name: "install", summary: "the C library with its header, for pkg-config and CMake", run: install::run },
];
