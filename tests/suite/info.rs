//! `info print`: where a unit's things are, for scripts.

use serde_json::{Value, json};

use super::space::{Ran, TestSpace};

fn told(ran: &Ran) -> Value {
    serde_json::from_str(&ran.scrubbed_stdout()).expect("JSON")
}

fn want(dir: &str, tool: &str) -> Value {
    json!({
        "config_path": format!("{dir}/terragrunt.hcl"),
        "download_dir": format!("{dir}/.terragrunt-cache"),
        "iam_role": "",
        "terraform_binary": tool,
        "terraform_command": "print",
        "working_dir": dir,
    })
}

#[test]
fn a_unit_says_where_its_things_are() {
    let space = TestSpace::new();
    space.write("a/terragrunt.hcl", "iam_role = \"r\"\ndownload_dir = \"dl\"\nterraform_binary = \"mine\"\n");
    let ran =
        space.terrace(&["info", "print", "--working-dir", "a"]).without_env("TG_TF_PATH").run().success();
    let told = told(&ran);
    assert_eq!((&told["iam_role"], &told["terraform_binary"]), (&json!("r"), &json!("mine")));
    assert_eq!(told["download_dir"], "$ROOT/a/dl");
}

#[test]
fn without_a_sound_unit_it_is_what_would_be() {
    let space = TestSpace::new();
    space.write("empty/main.tf", "").write("faulty/terragrunt.hcl", "inputs = {\n");
    let ran = space.terrace(&["info", "print", "--working-dir", "empty"]).run().success();
    assert_eq!(told(&ran), want("$ROOT/empty", "terraform"));
    ran.says(&["there is no unit here"]);
    let ran = space.terrace(&["info", "print", "--working-dir", "faulty"]).run().success();
    assert_eq!(told(&ran), want("$ROOT/faulty", "terraform"));
    ran.says(&["terragrunt.hcl:1:10"]);
}

#[test]
fn all_units_answer_one_after_another() {
    let space = TestSpace::new();
    space.write("a/terragrunt.hcl", "").write("b/terragrunt.hcl", "");
    let ran = space.terrace(&["info", "print", "--all"]).run().success();
    let all = serde_json::Deserializer::from_str(&ran.stdout)
        .into_iter::<Value>()
        .map(|value| value.expect("JSON"));
    assert_eq!(all.count(), 2, "{ran}");
}

#[test]
fn a_strict_control_that_is_none_gets_the_nearest_name() {
    let space = TestSpace::new();
    space
        .terrace(&["info", "strict", "list", "bare-includ"])
        .run()
        .code(1)
        .says(&["did you mean bare-include?"]);
    space.terrace(&["info", "strict", "list"]).run().success().prints(&["root-terragrunt-hcl"]);
}
