//! The rules: one row each. A rule is a pure function over what the survey found.

use super::finding::Finding;
use super::policy::{EnvironmentId, Policy};
use super::rules;
use super::survey::Survey;
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
        check: rules::source_ref::check,
    },
    Rule {
        name: "pin/registry-version",
        severity: Severity::Error,
        summary: "a source of a registry has one version, one in OCI a tag or digest, an archive a checksum",
        check: rules::registry_version::check,
    },
    Rule {
        name: "pin/module-version",
        severity: Severity::Error,
        summary: "a call of a registry's module has a version, as tight as its environment wants it",
        check: rules::module_version::check,
    },
    Rule {
        name: "pin/provider-bounded",
        severity: Severity::Error,
        summary: "a provider that is used has a source and a version, as tight as its environment wants it",
        check: rules::provider_bounded::check,
    },
    Rule {
        name: "pin/tool-version",
        severity: Severity::Error,
        summary: "the versions of terraform and Terragrunt are constrained, and the constraints can hold together",
        check: rules::tool_version::check,
    },
    Rule {
        name: "pin/provider-skew",
        severity: Severity::Warning,
        summary: "a provider has the same version in all units of an environment",
        check: rules::provider_skew::check,
    },
    Rule {
        name: "pin/unchecked",
        severity: Severity::Error,
        summary: "everything can be looked at, where the policy denies what cannot",
        check: rules::unchecked::check,
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
}

impl<'a> Cx<'a> {
    #[must_use]
    pub fn new(survey: &'a Survey, policy: &'a Policy) -> Self {
        let environments = survey.units.iter().map(|unit| policy.environment_of(&unit.pinned.dir)).collect();
        Self { survey, policy, environments }
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
