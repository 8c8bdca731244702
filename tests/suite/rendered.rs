//! `render` into files, and with the files that values come from.

use std::os::unix::fs::MetadataExt;

use serde_json::{Value, json};

use super::space::TestSpace;

fn space() -> TestSpace {
    let space = TestSpace::new();
    space.write(
        "root.hcl",
        "remote_state {\n  backend = \"local\"\n  config = { path = \"x\" }\n}\ninputs = {\n  of_root = 1\n  both = 1\n}\nterraform_version_constraint = \">= 1.0\"\n",
    );
    space.write(
        "a/terragrunt.hcl",
        "include \"root\" {\n  path = \"../root.hcl\"\n}\nlocals {\n  here = 1\n}\ndependencies {\n  paths = [\"../b\"]\n}\ngenerate \"g\" {\n  path = \"g.tf\"\n  if_exists = \"overwrite\"\n  contents = \"x\"\n}\nexclude {\n  if = false\n  actions = [\"all\"]\n}\nprevent_destroy = true\ninputs = {\n  both = 2\n  own = { k = [1] }\n}\n",
    );
    space.write("b/terragrunt.hcl", "");
    space
}

fn json_of(space: &TestSpace, unit: &str) -> Value {
    let ran = space.terrace(&["render", "--json", "--with-metadata", "--working-dir", unit]).run().success();
    serde_json::from_str(&ran.scrubbed_stdout()).expect("JSON")
}

#[test]
fn each_member_names_its_file() {
    let space = space();
    let rendered = json_of(&space, "a");
    let found = |value: &Value| value["metadata"]["found_in_file"].as_str().unwrap_or_default().to_owned();
    let (own, root) = ("$ROOT/a/terragrunt.hcl", "$ROOT/root.hcl");
    for (member, file) in [
        (&rendered["inputs"]["both"], own),
        (&rendered["inputs"]["own"], own),
        (&rendered["inputs"]["of_root"], root),
        (&rendered["locals"]["here"], own),
        (&rendered["dependencies"][0], own),
        (&rendered["generate"]["g"], own),
        (&rendered["prevent_destroy"], own),
        (&rendered["remote_state"], root),
        (&rendered["terraform_version_constraint"], root),
    ] {
        assert_eq!(found(member), file, "{member}");
    }
    assert_eq!(rendered["inputs"]["own"]["value"], json!({ "k": [1] }));
    assert!(rendered.get("exclude").is_none() && rendered.get("feature").is_none());
}

#[test]
fn what_no_file_says_has_no_metadata() {
    let nothing = |value: Value| json!({ "metadata": null, "value": value });
    let want = json!({
        "download_dir": nothing("".into()),
        "iam_assume_role_duration": nothing(Value::Null),
        "iam_assume_role_session_name": nothing("".into()),
        "iam_role": nothing("".into()),
        "terraform_binary": nothing("".into()),
        "terraform_version_constraint": nothing("".into()),
        "terragrunt_version_constraint": nothing("".into()),
    });
    assert_eq!(json_of(&space(), "b"), want);
}

#[test]
fn files_are_written_beside_their_units_and_for_their_owner() {
    let space = space();
    let printed = space.terrace(&["render", "--json", "--working-dir", "a"]).run().success().stdout;
    let ran = space.terrace(&["render", "--all", "--json", "--write"]).run().success();
    assert_eq!(ran.stdout, "");
    assert_eq!(space.read("a/terragrunt.rendered.json"), printed);
    assert_eq!(space.path("b/terragrunt.rendered.json").metadata().expect("a file").mode() & 0o777, 0o600);
    space
        .terrace(&["render", "-w", "--working-dir", "a"])
        .run()
        .success()
        .says(&["wrote terragrunt.rendered.hcl"]);
    assert!(space.read("a/terragrunt.rendered.hcl").contains("of_root = 1"));
    space.terrace(&["render", "--json", "-w", "--out", "sub/x.json", "--working-dir", "a"]).run().success();
    assert_eq!(space.read("a/sub/x.json"), printed);
    let ran = space.terrace(&["render", "--json", "--out", "no.json", "--working-dir", "a"]).run().success();
    assert_eq!(
        (ran.stdout, space.path("a/no.json").exists()),
        (printed, false),
        "--out alone writes nothing"
    );
}

#[test]
fn in_a_deep_merge_by_function_null_is_a_value_and_a_null_argument_is_none() {
    let space = TestSpace::new();
    let calls = [
        ("{ a = { x = 1 } }, { a = null }", json!({ "a": null })),
        ("{ a = { x = 1, y = 2 } }, { a = { x = null } }", json!({ "a": { "x": null, "y": 2 } })),
        ("{ s = null }, { s = \"x\" }", json!({ "s": "x" })),
        ("{}, { s = null }", json!({ "s": null })),
        ("{ a = [1] }, { a = null }, { a = [2] }", json!({ "a": [2] })),
        ("{ a = [1, null] }, { a = [null] }", json!({ "a": [1, null, null] })),
        ("{ a = [1] }, { a = { b = 1 } }", json!({ "a": { "b": 1 } })),
        ("{ s = \"x\" }, null", json!({ "s": "x" })),
        ("", json!({})),
    ];
    let lines = calls.iter().enumerate().map(|(at, (call, _))| format!("  c{at} = deep_merge({call})\n"));
    space.write("terragrunt.hcl", &format!("inputs = {{\n{}}}\n", lines.collect::<String>()));
    let ran = space.terrace(&["render", "--json", "--experiment", "deep-merge"]).run().success();
    let rendered: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    for (at, (call, want)) in calls.iter().enumerate() {
        assert_eq!(&rendered["inputs"][format!("c{at}")], want, "{call}");
    }
}

#[test]
fn as_a_file_empty_lists_are_left_out_and_empty_paths_are_not() {
    let space = TestSpace::new();
    space.write(
        "terragrunt.hcl",
        r#"
locals {}
terraform {
  source = ""
  before_hook "h" {
    commands    = []
    execute     = ["true"]
    working_dir = ""
  }
}
dependencies { paths = [] }
generate "g" {
  path      = ""
  if_exists = "skip"
  contents  = ""
}
exclude {
  if      = false
  actions = []
}
errors {
  retry "r" {
    retryable_errors   = []
    max_attempts       = 1
    sleep_interval_sec = 1
  }
  ignore "i" {
    ignorable_errors = []
  }
}
"#,
    );
    let want = r#"terraform {
  source = ""
  before_hook "h" {
    commands    = []
    execute     = ["true"]
    working_dir = ""
  }
}
generate "g" {
  path        = ""
  if_exists   = "skip"
  if_disabled = "skip"
  contents    = ""
}
exclude {
  if = false
}
errors {
  retry "r" {
    max_attempts       = 1
    sleep_interval_sec = 1
  }
  ignore "i" {
  }
}
"#;
    assert_eq!(space.terrace(&["render"]).run().success().stdout, want);
}

#[test]
fn the_units_of_a_circle_are_told_and_those_that_only_lead_there_are_not() {
    let space = TestSpace::new();
    for (unit, needs) in [("a", "b"), ("b", "c"), ("c", "b"), ("d", "a"), ("e", "f"), ("g", "e")] {
        let text = format!("dependencies {{\n  paths = [\"../{needs}\"]\n}}\n");
        space.write(&format!("{unit}/terragrunt.hcl"), &text);
    }
    space.write("f/terragrunt.hcl", "inputs = { x = 1 }\n");
    let ran = space.terrace(&["render", "--all", "--json"]).run().failure();
    assert_eq!(ran.stderr.matches("in a circle").count(), 2, "{ran}");
    ran.says(&["b -> c -> b", "c -> b -> c", "2 units cannot be rendered"]);
}
