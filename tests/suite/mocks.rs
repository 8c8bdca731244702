//! When mock outputs stand in for outputs.

use serde_json::json;

use super::space::{Ran, TestSpace};

/// Runs a command in a unit whose dependency was never applied.
fn run(dependency: &str, args: &[&str]) -> Ran {
    let space = TestSpace::new();
    space.write("a/terragrunt.hcl", "").write("a/main.tf", "output \"id\" { value = \"real\" }\n");
    space.write("b/main.tf", "variable \"id\" { default = \"unset\" }\noutput \"seen\" { value = var.id }\n");
    let text = format!(
        "dependency \"a\" {{\n  config_path = \"../a\"\n{dependency}}}\ninputs = {{ id = try(dependency.a.outputs.id, \"absent\") }}\n"
    );
    space.write("b/terragrunt.hcl", &text);
    space.terrace(args).in_dir("b").run()
}

const MOCK: &str = "  mock_outputs = { id = \"mock\" }\n";

#[test]
fn without_mocks_a_plan_fails_and_names_the_dependency() {
    let ran = run("", &["plan"]).code(1);
    ran.says(&["dependency \"a\"", "mock_outputs"]);
}

#[test]
fn without_a_list_mocks_serve_every_command() {
    run(MOCK, &["plan"]).success().prints(&[r#"seen = "mock""#]);
    run(MOCK, &["apply", "-auto-approve"]).success().prints(&[r#"seen = "mock""#]);
}

#[test]
fn with_a_list_mocks_serve_its_commands_only() {
    let listed = format!("{MOCK}  mock_outputs_allowed_terraform_commands = [\"plan\", \"validate\"]\n");
    run(&listed, &["plan"]).success().prints(&[r#"seen = "mock""#]);
    let ran = run(&listed, &["apply", "-auto-approve"]).code(1);
    assert!(ran.stderr.contains("mock_outputs"), "the hint names the mocks: {ran}");
}

#[test]
fn an_empty_list_is_no_list() {
    let listed = format!("{MOCK}  mock_outputs_allowed_terraform_commands = []\n");
    run(&listed, &["apply", "-auto-approve"]).success().prints(&[r#"seen = "mock""#]);
}

#[test]
fn skip_outputs_takes_mocks_or_nothing() {
    let skipped = format!("{MOCK}  skip_outputs = true\n");
    run(&skipped, &["plan"]).success().prints(&[r#"seen = "mock""#]);
    run("  skip_outputs = true\n", &["plan"]).success().prints(&[r#"seen = "absent""#]);
}

#[test]
fn a_disabled_dependency_takes_mocks_whatever_the_list_says() {
    let disabled =
        format!("{MOCK}  enabled = false\n  mock_outputs_allowed_terraform_commands = [\"validate\"]\n");
    run(&disabled, &["plan"]).success().prints(&[r#"seen = "mock""#]);
    run("  enabled = false\n", &["plan"]).success().prints(&[r#"seen = "absent""#]);
}

/// What a unit gets from a dependency that has been applied and declares `id` and `nested`.
fn outputs_with(dependency: &str) -> serde_json::Value {
    let space = TestSpace::new();
    space.write("a/terragrunt.hcl", "");
    space.write(
        "a/main.tf",
        "output \"id\" { value = \"real\" }\noutput \"nested\" { value = { a = { x = 1 }, list = [1] } }\n",
    );
    space.write(
        "b/main.tf",
        "variable \"all\" { type = any }\noutput \"seen\" { value = jsonencode(var.all) }\n",
    );
    let text = format!(
        "dependency \"a\" {{\n  config_path = \"../a\"\n{dependency}}}\ninputs = {{ all = dependency.a.outputs }}\n"
    );
    space.write("b/terragrunt.hcl", &text);
    space.terrace(&["run", "--all", "--non-interactive", "apply"]).run().success();
    let seen = space.terrace(&["output", "-raw", "seen"]).in_dir("b").run().success();
    serde_json::from_str(&seen.stdout).expect("JSON")
}

const RICH: &str =
    "  mock_outputs = { id = \"mock\", extra = \"mock\", nested = { a = { y = 2 }, list = [2] } }\n";

#[test]
fn real_outputs_push_mocks_aside() {
    assert_eq!(outputs_with(RICH), json!({ "id": "real", "nested": { "a": { "x": 1 }, "list": [1] } }));
}

#[test]
fn a_shallow_merge_adds_missing_outputs() {
    let merged = format!("{RICH}  mock_outputs_merge_strategy_with_state = \"shallow\"\n");
    let wanted = json!({ "id": "real", "extra": "mock", "nested": { "a": { "x": 1 }, "list": [1] } });
    assert_eq!(outputs_with(&merged), wanted);
}

#[test]
fn a_deep_merge_joins_maps_and_keeps_real_lists() {
    let merged = format!("{RICH}  mock_outputs_merge_strategy_with_state = \"deep_map_only\"\n");
    let wanted = json!({ "id": "real", "extra": "mock", "nested": { "a": { "x": 1, "y": 2 }, "list": [1] } });
    assert_eq!(outputs_with(&merged), wanted);
}

#[test]
fn a_merge_needs_a_listed_command() {
    let strategy = "  mock_outputs_merge_strategy_with_state = \"shallow\"\n";
    let merged = format!("{RICH}{strategy}  mock_outputs_allowed_terraform_commands = [\"validate\"]\n");
    assert_eq!(outputs_with(&merged), json!({ "id": "real", "nested": { "a": { "x": 1 }, "list": [1] } }));
}

#[test]
fn a_plan_of_many_says_what_came_from_mocks() {
    let space = TestSpace::new();
    space.write("a/terragrunt.hcl", "").write("a/main.tf", "output \"id\" { value = \"real\" }\n");
    space.write("b/main.tf", "variable \"id\" {}\n");
    space.write(
        "b/terragrunt.hcl",
        "dependency \"a\" {\n  config_path  = \"../a\"\n  mock_outputs = { id = \"m\" }\n}\ninputs = { id = dependency.a.outputs.id }\n",
    );
    let ran = space.terrace(&["run", "--all", "plan"]).run().success();
    assert!(ran.stdout.to_lowercase().contains("mock outputs"), "{ran}");
}
