use super::super::Fetcher;
use super::{GitSource, commit_listed, needs_history};
use crate::host::env::Env;
use crate::host::fs::{self, Access};
use crate::host::process::Invocation;
use crate::source::{Source, SourceError};
use std::path::{Path, PathBuf};

fn git(folder: &Path, args: &[&str]) -> String {
    let mut env = Env::of_process();
    env.set("GIT_CONFIG_GLOBAL", "/dev/null");
    for name in ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"] {
        env.set(name, "t");
    }
    let args = args.iter().map(Into::into).collect();
    let out = Invocation { program: "git".into(), args, cwd: folder.to_path_buf(), env }.capture().unwrap();
    assert_eq!(out.code, 0, "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

/// A repository with `f` holding `1` at tag v1 and `2` at main's head; returns the first commit too.
fn repository(folder: &Path) -> String {
    git(folder, &["init", "-q", "-b", "main"]);
    for (text, tag) in [("1", "v1"), ("2", "v2")] {
        fs::write_atomic(&folder.join("f"), text.as_bytes(), Access::Shared).unwrap();
        git(folder, &["add", "-A"]);
        git(folder, &["commit", "-q", "-m", tag]);
        git(folder, &["tag", tag]);
    }
    git(folder, &["branch", "feature/x", "v1"]);
    git(folder, &["rev-parse", "v1"])
}

fn source(folder: &Path, reference: Option<&str>) -> GitSource {
    GitSource {
        remote: format!("file://{}", folder.display()),
        reference: reference.map(str::to_owned),
        depth: None,
        ssh_key: None,
    }
}

fn fetch(fetcher: &Fetcher, source: &GitSource) -> Result<PathBuf, SourceError> {
    fetcher.fetch(&Source::of_git(source.clone()))
}

#[test]
fn every_kind_of_reference_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let first = repository(folder.path());
    let fetcher = Fetcher::new(Env::of_process());
    for (reference, want) in [
        (None, "2"),
        (Some("main"), "2"),
        (Some("v1"), "1"),
        (Some("feature/x"), "1"),
        (Some("refs/heads/main"), "2"),
        (Some(first.as_str()), "1"),
        (Some(&first[..9]), "1"),
        (Some("main~1"), "1"),
    ] {
        let checkout = fetch(&fetcher, &source(folder.path(), reference)).unwrap();
        assert_eq!(fs::read_text(&checkout.join("f")).unwrap(), want, "{reference:?}");
    }
}

#[test]
fn a_run_fetches_a_repository_once() {
    let folder = tempfile::tempdir().unwrap();
    repository(folder.path());
    let fetcher = Fetcher::new(Env::of_process());
    let wanted = source(folder.path(), Some("v1"));
    let found: Vec<PathBuf> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| fetch(&fetcher, &wanted).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(found.iter().all(|path| path == &found[0]));
    fs::remove_dir_all(folder.path()).unwrap();
    assert_eq!(fetch(&fetcher, &wanted).unwrap(), found[0]);
    drop(fetcher);
    assert!(!fs::exists(&found[0]));
}

#[test]
fn failures_say_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    repository(folder.path());
    let fetcher = Fetcher::new(Env::of_process());
    let fail = |wanted: &GitSource| match fetch(&fetcher, wanted) {
        Err(SourceError::Shared(error)) => format!("{error:?} {error} {:?}", error.hint()),
        other => panic!("{other:?}"),
    };
    assert!(fail(&source(folder.path(), Some("v9"))).contains("NoSuchRef"));
    assert!(fail(&source(folder.path(), Some("deadbeef"))).contains("NoSuchRef"));
    assert!(fail(&source(Path::new("/nowhere/r"), None)).contains("git ls-remote"));
    let with_secret = GitSource {
        remote: "https://user:hunter2@127.0.0.1:9/r.git".to_owned(),
        ..source(Path::new("/"), None)
    };
    let said = fail(&with_secret);
    assert!(said.contains("127.0.0.1:9/r.git") && !said.contains("hunter2"), "{said}");
}

#[test]
fn without_git_the_error_says_so() {
    let mut env = Env::of_process();
    env.set("PATH", "/nowhere");
    let error = fetch(&Fetcher::new(env), &source(Path::new("/r"), None)).unwrap_err();
    assert!(
        matches!(&error, SourceError::Shared(inner) if matches!(**inner, SourceError::NoGit { .. })),
        "{error:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_key_of_the_address_reaches_ssh_as_a_private_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let seen = folder.path().join("seen");
    let ssh = folder.path().join("ssh");
    let script = format!("#!/bin/sh\nstat -c %a \"$2\" > {0}; cat \"$2\" >> {0}; exit 1\n", seen.display());
    fs::write_atomic(&ssh, script.as_bytes(), Access::Shared).unwrap();
    std::fs::set_permissions(&ssh, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut env = Env::of_process();
    env.set("GIT_SSH_COMMAND", ssh.as_os_str());
    let wanted = GitSource {
        remote: "ssh://git@host.example/r.git".to_owned(),
        reference: None,
        depth: None,
        ssh_key: Some("c2VjcmV0".to_owned()),
    };
    let fetcher = Fetcher::new(env);
    assert!(fetch(&fetcher, &wanted).is_err());
    assert_eq!(fs::read_text(&seen).unwrap(), "600\nsecret");
    let bad = GitSource { ssh_key: Some("%%%".to_owned()), ..wanted };
    assert!(fetch(&fetcher, &bad).unwrap_err().to_string().contains("sshkey"));
}

#[test]
fn submodules_come_along() {
    let folder = tempfile::tempdir().unwrap();
    let (inner, outer) = (folder.path().join("inner"), folder.path().join("outer"));
    fs::create_dir_all(&inner).unwrap();
    fs::create_dir_all(&outer).unwrap();
    repository(&inner);
    repository(&outer);
    let url = format!("file://{}", inner.display());
    git(&outer, &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &url, "sub"]);
    git(&outer, &["commit", "-q", "-m", "sub"]);
    let mut env = Env::of_process();
    env.set("GIT_ALLOW_PROTOCOL", "file");
    let fetcher = Fetcher::new(env);
    let checkout = fetch(&fetcher, &source(&outer, None)).unwrap();
    assert_eq!(fs::read_text(&checkout.join("sub/f")).unwrap(), "2");
}

#[test]
fn only_some_references_need_the_history() {
    for (reference, want) in
        [("v1", false), ("abcdef1", true), ("main", false), ("main~2", true), ("abc", false)]
    {
        assert_eq!(needs_history(reference), want, "{reference}");
    }
}

#[test]
fn the_remote_says_which_commit_a_reference_is() {
    let (a, b, c) = ("a".repeat(40), "b".repeat(40), "c".repeat(40));
    let listed = format!("{a}\trefs/heads/x\n{b}\trefs/tags/x\n{c}\trefs/tags/x^{{}}\n{a}\tHEAD\n");
    for (wanted, want) in [("x", Some(&c)), ("HEAD", Some(&a)), ("refs/heads/x", Some(&a)), ("y", None)] {
        assert_eq!(commit_listed(&listed, wanted).as_ref(), want, "{wanted}");
    }
}
