use super::{Locked, Verdict, verify};
use crate::host::fs::{self, Access};
use crate::provider::contents::{Contents, Difference};
use crate::provider::lock_file::LockFile;
use crate::provider::{PackageHash, Platform};
use std::path::{Path, PathBuf};

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write_atomic(path, text.as_bytes(), Access::Shared).unwrap();
}

/// A package of `acme/foo` 1.0.0 below a folder.
fn package(root: &Path, platform: &str, readme: &str) -> PathBuf {
    let dir = root.join("registry.terraform.io/acme/foo/1.0.0").join(platform);
    write(&dir.join("terraform-provider-foo_v1.0.0"), "program");
    write(&dir.join("README"), readme);
    dir
}

fn locked(hash: &PackageHash, folders: &[&Path]) -> Locked {
    let text = format!(
        "provider \"registry.terraform.io/acme/foo\" {{\n  version = \"1.0.0\"\n  hashes = [\n    \"{hash}\",\n  ]\n}}\n"
    );
    Locked {
        name: "unit".to_owned(),
        lock: LockFile::of_sound(&text).unwrap(),
        folders: folders.iter().map(|folder| folder.to_path_buf()).collect(),
    }
}

#[test]
fn a_tampered_package_is_named_by_its_files() {
    let dir = tempfile::tempdir().unwrap();
    let (own, cache) = (dir.path().join("own"), dir.path().join("cache"));
    let here = Platform::own().to_string();
    package(&own, &here, "changed");
    let sound = package(&cache, &here, "right");
    package(&cache, "plan9_mips", "other");
    let hash = Contents::of_folder(&sound).unwrap().hash();
    let units = [locked(&hash, &[&own]), locked(&hash, &[])];
    let found: Vec<(usize, Verdict)> =
        verify(&units, &[cache]).into_iter().map(|finding| (finding.unit, finding.verdict)).collect();
    let changed = Verdict::Tampered(Some(vec![Difference::Changed("README".to_owned())]));
    for want in
        [(0, changed), (0, Verdict::Sound), (1, Verdict::Sound), (0, Verdict::Foreign), (1, Verdict::Foreign)]
    {
        assert!(found.contains(&want), "{want:?} in {found:?}");
    }
    assert_eq!(found.len(), 5, "{found:?}");
}

#[test]
fn without_a_hash_of_files_an_unpacked_package_is_unchecked() {
    let dir = tempfile::tempdir().unwrap();
    package(dir.path(), &Platform::own().to_string(), "x");
    let hash = PackageHash::of_zip(&"0".repeat(64));
    let found = verify(&[locked(&hash, &[dir.path()])], &[]);
    assert_eq!(found.iter().map(|finding| &finding.verdict).collect::<Vec<_>>(), [&Verdict::Unchecked]);
}

#[cfg(unix)]
#[test]
fn a_package_that_many_link_to_is_read_once() {
    let dir = tempfile::tempdir().unwrap();
    let cache = dir.path().join("cache");
    let sound = package(&cache, &Platform::own().to_string(), "x");
    let hash = Contents::of_folder(&sound).unwrap().hash();
    let own = dir.path().join("own");
    let link = own.join("registry.terraform.io/acme/foo/1.0.0").join(Platform::own().to_string());
    fs::create_dir_all(link.parent().unwrap()).unwrap();
    fs::symlink(&sound, &link).unwrap();
    let found = verify(&[locked(&hash, &[&own])], &[cache]);
    assert_eq!(found.len(), 1, "{found:?}");
}
