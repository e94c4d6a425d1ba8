//! `cargo xtask floors`: the never-rules of ARCHITECTURE.md that Cargo and the compiler do not hold by themselves.
//!
//! The rules read the sources as tokens: comments, strings and, where a rule is about shipped code, everything behind
//! `#[cfg(test)]` are gone by then.

mod manifest;
mod source;

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Outcome, Result};
use manifest::Manifest;
use source::Source;

pub(crate) fn run() -> Outcome {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let workspace = Workspace::read(&root)?;
    let broken: usize = RULES.iter().map(|rule| report(rule, &workspace)).sum();
    match broken {
        0 => Ok(()),
        count => Err(format!("{count} violations").into()),
    }
}

/// Prints the outcome of one rule; gives the number of its violations.
fn report(rule: &Rule, workspace: &Workspace) -> usize {
    let violations = (rule.check)(workspace);
    println!("{:<4} {}", if violations.is_empty() { "ok" } else { "FAIL" }, rule.says);
    for Violation { path, line, what } in &violations {
        println!("       {path}:{line}: {what}");
    }
    violations.len()
}

/// One never-rule.
struct Rule {
    says: &'static str,
    check: fn(&Workspace) -> Vec<Violation>,
}

/// Where a rule is broken.
#[derive(Debug, PartialEq)]
struct Violation {
    path: String,
    line: usize,
    what: String,
}

/// Every source file and manifest of the workspace.
struct Workspace {
    sources: Vec<Source>,
    manifests: Vec<Manifest>,
}

const RULES: &[Rule] = &[
    Rule { says: "wire has no std, no clock, no thread and no unsafe", check: wire_is_pure },
    Rule { says: "no WINHTTP_ name in wire and net", check: no_names_of_the_face_below },
    Rule { says: "net knows no handles, redirects, cookies or credentials", check: net_knows_no_policy },
    Rule { says: "policy does no I/O and reads no clock", check: policy_is_pure },
    Rule { says: "only the drivers wait", check: only_the_drivers_wait },
    Rule { says: "rustls, socket2, httparse and mio each have one home", check: libraries_have_one_home },
    Rule { says: "one file maps errors of wire and net to codes", check: one_place_maps_errors },
    Rule { says: "unsafe stands only where it is allowed", check: unsafe_has_a_home },
    Rule { says: "unsafe_code is forbidden or denied in every crate", check: unsafe_is_forbidden },
    Rule { says: "no type of a lower floor in the public API of openwinhttp", check: public_api_is_clean },
    Rule { says: "dependencies point down only, and testserver never uses wire", check: dependencies_point_down },
    Rule { says: "cargo features only add", check: features_only_add },
    Rule { says: "files named tests.rs are compiled for tests only", check: tests_are_tests },
    Rule { says: "every file, folder and package that these rules speak of is there", check: all_is_there },
];

fn wire_is_pure(workspace: &Workspace) -> Vec<Violation> {
    let mut found = workspace.in_shipped("crates/wire/src/", |source| {
        let std_paths = source.paths().filter(|(_, path)| path.split("::").next() == Some("std"));
        let named = std_paths.map(|(line, path)| (line, format!("names `{path}`")));
        named.chain(source.words(|word| ["SystemTime", "Instant", "thread"].contains(&word))).collect()
    });
    for attribute in ["#![no_std]", "#![forbid(unsafe_code)]"] {
        found.extend(workspace.lacks_attribute("crates/wire/src/lib.rs", attribute));
    }
    found
}

fn no_names_of_the_face_below(workspace: &Workspace) -> Vec<Violation> {
    workspace.in_all(&["crates/wire/src/", "crates/net/src/"], |source| {
        source.words(|word| word.contains("WINHTTP_")).collect()
    })
}

fn net_knows_no_policy(workspace: &Workspace) -> Vec<Violation> {
    workspace.in_all(&["crates/net/src/"], |source| {
        let is_foreign = |word: &str| {
            let word = word.to_ascii_lowercase();
            ["hinternet", "openwinhttp_abi", "redirect", "cookie", "credential"].iter().any(|part| word.contains(part))
        };
        source.words(is_foreign).collect()
    })
}

fn policy_is_pure(workspace: &Workspace) -> Vec<Violation> {
    workspace.in_shipped(POLICY, |source| {
        let outside = |path: &str| IO_AND_CLOCK.iter().any(|prefix| source::starts_with(path, prefix));
        let paths = source.paths().filter(|(_, path)| outside(path));
        let named = paths.map(|(line, path)| (line, format!("names `{path}`")));
        named.chain(source.words(|word| ["Instant", "SystemTime"].contains(&word))).collect()
    })
}

const POLICY: &str = "crates/openwinhttp/src/policy/";

const IO_AND_CLOCK: &[&str] =
    &["std::net", "std::io", "std::fs", "std::env", "std::process", "std::thread", "std::os", "openwinhttp_net"];

fn only_the_drivers_wait(workspace: &Workspace) -> Vec<Violation> {
    SHIPPED
        .iter()
        .flat_map(|folder| workspace.in_shipped(folder, |source| source.waits()))
        .filter(|violation| !violation.path.starts_with(DRIVERS))
        .collect()
}

const DRIVERS: &str = "crates/net/src/driver/";

/// The sources of what users get.
const SHIPPED: &[&str] = &[
    "crates/abi/src/",
    "crates/wire/src/",
    "crates/net/src/",
    "crates/openwinhttp/src/",
    "crates/raw/src/",
    "crates/clib/src/",
];

fn libraries_have_one_home(workspace: &Workspace) -> Vec<Violation> {
    let strays = |(library, homes): &(&str, &[&str])| {
        SHIPPED
            .iter()
            .flat_map(|folder| workspace.in_shipped(folder, |source| source.words(|word| word == *library).collect()))
            .filter(|violation| !homes.iter().any(|home| violation.path.starts_with(home)))
            .collect::<Vec<_>>()
    };
    LIBRARIES.iter().flat_map(strays).collect()
}

/// Each library, and the files and folders that may name it.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("rustls", &["crates/net/src/tls/"]),
    ("rustls_native_certs", &["crates/net/src/tls/"]),
    ("webpki_roots", &["crates/net/src/tls/"]),
    ("socket2", &["crates/net/src/socket.rs", "crates/net/src/sys/"]),
    (
        "libc",
        &["crates/net/src/socket.rs", "crates/net/src/sys/", "crates/raw/src/beside.rs", "crates/raw/src/event.rs"],
    ),
    ("windows_sys", &["crates/abi/src/", "crates/net/src/sys/", "crates/raw/src/"]),
    ("errno", &["crates/raw/src/edge.rs"]),
    ("httparse", &["crates/wire/src/field_block.rs"]),
    ("idna", &["crates/wire/src/host.rs"]),
    ("psl", &["crates/wire/src/cookies/domain.rs"]),
    ("zlib_rs", &["crates/wire/src/content/"]),
    ("brotli_decompressor", &["crates/wire/src/content/"]),
    ("mio", &["crates/net/src/driver/reactor.rs", "crates/net/src/socket.rs"]),
];

fn one_place_maps_errors(workspace: &Workspace) -> Vec<Violation> {
    let mut found = workspace.in_all(&["crates/openwinhttp/src/"], |source| source.error_conversions());
    found.retain(|violation| violation.path != ERRORS);
    found
}

const ERRORS: &str = "crates/openwinhttp/src/errors.rs";

fn unsafe_has_a_home(workspace: &Workspace) -> Vec<Violation> {
    let everywhere = &["crates/", "tests/", "benches/"];
    let mut found = workspace.in_all(everywhere, |source| {
        source.words(|word| word == "unsafe").chain(source.lifted_lints("unsafe_code")).collect()
    });
    found.retain(|violation| !UNSAFE_HOMES.iter().any(|home| violation.path.starts_with(home)));
    found
}

/// System calls, the faces that take pointers and whatever calls them, and the counting allocator of the benches.
const UNSAFE_HOMES: &[&str] =
    &["crates/net/src/sys/", "crates/raw/", "crates/clib/", "tests/raw-face/", "benches/src/bin/work.rs"];

fn unsafe_is_forbidden(workspace: &Workspace) -> Vec<Violation> {
    let roots = [
        ("crates/abi/src/lib.rs", "#![forbid(unsafe_code)]"),
        ("crates/openwinhttp/src/lib.rs", "#![forbid(unsafe_code)]"),
        ("crates/net/src/lib.rs", "#![deny(unsafe_code)]"),
    ];
    let roots = roots.iter().flat_map(|(path, attribute)| workspace.lacks_attribute(path, attribute));
    roots.chain(workspace.manifests.iter().filter_map(lets_unsafe_in)).collect()
}

/// The workspace's lints forbid unsafe code; a crate of [`OWN_LINTS`] denies it in lints of its own.
fn lets_unsafe_in(manifest: &Manifest) -> Option<Violation> {
    let (section, key, value) = match manifest.name() {
        None => ("workspace.lints.rust", "unsafe_code", "\"forbid\""),
        Some(name) if OWN_LINTS.contains(&name) => ("lints.rust", "unsafe_code", "\"deny\""),
        Some(_) => ("lints", "workspace", "true"),
    };
    let set = manifest.entries(section).any(|entry| entry.key == key && entry.value == value);
    (!set).then(|| manifest.violation(1, format!("[{section}] lacks `{key} = {value}`")))
}

const OWN_LINTS: &[&str] = &["openwinhttp-net", "openwinhttp-sys", "openwinhttp-c", "raw-face", "benches"];

fn public_api_is_clean(workspace: &Workspace) -> Vec<Violation> {
    workspace.in_shipped("crates/openwinhttp/src/", |source| source.public_mentions(LOWER_FLOORS))
}

const LOWER_FLOORS: &[&str] =
    &["openwinhttp_net", "openwinhttp_wire", "rustls", "mio", "socket2", "httparse", "slab", "parking_lot"];

fn dependencies_point_down(workspace: &Workspace) -> Vec<Violation> {
    workspace.manifests.iter().flat_map(wrong_dependencies).collect()
}

fn wrong_dependencies(manifest: &Manifest) -> Vec<Violation> {
    let Some(name) = manifest.name() else { return Vec::new() };
    let Some((_, allowed)) = FLOORS.iter().find(|(member, _)| *member == name) else {
        return vec![manifest.violation(1, format!("`{name}` has no row in FLOORS of {FILE}"))];
    };
    let ours = manifest.dependencies().filter(|dependency| FLOORS.iter().any(|(member, _)| *member == dependency.name));
    let wrong = ours.filter(|dependency| {
        let is_test_support = dependency.is_dev && dependency.name == "testserver";
        !is_test_support && !allowed.contains(&dependency.name.as_str())
    });
    wrong.map(|dependency| manifest.violation(dependency.line, format!("depends on `{}`", dependency.name))).collect()
}

/// Each member, and the members that it may use.
const FLOORS: &[(&str, &[&str])] = &[
    ("openwinhttp-abi", &[]),
    ("openwinhttp-wire", &[]),
    ("openwinhttp-net", &["openwinhttp-wire"]),
    ("openwinhttp", &["openwinhttp-abi", "openwinhttp-wire", "openwinhttp-net"]),
    ("openwinhttp-sys", &["openwinhttp-abi", "openwinhttp"]),
    ("openwinhttp-c", &["openwinhttp-abi", "openwinhttp-sys"]),
    ("testserver", &[]),
    ("xtask", &[]),
    ("conformance", &["openwinhttp", "testserver"]),
    ("raw-face", &["openwinhttp", "openwinhttp-sys"]),
    ("async-face", &["openwinhttp"]),
    ("async-raw-face", &["raw-face"]),
    ("conformance-async-fixtures", &["async-face", "testserver"]),
    ("conformance-async", &["conformance-async-fixtures", "async-face", "testserver"]),
    ("conformance-async-raw-fixtures", &["async-raw-face", "testserver"]),
    ("conformance-async-raw", &["conformance-async-raw-fixtures", "async-raw-face", "testserver"]),
    ("conformance-raw-fixtures", &["raw-face", "testserver"]),
    ("conformance-raw", &["conformance-raw-fixtures", "raw-face", "testserver"]),
    ("benches", &["openwinhttp", "testserver"]),
];

const FILE: &str = "crates/xtask/src/floors.rs";

fn features_only_add(workspace: &Workspace) -> Vec<Violation> {
    let mut found: Vec<_> = workspace.manifests.iter().filter_map(wrong_default).collect();
    for folder in SHIPPED {
        found.extend(workspace.in_shipped(folder, Source::subtracting_features));
    }
    found.retain(|violation| !CHOOSERS.contains(&violation.path.as_str()));
    found
}

/// The published crates have no other default than these.
fn wrong_default(manifest: &Manifest) -> Option<Violation> {
    let is_published = manifest.name().is_some_and(|name| name.starts_with("openwinhttp"));
    let mut features = manifest.entries("features").peekable();
    let line = features.peek().filter(|_| is_published)?.line;
    let is_right = features.any(|entry| entry.key == "default" && DEFAULTS.contains(&entry.value.as_str()));
    (!is_right).then(|| manifest.violation(line, format!("the default features are none of {DEFAULTS:?}")))
}

/// What may be left out of each floor: a crypto provider, and tables that are large.
const DEFAULTS: &[&str] = &["[\"ring\"]", "[\"idn\", \"public-suffix\"]", "[\"ring\", \"idn\", \"public-suffix\"]"];

/// Of two crypto providers one has to be chosen; without a table what it would allow is refused.
const CHOOSERS: &[&str] =
    &["crates/net/src/tls/trust.rs", "crates/wire/src/cookies/domain.rs", "crates/wire/src/host.rs"];

fn tests_are_tests(workspace: &Workspace) -> Vec<Violation> {
    workspace.in_shipped("crates/", Source::modules_named_tests)
}

/// A rule about a file that has moved would hold for ever.
fn all_is_there(workspace: &Workspace) -> Vec<Violation> {
    let homes = LIBRARIES.iter().flat_map(|(_, homes)| homes.iter());
    let places = homes.chain(SHIPPED).chain(UNSAFE_HOMES).chain(CHOOSERS).chain(&[POLICY, DRIVERS, ERRORS]);
    let is_there = |place: &str| workspace.sources.iter().any(|source| source.path.starts_with(place));
    let places = places.filter(|place| !is_there(place)).copied();
    let is_member = |name: &str| workspace.manifests.iter().any(|manifest| manifest.name() == Some(name));
    let packages = FLOORS.iter().map(|(name, _)| *name).filter(|name| !is_member(name));
    let gone = |what: &str| Violation { path: FILE.into(), line: 1, what: format!("`{what}` is not there") };
    places.chain(packages).map(gone).collect()
}

impl Workspace {
    fn read(root: &Path) -> Result<Self> {
        let mut workspace = Self { sources: Vec::new(), manifests: Vec::new() };
        workspace.add(root, "Cargo.toml")?;
        for folder in ["crates", "tests", "benches"] {
            for path in files_under(&root.join(folder))? {
                let relative = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
                workspace.add(root, &relative)?;
            }
        }
        Ok(workspace)
    }

    fn add(&mut self, root: &Path, path: &str) -> Outcome {
        if path.ends_with("Cargo.toml") {
            self.manifests.push(Manifest::parse(path, &fs::read_to_string(root.join(path))?));
        } else if path.ends_with(".rs") {
            self.sources.push(Source::parse(path, &fs::read_to_string(root.join(path))?));
        }
        Ok(())
    }

    /// What `check` finds in the files under these folders, tests among them.
    fn in_all(&self, folders: &[&str], check: impl Fn(&Source) -> Vec<Found>) -> Vec<Violation> {
        let files = self.sources.iter().filter(|source| folders.iter().any(|folder| source.path.starts_with(folder)));
        files.flat_map(|source| source.violations(check(source))).collect()
    }

    /// What `check` finds in the files under `folder`, without what is compiled for tests only.
    fn in_shipped(&self, folder: &str, check: impl Fn(&Source) -> Vec<Found>) -> Vec<Violation> {
        let files = self.sources.iter().filter(|source| source.path.starts_with(folder) && !source.is_test_file());
        files.map(Source::without_tests).flat_map(|source| source.violations(check(&source))).collect()
    }

    /// A violation where the file at `path` lacks `attribute` or is not there.
    fn lacks_attribute(&self, path: &str, attribute: &str) -> Option<Violation> {
        let file = self.sources.iter().find(|source| source.path == path);
        let there = file.is_some_and(|source| source.contains(attribute));
        (!there).then(|| Violation { path: path.into(), line: 1, what: format!("lacks `{attribute}`") })
    }
}

/// A line, and what is wrong there.
type Found = (usize, String);

/// Every file under `folder`, in order.
fn files_under(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    entries.sort();
    let mut files = Vec::new();
    for path in entries {
        match path.is_dir() {
            true => files.extend(files_under(&path)?),
            false => files.push(path),
        }
    }
    Ok(files)
}

#[cfg(test)]
#[path = "floors/tests.rs"]
mod tests;
