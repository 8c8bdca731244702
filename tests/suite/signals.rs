//! Interruption: nothing that terraform created is lost, nothing stays locked, nothing of ours stays behind.

use std::path::Path;

use super::space::{TestSpace, eventually};

/// A unit whose resources are made one after the other, each slow and deaf to an interrupt of its own group.
fn write_slow_unit(space: &TestSpace, unit: &str, resources: usize) {
    use std::fmt::Write as _;
    let mut module = String::new();
    for i in 0..resources {
        let needs =
            if i == 0 { String::new() } else { format!("  depends_on = [terraform_data.r{}]\n", i - 1) };
        let _ = write!(
            module,
            r#"resource "terraform_data" "r{i}" {{
  input = "{i}"
{needs}  provisioner "local-exec" {{
    command = "trap '' INT; touch {root}/made-{unit}-{i}; sleep 1"
  }}
}}
"#,
            root = space.root().display()
        );
    }
    space.write(&format!("{unit}/main.tf"), &module);
    space.write(&format!("{unit}/terragrunt.hcl"), &state_in(unit));
}

fn state_in(unit: &str) -> String {
    format!(
        "remote_state {{\n  backend = \"local\"\n  generate = {{\n    path      = \"backend.tf\"\n    if_exists = \"overwrite_terragrunt\"\n  }}\n  config = {{\n    path = \"${{get_terragrunt_dir()}}/../state/{unit}.tfstate\"\n  }}\n}}\n"
    )
}

/// The names of the resources in a state file, and whether each is whole.
fn resources_in(state: &Path) -> Vec<(String, bool)> {
    let Ok(text) = std::fs::read_to_string(state) else { return Vec::new() };
    let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) else { return Vec::new() };
    let resources = value["resources"].as_array().cloned().unwrap_or_default();
    resources
        .iter()
        .map(|r| {
            let tainted =
                r["instances"].as_array().is_some_and(|i| i.iter().any(|i| i["status"] == "tainted"));
            (r["name"].as_str().unwrap_or_default().to_owned(), !tainted)
        })
        .collect()
}

fn is_locked(space: &TestSpace) -> bool {
    let locks = space.tool("find", &[".", "-name", "*.lock.info"]);
    !locks.is_empty()
}

#[test]
fn kill_9_of_a_single_apply_loses_no_resource() {
    let space = TestSpace::new();
    write_slow_unit(&space, "a", 3);
    let running = space.terrace(&["apply", "-auto-approve"]).in_dir("a").spawn();
    assert!(eventually(|| space.path("made-a-0").exists()), "the apply has begun");
    running.signal("KILL");
    running.wait();
    let state = space.path("state/a.tfstate");
    assert!(
        eventually(|| resources_in(&state).len() == 3 && !is_locked(&space)),
        "{:?}",
        resources_in(&state)
    );
    assert!(resources_in(&state).iter().all(|(_, whole)| *whole), "{:?}", resources_in(&state));
}

#[test]
fn kill_9_of_a_run_of_many_loses_no_resource() {
    let space = TestSpace::new();
    for unit in ["a", "b"] {
        write_slow_unit(&space, unit, 2);
    }
    let running = space.terrace(&["run", "--all", "--non-interactive", "apply"]).spawn();
    let begun = || space.path("made-a-0").exists() && space.path("made-b-0").exists();
    assert!(eventually(begun), "both applies have begun");
    running.signal("KILL");
    running.wait();
    for unit in ["a", "b"] {
        let state = space.path(&format!("state/{unit}.tfstate"));
        assert!(eventually(|| resources_in(&state).len() == 2), "{unit}: {:?}", resources_in(&state));
    }
    assert!(eventually(|| !is_locked(&space)), "nothing stays locked");
}

#[test]
fn an_interrupt_during_ten_slow_applies_leaves_no_lock_and_no_torn_state() {
    let space = TestSpace::new();
    let units: Vec<String> = (0..10).map(|i| format!("u{i}")).collect();
    for unit in &units {
        write_slow_unit(&space, unit, 3);
    }
    let running =
        space.terrace(&["run", "--all", "--non-interactive", "--parallelism", "10", "apply"]).spawn();
    assert!(eventually(|| space.path("made-u0-0").exists()), "the applies have begun");
    running.signal("INT");
    let ran = running.wait().failure();
    assert!(!is_locked(&space), "nothing stays locked: {ran}");
    for unit in &units {
        let state = space.path(&format!("state/{unit}.tfstate"));
        // terraform stops itself: what it had begun is in the state, and the file is whole.
        if let Ok(text) = std::fs::read_to_string(&state) {
            serde_json::from_str::<serde_json::Value>(&text)
                .unwrap_or_else(|e| panic!("{unit}: torn state: {e}"));
        }
        let begun = (0..3).filter(|i| space.path(&format!("made-{unit}-{i}")).exists()).count();
        assert!(
            resources_in(&state).len() >= begun.saturating_sub(1),
            "{unit}: {:?} of {begun}",
            resources_in(&state)
        );
    }
    let again = space.terrace(&["run", "--all", "--non-interactive", "apply"]).run();
    again.success();
}

#[test]
fn a_termination_stops_the_queue() {
    let space = TestSpace::new();
    for unit in ["a", "b", "c"] {
        write_slow_unit(&space, unit, 1);
    }
    let running =
        space.terrace(&["run", "--all", "--non-interactive", "--parallelism", "1", "apply"]).spawn();
    assert!(eventually(|| space.path("made-a-0").exists()), "the first apply has begun");
    running.signal("TERM");
    running.wait().failure();
    assert!(!space.path("made-c-0").exists(), "what had not begun never begins");
    assert!(!is_locked(&space));
}
