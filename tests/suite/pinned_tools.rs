//! Which terraform runs: what files pin and constraints want, of what PATH gives and version managers have installed.

use super::space::{Ran, TestSpace};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Writes a tool that says a version, and notes where it stands whenever it runs anything else.
fn tool(path: &Path, version: &str) {
    let product = if path.ends_with("tofu") { "OpenTofu" } else { "Terraform" };
    let text = format!(
        "#!/bin/sh\ncase \"$1\" in *version*) echo '{product} v{version}'; exit 0 ;; esac\n\
         echo \"{version} $1\" >>\"$TEST_LOG\"\n[ \"$1\" = init ] && mkdir -p .terraform\nexit 0\n"
    );
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// A unit `a` with its module in a space whose PATH gives terraform 1.11.4, and which has these below its home.
fn space(installed: &[(&str, &str)]) -> TestSpace {
    let mut space = TestSpace::new();
    let base = space.root().parent().unwrap().to_owned();
    tool(&base.join("bin/terraform"), "1.11.4");
    for (path, version) in installed {
        tool(&base.join("home").join(path), version);
    }
    let path = format!("{}:/usr/bin:/bin", base.join("bin").display());
    space.set_env("PATH", path).set_env("TEST_LOG", base.join("log")).set_env("TG_TF_PATH", "");
    space.write("a/main.tf", "").write("a/terragrunt.hcl", "");
    space
}

fn ran(space: &TestSpace) -> Vec<String> {
    let log = space.root().parent().unwrap().join("log");
    std::fs::read_to_string(log).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Plans the unit; what ran the plan.
fn plan(space: &TestSpace, args: &[&str]) -> (Ran, Option<String>) {
    let run = space.terrace(&[&["run", "--all", "plan"], args].concat()).run();
    let plan = ran(space).into_iter().filter_map(|line| line.strip_suffix(" plan").map(str::to_owned));
    let plan = plan.collect::<Vec<_>>().pop();
    (run, plan)
}

const INSTALLED: [(&str, &str); 5] = [
    (".tenv/Terraform/1.5.7/terraform", "1.5.7"),
    (".tfenv/versions/1.4.6/terraform", "1.4.6"),
    (".local/share/mise/installs/terraform/1.9.8/bin/terraform", "1.9.8"),
    (".asdf/installs/terraform/1.7.5/bin/terraform", "1.7.5"),
    (".tenv/OpenTofu/1.10.0/tofu", "1.10.0"),
];

#[test]
fn the_installed_version_that_is_pinned_runs() {
    for (file, text, want) in [
        (".terraform-version", "1.5.7\n", "1.5.7"),
        (".terraform-version", "1.4\n", "1.4.6"),
        (".terraform-version", "latest:^1.9\n", "1.9.8"),
        (".terraform-version", "1.11.4\n", "1.11.4"),
        (".terraform-version", "# pinned elsewhere\n\n", "1.11.4"),
        (".terraform-version", "", "1.11.4"),
        (".tool-versions", "nodejs 20\nterraform 1.7.5\n", "1.7.5"),
        ("mise.toml", "[tools]\nterraform = \"1.9\"\n", "1.9.8"),
        (".mise.toml", "[tools]\nterraform = \"{{ exec(command='touch pwned') }}\"\n", "1.11.4"),
        (".opentofu-version", "1.10.0\n", "1.10.0"),
        ("a/terragrunt.hcl", "terraform_version_constraint = \"~> 1.5.0\"\n", "1.5.7"),
        ("a/main.tf", "terraform {\n  required_version = \"< 1.8\"\n}\n", "1.7.5"),
    ] {
        let space = space(&INSTALLED);
        space.write(file, text);
        let (run, plan) = plan(&space, &[]);
        let run = run.success();
        assert_eq!(plan.as_deref(), Some(want), "{file}: {text}");
        if want != "1.11.4" {
            run.says(&[want, " runs (", "wants"]);
        }
        assert!(!space.path("pwned").exists() && !space.path("a/pwned").exists());
    }
}

#[test]
fn the_nearest_pin_wins_and_each_unit_has_its_own() {
    let space = space(&INSTALLED);
    space.write(".terraform-version", "1.5.7").write("b/.tool-versions", "terraform 1.9.8\n");
    space.write("b/u/main.tf", "").write("b/u/terragrunt.hcl", "");
    space.terrace(&["run", "--all", "plan"]).run().success().says(&["1.5.7 of tenv", "1.9.8 of mise"]);
    let mut plans: Vec<String> = ran(&space).into_iter().filter(|line| line.ends_with("plan")).collect();
    plans.sort();
    assert_eq!(plans, ["1.5.7 plan", "1.9.8 plan"]);
}

#[test]
fn roots_of_version_managers_are_where_their_variables_say() {
    for (name, at) in [
        ("TENV_ROOT", "Terraform/1.3.9/terraform"),
        ("TFENV_CONFIG_DIR", "versions/1.3.9/terraform"),
        ("TFENV_ROOT", "versions/1.3.9/terraform"),
        ("MISE_DATA_DIR", "installs/terraform/1.3.9/terraform"),
        ("ASDF_DATA_DIR", "installs/terraform/1.3.9/bin/terraform"),
    ] {
        let mut space = space(&[]);
        let root = space.root().parent().unwrap().join("elsewhere");
        tool(&root.join(at), "1.3.9");
        space.set_env(name, root);
        space.write(".terraform-version", "1.3.9");
        assert_eq!(plan(&space, &[]).1.as_deref(), Some("1.3.9"), "{name}");
    }
}

#[test]
fn a_variable_of_a_version_manager_wins_over_files() {
    let mut space = space(&INSTALLED);
    space.set_env("TFENV_TERRAFORM_VERSION", "1.4.6");
    space.write(".terraform-version", "1.5.7");
    assert_eq!(plan(&space, &[]).1.as_deref(), Some("1.4.6"));
}

#[test]
fn a_path_on_the_command_line_wins_over_pins_but_not_over_constraints() {
    let space = space(&INSTALLED);
    space.write(".terraform-version", "1.5.7");
    let named = space.root().parent().unwrap().join("bin/terraform");
    let named = named.to_str().unwrap();
    let (run, by) = plan(&space, &["--tf-path", named]);
    run.success().says(&["1.11.4 runs", "wants 1.5.7"]);
    assert_eq!(by.as_deref(), Some("1.11.4"));
    // A bare name only says which of the two tools is meant.
    assert_eq!(plan(&space, &["--tf-path", "terraform"]).1.as_deref(), Some("1.5.7"));
    space.write("a/terragrunt.hcl", "terraform_version_constraint = \"~> 1.5.0\"\n");
    let (run, _) = plan(&space, &["--tf-path", named]);
    run.failure().says(&["a/terragrunt.hcl:1:", "~> 1.5.0", "1.11.4"]);
}

#[test]
fn one_error_for_all_units_before_anything_ran() {
    let space = space(&INSTALLED[..2]);
    space.write(".terraform-version", "1.6.6\n");
    space.write("root.hcl", "terraform_version_constraint = \">= 1.20\"\n");
    for unit in ["a", "b", "c"] {
        space.write(&format!("{unit}/main.tf"), "");
        space.write(&format!("{unit}/terragrunt.hcl"), "include \"r\" {\n  path = \"../root.hcl\"\n}\n");
    }
    space
        .write("d/main.tf", "terraform {\n  required_version = \"9.9.9\"\n}\n")
        .write("d/terragrunt.hcl", "");
    let (run, by) = plan(&space, &[]);
    let run = run.failure().says(&[
        ".terraform-version:1:1",
        "root.hcl:1:",
        "d/main.tf:2:",
        ">= 1.20",
        "1.11.4 at",
        "(PATH)",
        "1.5.7 at",
        "(tenv)",
        "1.4.6 at",
        "(tfenv)",
        "install terraform 1.6.6",
    ]);
    assert_eq!(by, None, "nothing ran");
    assert_eq!(ran(&space), Vec::<String>::new());
    assert_eq!(run.stderr.matches("[TRC0702]").count(), 2, "each cause once: {run}");
}

#[test]
fn what_is_no_version_is_refused_and_nothing_is_made_of_it() {
    let space = space(&INSTALLED);
    tool(&space.root().parent().unwrap().join("home/evil/terraform"), "6.6.6");
    space.write(".terraform-version", "../../evil\n");
    let (run, by) = plan(&space, &[]);
    run.failure().says(&[".terraform-version:1:1", "../../evil", "TRC0740"]);
    assert_eq!(by, None);
}

#[test]
fn a_version_manager_on_path_is_asked_where_the_pin_lies() {
    let space = space(&[]);
    let base = space.root().parent().unwrap();
    // A shim gives the version that the nearest file pins.
    let shim = base.join("bin/terraform");
    tool(&shim, "1.11.4");
    let text = std::fs::read_to_string(&shim)
        .unwrap()
        .replace("'Terraform v1.11.4'", "Terraform v$(cat .terraform-version)");
    std::fs::write(&shim, text).unwrap();
    space.write("a/.terraform-version", "1.2.9");
    space.terrace(&["plan"]).in_dir("a").run().success();
    assert_eq!(ran(&space).last().map(String::as_str), Some("1.11.4 plan"), "the shim itself runs");
}

#[test]
fn outputs_of_a_dependency_come_through_its_own_tool() {
    let space = space(&INSTALLED);
    space.write("a/.terraform-version", "1.5.7");
    space.write("b/.terraform-version", "1.9.8").write("b/main.tf", "");
    space.write(
        "b/terragrunt.hcl",
        "dependency \"a\" {\n  config_path = \"../a\"\n  mock_outputs = { x = 1 }\n}\n",
    );
    space.terrace(&["plan"]).in_dir("b").run().success();
    let wrong: Vec<String> = ran(&space).into_iter().filter(|line| line.starts_with("1.11")).collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_run_that_requires_pins_refuses_what_is_not_pinned() {
    let space = space(&[]);
    space
        .write("root.hcl", "")
        .write("terrace.hcl", "pins {\n  environment \"all\" {\n    paths = [\"**\"]\n  }\n}\n");
    space.write(
        "a/terragrunt.hcl",
        "terraform {\n  source = \"git::https://example.com/m.git?ref=main\"\n}\n",
    );
    let run = space.terrace(&["run", "--all", "--require-pins", "plan"]).run().code(3);
    run.says(&["pin/source-ref", "a/terragrunt.hcl:2:", "nothing was run"]);
    space.terrace(&["plan", "--require-pins"]).in_dir("a").run().code(3);
    assert_eq!(ran(&space), Vec::<String>::new());
    space.write("a/terragrunt.hcl", "terragrunt_version_constraint = \"~> 1.1\"\n");
    space.write("a/main.tf", "terraform {\n  required_version = \"~> 1.5\"\n}\n");
    space.terrace(&["run", "--all", "--require-pins", "plan"]).run().success();
}
