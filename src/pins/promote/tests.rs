use super::{Kind, Now, Release, Sides, Verdict, is_word, judge};
use crate::host::env::Env;
use crate::host::fs::{self, Access};
use crate::host::process::Invocation;
use crate::source::repository::Repository;
use std::collections::BTreeSet;
use std::path::Path;

/// A repository with an estate of two environments.
struct Story {
    dir: tempfile::TempDir,
    env: Env,
}

impl Story {
    fn begin() -> Self {
        let mut env = Env::default();
        env.set("PATH", Env::of_process().get("PATH").unwrap());
        for who in ["AUTHOR", "COMMITTER"] {
            env.set(format!("GIT_{who}_NAME"), "somebody");
            env.set(format!("GIT_{who}_EMAIL"), "somebody@example.com");
        }
        env.set("GIT_CONFIG_NOSYSTEM", "1");
        let story = Self { dir: tempfile::tempdir().unwrap(), env };
        story.git(&["init", "--quiet", "--initial-branch=main"]);
        story
    }

    fn git(&self, args: &[&str]) {
        let invocation = Invocation {
            program: "git".into(),
            args: args.iter().map(Into::into).collect(),
            cwd: self.dir.path().to_path_buf(),
            env: self.env.clone(),
        };
        let out = invocation.capture().unwrap();
        assert_eq!(out.code, 0, "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    }

    fn write(&self, file: &str, text: &str) -> &Self {
        let path = self.dir.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write_atomic(&path, text.as_bytes(), Access::Shared).unwrap();
        self
    }

    fn commit(&self) -> &Self {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message=next"]);
        self
    }

    /// The verdict on version `wanted` of a module in prod.
    fn verdict(&self, wanted: &str, staging: &[&str]) -> Verdict {
        let of = |version: &&str| release(Kind::Module, "https://example.com/vpc.git", version);
        let earlier: BTreeSet<Release> = staging.iter().map(of).collect();
        self.verdict_on(&of(&wanted), &earlier)
    }

    fn verdict_on(&self, wanted: &Release, earlier: &BTreeSet<Release>) -> Verdict {
        let repository = Repository::around(self.dir.path(), self.env.clone()).unwrap();
        let (later, earlier) = (BTreeSet::from([wanted]), earlier.iter().collect());
        let sides = Sides {
            is_earlier: &|path: &Path| path.starts_with("staging") || path == "root.hcl",
            is_later: &|path: &Path| path.starts_with("prod") || path == "root.hcl",
        };
        judge(&repository, Now { later: &later, earlier: &earlier }, sides).unwrap()[wanted]
    }
}

fn release(kind: Kind, name: &str, version: &str) -> Release {
    Release { kind, name: name.to_owned(), version: version.to_owned() }
}

fn unit(version: &str) -> String {
    format!("terraform {{\n  source = \"git::https://example.com/vpc.git?ref={version}\"\n}}\n")
}

#[test]
fn what_prod_pins_was_pinned_in_staging_before() {
    let story = Story::begin();
    story.write("staging/terragrunt.hcl", &unit("v1.0.0")).write("prod/terragrunt.hcl", &unit("v1.0.0"));
    story.commit();
    assert_eq!(
        story.verdict("v1.0.0", &["v1.0.0"]),
        Verdict::Promoted,
        "before the first commit nothing was"
    );
    story.write("prod/terragrunt.hcl", &unit("v1.1.0"));
    assert_eq!(story.verdict("v1.1.0", &["v1.0.0"]), Verdict::Never);
    story.commit();
    assert_eq!(story.verdict("v1.1.0", &["v1.0.0"]), Verdict::Never);
    story.write("staging/terragrunt.hcl", &unit("v1.1.0"));
    assert_eq!(story.verdict("v1.1.0", &["v1.1.0"]), Verdict::Promoted, "it catches up");
    story.write("new/unit.hcl", "v9.9.9").write("staging/new/terragrunt.hcl", &unit("v1.1.5"));
    story.write("prod/terragrunt.hcl", &unit("v1.1.5"));
    assert_eq!(story.verdict("v1.1.5", &["v1.1.5"]), Verdict::AtOnce, "a new file counts, too");
    story.write("staging/terragrunt.hcl", &unit("v1.2.0")).commit();
    story.write("staging/terragrunt.hcl", &unit("v1.3.0")).commit();
    story.write("prod/terragrunt.hcl", &unit("v1.2.0"));
    assert_eq!(story.verdict("v1.2.0", &["v1.3.0"]), Verdict::Promoted, "staging has gone on since");
    story.commit();
    assert_eq!(story.verdict("v1.2.0", &["v1.3.0"]), Verdict::Promoted);
    assert_eq!(story.verdict("v1.2", &["v1.3.0"]), Verdict::Never, "part of a version is none");
}

#[test]
fn both_at_once_is_no_promotion() {
    let story = Story::begin();
    story.write("staging/terragrunt.hcl", &unit("v1.0.0")).write("prod/terragrunt.hcl", &unit("v1.0.0"));
    story.commit();
    story.write("staging/terragrunt.hcl", &unit("v2.0.0")).write("prod/terragrunt.hcl", &unit("v2.0.0"));
    assert_eq!(story.verdict("v2.0.0", &["v2.0.0"]), Verdict::AtOnce, "not committed yet");
    story.commit();
    assert_eq!(story.verdict("v2.0.0", &["v2.0.0"]), Verdict::AtOnce);
    story.write("README.md", "x").commit();
    assert_eq!(story.verdict("v2.0.0", &["v2.0.0"]), Verdict::Promoted, "staging has had it for a change");
    let shared = Story::begin();
    shared.write("root.hcl", "# vpc\n").commit();
    shared.write("root.hcl", "locals {\n  vpc = \"v3.0.0\"\n}\n").commit();
    assert_eq!(shared.verdict("v3.0.0", &["v3.0.0"]), Verdict::AtOnce, "one file for both");
}

#[test]
fn a_merge_is_one_step() {
    let story = Story::begin();
    story.write("staging/terragrunt.hcl", &unit("v1.0.0")).commit();
    story.git(&["checkout", "--quiet", "-b", "change"]);
    story.write("staging/terragrunt.hcl", &unit("v2.0.0")).commit();
    story.write("prod/terragrunt.hcl", &unit("v2.0.0")).commit();
    assert_eq!(story.verdict("v2.0.0", &["v2.0.0"]), Verdict::Promoted, "two commits");
    story.git(&["checkout", "--quiet", "main"]);
    story.git(&["merge", "--quiet", "--no-ff", "--message=merge", "change"]);
    assert_eq!(story.verdict("v2.0.0", &["v2.0.0"]), Verdict::AtOnce, "one merge");
}

#[test]
fn providers_are_those_of_lock_files() {
    let lock = |version: &str| {
        format!("provider \"registry.terraform.io/hashicorp/aws\" {{\n  version = \"{version}\"\n}}\n")
    };
    let story = Story::begin();
    story.write("staging/.terraform.lock.hcl", &lock("5.1.0"));
    story.write("prod/.terraform.lock.hcl", &lock("5.0.0")).commit();
    let aws = |version: &str| release(Kind::Provider, "registry.terraform.io/hashicorp/aws", version);
    let staging = BTreeSet::from([aws("5.1.0")]);
    story.write("prod/.terraform.lock.hcl", &lock("5.1.0"));
    assert_eq!(story.verdict_on(&aws("5.1.0"), &staging), Verdict::Promoted);
    assert_eq!(story.verdict_on(&aws("5.2.0"), &staging), Verdict::Never);
    let other = release(Kind::Provider, "registry.terraform.io/hashicorp/azurerm", "5.1.0");
    assert_eq!(story.verdict_on(&other, &staging), Verdict::Never, "of another provider");
}

#[test]
fn what_stands_in_no_text_is_unclear() {
    let story = Story::begin();
    story.write("staging/terragrunt.hcl", "# made of parts\n").commit();
    assert_eq!(story.verdict("v1.0.0", &["v1.0.0"]), Verdict::Unclear);
}

#[test]
fn a_version_without_its_name_is_as_good_as_what_is_pinned_now() {
    let story = Story::begin();
    story.write("staging/env.hcl", "# v1.0.0\n").commit();
    story.write("staging/env.hcl", "locals {\n  version = \"v2.0.0\"\n}\n").commit();
    story.write("prod/env.hcl", "locals {\n  version = \"v2.0.0\"\n}\n");
    assert_eq!(story.verdict("v2.0.0", &["v2.0.0"]), Verdict::Promoted);
    assert_eq!(
        story.verdict("v1.0.0", &["v2.0.0"]),
        Verdict::Unclear,
        "of what it was a version, nobody knows"
    );
    let inside = release(Kind::Module, "https://example.com/modules.git//net/vpc", "v2.0.0");
    assert!(inside.is_named_in("vpc = 1") && inside.is_named_in("modules") && !inside.is_named_in("net"));
}

#[test]
fn versions_are_words() {
    for (text, want) in [
        ("ref=v1.2.0\"", true),
        ("ref=v1.2.0.", true),
        ("ref=v1.2.0&x", true),
        ("v1.2.0", true),
        ("ref=v1.2.0.1", false),
        ("ref=v1.2.0-rc1", false),
        ("xv1.2.0", false),
        ("1.v1.2.0", false),
    ] {
        let start = text.find("v1.2.0").unwrap();
        assert_eq!(is_word(text, start, start + 6), want, "{text}");
    }
}
