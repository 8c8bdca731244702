//! The faults of evaluation, in words. A sensitive value's content and keys are never part of them.

use crate::diag::{Code, Diagnostic, Span, closest};
use crate::hcl::functions::Function;
use crate::hcl::number::NumberFault;
use crate::hcl::{Call, Casts, Data, Fault, FunctionError, Misfit, Reference, Type, Value, unify};

/// How many names a message lists at most.
const LISTED: usize = 12;

/// What to do about a null.
const COALESCE: &str = "give it a value, for example with `coalesce(…, fallback)`";

/// Says how a value becomes what is wanted.
fn misfitting(fault: Diagnostic, misfit: &Misfit) -> Diagnostic {
    fault.hint(match misfit.wanted.as_str() {
        "be a number" => "write digits, or turn it into a number with `tonumber(…)`",
        "be a string" => {
            "turn it into text with `jsonencode(…)` or `join(\",\", …)`, or take one of its elements"
        }
        "be a bool" => "compare it, as in `x == \"yes\"` or `length(x) > 0`",
        _ => "look at where the value comes from; `try(…)` gives another one in its place",
    })
}

fn fault(code: Code, summary: impl Into<String>, span: Span, label: impl Into<String>) -> Diagnostic {
    Diagnostic::error(code, summary).at(span, label)
}

pub(super) fn too_deep(span: Span) -> Fault {
    let hint = "look for a value that is defined through itself, or split the expression";
    Box::new(fault(Code::NestedTooDeep, "the expression is nested too deep", span, "").hint(hint))
}

pub(super) fn too_much(span: Span) -> Fault {
    let hint = "ask for less: an expression may make some four million elements or sixty megabytes of text";
    Box::new(fault(Code::TooMuch, "the expression makes more than can be worked with", span, "").hint(hint))
}

/// A value in one or two words, without its content.
fn kind_of(value: &Value) -> String {
    match &value.data {
        Data::Null(_) => "null".to_owned(),
        Data::Unknown(Type::Dynamic) => "an unknown value".to_owned(),
        Data::Tuple(_) => "a tuple".to_owned(),
        Data::Object(_) => "an object".to_owned(),
        _ => value.type_of().describe(),
    }
}

pub(super) fn unknown_variable<'a>(reference: &Reference<'_>, known: impl Iterator<Item = &'a str>) -> Fault {
    let known: Vec<&str> = known.collect();
    let fault = fault(
        Code::UnknownVariable,
        format!("there is no variable `{}` here", reference.root),
        reference.root_span,
        "",
    );
    Box::new(with_suggestion(fault, reference.root, &known, "the variables are"))
}

/// "did you mean", else the list of what there is.
fn with_suggestion(fault: Diagnostic, word: &str, known: &[&str], intro: &str) -> Diagnostic {
    if let Some(meant) = closest(word, known.iter().copied()) {
        return fault.hint(format!("did you mean `{meant}`?"));
    }
    if known.is_empty() {
        return fault.hint("write the value itself, or look the name up in the reference");
    }
    let listed: Vec<String> = known.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    let more = known.len().saturating_sub(LISTED);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    fault.hint(format!("{intro} {}{tail}", listed.join(", ")))
}

pub(super) fn no_attribute(value: &Value, name: &str, span: Span) -> Fault {
    let fault = match &value.data {
        Data::Null(_) => fault(
            Code::NullValue,
            format!("null has no attribute `{name}`"),
            span,
            "what stands before it is null",
        )
        .hint("give it a value, or fall back with `try(…)`"),
        Data::Object(_) | Data::Map(_) => missing(value, name, span, "attribute"),
        Data::List(_) | Data::Tuple(_) | Data::Set(_) => {
            fault(Code::UnknownAttribute, format!("{} has no attribute `{name}`", kind_of(value)), span, "")
                .hint("take one element with `[0]`, or the attribute of all of them with `[*]`")
        }
        _ => fault(Code::UnknownAttribute, format!("{} has no attribute `{name}`", kind_of(value)), span, "")
            .hint("only objects and maps have attributes: remove this, or look at what stands before it"),
    };
    Box::new(fault)
}

fn missing(value: &Value, name: &str, span: Span, what: &str) -> Diagnostic {
    let holder = if matches!(value.data, Data::Map(_)) { "map" } else { "object" };
    let fault = fault(Code::UnknownAttribute, format!("the {holder} has no {what} `{name}`"), span, "");
    if value.sensitive {
        return fault.hint("its keys are not listed, because the value is sensitive");
    }
    let keys: Vec<&str> = value.entries().into_iter().flatten().map(|(key, _)| &**key).collect();
    if keys.is_empty() {
        return fault.hint(format!("the {holder} is empty"));
    }
    with_suggestion(fault, name, &keys, "it has")
}

pub(super) fn no_key(value: &Value, key: &Value, span: Span) -> Fault {
    match key.as_str() {
        Some(name) if !key.sensitive => Box::new(missing(value, name, span, "key")),
        _ => Box::new(
            fault(Code::UnknownAttribute, "there is no element with this sensitive key", span, "")
                .hint("fall back with `lookup(…)` or `try(…)` where the key may be missing"),
        ),
    }
}

pub(super) fn index_of_null(span: Span) -> Fault {
    Box::new(
        fault(Code::NullValue, "null has no elements", span, "what stands before it is null")
            .hint("give it a value, or fall back with `try(…)`"),
    )
}

pub(super) fn null_index(span: Span) -> Fault {
    Box::new(fault(Code::NullValue, "an index must not be null", span, "this is null").hint(COALESCE))
}

pub(super) fn no_index(value: &Value, span: Span) -> Fault {
    let fault = fault(Code::NotIndexable, format!("{} has no indexes", kind_of(value)), span, "");
    Box::new(match value.data {
        Data::Set(_) => fault.hint("a set has no order; make it a list with `tolist(…)` first"),
        _ => fault.hint(
            "only lists, maps and objects have elements: remove the index, or look at what stands before it",
        ),
    })
}

pub(super) fn bad_index(value: &Value, misfit: &Misfit, span: Span) -> Fault {
    Box::new(misfitting(
        fault(Code::NotIndexable, format!("an index of {} {misfit}", kind_of(value)), span, ""),
        misfit,
    ))
}

pub(super) fn out_of_range(list: &Value, index: &Value, span: Span) -> Fault {
    let known = index.as_number().filter(|_| !index.sensitive);
    let summary = match known {
        Some(number) if number.is_negative() => format!("the index {number} is negative"),
        Some(number) if !number.is_integer() => format!("the index {number} is not a whole number"),
        Some(number) => format!("there is no element {number}"),
        None => "there is no element at this index".to_owned(),
    };
    let fault = fault(Code::IndexOutOfRange, summary, span, "");
    Box::new(match list.items().unwrap_or_default().len() {
        _ if list.sensitive => {
            fault.hint("how many elements there are is not said, because the list is sensitive")
        }
        0 => fault.hint("the list is empty"),
        1 => fault.hint("it has one element, number 0"),
        count => fault.hint(format!("it has {count} elements, from 0 to {}", count - 1)),
    })
}

pub(super) fn splat_of_null(span: Span) -> Fault {
    Box::new(
        fault(Code::NullValue, "a null list has no elements to go over", span, "this is null")
            .hint("give it a value, for example with `coalesce(…, [])`"),
    )
}

pub(super) fn null_operand(wanted: &Type, symbol: &str, span: Span) -> Fault {
    let summary = format!("an operand of `{symbol}` must be {}, not null", wanted.describe());
    Box::new(fault(Code::NullValue, summary, span, "this is null").hint(COALESCE))
}

pub(super) fn operand(misfit: &Misfit, symbol: &str, span: Span) -> Fault {
    Box::new(misfitting(
        fault(Code::WrongOperand, format!("an operand of `{symbol}` {misfit}"), span, ""),
        misfit,
    ))
}

pub(super) fn arithmetic(cause: &NumberFault, span: Span) -> Fault {
    let hint = "test the operand first, as in `x == 0 ? 0 : y / x`";
    Box::new(fault(Code::Arithmetic, cause.to_string(), span, "").hint(hint))
}

pub(super) fn null_condition(span: Span) -> Fault {
    Box::new(
        fault(Code::NullValue, "a condition must be `true` or `false`, not null", span, "this is null")
            .hint("compare it, as in `x != null`, or give it a value with `coalesce(…, false)`"),
    )
}

pub(super) fn condition(misfit: &Misfit, span: Span) -> Fault {
    let hint = "compare it, as in `x != \"\"`, `x > 0` or `length(x) > 0`";
    Box::new(fault(Code::WrongCondition, format!("a condition {misfit}"), span, "").hint(hint))
}

pub(super) fn branches(yes: &Value, no: &Value, span: Span) -> Fault {
    let mut path = String::new();
    let secret = yes.sensitive || no.sensitive;
    let difference = if secret {
        format!("{} and {}", kind_of(yes), kind_of(no))
    } else {
        difference(&yes.type_of(), &no.type_of(), &mut path)
    };
    let place = if path.is_empty() { String::new() } else { format!(" at `{path}`") };
    let summary =
        format!("both results of a condition must be of one type; they differ{place}: {difference}");
    Box::new(
        fault(Code::UnlikeResults, summary, span, "")
            .hint("make both alike, or move the choice into the part that differs"),
    )
}

/// What keeps two types from becoming one, and where.
fn difference(left: &Type, right: &Type, path: &mut String) -> String {
    match (left, right) {
        (Type::Object(left), Type::Object(right)) => {
            if let Some(name) = left.keys().find(|name| !right.contains_key(*name)) {
                return format!("only one of them has `{name}`");
            }
            if let Some(name) = right.keys().find(|name| !left.contains_key(*name)) {
                return format!("only one of them has `{name}`");
            }
            let differing = left.iter().filter_map(|(name, own)| Some((name, own, right.get(name)?)));
            for (name, own, other) in differing {
                if unify(&[own.clone(), other.clone()], Casts::Any).is_none() {
                    path.push('.');
                    path.push_str(name);
                    return difference(own, other, path);
                }
            }
        }
        (Type::Tuple(left), Type::Tuple(right)) => {
            if left.len() != right.len() {
                return format!("{} elements and {}, not all of one type", left.len(), right.len());
            }
            for (at, (own, other)) in left.iter().zip(right.iter()).enumerate() {
                if unify(&[own.clone(), other.clone()], Casts::Any).is_none() {
                    path.push_str(&format!("[{at}]"));
                    return difference(own, other, path);
                }
            }
        }
        _ => {}
    }
    format!("{} and {}", left.describe(), right.describe())
}

pub(super) fn null_in_template(span: Span) -> Fault {
    Box::new(
        fault(Code::NullValue, "null cannot become part of a string", span, "this is null")
            .hint("give it a value, for example with `coalesce(…, \"\")`"),
    )
}

pub(super) fn in_template(misfit: &Misfit, span: Span) -> Fault {
    Box::new(
        fault(Code::NotText, format!("what becomes part of a string {misfit}"), span, "")
            .hint("turn it into text first, with `jsonencode(…)` or `join(\",\", …)`"),
    )
}

pub(super) fn null_key(span: Span) -> Fault {
    Box::new(fault(Code::NullValue, "an object's key must not be null", span, "this is null").hint(COALESCE))
}

pub(super) fn ambiguous_key(span: Span) -> Fault {
    let fault = fault(Code::MalformedObject, "this key may be a name with a dot or a reference", span, "");
    Box::new(
        fault.hint("put a reference in parentheses, `(local.name) = …`, and a name with a dot in quotes"),
    )
}

pub(super) fn key(misfit: &Misfit, span: Span) -> Fault {
    Box::new(misfitting(fault(Code::NotText, format!("an object's key {misfit}"), span, ""), misfit))
}

/// `None` if the key must not be shown.
pub(super) fn duplicate_key(name: Option<&str>, span: Span) -> Fault {
    let summary = match name {
        Some(name) => format!("two elements yield the key `{name}`"),
        None => "two elements yield the same key".to_owned(),
    };
    Box::new(
        fault(Code::DuplicateKey, summary, span, "")
            .hint("make the keys differ, or gather the values with `...` after the value"),
    )
}

pub(super) fn for_over_null(span: Span) -> Fault {
    Box::new(
        fault(Code::NullValue, "a `for` cannot go over null", span, "this is null")
            .hint("give it a value, for example with `coalesce(…, [])`"),
    )
}

pub(super) fn for_over(value: &Value, span: Span) -> Fault {
    let summary = format!("a `for` goes over a list, set, map or object, not {}", kind_of(value));
    let hint = "put a single value into brackets, `[…]`; take a string apart with `split(\",\", …)`";
    Box::new(fault(Code::NotIterable, summary, span, "").hint(hint))
}

pub(super) fn expand(value: &Value, span: Span) -> Fault {
    let summary = format!("`...` takes a list, set or tuple, not {}", kind_of(value));
    Box::new(
        fault(Code::NotIterable, summary, span, "")
            .hint("remove the dots, or hand over `values(…)` of a map"),
    )
}

pub(super) fn unknown_function<'a>(name: &str, span: Span, known: impl Iterator<Item = &'a str>) -> Fault {
    let fault = fault(Code::UnknownFunction, format!("there is no function `{name}`"), span, "");
    Box::new(match closest(name, known) {
        Some(meant) => fault.hint(format!("did you mean `{meant}`?")),
        None => {
            fault.hint("functions are Terraform's and Terragrunt's own; a provider's cannot be called here")
        }
    })
}

/// A function's own refusal, put in its place.
pub(super) fn refusal(function: &Function, refusal: &FunctionError, call: &Call<'_>) -> Fault {
    let (place, span) = match refusal.argument {
        Some(at) => {
            let name = function.param(at).map_or_else(String::new, |param| format!(" (`{}`)", param.name));
            (format!("argument {}{name}", at + 1), call.arg_spans.get(at).copied().unwrap_or(call.span))
        }
        None => (String::new(), call.span),
    };
    let joint = if place.is_empty() || ["must ", "is "].iter().any(|verb| refusal.message.starts_with(verb)) {
        " "
    } else {
        ": "
    };
    let summary = format!("{}: {}", call.name, format!("{place}{joint}{}", refusal.message).trim_start());
    let fault = fault(Code::FunctionRefused, summary, span, "");
    Box::new(match &refusal.hint {
        Some(hint) => fault.hint(hint.clone()),
        None => fault.hint(format!("it is called as `{}`", signature(function))),
    })
}

/// How a function is called.
fn signature(function: &Function) -> String {
    let mut names: Vec<String> = function.params.iter().map(|param| param.name.to_owned()).collect();
    names.extend(function.rest.iter().map(|rest| format!("{}...", rest.name)));
    format!("{}({})", function.name, names.join(", "))
}

/// Each attempt of a `try`, with what was wrong with it.
pub(super) fn nothing_worked(span: Span, attempts: &[Fault]) -> Fault {
    if attempts.is_empty() {
        let hint = "write `try(expression, fallback)`";
        return Box::new(
            fault(Code::NothingWorked, "try: at least one expression is needed", span, "").hint(hint),
        );
    }
    let mut all = fault(Code::NothingWorked, "try: none of its expressions could be evaluated", span, "");
    for attempt in attempts {
        let place = attempt.primary.as_ref().map_or(span, |label| label.span);
        all = all.label(place, attempt.summary.clone());
    }
    Box::new(all.hint("add a last argument that always works, such as `null` or `{}`"))
}

pub(super) fn can_takes_one(span: Span, count: usize) -> Fault {
    let hint = "write `can(expression)`, or `try(…)` to choose among several";
    Box::new(
        fault(Code::NothingWorked, format!("can: takes one expression, not {count}"), span, "").hint(hint),
    )
}
