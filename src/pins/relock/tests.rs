use super::{Choice, Lockable, OldLock, Trust, Wishes, relock};
use crate::diag::{Code, Diagnostics, SourceMap, Span};
use crate::host::fs::{self, Access};
use crate::provider::address::{ProviderAddress, TERRAFORM_REGISTRY};
use crate::provider::code::Said;
use crate::provider::lock_file::{Header, parse};
use crate::provider::mirror::{Chosen, FolderMirror, Mirror, Mirrors};
use crate::provider::needed::{Needed, Needs, Wanted};
use crate::provider::{Platform, ProviderConstraints};
use std::path::Path;

fn package(root: &Path, version: &str, platform: &str) {
    let dir = root.join("registry.terraform.io/acme/foo").join(version).join(platform);
    fs::create_dir_all(&dir).unwrap();
    let program = dir.join(format!("terraform-provider-foo_v{version}"));
    fs::write_atomic(&program, format!("{version} {platform}").as_bytes(), Access::Shared).unwrap();
}

fn mirrors(root: &Path) -> Mirrors {
    Mirrors::new(vec![Chosen::for_all(Mirror::Folder(FolderMirror::new(root)))])
}

fn span() -> Span {
    Span::new(SourceMap::default().add(Path::new("main.tf"), "".into()), 0, 0)
}

fn unit(constraints: &[&str], old: Option<&str>, platforms: &[&str]) -> Lockable {
    let wanted = constraints.iter().map(|text| Wanted {
        constraints: ProviderConstraints::parse(text).unwrap(),
        said: Said { text: Some((*text).into()), span: span() },
        is_fetched: false,
    });
    let needed = Needed { wanted: wanted.collect(), span: span() };
    let address = ProviderAddress::parse("acme/foo", TERRAFORM_REGISTRY).unwrap();
    Lockable {
        name: "unit".to_owned(),
        path: ".terraform.lock.hcl".into(),
        old: old.map(|text| {
            let (lock, faults) = parse(text, span().file);
            assert!(faults.is_empty(), "{faults:?}");
            OldLock { text: text.to_owned(), lock }
        }),
        needs: Needs {
            providers: [(address, needed)].into_iter().collect(),
            is_whole: true,
            faults: Vec::new(),
        },
        header: Header::Terraform,
        platforms: platforms.iter().map(|text| Platform::parse(text).unwrap()).collect(),
    }
}

/// The new text of a unit's lock file.
fn locked(root: &Path, unit: Lockable, wishes: Wishes) -> Result<Option<String>, Diagnostics> {
    let outcome = relock(&[unit], &mirrors(root), &wishes).pop().unwrap();
    outcome.map(|change| change.map(|change| change.new))
}

fn codes(result: Result<Option<String>, Diagnostics>) -> Vec<Code> {
    result.unwrap_err().iter().map(|fault| fault.code).collect()
}

const LINUX: &str = "linux_amd64";
const DARWIN: &str = "darwin_arm64";

#[test]
fn what_is_recorded_stays_and_what_is_new_must_be_vouched_for() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    package(root, "1.0.0", LINUX);
    package(root, "1.1.0", LINUX);
    package(root, "1.1.0", DARWIN);
    let text = locked(root, unit(&["~> 1.0"], None, &[LINUX]), Wishes::default()).unwrap().unwrap();
    assert!(text.contains("version     = \"1.1.0\"") && text.contains("constraints = \"~> 1.0\""), "{text}");
    let again = locked(root, unit(&["~> 1.0"], Some(&text), &[LINUX]), Wishes::default());
    assert_eq!(again, Ok(None), "nothing changes");
    let both = || unit(&["~> 1.0"], Some(&text), &[LINUX, DARWIN]);
    assert_eq!(codes(locked(root, both(), Wishes::default())), [Code::PackageUnvouched]);
    let trusting = Wishes { trust: Trust::Mirror, ..Wishes::default() };
    let more = locked(root, both(), trusting).unwrap().unwrap();
    assert_eq!(more.matches("h1:").count(), 2, "{more}");
    let gone = more.replace(
        "  hashes = [\n",
        "  hashes = [\n    \"h1:+AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\n",
    );
    assert_eq!(
        locked(root, unit(&["~> 1.0"], Some(&gone), &[LINUX]), Wishes::default()),
        Ok(None),
        "a hash of whatever package stays"
    );
    let other = locked(root, unit(&[">= 1.0"], Some(&more), &[LINUX]), Wishes::default()).unwrap().unwrap();
    assert_eq!(other, more.replace("~> 1.0", ">= 1.0.0"), "constraints follow the code");
}

#[test]
fn an_upgrade_replaces_every_hash() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    package(root, "1.0.0", LINUX);
    package(root, "2.0.0", LINUX);
    let old = locked(root, unit(&["1.0.0"], None, &[LINUX]), Wishes::default()).unwrap().unwrap();
    let moved = || unit(&[">= 2.0"], Some(&old), &[LINUX]);
    assert_eq!(codes(locked(root, moved(), Wishes::default())), [Code::LockOutgrown]);
    let newest = Wishes { choice: Choice::Newest, ..Wishes::default() };
    let new = locked(root, moved(), newest).unwrap().unwrap();
    let fresh = locked(root, unit(&[">= 2.0"], None, &[LINUX]), Wishes::default()).unwrap().unwrap();
    assert_eq!(new, fresh);
}

#[test]
fn what_is_not_there_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    package(root, "1.0.0", LINUX);
    for (constraints, platform, want) in [
        (&["~> 2.0"][..], LINUX, Code::NoPackage),
        (&["~> 1.0"], DARWIN, Code::NoPackage),
        (&["~> 1.0", ">= 2.0"], LINUX, Code::ConstraintsClash),
    ] {
        let found = codes(locked(root, unit(constraints, None, &[platform]), Wishes::default()));
        assert_eq!(found, [want], "{constraints:?} {platform}");
    }
}
