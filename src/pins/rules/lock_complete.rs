//! `pin/lock-complete`: a lock file has every provider that the tree of modules needs, and no other.

use super::locks::{self, Locking};
use crate::pins::finding::Finding;
use crate::pins::rule::{Cx, Findings, Rule};
use crate::provider::ProviderAddress;
use crate::provider::lock_file::ProviderLock;
use crate::provider::needed::Needed;

pub fn check(rule: &'static Rule, cx: &Cx<'_>, findings: &mut Findings) {
    for locking in locks::each(rule, cx) {
        // An entry that cannot be read is not the same as one that is missing.
        let (Some(needs), Some(lock)) = (locking.needs, locking.sound()) else { continue };
        let uncovered = needs.providers.iter().filter(|(address, _)| !lock.providers.contains_key(*address));
        findings.extend(uncovered.map(|(address, needed)| missing(&locking, address, needed)));
        if needs.is_whole {
            let extra = lock.providers.iter().filter(|(address, _)| !needs.providers.contains_key(*address));
            findings.extend(extra.map(|(address, entry)| superfluous(&locking, address, entry)));
        }
    }
}

fn missing(locking: &Locking<'_>, address: &ProviderAddress, needed: &Needed) -> Finding {
    let name = locking.short(address);
    let finding = locking.of_file(&locking.unit.lock_path, format!("{name} is not in the lock file"));
    finding.and(needed.span, "it is needed here").about(name).hint("`terrace pins lock` adds it")
}

fn superfluous(locking: &Locking<'_>, address: &ProviderAddress, entry: &ProviderLock) -> Finding {
    let name = locking.short(address);
    let message = format!("{name} is in the lock file, and no module needs it");
    let finding = match &entry.places {
        Some(places) => locking.at(places.header, message),
        None => locking.of_file(&locking.unit.lock_path, message),
    };
    finding.about(name).hint(
        "the next `init` drops it, unless the state still holds something of it; so does `terrace pins lock`",
    )
}
