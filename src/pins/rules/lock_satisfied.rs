//! `pin/lock-satisfied`: the locked version is one that the code allows, and the constraints in the lock file are those of
//! the code: tools that renew lock files go by them.

use super::locks::{self, Locking};
use crate::pins::finding::{Finding, Fix};
use crate::pins::rule::{Cx, Findings, Rule};
use crate::provider::lock_file::{Places, ProviderLock};
use crate::provider::needed::Needed;
use crate::provider::{ProviderAddress, ProviderConstraints};
use std::collections::HashMap;

pub fn check(rule: &'static Rule, cx: &Cx<'_>, findings: &mut Findings) {
    // What a tree of modules says together is the same for all that run it.
    let mut all_merged: HashMap<*const Needed, ProviderConstraints> = HashMap::new();
    for locking in locks::each(rule, cx) {
        let (Some(needs), Some(lock)) = (locking.needs, locking.sound()) else { continue };
        for (address, needed) in &needs.providers {
            let Some(entry) = lock.providers.get(address) else { continue };
            let Some(places) = &entry.places else { continue };
            let merged = &*all_merged.entry(needed).or_insert_with(|| needed.merged());
            let refused = refused(&locking, (address, needed, merged), (entry, places));
            // What is wrong in one module is known without the others; what they say together is not.
            let found = match refused {
                None if needs.is_whole => other_constraints(&locking, (address, merged), (entry, places)),
                refused => refused,
            };
            findings.extend(found);
        }
    }
}

fn refused(
    locking: &Locking<'_>,
    (address, needed, merged): (&ProviderAddress, &Needed, &ProviderConstraints),
    (entry, places): (&ProviderLock, &Places),
) -> Option<Finding> {
    // A prerelease is allowed by what all say together.
    if merged.allows(&entry.version) {
        return None;
    }
    let name = locking.short(address);
    let version = &entry.version;
    let message = format!("{name} is locked at {version}, and the code does not allow that");
    let finding = locking.at(places.version, message).about(name);
    let refusing = needed.wanted.iter().filter(|wanted| !wanted.constraints.allows(version));
    let finding = refusing.fold(finding, |finding, wanted| {
        finding.and(wanted.said.span, format!("`{}` is wanted here", wanted.constraints))
    });
    Some(
        finding
            .hint("change the constraint, or move the lock with `terrace pins upgrade` or `init -upgrade`"),
    )
}

fn other_constraints(
    locking: &Locking<'_>,
    (address, merged): (&ProviderAddress, &ProviderConstraints),
    (entry, places): (&ProviderLock, &Places),
) -> Option<Finding> {
    if *merged == entry.constraints {
        return None;
    }
    let name = locking.short(address);
    let shown = |constraints: &ProviderConstraints| match constraints.is_empty() {
        true => "none".to_owned(),
        false => format!("`{constraints}`"),
    };
    let message = format!("the constraints on {name} in the lock file are not those of the code");
    let at = places.constraints.unwrap_or(places.header);
    let label = format!("{} here, {} in the code", shown(&entry.constraints), shown(merged));
    let finding = locking.at(at, message).under(label).about(name.clone());
    let title = format!("write the constraints of the code for {name}");
    let fix = match places.constraints.filter(|_| !merged.is_empty()) {
        Some(span) => Some(Fix::one(title, span, format!("\"{merged}\""))),
        None => locking.rewritten(title, |lock| {
            if let Some(entry) = lock.providers.get_mut(address) {
                entry.constraints = merged.clone();
            }
        }),
    };
    Some(
        finding
            .fix(fix)
            .hint("`init` writes them anew; so does `--fix`, which changes no version and no hash"),
    )
}
