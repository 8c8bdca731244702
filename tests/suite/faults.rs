//! Failures that the machine or a unit causes, and what is said and kept of them.

use super::fake::FakeTerraform;
use super::space::TestSpace;

#[test]
fn a_hook_may_open_its_outputs_by_name() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    space.write("a/main.tf", "").write(
        "a/terragrunt.hcl",
        "terraform {\n  before_hook \"h\" {\n    commands = [\"plan\"]\n    execute  = [\"sh\", \"-c\", \"echo one; echo two >/dev/stdout; echo three >&2; echo four | tee /dev/stderr\"]\n  }\n}\n",
    );
    space
        .terrace(&["plan"])
        .in_dir("a")
        .run()
        .success()
        .prints(&["one\ntwo\n", "four"])
        .says(&["three\nfour"]);
}

#[test]
fn output_for_which_there_was_no_room_is_a_failure() {
    let mut space = TestSpace::new();
    let print = "[ \"$1\" = plan ] || return 0\ntrap '' XFSZ\nhead -c 100000 /dev/zero | tr '\\0' 'x' 2>/dev/null\nreturn 0";
    FakeTerraform::install(&mut space, print);
    space.write("a/main.tf", "").write("a/terragrunt.hcl", "");
    let ran = space.terrace(&["plan"]).in_dir("a").after_shell("ulimit -f 64").run();
    ran.failure().says(&["part of what it said is lost"]);
    space.terrace(&["plan"]).in_dir("a").run().success();
}

#[test]
fn a_copy_that_did_not_fit_leaves_no_half_file() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    space.write("m/main.tf", "").write("m/big.tf", &"# x\n".repeat(50_000));
    space.write("a/terragrunt.hcl", "terraform {\n  source = \"../m\"\n}\n");
    let ran = space.terrace(&["plan"]).in_dir("a").after_shell("ulimit -f 64").run();
    ran.failure().says(&["big.tf"]);
    assert_eq!(space.tool("find", &["a", "-name", "big.tf"]), "");
    space.terrace(&["plan"]).in_dir("a").run().success();
}

#[test]
fn the_report_goes_into_a_pipe_and_through_a_link() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    space.write("a/main.tf", "").write("a/terragrunt.hcl", "").write("kept/r.csv", "old");
    space.tool("mkfifo", &["pipe"]);
    space.tool("ln", &["-s", "kept/r.csv", "link.csv"]);
    let script = "cat pipe >heard & \"$0\" run --all plan --report-file pipe >out 2>&1; wait";
    space.tool("sh", &["-c", script, &super::space::binary().to_string_lossy()]);
    assert!(space.read("heard").starts_with("Name,Started,Ended,Result"), "{}", space.read("heard"));
    space.terrace(&["run", "--all", "plan", "--report-file", "link.csv"]).run().success();
    assert!(space.read("kept/r.csv").contains("succeeded"));
    assert!(std::fs::symlink_metadata(space.path("link.csv")).expect("the link").is_symlink());
}

#[test]
fn an_early_exit_names_what_it_waited_for() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "case \"$1 $PWD\" in \"apply \"*/p/a/*) return 3 ;; esac");
    for (unit, needs) in [("p/a", ""), ("p/b", "../a"), ("q/c", "../../p/b"), ("q/d", "")] {
        space.write(&format!("{unit}/main.tf"), "");
        let paths = if needs.is_empty() { String::new() } else { format!("\"{needs}\"") };
        space
            .write(&format!("{unit}/terragrunt.hcl"), &format!("dependencies {{\n  paths = [{paths}]\n}}\n"));
    }
    let ran = space.terrace(&["run", "--all", "--non-interactive", "--report-file", "r.json", "apply"]).run();
    ran.code(3);
    let report: serde_json::Value = serde_json::from_str(&space.read("r.json")).expect("JSON");
    let of = |name: &str| report.as_array().expect("a list").iter().find(|r| r["Name"] == name).expect(name);
    let told =
        |name: &str| ["Result", "Reason", "Cause"].map(|key| of(name)[key].as_str().unwrap_or_default());
    assert_eq!(told("p/a")[..2], ["failed", "run error"]);
    assert_eq!(told("p/b"), ["early exit", "ancestor error", "a"]);
    assert_eq!(told("q/c"), ["early exit", "ancestor error", "b"]);
    assert_eq!(told("q/d"), ["succeeded", "", ""]);
}

#[test]
fn a_changed_backend_is_terraforms_error_with_our_advice() {
    let space = TestSpace::new();
    let unit = |state: &str| {
        format!("remote_state {{\n  backend = \"local\"\n  config = {{\n    path = \"{state}\"\n  }}\n}}\n")
    };
    space.write("a/main.tf", "terraform {\n  backend \"local\" {}\n}\noutput \"o\" {\n  value = 1\n}\n");
    space.write("a/terragrunt.hcl", &unit("one.tfstate"));
    space.terrace(&["apply", "-auto-approve"]).in_dir("a").run().success();
    space.write("a/terragrunt.hcl", &unit("two.tfstate"));
    let ran = space.terrace(&["plan"]).in_dir("a").run();
    ran.failure().says(&["Backend configuration changed", "terrace init -migrate-state"]);
    space.terrace(&["init", "-reconfigure"]).in_dir("a").run().success();
    space.terrace(&["plan"]).in_dir("a").run().success();
}
