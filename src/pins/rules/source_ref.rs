//! `pin/source-ref`: what git is asked for must be the same tomorrow.

use super::{at_site, environments_of};
use crate::config::estate_pins::SourceRef;
use crate::pins::finding::Finding;
use crate::pins::refs::{RefKind, classify};
use crate::pins::rule::{Cx, Findings, Rule};
use crate::pins::sites::{Address, Site};
use crate::source::address::GitSource;
use crate::source::{Kind, Source};

pub fn check(rule: &'static Rule, cx: &Cx<'_>, findings: &mut Findings) {
    for site in &cx.survey.sites {
        match &site.address {
            Address::Bad(error) if !super::registry_version::is_concerned(&site.text) => {
                let finding = at_site(rule, site, format!("{} cannot be understood", site.owner.described()));
                let finding = finding.under(error.to_string()).of_units(&site.units);
                findings.push(error.hint().into_iter().fold(finding, Finding::hint));
            }
            Address::Source(source) => check_source(rule, cx, (site, source), findings),
            Address::Bad(_) | Address::Registry(_) => {}
        }
    }
}

fn check_source(rule: &'static Rule, cx: &Cx<'_>, (site, source): (&Site, &Source), findings: &mut Findings) {
    let (reference, kind) = match &source.kind {
        Kind::Git(git) => {
            (git.reference.as_deref(), git.reference.as_deref().map(|it| classify(it, local_remote(git))))
        }
        Kind::Later("Mercurial") => {
            let revision =
                source.query().iter().rev().find(|(key, _)| key == "rev").map(|(_, value)| value.as_str());
            (revision, revision.map(|it| classify(it, "")))
        }
        _ => return,
    };
    for (environment, units) in environments_of(cx, site) {
        let demand = cx.demands(environment).sources;
        let wants = cx.policy.wants(environment);
        if let Some((message, hint)) = problem(site, (reference, kind), (demand, &wants)) {
            let finding = at_site(rule, site, message).hint(hint).of_units(&units);
            findings.push(finding.in_environment(environment).under(what(reference, kind)));
            return;
        }
    }
}

/// A remote that may be a repository on this machine.
fn local_remote(git: &GitSource) -> &str {
    &git.remote
}

/// What stands under the guilty piece.
fn what(reference: Option<&str>, kind: Option<RefKind>) -> String {
    match (reference, kind) {
        (None, _) | (_, None) => {
            "no `ref`: the default branch is taken, whatever it holds by then".to_owned()
        }
        (Some(_), Some(RefKind::Branch)) => "a branch moves".to_owned(),
        (Some(_), Some(RefKind::Tag)) => "a tag can be moved".to_owned(),
        (Some(_), Some(RefKind::Abbreviated)) => "a part of a hash".to_owned(),
        (Some(reference), Some(_)) => format!("nothing tells what `{reference}` is"),
    }
}

/// What is wrong, and what to do about it.
fn problem(
    site: &Site,
    (reference, kind): (Option<&str>, Option<RefKind>),
    (demand, wants): (SourceRef, &str),
) -> Option<(String, String)> {
    let whose = site.owner.described();
    let wanted = match demand {
        SourceRef::Commit => "a whole commit hash",
        SourceRef::Tag => "a tag or a whole commit hash",
        SourceRef::Any => "a tag, a commit or another name that is no branch",
    };
    let hint = format!("name one with `?ref=`: {wants} {wanted}");
    let (Some(reference), Some(kind)) = (reference, kind) else {
        return Some((format!("{whose} names no version of the repository"), hint));
    };
    let message = match (kind, demand) {
        (RefKind::Commit, _) => return None,
        (RefKind::Branch, _) => format!("{whose} follows the branch `{reference}`"),
        (RefKind::Ambiguous, _) => {
            format!("{whose} names `{reference}`, which is a branch as well as a tag")
        }
        (RefKind::Tag, SourceRef::Commit) => {
            format!("{whose} is pinned to the tag `{reference}` and not to a commit")
        }
        (RefKind::Abbreviated, SourceRef::Tag | SourceRef::Commit) => {
            format!("{whose} names `{reference}`, which is not the whole hash of a commit")
        }
        (RefKind::Unclear, SourceRef::Tag | SourceRef::Commit) => {
            format!("{whose} names `{reference}`, which does not look like a tag")
        }
        (RefKind::Tag | RefKind::Abbreviated | RefKind::Unclear, _) => return None,
    };
    let hint = match kind {
        RefKind::Ambiguous => format!("write `?ref=refs/tags/{reference}`, or rename the branch"),
        RefKind::Unclear if demand == SourceRef::Tag => {
            format!("{hint}; `refs/tags/{reference}` says that it is a tag")
        }
        _ => hint,
    };
    Some((message, hint))
}
