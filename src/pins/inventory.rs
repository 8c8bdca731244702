//! What an estate pins to what, and where: one row a pin. Plain data, made from a survey by others; knows no rule.

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What kind of thing is pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Tool,
    Provider,
    Module,
}

/// One pin.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Pin {
    pub kind: Kind,
    /// `terraform`, `registry.terraform.io/hashicorp/aws`, the address of a module without its version.
    pub name: String,
    /// The one version: what a lock file says, the reference of a source.
    pub version: Option<String>,
    /// What is asked for where that may be several versions.
    pub constraint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The unit or stack; none for what holds for a folder and all below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// From the working root.
    pub file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
}

impl Pin {
    /// What it is pinned to, as people say it.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.version.as_deref().or(self.constraint.as_deref()).unwrap_or("-")
    }
}

/// The versions of one thing, by environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Spread {
    pub kind: Kind,
    pub name: String,
    /// For each environment what things are pinned to, with the number of pins.
    pub environments: Counts,
    /// Whether there is more than one version.
    pub is_skewed: bool,
}

/// How many units of each environment have each version.
type Counts = BTreeMap<String, BTreeMap<String, usize>>;

/// What stands for the environment of a pin that has none.
pub const NOWHERE: &str = "-";

/// The spread of every provider and module; a constraint only counts where no lock file says more.
#[must_use]
pub fn spreads(pins: &[Pin]) -> Vec<Spread> {
    let mut found: BTreeMap<(Kind, &str), Counts> = BTreeMap::new();
    let counted: BTreeSet<&Pin> = pins.iter().filter(|pin| pin.kind != Kind::Tool).collect();
    for pin in counted.into_iter().filter(|pin| pin.version.is_some() || pin.constraint.is_some()) {
        let environment = pin.environment.as_deref().unwrap_or(NOWHERE).to_owned();
        let versions = found.entry((pin.kind, &pin.name)).or_default().entry(environment).or_default();
        *versions.entry(pin.shown().to_owned()).or_default() += 1;
    }
    let rows = found.into_iter().map(|((kind, name), environments)| {
        let versions: BTreeSet<&String> = environments.values().flat_map(BTreeMap::keys).collect();
        Spread { kind, name: name.to_owned(), is_skewed: versions.len() > 1, environments }
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::{Kind, Pin, spreads};

    fn pin(environment: &str, unit: &str, version: &str) -> Pin {
        Pin {
            kind: Kind::Provider,
            name: "aws".to_owned(),
            version: Some(version.to_owned()),
            constraint: None,
            environment: (!environment.is_empty()).then(|| environment.to_owned()),
            unit: Some(unit.to_owned()),
            file: format!("{unit}/.terraform.lock.hcl"),
            line: Some(1),
        }
    }

    #[test]
    fn versions_are_counted_by_environment() {
        let pins = [pin("dev", "a", "5.1.0"), pin("dev", "b", "5.1.0"), pin("prod", "c", "5.0.0")];
        let found = spreads(&pins);
        assert!(found[0].is_skewed);
        assert_eq!(found[0].environments["dev"]["5.1.0"], 2);
        assert_eq!(found[0].environments["prod"]["5.0.0"], 1);
        assert!(!spreads(&pins[..2])[0].is_skewed);
        assert_eq!(spreads(&[pin("", "a", "1")])[0].environments["-"]["1"], 1);
    }
}
