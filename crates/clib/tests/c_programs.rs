//! The C library as programs meet it: installed, moved, found, linked, run.
//!
//! That needs the compilers of the system that the tests run on, so there are no tests for another system.
//!
//! A tool that is not there (clang, valgrind, cmake) leaves out what needs it, and the test says so.
#![cfg(all(unix, not(foreign)))]
// A panic is how a test says that it failed.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use testserver::{Peer, Script, TlsKind};

#[test]
fn examples_print_what_they_promise_with_gcc() {
    check_examples("gcc", &["gcc", "g++"], &["CC=gcc", "CXX=g++"]);
}

#[test]
fn examples_print_what_they_promise_with_clang() {
    check_examples("clang", &["clang", "clang++"], &["CC=clang", "CXX=clang++"]);
}

#[test]
fn examples_link_the_static_library() {
    check_examples("static", &["gcc", "g++"], &["CC=gcc", "CXX=g++", "STATIC=1"]);
}

#[test]
fn examples_pass_the_sanitizers_of_gcc() {
    check_examples("gcc-sanitizers", &["gcc", "g++"], &["CC=gcc", "CXX=g++", SANITIZERS]);
}

#[test]
fn examples_pass_the_sanitizers_of_clang() {
    check_examples("clang-sanitizers", &["clang", "clang++"], &["CC=clang", "CXX=clang++", SANITIZERS]);
}

#[test]
fn examples_pass_valgrind() {
    check_examples("valgrind", &["gcc", "g++", "valgrind"], &["CC=gcc", "CXX=g++", VALGRIND]);
}

/// The comment on top of each example is what it has to print, so a comment that lies has to be told.
#[test]
fn an_example_that_prints_something_else_fails() {
    let folder = scratch("wrong");
    copy_files(&examples(), &folder);
    let source = folder.join("close_order.c");
    let text = fs::read_to_string(&source).unwrap();
    fs::write(&source, text.replace("the request is closed", "the request is open")).unwrap();
    let output = make(&folder, &[]).output().unwrap();
    assert!(!output.status.success());
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("FAIL close_order") && printed.contains("ok   errors"), "{printed}");
}

/// The functions of winhttp.h and those that come beside them off Windows: these, all, and nothing else of the many
/// that are inside.
#[test]
#[cfg(target_os = "linux")]
fn the_library_exports_its_functions_and_nothing_else() {
    let library = prefix().join("lib/libwinhttp.so");
    let listed = text_of(Command::new("nm").args(["--dynamic", "--defined-only", "--format=posix"]).arg(library));
    let exported: BTreeSet<&str> = listed.lines().filter_map(|line| line.split(' ').next()).collect();
    let expected: BTreeSet<&str> = FUNCTIONS.iter().chain(BESIDE).copied().collect();
    assert_eq!(exported, expected);
}

/// A name with a number, which later libraries keep as long as programs need not be built anew.
#[test]
#[cfg(target_os = "linux")]
fn programs_ask_for_the_library_by_a_name_with_a_number() {
    let program = compile("soname", "text.c", &["gcc"]);
    let needed = text_of(Command::new("readelf").arg("--dynamic").arg(program));
    assert!(needed.contains("Shared library: [libwinhttp.so.0]"), "{needed}");
}

#[test]
fn text_needs_no_option_of_the_compiler() {
    let compilers: [&[&str]; 4] = [
        &["gcc", "-std=c11"],
        &["g++", "-x", "c++", "-std=c++11"],
        &["clang", "-std=c11"],
        &["clang++", "-x", "c++", "-std=c++17"],
    ];
    for (number, compiler) in compilers.iter().enumerate().filter(|(_, compiler)| are_here(&compiler[..1])) {
        let program = compile(&format!("text-{number}"), "text.c", compiler);
        assert_eq!(text_of(&mut Command::new(program)), "example.org 443\n");
    }
}

#[test]
fn a_server_that_hangs_up_does_not_end_the_program() {
    let program = compile("broken_pipe", "broken_pipe.c", &["gcc"]);
    let authority = program.with_file_name("authority.pem");
    fs::write(&authority, testserver::ca_pem()).unwrap();
    let hang_up = |script: &mut Script| {
        let mut conversation = script.accept();
        conversation.expect("POST / HTTP/1.1");
        conversation.close();
    };
    let send = |how: &str, peer: Peer| {
        let mut command = Command::new(&program);
        command.args([how, &peer.port().to_string()]).env("SSL_CERT_FILE", &authority);
        let output = command.output().unwrap();
        peer.finish();
        output
    };
    // A program that takes no care, to see that this peer is one that kills.
    assert_eq!(send("socket", Peer::script(hang_up)).status.signal(), Some(SIGPIPE));
    for (how, peer) in [("http", Peer::script(hang_up)), ("https", Peer::tls(TlsKind::Good, hang_up))] {
        let output = send(how, peer);
        assert_eq!(String::from_utf8_lossy(&output.stdout), "error 12030\n", "{how}: {output:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn the_code_stays_when_the_library_is_unloaded() {
    let program = compile("unload", "unload.c", &["gcc"]);
    let library = prefix().join("lib/libwinhttp.so.0");
    assert_eq!(text_of(Command::new(program).arg(library)), "still there\n");
}

#[test]
fn cmake_finds_the_library() {
    if !are_here(&["cmake"]) {
        return;
    }
    let folder = scratch("cmake");
    assert!(configure(&folder, "0.1").status.success());
    text_of(Command::new("cmake").arg("--build").arg(&folder));
    assert_eq!(text_of(&mut Command::new(folder.join("consumer"))), "example.org 443\n");
    for wrong in ["0.2", "1.0"] {
        assert!(!configure(&scratch("cmake-wrong"), wrong).status.success(), "{wrong} is not what is installed");
    }
}

fn configure(folder: &Path, wanted: &str) -> Output {
    let mut cmake = Command::new("cmake");
    cmake.arg("-S").arg(here().join("tests/cmake")).arg("-B").arg(folder).arg(format!("-DWANTED={wanted}"));
    cmake.arg(format!("-DCMAKE_PREFIX_PATH={}", prefix().display())).output().unwrap()
}

/// Builds the examples in a folder of their own, with these settings of their Makefile, and runs them.
fn check_examples(name: &str, tools: &[&str], settings: &[&str]) {
    if are_here(tools) {
        let out = format!("OUT={}", scratch(name).display());
        print!("{}", text_of(make(&examples(), settings).arg(out)));
    }
}

/// The Makefile of the examples in `folder`, told to build and check them.
fn make(folder: &Path, settings: &[&str]) -> Command {
    let mut make = Command::new("make");
    make.arg("-C").arg(folder).arg("check").args(settings);
    make.arg(format!("PREFIX={}", prefix().display())).arg(format!("SERVER={}", server().display()));
    // Cargo's, which names a folder with a library of the same name.
    make.env_remove("LD_LIBRARY_PATH");
    make
}

/// Compiles a program of tests/c and links the installed library, as pkg-config tells.
fn compile(name: &str, source: &str, compiler: &[&str]) -> PathBuf {
    let lib = prefix().join("lib");
    let mut pkg_config = Command::new("pkg-config");
    pkg_config.env("PKG_CONFIG_PATH", lib.join("pkgconfig")).args(["--cflags", "--libs", "winhttp"]);
    let program = scratch(name).join("program");
    let mut command = Command::new(compiler[0]);
    command.args(&compiler[1..]).args(["-g", "-Wall", "-Wextra", "-Werror", "-o"]).arg(&program);
    command.arg(here().join("tests/c").join(source)).arg(format!("-Wl,-rpath,{}", lib.display()));
    text_of(command.args(text_of(&mut pkg_config).split_whitespace()));
    program
}

/// Where the library is installed: moved there after it was installed somewhere else.
fn prefix() -> &'static Path {
    static PREFIX: OnceLock<PathBuf> = OnceLock::new();
    PREFIX.get_or_init(|| {
        let (first, moved) = (scratch("prefix-at-first"), scratch("prefix"));
        text_of(cargo(&["xtask", "install", "--prefix"]).arg(&first));
        fs::rename(first, &moved).unwrap();
        moved
    })
}

/// The server that the examples talk to.
fn server() -> &'static Path {
    static SERVER: OnceLock<PathBuf> = OnceLock::new();
    SERVER.get_or_init(|| {
        text_of(&mut cargo(&["build", "--quiet", "--package", "openwinhttp-c", "--example", "c_server"]));
        target_folder().join("debug/examples/c_server")
    })
}

/// Cargo with the folder for what is built that built this test, in which most is built already.
fn cargo(words: &[&str]) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(here()).env("CARGO_TARGET_DIR", target_folder()).args(words);
    // What cargo tells this test about its package would look like a change, and much would be built anew.
    let about_the_package =
        |name: &String| name == "OUT_DIR" || name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for name in std::env::vars().map(|(name, _)| name).filter(about_the_package) {
        cargo.env_remove(name);
    }
    cargo
}

fn target_folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("..")
}

fn here() -> PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

fn examples() -> PathBuf {
    here().join("../../examples/c")
}

/// An empty folder with this name.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c_programs").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn copy_files(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Whether all of these programs are on this machine; says which one is not.
fn are_here(tools: &[&str]) -> bool {
    let missing = tools.iter().find(|tool| Command::new(tool).arg("--version").output().is_err());
    if let Some(tool) = missing {
        println!("left out: there is no {tool} here");
    }
    missing.is_none()
}

/// What a command prints; it has to succeed.
fn text_of(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{text}\n{errors}", output.status);
    text
}

macro_rules! names {
    ($(fn $name:ident($($argument:ident: $type:ty),*) $(-> $returned:ty)?;)*) => { &[$(stringify!($name)),*] };
}

const FUNCTIONS: &[&str] = openwinhttp_sys::for_each_function!(names);

const BESIDE: &[&str] = &[
    "CertFreeCertificateContext",
    "FormatMessageA",
    "FormatMessageW",
    "GetLastError",
    "GetModuleHandleA",
    "GetModuleHandleW",
    "GlobalAlloc",
    "GlobalFree",
    "LocalAlloc",
    "LocalFree",
    "SetLastError",
];

const SANITIZERS: &str = "CFLAGS=-g -fsanitize=address,undefined -fno-sanitize-recover=all";

/// What a program cannot reach any more at its end was forgotten. What it can reach, if only in a roundabout way, is kept
/// for later calls: connections, addresses, roots.
const VALGRIND: &str = "RUN=valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite";

const SIGPIPE: i32 = 13;
