//! The compiler for a target.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::kit;

/// Whose compiler is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Toolchain {
    /// That of rustup, which has the target's standard library.
    Rustup,
    /// Debian's, which has the sources of it.
    Debian,
}

impl Toolchain {
    pub(super) fn of(triple: &str) -> Self {
        let listed = Command::new("rustup").args(["target", "list", "--installed"]).current_dir(kit::root()).output();
        match listed.is_ok_and(|output| lists(&String::from_utf8_lossy(&output.stdout), triple)) {
            true => Self::Rustup,
            false => Self::Debian,
        }
    }

    /// Debian's packages.
    pub(super) fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Rustup => &["gcc", "libc6-dev"],
            Self::Debian => &["gcc", "libc6-dev", "rustc-web", "cargo-web", "rust-web-src"],
        }
    }

    /// Cargo, or in its place cargo-zigbuild from the folder `zig`.
    pub(super) fn cargo(self, zig: Option<&Path>) -> Command {
        let cargo = match self {
            Self::Rustup => env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
            Self::Debian => OsString::from("/usr/bin/cargo"),
        };
        let mut command = Command::new(zig.map_or_else(|| PathBuf::from(&cargo), |zig| zig.join("cargo-zigbuild")));
        command.env("CARGO", cargo).env("PATH", path_behind(zig));
        // This is for the compiler that built the program which runs now.
        command.env_remove("LD_LIBRARY_PATH");
        if self == Self::Debian {
            // Only a compiler that takes unstable flags can build the standard library.
            command.env("RUSTC_BOOTSTRAP", "1").env("RUSTC", RUSTC).env("RUSTDOC", "/usr/bin/rustdoc");
        }
        command
    }

    /// For cargo.
    pub(super) fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Rustup => &[],
            Self::Debian => &["-Zbuild-std=std,panic_unwind,panic_abort,proc_macro,test"],
        }
    }
}

pub(super) const RUSTC: &str = "/usr/bin/rustc";

fn lists(listed: &str, triple: &str) -> bool {
    listed.lines().any(|line| line == triple)
}

/// The search path of programs, with this folder at its front.
fn path_behind(folder: Option<&Path>) -> OsString {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = folder.map(Path::to_owned).into_iter().chain(env::split_paths(&path));
    env::join_paths(folders).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rustup_lists_targets_by_line() {
        let listed = "i686-pc-windows-gnu\nx86_64-unknown-linux-gnu\n";
        assert!(lists(listed, "i686-pc-windows-gnu"));
        assert!(!lists(listed, "x86_64-pc-windows-gnu") && !lists(listed, "i686"));
    }
}
