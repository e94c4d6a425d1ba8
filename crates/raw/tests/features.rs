//! What makes this crate a stand-in for windows-sys: the same features, the same functions, the same types and macros.

#![allow(unsafe_code)]
// A panic is how a test reports.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every feature of windows-sys is one of this crate, and does nothing but pass it on.
#[test]
#[cfg_attr(windows, ignore = "needs cargo, which Wine cannot start; what is compared is the same on every system")]
fn features_are_those_of_windows_sys() {
    let mut ours = features(&Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
    for (name, enables) in OWN_FEATURES {
        assert_eq!(ours.remove(name).as_deref(), Some(enables), "{name}");
    }
    let mut theirs = features(&windows_sys_folder().join("Cargo.toml"));
    assert_eq!(theirs.remove("default").as_deref(), Some("[]"), "nothing is lost by a default of our own");
    assert!(theirs.len() > 200, "only {} features were found", theirs.len());
    let (ours_alone, theirs_alone) = (without(&ours, &theirs), without(&theirs, &ours));
    assert!(ours_alone.is_empty() && theirs_alone.is_empty(), "only here {ours_alone:?}, only there {theirs_alone:?}");
    for (name, enables) in ours {
        assert_eq!(enables, format!("[\"windows-sys/{name}\"]"));
    }
}

/// The table of functions is that of windows-sys; that each has its signature is checked where this crate is compiled.
#[test]
#[cfg_attr(windows, ignore = "needs cargo, which Wine cannot start; what is compared is the same on every system")]
fn functions_are_those_of_windows_sys() {
    let module = windows_sys_folder().join("src/Windows/Win32/Networking/WinHttp/mod.rs");
    let module = fs::read_to_string(module).unwrap();
    let declared = module.split("\"system\" fn ").skip(1).map(|rest| rest.split('(').next().unwrap());
    let (declared, table): (BTreeSet<_>, BTreeSet<_>) = (declared.collect(), TABLE.into_iter().collect());
    assert!(declared.len() > 50, "only {} functions were found", declared.len());
    assert_eq!(table, declared);
    assert_eq!(TABLE.len(), table.len(), "a function is there twice");
}

/// The macros and the types of windows-sys are its own.
#[test]
fn macros_and_core_reach_through() {
    let text: openwinhttp_sys::core::PCWSTR = openwinhttp_sys::w!("aé\u{1F600}");
    let bytes: openwinhttp_sys::core::PCSTR = openwinhttp_sys::s!("abc");
    assert_eq!(text, windows_sys::w!("aé\u{1F600}"));
    // SAFETY: both macros end their text with a NUL.
    let (text, bytes) = unsafe { (std::slice::from_raw_parts(text, 5), std::ffi::CStr::from_ptr(bytes.cast())) };
    assert_eq!(text, [0x61, 0xE9, 0xD83D, 0xDE00, 0]);
    assert_eq!(bytes, c"abc");

    let parts: windows_sys::Win32::Networking::WinHttp::URL_COMPONENTS =
        openwinhttp_sys::Win32::Networking::WinHttp::URL_COMPONENTS::default();
    assert_eq!(parts.dwStructSize, 0);
    let guid: openwinhttp_sys::core::GUID = windows_sys::core::GUID::from_u128(7);
    assert_eq!(guid.data4[7], 7);
    let (yes, failed): (openwinhttp_sys::core::BOOL, openwinhttp_sys::core::HRESULT) = (1i32, -1i32);
    assert_eq!((yes, failed), (1, -1));
}

/// The features that the others do not have.
fn without<'a>(features: &'a Features, others: &Features) -> Vec<&'a String> {
    features.keys().filter(|name| !others.contains_key(*name)).collect()
}

/// Each feature by its name, with what it enables.
type Features = BTreeMap<String, String>;

/// The features of a manifest.
fn features(manifest: &Path) -> Features {
    let text = fs::read_to_string(manifest).unwrap();
    let (_, section) = text.split_once("\n[features]\n").expect("a section of features");
    let section = section.split("\n[").next().unwrap();
    let lines = section.lines().filter(|line| !line.trim_start().starts_with('#'));
    let features = lines.filter_map(|line| line.split_once(" = "));
    features.map(|(name, enables)| (name.to_owned(), enables.to_owned())).collect()
}

/// The folder of the windows-sys that this crate is built with, found by cargo.
fn windows_sys_folder() -> PathBuf {
    let arguments = ["metadata", "--format-version", "1", "--offline", "--filter-platform", &host()];
    let output = Command::new(env!("CARGO")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata = String::from_utf8(output.stdout).unwrap();
    let (_, package) = metadata.split_once("\"name\":\"windows-sys\",\"version\":\"0.61.").expect("windows-sys 0.61");
    let (_, path) = package.split_once("\"manifest_path\":\"").expect("the path of its manifest");
    let path = path.split('"').next().unwrap().replace("\\\\", "\\");
    Path::new(&path).parent().unwrap().to_owned()
}

/// Without it, cargo asks for the packages of every system.
fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    told.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

/// The features that windows-sys does not have.
const OWN_FEATURES: [(&str, &str); 6] = [
    ("default", "[\"ring\", \"idn\", \"public-suffix\"]"),
    ("ring", "[\"openwinhttp/ring\"]"),
    ("aws-lc-rs", "[\"openwinhttp/aws-lc-rs\"]"),
    ("idn", "[\"openwinhttp/idn\"]"),
    ("public-suffix", "[\"openwinhttp/public-suffix\"]"),
    ("brotli", "[\"openwinhttp/brotli\"]"),
];

macro_rules! table {
    ($(fn $name:ident $rest:tt $(-> $returned:ty)?;)*) => {
        const TABLE: [&str; { [$(stringify!($name)),*].len() }] = [$(stringify!($name)),*];
    };
}

openwinhttp_sys::for_each_function!(table);
