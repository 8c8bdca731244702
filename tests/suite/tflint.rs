//! Hooks that run `tflint`: a stand-in writes down how it is called.

use std::os::unix::fs::PermissionsExt;

use super::fake::FakeTerraform;
use super::space::{Ran, TestSpace};

fn run(hook: &str, config: &str) -> (Ran, String) {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    let bin = space.path("bin");
    space.write(
        "bin/tflint",
        "#!/bin/sh\necho \"$*\" >>\"$TEST_CALLS\"\ncase \"$*\" in *--bad*) exit 3 ;; esac\n",
    );
    std::fs::set_permissions(bin.join("tflint"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let calls = space.path("calls");
    space.write("calls", "");
    space.set_env("PATH", path).set_env("TEST_CALLS", calls);
    if !config.is_empty() {
        space.write(config, "");
    }
    space.write("live/a/main.tf", "").write("live/a/req.tfvars", "").write("live/a/opt.tfvars", "");
    let unit = format!(
        r#"
terraform {{
  extra_arguments "plan" {{
    commands           = ["plan"]
    arguments          = ["-lock=false", "-var", "one=1", "-var-file=more.tfvars"]
    required_var_files = ["req.tfvars"]
    optional_var_files = ["opt.tfvars", "none.tfvars"]
  }}
  extra_arguments "apply" {{
    commands  = ["apply"]
    arguments = ["-var", "never=1"]
  }}
  before_hook "lint" {{
    commands = ["validate", "plan"]
    execute  = [{hook}]
  }}
}}
inputs = {{ text = "a b", list = ["p", 2], none = null }}
"#
    );
    space.write("live/a/terragrunt.hcl", &unit);
    let ran = space.terrace(&["validate"]).in_dir("live/a").run();
    let calls = super::space::scrub(&space.read("calls"), space.root());
    (ran, calls)
}

#[test]
fn it_gets_the_nearest_configuration_the_inputs_and_the_variable_files() {
    let (ran, calls) = run(r#""tflint", "--terragrunt-external-tflint", "--force""#, ".tflint.hcl");
    ran.success();
    let place = "--config $ROOT/.tflint.hcl --chdir $ROOT/live/a/.terragrunt-cache/$HASH";
    let variables = r#"--var=list=["p",2] --var=none=null --var=text=a b --var=one=1"#;
    let files = "--var-file=more.tfvars --var-file=req.tfvars --var-file=opt.tfvars";
    assert_eq!(calls, format!("--init {place}\n{place} {variables} {files} --force\n"));
}

#[test]
fn a_configuration_of_its_own_goes_first_and_its_code_is_ours() {
    let (ran, calls) = run(r#""tflint", "--config", "own.hcl", "--bad""#, "live/a/own.hcl");
    ran.code(3);
    assert!(calls.starts_with("--init --config $ROOT/live/a/own.hcl --chdir "), "{calls}");
    assert!(calls.ends_with(" --bad\n"), "{calls}");
}

#[test]
fn without_a_configuration_the_hook_fails_and_says_where_it_looked() {
    let (ran, calls) = run(r#""tflint""#, "");
    ran.code(1).says(&[".tflint.hcl", "live/a"]);
    assert_eq!(calls, "");
}
