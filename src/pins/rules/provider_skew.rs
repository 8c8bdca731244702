//! `pin/provider-skew`: within an environment, a provider has one version. Units that were not picked have a say in which one.

use crate::pins::finding::{Finding, Place};
use crate::pins::policy::EnvironmentId;
use crate::pins::rule::{Cx, Findings, Rule};
use crate::pins::survey::LockText;
use crate::provider::{ProviderAddress, Version};
use std::collections::BTreeMap;

/// Those that lock each version of a provider.
type Versions<'a> = BTreeMap<&'a Version, Holders>;

/// Those that lock one version.
#[derive(Debug, Default)]
struct Holders {
    units: Vec<usize>,
    /// How many units do that were not picked.
    others: usize,
}

impl Holders {
    fn count(&self) -> usize {
        self.units.len() + self.others
    }

    fn told(&self) -> String {
        if self.count() == 1 { "1 unit".to_owned() } else { format!("{} units", self.count()) }
    }
}

pub fn check(rule: &'static Rule, cx: &Cx<'_>, findings: &mut Findings) {
    for ((environment, address), versions) in gather(cx) {
        if versions.len() < 2 {
            continue;
        }
        // Most units are right; of two halves, the newer one.
        let usual = versions.iter().max_by_key(|(version, holders)| (holders.count(), *version));
        let Some(usual) = usual else { continue };
        for odd in versions.iter().filter(|(version, _)| *version != usual.0) {
            findings.extend(skew(rule, (cx, environment, address), (odd, usual)));
        }
    }
}

type Gathered<'a> = BTreeMap<(EnvironmentId, &'a ProviderAddress), Versions<'a>>;

fn gather<'a>(cx: &Cx<'a>) -> Gathered<'a> {
    let mut found = Gathered::new();
    for (index, unit) in cx.survey.units.iter().enumerate() {
        let (LockText::Read { lock, .. }, Some(environment)) = (&unit.lock, cx.environments.get(index))
        else {
            continue;
        };
        for (address, locked) in &lock.providers {
            let versions = found.entry((*environment, address)).or_default();
            versions.entry(&locked.version).or_default().units.push(index);
        }
    }
    for other in &cx.survey.others {
        let environment = cx.policy.environment_of(&other.dir);
        for (address, version) in &other.versions {
            // Only what picked units lock, too.
            if let Some(versions) = found.get_mut(&(environment, address)) {
                versions.entry(version).or_default().others += 1;
            }
        }
    }
    found
}

type Locked<'a> = (&'a &'a Version, &'a Holders);

fn skew(
    rule: &'static Rule,
    (cx, environment, address): (&Cx<'_>, EnvironmentId, &ProviderAddress),
    ((version, holders), (usual, most)): (Locked<'_>, Locked<'_>),
) -> Option<Finding> {
    let place = |holders: &Holders| {
        let unit = cx.survey.units.get(*holders.units.first()?)?;
        let LockText::Read { lock, .. } = &unit.lock else { return None };
        let span = lock.providers.get(address)?.places.as_ref().map(|places| places.version);
        Some((unit.lock_path.clone(), span))
    };
    // What only others lock is not the matter of those that were picked.
    let (file, span) = place(holders)?;
    let within = match cx.policy.name_of(environment) {
        "" => String::new(),
        name => format!(" in \"{name}\""),
    };
    let message = format!(
        "{address} has several versions{within}: {} lock {version}, {} lock {usual}",
        holders.told(),
        most.told()
    );
    let finding = Finding::new(rule, Place { file, span }, message)
        .of_units(&holders.units)
        .in_environment(environment);
    let finding = finding.about(format!("provider {address}")).under("not the usual version");
    let finding = finding.hint(format!("bring all of them to one version, such as {usual}"));
    Some(match place(most) {
        Some((_, Some(span))) => finding.and(span, "the usual version"),
        _ => finding,
    })
}
