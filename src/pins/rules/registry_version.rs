//! `pin/registry-version`: sources that are not in git name one version of what they fetch.

use super::{at_site, environments_of};
use crate::pins::finding::Finding;
use crate::pins::rule::{Cx, Findings, Rule};
use crate::pins::sites::{Address, Site};
use crate::provider::{Constraints, Version};
use crate::source::{Kind, Source};

pub fn check(rule: &'static Rule, cx: &Cx<'_>, findings: &mut Findings) {
    for site in &cx.survey.sites {
        let found = match &site.address {
            Address::Bad(error) if is_concerned(&site.text) => {
                let finding = at_site(rule, site, format!("{} is not pinned", site.owner.described()));
                let finding = finding.under(error.to_string());
                Some(finding.hint("name one version, as in `?version=1.2.3`"))
            }
            Address::Source(source) => {
                problem(site, source).map(|(message, hint)| at_site(rule, site, message).hint(hint))
            }
            Address::Bad(_) | Address::Registry(_) => None,
        };
        if let Some(finding) = found {
            let environment = environments_of(cx, site).first().map(|(environment, _)| *environment);
            findings.push(Finding { environment, ..finding.of_units(&site.units) });
        }
    }
}

/// Whether a source that cannot be understood is this rule's to tell.
pub(super) fn is_concerned(text: &str) -> bool {
    ["tfr://", "tfr::", "oci://", "oci::"].iter().any(|start| text.starts_with(start))
}

/// What is wrong, and what to do about it.
fn problem(site: &Site, source: &Source) -> Option<(String, String)> {
    let whose = site.owner.described();
    let get = |key: &str| {
        source
            .query()
            .iter()
            .rev()
            .find(|(known, value)| known == key && !value.is_empty())
            .map(|(_, value)| value)
    };
    match &source.kind {
        Kind::Registry(registry) => match &registry.version {
            Some(version) if Version::parse(version).is_ok() => None,
            Some(version) => Some((
                format!("{whose} names `{version}`, which is no version"),
                "write it as in `?version=1.2.3`".to_owned(),
            )),
            None => no_version(site, &registry.module),
        },
        Kind::Later("OCI") => match (get("digest"), get("tag")) {
            (Some(_), _) => None,
            (None, Some(tag)) if tag != "latest" => None,
            (None, Some(_)) => {
                Some((format!("{whose} takes the tag `latest`, which moves"), OCI_HINT.to_owned()))
            }
            (None, None) => Some((format!("{whose} names neither tag nor digest"), OCI_HINT.to_owned())),
        },
        Kind::Http(http) if http.unpack.checksum.is_none() => Some((
            format!("{whose} is a file on a web server, which may be another one tomorrow"),
            "add `?checksum=sha256:…`, or fetch it from git or a registry".to_owned(),
        )),
        Kind::S3(_) | Kind::Gcs(_) if get("checksum").is_none() && get("version").is_none() => Some((
            format!("{whose} is a file in a bucket, which may be another one tomorrow"),
            "add `?checksum=sha256:…`, or a `version` of the object".to_owned(),
        )),
        _ => None,
    }
}

const OCI_HINT: &str = "write `?tag=1.2.3`, or `?digest=sha256:…` for what never changes";

/// A version may stand in an attribute of its own.
fn no_version(site: &Site, module: &str) -> Option<(String, String)> {
    let whose = site.owner.described();
    let beside = site.version.as_ref().and_then(|version| version.as_text());
    match beside {
        None if site.version.is_some() => None,
        None => Some((
            format!("{whose} takes the newest version of {module}"),
            "name one version, as in `?version=1.2.3`".to_owned(),
        )),
        Some(text) => {
            let is_one = Constraints::parse(text).is_ok()
                && Version::parse(text.trim().trim_start_matches('=').trim()).is_ok();
            (!is_one).then(|| {
                (
                    format!("{whose} takes any version of {module} that meets `{text}`"),
                    "name one version, as in `version = \"1.2.3\"`".to_owned(),
                )
            })
        }
    }
}
