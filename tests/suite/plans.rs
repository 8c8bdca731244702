//! Plan files over many units: written, shown, applied, for their owner alone.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::fake::FakeTerraform;
use super::space::{TestSpace, require};

const MODULE: &str = "variable \"x\" {\n  default = \"d\"\n}\nresource \"terraform_data\" \"r\" {\n  input = var.x\n}\noutput \"o\" {\n  value = terraform_data.r.output\n}\n";

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap_or_else(|e| panic!("{}: {e}", path.display())).permissions().mode() & 0o777
}

fn write_units(space: &TestSpace) {
    let extra = "terraform {\n  extra_arguments \"v\" {\n    commands  = [\"plan\", \"apply\", \"destroy\"]\n    arguments = [\"-var\", \"x=extra\", \"-lock-timeout=5s\"]\n  }\n}\n";
    space.write("env/a/main.tf", MODULE).write("env/a/terragrunt.hcl", extra);
    space
        .write("env/b/main.tf", MODULE)
        .write("env/b/terragrunt.hcl", "dependencies {\n  paths = [\"../a\"]\n}\n");
}

#[test]
fn plans_are_kept_below_one_folder_and_applied_from_there() {
    if !require("terraform") {
        return;
    }
    let space = TestSpace::new();
    write_units(&space);
    let all = ["run", "--all", "--non-interactive"];
    let run = |more: &[&str]| space.terrace(&[&all[..], more].concat()).run();
    run(&["plan", "--out-dir", "plans", "--json-out-dir", "json"]).success();
    for unit in ["a", "b"] {
        let (plan, json) =
            (format!("plans/env/{unit}/tfplan.tfplan"), format!("json/env/{unit}/tfplan.json"));
        assert_eq!((mode(&space.path(&plan)), mode(&space.path(&json))), (0o600, 0o600), "{unit}");
        let read: serde_json::Value = serde_json::from_str(&space.read(&json)).unwrap();
        assert_eq!(read["resource_changes"][0]["change"]["actions"][0], "create");
    }
    for folder in ["plans", "plans/env", "plans/env/a", "json/env/b"] {
        assert_eq!(mode(&space.path(folder)), 0o700, "{folder}");
    }
    run(&["show", "--out-dir", "plans"]).success().prints(&["1 to add"]);
    run(&["apply", "--out-dir", "plans"])
        .success()
        .prints(&["[env/a] terraform: Apply complete! Resources: 1 added"]);
    let output = space.terrace(&["output", "-raw", "o"]).in_dir("env/a").run().success();
    assert_eq!(output.stdout, "extra", "the variables are in the plan");
    run(&["plan", "--out-dir", "away", "--", "-destroy"]).success();
    run(&["apply", "--out-dir", "away"]).success().prints(&["Resources: 0 added, 0 changed, 1 destroyed"]);
    run(&["apply", "--out-dir", "nowhere"]).code(1).says(&["nowhere/env/a/tfplan.tfplan"]);
}

#[test]
fn a_plan_made_of_mocks_is_named() {
    if !require("terraform") {
        return;
    }
    let space = TestSpace::new();
    write_units(&space);
    space.write(
        "env/b/terragrunt.hcl",
        "dependency \"a\" {\n  config_path  = \"../a\"\n  mock_outputs = { o = \"mock\" }\n}\ninputs = { x = dependency.a.outputs.o }\n",
    );
    let ran = space.terrace(&["run", "--all", "plan", "--out-dir", "plans"]).run().success();
    ran.prints(&["plan these units again before you apply them", "env/b: a"]);
}

#[test]
fn one_unit_keeps_no_plan_unasked() {
    if !require("terraform") {
        return;
    }
    let space = TestSpace::new();
    write_units(&space);
    space.terrace(&["plan", "--out-dir", "plans"]).in_dir("env/a").run().success();
    assert!(!space.path("env/a/plans").exists());
}

#[test]
fn a_protected_unit_is_not_even_planned_away() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "");
    space.write("a/main.tf", "").write("a/terragrunt.hcl", "prevent_destroy = true\n");
    for args in [&["destroy"][..], &["apply", "-destroy"], &["plan", "-destroy"]] {
        space.terrace(args).in_dir("a").run().code(1).says(&["prevent_destroy"]);
    }
    space.terrace(&["plan"]).in_dir("a").run().success();
    assert_eq!(fake.calls_of("destroy").len() + fake.calls_of("apply").len(), 0);
}
