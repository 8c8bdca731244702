//! Hooks: their order, when they run, what they see.

use super::fake::FakeTerraform;
use super::space::TestSpace;

/// A hook that appends a word to the trace.
fn hook(kind: &str, name: &str, more: &str) -> String {
    format!(
        "  {kind} \"{name}\" {{\n    commands = [\"plan\"]\n    execute  = [\"sh\", \"-c\", \"echo {name} >>$TEST_TRACE\"]\n{more}  }}\n"
    )
}

/// Plans a unit with these hooks; gives the exit code and the trace.
fn trace(hooks: &[String], plan: &str) -> (Option<i32>, Vec<String>) {
    let mut space = TestSpace::new();
    let act = format!("case \"$1\" in plan) echo terraform >>$TEST_TRACE; {plan} ;; esac");
    FakeTerraform::install(&mut space, &act);
    let file = space.path("trace");
    space.set_env("TEST_TRACE", file);
    space.write("trace", "").write("a/main.tf", "");
    space.write("a/terragrunt.hcl", &format!("terraform {{\n{}}}\n", hooks.concat()));
    let ran = space.terrace(&["plan"]).in_dir("a").run();
    (ran.status.code(), space.read("trace").lines().map(ToOwned::to_owned).collect())
}

#[test]
fn hooks_run_in_the_order_of_their_declaration_around_terraform() {
    let hooks = [
        hook("after_hook", "z", ""),
        hook("before_hook", "b", ""),
        hook("before_hook", "a", ""),
        hook("after_hook", "y", ""),
    ];
    assert_eq!(trace(&hooks, ""), (Some(0), ["b", "a", "terraform", "z", "y"].map(String::from).to_vec()));
}

#[test]
fn a_failing_before_hook_prevents_the_run() {
    let failing = "  before_hook \"fails\" {\n    commands = [\"plan\"]\n    execute  = [\"sh\", \"-c\", \"exit 5\"]\n  }\n".to_owned();
    let hooks = [
        failing,
        hook("before_hook", "skipped", ""),
        hook("after_hook", "also_skipped", ""),
        hook("after_hook", "runs", "    run_on_error = true\n"),
    ];
    assert_eq!(trace(&hooks, ""), (Some(5), vec!["runs".to_owned()]));
}

#[test]
fn after_a_failed_run_only_those_for_errors_run() {
    let matching = hook("error_hook", "caught", "    on_errors = [\".*broken.*\"]\n");
    let other = hook("error_hook", "other", "    on_errors = [\"never seen\"]\n");
    let hooks = [
        hook("after_hook", "skipped", ""),
        hook("after_hook", "runs", "    run_on_error = true\n"),
        matching,
        other,
    ];
    let (code, seen) = trace(&hooks, "echo 'it is broken' >&2; return 4");
    assert_eq!((code, seen), (Some(4), ["terraform", "runs", "caught"].map(String::from).to_vec()));
}

#[test]
fn a_hook_with_a_false_condition_is_left_out() {
    let hooks =
        [hook("before_hook", "no", "    if = false\n"), hook("before_hook", "yes", "    if = 1 == 1\n")];
    assert_eq!(trace(&hooks, "").1, ["yes", "terraform"]);
}

#[test]
fn hooks_of_other_commands_stay_silent_and_init_has_its_own() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    let file = space.path("trace");
    space.set_env("TEST_TRACE", file);
    space.write("trace", "").write("a/main.tf", "");
    let say = |name: &str, command: &str| {
        hook("before_hook", name, "").replace("\"plan\"", &format!("\"{command}\""))
    };
    space.write(
        "a/terragrunt.hcl",
        &format!("terraform {{\n{}{}{}}}\n", say("apply", "apply"), say("init", "init"), say("plan", "plan")),
    );
    space.terrace(&["plan"]).in_dir("a").run().success();
    assert_eq!(space.read("trace"), "init\nplan\n", "the automatic init fires the hooks of init");
}

#[test]
fn hooks_see_inputs_and_their_context() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    let file = space.path("seen");
    space.set_env("TEST_TRACE", file);
    space.write("a/main.tf", "variable \"x\" {}\n");
    space.write(
        "a/terragrunt.hcl",
        r#"
terraform {
  before_hook "look" {
    commands = ["plan"]
    execute  = ["sh", "-c", "echo $TF_VAR_x $TG_CTX_COMMAND $TG_CTX_HOOK_NAME $(basename $TG_CTX_TF_PATH) >$TEST_TRACE; pwd >>$TEST_TRACE"]
  }
}
inputs = { x = "given" }
"#,
    );
    space.terrace(&["plan"]).in_dir("a").run().success();
    let seen = space.read("seen");
    assert!(seen.starts_with("given plan look terraform\n"), "{seen}");
    assert!(seen.contains("/a/.terragrunt-cache/"), "hooks run where terraform runs: {seen}");
}

#[test]
fn the_code_of_a_failing_after_hook_is_the_result() {
    let failing = "  after_hook \"fails\" {\n    commands = [\"plan\"]\n    execute  = [\"sh\", \"-c\", \"exit 6\"]\n  }\n".to_owned();
    assert_eq!(trace(&[failing], "").0, Some(6));
}

#[test]
fn hooks_and_outputs_can_be_left_out() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "");
    let trace = space.path("trace");
    space.set_env("TEST_TRACE", trace);
    space.write("trace", "").write("dep/main.tf", "").write("dep/terragrunt.hcl", "").write("a/main.tf", "");
    let dependency = "dependency \"d\" {\n  config_path = \"../dep\"\n  mock_outputs = { x = \"mock\" }\n}\ninputs = { x = dependency.d.outputs.x }\n";
    let hooks = hook("before_hook", "b", "") + &hook("after_hook", "z", "");
    space.write("a/terragrunt.hcl", &format!("terraform {{\n{hooks}}}\n{dependency}"));
    let left_out = ["plan", "--no-hooks", "--no-dependency-outputs"];
    let ran = space.terrace(&left_out).in_dir("a").run().code(1);
    ran.says(&["--experiment optional-hooks"]);
    let experiments = ["--experiment", "optional-hooks", "--experiment", "optional-dependency-outputs"];
    space.terrace(&[&left_out[..], &experiments].concat()).in_dir("a").run().success();
    assert_eq!(space.read("trace"), "");
    assert_eq!(fake.call("plan", "a").env("TF_VAR_x"), Some("mock"));
}

#[test]
fn a_word_that_calls_no_hook_is_said() {
    let reading = hook("after_hook", "reads", "").replace("\"plan\"", "\"read-config\"");
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    space.write("a/main.tf", "").write("a/terragrunt.hcl", &format!("terraform {{\n{reading}}}\n"));
    let ran = space.terrace(&["plan"]).in_dir("a").run().success();
    ran.says(&["terragrunt.hcl:3:", "`read-config`", "terragrunt-read-config"]);
}

#[test]
fn a_failed_program_calls_the_error_hooks_of_exec() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    let trace = space.path("trace");
    space.set_env("TEST_TRACE", trace);
    let caught = hook("error_hook", "caught", "    on_errors = [\".*broken.*\"]\n");
    let other = hook("error_hook", "other", "    on_errors = [\"never seen\"]\n");
    let hooks = (caught + &other).replace("\"plan\"", "\"exec\"");
    space.write("trace", "").write("a/main.tf", "");
    space.write("a/terragrunt.hcl", &format!("terraform {{\n{hooks}}}\n"));
    let program = ["exec", "--", "sh", "-c", "echo out; echo it is broken >&2; exit 4"];
    space.terrace(&program).in_dir("a").run().code(4).prints(&["out"]);
    assert_eq!(space.read("trace"), "caught\n");
}

#[test]
fn a_relative_working_dir_is_meant_from_the_folder_of_the_unit() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    let file = space.path("trace");
    space.set_env("TEST_TRACE", file);
    let hook = |dir: &str| {
        format!(
            "  before_hook \"{dir}\" {{\n    commands = [\"plan\"]\n    execute = [\"sh\", \"-c\", \"pwd >>$TEST_TRACE\"]\n    working_dir = \"{dir}\"\n  }}\n"
        )
    };
    let hooks: String = [".", "scripts", ".."].map(hook).concat();
    space.write("a/scripts/x.sh", "").write("a/main.tf", "");
    space.write("a/terragrunt.hcl", &format!("terraform {{\n{hooks}}}\n"));
    let want = [space.path("a"), space.path("a/scripts"), space.root().to_path_buf()];
    let want = want.map(|path| std::fs::canonicalize(path).unwrap().display().to_string());
    for (args, dir) in [(&["plan"][..], "a"), (&["run", "--all", "plan"][..], ".")] {
        space.write("trace", "");
        space.terrace(args).in_dir(dir).run().success();
        assert_eq!(space.read("trace").lines().collect::<Vec<_>>(), want);
    }
}

#[test]
fn a_program_that_is_not_there_fails_its_hook_with_one() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    let hook = "terraform {\n  before_hook \"lint\" {\n    commands = [\"plan\"]\n    execute = [\"no-such-linter\"]\n  }\n}\n";
    space.write("a/main.tf", "").write("a/terragrunt.hcl", hook);
    space.terrace(&["plan"]).in_dir("a").run().code(1).says(&["hook lint", "no-such-linter", "PATH"]);
    space.terrace(&["exec", "--", "no-such-program"]).in_dir("a").run().code(1).says(&["no-such-program"]);
}
