//! A stack file as an object: its locals, and its units and stacks by name. What `read_terragrunt_config` shows.

use super::decode::Reading;
use super::scope::StackScope;
use crate::config::evaluation::Evaluation;
use crate::hcl::ast::Block;
use crate::hcl::{Fault, Value};
use std::sync::Arc;

/// The object of an opened stack file.
///
/// # Errors
/// The first fault in it.
pub(in crate::config) fn object(evaluation: &Evaluation<'_>) -> Result<Value, Fault> {
    let reading = Reading::of(evaluation);
    let names = reading.names();
    let scope = StackScope { names: Some(&names), ..reading.bare_scope() };
    let mut members = Vec::new();
    if let Some(locals) = scope.layer.all_locals()? {
        members.push(("local", locals.restructured()));
    }
    for kind in ["unit", "stack"] {
        let blocks: Vec<&Block> = evaluation.own.file.body.blocks_of(kind).collect();
        if !blocks.is_empty() {
            let named = blocks.into_iter().map(|block| named_block(&scope, block));
            members.push((kind, Value::object(named.collect::<Result<Vec<_>, Fault>>()?)));
        }
    }
    Ok(Value::object(members))
}

fn named_block(scope: &StackScope<'_>, block: &Block) -> Result<(Arc<str>, Value), Fault> {
    let name = block.labels.first().map_or_else(|| Arc::from(""), |label| label.name.clone());
    let mut members = vec![(Arc::from("name"), Value::string(name.clone()))];
    for attribute in &block.body.attributes {
        members.push((attribute.name.name.clone(), scope.eval(&attribute.expr)?));
    }
    Ok((name, Value::object(members)))
}
