//! The AWS role that a unit works under: from the command line, then from the unit file and what it includes.

use super::alone;
use super::evaluation::Evaluation;
use super::session::Session;
use crate::cloud::Secret;
use crate::cloud::aws::desk::Wanted;
use crate::diag::{Code, Diagnostic, Span};
use crate::hcl::Fault;
use crate::host::env::Env;
use std::path::Path;

/// A role and what named it in a file.
#[derive(Clone, Debug)]
pub struct UnitRole {
    pub wanted: Wanted,
    pub span: Option<Span>,
}

/// The role of a unit; `None` if it has none.
///
/// # Errors
/// When an expression that names it fails.
pub(super) fn of_unit(evaluation: &Evaluation<'_>) -> Result<Option<UnitRole>, Fault> {
    let given = &evaluation.session.invoked.role;
    let (arn, span) = match written(evaluation, "iam_role")? {
        Some((arn, span)) if given.arn.is_empty() => (arn, Some(span)),
        _ => (given.arn.clone(), None),
    };
    if arn.is_empty() {
        return Ok(None);
    }
    let text = |name: &str| Ok::<_, Fault>(written(evaluation, name)?.map(|(text, _)| text));
    let duration = text("iam_assume_role_duration")?.and_then(|text| text.parse().ok());
    let session_name = text("iam_assume_role_session_name")?;
    let token = text("iam_web_identity_token")?.map(Secret::new);
    let wanted = Wanted {
        arn,
        duration: given.duration.or(duration),
        session_name: given.session_name.clone().or(session_name),
        web_identity_token: given.web_identity_token.clone().or(token),
    };
    Ok(Some(UnitRole { wanted, span }))
}

/// A member as the last file writes it that writes anything.
fn written(evaluation: &Evaluation<'_>, name: &str) -> Result<Option<(String, Span)>, Fault> {
    let mut texts = alone::texts(evaluation, (None, name))?;
    let found = texts.find(|found| found.as_ref().map_or(true, |text| !text.value.is_empty())).transpose()?;
    Ok(found.map(|found| (found.value, found.span)))
}

impl Session {
    /// The environment of a unit once it has become its role.
    ///
    /// # Errors
    /// When AWS refuses.
    pub fn under_role(&self, env: &Env, role: Option<&UnitRole>, dir: &Path) -> Result<Env, Fault> {
        let Some(role) = role else { return Ok(env.clone()) };
        self.memory.desk.under_role(env, &role.wanted, dir).map_err(|fault| {
            let summary = format!("the unit's AWS role is not to be had: {fault}");
            let told = Diagnostic::error(Code::AwsRefused, summary);
            let told = match role.span {
                Some(span) => told.at(span, "names the role"),
                None => told.detail(format!("the command line names the role {}", role.wanted.arn)),
            };
            Box::new(told.hint("check the credentials that it is assumed with, and the role's trust policy"))
        })
    }
}
