//! `hcl validate`: what it compares, how it ends, and the shape of its JSON.

use serde_json::Value;

use super::space::{Ran, TestSpace};

/// A module with required and optional variables in every kind of file, and units that use it.
fn space() -> TestSpace {
    let space = TestSpace::new();
    space.write(
        "mod/main.tf",
        "variable \"req\" {\n  type = string\n}\nvariable \"opt\" {\n  default = null\n}\n",
    );
    space.write("mod/more.tf.json", r#"{"variable": {"jreq": {}, "jopt": {"default": 1}}}"#);
    space.write("mod/x.tofu", "variable \"tofu\" {}\n");
    space
}

fn unit(space: &TestSpace, name: &str, inside: &str, inputs: &str) {
    let text = format!("terraform {{\n  source = \"../mod\"\n{inside}}}\ninputs = {{\n{inputs}}}\n");
    space.write(&format!("{name}/terragrunt.hcl"), &text);
}

fn inputs(space: &TestSpace, unit: &str, more: &[&str]) -> Ran {
    let args = [&["hcl", "validate", "--inputs", "--working-dir", unit], more].concat();
    space.terrace(&args).run()
}

#[test]
fn every_way_to_give_a_value_counts() {
    let space = space();
    unit(&space, "inputs", "", "  req  = 1\n  jreq = 1\n  tofu = null\n");
    let arguments = "  extra_arguments \"x\" {\n    commands = [\"plan\"]\n    arguments = [\"-var\", \"req=1\", \"-var-file=v.tfvars\"]\n    env_vars = { TF_VAR_tofu = 1 }\n  }\n";
    unit(&space, "arguments", arguments, "");
    space.write("arguments/v.tfvars", "jreq = 1\n");
    let files = "  extra_arguments \"x\" {\n    commands = [\"destroy\"]\n    required_var_files = [\"a.tfvars\"]\n    optional_var_files = [\"b.tfvars.json\", \"none.tfvars\"]\n  }\n";
    unit(&space, "files", files, "");
    space.write("files/a.tfvars", "req = 1\njreq = 1\n").write("files/b.tfvars.json", r#"{"tofu": 1}"#);
    unit(&space, "automatic", "", "  tofu = 1\n");
    space
        .write("automatic/terraform.tfvars", "req = 1\n")
        .write("automatic/x.auto.tfvars.json", r#"{"jreq": 1}"#);
    for name in ["inputs", "arguments", "files", "automatic"] {
        let ran = inputs(&space, name, &["--strict"]).success();
        assert_eq!(ran.stderr, "", "{name}");
    }
    unit(&space, "env", "", "");
    let ran = space.terrace(&["hcl", "validate", "--inputs", "--working-dir", "env"]);
    ran.env("TF_VAR_req", "1").env("TF_VAR_jreq", "1").env("TF_VAR_tofu", "1").run().success();
}

#[test]
fn a_variable_without_a_value_is_a_fault() {
    let space = space();
    unit(&space, "a", "", "  req = 1\n");
    inputs(&space, "a", &[]).code(1).says(&[
        "the module's variable `jreq` gets no value",
        "the module's variable `tofu` gets no value",
        "terragrunt.hcl:4:10",
        "2 faults were found",
    ]);
}

#[test]
fn a_value_without_a_variable_is_a_warning_or_a_fault() {
    let space = space();
    space.write("root.hcl", "inputs = {\n  jreq = 1\n  tofu = 1\n  optt = 2\n}\n");
    let text = "include \"root\" {\n  path = \"../root.hcl\"\n}\nterraform {\n  source = \"../mod\"\n}\ninputs = {\n  req = 1\n}\n";
    space.write("a/terragrunt.hcl", text);
    let told = ["the module has no variable for the input `optt`", "root.hcl:4:3", "did you mean `opt`?"];
    let ran = inputs(&space, "a", &[]).success().says(&told);
    assert!(ran.stderr.starts_with("warning"), "{ran}");
    inputs(&space, "a", &["--strict"]).code(1).says(&told).says(&["1 fault was found"]);
}

#[test]
fn outputs_that_are_not_there_yet_are_no_obstacle() {
    let space = space();
    space.write("b/terragrunt.hcl", "");
    let text = "terraform {\n  source = \"../mod\"\n}\ndependency \"b\" {\n  config_path = \"../b\"\n}\ninputs = {\n  req = dependency.b.outputs.x\n  jreq = 1\n  tofu = 1\n}\n";
    space.write("a/terragrunt.hcl", text);
    inputs(&space, "a", &["--strict"]).success();
    assert!(!space.path("a/.terragrunt-cache").exists(), "a local module is read where it is");
}

#[test]
fn questions_that_exclude_each_other_are_refused() {
    let space = space();
    for args in [&["--strict"][..], &["--inputs", "--json"], &["--inputs", "--show-config-path"]] {
        space.terrace(&[&["hcl", "validate"], args].concat()).run().code(1);
    }
}

#[test]
fn faults_as_json_have_ranges_and_snippets() {
    let space = TestSpace::new();
    space.write("a/terragrunt.hcl", "dependency \"d\" {\n  config_path = nope(1,\n    2)\n}\n");
    space.write("b/terragrunt.hcl", "inputs = {\n  é = local.x\n}\n");
    let ran = space.terrace(&["hcl", "validate", "--json"]).run().code(1);
    let rows: Vec<Value> = serde_json::from_str(&ran.stdout).expect("an array");
    assert_eq!(rows.len(), 2, "{ran}");
    let first = &rows[0];
    assert_eq!(first["severity"], "error");
    assert_eq!(first["range"]["filename"], space.path("a/terragrunt.hcl").to_string_lossy().as_ref());
    assert_eq!(first["range"]["start"], serde_json::json!({ "line": 2, "column": 17, "byte": 33 }));
    assert_eq!(first["snippet"]["context"], "dependency \"d\"");
    assert_eq!(first["snippet"]["code"], "  config_path = nope(1,");
    let piece = |row: &Value| {
        let at =
            |name: &str| usize::try_from(row["snippet"][name].as_u64().expect("a number")).expect("small");
        let code = row["snippet"]["code"].as_str().expect("code");
        code[at("highlight_start_offset")..at("highlight_end_offset")].to_owned()
    };
    assert_eq!(piece(first), "nope");
    assert_eq!((rows[1]["snippet"]["context"].as_str(), piece(&rows[1]).as_str()), (Some(""), "x"));
    let ran = space.terrace(&["hcl", "validate", "--json", "--show-config-path"]).run().code(1);
    assert_eq!(ran.scrubbed_stdout(), "[\"$ROOT/a/terragrunt.hcl\",\"$ROOT/b/terragrunt.hcl\"]\n");
    let ran = space.terrace(&["hcl", "validate", "--show-config-path"]).run().code(1);
    assert_eq!(ran.scrubbed_stdout(), "$ROOT/a/terragrunt.hcl\n$ROOT/b/terragrunt.hcl\n");
}

/// The first fault of an object ends its evaluation; who validates wants them all.
#[test]
fn every_fault_of_an_object_is_told() {
    let space = TestSpace::new();
    space.write(
        "u/terragrunt.hcl",
        "inputs = {\n  a = nobody.a\n  b = upper(1, 2)\n  c = \"fine\"\n  d = [1][3]\n}\n",
    );
    let ran = space.terrace(&["hcl", "validate"]).run().failure();
    ran.says(&["no variable `nobody`", "upper", "3 |   b = upper(1, 2)", "5 |   d = [1][3]"]);
}
