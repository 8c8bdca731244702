//! Reading the members of a block, or of an object that stands for one, as Rust types. Faults are collected in the
//! evaluation, so that one pass reports them all.

use crate::config::evaluation::{Evaluation, Stage, fault_at};
use crate::config::scope::LayerScope;
use crate::config::unit::Placed;
use crate::diag::{Code, Diagnostic, Span};
use crate::hcl::ast::{Body, ExprKind};
use crate::hcl::{Type, Value, convert};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where the members stand.
#[derive(Clone, Copy)]
pub(super) enum Members<'a> {
    Block(&'a Body),
    /// An object value, and the expression that gave it.
    Object(&'a BTreeMap<Arc<str>, Value>, Span),
}

/// The members of one block in the scope of its file.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    pub scope: &'a LayerScope<'a>,
    pub members: Members<'a>,
}

impl<'a> Fields<'a> {
    pub fn of_body(scope: &'a LayerScope<'a>, body: &'a Body) -> Self {
        Self { scope, members: Members::Block(body) }
    }

    fn evaluation(&self) -> &'a Evaluation<'a> {
        self.scope.evaluation
    }

    /// A member's value; `None` when it is absent, null or faulty.
    pub fn value(&self, name: &str) -> Option<Placed<Value>> {
        let (result, span) = match self.members {
            Members::Block(body) => {
                let attribute = body.find_attribute(name)?;
                (self.scope.eval(&attribute.expr), attribute.expr.span)
            }
            Members::Object(entries, span) => (Ok(entries.get(name)?.clone()), span),
        };
        match result {
            Ok(value) if value.is_null() => None,
            Ok(value) => Some(Placed { value, span }),
            Err(fault) => {
                self.evaluation().fault(*fault);
                self.check_elements(name);
                None
            }
        }
    }

    /// The first fault ended the evaluation of an object: who looks for all of them is told those of its other elements.
    fn check_elements(&self, name: &str) {
        let Members::Block(body) = self.members else { return };
        if self.evaluation().stage != Stage::Check {
            return;
        }
        if let Some(ExprKind::Object(items)) = body.find_attribute(name).map(|found| &found.expr.kind) {
            let faults = items.iter().filter_map(|item| self.scope.eval(&item.value).err());
            faults.for_each(|fault| self.evaluation().fault(*fault));
        }
    }

    /// A member converted to a type. While outputs are unknown, what depends on them counts as absent.
    fn typed(&self, name: &str, wanted: &Type, described: &str) -> Option<Placed<Value>> {
        let Placed { value, span } = self.value(name)?;
        match convert::convert(&value, wanted) {
            Ok(value) if !value.is_wholly_known() => {
                let is_last = self.evaluation().stage == Stage::Full;
                if is_last && self.evaluation().session.invoked.rendering && *wanted == Type::String {
                    return Some(Placed { value: Value::string(""), span });
                }
                if is_last {
                    self.evaluation().fault(fault_at(
                        Code::NeededEarlier,
                        span,
                        format!("`{name}` is not known"),
                    ));
                }
                None
            }
            Ok(value) => Some(Placed { value, span }),
            Err(error) => {
                let fault = Diagnostic::error(Code::WrongType, format!("`{name}` must be {described}"))
                    .at(span, error.to_string())
                    .hint(format!("give `{name}` {described}"));
                self.evaluation().fault(*self.evaluation().frame(self.scope.layer, Box::new(fault)));
                None
            }
        }
    }

    pub fn placed_string(&self, name: &str) -> Option<Placed<String>> {
        let Placed { value, span } = self.typed(name, &Type::String, "a string")?;
        value.as_str().map(|text| Placed { value: text.to_owned(), span })
    }

    pub fn string(&self, name: &str) -> Option<String> {
        self.placed_string(name).map(|placed| placed.value)
    }

    pub fn bool(&self, name: &str) -> Option<bool> {
        self.typed(name, &Type::Bool, "true or false")?.value.as_bool()
    }

    pub fn int(&self, name: &str) -> Option<i64> {
        let Placed { value, span } = self.typed(name, &Type::Number, "a whole number")?;
        let crate::hcl::Data::Number(number) = &value.data else { return None };
        let whole = number.to_i64();
        if whole.is_none() {
            self.evaluation().fault(fault_at(
                Code::WrongType,
                span,
                format!("`{name}` must be a whole number"),
            ));
        }
        whole
    }

    pub fn strings(&self, name: &str) -> Option<Vec<String>> {
        Some(self.placed_strings(name)?.value)
    }

    pub fn placed_strings(&self, name: &str) -> Option<Placed<Vec<String>>> {
        let wanted = Type::List(Arc::new(Type::String));
        let Placed { value, span } = self.typed(name, &wanted, "a list of strings")?;
        let mut items = Vec::new();
        for item in value.items()? {
            match item.as_str() {
                Some(text) => items.push(text.to_owned()),
                None => return self.null_in(name, span),
            }
        }
        Some(Placed { value: items, span })
    }

    /// A list or map of strings holds a null.
    fn null_in<T>(&self, name: &str, span: Span) -> Option<T> {
        let fault = Diagnostic::error(Code::WrongType, format!("`{name}` holds a null"))
            .at(span, "every element must be a string")
            .hint("leave it out where there is nothing to say: `compact([…])` drops nulls, and so does `if x != null` in a `for`");
        self.evaluation().fault(*self.evaluation().frame(self.scope.layer, Box::new(fault)));
        None
    }

    /// A map whose values are of one type.
    pub fn map(&self, name: &str) -> Option<Value> {
        Some(self.typed(name, &Type::Map(Arc::new(Type::Dynamic)), "a map")?.value)
    }

    pub fn string_map(&self, name: &str) -> Option<BTreeMap<String, String>> {
        let wanted = Type::Map(Arc::new(Type::String));
        let Placed { value, span } = self.typed(name, &wanted, "a map of strings")?;
        let mut texts = BTreeMap::new();
        for (key, text) in value.entries()? {
            match text.as_str() {
                Some(text) => texts.insert(key.to_string(), text.to_owned()),
                None => return self.null_in(name, span),
            };
        }
        Some(texts)
    }
}
