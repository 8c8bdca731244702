//! `stack output`: the outputs of a stack's units as one object, nested as the stacks are.

use crate::cli::args::{StackFormat, StackOutputArgs};
use crate::cli::cmd::units;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::config::stack::{self, STACK_FILE, StackMember};
use crate::config::{FactsDepth, OutputSource, load_facts};
use crate::diag::{Code, Diagnostic};
use crate::graph::discover::{WalkOptions, walk};
use crate::graph::unit::Kind as ComponentKind;
use crate::hcl::format::BodyWriter;
use crate::hcl::{Type, Value, convert, json};
use crate::host::parallel::in_order;
use crate::host::{env, fs};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Prints the outputs, or one of them.
///
/// # Errors
/// Faults of the stack files, units that are not generated, states that cannot be read.
pub(super) fn run(args: &StackOutputArgs, mut context: Context) -> Result<u8, Failure> {
    context.session.invoked.terraform = vec!["output".to_owned()];
    let context = context.with_outputs();
    let format = match args {
        StackOutputArgs { json: true, .. } => StackFormat::Json,
        StackOutputArgs { raw: true, .. } => StackFormat::Raw,
        _ => args.format.unwrap_or_default(),
    };
    let units = gather(&context)?;
    let outputs = read_all(&context, &units)?;
    let mut whole = Tree::default();
    for (unit, value) in units.iter().zip(outputs) {
        if let Some(value) = value {
            whole.insert(&unit.address, value);
        }
    }
    let steps: Vec<&str> = args.address.as_deref().map(|text| text.split('.').collect()).unwrap_or_default();
    let Some(chosen) = whole.into_value().and_then(|value| cut(&value, &steps)) else {
        return Ok(exit::SUCCESS);
    };
    let text = match format {
        StackFormat::Default => written(&chosen),
        StackFormat::Json => json_text(&chosen)?,
        StackFormat::Raw => raw(&chosen, &steps)?,
    };
    context.screen.print(&text)?;
    Ok(exit::SUCCESS)
}

/// A unit and where its outputs go.
struct Asked {
    /// Names of stacks, then the unit's.
    address: Vec<Arc<str>>,
    dir: PathBuf,
}

/// The units of all stacks below the working folder, those of nested stacks under their names.
fn gather(context: &Context) -> Result<Vec<Asked>, Failure> {
    let found = walk(&context.session.root, &WalkOptions::default()).found;
    let stacks = found.into_iter().filter(|found| found.kind == ComponentKind::Stack);
    let mut dirs: Vec<PathBuf> = stacks.map(|found| found.path).collect();
    dirs.sort();
    let (mut units, mut faults) = (Vec::new(), Vec::new());
    let mut nested: Vec<PathBuf> = Vec::new();
    for dir in dirs {
        if !nested.contains(&dir) {
            descend(context, (&dir, &[]), (&mut units, &mut nested, &mut faults));
        }
    }
    if faults.is_empty() {
        return Ok(units);
    }
    units::diagnose(context, &faults);
    Err(Failure::new(Kind::Config, "the outputs of the stack cannot be read"))
}

fn descend(
    context: &Context,
    (dir, address): (&Path, &[Arc<str>]),
    (units, nested, faults): (&mut Vec<Asked>, &mut Vec<PathBuf>, &mut Vec<Diagnostic>),
) {
    if nested.iter().any(|seen| seen == dir) {
        return;
    }
    nested.push(dir.to_path_buf());
    faults.extend(stack::check_stack(&context.session, dir).into_iter().filter(Diagnostic::is_error));
    for member in stack::members_of(&context.session, dir) {
        let address: Vec<Arc<str>> = address.iter().cloned().chain([member.name.clone()]).collect();
        let file = match member.kind {
            ComponentKind::Unit => context.session.config_in(&member.dir),
            ComponentKind::Stack => member.dir.join(STACK_FILE),
        };
        if !fs::is_file(&file) {
            faults.push(not_generated(context, &member));
        } else if member.kind == ComponentKind::Stack {
            descend(context, (&member.dir, &address), (units, nested, faults));
        } else if !is_excluded(context, &file) {
            units.push(Asked { address, dir: member.dir });
        }
    }
}

fn not_generated(context: &Context, member: &StackMember) -> Diagnostic {
    let at = fs::relative(&context.session.root, &member.dir);
    let word = member.kind.word();
    Diagnostic::error(
        Code::NotGenerated,
        format!("{word} \"{}\" is not generated: {} is not there", member.name, at.display()),
    )
    .hint("generate it with `stack generate`; what was never applied has no outputs")
}

fn is_excluded(context: &Context, config_path: &Path) -> bool {
    let facts = load_facts(&context.session, config_path, FactsDepth::Reading);
    facts.exclude.is_some_and(|exclude| exclude.applies("output"))
}

/// The outputs of each unit, several read at a time. Outputs that a unit does not have are an empty object.
fn read_all(context: &Context, units: &[Asked]) -> Result<Vec<Option<Value>>, Failure> {
    let Some(source) = context.session.outputs.clone() else { return Ok(Vec::new()) };
    let given = context.settings.queue.parallelism.map(|given| given.get() as usize);
    let threads = given.unwrap_or_else(|| (2 * env::parallelism()).max(4));
    in_order(units, threads, |unit| read(context, &*source, unit)).into_iter().collect()
}

fn read(context: &Context, source: &dyn OutputSource, unit: &Asked) -> Result<Option<Value>, Failure> {
    match source.outputs(&context.session.config_in(&unit.dir)) {
        Ok(outputs) => Ok(Some(outputs.unwrap_or_else(|| Value::object::<&str>([])))),
        Err(fault) => {
            let at = fs::relative(&context.session.root, &unit.dir);
            let message = format!("the outputs of {} cannot be read: {}", at.display(), fault.message);
            Err(Failure::new(Kind::Machine, message).hint_if(fault.hint))
        }
    }
}

/// Outputs by name, and stacks with theirs.
#[derive(Default)]
struct Tree {
    outputs: Option<Value>,
    below: BTreeMap<Arc<str>, Tree>,
}

impl Tree {
    fn insert(&mut self, address: &[Arc<str>], outputs: Value) {
        match address.split_first() {
            Some((first, rest)) => self.below.entry(first.clone()).or_default().insert(rest, outputs),
            None => self.outputs = Some(outputs),
        }
    }

    /// `None` without any unit.
    fn into_value(self) -> Option<Value> {
        if self.below.is_empty() {
            return self.outputs;
        }
        let below = self.below.into_iter().filter_map(|(name, tree)| Some((name, tree.into_value()?)));
        Some(Value::object(below))
    }
}

/// Only what the steps lead to, kept under their names; `None` if they lead nowhere.
fn cut(value: &Value, steps: &[&str]) -> Option<Value> {
    let Some((first, rest)) = steps.split_first() else { return Some(value.clone()) };
    let inner = cut(value.find(first)?, rest)?;
    Some(Value::object([(*first, inner)]))
}

fn written(value: &Value) -> String {
    let mut writer = BodyWriter::new();
    for (name, value) in value.entries().into_iter().flatten() {
        writer.attribute(name, value);
    }
    writer.finish()
}

fn json_text(value: &Value) -> Result<String, Failure> {
    let text = json::render_json(value)
        .map_err(|error| Failure::new(Kind::Machine, format!("the outputs cannot be written: {error}")))?;
    let parsed: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let text = serde_json::to_string_pretty(&parsed).unwrap_or(text);
    // Signs that could end a script element are written as escapes; they only stand inside strings.
    Ok(text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"))
}

/// One plain value, without a line break.
fn raw(value: &Value, steps: &[&str]) -> Result<String, Failure> {
    if steps.is_empty() {
        return Err(Failure::usage("--raw prints one value, and a stack has many")
            .hint("name it: terrace stack output --raw UNIT.OUTPUT"));
    }
    let leaf = steps.iter().try_fold(value, |at, step| at.find(step));
    let text = leaf.and_then(|leaf| convert::convert(leaf, &Type::String).ok());
    match text.as_ref().and_then(Value::as_str) {
        Some(text) => Ok(text.to_owned()),
        None => Err(Failure::usage(format!("{} is no text, number or boolean", steps.join(".")))
            .hint("use --json for anything else")),
    }
}
