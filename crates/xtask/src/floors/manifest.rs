//! Just as much of TOML as the manifests of this workspace have: sections, and keys with a value on one line.

use super::Violation;

/// A Cargo.toml.
pub(super) struct Manifest {
    path: String,
    sections: Vec<(String, Vec<Entry>)>,
}

/// `key = value`.
pub(super) struct Entry {
    pub(super) line: usize,
    pub(super) key: String,
    pub(super) value: String,
}

/// A dependency of any kind.
pub(super) struct Dependency {
    pub(super) line: usize,
    pub(super) name: String,
    pub(super) is_dev: bool,
}

impl Manifest {
    pub(super) fn parse(path: &str, text: &str) -> Self {
        let mut sections = vec![(String::new(), Vec::new())];
        for (at, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line.trim())) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                sections.push((name.trim_matches(['[', ']']).to_owned(), Vec::new()));
            } else if let (Some((key, value)), Some((_, entries))) = (line.split_once('='), sections.last_mut()) {
                entries.push(Entry { line: at, key: key.trim().to_owned(), value: without_comment(value).to_owned() });
            }
        }
        Self { path: path.to_owned(), sections }
    }

    /// The name of the package; the manifest of the workspace has none.
    pub(super) fn name(&self) -> Option<&str> {
        let name = self.entries("package").find(|entry| entry.key == "name")?;
        Some(name.value.trim_matches('"'))
    }

    pub(super) fn entries<'a>(&'a self, section: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.sections.iter().filter(move |(name, _)| name == section).flat_map(|(_, entries)| entries)
    }

    /// What the package depends on, for any target. `a.workspace = true`, `a = { .. }` and `[dependencies.a]` all name
    /// `a`; `b = { package = "a" }` does too.
    pub(super) fn dependencies(&self) -> impl Iterator<Item = Dependency> {
        self.sections.iter().flat_map(|(section, entries)| {
            let place = section.find("dependencies").map(|at| at + "dependencies".len());
            let place = place.filter(|_| !section.starts_with("workspace"));
            let is_dev = section.contains("dev-dependencies");
            let own_section = place.and_then(|end| section[end..].strip_prefix('.'));
            let name_of = move |entry: &Entry| match own_section {
                Some(_) if entry.key == "package" => Some(entry.value.trim_matches('"').to_owned()),
                Some(name) => Some(name.to_owned()),
                None => place.map(|_| dependency_name(entry)),
            };
            entries.iter().filter_map(move |entry| Some(Dependency { line: entry.line, name: name_of(entry)?, is_dev }))
        })
    }

    pub(super) fn violation(&self, line: usize, what: String) -> Violation {
        Violation { path: self.path.clone(), line, what }
    }
}

fn dependency_name(entry: &Entry) -> String {
    let renamed = entry.value.split_once("package").and_then(|(_, rest)| rest.split('"').nth(1));
    let key = entry.key.split('.').next().unwrap_or_default();
    renamed.unwrap_or(key).trim_matches('"').to_owned()
}

fn without_comment(value: &str) -> &str {
    let value = value.trim();
    let end_of_text = value.strip_prefix('"').and_then(|rest| rest.find('"')).map(|at| at + 2);
    let rest = end_of_text.unwrap_or_default();
    let end = value[rest..].find('#').map_or(value.len(), |at| rest + at);
    value[..end].trim_end()
}
