//! Where a unit's working directory lies and what its bookkeeping files are called. Names only; writes nothing.

use super::address::{Kind, Source};
use super::urlpath;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha1::{Digest, Sha1};
use std::path::{Path, PathBuf};

/// The folder that holds working directories, beside the unit's file unless told otherwise.
pub const DOWNLOAD_DIR: &str = ".terragrunt-cache";
/// Says which version of the source lies here.
pub const VERSION_FILE: &str = ".terragrunt-source-version";
/// Lists what a folder got from its source.
pub const SOURCE_MANIFEST: &str = ".terragrunt-source-manifest";
/// Lists what a folder got from the unit's folder.
pub const UNIT_MANIFEST: &str = ".terragrunt-module-manifest";
/// Exists while a changed source waits for its init.
pub const INIT_REQUIRED: &str = ".terragrunt-init-required";
/// Keeps two processes from laying out one working directory at a time.
pub const LOCK_FILE: &str = ".terrace.lock";
/// What the last init depended on.
pub const INIT_RECORD: &str = ".terrace-init";
/// What terraform leaves when it could not store a state. Never delivered: it would be taken for terraform's.
pub const ERRORED_STATE: &str = "errored.tfstate";
/// Terraform's record of provider packages.
pub const PROVIDER_LOCK: &str = ".terraform.lock.hcl";

/// Where things of one unit lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The source's whole content goes here.
    pub root: PathBuf,
    /// Terraform runs here: the root, or the `//subdir` below it.
    pub working_dir: PathBuf,
}

/// The folders of a unit with this source. `unit_dir` and `download_dir` are absolute and clean.
#[must_use]
pub fn layout(download_dir: &Path, unit_dir: &Path, source: &Source) -> Layout {
    let root =
        download_dir.join(folder_name(&unit_dir.to_string_lossy())).join(folder_name(source.canonical()));
    let working_dir = source.subdir.as_ref().map_or_else(|| root.clone(), |subdir| root.join(subdir));
    Layout { root, working_dir }
}

/// The download folder of a unit: the given one, a relative one starting from `base`, else the usual.
#[must_use]
pub fn download_dir(unit_dir: &Path, given: Option<(&Path, &Path)>) -> PathBuf {
    match given {
        Some((base, given)) => crate::host::fs::clean(&base.join(given)),
        None => unit_dir.join(DOWNLOAD_DIR),
    }
}

/// A source's version as far as its address tells: `None` for a folder, whose content must be looked at.
#[must_use]
pub fn address_version(source: &Source) -> Option<String> {
    match source.kind {
        Kind::Local(_) => None,
        _ => Some(folder_name(&urlpath::encode_query(source.query()))),
    }
}

fn folder_name(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha1::digest(text.as_bytes()))
}

/// A file in which terraform keeps state: no refresh may remove or replace one.
#[must_use]
pub fn is_state(name: &str) -> bool {
    name == "terraform.tfstate.d" || name.ends_with(".tfstate") || name.contains(".tfstate.")
}

#[cfg(test)]
mod tests {
    use super::{address_version, download_dir, is_state, layout};
    use crate::source::parse_source;
    use std::path::Path;

    /// Folder names observed from the binary whose caches we share.
    #[test]
    fn folders_are_named_as_in_existing_caches() {
        for (unit, source, want) in [
            ("/tmp/x/nosrc", ".", "jGvpJmc1jHxgBmDx8MEnN0f5f3I/vVz8zCskL_sveWsPQJh27eFRVAs"),
            ("/tmp/x/locsrc", "../mods/m/a", "UNve6GCdmR1-gBOdMfymhIM5lPA/qCb_9l_Kc06V0c7yfwcfocH7Q_Y"),
            ("/tmp/x/sub", "../mods//m/a", "L5e6l1ZokHbFiitWx-xca_r6o3A/a5JpXwuHItO5r4pgRRi54paHSuQ/m/a"),
            ("/tmp/x/sub", "/tmp/x/mods//m/a", "L5e6l1ZokHbFiitWx-xca_r6o3A/a5JpXwuHItO5r4pgRRi54paHSuQ/m/a"),
            ("/tmp/x/sub", "file:///tmp/x/mods", "L5e6l1ZokHbFiitWx-xca_r6o3A/a5JpXwuHItO5r4pgRRi54paHSuQ"),
            (
                "/tmp/x/gitsrc",
                "git::file:///tmp/x/repo//m/a?ref=v1",
                "FhlHPbssyd-dlxw4hiIybhilRpQ/4_VHPBMmN7FyYcmFsbkBMviIrfI/m/a",
            ),
            (
                "/tmp/x/gitabs",
                "git::/tmp/x/repo//m/a?ref=main",
                "gpsBQBdkzbNMmCJHefCMdlRizkI/4_VHPBMmN7FyYcmFsbkBMviIrfI/m/a",
            ),
            (
                "/tmp/x/probe/u1",
                "github.com/org/repo//a?ref=v1",
                "CLOkzrUspODNUOE5_ZfEjcoZYrs/Iy3_2Juljgif54neOvVOEJhrqYA/a",
            ),
            (
                "/tmp/x/probe/u1",
                "git@github.com:org/repo.git//a/b?ref=v1",
                "CLOkzrUspODNUOE5_ZfEjcoZYrs/UObrOmEWW67_h4sR8Mrzdr4oFY8/a/b",
            ),
            (
                "/tmp/x/probe/u1",
                "../../sp ace//m",
                "CLOkzrUspODNUOE5_ZfEjcoZYrs/h5tfa1qVUhNkPhoeBT9g3BgIpTg/m",
            ),
            (
                "/tmp/x/probe/u1",
                "../..//mods//m/a",
                "CLOkzrUspODNUOE5_ZfEjcoZYrs/85dD0ePILIptzFFLeDsqfbLnWY0/mods/m/a",
            ),
            ("/tmp/x/probe/u1", "../../modlink", "CLOkzrUspODNUOE5_ZfEjcoZYrs/nOTdNNS-nUxk_JkbIWvVQ4w20dY"),
            (
                "/tmp/x/probe/u1",
                "file::/tmp/x/mods",
                "CLOkzrUspODNUOE5_ZfEjcoZYrs/XPA3LzJQ6Vpch87_WsnlYXwC7qc",
            ),
        ] {
            let source = parse_source(source, Path::new(unit)).unwrap();
            let found = layout(&Path::new(unit).join(".terragrunt-cache"), Path::new(unit), &source);
            assert_eq!(
                found.working_dir,
                Path::new(unit).join(".terragrunt-cache").join(want),
                "{unit} {source}"
            );
        }
    }

    #[test]
    fn a_symlinked_unit_has_its_own_folder_and_its_targets_sources() {
        let source = parse_source(".", Path::new("/tmp/x/nosrc")).unwrap();
        let found = layout(Path::new("/d"), Path::new("/tmp/x/linked"), &source);
        assert_eq!(found.root, Path::new("/d/vwdWab3KAozy78QS_iCquioaWcU/vVz8zCskL_sveWsPQJh27eFRVAs"));
    }

    #[test]
    fn versions_of_remote_sources_come_from_the_query() {
        for (source, want) in [
            ("git::file:///tmp/x/repo//m/a?ref=v1", Some("vN4PpUkEyKNU3wFbbsRUcBD8YLI")),
            ("git::file:///tmp/x/repo", Some("2jmj7l5rSw0yVb_vlWAYkK_YBwk")),
            ("git::file:///tmp/x/repo?ref=main&depth=1", Some("GeS0Puv1x2BWZJNUqV_ZXXY1WTs")),
            ("git::file:///tmp/x/repo?ref=refs/heads/main", Some("mG_khtkI-EWgZfTAJt1jU71rvfM")),
            ("../mods", None),
        ] {
            assert_eq!(
                address_version(&parse_source(source, Path::new("/u")).unwrap()).as_deref(),
                want,
                "{source}"
            );
        }
    }

    #[test]
    fn a_relative_download_dir_starts_from_its_base() {
        let unit = Path::new("/e/u");
        assert_eq!(download_dir(unit, None), Path::new("/e/u/.terragrunt-cache"));
        assert_eq!(download_dir(unit, Some((Path::new("/e"), Path::new("../d")))), Path::new("/d"));
        assert_eq!(download_dir(unit, Some((Path::new("/e"), Path::new("/abs")))), Path::new("/abs"));
    }

    #[test]
    fn state_files_are_known_by_name() {
        for name in [
            "terraform.tfstate",
            "terraform.tfstate.backup",
            "errored.tfstate",
            "terraform.tfstate.d",
            "a.tfstate",
        ] {
            assert!(is_state(name), "{name}");
        }
        assert!(!is_state("main.tf"));
        assert!(!is_state("tfstate.tf"));
    }
}
