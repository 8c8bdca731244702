//! What an expression can see: names, and the functions that need more than their arguments.

use super::{Value, ast::Expr};
use crate::diag::{Diagnostic, Span};

/// A fault on its way to the sink.
pub type Fault = Box<Diagnostic>;

/// A root name with the constant steps behind it: `local.a["b"].c[count]` gives root `local`, steps `a`, `b`, `c`.
/// Handing the steps to the scope lets it stay lazy: `local.a` need not evaluate every local.
#[derive(Clone, Copy, Debug)]
pub struct Reference<'a> {
    pub root: &'a str,
    pub root_span: Span,
    pub steps: &'a [Step<'a>],
    /// From the root to the last step.
    pub span: Span,
}

/// `.name` or `["name"]`
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    pub name: &'a str,
    pub span: Span,
}

/// The value of a root and the first `used` of its steps; the evaluator walks the rest.
#[derive(Clone, Debug)]
pub struct Resolved {
    pub value: Value,
    pub used: usize,
}

/// A call of a function that the pure table does not hold.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    pub name: &'a str,
    pub name_span: Span,
    pub args: &'a [Value],
    pub arg_spans: &'a [Span],
    /// The whole call.
    pub span: Span,
}

/// A function that refuses. The evaluator adds the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// The guilty argument, from 0; `None` blames the call.
    pub argument: Option<usize>,
    pub message: String,
    pub hint: Option<String>,
}

impl FunctionError {
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { argument: None, message: message.into(), hint: None }
    }

    #[must_use]
    pub fn argument(index: usize, message: impl Into<String>) -> Self {
        Self { argument: Some(index), message: message.into(), hint: None }
    }
}

/// Names and host functions around an expression. Implementations memoise; evaluation may ask twice.
pub trait Scope {
    /// The value of a root name and of as many steps as the scope wishes to take. `Err` names what is wrong and
    /// where, with a suggestion; an undeclared root is such an error.
    ///
    /// # Errors
    /// The fault of the name, or of the expression behind it.
    fn resolve(&self, reference: &Reference<'_>) -> Result<Resolved, Fault>;

    /// Calls a function of the surroundings (`find_in_parent_folders`, `file`, `run_cmd`); `None` if it has no
    /// such function. These come before the pure table. Arguments may be unknown or sensitive.
    fn call(&self, call: &Call<'_>) -> Option<Result<Value, Fault>>;

    /// Like `call`, before the arguments are evaluated; for functions that decide what of them to evaluate.
    /// Most scopes have none.
    fn call_lazy(&self, _name: &str, _args: &[Expr]) -> Option<Result<Value, Fault>> {
        None
    }

    /// Whether a function of `call` may be called merely to learn the type of its result, in a branch of a
    /// condition that was not taken: it is cheap and nobody sees that it ran.
    fn is_free(&self, _name: &str) -> bool {
        false
    }

    /// The names of the functions that `call` answers, for suggestions.
    fn function_names(&self) -> Vec<&'static str>;
}
