//! What the modifiers of `WinHttpAddRequestHeaders` do.

use openwinhttp_abi::*;
use openwinhttp_wire::{Error as WireError, Field, Fields, parse_field_lines};

use crate::errors::{Error, Result, fail};

/// Adds, replaces or removes each field of a block of lines. It stops at the first that fails; those before it stay.
pub(crate) fn apply_block(fields: &mut Fields, block: &str, modifiers: u32) -> Result<()> {
    parse_field_lines(block).try_for_each(|field| apply_if_valid(fields, field, modifiers))
}

/// The same for fields whose names and values stand apart.
pub(crate) fn apply_parts<T: AsRef<[u8]>>(fields: &mut Fields, parts: &[(T, T)], modifiers: u32) -> Result<()> {
    let mut read = parts.iter().map(|(name, value)| Field::new(name.as_ref(), value.as_ref()));
    read.try_for_each(|field| apply_if_valid(fields, field, modifiers))
}

fn apply_if_valid(fields: &mut Fields, field: core::result::Result<Field, WireError>, modifiers: u32) -> Result<()> {
    apply(fields, field.map_err(|error| Error::new(ERROR_INVALID_PARAMETER, error))?, modifiers)
}

/// One field. Where several of its name exist, the first is meant. `REPLACE` wins over the coalescing flags.
fn apply(fields: &mut Fields, field: Field, modifiers: u32) -> Result<()> {
    let has = |flag: u32| modifiers & flag != 0;
    let Some(at) = fields.position(field.name()) else {
        return match has(WINHTTP_ADDREQ_FLAG_REPLACE) {
            true if !has(WINHTTP_ADDREQ_FLAG_ADD) => fail(ERROR_WINHTTP_HEADER_NOT_FOUND),
            true if field.value().is_empty() => Ok(()),
            _ => {
                fields.push(field);
                Ok(())
            }
        };
    };
    if has(WINHTTP_ADDREQ_FLAG_ADD_IF_NEW) {
        return fail(ERROR_WINHTTP_HEADER_ALREADY_EXISTS);
    }
    if has(WINHTTP_ADDREQ_FLAG_REPLACE) {
        match field.value().is_empty() {
            true => fields.remove(at),
            false => fields.set_value(at, &field),
        }
    } else if has(WINHTTP_ADDREQ_FLAG_COALESCE_WITH_COMMA) {
        fields.join(at, b", ", &field);
    } else if has(WINHTTP_ADDREQ_FLAG_COALESCE_WITH_SEMICOLON) {
        fields.join(at, b"; ", &field);
    } else {
        fields.push(field);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADD: u32 = WINHTTP_ADDREQ_FLAG_ADD;
    const ADD_IF_NEW: u32 = WINHTTP_ADDREQ_FLAG_ADD_IF_NEW;
    const REPLACE: u32 = WINHTTP_ADDREQ_FLAG_REPLACE;
    const COMMA: u32 = WINHTTP_ADDREQ_FLAG_COALESCE_WITH_COMMA;
    const SEMICOLON: u32 = WINHTTP_ADDREQ_FLAG_COALESCE_WITH_SEMICOLON;
    const NOT_FOUND: u32 = ERROR_WINHTTP_HEADER_NOT_FOUND;
    const EXISTS: u32 = ERROR_WINHTTP_HEADER_ALREADY_EXISTS;

    fn applied(before: &[&str], value: &str, modifiers: u32) -> (u32, Vec<String>) {
        let mut fields = Fields::new();
        for value in before {
            fields.push(Field::new(b"Name", value.as_bytes()).expect("valid"));
        }
        let outcome = apply_block(&mut fields, &format!("name: {value}"), modifiers);
        let values = fields.iter().map(|field| String::from_utf8_lossy(field.value()).into_owned()).collect();
        (outcome.err().map_or(0, |error| error.code()), values)
    }

    #[test]
    fn parts_are_treated_in_turn_and_stop_at_the_first_that_fails() {
        let mut fields = Fields::new();
        let parts: [(&[u8], &[u8]); 4] = [(b"a", b"\xE9"), (b"a", b" 2 "), (b"b", b"1\r\nc: 2"), (b"d", b"3")];
        let outcome = apply_parts(&mut fields, &parts, COMMA);
        assert_eq!(outcome.err().map(|error| error.code()), Some(ERROR_INVALID_PARAMETER));
        let lines: Vec<_> = fields.iter().map(Field::line).collect();
        assert_eq!(lines, [b"a: \xE9, 2\r\n"]);
    }

    /// core.md 7.4, row by row: modifiers, value, then the outcome with the name missing and with it there twice.
    #[test]
    fn the_truth_table_of_core_md_7_4() {
        type Outcome = (u32, &'static [&'static str]);
        let table: &[(u32, &str, Outcome, Outcome)] = &[
            (0, "n", (0, &["n"]), (0, &["a", "b", "n"])),
            (ADD, "n", (0, &["n"]), (0, &["a", "b", "n"])),
            (ADD_IF_NEW, "n", (0, &["n"]), (EXISTS, &["a", "b"])),
            (REPLACE, "n", (NOT_FOUND, &[]), (0, &["n", "b"])),
            (REPLACE, "", (NOT_FOUND, &[]), (0, &["b"])),
            (ADD | REPLACE, "n", (0, &["n"]), (0, &["n", "b"])),
            (ADD | REPLACE, "", (0, &[]), (0, &["b"])),
            (COMMA, "n", (0, &["n"]), (0, &["a, n", "b"])),
            (WINHTTP_ADDREQ_FLAG_COALESCE, "n", (0, &["n"]), (0, &["a, n", "b"])),
            (COMMA | ADD, "n", (0, &["n"]), (0, &["a, n", "b"])),
            (SEMICOLON, "n", (0, &["n"]), (0, &["a; n", "b"])),
            (SEMICOLON | ADD, "n", (0, &["n"]), (0, &["a; n", "b"])),
            (COMMA | SEMICOLON, "n", (0, &["n"]), (0, &["a, n", "b"])),
            (REPLACE | COMMA, "n", (NOT_FOUND, &[]), (0, &["n", "b"])),
            (ADD_IF_NEW | REPLACE, "n", (NOT_FOUND, &[]), (EXISTS, &["a", "b"])),
            (ADD | 7, "n", (0, &["n"]), (0, &["a", "b", "n"])),
        ];
        for (modifiers, value, missing, there) in table {
            let (code, values) = applied(&[], value, *modifiers);
            assert_eq!(
                (code, values.as_slice()),
                (missing.0, &missing.1.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>()[..]),
                "{modifiers:#x} {value:?} missing"
            );
            let (code, values) = applied(&["a", "b"], value, *modifiers);
            assert_eq!(
                (code, values.as_slice()),
                (there.0, &there.1.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>()[..]),
                "{modifiers:#x} {value:?} there"
            );
        }
    }
}
