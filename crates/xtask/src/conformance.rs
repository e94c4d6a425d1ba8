//! `cargo xtask conformance`: docs/conformance.md, made from tests/api.toml, and whether that table tells the truth: it
//! must have a row for each name of winhttp.h, with its number, and each row must name tests that exist.

mod proof;
mod report;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::Outcome;
use crate::api::{Api, Constant, Function, Generated, Prototype, ROWS, Row, State, Unnamed, deliver, read, root};

pub(crate) fn run(words: &[String]) -> Outcome {
    deliver(words, HELP, || {
        let api = Api::read()?;
        let wrong = problems(&api, &|path| read(&root().join(path)).ok());
        wrong.iter().for_each(|problem| eprintln!("{ROWS}: {problem}"));
        match wrong.len() {
            0 => Ok(vec![Generated { path: REPORT, text: report::write(&api.rows) }]),
            count => Err(format!("{count} problems").into()),
        }
    })
}

/// Gives the text of a file of the workspace, if it is there.
type Files<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Everything that is wrong with the table.
fn problems(api: &Api, files: Files<'_>) -> Vec<String> {
    let checks = [additions_are_needed, functions_have_rows, numbers_have_rows, prototypes_agree, unnamed_are_unnamed];
    let mut found: Vec<String> = checks.iter().flat_map(|check| check(api)).collect();
    found.extend(rows_prove_what_they_say(api, files));
    found
}

/// What windows-sys has by now need not be added to it.
fn additions_are_needed(api: &Api) -> Vec<String> {
    let known: BTreeSet<&str> = api.module.constants.iter().map(|constant| constant.name.as_str()).collect();
    let added = api.additions.constants.iter().filter(|constant| known.contains(constant.name.as_str()));
    added.map(|constant| format!("{} is an addition, but windows-sys has it", constant.name)).collect()
}

fn functions_have_rows(api: &Api) -> Vec<String> {
    let names = |functions: &[Function]| functions.iter().map(|function| function.name.clone()).collect();
    let callbacks = api.rows.callbacks.iter().map(|row| row.name.clone()).collect();
    let mut found = differences("function", names(&api.module.functions), names_of(&api.rows.functions));
    found.extend(differences("callback", names(&api.module.callbacks), callbacks));
    found
}

/// Options, levels and statuses: as many rows as constants, and the right numbers.
fn numbers_have_rows(api: &Api) -> Vec<String> {
    KINDS.iter().flat_map(|kind| kind.problems(api)).collect()
}

fn prototypes_agree(api: &Api) -> Vec<String> {
    let functions = api.module.functions.iter().chain(&api.module.callbacks);
    functions.filter_map(|function| prototype_problem(api, function)).collect()
}

fn prototype_problem(api: &Api, function: &Function) -> Option<String> {
    let problem = match Prototype::parse(signature(api, &function.name)?) {
        Err(error) => error.to_string(),
        Ok(prototype) if prototype.name != function.name => format!("the signature is that of {}", prototype.name),
        Ok(prototype) => prototype.difference(function, &api.module)?,
    };
    Some(format!("{}: {problem}", function.name))
}

/// The prototype in the row of this name; a row without one has an empty one, which agrees with nothing.
fn signature<'a>(api: &'a Api, name: &str) -> Option<&'a str> {
    let function = api.rows.functions.iter().find(|row| row.name == name);
    let callback = api.rows.callbacks.iter().find(|row| row.name == name);
    function
        .map(|row| row.signature.as_deref().unwrap_or_default())
        .or_else(|| callback.map(|row| row.signature.as_str()))
}

fn unnamed_are_unnamed(api: &Api) -> Vec<String> {
    let problem = |row: &Unnamed| {
        let Some(kind) = KINDS.iter().find(|kind| kind.name == row.kind) else {
            return Some(format!("unnamed numbers of the kind {:?}, which there is not", row.kind));
        };
        let constants = kind.constants(api);
        let named = constants.iter().find(|constant| row.numbers.iter().any(|number| is(constant, *number)))?;
        Some(format!("{} has no name, says a row; it is {}", named.value, named.name))
    };
    api.rows.unnamed.iter().filter_map(problem).collect()
}

fn rows_prove_what_they_say(api: &Api, files: Files<'_>) -> Vec<String> {
    let rows = [&api.rows.functions, &api.rows.options, &api.rows.levels, &api.rows.statuses];
    let mut found: Vec<String> = rows.into_iter().flatten().flat_map(row_problems).collect();
    let unnamed = api.rows.unnamed.iter().filter(|row| row.tests.is_empty() || row.note.is_empty());
    found.extend(unnamed.map(|row| format!("{}: unnamed numbers have no test or no note", row.kind)));
    found.extend(proof::problems(&api.rows, files));
    found
}

fn row_problems(row: &Row) -> Vec<String> {
    let problems = [
        (row.state != State::Works && row.note.is_empty(), "has no note, and does not simply work"),
        (row.state != State::NotYet && row.tests.is_empty(), "has no test that proves it"),
        (row.state == State::NotYet && !row.tests.is_empty(), "has tests, but is not there yet"),
    ];
    let wrong = problems.into_iter().filter(|(is_wrong, _)| *is_wrong);
    wrong.map(|(_, problem)| format!("{} {problem}", row.name)).collect()
}

/// A kind of numbers that have names.
struct Kind {
    /// The key of its section in the table.
    name: &'static str,
    /// What its constants begin with.
    prefix: &'static str,
    /// Constants that begin with that too and are something else; for names that end in `_`, all that begin with these.
    others: &'static [&'static str],
    rows: fn(&Api) -> &[Row],
}

impl Kind {
    fn constants<'a>(&self, api: &'a Api) -> Vec<&'a Constant> {
        let fits = |name: &str, other: &str| name == other || other.ends_with('_') && name.starts_with(other);
        let is_other = |name: &str| self.others.iter().any(|other| fits(name, other));
        api.constants().filter(|constant| constant.name.starts_with(self.prefix) && !is_other(&constant.name)).collect()
    }

    fn problems(&self, api: &Api) -> Vec<String> {
        let constants = self.constants(api);
        let names = constants.iter().map(|constant| constant.name.clone()).collect();
        let mut found = differences(self.name, names, names_of((self.rows)(api)));
        found.extend((self.rows)(api).iter().filter_map(|row| number_problem(row, &constants)));
        found
    }
}

fn number_problem(row: &Row, constants: &[&Constant]) -> Option<String> {
    let constant = constants.iter().find(|constant| constant.name == row.name)?;
    let is_right = row.number.is_some_and(|number| is(constant, number));
    (!is_right).then(|| format!("{} has the number {:?} and the value {}", row.name, row.number, constant.value))
}

fn is(constant: &Constant, number: u32) -> bool {
    constant.value == i128::from(number)
}

fn names_of(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| row.name.clone()).collect()
}

/// Names without a row, rows without a name, and names with two rows.
fn differences(kind: &str, names: Vec<String>, rows: Vec<String>) -> Vec<String> {
    let (names, unique): (BTreeSet<_>, BTreeSet<_>) = (names.iter().collect(), rows.iter().collect());
    let missing = names.difference(&unique).map(|name| format!("the {kind} {name} has no row"));
    let strange = unique.difference(&names).map(|name| format!("there is no {kind} {name}"));
    let twice = (unique.len() < rows.len()).then(|| format!("{kind}: a name has two rows"));
    missing.chain(strange).chain(twice).collect()
}

const KINDS: &[Kind] = &[
    Kind {
        name: "option",
        prefix: "WINHTTP_OPTION_",
        others: &[
            "WINHTTP_OPTION_REDIRECT_POLICY_",
            "WINHTTP_OPTION_REQUEST_ANNOTATION_MAX_LENGTH",
            "WINHTTP_OPTION_SPN_MASK",
        ],
        rows: |api| &api.rows.options,
    },
    Kind {
        name: "level",
        prefix: "WINHTTP_QUERY_",
        others: &["WINHTTP_QUERY_CONNECTION_GROUP_FLAG_INSECURE", "WINHTTP_QUERY_MAX"],
        rows: |api| &api.rows.levels,
    },
    Kind {
        name: "status",
        prefix: "WINHTTP_CALLBACK_STATUS_",
        others: &["WINHTTP_CALLBACK_STATUS_FLAG_"],
        rows: |api| &api.rows.statuses,
    },
];

const REPORT: &str = "docs/conformance.md";

const HELP: &str = "cargo xtask conformance [--check]

Writes docs/conformance.md from tests/api.toml: what works, differs or is missing, and which tests prove it.
--check writes nothing; it fails if the file is stale.
Both fail if the table has no row for a name of winhttp.h, a wrong number, a prototype unlike the signature in
windows-sys, a row that lacks its note or its tests, or a test that does not exist.";
