//! The other tool: `tofu` alone and beside terraform.

use super::space::{TestSpace, require};

const MODULE: &str =
    "resource \"terraform_data\" \"x\" {\n  input = 1\n}\noutput \"id\" {\n  value = \"fixed\"\n}\n";

#[test]
fn tofu_runs_an_estate_as_terraform_does() {
    if !require("tofu") {
        return;
    }
    let space = TestSpace::new();
    space.write("a/main.tf", MODULE).write("a/terragrunt.hcl", "");
    space.write("b/main.tf", "variable \"id\" {}\noutput \"seen\" {\n  value = var.id\n}\n").write(
        "b/terragrunt.hcl",
        "dependency \"a\" {\n  config_path = \"../a\"\n}\ninputs = {\n  id = dependency.a.outputs.id\n}\n",
    );
    let all = ["run", "--all", "--non-interactive", "--tf-path", "tofu"];
    space.terrace(&[&all[..], &["apply"]].concat()).run().success().prints(&["[a] tofu:"]);
    space
        .terrace(&["output", "-raw", "seen", "--tf-path", "tofu"])
        .in_dir("b")
        .run()
        .success()
        .prints(&["fixed"]);
    space.terrace(&[&all[..], &["plan"]].concat()).run().success();
    // The tool changes: init runs again by itself, and the state is the same.
    let ran = space.terrace(&["plan", "-detailed-exitcode"]).env("TG_TF_PATH", "terraform").in_dir("a").run();
    ran.success().prints(&["No changes"]);
}

#[test]
fn each_unit_may_name_its_own_tool() {
    if !require("tofu") {
        return;
    }
    let space = TestSpace::new();
    for (unit, tool) in [("a", "tofu"), ("b", "terraform")] {
        space.write(&format!("{unit}/main.tf"), MODULE);
        space.write(&format!("{unit}/terragrunt.hcl"), &format!("terraform_binary = \"{tool}\"\n"));
    }
    let plan = ["run", "--all", "--non-interactive", "plan"];
    let ran = space.terrace(&plan).without_env("TG_TF_PATH").run().success();
    assert!(ran.stdout.contains("[a] tofu:") && ran.stdout.contains("[b] terraform:"), "{ran}");
    let ran = space.terrace(&plan).run().success();
    assert!(!ran.stdout.contains("tofu:"), "what the user names wins: {ran}");
}
