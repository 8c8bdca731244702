//! Includes: which files a unit merges under itself, opened once.

use super::evaluation::{Evaluation, Layer, LayerId, fault_at};
use super::scope::{LayerScope, Phase};
use crate::diag::{Code, Diagnostic, Span};
use crate::hcl::Fault;
use crate::hcl::ast::{Block, Expr};
use crate::hcl::{Type, Value, convert};
use crate::host::fs;
use std::path::PathBuf;
use std::sync::Arc;

/// How an included file is merged under the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeStrategy {
    NoMerge,
    Shallow,
    Deep,
    /// Understood where mocks are merged, and nowhere else.
    DeepMapOnly,
}

/// The strategy as a file writes it.
#[must_use]
pub fn include_word(strategy: MergeStrategy) -> &'static str {
    match strategy {
        MergeStrategy::NoMerge => "no_merge",
        MergeStrategy::Shallow => "shallow",
        MergeStrategy::Deep => "deep",
        MergeStrategy::DeepMapOnly => "deep_map_only",
    }
}

/// One opened include.
#[derive(Debug)]
pub struct Include {
    /// Empty for a bare include.
    pub label: Arc<str>,
    /// Absolute and clean.
    pub path: PathBuf,
    pub strategy: MergeStrategy,
    pub expose: bool,
    /// The path expression, which is to blame for a missing file.
    pub span: Span,
    pub(super) layer: Layer,
}

impl Include {
    /// For messages: the file, and the label if it has one.
    #[must_use]
    pub fn described(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str()).display();
        if self.label.is_empty() { format!("`{name}`") } else { format!("`{name}` as \"{}\"", self.label) }
    }
}

/// Opens every include of the unit file, in order.
pub(super) fn open_all(evaluation: &Evaluation<'_>) -> Result<Vec<Include>, Fault> {
    let own = evaluation.own.file.body.blocks_of("include");
    let mut bare = evaluation.own.file.body.blocks_of("include").filter(|block| block.labels.is_empty());
    if let (Some(first), Some(second)) = (bare.next(), bare.next()) {
        evaluation.includes_unclear.set(true);
        let fault = fault_at(Code::SecondBareInclude, second.header, "a second include without a label")
            .label(first.header, "the first one");
        return Err(Box::new(fault.hint("give each include its own label")));
    }
    let beside = match evaluation.has_beside() {
        Ok(true) => Some(&evaluation.layer(LayerId::Beside).file.body),
        _ => None,
    };
    let beside = beside.into_iter().flat_map(|body| body.blocks_of("include"));
    own.chain(beside).map(|block| open(evaluation, block)).collect()
}

/// Label and path of each include, an empty path where it cannot be worked out: for listings that go on in spite of
/// faults.
pub(super) fn named(evaluation: &Evaluation<'_>) -> Vec<(Arc<str>, PathBuf)> {
    if evaluation.includes_unclear.get() {
        return Vec::new();
    }
    let blocks = evaluation.own.file.body.blocks_of("include");
    let scope = LayerScope { evaluation, layer: LayerId::Own, phase: Phase::Include };
    let named = blocks.map(|block| {
        let label = block.labels.first().map_or_else(|| Arc::from(""), |label| label.name.clone());
        let path = block.body.find_attribute("path").map(|path| include_path(evaluation, &scope, &path.expr));
        (label, path.and_then(Result::ok).unwrap_or_default())
    });
    named.collect()
}

fn open(evaluation: &Evaluation<'_>, block: &Block) -> Result<Include, Fault> {
    let scope = LayerScope { evaluation, layer: LayerId::Own, phase: Phase::Include };
    let label: Arc<str> = block.labels.first().map_or_else(|| Arc::from(""), |label| label.name.clone());
    let Some(path) = block.body.find_attribute("path") else {
        return Err(Box::new(fault_at(
            Code::MissingArgument,
            block.header,
            "`include` needs the attribute `path`",
        )));
    };
    let span = path.expr.span;
    let path = include_path(evaluation, &scope, &path.expr)?;
    if label.is_empty() {
        warn_bare(evaluation, block)?;
    }
    let strategy = strategy(&scope, block)?;
    let expose = flag(&scope, block, "expose")?;
    let layer = load(evaluation, path.clone(), span)?;
    Ok(Include { label, path, strategy, expose, span, layer })
}

fn include_path(evaluation: &Evaluation<'_>, scope: &LayerScope<'_>, expr: &Expr) -> Result<PathBuf, Fault> {
    let value = known(scope.eval(expr)?, expr.span)?;
    let text = convert::convert(&value, &Type::String).map_err(|_| {
        let fault = fault_at(Code::IncludePath, expr.span, "the path of an include must be a string");
        Box::new(fault.hint("an include block has one path; write another block for a second file"))
    })?;
    let text = text.as_str().unwrap_or_default();
    if text.is_empty() {
        let fault = fault_at(Code::IncludePath, expr.span, "the path of an include is empty");
        return Err(Box::new(fault.hint("name a file, as in `find_in_parent_folders(\"root.hcl\")`")));
    }
    Ok(fs::clean(&evaluation.dir.join(text)))
}

fn load(evaluation: &Evaluation<'_>, path: PathBuf, span: Span) -> Result<Layer, Fault> {
    let file = evaluation.session.files.load(&path);
    if file.as_ref().is_ok_and(|file| file.body.blocks_of("include").next().is_some()) {
        evaluation.includes_unclear.set(true);
        evaluation.mark_asked(&path);
    } else {
        evaluation.mark_read(path);
    }
    let file = file.map_err(|fault| {
        let fault = Diagnostic::error(
            Code::IncludeUnreadable,
            format!("the included file cannot be read: {}", fault.summary),
        );
        Box::new(
            fault
                .at(span, "included here")
                .hint("check the path; it is relative to the folder of the including file"),
        )
    })?;
    if let Some(fault) = file.faults.iter().find(|fault| fault.is_error()) {
        return Err(Box::new(fault.clone().via(span, "included")));
    }
    for fault in &file.schema_faults {
        evaluation.fault(fault.clone().via(span, "included"));
    }
    if let Some(nested) = file.body.blocks_of("include").next() {
        let fault = fault_at(Code::NestedInclude, nested.header, "an included file cannot include another")
            .via(span, "included")
            .hint("include both files in the unit, each under its own label");
        return Err(Box::new(fault));
    }
    Ok(Layer::new(file))
}

fn warn_bare(evaluation: &Evaluation<'_>, block: &Block) -> Result<(), Fault> {
    let text = "an include without a label";
    let hint = "give it one: `include \"root\" { … }`";
    if evaluation.session.invoked.is_strict("bare-include") {
        return Err(Box::new(fault_at(Code::Deprecated, block.header, text).hint(hint)));
    }
    evaluation.fault(
        Diagnostic::warning(Code::Deprecated, format!("{text} is deprecated"))
            .at(block.header, "")
            .hint(hint),
    );
    Ok(())
}

fn strategy(scope: &LayerScope<'_>, block: &Block) -> Result<MergeStrategy, Fault> {
    let Some(attribute) = block.body.find_attribute("merge_strategy") else {
        return Ok(MergeStrategy::Shallow);
    };
    let value = scope.eval(&attribute.expr)?;
    match value.as_str() {
        None if value.is_null() => Ok(MergeStrategy::Shallow),
        Some("shallow") => Ok(MergeStrategy::Shallow),
        Some("deep") => Ok(MergeStrategy::Deep),
        Some("no_merge") => Ok(MergeStrategy::NoMerge),
        Some("deep_map_only") => Ok(MergeStrategy::DeepMapOnly),
        _ => Err(Box::new(
            fault_at(Code::UnknownWord, attribute.expr.span, "unknown merge strategy").hint(STRATEGIES),
        )),
    }
}

const STRATEGIES: &str = "use `shallow`, `deep` or `no_merge`";

/// The fault of a strategy that files cannot be merged with.
pub(super) fn unfit_strategy(include: &Include) -> Fault {
    let fault = fault_at(
        Code::Unmergeable,
        include.span,
        format!("{} cannot be merged by `deep_map_only`", include.described()),
    );
    Box::new(fault.hint(STRATEGIES))
}

fn flag(scope: &LayerScope<'_>, block: &Block, name: &str) -> Result<bool, Fault> {
    let Some(attribute) = block.body.find_attribute(name) else { return Ok(false) };
    let value = scope.eval(&attribute.expr)?;
    if value.is_null() {
        return Ok(false);
    }
    let value = convert::convert(&value, &Type::Bool);
    value.ok().and_then(|value| value.as_bool()).ok_or_else(|| {
        let message = format!("`{name}` must be true or false");
        let fault = fault_at(Code::WrongType, attribute.expr.span, message);
        Box::new(fault.hint(format!("give `{name}` true or false")))
    })
}

fn known(value: Value, span: Span) -> Result<Value, Fault> {
    if value.is_unknown() {
        return Err(Box::new(
            fault_at(Code::NeededEarlier, span, "this value must be known before anything runs")
                .hint("it cannot depend on outputs"),
        ));
    }
    Ok(value)
}
