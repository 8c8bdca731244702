//! `--files`: what a commit touches is looked at, and nothing else; what git does not track is not there.

use super::space::{Ran, TestSpace, binary};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::process::Command;

/// A unit that fails when it is looked at, and says so by its name.
fn broken(space: &TestSpace, name: &str, more: &str) {
    let text = format!("{more}\ninputs = {{\n  x = local.missing_in_{name}\n}}\n");
    space.write(&format!("live/{name}/terragrunt.hcl"), &text);
}

fn validate(space: &TestSpace, files: &[&str]) -> Ran {
    space.terrace(&[&["hcl", "validate", "--files", "--"], files].concat()).run()
}

/// The units whose faults were told.
fn told(ran: &Ran) -> Vec<String> {
    let pattern = regex::Regex::new(r"missing_in_([a-z0-9]+)").expect("a pattern");
    let found: std::collections::BTreeSet<String> =
        pattern.captures_iter(&ran.stderr).map(|found| found[1].to_owned()).collect();
    found.into_iter().collect()
}

#[test]
fn only_the_readers_of_a_file_are_looked_at() {
    let space = TestSpace::new();
    space
        .write(
            "root.hcl",
            "locals {\n  env = read_terragrunt_config(find_in_parent_folders(\"env.hcl\"))\n}\n",
        )
        .write("live/env.hcl", "locals {\n  name = \"dev\"\n}\n")
        .write("common.hcl", "locals {\n  one = 1\n}\n")
        .write("data/regions.yaml", "a: 1\n")
        .write("data/more/x.json", "{}")
        .write("mod/app/main.tf", "module \"inner\" {\n  source = \"../inner\"\n}\n")
        .write("mod/inner/main.tf", "variable \"x\" {}\n")
        .write("mod/other/main.tf", "")
        .write("README.md", "");
    broken(&space, "root", "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}");
    broken(&space, "reads", "locals {\n  c = read_terragrunt_config(\"${get_repo_root()}/common.hcl\")\n}");
    broken(&space, "yaml", "locals {\n  r = yamldecode(file(\"../../data/regions.yaml\"))\n}");
    broken(&space, "glob", "locals {\n  r = fileset(\"../../data\", \"**\")\n}");
    broken(
        &space,
        "made",
        "locals {\n  n = \"common\"\n  c = read_terragrunt_config(\"../../${local.n}.hcl\")\n}",
    );
    broken(&space, "code", "terraform {\n  source = \"../../mod//app\"\n}");
    broken(&space, "folder", "locals {\n  c = read_terragrunt_config(\"../root\")\n}");
    space.git_commit_all();
    for (file, want) in [
        ("live/yaml/terragrunt.hcl", "yaml"),
        ("live/yaml/.terraform.lock.hcl", "yaml"),
        ("live/yaml/files/a.json", "yaml"),
        ("root.hcl", "folder root"),
        ("live/env.hcl", "root"),
        ("common.hcl", "made reads"),
        ("data/regions.yaml", "glob yaml"),
        ("data/more/x.json", "glob"),
        ("mod/app/main.tf", "code"),
        ("mod/inner/main.tf", "code"),
        ("mod/other/main.tf", ""),
        ("live/root/terragrunt.hcl", "folder root"),
        ("README.md", ""),
    ] {
        let ran = validate(&space, &[file]);
        assert_eq!(told(&ran).join(" "), want, "{file}: {ran}");
        assert_eq!(ran.status.success(), want.is_empty(), "{file}");
    }
    let ran = validate(&space, &["live/yaml/terragrunt.hcl", "common.hcl"]);
    assert_eq!(told(&ran).join(" "), "made reads yaml");
    let ran = validate(&space, &[]);
    assert!(ran.status.success(), "nothing is touched: {ran}");
}

#[test]
fn a_deleted_file_concerns_those_that_read_it() {
    let space = TestSpace::new();
    let unit = |name: &str, text: &str| {
        space.write(&format!("live/{name}/terragrunt.hcl"), text);
    };
    space.write("root.hcl", "").write("live/env.hcl", "").write("live/other/terragrunt.hcl", "");
    unit("a", "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n");
    unit("b", "locals {\n  e = read_terragrunt_config(\"../env.hcl\")\n}\n");
    unit("c", "dependencies {\n  paths = [\"../other\"]\n}\n");
    unit("bad", "inputs = {\n  x = local.nothing\n}\n");
    space.git_commit_all();
    for (file, unit, says) in [
        ("root.hcl", "live/a/terragrunt.hcl:2", "root.hcl"),
        ("live/env.hcl", "live/b/terragrunt.hcl:2", "env.hcl"),
        ("live/other/terragrunt.hcl", "live/c/terragrunt.hcl:2", "other"),
    ] {
        space.tool("git", &["rm", "-q", file]);
        validate(&space, &[]).failure().says(&[unit, says, "1 fault was found"]).never_tells("local.nothing");
        space.tool("git", &["reset", "-q", "--hard"]);
    }
    validate(&space, &[]).success();
    // A deletion between two commits, as CI has it.
    space.tool("git", &["rm", "-q", "root.hcl"]);
    space.git_commit_all();
    let ran = space.terrace(&["hcl", "validate", "--files", "--"]);
    let ran = ran.env("PRE_COMMIT_FROM_REF", "HEAD~1").env("PRE_COMMIT_TO_REF", "HEAD").run();
    ran.failure().says(&["live/a/terragrunt.hcl:2"]);
}

#[test]
fn what_git_does_not_track_is_not_there() {
    let space = TestSpace::new();
    space.write("a/terragrunt.hcl", "").write(".gitignore", "mine.hcl\n").git_commit_all();
    broken(&space, "untracked", "");
    space.write("common.hcl", "").write("mine.hcl", "");
    space.write(
        "a/terragrunt.hcl",
        "include \"common\" {\n  path = \"../common.hcl\"\n}\ninclude \"mine\" {\n  path = \"../mine.hcl\"\n}\ndependency \"u\" {\n  config_path = \"../live/untracked\"\n  skip_outputs = true\n}\n",
    );
    space.tool("git", &["add", "a"]);
    let ran = validate(&space, &["a/terragrunt.hcl"]).failure();
    let ran = ran.says(&["TRC1037", "common.hcl is not part of the commit", "git add", "a/terragrunt.hcl:8"]);
    ran.never_tells("mine.hcl").never_tells("missing_in_untracked");
    space.tool("git", &["add", "common.hcl", "live"]);
    validate(&space, &["a/terragrunt.hcl"]).success();
}

#[test]
fn names_are_taken_as_they_are() {
    let space = TestSpace::new();
    let odd = OsString::from_vec(b"odd\xff.hcl".to_vec());
    space
        .write("-dash.hcl", "a=1\n")
        .write(" space .hcl", "a=1\n")
        .write("left.hcl", "a=1\n")
        .write("x.txt", "a=1\n");
    std::fs::write(space.root().join(&odd), "a=1\n").expect("a file");
    let fmt = |files: &[&std::ffi::OsStr], more: &[&str]| {
        let mut command = Command::new(binary());
        command.args(["hcl", "fmt", "--files"]).args(more).arg("--").args(files).current_dir(space.root());
        command.output().expect("the binary")
    };
    let names = [
        "-dash.hcl".as_ref(),
        " space .hcl".as_ref(),
        odd.as_os_str(),
        "x.txt".as_ref(),
        "gone.hcl".as_ref(),
    ];
    let checked = fmt(&names, &["--check"]);
    assert!(!checked.status.success());
    assert!(String::from_utf8_lossy(&checked.stderr).contains("3 files need formatting"), "{checked:?}");
    // As pre-commit splits long lists.
    for part in names.chunks(2) {
        assert!(fmt(part, &[]).status.success());
    }
    assert!(fmt(&names, &["--check"]).status.success());
    assert_eq!(
        (space.read("-dash.hcl"), space.read("left.hcl"), space.read("x.txt")),
        ("a = 1\n".to_owned(), "a=1\n".to_owned(), "a=1\n".to_owned())
    );
    assert_eq!(std::fs::read(space.root().join(&odd)).expect("it"), b"a = 1\n");
    space.terrace(&["hcl", "fmt", "--files", "left.hcl"]).run().success().says(&["formatted left.hcl"]);
    // Names are seen from where the command runs, whatever folder is worked in.
    space.write("live/u/terragrunt.hcl", "a=1\n").git_commit_all();
    let ran = space.terrace(&[
        "hcl",
        "validate",
        "--working-dir",
        "live",
        "--files",
        "--",
        "live/u/terragrunt.hcl",
    ]);
    ran.run().failure().says(&["u/terragrunt.hcl:1"]);
}

#[test]
fn a_file_that_nobody_reads_must_at_least_parse() {
    let space = TestSpace::new();
    space.write("new.hcl", "locals {\n").write("a.tf", "x = = 1\n").write("a.txt", "= =").git_commit_all();
    validate(&space, &["new.hcl", "a.tf", "a.txt"]).failure().says(&["new.hcl:", "a.tf:1", "2 faults"]);
}

#[test]
fn a_large_commit_is_checked_as_a_whole() {
    let space = TestSpace::new();
    space.write("root.hcl", "");
    for at in 0..40 {
        broken(
            &space,
            &format!("u{at}"),
            "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}",
        );
    }
    space.write("live/apart/terragrunt.hcl", "inputs = { x = local.apart }\n").git_commit_all();
    let ran = validate(&space, &["root.hcl"]).failure();
    assert_eq!(told(&ran).len(), 40, "{ran}");
    ran.never_tells("local.apart");
}
