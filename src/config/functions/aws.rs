//! Functions that ask AWS who we are, under the unit's role if it has one.

use super::Cx;
use crate::cloud::aws::Fault as AwsFault;
use crate::cloud::aws::identity::Identity;
use crate::hcl::{Fault, Value};

pub(super) fn get_aws_account_id(cx: &Cx<'_>) -> Result<Value, Fault> {
    Ok(Value::string(identity(cx)?.account.as_str()))
}

pub(super) fn get_aws_caller_identity_arn(cx: &Cx<'_>) -> Result<Value, Fault> {
    Ok(Value::string(identity(cx)?.arn.as_str()))
}

pub(super) fn get_aws_caller_identity_user_id(cx: &Cx<'_>) -> Result<Value, Fault> {
    Ok(Value::string(identity(cx)?.user_id.as_str()))
}

/// Empty if the account has no name.
pub(super) fn get_aws_account_alias(cx: &Cx<'_>) -> Result<Value, Fault> {
    cx.count(0..=0)?;
    let evaluation = cx.scope.evaluation;
    let env = evaluation.cloud_env()?;
    let alias = evaluation.session.memory.desk.account_alias(&env).map_err(|fault| refused(cx, &fault))?;
    Ok(Value::string(alias.as_str()))
}

fn identity(cx: &Cx<'_>) -> Result<Identity, Fault> {
    cx.count(0..=0)?;
    let evaluation = cx.scope.evaluation;
    let env = evaluation.cloud_env()?;
    evaluation.session.memory.desk.identity(&env).map_err(|fault| refused(cx, &fault))
}

fn refused(cx: &Cx<'_>, fault: &AwsFault) -> Fault {
    let hint =
        "log in to AWS, or set credentials in the environment; `--auth-provider-cmd` can do it for each unit";
    cx.fault_with_hint(format!("AWS does not say: {fault}"), hint)
}
