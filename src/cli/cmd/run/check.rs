//! What must be right before anything runs: files without faults, tools and versions that fit.

use super::super::units;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind};
use crate::config::{FactsDepth, UnitFacts, load_facts};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::estate::own_cycle;
use crate::provider::{Constraints, Version};
use std::path::Path;

/// The version of Terragrunt whose behaviour ours is compatible with.
pub(super) const COMPATIBLE_WITH: &str = crate::cli::help::COMPATIBLE_WITH;

/// Checks the one unit of a run.
///
/// # Errors
/// When there is a fault; all of them are shown.
pub(super) fn one(context: &Context, config_path: &Path) -> Result<(), Failure> {
    let facts = load_facts(&context.session, config_path, FactsDepth::Run);
    let mut faults = facts.faults.clone();
    faults.extend(own_cycle(&context.session, config_path));
    faults.extend(versions(context, &[&facts]));
    refuse(context, &faults)
}

/// Shows every fault and fails if one is an error; warnings of a unit are shown when it runs.
///
/// # Errors
/// When there is one.
pub(super) fn refuse(context: &Context, faults: &[Diagnostic]) -> Result<(), Failure> {
    let errors: Diagnostics = faults.iter().filter(|fault| fault.is_error()).cloned().collect();
    if errors.is_empty() {
        return Ok(());
    }
    units::diagnose(context, &errors);
    let text = match errors.len() {
        1 => "nothing was run: there is a fault in the configuration".to_owned(),
        many => format!("nothing was run: there are {many} faults in the configuration"),
    };
    Err(Failure::new(Kind::Config, text))
}

/// The version constraints that are not met.
pub(super) fn versions(context: &Context, units: &[&UnitFacts]) -> Diagnostics {
    let mut faults = Vec::new();
    for facts in units {
        if let Some(wanted) = &facts.terragrunt_version_constraint {
            let fault =
                unmet(&wanted.value, COMPATIBLE_WITH, "Terragrunt version that terrace is compatible with");
            faults.extend(fault.map(|fault| fault.at(wanted.span, "")));
        }
        if let Some(wanted) = &facts.terraform_version_constraint {
            let version = context
                .tools
                .of_unit(facts.terraform_binary.as_deref())
                .and_then(|tool| context.tools.version(&tool.program).map(|version| (tool.name, version)));
            let fault = match version {
                Ok((name, version)) => unmet(&wanted.value, &version, &format!("version of {name}")),
                Err(error) => Some(Diagnostic::error(Code::NoVersion, error.to_string())),
            };
            faults.extend(fault.map(|fault| fault.at(wanted.span, "")));
        }
    }
    crate::estate::distinct(faults)
}

fn unmet(wanted: &str, version: &str, what: &str) -> Option<Diagnostic> {
    let constraints = match Constraints::parse(wanted) {
        Ok(constraints) => constraints,
        Err(error) => {
            return Some(
                Diagnostic::error(
                    Code::MalformedConstraint,
                    format!("`{wanted}` is no version constraint: {error}"),
                )
                .hint("write it as `>= 1.2, < 2.0`"),
            );
        }
    };
    let version = Version::parse(version).ok()?;
    if constraints.allows_core(&version) {
        return None;
    }
    let fault = Diagnostic::error(
        Code::VersionNotAllowed,
        format!("the {what} is {version}, which `{wanted}` does not allow"),
    );
    Some(fault.hint("use a version that fits, or change the constraint"))
}
