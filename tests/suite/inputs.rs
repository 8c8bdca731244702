//! Inputs on their way to terraform.

use super::fake::FakeTerraform;
use super::space::TestSpace;

#[test]
fn inputs_become_variables_as_text_or_json() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "");
    space.write("a/main.tf", "variable \"text\" {}\nvariable \"number\" {}\n");
    space.write(
        "a/terragrunt.hcl",
        "inputs = {\n  text = \"plain\"\n  number = 1.5\n  whole = 3\n  flag = true\n  list = [1, \"x\"]\n  map = { a = { b = null } }\n  empty = \"\"\n}\n",
    );
    space.terrace(&["plan"]).in_dir("a").run().success();
    let call = fake.call("plan", "a");
    let pairs = [
        ("text", "plain"),
        ("number", "1.5"),
        ("whole", "3"),
        ("flag", "true"),
        ("list", r#"[1,"x"]"#),
        ("map", r#"{"a":{"b":null}}"#),
        ("empty", ""),
    ];
    for (name, wanted) in pairs {
        assert_eq!(call.env(&format!("TF_VAR_{name}")), Some(wanted), "{name}");
    }
}

#[test]
fn a_variable_of_the_user_wins() {
    let space = TestSpace::new();
    space.write("a/main.tf", "variable \"x\" {}\noutput \"x\" { value = var.x }\n");
    space.write("a/terragrunt.hcl", "inputs = { x = 1 }\n");
    let ran = space.terrace(&["apply", "-auto-approve"]).in_dir("a").env("TF_VAR_x", "9").run().success();
    ran.prints(&[r#"x = "9""#]);
}

#[test]
fn a_null_input_lets_the_module_decide() {
    let space = TestSpace::new();
    space.write("a/main.tf", "variable \"x\" { default = \"from the module\" }\noutput \"x\" { value = var.x == null ? \"is null\" : var.x }\n");
    space.write("a/terragrunt.hcl", "inputs = { x = null }\n");
    let ran = space.terrace(&["apply", "-auto-approve"]).in_dir("a").run().success();
    ran.prints(&[r#"x = "is null""#]);
    let leftovers = space.tool("find", &[".", "-name", "*null-vars*"]);
    assert_eq!(leftovers, "", "the transient file is gone");
}

#[test]
fn values_of_every_type_arrive_in_terraform() {
    let space = TestSpace::new();
    space.write(
        "a/main.tf",
        r#"
variable "list" { type = list(string) }
variable "map" { type = map(object({ n = number, on = optional(bool, true) })) }
variable "text" { type = string }
variable "number" { type = number }
variable "any" { type = any }
variable "literal" { type = list(string) }
output "all" { value = [var.list, var.map, var.text, var.number, var.any, var.literal] }
"#,
    );
    space.write(
        "a/terragrunt.hcl",
        r#"inputs = {
  list    = ["a", "ü \"quoted\" \\"]
  map     = { x = { n = 123456789012345678901234567890 } }
  text    = "line one\nline two $${kept}"
  number  = 0.1 + 0.2
  any     = { deep = [[], {}, true] }
  literal = ["$${not} a template"]
}
"#,
    );
    space.terrace(&["apply", "-auto-approve"]).in_dir("a").run().success();
    let json = space.terrace(&["output", "-json", "all"]).in_dir("a").run().success().stdout;
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON on stdout");
    let wanted: serde_json::Value = serde_json::from_str(
        r#"[["a","ü \"quoted\" \\"],{"x":{"n":123456789012345678901234567890,"on":true}},"line one\nline two ${kept}",0.3,{"deep":[[],{},true]},["${not} a template"]]"#,
    )
    .expect("JSON");
    assert_eq!(value, wanted);
}

#[test]
fn an_input_larger_than_one_variable_can_carry_arrives() {
    let space = TestSpace::new();
    space.write(
        "a/main.tf",
        "variable \"big\" { type = string }\noutput \"length\" { value = length(var.big) }\n",
    );
    space.write(
        "a/terragrunt.hcl",
        "inputs = { big = join(\"\", [for i in range(400) : join(\"\", [for j in range(100) : \"0123456789\"])]) }\n",
    );
    space.terrace(&["apply", "-auto-approve"]).in_dir("a").run().success().prints(&["length = 400000"]);
    let left = space.tool("find", &[".", "-size", "+300k", "-name", "*.tfvars*"]);
    assert_eq!(left, "", "the transient file is gone");
}

#[test]
fn extra_arguments_come_before_those_of_the_user() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "");
    space.write("a/main.tf", "").write("a/common.tfvars", "").write("a/second.tfvars", "");
    space.write(
        "a/terragrunt.hcl",
        r#"
terraform {
  extra_arguments "files" {
    commands           = ["plan"]
    arguments          = ["-lock-timeout=1m"]
    required_var_files = ["${get_terragrunt_dir()}/common.tfvars"]
    optional_var_files = ["${get_terragrunt_dir()}/none.tfvars", "${get_terragrunt_dir()}/second.tfvars"]
    env_vars           = { TEST_EXTRA = "given" }
  }
  extra_arguments "other" {
    commands  = ["apply"]
    arguments = ["-never"]
  }
}
"#,
    );
    space.terrace(&["plan", "-refresh=false"]).in_dir("a").run().success();
    let call = fake.call("plan", "a");
    let at = |text: &str| call.args.iter().position(|a| a.contains(text));
    let order = [at("-lock-timeout=1m"), at("/common.tfvars"), at("/second.tfvars"), at("-refresh=false")];
    assert!(order.iter().all(Option::is_some) && order.is_sorted(), "{:?}", call.args);
    assert_eq!((at("none.tfvars"), at("-never")), (None, None));
    assert_eq!(call.env("TEST_EXTRA"), Some("given"));
}

#[test]
fn inputs_of_the_dependency_are_its_real_outputs() {
    let space = TestSpace::new();
    space
        .write("a/terragrunt.hcl", "")
        .write("a/main.tf", "output \"id\" { value = \"real-${terraform.workspace}\" }\n");
    space.write("b/main.tf", "variable \"id\" {}\noutput \"seen\" { value = var.id }\n");
    space.write(
        "b/terragrunt.hcl",
        "dependency \"a\" {\n  config_path  = \"../a\"\n  mock_outputs = { id = \"mock\" }\n}\ninputs = { id = dependency.a.outputs.id }\n",
    );
    space.terrace(&["run", "--all", "--non-interactive", "apply"]).run().success();
    let ran = space.terrace(&["output", "-raw", "seen"]).in_dir("b").run().success();
    assert_eq!(ran.stdout, "real-default");
}

#[test]
fn a_program_of_a_dependency_runs_once_for_its_own_run_and_for_its_outputs() {
    let space = TestSpace::new();
    space.write("count.sh", "echo ran >>\"$1\"\necho named\n");
    space.write("a/main.tf", "output \"id\" { value = 1 }\n");
    space.write(
        "a/terragrunt.hcl",
        r#"
locals {
  name = run_cmd("sh", "../count.sh", "../count")
}
remote_state {
  backend  = "local"
  generate = { path = "backend.tf", if_exists = "overwrite" }
  config   = { path = "${get_terragrunt_dir()}/${local.name}.tfstate" }
}
"#,
    );
    space.write("b/main.tf", "variable \"id\" {}\n");
    space.write(
        "b/terragrunt.hcl",
        "dependency \"a\" {\n  config_path = \"../a\"\n}\ninputs = { id = dependency.a.outputs.id }\n",
    );
    space.terrace(&["run", "--all", "--non-interactive", "apply"]).run().success();
    assert_eq!(space.read("count"), "ran\n");
}

/// The init before a command is part of it: credentials and variables that the command gets must be there already.
#[test]
fn the_init_before_a_command_has_the_environment_of_the_command() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "");
    space.write("a/main.tf", "");
    space.write(
        "a/terragrunt.hcl",
        r#"
terraform {
  extra_arguments "plan" {
    commands = ["plan"]
    env_vars = { TEST_BOTH = "plan", TEST_PLAN = "plan", TF_VAR_given = "extra" }
  }
  extra_arguments "init" {
    commands = ["init"]
    env_vars = { TEST_BOTH = "init" }
  }
  extra_arguments "apply" {
    commands = ["apply"]
    env_vars = { TEST_APPLY = "apply" }
  }
}
inputs = { given = "input", other = "input" }
"#,
    );
    space.terrace(&["plan"]).in_dir("a").run().success();
    let call = fake.call("init", "a");
    let seen =
        ["TEST_BOTH", "TEST_PLAN", "TEST_APPLY", "TF_VAR_given", "TF_VAR_other"].map(|name| call.env(name));
    assert_eq!(seen, [Some("init"), Some("plan"), None, Some("extra"), Some("input")]);
    space.terrace(&["apply", "-auto-approve"]).in_dir("a").run().success();
    assert_eq!(fake.calls_of("init").len(), 1, "another command is no reason for another init");
}
