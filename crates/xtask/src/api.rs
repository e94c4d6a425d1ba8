//! What is known of winhttp.h: the source of windows-sys, our additions to it, and the table in tests/api.toml.

mod module;
mod prototype;
mod rows;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::{Outcome, Result};

pub(crate) use module::{Constant, Function, Module, Param, Struct, Type};
pub(crate) use prototype::Prototype;
pub(crate) use rows::{Row, Rows, State, Unnamed};

/// Everything that the header and the conformance table are made of.
pub(crate) struct Api {
    /// winhttp.h as windows-sys has it.
    pub(crate) module: Module,
    /// What windows-sys lacks.
    pub(crate) additions: Module,
    /// The general codes of Windows that this API gives too.
    pub(crate) errors: Vec<Constant>,
    pub(crate) rows: Rows,
}

impl Api {
    pub(crate) fn read() -> Result<Self> {
        let windows_sys = windows_sys()?.join("src/Windows/Win32");
        Ok(Self {
            module: Module::parse(&read(&windows_sys.join("Networking/WinHttp/mod.rs"))?)?,
            additions: Module::parse(&read(&root().join(ADDITIONS))?)?,
            errors: general_errors(&windows_sys)?,
            rows: Rows::parse(&read(&root().join(ROWS))?)?,
        })
    }

    /// The constants of both sources.
    pub(crate) fn constants(&self) -> impl Iterator<Item = &Constant> {
        self.module.constants.iter().chain(&self.additions.constants)
    }
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Writes generated files, or with `--check` says which of them are stale.
pub(crate) fn deliver(words: &[String], help: &str, files: impl FnOnce() -> Result<Vec<Generated>>) -> Outcome {
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => files()?.iter().try_for_each(Generated::write),
        ["--check"] => files()?.iter().try_for_each(Generated::check),
        ["-h" | "--help"] => {
            println!("{help}");
            Ok(())
        }
        _ => Err("unknown arguments; --help lists them".into()),
    }
}

/// A file that a chore makes.
pub(crate) struct Generated {
    /// Relative to the root of the workspace.
    pub(crate) path: &'static str,
    pub(crate) text: String,
}

impl Generated {
    fn write(&self) -> Outcome {
        fs::write(root().join(self.path), &self.text).map_err(|error| format!("{}: {error}", self.path))?;
        println!("wrote {}", self.path);
        Ok(())
    }

    fn check(&self) -> Outcome {
        let committed = read(&root().join(self.path))?;
        match first_difference(&committed, &self.text) {
            None => Ok(()),
            Some(line) => Err(format!("{}:{line} is stale; run this command without --check", self.path).into()),
        }
    }
}

/// The first line in which two texts differ. How lines end is git's business.
fn first_difference(left: &str, right: &str) -> Option<usize> {
    let (mut left, mut right) = (left.lines(), right.lines());
    (1..).find_map(|line| match (left.next(), right.next()) {
        (None, None) => Some(None),
        (a, b) if a == b => None,
        _ => Some(Some(line)),
    })?
}

pub(crate) fn read(path: &Path) -> Result<String> {
    Ok(fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?)
}

/// The general codes of the table of errors; those of WinHTTP stand in the module itself.
fn general_errors(windows_sys: &Path) -> Result<Vec<Constant>> {
    let names = module::rows_of_errors(&read(&root().join(ERRORS))?)?;
    let foundation = module::constants(&read(&windows_sys.join("Foundation/mod.rs"))?)?;
    Ok(foundation.into_iter().filter(|constant| names.contains(&constant.name)).collect())
}

/// The folder of the windows-sys that the workspace is built with.
fn windows_sys() -> Result<PathBuf> {
    let packages = metadata()?.packages;
    let wanted = |package: &&Package| package.name == "windows-sys" && package.version.starts_with(WINDOWS_SYS);
    let package = packages.iter().find(wanted).ok_or("there is no windows-sys 0.61 among the dependencies")?;
    Ok(package.manifest_path.parent().ok_or("a manifest has no folder")?.to_owned())
}

/// What cargo knows of the packages for this system; for all systems it would have to fetch them first.
fn metadata() -> Result<Metadata> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--filter-platform", &host()?])
        .current_dir(root())
        .output()?;
    match output.status.success() {
        true => Ok(serde_json::from_slice(&output.stdout)?),
        false => Err(String::from_utf8_lossy(&output.stderr).into()),
    }
}

fn host() -> Result<String> {
    let told = String::from_utf8(Command::new("rustc").arg("-vV").output()?.stdout)?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("rustc does not tell the host")?.to_owned())
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    manifest_path: PathBuf,
}

const WINDOWS_SYS: &str = "0.61.";
const ADDITIONS: &str = "crates/abi/src/additions.rs";
const ERRORS: &str = "crates/abi/src/errors.rs";
pub(crate) const ROWS: &str = "tests/api.toml";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_told() {
        assert_eq!(first_difference("a\nb\n", "a\r\nb\r\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(first_difference("a\n", "a\nb\n"), Some(2));
        assert_eq!(first_difference("", ""), None);
    }

    #[test]
    fn a_stale_file_is_noticed() {
        let path = "crates/xtask/Cargo.toml";
        let text = read(&root().join(path)).unwrap();
        assert!(Generated { path, text: text.clone() }.check().is_ok());
        assert!(Generated { path, text: text + "more = 1\n" }.check().is_err());
        assert!(Generated { path: "crates/xtask/none.toml", text: String::new() }.check().is_err());
    }

    #[test]
    fn every_general_error_is_found() {
        let api = Api::read().unwrap();
        let value = |name: &str| api.errors.iter().find(|error| error.name == name).map(|error| error.value);
        assert_eq!(value("ERROR_SUCCESS"), Some(0));
        assert_eq!(value("ERROR_INSUFFICIENT_BUFFER"), Some(122));
        assert_eq!(value("ERROR_WINHTTP_TIMEOUT"), None);
    }
}
