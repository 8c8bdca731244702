//! `state history`, `diff`, `restore`, `snapshot`: versions of a local state that the real terraform writes.

use super::space::{TestSpace, require};
use serde_json::Value;

fn unit(value: &str) -> String {
    format!(
        "resource \"terraform_data\" \"a\" {{\n  input = \"{value}\"\n}}\noutput \"id\" {{\n  value = terraform_data.a.output\n}}\n\
         output \"key\" {{\n  value     = \"secret-{value}\"\n  sensitive = true\n}}\n"
    )
}

/// A unit whose state was written three times: serials 1 to 3 or more.
fn estate() -> TestSpace {
    let space = TestSpace::new();
    space.write(
        "app/terragrunt.hcl",
        &format!(
            "remote_state {{\n  backend = \"local\"\n  generate = {{\n    path      = \"backend.tf\"\n    if_exists = \"overwrite\"\n  }}\n  config = {{\n    path = \"{}\"\n  }}\n}}\n",
            space.path("states/app.tfstate").display()
        ),
    );
    apply(&space, "one");
    space
}

fn apply(space: &TestSpace, value: &str) {
    space.write("app/main.tf", &unit(value));
    space.terrace(&["apply", "-auto-approve", "--no-color"]).in_dir("app").run().success();
}

fn history(space: &TestSpace) -> Vec<Value> {
    let ran = space.terrace(&["state", "history", "app", "--json"]).run().success();
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"))
}

fn state(space: &TestSpace) -> Value {
    serde_json::from_str(&space.read("states/app.tfstate")).unwrap()
}

#[test]
fn a_version_is_seen_compared_and_brought_back() {
    if !require("terraform") {
        return;
    }
    let space = estate();
    let taken = space.terrace(&["state", "snapshot", "app"]).run().success();
    let version = taken.stdout.trim().strip_prefix("app: ").expect("a name").to_owned();
    space.terrace(&["state", "snapshot", "app"]).run().success().says(&["its newest copy is the same"]);
    apply(&space, "two");
    let versions = history(&space);
    assert!(
        versions[0]["current"] == true && versions.iter().any(|row| row["version"] == *version),
        "{versions:?}"
    );
    let before = state(&space);

    let at = format!("app@{version}");
    let diff = space.terrace(&["state", "diff", &at]).run().code(2).never_tells("secret-");
    assert!(
        diff.stdout.contains("~ terraform_data.a: ")
            && diff.stdout.contains("~ output.id: \"one\" -> \"two\""),
        "{diff}"
    );
    assert!(diff.stdout.contains("~ output.key\n"), "{diff}");
    space.terrace(&["state", "diff", "app", "states/app.tfstate"]).run().success();

    let restore = ["state", "restore", "app", "--version", &version];
    space.terrace(&restore).stdin("n\n").run().success();
    space.terrace(&[&restore[..], &["--dry-run"]].concat()).run().success().prints(&["~ terraform_data.a"]);
    assert_eq!(state(&space), before);
    let ran = space.terrace(&[&restore[..], &["--non-interactive"]].concat()).run().success();
    ran.says(&["would become serial", "restored as serial"]).never_tells("secret-");
    let after = state(&space);
    assert_eq!((&after["lineage"], &after["outputs"]["id"]["value"]), (&before["lineage"], &"one".into()));
    assert!(after["serial"].as_u64() > before["serial"].as_u64());
    assert!(!space.path("states/.app.tfstate.lock.info").exists(), "the lock is given back");
    // terraform takes it from there.
    space.write("app/main.tf", &unit("one"));
    let plan = space.terrace(&["plan", "-detailed-exitcode"]).in_dir("app").run();
    assert_eq!(plan.status.code(), Some(0), "{plan}");
}

#[test]
fn a_restore_refuses_what_it_should() {
    if !require("terraform") {
        return;
    }
    let space = estate();
    space.terrace(&["state", "restore", "app"]).run().code(1).says(&["--version"]);
    let none =
        space.terrace(&["state", "restore", "app", "--version", "nope", "--non-interactive"]).run().code(1);
    none.says(&["there is no version `nope`", "state history"]);
    apply(&space, "two");
    // A backup of somebody else's state.
    let foreign = space.read("states/app.tfstate.backup").replace("\"lineage\": \"", "\"lineage\": \"x");
    space.write("states/app.tfstate.backup", &foreign);
    let ran =
        space.terrace(&["state", "restore", "app", "--version", "backup", "--non-interactive"]).run().code(1);
    ran.says(&["lineage"]);
}

#[test]
fn before_an_apply_a_copy_is_kept_unless_unwanted() {
    if !require("terraform") {
        return;
    }
    let space = estate();
    let copies = || history(&space).iter().filter(|row| row["kept_by"] == "copy").count();
    assert_eq!(copies(), 0, "there was nothing to copy before the first apply");
    space.write("app/main.tf", &unit("two"));
    space.terrace(&["apply", "-auto-approve", "--no-state-snapshot"]).in_dir("app").run().success();
    assert_eq!(copies(), 0);
    apply(&space, "three");
    assert_eq!(copies(), 1);
    let folder = space.path("states/app.tfstate.terrace");
    let is_copy = |entry: &std::fs::DirEntry| !entry.file_name().to_string_lossy().starts_with('.');
    for entry in std::fs::read_dir(&folder).unwrap().flatten().filter(is_copy) {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", entry.path());
    }
    space.terrace(&["destroy", "-auto-approve"]).in_dir("app").run().success();
    assert_eq!(copies(), 2);
}

#[test]
fn terraforms_own_words_still_reach_terraform() {
    if !require("terraform") {
        return;
    }
    let space = estate();
    let ran = space.terrace(&["state", "list"]).in_dir("app").run().success();
    assert_eq!(ran.stdout.trim(), "terraform_data.a", "{ran}");
    space
        .terrace(&["run", "--", "state", "show", "terraform_data.a"])
        .in_dir("app")
        .run()
        .success()
        .prints(&["one"]);
}
