//! `cargo xtask header`: include/winhttp.h, made from windows-sys, our additions to it and the prototypes in
//! tests/api.toml; and beside it the list by which a test compares the header with the layouts in Rust.

mod constants;
mod functions;
mod layouts;
mod structs;

#[cfg(test)]
mod tests;

use crate::api::{Api, Constant, Generated, deliver};
use crate::{Outcome, Result};

pub(crate) fn run(words: &[String]) -> Outcome {
    deliver(words, HELP, || {
        let api = Api::read()?;
        let header = Generated { path: HEADER, text: write(&api)? };
        let layouts = Generated { path: LAYOUTS, text: layouts::write(&api)? };
        Ok(vec![header, layouts])
    })
}

/// The whole header.
fn write(api: &Api) -> Result<String> {
    let parts = [
        ("@ERRORS@", constants::defines(&api.errors.iter().collect::<Vec<_>>(), false)),
        ("@NOTHING@", nothing()),
        ("@CONSTANTS@", constants::write(api)),
        ("@ENUMS@", constants::enums(api)),
        ("@STRUCTS@", structs::write(api)?),
        ("@CALLBACKS@", functions::callbacks(api)?),
        ("@FUNCTIONS@", functions::write(api)?),
    ];
    Ok(parts.iter().fold(TEMPLATE.replace('\r', ""), |text, (mark, part)| text.replace(mark, part.trim_end())))
}

/// The constants that are NULL.
fn nothing() -> String {
    NOTHING.iter().map(|name| format!("#define {name} NULL\n")).collect()
}

/// The constants that stand in the header; the others belong to the COM object, whose names are not in winhttp.h.
fn in_header(api: &Api) -> impl Iterator<Item = &Constant> {
    api.constants().filter(|constant| !is_of_com(&constant.name) && !BY_HAND.contains(&constant.name.as_str()))
}

fn is_of_com(name: &str) -> bool {
    OF_COM.iter().any(|prefix| name.starts_with(prefix))
}

/// What a name of windows-sys is called in C.
fn name_in_c(name: &str) -> &str {
    name.strip_prefix("WINHTTP_").filter(|rest| rest.starts_with("INTERNET_SCHEME")).unwrap_or(name)
}

/// Prefixes of the COM object's names, which windows-sys has in the same module.
const OF_COM: &[&str] =
    &["AutoLogonPolicy_", "HTTPREQUEST_", "SecureProtocol_", "SslErrorFlag_", "WinHttpRequestOption_"];

/// Constants that the template has.
const BY_HAND: &[&str] = &["WINHTTP_INVALID_STATUS_CALLBACK"];

const NOTHING: &[&str] = &[
    "WINHTTP_NO_PROXY_NAME",
    "WINHTTP_NO_PROXY_BYPASS",
    "WINHTTP_NO_REFERER",
    "WINHTTP_DEFAULT_ACCEPT_TYPES",
    "WINHTTP_NO_ADDITIONAL_HEADERS",
    "WINHTTP_NO_REQUEST_DATA",
    "WINHTTP_HEADER_NAME_BY_INDEX",
    "WINHTTP_NO_OUTPUT_BUFFER",
    "WINHTTP_NO_HEADER_INDEX",
    "WINHTTP_NO_CLIENT_CERT_CONTEXT",
];

const TEMPLATE: &str = include_str!("header/template.h");
const HEADER: &str = "include/winhttp.h";
const LAYOUTS: &str = "crates/raw/tests/layouts/mod.rs";

const HELP: &str = "cargo xtask header [--check]

Writes include/winhttp.h from the source of windows-sys, crates/abi/src/additions.rs and the prototypes in
tests/api.toml, and crates/raw/tests/layouts/mod.rs, by which a test compares it with the layouts in Rust.
--check writes nothing; it fails if one of them is stale.";
