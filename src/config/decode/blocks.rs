//! The smaller members: `dependencies`, `feature`, `exclude`, `errors`, and the check of `inputs`.

use super::fields::Fields;
use crate::config::evaluation::{Stage, fault_at};
use crate::config::scope::LayerScope;
use crate::config::unit::{Errors, Exclude, Feature, Ignore, Placed, Retry};
use crate::diag::Code;
use crate::hcl::Value;
use crate::hcl::ast::{Block, Body, ExprKind};
use std::sync::Arc;

fn label(block: &Block) -> Arc<str> {
    block.labels.first().map_or_else(|| Arc::from(""), |label| label.name.clone())
}

pub(super) fn decode_paths(scope: &LayerScope<'_>, body: &Body) -> Option<Vec<Placed<String>>> {
    let block = body.blocks_of("dependencies").next()?;
    let paths = Fields::of_body(scope, &block.body).placed_strings("paths")?;
    let elements = block.body.find_attribute("paths").map(|attribute| &attribute.expr.kind);
    let span_of = |index: usize| match elements {
        Some(ExprKind::Tuple(items)) if items.len() == paths.value.len() => items[index].span,
        _ => paths.span,
    };
    let placed = paths.value.iter().enumerate();
    Some(placed.map(|(index, path)| Placed { value: path.clone(), span: span_of(index) }).collect())
}

pub(super) fn decode_features(scope: &LayerScope<'_>, body: &Body) -> Vec<Feature> {
    let blocks = body.blocks_of("feature");
    let decoded = blocks.filter_map(|block| {
        match crate::config::feature::default(scope.evaluation, scope.layer, block) {
            Ok(default) => Some(Feature { name: label(block), default }),
            Err(fault) => {
                scope.evaluation.fault(*fault);
                None
            }
        }
    });
    decoded.collect()
}

pub(super) fn decode_exclude(scope: &LayerScope<'_>, body: &Body) -> Option<Exclude> {
    let block = body.blocks_of("exclude").next()?;
    let fields = Fields::of_body(scope, &block.body);
    if scope.evaluation.stage != Stage::Graph && block.body.find_attribute("actions").is_none() {
        let fault = fault_at(Code::MissingArgument, block.header, "`exclude` needs the attribute `actions`");
        scope.evaluation.fault(fault.hint("list the commands that it is left out of: `actions = [\"all\"]`"));
    }
    let condition = fields.bool("if");
    let is_unclear = condition.is_none() && block.body.find_attribute("if").is_some();
    if is_unclear && scope.evaluation.stage == Stage::Graph {
        return None;
    }
    Some(Exclude {
        condition: condition.unwrap_or(false),
        actions: fields.strings("actions"),
        exclude_dependencies: fields.bool("exclude_dependencies"),
        no_run: fields.bool("no_run"),
    })
}

pub(super) fn decode_errors(scope: &LayerScope<'_>, body: &Body) -> Option<Errors> {
    let block = body.blocks_of("errors").next()?;
    let retry = block.body.blocks_of("retry").filter_map(|inner| decode_retry(scope, inner)).collect();
    let ignore = block.body.blocks_of("ignore").map(|inner| decode_ignore(scope, inner)).collect();
    Some(Errors { retry, ignore })
}

fn decode_retry(scope: &LayerScope<'_>, block: &Block) -> Option<Retry> {
    let max_attempts = at_least(scope, block, ("max_attempts", 0))?;
    let sleep_interval_sec = at_least(scope, block, ("sleep_interval_sec", 0))?;
    let retryable_errors = patterns(scope, block, "retryable_errors");
    Some(Retry { name: label(block), retryable_errors, max_attempts, sleep_interval_sec })
}

/// Regular expressions, each perhaps behind a `!`.
fn patterns(scope: &LayerScope<'_>, block: &Block, name: &str) -> Vec<String> {
    let Some(written) = Fields::of_body(scope, &block.body).placed_strings(name) else { return Vec::new() };
    for pattern in &written.value {
        if let Err(error) = regex::Regex::new(pattern.strip_prefix('!').unwrap_or(pattern)) {
            let fault = fault_at(
                Code::MalformedPattern,
                written.span,
                format!("`{pattern}` is no regular expression"),
            );
            scope.evaluation.fault(fault.detail(said(&error)));
        }
    }
    written.value
}

/// Why a pattern is none, in one line: the last of an error that draws.
pub(super) fn said(error: &regex::Error) -> String {
    error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

fn at_least(scope: &LayerScope<'_>, block: &Block, (name, least): (&str, u32)) -> Option<u32> {
    let number = Fields::of_body(scope, &block.body).int(name)?;
    let fitting = u32::try_from(number).ok().filter(|number| *number >= least);
    if fitting.is_none() {
        let span = block.body.find_attribute(name).map_or(block.header, |attribute| attribute.expr.span);
        scope.evaluation.fault(fault_at(Code::WrongType, span, format!("`{name}` must be at least {least}")));
    }
    fitting
}

fn decode_ignore(scope: &LayerScope<'_>, block: &Block) -> Ignore {
    let fields = Fields::of_body(scope, &block.body);
    Ignore {
        name: label(block),
        ignorable_errors: patterns(scope, block, "ignorable_errors"),
        message: fields.string("message"),
        signals: fields.map("signals"),
    }
}

/// A block whose members are kept as they are, for later.
pub(super) fn decode_block_object(scope: &LayerScope<'_>, body: &Body, kind: &str) -> Option<Placed<Value>> {
    let block = body.blocks_of(kind).next()?;
    let fields = Fields::of_body(scope, &block.body);
    let names = block.body.attributes.iter().map(|attribute| &attribute.name.name);
    let entries = names.filter_map(|name| Some((name.clone(), fields.value(name)?.value)));
    Some(Placed { value: Value::object(entries), span: block.header })
}

/// `inputs`; a null stands for no inputs.
pub(super) fn decode_inputs(scope: &LayerScope<'_>, body: &Body) -> Option<Placed<Value>> {
    let attribute = body.find_attribute("inputs")?;
    let Some(inputs) = Fields::of_body(scope, body).value("inputs") else {
        return Some(Placed { value: Value::object::<&str>([]), span: attribute.expr.span });
    };
    let span = inputs.span;
    checked_inputs(scope, inputs).map(|value| Placed { value, span })
}

fn checked_inputs(scope: &LayerScope<'_>, inputs: Placed<Value>) -> Option<Value> {
    if inputs.value.entries().is_none() && !inputs.value.is_unknown() {
        let fault = fault_at(Code::WrongType, inputs.span, "`inputs` must be an object");
        scope.evaluation.fault(fault.hint("write `inputs = { name = value }`"));
        return None;
    }
    if holds_infinity(&inputs.value) {
        let fault = fault_at(Code::WrongType, inputs.span, "`inputs` hold a number that is infinite");
        scope.evaluation.fault(fault.hint("something is divided by zero"));
        return None;
    }
    Some(inputs.value)
}

/// terraform has no way to write such a number.
fn holds_infinity(value: &Value) -> bool {
    value.as_number().is_some_and(crate::hcl::Number::is_infinite) || value.children().any(holds_infinity)
}
