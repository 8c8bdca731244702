//! Moving a state to another place: both locks held, never over a state that is there, the copy read back byte for byte
//! before the source goes.

use super::inventory::parse;
use super::locked::{Locked, Signature};
use super::trouble::Trouble;
use super::{Fingerprint, copies};
use crate::state::Store;
use crate::state::object::{Condition, Object};
use std::sync::Arc;

/// What our locks say.
pub(super) const OPERATION: &str = "state-migrate";

/// What would move.
#[derive(Clone, Debug)]
pub struct Move {
    pub from: Arc<dyn Store>,
    pub to: Arc<dyn Store>,
    seen: Fingerprint,
    pub resources: usize,
    /// The source's store gives deleted states back.
    pub keeps_versions: bool,
}

/// Looks at both ends.
///
/// # Errors
/// No state at the source; one at the target; both are the same place.
pub async fn look(from: Arc<dyn Store>, to: Arc<dyn Store>) -> Result<Move, Trouble> {
    if from.backend() == to.backend() && from.address() == to.address() {
        return Err(Trouble::Same(from.address()));
    }
    let Some(object) = from.read().await?.filter(|object| !object.body.is_empty()) else {
        return Err(Trouble::NoState { address: from.address() });
    };
    let resources = parse(&object.body)
        .map_err(|error| Trouble::NotAState { address: from.address(), said: error.to_string() })?
        .map_or(0, |found| found.resources.len());
    refuse_state_at(&to).await?;
    let keeps_versions = from.keeps_versions().await?;
    Ok(Move { seen: Fingerprint::of(&object.body), from, to, resources, keeps_versions })
}

pub(super) async fn refuse_state_at(to: &Arc<dyn Store>) -> Result<Option<Object>, Trouble> {
    let there = to.read().await?;
    match &there {
        Some(object) if !object.body.is_empty() => Err(Trouble::Occupied { address: to.address() }),
        _ => Ok(there),
    }
}

/// Moves it. If it is cut off anywhere, the state is whole at the source, or at the target, or at both.
///
/// # Errors
/// When a lock is held by somebody, or something changed since it was shown; then nothing moved.
pub async fn carry_out(plan: &Move, by: &Signature) -> Result<(), Trouble> {
    let source = Locked::take(&plan.from, (by, OPERATION)).await?;
    let worked = move_to_target(plan, &source, by).await;
    source.release(worked).await
}

async fn move_to_target(plan: &Move, source: &Locked, by: &Signature) -> Result<(), Trouble> {
    let target = Locked::take(&plan.to, (by, OPERATION)).await?;
    let worked = transfer(plan, source, &target).await;
    target.release(worked).await
}

async fn transfer(plan: &Move, source: &Locked, target: &Locked) -> Result<(), Trouble> {
    let is_seen = |object: &Object| Fingerprint::of(&object.body) == plan.seen;
    let Some(object) = plan.from.read().await?.filter(is_seen) else {
        return Err(Trouble::Overtaken { address: plan.from.address() });
    };
    // A lock may have left an empty object at the target; for a file that is as good as none.
    let condition = match refuse_state_at(&plan.to).await? {
        Some(empty) if plan.to.backend() != "local" => Condition::Unchanged(empty.seen.tag),
        _ => Condition::Absent,
    };
    plan.to.write(object.body.clone(), &condition, &target.holder()).await?;
    let arrived = plan.to.read().await?;
    if arrived.is_none_or(|arrived| arrived.body != object.body) {
        return Err(Trouble::Differs { address: plan.to.address() });
    }
    if !plan.keeps_versions {
        copies::keep(&*plan.from, &object.body).await?;
    }
    Ok(plan.from.delete(&object.seen.tag, &source.holder()).await?)
}
