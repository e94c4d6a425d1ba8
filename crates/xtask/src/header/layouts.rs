//! The list of structures and constants that crates/raw/tests/header.rs compares with the header.

use std::fmt::Write;

use super::{in_header, name_in_c, structs};
use crate::Result;
use crate::api::{Api, Param, Struct};

pub(super) fn write(api: &Api) -> Result<String> {
    let mut text = HEAD.to_owned();
    text.push_str("\npub(super) fn structures() -> Vec<Structure> {\n    vec![\n");
    structs::named(api).for_each(|structure| text.push_str(&line(api, structure)));
    text.push_str("    ]\n}\n\npub(super) const CONSTANTS: &[(&str, i128)] = &[\n");
    for constant in in_header(api) {
        let _ = writeln!(text, "    (\"{}\", {} as i128),", name_in_c(&constant.name), constant.name);
    }
    text.push_str("];\n");
    Ok(text)
}

fn line(api: &Api, structure: &Struct) -> String {
    let fields: Vec<String> = structure.fields.iter().flat_map(|field| paths(api, field)).collect();
    let kind = if structure.is_union { "union " } else { "" };
    format!("        structure!({kind}{} {{ {} }}),\n", structure.name, fields.join(", "))
}

/// A field, or those of a union without a name: in C these are fields of the structure itself.
fn paths(api: &Api, field: &Param) -> Vec<String> {
    match structs::anonymous_union(api, field) {
        None => vec![field.name.clone()],
        Some(union) => union.fields.iter().map(|inner| format!("{} in {}", inner.name, field.name)).collect(),
    }
}

const HEAD: &str =
    "//! What include/winhttp.h has to agree with. Made by `cargo xtask header`; changes to this file are lost.

#![allow(clippy::unnecessary_cast)]

use openwinhttp_sys::Win32::Networking::WinHttp::*;

use super::Structure;
";
