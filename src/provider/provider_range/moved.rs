//! Constraints that are to allow another version, changed no more than that needs: what allows it stays, to the letter.

use super::{Operator, ProviderConstraint, ProviderConstraints};
use crate::provider::version::Version;

impl ProviderConstraints {
    /// The text of these constraints, changed so that it allows a version; `None` if no change can: it is excluded by
    /// name, or a prerelease that nothing names. The text must be the one that they were read from.
    #[must_use]
    pub fn moved_to(text: &str, version: &Version) -> Option<String> {
        let constraints = Self::parse(text).ok()?;
        let mut new = text.to_owned();
        // From the end, so that earlier places stay right.
        for one in constraints.0.iter().rev().filter(|one| !one.allows(version)) {
            let old = text.get(one.at.clone())?;
            new.replace_range(one.at.clone(), &one.moved(old, version)?);
        }
        Self::parse(&new).ok().filter(|new| new.allows_in_company(version)).map(|_| new)
    }

    /// Whether they allow a version, if it is a prerelease beside others that name it.
    #[must_use]
    pub fn allows_in_company(&self, version: &Version) -> bool {
        self.0.iter().all(|one| one.allows(version))
    }
}

impl ProviderConstraint {
    /// The condition as it was written, with another version.
    fn moved(&self, written: &str, version: &Version) -> Option<String> {
        let digits = written.find(|c: char| c.is_ascii_digit())?;
        let sign = &written[..digits];
        let count = self.bound.segments().len();
        let [major, minor, patch] = version.triple();
        let bound = match self.operator {
            Operator::NotEqual => return None,
            Operator::Equal | Operator::LessEqual => version.to_string(),
            Operator::SamePatches => format!("{major}.{minor}.{patch}{}", version.suffix()),
            Operator::SameMinors => numbers(&[major, minor], count),
            Operator::GreaterEqual => version.to_string(),
            // Above what is below it: the version itself must be allowed.
            Operator::Greater => return Some(format!(">= {version}")),
            Operator::Less => self.next_bound([major, minor, patch], count),
        };
        Some(format!("{sign}{bound}"))
    }

    /// The next upper end of the same coarseness: `< 6.0` becomes `< 7.0`, and for 6.2.1, `< 5.4` becomes `< 6.3`.
    fn next_bound(&self, [major, minor, patch]: [u64; 3], count: usize) -> String {
        match self.bound.triple() {
            [_, 0, 0] => numbers(&[major.saturating_add(1), 0, 0], count),
            [_, _, 0] => numbers(&[major, minor.saturating_add(1), 0], count),
            _ => numbers(&[major, minor, patch.saturating_add(1)], count),
        }
    }
}

/// As many of the numbers as were written.
fn numbers(all: &[u64], count: usize) -> String {
    let shown: Vec<String> = all.iter().take(count).map(u64::to_string).collect();
    shown.join(".")
}

#[cfg(test)]
mod tests {
    use super::ProviderConstraints;
    use crate::provider::Version;

    #[test]
    fn constraints_move_no_further_than_they_must() {
        for (text, version, want) in [
            ("~> 5.1", "5.9.0", Some("~> 5.1")),
            ("~> 5.1", "6.2.3", Some("~> 6.2")),
            ("~>5", "6.2.3", Some("~>6")),
            ("~> 5.1.0", "5.2.3", Some("~> 5.2.3")),
            ("5.1.0", "5.2.0", Some("5.2.0")),
            ("= 5.1", "5.2.0", Some("= 5.2.0")),
            (">= 5.0,  < 6.0", "6.2.0", Some(">= 5.0,  < 7.0")),
            (">= 5.0, <6", "6.2.0", Some(">= 5.0, <7")),
            (">= 5.0, < 5.4.0", "5.4.1", Some(">= 5.0, < 5.5.0")),
            ("< 5.4.7", "5.4.7", Some("< 5.4.8")),
            ("<= 5.4", "5.5.0", Some("<= 5.5.0")),
            (">= 7.0", "6.1.0", Some(">= 6.1.0")),
            ("> 7", "6.1.0", Some(">= 6.1.0")),
            ("!= 6.1.0", "6.1.0", None),
            ("5.1.0", "6.0.0-beta1", Some("6.0.0-beta1")),
            (">= 5.0", "6.0.0", Some(">= 5.0")),
        ] {
            let version = Version::parse(version).unwrap();
            let moved = ProviderConstraints::moved_to(text, &version);
            assert_eq!(moved.as_deref(), want, "{text} {version}");
        }
    }
}
