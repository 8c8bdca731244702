//! A lock that was seen at a store: who holds it, since when, and the tag that releasing it must still find there.

use super::lock_info::{LockInfo, escaped, is_plain_id};
use super::object::Tag;
use crate::host::clock::parse_rfc3339;
use std::time::{Duration, SystemTime};

/// Which of a backend's locks it is; a state may have more than one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// An object beside the state.
    Object,
    /// An item of a table.
    Table,
    /// A lease on the state itself.
    Lease,
    /// A lock of the operating system on the state's file.
    File,
}

/// Whether the process that took the lock still runs. Never a reason by itself to release a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    Alive {
        pid: u32,
    },
    Gone,
    /// It is on another machine, or nobody noted it.
    Unknown,
}

/// One held lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub part: Part,
    /// For people: `s3://bucket/key.tflock`.
    pub place: String,
    /// What releases it; empty where the lock does not say (a lease without a note).
    pub id: String,
    /// `None` where its text is not a lock's.
    pub info: Option<LockInfo>,
    /// What it says, byte for byte.
    pub raw: Vec<u8>,
    /// What a release must find unchanged.
    pub tag: Tag,
    /// When it was taken, by the store's clock where that keeps one, else by the holder's.
    pub since: Option<SystemTime>,
    /// The store's clock when we looked.
    pub now: Option<SystemTime>,
    pub life: Life,
}

impl Holder {
    /// `user@host (OperationTypeApply)` for people.
    #[must_use]
    pub fn who(&self) -> String {
        match &self.info {
            Some(info) if !info.who.is_empty() || !info.operation.is_empty() => {
                format!("{} ({})", escaped(&info.who), escaped(&info.operation))
            }
            Some(_) => "somebody who gives no name".to_owned(),
            None => "somebody whose note cannot be read".to_owned(),
        }
    }

    /// How long it has been held.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        self.now?.duration_since(self.since()?).ok()
    }

    /// When it was taken.
    #[must_use]
    pub fn since(&self) -> Option<SystemTime> {
        self.since.or_else(|| parse_rfc3339(&self.info.as_ref()?.created))
    }

    /// The id, if it may stand in a command to paste.
    #[must_use]
    pub fn plain_id(&self) -> Option<&str> {
        Some(self.id.as_str()).filter(|id| is_plain_id(id))
    }
}
