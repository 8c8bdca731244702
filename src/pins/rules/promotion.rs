//! `pin/promotion`: what an environment pins was pinned before in the one that it follows.

use crate::pins::finding::Finding;
use crate::pins::promote::{Release, Verdict};
use crate::pins::promotions::Promotion;
use crate::pins::rule::{Cx, Findings, Rule};

pub fn check(rule: &'static Rule, cx: &Cx<'_>, findings: &mut Findings) {
    findings.extend(cx.promotions.faulty.iter().map(|promotion| finding(rule, cx, promotion)));
}

fn finding(rule: &'static Rule, cx: &Cx<'_>, promotion: &Promotion) -> Finding {
    let (here, there) = (cx.policy.name_of(promotion.later), cx.policy.name_of(promotion.earlier));
    let Release { name, version, .. } = &promotion.release;
    let (message, hint) = match promotion.verdict {
        Verdict::AtOnce => (
            format!("\"{here}\" and \"{there}\" get {version} of {name} by one and the same change"),
            format!("change \"{there}\" first, and \"{here}\" in a change of its own after that"),
        ),
        _ => (
            format!("\"{here}\" pins {version} of {name}, and \"{there}\" never did"),
            format!("pin it in \"{there}\" first, and commit that"),
        ),
    };
    let finding = Finding::new(rule, promotion.place.clone(), message).of_units(&promotion.units);
    finding.in_environment(promotion.later).about(format!("{name} {version}")).hint(hint)
}
