//! The rules, one file each.

pub mod module_version;
pub mod provider_bounded;
pub mod provider_skew;
pub mod registry_version;
pub mod source_ref;
pub mod tool_version;
pub mod unchecked;

use super::finding::{Finding, Place};
use super::policy::EnvironmentId;
use super::rule::{Cx, Rule};
use super::sites::Site;

/// A finding at a site, with all that is known of how we came there.
fn at_site(rule: &'static Rule, site: &Site, message: String) -> Finding {
    let place = Place { file: site.file.clone(), span: Some(site.span) };
    let mut finding = Finding::new(rule, place, message);
    finding.frames.clone_from(&site.frames);
    finding.labels.clone_from(&site.parts);
    finding.about(site.owner.described())
}

/// The environments that a site has to satisfy, each with its units.
fn environments_of(cx: &Cx<'_>, site: &Site) -> Vec<(EnvironmentId, Vec<usize>)> {
    if site.units.is_empty() {
        return vec![(cx.policy.environment_of(&site.dir), Vec::new())];
    }
    cx.by_environment(&site.units)
}
