//! The headers in include/ compile without a warning, in every dialect of C and C++ that they are meant for.
//!
//! On Linux gcc and g++ must be there; whatever else is there is asked too.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A compiler, and the dialects that it is asked for.
struct Compiler {
    name: &'static str,
    dialects: &'static [&'static str],
    is_cpp: bool,
}

const COMPILERS: &[Compiler] = &[
    Compiler { name: "gcc", dialects: C, is_cpp: false },
    Compiler { name: "g++", dialects: CPP, is_cpp: true },
    Compiler { name: "clang", dialects: C, is_cpp: false },
    Compiler { name: "clang++", dialects: CPP, is_cpp: true },
    // These take the part for Windows, and take their time.
    Compiler { name: "x86_64-w64-mingw32-gcc", dialects: &["c11"], is_cpp: false },
    Compiler { name: "x86_64-w64-mingw32-g++", dialects: &["c++17"], is_cpp: true },
];

const C: &[&str] = &["c99", "c11"];
const CPP: &[&str] = &["c++11", "c++17"];

#[test]
fn the_header_compiles_everywhere() {
    let program = write("program", PROGRAM);
    for compiler in present() {
        for dialect in compiler.dialects {
            for options in OPTIONS {
                compiler.compile(&program, dialect, options).unwrap_or_else(|said| panic!("{said}"));
            }
        }
    }
}

#[test]
fn a_program_for_windows_finds_its_headers() {
    let program = write("ported", PORTED);
    let options = ["-fshort-wchar", "-I", &include("openwinhttp")];
    for compiler in present().filter(|compiler| !compiler.name.contains("mingw")) {
        compiler.compile(&program, compiler.dialects[0], &options).unwrap_or_else(|said| panic!("{said}"));
    }
}

#[test]
fn a_wrong_program_does_not_compile() {
    let program = write("wrong", WRONG);
    for compiler in present() {
        assert!(compiler.compile(&program, compiler.dialects[0], &[]).is_err(), "{}", compiler.name);
    }
}

impl Compiler {
    fn is_there(&self) -> bool {
        Command::new(self.name).arg("--version").output().is_ok_and(|output| output.status.success())
    }

    /// What the compiler says of `program`, if it does not take it as it is.
    fn compile(&self, program: &Path, dialect: &str, options: &[&str]) -> Result<(), String> {
        let language = if self.is_cpp { "c++" } else { "c" };
        let mut command = Command::new(self.name);
        command.args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-x", language]);
        command.arg(format!("-std={dialect}")).args(["-I", &include("")]).args(options).arg(program);
        let output = command.output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() { Ok(()) } else { Err(format!("{command:?}:\n{said}")) }
    }
}

fn present() -> impl Iterator<Item = &'static Compiler> {
    for needed in &COMPILERS[..2] {
        assert!(needed.is_there() || !cfg!(target_os = "linux"), "there is no {}", needed.name);
    }
    COMPILERS.iter().filter(|compiler| compiler.is_there())
}

fn write(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("header-{name}"));
    assert!(fs::write(&path, text).is_ok(), "{} cannot be written", path.display());
    path
}

fn include(folder: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../include").join(folder).display().to_string()
}

const OPTIONS: &[&[&str]] =
    &[&[], &["-fshort-wchar"], &["-DUNICODE"], &["-fshort-wchar", "-DUNICODE"], &["-DOPENWINHTTP_STATIC"]];

/// A use of each kind of thing that the header has.
const PROGRAM: &str = r#"
#include <winhttp.h>
#include <winhttp.h>

static DWORD_PTR seen;

static void CALLBACK notice(HINTERNET handle, DWORD_PTR context, DWORD status, LPVOID info, DWORD length) {
    (void)handle;
    (void)info;
    seen = context + status + length;
}

BOOL use(LPCWSTR name, LPWSTR url, const SYSTEMTIME *time);

BOOL use(LPCWSTR name, LPWSTR url, const SYSTEMTIME *time) {
    URL_COMPONENTS parts;
    WINHTTP_EXTENDED_HEADER header;
    WINHTTP_HEADER_NAME *header_name = NULL;
    WINHTTP_WEB_SOCKET_BUFFER_TYPE type = WINHTTP_WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE;
    LPWINHTTP_STATUS_CALLBACK place;
    WINHTTP_STATUS_CALLBACK callback = notice;
    LPCWSTR types[2] = { NULL, NULL };
    DWORD length = 0;
    HINTERNET session = WinHttpOpen(name, WINHTTP_ACCESS_TYPE_NO_PROXY, WINHTTP_NO_PROXY_NAME,
                                    WINHTTP_NO_PROXY_BYPASS, 0);
    HINTERNET connect = WinHttpConnect(session, name, INTERNET_DEFAULT_HTTPS_PORT, 0);
    HINTERNET request = WinHttpOpenRequest(connect, name, name, NULL, WINHTTP_NO_REFERER, types, WINHTTP_FLAG_SECURE);
    place = &callback;
    ZeroMemory(&parts, sizeof(parts));
    parts.dwStructSize = sizeof(parts);
    parts.nScheme = INTERNET_SCHEME_HTTPS;
    header.pwszName = name;
    header.pszValue = "value";
    if (WinHttpSetStatusCallback(session, *place, WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0) ==
        WINHTTP_INVALID_STATUS_CALLBACK)
        return FALSE;
    WinHttpSendRequest(request, WINHTTP_NO_ADDITIONAL_HEADERS, (DWORD)-1, WINHTTP_NO_REQUEST_DATA, 0,
                       WINHTTP_IGNORE_REQUEST_TOTAL_LENGTH, (DWORD_PTR)&parts);
    WinHttpQueryHeaders(request, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER, WINHTTP_HEADER_NAME_BY_INDEX,
                        WINHTTP_NO_OUTPUT_BUFFER, &length, WINHTTP_NO_HEADER_INDEX);
    if (WinHttpCreateUrl(&parts, ICU_ESCAPE, url, &length) || GetLastError() != ERROR_INSUFFICIENT_BUFFER)
        SetLastError(ERROR_SUCCESS);
    WinHttpTimeFromSystemTime(time, url);
    if (seen == WINHTTP_READ_DATA_EX_FLAG_FILL_BUFFER && GetModuleHandle(NULL) != NULL)
        FormatMessage(FORMAT_MESSAGE_FROM_HMODULE, GetModuleHandle(NULL), ERROR_WINHTTP_TIMEOUT,
                      MAKELANGID(LANG_NEUTRAL, SUBLANG_DEFAULT), NULL, 0, NULL);
    GlobalFree(GlobalAlloc(GPTR, sizeof(header)));
    return header_name == NULL && type == 2 && header.pwszName != NULL && (DWORD)ICU_ESCAPE == 0x80000000;
}

#if defined(__cplusplus) || __STDC_VERSION__ >= 201112L || WCHAR_MAX <= 0xFFFF
#define AGENT "agent"
LPCWSTR texts(void);
LPCWSTR texts(void) {
    return seen ? WINHTTP_TEXT("text") : WINHTTP_TEXT(AGENT);
}
#endif

#if WCHAR_MAX <= 0xFFFF
LPCWSTR wide(void);
LPCWSTR wide(void) {
    return L"text";
}
#endif
"#;

/// What a program brings along from Windows.
const PORTED: &str = r#"
#include <windows.h>
#include <winhttp.h>

int main(void) {
    HINTERNET session = WinHttpOpen(L"agent", WINHTTP_ACCESS_TYPE_DEFAULT_PROXY, NULL, NULL, 0);
    return session == NULL ? (int)GetLastError() : 0;
}
"#;

/// The compilers do see warnings and the types of the header.
const WRONG: &str = r#"
#include <winhttp.h>

int main(void) {
    INTERNET_PORT port = WINHTTP_ACCESS_TYPE_NO_PROXY;
    return WinHttpCloseHandle(port) ? 0 : 1;
}
"#;
