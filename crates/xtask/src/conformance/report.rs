//! The text of docs/conformance.md.

use std::fmt::Write;

use crate::api::{Row, Rows, State, Unnamed};

pub(super) fn write(rows: &Rows) -> String {
    let mut text = HEAD.to_owned();
    text.push_str(&summary(rows));
    for section in SECTIONS {
        let _ = write!(text, "\n## {}\n\n{}\n\n{TABLE}", section.heading, section.about);
        (section.rows)(rows).iter().for_each(|row| text.push_str(&line(row)));
        let unnamed = rows.unnamed.iter().filter(|row| row.kind == section.kind);
        unnamed.for_each(|row| text.push_str(&unnamed_line(row)));
    }
    text
}

fn summary(rows: &Rows) -> String {
    let mut text = "| | works | differs | not yet | all |\n|---|---:|---:|---:|---:|\n".to_owned();
    for section in SECTIONS {
        let rows = (section.rows)(rows);
        let count = |state: State| rows.iter().filter(|row| row.state == state).count();
        let counts = [count(State::Works), count(State::Differs), count(State::NotYet), rows.len()];
        let counts = counts.map(|count| count.to_string()).join(" | ");
        let _ = writeln!(text, "| {} | {counts} |", section.heading.to_lowercase());
    }
    text
}

fn line(row: &Row) -> String {
    let name = match row.number {
        None => format!("`{}`", row.name),
        Some(number) if number > 0xFFFF => format!("`{}` (0x{number:08X})", row.name),
        Some(number) => format!("`{}` ({number})", row.name),
    };
    format!("| {name} | {} | {} | {} |\n", word(row.state), row.note, proofs(&row.tests))
}

fn unnamed_line(row: &Unnamed) -> String {
    let numbers: Vec<String> = row.numbers.iter().map(u32::to_string).collect();
    format!("| {} (no name) | – | {} | {} |\n", numbers.join(", "), row.note, proofs(&row.tests))
}

fn word(state: State) -> &'static str {
    match state {
        State::Works => "works",
        State::Differs => "differs",
        State::NotYet => "not yet",
    }
}

fn proofs(tests: &[String]) -> String {
    let short = |test: &String| format!("`{}`", test.strip_prefix(SCENARIOS).unwrap_or(test));
    tests.iter().map(short).collect::<Vec<_>>().join(" ")
}

/// One part of the report.
struct Section {
    /// The key in the table of rows.
    kind: &'static str,
    heading: &'static str,
    about: &'static str,
    rows: fn(&Rows) -> &[Row],
}

const SECTIONS: &[Section] = &[
    Section {
        kind: "function",
        heading: "Functions",
        about: "A function that is not there yet checks its handle and then fails with `ERROR_NOT_SUPPORTED`.\n\
                One that returns nothing does nothing.",
        rows: |rows| &rows.functions,
    },
    Section {
        kind: "option",
        heading: "Options",
        about: "Of `WinHttpQueryOption` and `WinHttpSetOption`.",
        rows: |rows| &rows.options,
    },
    Section {
        kind: "level",
        heading: "Query levels",
        about: "Of `WinHttpQueryHeaders`: attributes, and the modifiers that are added to them.",
        rows: |rows| &rows.levels,
    },
    Section {
        kind: "status",
        heading: "Statuses",
        about: "What a status callback is told.",
        rows: |rows| &rows.statuses,
    },
];

const TABLE: &str = "| name | state | how it differs, or what is missing | proved by |\n|---|---|---|---|\n";

/// Where most tests stand; the report leaves it out.
const SCENARIOS: &str = "tests/tests/";

const HEAD: &str = "# Conformance

What the library does with every name of winhttp.h: it *works* as documented, it *differs* in what the third column
says, or it is *not yet* there. The fourth column names the tests that prove it; files without a folder stand in
`tests/tests/`.

This file is made from [tests/api.toml](../tests/api.toml) by `cargo xtask conformance`. Choices where Microsoft's
documentation is silent stand in [our-choices.md](semantics/our-choices.md).

";
