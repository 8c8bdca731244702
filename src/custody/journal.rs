//! Which terraforms terrace started on this machine: a file for each, for its owner alone, there while the child runs
//! and left behind by one that was killed. Who finds a lock may tell from it whether its holder lives. Knows no store.

use crate::host::clock;
use crate::host::env::{Env, host_name};
use crate::host::fs::{self, Access};
use crate::host::process::{Fate, birth_of, fate_of};
use crate::state::{Holder, Life, LockInfo};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// Below the user's folder for what lasts.
const FOLDER: &str = "terrace/children";
/// How often a child that runs is seen.
const PERIOD: Duration = Duration::from_secs(5);
/// Between a lock's time and ours there may be a start that took its time.
const SLACK: Duration = Duration::from_secs(2);
/// What was left behind so long ago tells nothing any more.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 3600);

/// The notes of one user on one machine. Where there is no place for them, nothing is noted and nothing known.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    folder: Option<PathBuf>,
    host: String,
}

/// What is noted of a child.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    pid: u32,
    birth: String,
    host: String,
    unit: String,
    /// terraform's word: `apply`.
    command: String,
    started: String,
}

/// The note of a child that runs. It stays when this is dropped: what was cut off is what others want to know of.
#[derive(Debug)]
pub struct Entry {
    path: PathBuf,
    note: Note,
    seen: Instant,
}

impl Journal {
    #[must_use]
    pub fn of_user(env: &Env) -> Self {
        Self { folder: env.data_dir().map(|dir| dir.join(FOLDER)), host: host_name(env).unwrap_or_default() }
    }

    /// Notes a child that has just been started. `None` where that cannot be done, which harms nobody.
    #[must_use]
    pub fn note(&self, pid: u32, (unit, command): (&Path, &str)) -> Option<Entry> {
        let folder = self.folder.as_ref()?;
        fs::create_private_dir_all(folder).ok()?;
        self.forget(|_, seen| clock::now().duration_since(seen).is_ok_and(|age| age > KEPT_FOR));
        let note = Note {
            pid,
            birth: birth_of(pid)?,
            host: self.host.clone(),
            unit: name_of(unit),
            command: command.to_owned(),
            started: clock::rfc3339_nanos(clock::now()),
        };
        let path = folder.join(format!("{pid}-{}.json", note.birth.rsplit(' ').next().unwrap_or_default()));
        let text = serde_json::to_vec(&note).ok()?;
        fs::write_atomic(&path, &text, Access::Private).ok()?;
        Some(Entry { path, note, seen: clock::instant() })
    }

    /// Whether the child that took this lock on the state of `unit` still runs. A lock counts as a child's if it was
    /// taken on this machine while we saw that child run, for what it was started for; where children disagree, nobody
    /// knows.
    #[must_use]
    pub fn life_of(&self, holder: &Holder, unit: &Path) -> Life {
        let Some(info) = holder.info.as_ref().filter(|_| holder.life == Life::Unknown) else {
            return holder.life;
        };
        let unit = name_of(unit);
        let mut lives = self.notes().into_iter().filter_map(|(_, note, seen)| {
            (note.unit == unit && self.may_be_of(info, (&note, seen))).then(|| life(&note))
        });
        let Some(first) = lives.next() else { return Life::Unknown };
        if lives.all(|life| life == first) { first } else { Life::Unknown }
    }

    fn may_be_of(&self, info: &LockInfo, (note, seen): (&Note, SystemTime)) -> bool {
        let host = info.who.rsplit_once('@').map_or("", |(_, host)| host);
        let times = clock::parse_rfc3339(&info.created).zip(clock::parse_rfc3339(&note.started));
        let is_within = times
            .is_some_and(|(created, started)| created + SLACK >= started && created <= seen + PERIOD + SLACK);
        !host.is_empty() && host == self.host && note.host == self.host && is_within && fits(info, note)
    }

    fn notes(&self) -> Vec<(PathBuf, Note, SystemTime)> {
        let Some(folder) = &self.folder else { return Vec::new() };
        let names = fs::list_dir(folder).unwrap_or_default().into_iter();
        let read = |(name, _)| {
            let path = folder.join(name);
            let seen = fs::metadata(&path).ok()?.modified().ok()?;
            let note = serde_json::from_slice(&fs::read(&path).ok()?).ok()?;
            Some((path, note, seen))
        };
        names.filter_map(read).collect()
    }

    fn forget(&self, is_over: impl Fn(&Note, SystemTime) -> bool) {
        for (path, note, seen) in self.notes() {
            if is_over(&note, seen) {
                // Somebody else may have been quicker.
                let _ = fs::remove_file(&path);
            }
        }
    }

    /// Hears how a child ended. One that was killed is remembered; one that succeeded had the lock, and gave it back,
    /// so that what is remembered of earlier ones is over.
    pub fn close(&self, entry: &Entry, code: i32) {
        if code > 128 {
            // From now on it is not seen any more.
            let _ = fs::touch(&entry.path);
            return;
        }
        let _ = fs::remove_file(&entry.path);
        if code == 0 {
            self.forget(|note, _| note.unit == entry.note.unit && life(note) == Life::Gone);
        }
    }
}

impl Entry {
    /// To be called as long as the child runs; costs nothing most of the time.
    pub fn renew(&mut self) {
        if self.seen.elapsed() >= PERIOD {
            self.seen = clock::instant();
            let _ = fs::touch(&self.path);
        }
    }
}

fn life(note: &Note) -> Life {
    match fate_of(note.pid, &note.birth) {
        Fate::Runs => Life::Alive { pid: note.pid },
        Fate::Ended => Life::Gone,
        Fate::Unknown => Life::Unknown,
    }
}

fn name_of(unit: &Path) -> String {
    fs::canonicalize(unit).unwrap_or_else(|_| unit.to_path_buf()).to_string_lossy().into_owned()
}

/// Whether a lock says that it was taken for what the child was started for.
fn fits(info: &LockInfo, note: &Note) -> bool {
    match info.operation.as_str() {
        "OperationTypePlan" => note.command == "plan",
        "OperationTypeApply" => matches!(note.command.as_str(), "apply" | "destroy"),
        "OperationTypeRefresh" => note.command == "refresh",
        _ => !matches!(note.command.as_str(), "plan" | "apply" | "destroy" | "refresh"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Journal, PERIOD};
    use crate::host::clock;
    use crate::host::fs;
    use crate::state::object::Tag;
    use crate::state::{Holder, Life, LockInfo, Part};
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    fn lock(who: &str, operation: &str, created: SystemTime) -> Holder {
        let info = LockInfo {
            who: who.to_owned(),
            operation: operation.to_owned(),
            created: clock::rfc3339_nanos(created),
            ..LockInfo::default()
        };
        Holder {
            part: Part::Object,
            place: String::new(),
            id: String::new(),
            info: Some(info),
            raw: Vec::new(),
            tag: Tag(String::new()),
            since: None,
            now: None,
            life: Life::Unknown,
        }
    }

    fn child(program: &str) -> std::process::Child {
        let nothing = std::process::Stdio::null;
        #[expect(clippy::disallowed_methods, reason = "a process to look at")]
        std::process::Command::new(program).arg("60").stdin(nothing()).stdout(nothing()).spawn().unwrap()
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_lock_is_a_childs_only_if_all_fits() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal { folder: Some(folder.path().join("notes")), host: "here".to_owned() };
        let unit = Path::new("/estate/unit");
        let mut sleeper = child("sleep");
        let pid = sleeper.id();
        let entry = journal.note(pid, (unit, "apply")).unwrap();
        let now = clock::now();
        let mine = lock("me@here", "OperationTypeApply", now);
        assert_eq!(journal.life_of(&mine, unit), Life::Alive { pid });
        for (holder, unit) in [
            (lock("me@there", "OperationTypeApply", now), unit),
            (lock("me@here", "OperationTypePlan", now), unit),
            (lock("me@here", "OperationTypeApply", now - Duration::from_secs(60)), unit),
            (lock("me@here", "OperationTypeApply", now + 3 * PERIOD), unit),
            (mine.clone(), Path::new("/estate/other")),
        ] {
            assert_eq!(journal.life_of(&holder, unit), Life::Unknown, "{holder:?}");
        }
        let mut other = child("sleep");
        let second = journal.note(other.id(), (unit, "apply")).unwrap();
        assert_eq!(journal.life_of(&mine, unit), Life::Unknown, "it may be either of two");
        journal.close(&second, 1);
        other.kill().unwrap();
        other.wait().unwrap();
        sleeper.kill().unwrap();
        sleeper.wait().unwrap();
        assert_eq!(journal.life_of(&mine, unit), Life::Gone);
        journal.close(&entry, 137);
        assert_eq!(journal.life_of(&mine, unit), Life::Gone, "who was killed is remembered");

        let mut third = child("sleep");
        let entry = journal.note(third.id(), (unit, "plan")).unwrap();
        assert_eq!(journal.life_of(&mine, unit), Life::Gone);
        third.kill().unwrap();
        third.wait().unwrap();
        journal.close(&entry, 0);
        assert_eq!(fs::list_dir(&folder.path().join("notes")).unwrap(), [], "who came after had the lock");
    }
}
