//! What an expression is made of: the locals behind it, and what keeps it from being known.

use crate::config::evaluation::LayerId;
use crate::config::functions;
use crate::config::scope::LayerScope;
use crate::diag::Label;
use crate::hcl::ast::{Attribute, Expr, ObjectItem, ObjectKey};
use crate::hcl::refs::{Ref, calls, references};

/// More locals than this tell nobody anything.
const MOST_PARTS: usize = 3;
/// Longer chains of locals are not followed.
const DEEPEST: usize = 24;

/// The key of an item, where it is a plain word or text.
pub(super) fn key_of(item: &ObjectItem) -> Option<&str> {
    match &item.key {
        ObjectKey::Bare(name) => Some(&name.name),
        ObjectKey::Expr(Expr { kind: crate::hcl::ast::ExprKind::String(text), .. }) => Some(text),
        ObjectKey::Expr(_) => None,
    }
}

/// The locals that an expression names, with their values.
pub(super) fn parts(scope: &LayerScope<'_>, expr: &Expr) -> Vec<Label> {
    let mut found: Vec<Label> = Vec::new();
    for reference in references(expr) {
        let Some((_, text, span)) = local_behind(scope, &reference, |local| local.expr.span) else {
            continue;
        };
        let label = Label { span, text };
        if found.len() < MOST_PARTS && !found.contains(&label) {
            found.push(label);
        }
    }
    found
}

/// The local that a reference means, in which file, and what `of` says about it.
fn local_behind<T>(
    scope: &LayerScope<'_>,
    reference: &Ref<'_>,
    of: impl FnOnce(&Attribute) -> T,
) -> Option<(LayerId, String, T)> {
    let (layer, name) = match (reference.root, reference.steps.as_slice()) {
        ("local", [name, ..]) => (scope.layer, name.name),
        ("include", [label, locals, name, ..]) if locals.name == "locals" => {
            let includes = scope.evaluation.includes().ok()?;
            let index = includes.iter().position(|include| &*include.label == label.name)?;
            (LayerId::Included(index), name.name)
        }
        _ => return None,
    };
    let file = &scope.evaluation.layer(layer).file;
    Some((layer, format!("`{name}` is set here"), of(file.find_local(name)?)))
}

/// Why the value of an expression can only be known when the unit runs.
pub(super) fn why_unknown(scope: &LayerScope<'_>, expr: &Expr) -> String {
    find_cause(scope, expr, 0).unwrap_or_else(|| "it is known only when the unit runs".to_owned())
}

fn find_cause(scope: &LayerScope<'_>, expr: &Expr, depth: usize) -> Option<String> {
    if depth > DEEPEST {
        return None;
    }
    if let Some(call) = calls(expr).iter().find(|call| functions::reaches_out(&call.name.name)) {
        return Some(format!("it needs `{}`, which is not called here", call.name.name));
    }
    references(expr).iter().find_map(|reference| match reference.root {
        "dependency" => Some("it needs outputs of another unit, which are not read here".to_owned()),
        _ => {
            let (layer, _, local) = local_behind(scope, reference, Clone::clone)?;
            find_cause(&LayerScope { layer, ..*scope }, &local.expr, depth + 1)
        }
    })
}
