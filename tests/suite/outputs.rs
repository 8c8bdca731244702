//! `outputs`: what units have to say, straight from their states, with states that the real terraform wrote.

use super::space::{TestSpace, require};
use serde_json::{Value, json};

fn estate() -> TestSpace {
    let space = TestSpace::new();
    let module = "output \"id\" {\n  value = \"vpc-1\"\n}\noutput \"ids\" {\n  value = [1, 2]\n}\noutput \"key\" {\n  value     = \"hunter2\"\n  sensitive = true\n}\n";
    space.write("net.v1/main.tf", module).write("net.v1/terragrunt.hcl", "");
    space.write("new/main.tf", "output \"a\" {\n  value = 1\n}\n").write("new/terragrunt.hcl", "");
    space.terrace(&["apply", "-auto-approve"]).in_dir("net.v1").run().success();
    space
}

#[test]
fn outputs_come_from_states_without_terraform() {
    if !require("terraform") {
        return;
    }
    let space = estate();
    let outputs = |args: &[&str]| {
        // There is no terraform any more.
        space
            .terrace(&[&["outputs"], args].concat())
            .env("PATH", "/nowhere")
            .env("TG_TF_PATH", "/nowhere/terraform")
            .run()
    };
    let ran = outputs(&[]).success().never_tells("hunter2");
    assert_eq!(ran.stdout, "net.v1\n  id = \"vpc-1\"\n  ids = [1, 2]\n  key = (sensitive)\n", "{ran}");
    let ran = outputs(&["--json"]).success().never_tells("hunter2");
    let all: Value = serde_json::from_str(&ran.stdout).unwrap();
    let known = json!({
        "id": {"sensitive": false, "value": "vpc-1"},
        "ids": {"sensitive": false, "value": [1, 2]},
        "key": {"sensitive": true},
    });
    assert_eq!(all, json!([{"unit": "net.v1", "outputs": known}, {"unit": "new", "outputs": {}}]));
    assert_eq!(outputs(&["net.v1.id"]).success().stdout, "vpc-1\n");
    assert_eq!(outputs(&["net.v1.ids"]).success().stdout, "[\n  1,\n  2\n]\n");
    assert_eq!(outputs(&["--json", "net.v1.id"]).success().stdout, "\"vpc-1\"\n");
    outputs(&["net.v1"]).success().prints(&["id = \"vpc-1\""]);
    outputs(&["net.v1.key"]).code(1).says(&["is sensitive", "--show-sensitive"]).never_tells("hunter2");
    assert_eq!(outputs(&["net.v1.key", "--show-sensitive"]).success().stdout, "hunter2\n");
    outputs(&["net.v1.isd"]).code(1).says(&["has no output `isd`", "did you mean id?"]);
    outputs(&["nowhere.id"]).code(1).says(&["there is no unit nowhere.id"]);
}

/// Nothing was initialised here: only the text that would be generated says where the state is.
#[test]
fn a_backend_that_is_still_to_be_generated_is_found() {
    let space = TestSpace::new();
    let root = space.root().display().to_string();
    space.write(
        "root.hcl",
        "generate \"backend\" {\n  path      = \"backend.tf\"\n  if_exists = \"overwrite\"\n  contents  = <<-EOF\n    terraform {\n      backend \"local\" {\n        path = \"@/states/${path_relative_to_include()}.json\"\n      }\n    }\n  EOF\n}\n"
            .replace('@', &root)
            .as_str(),
    );
    space.write("a/terragrunt.hcl", "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n");
    space.write("a/main.tf", "");
    let state = |word: &str| {
        json!({"version": 4, "serial": 1, "lineage": "l", "outputs": {"word": {"value": word, "type": "string"}}})
            .to_string()
    };
    space.write("states/a.json", &state("generated")).write("a/terraform.tfstate", &state("default"));
    let word = || space.terrace(&["outputs", "a.word"]).env("PATH", "/nowhere").run().success().stdout;
    assert_eq!(word(), "generated\n");
    let off = space.read("root.hcl").replace("if_exists", "disable   = true\n  if_exists");
    space.write("root.hcl", &off);
    assert_eq!(word(), "default\n");
}

#[test]
fn a_state_that_cannot_be_read_is_told_and_the_others_are_printed() {
    if !require("terraform") {
        return;
    }
    let space = estate();
    space.write(
        "torn/main.tf",
        "terraform {\n  backend \"local\" {\n    path = \"@/torn.tfstate\"\n  }\n}\n"
            .replace('@', &space.root().display().to_string())
            .as_str(),
    );
    space.write("torn/terragrunt.hcl", "").write("torn.tfstate", "{\"version\": 4, \"outp");
    let ran = space.terrace(&["outputs", "--json"]).run().code(1).says(&[
        "torn",
        "cannot be read",
        "terrace state history",
    ]);
    let all: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    let units: Vec<&str> = all.iter().filter_map(|row| row["unit"].as_str()).collect();
    assert_eq!(units, ["net.v1", "new", "torn"]);
    assert!(all[2]["error"].is_string() && all[0]["outputs"]["id"]["value"] == "vpc-1", "{ran}");
}
