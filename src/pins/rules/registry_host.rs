//! `pin/registry-host`: providers come from the registry of the tool that the unit runs, or from the one that its
//! environment names.

use super::locks::{self, Locking};
use crate::pins::finding::Finding;
use crate::pins::rule::{Cx, Findings, Rule};
use crate::pins::survey::LockText;
use crate::provider::ProviderAddress;
use crate::provider::address::{OPENTOFU_REGISTRY, TERRAFORM_REGISTRY};

pub fn check(rule: &'static Rule, cx: &Cx<'_>, findings: &mut Findings) {
    for locking in locks::each(rule, cx) {
        let needed = locking.needs.into_iter().flat_map(|needs| &needs.providers);
        for (address, needed) in needed {
            if let Some((message, label)) = wrong(&locking, address) {
                let finding = locking.at(needed.span, message).under(label).about(address.to_string());
                findings.push(finding.hint(HINT));
            }
        }
        findings.extend(of_lock(&locking));
    }
}

const HINT: &str = "leave the host out of `source`, or say with `terraform_binary` which tool the unit runs";

/// What is locked though the code asks for none like it: told where it is locked.
fn of_lock(locking: &Locking<'_>) -> Vec<Finding> {
    let LockText::Read { lock, .. } = &locking.unit.lock else { return Vec::new() };
    let is_told =
        |address: &ProviderAddress| locking.needs.is_some_and(|needs| needs.providers.contains_key(address));
    let entries = lock.providers.iter().filter(|(address, _)| !is_told(address));
    entries
        .filter_map(|(address, entry)| {
            let (message, label) = wrong(locking, address)?;
            let finding = locking.at(entry.places.as_ref()?.header, message).under(label);
            Some(
                finding
                    .about(address.to_string())
                    .hint("lock the providers again with the tool that the unit runs"),
            )
        })
        .collect()
}

/// What is wrong with the host of a provider: the message, and what stands under it.
fn wrong(locking: &Locking<'_>, address: &ProviderAddress) -> Option<(String, String)> {
    let host = address.host();
    if let Some(only) = &locking.demands().registry {
        let wants = locking.cx.policy.wants(locking.environment);
        return (only != host).then(|| (format!("{address} comes from {host}"), format!("{wants} {only}")));
    }
    let is_other_tools = [TERRAFORM_REGISTRY, OPENTOFU_REGISTRY].contains(&host) && host != locking.host();
    is_other_tools.then(|| {
        let (own, other) =
            if host == OPENTOFU_REGISTRY { ("terraform", "tofu") } else { ("tofu", "terraform") };
        (format!("{address} comes from the registry of {other}"), format!("the unit runs {own}"))
    })
}
