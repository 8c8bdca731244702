//! The real pre-commit runs the hooks of `.pre-commit-hooks.yaml` on a repository: what a commit breaks is refused.

use super::space::{TestSpace, binary};
use super::tools::{Tool, find, folder, say};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Output;

/// A repository whose commits go through pre-commit.
struct Scratch {
    space: TestSpace,
}

const HOOKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/.pre-commit-hooks.yaml");

impl Scratch {
    /// With these hooks; `None` where pre-commit cannot be had.
    fn with(hooks: &[&str]) -> Option<Self> {
        let pre_commit = match find(Tool { name: "pre-commit", program: "pre-commit" }) {
            Ok(path) => path,
            Err(why) => {
                let wanted = std::env::var_os("TERRACE_REQUIRE_EMULATORS").is_some_and(|v| v == "1");
                assert!(!wanted, "{why}");
                say(&format!("skipped: {why}"));
                return None;
            }
        };
        let mut space = TestSpace::new();
        let definitions = definitions(&space);
        put_on_path(&mut space, &pre_commit);
        let mut config = format!("repos:\n  - repo: {}\n    rev: v1\n    hooks:\n", definitions.display());
        for hook in hooks {
            let _ = writeln!(config, "      - id: {hook}");
        }
        space.write(".pre-commit-config.yaml", &config).write(".gitignore", ".terragrunt-cache/\n");
        space.git_commit_all();
        let scratch = Self { space };
        scratch.space.tool(&pre_commit.to_string_lossy(), &["install"]);
        Some(scratch)
    }

    fn commit(&self) -> Output {
        let who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
        let args = [&who[..], &["commit", "-q", "-m", "x"]].concat();
        self.space.command("git", &args).output().expect("git")
    }

    fn add(&self, paths: &[&str]) -> &Self {
        self.space.tool("git", &[&["add", "-A", "--"], paths].concat());
        self
    }

    #[track_caller]
    fn passes(&self) {
        let out = self.commit();
        assert!(out.status.success(), "{}", said(&out));
    }

    #[track_caller]
    fn is_refused(&self, texts: &[&str]) {
        let out = self.commit();
        let said = said(&out);
        assert!(!out.status.success(), "the commit went through: {said}");
        for text in texts {
            assert!(said.contains(text), "wanted `{text}` in {said}");
        }
    }
}

fn said(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

/// A repository that holds our definitions of hooks, tagged.
fn definitions(space: &TestSpace) -> PathBuf {
    let dir = space.root().parent().expect("a parent").join("definitions");
    std::fs::create_dir(&dir).expect("a folder");
    std::fs::copy(HOOKS, dir.join(".pre-commit-hooks.yaml")).expect("the hooks");
    let at = dir.to_string_lossy().into_owned();
    for args in [
        &["init", "-q"][..],
        &["add", "-A"],
        &[
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.com",
            "-c",
            "commit.gpgsign=false",
            "commit",
            "-qm",
            "x",
        ],
        &["tag", "v1"],
    ] {
        space.tool("git", &[&["-C", &at], args].concat());
    }
    dir
}

/// Our binary goes first, under its name; what git starts finds pre-commit's modules.
fn put_on_path(space: &mut TestSpace, pre_commit: &Path) {
    let bin = space.root().parent().expect("a parent").join("bin");
    std::fs::create_dir(&bin).expect("a folder");
    std::os::unix::fs::symlink(binary(), bin.join("terrace")).expect("a link");
    let own = pre_commit.parent().expect("a folder").to_path_buf();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = [bin, own].into_iter().chain(std::env::split_paths(&path));
    space.set_env("PATH", std::env::join_paths(all).expect("a path"));
    let packages = std::fs::read_dir(folder()).into_iter().flatten().flatten();
    let ours = packages.map(|entry| entry.path()).find(|path| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("pre-commit-"))
            && path.is_dir()
    });
    if let Some(ours) = ours {
        space.set_env("PYTHONPATH", ours);
    }
}

const UNIT: &str = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n";

#[test]
fn a_bad_commit_is_refused_and_the_mended_one_passes() {
    let Some(scratch) = Scratch::with(&["terrace-validate", "terrace-fmt"]) else { return };
    let space = &scratch.space;
    space.write("root.hcl", "").write("live/a/terragrunt.hcl", UNIT).write("live/b/terragrunt.hcl", UNIT);
    scratch.add(&["."]).passes();

    space.write("live/a/terragrunt.hcl", &format!("{UNIT}\ninputs = {{\n  x = local.nothing\n}}\n"));
    scratch.add(&["."]).is_refused(&["live/a/terragrunt.hcl:6", "1 fault was found"]);
    space.write("live/a/terragrunt.hcl", &format!("{UNIT}\ninputs = {{\n  x = 1\n}}\n"));
    scratch.add(&["."]).passes();

    space.write("root.hcl", "inputs = {\n  y = local.none\n}\n");
    scratch.add(&["."]).is_refused(&["root.hcl:2", "configuration is sound"]);
    space.write("root.hcl", "inputs={}\n");
    scratch.add(&["."]).is_refused(&["formatted root.hcl", "files were modified"]);
    assert_eq!(space.read("root.hcl"), "inputs = {}\n");
    scratch.add(&["."]).passes();
}

#[test]
fn deletions_are_noticed_and_untracked_files_are_absent() {
    let Some(scratch) = Scratch::with(&["terrace-validate"]) else { return };
    let space = &scratch.space;
    space.write("root.hcl", "").write("live/a/terragrunt.hcl", UNIT);
    scratch.add(&["."]).passes();

    space.tool("git", &["rm", "-q", "root.hcl"]);
    scratch.is_refused(&["live/a/terragrunt.hcl:2", "root.hcl"]);
    space.tool("git", &["reset", "-q", "--hard"]);

    // A broken unit and a file that nobody added: the first is no matter of the commit, the second is missed.
    space
        .write("live/broken/terragrunt.hcl", "inputs = {\n  x = local.nothing\n}\n")
        .write("live/env.hcl", "");
    space.write("live/a/terragrunt.hcl", &format!("{UNIT}include \"env\" {{\n  path = \"../env.hcl\"\n}}\n"));
    scratch.add(&["live/a"]).is_refused(&["live/env.hcl is not part of the commit"]);
    scratch.add(&["live/env.hcl"]).passes();
}

const LOCK: &str = "# This file is maintained automatically by \"terraform init\".\n# Manual edits may be lost in future updates.\n\nprovider \"registry.terraform.io/hashicorp/null\" {\n  version     = \"3.2.4\"\n  constraints = \"~> 3.0\"\n  hashes = [\n    \"h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\",\n  ]\n}\n";

const APP: &str = "terraform {\n  required_version = \"~> 1.5\"\n  required_providers {\n    null = {\n      source  = \"hashicorp/null\"\n      version = \"~> 3.0\"\n    }\n  }\n}\nresource \"null_resource\" \"x\" {}\n";

#[test]
fn a_loose_pin_is_refused_wherever_it_comes_from() {
    let Some(scratch) = Scratch::with(&["terrace-pins"]) else { return };
    let space = &scratch.space;
    let unit = format!("{UNIT}terraform {{\n  source = \"../../modules/app\"\n}}\n");
    space.write("root.hcl", "terragrunt_version_constraint = \"~> 1.1\"\n").write("modules/app/main.tf", APP);
    space.write("live/a/terragrunt.hcl", &unit).write("live/a/.terraform.lock.hcl", LOCK);
    scratch.add(&["."]).passes();

    // The code of a module that a unit takes.
    space.write("modules/app/main.tf", &APP.replace("      version = \"~> 3.0\"\n", ""));
    scratch.add(&["."]).is_refused(&["versions are pinned", "pin/provider-bounded", "modules/app/main.tf"]);
    space.write("modules/app/main.tf", APP);

    // The unit itself, of which a source on a branch.
    space.write(
        "live/a/terragrunt.hcl",
        &unit.replace("../../modules/app", "git::https://example.com/x.git?ref=main"),
    );
    scratch.add(&["."]).is_refused(&["pin/source-ref", "live/a/terragrunt.hcl:5"]);
    space.write("live/a/terragrunt.hcl", &unit);

    // A file that it includes and that goes.
    space.tool("git", &["rm", "-q", "root.hcl"]);
    scratch.is_refused(&["live/a/terragrunt.hcl:2"]);
    space.tool("git", &["reset", "-q", "--hard"]);

    // Whatever lies there untracked is no matter of the commit.
    space.write(
        "live/b/terragrunt.hcl",
        &unit.replace("../../modules/app", "git::https://example.com/x.git?ref=main"),
    );
    space.write("modules/app/more.tf", "resource \"aws_vpc\" \"x\" {}\n").write("README.md", "");
    space.write("live/a/terragrunt.hcl", &format!("{unit}\n# touched\n"));
    scratch.add(&["live/a", "README.md"]).passes();
    scratch.add(&["modules"]).is_refused(&["pin/provider-bounded", "modules/app/more.tf"]);
}

#[test]
fn a_lock_file_that_lacks_a_provider_is_refused() {
    let Some(scratch) = Scratch::with(&["terrace-lock"]) else { return };
    let space = &scratch.space;
    let unit = "terraform {\n  source = \"../../modules/app\"\n}\n";
    space.write("modules/app/main.tf", APP);
    for name in ["a", "b"] {
        space.write(&format!("live/{name}/terragrunt.hcl"), unit);
        space.write(&format!("live/{name}/.terraform.lock.hcl"), LOCK);
    }
    scratch.add(&["."]).passes();

    space.write("modules/app/more.tf", "resource \"random_pet\" \"x\" {}\n");
    scratch.add(&["."]).is_refused(&["lock files are complete", "random"]);
    space.tool("git", &["rm", "-qf", "modules/app/more.tf"]);

    // What a constraint asks for stands in the lock file, too.
    space.write("modules/app/main.tf", &APP.replace("~> 3.0", "~> 3.1"));
    scratch.add(&["."]).is_refused(&["live/a/.terraform.lock.hcl", "live/b/.terraform.lock.hcl", "~> 3.1"]);
    for name in ["a", "b"] {
        space.write(&format!("live/{name}/.terraform.lock.hcl"), &LOCK.replace("~> 3.0", "~> 3.1"));
    }
    scratch.add(&["."]).passes();
}
