//! A lock that was seen at a store: who holds it, since when, and the tag that releasing it must still find there.

use super::lock_info::{LockInfo, escaped, is_plain_id};
use super::tag::Tag;
use crate::host::clock::parse_rfc3339;
use std::time::{Duration, SystemTime};

/// How far a holder's clock may be ahead of the store's.
const SLACK: Duration = Duration::from_secs(60);

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

    /// How long it has been held. Stores tell whole seconds and the holder's clock is another one: a lock from the near
    /// future is a new one.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        let (now, since) = (self.now?, self.since()?);
        let ahead = since.duration_since(now).unwrap_or_default();
        (ahead <= SLACK).then(|| now.duration_since(since).unwrap_or_default())
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

#[cfg(test)]
mod tests {
    use super::{Holder, Life, Part};
    use crate::state::lock_info::LockInfo;
    use crate::state::tag::Tag;
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_lock_of_this_second_is_new_and_one_of_tomorrow_has_no_age() {
        let created = "2026-11-23T11:49:46.75Z".to_owned();
        let taken = crate::host::clock::parse_rfc3339(&created).unwrap();
        let age = |now: SystemTime| {
            let info = Some(LockInfo { created: created.clone(), ..LockInfo::default() });
            let (id, tag, place) = (String::new(), Tag(String::new()), String::new());
            let now = Some(now);
            let holder = Holder {
                part: Part::Lease,
                place,
                id,
                info,
                raw: vec![],
                tag,
                since: None,
                now,
                life: Life::Unknown,
            };
            holder.age().map(|age| age.as_secs())
        };
        assert_eq!(age(taken + Duration::from_secs(90)), Some(90));
        assert_eq!(age(taken - Duration::from_millis(750)), Some(0));
        assert_eq!(age(taken - Duration::from_secs(3600)), None);
    }
}
