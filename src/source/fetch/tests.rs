use super::{Fetcher, without_login};
use crate::host::env::Env;
use crate::host::fs::{self, Access};
use crate::source::tree::Delivery;
use crate::source::{Source, SourceError, parse_source};
use std::path::{Path, PathBuf};

struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { dir: tempfile::tempdir().unwrap() };
        bench.write("m/.hidden", "h");
        bench.write("m/app/main.tf", "# app");
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write_atomic(&self.path(name), text.as_bytes(), Access::Shared).unwrap();
    }

    fn source(&self, text: &str) -> Source {
        parse_source(text, self.dir.path()).unwrap()
    }

    fn fetcher(&self) -> Fetcher {
        let mut env = Env::of_process();
        env.set("XDG_CACHE_HOME", self.path("cache"));
        env.set("HOME", self.path("home"));
        Fetcher::new(env).with_store()
    }

    fn text(&self, name: &str) -> Option<String> {
        fs::read_text(&self.path(name)).ok()
    }
}

#[test]
fn a_folder_is_brought_whole_or_in_part() {
    let bench = Bench::new();
    let fetcher = bench.fetcher();
    fetcher.fetch_into(&bench.source("m"), (&bench.path("whole"), Delivery::Link)).unwrap();
    assert_eq!(bench.text("whole/.hidden").as_deref(), Some("h"));
    fetcher.fetch_into(&bench.source("m//app"), (&bench.path("part"), Delivery::Link)).unwrap();
    assert_eq!(bench.text("part/main.tf").as_deref(), Some("# app"));
    let error =
        fetcher.fetch_into(&bench.source("m//nope"), (&bench.path("none"), Delivery::Link)).unwrap_err();
    assert!(matches!(&error, SourceError::MissingSubdir { subdir, .. } if subdir == "nope"), "{error}");
    assert!(error.to_string().contains("m//nope"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_part_may_be_reached_through_a_link_that_stays_inside() {
    let bench = Bench::new();
    fs::symlink(Path::new("app"), &bench.path("m/latest")).unwrap();
    fs::symlink(Path::new("/etc"), &bench.path("m/out")).unwrap();
    let fetcher = bench.fetcher();
    fetcher.fetch_into(&bench.source("m//latest"), (&bench.path("to"), Delivery::Copy)).unwrap();
    assert_eq!(bench.text("to/main.tf").as_deref(), Some("# app"));
    assert!(fetcher.fetch_into(&bench.source("m//out"), (&bench.path("no"), Delivery::Copy)).is_err());
}

#[test]
fn a_folder_in_the_store_has_an_address_of_its_own() {
    let bench = Bench::new();
    let address = bench.fetcher().put_folder(&bench.path("m")).unwrap();
    fs::remove_dir_all(&bench.path("m")).unwrap();
    let source = bench.source(&format!("{address}//app"));
    bench.fetcher().fetch_into(&source, (&bench.path("to"), Delivery::Writable)).unwrap();
    assert_eq!(bench.text("to/main.tf").as_deref(), Some("# app"));
    let unknown = bench.source(&format!("cas::sha256:{}", "0".repeat(64)));
    let error = bench.fetcher().fetch(&unknown).unwrap_err();
    assert!(error.to_string().contains("not in the store"), "{error}");
    assert!(Fetcher::new(Env::default()).put_folder(&bench.path("to")).is_err());
}

#[test]
fn what_is_fetched_can_be_looked_into() {
    let bench = Bench::new();
    let address = bench.fetcher().put_folder(&bench.path("m")).unwrap();
    let fetcher = bench.fetcher();
    let source = bench.source(&address);
    let folder = fetcher.fetch(&source).unwrap();
    assert_eq!(fs::read_text(&folder.join("app/main.tf")).unwrap(), "# app");
    assert_eq!(fetcher.fetch(&source).unwrap(), folder, "laid out once");
    assert_eq!(fetcher.fetch(&bench.source("m")).unwrap(), bench.path("m"), "a local folder is itself");
}

#[test]
fn users_of_one_repository_share_it() {
    for (remote, want) in [
        ("https://u:p@h/o/r.git", "https://h/o/r.git"),
        ("ssh://git@h:22/r", "ssh://h:22/r"),
        ("git@h:o/r.git", "git@h:o/r.git"),
        ("file:///r", "file:///r"),
    ] {
        assert_eq!(without_login(remote), want);
    }
}
