use super::*;
use crate::api::{Module, Rows};

fn api(source: &str, rows: &str) -> Api {
    Api {
        module: Module::parse(source).unwrap(),
        additions: Module::default(),
        errors: Vec::new(),
        rows: Rows::parse(rows).unwrap(),
    }
}

#[test]
fn constants_stand_in_groups_by_value() {
    let source = "
        pub const WINHTTP_QUERY_FLAG_B: u32 = 2147483648u32;
        pub const WINHTTP_QUERY_FLAG_A: u32 = 1u32;
        pub const WINHTTP_QUERY_MAX: u32 = 78u32;
        pub const WINHTTP_QUERY_AGE: u32 = 48u32;
        pub const ICU_ESCAPE: u64 = 16;
        pub const LONG: u32 = 4294967295u32;
        pub const SslErrorFlag_UnknownCA: i32 = 256i32;";
    let expected = "\
#define ICU_ESCAPE 0x00000010ull

#define WINHTTP_QUERY_AGE 48
#define WINHTTP_QUERY_MAX 78

#define WINHTTP_QUERY_FLAG_A 0x00000001
#define WINHTTP_QUERY_FLAG_B 0x80000000

#define LONG 0xFFFFFFFF
";
    assert_eq!(constants::write(&api(source, "")), expected);
}

#[test]
fn enumerations_have_their_members() {
    let source = "
        pub type KIND = i32; pub type FLAGS = u32; pub type EMPTY = i32; pub type WINHTTP_INTERNET_SCHEME = i32;
        pub const B: KIND = 1i32; pub const A: KIND = 0i32; pub const F: FLAGS = 4u32;
        pub const WINHTTP_INTERNET_SCHEME_HTTP: WINHTTP_INTERNET_SCHEME = 1i32;";
    let api = api(source, "");
    assert_eq!(constants::enums(&api), "typedef enum KIND {\n    A = 0,\n    B = 1\n} KIND, *PKIND;\n\n");
    assert_eq!(constants::write(&api), "#define INTERNET_SCHEME_HTTP 1\n\n#define F 4\n");
}

#[test]
fn structures_stand_behind_what_they_name() {
    let source = "
        pub struct A { pub b: *mut B, pub nPort: u16, pub a: [u8; 4], pub Anonymous1: A_0 }
        pub union A_0 { pub w: a::PCWSTR, pub n: *const a::PCWSTR }
        pub struct B { pub ulCount: u32, pub p: *mut core::ffi::c_void, pub s: WINHTTP_INTERNET_SCHEME }
        pub struct WINHTTP_CONNECTION_INFO { pub cbSize: u32 }";
    let expected = "\
typedef struct B {
    ULONG ulCount;
    PVOID p;
    INTERNET_SCHEME s;
} B, *PB;

OPENWINHTTP_EXTENSION typedef struct A {
    B *b;
    INTERNET_PORT nPort;
    BYTE a[4];
    union {
        LPCWSTR w;
        LPCWSTR *n;
    };
} A, *PA;

#if !defined(_WIN32) || defined(_WS2DEF_)
typedef struct WINHTTP_CONNECTION_INFO {
    DWORD cbSize;
} WINHTTP_CONNECTION_INFO, *PWINHTTP_CONNECTION_INFO;
#endif

";
    let api = api(source, "");
    assert_eq!(structs::write(&api).unwrap(), expected);
    let list = layouts::write(&api).unwrap();
    assert!(list.contains("structure!(A { b, nPort, a, w in Anonymous1, n in Anonymous1 }),"), "{list}");
    assert!(!list.contains("A_0"), "{list}");
}

#[test]
fn types_that_c_does_not_know_are_refused() {
    assert!(structs::write(&api("pub struct A { pub a: f32 }", "")).is_err());
}

#[test]
fn prototypes_break_where_lines_get_long() {
    let rows = "
        [[function]]\nname = 'F'\nstate = 'works'\nsignature = 'BOOL F(void)'
        [[function]]\nname = 'G'\nstate = 'works'\nsignature = 'DWORD G(HINTERNET hRequest, DWORD dwFirstOfMany, DWORD dwSecondOfMany, DWORD dwThirdOfAllTheManyOnesHere)'
        [[callback]]\nname = 'K'\nsignature = 'VOID K(DWORD a)'";
    let api = api("", rows);
    let expected = "\
WINHTTPAPI BOOL WINAPI F(void);
WINHTTPAPI DWORD WINAPI G(HINTERNET hRequest, DWORD dwFirstOfMany, DWORD dwSecondOfMany,
    DWORD dwThirdOfAllTheManyOnesHere);
";
    let text = functions::write(&api).unwrap();
    assert_eq!(text, expected);
    assert_eq!(functions::callbacks(&api).unwrap(), "typedef VOID(CALLBACK *K)(DWORD a);\ntypedef K *LPK;\n");
}

#[test]
fn the_real_header_is_whole_and_always_the_same() {
    let text = write(&Api::read().unwrap()).unwrap();
    assert!(!text.contains('@'), "a mark was left");
    assert_eq!(text, write(&Api::read().unwrap()).unwrap());
    let defined = |line: &str| line.strip_prefix("#define ").and_then(|rest| rest.split(' ').next().map(str::to_owned));
    let mut names: Vec<String> = text.split("/* Constants */").last().unwrap().lines().filter_map(defined).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count, "a constant is there twice");
    assert!(count > 400, "{count}");
}
