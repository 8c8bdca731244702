//! The one type that several types can become: for the branches of a conditional, the elements of a list. What is
//! preferred when several would do is Terraform's choice, found by asking it.

use super::convert::{Casts, can_convert};
use super::types::Type;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The type that values of all these types convert to; `None` if there is none.
#[must_use]
pub fn unify(types: &[Type], casts: Casts) -> Option<Type> {
    let Some(first) = types.first() else { return Some(Type::Dynamic) };
    if types.iter().all(|other| other == first) {
        return Some(first.clone());
    }
    let kinds = Kinds::of(types);
    if kinds.objects > 0 && kinds.tuples > 0 {
        return None;
    }
    if kinds.maps > 0 && kinds.maps + kinds.objects == types.len() {
        return collected(types, casts, Type::map);
    }
    if kinds.lists > 0 && kinds.lists + kinds.tuples == types.len() {
        return collected(types, casts, Type::list);
    }
    if kinds.sets == types.len() {
        return unify_elements(types, casts).map(Type::set);
    }
    let structures = [kinds.maps, kinds.lists, kinds.sets, kinds.objects, kinds.tuples];
    if kinds.open > 0 && structures.iter().any(|count| *count > 0 && count + kinds.open == types.len()) {
        // What the open one will be decides.
        return Some(Type::Dynamic);
    }
    if kinds.objects == types.len() {
        return unify_objects(types, casts);
    }
    if kinds.tuples == types.len() {
        return unify_tuples(types, casts);
    }
    // If nothing else fits beside what is open, each may stay as it is.
    preferred(types, casts).or((kinds.open > 0 && casts == Casts::Any).then_some(Type::Dynamic))
}

/// A collection of the elements of all these, if each of these becomes one.
fn collected(types: &[Type], casts: Casts, collection: fn(Type) -> Type) -> Option<Type> {
    let common = collection(unify_elements(types, casts)?);
    types.iter().all(|one| can_convert(one, &common, casts)).then_some(common)
}

#[derive(Default)]
struct Kinds {
    maps: usize,
    objects: usize,
    lists: usize,
    tuples: usize,
    sets: usize,
    /// Those of which nothing is known.
    open: usize,
}

impl Kinds {
    fn of(types: &[Type]) -> Self {
        let mut kinds = Self::default();
        for one in types {
            match one {
                Type::Map(_) => kinds.maps += 1,
                Type::Object(_) => kinds.objects += 1,
                Type::List(_) => kinds.lists += 1,
                Type::Tuple(_) => kinds.tuples += 1,
                Type::Set(_) => kinds.sets += 1,
                Type::Dynamic => kinds.open += 1,
                Type::Bool | Type::Number | Type::String => {}
            }
        }
        kinds
    }
}

/// One type for all elements of all these collections.
fn unify_elements(types: &[Type], casts: Casts) -> Option<Type> {
    let mut elements = Vec::new();
    for one in types {
        match one {
            Type::List(element) | Type::Set(element) | Type::Map(element) => {
                elements.push((**element).clone())
            }
            Type::Tuple(items) => elements.extend(items.iter().cloned()),
            Type::Object(attributes) => elements.extend(attributes.values().cloned()),
            _ => return None,
        }
    }
    unify(&elements, casts)
}

/// Attribute by attribute if all have the same ones, and then not otherwise; else as maps.
fn unify_objects(types: &[Type], casts: Casts) -> Option<Type> {
    let all: Vec<&BTreeMap<Arc<str>, Type>> = types
        .iter()
        .filter_map(|one| match one {
            Type::Object(attributes) => Some(&**attributes),
            _ => None,
        })
        .collect();
    let first = all.first()?;
    if !all.iter().all(|other| other.keys().eq(first.keys())) {
        return collected(types, casts, Type::map);
    }
    let mut unified = BTreeMap::new();
    for name in first.keys() {
        let column: Vec<Type> = all.iter().filter_map(|one| one.get(name).cloned()).collect();
        unified.insert(name.clone(), unify(&column, casts)?);
    }
    Some(Type::Object(Arc::new(unified)))
}

/// Element by element if all are of one length, and then not otherwise; else as lists.
fn unify_tuples(types: &[Type], casts: Casts) -> Option<Type> {
    let all: Vec<&[Type]> = types
        .iter()
        .filter_map(|one| match one {
            Type::Tuple(elements) => Some(&**elements),
            _ => None,
        })
        .collect();
    let length = all.first()?.len();
    if !all.iter().all(|other| other.len() == length) {
        return collected(types, casts, Type::list);
    }
    let columns = (0..length).map(|at| {
        let column: Vec<Type> = all.iter().filter_map(|one| one.get(at).cloned()).collect();
        unify(&column, casts)
    });
    Some(Type::Tuple(columns.collect::<Option<_>>()?))
}

/// The first type, most general ones first, that all others convert to.
fn preferred(types: &[Type], casts: Casts) -> Option<Type> {
    let mut candidates: Vec<&Type> = types.iter().collect();
    // "Any" is no answer: each element would keep a type of its own.
    candidates.retain(|one| **one != Type::Dynamic);
    candidates.sort_by(|left, right| preference(left, right));
    let found = candidates.into_iter().find(|wanted| types.iter().all(|one| can_convert(one, wanted, casts)));
    found.cloned()
}

/// `Less` if `left` is to be tried first.
fn preference(left: &Type, right: &Type) -> Ordering {
    match (left, right) {
        (Type::List(left), Type::List(right))
        | (Type::Set(left), Type::Set(right))
        | (Type::Map(left), Type::Map(right)) => preference(left, right),
        _ => generality(left).cmp(&generality(right)),
    }
}

fn generality(one: &Type) -> u8 {
    match one {
        Type::String | Type::List(_) | Type::Map(_) => 0,
        Type::Bool | Type::Number | Type::Tuple(_) | Type::Object(_) => 1,
        Type::Set(_) => 2,
        Type::Dynamic => 3,
    }
}
