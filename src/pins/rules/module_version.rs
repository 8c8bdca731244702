//! `pin/module-version`: calls of a registry's modules say which version they want.

use super::{at_site, environments_of};
use crate::config::estate_pins::Tight;
use crate::diag::Span;
use crate::pins::finding::{Finding, Place};
use crate::pins::rule::{Cx, Findings, Rule};
use crate::pins::sites::{Address, ModuleRegistry, Site};
use crate::provider::Constraints;

pub fn check(rule: &'static Rule, cx: &Cx<'_>, findings: &mut Findings) {
    for site in &cx.survey.sites {
        if let Address::Registry(registry) = &site.address {
            check_call(rule, cx, (site, registry), findings);
        }
    }
}

fn check_call(
    rule: &'static Rule,
    cx: &Cx<'_>,
    (site, registry): (&Site, &ModuleRegistry),
    findings: &mut Findings,
) {
    let module = &registry.module;
    let Some(version) = &site.version else {
        let finding = at_site(rule, site, format!("{module} is called without a version"));
        let finding = finding.under("the newest one is taken").of_units(&site.units);
        findings.push(finding.hint("add `version = \"~> 1.2\"`, or one version where it must be exact"));
        return;
    };
    // What is no plain text is told as unchecked.
    let Some(text) = version.as_text() else { return };
    let written = match Constraints::parse(text) {
        Ok(_) => tightness(text),
        Err(error) => {
            let finding = at(rule, (site, version.span), format!("the version of {module} is no constraint"));
            findings
                .push(finding.under(error.to_string()).of_units(&site.units).hint("write it as in `~> 1.2`"));
            return;
        }
    };
    for (environment, units) in environments_of(cx, site) {
        let demand = cx.demands(environment).modules;
        if written >= demand {
            continue;
        }
        let message = format!("the version of {module} is not {}", demand.word());
        let finding = at(rule, (site, version.span), message).of_units(&units).in_environment(environment);
        let (label, hint) = advice(demand, &cx.policy.wants(environment));
        findings.push(finding.under(label).hint(hint));
        return;
    }
}

/// What stands under a constraint that is too loose, and what to write in its place.
pub(super) fn advice(demand: Tight, wants: &str) -> (&'static str, String) {
    match demand {
        Tight::Exact => ("more than one version meets it", format!("{wants} one version, as in `1.2.3`")),
        Tight::Bounded | Tight::Any => (
            "every later version meets it",
            format!("{wants} an upper end: write `~> 1.2`, or add `< 2.0.0`"),
        ),
    }
}

fn at(rule: &'static Rule, (site, span): (&Site, Span), message: String) -> Finding {
    let finding = at_site(rule, site, message);
    Finding { place: Place { file: site.file.clone(), span: Some(span) }, ..finding }
}

/// How tight a sound constraint is.
pub(super) fn tightness(text: &str) -> Tight {
    let parts = || text.split(',').map(str::trim);
    let starts = |part: &str, signs: &[&str]| signs.iter().any(|sign| part.starts_with(sign));
    if parts().any(|part| part.starts_with(|c: char| c == '=' || c == 'v' || c.is_ascii_digit())) {
        Tight::Exact
    } else if parts().any(|part| starts(part, &["~>", "<"])) {
        Tight::Bounded
    } else {
        Tight::Any
    }
}
