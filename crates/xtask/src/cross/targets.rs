//! The targets: what each needs, and how far it goes.

use super::prepare::{self, Means, Site};
use crate::Result;

/// A target, as one row of the table.
pub(super) struct Target {
    /// Its name for rustc.
    pub(super) triple: &'static str,
    /// How far it goes on a system that is another.
    pub(super) goal: Goal,
    /// What runs its programs, or why nothing does.
    pub(super) runner: &'static str,
    /// Debian's packages, beside the compiler.
    pub(super) packages: &'static [&'static str],
    /// Packages that cannot be built for it, and why.
    pub(super) without: &'static [(&'static str, &'static str)],
    /// Makes ready what Debian has no package for, and tells how to build and run.
    pub(super) prepare: fn(&Site<'_>) -> Result<Means>,
}

/// How far a target goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Goal {
    /// Types are checked.
    Check,
    /// Tests are built.
    Link,
    /// Tests are built and run.
    Run,
}

impl Target {
    /// What happens to it, in words.
    pub(super) fn words(&self) -> String {
        match self.goal {
            Goal::Check => format!("types are checked; {}", self.runner),
            Goal::Link => format!("tests are built; {}", self.runner),
            Goal::Run => format!("tests are run by {}", self.runner),
        }
    }

    /// The first part of the name.
    pub(super) fn processor(&self) -> &'static str {
        self.triple.split('-').next().unwrap_or_default()
    }
}

/// The targets that a word of the command line means.
pub(super) fn named(name: &str) -> Result<Vec<&'static Target>> {
    let group = GROUPS.iter().find(|(group, _)| *group == name);
    let is_meant = |target: &&Target| match group {
        Some((_, triples)) => triples.contains(&target.triple),
        None => name == ALL || name == target.triple,
    };
    let targets: Vec<_> = TARGETS.iter().filter(is_meant).collect();
    match targets.is_empty() {
        true => Err(format!("there is no target {name:?}; --help lists them").into()),
        false => Ok(targets),
    }
}

pub(super) const ALL: &str = "all";

pub(super) const GROUPS: &[(&str, &[&str])] = &[
    ("windows", &["x86_64-pc-windows-gnu", "i686-pc-windows-gnu"]),
    (
        "linux",
        &[
            "aarch64-unknown-linux-gnu",
            "s390x-unknown-linux-gnu",
            "i686-unknown-linux-gnu",
            "x86_64-unknown-linux-musl",
        ],
    ),
    ("macos", &["aarch64-apple-darwin", "x86_64-apple-darwin"]),
];

pub(super) const TARGETS: &[Target] = &[
    Target {
        triple: "x86_64-pc-windows-gnu",
        goal: Goal::Run,
        runner: "Wine",
        packages: &["gcc-mingw-w64-x86-64", "wine64"],
        without: &[],
        prepare: prepare::windows,
    },
    Target {
        triple: "i686-pc-windows-gnu",
        goal: Goal::Run,
        runner: "Wine",
        packages: &["gcc-mingw-w64-i686", "libc6-i386"],
        without: &[],
        prepare: prepare::windows,
    },
    Target {
        triple: "aarch64-unknown-linux-gnu",
        goal: Goal::Run,
        runner: "qemu",
        packages: &["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross", "qemu-user"],
        without: EMULATED,
        prepare: prepare::emulated,
    },
    Target {
        triple: "s390x-unknown-linux-gnu",
        goal: Goal::Run,
        runner: "qemu",
        packages: &["gcc-s390x-linux-gnu", "libc6-dev-s390x-cross", "qemu-user"],
        without: WINDOWS_SYS,
        prepare: prepare::emulated,
    },
    Target {
        triple: "i686-unknown-linux-gnu",
        goal: Goal::Run,
        runner: "this processor",
        packages: &["gcc-i686-linux-gnu", "libc6-dev-i386-cross", "libc6-i386", "lib32gcc-s1"],
        without: &[],
        prepare: prepare::thirty_two_bits,
    },
    Target {
        triple: "x86_64-unknown-linux-musl",
        goal: Goal::Run,
        runner: "this processor",
        packages: ZIG,
        without: &[],
        prepare: prepare::musl,
    },
    Target {
        triple: "aarch64-apple-darwin",
        goal: Goal::Link,
        runner: "nothing runs programs of macOS",
        packages: ZIG,
        without: &[],
        prepare: prepare::macos,
    },
    Target {
        triple: "x86_64-apple-darwin",
        goal: Goal::Link,
        runner: "nothing runs programs of macOS",
        packages: ZIG,
        without: &[],
        prepare: prepare::macos,
    },
    Target {
        triple: "x86_64-pc-windows-msvc",
        goal: Goal::Check,
        runner: "linking needs libraries that only Microsoft gives out",
        packages: CLANG,
        without: &[],
        prepare: prepare::check_only,
    },
    Target {
        triple: "x86_64-unknown-freebsd",
        goal: Goal::Check,
        runner: "linking needs libraries of that system",
        packages: CLANG,
        without: &[],
        prepare: prepare::check_only,
    },
];

const EMULATED: &[(&str, &str)] =
    &[("windows-sys-port", "its tests start a program, and this kernel starts those of its own processor only")];

/// All that names types or numbers of Windows.
const WINDOWS_SYS: &[(&str, &str)] = &[
    ("openwinhttp-abi", NO_TYPES),
    ("openwinhttp", NO_TYPES),
    ("openwinhttp-sys", NO_TYPES),
    ("openwinhttp-c", NO_TYPES),
    ("conformance", NO_TYPES),
    ("raw-face", NO_TYPES),
    ("conformance-raw", NO_TYPES),
    ("conformance-raw-fixtures", NO_TYPES),
    ("async-face", NO_TYPES),
    ("conformance-async", NO_TYPES),
    ("conformance-async-fixtures", NO_TYPES),
    ("async-raw-face", NO_TYPES),
    ("conformance-async-raw", NO_TYPES),
    ("conformance-async-raw-fixtures", NO_TYPES),
    ("windows-sys-port", NO_TYPES),
    ("benches", NO_TYPES),
];
const NO_TYPES: &str = "windows-sys has no types for this processor";

const ZIG: &[&str] = &["python3", "python3-venv"];
const CLANG: &[&str] = &["clang", "llvm"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_one_target_a_group_or_all() {
        assert_eq!(named("s390x-unknown-linux-gnu").unwrap().len(), 1);
        assert_eq!(named("windows").unwrap().len(), 2);
        assert_eq!(named(ALL).unwrap().len(), TARGETS.len());
        assert!(named("windows-gnu").is_err());
    }

    #[test]
    fn groups_hold_targets_of_the_table() {
        for (group, triples) in GROUPS {
            assert_eq!(named(group).unwrap().len(), triples.len(), "{group}");
        }
    }
}
