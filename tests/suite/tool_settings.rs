//! The settings that terraform itself reads: what is wrong with them, and the programs that know tokens.

use super::fake::FakeTerraform;
use super::server::{Asked, Reply, Server};
use super::space::{TestSpace, require};
use std::os::unix::fs::PermissionsExt;

/// Two units and a stand-in for terraform.
fn space() -> TestSpace {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    for unit in ["a", "b"] {
        space.write(&format!("{unit}/main.tf"), "").write(&format!("{unit}/terragrunt.hcl"), "");
    }
    space
}

#[test]
fn a_faulty_file_is_told_once_and_stops_nothing() {
    let mut space = space();
    space.write("rc", "credentials \"a.example\" {\n  token = \"s3cr3t\"\n}\nprovider_installation {\n  filesystem_miror {\n    path = \"/m\"\n  }\n}\n");
    let rc = space.path("rc");
    space.set_env("TF_CLI_CONFIG_FILE", rc);
    for args in [&["run", "--all", "plan"][..], &["pins", "lock", "--platform", "linux_amd64"]] {
        let ran = space.terrace(args).run().success();
        let ran = ran.says(&["TRC1212", "rc:5:3", "no such way to packages", "filesystem_miror"]);
        assert_eq!(ran.stderr.matches("TRC1212").count(), 1, "{ran}");
    }
    space.write("rc", "credentials \"a.example\" {\n  token = \"s3cr3t\n}\n");
    let ran = space.terrace(&["run", "--all", "plan"]).run().success();
    ran.says(&["TRC1212", "rc:2:11", "never closed", "passes the whole file over"]).never_tells("s3cr3t");
    let quiet = space.terrace(&["run", "--all", "plan", "--log-level", "error"]).run().success();
    assert!(!quiet.stderr.contains("TRC1212"), "{quiet}");
}

#[test]
fn a_file_that_is_named_and_not_there_is_a_warning() {
    let space = space();
    let ran =
        space.terrace(&["run", "--all", "plan"]).env("TF_CLI_CONFIG_FILE", "/no/such/rc").run().success();
    let ran = ran.says(&["TRC1212", "/no/such/rc", "TF_CLI_CONFIG_FILE"]);
    assert_eq!(ran.stderr.matches("TRC1212").count(), 1, "{ran}");
}

/// What terraform and terrace take from settings of every form, by the token that the registry sees.
#[test]
fn terraform_reads_the_same_settings() {
    if !require("terraform") {
        return;
    }
    let mut space = TestSpace::new();
    let server = Server::start(|asked: &Asked| match asked.path.ends_with("/versions") {
        true => Reply::ok(r#"{"modules":[{"versions":[]}]}"#),
        false => Reply::status(404),
    });
    let host =
        format!("host \"mods.test\" {{ services = {{ \"modules.v1\" = \"{}\" }} }}\n", server.url("/v1/"));
    space.write("m/main.tf", "module \"m\" {\n  source = \"mods.test/org/net/aws\"\n}\n");
    space.write("u/terragrunt.hcl", "terraform {\n  source = \"tfr://mods.test/org/net/aws\"\n}\n");
    let rc = space.path("rc");
    space.set_env("TF_CLI_CONFIG_FILE", rc);
    let json = format!(
        "{{\"host\": {{\"mods.test\": {{\"services\": {{\"modules.v1\": \"{}\"}}}}}}, \"credentials\": {{\"mods.test\": {{\"token\": \"j\"}}}}}}",
        server.url("/v1/")
    );
    for text in [
        format!("{host}credentials \"Mods.Test:443\" {{ token = \"t\" }}\n"),
        format!("{host}credentials {{ mods.test {{ token = \"x${{a(\"b\")}}\" other = 1 }} }}\n"),
        format!("{host}credentials \"mods.test\" {{ token = \"a\" token = \"\\u0062\" }} # c\n"),
        format!(
            "{host}wibble = [1, \"a\", {{ b = 2 }}]\n/* c */ credentials = {{ \"mods.test\" = {{ token = \"t\" }} }}\n"
        ),
        format!("{host}credentials \"mods.test\" {{ token = 12 }}\n"),
        format!("{host}credentials \"mods_test\" {{ token = \"t\" }}\n"),
        json,
    ] {
        space.write("rc", &text);
        let tokens_of = |before: usize| {
            let asked = server.asked().split_off(before);
            asked.iter().map(|asked| asked.header("authorization").to_owned()).collect::<Vec<_>>()
        };
        let before = server.asked().len();
        let _ = space.command("terraform", &["-chdir=m", "init"]).output().unwrap();
        let theirs = tokens_of(before);
        let before = server.asked().len();
        space.terrace(&["plan"]).in_dir("u").run().failure();
        assert!(!theirs.is_empty(), "terraform asked: {text}");
        assert_eq!(tokens_of(before)[..1], theirs[..1], "{text}");
    }
}

/// A registry of one module, and a helper that knows its token and counts how often it runs.
fn with_helper(answer: &str) -> (TestSpace, Server) {
    let space = space();
    let server = Server::start(|asked: &Asked| match asked.path.as_str() {
        "/v1/org/net/aws/versions" => {
            Reply::ok(r#"{"modules":[{"versions":[{"version":"1.2.0"},{"version":"1.3.0"}]}]}"#)
        }
        _ => Reply::status(404),
    });
    let rc = format!(
        "host \"mods.test\" {{\n  services = {{\n    \"modules.v1\" = \"{}\"\n  }}\n}}\ncredentials_helper \"mine\" {{\n  args = [\"--from\", \"vault\"]\n}}\n",
        server.url("/v1/")
    );
    space.write("../home/.terraformrc", &rc);
    let script = format!("#!/bin/sh\necho \"$@\" >> \"$HOME/asked\"\n{answer}\n");
    let program = "../home/.terraform.d/plugins/terraform-credentials-mine";
    space.write(program, &script);
    let at = space.path(program);
    std::fs::set_permissions(at, std::fs::Permissions::from_mode(0o755)).unwrap();
    for (unit, version) in [("a", "1.2.0"), ("b", "1.3.0")] {
        let source =
            format!("terraform {{\n  source = \"tfr://mods.test/org/net/aws?version={version}\"\n}}\n");
        space.write(&format!("{unit}/terragrunt.hcl"), &source);
    }
    (space, server)
}

#[test]
fn a_helper_is_asked_once_for_a_host() {
    let (space, server) = with_helper("echo '{\"token\": \"fr0mhelper\"}'");
    let ran = space.terrace(&["run", "--all", "plan"]).run().failure();
    ran.says(&["TRC0733"]).never_tells("fr0mhelper");
    assert!(!server.asked().is_empty());
    for asked in server.asked() {
        assert_eq!(asked.header("authorization"), "Bearer fr0mhelper", "{}", asked.path);
    }
    assert_eq!(space.read("../home/asked"), "--from vault get mods.test\n");
    let before = server.asked().len();
    space.terrace(&["plan"]).in_dir("a").env("TF_TOKEN_mods_test", "t0ken").run().failure();
    assert!(server.asked()[before..].iter().all(|asked| asked.header("authorization") == "Bearer t0ken"));
    assert_eq!(space.read("../home/asked").lines().count(), 1, "a token at hand goes first");
}

#[test]
fn a_helper_that_fails_is_told_and_leaves_no_token() {
    let (space, server) = with_helper("echo '{\"token\": \"fr0mhelper\"}'; echo s3cr3t >&2; exit 3");
    let ran = space.terrace(&["plan"]).in_dir("a").run().failure();
    ran.says(&["credentials helper `mine` ended with exit status 3"]).never_tells("s3cr3t");
    assert!(server.asked().iter().all(|asked| asked.header("authorization").is_empty()));
}

#[test]
fn pins_run_no_helper() {
    let (space, _server) = with_helper("echo '{\"token\": \"fr0mhelper\"}'");
    space.terrace(&["pins", "outdated"]).run().success().prints(&["1.3.0"]);
    assert!(!space.path("../home/asked").exists());
}
