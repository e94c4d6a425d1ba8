//! Stand-ins for the frameworks of macOS, by which a program can be linked where there is no macOS.
//!
//! Each exports all that our dependencies declare. So they prove that a program links, and nothing about what Apple exports.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::kit;
use super::prepare::Site;
use crate::{Outcome, Result};

/// Writes them into `folder`.
pub(super) fn write_frameworks(folder: &Path, site: &Site<'_>) -> Outcome {
    let mut sources = String::new();
    for package in packages(site)? {
        read_sources(&package, &mut sources)?;
    }
    let symbols = symbols(&sources);
    for name in FRAMEWORKS {
        let framework = folder.join(format!("{name}.framework"));
        fs::create_dir_all(&framework)?;
        fs::write(framework.join(format!("{name}.tbd")), stub(name, &symbols))?;
    }
    Ok(())
}

/// Folders of the dependencies that declare functions of a framework.
fn packages(site: &Site<'_>) -> Result<Vec<PathBuf>> {
    let mut cargo = site.toolchain.cargo(None);
    cargo.current_dir(kit::root()).args(["metadata", "--locked", "--format-version=1"]);
    let output = cargo.args(["--filter-platform", site.target.triple]).output()?;
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata tells no packages")?;
    let declaring = packages.iter().filter(|it| DECLARING.iter().any(|name| it["name"] == *name));
    let manifests = declaring.filter_map(|it| it["manifest_path"].as_str());
    Ok(manifests.map(|manifest| Path::new(manifest).with_file_name("src")).collect())
}

fn read_sources(folder: &Path, sources: &mut String) -> Outcome {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => read_sources(&path, sources)?,
            false => sources.push_str(&fs::read_to_string(path)?),
        }
    }
    Ok(())
}

/// The names of the public functions and variables.
fn symbols(sources: &str) -> BTreeSet<&str> {
    let declared = sources.lines().filter_map(|line| line.trim_start().strip_prefix("pub "));
    let named = declared.filter_map(|line| line.strip_prefix("fn ").or_else(|| line.strip_prefix("static ")));
    named.filter_map(|line| line.split(['(', ':']).next()).collect()
}

/// A library as linkers of Apple's take it instead: the text of its exports.
fn stub(name: &str, symbols: &BTreeSet<&str>) -> String {
    let symbols: Vec<String> = symbols.iter().map(|symbol| format!("_{symbol}")).collect();
    let symbols = symbols.join(", ");
    format!(
        "--- !tapi-tbd
tbd-version: 4
targets: [ {TARGETS} ]
install-name: '/System/Library/Frameworks/{name}.framework/Versions/A/{name}'
exports:
  - targets: [ {TARGETS} ]
    symbols: [ {symbols} ]
...
"
    )
}

const TARGETS: &str = "x86_64-macos, arm64-macos";
const FRAMEWORKS: &[&str] = &["CoreFoundation", "Security"];
const DECLARING: &[&str] = &["core-foundation-sys", "security-framework-sys"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_names_are_exported() {
        let symbols = symbols(
            "extern \"C\" {
    pub static kSecClass: CFStringRef;
    #[cfg(x)]
    pub fn SecAdd(attributes: CFDictionaryRef) -> OSStatus;
    fn private();
}
pub const NO: u32 = 1;",
        );
        assert_eq!(symbols.iter().copied().collect::<Vec<_>>(), ["SecAdd", "kSecClass"]);
        assert!(stub("Security", &symbols).contains("symbols: [ _SecAdd, _kSecClass ]"));
    }
}
