//! Prototypes and callbacks.

use std::fmt::Write;

use crate::Result;
use crate::api::{Api, Prototype};

pub(super) fn write(api: &Api) -> Result<String> {
    let signatures = api.rows.functions.iter().filter_map(|row| row.signature.as_deref());
    let mut text = String::new();
    for signature in signatures {
        let prototype = Prototype::parse(signature)?;
        let head = format!("WINHTTPAPI {} WINAPI {}(", prototype.returns, prototype.name);
        let _ = writeln!(text, "{}", call(&head, &prototype.params));
    }
    Ok(text)
}

pub(super) fn callbacks(api: &Api) -> Result<String> {
    let mut text = String::new();
    for row in &api.rows.callbacks {
        let Prototype { returns, name, params } = Prototype::parse(&row.signature)?;
        let head = format!("typedef {returns}(CALLBACK *{name})(");
        let _ = writeln!(text, "{}\ntypedef {name} *LP{name};", call(&head, &params));
    }
    Ok(text)
}

/// `head` with its parameters, in as many lines as it takes.
fn call(head: &str, params: &[String]) -> String {
    if params.is_empty() {
        return format!("{head}void);");
    }
    let mut lines = vec![head.to_owned()];
    for (at, param) in params.iter().enumerate() {
        let end = if at + 1 < params.len() { ", " } else { ");" };
        let last = lines.len() - 1;
        if lines[last].len() + param.len() + end.trim_end().len() > WIDTH {
            lines.push(" ".repeat(INDENT));
        }
        let last = lines.len() - 1;
        lines[last] += &format!("{param}{end}");
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

const WIDTH: usize = 120;
const INDENT: usize = 4;
