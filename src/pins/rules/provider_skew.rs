//! `pin/provider-skew`: within an environment, a provider has one version.

use crate::pins::finding::{Finding, Place};
use crate::pins::policy::EnvironmentId;
use crate::pins::rule::{Cx, Findings, Rule};
use crate::pins::survey::LockText;
use crate::provider::{ProviderAddress, Version};
use std::collections::BTreeMap;

/// The units that lock each version of a provider.
type Versions = BTreeMap<Version, Vec<usize>>;

pub fn check(rule: &'static Rule, cx: &Cx<'_>, findings: &mut Findings) {
    for ((environment, address), versions) in gather(cx) {
        if versions.len() < 2 {
            continue;
        }
        // Most units are right; of two halves, the newer one.
        let usual = versions.iter().max_by_key(|(version, units)| (units.len(), *version));
        let Some((usual, most)) = usual else { continue };
        for (version, units) in versions.iter().filter(|(version, _)| *version != usual) {
            findings.extend(skew(
                rule,
                (cx, environment, address),
                ((version, units.as_slice()), (usual, most.as_slice())),
            ));
        }
    }
}

fn gather<'a>(cx: &Cx<'a>) -> BTreeMap<(EnvironmentId, &'a ProviderAddress), Versions> {
    let mut found: BTreeMap<(EnvironmentId, &ProviderAddress), Versions> = BTreeMap::new();
    for (index, unit) in cx.survey.units.iter().enumerate() {
        let (LockText::Read { lock, .. }, Some(environment)) = (&unit.lock, cx.environments.get(index))
        else {
            continue;
        };
        for (address, locked) in &lock.providers {
            let versions = found.entry((*environment, address)).or_default();
            versions.entry(locked.version.clone()).or_default().push(index);
        }
    }
    found
}

type Locked<'a> = (&'a Version, &'a [usize]);

fn skew(
    rule: &'static Rule,
    (cx, environment, address): (&Cx<'_>, EnvironmentId, &ProviderAddress),
    ((version, units), (usual, most)): (Locked<'_>, Locked<'_>),
) -> Option<Finding> {
    let place = |(_, units): Locked<'_>| {
        let unit = cx.survey.units.get(*units.first()?)?;
        let LockText::Read { lock, .. } = &unit.lock else { return None };
        let span = lock.providers.get(address)?.places.as_ref().map(|places| places.version);
        Some((unit.lock_path.clone(), span))
    };
    let (file, span) = place((version, units))?;
    let within = match cx.policy.name_of(environment) {
        "" => String::new(),
        name => format!(" in \"{name}\""),
    };
    let message = format!(
        "{address} has several versions{within}: {} lock {version}, {} lock {usual}",
        count(units),
        count(most)
    );
    let finding =
        Finding::new(rule, Place { file, span }, message).of_units(units).in_environment(environment);
    let finding = finding.about(format!("provider {address}")).under("not the usual version");
    let finding = finding.hint(format!("bring all of them to one version, such as {usual}"));
    Some(match place((usual, most)) {
        Some((_, Some(span))) => finding.and(span, "the usual version"),
        _ => finding,
    })
}

fn count(units: &[usize]) -> String {
    if units.len() == 1 { "1 unit".to_owned() } else { format!("{} units", units.len()) }
}
