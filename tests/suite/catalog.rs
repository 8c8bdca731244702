//! `catalog` and `scaffold`: what repositories offer, and new units from it.

use super::space::{TestSpace, require};

const VARIABLES: &str = "variable \"cidr\" {
  description = \"Range of addresses\"
  default     = \"10.0.0.0/16\"
}
variable \"name\" {
  type        = string
  description = \"The name\"
}
variable \"zones\" {
  type = list(string)
}
variable \"limits\" {
  type = map(object({
    a = number
  }))
  default = {
    x = { a = 1 }
  }
}
variable \"password\" {
  type      = string
  sensitive = true
  default   = null
}
";

/// A catalog with a module, a unit and a stack, tagged in git.
fn space() -> TestSpace {
    let space = TestSpace::new();
    space.write("modules/vpc/main.tf", VARIABLES);
    space.write("modules/vpc/README.md", "# Network\n\nSubnets and routes.\n");
    space.write("modules/old/main.tf", "");
    space.write("units/app/terragrunt.hcl", "inputs = { size = values.size }\n");
    space.write("stacks/all/terragrunt.stack.hcl", "");
    space.write(".terragrunt-catalog-ignore", "# left over\nmodules/old\n");
    space.git_commit_all();
    for tag in ["v1.9.0", "v1.10.0", "v2.0.0-rc1", "latest"] {
        space.tool("git", &["tag", tag]);
    }
    space.write("live/root.hcl", "inputs = {}\n").write("live/new/.keep", "");
    space
}

#[test]
fn a_unit_has_what_must_be_set_first_and_the_rest_as_comments() {
    let space = space();
    let ran = space.terrace(&["scaffold", "../../modules/vpc"]).in_dir("live/new").run().success();
    assert_eq!(ran.stdout, "terragrunt.hcl\n");
    let text = space.read("live/new/terragrunt.hcl");
    assert_eq!(
        text,
        "include \"root\" {
  path = find_in_parent_folders(\"root.hcl\")
}

terraform {
  source = \"../../modules/vpc\"
}

inputs = {
  # Required

  # The name
  # type: string
  name = \"\" # to be set

  # type: list(string)
  zones = [] # to be set

  # Optional: a line without its # takes effect

  # Range of addresses
  # type: any
  # cidr = \"10.0.0.0/16\"

  # type: map(object({
  #   a = number
  # }))
  # limits = {
  #   x = { a = 1 }
  # }

  # type: string, sensitive
  # password = null
}
"
    );
    space.terrace(&["render"]).in_dir("live/new").run().success();
    let again = space.terrace(&["scaffold", "../../modules/vpc"]).in_dir("live/new").run().failure();
    again.says(&["TRC0931", "--output-folder"]);
    assert_eq!(space.read("live/new/terragrunt.hcl"), text, "nothing is written over");
}

#[test]
fn values_may_be_given_and_must_be_for_variables_that_are_there() {
    let space = space();
    space.write("values.yaml", "zones: [a, b]\nname: from-file\n");
    let scaffold = |more: &[&str]| {
        let args = ["scaffold", "./modules/vpc", "--output-folder", "live/x/y", "--no-include-root"];
        space.terrace(&[&args, more].concat()).run()
    };
    scaffold(&["--var", "nmae=x"]).failure().says(&["`nmae`", "did you mean `name`?"]);
    assert!(!space.path("live/x/y/terragrunt.hcl").exists(), "nothing half-written");
    scaffold(&["--var", "name=12", "--var", "limits={ y = { a = 2 } }", "--var-file", "values.yaml"])
        .success();
    let text = space.read("live/x/y/terragrunt.hcl");
    for line in [
        "source = \"../../../modules/vpc\"",
        "  name = \"12\"",
        "  zones = [",
        "  limits = { y = { a = 2 } }",
        "  # cidr =",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    assert!(!text.contains("include"), "{text}");
    space.terrace(&["render"]).in_dir("live/x/y").run().success().prints(&["\"b\""]);
}

#[test]
fn a_repository_gets_its_latest_release() {
    let space = space();
    let source = format!("git::file://{}//modules/vpc", space.root().display());
    let scaffold = |more: &[&str], folder: &str| {
        space.terrace(&[&["scaffold", &source, "--output-folder", folder], more].concat()).run().success();
        space.read(&format!("{folder}/terragrunt.hcl"))
    };
    assert!(scaffold(&[], "live/a").contains("//modules/vpc?ref=v1.10.0\""), "not the prerelease");
    assert!(scaffold(&["--var", "Ref=v1.9.0"], "live/b").contains("?ref=v1.9.0\""));
    let written = format!("{source}?ref=main");
    space.terrace(&["scaffold", &written, "--output-folder", "live/c"]).run().success();
    assert!(space.read("live/c/terragrunt.hcl").contains("?ref=main\""));
}

#[test]
fn units_are_copied_and_templates_are_said_to_be_left_aside() {
    let space = space();
    space.terrace(&["scaffold", "../../units/app"]).in_dir("live/new").run().success();
    assert_eq!(space.read("live/new/terragrunt.hcl"), "inputs = { size = values.size }\n");
    space.write("modules/vpc/.boilerplate/boilerplate.yml", "variables: []\n");
    let ran = space.terrace(&["scaffold", "./modules/vpc", "--output-folder", "live/t"]).run().success();
    ran.says(&["warning: ", "template", "Boilerplate"]);
    space.terrace(&["scaffold", "./modules/vpc", "./template"]).run().failure().says(&["TRC0932"]);
}

#[test]
fn a_catalog_lists_what_can_be_used() {
    let space = space();
    let list = space.terrace(&["catalog", "."]).run().success();
    let rows: Vec<String> =
        list.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        rows,
        [
            "module .//modules/vpc Network Subnets and routes.",
            "stack .//stacks/all all",
            "unit .//units/app app",
        ]
    );
    let json = space.terrace(&["catalog", "--json"]).in_dir("live").run().success();
    let records: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(records[0]["title"], "Network");
    assert_eq!(records[0]["description"], "Subnets and routes.");
    assert_eq!(records[0]["kind"], "module");
    space.write("more", "units/**\n");
    let fewer = space.terrace(&["catalog", ".", "--ignore-file", "more"]).run().success();
    assert_eq!(fewer.stdout.lines().count(), 2, "{fewer}");
}

#[test]
fn the_root_configuration_names_the_catalog() {
    let space = space();
    space.write("other/modules/db/main.tf", "");
    space.write("live/root.hcl", "catalog {\n  urls = [\"../other\"]\n}\n");
    let ran = space.terrace(&["catalog"]).in_dir("live/new").run().success();
    assert_eq!(ran.stdout.lines().count(), 1, "{ran}");
    ran.prints(&["/other//modules/db"]);
    space.write("live/root.hcl", "catalog {\n  urls = 5\n}\n");
    space.terrace(&["catalog"]).in_dir("live/new").run().failure().says(&["TRC0306", "live/root.hcl"]);
    let lines = ["catalog", "..", "--format", "jsonl"];
    space.terrace(&lines).in_dir("live").run().failure().says(&["catalog-format"]);
    let shown =
        space.terrace(&[&lines[..], &["--experiment", "catalog-format"]].concat()).in_dir("live").run();
    assert_eq!(shown.success().stdout.lines().count(), 4);
}

/// Runs the catalog on a terminal, presses these keys, and wants the terminal back as it was.
fn on_a_terminal(space: &TestSpace, keys: &str) -> String {
    let terrace = std::path::PathBuf::from(super::space::binary());
    let command = format!(
        "stty -g >before; {} catalog ../..; echo code=$?; stty -g >after; cmp before after && echo restored",
        terrace.display()
    );
    let pressed = format!("sleep 1; for key in {keys}; do printf \"$key\"; sleep 0.3; done; sleep 1");
    let script = format!("cd live/new && ({pressed}) | script -qec '{command}' /dev/null");
    space.tool("sh", &["-c", &script])
}

#[test]
fn on_a_terminal_one_chooses_and_the_terminal_is_as_before() {
    if !require("script") {
        return;
    }
    let space = space();
    let shown = on_a_terminal(&space, "q");
    assert!(shown.contains("Network") && shown.contains("code=0") && shown.contains("restored"), "{shown}");
    let shown = on_a_terminal(&space, "n e t '\\r' s");
    assert!(shown.contains("Subnets and routes.") && shown.contains("restored"), "{shown}");
    assert!(space.read("live/new/terragrunt.hcl").contains("../..//modules/vpc"), "{shown}");
    let shown = on_a_terminal(&space, "'\\003'");
    assert!(shown.contains("code=0") && shown.contains("restored"), "{shown}");
}
