//! `pin/unchecked`: where the policy denies it, what cannot be looked at is a violation.

use crate::config::estate_pins::WhenUnchecked;
use crate::pins::finding::{Finding, Place};
use crate::pins::rule::{Cx, Findings, Rule};

pub fn check(rule: &'static Rule, cx: &Cx<'_>, findings: &mut Findings) {
    for gap in cx.gaps() {
        let environments = match gap.units.as_slice() {
            [] => vec![(cx.policy.environment_of(&gap.dir), Vec::new())],
            units => cx.by_environment(units),
        };
        let denied = environments
            .into_iter()
            .find(|(environment, _)| cx.demands(*environment).unchecked == WhenUnchecked::Deny);
        let Some((environment, units)) = denied else { continue };
        let place = Place { file: gap.file.clone(), span: gap.span };
        let finding = Finding::new(rule, place, format!("{} cannot be checked: {}", gap.what, gap.why));
        findings.push(finding.about(&gap.what).of_units(&units).in_environment(environment));
    }
}
