use super::{GitSource, Kind, Source, parse_source, redact};
use std::path::{Path, PathBuf};

fn parse(text: &str) -> Source {
    parse_source(text, Path::new("/e/u1")).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn git_addresses() {
    for (text, canonical, subdir) in [
        ("github.com/org/repo", "git::https://github.com/org/repo.git", None),
        ("github.com/org/repo.git//a/b?ref=v1", "git::https://github.com/org/repo.git", Some("a/b")),
        ("https://github.com/org/repo//a?ref=v1", "git::https://github.com/org/repo.git", Some("a")),
        ("HTTPS://github.com/org/repo", "git::https://github.com/org/repo.git", None),
        ("github.com/org/repo/modules/x?ref=v2", "git::https://github.com/org/repo.git", Some("modules/x")),
        ("github.com/org/repo/modules//x", "git::https://github.com/org/repo.git", Some("modules/x")),
        ("gitlab.com/org/sub/repo.git//a", "git::https://gitlab.com/org/sub/repo.git", Some("a")),
        ("bitbucket.org/org/repo//a", "git::https://bitbucket.org/org/repo.git", Some("a")),
        ("git@github.com:org/repo.git//a/b?ref=v1", "git::ssh://git@github.com/org/repo.git", Some("a/b")),
        ("git::git@host.example:org/repo.git//x", "git::ssh://git@host.example/org/repo.git", Some("x")),
        ("deploy@host.example:proj/repo.git", "git::ssh://deploy@host.example/proj/repo.git", None),
        ("git::ssh://git@h:2222/o/r.git//x", "git::ssh://git@h:2222/o/r.git", Some("x")),
        ("git::https://u:p@h/o/r.git//x?ref=v1", "git::https://u:p@h/o/r.git", Some("x")),
        ("git::https://github.com/org/repo", "git::https://github.com/org/repo", None),
        ("git::github.com/org/repo//a", "git::https://github.com/org/repo.git", Some("a")),
        ("git::file:///r//m/a", "git::file:///r", Some("m/a")),
        ("git::/r//m/a", "git::file:///r", Some("m/a")),
        ("git::../../r//m", "git::file:///r", Some("m")),
        ("ssh://git@h/o/r.git", "ssh://git@h/o/r.git", None),
        ("git::https://h/r.git//a//b/", "git::https://h/r.git", Some("a/b")),
        ("git::https://h/r.git//m/../m/a", "git::https://h/r.git", Some("m/a")),
        ("git::https://h/r.git//?ref=1", "git::https://h/r.git", None),
    ] {
        let source = parse(text);
        assert!(matches!(source.kind, Kind::Git(_)), "{text}: {:?}", source.kind);
        assert_eq!((source.canonical(), source.subdir.as_deref()), (canonical, subdir), "{text}");
    }
}

#[test]
fn git_gets_what_the_query_says() {
    let source = parse("git::ssh://git@h/o/r.git//x?depth=1&ref=a/b&sshkey=c2VjcmV0");
    let want = GitSource {
        remote: "ssh://git@h/o/r.git".to_owned(),
        reference: Some("a/b".to_owned()),
        depth: Some(1),
        ssh_key: Some("c2VjcmV0".to_owned()),
    };
    assert_eq!(source.kind, Kind::Git(want));
}

#[test]
fn git_gets_the_short_ssh_form_as_written() {
    let Kind::Git(git) = parse("git@h:org/repo.git//x?ref=1").kind else { panic!("not git") };
    assert_eq!(git.remote, "git@h:org/repo.git");
}

#[test]
fn local_paths() {
    for (text, path, subdir) in [
        (".", "/e/u1", None),
        ("", "/e/u1", None),
        ("./", "/e/u1", None),
        ("../m", "/e/m", None),
        ("../../m//a/b", "/m", Some("a/b")),
        ("/m/x/../y//a", "/m/y", Some("a")),
        ("file:///m//a", "/m", Some("a")),
        ("file::/m", "/m", None),
        ("../sp ace", "/e/sp ace", None),
        ("../sp%20ace", "/e/sp ace", None),
        ("terraform-aws-modules/vpc/aws", "/e/u1/terraform-aws-modules/vpc/aws", None),
        ("../m?ref=1", "/e/m", None),
    ] {
        let source = parse(text);
        assert_eq!(source.kind, Kind::Local(PathBuf::from(path)), "{text}");
        assert_eq!(source.subdir.as_deref(), subdir, "{text}");
    }
}

#[test]
fn buckets_of_google_are_found_in_every_form() {
    for text in [
        "https://www.googleapis.com/storage/v1/b/m/k.zip",
        "gcs::https://www.googleapis.com/storage/v1/b/m/k.zip",
        "www.googleapis.com/storage/v1/b/m/k.zip",
    ] {
        let source = parse(&format!("{text}//sub?archive=false"));
        assert_eq!(source.canonical(), "gcs::https://www.googleapis.com/storage/v1/b/m/k.zip", "{text}");
        assert_eq!(source.subdir.as_deref(), Some("sub"), "{text}");
        let Kind::Gcs(gcs) = &source.kind else { panic!("{text}: {:?}", source.kind) };
        assert_eq!((gcs.bucket.as_str(), gcs.path.as_str()), ("b", "m/k.zip"), "{text}");
        assert_eq!(gcs.unpack.archive.as_deref(), Some("false"), "{text}");
    }
    for text in [
        "gcs::https://www.googleapis.com/storage/v1/b",
        "gcs::https://example.org/storage/v1/b/k",
        "gcs::https://www.googleapis.com/storage/v1//k",
        "gcs::b/k",
    ] {
        let error = parse_source(text, Path::new("/u")).unwrap_err().to_string();
        assert!(error.contains("storage/v1/BUCKET/PATH"), "{text}: {error}");
    }
}

#[test]
fn kinds_that_come_later_are_recognised() {
    for (text, kind, canonical) in [
        ("hg::https://h/r", "Mercurial", "hg::https://h/r"),
        ("oci://h/r?tag=1", "OCI", "oci://h/r"),
        ("smb://h/s", "SMB", "smb://h/s"),
    ] {
        let source = parse(text);
        assert_eq!((source.kind.clone(), source.canonical()), (Kind::Later(kind), canonical), "{text}");
    }
}

#[test]
fn buckets_are_recognised_with_and_without_their_prefix() {
    for (text, canonical) in [
        ("s3::https://s3.amazonaws.com/b/k.zip?version=3", "s3::https://s3.amazonaws.com/b/k.zip"),
        ("s3-eu-west-1.amazonaws.com/b/k//sub", "s3::https://s3-eu-west-1.amazonaws.com/b/k"),
        ("b.s3.eu-west-1.amazonaws.com/k", "s3::https://b.s3.eu-west-1.amazonaws.com/k"),
    ] {
        let source = parse(text);
        assert!(matches!(source.kind, Kind::S3(_)), "{text}");
        assert_eq!(source.canonical(), canonical, "{text}");
    }
    let shown = parse("s3::http://h/b/k?aws_access_key_id=A&aws_access_key_secret=hunter2").to_string();
    assert_eq!(shown, "s3::http://h/b/k?aws_access_key_id=***&aws_access_key_secret=***");
}

#[test]
fn faulty_addresses_say_what_is_wrong() {
    for (text, part) in [
        ("git::https://h/r.git?ref=-x", "starts with a dash"),
        ("git::https://h/r.git?ref=v1//x", "before the `?`"),
        ("git::https://h/r.git?ref=main:x", "no branch"),
        ("git::https://h/r.git?depth=many", "not a number"),
        ("git::https://h/r.git//../x", "leads out"),
        ("../m//../n", "leads out"),
        ("git::ssh://git@h:org/r.git", "not a port"),
        ("GIT::https://h/r.git", "not a kind"),
        ("foo://h/r", "not a kind"),
        ("github.com/org", "REPOSITORY"),
        ("file://../m", "absolute"),
        ("//../m", "before the `//`"),
        ("https:///m.zip", "no host"),
        ("http::ftp://h/m.zip", "ftp"),
        ("tfr:///a/b/c?version=1.0.0&version=2.0.0", "two"),
        ("tfr:///a/b/c?version=", "empty"),
        ("tfr:///a/b/c?version=~> 1.0", "constraint"),
        ("tfr:///", "NAMESPACE"),
        ("tfr://h/a/../c", "NAMESPACE"),
        ("tfr://token@h/a/b/c", "token"),
        ("cas::sha1:abc", "own store"),
        ("cas::sha256:abc", "64"),
    ] {
        let error = parse_source(text, Path::new("/e/u1")).expect_err(text).to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn credentials_are_never_shown() {
    for (text, want) in [
        ("git::https://u:p@h/r.git//x?ref=v1", "git::https://***@h/r.git//x?ref=v1"),
        ("git::https://token@h/r.git", "git::https://***@h/r.git"),
        ("git::ssh://git@h/r.git?sshkey=abc&ref=1", "git::ssh://git@h/r.git?sshkey=***&ref=1"),
        ("git::ssh://git:pw@h/r.git", "git::ssh://git:***@h/r.git"),
        ("https://u:p@h/m.zip?token=abc&archive=zip", "https://***@h/m.zip?token=***&archive=zip"),
    ] {
        let source = parse(text);
        assert_eq!(source.to_string(), want);
        assert!(!format!("{:?}", source.kind).contains("abc"));
    }
    assert_eq!(
        redact("fatal: 'https://a:b@h/x' and https://c@i/y failed"),
        "fatal: 'https://***@h/x' and https://***@i/y failed"
    );
    let error =
        parse_source("git::https://u:p@h/r?ref=-x&sshkey=abc", Path::new("/")).expect_err("dash").to_string();
    assert!(!error.contains("u:p") && !error.contains("abc"), "{error}");
}

#[test]
fn web_servers_get_only_what_is_for_them() {
    for (text, url, archive, canonical) in [
        ("https://h/x.zip//sub", "https://h/x.zip", None, "https://h/x.zip"),
        ("http::https://h/x?archive=zip", "https://h/x", Some("zip"), "http::https://h/x"),
        (
            "https://h/x?a=b%20c&archive=tgz&checksum=md5:0&filename=f&d",
            "https://h/x?a=b%20c&d",
            Some("tgz"),
            "https://h/x",
        ),
    ] {
        let source = parse(text);
        let Kind::Http(http) = &source.kind else { panic!("{text}: {:?}", source.kind) };
        assert_eq!((http.url.as_str(), http.unpack.archive.as_deref()), (url, archive), "{text}");
        assert_eq!(source.canonical(), canonical, "{text}");
    }
}

#[test]
fn modules_of_registries_are_named_by_three_words() {
    for (text, host, module, version, subdir) in [
        ("tfr:///a/b/c?version=1.2.0", None, "a/b/c", Some("1.2.0"), None),
        ("tfr://h:8443/a/b/c//x/y", Some("h:8443"), "a/b/c", None, Some("x/y")),
        ("tfr::tfr://h/a/b/c", Some("h"), "a/b/c", None, None),
    ] {
        let source = parse(text);
        let Kind::Registry(registry) = &source.kind else { panic!("{text}: {:?}", source.kind) };
        let found = (registry.host.as_deref(), registry.module.as_str(), registry.version.as_deref());
        assert_eq!(found, (host, module, version), "{text}");
        assert_eq!(source.subdir.as_deref(), subdir, "{text}");
    }
}
