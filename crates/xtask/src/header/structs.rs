//! Structures and unions, each behind those that it names.

use std::collections::BTreeSet;

use super::name_in_c;
use crate::Result;
use crate::api::{Api, Param, Struct};

pub(super) fn write(api: &Api) -> Result<String> {
    let mut writer = Writer { api, written: BTreeSet::new(), text: String::new() };
    named(api).try_for_each(|structure| writer.add(structure))?;
    Ok(writer.text)
}

/// The structures that have a name in C; the others are unions inside of them.
pub(super) fn named(api: &Api) -> impl Iterator<Item = &Struct> {
    let is_anonymous =
        |structure: &Struct| fields(api).any(|field| is_anonymous(field) && field.ty.base == structure.name);
    api.module.structs.iter().filter(move |structure| !is_anonymous(structure))
}

/// The union that a field without a name is.
pub(super) fn anonymous_union<'a>(api: &'a Api, field: &Param) -> Option<&'a Struct> {
    is_anonymous(field).then(|| find(api, &field.ty.base)).flatten()
}

fn fields(api: &Api) -> impl Iterator<Item = &Param> {
    api.module.structs.iter().flat_map(|structure| &structure.fields)
}

fn is_anonymous(field: &Param) -> bool {
    field.name.starts_with("Anonymous")
}

fn find<'a>(api: &'a Api, name: &str) -> Option<&'a Struct> {
    api.module.structs.iter().find(|structure| structure.name == name)
}

struct Writer<'a> {
    api: &'a Api,
    written: BTreeSet<&'a str>,
    text: String,
}

impl<'a> Writer<'a> {
    fn add(&mut self, structure: &'a Struct) -> Result<()> {
        if !self.written.insert(&structure.name) {
            return Ok(());
        }
        let needed = structure.fields.iter().filter(|field| !is_anonymous(field));
        needed.filter_map(|field| find(self.api, &field.ty.base)).try_for_each(|structure| self.add(structure))?;
        let text = declaration(self.api, structure)?;
        match GUARDS.iter().find(|(name, _)| *name == structure.name) {
            Some((_, guard)) => self.text.push_str(&format!("#if {guard}\n{text}#endif\n\n")),
            None => self.text.push_str(&format!("{text}\n")),
        }
        Ok(())
    }
}

fn declaration(api: &Api, structure: &Struct) -> Result<String> {
    let kind = if structure.is_union { "union" } else { "struct" };
    let name = &structure.name;
    let fields = structure.fields.iter().map(|field| member(api, field, "    ")).collect::<Result<String>>()?;
    let names = NAMES.iter().find(|(known, _)| known == name).map(|(_, names)| (*names).to_owned());
    let names = names.unwrap_or_else(|| format!("{name}, *P{name}"));
    let is_plain = structure.fields.iter().all(|field| !is_anonymous(field));
    let extension = if is_plain { "" } else { "OPENWINHTTP_EXTENSION " };
    Ok(format!("{extension}typedef {kind} {name} {{\n{fields}}} {names};\n"))
}

/// A field as a line of C, or a union without a name as several.
fn member(api: &Api, field: &Param, indent: &str) -> Result<String> {
    let Some(union) = anonymous_union(api, field) else {
        return Ok(format!("{indent}{};\n", field_in_c(field)?));
    };
    let inner = format!("{indent}    ");
    let members = union.fields.iter().map(|field| member(api, field, &inner)).collect::<Result<String>>()?;
    Ok(format!("{indent}union {{\n{members}{indent}}};\n"))
}

fn field_in_c(field: &Param) -> Result<String> {
    let ty = type_in_c(field).ok_or_else(|| format!("no type of C for {field:?}"))?;
    let space = if ty.ends_with('*') { "" } else { " " };
    let count = field.ty.count.map(|count| format!("[{count}]")).unwrap_or_default();
    Ok(format!("{ty}{space}{}{count}", field.name))
}

/// The type of a field; its name tells apart what is one type in Rust.
fn type_in_c(field: &Param) -> Option<String> {
    let base = field.ty.base.as_str();
    let by_name = TYPES_BY_NAME.iter().find(|(rust, mark, _)| *rust == base && field.name.contains(mark));
    let known = by_name.map(|(.., c)| *c).or_else(|| TYPES.iter().find(|(rust, _)| *rust == base).map(|(_, c)| *c));
    let c = known.or_else(|| (!base.starts_with(|first: char| first.is_lowercase())).then(|| name_in_c(base)))?;
    Some(match (c, field.ty.pointers) {
        ("VOID", 1) => "PVOID".to_owned(),
        (_, 0) => c.to_owned(),
        (_, pointers) => format!("{c} {}", "*".repeat(pointers)),
    })
}

/// Types of windows-sys, and how C calls them. Names that stand in neither table are the same.
const TYPES: &[(&str, &str)] = &[
    ("PCSTR", "LPCSTR"),
    ("PCWSTR", "LPCWSTR"),
    ("PSTR", "LPSTR"),
    ("PWSTR", "LPWSTR"),
    ("WINHTTP_ACCESS_TYPE", "DWORD"),
    ("WINHTTP_CREDS_AUTHSCHEME", "DWORD"),
    ("c_void", "VOID"),
    ("u16", "WORD"),
    ("u32", "DWORD"),
    ("u64", "ULONGLONG"),
    ("u8", "BYTE"),
    ("usize", "DWORD_PTR"),
];

/// The same for fields whose names have these letters.
const TYPES_BY_NAME: &[(&str, &str, &str)] = &[("u16", "Port", "INTERNET_PORT"), ("u32", "ul", "ULONG")];

/// Structures that have other names than their own and that of a pointer with a P.
const NAMES: &[(&str, &str)] = &[
    ("HTTP_VERSION_INFO", "HTTP_VERSION_INFO, *LPHTTP_VERSION_INFO"),
    ("URL_COMPONENTS", "URL_COMPONENTS, *LPURL_COMPONENTS, URL_COMPONENTSW, *LPURL_COMPONENTSW"),
    ("WINHTTP_ASYNC_RESULT", "WINHTTP_ASYNC_RESULT, *LPWINHTTP_ASYNC_RESULT, *PWINHTTP_ASYNC_RESULT"),
    (
        "WINHTTP_PROXY_INFO",
        "WINHTTP_PROXY_INFO, *LPWINHTTP_PROXY_INFO, *PWINHTTP_PROXY_INFO, WINHTTP_PROXY_INFOW, *LPWINHTTP_PROXY_INFOW",
    ),
];

/// Structures that are there under a condition: addresses come with the sockets of Windows.
const GUARDS: &[(&str, &str)] = &[("WINHTTP_CONNECTION_INFO", "!defined(_WIN32) || defined(_WS2DEF_)")];
