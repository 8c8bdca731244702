//! Conversion of values to types. Knows no expressions.

use super::unify::unify;
use super::{Data, Number, Type, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Which conversions count: `Safe` ones succeed for every value of the type, `Any` may fail for some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Casts {
    Safe,
    Any,
}

/// A value that does not fit: where in it (`.name`, `[0]`), what was wanted, what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Outermost first; empty for the value itself.
    pub path: String,
    /// Reads after "must": `be a number`.
    pub wanted: String,
    /// What is there instead; left out where it must not be shown.
    pub found: Option<String>,
}

impl Misfit {
    fn new(wanted: impl Into<String>) -> Self {
        Self { path: String::new(), wanted: wanted.into(), found: None }
    }

    fn of(value: &Value, to: &Type) -> Self {
        Self::new(format!("be {}", to.describe())).but(value.type_of().describe())
    }

    fn but(mut self, found: impl Into<String>) -> Self {
        self.found = Some(found.into());
        self
    }

    /// The text itself, unless it is long.
    fn but_text(self, text: &str) -> Self {
        let short = text.len() <= 40 && !text.contains(char::is_control);
        if short { self.but(format!("{text:?}")) } else { self }
    }

    fn inside(mut self, step: &str) -> Self {
        self.path.insert_str(0, step);
        self
    }

    /// Without what is there and where: for a value that must not be shown.
    fn hushed(self) -> Self {
        Self { path: String::new(), found: None, ..self }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "`{}` ", self.path)?;
        }
        write!(f, "must {}", self.wanted)?;
        self.found.iter().try_for_each(|found| write!(f, ", not {found}"))
    }
}

/// The value as one of type `to`. Nulls and unknowns stay what they are, of the new type; marks stay.
///
/// # Errors
/// What does not fit, and where in the value.
pub fn convert(value: &Value, to: &Type) -> Result<Value, Misfit> {
    if *to == Type::Dynamic {
        return Ok(value.clone());
    }
    match converted(value, to) {
        Ok(converted) => Ok(converted.with_mark(value.sensitive)),
        Err(misfit) => Err(if value.sensitive { misfit.hushed() } else { misfit }),
    }
}

fn converted(value: &Value, to: &Type) -> Result<Value, Misfit> {
    match (&value.data, to) {
        (Data::Null(from), _) if can_convert(from, to, Casts::Any) => Ok(Value::null(merged(from, to))),
        (Data::Unknown(from), _) if can_convert(from, to, Casts::Any) => Ok(Value::unknown(merged(from, to))),
        (Data::Null(_) | Data::Unknown(_), _) => Err(Misfit::of(value, to)),
        (_, Type::Dynamic) => Ok(value.clone()),
        (_, Type::String) => convert_string(value, to),
        (_, Type::Number) => convert_number(value, to),
        (_, Type::Bool) => convert_bool(value, to),
        (_, Type::List(element) | Type::Set(element)) => convert_sequence(value, to, element),
        (_, Type::Map(element)) => convert_map(value, to, element),
        (_, Type::Tuple(elements)) => convert_tuple(value, to, elements),
        (_, Type::Object(attributes)) => convert_object(value, to, attributes),
    }
}

fn convert_string(value: &Value, to: &Type) -> Result<Value, Misfit> {
    match &value.data {
        Data::String(_) => Ok(value.clone()),
        Data::Number(number) => Ok(Value::string(number.to_string())),
        Data::Bool(value) => Ok(Value::string(if *value { "true" } else { "false" })),
        _ => Err(Misfit::of(value, to)),
    }
}

fn convert_number(value: &Value, to: &Type) -> Result<Value, Misfit> {
    match &value.data {
        Data::Number(_) => Ok(value.clone()),
        Data::String(text) => match Number::parse(text) {
            Some(number) => Ok(Value::number(number)),
            None => Err(Misfit::new("be a number").but_text(text)),
        },
        _ => Err(Misfit::of(value, to)),
    }
}

fn convert_bool(value: &Value, to: &Type) -> Result<Value, Misfit> {
    match &value.data {
        Data::Bool(_) => Ok(value.clone()),
        Data::String(text) => match &**text {
            "true" | "1" => Ok(Value::bool(true)),
            "false" | "0" => Ok(Value::bool(false)),
            _ => Err(Misfit::new("be `true` or `false`").but_text(text)),
        },
        _ => Err(Misfit::of(value, to)),
    }
}

fn convert_sequence(value: &Value, to: &Type, element: &Type) -> Result<Value, Misfit> {
    let (own, items): (Option<&Type>, &[Value]) = match &value.data {
        Data::List(sequence) | Data::Set(sequence) => (Some(&sequence.element), &sequence.items),
        Data::Tuple(items) => (None, items),
        _ => return Err(Misfit::of(value, to)),
    };
    let is_set = matches!(to, Type::Set(_));
    let same_kind = is_set == matches!(value.data, Data::Set(_));
    if same_kind && own.is_some_and(|own| own == element || *element == Type::Dynamic) {
        return Ok(value.clone());
    }
    fits_when_empty(value, (own, items.len()), (element, to))?;
    let converted = items
        .iter()
        .enumerate()
        .map(|(at, item)| convert(item, element).map_err(|misfit| misfit.inside(&format!("[{at}]"))));
    let converted = converted.collect::<Result<Vec<_>, _>>()?;
    let Some((element, items)) = common(converted, (element, own), element_of_list)? else {
        return Ok(Value::unknown(to.clone()));
    };
    Ok(if is_set { Value::set(element, items) } else { Value::list(element, items) })
}

/// An empty collection still has an element type, and that one must fit.
fn fits_when_empty(
    value: &Value,
    (own, count): (Option<&Type>, usize),
    (element, to): (&Type, &Type),
) -> Result<(), Misfit> {
    match own {
        Some(own) if count == 0 && !can_convert(own, element, Casts::Any) => Err(Misfit::of(value, to)),
        _ => Ok(()),
    }
}

/// Brings elements to one type where the wanted type leaves it open, to what `unified` says of theirs. `None` if that
/// hangs on something unknown.
fn common(
    items: Vec<Value>,
    (wanted, own): (&Type, Option<&Type>),
    unified: fn(&[Type]) -> Option<Type>,
) -> Result<Option<(Type, Vec<Value>)>, Misfit> {
    if !wanted.has_dynamic() {
        return Ok(Some((wanted.clone(), items)));
    }
    if items.is_empty() {
        return Ok(Some((own.map_or_else(|| wanted.clone(), |own| merged(own, wanted)), items)));
    }
    let types: Vec<Type> = items.iter().map(Value::type_of).collect();
    match unified(&types) {
        Some(element) => {
            let items = items.iter().map(|item| convert(item, &element)).collect::<Result<_, _>>()?;
            Ok(Some((element, items)))
        }
        None if items.iter().all(Value::is_wholly_known) => Err(Misfit::new("have elements of one type")),
        None => Ok(None),
    }
}

fn convert_map(value: &Value, to: &Type, element: &Type) -> Result<Value, Misfit> {
    let own = match &value.data {
        Data::Map(mapping) => Some(&mapping.element),
        Data::Object(_) => None,
        _ => return Err(Misfit::of(value, to)),
    };
    if own.is_some_and(|own| own == element || *element == Type::Dynamic) {
        return Ok(value.clone());
    }
    fits_when_empty(value, (own, value.entries().map_or(0, BTreeMap::len)), (element, to))?;
    let entries = value.entries().into_iter().flatten();
    let mut keys = Vec::new();
    let mut items = Vec::new();
    for (key, item) in entries {
        items.push(convert(item, element).map_err(|misfit| misfit.inside(&format!("[{key:?}]")))?);
        keys.push(key.clone());
    }
    let Some((element, items)) = common(items, (element, own), element_of_map)? else {
        return Ok(Value::unknown(to.clone()));
    };
    Ok(Value::map(element, keys.into_iter().zip(items).collect()))
}

fn convert_tuple(value: &Value, to: &Type, elements: &[Type]) -> Result<Value, Misfit> {
    let Data::Tuple(items) = &value.data else { return Err(Misfit::of(value, to)) };
    if items.len() != elements.len() {
        return Err(Misfit::new(format!("have {} elements", elements.len())).but(items.len().to_string()));
    }
    let converted = items.iter().zip(elements).enumerate().map(|(at, (item, element))| {
        convert(item, element).map_err(|misfit| misfit.inside(&format!("[{at}]")))
    });
    Ok(Value::tuple(converted.collect::<Result<Vec<_>, _>>()?))
}

fn convert_object(value: &Value, to: &Type, attributes: &BTreeMap<Arc<str>, Type>) -> Result<Value, Misfit> {
    let Some(entries) = value.entries() else { return Err(Misfit::of(value, to)) };
    let converted = attributes.iter().map(|(name, kind)| {
        let Some(item) = entries.get(name) else {
            return Err(Misfit::new(format!("have an attribute `{name}`")));
        };
        let item = convert(item, kind).map_err(|misfit| misfit.inside(&format!(".{name}")))?;
        Ok((name.clone(), item))
    });
    Ok(Value::object(converted.collect::<Result<Vec<_>, _>>()?))
}

/// The type of a null or unknown after conversion: what `to` leaves open is taken from `from`.
fn merged(from: &Type, to: &Type) -> Type {
    match (from, to) {
        (_, Type::Dynamic) => from.clone(),
        (_, Type::List(element)) => Type::list(merged_element(from, element)),
        (_, Type::Set(element)) => Type::set(merged_element(from, element)),
        (_, Type::Map(element)) => Type::map(merged_element(from, element)),
        _ => to.clone(),
    }
}

fn merged_element(from: &Type, element: &Type) -> Type {
    if !element.has_dynamic() {
        return element.clone();
    }
    let own = match from {
        Type::List(own) | Type::Set(own) | Type::Map(own) => Some((**own).clone()),
        Type::Tuple(elements) => unify(elements, Casts::Safe),
        Type::Object(attributes) => unify(&attributes.values().cloned().collect::<Vec<_>>(), Casts::Safe),
        _ => None,
    };
    own.map_or_else(|| element.clone(), |own| merged(&own, element))
}

/// Whether values of one type become values of the other: all of them (`Safe`), or at least some (`Any`).
#[must_use]
pub fn can_convert(from: &Type, to: &Type, casts: Casts) -> bool {
    let each = |from: &Type, to: &Type| can_convert(from, to, casts);
    match (from, to) {
        (_, Type::Dynamic) => true,
        (Type::Dynamic, _) => to.is_primitive() || casts == Casts::Any,
        (Type::Bool | Type::Number, Type::String) => true,
        (Type::String, Type::Bool | Type::Number) => casts == Casts::Any,
        (Type::List(from) | Type::Set(from), Type::List(to))
        | (Type::Set(from), Type::Set(to))
        | (Type::Map(from), Type::Map(to)) => each(from, to),
        (Type::List(from), Type::Set(to)) => casts == Casts::Any && each(from, to),
        (Type::Tuple(elements), Type::List(to) | Type::Set(to)) if **to == Type::Dynamic => {
            element_of_list(elements).is_some()
        }
        (Type::Tuple(elements), Type::List(to) | Type::Set(to)) => elements.iter().all(|own| each(own, to)),
        (Type::Object(attributes), Type::Map(to)) if **to == Type::Dynamic => {
            let open = attributes.values().any(|own| *own == Type::Dynamic);
            let casts = if open { Casts::Any } else { Casts::Safe };
            unify(&attributes.values().cloned().collect::<Vec<_>>(), casts).is_some()
        }
        (Type::Object(attributes), Type::Map(to)) => attributes.values().all(|own| each(own, to)),
        (Type::Tuple(from), Type::Tuple(to)) => {
            from.len() == to.len() && from.iter().zip(to.iter()).all(|(from, to)| each(from, to))
        }
        (Type::Object(from), Type::Object(to)) => {
            to.iter().all(|(name, kind)| from.get(name).is_some_and(|own| each(own, kind)))
        }
        (Type::Map(from), Type::Object(to)) => {
            casts == Casts::Any && to.values().all(|kind| each(from, kind))
        }
        _ => from == to,
    }
}

/// The type of the elements of a list made of these. Beside a structure, a bare null has none that fits.
fn element_of_list(types: &[Type]) -> Option<Type> {
    let common = unify(types, Casts::Safe)?;
    types
        .iter()
        .all(|own| *own == common || can_convert(own, &common, Casts::Safe) && common != Type::Dynamic)
        .then_some(common)
}

/// The type of the elements of a map made of these; a bare null beside structures of one type becomes one of them.
fn element_of_map(types: &[Type]) -> Option<Type> {
    let common = unify(types, Casts::Safe)?;
    let mut known = types.iter().filter(|own| **own != Type::Dynamic);
    match known.next() {
        Some(first) if common == Type::Dynamic => known.all(|other| other == first).then(|| first.clone()),
        _ => Some(common),
    }
}

#[cfg(test)]
mod tests {
    use super::convert;
    use crate::hcl::{Number, Type, Value};

    /// Conversions between known values are compared with Terraform in `tests/parity`.
    #[test]
    fn a_misfit_says_where_and_hides_what_is_sensitive() {
        let wanted = Type::object([("ports", Type::list(Type::Number))]);
        let misfit = |port: Value| {
            let value = Value::object([("ports", Value::tuple([Value::number(80), port]))]);
            convert(&value, &wanted).expect_err("does not fit").to_string()
        };
        assert_eq!(misfit(Value::string("ssh")), "`.ports[1]` must be a number, not \"ssh\"");
        assert_eq!(misfit(Value::string("ssh").with_mark(true)), "`.ports[1]` must be a number");
        assert_eq!(misfit(Value::tuple([])), "`.ports[1]` must be a number, not a tuple");
        let marked = Value::object([("ports", Value::strings(["ssh"]))]).with_mark(true);
        assert_eq!(
            convert(&marked, &wanted).map_err(|misfit| misfit.to_string()),
            Err("must be a number".into())
        );
        let missing = convert(&Value::object([("port", Value::number(1))]), &wanted);
        assert_eq!(
            missing.map_err(|misfit| misfit.to_string()),
            Err("must have an attribute `ports`".into())
        );
    }

    #[test]
    fn objects_lose_what_is_not_wanted_and_marks_stay() {
        let wanted = Type::object([("a", Type::String)]);
        let value = Value::object([("a", Value::number(1).with_mark(true)), ("b", Value::NULL)]);
        let expected = Value::object([("a", Value::string("1").with_mark(true))]);
        assert_eq!(convert(&value, &wanted), Ok(expected));
        let set = convert(&Value::tuple([Value::number(1).with_mark(true)]), &Type::set(Type::Dynamic));
        assert!(set.is_ok_and(|set| set.sensitive));
    }

    #[test]
    fn nulls_and_unknowns_take_the_type_they_are_asked_for() {
        let list = Type::list(Type::String);
        assert_eq!(convert(&Value::NULL, &list), Ok(Value::null(list.clone())));
        assert_eq!(convert(&Value::UNKNOWN, &Type::Number), Ok(Value::unknown(Type::Number)));
        let any_list = Type::list(Type::Dynamic);
        let tuple = Type::tuple([Type::Number, Type::String]);
        assert_eq!(convert(&Value::unknown(tuple), &any_list), Ok(Value::unknown(list)));
        assert!(convert(&Value::null(Type::Bool), &Type::Number).is_err());
        assert_eq!(convert(&Value::number(Number::ZERO), &Type::Dynamic), Ok(Value::number(0)));
    }
}
