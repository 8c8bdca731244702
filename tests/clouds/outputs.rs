//! Outputs of dependencies, straight from the stores: how many questions that takes, and what is said when there is no
//! good answer.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::emulators::{Answer, Backend, Fault, On, Place};
use crate::fake::FakeTerraform;
use crate::space::TestSpace;

const STATE: &str = r#"{
  "version": 4,
  "terraform_version": "1.11.4",
  "serial": 3,
  "lineage": "7f5d9c4e-0000-1111-2222-333344445555",
  "outputs": {"word": {"value": "deep", "type": "string"}, "key": {"value": "hush", "type": "string", "sensitive": true}},
  "resources": []
}"#;

/// Units that depend on one whose state is in a store.
struct Shared {
    place: Place,
    space: TestSpace,
    fake: FakeTerraform,
}

impl Shared {
    fn new(place: Place, dependents: usize) -> Self {
        let mut space = TestSpace::new();
        for (name, value) in place.env() {
            space.set_env(name, value);
        }
        let fake = FakeTerraform::install(&mut space, "");
        let include = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n";
        space.write("root.hcl", &place.remote_state("${path_relative_to_include()}"));
        space.write("base/terragrunt.hcl", include).write("base/main.tf", "");
        for number in 0..dependents {
            let unit = format!("u{number:03}");
            space.write(&format!("{unit}/main.tf"), "");
            space.write(
                &format!("{unit}/terragrunt.hcl"),
                &format!(
                    "{include}dependency \"base\" {{\n  config_path = \"../base\"\n}}\ninputs = {{\n  word = dependency.base.outputs.word\n}}\n"
                ),
            );
        }
        Self { place, space, fake }
    }

    fn with_state(place: Place, dependents: usize, state: &str) -> Self {
        place.write(&place.state_object("base"), state);
        place.proxy().forget();
        Self::new(place, dependents)
    }

    fn questions(&self) -> usize {
        self.place.proxy().count(&On::new("GET", "base"))
    }

    /// How often terraform was asked for outputs.
    fn calls_for_outputs(&self) -> usize {
        self.fake.calls_of("output").len()
    }
}

fn asks_once(backend: Backend) {
    let Some(place) = backend.require() else { return };
    let shared = Shared::with_state(place, 100, STATE);
    shared.space.terrace(&["run", "--all", "plan", "--parallelism", "16"]).run().success();
    let plans = shared.fake.calls_of("plan");
    let told = plans.iter().filter(|call| call.env("TF_VAR_word") == Some("deep")).count();
    assert_eq!(told, 100, "each unit got the output");
    assert_eq!(shared.questions(), 1, "{:?}", shared.place.proxy().seen());
    assert_eq!(shared.calls_for_outputs(), 0, "terraform was not asked");
}

fn asks_terraform_if_told_to(backend: Backend) {
    let Some(place) = backend.require() else { return };
    let shared = Shared::with_state(place, 1, STATE);
    let plan = ["run", "--all", "plan", "--no-dependency-fetch-output-from-state"];
    // The stand-in prints no outputs.
    shared.space.terrace(&plan).run().failure();
    assert_eq!((shared.questions(), shared.calls_for_outputs()), (0, 1));
}

/// What is no state of ours to read is left to terraform.
fn leaves_to_terraform(backend: Backend) {
    let sealed = r#"{"serial":1,"lineage":"l","meta":{},"encrypted_data":"x","encryption_version":"v0"}"#;
    let newer = r#"{"version":5,"serial":1,"lineage":"l","outputs":{}}"#;
    for state in [sealed, newer] {
        let Some(place) = backend.require() else { return };
        let shared = Shared::with_state(place, 1, state);
        shared.space.terrace(&["run", "--all", "plan"]).run().failure();
        assert_eq!((shared.questions(), shared.calls_for_outputs()), (1, 1), "{state}");
    }
}

fn names_what_is_wrong(backend: Backend) {
    let plan = ["run", "--all", "plan", "--no-color"];
    for (state, said) in
        [("<html>", "it is not a terraform state"), (&STATE[..120], "it is not a terraform state")]
    {
        let Some(place) = backend.require() else { return };
        let object = place.state_object("base");
        let shared = Shared::with_state(place, 1, state);
        shared.space.terrace(&plan).run().failure().says(&[said, &object, "u000/terragrunt.hcl"]);
    }
    let Some(place) = backend.require() else { return };
    let shared = Shared::with_state(place, 1, STATE);
    let denied = Fault::Answer(Answer::denied(backend));
    shared.place.proxy().inject(On::new("GET", "base"), denied);
    let told = shared.space.terrace(&plan).run().failure();
    told.says(&["access is denied", "ask for read and write access"]);
}

fn absent_is_no_outputs(backend: Backend) {
    let Some(place) = backend.require() else { return };
    let shared = Shared::new(place, 1);
    let plan = ["run", "--all", "plan", "--no-color"];
    shared.space.terrace(&plan).run().failure().never_tells("access is denied");
    let unit = shared.space.read("u000/terragrunt.hcl");
    let mocked = unit.replace("\"../base\"\n", "\"../base\"\n  mock_outputs = { word = \"mock\" }\n");
    shared.space.write("u000/terragrunt.hcl", &mocked);
    shared.space.terrace(&plan).run().success();
    assert_eq!(shared.fake.call("plan", "u000").env("TF_VAR_word"), Some("mock"));
    assert_eq!(shared.calls_for_outputs(), 0);
}

/// A store that answers no question until so many wait, or none came for a while; gives the most that waited at once.
fn crowded(enough: usize) -> (u16, Arc<Mutex<(usize, usize)>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let crowd = Arc::new(Mutex::new((0, 0)));
    let shared = Arc::clone(&crowd);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let crowd = Arc::clone(&shared);
            std::thread::spawn(move || while answer_late(&stream, &crowd, enough).is_some() {});
        }
    });
    (port, crowd)
}

fn answer_late(mut stream: &TcpStream, crowd: &Mutex<(usize, usize)>, enough: usize) -> Option<()> {
    let mut lines = BufReader::new(stream).lines();
    while !lines.next()?.ok()?.is_empty() {}
    let note = |change: isize| {
        let mut crowd = crowd.lock().expect("the crowd");
        crowd.0 = crowd.0.checked_add_signed(change).expect("a count");
        crowd.1 = crowd.1.max(crowd.0);
        crowd.1
    };
    note(1);
    let until = Instant::now() + Duration::from_secs(5);
    while note(0) < enough && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    note(-1);
    let length = STATE.len();
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nETag: \"e\"\r\n\r\n{STATE}").ok()
}

#[test]
fn many_states_are_asked_for_at_once() {
    let Some(place) = Backend::S3.require() else { return };
    let port = place.proxy().port;
    let shared = Shared::new(place, 0);
    let (other, crowd) = crowded(64);
    let root = shared.space.read("root.hcl").replace(&format!(":{port}"), &format!(":{other}"));
    shared.space.write("root.hcl", &root);
    for number in 0..90 {
        let unit = format!("u{number:02}");
        shared.space.write(&format!("{unit}/main.tf"), "");
        let include = shared.space.read("base/terragrunt.hcl");
        shared.space.write(&format!("{unit}/terragrunt.hcl"), &include);
    }
    let ran = shared.space.terrace(&["outputs", "--json"]).run().success();
    assert_eq!(ran.stdout.matches("\"deep\"").count(), 91, "{ran}");
    assert_eq!(crowd.lock().expect("the crowd").1, 64);
}

/// A line that breaks is asked again, and the end is not taken for the state's.
fn survives_faults(backend: Backend) {
    let Some(place) = backend.require() else { return };
    let shared = Shared::with_state(place, 1, STATE);
    let proxy = shared.place.proxy();
    for fault in [Fault::CutAnswer(150), Fault::Reset, Fault::Answer(Answer::throttled(backend))] {
        proxy.inject(On::new("GET", "base").times(1), fault);
    }
    shared.space.terrace(&["run", "--all", "plan"]).run().success();
    assert_eq!(shared.questions(), 4, "{:?}", proxy.seen());
}

/// The same of each store.
macro_rules! with_every_store {
    ($($test:ident)*) => {$(
        mod $test {
            use crate::emulators::Backend;

            #[test]
            fn s3() {
                super::$test(Backend::S3);
            }

            #[test]
            fn azurerm() {
                super::$test(Backend::Azurerm);
            }

            #[test]
            fn gcs() {
                super::$test(Backend::Gcs);
            }
        }
    )*};
}

with_every_store! {
    absent_is_no_outputs
    asks_once
    asks_terraform_if_told_to
    leaves_to_terraform
    names_what_is_wrong
    survives_faults
}
