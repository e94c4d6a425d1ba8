use super::*;
use crate::api::{Module, Rows};

const SOURCE: &str = "
    windows_link::link!(\"a\" \"system\" fn F(a : u32) -> BOOL);
    pub type K = Option<unsafe extern \"system\" fn(a: u32)>;
    pub const WINHTTP_OPTION_A: u32 = 1u32;
    pub const WINHTTP_OPTION_REDIRECT_POLICY_LAST: u32 = 2u32;
    pub const WINHTTP_QUERY_MAX: u32 = 3u32;
    pub const WINHTTP_CALLBACK_STATUS_A: u32 = 4u32;
    pub const WINHTTP_CALLBACK_STATUS_FLAG_A: u32 = 5u32;";

const ADDITIONS: &str = "pub const WINHTTP_QUERY_MAX_A: u32 = 0x0000_0006;";

const FUNCTION: &str = "[[function]]
    name = 'F'
    signature = 'BOOL F(DWORD a)'
    state = 'works'
    tests = ['tests/a.rs::one']\n";
const CALLBACK: &str = "[[callback]]\nname = 'K'\nsignature = 'VOID K(DWORD a)'\n";
const OPTION: &str = "[[option]]\nname = 'WINHTTP_OPTION_A'\nnumber = 1\nstate = 'not yet'\nnote = 'why'\n";
const LEVEL: &str = "[[level]]
    name = 'WINHTTP_QUERY_MAX_A'
    number = 6
    state = 'differs'
    note = 'how'
    tests = ['examples/c/get.c', 'tests/a.rs::two']\n";
const STATUS: &str = "[[status]]\nname = 'WINHTTP_CALLBACK_STATUS_A'\nnumber = 4\nstate = 'not yet'\nnote = 'why'\n";
const UNNAMED: &str = "[[unnamed]]\nkind = 'level'\nnumbers = [7]\nnote = 'what'\ntests = ['tests/a.rs::one']\n";

const GOOD: [&str; 6] = [FUNCTION, CALLBACK, OPTION, LEVEL, STATUS, UNNAMED];

const TESTS: &str = "
    #[test] fn one() {}
    proptest! { #[test] fn two(a in 0..9) {} }
    #[test] #[ignore = \"slow\"] fn three() {}
    // #[test] fn four() {}
    #[test] const A: u8 = 1; fn five() {}
    mod inner { #[cfg(unix)] #[test] pub async fn six() {} fn seven() {} }";

fn found(source: &str, additions: &str, rows: &str) -> Vec<String> {
    let api = Api {
        module: Module::parse(source).unwrap(),
        additions: Module::parse(additions).unwrap(),
        errors: Vec::new(),
        rows: Rows::parse(rows).unwrap(),
    };
    problems(&api, &|path| match path {
        "tests/a.rs" => Some(TESTS.into()),
        "examples/c/get.c" | "examples/c/get.h" => Some(String::new()),
        _ => None,
    })
}

/// The problems of the good table after one replacement in it.
fn after(old: &str, new: &str) -> Vec<String> {
    let rows = GOOD.concat();
    assert!(rows.contains(old), "{old}");
    found(SOURCE, ADDITIONS, &rows.replacen(old, new, 1))
}

#[test]
fn a_good_table_has_no_problems() {
    assert_eq!(found(SOURCE, ADDITIONS, &GOOD.concat()), [""; 0]);
}

#[test]
fn every_name_needs_a_row() {
    for (section, expected) in [
        (FUNCTION, "the function F has no row"),
        (CALLBACK, "the callback K has no row"),
        (OPTION, "the option WINHTTP_OPTION_A has no row"),
        (LEVEL, "the level WINHTTP_QUERY_MAX_A has no row"),
        (STATUS, "the status WINHTTP_CALLBACK_STATUS_A has no row"),
    ] {
        assert_eq!(after(section, ""), [expected]);
    }
}

#[test]
fn every_row_needs_a_name() {
    let without = |line: &str| SOURCE.replace(line, "");
    let rows = GOOD.concat();
    for (source, additions, expected) in [
        (without("windows_link::link!(\"a\" \"system\" fn F(a : u32) -> BOOL);"), ADDITIONS, "function F"),
        (without("pub type K = Option<unsafe extern \"system\" fn(a: u32)>;"), ADDITIONS, "callback K"),
        (without("pub const WINHTTP_OPTION_A: u32 = 1u32;"), ADDITIONS, "option WINHTTP_OPTION_A"),
        (SOURCE.to_owned(), "", "level WINHTTP_QUERY_MAX_A"),
        (without("pub const WINHTTP_CALLBACK_STATUS_A: u32 = 4u32;"), ADDITIONS, "status WINHTTP_CALLBACK_STATUS_A"),
    ] {
        assert_eq!(found(&source, additions, &rows), [format!("there is no {expected}")]);
    }
}

#[test]
fn no_name_has_two_rows() {
    assert_eq!(after(OPTION, &OPTION.repeat(2)), ["option: a name has two rows"]);
}

#[test]
fn numbers_are_those_of_the_constants() {
    for (old, new, name) in [
        ("number = 1", "number = 2", "WINHTTP_OPTION_A has the number Some(2) and the value 1"),
        ("number = 6\n", "", "WINHTTP_QUERY_MAX_A has the number None and the value 6"),
        ("number = 4", "number = 5", "WINHTTP_CALLBACK_STATUS_A has the number Some(5) and the value 4"),
    ] {
        assert_eq!(after(old, new), [name]);
    }
}

#[test]
fn prototypes_agree_with_windows_sys() {
    assert_eq!(after("BOOL F(DWORD a)", "BOOL F(DWORD b)").len(), 1);
    assert_eq!(after("BOOL F(DWORD a)", "BOOL G(DWORD a)"), ["F: the signature is that of G"]);
    assert_eq!(after("signature = 'BOOL F(DWORD a)'\n", ""), ["F: \"\" is no prototype"]);
    assert_eq!(after("VOID K(DWORD a)", "BOOL K(DWORD a)").len(), 1);
}

#[test]
fn rows_have_their_notes_and_tests() {
    let [no_test, no_note] = ["has no test that proves it", "has no note, and does not simply work"];
    assert_eq!(after("tests = ['tests/a.rs::one']\n", ""), [format!("F {no_test}")]);
    assert_eq!(
        after("tests = ['examples/c/get.c', 'tests/a.rs::two']", ""),
        [format!("WINHTTP_QUERY_MAX_A {no_test}")]
    );
    assert_eq!(after("note = 'how'", ""), [format!("WINHTTP_QUERY_MAX_A {no_note}")]);
    assert_eq!(after("note = 'why'", ""), [format!("WINHTTP_OPTION_A {no_note}")]);
    let hasty = after("note = 'why'", "note = 'why'\ntests = ['tests/a.rs::one']");
    assert_eq!(hasty, ["WINHTTP_OPTION_A has tests, but is not there yet"]);
}

#[test]
fn tests_are_there() {
    for test in [
        "tests/a.rs::three",
        "tests/a.rs::four",
        "tests/a.rs::five",
        "tests/a.rs::seven",
        "tests/a.rs::on",
        "tests/a.rs",
        "tests/b.rs::one",
        "examples/c/get.h",
        "examples/c/put.c",
    ] {
        assert_eq!(after("tests/a.rs::two", test), [format!("WINHTTP_QUERY_MAX_A: there is no test {test}")]);
    }
    assert_eq!(after("tests/a.rs::two", "tests/a.rs::six"), [""; 0]);
}

#[test]
fn unnamed_numbers_are_checked_too() {
    assert_eq!(after("numbers = [7]", "numbers = [7, 6]"), ["6 has no name, says a row; it is WINHTTP_QUERY_MAX_A"]);
    assert_eq!(
        after("kind = 'level'", "kind = 'label'"),
        ["unnamed numbers of the kind \"label\", which there is not"]
    );
    let without_proof = UNNAMED.replace("'tests/a.rs::one'", "");
    assert_eq!(after(UNNAMED, &without_proof), ["level: unnamed numbers have no test or no note"]);
    let with_strange_proof = UNNAMED.replace("::one", "::none");
    assert_eq!(after(UNNAMED, &with_strange_proof), ["level: there is no test tests/a.rs::none"]);
}

#[test]
fn additions_are_not_in_windows_sys() {
    let both = format!("{ADDITIONS} pub const WINHTTP_OPTION_A: u32 = 1;");
    assert_eq!(found(SOURCE, &both, &GOOD.concat()), ["WINHTTP_OPTION_A is an addition, but windows-sys has it"]);
}

#[test]
fn unknown_keys_are_refused() {
    for bad in ["[[functions]]\nname = 'F'", "[[option]]\nname = 'A'\nstate = 'soon'", "[[callback]]\nname = 'K'"] {
        assert!(Rows::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_report_counts_and_lists() {
    let text = report::write(&Rows::parse(&GOOD.concat()).unwrap());
    assert!(text.contains("\n| functions | 1 | 0 | 0 | 1 |\n| options | 0 | 0 | 1 | 1 |\n"), "{text}");
    assert!(text.contains("\n| `F` | works |  | `tests/a.rs::one` |\n"), "{text}");
    assert!(
        text.contains("\n| `WINHTTP_QUERY_MAX_A` (6) | differs | how | `examples/c/get.c` `tests/a.rs::two` |\n"),
        "{text}"
    );
    assert!(text.contains("\n| 7 (no name) | – | what | `tests/a.rs::one` |\n"), "{text}");
}
