//! Lets every rule look at a survey and makes one report of what they found: each cause once, exemptions applied, in a
//! stable order.

use super::exemptions;
use super::finding::Finding;
use super::policy::Policy;
use super::rule::{Cx, RULES};
use super::survey::{Gap, Survey};
use crate::diag::{Diagnostics, Severity, Span};
use crate::hcl::functions::hex;
use crate::host::clock;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// How much was looked at, and what came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub units: usize,
    pub stacks: usize,
    pub modules: usize,
    pub violations: usize,
    pub warnings: usize,
    pub unchecked: usize,
    pub exempt: usize,
}

/// What a check comes to.
#[derive(Debug)]
pub struct Report<'a> {
    pub survey: &'a Survey,
    pub policy: &'a Policy,
    /// By rule, then by place; those that are let off among them.
    pub findings: Vec<Finding>,
    pub gaps: Vec<Gap>,
    /// Files that are faulty, so that not all is known.
    pub faults: &'a Diagnostics,
    pub counts: Counts,
}

/// Checks a survey against a policy.
#[must_use]
pub fn check<'a>(survey: &'a Survey, policy: &'a Policy) -> Report<'a> {
    let cx = Cx::new(survey, policy);
    let mut findings = Vec::new();
    for rule in RULES {
        let mut found = Vec::new();
        (rule.check)(rule, &cx, &mut found);
        let mut found = merged(found);
        found.sort_by(|a, b| place_of(a).cmp(&place_of(b)));
        findings.extend(found);
    }
    let now = clock::now();
    for finding in &mut findings {
        let units = finding.units.iter().filter_map(|unit| survey.units.get(*unit));
        let dirs: Vec<&Path> = units.map(|unit| unit.pinned.dir.as_path()).collect();
        finding.exempt = policy.exemption(finding.rule.name, (&finding.place.file, &dirs), now);
    }
    findings.extend(exemptions::faulty(policy, (&findings, survey), now));
    sign(&mut findings, policy);
    let gaps: Vec<Gap> = cx.gaps().cloned().collect();
    let counts = Counts { unchecked: gaps.len(), ..count(survey, &findings) };
    Report { survey, policy, findings, gaps, faults: &survey.faults, counts }
}

fn place_of(finding: &Finding) -> (&Path, Option<u32>, &str) {
    (&finding.place.file, finding.place.span.map(|span| span.start), &finding.message)
}

/// The same thing found for several units is one finding.
fn merged(found: Vec<Finding>) -> Vec<Finding> {
    let mut known: HashMap<(PathBuf, Option<Span>, String), usize> = HashMap::new();
    let mut kept: Vec<Finding> = Vec::new();
    for finding in found {
        let key = (finding.place.file.clone(), finding.place.span, finding.message.clone());
        match known.get(&key).and_then(|at| kept.get_mut(*at)) {
            Some(first) => first.units.extend(finding.units),
            None => {
                known.insert(key, kept.len());
                kept.push(finding);
            }
        }
    }
    for finding in &mut kept {
        finding.units.sort_unstable();
        finding.units.dedup();
    }
    kept
}

/// Gives each finding a name that does not depend on lines: rule, file, subject, and which of several alike it is.
fn sign(findings: &mut [Finding], policy: &Policy) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for finding in findings {
        let file = policy.relative(&finding.place.file);
        let what = format!("{}\n{file}\n{}", finding.rule.name, finding.subject);
        let nth = seen.entry(what.clone()).or_insert(0);
        finding.fingerprint = hex(&Sha256::digest(format!("{what}\n{nth}").as_bytes()));
        *nth += 1;
    }
}

fn count(survey: &Survey, findings: &[Finding]) -> Counts {
    let of = |keep: &dyn Fn(&Finding) -> bool| findings.iter().filter(|finding| keep(finding)).count();
    Counts {
        units: survey.units.len(),
        stacks: survey.stacks.len(),
        modules: survey.module_count(),
        violations: of(&Finding::is_violation),
        warnings: of(&|finding| finding.severity == Severity::Warning && finding.exempt.is_none()),
        unchecked: survey.gaps.len(),
        exempt: of(&|finding| finding.exempt.is_some()),
    }
}
