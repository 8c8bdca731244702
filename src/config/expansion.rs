//! `expansion { count | for_each }`: one block standing for many, behind its experiment.

use super::evaluation::fault_at;
use super::session::Session;
use crate::diag::{Code, Diagnostic, Span};
use crate::hcl::ast::{Attribute, Block, Expr};
use crate::hcl::{Data, Fault, Number, Reference, Resolved, Value};

/// More instances than this are a mistake.
const MOST: i64 = 1_000_000;

/// The experiment that unlocks it.
const EXPERIMENT: &str = "block-iteration";

/// One instance: the key that its name carries, and what its expressions see.
pub(super) struct Instance {
    pub key: String,
    pub turn: Turn,
}

/// What stands for one block.
pub(super) enum Instances {
    /// The block itself.
    Plain,
    Many(Vec<Instance>),
}

/// Which instance is being worked out.
#[derive(Clone, Debug)]
pub(super) enum Turn {
    Count(Value),
    Each { key: Value, value: Value },
}

impl Turn {
    /// `count` or `each`; `None` for any other name.
    pub fn resolve(&self, reference: &Reference<'_>) -> Option<Resolved> {
        let members = match (self, reference.root) {
            (Self::Count(index), "count") => vec![("index", index.clone())],
            (Self::Each { key, value }, "each") => vec![("key", key.clone()), ("value", value.clone())],
            _ => return None,
        };
        Some(Resolved { value: Value::object(members), used: 0 })
    }
}

/// Works out an expression outside of any instance.
type Eval<'a> = &'a dyn Fn(&Expr) -> Result<Value, Fault>;

/// The instances of a block.
///
/// # Errors
/// The experiment is off, or the block cannot be expanded.
pub(super) fn instances(eval: Eval<'_>, session: &Session, block: &Block) -> Result<Instances, Fault> {
    let Some(expansion) = block.body.blocks_of("expansion").next() else { return Ok(Instances::Plain) };
    require_experiment(session, "`expansion`", expansion.header)?;
    let attribute = |name| expansion.body.find_attribute(name);
    match (attribute("count"), attribute("for_each")) {
        (Some(count), None) => counted(eval, count).map(Instances::Many),
        (None, Some(for_each)) => each(eval, for_each).map(Instances::Many),
        (Some(_), Some(both)) => Err(Box::new(
            fault_at(Code::Expansion, both.name.span, "`expansion` has both `count` and `for_each`")
                .hint("keep one of them"),
        )),
        (None, None) => Err(Box::new(
            fault_at(Code::Expansion, expansion.header, "`expansion` says neither `count` nor `for_each`")
                .hint("write `count = 2`, or `for_each = { … }`"),
        )),
    }
}

/// Refuses what belongs to the experiment while that is off.
///
/// # Errors
/// It is off.
pub(super) fn require_experiment(session: &Session, what: &str, span: Span) -> Result<(), Fault> {
    if session.invoked.has_experiment(EXPERIMENT) {
        return Ok(());
    }
    let fault = fault_at(Code::Expansion, span, format!("{what} is an experiment"));
    Err(Box::new(fault.hint(format!("turn it on with --experiment {EXPERIMENT}"))))
}

fn known(eval: Eval<'_>, attribute: &Attribute) -> Result<Value, Fault> {
    let value = eval(&attribute.expr)?;
    let name = &attribute.name.name;
    if value.is_null() || !value.is_wholly_known() {
        return Err(Box::new(fault_at(
            Code::Expansion,
            attribute.expr.span,
            format!("`{name}` must be known and not null"),
        )));
    }
    Ok(value)
}

fn counted(eval: Eval<'_>, attribute: &Attribute) -> Result<Vec<Instance>, Fault> {
    let value = known(eval, attribute)?;
    let count = value.as_number().and_then(Number::to_i64).filter(|count| (0..=MOST).contains(count));
    let Some(count) = count else {
        let fault = fault_at(
            Code::Expansion,
            attribute.expr.span,
            "`count` must be a whole number that is not negative",
        );
        return Err(Box::new(fault.detail(format!("it may be {MOST} at most"))));
    };
    let instance = |index: i64| Instance {
        key: index.to_string(),
        turn: Turn::Count(Value::number(Number::from(index))),
    };
    Ok((0..count).map(instance).collect())
}

fn each(eval: Eval<'_>, attribute: &Attribute) -> Result<Vec<Instance>, Fault> {
    let value = known(eval, attribute)?;
    let span = attribute.expr.span;
    let instances: Vec<Instance> = match (&value.data, value.entries()) {
        (Data::Set(set), _) => {
            let of_text = |item: &Value| {
                let key = item.as_str().ok_or_else(|| not_iterable(span, "a set of something else"))?;
                let turn = Turn::Each { key: item.clone(), value: item.clone() };
                Ok(Instance { key: key.to_owned(), turn })
            };
            set.items.iter().map(of_text).collect::<Result<_, Fault>>()?
        }
        (_, Some(entries)) => entries
            .iter()
            .map(|(key, value)| Instance {
                key: key.to_string(),
                turn: Turn::Each { key: Value::string(key.clone()), value: value.clone() },
            })
            .collect(),
        _ => return Err(not_iterable(span, "something else")),
    };
    if i64::try_from(instances.len()).is_ok_and(|count| count > MOST) {
        return Err(Box::new(fault_at(
            Code::Expansion,
            span,
            format!("`for_each` has more than {MOST} elements"),
        )));
    }
    Ok(instances)
}

fn not_iterable(span: Span, found: &str) -> Fault {
    let fault: Diagnostic =
        fault_at(Code::Expansion, span, "`for_each` must be a map, an object or a set of strings");
    Box::new(fault.detail(format!("this is {found}")).hint("make a set of a list with `toset(…)`"))
}
