//! The rules, one file each.

pub mod ci_refs;
pub mod exemption;
pub mod lock_complete;
pub mod lock_hashes;
pub mod lock_present;
pub mod lock_satisfied;
mod locks;
pub mod module_version;
pub mod promotion;
pub mod provider_bounded;
pub mod provider_skew;
pub mod registry_host;
pub mod registry_version;
pub mod source_ref;
pub mod tool_files;
pub mod tool_version;
pub mod unchecked;

use super::finding::{Finding, Place};
use super::policy::EnvironmentId;
use super::rule::{Cx, Rule};
use super::sites::Site;
use crate::diag::{Diagnostic, Span};

/// A finding at a site, with all that is known of how we came there.
fn at_site(rule: &'static Rule, site: &Site, message: String) -> Finding {
    let place = Place { file: site.file.clone(), span: Some(site.span) };
    let mut finding = Finding::new(rule, place, message);
    finding.frames.clone_from(&site.frames);
    finding.labels.clone_from(&site.parts);
    finding.about(site.owner.described())
}

/// A finding at a piece of some file.
fn at_span((rule, cx): (&'static Rule, &Cx<'_>), span: Span, message: impl Into<String>) -> Finding {
    let file = cx.survey.texts.get(span.file).map(|file| file.path.clone());
    Finding::new(rule, Place { file: file.unwrap_or_default(), span: Some(span) }, message)
}

/// A fault of a file that a rule is about, as a finding.
fn of_fault(rule: &'static Rule, cx: &Cx<'_>, fault: &Diagnostic) -> Finding {
    let finding = match &fault.primary {
        Some(label) => at_span((rule, cx), label.span, &fault.summary).under(&label.text),
        None => Finding::new(rule, Place { file: cx.survey.root.clone(), span: None }, &fault.summary),
    };
    let finding = fault.labels.iter().fold(finding, |finding, label| finding.and(label.span, &label.text));
    fault.hint.iter().fold(finding, |finding, hint| finding.hint(hint))
}

/// The environments that a site has to satisfy, each with its units.
fn environments_of(cx: &Cx<'_>, site: &Site) -> Vec<(EnvironmentId, Vec<usize>)> {
    if site.units.is_empty() {
        return vec![(cx.policy.environment_of(&site.dir), Vec::new())];
    }
    cx.by_environment(&site.units)
}
