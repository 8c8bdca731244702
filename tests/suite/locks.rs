//! `lock`: who holds the lock of a state, asked of the lock itself, with the real terraform as the other client.

use super::space::{Running, TestSpace, eventually, require};
use serde_json::Value;

/// Applies until a file called `go` is there.
const SLOW: &str = r#"
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "touch @DIR@/started; for _ in $(seq 600); do [ -f @DIR@/go ] && exit 0; sleep 0.1; done"
  }
}
"#;

/// Two units with local states, outside of any cache.
fn estate() -> TestSpace {
    let space = TestSpace::new();
    for unit in ["app", "deep/db"] {
        let state = space.path(&format!("states/{unit}.tfstate"));
        let module = SLOW.replace("@DIR@", &space.path(unit).display().to_string());
        space.write(&format!("{unit}/main.tf"), &module);
        space.write(&format!("{unit}/go"), "");
        space.write(
            &format!("{unit}/terragrunt.hcl"),
            &format!(
                "remote_state {{\n  backend = \"local\"\n  generate = {{\n    path      = \"backend.tf\"\n    if_exists = \"overwrite\"\n  }}\n  config = {{\n    path = \"{}\"\n  }}\n}}\n",
                state.display()
            ),
        );
    }
    space
}

/// An apply that holds its lock until `go` is there again.
fn hold(space: &TestSpace, unit: &str) -> Running {
    std::fs::remove_file(space.path(&format!("{unit}/go"))).unwrap();
    let running = space.terrace(&["apply", "-auto-approve"]).in_dir(unit).spawn();
    assert!(eventually(|| space.path(&format!("{unit}/started")).exists()), "terraform holds the lock");
    running
}

fn let_go(space: &TestSpace, unit: &str, running: Running) {
    space.write(&format!("{unit}/go"), "");
    running.wait().success();
}

fn listed(space: &TestSpace) -> Vec<Value> {
    let ran = space.terrace(&["lock", "list", "--all", "--json"]).run().success();
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"))
}

#[test]
fn a_lock_of_terraform_is_seen_while_it_is_held() {
    if !require("terraform") {
        return;
    }
    let space = estate();
    assert_eq!(listed(&space), [Value::Null; 0]);
    let running = hold(&space, "app");
    let locks = listed(&space);
    assert_eq!(locks.len(), 1, "{locks:?}");
    let lock = &locks[0];
    assert_eq!(
        (&lock["unit"], &lock["backend"], &lock["life"]),
        (&"app".into(), &"local".into(), &"alive".into())
    );
    assert_eq!(lock["operation"], "OperationTypeApply");
    assert!(lock["pid"].as_u64().is_some_and(|pid| pid > 1) && lock["age_seconds"].as_u64().is_some());
    let id = lock["id"].as_str().expect("an id");
    assert_eq!(lock["release"], format!("terrace lock release app --id {id}"));

    let table = space.terrace(&["lock", "list"]).run().success();
    let told =
        table.prints(&["UNIT", "app", "OperationTypeApply", id]).says(&["terrace lock release app --id"]);
    assert!(!told.stdout.contains("deep/db"));
    space.terrace(&["lock", "show", "app"]).run().success().prints(&[
        id,
        "OperationTypeApply",
        "alive (process ",
    ]);
    space.terrace(&["lock", "show"]).in_dir("deep/db").run().success().says(&["is not locked"]);
    // A local lock is its process; nobody takes it away.
    let refused = space.terrace(&["lock", "release", "app", "--id", id, "--non-interactive"]).run().code(1);
    refused.says(&["end that process instead"]);
    let wrong = space.terrace(&["lock", "release", "app", "--id", "123", "--non-interactive"]).run().code(1);
    wrong.says(&["another id", id]);
    let_go(&space, "app", running);
    assert_eq!(listed(&space), [Value::Null; 0]);
    space.terrace(&["lock", "release", "app", "--id", id]).run().success().says(&["nothing to release"]);
}

#[test]
fn a_lock_dies_with_its_holder_and_the_doctor_finds_its_note() {
    if !require("terraform") {
        return;
    }
    let space = estate();
    space.terrace(&["lock", "doctor", "--all"]).run().success().says(&["nothing is wrong with 2 states"]);
    let running = hold(&space, "app");
    let pid = listed(&space)[0]["pid"].as_u64().expect("its process");
    // Not even a minute old, but older than nothing.
    let old = space.terrace(&["lock", "doctor", "--older-than", "0s", "--json"]).run().code(2);
    old.prints(&["stale-lock", "lock-without-state"]);
    std::process::Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap();
    space.write("app/go", "");
    running.wait().failure();
    assert_eq!(listed(&space), [Value::Null; 0]);
    let ran = space.terrace(&["lock", "doctor"]).run().code(2);
    ran.prints(&["app: nobody holds the lock, but the note", ".app.tfstate.lock.info"]);
}

#[test]
fn locks_of_an_estate_are_only_planned_without_a_terminal() {
    if !require("terraform") {
        return;
    }
    let space = estate();
    let many = ["lock", "release", "--older-than", "2h", "--who", "*"];
    space.terrace(&many).run().success().says(&["nothing to release"]);
    for wrong in [&["lock", "release", "app"][..], &["lock", "release", "--older-than", "2h"]] {
        space.terrace(wrong).run().code(1).says(&["which lock is meant is not said"]);
    }
    space.terrace(&["lock", "release", "--older-than", "soon", "--who", "*"]).run().code(1).says(&["45m"]);
}

#[test]
fn what_a_note_says_cannot_drive_the_terminal() {
    if !require("terraform") {
        return;
    }
    let space = estate();
    let running = hold(&space, "app");
    let note = "states/.app.tfstate.lock.info";
    let evil = space
        .read(note)
        .replace("\"Who\":\"", "\"Who\":\"\\u001b[2J\\u202e")
        .replace("\"ID\":\"", "\"ID\":\"$(id) ");
    space.write(note, &evil);
    for args in [&["lock", "list"][..], &["lock", "list", "--json"], &["lock", "show", "app"]] {
        let ran = space.terrace(args).run().success();
        let is_plain =
            |text: &str| text.chars().all(|c| c == '\n' || !c.is_control()) && !text.contains('\u{202e}');
        assert!(is_plain(&ran.stdout) && is_plain(&ran.stderr), "{ran}");
        assert!(!ran.stdout.contains("release app") && !ran.stderr.contains("release app"), "{ran}");
    }
    let_go(&space, "app", running);
}

#[test]
fn a_unit_whose_state_cannot_be_asked_is_a_row_and_not_the_end() {
    let space = TestSpace::new();
    space.write("a/main.tf", "").write("a/terragrunt.hcl", "");
    space
        .write("b/main.tf", "terraform {\n  backend \"pg\" {\n    conn_str = \"x\"\n  }\n}\n")
        .write("b/terragrunt.hcl", "");
    let ran = space.terrace(&["lock", "list", "--json"]).run().code(1);
    let rows: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((rows.len(), &rows[0]["unit"]), (1, &"b".into()), "{ran}");
    assert!(rows[0]["error"].as_str().is_some_and(|text| text.contains("`pg`")), "{ran}");
    space.terrace(&["lock", "show", "nowhere"]).run().code(1).says(&["there is no unit nowhere"]);
}
