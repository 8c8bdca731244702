#![expect(clippy::disallowed_methods, reason = "a test damages files, which the program never does")]

use super::super::package::{Locked, Package};
use super::{Archive, Store, StoreError};
use crate::host::fs;
use crate::provider::contents::zip_hash;
use crate::provider::{Contents, PackageHash, ProviderAddress, Version};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn package() -> Package {
    let address = ProviderAddress::parse("acme/ghost", "registry.terraform.io").unwrap();
    Package::new(&address, &Version::parse("1.0.0").unwrap(), "linux_amd64")
}

fn zip(path: &Path, name: &str, text: &str) -> Archive {
    let mut writer = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    writer.start_file(name, zip::write::SimpleFileOptions::default().unix_permissions(0o755)).unwrap();
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap();
    Archive { path: path.to_path_buf(), hash: zip_hash(path).unwrap() }
}

fn locked(hashes: &[&PackageHash]) -> Locked {
    Locked { package: package(), hashes: hashes.iter().map(|hash| (*hash).clone()).collect() }
}

#[test]
fn a_package_is_published_whole_verified_and_for_reading() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::new(dir.path().join("store"));
    let archive = zip(&dir.path().join("a.zip"), "terraform-provider-ghost_v1.0.0", "one");
    let files = Contents::of_zip(&archive.path).unwrap().hash();
    let other = PackageHash::of_zip(&"0".repeat(64));
    assert!(store.find(&locked(&[&files])).is_none());
    let refused = store.publish(&locked(&[&other]), &archive);
    assert!(matches!(refused, Err(StoreError::NotVouched(_))), "{refused:?}");
    assert!(!store.folder(&package()).exists(), "nothing of it is published");
    let only_zip = store.publish(&locked(&[&archive.hash]), &archive);
    assert!(matches!(only_zip, Err(StoreError::OnlyZip(_))), "{only_zip:?}");
    let folder = store.publish(&locked(&[&files]), &archive).unwrap();
    assert_eq!(store.find(&locked(&[&files, &other])), Some(folder.clone()));
    assert!(store.find(&locked(&[&other])).is_none());
    let mode =
        std::fs::metadata(folder.join("terraform-provider-ghost_v1.0.0")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o555);
    assert_eq!(fs::read_dir(&dir.path().join("store/unfinished")).unwrap().len(), 0, "nothing is left over");
}

#[test]
fn a_package_that_was_changed_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::new(dir.path().join("store"));
    let archive = zip(&dir.path().join("a.zip"), "terraform-provider-ghost_v1.0.0", "one");
    let wanted = locked(&[&Contents::of_zip(&archive.path).unwrap().hash()]);
    let file = store.publish(&wanted, &archive).unwrap().join("terraform-provider-ghost_v1.0.0");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(&file, "two").unwrap();
    assert!(store.find(&wanted).is_none(), "it is not given away");
    store.publish(&wanted, &archive).unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "one");
}

#[test]
fn a_damaged_or_climbing_zip_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::new(dir.path().join("store"));
    let climbing = zip(&dir.path().join("c.zip"), "../../evil", "x");
    let mut damaged = zip(&dir.path().join("d.zip"), "terraform-provider-ghost_v1.0.0", "one");
    let bytes = std::fs::read(&damaged.path).unwrap();
    std::fs::write(&damaged.path, &bytes[..bytes.len() / 2]).unwrap();
    damaged.hash = zip_hash(&damaged.path).unwrap();
    for archive in [climbing, damaged] {
        let refused = store.publish(&locked(&[&archive.hash]), &archive);
        assert!(matches!(refused, Err(StoreError::Archive(..))), "{refused:?}");
        assert!(!store.folder(&package()).exists());
        assert_eq!(fs::read_dir(&dir.path().join("store/unfinished")).unwrap().len(), 0);
    }
    assert!(!dir.path().join("evil").exists());
}
