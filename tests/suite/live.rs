//! The platform that ships in `live/`: the demo of the README, from the first plan to the end.

use std::path::Path;

use super::space::{TestSpace, require};

/// A copy of the estate and its modules, without git around it.
fn platform() -> TestSpace {
    let space = TestSpace::new();
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["live", "modules"] {
        std::fs::create_dir(space.path(folder)).expect("a folder");
        space.tool("cp", &["-a", &top.join(folder).join(".").to_string_lossy(), folder]);
    }
    space.tool("rm", &["-rf", "live/.state"]);
    space.tool("find", &["live", "-name", ".terragrunt-cache", "-prune", "-exec", "rm", "-rf", "{}", "+"]);
    space
}

#[test]
fn the_demo_plans_applies_plans_nothing_and_destroys() {
    if !require("terraform") {
        return;
    }
    let space = platform();
    let run = |command: &str| {
        let args = ["run", "--all", "--non-interactive", command, "--working-dir", "live/dev"];
        space.terrace(&args).run().success().prints(&["6 units", "Succeeded    6"])
    };
    let planned = run("plan");
    assert!(
        planned.stdout.contains("net-mock") || planned.stdout.contains("cls-mock"),
        "mocks stand in: {planned}"
    );
    run("apply");
    let states = space.tool("find", &["live/.state", "-name", "terraform.tfstate"]);
    assert_eq!(states.lines().count(), 6, "every state has its own place: {states}");
    let again = run("plan");
    assert_eq!(again.stdout.matches("No changes.").count(), 6, "{again}");
    assert!(!again.stdout.contains("cls-mock"), "real outputs took the place of mocks: {again}");
    run("destroy");
    for state in states.lines() {
        let value: serde_json::Value = serde_json::from_str(&space.read(state)).expect("a state");
        assert_eq!(value["resources"], serde_json::json!([]), "{state} is empty");
    }
}

#[test]
fn every_environment_is_found_in_its_layers() {
    let space = platform();
    let ran = space.terrace(&["find", "--working-dir", "live"]).run().success();
    assert_eq!(ran.stdout.lines().count(), 31 + 84, "{ran}");
    let ran = space.terrace(&["find", "--dag", "--working-dir", "live/dev/eu-west-1"]).run().success();
    assert_eq!(ran.stdout, "network\ncluster\nplatform\napps/api\napps/worker\napps/web\n");
    space.terrace(&["hcl", "validate", "--working-dir", "live"]).run().success();
}

#[test]
fn levels_of_configuration_meet_in_the_inputs_of_a_unit() {
    let space = platform();
    let unit = "live/prod/us-east-1/network";
    let ran = space.terrace(&["render", "--json", "--working-dir", unit]).run().success();
    let value: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let wanted = serde_json::json!({
        "company": "acme", "managed_by": "terraform", "unit": "prod/us-east-1/network", "env": "prod", "region": "us-east-1"
    });
    assert_eq!(value["inputs"]["tags"], wanted);
    assert_eq!(value["inputs"]["cidr"], "10.31.0.0/16");
    assert_eq!(value["inputs"]["single_gateway"], false);
    let path = value["remote_state"]["config"]["path"].as_str().expect("a path");
    assert!(path.ends_with("live/.state/prod/us-east-1/network/terraform.tfstate"), "{path}");
}
