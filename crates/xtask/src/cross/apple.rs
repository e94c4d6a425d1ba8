//! Stand-ins for libraries of macOS, by which a program can be linked where there is no macOS.
//!
//! Each exports all that one of our dependencies declares of it. So they prove that a program links, and nothing about
//! what Apple exports.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::kit;
use super::prepare::Site;
use crate::{Outcome, Result};

/// Writes them into `folder`.
pub(super) fn write_libraries(folder: &Path, site: &Site<'_>) -> Outcome {
    let metadata = metadata(site)?;
    LIBRARIES.iter().try_for_each(|library| {
        let mut sources = String::new();
        read_sources(&library.declarations(&metadata)?, &mut sources)?;
        let file = folder.join(library.file);
        fs::create_dir_all(file.parent().unwrap_or(folder))?;
        Ok(fs::write(file, library.stub(&symbols(&sources)))?)
    })
}

/// One of them.
struct Library {
    /// Where linkers look for it.
    file: &'static str,
    /// Where macOS has it.
    installed: &'static str,
    /// The dependency that declares what it exports, and in which folder.
    package: &'static str,
    folder: &'static str,
}

impl Library {
    fn declarations(&self, metadata: &Value) -> Result<PathBuf> {
        let packages = metadata["packages"].as_array().ok_or("cargo metadata tells no packages")?;
        let package = packages.iter().find(|package| package["name"] == self.package);
        let manifest = package.and_then(|package| package["manifest_path"].as_str());
        let manifest = manifest.ok_or_else(|| format!("{} is no dependency", self.package))?;
        Ok(Path::new(manifest).with_file_name(self.folder))
    }

    /// A library as linkers of Apple's take it instead: the text of its exports.
    fn stub(&self, symbols: &BTreeSet<&str>) -> String {
        let symbols: Vec<String> = symbols.iter().map(|symbol| format!("_{symbol}")).collect();
        let (symbols, installed) = (symbols.join(", "), self.installed);
        format!(
            "--- !tapi-tbd
tbd-version: 4
targets: [ {TARGETS} ]
install-name: '{installed}'
exports:
  - targets: [ {TARGETS} ]
    symbols: [ {symbols} ]
...
"
        )
    }
}

fn metadata(site: &Site<'_>) -> Result<Value> {
    let mut cargo = site.toolchain.cargo(None);
    cargo.current_dir(kit::root()).args(["metadata", "--locked", "--format-version=1"]);
    let output = cargo.args(["--filter-platform", site.target.triple]).output()?;
    Ok(serde_json::from_slice(&output.stdout)?)
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

const TARGETS: &str = "x86_64-macos, arm64-macos";
const LIBRARIES: &[Library] = &[
    Library {
        file: "CoreFoundation.framework/CoreFoundation.tbd",
        installed: "/System/Library/Frameworks/CoreFoundation.framework/Versions/A/CoreFoundation",
        package: "core-foundation-sys",
        folder: "src",
    },
    Library {
        file: "Security.framework/Security.tbd",
        installed: "/System/Library/Frameworks/Security.framework/Versions/A/Security",
        package: "security-framework-sys",
        folder: "src",
    },
    // objc2 asks for it, and for nothing that it alone has.
    Library {
        file: "Foundation.framework/Foundation.tbd",
        installed: "/System/Library/Frameworks/Foundation.framework/Versions/C/Foundation",
        package: "objc2",
        folder: "src/ffi",
    },
    Library { file: "libobjc.tbd", installed: "/usr/lib/libobjc.A.dylib", package: "objc2", folder: "src/ffi" },
];

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
        let stub = LIBRARIES[0].stub(&symbols);
        assert!(stub.contains("symbols: [ _SecAdd, _kSecClass ]") && stub.contains("Versions/A/CoreFoundation'"));
    }
}
