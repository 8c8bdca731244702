//! What of a folder is copied: hidden things stay behind unless a rule names them. Decides by names, opens nothing.

use super::cache::{
    DOWNLOAD_DIR, INIT_RECORD, INIT_REQUIRED, LOCK_FILE, PROVIDER_LOCK, SOURCE_MANIFEST, UNIT_MANIFEST,
    VERSION_FILE,
};
use super::error::SourceError;
use super::glob::Glob;

/// The linter's configuration, which travels with the module.
const LINT_CONFIG: &str = ".tflint.hcl";
const BOOKKEEPING: [&str; 7] =
    [DOWNLOAD_DIR, VERSION_FILE, SOURCE_MANIFEST, UNIT_MANIFEST, INIT_REQUIRED, LOCK_FILE, INIT_RECORD];

/// Whether terraform's lock file is copied along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProviderLock {
    #[default]
    Copied,
    LeftBehind,
}

/// A unit's copy rules.
#[derive(Clone, Debug, Default)]
pub struct CopyRules {
    include: Vec<Glob>,
    exclude: Vec<Glob>,
    pub provider_lock: ProviderLock,
    /// Whether the files of a remote source may be changed where they are delivered.
    pub mutable: Mutable,
}

/// `mutable` of the terraform block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mutable {
    #[default]
    No,
    Yes,
}

/// What to do with one entry of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Skip,
    /// A hidden folder that goes along only if something below it is named by a rule.
    OnTheWay,
    /// An ordinary entry.
    Take,
    /// Named by a rule: with all that is below.
    TakeWhole,
}

impl CopyRules {
    /// Compiles the patterns of `include_in_copy` and `exclude_from_copy`.
    ///
    /// # Errors
    /// When one is no pattern.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Self, SourceError> {
        let compile =
            |texts: &[String]| texts.iter().map(|text| Glob::new(text)).collect::<Result<Vec<_>, _>>();
        Ok(Self {
            include: compile(include)?,
            exclude: compile(exclude)?,
            provider_lock: ProviderLock::Copied,
            mutable: Mutable::No,
        })
    }

    /// Judges the entry at `path` (relative to the copied folder), which lies in a folder judged `above`.
    pub(super) fn judge(&self, path: &str, above: Verdict) -> Verdict {
        let name = path.rsplit('/').next().unwrap_or(path);
        if BOOKKEEPING.contains(&name) {
            return Verdict::Skip;
        }
        if self.include.is_empty() && self.exclude.is_empty() {
            return self.judge_plain(name, above);
        }
        let parts: Vec<&str> = path.split('/').collect();
        if self.exclude.iter().any(|glob| glob.is_match(&parts)) {
            return Verdict::Skip;
        }
        if above == Verdict::TakeWhole || self.include.iter().any(|glob| glob.is_match(&parts)) {
            return Verdict::TakeWhole;
        }
        match self.judge_plain(name, above) {
            Verdict::Skip if self.include.iter().any(|glob| glob.could_match_below(&parts)) => {
                Verdict::OnTheWay
            }
            verdict => verdict,
        }
    }

    fn judge_plain(&self, name: &str, above: Verdict) -> Verdict {
        let hidden = match name {
            PROVIDER_LOCK => self.provider_lock == ProviderLock::LeftBehind,
            LINT_CONFIG => false,
            name => name.starts_with('.'),
        };
        if hidden || above == Verdict::OnTheWay { Verdict::Skip } else { Verdict::Take }
    }
}

#[cfg(test)]
mod tests {
    use super::{CopyRules, ProviderLock, Verdict};

    #[test]
    fn hidden_things_stay_behind_unless_named() {
        let named = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let rules =
            CopyRules::new(&named(&[".hid", ".way/x", "**"][..2]), &named(&["**/s.tf", "exc*"])).unwrap();
        for (path, above, want) in [
            ("a.tf", Verdict::Take, Verdict::Take),
            ("s.tf", Verdict::Take, Verdict::Skip),
            ("d/s.tf", Verdict::Take, Verdict::Skip),
            ("exc", Verdict::Take, Verdict::Skip),
            (".other", Verdict::Take, Verdict::Skip),
            (".hid", Verdict::Take, Verdict::TakeWhole),
            (".hid/.in", Verdict::TakeWhole, Verdict::TakeWhole),
            (".hid/s.tf", Verdict::TakeWhole, Verdict::Skip),
            (".way", Verdict::Take, Verdict::OnTheWay),
            (".way/y", Verdict::OnTheWay, Verdict::Skip),
            (".way/x", Verdict::OnTheWay, Verdict::TakeWhole),
            (".terraform.lock.hcl", Verdict::Take, Verdict::Take),
            (".tflint.hcl", Verdict::Take, Verdict::Take),
            (".terragrunt-cache", Verdict::TakeWhole, Verdict::Skip),
            (".terragrunt-source-version", Verdict::TakeWhole, Verdict::Skip),
        ] {
            assert_eq!(rules.judge(path, above), want, "{path}");
        }
    }

    #[test]
    fn the_lock_file_can_be_left_behind() {
        let rules = CopyRules { provider_lock: ProviderLock::LeftBehind, ..CopyRules::default() };
        assert_eq!(rules.judge("a/.terraform.lock.hcl", Verdict::Take), Verdict::Skip);
    }
}
