//! Reading a stack file, in this order: its includes and what lies beside it, then the paths of all blocks, which
//! everything else may name, then the rest of each block.

use super::placed::PlacedBlock;
use super::scope::{Names, StackScope};
use super::{GENERATED, Generated, STACK_AUTOINCLUDE_FILE, Stack, StackMember, autoinclude, check, open};
use crate::config::evaluation::{Evaluation, LayerId, fault_at};
use crate::config::expansion::{self, Instance, Instances, Turn};
use crate::config::file::File;
use crate::config::scope::{LayerScope, Phase};
use crate::config::session::Session;
use crate::config::unit::Placed;
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::graph::unit::Kind;
use crate::hcl::ast::{Attribute, Block, Expr};
use crate::hcl::{Data, Fault, Type, Value, convert};
use crate::host::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Reads the stack file of a folder.
///
/// # Errors
/// Every fault in it.
pub fn load_stack(session: &Session, stack_dir: &Path) -> Result<Stack, Diagnostics> {
    let evaluation = open(session, stack_dir)?;
    let mut reading = Reading::of(&evaluation);
    let mut faults = std::mem::take(&mut reading.faults);
    faults.extend(reading.files.iter().flat_map(|part| check::members(&part.file)));
    if faults.iter().any(Diagnostic::is_error) {
        return Err(faults);
    }
    let placed = reading.place(&mut faults);
    check::names_and_paths(&reading.dir, &placed, &mut faults);
    if placed.is_empty() && !reading.declares_any() {
        faults.push(check::empty(&evaluation.own.file));
    }
    let names = names_of(&placed);
    let mut members = Vec::with_capacity(placed.len());
    for one in &placed {
        let scope = StackScope { names: Some(&names), turn: one.turn.as_ref(), ..reading.bare_scope() };
        match member(&scope, one) {
            Ok(found) => members.push(found),
            Err(fault) => faults.push(via(one.via, *fault)),
        }
    }
    faults.extend(evaluation.take_faults());
    if faults.iter().any(Diagnostic::is_error) {
        return Err(crate::diag::distinct(faults));
    }
    let path = evaluation.config_path.clone();
    Ok(Stack { dir: stack_dir.to_path_buf(), path, members, warnings: crate::diag::distinct(faults) })
}

/// Where the members of a stack go, as far as that can be worked out.
pub(super) fn places_of(session: &Session, stack_dir: &Path) -> Vec<StackMember> {
    let Ok(evaluation) = open(session, stack_dir) else { return Vec::new() };
    let reading = Reading::of(&evaluation);
    let placed = reading.place(&mut Vec::new());
    placed.into_iter().map(|one| StackMember { kind: one.kind, name: one.name, dir: one.dir }).collect()
}

/// The files that a stack file includes, and those that its expressions read.
pub(super) fn reads_of(session: &Session, stack_dir: &Path) -> Vec<PathBuf> {
    let Ok(evaluation) = open(session, stack_dir) else { return Vec::new() };
    let reading = Reading::of(&evaluation);
    for local in evaluation.own.file.locals() {
        // What is faulty is told by whoever generates the stack.
        let _ = reading.bare_scope().layer.local(&local.name.name);
    }
    let placed = reading.place(&mut Vec::new());
    let names = names_of(&placed);
    for one in &placed {
        let scope = StackScope { names: Some(&names), turn: one.turn.as_ref(), ..reading.bare_scope() };
        let _ = member(&scope, one);
    }
    let included = reading.files.iter().filter(|part| part.via.is_some());
    let mut reads: Vec<PathBuf> = included.map(|part| part.file.path.clone()).collect();
    reads.extend(evaluation.reads());
    reads.sort();
    reads.dedup();
    reads
}

/// One file that a stack is made of.
struct Part {
    file: Arc<File>,
    /// The path of the include that names it.
    via: Option<Span>,
}

/// A stack file with all that belongs to it, opened.
pub(super) struct Reading<'e> {
    evaluation: &'e Evaluation<'e>,
    dir: PathBuf,
    /// Its own file, the included ones, then the one that an outer stack laid beside it.
    files: Vec<Part>,
    has_beside: bool,
    pub faults: Diagnostics,
}

/// A block as it stands in a file.
#[derive(Clone, Copy)]
struct Declared<'e> {
    kind: Kind,
    block: &'e Block,
    via: Option<Span>,
}

impl Declared<'_> {
    fn is_same(&self, other: &Declared<'_>) -> bool {
        let label = |block: &Block| block.labels.first().map(|label| label.name.clone());
        self.kind == other.kind && label(self.block) == label(other.block)
    }
}

impl<'e> Reading<'e> {
    pub fn of(evaluation: &'e Evaluation<'e>) -> Self {
        let own = Part { file: evaluation.own.file.clone(), via: None };
        let dir = evaluation.dir.clone();
        let mut reading = Self { evaluation, dir, files: vec![own], has_beside: false, faults: Vec::new() };
        for block in evaluation.own.file.body.blocks_of("include") {
            match include(evaluation, block) {
                Ok(part) => reading.files.push(part),
                Err(fault) => reading.faults.push(*fault),
            }
        }
        let beside = evaluation.dir.join(STACK_AUTOINCLUDE_FILE);
        if fs::is_file(&beside) {
            match sound(evaluation, &beside) {
                Ok(file) => {
                    reading.files.push(Part { file, via: None });
                    reading.has_beside = true;
                }
                Err(fault) => reading.faults.push(*fault),
            }
        }
        reading
    }

    /// What is visible before paths are known.
    pub fn bare_scope(&self) -> StackScope<'e> {
        let layer = LayerScope { evaluation: self.evaluation, layer: LayerId::Own, phase: Phase::Base };
        StackScope { layer, names: None, turn: None }
    }

    /// Where everything goes, as far as that can be worked out.
    pub fn names(&'e self) -> Names {
        names_of(&self.place(&mut Vec::new()))
    }

    fn declares_any(&self) -> bool {
        !self.blocks().is_empty()
    }

    /// The blocks of all files; one that lies beside takes the place of the one of its name.
    fn blocks(&self) -> Vec<Declared<'_>> {
        let mut all: Vec<Declared<'_>> = Vec::new();
        for (index, part) in self.files.iter().enumerate() {
            let is_beside = self.has_beside && index + 1 == self.files.len();
            for block in &part.file.body.blocks {
                let Some(kind) = kind_of(block) else { continue };
                let found = Declared { kind, block, via: part.via };
                match all.iter_mut().find(|known| is_beside && known.is_same(&found)) {
                    Some(known) => *known = found,
                    None => all.push(found),
                }
            }
        }
        all
    }

    /// What stands for a block: nothing if it is off.
    fn instances(&self, block: &Block) -> Result<Instances, Fault> {
        let (scope, session) = (self.bare_scope(), self.evaluation.session);
        if let Some(enabled) = block.body.find_attribute("enabled") {
            expansion::require_experiment(session, "`enabled`", enabled.name.span)?;
            if flag(&scope, block, "enabled")? == Some(false) {
                return Ok(Instances::Many(Vec::new()));
            }
        }
        expansion::instances(&|expr| scope.eval(expr), session, block)
    }

    /// Works out the paths; blocks whose path is faulty are left out.
    pub fn place(&self, faults: &mut Diagnostics) -> Vec<PlacedBlock<'_>> {
        let mut placed = Vec::new();
        for Declared { kind, block, via: included } in self.blocks() {
            let Some(label) = block.labels.first() else { continue };
            let one = |name: Arc<str>, turn: Option<Turn>| {
                let scope = StackScope { turn: turn.as_ref(), ..self.bare_scope() };
                let (dir, path_span) = target(&scope, &self.dir, block)?;
                Ok(PlacedBlock { kind, name, dir, path_span, block, turn, via: included })
            };
            let found: Result<Vec<_>, Fault> = self.instances(block).and_then(|instances| match instances {
                Instances::Plain => one(label.name.clone(), None).map(|one| vec![one]),
                Instances::Many(many) => many
                    .into_iter()
                    .map(|Instance { key, turn }| one(format!("{}[{key}]", label.name).into(), Some(turn)))
                    .collect(),
            });
            match found {
                Ok(found) => placed.extend(found),
                Err(fault) => faults.push(via(included, *fault)),
            }
        }
        placed
    }
}

fn via(include: Option<Span>, fault: Diagnostic) -> Diagnostic {
    include.into_iter().fold(fault, |fault, span| fault.via(span, "included"))
}

pub(super) fn names_of(placed: &[PlacedBlock<'_>]) -> Names {
    let mut names = Names::default();
    for one in placed {
        names.insert(one.kind, one.name.clone(), &one.dir);
    }
    names
}

fn kind_of(block: &Block) -> Option<Kind> {
    match &*block.kind.name {
        "unit" => Some(Kind::Unit),
        "stack" => Some(Kind::Stack),
        _ => None,
    }
}

/// Opens an included file, which may hold units and stacks and nothing else.
fn include(evaluation: &Evaluation<'_>, block: &Block) -> Result<Part, Fault> {
    let scope = LayerScope { evaluation, layer: LayerId::Own, phase: Phase::Include };
    let Some(path) = block.body.find_attribute("path") else {
        return Err(Box::new(fault_at(
            Code::MissingArgument,
            block.header,
            "`include` needs the attribute `path`",
        )));
    };
    let span = path.expr.span;
    let value = convert::convert(&scope.eval(&path.expr)?, &Type::String);
    let text = value.ok().and_then(|value| value.as_str().map(str::to_owned)).filter(|text| !text.is_empty());
    let Some(text) = text else {
        return Err(Box::new(fault_at(
            Code::IncludePath,
            span,
            "the path of an include must be a string that is not empty",
        )));
    };
    let file = sound(evaluation, &fs::clean(&evaluation.dir.join(text))).map_err(|fault| {
        if fault.primary.is_some() {
            return Box::new(fault.via(span, "included"));
        }
        let fault = Diagnostic::error(
            Code::IncludeUnreadable,
            format!("the included file cannot be read: {}", fault.summary),
        );
        Box::new(fault.at(span, "included here").hint("the path is relative to the folder of the stack file"))
    })?;
    for kind in ["locals", "include"] {
        if let Some(block) = file.body.blocks_of(kind).next() {
            let fault = fault_at(
                Code::StackInclude,
                block.header,
                format!("a file that a stack includes cannot have `{kind}`"),
            )
            .via(span, "included");
            return Err(Box::new(fault.hint("move it into the stack file itself")));
        }
    }
    Ok(Part { file, via: Some(span) })
}

fn sound(evaluation: &Evaluation<'_>, path: &Path) -> Result<Arc<File>, Fault> {
    let file = evaluation.session.files.load(path)?;
    match file.faults.iter().find(|fault| fault.is_error()) {
        Some(fault) => Err(Box::new(fault.clone())),
        None => Ok(file),
    }
}

/// The folder that a block is generated into, and the place that says so.
fn target(scope: &StackScope<'_>, stack_dir: &Path, block: &Block) -> Result<(PathBuf, Span), Fault> {
    let path = text(scope, block, "path")?;
    let beside = flag(scope, block, "no_dot_terragrunt_stack")? == Some(true);
    let base = if beside { stack_dir.to_path_buf() } else { stack_dir.join(GENERATED) };
    let written = Path::new(&path.value);
    if written.is_absolute() {
        let fault =
            fault_at(Code::StackPath, path.span, format!("the path {} is absolute", written.display()));
        return Err(Box::new(fault.hint(format!("write it relative to {}", base.display()))));
    }
    let dir = fs::clean(&base.join(written));
    if !dir.starts_with(&base) {
        let fault = Diagnostic::error(Code::StackPath, "this path leaves the folder of the stack")
            .at(path.span, format!("leads to {}", dir.display()));
        return Err(Box::new(fault.hint(format!("it must stay below {}", base.display()))));
    }
    if beside && dir == base {
        let fault =
            fault_at(Code::StackPath, path.span, "a unit cannot take the folder of the stack file itself");
        return Err(Box::new(fault.hint("give it a folder of its own")));
    }
    Ok((dir, path.span))
}

fn member(scope: &StackScope<'_>, one: &PlacedBlock<'_>) -> Result<Generated, Fault> {
    let source = text(scope, one.block, "source")?;
    let is_beside = flag(scope, one.block, "no_dot_terragrunt_stack")? == Some(true);
    let is_free = flag(scope, one.block, "no_validation")? == Some(true);
    for name in ["mutable", "update_source_with_cas"] {
        flag(scope, one.block, name)?;
    }
    let values = match one.block.body.find_attribute("values") {
        Some(attribute) => values(scope, attribute)?,
        None => None,
    };
    let autoinclude = match one.block.body.blocks_of("autoinclude").next() {
        Some(block) => Some(autoinclude::write(scope, (one.kind, &one.dir), block)?),
        None => None,
    };
    Ok(Generated {
        kind: one.kind,
        name: one.name.clone(),
        source,
        dir: one.dir.clone(),
        values,
        is_checked: !is_beside && !is_free,
        autoinclude,
        span: one.block.header,
    })
}

fn values(scope: &StackScope<'_>, attribute: &Attribute) -> Result<Option<Value>, Fault> {
    let value = scope.eval(&attribute.expr)?;
    let span = attribute.expr.span;
    if value.is_null() {
        return Ok(None);
    }
    let Some(entries) = value.entries() else {
        let fault = fault_at(Code::WrongType, span, "`values` must be an object");
        return Err(Box::new(fault.hint("write `values = { name = value }`")));
    };
    if !value.is_wholly_known() {
        return Err(Box::new(fault_at(
            Code::NeededEarlier,
            span,
            "`values` must be known before anything runs",
        )));
    }
    if let Some(name) = entries.keys().find(|name| !crate::hcl::parse::is_identifier(name)) {
        let fault = fault_at(Code::WrongType, span, format!("`{name}` cannot be the name of a value"));
        return Err(Box::new(fault.hint("names are made of letters, digits, `_` and `-`")));
    }
    Ok(Some(value))
}

fn evaluated(scope: &StackScope<'_>, expr: &Expr, wanted: &Type, name: &str) -> Result<Value, Fault> {
    let value = scope.eval(expr)?;
    convert::convert(&value, wanted).map_err(|error| {
        let described = if *wanted == Type::Bool { "true or false" } else { "a string" };
        Box::new(
            Diagnostic::error(Code::WrongType, format!("`{name}` must be {described}"))
                .at(expr.span, error.to_string()),
        )
    })
}

/// An attribute that must be a text and not empty.
fn text(scope: &StackScope<'_>, block: &Block, name: &str) -> Result<Placed<String>, Fault> {
    let Some(attribute) = block.body.find_attribute(name) else {
        return Err(Box::new(fault_at(Code::MissingArgument, block.header, format!("`{name}` is missing"))));
    };
    let span = attribute.expr.span;
    match evaluated(scope, &attribute.expr, &Type::String, name)?.data {
        Data::String(value) if !value.is_empty() => Ok(Placed { value: value.to_string(), span }),
        _ => {
            let fault = fault_at(Code::WrongType, span, format!("`{name}` is empty"));
            Err(Box::new(fault.hint(match name {
                "path" => "name the folder that it goes to",
                _ => "name the folder or the address that it is copied from",
            })))
        }
    }
}

/// An attribute that is true or false; `None` where it is not set.
fn flag(scope: &StackScope<'_>, block: &Block, name: &str) -> Result<Option<bool>, Fault> {
    let Some(attribute) = block.body.find_attribute(name) else { return Ok(None) };
    Ok(evaluated(scope, &attribute.expr, &Type::Bool, name)?.as_bool())
}
