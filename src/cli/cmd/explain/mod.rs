//! `explain`: where the values of a unit come from, or what the code of a fault means.

mod json;
mod text;

use super::units;
use crate::cli::args::ExplainArgs;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::config::explain::{self, Explanation, Missing, Question};
use crate::diag::{Code, closest};
use crate::estate::{Circles, Estate, Wanted};
use crate::graph::discover::Hidden;
use crate::host::fs;
use crate::pins::{RULES, find_rule};
use std::path::{Path, PathBuf};

/// Answers one question.
///
/// # Errors
/// A unit or an attribute that is not there, and every fault of the unit.
pub(super) fn run(args: &ExplainArgs, mut context: Context) -> Result<u8, Failure> {
    if args.codes {
        context.screen.print(&text::codes())?;
        return Ok(exit::SUCCESS);
    }
    if let Some(word) = args.unit.as_deref().filter(|word| looks_like_a_code(word)) {
        let code = Code::find(word).ok_or_else(|| {
            Failure::usage(format!("there is no code {word}"))
                .hint("`terrace explain --codes` lists them all")
        })?;
        context.screen.print(&text::page(code.page(), context.screen.stdout_color))?;
        return Ok(exit::SUCCESS);
    }
    if let Some(word) = args.unit.as_deref().filter(|word| word.starts_with("pin/")) {
        let rule = find_rule(word).ok_or_else(|| no_rule(word))?;
        context.screen.print(&text::page(rule.page, context.screen.stdout_color))?;
        return Ok(exit::SUCCESS);
    }
    context.session.invoked.rendering = true;
    if context.session.invoked.terraform.is_empty() {
        context.session.invoked.terraform = vec!["render".to_owned()];
    }
    let context = context.with_outputs();
    let config_path = match &args.unit {
        Some(word) => find_unit(&context, word)?,
        None => units::own_config(&context)?,
    };
    let path = args.attribute.as_deref().map(parse_path).transpose()?;
    let explanation = explain(&context, &config_path, path.as_deref())?;
    units::diagnose(&context, &explanation.warnings);
    if let (Some(missing), Some(path)) = (&explanation.missing, &path) {
        return Err(not_set(&context, missing, path));
    }
    let text = match (args.json, &path) {
        (true, _) => json::render(&context, &explanation),
        (false, None) => text::overview(&context, &explanation),
        (false, Some(_)) => text::attribute(&context, &explanation),
    };
    context.screen.print(&text)?;
    Ok(exit::SUCCESS)
}

fn explain(context: &Context, config_path: &Path, path: Option<&[String]>) -> Result<Explanation, Failure> {
    let question = path.map_or(Question::Overview, Question::Attribute);
    let explained = match Circles::new(&context.session).around(config_path) {
        Some(cycle) => Err(vec![cycle]),
        None => explain::explain(&context.session, config_path, question),
    };
    explained.map_err(|faults| {
        units::diagnose(context, &faults);
        Failure::new(Kind::Config, "the unit has faults, so its values are not known")
    })
}

fn no_rule(word: &str) -> Failure {
    let near = closest(word, RULES.iter().map(|rule| rule.name));
    Failure::usage(format!("there is no rule {word}")).hint(match near {
        Some(near) => format!("did you mean {near}?"),
        None => "docs/pins.md lists them all".to_owned(),
    })
}

fn looks_like_a_code(word: &str) -> bool {
    let number = word.get(..3).filter(|start| start.eq_ignore_ascii_case("TRC")).and(word.get(3..));
    number.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The unit file that a word means: a file, a folder, or the end of a unit's path below the working folder.
fn find_unit(context: &Context, word: &str) -> Result<PathBuf, Failure> {
    let at = fs::clean(&context.session.root.join(word));
    if fs::is_file(&at) {
        return Ok(at);
    }
    let config_path = context.session.config_in(&at);
    if fs::exists(&config_path) {
        return Ok(config_path);
    }
    let wanted = Wanted { root: None, hidden: Hidden::Search, depth: None, from: None };
    let estate = Estate::discover(&context.session, &wanted);
    let known: Vec<PathBuf> =
        estate.components.iter().map(|(_, component)| context.session.config_in(&component.path)).collect();
    let found: Vec<&PathBuf> =
        known.iter().filter(|path| path.parent().is_some_and(|dir| dir.ends_with(word))).collect();
    let shown = |path: &Path| {
        let dir = path.parent().unwrap_or(path);
        fs::relative(&context.session.root, dir).display().to_string()
    };
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => {
            let names: Vec<String> = known.iter().map(|path| shown(path)).collect();
            let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
            let lasts: Vec<String> = names.iter().map(|name| last(name)).collect();
            let near = closest(word, names.iter().chain(&lasts).map(String::as_str));
            Err(Failure::new(Kind::Usage, format!("there is no unit {word}"))
                .coded(Code::NoUnitHere)
                .hint_if(near.map(|near| format!("did you mean {near}?")).or(Some(
                    "name a folder, or the last part of one; `terrace list` shows the units".to_owned(),
                ))))
        }
        several => {
            let names: Vec<String> = several.iter().map(|path| shown(path)).collect();
            Err(Failure::usage(format!("{} units are called {word}", names.len()))
                .coded(Code::NoUnitHere)
                .hint(format!("write one of {}", names.join(", "))))
        }
    }
}

/// `inputs.tags["a.b"][0]` as steps.
fn parse_path(text: &str) -> Result<Vec<String>, Failure> {
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (step, after) = match rest.strip_prefix('[') {
            Some(inside) => {
                let (key, after) = match inside.strip_prefix('"') {
                    Some(quoted) => quoted.split_once("\"]"),
                    None => inside.split_once(']'),
                }
                .ok_or_else(|| not_a_path(text))?;
                (key, after)
            }
            None => rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len())),
        };
        if step.is_empty() {
            return Err(not_a_path(text));
        }
        steps.push(step.to_owned());
        rest = match after.strip_prefix('.') {
            Some("") => return Err(not_a_path(text)),
            Some(more) => more,
            None => after,
        };
    }
    if steps.is_empty() { Err(not_a_path(text)) } else { Ok(steps) }
}

fn not_a_path(text: &str) -> Failure {
    Failure::usage(format!("`{text}` is no path of an attribute"))
        .coded(Code::WrongValue)
        .hint("write it as in inputs.tags.env, inputs.zones[0] or inputs.labels[\"a.b\"]")
}

fn not_set(context: &Context, missing: &Missing, path: &[String]) -> Failure {
    let failure =
        Failure::new(Kind::Usage, format!("`{}` is not set", path.join("."))).coded(Code::UnknownAttribute);
    if let Some(dropped) = missing.dropped.first() {
        let place = text::place(context, dropped.span);
        return failure.hint(format!(
            "{place} sets it, and the merge drops it: the unit sets `{}` as a whole",
            path[..missing.reached].join(".")
        ));
    }
    let word = path.get(missing.reached).map_or("", String::as_str);
    let before = path[..missing.reached].join(".");
    let names = || missing.names.iter().map(|name| &**name);
    match closest(word, names()) {
        Some(near) if before.is_empty() => failure.hint(format!("did you mean `{near}`?")),
        Some(near) => failure.hint(format!("did you mean `{before}.{near}`?")),
        None if missing.names.is_empty() => failure.hint(format!("there is nothing below `{before}`")),
        None => failure.hint(format!("there is {}", names().collect::<Vec<_>>().join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_path;

    #[test]
    fn paths_are_read_as_they_are_written_in_files() {
        let steps = |text: &str| parse_path(text).map(|steps| steps.join("|")).unwrap_or_default();
        assert_eq!(steps("inputs.tags.env"), "inputs|tags|env");
        assert_eq!(steps("inputs.labels[\"a.b\"].c"), "inputs|labels|a.b|c");
        assert_eq!(steps("inputs.zones[0]"), "inputs|zones|0");
        for wrong in ["", ".", "a.", "a..b", "a[", "a[\"b]"] {
            assert!(parse_path(wrong).is_err(), "{wrong}");
        }
    }
}
