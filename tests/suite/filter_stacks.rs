//! What changed between git references in the units that stack files generate, and which are in no commit.

use super::fake::FakeTerraform;
use super::space::{Ran, TestSpace};

/// Keeps its state elsewhere, as far as anybody can see.
const UNIT: &str = r#"terraform {
  source = "."
}
remote_state {
  backend  = "http"
  generate = { path = "backend.tf", if_exists = "overwrite" }
  config   = { address = "http://127.0.0.1:1" }
}
inputs = { size = try(values.size, 0) }
"#;

fn git(space: &TestSpace, args: &[&str]) {
    let who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
    space.tool("git", &[&who[..], args].concat());
}

fn commit(space: &TestSpace, tag: &str) {
    git(space, &["add", "-A"]);
    git(space, &["commit", "-q", "--allow-empty", "-m", tag]);
    git(space, &["tag", tag]);
}

/// A stack file whose units are `name=value`.
fn stack(units: &[&str]) -> String {
    let block = |unit: &&str| {
        let (name, value) = unit.split_once('=').expect("name=value");
        format!(
            "unit \"{name}\" {{\n  source = \"${{get_repo_root()}}/catalog/app\"\n  path   = \"{name}\"\n  \
             values = {{ size = {value} }}\n}}\n"
        )
    };
    units.iter().map(block).collect()
}

/// Tag `v1`: two stacks of the same catalog and a plain unit.
fn write_history(space: &TestSpace) {
    git(space, &["init", "-q", "-b", "main"]);
    space.write(".gitignore", ".terragrunt-stack\n");
    space.write("catalog/app/terragrunt.hcl", UNIT).write("catalog/app/main.tf", "");
    space.write("live/s/terragrunt.stack.hcl", &stack(&["a=1", "b=1", "c=1"]));
    space.write("live/t/terragrunt.stack.hcl", &stack(&["x=1"]));
    space.write("live/plain/terragrunt.hcl", UNIT).write("live/plain/main.tf", "");
    commit(space, "v1");
}

fn history() -> TestSpace {
    let space = TestSpace::new();
    write_history(&space);
    space
}

/// What `find` says changed since a tag, in one line, in short.
fn changed(space: &TestSpace, since: &str) -> String {
    let ran = space.terrace(&["find", "--filter", &format!("[{since}]")]).run().success();
    ran.stdout.lines().map(|line| line.replace(".terragrunt-stack", "*")).collect::<Vec<_>>().join(" ")
}

/// Nothing of ours is in the temporary folder, git knows of no other work tree, and nothing was generated here.
fn assert_clean(space: &TestSpace) {
    let tmp = space.root().parent().expect("a parent").join("tmp");
    let left: Vec<_> =
        std::fs::read_dir(tmp).expect("its folder").flatten().map(|entry| entry.path()).collect();
    assert!(left.is_empty(), "{left:?}");
    let known = space.tool("git", &["worktree", "list"]);
    assert_eq!(known.lines().count(), 1, "{known}");
}

fn run(space: &TestSpace, args: &[&str]) -> Ran {
    space.terrace(&[&["run", "--all", "--non-interactive"], args].concat()).run()
}

#[test]
fn units_of_a_changed_stack_are_compared_by_content() {
    let space = history();
    space.write("live/s/terragrunt.stack.hcl", &stack(&["a=1", "b=2", "d=1"]));
    commit(&space, "v2");
    assert_eq!(changed(&space, "v1"), "live/s live/s/*/b live/s/*/d live/s/*/c");
    for (query, want) in [("[v1] | type=stack", "live/s\n"), ("[v1] | b", "live/s/.terragrunt-stack/b\n")] {
        let ran = space.terrace(&["find", "--filter", query]).run().success();
        assert_eq!(ran.stdout, want, "{query}");
    }
    let below = space.terrace(&["find", "--filter", "[v1] | d"]).in_dir("live/plain").run().success();
    assert_eq!(below.stdout, "live/s/.terragrunt-stack/d\n");
    assert_clean(&space);
    assert!(!space.path("live/s/.terragrunt-stack").exists(), "looking generates nothing here");

    space.write("live/s/terragrunt.stack.hcl", &format!("# new\n{}", stack(&["a=1", "b=2", "d=1"])));
    commit(&space, "v3");
    assert_eq!(changed(&space, "v2"), "live/s", "a comment changes no unit");
}

#[test]
fn added_and_removed_stacks_take_everything_along() {
    let space = history();
    space.write("live/new/terragrunt.stack.hcl", &stack(&["k=1", "l=1"]));
    commit(&space, "v2");
    assert_eq!(changed(&space, "v1"), "live/new live/new/*/k live/new/*/l");
    git(&space, &["rm", "-q", "live/new/terragrunt.stack.hcl"]);
    commit(&space, "v3");
    assert_eq!(changed(&space, "v2"), "live/new live/new/*/k live/new/*/l");
    git(&space, &["mv", "live/t", "live/u"]);
    commit(&space, "v4");
    assert_eq!(changed(&space, "v3"), "live/u live/u/*/x live/t live/t/*/x");
    assert_clean(&space);
}

#[test]
fn only_stacks_that_changed_are_compared() {
    let space = history();
    space.write("catalog/app/main.tf", "# new\n");
    commit(&space, "v2");
    assert_eq!(changed(&space, "v1"), "catalog/app");
    space.write("live/t/terragrunt.stack.hcl", &format!("# new\n{}", stack(&["x=1"])));
    space.write("catalog/app/main.tf", "# newer\n");
    commit(&space, "v3");
    assert_eq!(changed(&space, "v2"), "catalog/app live/t live/t/*/x");
}

#[test]
fn files_that_stacks_and_their_units_read_count() {
    let space = TestSpace::new();
    write_history(&space);
    let read = "locals {\n  all = read_terragrunt_config(find_in_parent_folders(\"all.hcl\"))\n}\n";
    space.write("all.hcl", "locals {\n  size = 1\n}\n");
    space.write(
        "live/t/terragrunt.stack.hcl",
        &format!("{read}{}", stack(&["x=local.all.locals.size", "y=1"])),
    );
    space.write("catalog/reader/terragrunt.hcl", &format!("{read}{UNIT}"));
    let reader = stack(&["r=1"]).replace("catalog/app", "catalog/reader");
    space.write("live/r/terragrunt.stack.hcl", &reader);
    commit(&space, "v2");
    space.write("all.hcl", "locals {\n  size = 2\n}\n");
    commit(&space, "v3");
    assert_eq!(changed(&space, "v2"), "catalog/reader live/r/*/r live/t live/t/*/x");
}

#[test]
fn where_a_version_is_checked_out_changes_nothing() {
    let space = history();
    let text = stack(&["a=get_repo_root()", "b=1"]);
    space.write("live/s/terragrunt.stack.hcl", &text);
    commit(&space, "v2");
    space.write("live/s/terragrunt.stack.hcl", &format!("# new\n{text}"));
    commit(&space, "v3");
    assert_eq!(changed(&space, "v2"), "live/s");
}

#[test]
fn stacks_in_stacks_are_compared_to_the_bottom() {
    let space = history();
    let outer = |size: u8| {
        format!(
            "stack \"n\" {{\n  source = \"${{get_repo_root()}}/catalog/st\"\n  path   = \"n\"\n  \
             values = {{ size = {size} }}\n}}\n"
        )
    };
    space.write("catalog/st/terragrunt.stack.hcl", &stack(&["k=try(values.size, 5)", "l=1"]));
    space.write("live/o/terragrunt.stack.hcl", &outer(1));
    commit(&space, "v2");
    space.write("live/o/terragrunt.stack.hcl", &outer(2));
    commit(&space, "v3");
    assert_eq!(changed(&space, "v2"), "live/o live/o/*/n live/o/*/n/*/k");
    git(&space, &["rm", "-q", "live/o/terragrunt.stack.hcl"]);
    commit(&space, "v4");
    assert_eq!(changed(&space, "v3"), "live/o live/o/*/n live/o/*/n/*/k live/o/*/n/*/l");
    assert_clean(&space);
}

#[test]
fn a_run_plans_what_changed_and_destroys_only_when_allowed() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "");
    write_history(&space);
    space.write("live/s/terragrunt.stack.hcl", &stack(&["a=1", "b=2", "d=1"]));
    commit(&space, "v2");
    run(&space, &["--filter", "[v1]", "plan"])
        .success()
        .says(&["live/s/.terragrunt-stack/c is only in `v1`", "--filter-allow-destroy"]);
    let planned =
        |unit: &str| fake.calls_of("plan").iter().any(|call| call.cwd.contains(&format!("/{unit}/")));
    for (unit, want) in [("a", false), ("b", true), ("c", false), ("d", true), ("x", false), ("plain", false)]
    {
        assert_eq!(planned(&format!(".terragrunt-stack/{unit}")), want, "{unit}");
    }
    assert_clean(&space);

    run(&space, &["--filter", "[v1]", "--filter-allow-destroy", "apply"]).success();
    let applied = fake.calls_of("apply");
    assert_eq!(applied.len(), 3);
    for call in applied {
        let is_removed = call.cwd.contains(".terragrunt-stack/c");
        assert_eq!(call.args.contains(&"-destroy".to_owned()), is_removed, "{}", call.cwd);
        assert!(
            !is_removed || call.cwd.contains("/v1/live/s/"),
            "from the version that has it: {}",
            call.cwd
        );
    }
    assert_clean(&space);
}

#[test]
fn nothing_is_generated_when_not_wanted() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "");
    write_history(&space);
    space.write("live/s/terragrunt.stack.hcl", &stack(&["a=2"]));
    space.write("live/plain/main.tf", "# new\n");
    commit(&space, "v2");
    run(&space, &["--no-stack-generate", "--filter", "[v1]", "plan"]).success();
    let planned = fake.calls_of("plan");
    assert_eq!(planned.len(), 1);
    assert!(planned[0].cwd.contains("/live/plain"), "{}", planned[0].cwd);
}

#[test]
fn a_faulty_stack_is_told_with_its_version_and_nothing_stays() {
    let space = history();
    space.write("live/s/terragrunt.stack.hcl", &stack(&["a=local.nope"]));
    commit(&space, "v2");
    let ran = space.terrace(&["find", "--filter", "[v1...v2]"]).run().code(1);
    ran.says(&["terragrunt.stack.hcl", "nope", "the stacks of `v2`"]);
    assert_clean(&space);
}

/// The units that were generated here, in short; they are taken away.
fn generated(space: &TestSpace, filters: &[&str]) -> String {
    let with_flags: Vec<&str> = filters.iter().flat_map(|filter| ["--filter", filter]).collect();
    space.terrace(&[&["stack", "generate"], &with_flags[..]].concat()).run().success();
    let found = space.terrace(&["find", "--filter", "type=unit"]).run().success();
    let is_generated = |line: &&str| line.contains(".terragrunt-stack");
    let lines = found.stdout.lines().filter(is_generated).map(|line| line.replace(".terragrunt-stack", "*"));
    let units = lines.collect::<Vec<_>>().join(" ");
    space.terrace(&["stack", "clean"]).run().success();
    units
}

#[test]
fn stacks_that_changed_are_generated_alone() {
    let space = history();
    space.write("live/s/terragrunt.stack.hcl", &stack(&["a=1", "b=2"]));
    space.write("live/new/terragrunt.stack.hcl", &stack(&["k=1"]));
    git(&space, &["mv", "live/t", "live/u"]);
    space.write("live/rest/terragrunt.stack.hcl", &stack(&["r=1"]));
    commit(&space, "v2");
    space.write("live/rest/terragrunt.stack.hcl", &stack(&["r=2"]));
    git(&space, &["rm", "-rq", "live/new"]);
    commit(&space, "v3");
    for (filters, want) in [
        (&["[v1...v2] | type=stack"][..], "live/rest/*/r live/s/*/a live/s/*/b live/u/*/x"),
        (&["type=stack | [v2]"], "live/rest/*/r"),
        (&["type=stack | ![v2]"], "live/s/*/a live/s/*/b live/u/*/x"),
        (&["[v1...v2] | type=stack | ./live/s"], "live/s/*/a live/s/*/b"),
        (&["[v2] | type=stack", "live/u | type=stack"], "live/rest/*/r live/u/*/x"),
        (&["[v3] | type=stack"], ""),
        (&["[v2]"], "live/rest/*/r live/s/*/a live/s/*/b live/u/*/x"),
    ] {
        assert_eq!(generated(&space, filters), want, "{filters:?}");
        assert_clean(&space);
    }
    let ran = space.terrace(&["stack", "generate", "--filter", "[v3] | type=stack"]).run().success();
    ran.says(&["the filters choose no stack below"]);
    let ran = space.terrace(&["stack", "generate", "--filter", "[nope] | type=stack"]).run().code(128);
    ran.says(&["git knows no commit `nope`"]);
    let below = space.terrace(&["stack", "generate", "--filter", "[v2] | type=stack"]).in_dir("live");
    below.run().success();
    assert!(
        space.path("live/rest/.terragrunt-stack/r").exists()
            && !space.path("live/s/.terragrunt-stack").exists()
    );
}

#[test]
fn what_a_changed_stack_generates_is_generated_to_the_bottom() {
    let space = history();
    let outer = |note: &str| {
        format!(
            "# {note}\nstack \"n\" {{\n  source = \"${{get_repo_root()}}/catalog/st\"\n  path   = \"n\"\n}}\n"
        )
    };
    space.write("catalog/st/terragrunt.stack.hcl", &stack(&["k=1"]));
    space.write("live/o/terragrunt.stack.hcl", &outer("old"));
    commit(&space, "v2");
    space.write("live/o/terragrunt.stack.hcl", &outer("new"));
    commit(&space, "v3");
    assert_eq!(generated(&space, &["[v2] | type=stack"]), "live/o/*/n/*/k");
}

#[test]
fn stacks_are_chosen_by_what_they_read() {
    let space = history();
    space.write("size.hcl", "locals {\n  size = 1\n}\n");
    let text = "locals {\n  all = read_terragrunt_config(find_in_parent_folders(\"size.hcl\"))\n}\n";
    space.write("live/t/terragrunt.stack.hcl", &format!("{text}{}", stack(&["x=local.all.locals.size"])));
    assert_eq!(generated(&space, &["reading=size.hcl | type=stack"]), "live/t/*/x");
    assert_eq!(generated(&space, &["type=stack | !reading=size.hcl"]), "live/s/*/a live/s/*/b live/s/*/c");
}

#[test]
fn a_filter_that_names_a_stack_is_told_how_to_mean_it() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    write_history(&space);
    let tip = "| type=stack' does";
    for filter in ["./live/s", "live/s", "{./live/s}", "!./live/s", "./live/s | !x"] {
        let ran = space.terrace(&["stack", "generate", "--filter", filter]).run().success();
        ran.says(&[&format!("'{filter} {tip}")]);
    }
    for filter in ["./live/*", "s", "./live/s | type=unit", "./live/s | type=stack", "./live/plain"] {
        let ran = space.terrace(&["stack", "generate", "--filter", filter]).run().success();
        assert!(!ran.stderr.contains(tip), "{filter}: {}", ran.stderr);
    }
    run(&space, &["--filter", "./live/s", "plan"]).success().says(&[tip]);
    let muted = ["stack", "generate", "--filter", "./live/s", "--no-tip", "stack-target-missing-type-stack"];
    assert!(!space.terrace(&muted).run().success().stderr.contains(tip));
}

#[test]
fn a_run_over_changed_stacks_generates_them_and_runs_no_unit() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "");
    write_history(&space);
    space.write("live/s/terragrunt.stack.hcl", &stack(&["a=2"]));
    commit(&space, "v2");
    run(&space, &["--filter", "[v1] | type=stack", "plan"]).success().says(&["no unit is selected"]);
    assert!(fake.calls_of("plan").is_empty());
    assert!(
        space.path("live/s/.terragrunt-stack/a").exists() && !space.path("live/t/.terragrunt-stack").exists()
    );
    assert_clean(&space);
}
