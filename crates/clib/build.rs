//! What a shared library carries beside its code: its name on each system, and on Windows its version and the texts of its
//! errors, where `FormatMessage` finds them.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use openwinhttp_abi::{ERRORS, ErrorRow};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    for argument in link_arguments(&cfg("OS"), &cfg("ENV"), &env::var("CARGO_PKG_VERSION_MAJOR")?) {
        println!("cargo::rustc-cdylib-link-arg={argument}");
    }
    // The tests run compilers of this machine, which need a library for this machine.
    println!("cargo::rustc-check-cfg=cfg(foreign)");
    if env::var("HOST")? != env::var("TARGET")? {
        println!("cargo::rustc-cfg=foreign");
    }
    if cfg("OS") == "windows" { embed_resources() } else { Ok(()) }
}

/// A setting of the target.
fn cfg(name: &str) -> String {
    env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default()
}

/// The `major` number in the names changes when a program built with an older library would no longer run.
fn link_arguments(os: &str, env: &str, major: &str) -> Vec<String> {
    match (os, env) {
        ("macos", _) => vec![format!("-Wl,-install_name,@rpath/libwinhttp.{major}.dylib")],
        // Without this, functions of 32-bit Windows are exported as `_Name@bytes`.
        ("windows", "gnu") => vec!["-Wl,--kill-at".into()],
        ("windows", _) => Vec::new(),
        // The library has threads, so its code must stay where it is, even when a program unloads it.
        _ => vec![format!("-Wl,-soname,libwinhttp.so.{major}"), "-Wl,-z,nodelete".into()],
    }
}

fn embed_resources() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(folder.join("messages.bin"), message_table(ERRORS))?;
    let script = folder.join("winhttp.rc");
    fs::write(&script, resource_script(&env::var("CARGO_PKG_VERSION")?))?;
    embed_resource::compile_for_cdylib(&script, embed_resource::NONE).manifest_required()?;
    Ok(())
}

/// A message table (`MESSAGE_RESOURCE_DATA`): the number of blocks; of each its first and last code and where its entries
/// begin; then the entries.
fn message_table(rows: &[ErrorRow]) -> Vec<u8> {
    let blocks: Vec<&[ErrorRow]> = rows.chunk_by(|row, next| row.code + 1 == next.code).collect();
    let mut table = (blocks.len() as u32).to_le_bytes().to_vec();
    let mut entries = Vec::new();
    for block in &blocks {
        let begin = 4 + 12 * blocks.len() + entries.len();
        for number in [block[0].code, block[block.len() - 1].code, begin as u32] {
            table.extend(number.to_le_bytes());
        }
        entries.extend(block.iter().flat_map(message_entry));
    }
    table.extend(entries);
    table
}

/// An entry (`MESSAGE_RESOURCE_ENTRY`): its length in bytes, 1 for UTF-16, and the text with its NUL, padded to four bytes.
fn message_entry(row: &ErrorRow) -> Vec<u8> {
    let mut units: Vec<u16> = format!("{}\0", row.message()).encode_utf16().collect();
    units.resize(units.len().next_multiple_of(2), 0);
    let length = 4 + 2 * units.len() as u16;
    [length, 1].iter().chain(&units).flat_map(|unit| unit.to_le_bytes()).collect()
}

/// The source for the resource compiler.
fn resource_script(version: &str) -> String {
    let numbers = version.replace('.', ",");
    RESOURCES.replace("@NUMBERS@", &numbers).replace("@VERSION@", version)
}

/// 11 is the type of message tables. The language is that of the texts, which is also the last that `FormatMessage` tries.
const RESOURCES: &str = r#"LANGUAGE 0x09, 0x01
1 11 "messages.bin"
1 VERSIONINFO
FILEVERSION @NUMBERS@,0
PRODUCTVERSION @NUMBERS@,0
FILEOS 0x40004
FILETYPE 2
BEGIN
    BLOCK "StringFileInfo"
    BEGIN
        BLOCK "040904B0"
        BEGIN
            VALUE "CompanyName", "The openwinhttp developers"
            VALUE "FileDescription", "The WinHTTP API of openwinhttp"
            VALUE "FileVersion", "@VERSION@"
            VALUE "InternalName", "winhttp"
            VALUE "LegalCopyright", "MIT OR Apache-2.0"
            VALUE "OriginalFilename", "winhttp.dll"
            VALUE "ProductName", "openwinhttp"
            VALUE "ProductVersion", "@VERSION@"
        END
    END
    BLOCK "VarFileInfo"
    BEGIN
        VALUE "Translation", 0x0409, 1200
    END
END
"#;
