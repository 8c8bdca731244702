//! Modules from elsewhere: local folders with `//`, git, and what the cache keeps.

use super::fake::FakeTerraform;
use super::space::{TestSpace, require};

/// A bare clone of a repository of modules beside the tree; gives its address.
fn module_repository(space: &TestSpace) -> String {
    let at = space.root().parent().expect("a parent").join("modules-repo");
    let text = at.to_string_lossy().into_owned();
    std::fs::create_dir_all(at.join("modules/app")).expect("a folder");
    std::fs::create_dir_all(at.join("modules/shared")).expect("a folder");
    std::fs::write(at.join("modules/app/main.tf"), "module \"shared\" {\n  source = \"../shared\"\n  name   = var.name\n}\nvariable \"name\" {}\noutput \"id\" {\n  value = module.shared.id\n}\n").expect("a file");
    std::fs::write(
        at.join("modules/shared/main.tf"),
        "variable \"name\" {}\noutput \"id\" {\n  value = \"v1-${var.name}\"\n}\n",
    )
    .expect("a file");
    let who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
    space.tool("git", &["init", "-q", "-b", "main", &text]);
    space.tool("git", &["-C", &text, "add", "-A"]);
    space.tool("git", &[&["-C", &text][..], &who, &["commit", "-q", "-m", "one"]].concat());
    space.tool("git", &["-C", &text, "tag", "v1.0.0"]);
    format!("git::file://{text}")
}

#[test]
fn three_levels_and_a_diamond_run_from_a_git_source() {
    if !require("terraform") || !require("git") {
        return;
    }
    let space = TestSpace::new();
    let repository = module_repository(&space);
    space.write("root.hcl", "locals {\n  company = \"acme\"\n}\nremote_state {\n  backend = \"local\"\n  generate = {\n    path      = \"backend.tf\"\n    if_exists = \"overwrite_terragrunt\"\n  }\n  config = {\n    path = \"${get_parent_terragrunt_dir(\"root\")}/.state/${path_relative_to_include(\"root\")}/terraform.tfstate\"\n  }\n}\n");
    space.write("dev/env.hcl", "locals {\n  env = \"dev\"\n}\n");
    space.write("dev/eu/region.hcl", &format!("locals {{\n  region = \"eu\"\n}}\nterraform {{\n  source = \"{repository}//modules/app?ref=v1.0.0\"\n}}\n"));
    for (unit, needs) in
        [("base", &[][..]), ("left", &["base"]), ("right", &["base"]), ("top", &["left", "right"])]
    {
        let mut text = String::new();
        for (label, file) in [("root", "root.hcl"), ("env", "env.hcl"), ("region", "region.hcl")] {
            text += &format!(
                "include \"{label}\" {{\n  path   = find_in_parent_folders(\"{file}\")\n  expose = true\n}}\n"
            );
        }
        for need in needs {
            text += &format!(
                "dependency \"{need}\" {{\n  config_path  = \"../{need}\"\n  mock_outputs = {{ id = \"mock\" }}\n  mock_outputs_allowed_terraform_commands = [\"plan\"]\n}}\n"
            );
        }
        let ids: Vec<String> = needs.iter().map(|n| format!("dependency.{n}.outputs.id")).collect();
        text += &format!(
            "inputs = {{ name = join(\"-\", concat([\"{unit}\", include.root.locals.company, include.env.locals.env, include.region.locals.region], [{}])) }}\n",
            ids.join(", ")
        );
        space.write(&format!("dev/eu/{unit}/terragrunt.hcl"), &text);
    }
    space.terrace(&["run", "--all", "plan"]).run().success().prints(&["Succeeded    4"]);
    space.terrace(&["run", "--all", "--non-interactive", "apply"]).run().success();
    let ran = space.terrace(&["output", "-raw", "id"]).in_dir("dev/eu/top").run().success();
    let base = "v1-base-acme-dev-eu";
    assert_eq!(
        ran.stdout,
        format!("v1-top-acme-dev-eu-v1-left-acme-dev-eu-{base}-v1-right-acme-dev-eu-{base}")
    );
    space.terrace(&["run", "--all", "plan", "--", "-detailed-exitcode"]).run().code(0);
}

#[test]
fn one_git_source_is_fetched_once_for_many_units() {
    let mut space = TestSpace::new();
    let repository = module_repository(&space);
    FakeTerraform::install(&mut space, "");
    // A git of our own in front of the real one counts what is fetched.
    let bin = space.root().parent().expect("a parent").join("gitbin");
    let calls = bin.join("calls");
    let real = space.tool("sh", &["-c", "command -v git"]);
    std::fs::create_dir_all(&bin).expect("a folder");
    let script = format!(
        "#!/bin/sh\nfor a in \"$@\"; do case $a in clone|fetch) echo \"$*\" >>{} ;; esac; done\nexec {} \"$@\"\n",
        calls.display(),
        real.trim()
    );
    std::fs::write(bin.join("git"), script).expect("a script");
    space.tool("chmod", &["+x", &bin.join("git").to_string_lossy()]);
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").expect("a PATH"));
    for i in 0..20 {
        space.write(&format!("u{i:02}/terragrunt.hcl"), &format!("terraform {{\n  source = \"{repository}//modules/app?ref=v1.0.0\"\n}}\ninputs = {{ name = \"x\" }}\n"));
    }
    space.terrace(&["run", "--all", "plan"]).env("PATH", path.clone()).run().success();
    let fetched = std::fs::read_to_string(&calls).unwrap_or_default();
    assert_eq!(fetched.lines().count(), 1, "{fetched}");
    space.terrace(&["run", "--all", "plan"]).env("PATH", path).run().success();
    let fetched = std::fs::read_to_string(&calls).unwrap_or_default();
    assert!(fetched.lines().count() <= 2, "{fetched}");
}

#[test]
fn the_part_before_the_slashes_is_copied_whole() {
    let mut space = TestSpace::new();
    let fake =
        FakeTerraform::install(&mut space, r#"case "$1" in plan) ls . ../shared >"$TEST_SEEN" ;; esac"#);
    let seen = space.path("seen");
    space.set_env("TEST_SEEN", seen);
    space
        .write("modules/app/main.tf", "")
        .write("modules/shared/main.tf", "")
        .write("modules/app/.hidden", "");
    space
        .write("app/terragrunt.hcl", "terraform {\n  source = \"../modules//app\"\n}\n")
        .write("app/beside.txt", "");
    space.terrace(&["plan"]).in_dir("app").run().success();
    assert!(fake.call("plan", "app").cwd.ends_with("/app"));
    let seen = space.read("seen");
    assert!(
        seen.contains("beside.txt") && seen.contains("../shared:") && !seen.contains(".hidden"),
        "{seen}"
    );
}

#[test]
fn a_change_of_a_local_module_reaches_the_next_run() {
    let space = TestSpace::new();
    let module = |text: &str| format!("output \"v\" {{\n  value = \"{text}\"\n}}\n");
    space.write("modules/app/main.tf", &module("one")).write("modules/app/extra.tf", "");
    space.write("app/terragrunt.hcl", "terraform {\n  source = \"../modules/app\"\n}\n");
    space.terrace(&["apply", "-auto-approve"]).in_dir("app").run().success().prints(&["v = \"one\""]);
    space.write("modules/app/main.tf", &module("two"));
    std::fs::remove_file(space.path("modules/app/extra.tf")).expect("it was there");
    space.terrace(&["apply", "-auto-approve"]).in_dir("app").run().success().prints(&["v = \"two\""]);
    let left = space.tool("find", &["app/.terragrunt-cache", "-name", "extra.tf"]);
    assert_eq!(left, "", "a deleted file leaves the cache");
    let states = space.tool("find", &["app/.terragrunt-cache", "-name", "terraform.tfstate"]);
    assert!(!states.is_empty(), "the local state stays where it lives");
}

#[test]
fn generated_files_obey_if_exists() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, r#"case "$1" in plan) cat made.tf ;; esac"#);
    let unit = |if_exists: &str| {
        format!(
            "generate \"made\" {{\n  path      = \"made.tf\"\n  if_exists = \"{if_exists}\"\n  contents  = \"# generated\"\n}}\n"
        )
    };
    for (if_exists, shown) in [
        ("overwrite", Some("# generated")),
        ("skip", Some("# by hand")),
        ("overwrite_terragrunt", None),
        ("error", None),
    ] {
        space
            .write("a/main.tf", "")
            .write("a/made.tf", "# by hand\n")
            .write("a/terragrunt.hcl", &unit(if_exists));
        let ran = space.terrace(&["plan"]).in_dir("a").run();
        match shown {
            Some(text) => drop(ran.success().prints(&[text])),
            None => drop(ran.failure().says(&["made.tf"])),
        }
    }
}

#[test]
fn the_lock_file_is_copied_back_beside_the_unit() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, r#"case "$1" in init) echo '# locked' >.terraform.lock.hcl ;; esac"#);
    space.write("a/main.tf", "").write("a/terragrunt.hcl", "");
    space.terrace(&["init"]).in_dir("a").run().success();
    assert_eq!(space.read("a/.terraform.lock.hcl"), "# locked\n");
    space
        .write("b/main.tf", "")
        .write("b/terragrunt.hcl", "terraform {\n  copy_terraform_lock_file = false\n}\n");
    space.terrace(&["init"]).in_dir("b").run().success();
    assert!(!space.path("b/.terraform.lock.hcl").exists());
}
