//! Constraints on a provider's version. They look like those on modules and tools, and are another language: three
//! numbers at most, no `v`, and a prerelease is only ever taken when it is asked for by its whole name. Pure.

mod moved;

use super::constraint::Constraints;
use super::contradiction::{self, Condition, Contradiction};
use super::version::{Attached, Version, VersionError};
use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;

/// Conditions that must all hold; prints as terraform writes them into a lock file. None at all allow every release.
#[derive(Clone, Debug, Default)]
pub struct ProviderConstraints(Vec<ProviderConstraint>);

/// One condition.
#[derive(Clone, Debug)]
struct ProviderConstraint {
    operator: Operator,
    bound: Version,
    /// Where in its text it stands.
    at: Range<usize>,
}

/// In the order in which terraform writes them where the versions are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Operator {
    Greater,
    GreaterEqual,
    Equal,
    /// `~> 1.2.3`
    SamePatches,
    /// `~> 1.2`
    SameMinors,
    LessEqual,
    Less,
    NotEqual,
}

/// The longer spelling first, where one begins the other. `~>` is told apart by the numbers after it.
const OPERATORS: [(&str, Operator); 7] = [
    (">=", Operator::GreaterEqual),
    ("<=", Operator::LessEqual),
    ("!=", Operator::NotEqual),
    ("~>", Operator::SamePatches),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
];

/// How tight constraints are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tightness {
    /// Any later version will do.
    Open,
    /// There is an upper end.
    Bounded,
    /// One version.
    Exact,
}

/// A condition of one of several texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Which of the texts.
    pub text: usize,
    /// Where in it.
    pub at: Range<usize>,
    /// As terraform writes it.
    pub shown: String,
}

impl ProviderConstraints {
    /// Reads conditions with commas between them.
    ///
    /// # Errors
    /// When one is none; an empty text is none.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        // terraform reads them as it reads those of modules, before it reads them as its own.
        Constraints::parse(text)?;
        let mut start = 0;
        let mut constraints = Vec::new();
        for part in text.split(',') {
            constraints.push(parse_one(part, start)?);
            start += part.len() + 1;
        }
        Ok(Self(constraints))
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the conditions of another file or module.
    pub fn add(&mut self, other: &Self) {
        self.0.extend(other.0.iter().cloned());
    }

    /// Whether the version meets all conditions.
    #[must_use]
    pub fn allows(&self, version: &Version) -> bool {
        allow(&self.0.iter().collect::<Vec<_>>(), version)
    }

    /// The newest of the versions that meets all conditions.
    #[must_use]
    pub fn newest<'a>(&self, versions: impl IntoIterator<Item = &'a Version>) -> Option<&'a Version> {
        let allowed = versions.into_iter().filter(|version| self.allows(version));
        allowed.max_by(|a, b| a.precedence(b))
    }

    /// How tight all of them together are.
    #[must_use]
    pub fn tightness(&self) -> Tightness {
        let of = |constraint: &ProviderConstraint| match constraint.operator {
            Operator::Equal => Tightness::Exact,
            Operator::SamePatches | Operator::SameMinors | Operator::Less | Operator::LessEqual => {
                Tightness::Bounded
            }
            Operator::Greater | Operator::GreaterEqual | Operator::NotEqual => Tightness::Open,
        };
        self.0.iter().map(of).max().unwrap_or(Tightness::Open)
    }

    /// The version that is meant, where it is one and the same for all to see.
    #[must_use]
    pub fn exact(&self) -> Option<&Version> {
        self.0.iter().find(|constraint| constraint.operator == Operator::Equal).map(|one| &one.bound)
    }

    /// What keeps several constraints from holding together, if anything does.
    #[must_use]
    pub fn contradiction(texts: &[&Self]) -> Option<Contradiction<Piece>> {
        let numbered = texts.iter().enumerate();
        let all: Vec<(usize, &ProviderConstraint)> = numbered
            .flat_map(|(text, constraints)| constraints.0.iter().map(move |one| (text, one)))
            .collect();
        let found = contradiction::find(&all, |chosen, version| {
            allow(&chosen.iter().map(|(_, one)| *one).collect::<Vec<_>>(), version)
        });
        let piece = |index: usize| {
            let (text, one) = all[index];
            Piece { text, at: one.at.clone(), shown: one.to_string() }
        };
        found.map(|found| found.map(piece))
    }
}

/// Whether a version meets conditions: a prerelease must be named by one of them.
fn allow(constraints: &[&ProviderConstraint], version: &Version) -> bool {
    let is_named = |one: &&ProviderConstraint| one.operator == Operator::Equal && one.bound.is_same(version);
    let may_be = version.prerelease().is_empty() || constraints.iter().any(is_named);
    may_be && constraints.iter().all(|one| one.allows(version))
}

impl Condition for (usize, &ProviderConstraint) {
    fn bound(&self) -> &Version {
        &self.1.bound
    }
}

fn parse_one(part: &str, start: usize) -> Result<ProviderConstraint, VersionError> {
    let text = part.trim();
    let start = start + part.len() - part.trim_start().len();
    let found = OPERATORS.iter().find(|(sign, _)| text.starts_with(sign));
    let (sign, operator) = found.map_or(("", Operator::Equal), |(sign, operator)| (*sign, *operator));
    let rest = &text[sign.len()..];
    let bound = rest.strip_prefix(' ').filter(|_| !sign.is_empty()).unwrap_or(rest);
    let at = start + text.len() - bound.len();
    let fault = |at: usize, problem: &'static str| VersionError { at, problem };
    if bound.starts_with(|c: char| c.is_whitespace()) {
        return Err(fault(at, "at most one space may stand here"));
    }
    if bound.starts_with('v') {
        return Err(fault(at, "a provider's version is written without `v`"));
    }
    let bound = Version::parse_as(bound, Attached::ByDash)
        .map_err(|error| VersionError { at: at + error.at, problem: error.problem })?;
    let operator = match (operator, bound.segments().len()) {
        (_, 4..) => return Err(fault(at, "a provider's version has three numbers at most")),
        (Operator::SamePatches, 1 | 2) => Operator::SameMinors,
        (operator, _) => operator,
    };
    Ok(ProviderConstraint { operator, bound, at: start..start + text.len() })
}

impl ProviderConstraint {
    fn allows(&self, version: &Version) -> bool {
        let order = version.precedence(&self.bound);
        match self.operator {
            Operator::Equal => version.is_same(&self.bound),
            Operator::NotEqual => !version.is_same(&self.bound),
            Operator::Greater => order.is_gt(),
            Operator::GreaterEqual => order.is_ge(),
            Operator::Less => order.is_lt(),
            Operator::LessEqual => order.is_le(),
            Operator::SamePatches | Operator::SameMinors => {
                order.is_ge() && version.precedence(&self.ceiling()).is_lt()
            }
        }
    }

    /// The first version that `~>` does not allow any more.
    fn ceiling(&self) -> Version {
        let [major, minor, _] = self.bound.triple();
        match self.operator {
            Operator::SamePatches => Version::release([major, minor.saturating_add(1), 0]),
            _ => Version::release([major.saturating_add(1), 0, 0]),
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        let by_version = self.bound.precedence(&other.bound);
        let by_metadata = || self.bound.metadata().cmp(other.bound.metadata());
        by_version.then_with(by_metadata).then(self.operator.cmp(&other.operator))
    }
}

impl fmt::Display for ProviderConstraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.operator {
            Operator::Greater => "> ",
            Operator::GreaterEqual => ">= ",
            Operator::Equal => "",
            Operator::SamePatches | Operator::SameMinors => "~> ",
            Operator::LessEqual => "<= ",
            Operator::Less => "< ",
            Operator::NotEqual => "!= ",
        };
        if self.operator != Operator::SameMinors {
            return write!(f, "{sign}{}", self.bound);
        }
        let [major, minor, _] = self.bound.triple();
        write!(f, "{sign}{major}.{minor}{}", self.bound.suffix())
    }
}

/// By version, then by operator, each once: what is written does not depend on where it was read.
impl fmt::Display for ProviderConstraints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted: Vec<&ProviderConstraint> = self.0.iter().collect();
        sorted.sort_by(|a, b| a.order(b));
        sorted.dedup_by(|a, b| a.order(b).is_eq());
        for (at, constraint) in sorted.into_iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{constraint}")?;
        }
        Ok(())
    }
}

impl PartialEq for ProviderConstraints {
    fn eq(&self, other: &Self) -> bool {
        let alike = |(a, b): (&ProviderConstraint, &ProviderConstraint)| {
            a.operator == b.operator && a.bound.is_written_like(&b.bound)
        };
        // Most are the same text in two places.
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(alike)
            || self.to_string() == other.to_string()
    }
}

impl Eq for ProviderConstraints {}

#[cfg(test)]
mod tests;
