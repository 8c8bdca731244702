//! What must be right before anything runs: files without faults, tools and versions that fit.

use super::super::{pins, units};
use super::reporter;
use crate::cli::args::LogLevel;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind};
use crate::config::{FactsDepth, UnitFacts, load_facts, working_dir};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::estate::Circles;
use crate::provider::{Constraints, Version};
use crate::run::settings::Action;
use crate::run::tools::{Chosen, Note, ToolError, Wish, malformed_constraint};
use std::collections::BTreeSet;
use std::path::Path;

/// The version of Terragrunt whose behaviour ours is compatible with.
pub(super) const COMPATIBLE_WITH: &str = crate::cli::help::COMPATIBLE_WITH;

/// Checks the one unit of a run.
///
/// # Errors
/// When there is a fault; all of them are shown.
pub(super) fn one(context: &Context, action: &Action, config_path: &Path) -> Result<(), Failure> {
    let facts = load_facts(&context.session, config_path, FactsDepth::Run);
    let mut faults = facts.faults.clone();
    faults.extend(Circles::new(&context.session).around(config_path));
    faults.extend(versions(context, action, &[&facts]));
    refuse(context, &faults)?;
    pins::require(context, &[config_path.to_path_buf()])
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

/// What of the versions that units want is not met. A tool that was chosen is named, each once.
pub(super) fn versions(context: &Context, action: &Action, units: &[&UnitFacts]) -> Diagnostics {
    let (mut faults, mut notes) = (Diagnostics::new(), Vec::new());
    for facts in units {
        let wanted = facts.terragrunt_version_constraint.as_ref();
        if let Some(wanted) = wanted.filter(|wanted| !wanted.value.is_empty()) {
            faults.extend(unmet(&wanted.value).map(|fault| fault.at(wanted.span, "")));
        }
        match tool(context, action, facts) {
            Ok(chosen) => notes.extend(chosen.note.filter(|note| !notes.contains(note))),
            Err(ToolError::Unfit(unfit)) => faults.push(unfit.diagnostic()),
            Err(ToolError::Unclear(unclear)) => faults.extend(unclear.iter().cloned()),
            // Where nothing is wanted of it, the unit itself tells that there is none.
            Err(error) => faults.extend(
                facts
                    .terraform_version_constraint
                    .as_ref()
                    .map(|wanted| Diagnostic::error(Code::NoVersion, error.to_string()).at(wanted.span, "")),
            ),
        }
    }
    for note in notes.iter().filter(|_| faults.is_empty()) {
        match note {
            Note::Chosen(text) => reporter::note(context, LogLevel::Info, text),
            Note::Overruled(text) => reporter::note(context, LogLevel::Warn, text),
        }
    }
    crate::estate::distinct(faults)
}

/// Refuses to begin where a unit's tool is not there: every unit of it would fail, and say so.
///
/// # Errors
/// When one is missing.
pub(super) fn tools_are_there(
    context: &Context,
    action: &Action,
    units: &[&UnitFacts],
) -> Result<(), Failure> {
    let missing = units.iter().filter_map(|facts| tool(context, action, facts).err());
    let missing = missing.filter(ToolError::is_absence).map(|error| error.to_string());
    let texts: BTreeSet<String> = missing.collect();
    if texts.is_empty() {
        return Ok(());
    }
    let texts: Vec<String> = texts.into_iter().collect();
    Err(Failure::new(Kind::Machine, format!("nothing was run: {}", texts.join("; "))))
}

fn tool(context: &Context, action: &Action, facts: &UnitFacts) -> Result<Chosen, ToolError> {
    let written = facts.source.as_ref().map(|source| source.value.as_str());
    // A source that cannot be understood is told where the unit is prepared.
    let module = || working_dir::address(&context.session, &facts.dir, written).ok()?.module_dir();
    let module = if action.reads_module() { module() } else { None };
    context.tools.choose(&Wish {
        dir: &facts.dir,
        named: facts.terraform_binary.as_deref(),
        constraint: facts.terraform_version_constraint.as_ref(),
        module: module.as_deref(),
    })
}

/// Whether ours is a version of Terragrunt that the unit does not want.
fn unmet(wanted: &str) -> Option<Diagnostic> {
    let constraints = match Constraints::parse(wanted) {
        Ok(constraints) => constraints,
        Err(error) => return Some(malformed_constraint(wanted, &error)),
    };
    let version = Version::parse(COMPATIBLE_WITH).ok()?;
    if constraints.allows_core(&version) {
        return None;
    }
    let fault = Diagnostic::error(
        Code::VersionNotAllowed,
        format!(
            "the Terragrunt version that terrace is compatible with is {version}, which `{wanted}` does not allow"
        ),
    );
    Some(fault.hint("use a version that fits, or change the constraint"))
}
