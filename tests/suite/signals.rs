//! Interruption: nothing that terraform created is lost, nothing stays locked, nothing of ours stays behind.

use std::path::Path;

use super::fake::FakeTerraform;
use super::space::{TestSpace, binary, eventually, require};

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

/// One round: ten slow units, a signal at some moment, and everything is in order afterwards.
fn interrupt_after(signal: &str, milliseconds: u64, parallelism: &str) {
    let space = TestSpace::new();
    let units: Vec<String> = (0..10).map(|i| format!("u{i}")).collect();
    for unit in &units {
        write_slow_unit(&space, unit, 2);
        let file = space.read(&format!("{unit}/terragrunt.hcl"));
        space.write(&format!("{unit}/terragrunt.hcl"), &format!("{file}inputs = {{ n = null }}\n"));
        space.write(&format!("{unit}/variables.tf"), "variable \"n\" {\n  default = 1\n}\n");
    }
    let args = ["run", "--all", "--non-interactive", "--parallelism", parallelism, "apply"];
    let running = space.terrace(&args).spawn();
    std::thread::sleep(std::time::Duration::from_millis(milliseconds));
    running.signal(signal);
    let ran = running.wait();
    // One that comes while the process itself is still being started simply ends it.
    let has_begun = units.iter().any(|unit| space.path(&format!("{unit}/.terragrunt-cache")).exists());
    let code = ran.status.code();
    assert!(code.map_or(!has_begun, |code| code != 0), "{signal} after {milliseconds} ms: {ran}");
    assert!(!is_locked(&space), "{signal} after {milliseconds} ms: something stays locked: {ran}");
    let left = space.tool("find", &[".", "-name", "*tfvars*", "-o", "-name", ".terrace-?????*.tmp"]);
    assert_eq!(left, "", "{signal} after {milliseconds} ms");
    let temporary = space.root().parent().expect("a parent").join("tmp");
    assert_eq!(std::fs::read_dir(temporary).expect("it").count(), 0, "{signal} after {milliseconds} ms");
    for unit in &units {
        let known = resources_in(&space.path(&format!("state/{unit}.tfstate")));
        let made = (0..2).filter(|i| space.path(&format!("made-{unit}-{i}")).exists()).count();
        assert!(known.len() >= made, "{signal} after {milliseconds} ms: {unit} knows {known:?} of {made}");
    }
}

#[test]
fn a_signal_at_any_moment_leaves_everything_in_order() {
    for (signal, milliseconds, parallelism) in [
        ("INT", 150, "10"),
        ("TERM", 700, "4"),
        ("INT", 1300, "10"),
        ("TERM", 1900, "10"),
        ("INT", 2600, "4"),
        ("HUP", 3300, "2"),
    ] {
        interrupt_after(signal, milliseconds, parallelism);
    }
}

/// A unit whose terraform counts the signals that it gets, and needs so many of them to end.
fn write_counting_unit(space: &mut TestSpace, needed: usize) {
    let heard = space.path("heard").display().to_string();
    let begun = space.path("begun").display().to_string();
    let act = format!(
        r#"[ "$1" = apply ] || return 0
n=0
trap 'n=$((n+1)); echo INT >>{heard}; [ $n -lt {needed} ] || exit 1' INT
trap 'n=$((n+1)); echo TERM >>{heard}; [ $n -lt {needed} ] || exit 1' TERM
touch {begun}
i=0; while [ $i -lt 200 ]; do sleep 0.05; i=$((i+1)); done"#
    );
    FakeTerraform::install(space, &act);
    space.write("a/main.tf", "").write("a/terragrunt.hcl", "").write("heard", "");
}

/// Sends the signals, each this many milliseconds after the one before; gives the exit code and what arrived.
fn heard_of(needed: usize, signals: &[&str], pause: u64) -> (Option<i32>, String) {
    let mut space = TestSpace::new();
    write_counting_unit(&mut space, needed);
    let running = space.terrace(&["apply", "-auto-approve"]).in_dir("a").spawn();
    assert!(eventually(|| space.path("begun").exists()), "the apply has begun");
    for (at, signal) in signals.iter().enumerate() {
        if at > 0 {
            std::thread::sleep(std::time::Duration::from_millis(pause));
        }
        running.signal(signal);
    }
    let ran = running.wait();
    (ran.status.code(), space.read("heard").lines().collect::<Vec<_>>().join(" "))
}

#[test]
fn signals_are_forwarded_twice_and_a_third_kills() {
    assert_eq!(heard_of(1, &["INT"], 0), (Some(1), "INT".to_owned()));
    assert_eq!(heard_of(2, &["INT", "TERM"], 400), (Some(1), "INT TERM".to_owned()));
    assert_eq!(heard_of(9, &["TERM", "INT", "INT"], 400), (Some(137), "TERM INT".to_owned()));
}

#[test]
fn one_request_that_arrives_twice_counts_once() {
    // `timeout` tells the process and its group; a second interrupt would make terraform die hard.
    assert_eq!(heard_of(1, &["INT", "INT"], 0).1, "INT");
}

#[test]
fn a_signal_to_the_whole_group_reaches_terraform_once() {
    if !require("setsid") {
        return;
    }
    let mut space = TestSpace::new();
    write_counting_unit(&mut space, 2);
    let program = binary().to_string_lossy().into_owned();
    let (heard, begun) = (space.path("heard"), space.path("begun"));
    let script = format!(
        "cd a && setsid sh -c 'echo $$ >../pid; exec \"$0\" apply -auto-approve' '{program}' </dev/null >../out 2>&1 &
         until [ -e '{}' ]; do sleep 0.05; done
         kill -INT -$(cat pid); sleep 1; kill -TERM $(cat pid); wait",
        begun.display()
    );
    space.tool("sh", &["-c", &script]);
    let heard = std::fs::read_to_string(heard).expect("what was heard");
    assert_eq!(heard.lines().collect::<Vec<_>>(), ["INT", "TERM"]);
}

#[test]
fn no_terraform_starts_after_a_hook_that_survived_a_stop() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "");
    let begun = space.path("begun");
    space.write("a/main.tf", "").write(
        "a/terragrunt.hcl",
        &format!(
            "terraform {{\n  before_hook \"h\" {{\n    commands = [\"apply\"]\n    execute  = [\"sh\", \"-c\", \"trap true INT; touch {}; sleep 1; true\"]\n  }}\n}}\n",
            begun.display()
        ),
    );
    let running = space.terrace(&["run", "--all", "--non-interactive", "apply"]).spawn();
    assert!(eventually(|| begun.exists()), "the hook has begun");
    running.signal("INT");
    running.wait().failure();
    assert!(fake.calls_of("apply").is_empty(), "{:?}", fake.calls());
}

#[test]
fn a_wait_for_another_try_ends_at_once() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "[ \"$1\" != apply ] || { echo flaky >&2; return 1; }");
    space.write("a/main.tf", "").write(
        "a/terragrunt.hcl",
        "errors {\n  retry \"r\" {\n    retryable_errors = [\".*flaky.*\"]\n    max_attempts = 3\n    sleep_interval_sec = 600\n  }\n}\n",
    );
    let running = space.terrace(&["run", "--all", "--non-interactive", "apply"]).spawn();
    assert!(eventually(|| fake.calls_of("apply").len() == 1), "the first try is over");
    running.signal("TERM");
    running.wait().failure();
    assert_eq!(fake.calls_of("apply").len(), 1);
}

#[test]
fn kill_9_at_a_terminal_that_ends_with_us_loses_no_resource() {
    if !require("script") {
        return;
    }
    let space = TestSpace::new();
    write_slow_unit(&space, "a", 3);
    let program = binary().to_string_lossy().into_owned();
    // The shell becomes the program, which then leads the session: its death hangs the terminal up.
    let inner = format!("echo $$ >../pid; exec {program} apply -auto-approve");
    let script = format!("cd a && script -qc '{inner}' /dev/null </dev/null >../out 2>&1");
    let shell = space.path("run.sh");
    space.write(
        "run.sh",
        &format!("{script} &\nuntil [ -e made-a-0 ]; do sleep 0.05; done\nkill -9 $(cat pid)\nwait\n"),
    );
    space.tool("sh", &[&shell.to_string_lossy()]);
    let state = space.path("state/a.tfstate");
    assert!(
        eventually(|| resources_in(&state).len() == 3 && !is_locked(&space)),
        "{:?}",
        resources_in(&state)
    );
    space.terrace(&["plan"]).in_dir("a").run().success();
}

/// Runs a plan on a terminal of its own, sends an interrupt with `kill` and these words, and says how often terraform
/// heard one.
fn interrupts_heard_on_a_terminal(kill: &str) -> usize {
    let mut space = TestSpace::new();
    let act = "case \"$1\" in plan) trap 'echo \"Interrupt received.\"; echo x >>$TEST_HEARD' INT; echo $PPID >$TEST_HEARD.pid; \
        n=0; while [ $n -lt 40 ]; do sleep 0.1 || true; n=$((n+1)); done ;; esac";
    FakeTerraform::install(&mut space, act);
    let heard = space.path("heard");
    space.write("heard", "").write("a/main.tf", "").write("a/terragrunt.hcl", "");
    space.set_env("TEST_HEARD", heard);
    let on_a_terminal = "exec script -qefc \"$*\" /dev/null";
    let running = space.terrace(&["plan"]).in_dir("a").after_shell(on_a_terminal).spawn();
    let pid = space.path("heard.pid");
    let has_pid = || std::fs::read_to_string(&pid).is_ok_and(|text| text.ends_with('\n'));
    assert!(eventually(has_pid), "terraform has started");
    let pid = space.read("heard.pid").trim().to_owned();
    space.tool("sh", &["-c", &format!("set -- {pid}; {kill}")]);
    running.wait();
    space.read("heard").lines().count()
}

#[test]
fn on_a_terminal_a_kill_reaches_terraform_once() {
    if !require("script") {
        return;
    }
    assert_eq!(interrupts_heard_on_a_terminal("kill -INT $1"), 1, "sent to us alone");
    let group = "kill -INT -$(ps -o pgid= -p $1 | tr -d ' ')";
    assert_eq!(interrupts_heard_on_a_terminal(group), 1, "sent to our whole group");
}

#[test]
fn a_second_signal_while_outputs_are_read_leaves_no_folder() {
    let mut space = TestSpace::new();
    let act = "case \"$1\" in init) trap '' INT; touch $TEST_ASKED; n=0; while [ $n -lt 50 ]; do sleep 0.1; n=$((n+1)); done ;; esac";
    FakeTerraform::install(&mut space, act);
    let asked = space.path("asked");
    space.set_env("TEST_ASKED", asked.clone());
    space.write("a/main.tf", "").write(
        "a/terragrunt.hcl",
        "remote_state {\n  backend = \"http\"\n  config  = { address = \"http://127.0.0.1:1/\" }\n  generate = {\n    path = \"b.tf\"\n    if_exists = \"overwrite\"\n  }\n}\n",
    );
    space
        .write("b/main.tf", "")
        .write("b/terragrunt.hcl", "dependency \"a\" {\n  config_path = \"../a\"\n}\n");
    let running = space.terrace(&["plan"]).in_dir("b").spawn();
    assert!(eventually(|| asked.exists()), "outputs are being read");
    running.signal("INT");
    std::thread::sleep(std::time::Duration::from_millis(300));
    running.signal("INT");
    running.wait().failure();
    let left: Vec<_> =
        std::fs::read_dir(space.root().parent().unwrap().join("tmp")).unwrap().flatten().collect();
    assert!(left.is_empty(), "{left:?}");
}
