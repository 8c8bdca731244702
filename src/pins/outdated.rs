//! Which pins lag behind what there is. Pure: the versions that there are come from whoever asked a registry.

use super::inventory::{Kind, Pin};
use crate::provider::{Constraints, Version};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A thing that may have newer versions, with what the estate has of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub kind: Kind,
    pub name: String,
    /// What is pinned, each once.
    pub versions: BTreeSet<String>,
    pub constraints: BTreeSet<String>,
}

/// The things that the pins are about, each once.
#[must_use]
pub fn questions(pins: &[Pin]) -> Vec<Asked> {
    let mut found: BTreeMap<(Kind, &str), Asked> = BTreeMap::new();
    for pin in pins {
        let asked = found.entry((pin.kind, &pin.name)).or_insert_with(|| Asked {
            kind: pin.kind,
            name: pin.name.clone(),
            versions: BTreeSet::new(),
            constraints: BTreeSet::new(),
        });
        asked.versions.extend(pin.version.clone());
        asked.constraints.extend(pin.constraint.clone());
    }
    found.into_values().collect()
}

/// How pins stand to what there is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    pub kind: Kind,
    pub name: String,
    /// What is pinned, the lowest first.
    pub current: Vec<String>,
    /// The highest that every constraint of the estate allows.
    pub allowed: Option<String>,
    /// The highest release.
    pub latest: Option<String>,
    pub outdated: bool,
}

/// Compares with the versions that there are; what is no version, such as a tag that names none, is passed over.
#[must_use]
pub fn compare(asked: &Asked, there_are: &[String]) -> Standing {
    let mut released: Vec<(Version, &str)> = versions(there_are.iter().map(String::as_str));
    released.retain(|(version, _)| version.prerelease().is_empty());
    released.sort_by(|(left, _), (right, _)| left.cmp(right));
    let constraints: Option<Vec<Constraints>> =
        asked.constraints.iter().map(|text| Constraints::parse(text).ok()).collect();
    let allows = |version: &Version| {
        constraints.as_ref().is_some_and(|all| all.iter().all(|constraints| constraints.allows(version)))
    };
    let latest = released.last().map(|(_, text)| (*text).to_owned());
    let allowed =
        released.iter().rev().find(|(version, _)| allows(version)).map(|(_, text)| (*text).to_owned());
    let mut current: Vec<(Version, &str)> = versions(asked.versions.iter().map(String::as_str));
    current.sort_by(|(left, _), (right, _)| left.cmp(right));
    // Without a version, the constraint says what is had: what it allows.
    let had = current.first().map(|(version, _)| version.clone());
    let had = had.or_else(|| Version::parse(allowed.as_deref()?).ok());
    let outdated = match (&had, released.last()) {
        (Some(had), Some((newest, _))) => had < newest,
        _ => false,
    };
    let odd = asked.versions.iter().filter(|text| Version::parse(text).is_err()).cloned();
    let current = current.into_iter().map(|(_, text)| text.to_owned()).chain(odd).collect();
    Standing { kind: asked.kind, name: asked.name.clone(), current, allowed, latest, outdated }
}

fn versions<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<(Version, &'a str)> {
    texts.filter_map(|text| Some((Version::parse(text).ok()?, text))).collect()
}

#[cfg(test)]
mod tests {
    use super::{Asked, compare};
    use crate::pins::inventory::Kind;

    fn standing(pinned: &[&str], constraints: &[&str], there_are: &[&str]) -> String {
        let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
        let asked = Asked {
            kind: Kind::Provider,
            name: "aws".to_owned(),
            versions: texts(pinned),
            constraints: texts(constraints),
        };
        let all: Vec<String> = there_are.iter().map(|text| (*text).to_owned()).collect();
        let found = compare(&asked, &all);
        let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        format!(
            "{} {} {} {}",
            found.current.join(","),
            shown(&found.allowed),
            shown(&found.latest),
            found.outdated
        )
    }

    #[test]
    fn the_newest_release_and_the_newest_allowed_are_told() {
        let all = ["5.9.0", "5.10.0", "6.0.0", "6.1.0-beta1", "latest"];
        assert_eq!(standing(&["5.9.0"], &["~> 5.0"], &all), "5.9.0 5.10.0 6.0.0 true");
        assert_eq!(standing(&["6.0.0"], &[], &all), "6.0.0 6.0.0 6.0.0 false");
        assert_eq!(
            standing(&["5.10.0", "5.9.0"], &["~> 5.0", "< 5.10"], &all),
            "5.9.0,5.10.0 5.9.0 6.0.0 true"
        );
        assert_eq!(standing(&[], &["~> 5.0"], &all), " 5.10.0 6.0.0 true");
        assert_eq!(standing(&["v1.2.0"], &[], &["v1.2.0", "v1.10.0"]), "v1.2.0 v1.10.0 v1.10.0 true");
        assert_eq!(standing(&["main"], &[], &["v1.2.0"]), "main v1.2.0 v1.2.0 false");
        assert_eq!(standing(&["1.0.0"], &[], &[]), "1.0.0 - - false");
    }
}
