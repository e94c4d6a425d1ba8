//! What the targets need on this machine: Debian's packages, and files that are made once and kept.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io};

use crate::{Outcome, Result};

/// The folder of everything that is made for the targets.
pub(super) struct Kit {
    pub(super) folder: PathBuf,
}

impl Kit {
    pub(super) fn new() -> Result<Self> {
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
        let folder = target.join("cross");
        fs::create_dir_all(&folder)?;
        Ok(Self { folder: fs::canonicalize(folder)? })
    }

    /// What cargo builds. It is apart from the usual builds, as the compiler may be another one.
    pub(super) fn builds(&self) -> &Path {
        &self.folder
    }

    /// The folder of this name, which `make` fills the first time.
    pub(super) fn once(&self, name: &str, make: impl FnOnce(&Path) -> Outcome) -> Result<PathBuf> {
        let folder = self.folder.join("kit").join(name);
        let mark = folder.with_extension("ready");
        if mark.exists() {
            return Ok(folder);
        }
        println!("making {}", folder.display());
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        make(&folder)?;
        fs::write(mark, "")?;
        Ok(folder)
    }
}

/// The workspace.
pub(super) fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::canonicalize(&root).unwrap_or(root)
}

/// Installs those of Debian's packages that are missing.
pub(super) fn need_packages(names: &[&str]) -> Outcome {
    let missing = missing(names)?;
    if missing.is_empty() {
        return Ok(());
    }
    println!("installing {}", missing.join(" "));
    // A list that is somewhat old may do, so that a failure here is none yet.
    let _ = run(&mut as_root(&["apt-get", LOCK, "update", "-qq"]));
    let install = ["apt-get", LOCK, "install", "-qq", "--yes", "--no-install-recommends"];
    run(as_root(&install).args(missing))
}

fn missing<'a>(names: &[&'a str]) -> Result<Vec<&'a str>> {
    let output =
        Command::new("dpkg-query").args(["-W", "-f", "${Package} ${db:Status-Status}\\n"]).args(names).output();
    let installed = String::from_utf8(output.map_err(no_debian(names))?.stdout)?;
    let is_missing = |name: &&&str| !installed.lines().any(|line| line == format!("{name} installed"));
    Ok(names.iter().filter(is_missing).copied().collect())
}

fn no_debian(names: &[&str]) -> impl FnOnce(io::Error) -> String {
    let names = names.join(" ");
    move |error| format!("this is no Debian (dpkg-query: {error}); needed are its packages {names}")
}

/// A command that needs the rights of the system's owner.
fn as_root(words: &[&str]) -> Command {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    let sudo: &[&str] = if is_root { &["env"] } else { &["sudo", "env"] };
    let mut words = sudo.iter().chain(&["DEBIAN_FRONTEND=noninteractive"]).chain(words);
    let mut command = Command::new(words.next().unwrap_or(&"env"));
    command.args(words);
    command
}

/// Runs a command to its end; when it fails, what it said is in the error.
pub(super) fn run(command: &mut Command) -> Outcome {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{program}: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => {
            let said = [output.stdout, output.stderr].concat();
            Err(format!("{program} failed: {}", String::from_utf8_lossy(&said).trim_end()).into())
        }
    }
}

/// Others may be installing too: wait for them, ten minutes at most.
const LOCK: &str = "-oDPkg::Lock::Timeout=600";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_once_and_again_after_a_failure() {
        let kit = Kit { folder: env::temp_dir().join(format!("openwinhttp-kit-{}", std::process::id())) };
        assert!(kit.once("a", |folder| Ok(fs::write(folder.join("rest"), "")?).and(Err("no".into()))).is_err());
        let made = kit.once("a", |folder| Ok(fs::write(folder.join("all"), "")?)).unwrap();
        assert!(made.join("all").exists() && !made.join("rest").exists());
        kit.once("a", |_| Err("it is there".into())).unwrap();
        fs::remove_dir_all(kit.folder).unwrap();
    }

    #[test]
    fn what_a_command_says_is_in_the_error() {
        let error = run(Command::new("sh").args(["-c", "echo why; exit 1"]));
        assert!(cfg!(windows) || error.is_err_and(|error| error.to_string() == "sh failed: why"));
    }
}
