//! `lock doctor`. 0: all is well; 2: something is wrong; 1: some of it could not be asked.

use super::super::states::{self, States};
use crate::cli::args::LockDoctorArgs;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, exit};
use crate::custody::doctor::{Finding, Kind, examine};
use crate::state::lock_info::escaped;
use serde_json::{Value as Json, json};
use std::time::Duration;

/// A lock that is held for longer is told as stale.
const STALE_AFTER: Duration = Duration::from_secs(4 * 3600);

/// Examines the states of the selected units.
///
/// # Errors
/// A filter that cannot be understood, or a stdout that cannot be written.
pub(super) fn run(args: &LockDoctorArgs, context: &Context) -> Result<u8, Failure> {
    let States { stores, kept, lost, .. } = &states::selected(context)?;
    let stale_after = args.older_than.unwrap_or(STALE_AFTER);
    let mut findings = states::wait(stores, examine(kept.clone(), stale_after))?;
    findings.extend(lost.iter().map(|lost| Finding {
        subject: lost.unit.clone(),
        kind: Kind::Unanswered,
        what: lost.why.clone(),
        remedy: lost.hint.clone().unwrap_or_else(|| "mend the unit, then look again".to_owned()),
    }));
    if args.json {
        context.screen.print(&states::json_text(&as_json(&findings)))?;
    } else {
        for finding in &findings {
            let Finding { subject, what, remedy, .. } = finding;
            context.screen.print(&format!("{subject}: {}\n  {}\n", escaped(what), escaped(remedy)))?;
        }
        if findings.is_empty() {
            context.screen.say(&format!("nothing is wrong with {} states", kept.len()));
        }
    }
    let unanswered = findings.iter().any(|finding| finding.kind == Kind::Unanswered);
    Ok(match (findings.is_empty(), unanswered) {
        (true, _) => exit::SUCCESS,
        (false, true) => exit::FAILURE,
        (false, false) => exit::CHANGES,
    })
}

fn as_json(findings: &[Finding]) -> Json {
    let object = |finding: &Finding| {
        json!({
            "subject": finding.subject,
            "kind": finding.kind.word(),
            "what": finding.what,
            "remedy": finding.remedy,
        })
    };
    Json::Array(findings.iter().map(object).collect())
}
