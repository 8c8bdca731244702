//! terraform's own output and arguments, handed through.

use super::fake::FakeTerraform;
use super::space::TestSpace;

fn applied() -> TestSpace {
    let space = TestSpace::new();
    space.write("a/terragrunt.hcl", "inputs = { name = \"x\" }\n");
    space.write(
        "a/main.tf",
        "variable \"name\" {}\nresource \"terraform_data\" \"it\" {\n  input = var.name\n}\noutput \"id\" { value = terraform_data.it.output }\n",
    );
    space.terrace(&["apply", "-auto-approve"]).in_dir("a").run().success();
    space
}

#[test]
fn output_as_json_is_json_and_nothing_else() {
    let space = applied();
    let ran = space.terrace(&["output", "-json"]).in_dir("a").run().success();
    let value: serde_json::Value = serde_json::from_str(&ran.stdout).expect("pure JSON on stdout");
    assert_eq!(value["id"]["value"], "x");
    let raw = space.terrace(&["output", "-raw", "id"]).in_dir("a").run().success();
    assert_eq!(raw.stdout, "x");
}

#[test]
fn state_and_show_are_untouched() {
    let space = applied();
    let list = space.terrace(&["state", "list"]).in_dir("a").run().success();
    assert_eq!(list.stdout, "terraform_data.it\n");
    let show = space.terrace(&["show", "-json"]).in_dir("a").run().success();
    let value: serde_json::Value = serde_json::from_str(&show.stdout).expect("pure JSON on stdout");
    assert_eq!(value["values"]["outputs"]["id"]["value"], "x");
}

#[test]
fn words_after_the_dashes_reach_terraform_as_they_are() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "");
    space.write("a/main.tf", "").write("a/terragrunt.hcl", "");
    space.terrace(&["run", "--", "workspace", "list"]).in_dir("a").run().success();
    assert_eq!(fake.calls_of("workspace")[0].args, ["workspace", "list"]);
    space
        .terrace(&["plan", "-lock=false", "-var", "x=a b", "-target=module.x[\"k\"]"])
        .in_dir("a")
        .run()
        .success();
    let args = fake.calls_of("plan")[0].args.clone();
    for wanted in ["-lock=false", "-var", "x=a b", "-target=module.x[\"k\"]"] {
        assert!(args.iter().any(|a| a == wanted), "{wanted} among {args:?}");
    }
}

#[test]
fn ours_goes_to_stderr_and_terraforms_to_stdout() {
    let space = applied();
    let ran = space.terrace(&["plan"]).in_dir("a").run().success();
    ran.prints(&["No changes."]);
    let ran = space.terrace(&["plan", "--log-format", "bare", "--log-disable"]).in_dir("a").run().success();
    assert_eq!(ran.stderr, "", "logs are off");
}

#[test]
fn lines_of_many_units_are_whole_and_carry_their_unit() {
    let mut space = TestSpace::new();
    let act = r#"case "$1" in plan) i=0; while [ $i -lt 200 ]; do printf 'unit=%s ' "$TF_VAR_n"; printf 'line=%s end\n' $i; i=$((i+1)); done ;; esac"#;
    FakeTerraform::install(&mut space, act);
    for unit in ["a", "b", "c", "d"] {
        space.write(&format!("{unit}/main.tf"), "");
        space.write(&format!("{unit}/terragrunt.hcl"), &format!("inputs = {{ n = \"{unit}\" }}\n"));
    }
    let ran = space.terrace(&["run", "--all", "plan"]).run().success();
    let pattern = regex::Regex::new(r"\[(\w)\].*unit=(\w) line=\d+ end$").expect("a pattern");
    let lines: Vec<_> = ran.stdout.lines().filter(|l| l.contains("line=")).collect();
    assert_eq!(lines.len(), 800);
    for line in lines {
        let found = pattern.captures(line).unwrap_or_else(|| panic!("a torn line: {line}"));
        assert_eq!(found[1], found[2], "{line}");
    }
}

#[test]
fn terraforms_stdin_is_ours_in_a_single_unit() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, r#"case "$1" in apply) read answer; echo "it read $answer" ;; esac"#);
    space.write("a/main.tf", "").write("a/terragrunt.hcl", "");
    space.terrace(&["apply"]).in_dir("a").stdin("forty-two\n").run().success().prints(&["it read forty-two"]);
}

#[test]
fn the_summary_stands_on_stdout_and_can_be_left_out() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    for unit in ["a", "b"] {
        space.write(&format!("{unit}/main.tf"), "").write(&format!("{unit}/terragrunt.hcl"), "");
    }
    space.terrace(&["run", "--all", "plan"]).run().success().prints(&[
        "Run Summary",
        "2 units",
        "Succeeded    2",
    ]);
    let ran = space.terrace(&["run", "--all", "--summary-disable", "plan"]).run().success();
    assert!(!ran.stdout.contains("Run Summary"), "{ran}");
    let ran = space.terrace(&["run", "--all", "output"]).run().success();
    assert!(!ran.stdout.contains("Run Summary"), "not after output: {ran}");
}

#[test]
fn questions_to_the_tool_need_no_unit() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "echo \"answer to $*\"; [ \"$1\" != plan ] || return 7");
    space.write("faulty/terragrunt.hcl", "inputs = {\n").write("empty/x", "");
    for dir in ["empty", "faulty"] {
        space
            .terrace(&["run", "--", "plan", "-help"])
            .in_dir(dir)
            .run()
            .code(7)
            .prints(&["answer to plan -help"]);
        space.terrace(&["run", "--", "version"]).in_dir(dir).run().success().prints(&["Terraform v1.11.4"]);
    }
    assert_eq!(fake.calls().len(), 2, "nothing is initialised");
    assert!(fake.calls().iter().all(|call| call.cwd.ends_with("/empty") || call.cwd.ends_with("/faulty")));
}
