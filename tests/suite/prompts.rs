//! The one question before many units change.

use super::fake::FakeTerraform;
use super::space::TestSpace;

fn two_units() -> (TestSpace, FakeTerraform) {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "");
    space.write("a/main.tf", "").write("a/terragrunt.hcl", "");
    space.write("b/main.tf", "").write("b/terragrunt.hcl", "dependencies {\n  paths = [\"../a\"]\n}\n");
    (space, fake)
}

#[test]
fn yes_on_stdin_runs_and_the_units_were_listed() {
    for answer in ["y\n", "yes\n"] {
        let (space, fake) = two_units();
        let ran = space.terrace(&["run", "--all", "apply"]).stdin(answer).run().success();
        assert_eq!(fake.calls_of("apply").len(), 2);
        assert!(ran.stderr.contains('a') && ran.stderr.contains('b'), "{ran}");
    }
}

#[test]
fn anything_else_cancels_without_a_failure() {
    for answer in ["n\n", "no\n", "\n", "maybe\n"] {
        let (space, fake) = two_units();
        space.terrace(&["run", "--all", "destroy"]).stdin(answer).run().success();
        assert!(fake.calls_of("destroy").is_empty(), "{answer:?}");
    }
}

#[test]
fn the_end_of_input_is_an_error_and_no_hang() {
    let (space, fake) = two_units();
    space.terrace(&["run", "--all", "apply"]).run().code(1);
    assert!(fake.calls_of("apply").is_empty());
}

#[test]
fn non_interactive_says_yes_and_a_plan_never_asks() {
    let (space, fake) = two_units();
    space.terrace(&["run", "--all", "apply", "--non-interactive"]).run().success();
    assert_eq!(fake.calls_of("apply").len(), 2);
    space.terrace(&["run", "--all", "plan"]).run().success();
    space.terrace(&["run", "--all", "apply"]).env("TG_NON_INTERACTIVE", "true").run().success();
    space.terrace(&["run", "--all", "apply"]).env("TERRAGRUNT_NON_INTERACTIVE", "true").run().success();
    assert_eq!(fake.calls_of("apply").len(), 6);
}

#[test]
fn dependents_are_named_before_what_they_need_is_destroyed() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "");
    for (unit, text) in [
        ("a", ""),
        ("b", "dependencies {\n  paths = [\"../a\"]\n}\n"),
        ("deep/c", "dependencies {\n  paths = [\"../../b\"]\n}\n"),
    ] {
        space.write(&format!("{unit}/main.tf"), "").write(&format!("{unit}/terragrunt.hcl"), text);
    }
    space.git_commit_all();
    let args = ["destroy", "--destroy-dependencies-check"];
    let ran = space.terrace(&args).in_dir("a").stdin("n\n").run().code(0);
    ran.says(&["these units depend on this one", "../b", "../deep/c"]);
    assert_eq!(fake.calls_of("destroy").len(), 0, "the answer was no");
    space.terrace(&args).in_dir("a").stdin("y\n").run().success();
    assert_eq!(fake.calls_of("destroy").len(), 1);
    let ran = space.terrace(&args).in_dir("deep/c").run().success();
    assert!(!ran.stderr.contains("depend on"), "nobody needs it: {ran}");
}

#[test]
fn terraform_asks_for_itself_where_it_is_wanted() {
    let mut space = TestSpace::new();
    let act = "case \"$1\" in apply) read answer; echo \"it got $answer\" ;; esac";
    let fake = FakeTerraform::install(&mut space, act);
    for unit in ["a", "b"] {
        space.write(&format!("{unit}/main.tf"), "").write(&format!("{unit}/terragrunt.hcl"), "");
    }
    let args = ["run", "--all", "apply", "--no-auto-approve", "--parallelism", "4"];
    let ran = space.terrace(&args).stdin("y\nfirst\nsecond\n").run().success();
    ran.prints(&["[a] terraform: it got first", "[b] terraform: it got second"]);
    let calls = fake.calls_of("apply");
    assert!(calls.iter().all(|call| !call.args.iter().any(|arg| arg == "-auto-approve")));
    assert!(calls[0].end <= calls[1].start, "one at a time");
}
