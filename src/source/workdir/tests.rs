use super::{Need, Refresh, Request, WorkDir};
use crate::host::env::Env;
use crate::host::fs::{self, Access};
use crate::host::process::Invocation;
use crate::source::cache::{INIT_REQUIRED, UNIT_MANIFEST, VERSION_FILE};
use crate::source::{CopyRules, Fetcher, SourceError, parse_source};
use std::path::{Path, PathBuf};

/// A unit `u` and a module `m` in a folder of their own.
struct Place {
    dir: tempfile::TempDir,
    rules: CopyRules,
    fetcher: Fetcher,
}

impl Place {
    fn new() -> Self {
        let place = Self {
            dir: tempfile::tempdir().unwrap(),
            rules: CopyRules::default(),
            fetcher: Fetcher::new(Env::of_process()),
        };
        place.write("u/terragrunt.hcl", "");
        place.write("m/main.tf", "# m");
        place
    }

    fn root(&self) -> PathBuf {
        fs::canonicalize(self.dir.path()).unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write_atomic(&path, text.as_bytes(), Access::Shared).unwrap();
    }

    fn remove(&self, path: &str) {
        fs::remove_file(&self.root().join(path)).unwrap();
    }

    fn make(&self, source: &str, refresh: Refresh) -> Result<(Need, PathBuf), SourceError> {
        let unit_dir = self.root().join("u");
        let source = parse_source(source, &unit_dir)?;
        let download_dir = unit_dir.join(".terragrunt-cache");
        let request = Request {
            unit_dir: &unit_dir,
            download_dir: &download_dir,
            source: &source,
            rules: &self.rules,
            refresh,
            keep: &[PathBuf::from("state/mine")],
        };
        let mut workdir = WorkDir::open(request)?;
        let need = workdir.need;
        workdir.download(&self.fetcher)?;
        workdir.overlay(&self.fetcher)?;
        Ok((need, workdir.layout.working_dir.clone()))
    }

    fn get(&self, source: &str) -> (Need, PathBuf) {
        self.make(source, Refresh::IfChanged).unwrap()
    }

    fn git(&self, args: &[&str]) {
        let mut env = Env::of_process();
        env.set("GIT_CONFIG_GLOBAL", "/dev/null");
        for name in ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"] {
            env.set(name, "t");
        }
        let invocation = Invocation {
            program: "git".into(),
            args: args.iter().map(Into::into).collect(),
            cwd: self.root().join("r"),
            env,
        };
        let out = invocation.capture().unwrap();
        assert_eq!(out.code, 0, "git {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    }

    fn commit(&self, tag: &str) {
        self.git(&["init", "-q", "-b", "main"]);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", tag]);
        self.git(&["tag", tag]);
    }
}

fn text(dir: &Path, name: &str) -> Option<String> {
    fs::read_text(&dir.join(name)).ok()
}

#[test]
fn a_local_source_lies_below_the_units_files() {
    let place = Place::new();
    place.write("m/over.tf", "# m");
    place.write("m/.hidden", "");
    place.write("u/over.tf", "# u");
    let (need, dir) = place.get("../m");
    assert_eq!(need, Need::First);
    assert_eq!(text(&dir, "main.tf").as_deref(), Some("# m"));
    assert_eq!(text(&dir, "over.tf").as_deref(), Some("# u"));
    assert_eq!(text(&dir, "terragrunt.hcl").as_deref(), Some(""));
    assert_eq!(text(&dir, ".hidden"), None);
    assert_eq!(place.get("../m").0, Need::Nothing);
}

#[test]
fn a_unit_without_source_is_its_own() {
    let place = Place::new();
    place.write("u/main.tf", "# 1");
    let (need, dir) = place.get(".");
    assert_eq!((need, place.get(".").0), (Need::First, Need::Nothing));
    place.write("u/.terraform.lock.hcl", "# lock");
    assert_eq!(place.get(".").0, Need::Nothing);
    assert_eq!(text(&dir, ".terraform.lock.hcl").as_deref(), Some("# lock"));
    place.write("u/more.tf", "");
    assert_eq!(place.get(".").0, Need::Changed);
    assert_eq!(text(&dir, "more.tf").as_deref(), Some(""));
}

#[test]
fn what_is_removed_disappears_and_what_terraform_made_stays() {
    let place = Place::new();
    place.write("m/d/gone.tf", "");
    place.write("u/gone-too.tf", "");
    let (_, dir) = place.get("../m");
    fs::write_atomic(&dir.join("made.txt"), b"", Access::Shared).unwrap();
    place.remove("m/d/gone.tf");
    place.remove("u/gone-too.tf");
    assert_eq!(place.get("../m").0, Need::Changed);
    assert_eq!((text(&dir, "d/gone.tf"), text(&dir, "gone-too.tf")), (None, None));
    assert!(text(&dir, "made.txt").is_some());
    assert!(text(&dir, INIT_REQUIRED).is_some());
}

#[test]
fn a_file_hidden_by_the_units_own_comes_back() {
    let place = Place::new();
    place.write("u/main.tf", "# u");
    // As a clone may leave them: the same size, the same time.
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_600_000_000);
    for name in ["m/main.tf", "u/main.tf"] {
        let (path, copy) = (place.root().join(name), place.root().join("copy"));
        fs::copy_anew(&path, &copy, time).unwrap();
        fs::rename(&copy, &path).unwrap();
    }
    let (_, dir) = place.get("../m");
    assert_eq!(text(&dir, "main.tf").as_deref(), Some("# u"));
    place.remove("u/main.tf");
    let _ = place.get("../m");
    assert_eq!(text(&dir, "main.tf").as_deref(), Some("# m"));
}

#[test]
fn no_refresh_touches_a_state() {
    let place = Place::new();
    place.write("r/main.tf", "# r");
    place.write("r/terraform.tfstate", "from the source");
    place.write("m/terraform.tfstate", "from the source");
    place.commit("v1");
    place.write("r/new.tf", "");
    place.commit("v2");
    let git = format!("git::file://{}/r", place.root().display());
    for (first, second) in
        [("../m".to_owned(), "../m".to_owned()), (format!("{git}?ref=v1"), format!("{git}?ref=v2"))]
    {
        let (_, dir) = place.get(&first);
        let states = [
            "terraform.tfstate",
            "terraform.tfstate.backup",
            "errored.tfstate",
            "terraform.tfstate.d/dev/terraform.tfstate",
            "state/mine",
            ".terraform/environment",
        ];
        for state in states {
            fs::create_dir_all(dir.join(state).parent().unwrap()).unwrap();
            fs::write_atomic(&dir.join(state), b"mine", Access::Shared).unwrap();
        }
        fs::write_atomic(&dir.join(".terraform/terraform.tfstate"), b"backend", Access::Shared).unwrap();
        fs::write_atomic(&dir.join("junk"), b"", Access::Shared).unwrap();
        place.write("u/terraform.tfstate", "older");
        place.write("m/terraform.tfstate", "touched");
        let mut is_forced = false;
        for (source, refresh) in
            [(&second, Refresh::IfChanged), (&second, Refresh::Always), (&first, Refresh::IfChanged)]
        {
            place.make(source, refresh).unwrap();
            for state in states {
                assert_eq!(text(&dir, state).as_deref(), Some("mine"), "{state} {source} {refresh:?}");
            }
            let forgotten =
                [text(&dir, ".terraform/terraform.tfstate"), text(&dir, "junk")].iter().all(Option::is_none);
            is_forced |= refresh == Refresh::Always;
            assert_eq!(forgotten, is_forced, "{source} {refresh:?}");
        }
        place.remove("u/terraform.tfstate");
        let _ = place.get(&second);
        assert_eq!(text(&dir, "terraform.tfstate").as_deref(), Some("mine"));
    }
}

#[test]
fn stale_code_of_another_reference_is_gone() {
    let place = Place::new();
    place.write("r/mod/main.tf", "# 1");
    place.write("r/mod/old.tf", "# 1");
    place.commit("v1");
    place.remove("r/mod/old.tf");
    place.commit("v2");
    let source = |tag: &str| format!("git::file://{}/r//mod?ref={tag}", place.root().display());
    let (_, dir) = place.get(&source("v1"));
    assert!(text(&dir, "old.tf").is_some());
    assert_eq!(place.get(&source("v2")).0, Need::Changed);
    assert_eq!(text(&dir, "old.tf"), None);
    assert_eq!(place.get(&source("v2")).0, Need::Nothing);
}

#[test]
fn an_interrupted_copy_does_not_look_complete() {
    let place = Place::new();
    let (_, dir) = place.get("../m");
    fs::remove_file(&dir.join(VERSION_FILE)).unwrap();
    assert_eq!(place.get("../m").0, Need::First);
    fs::write_atomic(&dir.join("main.tf"), b"", Access::Shared).unwrap();
    fs::write_atomic(&dir.join(UNIT_MANIFEST), b"\x31\x7f", Access::Shared).unwrap();
    fs::remove_file(&dir.join(VERSION_FILE)).unwrap();
    let _ = place.get("../m");
    assert_eq!(text(&dir, "main.tf").as_deref(), Some("# m"));
}

#[test]
fn linked_files_are_replaced_not_written_into() {
    let place = Place::new();
    let (_, dir) = place.get("../m");
    let shared = place.root().join("shared");
    std::fs::hard_link(dir.join("main.tf"), &shared).unwrap();
    place.write("m/main.tf", "# changed");
    let _ = place.get("../m");
    assert_eq!(text(&dir, "main.tf").as_deref(), Some("# changed"));
    assert_eq!(fs::read_text(&shared).unwrap(), "# m");
}

#[cfg(unix)]
#[test]
fn links_are_followed_in_and_never_written_through() {
    let place = Place::new();
    place.write("other/inner.tf", "# inner");
    fs::symlink(&place.root().join("other"), &place.root().join("m/link")).unwrap();
    let (_, dir) = place.get("../m");
    assert_eq!(text(&dir, "link/inner.tf").as_deref(), Some("# inner"));
    assert!(!fs::symlink_metadata(&dir.join("link")).unwrap().is_symlink());
    fs::symlink(&place.root().join("m"), &place.root().join("m/self")).unwrap();
    assert!(matches!(place.make("../m", Refresh::IfChanged), Err(SourceError::CopyIntoItself { .. })));
    fs::remove_file(&place.root().join("m/self")).unwrap();
    fs::symlink(Path::new("nowhere"), &place.root().join("m/dangling")).unwrap();
    let error = place.make("../m", Refresh::IfChanged).unwrap_err().to_string();
    assert!(error.contains("m/dangling"), "{error}");
}

#[test]
fn missing_things_are_named() {
    let place = Place::new();
    let error = place.make("../nope", Refresh::IfChanged).unwrap_err();
    assert!(matches!(&error, SourceError::MissingLocal { path } if path.ends_with("nope")), "{error}");
    let error = place.make("../m//nope", Refresh::IfChanged).unwrap_err();
    assert!(matches!(&error, SourceError::MissingSubdir { subdir, .. } if subdir == "nope"), "{error}");
    let error = place.make("hg::https://h/r", Refresh::IfChanged).unwrap_err();
    assert!(
        matches!(&error, SourceError::Shared(inner) if matches!(**inner, SourceError::NotYet { kind: "Mercurial", .. })),
        "{error}"
    );
}

#[test]
fn a_working_directory_has_one_maker_at_a_time() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let place = Place::new();
    let unit_dir = place.root().join("u");
    let source = parse_source("../m", &unit_dir).unwrap();
    let download_dir = unit_dir.join(".terragrunt-cache");
    let request = Request {
        unit_dir: &unit_dir,
        download_dir: &download_dir,
        source: &source,
        rules: &place.rules,
        refresh: Refresh::IfChanged,
        keep: &[],
    };
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let mut first = WorkDir::open(request).unwrap();
        let second = scope.spawn(|| {
            let second = WorkDir::open(request).unwrap();
            (is_done.load(Ordering::SeqCst), second.need)
        });
        first.download(&place.fetcher).unwrap();
        is_done.store(true, Ordering::SeqCst);
        drop(first);
        assert_eq!(second.join().unwrap(), (true, Need::Nothing));
    });
}
