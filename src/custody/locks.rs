//! Held locks of many states, and letting go of them: exactly the one that was seen, or none.

use super::{Answered, Kept, each};
use crate::state::lock_info::escaped;
use crate::state::{Holder, LockError, StoreError};
use std::time::Duration;

/// Every held lock. A store that does not answer is a row of its own.
pub async fn holders(all: Vec<Kept>) -> Vec<Answered<Vec<Holder>>> {
    each(all, |kept| async move {
        let answer = kept.holders().await;
        Answered { kept, answer }
    })
    .await
}

/// Which locks of an estate are meant.
#[derive(Clone, Debug)]
pub struct Rule {
    /// By the store's clock; a lock whose age is not known is never meant.
    pub older_than: Duration,
    /// Of `user@host`; `*` stands for any text.
    pub who: String,
}

impl Rule {
    #[must_use]
    pub fn means(&self, holder: &Holder) -> bool {
        let who = holder.info.as_ref().map_or("", |info| info.who.as_str());
        holder.age().is_some_and(|age| age >= self.older_than) && matches_wildcard(&self.who, who)
    }
}

/// Whether a text fits a pattern in which `*` stands for any text.
#[must_use]
pub fn matches_wildcard(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let end = pieces.pop().unwrap_or_default();
    for piece in pieces {
        match text.find(piece) {
            Some(at) => text = &text[at + piece.len()..],
            None => return false,
        }
    }
    text.ends_with(end)
}

/// What became of a lock that was to be let go.
#[derive(Debug)]
pub enum Released {
    Done,
    /// Its holder was quicker.
    GoneAlready,
    /// Another one is held now; it was left alone.
    Replaced(Box<Holder>),
    Failed(StoreError),
}

/// Looks at the lock again and lets go of it if it is still the one that was seen.
pub async fn release(kept: &Kept, seen: &Holder) -> Released {
    let now = match kept.holders().await {
        Ok(now) => now,
        Err(error) => return Released::Failed(error),
    };
    let same_part = now.into_iter().find(|holder| holder.part == seen.part && holder.place == seen.place);
    match same_part {
        None => Released::GoneAlready,
        Some(holder) if holder.id != seen.id || holder.tag != seen.tag => {
            Released::Replaced(Box::new(holder))
        }
        Some(_) => match kept.store.release(seen).await {
            Ok(()) => Released::Done,
            Err(LockError::Held(holder) | LockError::Replaced(holder)) => Released::Replaced(holder),
            Err(LockError::Store(error)) => Released::Failed(error),
        },
    }
}

/// Between the two looks at a lease without a note, by a clock of whole seconds.
const SECOND_LOOK: Duration = Duration::from_secs(61);

/// Breaks a lease that nobody signed, if a second look finds it unchanged.
pub async fn break_nameless(kept: &Kept, seen: &Holder) -> Released {
    tokio::time::sleep(SECOND_LOOK).await;
    match kept.store.break_nameless(seen).await {
        Ok(()) => Released::Done,
        Err(LockError::Held(holder) | LockError::Replaced(holder)) => Released::Replaced(holder),
        Err(LockError::Store(error)) => Released::Failed(error),
    }
}

/// A command to paste that releases a lock. Only for an id that a tool made: other people's text never stands in it.
#[must_use]
pub fn paste(unit: &str, holder: &Holder) -> Option<String> {
    let id = holder.plain_id()?;
    let is_plain = |c: char| c.is_alphanumeric() || "._-/+@=:".contains(c);
    let is_quotable = |c: char| !c.is_control() && c != '\'';
    let unit = match unit {
        unit if unit.starts_with('-') => return None,
        unit if !unit.is_empty() && unit.chars().all(is_plain) => unit.to_owned(),
        unit if unit.chars().all(is_quotable) && escaped(unit) == unit => format!("'{unit}'"),
        _ => return None,
    };
    Some(format!("terrace lock release {unit} --id {id}"))
}

#[cfg(test)]
mod tests {
    use super::super::{Kept, Witness};
    use super::{Released, Rule, holders, matches_wildcard, paste, release};
    use crate::host::clock;
    use crate::state::memory::{MemoryObjects, MemoryStore};
    use crate::state::{Holder, LockInfo};
    use std::sync::Arc;
    use std::time::Duration;

    const ID: &str = "40d2a3c4-0000-1111-2222-333344445555";

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    fn kept(objects: &MemoryObjects, key: &str) -> Kept {
        let store = Arc::new(MemoryStore::new(objects.clone(), key));
        Kept { unit: key.to_owned(), store, witness: Witness::default() }
    }

    async fn lock(kept: &Kept, id: &str, who: &str) -> Holder {
        let info = LockInfo { id: id.to_owned(), who: who.to_owned(), ..LockInfo::default() };
        kept.store.acquire(&info).await.unwrap().remove(0)
    }

    #[test]
    fn patterns_have_one_sign() {
        for (pattern, text, fits) in [
            ("ci@*", "ci@runner-1", true),
            ("ci@*", "xci@runner", false),
            ("*@vm", "root@vm", true),
            ("*@vm", "root@vm2", false),
            ("a*b*c", "a1b2c", true),
            ("a*b*c", "acb", false),
            ("*", "", true),
            ("", "x", false),
            ("ab*ba", "aba", false),
            ("a[b", "a[b", true),
        ] {
            assert_eq!(matches_wildcard(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn a_lock_that_changed_hands_is_left_alone() {
        let objects = MemoryObjects::default();
        let kept = kept(&objects, "a");
        run(async {
            let seen = lock(&kept, "one", "me@here").await;
            kept.store.release(&seen).await.unwrap();
            assert!(matches!(release(&kept, &seen).await, Released::GoneAlready));
            let other = lock(&kept, "two", "you@there").await;
            let Released::Replaced(now) = release(&kept, &seen).await else { panic!("released another's") };
            assert_eq!(now.id, "two");
            assert!(matches!(release(&kept, &other).await, Released::Done));
            assert!(kept.holders().await.unwrap().is_empty());
        });
    }

    #[test]
    fn a_rule_means_old_locks_of_somebody() {
        let objects = MemoryObjects::default();
        let all = vec![kept(&objects, "a"), kept(&objects, "b"), kept(&objects, "c")];
        let rows = run(async {
            lock(&all[0], ID, "ci@runner-7").await;
            lock(&all[1], ID, "dev@laptop").await;
            holders(all.clone()).await
        });
        let counts: Vec<usize> = rows.iter().map(|row| row.answer.as_ref().unwrap().len()).collect();
        assert_eq!(counts, [1, 1, 0]);
        let mut old = rows[0].answer.as_ref().unwrap()[0].clone();
        let rule = Rule { older_than: Duration::from_secs(7200), who: "ci@*".to_owned() };
        assert!(!rule.means(&old), "it was taken just now");
        old.since = Some(clock::now() - Duration::from_secs(9000));
        assert!(rule.means(&old));
        old.info.as_mut().unwrap().who = "dev@laptop".to_owned();
        assert!(!rule.means(&old));
        old.info = None;
        assert!(!rule.means(&old), "nobody can tell whose it is");
        old.now = None;
        assert!(!Rule { who: "*".to_owned(), ..rule }.means(&old), "nor how old");
    }

    #[test]
    fn only_harmless_words_are_pasted() {
        let objects = MemoryObjects::default();
        let mut holder = run(async { lock(&kept(&objects, "a"), ID, "x").await });
        assert_eq!(
            paste("live/dev/vpc", &holder).unwrap(),
            format!("terrace lock release live/dev/vpc --id {ID}")
        );
        assert_eq!(paste("a b", &holder).unwrap(), format!("terrace lock release 'a b' --id {ID}"));
        for unit in ["-x", "a'b", "a\u{1b}[2J", "a\u{202e}b"] {
            assert_eq!(paste(unit, &holder), None, "{unit:?}");
        }
        holder.id = "x; rm -rf /".to_owned();
        assert_eq!(paste("a", &holder), None);
    }
}
