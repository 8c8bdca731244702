//! The order in which units run, what a failure reaches, and the exit code of it all.

use super::fake::FakeTerraform;
use super::space::TestSpace;

/// Units of `name: dependencies`, each with an empty module.
fn write_units(space: &TestSpace, units: &[(&str, &[&str])]) {
    for (name, needs) in units {
        let paths: Vec<String> = needs.iter().map(|n| format!("\"../{n}\"")).collect();
        space.write(
            &format!("{name}/terragrunt.hcl"),
            &format!("dependencies {{\n  paths = [{}]\n}}\n", paths.join(", ")),
        );
        space.write(&format!("{name}/main.tf"), "");
    }
}

const DIAMOND: &[(&str, &[&str])] =
    &[("base", &[]), ("left", &["base"]), ("right", &["base"]), ("top", &["left", "right"]), ("alone", &[])];

#[test]
fn apply_runs_dependencies_before_dependents() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, r#"case "$1" in apply) sleep 0.2 ;; esac"#);
    write_units(&space, DIAMOND);
    space.terrace(&["run", "--all", "--non-interactive", "apply"]).run().success();
    let [base, left, right, top] = ["base", "left", "right", "top"].map(|u| fake.call("apply", u));
    assert!(base.end <= left.start && base.end <= right.start, "base ends before left and right start");
    assert!(left.end <= top.start && right.end <= top.start, "left and right end before top starts");
    assert_eq!(fake.calls_of("apply").len(), 5);
}

#[test]
fn destroy_runs_dependents_before_dependencies() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, r#"case "$1" in destroy) sleep 0.2 ;; esac"#);
    write_units(&space, DIAMOND);
    space.terrace(&["run", "--all", "--non-interactive", "destroy"]).run().success();
    let [base, left, right, top] = ["base", "left", "right", "top"].map(|u| fake.call("destroy", u));
    assert!(top.end <= left.start && top.end <= right.start, "top ends before left and right start");
    assert!(left.end <= base.start && right.end <= base.start, "left and right end before base starts");
}

#[test]
fn plan_with_destroy_runs_in_the_order_of_a_destroy() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, r#"case "$1" in plan) sleep 0.1 ;; esac"#);
    write_units(&space, &[("base", &[]), ("top", &["base"])]);
    space.terrace(&["run", "--all", "--non-interactive", "plan", "--", "-destroy"]).run().success();
    assert!(fake.call("plan", "top").end <= fake.call("plan", "base").start);
}

#[test]
fn independent_units_run_at_once_and_parallelism_bounds_them() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, r#"case "$1" in plan) sleep 0.4 ;; esac"#);
    write_units(&space, &[("a", &[]), ("b", &[]), ("c", &[])]);
    space.terrace(&["run", "--all", "plan", "--parallelism", "3"]).run().success();
    assert_eq!(most_at_once(&fake), 3, "three units without edges run together");

    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, r#"case "$1" in plan) sleep 0.1 ;; esac"#);
    write_units(&space, &[("a", &[]), ("b", &[]), ("c", &[])]);
    space.terrace(&["run", "--all", "plan", "--parallelism", "1"]).run().success();
    assert_eq!(most_at_once(&fake), 1);
}

/// The largest number of plans that ran at the same moment.
fn most_at_once(fake: &FakeTerraform) -> usize {
    let calls = fake.calls_of("plan");
    let at = |moment: u128| calls.iter().filter(|c| c.start <= moment && moment < c.end).count();
    calls.iter().map(|c| at(c.start)).max().unwrap_or(0)
}

const FAILING_B: &str =
    r#"case "$1:$(pwd)" in apply:*/b/.terragrunt-cache/*) echo 'Error: b is broken' >&2; return 7 ;; esac"#;

#[test]
fn a_failure_ends_dependents_early_and_lets_the_others_go_on() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, FAILING_B);
    write_units(&space, &[("c", &[]), ("b", &["c"]), ("a", &["b"]), ("aa", &["a"]), ("other", &["c"])]);
    let ran = space.terrace(&["run", "--all", "--non-interactive", "apply"]).run().code(7);
    let ran = ran.prints(&["Succeeded    2", "Failed       1", "Early Exits  2"]);
    assert!(ran.stderr.contains("b is broken"), "the error of b is shown: {ran}");
    let applied: Vec<_> = fake.calls_of("apply").into_iter().map(|c| c.cwd).collect();
    assert!(!applied.iter().any(|cwd| cwd.contains("/a/") || cwd.contains("/aa/")), "{applied:?}");
}

#[test]
fn a_failed_destroy_spares_its_dependencies() {
    let mut space = TestSpace::new();
    let act = r#"case "$1:$(pwd)" in destroy:*/b/.terragrunt-cache/*) return 1 ;; esac"#;
    let fake = FakeTerraform::install(&mut space, act);
    write_units(&space, &[("c", &[]), ("b", &["c"]), ("a", &["b"])]);
    space.terrace(&["run", "--all", "--non-interactive", "destroy"]).run().code(1);
    assert_eq!(fake.calls_of("destroy").len(), 2, "a is destroyed, b fails, c is spared");
}

#[test]
fn queue_ignore_errors_runs_dependents_all_the_same() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, FAILING_B);
    write_units(&space, &[("c", &[]), ("b", &["c"]), ("a", &["b"])]);
    space.terrace(&["run", "--all", "--non-interactive", "--queue-ignore-errors", "apply"]).run().code(7);
    assert_eq!(fake.calls_of("apply").len(), 3);
    assert!(fake.call("apply", "b").end <= fake.call("apply", "a").start, "the order holds");
}

#[test]
fn fail_fast_starts_nothing_more() {
    let mut space = TestSpace::new();
    let act = r#"case "$1:$(pwd)" in apply:*/a/.terragrunt-cache/*) return 3 ;; esac"#;
    let fake = FakeTerraform::install(&mut space, act);
    write_units(&space, &[("a", &[]), ("b", &[]), ("c", &["b"]), ("d", &["c"])]);
    let args = ["run", "--all", "--non-interactive", "--fail-fast", "--parallelism", "1", "apply"];
    space.terrace(&args).run().code(3).prints(&["Failed       1", "Early Exits  3"]);
    assert_eq!(fake.calls_of("apply").len(), 1);
}

#[test]
fn graph_runs_a_unit_and_its_dependents() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "");
    write_units(&space, DIAMOND);
    space.git_commit_all();
    space.terrace(&["run", "--graph", "--non-interactive", "apply"]).in_dir("left").run().success();
    let mut units: Vec<_> = fake.calls_of("apply").iter().map(|c| unit_of(&c.cwd)).collect();
    units.sort();
    assert_eq!(units, ["left", "top"]);
}

fn unit_of(cwd: &str) -> String {
    let unit = cwd.split("/.terragrunt-cache/").next().expect("a unit");
    unit.rsplit('/').next().expect("a name").to_owned()
}

#[test]
fn prevent_destroy_excludes_a_unit_and_what_it_needs() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "");
    write_units(&space, &[("c", &[]), ("a", &["b"])]);
    space.write("b/main.tf", "");
    space.write("b/terragrunt.hcl", "prevent_destroy = true\ndependencies {\n  paths = [\"../c\"]\n}\n");
    space.terrace(&["run", "--all", "--non-interactive", "destroy"]).run().success();
    let units: Vec<_> = fake.calls_of("destroy").iter().map(|c| unit_of(&c.cwd)).collect();
    assert_eq!(units, ["a"]);
    space.terrace(&["destroy", "--non-interactive"]).in_dir("b").run().failure();
}

#[test]
fn exit_codes_with_detailed_exitcode_are_aggregated() {
    for (codes, wanted) in [([0, 0], 0), ([0, 2], 2), ([2, 2], 2), ([1, 2], 1), ([0, 1], 1)] {
        let mut space = TestSpace::new();
        let act = format!(
            r#"case "$1:$(pwd)" in plan:*/a/.terragrunt-cache/*) return {} ;; plan:*) return {} ;; esac"#,
            codes[0], codes[1]
        );
        FakeTerraform::install(&mut space, &act);
        write_units(&space, &[("a", &[]), ("b", &[])]);
        space.terrace(&["run", "--all", "plan", "--", "-detailed-exitcode"]).run().code(wanted);
    }
}

#[test]
fn two_with_detailed_exitcode_lets_dependents_run() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, r#"case "$1" in plan) return 2 ;; esac"#);
    write_units(&space, &[("a", &[]), ("b", &["a"])]);
    space
        .terrace(&["run", "--all", "plan", "--", "-detailed-exitcode"])
        .run()
        .code(2)
        .prints(&["Succeeded    2"]);
    assert_eq!(fake.calls_of("plan").len(), 2);
}

#[test]
fn a_single_run_returns_the_code_of_terraform() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, r#"case "$1" in plan) return 2 ;; apply) return 9 ;; esac"#);
    write_units(&space, &[("a", &[])]);
    space.terrace(&["plan", "-detailed-exitcode"]).in_dir("a").run().code(2);
    space.terrace(&["apply", "-auto-approve"]).in_dir("a").run().code(9);
}

#[test]
fn flags_are_added_for_many_units() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "");
    write_units(&space, &[("a", &[])]);
    space.terrace(&["run", "--all", "--non-interactive", "apply", "--", "-lock=false"]).run().success();
    let args = fake.call("apply", "a").args;
    for wanted in ["-auto-approve", "-input=false", "-lock=false"] {
        assert!(args.iter().any(|a| a == wanted), "{wanted} among {args:?}");
    }
}

#[test]
fn an_empty_tree_is_a_success() {
    let space = TestSpace::new();
    space.terrace(&["run", "--all", "plan"]).run().success();
}

#[test]
fn excluded_units_do_not_push_back_those_that_wait_for_them() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "");
    write_units(&space, &[("a", &[]), ("b", &["a"]), ("c", &["b"]), ("z", &["a"])]);
    let exclude = "exclude {\n  if = true\n  actions = [\"plan\"]\n  exclude_dependencies = true\n}\n";
    space.write("b/terragrunt.hcl", &format!("dependencies {{\n  paths = [\"../a\"]\n}}\n{exclude}"));
    space.terrace(&["run", "--all", "plan", "--parallelism", "1"]).run().success();
    let order: Vec<String> = fake.calls_of("plan").iter().map(|call| unit_of(&call.cwd)).collect();
    assert_eq!(order, ["c", "z"]);
}
