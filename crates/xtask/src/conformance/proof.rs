//! Whether the tests that rows name exist.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::Files;
use crate::api::Rows;

/// Rows that name what is no test.
pub(super) fn problems(rows: &Rows, files: Files<'_>) -> Vec<String> {
    let mut known = BTreeMap::new();
    let mut is_there = |test: &String| match test.split_once("::") {
        Some((path, name)) => known.entry(path.to_owned()).or_insert_with(|| tests_in(path, files)).contains(name),
        None => is_c_program(test) && files(test).is_some(),
    };
    let named = tests_of(rows);
    let missing = named.iter().filter(|(_, test)| !is_there(test));
    missing.map(|(name, test)| format!("{name}: there is no test {test}")).collect()
}

/// Every test that is named, with what it is named for.
fn tests_of(rows: &Rows) -> Vec<(&str, &String)> {
    let kinds = [&rows.functions, &rows.options, &rows.levels, &rows.statuses];
    let named = kinds.into_iter().flatten().map(|row| (row.name.as_str(), &row.tests));
    let unnamed = rows.unnamed.iter().map(|row| (row.kind.as_str(), &row.tests));
    named.chain(unnamed).flat_map(|(name, tests)| tests.iter().map(move |test| (name, test))).collect()
}

/// A program in C is a test as a whole.
fn is_c_program(path: &str) -> bool {
    C_PROGRAMS.iter().any(|folder| path.starts_with(folder)) && path.ends_with(".c")
}

/// The tests of a file in Rust; none if there is no such file.
fn tests_in(path: &str, files: Files<'_>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let text = files(path).unwrap_or_default();
    if let Ok(tokens) = text.parse() {
        collect(tokens, &mut found);
    }
    found
}

/// Takes in each `#[test] fn`, also those within modules and macros; comments are no tokens.
fn collect(tokens: TokenStream, found: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut attributes = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => attributes.push(group.to_string()),
            TokenTree::Group(group) => {
                collect(group.stream(), found);
                attributes.clear();
            }
            TokenTree::Ident(word) if *word == "fn" && is_test(&attributes) => {
                found.extend(tokens.get(at + 1).map(TokenTree::to_string));
            }
            TokenTree::Punct(end) if end.as_char() == ';' => attributes.clear(),
            _ => {}
        }
    }
}

/// A test that is ignored proves nothing.
fn is_test(attributes: &[String]) -> bool {
    let has = |name: &str| attributes.iter().any(|attribute| attribute.trim_matches(['[', ' ']).starts_with(name));
    has("test]") && !has("ignore")
}

/// Where programs in C stand that are run as tests.
const C_PROGRAMS: &[&str] = &["examples/c/", "crates/clib/tests/"];
