//! `backend delete` and `migrate` on local states that the real terraform wrote.

use super::fake::FakeTerraform;
use super::space::{TestSpace, require};
use super::state_server::StateServer;
use serde_json::Value;

fn unit(space: &TestSpace, name: &str) {
    let state = space.path(&format!("states/{name}.tfstate"));
    space.write(&format!("{name}/main.tf"), "resource \"terraform_data\" \"a\" {\n  input = 1\n}\n");
    space.write(
        &format!("{name}/terragrunt.hcl"),
        &format!(
            "remote_state {{\n  backend = \"local\"\n  generate = {{\n    path      = \"backend.tf\"\n    if_exists = \"overwrite\"\n  }}\n  config = {{\n    path = \"{}\"\n  }}\n}}\n",
            state.display()
        ),
    );
}

/// Units `a`, which was applied, and `b`, which was not.
fn estate() -> TestSpace {
    let space = TestSpace::new();
    unit(&space, "a");
    unit(&space, "b");
    space.terrace(&["apply", "-auto-approve"]).in_dir("a").run().success();
    space
}

#[test]
fn a_state_moves_whole_and_never_over_another() {
    if !require("terraform") {
        return;
    }
    let space = estate();
    let before = space.read("states/a.tfstate");
    let migrate = ["backend", "migrate", "a", "b"];
    space
        .terrace(&[&migrate[..], &["--dry-run"]].concat())
        .run()
        .success()
        .prints(&["b.tfstate", "1 resource"]);
    space.terrace(&[&migrate[..], &["--non-interactive"]].concat()).run().code(1).says(&["--force"]);
    space.terrace(&[&migrate[..], &["--force"]].concat()).stdin("n\n").run().success();
    assert_eq!(space.read("states/a.tfstate"), before);
    let forced = [&migrate[..], &["--force", "--non-interactive"]].concat();
    space.terrace(&forced).run().success().says(&["is now where b keeps its own"]);
    assert_eq!(space.read("states/b.tfstate"), before);
    assert!(!space.path("states/a.tfstate").exists() && space.path("states/a.tfstate.terrace").is_dir());
    let plan = space.terrace(&["plan", "-detailed-exitcode"]).in_dir("b").run();
    assert_eq!(plan.status.code(), Some(0), "{plan}");
    space.terrace(&forced).run().success().says(&["there is no state to move"]);
    space.terrace(&["apply", "-auto-approve"]).in_dir("a").run().success();
    space.terrace(&forced).run().code(1).says(&["there is a state already"]);
    space.terrace(&["backend", "migrate", "a", "a", "--force"]).run().code(1).says(&["it is the same state"]);
    space.terrace(&["backend", "migrate", "a"]).run().code(1).says(&["FROM TO"]);
}

/// terraform gives a state that it pushes to an empty place a lineage of its own.
fn inside(state: &[u8]) -> Value {
    let state: Value = serde_json::from_slice(state).expect("a state");
    state["resources"].clone()
}

/// We have no driver for `http`: terraform pulls and pushes for us.
#[test]
fn a_state_that_only_terraform_reaches_moves_as_safely() {
    if !require("terraform") {
        return;
    }
    let (space, store, other) = (estate(), StateServer::start(), StateServer::start());
    let module = space.read("a/main.tf");
    store.write_unit(&space, "far", &module);
    other.write_unit(&space, "away", &module);
    let before = std::fs::read(space.path("states/a.tfstate")).expect("a state");
    let migrate = |from: &str, to: &str, more: &[&str]| {
        space.terrace(&[&["backend", "migrate", from, to, "--non-interactive"], more].concat()).run()
    };
    migrate("a", "far", &["--dry-run"]).success().prints(&["1 resource", "a.tfstate", "http"]);
    migrate("a", "far", &[]).code(1).says(&["--force"]);
    store.with(|shelf| shelf.is_down = true);
    migrate("a", "far", &["--force"]).code(1).says(&["state push failed"]);
    assert_eq!(std::fs::read(space.path("states/a.tfstate")).ok(), Some(before.clone()), "nothing is lost");
    store.with(|shelf| shelf.is_down = false);
    migrate("a", "far", &["--force"]).success().says(&["is now where far keeps its own"]);
    let kept = |store: &StateServer| store.with(|shelf| shelf.state.clone()).map(|state| inside(&state));
    assert_eq!(kept(&store), Some(inside(&before)));
    assert!(!space.path("states/a.tfstate").exists() && space.path("states/a.tfstate.terrace").is_dir());
    let plan = space.terrace(&["plan", "-detailed-exitcode"]).in_dir("far").run();
    assert_eq!(plan.status.code(), Some(0), "{plan}");

    migrate("far", "away", &[]).success().says(&["terraform deletes no state"]);
    assert_eq!(kept(&other), Some(inside(&before)));
    migrate("far", "away", &[]).code(1).says(&["there is a state already"]);
    migrate("far", "b", &[]).success();
    let arrived = std::fs::read(space.path("states/b.tfstate")).expect("a state");
    assert_eq!(inside(&arrived), inside(&before));
}

#[test]
fn a_state_that_holds_something_is_only_deleted_by_force() {
    if !require("terraform") {
        return;
    }
    let space = estate();
    let delete = ["backend", "delete", "--all"];
    let plan = space.terrace(&[&delete[..], &["--dry-run"]].concat()).run().success();
    plan.prints(&["a: delete ", "it holds 1 resource"]).says(&["b: there is no state"]);
    let refused = space.terrace(&[&delete[..], &["--non-interactive"]].concat()).run().code(1);
    refused.says(&["nothing was deleted", "1 resource", "--force"]);
    assert!(space.path("states/a.tfstate").exists());
    space.terrace(&["backend", "delete", "--force", "--non-interactive"]).in_dir("a").run().success();
    assert!(!space.path("states/a.tfstate").exists());
    // It can be had back.
    let history = space.terrace(&["state", "history", "a", "--json"]).run().success();
    let rows: serde_json::Value = serde_json::from_str(&history.stdout).unwrap();
    let copy = rows.as_array().unwrap().iter().find(|row| row["kept_by"] == "copy").expect("a copy");
    let version = copy["version"].as_str().unwrap();
    space.terrace(&["state", "restore", "a", "--version", version, "--non-interactive"]).run().success();
    let plan = space.terrace(&["plan", "-detailed-exitcode"]).in_dir("a").run();
    assert_eq!(plan.status.code(), Some(0), "{plan}");
}

#[test]
fn a_folder_is_nothing_to_make_and_an_unknown_backend_neither() {
    let space = TestSpace::new();
    unit(&space, "a");
    space.write("h/main.tf", "").write(
        "h/terragrunt.hcl",
        "remote_state {\n  backend = \"http\"\n  config = {\n    address = \"http://127.0.0.1:1\"\n  }\n}\n",
    );
    let ran = space.terrace(&["backend", "bootstrap", "--all"]).run().success();
    ran.says(&["`http`", "every bucket and container is as the settings say"]);
    assert!(!space.path("states").exists(), "terraform makes the folder itself");
    space.terrace(&["backend", "delete", "--bucket"]).in_dir("a").run().code(1).says(&["does not work yet"]);
}

#[test]
fn a_container_that_terraform_misses_is_told_with_the_next_step() {
    for (backend, said) in [
        ("s3", "Error: Failed to get existing workspaces: S3 bucket \\\"x\\\" does not exist."),
        ("s3", "Error refreshing state: operation error S3: GetObject, NoSuchBucket: no such bucket"),
        ("gcs", "Error: Failed to get existing workspaces: querying failed: storage: bucket doesn't exist"),
        ("azurerm", "Error: Failed to get existing workspaces: ListBlobs: ContainerNotFound"),
    ] {
        let mut space = TestSpace::new();
        FakeTerraform::install(
            &mut space,
            &format!("case \"$1\" in init) echo \"{said}\" >&2; return 1 ;; esac"),
        );
        let state = format!(
            "remote_state {{\n  backend = \"{backend}\"\n  generate = {{\n    path = \"b.tf\"\n    if_exists = \"overwrite\"\n  }}\n  config = {{}}\n}}\n"
        );
        space.write("terragrunt.hcl", &state).write("main.tf", "");
        let words = [&format!("the backend \"{backend}\" is missing"), "let --backend-bootstrap make it"];
        space.terrace(&["plan", "--no-auto-retry"]).run().failure().says(&words);
    }
    let mut space = TestSpace::new();
    FakeTerraform::install(
        &mut space,
        "case \"$1\" in plan) echo 'Error: reading S3 bucket: NoSuchBucket' >&2; return 1 ;; esac",
    );
    space.write("terragrunt.hcl", "").write("main.tf", "");
    space.terrace(&["plan", "--no-auto-retry"]).run().failure().never_tells("--backend-bootstrap");
}
