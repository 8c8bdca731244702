//! `outputs`: the outputs of units from their states. What is sensitive is only printed if asked for.

use super::{states, units};
use crate::cli::args::OutputsArgs;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, Warning, exit};
use crate::cli::selection::Scope;
use crate::config::{OutputFault, OutputSource};
use crate::custody::IN_FLIGHT;
use crate::hcl::format::BodyWriter;
use crate::hcl::json::to_json;
use crate::hcl::{Value, convert};
use crate::host::{fs, parallel};
use crate::run::state_outputs::{Containers, StateOutputs};
use serde_json::{Map, Value as Json, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// What was asked for.
struct Asked {
    paths: Vec<PathBuf>,
    /// Of one unit, only this output.
    name: Option<String>,
    /// The work trees that some units are in.
    _selected: Option<units::Selected>,
}

type Row = (String, Result<Value, OutputFault>);

/// Prints the outputs.
///
/// # Errors
/// No such unit or output; a stdout that cannot be written.
pub(super) fn run(args: &OutputsArgs, mut context: Context) -> Result<u8, Failure> {
    context.session.invoked.terraform = vec!["output".to_owned()];
    let source = context.state_outputs(Containers::MustBeThere);
    let asked = asked(args, &context)?;
    let rows = read_all(&context, &source, &asked.paths);
    tell_fallbacks(&context, &source);
    if let Some(name) = &asked.name {
        return print_one(args, &context, (rows, name));
    }
    if args.json {
        let all: Vec<Json> = rows.iter().map(|row| object(args, row)).collect();
        context.screen.print(&states::json_text(&Json::Array(all)))?;
    } else {
        let text: Vec<String> = rows.iter().filter_map(|row| written(args, row)).collect();
        context.screen.print(&text.join("\n"))?;
    }
    let mut code = exit::SUCCESS;
    for (unit, answer) in &rows {
        if let Err(fault) = answer {
            code = exit::FAILURE;
            context.screen.fail(&unreadable(unit, fault));
        }
    }
    Ok(code)
}

fn asked(args: &OutputsArgs, context: &Context) -> Result<Asked, Failure> {
    let Some(address) = args.address.as_deref() else {
        let selected = match units::selected(context) {
            Err(_) if context.settings.selection.scope == Scope::One => {
                units::below(context, &super::pick::filters(context)?)?
            }
            selected => selected?,
        };
        return Ok(Asked { paths: selected.paths.clone(), name: None, _selected: Some(selected) });
    };
    // A folder's name may have dots of its own.
    let (path, name) = match states::config_of(context, Some(address)) {
        Ok(path) => (path, None),
        Err(failure) => match address.rsplit_once('.').filter(|(unit, _)| !unit.ends_with('/')) {
            Some((unit, name)) => {
                let unit = if unit.is_empty() { "." } else { unit };
                (states::config_of(context, Some(unit)).map_err(|_| failure)?, Some(name.to_owned()))
            }
            None => return Err(failure),
        },
    };
    Ok(Asked { paths: vec![path], name, _selected: None })
}

/// Says for which units terraform had to be asked, and why.
fn tell_fallbacks(context: &Context, source: &StateOutputs) {
    for (dir, reason) in source.fallbacks() {
        let unit = fs::relative(&context.session.root, &dir).display().to_string();
        context.warn_of(&Warning::new(format!("{unit} is asked through terraform: {reason}")));
    }
}

/// So many states at a time: almost all of the time is spent waiting for stores.
fn read_all(context: &Context, source: &StateOutputs, paths: &[PathBuf]) -> Vec<Row> {
    let read = |path: &PathBuf| (states::name_of(context, path), read(source, path));
    let rows = parallel::in_order(paths, IN_FLIGHT, read);
    source.sweep();
    rows
}

fn read(source: &StateOutputs, path: &Path) -> Result<Value, OutputFault> {
    source.outputs(path).map(|outputs| outputs.unwrap_or_else(|| Value::object::<&str>([])))
}

fn unreadable(unit: &str, fault: &OutputFault) -> Failure {
    Failure::new(Kind::Machine, format!("the outputs of {unit} cannot be read: {}", fault.message))
        .hint_if(fault.hint.clone())
}

fn is_hidden(args: &OutputsArgs, value: &Value) -> bool {
    value.has_sensitive() && !args.show_sensitive
}

fn object(args: &OutputsArgs, (unit, answer): &Row) -> Json {
    let outputs = match answer {
        Ok(outputs) => outputs,
        Err(fault) => return json!({"unit": unit, "error": fault.message, "hint": fault.hint}),
    };
    let mut members = Map::new();
    for (name, value) in outputs.entries().into_iter().flatten() {
        let mut member = Map::from_iter([("sensitive".to_owned(), value.has_sensitive().into())]);
        if !is_hidden(args, value) {
            member.insert("value".to_owned(), to_json(value).unwrap_or_default());
        }
        members.insert(name.to_string(), member.into());
    }
    json!({"unit": unit, "outputs": members})
}

/// A unit's outputs below its name; nothing if it has none.
fn written(args: &OutputsArgs, (unit, answer): &Row) -> Option<String> {
    let outputs = answer.as_ref().ok()?.entries().filter(|outputs| !outputs.is_empty())?;
    let mut text = format!("{unit}\n");
    for (name, value) in outputs {
        let shown = match is_hidden(args, value) {
            true => format!("{name} = (sensitive)\n"),
            false => attribute(name, value),
        };
        for line in shown.lines() {
            let _ = writeln!(text, "  {line}");
        }
    }
    Some(text)
}

fn attribute(name: &str, value: &Value) -> String {
    let mut writer = BodyWriter::new();
    writer.attribute(name, &value.unmarked());
    writer.finish()
}

/// One output: a plain value as it is, anything else as JSON.
fn print_one(args: &OutputsArgs, context: &Context, (rows, name): (Vec<Row>, &str)) -> Result<u8, Failure> {
    let Some((unit, answer)) = rows.into_iter().next() else { return Ok(exit::SUCCESS) };
    let outputs = answer.map_err(|fault| unreadable(&unit, &fault))?;
    let Some(value) = outputs.find(name) else {
        let names: Vec<&str> = outputs.entries().into_iter().flatten().map(|(name, _)| &**name).collect();
        let near = crate::diag::closest(name, names.iter().copied());
        return Err(Failure::usage(format!("{unit} has no output `{name}`"))
            .hint_if(near.map(|near| format!("did you mean {near}?"))));
    };
    if is_hidden(args, value) {
        return Err(Failure::usage(format!("the output `{name}` of {unit} is sensitive"))
            .hint("add --show-sensitive to print it all the same"));
    }
    let plain = convert::convert(value, &crate::hcl::Type::String).ok().filter(|_| !args.json);
    let text = match plain.as_ref().and_then(Value::as_str) {
        Some(text) => format!("{text}\n"),
        None => states::json_text(&to_json(value).unwrap_or_default()),
    };
    context.screen.print(&text)?;
    Ok(exit::SUCCESS)
}
