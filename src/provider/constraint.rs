//! Constraints on versions, as `>= 1.2, < 2.0` or `~> 1.2`. Pure.

use super::contradiction::{self, Condition, Contradiction};
use super::version::{Attached, Version, VersionError};
use std::cmp::Ordering;

/// Conditions that must all hold.
#[derive(Clone, Debug)]
pub struct Constraints(Vec<Constraint>);

#[derive(Clone, Debug)]
struct Constraint {
    operator: Operator,
    bound: Version,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    /// `~>`: at least this, and only the last written number may grow.
    Pessimistic,
}

/// The longer spelling first, where one begins the other.
const OPERATORS: [(&str, Operator); 7] = [
    ("!=", Operator::NotEqual),
    (">=", Operator::GreaterEqual),
    ("<=", Operator::LessEqual),
    ("~>", Operator::Pessimistic),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
];

impl Constraints {
    /// Reads conditions with commas between them.
    ///
    /// # Errors
    /// When one is none; an empty text is none.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        let mut at = 0;
        let mut constraints = Vec::new();
        for part in text.split(',') {
            constraints.push(parse_one(part, at)?);
            at += part.len() + 1;
        }
        Ok(Self(constraints))
    }

    /// Whether the version meets all conditions. A prerelease meets `>=`, `<` and the like only beside a
    /// condition that names a prerelease of the same numbers.
    #[must_use]
    pub fn allows(&self, version: &Version) -> bool {
        self.0.iter().all(|constraint| constraint.allows(version))
    }

    /// Whether the version's numbers meet all conditions, whatever its prerelease: for the tool's own version.
    #[must_use]
    pub fn allows_core(&self, version: &Version) -> bool {
        self.allows(&version.core())
    }

    /// What keeps several constraints from holding together, if anything does: which of the texts have the two
    /// conditions that exclude each other.
    #[must_use]
    pub fn contradiction(texts: &[&Self]) -> Option<Contradiction<usize>> {
        let numbered = texts.iter().enumerate();
        let all: Vec<(usize, &Constraint)> = numbered
            .flat_map(|(text, constraints)| constraints.0.iter().map(move |one| (text, one)))
            .collect();
        let found = contradiction::find(&all, |chosen, version| {
            chosen.iter().all(|(_, constraint)| constraint.allows(version))
        });
        found.map(|found| found.map(|index| all[index].0))
    }
}

impl Condition for (usize, &Constraint) {
    fn bound(&self) -> &Version {
        &self.1.bound
    }
}

fn parse_one(part: &str, start: usize) -> Result<Constraint, VersionError> {
    let text = part.trim_start();
    let at = start + part.len() - text.len();
    if text.is_empty() {
        return Err(VersionError { at, problem: "a constraint is missing here" });
    }
    let found = OPERATORS.iter().find(|(sign, _)| text.starts_with(sign));
    let (sign, operator) = found.map_or(("", Operator::Equal), |(sign, operator)| (*sign, *operator));
    let rest = &text[sign.len()..];
    let bound = rest.trim_start();
    let at = at + sign.len() + rest.len() - bound.len();
    let bound = Version::parse_as(bound.trim_end(), Attached::Loosely)
        .map_err(|error| VersionError { at: at + error.at, problem: error.problem })?;
    Ok(Constraint { operator, bound })
}

impl Constraint {
    fn allows(&self, version: &Version) -> bool {
        let order = version.cmp(&self.bound);
        match self.operator {
            Operator::Equal => order.is_eq(),
            Operator::NotEqual => order.is_ne(),
            Operator::Greater => self.admits_prerelease(version) && order.is_gt(),
            Operator::GreaterEqual => self.admits_prerelease(version) && order.is_ge(),
            Operator::Less => self.admits_prerelease(version) && order.is_lt(),
            Operator::LessEqual => self.admits_prerelease(version) && order.is_le(),
            Operator::Pessimistic => self.admits_prerelease(version) && self.is_close(version, order),
        }
    }

    fn admits_prerelease(&self, version: &Version) -> bool {
        version.prerelease().is_empty()
            || !self.bound.prerelease().is_empty() && version.compare_segments(&self.bound).is_eq()
    }

    fn is_close(&self, version: &Version, order: Ordering) -> bool {
        let bound = self.bound.segments();
        if order.is_lt() || version.prerelease().is_empty() != self.bound.prerelease().is_empty() {
            return false;
        }
        // Three numbers count as written, zeroes in the place of missing ones; a fourth must be there.
        if bound.len() > version.segments().len().max(3) {
            return false;
        }
        let fixed = &bound[..bound.len() - 1];
        fixed.iter().enumerate().all(|(i, number)| version.segments().get(i).copied().unwrap_or(0) == *number)
    }
}

#[cfg(test)]
mod tests {
    use super::{Constraints, Contradiction};
    use crate::provider::Version;

    const CONSTRAINTS: [&str; 23] = [
        "1.2.3",
        "= 1.2.3",
        "!= 1.2.3",
        ">1.2.3",
        ">= 1.2",
        "< 2",
        "<=1.2.3",
        "~> 1.2",
        "~> 1.2.3",
        "~> 1",
        "~>1.2.3.4",
        ">= 1.2.3-beta1",
        "~> 1.2.3-beta1",
        "= 1.2.3-beta1",
        "> 1.0, < 2.0",
        "<= 1.2.3-beta2",
        "!= 1.2.3-beta1",
        ">=1.2.3+other",
        "=1.2.3+meta",
        "> 1.2.3-1",
        "~> 1.2.0-beta",
        "v1.2.3",
        ">= v1.2",
    ];

    /// Observed answers, one letter a constraint of the list above.
    #[test]
    fn versions_meet_constraints() {
        for (version, want) in [
            ("1.2.3", "TT..TTTTTT.T..T.TTTT.TT"),
            ("1.2", "..T.TTTT.T....TTT.....T"),
            ("1", "..T..TT..T.....TT......"),
            ("1.2.3-beta1", "..T........TTT.T...T..."),
            ("1.2.3-beta2", "..T........TT..TT..T..."),
            ("1.2.3+meta", "TT..TTTTTT.T..T.TTTT.TT"),
            ("1.2.3.4", "..TTTT.TTTTT..T.TT.T..T"),
            ("v1.2.3", "TT..TTTTTT.T..T.TTTT.TT"),
            ("1.10.0", "..TTTT.T.T.T..T.TT.T..T"),
            ("0.12.0", "..T..TT........TT......"),
            ("1.2.3-rc.1", "..T........TT...T..T..."),
            ("1.2.3-1", "..T............TT......"),
            ("1.3.0-alpha", "..T.............T......"),
            ("2.0.0", "..TTT....T.T....TT.T..T"),
            ("1.2.0-beta", "..T.............T...T.."),
        ] {
            let version = Version::parse(version).unwrap();
            for (constraint, want) in CONSTRAINTS.iter().zip(want.chars()) {
                let allowed = Constraints::parse(constraint).unwrap().allows(&version);
                assert_eq!(allowed, want == 'T', "{version} {constraint}");
            }
        }
    }

    #[test]
    fn odd_corners_are_as_observed() {
        for (version, constraint, want) in [
            ("1.2.3-a", "> 1.2.3-a.b", true),
            ("1.2.3-a", "> 1.2.3-a.1", false),
            ("1.2.3-2", "< 1.2.3-10", true),
            ("1.2.3-2", "< 1.2.3-a", true),
            ("1.2.3-B", "< 1.2.3-a", true),
            ("1.2.3", "~> 1.2beta1", false),
            ("1.2.0-beta1", ">= 1.2beta1", true),
            ("1.2.3", ">= 1.2~x", true),
            ("1.2.3", ">= 1.2.3-", true),
            ("1.2.3.4.5", ">= 1.2", true),
            ("1.2.3", "= 1.2.3.0", true),
            ("1.2", "~> 1.2.0", true),
            ("1.2", "~> 1.1.0.0", false),
            ("1.2.3-beta1", "~> 1.2.3-alpha", true),
            ("1.2.4-beta1", "~> 1.2.3-alpha", false),
            ("1.2.3", "\t>=\n1.2 , < 2 ", true),
            ("1.2.3--x", ">= 0", false),
        ] {
            let allowed = Constraints::parse(constraint).unwrap().allows(&Version::parse(version).unwrap());
            assert_eq!(allowed, want, "{version} {constraint}");
        }
    }

    #[test]
    fn the_tools_own_prerelease_does_not_count() {
        let constraints = Constraints::parse(">= 1.1").unwrap();
        let version = Version::parse("1.1.3-dev+abc").unwrap();
        assert_eq!((constraints.allows(&version), constraints.allows_core(&version)), (false, true));
    }

    #[test]
    fn texts_that_exclude_each_other_are_named() {
        for (texts, want) in [
            (&[">= 1.5", "~> 1.11"][..], None),
            (&[">= 1.5", "!= 1.6", "< 1.5"], Some(Contradiction::Pair(0, 2))),
            (&["~> 1.5.0", ">= 1.6"], Some(Contradiction::Pair(0, 1))),
            (&["1.5.7"], None),
            (&[">= 1.2.3-beta1, < 1.2.3"], Some(Contradiction::Pair(0, 0))),
            (&["> 1.5.7.1"], None),
        ] {
            let parsed: Vec<Constraints> =
                texts.iter().map(|text| Constraints::parse(text).unwrap()).collect();
            assert_eq!(Constraints::contradiction(&parsed.iter().collect::<Vec<_>>()), want, "{texts:?}");
        }
    }

    #[test]
    fn faults_have_their_place() {
        for (text, at) in [
            ("", 0),
            (",", 0),
            (">= ", 3),
            ("=> 1.2", 1),
            ("1.2.3,", 6),
            ("~ 1.2", 0),
            ("^1.2", 0),
            (">=1.2 <2", 5),
            ("> 1, 1.x", 7),
            ("*", 0),
            ("latest", 0),
            ("== 1.2.3", 1),
            ("<> 1", 1),
            (">= 1.2,, < 2", 7),
            ("1.2.", 4),
            ("1..2", 2),
        ] {
            assert_eq!(Constraints::parse(text).unwrap_err().at, at, "{text}");
        }
    }
}
