//! Exemptions that are no good: over, or of no use.

use super::finding::{Finding, Place};
use super::policy::Policy;
use super::rule::{Rule, find_rule};
use super::survey::{Extent, Survey};
use crate::config::estate_pins::{Exempt, Expiry};
use crate::diag::Span;
use std::time::SystemTime;

/// The name of the rule about them.
const RULE: &str = "pin/exemption";

/// What is wrong with the exemptions of a policy, once it is known what each of them lets off.
#[must_use]
pub(super) fn faulty(
    policy: &Policy,
    (findings, survey): (&[Finding], &Survey),
    now: SystemTime,
) -> Vec<Finding> {
    let Some(rule) = find_rule(RULE) else { return Vec::new() };
    let is_whole_estate = policy.root == survey.root;
    let judging = Judging { rule, survey, findings, is_whole_estate };
    let numbered = policy.pins.exemptions.iter().enumerate();
    numbered
        .filter_map(|(index, exempt)| match &exempt.expires {
            Some(day) if now >= day.end => Some(judging.expired(exempt, day)),
            _ => judging.unused(index, exempt),
        })
        .collect()
}

struct Judging<'a> {
    rule: &'static Rule,
    survey: &'a Survey,
    findings: &'a [Finding],
    /// Whether the policy's folder is the one that was looked at.
    is_whole_estate: bool,
}

impl Judging<'_> {
    fn expired(&self, exempt: &Exempt, day: &Expiry) -> Finding {
        let message = format!("the exemption from {} has expired", exempt.rule);
        let finding = self.at(day.span, message).under(format!("its last day was {}", day.written));
        finding.about(&exempt.rule).hint("remove it, or give it a new day if the reason still holds")
    }

    /// Where only a part of the estate was looked at, the rest may need it.
    fn unused(&self, index: usize, exempt: &Exempt) -> Option<Finding> {
        let is_used = self.findings.iter().any(|finding| finding.exempt == Some(index));
        if is_used || self.survey.extent == Extent::Picked || !self.is_whole_estate {
            return None;
        }
        let message = format!("the exemption from {} lets nothing off", exempt.rule);
        Some(
            self.at(exempt.span, message).about(&exempt.rule).hint("remove it: it could hide the next fault"),
        )
    }

    fn at(&self, span: Span, message: String) -> Finding {
        let file = self.survey.texts.get(span.file).map(|file| file.path.clone()).unwrap_or_default();
        Finding::new(self.rule, Place { file, span: Some(span) }, message)
    }
}
