//! Wine, with a folder of its own for what it takes for the disk of a Windows machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::kit::{self, Kit};
use crate::{Outcome, Result};

/// A Wine for programs of one kind, made ready.
pub(super) struct Wine {
    loader: PathBuf,
    server: PathBuf,
    env: Vec<(&'static str, String)>,
}

/// The Wine for this processor.
pub(super) fn of(processor: &str, kit: &Kit) -> Result<Wine> {
    match processor {
        "i686" => Wine::with_32_bits(kit),
        _ => Wine::with_64_bits(kit),
    }
}

impl Wine {
    fn with_64_bits(kit: &Kit) -> Result<Self> {
        let (loader, server) = ("/usr/lib/wine/wine64".into(), "/usr/lib/wine/wineserver64".into());
        Self { loader, server, env: Vec::new() }.with_disk(kit, "wine64", "x86_64-w64-mingw32-gcc")
    }

    /// Its packages are for another architecture, which the system needs not know: they are only unpacked.
    fn with_32_bits(kit: &Kit) -> Result<Self> {
        let packages = kit.once("i386", unpack_32_bits)?;
        let place = |name: &str| packages.join("root/usr/lib").join(name);
        let (loader, server) = (place("wine/wine"), place("wine/wineserver32"));
        let libraries = [place(I386), packages.join("root/lib").join(I386)].map(|folder| folder.display().to_string());
        let env = vec![("LD_LIBRARY_PATH", libraries.join(":")), ("WINESERVER", server.display().to_string())];
        Self { loader, server, env }.with_disk(kit, "wine32", "i686-w64-mingw32-gcc")
    }

    fn with_disk(mut self, kit: &Kit, name: &'static str, compiler: &str) -> Result<Self> {
        let disk = kit.builds().join("kit").join(name);
        self.env.extend(ENV.map(|(name, value)| (name, value.to_owned())));
        self.env.extend([("WINEPREFIX", disk.display().to_string()), ("WINEARCH", name.replace("wine", "win"))]);
        kit.once(name, |disk| self.make_disk(disk, compiler))?;
        Ok(self)
    }

    fn make_disk(&self, disk: &Path, compiler: &str) -> Outcome {
        // Without offers to download what is missing.
        kit::run(self.command(&self.loader).args(["wineboot", "--init"]).env("WINEDLLOVERRIDES", "mscoree,mshtml="))?;
        kit::run(self.command(&self.loader).args(["winecfg", "/v", "win10"]))?;
        kit::run(self.command(&self.server).arg("--wait"))?;
        let source = disk.join("prng.c");
        fs::write(&source, PRNG)?;
        let library = disk.join("drive_c/windows/system32/bcryptprimitives.dll");
        let flags = ["-shared", "-O2", "-Wl,--kill-at", "-o"];
        kit::run(Command::new(compiler).args(flags).args([&library, &source]).arg("-ladvapi32"))
    }

    /// The words that run a program.
    pub(super) fn runner(&self) -> Vec<String> {
        let env = self.env.iter().map(|(name, value)| format!("{name}={value}"));
        ["env".into()].into_iter().chain(env).chain([self.loader.display().to_string()]).collect()
    }

    /// Starts the processes that serve all others. Else the first test does, and they keep its output open: whoever
    /// reads that to its end would wait for them.
    pub(super) fn start(&self) -> Result<Services<'_>> {
        kit::run(self.command(&self.server).arg("--persistent"))?;
        let services = Services(self);
        self.command(&self.loader).arg("wineboot").status()?;
        Ok(services)
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.envs(self.env.iter().cloned()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

/// The processes that serve all others; they end with this value.
pub(super) struct Services<'a>(&'a Wine);

impl Drop for Services<'_> {
    fn drop(&mut self) {
        let _ = self.0.command(&self.0.server).arg("--kill").status();
    }
}

fn unpack_32_bits(folder: &Path) -> Outcome {
    for part in ["lists/partial", "cache/archives/partial", "root"] {
        fs::create_dir_all(folder.join(part))?;
    }
    fs::write(folder.join("status"), "")?;
    // As with any other apt-get, a list that cannot be renewed may do.
    let _ = kit::run(apt_get_32_bits(folder).arg("update"));
    kit::run(apt_get_32_bits(folder).args([
        "install",
        "--yes",
        "--no-install-recommends",
        "--download-only",
        "wine32",
    ]))?;
    for package in fs::read_dir(folder.join("cache/archives"))? {
        let package = package?.path();
        if is_wanted(&package) {
            kit::run(Command::new("dpkg").arg("--extract").arg(&package).arg(folder.join("root")))?;
        }
    }
    fs::remove_dir_all(folder.join("cache"))?;
    mark_zlib(&folder.join("root/usr"))
}

/// apt-get of a machine with 32 bits that is empty.
fn apt_get_32_bits(folder: &Path) -> Command {
    let mut command = Command::new("apt-get");
    let settings = [("State", ""), ("State::status", "status"), ("Cache", "cache")];
    for (name, place) in settings {
        command.arg("-o").arg(format!("Dir::{name}={}", folder.join(place).display()));
    }
    command.args(["-qq", "-oAPT::Architecture=i386", "-oAPT::Architectures=i386", "-oDebug::NoLocking=1"]);
    command
}

/// The C library has to be the one that belongs to the system's loader; the package libc6-i386 has it.
fn is_wanted(package: &Path) -> bool {
    let name = package.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.ends_with(".deb") && !name.starts_with("libc6_") && !name.starts_with("libc-bin_")
}

/// Wine takes a library for a part of itself if it is marked so. For this one, the package does it while it is installed.
fn mark_zlib(usr: &Path) -> Outcome {
    let mut library = fs::read(usr.join("i686-w64-mingw32/lib/zlib1.dll"))?;
    let mark = library.get_mut(DOS_STUB..DOS_STUB + 32).ok_or("zlib1.dll is no library")?;
    mark.fill(0);
    mark[..MARK.len()].copy_from_slice(MARK);
    Ok(fs::write(usr.join("lib").join(I386).join("wine/i386-windows/zlib1.dll"), library)?)
}

const DOS_STUB: usize = 64;
const MARK: &[u8] = b"Wine builtin DLL";
const I386: &str = "i386-linux-gnu";

/// A `winhttp.dll` beside a program wins over Wine's own. A backtrace takes long here, and crashes with 32 bits.
const ENV: [(&str, &str); 3] = [("WINEDEBUG", "-all"), ("WINEDLLOVERRIDES", "winhttp=n,b"), ("RUST_BACKTRACE", "0")];

/// Rust's standard library gets its chance from a library that Wine 8 does not have.
const PRNG: &str = include_str!("prng.c");
