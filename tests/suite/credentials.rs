//! Credentials by command: who is asked, who sees the answer, and that nobody tells it.

use std::os::unix::fs::PermissionsExt;

use super::fake::FakeTerraform;
use super::space::TestSpace;

/// A command that notes where it ran and prints credentials which name that folder.
fn write_provider(space: &mut TestSpace) -> String {
    let script = space.path("provide");
    space.write(
        "provide",
        r#"#!/bin/sh
echo "$(basename "$PWD") $*" >>"$TEST_CALLS"
cat <<J
{"envs": {"TEST_FROM": "$(basename "$PWD")", "AWS_SESSION_TOKEN": "plain"},
 "awsCredentials": {"ACCESS_KEY_ID": "key", "SECRET_ACCESS_KEY": "s3cr3t", "SESSION_TOKEN": "token"}}
J
"#,
    );
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let calls = space.path("calls");
    space.write("calls", "");
    space.set_env("TEST_CALLS", calls);
    script.to_string_lossy().into_owned()
}

fn write_units(space: &TestSpace) {
    for unit in ["a", "b"] {
        space.write(&format!("{unit}/main.tf"), "variable \"x\" {}\n");
        space.write(
            &format!("{unit}/terragrunt.hcl"),
            r#"
locals { said = run_cmd("--terragrunt-quiet", "sh", "-c", "echo $TEST_FROM") }
inputs = { x = "${get_env("TEST_FROM", "nobody")} ${local.said}" }
"#,
        );
    }
}

#[test]
fn every_unit_has_its_own_credentials_in_all_that_it_asks_and_starts() {
    let mut space = TestSpace::new();
    let act =
        "case \"$1\" in plan) echo \"$AWS_ACCESS_KEY_ID $AWS_SESSION_TOKEN $AWS_SECURITY_TOKEN\" ;; esac";
    let fake = FakeTerraform::install(&mut space, act);
    let provider = write_provider(&mut space);
    write_units(&space);
    let command = format!("{provider} 'two words'");
    let ran = space.terrace(&["run", "--all", "plan", "--auth-provider-cmd", &command]).run().success();
    for unit in ["a", "b"] {
        let call = fake.call("plan", unit);
        assert_eq!(call.env("TF_VAR_x"), Some(format!("{unit} {unit}").as_str()));
        assert_eq!(call.env("TEST_FROM"), Some(unit));
    }
    let ran = ran.prints(&["[a] terraform: key token token"]);
    ran.never_tells("s3cr3t");
    let mut calls: Vec<String> = space.read("calls").lines().map(str::to_owned).collect();
    calls.sort();
    assert_eq!(calls, ["a two words", "b two words"], "what discovery was told is still fresh");
}

#[test]
fn discovery_can_go_without() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "");
    let provider = write_provider(&mut space);
    write_units(&space);
    space.write("b/terragrunt.hcl", "exclude {\n  if      = true\n  actions = [\"plan\"]\n}\n");
    space.set_env("TG_AUTH_PROVIDER_CMD", provider);
    let args = ["run", "--all", "plan", "--no-discovery-auth-provider-cmd"];
    space.terrace(&args).run().success();
    assert_eq!(space.read("calls"), "a \n", "only the unit that runs asks");
    assert_eq!(fake.call("plan", "a").env("TF_VAR_x"), Some("a a"), "what discovery saw without is not kept");
}

#[test]
fn a_dependencys_outputs_are_read_with_its_own_credentials() {
    let mut space = TestSpace::new();
    let act = "case \"$1\" in output) printf '{\"from\":{\"value\":\"%s\",\"type\":\"string\"}}' \"$TEST_FROM\" ;; esac";
    let fake = FakeTerraform::install(&mut space, act);
    let provider = write_provider(&mut space);
    space.write("a/main.tf", "").write(
        "a/terragrunt.hcl",
        "remote_state {\n  backend = \"http\"\n  config  = { address = \"http://127.0.0.1:1/\" }\n  generate = {\n    path = \"b.tf\"\n    if_exists = \"overwrite\"\n  }\n}\n",
    );
    space.write("b/main.tf", "variable \"x\" {}\n").write(
        "b/terragrunt.hcl",
        "dependency \"a\" {\n  config_path = \"../a\"\n}\ninputs = { x = dependency.a.outputs.from }\n",
    );
    space.terrace(&["plan", "--auth-provider-cmd", &provider]).in_dir("b").run().success();
    assert_eq!(fake.call("plan", "b").env("TF_VAR_x"), Some("a"));
}

#[test]
fn a_command_that_does_not_help_stops_the_run_before_it_begins() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "");
    write_units(&space);
    for (command, says) in [
        ("false", "exit code 1"),
        ("no-such-program", "was not found"),
        ("echo", "printed nothing"),
        ("echo s3cr3t", "not the JSON"),
        (
            "echo '{\"envs\":{\"AWS_PROFILE\":\"nobody\"},\"awsRole\":{\"roleARN\":\"arn:x\"}}'",
            "no profile `nobody`",
        ),
        ("sh 'x", "a quote without its end"),
    ] {
        let ran = space.terrace(&["plan", "--auth-provider-cmd", command]).in_dir("a").run().code(1);
        ran.says(&[says]).never_tells("s3cr3t");
    }
    assert_eq!(fake.calls().len(), 0);
}

#[test]
fn variables_of_extra_arguments_for_output_are_there_when_outputs_are_read() {
    let mut space = TestSpace::new();
    let act = "case \"$1\" in output) printf '{\"seen\":{\"value\":\"%s\",\"type\":\"string\"}}' \"$TEST_EXTRA\" ;; esac";
    let fake = FakeTerraform::install(&mut space, act);
    let arguments = |commands: &str| {
        format!(
            "terraform {{\n  extra_arguments \"e\" {{\n    commands = [{commands}]\n    env_vars = {{ TEST_EXTRA = \"extra\" }}\n  }}\n}}\n"
        )
    };
    let state = "remote_state {\n  backend = \"http\"\n  config  = { address = \"http://127.0.0.1:1/\" }\n  generate = {\n    path = \"b.tf\"\n    if_exists = \"overwrite\"\n  }\n}\n";
    space.write("a/main.tf", "").write("b/main.tf", "variable \"x\" {}\n").write(
        "b/terragrunt.hcl",
        "dependency \"a\" {\n  config_path = \"../a\"\n}\ninputs = { x = dependency.a.outputs.seen }\n",
    );
    space.write("a/terragrunt.hcl", &format!("{state}{}", arguments("\"plan\", \"output\"")));
    space.terrace(&["plan"]).in_dir("b").run().success();
    space.write("a/terragrunt.hcl", &format!("{state}{}", arguments("\"plan\"")));
    space.terrace(&["plan"]).in_dir("b").run().success();
    let seen: Vec<_> =
        fake.calls_of("plan").iter().map(|call| call.env("TF_VAR_x").map(str::to_owned)).collect();
    assert_eq!(seen, [Some("extra".to_owned()), Some(String::new())]);
}

#[test]
fn a_command_may_have_nothing_to_add() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    write_units(&space);
    for (said, code) in [("null", 0), ("{}", 0), ("{\"envs\": null}", 0), ("", 1), ("[]", 1)] {
        let command = format!("printf %s '{said}'");
        space.terrace(&["plan", "--auth-provider-cmd", &command]).in_dir("a").run().code(code);
    }
}
