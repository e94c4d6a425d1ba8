//! The table tests/api.toml: what the library does with each function, option, query level and status.

use serde::Deserialize;

use crate::Result;

/// The whole table.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rows {
    #[serde(rename = "function", default)]
    pub(crate) functions: Vec<Row>,
    /// Prototypes of the callbacks.
    #[serde(rename = "callback", default)]
    pub(crate) callbacks: Vec<Callback>,
    #[serde(rename = "option", default)]
    pub(crate) options: Vec<Row>,
    #[serde(rename = "level", default)]
    pub(crate) levels: Vec<Row>,
    #[serde(rename = "status", default)]
    pub(crate) statuses: Vec<Row>,
    /// Numbers among those of the levels, options or statuses that have no name.
    #[serde(rename = "unnamed", default)]
    pub(crate) unnamed: Vec<Unnamed>,
}

/// What the library does with one name of winhttp.h.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// The prototype in C; for functions alone.
    pub(crate) signature: Option<String>,
    /// The value of the constant; for all but functions.
    pub(crate) number: Option<u32>,
    pub(crate) state: State,
    /// How it differs, or what is missing.
    #[serde(default)]
    pub(crate) note: String,
    /// What proves it: `path/of/file.rs::name_of_test`, or the path of a test program in C.
    #[serde(default)]
    pub(crate) tests: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Callback {
    pub(crate) name: String,
    pub(crate) signature: String,
}

/// What the library does with numbers that have no name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unnamed {
    /// What kind of number: the key of a section of the table.
    pub(crate) kind: String,
    pub(crate) numbers: Vec<u32>,
    pub(crate) note: String,
    pub(crate) tests: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
pub(crate) enum State {
    /// As documented.
    #[serde(rename = "works")]
    Works,
    /// Works, but not in every way as documented.
    #[serde(rename = "differs")]
    Differs,
    /// Fails, or does nothing.
    #[serde(rename = "not yet")]
    NotYet,
}

impl Rows {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        Ok(toml::from_str(text)?)
    }
}
