//! What can go wrong at a store: by meaning, never by the code of a protocol. Every variant names the place, and its
//! hint what to do next. Texts of servers pass through here only after `said` has cleaned them.

use super::holder::Holder;
pub use crate::diag::said;
use crate::host::fs::FileError;
use std::sync::Arc;

/// A fault of one request, after its bounded repetitions. `place` is an address for people: `s3://bucket/key`.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The bucket or container, not the object, is missing.
    #[error("{place}: there is no such {what}")]
    NoContainer { place: String, what: &'static str },
    /// The container belongs to somebody else, or nobody can tell.
    #[error("{place}: it is not provably yours: {said}")]
    Foreign { place: String, said: String },
    #[error("{place}: access is denied: {said}")]
    Denied { place: String, said: String },
    #[error("{place}: there are no credentials: {said}")]
    NoCredentials { place: String, said: String },
    #[error("{place}: the credentials have expired: {said}")]
    Expired { place: String, said: String },
    #[error("{place}: it lies in another region: {said}")]
    WrongRegion { place: String, said: String },
    #[error("{place}: this machine's clock and the store's differ too much: {said}")]
    Skewed { place: String, said: String },
    /// A condition did not hold: somebody was quicker.
    #[error("{place}: somebody changed it meanwhile")]
    Changed { place: String },
    /// The store cannot do what safety needs.
    #[error("{place}: the store cannot {what}")]
    Incapable { place: String, what: &'static str },
    /// It may work in a while.
    #[error("{place}: the store does not answer as it should: {said}")]
    Unavailable { place: String, said: String },
    /// The content is not what its digest says.
    #[error("{place}: its digest is {found}, but {recorded} is recorded")]
    Digest { place: String, recorded: String, found: String },
    #[error("{place}: the store refused (status {status}): {said}")]
    Refused { place: String, status: u16, said: String },
    #[error("{0}")]
    File(Arc<FileError>),
}

impl StoreError {
    /// Whether the same request may succeed if it is repeated.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoContainer { .. } => "create it with `terrace backend bootstrap`, or mend its name",
            Self::Foreign { .. } => "choose another name, or log in to the account that owns it",
            Self::Denied { .. } => "ask for read and write access to this object and to its lock",
            Self::NoCredentials { .. } => {
                "log in, or set the credentials in the environment or in the backend's settings"
            }
            Self::Expired { .. } => "log in again",
            Self::WrongRegion { .. } => "mend `region` in the backend's settings",
            Self::Skewed { .. } => "set this machine's clock",
            Self::Changed { .. } => "look at it again, then repeat",
            Self::Incapable { .. } => "use terraform's own command for this",
            Self::Unavailable { .. } => "try again later; nothing was changed that was not reported",
            Self::Digest { .. } => {
                "if no run is going on, somebody wrote the state without its digest: compare both, then mend the digest"
            }
            Self::Refused { .. } | Self::File(_) => return None,
        })
    }
}

/// A lock that could not be taken or released.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LockError {
    #[error("{place}: it is locked by {who}", place = .0.place, who = .0.who())]
    Held(Box<Holder>),
    /// What is there now is not what was to be released.
    #[error("{place}: the lock is now another one, held by {who}", place = .0.place, who = .0.who())]
    Replaced(Box<Holder>),
    #[error(transparent)]
    Store(#[from] StoreError),
}
