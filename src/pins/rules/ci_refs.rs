//! `pin/ci-refs`: what CI and hooks fetch and run is held to something that nobody can swap.

use crate::pins::finding::{Finding, Place};
use crate::pins::rule::{Cx, Findings, Rule};

pub fn check(rule: &'static Rule, cx: &Cx<'_>, findings: &mut Findings) {
    let ci = &cx.survey.around.ci;
    for loose in &ci.loose {
        let file = cx.survey.texts.get(loose.span.file).map(|file| file.path.clone()).unwrap_or_default();
        let place = Place { file, span: Some(loose.span) };
        let finding = Finding::new(rule, place, &loose.message).about(&loose.text);
        findings.push(finding.hint(&loose.hint));
    }
    for fault in &ci.faults {
        let Some(label) = &fault.primary else { continue };
        let file = cx.survey.texts.get(label.span.file).map(|file| file.path.clone()).unwrap_or_default();
        let place = Place { file, span: Some(label.span) };
        findings.push(Finding::new(rule, place, &fault.summary).under(&label.text).about("syntax"));
    }
}
