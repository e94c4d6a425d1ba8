//! This crate exports no name of Windows: else it could not be linked along with the real library, nor with the one for
//! programs in C.

#![cfg(unix)]
// A panic is how a test reports.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

/// Whatever the library defines has a mangled name.
#[test]
fn every_symbol_is_mangled() {
    let symbols = symbols(&library());
    let plain: Vec<_> = symbols.iter().filter(|symbol| !is_mangled(symbol) && *symbol != UNWINDING).collect();
    assert!(plain.is_empty(), "not mangled: {plain:?}");
    for name in TABLE.iter().chain(&BESIDE) {
        // A mangled name holds the length of each part before it.
        let part = format!("{}{name}", name.len());
        assert!(symbols.iter().any(|symbol| symbol.contains(&part)), "{name} is not defined at all");
    }
}

fn is_mangled(symbol: &str) -> bool {
    // macOS puts an underscore before every name.
    let symbol = if cfg!(target_os = "macos") { &symbol[1..] } else { symbol };
    symbol.starts_with("_ZN") || symbol.starts_with("_R")
}

/// The library that lies beside this test, the one built last if there are several.
fn library() -> PathBuf {
    // Not `current_exe`: that is the loader where the test is run through one.
    let folder = PathBuf::from(env::args_os().next().unwrap()).parent().unwrap().to_owned();
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap());
    let libraries = files.filter(|file| {
        let name = file.file_name().into_string().unwrap();
        name.starts_with("libopenwinhttp_sys-") && name.ends_with(".rlib")
    });
    let last = libraries.max_by_key(|file| file.metadata().unwrap().modified().unwrap());
    last.unwrap_or_else(|| panic!("no library in {}", folder.display())).path()
}

/// The names that its objects define for others.
fn symbols(library: &PathBuf) -> Vec<String> {
    let output = Command::new("nm").args(["-g", "--defined-only", "-P"]).arg(library).output();
    let output = output.expect("nm, which comes with the linker");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    // A line with one word names the object that follows.
    let symbols = lines.lines().filter_map(|line| line.split_once(' '));
    symbols.map(|(name, _)| name.to_owned()).collect()
}

/// The compiler's own: the same in every library.
const UNWINDING: &str = "DW.ref.rust_eh_personality";

/// The functions of other headers of Windows.
const BESIDE: [&str; 11] = [
    "GetLastError",
    "SetLastError",
    "GlobalAlloc",
    "GlobalFree",
    "LocalAlloc",
    "LocalFree",
    "FormatMessageA",
    "FormatMessageW",
    "GetModuleHandleA",
    "GetModuleHandleW",
    "CertFreeCertificateContext",
];

macro_rules! table {
    ($(fn $name:ident $rest:tt $(-> $returned:ty)?;)*) => {
        const TABLE: [&str; { [$(stringify!($name)),*].len() }] = [$(stringify!($name)),*];
    };
}

openwinhttp_sys::for_each_function!(table);
