//! Why something could not be done with a state. Every variant leaves the state as it was, unless it says otherwise.

use crate::state::{LockError, StoreError};

#[derive(Clone, Debug, thiserror::Error)]
pub enum Trouble {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error("{address}: there is no state")]
    NoState { address: String },
    #[error("{address}: there is no version `{version}`")]
    NoVersion { address: String, version: String },
    #[error("{address}: {said}")]
    NotAState { address: String, said: String },
    /// Two states that have nothing to do with each other.
    #[error(
        "{address}: the lineage of the version is {theirs}, but the state's is {ours}: it is another state's"
    )]
    Foreign { address: String, ours: String, theirs: String },
    #[error("{address}: it changed since it was shown")]
    Overtaken { address: String },
    #[error("{address}: there is a state already")]
    Occupied { address: String },
    /// The copy is there and the source, too.
    #[error("{address}: what was written does not read back as it was written")]
    Differs { address: String },
    #[error("{0}: it is the same state")]
    Same(String),
    /// What terraform says of a state that only it reaches; it names the place itself.
    #[error("{said}")]
    Terraform { address: String, said: String },
    /// Everything else was done.
    #[error("{place}: it was done, but the lock `{id}` could not be released: {source}")]
    LeftLocked { place: String, id: String, source: Box<LockError> },
}

impl Trouble {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Store(error) | Self::Lock(LockError::Store(error)) => {
                return error.hint().map(str::to_owned);
            }
            Self::Lock(LockError::Held(_) | LockError::Replaced(_)) => {
                "wait until it is free; `terrace lock show` says who holds it"
            }
            Self::NoVersion { .. } => "`terrace state history` lists the versions",
            Self::Overtaken { .. } => "look at it again, then repeat",
            Self::Occupied { .. } => {
                "nothing is written over a state; name another target, or delete it first"
            }
            Self::LeftLocked { .. } => "release it with `terrace lock release`",
            Self::Foreign { .. } => {
                "restore it only where it came from; `terraform state push -force` would not ask"
            }
            Self::Terraform { .. } => {
                "nothing was deleted; what terraform needs to reach the backend must be in the environment"
            }
            Self::NoState { .. } | Self::NotAState { .. } | Self::Differs { .. } | Self::Same(_) => {
                return None;
            }
        };
        Some(text.to_owned())
    }
}
