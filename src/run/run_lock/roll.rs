//! What a run lock says: which runs hold which part of an estate, and until when. Times are the store's. Pure.

use crate::host::clock::{parse_rfc3339, rfc3339_nanos};
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime};

/// The shape of the text; another one is not ours to change.
const VERSION: u32 = 1;

/// All runs of one estate that hold a part of it. One object, so that one conditional write decides about all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roll {
    version: u32,
    #[serde(default)]
    pub estate: String,
    #[serde(default)]
    runs: Vec<Entry>,
}

/// One run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub token: String,
    /// From the estate's root, with `/`; `.` for all of it.
    pub root: String,
    pub who: String,
    pub command: String,
    pub since: String,
    /// Not renewed by then, anybody may strike it out.
    pub until: String,
}

/// A text that is no roll, or none of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RollError {
    #[error("it is no run lock: {0}")]
    Malformed(String),
    #[error("it is a run lock of version {0}, which a newer terrace wrote")]
    Version(u32),
    #[error("it belongs to the estate `{0}`")]
    Estate(String),
}

impl Roll {
    #[must_use]
    pub fn empty(estate: &str) -> Self {
        Self { version: VERSION, estate: estate.to_owned(), runs: Vec::new() }
    }

    /// Reads what stands in the store; nothing is a roll without runs.
    ///
    /// # Errors
    /// When it cannot be relied on.
    pub fn parse(bytes: &[u8], estate: &str) -> Result<Self, RollError> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::empty(estate));
        }
        let roll: Self =
            serde_json::from_slice(bytes).map_err(|error| RollError::Malformed(error.to_string()))?;
        if roll.version != VERSION {
            return Err(RollError::Version(roll.version));
        }
        if roll.estate != estate {
            return Err(RollError::Estate(roll.estate));
        }
        Ok(roll)
    }

    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// A run that holds what `root` would need: the same part, a part of it, or one around it.
    #[must_use]
    pub fn holder(&self, root: &str, now: SystemTime) -> Option<&Entry> {
        self.runs.iter().find(|run| !run.is_over(now) && overlap(&run.root, root))
    }

    #[must_use]
    pub fn find(&self, token: &str) -> Option<&Entry> {
        self.runs.iter().find(|run| run.token == token)
    }

    /// With this run, until so long after now, and without those that are over.
    #[must_use]
    pub fn with(&self, run: &Entry, (now, life): (SystemTime, Duration)) -> Self {
        let mut roll = self.without(&run.token);
        roll.runs.retain(|other| !other.is_over(now));
        roll.runs.push(Entry { until: rfc3339_nanos(now + life), ..run.clone() });
        roll
    }

    #[must_use]
    pub fn without(&self, token: &str) -> Self {
        let mut roll = self.clone();
        roll.runs.retain(|run| run.token != token);
        roll
    }
}

impl Entry {
    /// A time that cannot be read never comes: better a lock that somebody must remove than two runs.
    fn is_over(&self, now: SystemTime) -> bool {
        parse_rfc3339(&self.until).is_some_and(|until| until < now)
    }
}

fn overlap(one: &str, other: &str) -> bool {
    let parts = |root: &str| -> Vec<String> {
        root.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect()
    };
    let (one, other) = (parts(one), parts(other));
    one.starts_with(&other) || other.starts_with(&one)
}

#[cfg(test)]
mod tests {
    use super::{Entry, Roll, RollError, overlap};
    use crate::host::clock::parse_rfc3339;
    use std::time::{Duration, SystemTime};

    fn noon() -> SystemTime {
        parse_rfc3339("2026-01-02T12:00:00Z").unwrap()
    }

    fn run(token: &str, root: &str) -> Entry {
        Entry { token: token.to_owned(), root: root.to_owned(), ..Entry::default() }
    }

    #[test]
    fn nested_roots_conflict_and_neighbours_do_not() {
        for (one, other, want) in [
            (".", "live/dev", true),
            ("live", "live/dev", true),
            ("live/dev", "live", true),
            ("live/dev", "live/dev", true),
            ("live/dev", "live/prod", false),
            ("live/dev", "live/dev2", false),
            (".", ".", true),
        ] {
            assert_eq!(overlap(one, other), want, "{one} {other}");
        }
    }

    #[test]
    fn a_run_holds_its_part_until_it_is_over() {
        let minute = Duration::from_secs(60);
        let roll = Roll::empty("e").with(&run("a", "live"), (noon(), minute));
        assert_eq!(roll.holder("live/dev", noon()).unwrap().token, "a");
        assert_eq!(roll.holder("live/dev", noon() + minute).unwrap().token, "a");
        assert_eq!(roll.holder("live/dev", noon() + minute * 2), None);
        let later = roll.with(&run("b", "live/dev"), (noon() + minute * 2, minute));
        assert_eq!((later.find("a"), later.find("b").is_some()), (None, true), "who takes over strikes out");
        let renewed = roll.with(&run("a", "live"), (noon() + minute * 2, minute));
        assert_eq!(renewed.holder("live", noon() + minute * 3).unwrap().token, "a");
        assert!(renewed.without("a").is_empty());
    }

    #[test]
    fn a_time_that_cannot_be_read_never_comes() {
        let text = r#"{"version":1,"estate":"e","runs":[{"token":"a","root":".","who":"","command":"","since":"","until":"soon"}]}"#;
        let roll = Roll::parse(text.as_bytes(), "e").unwrap();
        assert!(roll.holder("x", noon()).is_some());
        assert_eq!(roll.to_json(), text);
    }

    #[test]
    fn what_cannot_be_relied_on_is_refused() {
        assert!(Roll::parse(b" ", "e").unwrap().is_empty());
        assert!(matches!(Roll::parse(b"[]", "e"), Err(RollError::Malformed(_))));
        let text = |version: u32| format!(r#"{{"version":{version},"estate":"e","runs":[]}}"#);
        assert_eq!(Roll::parse(text(2).as_bytes(), "e"), Err(RollError::Version(2)));
        assert_eq!(Roll::parse(text(1).as_bytes(), "f"), Err(RollError::Estate("e".to_owned())));
    }
}
