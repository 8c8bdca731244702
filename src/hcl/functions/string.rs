//! Functions over text: case, trimming, cutting, joining, patterns.

mod digits;
mod letters;
mod pattern;
mod verb;
mod verbs;

use super::Function;
use super::args::{Outcome, fits, list_of, number, row, text, text_of, whole};
use crate::hcl::{Data, FunctionError, Type, Value};
use pattern::Pattern;
use regex::Captures;
use std::sync::Arc;

/// The rows of this module.
pub fn rows() -> Vec<Function> {
    let mut rows = vec![
        row("chomp", vec![text("str")], |args| {
            Ok(Value::normalized(text_of(args, 0).trim_end_matches(['\n', '\r'])))
        }),
        row("endswith", vec![text("str"), text("suffix")], |args| {
            pair(args, |text, end| text.ends_with(end))
        }),
        row("indent", vec![number("spaces"), text("str")], indent),
        row("join", vec![text("separator")], join).rest(list_of("lists", Type::String)),
        row("lower", vec![text("str")], |args| Ok(Value::normalized(&letters::lower(text_of(args, 0))))),
        row("regex", vec![text("pattern"), text("string")], regex),
        row("regexall", vec![text("pattern"), text("string")], regexall),
        row("replace", vec![text("str"), text("substr"), text("replace")], replace),
        row("split", vec![text("separator"), text("str")], split),
        row("startswith", vec![text("str"), text("prefix")], |args| {
            pair(args, |text, start| text.starts_with(start))
        }),
        row("strcontains", vec![text("str"), text("substr")], |args| {
            pair(args, |text, part| text.contains(part))
        }),
        row("strrev", vec![text("str")], |args| Ok(Value::normalized(&letters::reverse(text_of(args, 0))))),
        row("substr", vec![text("str"), number("offset"), number("length")], substr),
        row("title", vec![text("str")], |args| Ok(Value::normalized(&letters::title(text_of(args, 0))))),
        row("trim", vec![text("str"), text("cutset")], |args| {
            let cut = text_of(args, 1);
            Ok(Value::normalized(text_of(args, 0).trim_matches(|c| cut.contains(c))))
        }),
        row("trimprefix", vec![text("str"), text("prefix")], |args| {
            let text = text_of(args, 0);
            Ok(Value::normalized(text.strip_prefix(text_of(args, 1)).unwrap_or(text)))
        }),
        row("trimspace", vec![text("str")], |args| Ok(Value::normalized(text_of(args, 0).trim()))),
        row("trimsuffix", vec![text("str"), text("suffix")], |args| {
            let text = text_of(args, 0);
            Ok(Value::normalized(text.strip_suffix(text_of(args, 1)).unwrap_or(text)))
        }),
        row("upper", vec![text("str")], |args| Ok(Value::normalized(&letters::upper(text_of(args, 0))))),
    ];
    rows.extend(verbs::rows());
    rows
}

/// How many characters a reader counts.
pub(super) fn length(text: &str) -> usize {
    letters::count(text)
}

fn pair(args: &[Value], test: fn(&str, &str) -> bool) -> Outcome {
    Ok(Value::bool(test(text_of(args, 0), text_of(args, 1))))
}

/// Every line but the first moves to the right.
fn indent(args: &[Value]) -> Outcome {
    let spaces = usize::try_from(whole(args, 0)?)
        .map_err(|_| FunctionError::argument(0, "the number of spaces must not be negative"))?;
    let text = text_of(args, 1);
    let breaks = text.matches('\n').count();
    fits(spaces.checked_mul(breaks.max(1)).and_then(|more| more.checked_add(text.len())))?;
    Ok(Value::normalized(&text.replace('\n', &format!("\n{}", " ".repeat(spaces)))))
}

fn join(args: &[Value]) -> Outcome {
    let Some((separator, lists)) = args.split_first().filter(|(_, lists)| !lists.is_empty()) else {
        return Err(FunctionError::new("at least one list is needed"));
    };
    let separator = separator.as_str().unwrap_or_default();
    let mut out = String::new();
    let mut first = true;
    for (at, list) in lists.iter().enumerate() {
        for (index, item) in list.items().unwrap_or_default().iter().enumerate() {
            let Some(text) = item.as_str() else {
                return Err(FunctionError::argument(
                    at + 1,
                    format!("element {index} is null and cannot be joined"),
                ));
            };
            if !first {
                out.push_str(separator);
            }
            first = false;
            out.push_str(text);
            fits(Some(out.len()))?;
        }
    }
    Ok(Value::normalized(&out))
}

fn split(args: &[Value]) -> Outcome {
    let (separator, text) = (text_of(args, 0), text_of(args, 1));
    if separator.is_empty() {
        return Ok(Value::list(
            Type::String,
            text.chars().map(|c| Value::normalized(c.encode_utf8(&mut [0; 4]))).collect(),
        ));
    }
    Ok(Value::list(Type::String, text.split(separator).map(Value::normalized).collect()))
}

fn substr(args: &[Value]) -> Outcome {
    let (offset, length) = (whole(args, 1)?, whole(args, 2)?);
    Ok(Value::normalized(letters::part(text_of(args, 0), offset, length)))
}

/// A text between slashes is a pattern; anything else is taken as it is.
fn replace(args: &[Value]) -> Outcome {
    let (text, find, with) = (text_of(args, 0), text_of(args, 1), text_of(args, 2));
    let Some(source) = find.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) else {
        let more = text.matches(find).count().checked_mul(with.len());
        fits(more.and_then(|more| more.checked_add(text.len())))?;
        return Ok(Value::normalized(&text.replace(find, with)));
    };
    let pattern = compile(source, 1)?;
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for captures in pattern.regex.captures_iter(text) {
        let Some(found) = captures.get(0) else { continue };
        out.push_str(&text[from..found.start()]);
        pattern.expand(&captures, with, &mut out);
        fits(Some(out.len()))?;
        from = found.end();
    }
    out.push_str(&text[from..]);
    Ok(Value::normalized(&out))
}

fn compile(source: &str, argument: usize) -> Result<Arc<Pattern>, FunctionError> {
    pattern::compile(source).map_err(|reason| {
        FunctionError::argument(argument, format!("the pattern `{source}` is not valid: {reason}"))
    })
}

/// What a match becomes: the whole text, a tuple of the groups, or an object of the named groups.
enum Shape {
    Whole,
    Groups(usize),
    Named(Arc<Pattern>),
}

fn shape_of(pattern: &Arc<Pattern>) -> Result<Shape, FunctionError> {
    let groups = &pattern.names[1..];
    let named = groups.iter().filter(|name| name.is_some()).count();
    if groups.is_empty() {
        Ok(Shape::Whole)
    } else if named == 0 {
        Ok(Shape::Groups(groups.len()))
    } else if named == groups.len() {
        Ok(Shape::Named(pattern.clone()))
    } else {
        let message = "the pattern has groups with and without names; name all of them or none";
        Err(FunctionError::argument(0, message))
    }
}

impl Shape {
    fn value(&self, captures: &Captures<'_>) -> Value {
        let group = |index| match captures.get(index) {
            Some(found) => Value::normalized(found.as_str()),
            None => Data::Null(Type::String).into(),
        };
        match self {
            Self::Whole => group(0),
            Self::Groups(count) => Value::tuple((1..=*count).map(group)),
            Self::Named(pattern) => {
                let named = pattern.names.iter().enumerate();
                Value::object(named.filter_map(|(index, name)| Some((name.as_deref()?, group(index)))))
            }
        }
    }

    fn kind(&self) -> Type {
        match self {
            Self::Whole => Type::String,
            Self::Groups(count) => Type::Tuple(vec![Type::String; *count].into()),
            Self::Named(pattern) => {
                let names = pattern.names.iter().flatten();
                Type::Object(Arc::new(names.map(|name| (Arc::from(&**name), Type::String)).collect()))
            }
        }
    }
}

fn regex(args: &[Value]) -> Outcome {
    let pattern = compile(text_of(args, 0), 0)?;
    let shape = shape_of(&pattern)?;
    let captures = pattern.regex.captures(text_of(args, 1)).ok_or_else(|| FunctionError {
        hint: Some("wrap the call in try(…, default) or ask length(regexall(…)) > 0 first".into()),
        ..FunctionError::new("the pattern matches no part of the string")
    })?;
    Ok(shape.value(&captures))
}

fn regexall(args: &[Value]) -> Outcome {
    let pattern = compile(text_of(args, 0), 0)?;
    let shape = shape_of(&pattern)?;
    let items =
        pattern.regex.captures_iter(text_of(args, 1)).map(|captures| shape.value(&captures)).collect();
    Ok(Value::list(shape.kind(), items))
}
