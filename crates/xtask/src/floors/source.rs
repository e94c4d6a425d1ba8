//! A Rust source file as tokens, and the questions that the rules ask of it.

use super::{Found, Violation};

/// A source file.
pub(super) struct Source {
    /// Relative to the root of the workspace, with `/`.
    pub(super) path: String,
    tokens: Vec<Token>,
}

/// An identifier, a number, `::`, `""` for any literal with quotes or lifetime, or one other character. Comments are no
/// tokens.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) line: usize,
    pub(super) text: String,
}

impl Source {
    pub(super) fn parse(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), tokens: tokens(text) }
    }

    /// Whether the file has tests alone, by its name; the rule about these files makes that sure.
    pub(super) fn is_test_file(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }

    /// The same without the items behind `#[cfg(test)]`.
    pub(super) fn without_tests(&self) -> Self {
        let mut kept = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            if self.matches(at, CFG_TEST) || self.matches(at, CFG_ALL_TEST) {
                at = self.end_of_item(at);
            } else {
                kept.push(self.tokens[at].clone());
                at += 1;
            }
        }
        Self { path: self.path.clone(), tokens: kept }
    }

    pub(super) fn violations(&self, found: Vec<Found>) -> Vec<Violation> {
        found.into_iter().map(|(line, what)| Violation { path: self.path.clone(), line, what }).collect()
    }

    /// Whether these tokens stand in the file, one after the other.
    pub(super) fn contains(&self, code: &str) -> bool {
        let wanted = tokens(code);
        let wanted: Vec<&str> = wanted.iter().map(|token| token.text.as_str()).collect();
        (0..self.tokens.len()).any(|at| self.matches(at, &wanted))
    }

    /// The identifiers for which `is_wanted` holds.
    pub(super) fn words(&self, is_wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = Found> {
        let wanted = self.tokens.iter().filter(move |token| is_wanted(&token.text));
        wanted.map(|token| (token.line, format!("names `{}`", token.text)))
    }

    /// Every path, those of a `use` with braces each on its own.
    pub(super) fn paths(&self) -> impl Iterator<Item = Found> {
        let mut paths = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            at = match self.text(at) {
                text if is_word(text) && !BEFORE_PATHS.contains(&text) => self.path_at(at, "", &mut paths),
                _ => at + 1,
            };
        }
        paths.into_iter()
    }

    /// Adds the paths that begin at `at`, each behind `prefix`; gives where they end.
    fn path_at(&self, mut at: usize, prefix: &str, paths: &mut Vec<Found>) -> usize {
        let line = self.line(at);
        let mut path = format!("{prefix}{}", self.text(at));
        while self.text(at + 1) == "::" {
            match self.text(at + 2) {
                "{" => return self.group_at(at + 3, &format!("{path}::"), paths),
                text if is_word(text) || text == "*" => path = format!("{path}::{text}"),
                _ => break,
            }
            at += 2;
        }
        paths.push((line, path));
        at + 1
    }

    fn group_at(&self, mut at: usize, prefix: &str, paths: &mut Vec<Found>) -> usize {
        while at < self.tokens.len() && self.text(at) != "}" {
            at = match self.text(at) {
                "as" => at + 2,
                text if is_word(text) || text == "*" => self.path_at(at, prefix, paths),
                _ => at + 1,
            };
        }
        at + 1
    }

    /// Calls that wait.
    pub(super) fn waits(&self) -> Vec<Found> {
        let waits = |at: usize| {
            let is_call = [".", "::"].contains(&self.before(at)) && self.text(at + 1) == "(";
            match self.text(at) {
                word if WAITING_WORDS.contains(&word) => true,
                "wait" => is_call,
                // `join` of text takes an argument, that of a thread none.
                "join" => is_call && (self.text(at + 2) == ")" || self.before(at) == "::"),
                _ => false,
            }
        };
        let places = (0..self.tokens.len()).filter(|at| waits(*at));
        places.map(|at| (self.line(at), format!("calls `{}`", self.text(at)))).collect()
    }

    /// Implementations that make an error of the face from another.
    pub(super) fn error_conversions(&self) -> Vec<Found> {
        let converts = |head: &[Token]| {
            let names = |name: &str| head.iter().any(|token| token.text == name);
            let target = head.iter().rev().find(|token| is_word(&token.text)).map(|token| token.text.as_str());
            names("for") && (names("Coded") || names("From") && target == Some("Error"))
        };
        let heads = self.impl_heads().filter(|head| converts(head));
        heads.map(|head| (head[0].line, "makes an `Error` from another".to_owned())).collect()
    }

    /// Every `impl` up to its brace.
    fn impl_heads(&self) -> impl Iterator<Item = &[Token]> {
        let starts = (0..self.tokens.len()).filter(|at| self.text(*at) == "impl");
        starts.map(|at| self.slice(at, |text| text == "{"))
    }

    /// Attributes that lift `lint`.
    pub(super) fn lifted_lints(&self, lint: &str) -> impl Iterator<Item = Found> {
        let lifts = |at: &usize| {
            let head: Vec<&str> = (at.saturating_sub(12)..*at).map(|at| self.text(at)).collect();
            let open = head.iter().rposition(|text| *text == "(");
            self.text(*at) == lint
                && open.is_some_and(|open| open > 0 && ["allow", "expect", "warn"].contains(&head[open - 1]))
        };
        let places: Vec<usize> = (0..self.tokens.len()).filter(lifts).collect();
        places.into_iter().map(|at| (self.line(at), format!("lifts `{}`", self.text(at))))
    }

    /// Public items that mention one of these crates, or what the file imports from them.
    pub(super) fn public_mentions(&self, crates: &[&str]) -> Vec<Found> {
        let imported = self.imported_from(crates);
        let is_foreign = |text: &str| crates.contains(&text) || imported.iter().any(|name| name == text);
        let items = (0..self.tokens.len()).filter(|at| self.text(*at) == "pub" && self.text(at + 1) != "(");
        let converts = |head: &&[Token]| head.iter().any(|token| CONVERSIONS.contains(&token.text.as_str()));
        let parts = items.map(|at| self.public_part(at)).chain(self.impl_heads().filter(converts));
        let mentions = parts.flatten().filter(|token| is_foreign(&token.text));
        let mentions = mentions.map(|token| (token.line, format!("`{}` in a public item", token.text)));
        mentions.chain(self.globs_of(crates)).collect()
    }

    /// The names under which a file knows what these crates have: of `Error as NetError` the second.
    fn imported_from(&self, crates: &[&str]) -> Vec<String> {
        let uses = (0..self.tokens.len()).filter(|at| self.text(*at) == "use");
        let trees = uses.map(|at| self.slice(at, |text| text == ";"));
        let foreign = trees.filter(|tree| tree.iter().any(|token| crates.contains(&token.text.as_str())));
        let names = foreign.flat_map(|tree| {
            tree.iter().enumerate().filter(|(at, token)| {
                let is_renamed = tree.get(at + 1).is_some_and(|next| next.text == "as");
                is_word(&token.text) && !is_renamed && !PATH_WORDS.contains(&token.text.as_str())
            })
        });
        names.map(|(_, token)| token.text.clone()).collect()
    }

    /// Imports of all that one of these crates has: what they bring in cannot be told.
    fn globs_of(&self, crates: &[&str]) -> Vec<Found> {
        let is_glob = |(_, path): &Found| crates.iter().any(|name| starts_with(path, name)) && path.ends_with("::*");
        self.paths().filter(is_glob).map(|(line, path)| (line, format!("imports `{path}`"))).collect()
    }

    /// What of the item behind the `pub` at `at` users see.
    fn public_part(&self, at: usize) -> &[Token] {
        let keyword = (at + 1..at + 6).map(|at| self.text(at)).find(|text| !MODIFIERS.contains(text));
        match keyword {
            Some("fn") => self.slice(at, |text| text == "{" || text == ";"),
            Some("struct" | "union") => self.slice(at, |text| ["{", "(", ";"].contains(&text)),
            Some("enum" | "trait") => &self.tokens[at..self.end_of_item(at)],
            Some("use" | "type" | "mod") => self.slice(at, |text| text == ";" || text == "{" && keyword == Some("mod")),
            Some("static") => self.slice(at, |text| text == "="),
            _ if self.text(at + 1) == "const" => self.slice(at, |text| text == "="),
            _ => self.field(at),
        }
    }

    /// A field: to the comma, or the end of its list, that is not inside of brackets.
    fn field(&self, at: usize) -> &[Token] {
        let mut depth = 0;
        let ends = |text: &str| {
            depth += match text {
                "<" | "(" | "[" | "{" => 1,
                ">" | ")" | "]" | "}" => -1,
                _ => 0,
            };
            depth < 0 || depth == 0 && text == ","
        };
        self.slice(at, ends)
    }

    /// `cfg`s that something is left out by when a feature is on.
    pub(super) fn subtracting_features(&self) -> Vec<Found> {
        let starts = (0..self.tokens.len()).filter(|at| self.matches(*at, &["not", "("]));
        let subtracts = starts.filter(|at| self.slice(at + 2, |text| text == ")").iter().any(|t| t.text == "feature"));
        subtracts.map(|at| (self.line(at), "leaves something out when a feature is on".to_owned())).collect()
    }

    /// Modules named `tests`; none is left when those behind `#[cfg(test)]` are gone.
    pub(super) fn modules_named_tests(&self) -> Vec<Found> {
        let places = (0..self.tokens.len()).filter(|at| self.matches(*at, &["mod", "tests"]));
        places.map(|at| (self.line(at), "`mod tests` without `#[cfg(test)]`".to_owned())).collect()
    }

    /// Behind the item that begins at `at` with its attributes: behind its `;`, or its braces.
    fn end_of_item(&self, mut at: usize) -> usize {
        while self.text(at) == "#" {
            at = self.end_of_brackets(at + 1);
        }
        while at < self.tokens.len() {
            match self.text(at) {
                ";" => return at + 1,
                "{" => return self.end_of_brackets(at),
                "(" | "[" => at = self.end_of_brackets(at),
                _ => at += 1,
            }
        }
        at
    }

    /// Behind the bracket that closes the one at `at`.
    fn end_of_brackets(&self, at: usize) -> usize {
        let mut depth = 0;
        for (place, token) in self.tokens.iter().enumerate().skip(at) {
            match token.text.as_str() {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return place + 1;
            }
        }
        self.tokens.len()
    }

    /// The tokens from `at` up to the one that `ends`.
    fn slice(&self, at: usize, mut ends: impl FnMut(&str) -> bool) -> &[Token] {
        let rest = self.tokens.get(at..).unwrap_or_default();
        &rest[..rest.iter().position(|token| ends(&token.text)).unwrap_or(rest.len())]
    }

    fn matches(&self, at: usize, wanted: &[&str]) -> bool {
        wanted.iter().enumerate().all(|(offset, text)| self.text(at + offset) == *text)
    }

    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &token.text)
    }

    fn before(&self, at: usize) -> &str {
        at.checked_sub(1).map_or("", |at| self.text(at))
    }

    fn line(&self, at: usize) -> usize {
        self.tokens.get(at).map_or(1, |token| token.line)
    }
}

/// Whether `path` is `prefix` or lies in it.
pub(super) fn starts_with(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn is_word(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_')
}

fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { rest: text, line: 1, tokens: Vec::new() };
    while !lexer.rest.is_empty() {
        lexer.step();
    }
    lexer.tokens
}

/// Cuts a source into tokens.
struct Lexer<'t> {
    rest: &'t str,
    line: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn step(&mut self) {
        let rest = self.rest;
        let first = rest.chars().next().unwrap_or_default();
        if first.is_whitespace() {
            return self.advance(first.len_utf8());
        }
        if rest.starts_with("//") {
            return self.advance(rest.find('\n').unwrap_or(rest.len()));
        }
        if rest.starts_with("/*") {
            return self.advance(comment_length(rest));
        }
        match literal_length(rest) {
            0 if is_word(rest) => self.push(word_length(rest)),
            0 if rest.starts_with("::") => self.push(2),
            0 => self.push(first.len_utf8()),
            length => {
                self.tokens.push(Token { line: self.line, text: LITERAL.to_owned() });
                self.advance(length);
            }
        }
    }

    fn push(&mut self, length: usize) {
        let text = self.rest[..length].trim_start_matches("r#").to_owned();
        self.tokens.push(Token { line: self.line, text });
        self.advance(length);
    }

    fn advance(&mut self, length: usize) {
        let (passed, rest) = self.rest.split_at(length);
        self.line += passed.matches('\n').count();
        self.rest = rest;
    }
}

/// A word, `r#` in front of it too.
fn word_length(text: &str) -> usize {
    let raw = if text.starts_with("r#") { 2 } else { 0 };
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    text[raw..].find(|letter| !is_part(letter)).map_or(text.len(), |end| raw + end)
}

/// A string or character, letters in front of it too (`b"`, `r#"`, `cr##"`, `b'`), or a lifetime; 0 where there is none.
fn literal_length(text: &str) -> usize {
    let letters = text.find(|letter| !matches!(letter, 'b' | 'c' | 'r')).unwrap_or(text.len());
    if letters > 2 {
        return 0;
    }
    let (prefix, rest) = text.split_at(letters);
    let body = match rest.chars().next() {
        Some('"' | '#') if prefix.ends_with('r') => raw_text_length(rest),
        Some('"') => text_length(rest),
        Some('\'') if matches!(prefix, "" | "b") => quote_length(rest),
        _ => 0,
    };
    if body == 0 { 0 } else { letters + body }
}

fn raw_text_length(text: &str) -> usize {
    let hashes = text.find(|letter| letter != '#').unwrap_or(text.len());
    let Some(body) = text[hashes..].strip_prefix('"') else { return 0 };
    let end = format!("\"{}", "#".repeat(hashes));
    body.find(&end).map_or(text.len(), |at| hashes + 1 + at + end.len())
}

/// Text between quotes, with escapes.
fn text_length(text: &str) -> usize {
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => {
                letters.next();
            }
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A character, or the mark and the name of a lifetime.
fn quote_length(text: &str) -> usize {
    let mut letters = text.char_indices().skip(1);
    match (letters.next(), letters.next()) {
        // The escaped character itself may be a quote.
        (Some((_, '\\')), Some((at, escaped))) => {
            let from = at + escaped.len_utf8();
            text[from..].find('\'').map_or(text.len(), |end| from + end + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        (Some((at, _)), _) => at + word_length(&text[at..]),
        _ => text.len(),
    }
}

/// A comment between `/*` and `*/`, which may have others in it.
fn comment_length(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    loop {
        match text.get(at..) {
            None | Some("") => return text.len(),
            Some(rest) if rest.starts_with("/*") => (depth, at) = (depth + 1, at + 2),
            Some(rest) if rest.starts_with("*/") => (depth, at) = (depth - 1, at + 2),
            Some(rest) => at += rest.chars().next().map_or(1, char::len_utf8),
        }
        if depth == 0 {
            return at;
        }
    }
}

const LITERAL: &str = "\"\"";
const CFG_TEST: &[&str] = &["#", "[", "cfg", "(", "test", ")", "]"];
const CFG_ALL_TEST: &[&str] = &["#", "[", "cfg", "(", "all", "(", "test"];

/// Functions that wait, whatever they are called on.
const WAITING_WORDS: &[&str] = &[
    "sleep",
    "sleep_until",
    "sleep_ms",
    "park",
    "park_timeout",
    "recv",
    "recv_timeout",
    "recv_deadline",
    "wait_for",
    "wait_until",
    "wait_while",
    "wait_while_for",
    "wait_while_until",
    "wait_timeout",
    "wait_timeout_while",
];

/// Words of a `use` that name nothing of the crate.
const PATH_WORDS: &[&str] = &["pub", "use", "as", "crate", "self", "super", "_"];

/// Traits that everybody can use, and so see the types of.
const CONVERSIONS: &[&str] = &["From", "Into", "TryFrom", "TryInto", "AsRef", "PartialEq", "FromIterator", "Extend"];

/// Words between `pub` and what kind of item it is.
const MODIFIERS: &[&str] = &["const", "unsafe", "async", "extern", LITERAL];

/// Words that a path with `::` in front can follow.
const BEFORE_PATHS: &[&str] = &["pub", "use", "as", "return", "in", "dyn", "impl", "mut"];
