//! Moving a state to or from a place that only terraform reaches. A target is never written over, what arrived is read
//! back and compared, and a source of ours goes last. terraform deletes no state, so that one of its own stays.

use super::inventory::{Inventory, parse};
use super::locked::{Locked, Signature};
use super::trouble::Trouble;
use super::{Fingerprint, copies, relocate};
use crate::state::Store;
use crate::state::object::Condition;
use bytes::Bytes;
use std::fmt::Debug;
use std::sync::Arc;

/// A state that terraform reads and writes for us. Blocks; terraform takes its own lock for a push.
pub trait Far: Debug + Send + Sync {
    /// For people.
    fn address(&self) -> String;

    /// The state, empty if there is none.
    ///
    /// # Errors
    /// What terraform says.
    fn pull(&self) -> Result<Vec<u8>, String>;

    /// # Errors
    /// What terraform says.
    fn push(&self, state: &[u8]) -> Result<(), String>;
}

/// One end of a move.
#[derive(Clone, Debug)]
pub enum End {
    Ours(Arc<dyn Store>),
    Far(Arc<dyn Far>),
}

impl End {
    #[must_use]
    pub fn address(&self) -> String {
        match self {
            Self::Ours(store) => store.address(),
            Self::Far(far) => far.address(),
        }
    }

    async fn read(&self) -> Result<Option<Bytes>, Trouble> {
        let body = match self {
            Self::Ours(store) => store.read().await?.map(|object| object.body),
            Self::Far(far) => {
                let far = Arc::clone(far);
                let pulled: Bytes = said(self, tokio::task::spawn_blocking(move || far.pull()).await)?.into();
                Some(pulled).filter(|body| !is_blank(body))
            }
        };
        Ok(body.filter(|body| !body.trim_ascii().is_empty()))
    }
}

/// Where there is no state, terraform makes one up that never was: nobody's, and empty.
fn is_blank(body: &[u8]) -> bool {
    let is_nobodys =
        |found: Inventory| found.lineage.is_empty() && found.resources.is_empty() && found.outputs.is_empty();
    parse(body).is_ok_and(|found| found.is_none_or(is_nobodys))
}

fn said<T, E: ToString>(end: &End, done: Result<Result<T, String>, E>) -> Result<T, Trouble> {
    let done = done.unwrap_or_else(|error| Err(error.to_string()));
    done.map_err(|said| Trouble::Terraform { address: end.address(), said })
}

/// What would move.
#[derive(Clone, Debug)]
pub struct Move {
    pub from: End,
    pub to: End,
    seen: Fingerprint,
    pub resources: usize,
    /// The source gives deleted states back, or stays.
    pub is_safe: bool,
}

/// Looks at both ends.
///
/// # Errors
/// No state at the source; one at the target.
pub async fn look(from: End, to: End) -> Result<Move, Trouble> {
    let body = from.read().await?.ok_or_else(|| Trouble::NoState { address: from.address() })?;
    let resources = held(&from, &body)?.resources.len();
    refuse_state_at(&to).await?;
    let is_safe = match &from {
        End::Ours(store) => store.keeps_versions().await?,
        End::Far(_) => true,
    };
    Ok(Move { seen: Fingerprint::of(&body), from, to, resources, is_safe })
}

fn held(end: &End, body: &[u8]) -> Result<Inventory, Trouble> {
    let found = parse(body)
        .map_err(|error| Trouble::NotAState { address: end.address(), said: error.to_string() })?;
    found.ok_or_else(|| Trouble::NoState { address: end.address() })
}

async fn refuse_state_at(to: &End) -> Result<(), Trouble> {
    match to.read().await? {
        Some(_) => Err(Trouble::Occupied { address: to.address() }),
        None => Ok(()),
    }
}

/// Moves it. Cut off anywhere, the state is whole at the source, or at the target, or at both.
///
/// # Errors
/// When a lock is held by somebody, or something changed since it was shown; then nothing moved.
pub async fn carry_out(plan: &Move, by: &Signature) -> Result<(), Trouble> {
    let End::Ours(source) = &plan.from else { return bring(plan, by).await };
    let locked = Locked::take(source, (by, relocate::OPERATION)).await?;
    let worked = async {
        bring(plan, by).await?;
        let object = source.read().await?.filter(|object| Fingerprint::of(&object.body) == plan.seen);
        let object = object.ok_or_else(|| Trouble::Overtaken { address: source.address() })?;
        if !plan.is_safe {
            copies::keep(&**source, &object.body).await?;
        }
        Ok(source.delete(&object.seen.tag, &locked.holder()).await?)
    };
    let worked = worked.await;
    locked.release(worked).await
}

/// To the target, compared there.
async fn bring(plan: &Move, by: &Signature) -> Result<(), Trouble> {
    let body = plan.from.read().await?.filter(|body| Fingerprint::of(body) == plan.seen);
    let body = body.ok_or_else(|| Trouble::Overtaken { address: plan.from.address() })?;
    match &plan.to {
        End::Ours(store) => {
            let locked = Locked::take(store, (by, relocate::OPERATION)).await?;
            let worked = put(plan, (store, &locked), &body).await;
            locked.release(worked).await
        }
        End::Far(far) => {
            refuse_state_at(&plan.to).await?;
            let (far, pushed) = (Arc::clone(far), body.clone());
            said(&plan.to, tokio::task::spawn_blocking(move || far.push(&pushed)).await)?;
            compare(plan, &body).await
        }
    }
}

async fn put(plan: &Move, (store, locked): (&Arc<dyn Store>, &Locked), body: &Bytes) -> Result<(), Trouble> {
    let condition = match relocate::refuse_state_at(store).await? {
        Some(empty) if store.backend() != "local" => Condition::Unchanged(empty.seen.tag),
        _ => Condition::Absent,
    };
    store.write(body.clone(), &condition, &locked.holder()).await?;
    compare(plan, body).await
}

/// terraform may write the same state in other words, and gives one that is pushed to an empty place a lineage of its own.
async fn compare(plan: &Move, sent: &[u8]) -> Result<(), Trouble> {
    let differs = || Trouble::Differs { address: plan.to.address() };
    let arrived = plan.to.read().await?.ok_or_else(differs)?;
    let (sent, arrived) = (held(&plan.from, sent)?, held(&plan.to, &arrived)?);
    let is_later = arrived.serial >= sent.serial;
    let is_ours = arrived.lineage == sent.lineage || matches!(plan.to, End::Far(_));
    let is_same = arrived.resources == sent.resources && arrived.outputs == sent.outputs;
    if is_later && is_ours && is_same { Ok(()) } else { Err(differs()) }
}
