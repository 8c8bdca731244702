//! The AWS role that a unit works under: from the command line, then from the unit file and what it includes.

use super::evaluation::{Evaluation, LayerId};
use super::load::merged_layers;
use super::scope::{LayerScope, Phase};
use super::session::Session;
use crate::cloud::Secret;
use crate::cloud::aws::desk::Wanted;
use crate::diag::{Code, Diagnostic, Span};
use crate::hcl::convert::convert;
use crate::hcl::{Data, Fault, Type, Value};
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

/// A member as the last layer writes it that writes anything.
fn written(evaluation: &Evaluation<'_>, name: &str) -> Result<Option<(String, Span)>, Fault> {
    for layer in merged_layers(evaluation)?.into_iter().rev() {
        if let Some(found) = in_layer(evaluation, layer, name)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn in_layer(
    evaluation: &Evaluation<'_>,
    layer: LayerId,
    name: &str,
) -> Result<Option<(String, Span)>, Fault> {
    let scope = LayerScope { evaluation, layer, phase: Phase::Whole };
    let body = &evaluation.layer(layer).file.body;
    let Some(attribute) = body.find_attribute(name) else { return Ok(None) };
    let value = scope.eval(&attribute.expr)?;
    match convert(&value, &Type::String) {
        Ok(Value { data: Data::String(text), .. }) if !text.is_empty() => {
            Ok(Some((text.to_string(), attribute.name.span)))
        }
        _ => Ok(None),
    }
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
