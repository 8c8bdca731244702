//! Which file a run reads and which folder it works in.

use super::fake::FakeTerraform;
use super::space::TestSpace;

#[test]
fn a_config_from_elsewhere_runs_the_code_of_the_working_folder() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "");
    space.write("module/main.tf", "variable \"from\" {}\n").write("envs/other.tf", "");
    space.write("envs/prod.hcl", "inputs = { from = get_terragrunt_dir() }\n");
    for config in ["../envs/prod.hcl".to_owned(), space.path("envs/prod.hcl").display().to_string()] {
        space.terrace(&["plan", "--config", &config]).in_dir("module").run().success();
    }
    let calls = fake.calls_of("plan");
    let envs = std::fs::canonicalize(space.path("envs")).unwrap();
    for call in &calls {
        assert!(call.cwd.contains("/module/.terragrunt-cache/"), "{call:?}");
        assert!(call.env.contains(&format!("TF_VAR_from={}", envs.display())), "{call:?}");
        assert!(!std::path::Path::new(&call.cwd).join("other.tf").exists());
    }
    assert_eq!(calls.len(), 2);
    assert!(!space.path("envs/.terragrunt-cache").exists());
    space
        .terrace(&["exec", "--config", "../envs/prod.hcl", "--", "sh", "-c", "basename $PWD"])
        .in_dir("module")
        .run()
        .success()
        .prints(&["module"]);
}

#[test]
fn a_run_that_begins_beside_a_unit_in_json_takes_units_in_json() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "");
    for unit in ["x", "y"] {
        space.write(&format!("{unit}/main.tf"), "");
    }
    space.write("x/terragrunt.hcl.json", "{}").write("y/terragrunt.hcl", "");
    space.terrace(&["run", "--all", "plan"]).run().success();
    assert_eq!(fake.calls_of("plan").len(), 1);
    space.write("terragrunt.hcl.json", "{}").write("main.tf", "");
    space.terrace(&["run", "--all", "plan"]).run().success();
    assert_eq!(fake.calls_of("plan").len(), 4);
}

#[test]
fn a_lock_file_that_cannot_come_home_is_a_warning() {
    let mut space = TestSpace::new();
    let init = "case \"$1\" in init) rm -f .terraform.lock.hcl; echo '# locked' >.terraform.lock.hcl ;; esac";
    FakeTerraform::install(&mut space, init);
    space.write("a/terragrunt.hcl", "").write("a/main.tf", "");
    std::os::unix::fs::symlink("/proc/version", space.path("a/.terraform.lock.hcl")).unwrap();
    let ran = space.terrace(&["plan"]).in_dir("a").run().success();
    let ran = ran.says(&["the lock file stays in the working directory alone", ".terraform.lock.hcl"]);
    assert!(!ran.stderr.contains(".terrace-"), "the name of a temporary file says nothing: {ran}");
}
