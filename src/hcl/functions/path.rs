//! Functions over paths as text: nothing is looked up on disk.

use super::Function;
use super::args::{Outcome, row, text, text_of};
use crate::hcl::Value;

/// The rows of this module.
pub fn rows() -> Vec<Function> {
    vec![row("basename", vec![text("path")], basename), row("dirname", vec![text("path")], dirname)]
}

fn basename(args: &[Value]) -> Outcome {
    let path = text_of(args, 0);
    let trimmed = path.trim_end_matches('/');
    Ok(match (path.is_empty(), trimmed.rsplit('/').next()) {
        (true, _) => Value::normalized("."),
        (_, None | Some("")) => Value::normalized("/"),
        (_, Some(last)) => Value::normalized(last),
    })
}

fn dirname(args: &[Value]) -> Outcome {
    let path = text_of(args, 0);
    let parent = path.rfind('/').map_or("", |at| &path[..=at]);
    Ok(Value::normalized(&clean(parent)))
}

/// The shortest spelling of a path: no `.`, no doubled slash, `..` taken back where a name precedes it.
pub fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." if names.last().is_some_and(|last| *last != "..") => {
                names.pop();
            }
            ".." if rooted => {}
            name => names.push(name),
        }
    }
    let joined = names.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".into(),
        (false, false) => joined,
    }
}
