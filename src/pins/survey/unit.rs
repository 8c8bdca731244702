//! One unit: what it pins, the tree of its modules, its lock file.

use super::module::{FoundModule, Lack, OwnCode, home_of};
use super::place::{self, LockText};
use super::{Forest, Gap, Places, ToolTelling, members, pinned_gap};
use crate::config::Session;
use crate::config::pinned::{GeneratedCode, Laid, PinnedUnit, load_laid_unit, load_pinned};
use crate::config::stack::GENERATED;
use crate::host::fs;
use crate::host::listings::Listings;
use crate::provider::code::{Dialect, Generated, Modules, Root, Tree, syntax_of};
use crate::source::{Source, SourceError, parse_source};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A unit, looked at.
#[derive(Debug)]
pub struct SurveyedUnit {
    /// Relative to the root of the survey.
    pub name: String,
    pub pinned: PinnedUnit,
    /// Whether a stack makes it, so that nothing beside it is kept in version control.
    pub is_generated: bool,
    /// The address behind `terraform.source`, if it has one that is known.
    pub source: Option<Result<Source, SourceError>>,
    pub dialect: Dialect,
    /// The code that terraform will run, as far as it is here.
    pub tree: Option<Arc<Tree>>,
    pub lock_path: PathBuf,
    pub lock: LockText,
    pub gaps: Vec<Gap>,
}

/// What makes two trees one.
pub(in crate::pins) type TreeKey = (PathBuf, Dialect, Vec<Generated>, Option<PathBuf>);

/// Looks at units.
pub(super) struct Surveyor<'a> {
    pub session: &'a Session,
    pub places: &'a Places<'a>,
    pub modules: &'a Modules,
    pub forest: &'a Forest,
}

impl Surveyor<'_> {
    pub fn survey(&self, config_path: &Path) -> SurveyedUnit {
        let pinned = load_pinned(self.session, config_path);
        let is_generated = pinned.dir.components().any(|part| part.as_os_str() == GENERATED);
        self.look_at(pinned, is_generated)
    }

    /// A unit that a stack has yet to generate.
    pub fn survey_laid(&self, laid: &Laid) -> SurveyedUnit {
        self.look_at(load_laid_unit(self.session, laid), true)
    }

    fn look_at(&self, pinned: PinnedUnit, is_generated: bool) -> SurveyedUnit {
        let dir = pinned.dir.clone();
        let base = self.session.memory.listings.real_dir(&dir);
        let text = pinned.source.as_ref().and_then(|source| source.as_text()).filter(|text| !text.is_empty());
        let source = text.map(|text| parse_source(text, &base));
        let binary = pinned.terraform_binary.as_ref().and_then(|binary| binary.as_text());
        let (lock_path, lock) = self.lock_of(home_of(&pinned));
        let telling = ToolTelling { dir: &dir, named: binary, locked: lock.tool() };
        let dialect = (self.places.dialect)(&telling);
        let mut unit = SurveyedUnit {
            name: fs::relative(&self.session.root, &dir).display().to_string(),
            gaps: gaps_of(&pinned),
            pinned,
            is_generated,
            source,
            dialect,
            tree: None,
            lock_path,
            lock,
        };
        self.look_at_code(&mut unit);
        unit
    }

    /// A lock file that does not count is none.
    fn lock_of(&self, dir: &Path) -> (PathBuf, LockText) {
        let (path, lock) = place::lock_of(dir, &self.session.files.sources);
        match &self.places.counting {
            Some(counting) if !counting.counts(&path) => (path, LockText::Missing),
            _ => (path, lock),
        }
    }

    fn look_at_code(&self, unit: &mut SurveyedUnit) {
        // What is wrong with the address is a rule's to say, what is unknown is a gap already.
        if matches!(unit.source, Some(Err(_))) || !unit.pinned.faults.is_empty() {
            return;
        }
        let known = unit.source.as_ref().and_then(|source| source.as_ref().ok());
        let found = match FoundModule::of_unit(self.session, &unit.pinned, known) {
            Ok(found) if found.code == OwnCode::None && unit.pinned.generated.is_empty() => return,
            Ok(found) => found,
            Err(Lack::Unknown(_)) => return,
            Err(Lack::Address(error)) => return unit.lack_module(&error.to_string()),
            Err(Lack::Away(away)) => return unit.lack_module(&away.to_string()),
        };
        self.look_at_lock_of_module(&found, unit);
        let listings = &self.session.memory.listings;
        let generated = laid_over(&found.dir, (home_of(&unit.pinned), &unit.pinned.generated), listings);
        unit.tree = Some(self.tree(&found, (unit, generated)));
    }

    /// A run of a unit without a lock file takes that of the module.
    fn look_at_lock_of_module(&self, found: &FoundModule, unit: &mut SurveyedUnit) {
        if !matches!(unit.lock, LockText::Missing) || found.lock_file(&unit.pinned).is_none() {
            return;
        }
        let (path, lock) = self.lock_of(&found.dir);
        // It may be absent from the commit.
        if !matches!(lock, LockText::Missing) {
            (unit.lock_path, unit.lock) = (path, lock);
        }
    }

    fn tree(&self, found: &FoundModule, (unit, generated): (&mut SurveyedUnit, Vec<Generated>)) -> Arc<Tree> {
        let fetched = found.fetched(self.session).unwrap_or_else(|fault| {
            unit.gaps.push(pinned_gap(&unit.pinned.config_path, "what terraform has fetched", &fault));
            None
        });
        let place = found.working_dir.clone().filter(|_| fetched.is_some());
        let (dir, dialect) = (found.dir.as_path(), unit.dialect);
        let key = (dir.to_path_buf(), dialect, generated.clone(), place);
        self.forest.get(key, || {
            self.modules.tree(&Root { dir, dialect, generated: &generated, fetched: fetched.as_ref() })
        })
    }
}

impl SurveyedUnit {
    fn lack_module(&mut self, why: &str) {
        let span = self.pinned.source.as_ref().map(|source| source.span);
        self.gaps.push(Gap::new((&self.pinned.config_path, span), "the module", why));
    }
}

/// What is known only when the unit runs.
fn gaps_of(pinned: &PinnedUnit) -> Vec<Gap> {
    let unknown = members(pinned).filter_map(|(name, member)| {
        let why = member.text.as_ref().err()?;
        Some(Gap::new((&pinned.config_path, Some(member.span)), name, why))
    });
    let unclear =
        pinned.unclear.iter().map(|fault| pinned_gap(&pinned.config_path, "a part of the unit", fault));
    unknown.chain(unclear).collect()
}

/// What will be laid over the code of a unit's module: the code beside its file, and over that what is generated, as far as
/// it is known.
#[must_use]
pub fn laid_over(
    dir: &Path,
    (home, files): (&Path, &[GeneratedCode]),
    listings: &Listings,
) -> Vec<Generated> {
    let mut generated = generated_for(dir, files);
    if dir != home {
        add_own_code(home, &mut generated, listings);
    }
    generated
}

/// The generated files that will lie in the root module's folder.
fn generated_for(dir: &Path, files: &[GeneratedCode]) -> Vec<Generated> {
    let known = files.iter().filter_map(|file| {
        let name = Path::new(&file.path);
        let is_here = fs::clean(name).components().count() == 1;
        let stays = file.yields && fs::exists(&dir.join(name));
        let text = file.contents.as_text().filter(|_| is_here && !stays)?;
        Some(Generated {
            name: fs::clean(name).to_string_lossy().into_owned(),
            text: text.into(),
            from: None,
        })
    });
    known.collect()
}

/// Code beside the unit file is copied over that of the source; what is generated goes over both.
fn add_own_code(dir: &Path, generated: &mut Vec<Generated>, listings: &Listings) {
    for (name, _) in listings.list_dir(dir).unwrap_or_default() {
        let name = name.to_string_lossy().into_owned();
        if syntax_of(&name).is_none() || generated.iter().any(|file| file.name == name) {
            continue;
        }
        let path = dir.join(&name);
        if let Ok(text) = fs::read_text(&path) {
            generated.push(Generated { name, text: text.into(), from: Some(path) });
        }
    }
    generated.sort_by(|a, b| a.name.cmp(&b.name));
}
