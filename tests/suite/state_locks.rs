//! Locks that others hold: who holds them is told, and a run may wait for them.

use super::space::{TestSpace, eventually};
use super::state_server::{StateServer, THEIRS};

const MODULE: &str = "resource \"terraform_data\" \"it\" {}\n";

#[test]
fn a_locked_unit_says_who_holds_it_and_where_to_look() {
    let (space, store) = (TestSpace::new(), StateServer::start());
    store.write_unit(&space, "a", MODULE);
    store.with(|shelf| shelf.lock = Some(THEIRS.replace("them@", "th\\u001bem@").into()));
    let show = format!("terrace lock show {}", space.path("a").display());
    for args in [&["apply", "-auto-approve"][..], &["plan"], &["apply", "-auto-approve", "-json"]] {
        let ran = space.terrace(args).in_dir("a").run().failure();
        ran.says(&[&show, r"locked by th\u{1b}em@elsewhere (OperationTypeApply) for "]);
    }
    let ran = space.terrace(&["run", "--all", "--non-interactive", "apply"]).run().failure();
    let summary = &ran.stdout[ran.stdout.find("Run Summary").unwrap_or_else(|| panic!("a summary: {ran}"))..];
    assert!(summary.contains(&show) && summary.contains("elsewhere"), "{ran}");
}

#[test]
fn a_unit_waits_for_its_lock_and_others_go_on() {
    let (space, store) = (TestSpace::new(), StateServer::start());
    store.write_unit(&space, "a", MODULE);
    space.write("b/main.tf", MODULE).write("b/terragrunt.hcl", "");
    store.with(|shelf| shelf.held_for = 2);
    let args = ["run", "--all", "--non-interactive", "--parallelism", "1", "--wait-for-locks", "apply"];
    let ran = space.terrace(&args).run().success().says(&["locked by them@elsewhere", "for 10 min 0 s in all"]);
    assert_eq!(store.count("LOCK"), 3, "{ran}");
    let waits = ran.stderr.find("trying again").expect("it waits");
    let other = ran.stderr.find("[b]").expect("the other one is heard");
    assert!(waits < other, "the other one had the only place meanwhile: {ran}");
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
    let running = space.terrace(&["run", "--all", "--non-interactive", "--wait-for-locks=1h", "apply"]).spawn();
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
