//! `explain`: where a value comes from, followed to the line that begins it.

use super::space::TestSpace;
use serde_json::Value;

const ROOT: &str = "locals {
  region = get_env(\"REGION\", \"eu-west-1\")
  common = yamldecode(file(\"common.yaml\"))
}
remote_state {
  backend = \"local\"
  config  = { path = \"${get_terragrunt_dir()}/state\" }
}
inputs = {
  region = local.region
  tags   = { team = \"core\", env = \"none\" }
  zones  = [\"a\"]
  owner  = local.common.owner
}
";

const UNIT: &str = "include \"root\" {
  path           = find_in_parent_folders(\"root.hcl\")
  expose         = true
  merge_strategy = \"deep\"
}
locals {
  file  = read_terragrunt_config(\"../env.hcl\")
  env   = local.file.locals.env
  sizes = { prod = 3, dev = 1 }
}
feature \"fast\" {
  default = false
}
dependency \"vpc\" {
  config_path  = \"../vpc\"
  mock_outputs = { id = \"vpc-1\" }
}
inputs = {
  tags  = { env = local.env, fast = feature.fast.value }
  zones = [\"b\"]
  size  = local.env == \"prod\" ? local.sizes.prod : local.sizes[\"dev\"]
  vpc   = dependency.vpc.outputs.id
  where = include.root.locals.region
  all   = merge(local.sizes, { home = get_env(\"HOME\") })
}
";

fn space() -> TestSpace {
    let space = TestSpace::new();
    space.write("root.hcl", ROOT).write("common.yaml", "owner: ops\n").write("vpc/terragrunt.hcl", "");
    space.write("env.hcl", "locals {\n  env = \"prod\"\n}\n").write("app/terragrunt.hcl", UNIT);
    space
}

/// What `explain app ATTRIBUTE --json` says about the attribute.
fn origin(space: &TestSpace, attribute: &str) -> Value {
    let ran = space.terrace(&["explain", "app", attribute, "--json"]).run().success();
    let all: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    all["attributes"][0].clone()
}

/// `file:line` of settings and of causes, and what the causes are called, from the top down.
fn chain(space: &TestSpace, attribute: &str) -> Vec<String> {
    fn causes(of: &Value, out: &mut Vec<String>) {
        for cause in of["causes"].as_array().into_iter().flatten() {
            let name = cause["name"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default();
            let note = cause["note"].as_str().map(|note| format!(" ({note})")).unwrap_or_default();
            out.push(format!("{name} {}{note}", place(cause)));
            causes(cause, out);
        }
    }
    fn place(of: &Value) -> String {
        let file = of["file"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        format!("{file}:{}", of["line"])
    }
    let mut out = Vec::new();
    for setting in origin(space, attribute)["settings"].as_array().into_iter().flatten() {
        out.push(format!("{} {}", setting["role"].as_str().unwrap_or_default(), place(setting)));
        causes(setting, &mut out);
    }
    out
}

#[test]
fn a_value_is_followed_through_locals_into_another_file() {
    assert_eq!(
        chain(&space(), "inputs.tags.env"),
        [
            "sets terragrunt.hcl:19",
            "local.env terragrunt.hcl:8",
            "local.file.locals.env terragrunt.hcl:7",
            "env.hcl env.hcl:2",
            "overridden root.hcl:11",
        ]
    );
}

#[test]
fn the_key_of_a_map_that_files_make_up_together_names_its_own_file() {
    let tags = origin(&space(), "inputs.tags");
    let of = |key: &str| {
        let entries = tags["entries"].as_array().expect("entries");
        let entry = entries.iter().find(|entry| entry["path"][2] == key).expect("the key");
        entry["settings"][0]["file"].as_str().unwrap_or_default().rsplit('/').next().map(str::to_owned)
    };
    assert_eq!(of("team").as_deref(), Some("root.hcl"));
    assert_eq!(of("env").as_deref(), Some("terragrunt.hcl"));
    assert_eq!(of("fast").as_deref(), Some("terragrunt.hcl"));
}

#[test]
fn lists_that_are_appended_name_both_sides() {
    assert_eq!(chain(&space(), "inputs.zones"), ["adds terragrunt.hcl:20", "adds root.hcl:12"]);
}

#[test]
fn the_branch_that_was_taken_is_followed() {
    let found = chain(&space(), "inputs.size");
    assert!(found.contains(&"local.env == \"prod\" terragrunt.hcl:21 (true)".to_owned()), "{found:?}");
    assert!(found.contains(&"local.sizes.prod terragrunt.hcl:9".to_owned()), "{found:?}");
    assert!(!found.iter().any(|line| line.contains("dev")), "{found:?}");
}

#[test]
fn the_world_outside_is_named() {
    let mut space = space();
    let last = |space: &TestSpace, attribute: &str| chain(space, attribute).pop().unwrap_or_default();
    assert_eq!(last(&space, "inputs.vpc"), "dependency.vpc.outputs.id terragrunt.hcl:14 (mock output)");
    assert_eq!(last(&space, "inputs.where"), "REGION root.hcl:2 (not set: the default)");
    assert_eq!(last(&space, "inputs.all.home"), "HOME terragrunt.hcl:24 (set)");
    assert_eq!(last(&space, "inputs.all.dev"), "local.sizes.dev terragrunt.hcl:9");
    assert_eq!(last(&space, "inputs.owner"), "common.yaml root.hcl:3 (file)");
    space.set_env("REGION", "us-east-1");
    assert_eq!(last(&space, "inputs.region"), "REGION root.hcl:2 (set)");
    let fast = |args: &[&str]| {
        space.terrace(&[&["explain", "app", "inputs.tags.fast"], args].concat()).run().success()
    };
    fast(&[]).prints(&["feature.fast", "the default"]);
    fast(&["--feature", "fast=true"]).prints(&["= true", "given as `true`"]);
}

#[test]
fn members_beside_the_inputs_have_an_origin_too() {
    let space = space();
    assert_eq!(chain(&space, "remote_state.backend"), ["sets root.hcl:6"]);
    assert_eq!(chain(&space, "remote_state.config.path")[0], "sets root.hcl:7");
    assert_eq!(chain(&space, "locals.env")[1], "local.file.locals.env terragrunt.hcl:7");
    assert_eq!(chain(&space, "dependency.vpc.config_path"), ["sets terragrunt.hcl:15"]);
}

#[test]
fn the_overview_names_includes_dependencies_inputs_and_files() {
    let space = space();
    let ran = space.terrace(&["explain", "app"]).run().success();
    ran.prints(&[
        "app/terragrunt.hcl",
        "deep",
        "mock outputs",
        "tags.team",
        "root.hcl:11:21",
        "from local.common.owner",
        "common.yaml",
        "env.hcl",
    ]);
    space.terrace(&["explain"]).in_dir("app").run().success().prints(&["tags.env", "../root.hcl:11:21"]);
}

#[test]
fn what_is_not_there_gets_the_nearest_name() {
    let space = space();
    let fails = |args: &[&str]| space.terrace(&[&["explain"], args].concat()).run().failure();
    fails(&["app", "inputs.tgs"]).says(&["`inputs.tgs` is not set", "did you mean `inputs.tags`?"]);
    fails(&["ap"]).says(&["there is no unit ap", "did you mean app?"]);
    fails(&["TRC9999"]).says(&["--codes"]);
    space.write("app/terragrunt.hcl", &UNIT.replace("  merge_strategy = \"deep\"\n", ""));
    fails(&["app", "inputs.tags.team"]).says(&["root.hcl:11:21 sets it", "as a whole"]);
}

#[test]
fn the_code_of_a_fault_is_explained() {
    let space = TestSpace::new();
    let ran = space.terrace(&["explain", "trc0203"]).run().success();
    ran.prints(&["# TRC0203: ", "## Example", "## What to do"]);
    let codes = space.terrace(&["explain", "--codes"]).run().success();
    codes.prints(&["TRC0203  there is no function of this name"]);
}

#[test]
fn a_faulty_unit_is_not_explained() {
    let space = space();
    space.write("app/terragrunt.hcl", "inputs = { a = local.b }\n");
    space.terrace(&["explain", "app", "inputs.a"]).run().failure().says(&["error[TRC0202]", "has faults"]);
}
