use super::{Record, Store, StoreError};
use crate::host::fs::{self, Access};
use crate::source::copy::deliver;
use crate::source::http::Stamp;
use crate::source::tree::Delivery;
use std::path::{Path, PathBuf};

struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { dir: tempfile::tempdir().unwrap() };
        bench.write("m/main.tf", "# m");
        bench.write("m/a/b.tf", "# b");
        bench.write("m/.terraform.lock.hcl", "# lock");
        bench.write("m/.git/config", "");
        #[cfg(unix)]
        fs::symlink(Path::new("../main.tf"), &bench.path("m/a/l.tf")).unwrap();
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write_atomic(&self.path(name), text.as_bytes(), Access::Shared).unwrap();
    }

    /// As another process would see it.
    fn store(&self) -> Store {
        Store::at(self.path("store"))
    }
}

#[test]
fn a_tree_comes_back_as_it_was_without_gits_own() {
    let bench = Bench::new();
    let digest = bench.store().put(&bench.path("m")).unwrap().digest;
    let tree = bench.store().tree(&digest).unwrap().expect("it was put there");
    deliver(&tree.read(Delivery::Link).unwrap(), &bench.path("out")).unwrap();
    assert_eq!(fs::read_text(&bench.path("out/a/b.tf")).unwrap(), "# b");
    assert!(!fs::exists(&bench.path("out/.git")));
    assert_eq!(bench.store().tree(&"0".repeat(64)).unwrap().map(|tree| tree.digest), None);
}

#[cfg(unix)]
#[test]
fn files_are_linked_read_only_or_copied_to_be_changed() {
    use std::os::unix::fs::MetadataExt;
    let bench = Bench::new();
    let tree = bench.store().put(&bench.path("m")).unwrap();
    deliver(&tree.read(Delivery::Link).unwrap(), &bench.path("a")).unwrap();
    deliver(&tree.read(Delivery::Link).unwrap(), &bench.path("b")).unwrap();
    deliver(&tree.read(Delivery::Writable).unwrap(), &bench.path("c")).unwrap();
    let meta = |name: &str| fs::metadata(&bench.path(name)).unwrap();
    assert_eq!(meta("a/main.tf").ino(), meta("b/main.tf").ino());
    assert_eq!(meta("a/main.tf").mode() & 0o777, 0o444);
    assert_ne!(meta("c/main.tf").ino(), meta("a/main.tf").ino());
    assert_eq!(meta("c/main.tf").mode() & 0o777, 0o644);
    assert_eq!(meta("a/.terraform.lock.hcl").mode() & 0o777, 0o644, "terraform writes to its lock file");
    assert_eq!(fs::read_link(&bench.path("a/a/l.tf")).unwrap(), Path::new("../main.tf"));
}

#[test]
fn what_was_changed_is_not_delivered_and_mends_itself() {
    let bench = Bench::new();
    let tree = bench.store().put(&bench.path("m")).unwrap();
    let blob = tree.read(Delivery::Link).unwrap().files.remove(0).from;
    fs::remove_file(&blob).unwrap();
    fs::write_atomic(&blob, b"# not what it was", Access::Shared).unwrap();
    let error = bench.store().tree(&tree.digest).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert_eq!(bench.store().put(&bench.path("m")).unwrap().digest, tree.digest);
    assert!(bench.store().tree(&tree.digest).unwrap().is_some());
    let list = bench.store().place("trees", &tree.digest);
    fs::write_atomic(&list, b"[]", Access::Shared).unwrap();
    assert!(matches!(bench.store().tree(&tree.digest), Err(StoreError::Damaged { .. })));
}

#[test]
fn a_key_leads_to_its_record_and_is_not_written_down() {
    let bench = Bench::new();
    let record =
        Record { tree: "t".repeat(64), stamp: Stamp { etag: Some("\"1\"".to_owned()), modified: None } };
    bench.store().remember("https://user:hunter2@h/m.zip", &record).unwrap();
    assert_eq!(bench.store().find("https://user:hunter2@h/m.zip"), Some(record));
    assert_eq!(bench.store().find("https://h/m.zip"), None);
    let mut folders = vec![bench.path("store")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                assert!(!fs::read_text(&entry.path()).unwrap().contains("hunter2"));
            }
        }
    }
}

#[test]
fn several_at_once_do_not_disturb_each_other() {
    let bench = Bench::new();
    let digests: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|_| scope.spawn(|| bench.store().put(&bench.path("m")).unwrap().digest)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(digests.iter().all(|digest| digest == &digests[0]));
    assert!(bench.store().tree(&digests[0]).unwrap().is_some());
    let left = fs::read_dir(&bench.path("store/blobs")).unwrap();
    let drafts = left.iter().flat_map(|entry| fs::read_dir(&entry.path()).unwrap());
    assert!(drafts.into_iter().all(|entry| !entry.file_name().to_string_lossy().ends_with(".new")));
}
