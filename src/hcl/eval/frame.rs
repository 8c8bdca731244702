//! What an expression sees: the variables of the `for` expressions around it, then the scope.

use super::{Fault, fault};
use crate::hcl::ast::{Expr, Ident};
use crate::hcl::{Call, Reference, Resolved, Scope, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The surroundings of an expression, cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Env<'a> {
    pub scope: &'a dyn Scope,
    frame: Option<&'a Frame<'a>>,
}

/// The variables of one round of a `for`.
pub(super) struct Frame<'a> {
    outer: Option<&'a Frame<'a>>,
    key: Option<(&'a str, Value)>,
    value: (&'a str, Value),
}

impl<'a> Env<'a> {
    pub fn new(scope: &'a dyn Scope) -> Self {
        Self { scope, frame: None }
    }

    /// The frame of one round; put it into place with [`Env::inside`].
    pub fn frame(&self, names: (Option<&'a Ident>, &'a Ident), (key, value): (Value, Value)) -> Frame<'a> {
        Frame {
            outer: self.frame,
            key: names.0.map(|name| (&*name.name, key)),
            value: (&names.1.name, value),
        }
    }

    pub fn inside<'b>(&self, frame: &'b Frame<'b>) -> Env<'b>
    where
        'a: 'b,
    {
        Env { scope: self.scope, frame: Some(frame) }
    }

    /// The innermost `for` variable of this name.
    pub fn find(&self, name: &str) -> Option<&'a Value> {
        let mut next = self.frame;
        while let Some(frame) = next {
            if frame.value.0 == name {
                return Some(&frame.value.1);
            }
            if let Some((key, value)) = &frame.key
                && *key == name
            {
                return Some(value);
            }
            next = frame.outer;
        }
        None
    }
}

/// A scope of some variables and nothing else; calls go outwards. For templates.
pub struct Variables<'a> {
    variables: &'a BTreeMap<Arc<str>, Value>,
    functions: &'a dyn Scope,
}

impl<'a> Variables<'a> {
    #[must_use]
    pub fn new(variables: &'a BTreeMap<Arc<str>, Value>, functions: &'a dyn Scope) -> Self {
        Self { variables, functions }
    }
}

impl Scope for Variables<'_> {
    fn resolve(&self, reference: &Reference<'_>) -> Result<Resolved, Fault> {
        match self.variables.get(reference.root) {
            Some(value) => Ok(Resolved { value: value.clone(), used: 0 }),
            None => Err(fault::unknown_variable(reference, self.variables.keys().map(|name| &**name))),
        }
    }

    fn call(&self, call: &Call<'_>) -> Option<Result<Value, Fault>> {
        self.functions.call(call)
    }

    fn call_lazy(&self, name: &str, args: &[Expr]) -> Option<Result<Value, Fault>> {
        self.functions.call_lazy(name, args)
    }

    fn function_names(&self) -> Vec<&'static str> {
        self.functions.function_names()
    }

    fn is_free(&self, name: &str) -> bool {
        self.functions.is_free(name)
    }
}

/// A scope without any name, and without functions beside the pure ones: for constant expressions.
pub struct Bare;

impl Scope for Bare {
    fn resolve(&self, reference: &Reference<'_>) -> Result<Resolved, Fault> {
        Err(fault::unknown_variable(reference, std::iter::empty()))
    }

    fn call(&self, _call: &Call<'_>) -> Option<Result<Value, Fault>> {
        None
    }

    fn function_names(&self) -> Vec<&'static str> {
        Vec::new()
    }
}
