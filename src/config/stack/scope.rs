//! The names that a stack file's expressions see: `local`, `values`, the paths of its units and stacks, and the turn of
//! an expanded block.

use crate::config::expansion::Turn;
use crate::config::scope::LayerScope;
use crate::diag::{Code, Diagnostic, closest};
use crate::graph::unit::Kind;
use crate::hcl::ast::Expr;
use crate::hcl::{Call, Fault, Reference, Resolved, Scope, Value, eval};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Where the units and stacks of a file go, by kind and name.
#[derive(Debug, Default)]
pub(super) struct Names {
    units: BTreeMap<Arc<str>, Value>,
    stacks: BTreeMap<Arc<str>, Value>,
}

impl Names {
    pub fn insert(&mut self, kind: Kind, name: Arc<str>, dir: &Path) {
        let path = Value::string(dir.to_string_lossy().as_ref());
        self.of_mut(kind).insert(name, Value::object([("path", path)]));
    }

    fn of(&self, kind: Kind) -> &BTreeMap<Arc<str>, Value> {
        match kind {
            Kind::Unit => &self.units,
            Kind::Stack => &self.stacks,
        }
    }

    fn of_mut(&mut self, kind: Kind) -> &mut BTreeMap<Arc<str>, Value> {
        match kind {
            Kind::Unit => &mut self.units,
            Kind::Stack => &mut self.stacks,
        }
    }
}

/// A stack file's view of the world.
#[derive(Clone, Copy)]
pub(super) struct StackScope<'e> {
    pub layer: LayerScope<'e>,
    /// `None` while paths are being worked out.
    pub names: Option<&'e Names>,
    pub turn: Option<&'e Turn>,
}

impl StackScope<'_> {
    /// The value of an expression.
    ///
    /// # Errors
    /// The first fault met.
    pub fn eval(&self, expr: &Expr) -> Result<Value, Fault> {
        eval(expr, self)
    }

    fn place(&self, kind: Kind, reference: &Reference<'_>) -> Result<Resolved, Fault> {
        let Some(names) = self.names else {
            let fault =
                Diagnostic::error(Code::NeededEarlier, format!("`{}` cannot be used here", reference.root))
                    .at(reference.span, "paths are not known yet");
            return Err(Box::new(fault.hint("use it in `values`, in `source` or in an `autoinclude` block")));
        };
        let all = names.of(kind);
        let Some(step) = reference.steps.first() else {
            let entries = all.iter().map(|(name, place)| (name.clone(), place.clone()));
            return Ok(Resolved { value: Value::object(entries), used: 0 });
        };
        match all.get(step.name) {
            Some(place) => Ok(Resolved { value: place.clone(), used: 1 }),
            None => {
                let word = kind.word();
                let fault = Diagnostic::error(
                    Code::UnknownMember,
                    format!("there is no {word} \"{}\" in this stack", step.name),
                )
                .at(step.span, "");
                Err(Box::new(match closest(step.name, all.keys().map(|name| &**name)) {
                    Some(near) => fault.hint(format!("did you mean `{word}.{near}.path`?")),
                    None => fault.hint(format!("declare it: `{word} \"{}\" {{ … }}`", step.name)),
                }))
            }
        }
    }

    fn unknown_root(&self, reference: &Reference<'_>) -> Fault {
        let root = reference.root;
        let fault = Diagnostic::error(
            Code::UnknownVariable,
            format!("there is no variable `{root}` in a stack file"),
        )
        .at(reference.root_span, "");
        Box::new(match root {
            "dependency" => fault.hint(
                "outputs are known only when units run: name them in an `autoinclude` block, which is left for the unit",
            ),
            "count" | "each" => fault.hint("give the block an `expansion` block"),
            _ => match closest(root, ROOTS) {
                Some(near) => fault.hint(format!("did you mean `{near}`?")),
                None => fault.hint(format!("names that may start a reference: {}", ROOTS.join(", "))),
            },
        })
    }
}

const ROOTS: [&str; 4] = ["local", "values", "unit", "stack"];

impl Scope for StackScope<'_> {
    fn resolve(&self, reference: &Reference<'_>) -> Result<Resolved, Fault> {
        match (reference.root, self.turn) {
            ("local" | "values", _) => self.layer.resolve(reference),
            ("unit", _) => self.place(Kind::Unit, reference),
            ("stack", _) => self.place(Kind::Stack, reference),
            (_, turn) => {
                let found = turn.and_then(|turn| turn.resolve(reference));
                found.ok_or_else(|| self.unknown_root(reference))
            }
        }
    }

    fn call(&self, call: &Call<'_>) -> Option<Result<Value, Fault>> {
        self.layer.call(call)
    }

    fn is_free(&self, name: &str) -> bool {
        self.layer.is_free(name)
    }

    fn function_names(&self) -> Vec<&'static str> {
        self.layer.function_names()
    }
}
