//! Gives every flag its value: the command line first, then its variable, then its former variable; and parses all of
//! it into clap's structs. An error names where the faulty value stands. It opens no file.

use super::args::{Cli, STRICT_CONTROLS, Standing, standing_of_command, standing_of_flag};
use super::argv::{Line, parse_switch};
use super::env_names::{self, Former, Meaning, Scope};
use super::failure::{self, Failure, Warning};
use super::flag_kind::{Kind, kind_of};
use crate::diag::Code;
use crate::host::env::Env;
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command, FromArgMatches};
use std::fmt;

/// A command line with its environment, typed.
#[derive(Debug)]
pub struct Resolved {
    pub cli: Cli,
    pub warnings: Vec<Warning>,
}

/// Where a value was written.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    Flag(String),
    Variable(String),
    /// A former variable and what is written today.
    Former {
        name: String,
        today: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(out, "--{name}"),
            Self::Variable(name) | Self::Former { name, .. } => out.write_str(name),
        }
    }
}

/// One flag that has a value.
struct Value {
    flag: String,
    kind: Kind,
    texts: Vec<String>,
    origin: Origin,
}

/// Resolves a split command line against an environment.
///
/// # Errors
/// When a value does not fit its flag, and when something is used that does not work yet or not any more.
pub fn resolve(line: &Line, env: &Env, root: &Command) -> Result<Resolved, Failure> {
    if let Some(Standing::NotYet(why)) = standing_of_command(&line.command) {
        let message = format!("`terrace {}` does not work yet: {why}", line.command);
        return Err(Failure::new(failure::Kind::NotYet, message).coded(Code::CommandNotYet));
    }
    let command = line.command.split(' ').try_fold(root, |at, word| at.find_subcommand(word)).unwrap_or(root);
    let values = values_of(line, env, root, command)?;
    let mut warnings = warnings_of(line, &values)?;
    let (argv, ignored) = clean_argv(line, command, &values);
    warnings.extend(ignored);
    let matches = root.clone().try_get_matches_from(argv).map_err(|error| faulty_value(&error, &values))?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| faulty_value(&error, &values))?;
    Ok(Resolved { cli, warnings })
}

fn values_of(line: &Line, env: &Env, root: &Command, command: &Command) -> Result<Vec<Value>, Failure> {
    let globals = root.get_arguments().map(|arg| (arg, Scope::Global));
    let own = command.get_arguments().map(|arg| (arg, Scope::Command));
    let mut values = Vec::new();
    for (arg, scope) in globals.chain(own) {
        let Some(flag) = arg.get_long() else { continue };
        let value = match given(line, flag, arg) {
            Some(value) => Some(value),
            None => from_environment(line, env, (arg, flag, scope))?,
        };
        values.extend(value);
    }
    Ok(values)
}

/// The value on the command line. An empty one counts as none, except in a list.
fn given(line: &Line, flag: &str, arg: &Arg) -> Option<Value> {
    let texts = line.flags.iter().filter(|given| given.name == flag).map(|given| given.value.clone());
    let texts: Vec<String> = texts.filter(|text| !text.is_empty() || kind_of(arg) == Kind::Many).collect();
    (!texts.is_empty()).then(|| Value {
        flag: flag.to_owned(),
        kind: kind_of(arg),
        texts,
        origin: Origin::Flag(flag.to_owned()),
    })
}

/// The value in the first variable of the flag that is set and not empty.
fn from_environment(
    line: &Line,
    env: &Env,
    (arg, flag, scope): (&Arg, &str, Scope),
) -> Result<Option<Value>, Failure> {
    let Some(today) = env_names::variable(&line.command, flag, scope) else { return Ok(None) };
    let also = env_names::also_accepted(&line.command, flag);
    for name in std::iter::once(&today).chain(&also) {
        if let Some(text) = env.get_filled(name) {
            let origin = Origin::Variable(name.clone());
            let texts = texts_of(text, arg, &origin)?;
            return Ok(Some(Value { flag: flag.to_owned(), kind: kind_of(arg), texts, origin }));
        }
    }
    for former in env_names::former(&line.command, flag) {
        if let Some(text) = env.get_filled(&former.name) {
            return former_value(text, &former, arg, &today).map(Some);
        }
    }
    Ok(None)
}

fn former_value(text: &str, former: &Former, arg: &Arg, today: &str) -> Result<Value, Failure> {
    let flag = arg.get_long().unwrap_or_default().to_owned();
    let mut origin = Origin::Former { name: former.name.clone(), today: String::new() };
    let texts = match former.meaning {
        Meaning::Same => texts_of(text, arg, &origin)?,
        Meaning::Negated => vec![(!switch(text, &origin)?).to_string()],
        Meaning::Picks(choice) => match parse_switch(text) {
            Some(true) => vec![choice.to_owned()],
            Some(false) => Vec::new(),
            None => vec![text.to_owned()],
        },
    };
    if let Origin::Former { today: written, .. } = &mut origin {
        *written = format!("{today}={}", texts.join(","));
    }
    Ok(Value { flag, kind: kind_of(arg), texts, origin })
}

/// A variable's text as the flag's values: lists are split at commas, switches brought to one spelling.
fn texts_of(text: &str, arg: &Arg, origin: &Origin) -> Result<Vec<String>, Failure> {
    Ok(match kind_of(arg) {
        Kind::Switch => vec![switch(text, origin)?.to_string()],
        Kind::One | Kind::Optional => vec![text.to_owned()],
        Kind::Many => {
            text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
        }
    })
}

fn switch(text: &str, origin: &Origin) -> Result<bool, Failure> {
    parse_switch(text.trim()).ok_or_else(|| {
        Failure::usage(format!("`{text}` is no value for {origin}"))
            .coded(Code::WrongValue)
            .hint("write true or false")
    })
}

/// What is said about flags and variables that are accepted but should not be used.
fn warnings_of(line: &Line, values: &[Value]) -> Result<Vec<Warning>, Failure> {
    let mut warnings = Vec::new();
    for value in values {
        if let Origin::Former { name, today } = &value.origin {
            let message = format!("the variable {name} is deprecated");
            let hint = format!("write {today}");
            if controls_on(values, &["terragrunt-prefix-env-vars", "deprecated-env-vars"]) {
                return Err(Failure::usage(message).hint(hint));
            }
            warnings.push(Warning::new(message).hint(hint));
        }
    }
    let on = |value: &&Value| value.kind != Kind::Switch || value.texts == ["true"];
    for value in values.iter().filter(on) {
        let origin = &value.origin;
        match standing_of_flag(&line.command, &value.flag) {
            None => {}
            Some(Standing::NotYet(why)) => {
                return Err(Failure::new(
                    failure::Kind::NotYet,
                    format!("{origin} does not work yet: {why}"),
                )
                .coded(Code::CommandNotYet));
            }
            Some(Standing::NoEffect(why)) => {
                warnings.push(Warning::new(format!("{origin} has no effect: {why}")));
            }
            Some(Standing::Deprecated { control, instead }) => {
                let message = format!("{origin} is deprecated");
                if controls_on(values, &[control, "deprecated-flags"]) {
                    return Err(Failure::usage(message).hint(instead));
                }
                warnings.push(Warning::new(message).hint(instead));
            }
        }
    }
    Ok(warnings)
}

/// Whether strict mode or one of these controls is on.
fn controls_on(values: &[Value], controls: &[&str]) -> bool {
    debug_assert!(controls.iter().all(|control| STRICT_CONTROLS.active.contains(control)));
    values.iter().any(|value| match value.flag.as_str() {
        "strict-mode" => value.texts == ["true"],
        "strict-control" => value.texts.iter().any(|text| controls.contains(&text.as_str())),
        _ => false,
    })
}

/// Arguments as clap takes them, and what is said about words that the command does not take.
fn clean_argv(line: &Line, command: &Command, values: &[Value]) -> (Vec<String>, Option<Warning>) {
    let mut argv = vec!["terrace".to_owned()];
    argv.extend(line.command.split(' ').map(str::to_owned));
    for value in values {
        argv.extend(value.texts.iter().filter_map(|text| match (value.kind, text.as_str()) {
            (Kind::Switch, "true") => Some(format!("--{}", value.flag)),
            (Kind::Switch, _) => None,
            (_, text) => Some(format!("--{}={text}", value.flag)),
        }));
    }
    let takes_files = values.iter().any(|value| value.flag == "files" && value.texts == ["true"]);
    if takes_files || matches!(line.command.as_str(), "run" | "stack run" | "exec") {
        return (argv, None);
    }
    let many = |arg: &&Arg| arg.get_num_args().is_some_and(|count| count.max_values() > 1);
    let places = command.get_positionals().filter(|arg| !many(arg)).count();
    let (taken, left) = line.words.split_at(places.min(line.words.len()));
    if !taken.is_empty() {
        argv.push("--".to_owned());
        argv.extend_from_slice(taken);
    }
    let ignored =
        left.first().map(|word| Warning::new(format!("`terrace {}` ignores `{word}`", line.command)));
    (argv, ignored)
}

/// clap's complaint in our words, blaming what the user wrote.
fn faulty_value(error: &clap::Error, values: &[Value]) -> Failure {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    };
    let arg = text(ContextKind::InvalidArg);
    let flag = arg.trim_start_matches('-').split([' ', '=']).next().unwrap_or_default();
    let origin = values.iter().find(|value| value.flag == flag).map(|value| value.origin.to_string());
    let origin = origin.unwrap_or_else(|| arg.clone());
    match error.kind() {
        clap::error::ErrorKind::ArgumentConflict => {
            let other = text(ContextKind::PriorArg);
            let other = other.split(' ').next().unwrap_or_default();
            Failure::usage(format!("{origin} and {other} exclude each other")).coded(Code::Exclusive)
        }
        _ => {
            let valid = text(ContextKind::ValidValue);
            let reason = std::error::Error::source(error).map(ToString::to_string);
            let hint = if valid.is_empty() { reason } else { Some(format!("write one of {valid}")) };
            Failure::usage(format!("`{}` is no value for {origin}", text(ContextKind::InvalidValue)))
                .coded(Code::WrongValue)
                .hint_if(hint)
        }
    }
}
