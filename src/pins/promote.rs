//! `pin/promotion`: what one environment pins must have been pinned in the one before it. What that one pinned once is read
//! from the texts that git has kept, along the line of first parents: a merge is one step, whatever it brought.
//!
//! Old texts are read, not evaluated. A lock file says exactly what it pins; of other files it is asked whether the version
//! stands in them as a word of its own, and whether they name what it is a version of. Of a version that is pinned now, the
//! word alone is enough: the evaluator has said the rest.

use crate::host::fs;
use crate::provider::lock_file::{self, LockFile};
use crate::source::history::{FileVersion, Step};
use crate::source::repository::{Repository, RepositoryError};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

/// The files that say what is pinned.
const PATTERNS: [&str; 10] = [
    ":(glob)**/*.hcl",
    ":(glob)**/*.tf",
    ":(glob)**/*.tofu",
    ":(glob)**/*.json",
    ":(glob)**/*.yml",
    ":(glob)**/*.yaml",
    ":(glob)**/.terraform-version",
    ":(glob)**/.opentofu-version",
    ":(glob)**/.tool-versions",
    ":(glob)**/*mise.toml",
];

/// Blobs that git is asked for at once.
const AT_ONCE: usize = 2000;

/// A version that is pinned: of what, and which.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    pub kind: Kind,
    /// The address without the version, the folder in it included.
    pub name: String,
    pub version: String,
}

/// What sort of thing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Its name is the whole address.
    Provider,
    /// A source of a unit, or a module that code calls.
    Module,
}

impl Release {
    /// Whether a text names what this is a version of: the last word of its address, or of the folder in that.
    fn is_named_in(&self, text: &str) -> bool {
        let parts = self
            .name
            .rsplitn(2, "//")
            .filter_map(|part| part.trim_end_matches('/').rsplit(['/', ':']).next());
        let names = parts.map(|name| name.strip_suffix(".git").unwrap_or(name));
        names.filter(|name| !name.is_empty()).any(|name| text.contains(name))
    }
}

/// Which files of the repository are of which of the two environments; a shared one is of both.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    /// Of the environment that goes first.
    pub is_earlier: &'a dyn Fn(&Path) -> bool,
    pub is_later: &'a dyn Fn(&Path) -> bool,
}

impl Sides<'_> {
    fn have(&self, path: &Path) -> bool {
        (self.is_earlier)(path) || (self.is_later)(path)
    }
}

/// What there is to say against a release in the later environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The earlier one had it before.
    Promoted,
    /// The earlier one never had it.
    Never,
    /// Both got it by the same change, which is the newest.
    AtOnce,
    /// No text says it for certain, so that it is not known whether and since when it is pinned.
    Unclear,
}

/// What is known of the releases of now.
#[derive(Clone, Copy, Debug)]
pub struct Now<'a> {
    /// Those that the later environment pins.
    pub later: &'a BTreeSet<&'a Release>,
    /// Those that the earlier one pins, as its files are now.
    pub earlier: &'a BTreeSet<&'a Release>,
}

/// Judges every release of the later environment.
///
/// # Errors
/// When git cannot say.
pub fn judge(
    repository: &Repository,
    now: Now<'_>,
    sides: Sides<'_>,
) -> Result<BTreeMap<Release, Verdict>, RepositoryError> {
    let head = repository.commit("HEAD")?;
    let mut steps = repository.steps(&PATTERNS)?;
    // Before the first of all, nothing could be promoted.
    let committed = steps.len().checked_sub(1).filter(|last| *last > 0 && steps[*last].commit == head);
    steps.push(uncommitted(repository)?);
    let newest = [committed, Some(steps.len() - 1)];
    let releases: Vec<&Release> = now.later.iter().copied().collect();
    let since = Timeline::read(repository, &steps, (&releases, sides))?;
    let verdict = |(index, release): (usize, &&Release)| {
        let is_now = now.earlier.contains(*release);
        (Release::clone(release), since.verdict(index, (is_now, newest)))
    };
    Ok(releases.iter().enumerate().map(verdict).collect())
}

/// What is not committed yet, as a step. Its contents lie on the disk.
fn uncommitted(repository: &Repository) -> Result<Step, RepositoryError> {
    let files = repository.uncommitted()?.into_iter().map(|path| FileVersion { blob: None, path });
    Ok(Step { commit: String::new(), files: files.collect() })
}

/// A release that a text may pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hit {
    release: usize,
    /// Whether the text says what the version is of.
    is_named: bool,
}

/// The first step at which each release stood in a file of each side.
struct Timeline {
    earlier: Vec<Option<usize>>,
    /// Beside the name of what it is a version of.
    named: Vec<Option<usize>>,
    later: Vec<Option<usize>>,
}

impl Timeline {
    fn read(
        repository: &Repository,
        steps: &[Step],
        (releases, sides): (&[&Release], Sides<'_>),
    ) -> Result<Self, RepositoryError> {
        let nothing = vec![None; releases.len()];
        let mut timeline = Self { earlier: nothing.clone(), named: nothing.clone(), later: nothing };
        let Some(reader) = Reader::new(releases) else { return Ok(timeline) };
        let known = reader.read_blobs(repository, blobs_of(steps, sides))?;
        for (at, step) in steps.iter().enumerate() {
            let is_committed = !step.commit.is_empty();
            for file in step.files.iter().filter(|file| sides.have(&file.path)) {
                let found = match &file.blob {
                    Some(blob) => known.get(blob).cloned(),
                    None if is_committed => None,
                    None => reader.on_disk(&repository.root().join(&file.path)),
                };
                timeline.add(at, found.unwrap_or_default(), (&file.path, sides));
            }
        }
        Ok(timeline)
    }

    fn add(&mut self, step: usize, found: Vec<Hit>, (path, sides): (&Path, Sides<'_>)) {
        for Hit { release, is_named } in found {
            if (sides.is_earlier)(path) {
                self.earlier[release].get_or_insert(step);
                if is_named {
                    self.named[release].get_or_insert(step);
                }
            }
            if (sides.is_later)(path) {
                self.later[release].get_or_insert(step);
            }
        }
    }

    /// `newest` are the steps under review: what is not committed, and what is checked out.
    fn verdict(&self, index: usize, (is_now, newest): (bool, [Option<usize>; 2])) -> Verdict {
        let earlier = if is_now { self.earlier[index] } else { self.named[index] };
        match (earlier, self.later[index]) {
            (None, _) if !is_now && self.earlier[index].is_none() => Verdict::Never,
            (None, _) => Verdict::Unclear,
            (Some(earlier), Some(later)) if earlier == later && newest.contains(&Some(later)) => {
                Verdict::AtOnce
            }
            (Some(_), _) => Verdict::Promoted,
        }
    }
}

/// The contents that matter, each once, with whether it is that of a lock file.
fn blobs_of<'a>(steps: &'a [Step], sides: Sides<'_>) -> BTreeMap<&'a str, bool> {
    let files = steps.iter().flat_map(|step| &step.files);
    let of_a_side = files.filter(|file| sides.have(&file.path));
    of_a_side.filter_map(|file| Some((file.blob.as_deref()?, is_lock_file(&file.path)))).collect()
}

fn is_lock_file(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == lock_file::FILE_NAME)
}

/// Finds releases in texts.
struct Reader<'a> {
    releases: &'a [&'a Release],
    /// Every version that modules have, the longer one first.
    versions: Option<Regex>,
    by_version: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Reader<'a> {
    fn new(releases: &'a [&'a Release]) -> Option<Self> {
        if releases.is_empty() {
            return None;
        }
        let mut by_version: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, release) in releases.iter().enumerate().filter(|(_, one)| one.kind == Kind::Module) {
            by_version.entry(&release.version).or_default().push(index);
        }
        let mut words: Vec<&str> = by_version.keys().copied().collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let pattern = words.iter().map(|word| regex::escape(word)).collect::<Vec<_>>().join("|");
        let versions = (!words.is_empty()).then(|| Regex::new(&pattern).ok()).flatten();
        Some(Self { releases, versions, by_version })
    }

    fn read_blobs(
        &self,
        repository: &Repository,
        blobs: BTreeMap<&str, bool>,
    ) -> Result<HashMap<String, Vec<Hit>>, RepositoryError> {
        let names: Vec<(&str, bool)> = blobs.into_iter().collect();
        let mut known = HashMap::new();
        for part in names.chunks(AT_ONCE) {
            let texts = repository.blobs(part.iter().map(|(name, _)| *name))?;
            for (name, is_lock) in part {
                let Some(bytes) = texts.get(*name) else { continue };
                let text = String::from_utf8_lossy(bytes);
                known.insert((*name).to_owned(), self.releases_in(&text, *is_lock));
            }
        }
        Ok(known)
    }

    fn on_disk(&self, path: &Path) -> Option<Vec<Hit>> {
        let text = fs::read_text(path).ok()?;
        Some(self.releases_in(&text, is_lock_file(path)))
    }

    fn releases_in(&self, text: &str, is_lock: bool) -> Vec<Hit> {
        if is_lock { self.locked(text) } else { self.written(text) }
    }

    fn locked(&self, text: &str) -> Vec<Hit> {
        let Some(lock) = LockFile::of_sound(text) else { return Vec::new() };
        let locked: HashSet<(String, String)> = lock
            .providers
            .iter()
            .map(|(address, entry)| (address.to_string(), entry.version.to_string()))
            .collect();
        let is_locked = |release: &Release| locked.contains(&(release.name.clone(), release.version.clone()));
        let all = self.releases.iter().enumerate();
        let found = all.filter(|(_, release)| release.kind == Kind::Provider && is_locked(release));
        found.map(|(release, _)| Hit { release, is_named: true }).collect()
    }

    fn written(&self, text: &str) -> Vec<Hit> {
        let Some(versions) = &self.versions else { return Vec::new() };
        let mut found = BTreeSet::new();
        for hit in versions.find_iter(text).filter(|hit| is_word(text, hit.start(), hit.end())) {
            found.extend(self.by_version.get(hit.as_str()).into_iter().flatten().copied());
        }
        let hit = |release: usize| Hit { release, is_named: self.releases[release].is_named_in(text) };
        found.into_iter().map(hit).collect()
    }
}

/// Whether a piece of a text is no part of a longer version: not `1.2.0` of `11.2.0`, `1.2.0.1` or `1.2.0-rc1`.
fn is_word(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].chars().next_back();
    let mut behind = text[end..].chars();
    let (next, second) = (behind.next(), behind.next());
    let joins = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '+');
    let is_dot = next == Some('.') && second.is_some_and(char::is_alphanumeric);
    !before.is_some_and(|letter| joins(letter) || letter == '.') && !next.is_some_and(joins) && !is_dot
}

#[cfg(test)]
mod tests;
