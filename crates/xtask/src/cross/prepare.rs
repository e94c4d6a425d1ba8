//! How each kind of target is made ready.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::kit::{self, Kit};
use super::targets::{Goal, Target};
use super::toolchain::{RUSTC, Toolchain};
use super::wine::Wine;
use super::{apple, wine};
use crate::{Outcome, Result};

/// What is to be made ready, and where.
pub(super) struct Site<'a> {
    pub(super) target: &'static Target,
    pub(super) kit: &'a Kit,
    pub(super) goal: Goal,
    pub(super) toolchain: Toolchain,
}

/// By what a target is built and run.
#[derive(Default)]
pub(super) struct Means {
    pub(super) linker: Option<PathBuf>,
    /// Words before the program.
    pub(super) runner: Vec<String>,
    pub(super) rustflags: Vec<String>,
    pub(super) env: Vec<(String, String)>,
    /// Where cargo-zigbuild is that takes the place of cargo.
    pub(super) zig: Option<PathBuf>,
    pub(super) wine: Option<Wine>,
}

/// Windows by mingw and Wine.
pub(super) fn windows(site: &Site<'_>) -> Result<Means> {
    let mut means = Means::default();
    if site.target.processor() == "i686" && site.toolchain == Toolchain::Debian {
        let objects = site.kit.once("start-objects", |folder| start_objects(folder, site.target.triple))?;
        means.rustflags = vec!["-L".into(), format!("native={}", objects.display())];
    }
    if site.goal == Goal::Run {
        let wine = wine::of(site.target.processor(), site.kit)?;
        means.runner = wine.runner();
        means.wine = Some(wine);
    }
    Ok(means)
}

/// Two objects that each program is linked with. Only rustup has them built.
fn start_objects(folder: &Path, triple: &str) -> Outcome {
    ["rsbegin", "rsend"].iter().try_for_each(|name| {
        let mut rustc = Command::new(RUSTC);
        rustc.env("RUSTC_BOOTSTRAP", "1").args(["--target", triple, "--emit", "obj"]);
        kit::run(rustc.arg("-o").arg(folder.join(format!("{name}.o"))).arg(format!("{RTSTARTUP}/{name}.rs")))
    })
}

const RTSTARTUP: &str = "/usr/lib/rustlib/src/rust/library/rtstartup";

/// Linux on another processor, by qemu.
pub(super) fn emulated(site: &Site<'_>) -> Result<Means> {
    let processor = site.target.processor();
    let runner = [format!("qemu-{processor}"), "-L".into(), format!("/usr/{processor}-linux-gnu")];
    Ok(Means { linker: Some(format!("{processor}-linux-gnu-gcc").into()), runner: runner.into(), ..Means::default() })
}

/// Linux with pointers of 32 bits, which the processor runs as it is.
pub(super) fn thirty_two_bits(site: &Site<'_>) -> Result<Means> {
    let compiler = "i686-linux-gnu-gcc";
    Ok(Means { linker: Some(compiler.into()), env: vec![for_target("CC", site, compiler)], ..Means::default() })
}

/// Linux with musl: zig brings it.
pub(super) fn musl(site: &Site<'_>) -> Result<Means> {
    let objects_of_rustup = if site.toolchain == Toolchain::Debian { "no" } else { "yes" };
    let flag = format!("-Clink-self-contained={objects_of_rustup}");
    Ok(Means { zig: Some(zig(site.kit)?), rustflags: vec![flag], ..Means::default() })
}

/// macOS: zig brings the system's library, but not the others.
pub(super) fn macos(site: &Site<'_>) -> Result<Means> {
    let zig = zig(site.kit)?;
    let libraries = site.kit.builds().join("kit/macos");
    apple::write_libraries(&libraries, site)?;
    let rustflags = ["F", "L"].map(|flag| format!("-Clink-arg=-{flag}{}", libraries.display()));
    Ok(Means { zig: Some(zig), rustflags: rustflags.into(), ..Means::default() })
}

/// The folder with the programs of zig and cargo-zigbuild.
fn zig(kit: &Kit) -> Result<PathBuf> {
    let installed = kit.once("zig", |folder| {
        kit::run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        kit::run(Command::new(folder.join("bin/pip")).args(["install", "--quiet"]).args(ZIG))
    })?;
    Ok(installed.join("bin"))
}

/// Of PyPI.
const ZIG: &[&str] = &["ziglang==0.15.2", "cargo-zigbuild==0.24.0"];

/// clang compiles the few files in C; what they include stands in for the headers of the system.
pub(super) fn check_only(site: &Site<'_>) -> Result<Means> {
    let headers = site.kit.builds().join("kit/include");
    fs::create_dir_all(&headers)?;
    HEADERS.iter().try_for_each(|(name, text)| fs::write(headers.join(name), text))?;
    let archiver = if site.target.triple.ends_with("msvc") { "llvm-lib" } else { "llvm-ar" };
    let flags = format!("-nostdlibinc -I{}", headers.display());
    let env = [("CC", "clang"), ("CFLAGS", &flags), ("AR", archiver)];
    Ok(Means { env: env.map(|(name, value)| for_target(name, site, value)).into(), ..Means::default() })
}

/// A variable by which build scripts find the tools for this target alone.
fn for_target(name: &str, site: &Site<'_>, value: &str) -> (String, String) {
    (format!("{name}_{}", site.target.triple.replace('-', "_")), value.into())
}

const HEADERS: &[(&str, &str)] = &[
    ("assert.h", include_str!("include/assert.h")),
    ("intrin.h", include_str!("include/intrin.h")),
    ("malloc.h", include_str!("include/malloc.h")),
    ("stdlib.h", include_str!("include/stdlib.h")),
    ("string.h", include_str!("include/string.h")),
];
