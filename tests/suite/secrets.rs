//! What is sensitive stays out of our output, and our files are for their owner alone.

use super::fake::FakeTerraform;
use super::space::TestSpace;

const SECRET: &str = "hunter2-never-shown";

fn unit(space: &TestSpace) {
    space.write("a/main.tf", "variable \"password\" {\n  type      = string\n  sensitive = true\n}\nresource \"terraform_data\" \"it\" {\n  input = sha1(var.password)\n}\n");
    space.write("a/terragrunt.hcl", &format!("inputs = {{ password = sensitive(\"{SECRET}\") }}\n"));
}

#[test]
fn a_sensitive_input_is_never_told() {
    let space = TestSpace::new();
    unit(&space);
    for args in [
        &["plan"][..],
        &["apply", "-auto-approve"],
        &["run", "--all", "plan"],
        &["plan", "--log-level", "debug"],
        &["plan", "--log-level", "trace"],
    ] {
        let dir = if args[0] == "run" { "" } else { "a" };
        space.terrace(args).in_dir(dir).run().success().never_tells(SECRET);
    }
}

#[test]
fn a_sensitive_input_is_never_told_by_a_failure() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, r#"case "$1" in plan) echo 'Error: no' >&2; return 1 ;; esac"#);
    unit(&space);
    space.terrace(&["plan"]).in_dir("a").run().code(1).never_tells(SECRET);
    space.write(
        "a/terragrunt.hcl",
        &format!("locals {{\n  s = sensitive(\"{SECRET}\")\n}}\ninputs = {{ a = local.s + 1 }}\n"),
    );
    let ran = space.terrace(&["plan"]).in_dir("a").run().failure();
    let values = ran.stderr.lines().filter(|l| l.contains(SECRET) && !l.contains("sensitive(")).count();
    assert_eq!(values, 0, "a value is never shown, though the source line is: {ran}");
}

#[test]
fn files_that_carry_inputs_are_for_their_owner() {
    let mut space = TestSpace::new();
    let act = r#"case "$1" in plan) find . "$TMPDIR" -type f \( -name '*.tfvars*' -o -name '*terrace*' \) ! -name '*.tf' -printf '%m %p\n' >"$TEST_SEEN" ;; esac"#;
    FakeTerraform::install(&mut space, act);
    let seen = space.path("seen");
    space.set_env("TEST_SEEN", seen);
    space.write("a/main.tf", "variable \"x\" {}\nvariable \"big\" {}\n");
    space.write("a/terragrunt.hcl", "inputs = {\n  x   = null\n  big = join(\"\", [for i in range(400) : join(\"\", [for j in range(100) : \"0123456789\"])])\n}\n");
    space.terrace(&["plan"]).in_dir("a").run().success();
    let seen = space.read("seen");
    assert!(!seen.is_empty(), "there are files that carry inputs");
    for line in seen.lines().filter(|l| !l.contains(".terragrunt-source")) {
        assert!(line.starts_with("600 "), "{line}");
    }
}

#[test]
fn a_sensitive_output_of_a_dependency_is_never_told() {
    let space = TestSpace::new();
    space.write("a/terragrunt.hcl", "");
    space.write(
        "a/main.tf",
        &format!("output \"token\" {{\n  value     = \"{SECRET}\"\n  sensitive = true\n}}\n"),
    );
    space.write("b/main.tf", "variable \"token\" {\n  type      = string\n  sensitive = true\n}\nresource \"terraform_data\" \"it\" {\n  input = sha1(var.token)\n}\n");
    space.write(
        "b/terragrunt.hcl",
        "dependency \"a\" {\n  config_path = \"../a\"\n}\ninputs = { token = dependency.a.outputs.token }\n",
    );
    space.terrace(&["run", "--all", "--non-interactive", "apply"]).run().success().never_tells(SECRET);
    space.terrace(&["plan", "--log-level", "trace"]).in_dir("b").run().success().never_tells(SECRET);
}
