//! The module of a unit: where its code is, and where terraform runs for it. Fetches nothing. Whoever asks decides whether
//! a module that is not here is a fault or a gap.

use crate::config::pinned::PinnedUnit;
use crate::config::{Session, working_dir};
use crate::host::fs;
use crate::provider::code::Fetched;
use crate::provider::init::data_dir_name;
use crate::provider::lock_file;
use crate::source::cache::{VERSION_FILE, address_version};
use crate::source::workdir::is_delivered;
use crate::source::{Layout, Source, SourceError, has_module_files};
use std::fmt;
use std::path::{Path, PathBuf};

/// Where the module of a unit is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundModule {
    pub dir: PathBuf,
    /// Where terraform runs, and has put what it fetched; `None` where it never ran.
    pub working_dir: Option<PathBuf>,
    pub code: OwnCode,
}

/// Whether there is code in the folder of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnCode {
    Some,
    /// A unit without source and without code beside it.
    None,
}

/// Why a module is not found.
#[derive(Debug)]
pub enum Lack {
    /// Only a run of the unit tells which it is, and why.
    Unknown(String),
    /// The address is none.
    Address(SourceError),
    Away(Away),
}

/// A module that is known and not here.
#[derive(Debug)]
pub struct Away {
    /// Its address.
    pub source: String,
    why: WhyAway,
}

#[derive(Debug)]
enum WhyAway {
    NoFolder(PathBuf),
    NotFetched,
    OtherFetched,
}

/// Says why it is not here.
impl fmt::Display for Away {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            WhyAway::NoFolder(path) if fs::exists(path) => write!(f, "{} is no folder", path.display()),
            WhyAway::NoFolder(path) => write!(f, "{} is not there", path.display()),
            WhyAway::NotFetched => f.write_str("it is not fetched; `terrace run init` fetches it"),
            WhyAway::OtherFetched => f.write_str("what is fetched is another version; run `init` again"),
        }
    }
}

impl FoundModule {
    /// Finds the module of a unit, `--source` and `--source-map` heard, so that a working copy can stand in for a
    /// repository. `known` is the address that its file says, where somebody has read it.
    ///
    /// # Errors
    /// Why it is not found.
    pub fn of_unit(session: &Session, pinned: &PinnedUnit, known: Option<&Source>) -> Result<Self, Lack> {
        let written = match pinned.source.as_ref().map(|source| source.text.as_deref()) {
            Some(Err(why)) => return Err(Lack::Unknown(why.to_owned())),
            Some(Ok(text)) => Some(text).filter(|text| !text.is_empty()),
            None => None,
        };
        if written.is_none() && session.redirects.source.is_none() {
            return Ok(Self::beside(home_of(pinned)));
        }
        let source = match known.filter(|_| session.redirects.are_none()) {
            Some(known) => known.clone(),
            None => working_dir::address(session, &pinned.dir, written).map_err(Lack::Address)?,
        };
        let found = match source.module_dir() {
            Some(folder) => Self::of_folder(session, pinned, (&source, fs::clean(&folder))),
            None => Self::of_copy(session, layout(session, pinned, &source), &source),
        };
        found.map_err(|why| Lack::Away(Away { source: source.to_string(), why }))
    }

    /// The code of a unit that names no source.
    fn beside(home: &Path) -> Self {
        let code = if has_module_files(home) { OwnCode::Some } else { OwnCode::None };
        Self { dir: home.to_path_buf(), working_dir: Some(home.to_path_buf()), code }
    }

    /// A module that is copied when the unit runs.
    fn of_folder(
        session: &Session,
        pinned: &PinnedUnit,
        (source, dir): (&Source, PathBuf),
    ) -> Result<Self, WhyAway> {
        let listings = &session.memory.listings;
        if !listings.is_dir(&dir) {
            return Err(WhyAway::NoFolder(dir));
        }
        let own = pinned.download_dir.as_ref().and_then(|dir| dir.as_text());
        let download_dir = working_dir::download_dir(session, &pinned.dir, own);
        let is_beside = Path::new(data_dir_name(&session.env)).is_relative();
        let is_new = is_beside && listings.is_absent(&download_dir);
        let working_dir = (!is_new).then(|| layout(session, pinned, source).working_dir);
        Ok(Self { dir, working_dir, code: OwnCode::Some })
    }

    /// A module that was fetched.
    fn of_copy(session: &Session, layout: Layout, source: &Source) -> Result<Self, WhyAway> {
        if !session.memory.listings.is_dir(&layout.working_dir) {
            return Err(WhyAway::NotFetched);
        }
        if is_stale(&layout, source) {
            return Err(WhyAway::OtherFetched);
        }
        let dir = layout.working_dir;
        Ok(Self { dir: dir.clone(), working_dir: Some(dir), code: OwnCode::Some })
    }

    /// The lock file of the module itself: a run lays it where terraform runs, and then beside the unit, if the unit has
    /// none of its own.
    #[must_use]
    pub fn lock_file(&self, pinned: &PinnedUnit) -> Option<PathBuf> {
        let is_copied = match &pinned.copy_terraform_lock_file {
            None => true,
            Some(written) => written.as_text() == Some("true"),
        };
        let path = self.dir.join(lock_file::FILE_NAME);
        // In a fetched copy a lock file may also be what an init wrote.
        let is_its_own =
            self.working_dir.as_ref() != Some(&self.dir) || is_delivered(&self.dir, lock_file::FILE_NAME);
        (is_copied && self.dir != home_of(pinned) && is_its_own && fs::is_file(&path)).then_some(path)
    }

    /// What terraform has fetched for it.
    ///
    /// # Errors
    /// When its list of that cannot be read.
    pub fn fetched(&self, session: &Session) -> Result<Option<Fetched>, Box<crate::diag::Diagnostic>> {
        let data_dir = Path::new(data_dir_name(&session.env));
        self.working_dir.as_ref().map_or(Ok(None), |dir| Fetched::load(dir, data_dir))
    }
}

fn layout(session: &Session, pinned: &PinnedUnit, source: &Source) -> Layout {
    let own = pinned.download_dir.as_ref().and_then(|dir| dir.as_text());
    working_dir::layout(session, &pinned.dir, (source, own))
}

/// Whether the fetched copy is of another version than the source names now.
fn is_stale(layout: &Layout, source: &Source) -> bool {
    let recorded = fs::read_text(&layout.root.join(VERSION_FILE)).ok();
    match (recorded, address_version(source)) {
        (Some(recorded), Some(wanted)) => recorded.trim() != wanted,
        _ => false,
    }
}

/// The folder where what lies beside the unit file is now; a stack may have yet to lay it where it goes.
pub(super) fn home_of(pinned: &PinnedUnit) -> &Path {
    pinned.config_path.parent().unwrap_or(&pinned.dir)
}
