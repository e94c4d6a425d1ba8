//! Constants and enumerations.

use super::{in_header, name_in_c};
use crate::api::{Api, Constant};

/// Every constant that is no member of an enumeration, in groups.
pub(super) fn write(api: &Api) -> String {
    let plain: Vec<&Constant> = in_header(api).filter(|constant| enum_of(api, constant).is_none()).collect();
    let groups = GROUPS.iter().map(|group| {
        let is_in = |constant: &&Constant| group_of(&constant.name).prefix == group.prefix;
        defines(&plain.iter().copied().filter(is_in).collect::<Vec<_>>(), group.is_bits)
    });
    groups.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}

/// One `#define` for each constant, ordered by value and then by name.
pub(super) fn defines(constants: &[&Constant], is_bits: bool) -> String {
    let mut constants = constants.to_vec();
    constants.sort_by_key(|constant| (constant.value, &constant.name));
    let width = constants.iter().map(|constant| name_in_c(&constant.name).len()).max().unwrap_or(0);
    let line =
        |constant: &Constant| format!("#define {:<width$} {}\n", name_in_c(&constant.name), number(constant, is_bits));
    constants.into_iter().map(line).collect()
}

/// Enumerations: the names of signed integers.
pub(super) fn enums(api: &Api) -> String {
    let names = api.module.integers.iter().map(|(name, _)| name.as_str());
    let tables = names.map(|name| {
        let mut members: Vec<&Constant> =
            in_header(api).filter(|constant| enum_of(api, constant) == Some(name)).collect();
        members.sort_by_key(|constant| (constant.value, &constant.name));
        (name, members)
    });
    tables.filter(|(_, members)| !members.is_empty()).map(|(name, members)| enumeration(name, &members)).collect()
}

fn enumeration(name: &str, members: &[&Constant]) -> String {
    let lines: Vec<String> = members.iter().map(|member| format!("    {} = {}", member.name, member.value)).collect();
    format!("typedef enum {name} {{\n{}\n}} {name}, *P{name};\n\n", lines.join(",\n"))
}

/// The enumeration that a constant belongs to. Schemes are plain numbers in C.
fn enum_of<'a>(api: &'a Api, constant: &Constant) -> Option<&'a str> {
    let mut enums = api.module.integers.iter().filter(|(name, ty)| ty.base == "i32" && name_in_c(name) == name);
    enums.find(|(name, _)| *name == constant.ty.base).map(|(name, _)| name.as_str())
}

fn number(constant: &Constant, is_bits: bool) -> String {
    let suffix = if constant.ty.base == "u64" { "ull" } else { "" };
    match constant.value {
        value if is_bits || value > i128::from(i32::MAX) => format!("0x{value:08X}{suffix}"),
        value => format!("{value}{suffix}"),
    }
}

/// The group with the longest prefix; the last one takes what no other does.
fn group_of(name: &str) -> &'static Group {
    let fitting = GROUPS.iter().filter(|group| name.starts_with(group.prefix));
    fitting.max_by_key(|group| group.prefix.len()).unwrap_or(&GROUPS[GROUPS.len() - 1])
}

/// Constants that stand together.
struct Group {
    prefix: &'static str,
    /// Whether the values are bits, and so written with their hexadecimal digits.
    is_bits: bool,
}

const fn numbers(prefix: &'static str) -> Group {
    Group { prefix, is_bits: false }
}

const fn bits(prefix: &'static str) -> Group {
    Group { prefix, is_bits: true }
}

/// The groups in the order of the header.
const GROUPS: &[Group] = &[
    numbers("INTERNET_DEFAULT_"),
    numbers("WINHTTP_INTERNET_SCHEME_"),
    bits("ICU_"),
    numbers("WINHTTP_ACCESS_TYPE_"),
    bits("WINHTTP_FLAG_"),
    bits("WINHTTP_FLAG_SECURE_PROTOCOL_"),
    numbers("WINHTTP_HANDLE_TYPE_"),
    bits("WINHTTP_ADDREQ_"),
    bits("WINHTTP_EXTENDED_HEADER_FLAG_"),
    bits("WINHTTP_READ_DATA_EX_FLAG_"),
    numbers("WINHTTP_QUERY_"),
    bits("WINHTTP_QUERY_FLAG_"),
    bits("WINHTTP_QUERY_CONNECTION_GROUP_FLAG_"),
    numbers("WINHTTP_OPTION_"),
    numbers("WINHTTP_OPTION_REDIRECT_POLICY_"),
    numbers("WINHTTP_OPTION_REQUEST_ANNOTATION_MAX_LENGTH"),
    bits("WINHTTP_OPTION_SPN_MASK"),
    bits("WINHTTP_DISABLE_"),
    bits("WINHTTP_ENABLE_"),
    bits("WINHTTP_DECOMPRESSION_FLAG_"),
    bits("WINHTTP_PROTOCOL_"),
    bits("WINHTTP_CONNECTION_RETRY_CONDITION_"),
    bits("WINHTTP_MATCH_CONNECTION_GUID_"),
    bits("WINHTTP_RESOLVER_CACHE_CONFIG_FLAG_"),
    bits("WINHTTP_REQUEST_STAT_FLAG_"),
    numbers("WINHTTP_FEATURE_"),
    bits("SECURITY_FLAG_"),
    bits("WINHTTP_AUTH_SCHEME_"),
    numbers("WINHTTP_AUTH_TARGET_"),
    numbers("WINHTTP_AUTOLOGON_SECURITY_LEVEL_"),
    bits("WINHTTP_AUTO_DETECT_TYPE_"),
    bits("WINHTTP_AUTOPROXY_"),
    bits("WINHTTP_PROXY_"),
    bits("WINHTTP_PROXY_DISABLE_"),
    bits("WINHTTP_PROXY_TYPE_"),
    bits("WINHTTP_RESET_"),
    bits("WINHTTP_CALLBACK_STATUS_"),
    bits("WINHTTP_CALLBACK_STATUS_FLAG_"),
    bits("WINHTTP_CALLBACK_FLAG_"),
    numbers("API_"),
    numbers("WINHTTP_WEB_SOCKET_"),
    numbers("HTTP_STATUS_"),
    numbers("WINHTTP_ERROR_"),
    numbers("ERROR_WINHTTP_"),
    numbers(""),
];
