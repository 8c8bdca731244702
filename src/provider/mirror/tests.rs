use super::{FolderMirror, Mirror, NetworkMirror, Wanted};
use crate::host::env::Env;
use crate::host::fs;
use crate::provider::address::{ProviderAddress, TERRAFORM_REGISTRY};
use crate::provider::{Platform, Version};
use std::path::Path;

fn write(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write_atomic(path, b"x", fs::Access::Shared).unwrap();
}

fn foo() -> ProviderAddress {
    ProviderAddress::parse("acme/foo", TERRAFORM_REGISTRY).unwrap()
}

#[test]
fn a_folder_has_packages_in_both_forms() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("registry.terraform.io/acme/foo");
    write(&home.join("1.10.0/linux_amd64/terraform-provider-foo_v1.10.0"));
    write(&home.join("1.2.0/linux_amd64/terraform-provider-foo"));
    write(&home.join("terraform-provider-foo_1.2.0_linux_amd64.zip"));
    write(&home.join("terraform-provider-foo_1.2.0-rc.1_darwin_arm64.zip"));
    write(&home.join("terraform-provider-foo_1.3_linux_amd64.zip"));
    write(&home.join("terraform-provider-other_1.4.0_linux_amd64.zip"));
    write(&home.join("not a version/linux_amd64/x"));
    write(&home.join("1.5.0/README"));
    let mirror = Mirror::Folder(FolderMirror::new(dir.path()));
    let versions = mirror.versions(&foo()).unwrap();
    let shown: Vec<String> = versions.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["1.2.0-rc.1", "1.2.0", "1.10.0"]);
    let other = ProviderAddress::parse("acme/other", TERRAFORM_REGISTRY).unwrap();
    assert_eq!(mirror.versions(&other).unwrap(), []);
    let read = |version: &str, platform: &str| {
        let (version, platform) = (Version::parse(version).unwrap(), Platform::parse(platform).unwrap());
        mirror.read(Wanted { address: &foo(), version: &version, platform: &platform })
    };
    assert!(read("1.2.0", "linux_amd64").unwrap().unwrap().zip.is_none(), "unpacked first");
    assert!(read("1.2.0", "windows_amd64").unwrap().is_none());
    assert!(read("1.2.0-rc.1", "darwin_arm64").is_err(), "no zip");
    let nowhere = Mirror::Folder(FolderMirror::new(&dir.path().join("nowhere")));
    assert!(nowhere.versions(&foo()).unwrap_err().to_string().contains("nowhere"));
}

#[test]
fn a_network_mirror_is_only_asked_over_tls() {
    for (address, is_one) in [
        ("https://mirror.example/providers", true),
        ("https://mirror.example:8443/", true),
        ("http://mirror.example/", false),
        ("file:///x", false),
        ("mirror.example", false),
    ] {
        assert_eq!(NetworkMirror::new(address, None, Env::default()).is_ok(), is_one, "{address}");
    }
    let with_secret = NetworkMirror::new("https://u:secret@h/x?token=secret", None, Env::default()).unwrap();
    assert_eq!(with_secret.shown(), "https://h/x/");
}
