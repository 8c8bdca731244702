//! What a person, a log and a program each see of a run.

use super::fake::FakeTerraform;
use super::space::{Ran, TestSpace};

/// Units `a` and `b`, the second after the first; terraform does what `act` says.
fn estate(act: &str) -> TestSpace {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, act);
    space.write("a/main.tf", "").write("a/terragrunt.hcl", "");
    space.write("b/main.tf", "").write("b/terragrunt.hcl", "dependencies {\n  paths = [\"../a\"]\n}\n");
    space
}

#[track_caller]
fn is_plain(ran: Ran) -> Ran {
    let codes = |text: &str| text.chars().any(|c| c.is_control() && c != '\n');
    assert!(!codes(&ran.stdout) && !codes(&ran.stderr), "no control codes outside of a terminal: {ran}");
    ran
}

#[test]
fn a_log_names_units_and_has_no_colours() {
    let space = estate("case $1 in plan) printf 'one\\n\\ntwo\\n' ;; esac");
    let ran = is_plain(space.terrace(&["run", "--all", "plan"]).run().success());
    let lines: Vec<&str> =
        ran.stdout.lines().filter_map(|line| line.split_once(" STDOUT ")).map(|(_, said)| said).collect();
    let want = ["[a] terraform: one", "[a] terraform: two", "[b] terraform: one", "[b] terraform: two"];
    assert_eq!(lines, want, "{ran}");
}

#[test]
fn an_init_is_one_line_unless_it_fails_or_is_asked_for() {
    let talk = "case $1 in init) echo chatter; echo 'Error: no such thing' >&2; exit ${INIT:-0} ;; esac";
    let ran = estate(talk).terrace(&["run", "--all", "plan"]).run().success();
    assert!(!ran.stderr.contains("chatter"), "{ran}");
    assert_eq!(ran.stderr.lines().filter(|line| line.ends_with("] init")).count(), 2, "{ran}");
    let ran = estate(talk).terrace(&["run", "--all", "plan", "--log-level", "debug"]).run().success();
    ran.says(&["[a] terraform: chatter"]);
    let ran = estate(talk).terrace(&["run", "--all", "plan"]).env("INIT", "3").run().code(3);
    ran.says(&["[a] terraform: Error: no such thing"])
        .prints(&["a failed (exit code 3)", "Error: no such thing"]);
}

#[test]
fn a_log_for_programs_is_one_object_a_line() {
    let space = estate("case $1 in plan) printf 'one\\n\"two\"\\n'; echo oops >&2 ;; esac");
    let ran =
        space.terrace(&["run", "--all", "plan", "--log-format", "json", "--summary-disable"]).run().success();
    let mut told = Vec::new();
    for line in ran.stdout.lines().chain(ran.stderr.lines()) {
        let record: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"));
        told.push(format!("{} {}", record["level"], record["msg"]));
    }
    let has = |text: &str| told.iter().any(|line| line == text);
    assert!(
        has("\"stdout\" \"\\\"two\\\"\"") && has("\"stderr\" \"oops\"") && has("\"info\" \"init\""),
        "{told:#?}"
    );
}

#[test]
fn the_question_stands_after_the_list_and_takes_no_for_an_answer() {
    let space = estate("");
    let ran = space.terrace(&["run", "--all", "apply"]).stdin("n\n").run().success();
    let (list, rest) = ran.stderr.split_once("Apply in these units? (y/n) ").expect("a question");
    assert_eq!(list, "apply will run in 2 units, dependencies first:\n╰── a\n    ╰── b\n");
    assert_eq!(rest, "\nnothing was run: the answer was no\n");
    let ran = space.terrace(&["run", "--all", "apply", "--log-disable"]).stdin("n\n").run().success();
    ran.says(&["╰── a"]);
    let ran = space.terrace(&["run", "--all", "plan", "--log-level", "error"]).run().success();
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_unit_waits_in_the_list_only_for_its_nearest() {
    let space = estate("");
    space.write("c/main.tf", "");
    space.write("c/terragrunt.hcl", "dependencies {\n  paths = [\"../a\", \"../b\"]\n}\n");
    let ran = space.terrace(&["run", "--all", "destroy"]).stdin("n\n").run().success();
    ran.says(&["dependents before what they need:\n╰── c\n    ╰── b\n        ╰── a\nDestroy everything"]);
}

#[test]
fn a_reader_who_leaves_ends_no_terraform() {
    let space = estate(
        "case $1 in plan) for i in $(seq 9000); do echo a line of words; done; echo x >\"$TEST_DONE\" ;; esac",
    );
    for args in [&["run", "--all", "plan"][..], &["plan", "--tf-forward-stdout", "--working-dir", "a"]] {
        let done = space.path("done");
        let _ = std::fs::remove_file(&done);
        // Ten bytes are read from the pipe, and then nobody is there.
        let shell = "rm -f pipe; mkfifo pipe; head -c 10 <pipe >/dev/null & exec >pipe";
        let ran = space.terrace(args).env("TEST_DONE", &done).after_shell(shell).run().success();
        assert!(done.exists(), "{ran}");
    }
}

#[test]
fn a_full_disk_under_the_output_of_a_run_is_told() {
    let space = estate("case $1 in plan) echo one ;; esac");
    let ran = space.terrace(&["run", "--all", "plan"]).after_shell("exec >/dev/full").run().code(1);
    let ran = ran.says(&["cannot write to stdout"]);
    assert_eq!(ran.stderr.matches("cannot write").count(), 1, "{ran}");
}
