//! What is wrong with states, their locks and their containers, each with what to do about it. Looks only.

use super::locks::paste;
use super::{Kept, each};
use crate::state::front::Front;
use crate::state::{Holder, Life, Part, StoreError};
use std::collections::BTreeMap;
use std::time::Duration;

/// A thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The unit, or the container.
    pub subject: String,
    pub kind: Kind,
    pub what: String,
    pub remedy: String,
}

/// Which of the things that can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    StaleLock,
    LockWithoutState,
    LeaseWithoutNote,
    UnreadableLock,
    LeftoverNote,
    Digest,
    UnreadableState,
    Permission,
    NoVersions,
    Container,
    /// The store did not answer the question.
    Unanswered,
}

impl Kind {
    /// As programs read it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::StaleLock => "stale-lock",
            Self::LockWithoutState => "lock-without-state",
            Self::LeaseWithoutNote => "lease-without-note",
            Self::UnreadableLock => "unreadable-lock",
            Self::LeftoverNote => "leftover-note",
            Self::Digest => "digest-mismatch",
            Self::UnreadableState => "unreadable-state",
            Self::Permission => "permission",
            Self::NoVersions => "no-versions",
            Self::Container => "container",
            Self::Unanswered => "unanswered",
        }
    }
}

/// Examines every state, and every container once.
pub async fn examine(all: Vec<Kept>, stale_after: Duration) -> Vec<Finding> {
    let containers = containers(&all);
    let of_states = each(all, |kept| async move { examine_state(&kept, stale_after).await }).await;
    let of_containers = each(containers, |kept| async move { examine_container(&kept).await }).await;
    of_states.into_iter().flatten().chain(of_containers.into_iter().flatten()).collect()
}

/// One state of each container.
fn containers(all: &[Kept]) -> Vec<Kept> {
    let named = all.iter().filter(|kept| kept.store.backend() != "local");
    let by_name: BTreeMap<String, &Kept> =
        named.map(|kept| (format!("{} {}", kept.store.backend(), kept.store.container()), kept)).collect();
    by_name.into_values().map(|kept| Kept { unit: kept.store.container(), ..kept.clone() }).collect()
}

async fn examine_container(kept: &Kept) -> Vec<Finding> {
    match kept.store.keeps_versions().await {
        Ok(true) => Vec::new(),
        Ok(false) => vec![Finding {
            subject: kept.unit.clone(),
            kind: Kind::NoVersions,
            what: "it keeps no older versions: a state that is overwritten or deleted is lost".to_owned(),
            remedy: "switch versioning on, or let `terrace backend bootstrap` do it".to_owned(),
        }],
        // That states cannot be read there is told of each of them.
        Err(
            StoreError::NoContainer { .. } | StoreError::NoCredentials { .. } | StoreError::Expired { .. },
        ) => Vec::new(),
        Err(error) => vec![of_error(&kept.unit, &error)],
    }
}

async fn examine_state(kept: &Kept, stale_after: Duration) -> Vec<Finding> {
    let mut findings = Vec::new();
    // To its end: that of a state which was cut short is missing.
    let (mut front, mut told) = (Front::to_the_end(), None);
    let has_state = match kept.store.read_front(&mut front).await {
        // An empty object is a lock's, not a state.
        Ok(_) => match front.finish() {
            Ok(snapshot) => Some(snapshot.is_some()),
            Err(error) if error.is_for_terraform() => Some(true),
            Err(error) => {
                findings.push(unreadable_state(&kept.unit, &error.to_string()));
                Some(true)
            }
        },
        Err(error) => {
            findings.push(of_error(&kept.unit, &error));
            told = Some(std::mem::discriminant(&error));
            None
        }
    };
    match kept.holders().await {
        Ok(holders) if holders.is_empty() => findings.extend(leftover_note(kept).await),
        Ok(holders) => {
            findings
                .extend(holders.iter().flat_map(|holder| of_holder(kept, holder, (has_state, stale_after))));
        }
        // The same cause was told of the state already.
        Err(error) if told == Some(std::mem::discriminant(&error)) => {}
        Err(error) => findings.push(of_error(&kept.unit, &error)),
    }
    findings
}

fn unreadable_state(unit: &str, fault: &str) -> Finding {
    Finding {
        subject: unit.to_owned(),
        kind: Kind::UnreadableState,
        what: format!("the state cannot be read: {fault}"),
        remedy: format!("`terrace state history {unit}` lists what can be restored"),
    }
}

fn of_holder(
    kept: &Kept,
    holder: &Holder,
    (has_state, stale_after): (Option<bool>, Duration),
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |kind: Kind, what: String, remedy: String| {
        findings.push(Finding { subject: kept.unit.clone(), kind, what, remedy });
    };
    let release = paste(&kept.unit, holder).unwrap_or_else(|| {
        format!(
            "look at it with `terrace lock show`, then `terrace lock release UNIT --id ID` ({})",
            holder.place
        )
    });
    match (&holder.info, holder.part) {
        (None, Part::Lease) => add(
            Kind::LeaseWithoutNote,
            "a lease is held, but no note says by whom: its holder died while it took it, or took it this instant"
                .to_owned(),
            "`terrace lock release UNIT --nameless` breaks it if a second look finds it unchanged".to_owned(),
        ),
        (None, _) => add(
            Kind::UnreadableLock,
            "the text of the lock is not one that terraform writes".to_owned(),
            format!("find out who wrote {}; remove it if nobody runs anything", holder.place),
        ),
        (Some(_), _) => {
            let is_old = holder.age().is_some_and(|age| age >= stale_after);
            if is_old || holder.life == Life::Gone {
                let since = holder.age().map_or_else(String::new, |age| format!(" for {}", age_text(age)));
                let life = if holder.life == Life::Gone { ", whose process is gone" } else { "" };
                let what = format!("locked by {}{life}{since}", holder.who());
                add(Kind::StaleLock, what, format!("ask the holder; if nothing runs: {release}"));
            }
            if has_state == Some(false) && is_old {
                let what = "it is locked, but there is no state: a first apply that never came to its end";
                add(Kind::LockWithoutState, what.to_owned(), release);
            }
        }
    }
    findings
}

/// terraform's note beside a local state, when nobody holds the lock that it speaks of.
async fn leftover_note(kept: &Kept) -> Option<Finding> {
    if kept.store.backend() != "local" {
        return None;
    }
    let (folder, name) = kept.store.key().rsplit_once('/')?;
    let note = format!("{folder}/.{name}.lock.info");
    let found = kept.store.objects().list(&note).await.ok()?;
    found.iter().any(|entry| entry.key == note).then(|| Finding {
        subject: kept.unit.clone(),
        kind: Kind::LeftoverNote,
        what: "nobody holds the lock, but the note of a former holder is still there; it does no harm"
            .to_owned(),
        remedy: format!("remove {note}"),
    })
}

fn of_error(subject: &str, error: &StoreError) -> Finding {
    let kind = match error {
        StoreError::NoContainer { .. } | StoreError::Foreign { .. } | StoreError::WrongRegion { .. } => {
            Kind::Container
        }
        StoreError::Denied { .. } | StoreError::NoCredentials { .. } | StoreError::Expired { .. } => {
            Kind::Permission
        }
        StoreError::Digest { .. } => Kind::Digest,
        _ => Kind::Unanswered,
    };
    let remedy = error.hint().unwrap_or("mend what the store complains about, then look again");
    Finding { subject: subject.to_owned(), kind, what: error.to_string(), remedy: remedy.to_owned() }
}

/// `3d 4h`, `2h 5m`, `3m 20s`, `12s`.
#[must_use]
pub fn age_text(age: Duration) -> String {
    let seconds = age.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, minutes) => format!("{minutes}m {}s", seconds % 60),
        (0, hours, minutes) => format!("{hours}h {minutes}m"),
        (days, hours, _) => format!("{days}d {hours}h"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, age_text, examine};
    use crate::custody::{Kept, Witness};
    use crate::state::LockInfo;
    use crate::state::memory::{MemoryObjects, MemoryStore};
    use crate::state::object::{Class, Condition, Objects};
    use std::sync::Arc;
    use std::time::Duration;

    #[test]
    fn ages_have_two_units() {
        for (seconds, text) in [(5, "5s"), (200, "3m 20s"), (7500, "2h 5m"), (273_600, "3d 4h")] {
            assert_eq!(age_text(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn each_fault_is_told_with_its_remedy() {
        let objects = MemoryObjects::default();
        let kept = |key: &str| Kept {
            unit: key.to_owned(),
            store: Arc::new(MemoryStore::new(objects.clone(), key)),
            witness: Witness::default(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let put = |key: &'static str, text: &'static str| {
            let (objects, body) = (objects.clone(), text.into());
            runtime
                .block_on(async move { objects.put(key, Class::State, body, &Condition::Absent).await })
                .unwrap()
        };
        let good = r#"{"version":4,"serial":1,"lineage":"l","outputs":{}}"#;
        put("fine", good);
        put("torn", "{\"version\": 4, \"outp");
        put("locked", good);
        put("odd", good);
        put("odd.tflock", "not json");
        let id = "40d2a3c4-0000-1111-2222-333344445555".to_owned();
        let info = LockInfo { id, who: "ci@runner".to_owned(), ..LockInfo::default() };
        for key in ["locked", "never"] {
            runtime.block_on(kept(key).store.acquire(&info)).unwrap();
        }
        let all: Vec<Kept> = ["fine", "torn", "locked", "odd", "never", "nothing"].map(kept).into();
        let told = |after| {
            let found = runtime.block_on(examine(all.clone(), Duration::from_secs(after)));
            found.into_iter().map(|finding| (finding.subject, finding.kind)).collect::<Vec<_>>()
        };
        let torn = ("torn".to_owned(), Kind::UnreadableState);
        let odd = ("odd".to_owned(), Kind::UnreadableLock);
        assert_eq!(told(3600), [torn.clone(), odd.clone()]);
        let never = |kind| ("never".to_owned(), kind);
        assert_eq!(
            told(0),
            [
                torn,
                ("locked".to_owned(), Kind::StaleLock),
                odd,
                never(Kind::StaleLock),
                never(Kind::LockWithoutState)
            ]
        );
    }
}
