//! Locks that others hold: who holds them is told, and a run may wait for them.

use super::space::{TestSpace, eventually};
use super::state_server::{StateServer, THEIRS};

const MODULE: &str = "resource \"terraform_data\" \"it\" {}\n";

/// Two units with one local state; the first one's apply lasts until `go-on` is there.
fn write_pair(space: &TestSpace) {
    let root = space.root().display();
    let state = format!(
        "remote_state {{\n  backend = \"local\"\n  generate = {{\n    path = \"backend.tf\"\n    if_exists = \"overwrite\"\n  }}\n  config = {{\n    path = \"{root}/state.tfstate\"\n  }}\n}}\n"
    );
    let slow = format!(
        "resource \"terraform_data\" \"it\" {{\n  provisioner \"local-exec\" {{\n    command = \"touch {root}/begun; until [ -e {root}/go-on ]; do sleep 0.1; done\"\n  }}\n}}\n"
    );
    space.write("a/main.tf", &slow).write("a/terragrunt.hcl", &state);
    space.write("b/main.tf", "").write("b/terragrunt.hcl", &state);
}

#[test]
fn a_locked_unit_says_who_holds_it_and_where_to_look() {
    let space = TestSpace::new();
    write_pair(&space);
    let first = space.terrace(&["apply", "-auto-approve"]).in_dir("a").spawn();
    assert!(eventually(|| space.path("begun").exists()), "the first one holds the lock");
    let show = format!("terrace lock show {}", space.path("b").display());
    for args in [&["apply", "-auto-approve"][..], &["plan"], &["apply", "-auto-approve", "-json"]] {
        let ran = space.terrace(args).in_dir("b").run().failure();
        let line = ran.stderr.lines().find(|line| line.contains(&show)).unwrap_or_else(|| panic!("{ran}"));
        assert!(
            line.contains("locked by ") && line.contains("@") && line.contains("(OperationTypeApply) for "),
            "{ran}"
        );
    }
    let ran = space.terrace(&["run", "--all", "--non-interactive", "--filter", "b", "apply"]).run().failure();
    let summary = &ran.stdout[ran.stdout.find("Run Summary").unwrap_or_else(|| panic!("a summary: {ran}"))..];
    assert!(summary.contains(&show) && summary.contains("OperationTypeApply"), "{ran}");
    let waits = space.terrace(&["apply", "-auto-approve", "-lock-timeout=60s"]).in_dir("b").spawn();
    std::thread::sleep(std::time::Duration::from_secs(6));
    space.write("go-on", "");
    let ran = waits.wait().success();
    let note = ran.stderr.lines().find(|line| line.contains("waiting for the lock of the state"));
    assert!(
        note.is_some_and(|line| line.contains("held by ") && line.contains("(OperationTypeApply) for ")),
        "{ran}"
    );
    first.wait().success();
}

#[test]
fn a_unit_waits_for_its_lock_and_others_go_on() {
    let (space, store) = (TestSpace::new(), StateServer::start());
    store.write_unit(&space, "a", MODULE);
    space.write("b/main.tf", MODULE).write("b/terragrunt.hcl", "");
    store.with(|shelf| shelf.held_for = 2);
    let args = ["run", "--all", "--non-interactive", "--parallelism", "1", "--wait-for-locks", "apply"];
    let ran = space.terrace(&args).run().success().says(&["locked by somebody", "for 10m 0s in all"]);
    assert_eq!(store.count("LOCK"), 3, "{ran}");
    let waits = ran.stderr.find("trying again").expect("it waits");
    let other = ran.stderr.find("[b]").expect("the other one is heard");
    assert!(waits < other, "the other one had the only place meanwhile: {ran}");
}

#[test]
fn hooks_run_once_however_often_the_lock_is_tried() {
    let (space, store) = (TestSpace::new(), StateServer::start());
    store.write_unit(&space, "a", MODULE);
    let hook = |kind: &str| {
        format!(
            "  {kind} \"{kind}\" {{\n    commands     = [\"apply\"]\n    execute      = [\"sh\", \"-c\", \"echo {kind} >>{}\"]\n    run_on_error = true\n  }}\n",
            space.path("heard").display()
        )
    };
    let hooks = format!("terraform {{\n{}{}}}\n", hook("before_hook"), hook("after_hook"));
    space.write("a/terragrunt.hcl", &(hooks + &space.read("a/terragrunt.hcl")));
    store.with(|shelf| shelf.held_for = 2);
    let apply = ["apply", "-auto-approve", "--wait-for-locks"];
    space.terrace(&apply).in_dir("a").run().success().says(&["trying again"]);
    assert_eq!(store.count("LOCK"), 3);
    assert_eq!(space.read("heard"), "before_hook\nafter_hook\n");
    store.with(|shelf| shelf.lock = Some(THEIRS.into()));
    let ran = space.terrace(&["apply", "-auto-approve", "--wait-for-locks=1s"]).in_dir("a").run().failure();
    ran.says(&["terrace lock show"]);
    assert_eq!(space.read("heard").lines().count(), 4, "a failure in the end is one for hooks, too");
}

#[test]
fn waiting_has_an_end() {
    let (space, store) = (TestSpace::new(), StateServer::start());
    store.write_unit(&space, "a", MODULE);
    store.with(|shelf| shelf.lock = Some(THEIRS.into()));
    let ran = space.terrace(&["plan", "--wait-for-locks=4s"]).in_dir("a").run().failure();
    ran.says(&["trying again", "terrace lock show"]);
    assert!((2..=6).contains(&store.count("LOCK")), "{}", store.count("LOCK"));
    space.terrace(&["plan", "--wait-for-locks=soon"]).in_dir("a").run().failure().says(&["1h30m"]);
}

#[test]
fn an_interrupt_ends_the_wait() {
    let (space, store) = (TestSpace::new(), StateServer::start());
    store.write_unit(&space, "a", MODULE);
    store.with(|shelf| shelf.lock = Some(THEIRS.into()));
    let running =
        space.terrace(&["run", "--all", "--non-interactive", "--wait-for-locks=1h", "apply"]).spawn();
    assert!(eventually(|| store.count("LOCK") == 1), "it was tried");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    running.signal("INT");
    running.wait().failure();
    assert!(store.count("LOCK") <= 2);
}

#[test]
fn a_lock_timeout_is_terraforms_own() {
    let (space, store) = (TestSpace::new(), StateServer::start());
    store.write_unit(&space, "a", MODULE);
    store.with(|shelf| shelf.held_for = 1);
    space.terrace(&["apply", "-auto-approve", "--lock-timeout", "20s"]).in_dir("a").run().success();
    assert_eq!(store.count("LOCK"), 2, "terraform waited");
    store.with(|shelf| shelf.held_for = 1);
    let args = ["run", "--all", "--non-interactive", "--", "apply", "-lock-timeout=20s"];
    space.terrace(&args).run().success();
    assert_eq!(store.count("LOCK"), 4);
}

/// An estate of slow units whose runs take a lock that is kept in a file.
fn write_estate<'s>(space: &'s TestSpace, more: &str) -> &'s TestSpace {
    let root = space.root().display();
    space.write(
        "terrace.hcl",
        &format!("run_lock {{\n  id      = \"estate\"\n  backend = \"local\"\n  config  = {{ path = \"{root}/locks/it\" }}\n{more}}}\n"),
    );
    for (unit, needs) in [("live/dev/a", ""), ("live/dev/b", "a"), ("live/prod/c", "")] {
        let name = unit.rsplit('/').next().expect("a name");
        space.write(
            &format!("{unit}/main.tf"),
            &format!("resource \"terraform_data\" \"it\" {{\n  provisioner \"local-exec\" {{\n    command = \"touch {root}/made-{name}; until [ -e {root}/go-on ]; do sleep 0.1; done\"\n  }}\n}}\n"),
        );
        let needs = if needs.is_empty() {
            String::new()
        } else {
            format!("dependencies {{\n  paths = [\"../{needs}\"]\n}}\n")
        };
        space.write(&format!("{unit}/terragrunt.hcl"), &needs);
    }
    space
}

const APPLY: [&str; 4] = ["run", "--all", "--non-interactive", "apply"];

#[test]
fn two_runs_do_not_change_the_same_part_of_an_estate() {
    let space = TestSpace::new();
    write_estate(&space, "");
    let first = space.terrace(&APPLY).in_dir("live/dev").spawn();
    assert!(eventually(|| space.path("made-a").exists()), "the first one works");
    for folder in ["live/dev", "live", "."] {
        let ran = space.terrace(&APPLY).in_dir(folder).run().code(4);
        ran.says(&["the run lock of the estate `estate` is held by ", "`apply` in live/dev"]);
    }
    space.terrace(&["run", "--all", "--", "plan", "-lock=false"]).in_dir("live/dev").run().success();
    space.write("go-on", "");
    space.terrace(&APPLY).in_dir("live/prod").run().success();
    first.wait().success();
    assert!(!space.read("locks/it.terrace/run-lock.json").contains("live/dev"), "it is given back");
    space.terrace(&APPLY).run().success();
}

#[test]
fn a_run_may_wait_for_the_run_lock_and_takes_over_from_a_dead_one() {
    let space = TestSpace::new();
    write_estate(&space, "  expires = \"10s\"\n");
    let first = space.terrace(&APPLY).in_dir("live/dev").spawn();
    assert!(eventually(|| space.path("made-a").exists()), "the first one works");
    first.signal("KILL");
    first.wait();
    space.write("go-on", "");
    space.terrace(&APPLY).in_dir("live/dev").run().code(4);
    let args = [&["--wait-for-locks=40s"][..], &APPLY[1..]].concat();
    let args = [&["run"][..], &args].concat();
    let ran = space.terrace(&args).in_dir("live/dev").run().success();
    ran.says(&["waiting for the run lock"]);
}

#[test]
fn a_run_that_lost_its_lock_starts_nothing_more() {
    let space = TestSpace::new();
    write_estate(&space, "  expires = \"10s\"\n");
    let running = space.terrace(&APPLY).in_dir("live/dev").spawn();
    assert!(eventually(|| space.path("made-a").exists()), "it works");
    space.write("locks/it.terrace/run-lock.json", r#"{"version":1,"estate":"estate","runs":[]}"#);
    std::thread::sleep(std::time::Duration::from_secs(4));
    space.write("go-on", "");
    running.wait().code(4).says(&["the run lock is lost: it was taken from this run"]);
    let states = space.tool("find", &["live", "-name", "terraform.tfstate"]);
    assert!(states.contains("/dev/a/") && !states.contains("/dev/b/"), "what ran has finished: {states}");
}

#[test]
fn a_run_lock_that_must_be_had_stops_the_run() {
    let space = TestSpace::new();
    write_estate(&space, "").write("go-on", "");
    space.write("locks/it.terrace", "in the way");
    let require = [&APPLY[..3], &["--run-lock=require", "apply"]].concat();
    space.terrace(&require).in_dir("live/prod").run().code(4).says(&["the run lock cannot be had"]);
    space.terrace(&APPLY).in_dir("live/prod").run().success().says(&["goes on without its run lock"]);
    let off = [&APPLY[..3], &["--run-lock=off", "apply"]].concat();
    space.terrace(&off).in_dir("live/prod").run().success();
    space.write("terrace.hcl", "");
    space.terrace(&require).in_dir("live/prod").run().code(4).says(&["no terrace.hcl here or above"]);
}

#[test]
fn a_faulty_estate_file_is_told_where_it_is_faulty() {
    let space = TestSpace::new();
    write_estate(&space, "");
    for (text, said) in [
        ("run_lok {\n}\n", "did you mean `run_lock`?"),
        ("run_lock {\n  backend = \"local\"\n}\n", "needs the attribute `id`"),
        ("run_lock {\n  id = null\n  backend = \"local\"\n}\n", "`id` must be a text"),
        ("run_lock {\n  id = \"x\"\n  backnd = \"local\"\n}\n", "did you mean `backend`?"),
        ("run_lock {\n  id = \"x\"\n  backend = \"local\"\n  mode = \"maybe\"\n}\n", "require, auto, off"),
        ("run_lock {\n  id = \"x\"\n  backend = \"local\"\n  expires = \"1s\"\n}\n", "at least ten seconds"),
        ("run_lock {\n  id = \"x\"\n  backend = \"local\"\n  config = \"y\"\n}\n", "an object of settings"),
    ] {
        space.write("terrace.hcl", text);
        let ran = space.terrace(&APPLY).in_dir("live/prod").run().code(1);
        ran.says(&["terrace.hcl:", said]);
    }
    assert_eq!(space.tool("find", &["live", "-name", "terraform.tfstate"]), "", "nothing ran");
}
