//! Nothing gets round the raw face: no file of scenarios, and no function.

// A panic is how a test reports.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::any::{type_name, type_name_of_val};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Every file of ../tests is a part of the scenarios here and there, or a program for itself.
#[test]
fn no_file_is_missing() {
    assert_eq!(missing("tests/scenarios.rs", "tests/Cargo.toml"), [""; 0]);
    // It has more callbacks than there are functions for.
    assert_eq!(missing("tests/through-raw/tests/scenarios.rs", "tests/through-raw/Cargo.toml"), ["stress"]);
}

/// Of ../through-async too, but for those that have modes of their own, are about the thread of a synchronous call
/// (notices.rs), or have both modes (scripts.rs).
#[test]
fn no_file_is_missing_in_asynchronous_sessions() {
    let missing = missing("tests/through-async/tests/all.rs", "tests/through-async/Cargo.toml");
    assert_eq!(missing, ["async_cancel", "asynchronous", "notices", "scripts", "stress"]);
}

/// The files of ../tests that are no module of this program, and no program by this manifest.
fn missing(program: &str, manifest: &str) -> Vec<String> {
    let modules = words_after(&read(program), "\nmod ");
    let programs = words_after(&read(manifest), "[[test]]\nname = \"");
    let named: BTreeSet<String> = modules.into_iter().chain(programs).collect();
    let names: BTreeSet<String> = files("tests/tests").map(|file| file.replace(".rs", "")).collect();
    assert!(names.len() > 10);
    names.difference(&named).cloned().collect()
}

/// What the scenarios know by these names are the raw face, and the fixtures over it.
#[test]
fn names_lead_to_the_raw_face() {
    let (face, fixtures) = (type_name_of_val(&openwinhttp::WinHttpOpen), type_name::<conformance::Session>());
    assert!(face.starts_with("raw_face::"), "{face}");
    assert!(fixtures.starts_with("conformance_raw_fixtures::"), "{fixtures}");
}

/// Every public function of the safe face is shadowed by one that calls the raw face.
#[test]
fn no_function_is_missing() {
    let safe = sources("crates/openwinhttp/src/api") + &read("crates/openwinhttp/src/ext.rs");
    // What other faces are made of is for nobody else.
    let safe: BTreeSet<String> = functions(&safe.replace("#[doc(hidden)]\npub fn ", "")).collect();
    // Links in the docs look like calls.
    let raw = sources("tests/raw-face/src").replace("openwinhttp::", "");
    let shadowed: BTreeSet<String> = functions(&raw).collect();
    let missing: Vec<_> = safe.difference(&shadowed).collect();
    assert!(safe.len() > 10 && missing.is_empty(), "not called through the raw face: {missing:?}");
    let called: BTreeSet<String> = words_after(&raw, "winhttp::").into_iter().collect();
    let uncalled: Vec<_> = safe.difference(&called).collect();
    assert_eq!(uncalled, NOT_OF_WINHTTP);
}

/// The names of the public functions in this source.
fn functions(source: &str) -> impl Iterator<Item = String> {
    words_after(source, "\npub fn ").into_iter()
}

/// The words that follow this text, each time it is there.
fn words_after(text: &str, before: &str) -> Vec<String> {
    let rests = text.split(before).skip(1);
    rests.map(|rest| rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()).collect()
}

fn sources(folder: &str) -> String {
    files(folder).map(|file| read(&format!("{folder}/{file}"))).collect()
}

fn files(folder: &str) -> impl Iterator<Item = String> {
    let entries = fs::read_dir(root().join(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".rs"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// What has no namesake in winhttp.h: an extension, and other forms of what is one function there.
const NOT_OF_WINHTTP: [&str; 5] = [
    "TrustCertificate",
    "WinHttpQueryHeadersBuffer",
    "WinHttpQueryOptionBuffer",
    "WinHttpReadDataBuffer",
    "WinHttpReadDataExBuffer",
];
