//! The commands over states and locks, on each cloud: what they see, and what they leave in the store.

use serde_json::{Value, json};

use crate::emulators::{Backend, Place, Request};
use crate::fake::FakeTerraform;
use crate::space::{TestSpace, require};

fn state(serial: u64, word: &str) -> String {
    json!({
        "version": 4, "terraform_version": "1.11.4", "serial": serial, "lineage": "7f5d9c4e-0000-1111-2222-333344445555",
        "outputs": {"word": {"value": word, "type": "string"}, "key": {"value": "hush", "type": "string", "sensitive": true}},
        "resources": [],
    })
    .to_string()
}

/// Units `a`, `b` and `c`; the first has a state.
fn estate(place: &Place) -> TestSpace {
    let mut space = TestSpace::new();
    for (name, value) in place.env() {
        space.set_env(name, value);
    }
    FakeTerraform::install(&mut space, "");
    let include = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n";
    space.write("root.hcl", &place.remote_state("${path_relative_to_include()}"));
    for unit in ["a", "b", "c"] {
        space.write(&format!("{unit}/terragrunt.hcl"), include).write(&format!("{unit}/main.tf"), "");
    }
    place.write(&place.state_object("a"), state(3, "deep"));
    space
}

fn json_of(space: &TestSpace, args: &[&str]) -> Vec<Value> {
    let ran = space.terrace(args).run().success();
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"))
}

fn locks_and_outputs(backend: Backend) {
    let Some(place) = backend.require() else { return };
    let space = estate(&place);
    assert_eq!(json_of(&space, &["lock", "list", "--json"]), [Value::Null; 0]);
    let id = place.take_lock("a", "ci@runner-7");
    let locks = json_of(&space, &["lock", "list", "--json"]);
    assert_eq!(locks.len(), 1, "{locks:?}");
    assert_eq!(
        (&locks[0]["unit"], &locks[0]["who"], &locks[0]["id"]),
        (&"a".into(), &"ci@runner-7".into(), &id.as_str().into())
    );
    assert!(locks[0]["age_seconds"].is_u64() && locks[0]["life"] == "unknown", "{locks:?}");

    let outputs = json_of(&space, &["outputs", "--json"]);
    assert_eq!(outputs[0]["outputs"]["word"]["value"], "deep", "{outputs:?}");
    assert_eq!(outputs[0]["outputs"]["key"], json!({"sensitive": true}));

    let wrong =
        space.terrace(&["lock", "release", "a", "--id", "1234567890123", "--non-interactive"]).run().code(1);
    wrong.says(&["ci@runner-7"]);
    assert!(place.lock("a").is_some());
    space.terrace(&["lock", "release", "a", "--id", &id, "--non-interactive"]).run().success();
    assert_eq!(place.lock("a"), None);
    // Nobody else's object was touched.
    assert!(place.state("a").is_some());
}

fn versions_and_moves(backend: Backend) {
    let Some(place) = backend.require() else { return };
    let space = estate(&place);
    let taken = space.terrace(&["state", "snapshot", "a"]).run().success();
    let version = taken.stdout.trim().trim_start_matches("a: ").to_owned();
    place.write(&place.state_object("a"), state(4, "deeper"));
    let restore = ["state", "restore", "a", "--version", &version, "--non-interactive"];
    space.terrace(&restore).run().success().says(&["~ output.word", "restored as serial 5"]);
    let now = place.state("a").expect("a state");
    assert_eq!((&now["serial"], &now["outputs"]["word"]["value"]), (&5.into(), &"deep".into()));
    assert_eq!(place.lock("a"), None);

    space.terrace(&["backend", "migrate", "a", "c", "--force", "--non-interactive"]).run().success();
    assert_eq!((place.state("a"), place.state("c")), (None, Some(now)));
    assert_eq!((place.lock("a"), place.lock("c")), (None, None));
    space.terrace(&["backend", "delete", "--force", "--non-interactive"]).in_dir("c").run().success();
    assert_eq!((place.state("c"), place.lock("c")), (None, None));
}

/// Many units share one bucket: it is worked on once, and a second look finds nothing to do.
#[test]
fn a_shared_bucket_is_made_as_the_settings_say_once() {
    let Some(place) = Backend::S3.require() else { return };
    let space = estate(&place);
    let bootstrap = ["backend", "bootstrap", "--all"];
    let plan = space.terrace(&[&bootstrap[..], &["--dry-run"]].concat()).run().success();
    assert!(plan.stdout.contains("a, b and 1 more"), "{plan}");
    let lines = plan.stdout.lines().count();
    space.terrace(&bootstrap).stdin("n\n").run();
    assert_eq!(
        space.terrace(&[&bootstrap[..], &["--dry-run"]].concat()).run().success().stdout.lines().count(),
        lines
    );
    space.terrace(&[&bootstrap[..], &["--disable-bucket-update"]].concat()).run().success();
    space.terrace(&[&bootstrap[..], &["--non-interactive"]].concat()).run().success();
    let ran = space.terrace(&bootstrap).run().success();
    ran.says(&["every bucket and container is as the settings say"]);
}

/// `more` are settings, each with a comma behind it.
fn makes_what_is_missing(backend: Backend, setting: &str, more: &str) {
    let Some(place) = backend.require() else { return };
    let space = estate(&place);
    let name = place.settings("x")[setting].as_str().expect("a name").to_owned();
    let root = space.read("root.hcl").replace(&name, "made-when-asked");
    space.write("root.hcl", &root.replace(&format!("\"{setting}\":"), &format!("{more}\"{setting}\":")));
    let outputs = ["outputs", "--json", "--no-color"];
    space.terrace(&outputs).run().code(1).says(&["made-when-asked", "there is no such", "backend bootstrap"]);
    let bootstrap = ["backend", "bootstrap", "--all", "--non-interactive"];
    let plan = space.terrace(&[&bootstrap[..], &["--dry-run"]].concat()).run().success();
    plan.prints(&["made-when-asked", "a, b and 1 more"]);
    space.terrace(&outputs).run().code(1);
    let refused = space.terrace(&[&bootstrap[..], &["--backend-require-bootstrap"]].concat()).run().code(1);
    refused.says(&["--backend-require-bootstrap forbids"]);
    let made = space.terrace(&bootstrap).run().success();
    assert_eq!(made.stderr.matches("done: create").count(), 1, "{made}");
    assert_eq!(json_of(&space, &outputs).len(), 3);
    let again = space.terrace(&bootstrap).run().success();
    assert!(!again.stderr.contains("done: create"), "{again}");
}

#[test]
fn a_container_of_azure_is_made_when_asked() {
    makes_what_is_missing(Backend::Azurerm, "container_name", "");
}

#[test]
fn a_bucket_of_google_is_made_when_asked() {
    makes_what_is_missing(Backend::Gcs, "bucket", "\"project\": \"p\", \"location\": \"EU\", ");
}

/// A run makes the bucket that is missing, before init and once.
#[test]
fn a_run_makes_the_bucket_that_is_missing() {
    let Some(place) = Backend::S3.require() else { return };
    let space = estate(&place);
    let bucket = place.settings("x")["bucket"].as_str().expect("a name").to_owned();
    let root = space.read("root.hcl").replace(&bucket, "made-by-a-run");
    space.write("root.hcl", &root);
    let plan = ["run", "--all", "plan", "--backend-bootstrap"];
    let refused = space.terrace(&[&plan[..], &["--backend-require-bootstrap"]].concat()).run().failure();
    refused.says(&["would have to be made, which --backend-require-bootstrap forbids"]);
    let made = space.terrace(&plan).run().success();
    assert_eq!(made.stderr.matches("made-by-a-run: ").count(), 1, "{made}");
    let again = space.terrace(&plan).run().success();
    assert!(!again.stderr.contains("made-by-a-run: "), "{again}");
}

#[test]
fn locks_and_outputs_in_s3() {
    locks_and_outputs(Backend::S3);
}

#[test]
fn locks_and_outputs_in_azure() {
    locks_and_outputs(Backend::Azurerm);
}

#[test]
fn locks_and_outputs_in_gcs() {
    locks_and_outputs(Backend::Gcs);
}

#[test]
fn versions_and_moves_in_s3() {
    versions_and_moves(Backend::S3);
}

#[test]
fn versions_and_moves_in_azure() {
    versions_and_moves(Backend::Azurerm);
}

#[test]
fn versions_and_moves_in_gcs() {
    versions_and_moves(Backend::Gcs);
}

/// Old locks of an estate: without a terminal only a plan, on one a question that is about all of them.
#[test]
fn old_locks_are_released_after_one_question_on_a_terminal() {
    let Some(place) = Backend::S3.require().filter(|_| require("script")) else { return };
    let space = estate(&place);
    place.take_lock("a", "ci@runner-7");
    place.take_lock("b", "ci@runner-8");
    place.take_lock("c", "anna@laptop");
    let held = || ["a", "b", "c"].map(|key| place.lock(key).is_some());
    let args = ["lock", "release", "--older-than", "0s", "--who", "ci@*", "--no-color"];
    let plan = space.terrace(&args).stdin("y\n").run().success();
    plan.prints(&["ci@runner-7", "ci@runner-8"]).says(&["without a terminal this is only a plan"]);
    assert_eq!(held(), [true; 3]);
    let on_a_terminal = |answer: &str| {
        let terminal = "exec script -qefc \"$*\" /dev/null";
        let quoted = args.map(|arg| if arg.contains('*') { format!("'{arg}'") } else { arg.to_owned() });
        let quoted: Vec<&str> = quoted.iter().map(String::as_str).collect();
        space.terrace(&quoted).after_shell(terminal).stdin(answer).run()
    };
    let ran = on_a_terminal("n\n").code(0).prints(&["ci@runner-7", "ci@runner-8", "Release 2 locks?"]);
    assert!(!ran.stdout.contains("anna"), "{ran}");
    assert_eq!(held(), [true; 3], "the answer was no");
    on_a_terminal("y\n").success().prints(&["a: the lock is released", "b: the lock is released"]);
    assert_eq!(held(), [false, false, true]);
}

#[test]
fn a_lease_that_nobody_signed_is_broken_after_a_second_look() {
    let Some(place) = Backend::Azurerm.require() else { return };
    let space = estate(&place);
    let container = place.settings("a")["container_name"].as_str().expect("a name").to_owned();
    let lease = Request::new("PUT", format!("/{container}/{}?comp=lease", place.state_object("a")))
        .field("x-ms-lease-action", "acquire")
        .field("x-ms-lease-duration", "-1");
    place.raw(lease).success();
    let listed = json_of(&space, &["lock", "list", "--json"]);
    assert_eq!(listed[0]["unit"], "a", "{listed:?}");
    let release = ["lock", "release", "a", "--nameless", "--non-interactive"];
    space.terrace(&release).run().success().says(&["in a minute", "broken"]);
    assert_eq!(json_of(&space, &["lock", "list", "--json"]), [Value::Null; 0]);
    space.terrace(&release).run().success().says(&["nothing to release"]);
}
