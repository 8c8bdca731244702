//! The names that a unit file's expressions see: `local`, `include`, `dependency`, `feature`, `values`.

use super::evaluation::{Evaluation, LayerId, Thunk, fault_at};
use super::functions;
use crate::diag::{Code, Diagnostic, Span, closest};
use crate::hcl::ast::Expr;
use crate::hcl::refs::references;
use crate::hcl::{Call, Fault, Reference, Resolved, Scope, Value, eval};
use std::sync::Arc;

/// Which names may be used; each phase sees what the reference's order of evaluation lets it see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Paths of includes: functions, features and values only.
    Include,
    /// Locals, features and dependency blocks: no outputs yet.
    Base,
    /// Everything.
    Whole,
}

/// One file's view of its unit.
#[derive(Clone, Copy)]
pub struct LayerScope<'e> {
    pub evaluation: &'e Evaluation<'e>,
    pub layer: LayerId,
    pub phase: Phase,
}

impl<'e> LayerScope<'e> {
    /// The value of an expression of this file.
    ///
    /// # Errors
    /// The first fault met, with the include chain.
    pub fn eval(&self, expr: &Expr) -> Result<Value, Fault> {
        loop {
            match eval(expr, self) {
                Err(fault) if self.evaluation.outputs.allow_blank(&fault) => {}
                result => return result.map_err(|fault| self.evaluation.frame(self.layer, fault)),
            }
        }
    }

    /// A local of this file, worked out at most once.
    ///
    /// # Errors
    /// The local's own fault, or that it needs itself.
    pub fn local(&self, name: &str) -> Option<Result<Value, Fault>> {
        let layer = self.evaluation.layer(self.layer);
        let attribute = layer.file.find_local(name)?;
        let seen = layer.locals.borrow().get(name).cloned();
        match seen {
            Some(Thunk::Done(result)) => return Some(result),
            Some(Thunk::Running) => {
                // A circle is a fault even where `try` would take another value.
                let fault = self.evaluation.frame(self.layer, Box::new(circular_local(attribute)));
                self.evaluation.fault((*fault).clone());
                return Some(Err(fault));
            }
            None => {}
        }
        let key: Arc<str> = attribute.name.name.clone();
        layer.locals.borrow_mut().insert(key.clone(), Thunk::Running);
        let scope = LayerScope { phase: Phase::Base, ..*self };
        let result = scope.check_names(&attribute.expr).and_then(|()| scope.eval(&attribute.expr));
        layer.locals.borrow_mut().insert(key, Thunk::Done(result.clone()));
        Some(result)
    }

    /// A local that names what locals cannot see is a fault even where `try` would take another value.
    fn check_names(&self, expr: &Expr) -> Result<(), Fault> {
        if self.evaluation.is_stack() {
            return Ok(());
        }
        let file = &self.evaluation.layer(self.layer).file;
        for found in references(expr) {
            if !ROOTS_OF_LOCALS.contains(&found.root) {
                return Err(self.unknown_root((found.root, found.root_span)));
            }
            let step = found.steps.first().filter(|_| found.root == "local");
            if let Some(step) = step.filter(|step| file.find_local(step.name).is_none()) {
                return Err(Box::new(
                    self.unknown_local(step.name).at(step.span, "no such local in this file"),
                ));
            }
        }
        Ok(())
    }

    /// Every local of this file as an object; `None` if the file declares none.
    ///
    /// # Errors
    /// The first local that fails.
    pub fn all_locals(&self) -> Result<Option<Value>, Fault> {
        let file = &self.evaluation.layer(self.layer).file;
        if file.locals().is_empty() {
            return Ok(None);
        }
        let mut entries = Vec::with_capacity(file.locals().len());
        for attribute in file.locals() {
            if let Some(value) = self.local(&attribute.name.name) {
                entries.push((attribute.name.name.clone(), value?));
            }
        }
        Ok(Some(Value::object(entries)))
    }

    fn resolve_local(&self, reference: &Reference<'_>) -> Result<Resolved, Fault> {
        let Some(step) = reference.steps.first() else {
            let value = self.all_locals()?.unwrap_or_else(|| Value::object::<Arc<str>>([]));
            return Ok(Resolved { value, used: 0 });
        };
        match self.local(step.name) {
            Some(result) => Ok(Resolved { value: result?, used: 1 }),
            None => Err(Box::new(self.unknown_local(step.name).at(step.span, "no such local in this file"))),
        }
    }

    fn unknown_local(&self, name: &str) -> Diagnostic {
        let file = &self.evaluation.layer(self.layer).file;
        let fault = Diagnostic::error(Code::UnknownLocal, format!("`local.{name}` is not declared"));
        match closest(name, file.locals().iter().map(|attribute| &*attribute.name.name)) {
            Some(near) => fault.hint(format!("did you mean `local.{near}`?")),
            None => fault.hint("declare it in a `locals` block of the same file; locals of an included file need `expose = true` and `include.<label>.locals`"),
        }
    }

    fn unknown_root(&self, (root, span): (&str, Span)) -> Fault {
        let fault = Diagnostic::error(Code::UnknownVariable, format!("there is no variable `{root}` here"))
            .at(span, "");
        let hint = match root {
            "local" | "include" => "the path of an include cannot use it: includes are read first".to_owned(),
            "dependency" => "locals, includes and dependency blocks are evaluated before outputs are read; use it in `inputs` instead".to_owned(),
            "var" => "variables of terraform code are not visible in a unit file; use `local` or `inputs`".to_owned(),
            _ => match closest(root, ROOTS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("names that may start a reference: {}", ROOTS.join(", ")),
            },
        };
        Box::new(fault.hint(hint))
    }
}

/// Those that locals see.
const ROOTS_OF_LOCALS: [&str; 4] = ["local", "include", "feature", "values"];
const ROOTS: [&str; 5] = ["local", "include", "dependency", "feature", "values"];

impl Scope for LayerScope<'_> {
    fn resolve(&self, reference: &Reference<'_>) -> Result<Resolved, Fault> {
        match reference.root {
            "local" if self.phase > Phase::Include => self.resolve_local(reference),
            "include" if self.phase > Phase::Include => super::expose::resolve(self, reference),
            "dependency" if self.phase == Phase::Whole => super::dependency::resolve(self, reference),
            "feature" if self.layer != LayerId::Beside => super::feature::resolve(self, reference),
            "values" => super::values::resolve(self, reference),
            _ => {
                let turn = self.evaluation.turn.borrow();
                let found = turn.as_ref().and_then(|turn| turn.resolve(reference));
                found.ok_or_else(|| self.unknown_root((reference.root, reference.root_span)))
            }
        }
    }

    fn call(&self, call: &Call<'_>) -> Option<Result<Value, Fault>> {
        functions::call(self, call)
    }

    fn is_free(&self, name: &str) -> bool {
        functions::is_free(name)
    }

    fn function_names(&self) -> Vec<&'static str> {
        functions::names()
    }
}

fn circular_local(attribute: &crate::hcl::ast::Attribute) -> Diagnostic {
    let name = &attribute.name.name;
    fault_at(Code::LocalCycle, attribute.name.span, format!("`local.{name}` needs itself"))
        .hint("break the circle: one of the locals on the way must not use the next one")
}
