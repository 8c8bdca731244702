//! That the emulators are what the other tests take them for, with no code of ours between them and terraform.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use crate::emulators::{Backend, Fault, Latch, On, Place, Request};
use crate::module::Module;
use crate::space::{eventually, require};

/// A place where terraform is there too.
fn place_of(backend: Backend) -> Option<Place> {
    require("terraform").then(|| backend.require()).flatten()
}

fn serial(place: &Place, key: &str) -> u64 {
    place.state(key).expect("a state")["serial"].as_u64().expect("a serial")
}

fn begins_applies_and_destroys(backend: Backend) {
    let Some(place) = place_of(backend) else { return };
    let key = "team/network.tfstate";
    let module = Module::initialised(&place, key);
    module.apply("first").success();
    let first = place.state(key).expect("a state");
    assert_eq!(first["outputs"]["word"]["value"], "first");
    assert!(place.list().contains(&place.state_object(key)), "{:?}", place.list());
    module.apply("second").success();
    assert_eq!(place.state(key).expect("a state")["lineage"], first["lineage"]);
    assert!(serial(&place, key) > first["serial"].as_u64().expect("a serial"));
    assert_eq!(place.lock(key), None, "the lock is gone");
    module.terraform(&["plan", "-detailed-exitcode", "-var=word=second"]).success();
    module.terraform(&["destroy", "-auto-approve"]).success();
    assert_eq!(place.state(key).expect("a state")["resources"], serde_json::json!([]));
}

#[test]
fn terraform_keeps_a_state_in_a_folder() {
    begins_applies_and_destroys(Backend::Local);
}

#[test]
fn terraform_keeps_a_state_in_s3() {
    begins_applies_and_destroys(Backend::S3);
}

#[test]
fn terraform_keeps_a_state_in_azure() {
    begins_applies_and_destroys(Backend::Azurerm);
}

#[test]
fn terraform_keeps_a_state_in_gcs() {
    begins_applies_and_destroys(Backend::Gcs);
}

/// A lock that is there holds terraform off, names its holder, and goes by its id alone.
fn respects_a_lock(backend: Backend) {
    let Some(place) = place_of(backend) else { return };
    let key = "locked.tfstate";
    let module = Module::initialised(&place, key);
    module.apply("first").success();
    let id = place.take_lock(key, "ada@engine");
    assert_eq!(place.lock(key).expect("a lock")["ID"], *id);
    module.apply("second").failure().says(&["Error acquiring the state lock", "ada@engine", &id]);
    module.terraform(&["force-unlock", "-force", "1"]).failure();
    assert!(place.lock(key).is_some(), "another id releases nothing");
    module.terraform(&["force-unlock", "-force", &id]).success();
    assert_eq!(place.lock(key), None);
    module.apply("second").success();
}

#[test]
fn a_lock_in_s3_holds_terraform_off() {
    respects_a_lock(Backend::S3);
}

#[test]
fn a_lock_in_azure_holds_terraform_off() {
    respects_a_lock(Backend::Azurerm);
}

#[test]
fn a_lock_in_gcs_holds_terraform_off() {
    respects_a_lock(Backend::Gcs);
}

/// Writes of the state itself, by an apply that finds one.
fn write_of_a_state(backend: Backend, key: &str) -> On {
    match backend {
        Backend::Gcs => On::new("POST", "default.tfstate"),
        // The lock comes first.
        Backend::S3 => On::new("PUT", key).after(1),
        // So do the lease and the metadata.
        _ => On::new("PUT", key).after(2),
    }
}

/// While one terraform is at it, another fails; the first does not notice.
fn two_contend(backend: Backend) {
    let Some(place) = place_of(backend) else { return };
    let key = "contended.tfstate";
    let other = Module::initialised(&place, key);
    other.apply("none").success();
    let twin = place.twin();
    let one = Module::initialised(&twin, key);
    let latch = Latch::default();
    twin.proxy().inject(write_of_a_state(backend, key).times(1), Fault::Hold(latch.clone()));
    std::thread::scope(|scope| {
        let first = scope.spawn(|| one.apply("one"));
        assert!(latch.reached(1), "the first writes its state");
        let refused = other.apply("other");
        latch.open();
        first.join().expect("the first is done").success();
        refused.failure().says(&["Error acquiring the state lock"]);
    });
    assert_eq!(place.state(key).expect("a state")["outputs"]["word"]["value"], "one");
    assert_eq!(place.lock(key), None);
}

#[test]
fn one_of_two_gets_the_lock_in_s3() {
    two_contend(Backend::S3);
}

#[test]
fn one_of_two_gets_the_lock_in_azure() {
    two_contend(Backend::Azurerm);
}

#[test]
fn one_of_two_gets_the_lock_in_gcs() {
    two_contend(Backend::Gcs);
}

#[test]
fn gcs_deletes_only_the_generation_that_was_named() {
    let Some(place) = Backend::Gcs.require() else { return };
    place.write("it", b"one");
    let path = format!("/storage/v1/b/{}/o/it", place.settings("k")["bucket"].as_str().expect("a bucket"));
    let about: serde_json::Value =
        serde_json::from_slice(&place.raw(Request::new("GET", path.clone())).success().body).expect("JSON");
    let generation = about["generation"].as_str().expect("a generation");
    let deleted = |generation: &str| {
        place.raw(Request::new("DELETE", format!("{path}?ifGenerationMatch={generation}"))).status
    };
    assert_eq!(deleted("1"), 412);
    assert!(place.read("it").is_some(), "it is still there");
    assert!(matches!(deleted(generation), 200 | 204));
    assert_eq!(place.read("it"), None);
    assert_eq!(deleted(generation), 404);
}

/// The other half of the test below: a process that is killed.
#[test]
#[ignore = "it waits to be killed"]
fn waits_with_an_emulator() {
    let place = Backend::Gcs.place().expect("an emulator");
    eprintln!("the emulator listens on {}.", place.upstream().port);
    std::thread::sleep(std::time::Duration::from_secs(60));
}

#[test]
fn no_emulator_outlives_a_process_that_is_killed() {
    if Backend::Gcs.require().is_none() {
        return;
    }
    let this = std::env::current_exe().expect("this test");
    let mut child = Command::new(this)
        .args(["--ignored", "--exact", "--nocapture", "harness::waits_with_an_emulator"])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("another of this");
    let lines = BufReader::new(child.stderr.take().expect("its words")).lines();
    let told = lines.map_while(Result::ok).find_map(|line| {
        line.strip_prefix("the emulator listens on ")?.strip_suffix('.')?.parse::<u16>().ok()
    });
    let port = told.expect("a port");
    let listens = || TcpStream::connect(("127.0.0.1", port)).is_ok();
    assert!(listens(), "it is there");
    child.kill().expect("it is killed");
    child.wait().expect("it is gone");
    assert!(eventually(|| !listens()), "so is its emulator");
}
