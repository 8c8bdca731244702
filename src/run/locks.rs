//! Locks on states, as far as a run meets them: who holds one that a unit waits for, how long it waits, and what a killed
//! terraform may have left. Tells and waits; releases nothing.

use super::failure::Failure;
use super::lock_question::LockQuestion;
use super::lock_text::parse_holder;
use super::prepare::Prepared;
use super::settings::RunSettings;
use super::wire::Wire;
use crate::custody::doctor::age_text;
use crate::custody::locks::paste;
use crate::diag::shell_word;
use crate::event::Level;
use crate::host::clock::{self, parse_rfc3339};
use crate::host::fs;
use crate::host::random;
use crate::state::LockInfo;
use crate::state::lock_info::escaped;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// Commands that take the state's lock.
const LOCKING: &[&str] = &["apply", "destroy", "import", "plan", "refresh", "state", "taint", "untaint"];

/// Who holds the lock that a step did not get; `None` where it failed for another reason.
#[must_use]
pub fn holder_of(failure: &Failure) -> Option<LockInfo> {
    parse_holder(&failure.stderr).or_else(|| parse_holder(&failure.stdout))
}

/// Who, what for and for how long, in other people's words.
#[must_use]
pub fn describe(info: &LockInfo, now: SystemTime) -> String {
    let mut text = if info.who.is_empty() { "somebody".to_owned() } else { escaped(&info.who) };
    if !info.operation.is_empty() {
        text.push_str(&format!(" ({})", escaped(&info.operation)));
    }
    match parse_rfc3339(&info.created).and_then(|since| now.duration_since(since).ok()) {
        Some(age) => text.push_str(&format!(" for {}", age_text(age))),
        None if !info.created.is_empty() => text.push_str(&format!(" since {}", escaped(&info.created))),
        None => {}
    }
    text
}

/// The failure of a step that did not get its lock, with the command that shows it.
pub fn explain(failure: Failure, (info, unit_dir): (&LockInfo, &Path)) -> Failure {
    let who = describe(info, clock::now());
    failure.advise(format!("the state is locked by {who}; look at it: {}", show_command(unit_dir)))
}

/// To be pasted anywhere.
pub fn show_command(unit_dir: &Path) -> String {
    format!("terrace lock show {}", shell_word(&unit_dir.to_string_lossy()))
}

/// The waits of one unit for one lock: each about twice as long as the one before, none in step with other waiters.
#[derive(Debug)]
pub struct Patience {
    limit: Duration,
    /// The first wait.
    since: Option<Instant>,
    pause: Duration,
}

const SHORTEST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(30);

impl Patience {
    #[must_use]
    pub fn of(limit: Duration) -> Self {
        Self { limit, since: None, pause: SHORTEST }
    }

    /// The next wait; `None` when it has waited long enough.
    pub fn pause(&mut self) -> Option<Duration> {
        let waited = self.since.get_or_insert_with(clock::instant).elapsed();
        self.after(waited, random_part())
    }

    /// `part` of 0 halves the pause, 1 leaves it whole.
    fn after(&mut self, waited: Duration, part: f64) -> Option<Duration> {
        let left = self.limit.checked_sub(waited).filter(|left| !left.is_zero())?;
        let pause = self.pause.mul_f64(0.5 + part.clamp(0.0, 1.0) / 2.0);
        self.pause = (self.pause * 2).min(LONGEST);
        Some(pause.min(left))
    }

    #[must_use]
    pub fn limit(&self) -> String {
        age_text(self.limit)
    }
}

fn random_part() -> f64 {
    // Without randomness all wait equally long, which is no fault.
    random::bytes::<2>().map_or(1.0, |bytes| f64::from(u16::from_be_bytes(bytes)) / f64::from(u16::MAX))
}

/// Says what remains of a child that we had to kill: asked of the store where it can tell.
pub async fn tell_remaining(wire: &Wire, prepared: &Prepared, settings: &RunSettings) {
    if !LOCKING.contains(&settings.action.word()) {
        return;
    }
    let remote = prepared.ready.config.remote_state.as_ref();
    let backend = remote.map_or("local", |remote| remote.backend.as_str());
    if backend == "local" {
        let path = remote.and_then(|remote| remote.config.find("path")).and_then(|path| path.as_str());
        let Some(info) = find_lock_info(&prepared.working_dir, path) else { return };
        let info = shell_word(&info.to_string_lossy());
        let text = format!("terraform was killed; its lock died with it, but its note remains: rm {info}");
        return wire.note(Level::Error, text).await;
    }
    let dir = &prepared.ready.dir;
    let holders = match LockQuestion::of(settings, prepared) {
        Some(question) => question.holders().await,
        None => None,
    };
    let Some(holders) = holders else {
        let show = show_command(dir);
        let text = format!(
            "terraform was killed and may have left its lock on the {backend} backend; look at it: {show}"
        );
        return wire.note(Level::Error, text).await;
    };
    for holder in holders {
        let next = paste(&dir.to_string_lossy(), &holder).unwrap_or_else(|| show_command(dir));
        let text = format!(
            "terraform was killed, and the state is locked by {}; if that was this terraform: {next}",
            holder.who()
        );
        wire.note(Level::Error, text).await;
    }
}

/// The note that terraform keeps beside a local state while it holds the lock.
fn find_lock_info(dir: &Path, path: Option<&str>) -> Option<PathBuf> {
    let state = dir.join(path.unwrap_or("terraform.tfstate"));
    let name = state.file_name()?.to_string_lossy().into_owned();
    let info = state.with_file_name(format!(".{name}.lock.info"));
    fs::exists(&info).then_some(info)
}

#[cfg(test)]
mod tests {
    use super::{Patience, describe};
    use crate::host::clock::parse_rfc3339;
    use crate::state::LockInfo;
    use std::time::Duration;

    #[test]
    fn the_holder_is_described_in_harmless_words() {
        let now = parse_rfc3339("2026-11-23T12:00:00Z").unwrap();
        let info = |who: &str, created: &str| LockInfo {
            who: who.to_owned(),
            operation: "OperationTypeApply".to_owned(),
            created: created.to_owned(),
            ..LockInfo::default()
        };
        for (who, created, want) in [
            ("me@host", "2026-11-23T11:56:55.5Z", "me@host (OperationTypeApply) for 3m 4s"),
            ("me\u{1b}[2J", "soon", r"me\u{1b}[2J (OperationTypeApply) since soon"),
            ("", "", "somebody (OperationTypeApply)"),
            ("me", "2026-11-23T13:00:00Z", "me (OperationTypeApply) since 2026-11-23T13:00:00Z"),
        ] {
            assert_eq!(describe(&info(who, created), now), want);
        }
    }

    #[test]
    fn patience_grows_and_ends() {
        let mut patience = Patience::of(Duration::from_secs(100));
        let seconds = |seconds| Duration::from_secs(seconds);
        let waits: Vec<_> = (0..6).map(|_| patience.after(seconds(0), 1.0).unwrap()).collect();
        assert_eq!(waits, [2, 4, 8, 16, 30, 30].map(seconds));
        assert_eq!(patience.after(seconds(0), 0.0), Some(seconds(15)), "half of it at least");
        assert_eq!(patience.after(seconds(97), 1.0), Some(seconds(3)), "never beyond the limit");
        assert_eq!(patience.after(seconds(100), 1.0), None);
        assert_eq!(Patience::of(Duration::ZERO).after(seconds(0), 1.0), None);
    }
}
