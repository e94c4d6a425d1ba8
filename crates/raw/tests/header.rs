//! include/winhttp.h agrees with Rust: a compiler of C is asked about every size, place and value.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use openwinhttp_sys::Win32::Foundation::{
    ERROR_INSUFFICIENT_BUFFER, ERROR_INVALID_HANDLE, ERROR_IO_PENDING, FILETIME, SYSTEMTIME,
};
use openwinhttp_sys::Win32::Networking::WinHttp::*;
use openwinhttp_sys::Win32::Networking::WinSock::SOCKADDR_STORAGE;
use openwinhttp_sys::Win32::Security::Cryptography::CERT_CONTEXT;
use openwinhttp_sys::Win32::System::Diagnostics::Debug::{
    FORMAT_MESSAGE_ALLOCATE_BUFFER, FORMAT_MESSAGE_ARGUMENT_ARRAY, FORMAT_MESSAGE_FROM_HMODULE,
    FORMAT_MESSAGE_FROM_STRING, FORMAT_MESSAGE_FROM_SYSTEM, FORMAT_MESSAGE_IGNORE_INSERTS,
};
use openwinhttp_sys::Win32::System::Memory::{GMEM_FIXED, GMEM_ZEROINIT, GPTR, LMEM_FIXED, LMEM_ZEROINIT, LPTR};
use openwinhttp_sys::core::GUID;

/// A structure as Rust lays it out.
struct Structure {
    name: &'static str,
    size: usize,
    align: usize,
    fields: Vec<Field>,
}

struct Field {
    name: &'static str,
    offset: usize,
    /// Unknown within unions, whose fields cannot be read here.
    size: Option<usize>,
}

/// A structure with these fields; a field `in` another is one of a union that has no name in C.
macro_rules! structure {
    (union $name:ident { $($field:ident),* }) => {
        structure!(@ $name, $(($field, ::std::mem::offset_of!($name, $field), None)),*)
    };
    ($name:ident { $($field:ident in $outer:ident),* }) => {
        structure!(@ $name, $(($field, ::std::mem::offset_of!($name, $outer.$field), None)),*)
    };
    ($name:ident { $($field:ident),* }) => {
        structure!(@ $name, $((
            $field,
            ::std::mem::offset_of!($name, $field),
            Some($crate::size_of_field(|it: $name| it.$field))
        )),*)
    };
    (@ $name:ident, $(($field:ident, $offset:expr, $size:expr)),*) => {
        $crate::Structure {
            name: stringify!($name),
            size: size_of::<$name>(),
            align: align_of::<$name>(),
            fields: vec![$($crate::Field { name: stringify!($field), offset: $offset, size: $size }),*],
        }
    };
}

// Made by a chore, in lines as long as they get.
#[rustfmt::skip]
mod layouts;

#[test]
fn structures_are_laid_out_alike() {
    let structures = layouts::structures();
    assert!(structures.len() > 25);
    let checks: String = structures.iter().chain(&beside()).map(checks_of).collect();
    compile("structures", &checks).unwrap_or_else(|said| panic!("{said}"));
}

#[test]
fn constants_have_the_same_values() {
    assert!(layouts::CONSTANTS.len() > 500);
    let constants = layouts::CONSTANTS.iter().chain(BESIDE);
    let checks: String = constants.map(|(name, value)| check(&format!("(long long)({name}) == {value}LL"))).collect();
    compile("constants", &checks).unwrap_or_else(|said| panic!("{said}"));
}

/// The numbers are asked of the compiler, and it can say no.
#[test]
fn differences_are_noticed() {
    if compiler().is_none() {
        return;
    }
    for (name, wrong) in [
        ("size", "sizeof(URL_COMPONENTS) == 8"),
        ("place", "offsetof(URL_COMPONENTS, nPort) == 4"),
        ("value", "(long long)(WINHTTP_OPTION_URL) == 35LL"),
        ("name", "sizeof(URL_COMPONENTS_OF_NOBODY) == 8"),
    ] {
        assert!(compile(name, &check(wrong)).is_err(), "{wrong}");
    }
}

/// Options.md, section 10: sizes on 64 bits and on x86.
#[test]
fn structures_have_the_sizes_of_the_specification() {
    for (size, on_64_bits, on_x86) in [
        (size_of::<HTTP_VERSION_INFO>(), 8, 8),
        (size_of::<URL_COMPONENTS>(), 104, 60),
        (size_of::<WINHTTP_PROXY_INFO>(), 24, 12),
        (size_of::<WINHTTP_AUTOPROXY_OPTIONS>(), 32, 24),
        (size_of::<WINHTTP_CURRENT_USER_IE_PROXY_CONFIG>(), 32, 16),
        (size_of::<WINHTTP_PROXY_RESULT>(), 16, 8),
        (size_of::<WINHTTP_PROXY_RESULT_EX>(), 32, 16),
        (size_of::<WINHTTP_PROXY_RESULT_ENTRY>(), 32, 20),
        (size_of::<WINHTTP_CERTIFICATE_INFO>(), 64, 40),
        (size_of::<WINHTTP_CONNECTION_INFO>(), 264, 260),
        (size_of::<WINHTTP_REQUEST_TIMES>(), 520, 516),
        (size_of::<WINHTTP_REQUEST_STATS>(), 272, 272),
        (size_of::<WINHTTP_CREDS>(), 48, 24),
        (size_of::<WINHTTP_CREDS_EX>(), 56, 28),
        (size_of::<WINHTTP_MATCH_CONNECTION_GUID>(), 24, 24),
        (size_of::<WINHTTP_RESOLVER_CACHE_CONFIG>(), 32, 32),
        (size_of::<WINHTTP_FAILED_CONNECTION_RETRIES>(), 8, 8),
        (size_of::<WINHTTP_HTTP2_RECEIVE_WINDOW>(), 8, 8),
        (size_of::<WINHTTP_PROXY_SETTINGS>(), 112, 68),
        (size_of::<WINHTTP_PROXY_SETTINGS_EX>(), 72, 44),
        (size_of::<WINHTTP_PROXY_SETTINGS_PARAM>(), 24, 16),
        (size_of::<WINHTTP_ASYNC_RESULT>(), 16, 8),
        (size_of::<WINHTTP_WEB_SOCKET_ASYNC_RESULT>(), 24, 12),
        (size_of::<WINHTTP_WEB_SOCKET_STATUS>(), 8, 8),
        (size_of::<CERT_CONTEXT>(), 40, 20),
    ] {
        let expected = if cfg!(target_pointer_width = "64") { on_64_bits } else { on_x86 };
        assert_eq!(size, expected, "the one of {on_64_bits} and {on_x86} bytes");
    }
}

/// What the header brings along where there is no <windows.h>.
fn beside() -> Vec<Structure> {
    vec![
        structure!(FILETIME { dwLowDateTime, dwHighDateTime }),
        structure!(SYSTEMTIME { wYear, wMonth, wDayOfWeek, wDay, wHour, wMinute, wSecond, wMilliseconds }),
        structure!(GUID {}),
        structure!(SOCKADDR_STORAGE { ss_family }),
        structure!(CERT_CONTEXT { dwCertEncodingType, pbCertEncoded, cbCertEncoded, pCertInfo, hCertStore }),
    ]
}

/// The same of constants.
const BESIDE: &[(&str, i128)] = &[
    ("ERROR_INVALID_HANDLE", ERROR_INVALID_HANDLE as i128),
    ("ERROR_INSUFFICIENT_BUFFER", ERROR_INSUFFICIENT_BUFFER as i128),
    ("ERROR_IO_PENDING", ERROR_IO_PENDING as i128),
    ("FORMAT_MESSAGE_ALLOCATE_BUFFER", FORMAT_MESSAGE_ALLOCATE_BUFFER as i128),
    ("FORMAT_MESSAGE_IGNORE_INSERTS", FORMAT_MESSAGE_IGNORE_INSERTS as i128),
    ("FORMAT_MESSAGE_FROM_STRING", FORMAT_MESSAGE_FROM_STRING as i128),
    ("FORMAT_MESSAGE_FROM_HMODULE", FORMAT_MESSAGE_FROM_HMODULE as i128),
    ("FORMAT_MESSAGE_FROM_SYSTEM", FORMAT_MESSAGE_FROM_SYSTEM as i128),
    ("FORMAT_MESSAGE_ARGUMENT_ARRAY", FORMAT_MESSAGE_ARGUMENT_ARRAY as i128),
    ("GMEM_FIXED", GMEM_FIXED as i128),
    ("GMEM_ZEROINIT", GMEM_ZEROINIT as i128),
    ("GPTR", GPTR as i128),
    ("LMEM_FIXED", LMEM_FIXED as i128),
    ("LMEM_ZEROINIT", LMEM_ZEROINIT as i128),
    ("LPTR", LPTR as i128),
];

fn size_of_field<S, F>(_: fn(S) -> F) -> usize {
    size_of::<F>()
}

fn checks_of(structure: &Structure) -> String {
    let Structure { name, size, align, fields } = structure;
    let mut text = check(&format!("sizeof({name}) == {size}")) + &check(&format!("_Alignof({name}) == {align}"));
    for Field { name: field, offset, size } in fields {
        text += &check(&format!("offsetof({name}, {field}) == {offset}"));
        let of_field = |size| check(&format!("sizeof((({name} *)0)->{field}) == {size}"));
        text += &size.map(of_field).unwrap_or_default();
    }
    text
}

fn check(what: &str) -> String {
    format!("_Static_assert({what}, \"{what}\");\n")
}

/// What the compiler says of `checks`, if one of them does not hold. Without a compiler nothing is checked.
fn compile(name: &str, checks: &str) -> Result<(), String> {
    let Some(compiler) = compiler() else {
        println!("not checked: there is no compiler of C for this system");
        return Ok(());
    };
    let sockets = "#ifdef _WIN32\n#include <winsock2.h>\n#endif\n";
    let source = write(name, &format!("{sockets}#include <winhttp.h>\n#include <stddef.h>\n{checks}"));
    run(compiler, &source)
}

/// The first compiler that can make programs for the system that this test was made for.
fn compiler() -> Option<&'static [&'static str]> {
    let source = write("nothing", "#include <stdint.h>\n#include <string.h>\nint nothing;\n");
    COMPILERS.iter().copied().find(|compiler| run(compiler, &source).is_ok())
}

fn run(compiler: &[&str], source: &Path) -> Result<(), String> {
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../include");
    let mut command = Command::new(compiler[0]);
    command.args(&compiler[1..]).args(["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"]);
    let output = command.arg("-I").arg(include).arg(source).output().map_err(|error| error.to_string())?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// A file for each test and each purpose: they run at the same time.
fn write(name: &str, text: &str) -> PathBuf {
    let thread = std::thread::current();
    let file = format!("header-{}-{name}.c", thread.name().unwrap_or_default());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(file);
    assert!(fs::write(&path, text).is_ok(), "{} cannot be written", path.display());
    path
}

/// Compilers to try; each for the system of this test, or none.
const COMPILERS: &[&[&str]] = if cfg!(all(target_arch = "x86", target_os = "linux")) {
    &[&["i686-linux-gnu-gcc"], &["cc", "-m32"]]
} else if cfg!(all(target_os = "windows", target_arch = "x86_64")) {
    &[&["x86_64-w64-mingw32-gcc"], &["gcc"], &["clang"]]
} else if cfg!(target_os = "windows") {
    &[&["i686-w64-mingw32-gcc"]]
} else {
    &[&["cc"], &["gcc"], &["clang"]]
};
