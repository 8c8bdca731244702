//! AWS beside states, against the emulator: who we are, roles, module sources in buckets.

use std::io::Write;

use crate::emulators::{Backend, Place};
use crate::space::{Ran, TestSpace, require};

const UNIT: &str = r#"
inputs = {
  who = join(" ", [get_aws_account_id(), get_aws_caller_identity_arn(), get_aws_caller_identity_user_id()])
  alias = get_aws_account_alias()
}
"#;

/// A unit file whose binary finds the emulator, and keys in the shared file.
fn space(place: &Place, unit: &str) -> TestSpace {
    let mut space = TestSpace::new();
    let endpoint = format!("http://127.0.0.1:{}", place.proxy().port);
    space.set_env("AWS_ENDPOINT_URL", endpoint).set_env("AWS_EC2_METADATA_DISABLED", "true");
    space.write("keys", "[default]\naws_access_key_id = test\naws_secret_access_key = test\n");
    let keys = space.path("keys");
    space.set_env("AWS_SHARED_CREDENTIALS_FILE", keys);
    space
        .write("u/terragrunt.hcl", unit)
        .write("u/main.tf", "variable \"who\" {}\noutput \"who\" { value = var.who }\n");
    space
}

fn with_keys(space: &mut TestSpace) {
    space.set_env("AWS_ACCESS_KEY_ID", "test").set_env("AWS_SECRET_ACCESS_KEY", "s3cr3t");
}

fn rendered(space: &TestSpace, args: &[&str]) -> Ran {
    space.terrace(&[&["render", "--json"], args].concat()).in_dir("u").run().success()
}

#[test]
fn functions_say_who_we_are() {
    let Some(place) = Backend::S3.require() else { return };
    let mut space = space(&place, UNIT);
    with_keys(&mut space);
    rendered(&space, &[]).prints(&["123456789012 arn:aws:sts::123456789012:user/moto AKIAIOSFODNN7EXAMPLE"]);
    assert_eq!(place.proxy().seen().iter().filter(|request| request.method == "POST").count(), 2);
}

#[test]
fn functions_answer_under_the_units_role_unless_keys_are_in_the_environment() {
    let Some(place) = Backend::S3.require() else { return };
    let role = format!("iam_role = \"arn:aws:iam::222222222222:role/deployer\"\n{UNIT}");
    let mut space = space(&place, &role);
    rendered(&space, &[]).prints(&["222222222222 arn:aws:sts::222222222222:assumed-role/deployer/"]);
    let other = ["--iam-assume-role", "arn:aws:iam::444444444444:role/cli"];
    rendered(&space, &other).prints(&["444444444444 arn:aws:sts::444444444444:assumed-role/cli/"]);
    space.write(
        "u/provided.json",
        r#"{"awsRole":{"roleARN":"arn:aws:iam::333333333333:role/p","roleSessionName":"s"}}"#,
    );
    let provided = ["--auth-provider-cmd", "cat provided.json"];
    rendered(&space, &provided).prints(&["333333333333 arn:aws:sts::333333333333:assumed-role/p/s "]);
    with_keys(&mut space);
    rendered(&space, &[]).prints(&["123456789012 arn:aws:sts::123456789012:user/moto"]);
}

#[test]
fn terraform_runs_under_the_units_role() {
    let Some(place) = Backend::S3.require() else { return };
    if !require("terraform") {
        return;
    }
    let unit = r#"
iam_role                     = "arn:aws:iam::222222222222:role/deployer"
iam_assume_role_session_name = "me"
iam_assume_role_duration     = 900
terraform {
  before_hook "show" {
    commands = ["plan"]
    execute  = ["sh", "-c", "echo key $AWS_ACCESS_KEY_ID; test \"$AWS_SESSION_TOKEN\" = \"$AWS_SECURITY_TOKEN\""]
  }
}
inputs = { who = "x" }
"#;
    let mut space = space(&place, unit);
    with_keys(&mut space);
    space.terrace(&["plan"]).in_dir("u").run().success().prints(&["key ASIA"]).never_tells("s3cr3t");
    let seen = place.proxy().seen();
    let asked: Vec<String> =
        seen.iter().map(|request| String::from_utf8_lossy(&request.body).into_owned()).collect();
    let assumed: Vec<&String> = asked.iter().filter(|body| body.contains("Action=AssumeRole&")).collect();
    assert_eq!(assumed.len(), 1, "{asked:?}");
    assert!(
        assumed[0].contains("RoleSessionName=me") && assumed[0].contains("DurationSeconds=900"),
        "{assumed:?}"
    );
}

#[test]
fn a_token_of_somebody_else_is_enough_for_a_role() {
    let Some(place) = Backend::S3.require() else { return };
    let role = format!(
        "iam_role = \"arn:aws:iam::222222222222:role/deployer\"\niam_web_identity_token = \"token.jwt\"\n{UNIT}"
    );
    let mut space = space(&place, &role);
    space.set_env("AWS_SHARED_CREDENTIALS_FILE", "/nowhere").write("u/token.jwt", "from-a-file\n");
    rendered(&space, &[]).prints(&["222222222222 arn:aws:sts::222222222222:assumed-role/deployer/"]);
    let seen = place.proxy().seen();
    let asked: Vec<String> =
        seen.iter().map(|request| String::from_utf8_lossy(&request.body).into_owned()).collect();
    assert!(asked.iter().any(|body| body.contains("WebIdentityToken=from-a-file")), "{asked:?}");
}

#[test]
fn a_role_that_is_not_given_points_at_its_name() {
    let Some(place) = Backend::S3.require() else { return };
    let space = space(&place, "\niam_role = \"arn:aws:iam::222222222222:role/deployer\"\n");
    let ran = space.terrace(&["plan"]).env("AWS_PROFILE", "nobody").in_dir("u").run().failure();
    ran.says(&["TRC0833", "terragrunt.hcl:2:1", "there is no profile `nobody` in the shared files"]);
}

fn zipped(name: &str, text: &str) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file(name, zip::write::SimpleFileOptions::default()).expect("an entry");
    archive.write_all(text.as_bytes()).expect("its content");
    archive.finish().expect("an archive").into_inner()
}

const MODULE: &str = "variable \"who\" {\n  default = \"x\"\n}\noutput \"who\" {\n  value = var.who\n}\n";

#[test]
fn modules_come_out_of_buckets() {
    let Some(place) = Backend::S3.require() else { return };
    if !require("terraform") {
        return;
    }
    place.write("modules/m.zip", zipped("net/main.tf", MODULE));
    place.write("modules/tree/net/main.tf", MODULE);
    place.write("modules/tree/net/part/more.tf", "locals {}\n");
    let bucket = place.settings("k")["bucket"].as_str().unwrap().to_owned();
    let host = format!("s3::http://127.0.0.1:{}/{bucket}/modules", place.proxy().port);
    for source in ["m.zip//net", "tree//net", "tree/net"] {
        let mut space = space(&place, &format!("terraform {{\n  source = \"{host}/{source}\"\n}}\n"));
        std::fs::remove_file(space.path("u/main.tf")).unwrap();
        with_keys(&mut space);
        space.terrace(&["plan"]).in_dir("u").run().success();
    }
    let mut space = space(&place, &format!("terraform {{\n  source = \"{host}/none.zip\"\n}}\n"));
    with_keys(&mut space);
    space.terrace(&["plan"]).in_dir("u").run().failure().says(&[
        "terragrunt.hcl:2",
        "modules/none.zip",
        "404",
    ]);
}

#[test]
fn a_bucket_cannot_write_outside_of_its_module() {
    let Some(place) = Backend::S3.require() else { return };
    place.write("modules/bad/main.tf", MODULE);
    place.write("modules/bad/../../out.tf", "locals {}\n");
    let bucket = place.settings("k")["bucket"].as_str().unwrap().to_owned();
    if !place.list().iter().any(|key| key.contains("..")) {
        eprintln!("skipped: the emulator keeps no such name");
        return;
    }
    let source = format!("s3::http://127.0.0.1:{}/{bucket}/modules/bad", place.proxy().port);
    let mut space = space(&place, &format!("terraform {{\n  source = \"{source}\"\n}}\n"));
    with_keys(&mut space);
    space.terrace(&["plan"]).in_dir("u").run().failure().says(&["climbs out"]);
}
