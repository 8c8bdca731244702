//! The rules: one row each. A rule is a pure function over what the survey found.

use super::finding::Finding;
use super::policy::{EnvironmentId, Policy};
use super::promotions::{Promotions, View};
use super::rules;
use super::survey::{Gap, Survey};
use crate::config::estate_pins::Demands;
use crate::diag::Severity;

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// `pin/…`
    pub name: &'static str,
    pub severity: Severity,
    /// In one line, what holds where it is kept.
    pub summary: &'static str,
    /// The page that explains it, in Markdown.
    pub page: &'static str,
    pub check: fn(&'static Rule, &Cx<'_>, &mut Findings),
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// What rules add to.
pub type Findings = Vec<Finding>;

/// All rules, in the order in which they are told.
pub static RULES: &[Rule] = &[
    Rule {
        name: "pin/source-ref",
        severity: Severity::Error,
        summary: "a source in git names a tag or a commit, never a branch",
        page: include_str!("../../docs/rules/pin-source-ref.md"),
        check: rules::source_ref::check,
    },
    Rule {
        name: "pin/registry-version",
        severity: Severity::Error,
        summary: "a source of a registry has one version, one in OCI a tag or digest, an archive a checksum",
        page: include_str!("../../docs/rules/pin-registry-version.md"),
        check: rules::registry_version::check,
    },
    Rule {
        name: "pin/module-version",
        severity: Severity::Error,
        summary: "a call of a registry's module has a version, as tight as its environment wants it",
        page: include_str!("../../docs/rules/pin-module-version.md"),
        check: rules::module_version::check,
    },
    Rule {
        name: "pin/provider-bounded",
        severity: Severity::Error,
        summary: "a provider that is used has a source and a version, as tight as its environment wants it",
        page: include_str!("../../docs/rules/pin-provider-bounded.md"),
        check: rules::provider_bounded::check,
    },
    Rule {
        name: "pin/tool-version",
        severity: Severity::Error,
        summary: "the versions of terraform and Terragrunt are constrained, and the constraints can hold together",
        page: include_str!("../../docs/rules/pin-tool-version.md"),
        check: rules::tool_version::check,
    },
    Rule {
        name: "pin/lock-present",
        severity: Severity::Error,
        summary: "a unit that needs providers has a lock file that terraform can read and git takes up",
        page: include_str!("../../docs/rules/pin-lock-present.md"),
        check: rules::lock_present::check,
    },
    Rule {
        name: "pin/lock-complete",
        severity: Severity::Error,
        summary: "a lock file has every provider that the modules need, and no other",
        page: include_str!("../../docs/rules/pin-lock-complete.md"),
        check: rules::lock_complete::check,
    },
    Rule {
        name: "pin/lock-satisfied",
        severity: Severity::Error,
        summary: "a locked version is one that the code allows, and the lock file has the constraints of the code",
        page: include_str!("../../docs/rules/pin-lock-satisfied.md"),
        check: rules::lock_satisfied::check,
    },
    Rule {
        name: "pin/lock-hashes",
        severity: Severity::Error,
        summary: "a lock file has a hash for every platform, none twice and none broken",
        page: include_str!("../../docs/rules/pin-lock-hashes.md"),
        check: rules::lock_hashes::check,
    },
    Rule {
        name: "pin/provider-skew",
        severity: Severity::Warning,
        summary: "a provider has the same version in all units of an environment",
        page: include_str!("../../docs/rules/pin-provider-skew.md"),
        check: rules::provider_skew::check,
    },
    Rule {
        name: "pin/registry-host",
        severity: Severity::Error,
        summary: "providers come from the registry of the unit's tool, or from the one that the policy names",
        page: include_str!("../../docs/rules/pin-registry-host.md"),
        check: rules::registry_host::check,
    },
    Rule {
        name: "pin/tool-files",
        severity: Severity::Error,
        summary: "files for version managers agree with each other and with the constraints",
        page: include_str!("../../docs/rules/pin-tool-files.md"),
        check: rules::tool_files::check,
    },
    Rule {
        name: "pin/ci-refs",
        severity: Severity::Error,
        summary: "what CI and hooks fetch and run is held to a commit, a digest or a release",
        page: include_str!("../../docs/rules/pin-ci-refs.md"),
        check: rules::ci_refs::check,
    },
    Rule {
        name: "pin/promotion",
        severity: Severity::Error,
        summary: "what an environment pins was pinned before in the one that it follows",
        page: include_str!("../../docs/rules/pin-promotion.md"),
        check: rules::promotion::check,
    },
    Rule {
        name: "pin/unchecked",
        severity: Severity::Error,
        summary: "everything can be looked at, where the policy denies what cannot",
        page: include_str!("../../docs/rules/pin-unchecked.md"),
        check: rules::unchecked::check,
    },
    Rule {
        name: "pin/exemption",
        severity: Severity::Warning,
        summary: "an exemption is in force and lets something off",
        page: include_str!("../../docs/rules/pin-exemption.md"),
        check: rules::exemption::check,
    },
];

/// The rule of this name.
#[must_use]
pub fn find_rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
}

/// What rules look at.
pub struct Cx<'a> {
    pub survey: &'a Survey,
    pub policy: &'a Policy,
    /// One a unit of the survey.
    pub environments: Vec<EnvironmentId>,
    pub promotions: Promotions,
}

impl<'a> Cx<'a> {
    #[must_use]
    pub fn new(survey: &'a Survey, policy: &'a Policy) -> Self {
        let environments: Vec<EnvironmentId> =
            survey.units.iter().map(|unit| policy.environment_of(&unit.pinned.dir)).collect();
        let promotions = Promotions::of(View { survey, policy, environments: &environments });
        Self { survey, policy, environments, promotions }
    }

    /// Everything that cannot be looked at.
    pub fn gaps(&self) -> impl Iterator<Item = &Gap> {
        self.survey.gaps.iter().chain(&self.promotions.gaps)
    }

    /// The environments of some units, each once, with those of them that are in it; in the order of the policy.
    #[must_use]
    pub fn by_environment(&self, units: &[usize]) -> Vec<(EnvironmentId, Vec<usize>)> {
        let mut found: Vec<(EnvironmentId, Vec<usize>)> = Vec::new();
        for unit in units {
            let Some(environment) = self.environments.get(*unit) else { continue };
            match found.iter_mut().find(|(known, _)| known == environment) {
                Some((_, units)) => units.push(*unit),
                None => found.push((*environment, vec![*unit])),
            }
        }
        found.sort_by_key(|(environment, _)| *environment);
        found
    }

    #[must_use]
    pub fn demands(&self, environment: EnvironmentId) -> &'a Demands {
        self.policy.demands_of(environment)
    }
}
