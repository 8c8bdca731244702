//! States and stores that are not as they should be: each is told in words of its own, which name the object and a next
//! step. And states that are larger than memory should be.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use md5::{Digest, Md5};
use serde_json::{Value, json};

use crate::emulators::{Answer, Backend, Fault, On, Place};
use crate::fake::FakeTerraform;
use crate::s3::table;
use crate::space::{Ran, TestSpace};

pub const STATE: &str = r#"{
  "version": 4,
  "terraform_version": "1.11.4",
  "serial": 3,
  "lineage": "7f5d9c4e-0000-1111-2222-333344445555",
  "outputs": {"word": {"value": "deep", "type": "string"}},
  "resources": []
}"#;

const SEALED: &str = r#"{"serial":1,"lineage":"l","meta":{},"encrypted_data":"x","encryption_version":"v0"}"#;
const NEWER: &str = r#"{"version":5,"serial":1,"lineage":"l","outputs":{}}"#;
const INCLUDE: &str = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n";

/// A stand-in that says what the real one says of the state in its backend.
const REFUSING: &str =
    r#"case "$1" in output) echo "Error: unsupported state, says terraform" >&2; return 1 ;; esac"#;

struct Estate {
    place: Place,
    space: TestSpace,
    fake: FakeTerraform,
}

impl Estate {
    fn new(place: Place, state: &str) -> Self {
        Self::with(place, state, "")
    }

    /// `more` are settings of the backend, each with a comma behind it.
    fn with(place: Place, state: &str, more: &str) -> Self {
        place.write(&place.state_object("base"), state);
        let mut space = TestSpace::new();
        for (name, value) in place.env() {
            space.set_env(name, value);
        }
        let fake = FakeTerraform::install(&mut space, REFUSING);
        let root = place.remote_state("${path_relative_to_include()}");
        space.write("root.hcl", &root.replace("\"bucket\":", &format!("{more}\"bucket\":")));
        space.write("base/terragrunt.hcl", INCLUDE).write("base/main.tf", "").write("u/main.tf", "");
        let unit = format!(
            "{INCLUDE}dependency \"base\" {{\n  config_path = \"../base\"\n}}\ninputs = {{\n  word = dependency.base.outputs.word\n}}\n"
        );
        space.write("u/terragrunt.hcl", &unit);
        Self { place, space, fake }
    }

    /// As people call the state of `base`.
    fn object(&self) -> String {
        let scheme = if self.place.backend == Backend::S3 { "s3" } else { "gs" };
        let bucket = self.place.settings("k")["bucket"].as_str().expect("a name").to_owned();
        format!("{scheme}://{bucket}/{}", self.place.state_object("base"))
    }

    fn outputs(&self) -> Ran {
        self.space.terrace(&["outputs", "--json", "--no-color", "base"]).run()
    }

    fn doctor(&self) -> Ran {
        self.space.terrace(&["lock", "doctor", "--no-color"]).in_dir("base").run()
    }

    fn plan(&self) -> Ran {
        self.space.terrace(&["plan", "--no-color"]).in_dir("u").run()
    }

    /// Each command fails and says each of the texts, beside the object's name.
    fn tells(&self, texts: &[&str]) {
        let object = self.object();
        let wanted = [texts, &[&*object]].concat();
        let ran = self.outputs().code(1).says(&wanted);
        let rows: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"));
        assert!(rows[0]["error"].as_str().is_some_and(|error| error.contains(&object)), "{ran}");
        self.plan().failure().says(&wanted).says(&["terragrunt.hcl:4:1", "dependency \"base\""]);
        assert_eq!(self.fake.calls_of("plan").len(), 0, "nothing is planned on top of it");
    }

    fn doctor_tells(&self, texts: &[&str]) {
        let ran = self.doctor().failure().prints(texts);
        assert!(!ran.stdout.contains("panicked") && !ran.stderr.contains("panicked"), "{ran}");
    }
}

fn no_json(backend: Backend) {
    for (state, said) in [
        ("<html>", "expected value at line 1"),
        (&STATE[..120], "EOF while parsing"),
        ("[1]", "it is no object"),
    ] {
        let Some(place) = backend.require() else { return };
        let estate = Estate::new(place, state);
        estate.tells(&[
            "it is not a terraform state",
            said,
            "terrace state history",
            "terrace state restore",
        ]);
        estate.doctor_tells(&[
            "it is not a terraform state",
            "`terrace state history .` lists what can be restored",
        ]);
        assert_eq!(estate.fake.calls_of("output").len(), 0);
    }
}

/// Its outputs are whole, and what comes after them is not: only who reads to the end can tell.
fn cut_short_after_the_outputs(backend: Backend) {
    let Some(place) = backend.require() else { return };
    let estate = Estate::new(place, STATE.trim_end_matches('}'));
    estate.outputs().success().prints(&["deep"]);
    estate.doctor_tells(&["the state cannot be read", "it is cut short"]);
}

/// terraform is asked, and when it cannot help, its words are told.
fn what_terraform_alone_reads(backend: Backend) {
    for (state, said) in [(NEWER, "it is a state of version 5"), (SEALED, "it is encrypted")] {
        let Some(place) = backend.require() else { return };
        let estate = Estate::new(place, state);
        let key = estate.place.settings("base").get("key").map_or("base", |_| "key base").to_owned();
        let told =
            estate.outputs().code(1).says(&["unsupported state, says terraform", "output -json", &key]);
        told.says(&["base is asked through terraform", said, "terrace --working-dir", "base output"]);
        estate.plan().failure().says(&["unsupported state, says terraform", "terragrunt.hcl:4:1"]);
        assert_eq!(estate.fake.calls_of("output").len(), 2);
        estate.doctor().never_tells("the state cannot be read");
    }
}

fn no_bucket(backend: Backend) {
    let Some(place) = backend.require() else { return };
    let estate = Estate::new(place, STATE);
    let bucket = estate.place.settings("k")["bucket"].as_str().expect("a name").to_owned();
    let root = estate.space.read("root.hcl").replace(&bucket, "never-made");
    estate.space.write("root.hcl", &root);
    estate.doctor_tells(&[
        "://never-made",
        "there is no such bucket",
        "create it with `terrace backend bootstrap`",
    ]);
    let what = ["terragrunt.hcl:4:1", "dependency \"base\"", "there is no such bucket", "mend its name"];
    estate.plan().failure().says(&what);
    estate.outputs().code(1).says(&["://never-made", "there is no such bucket", "terrace backend bootstrap"]);
    estate.space.terrace(&["state", "history", "base", "--no-color"]).run().failure().says(&[
        "://never-made",
        "there is no such bucket",
        "terrace backend bootstrap",
    ]);
}

/// Status, code, what is said, and the next step.
type Refusal = (u16, &'static str, &'static str, &'static str);

fn refusals(backend: Backend) -> Vec<Refusal> {
    match backend {
        Backend::S3 => vec![
            (403, "AccessDenied", "access is denied: AccessDenied", "ask for read and write access"),
            (
                403,
                "InvalidAccessKeyId",
                "access is denied: these credentials are not accepted",
                "InvalidAccessKeyId",
            ),
            (
                403,
                "SignatureDoesNotMatch",
                "access is denied: these credentials are not accepted",
                "SignatureDoesNotMatch",
            ),
            (400, "ExpiredToken", "the credentials have expired: ExpiredToken", "log in again"),
            (
                301,
                "PermanentRedirect",
                "it lies in another region",
                "mend `region` in the backend's settings",
            ),
            (400, "AuthorizationHeaderMalformed", "it lies in another region", "mend `region`"),
            (
                403,
                "RequestTimeTooSkewed",
                "this machine's clock and the store's differ too much",
                "set this machine's clock",
            ),
        ],
        _ => vec![
            (403, "forbidden", "access is denied: forbidden", "ask for read and write access"),
            (401, "authError", "the credentials have expired: authError", "log in again"),
            (
                403,
                "requestTimeTooSkewed",
                "this machine's clock and the store's differ too much",
                "set this machine's clock",
            ),
        ],
    }
}

fn refused(backend: Backend) {
    let Some(place) = backend.require() else { return };
    let estate = Estate::new(place, STATE);
    for (status, code, said, step) in refusals(backend) {
        estate.place.proxy().heal();
        estate.place.proxy().inject(On::any(""), Fault::Answer(Answer::error(backend, status, code)));
        estate.tells(&[said, step]);
        estate.doctor_tells(&[&estate.object(), said, step]);
    }
    estate.place.proxy().heal();
    estate.outputs().success().prints(&["deep"]);
}

/// A digest that is not the state's is told after some patience: the store may lag behind.
#[test]
fn another_digest_than_recorded() {
    let Some(place) = Backend::S3.require() else { return };
    let name = format!("digests-{}", place.proxy().port);
    let made = json!({
        "TableName": name, "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "LockID", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "LockID", "KeyType": "HASH" }],
    });
    table(&place, "CreateTable", &made);
    let bucket = place.settings("k")["bucket"].as_str().expect("a name").to_owned();
    let recorded = "99914b932bd37a50b983c5e7c90ae93b";
    let item = json!({ "LockID": { "S": format!("{bucket}/base-md5") }, "Digest": { "S": recorded } });
    table(&place, "PutItem", &json!({ "TableName": name, "Item": item }));
    let estate = Estate::with(place, STATE, &format!("\"dynamodb_table\":\"{name}\","));
    let object = estate.object();
    let words = ["its digest is ", recorded, "mend the digest", &object];
    std::thread::scope(|scope| {
        scope.spawn(|| estate.outputs().code(1).says(&words));
        scope.spawn(|| {
            estate.plan().failure().says(&words).says(&["terragrunt.hcl:4:1", "dependency \"base\""])
        });
        scope.spawn(|| estate.doctor_tells(&words));
    });
}

/// A store with one object, which is made while it is sent: as much as nobody holds.
struct Vast {
    port: u16,
    sent: Arc<AtomicUsize>,
}

/// Two hundred; half of that where only the line is another one, since a debug build takes its time.
fn pieces(backend: Backend) -> usize {
    if backend == Backend::S3 { 200 } else { 100 }
}

/// What comes before and after the pieces, and how many those are.
type Parts = (&'static str, &'static str, usize);

/// One of the pieces, of a megabyte.
fn piece() -> Vec<u8> {
    let resource = format!(
        r#"{{"mode":"managed","type":"t","name":"n","instances":[{{"attributes":{{"text":"{}\n"}}}}]}},"#,
        "x".repeat(900)
    );
    resource.repeat((1 << 20) / resource.len()).into_bytes()
}

impl Vast {
    fn start(parts: Parts) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let sent = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&sent);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let counted = Arc::clone(&counted);
                // Who has read enough hangs up.
                std::thread::spawn(move || serve(stream, parts, &counted));
            }
        });
        Self { port, sent }
    }
}

/// What a lock table keeps of it.
fn digest_of((head, tail, pieces): Parts) -> String {
    let (mut digest, piece) = (Md5::new(), piece());
    digest.update(head);
    (0..pieces).for_each(|_| digest.update(&piece));
    digest.update(tail);
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn serve(stream: TcpStream, (head, tail, pieces): Parts, sent: &AtomicUsize) -> std::io::Result<()> {
    let mut asked = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    loop {
        let mut first = String::new();
        if asked.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let (mut line, mut length) = (String::new(), 0);
        while asked.read_line(&mut line)? > 2 {
            let field = line.to_ascii_lowercase();
            if let Some(number) = field.strip_prefix("content-length:") {
                length = number.trim().parse().unwrap_or(0);
            }
            line.clear();
        }
        asked.read_exact(&mut vec![0; length])?;
        if first.starts_with("POST / ") {
            let item = json!({ "Item": { "Digest": { "S": digest_of((head, tail, pieces)) } } }).to_string();
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{item}", item.len())?;
            continue;
        }
        let path = first.split([' ', '?']).nth(1).unwrap_or_default();
        if !first.starts_with("GET ") || !(path.ends_with("/base") || path.ends_with("default.tfstate")) {
            stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")?;
            continue;
        }
        let piece = piece();
        let length = head.len() + pieces * piece.len() + tail.len();
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nContent-Type: application/json\r\nETag: \"e\"\r\nx-goog-generation: 1\r\n\r\n"
        )?;
        stream.write_all(head.as_bytes())?;
        for _ in 0..pieces {
            stream.write_all(&piece)?;
            sent.fetch_add(piece.len(), Ordering::SeqCst);
        }
        stream.write_all(tail.as_bytes())?;
    }
}

const OUTPUTS_FIRST: (&str, &str) = (
    r#"{"version":4,"terraform_version":"1.11.4","serial":3,"lineage":"l","outputs":{"word":{"value":"deep","type":"string"}},"resources":["#,
    r"{}]}",
);
const OUTPUTS_LAST: (&str, &str) = (
    r#"{"version":4,"terraform_version":"1.11.4","serial":3,"lineage":"l","resources":["#,
    r#"{}],"outputs":{"word":{"value":"deep","type":"string"}}}"#,
);

/// How many bytes of a vast state were sent until its outputs were known.
fn sent_of_vast(backend: Backend, parts: (&'static str, &'static str)) -> Option<usize> {
    sent_of_vast_with(backend, parts, "")
}

/// The same with more settings.
fn sent_of_vast_with(
    backend: Backend,
    (head, tail): (&'static str, &'static str),
    more: &str,
) -> Option<usize> {
    let place = backend.require()?;
    let vast = Vast::start((head, tail, pieces(backend)));
    let port = place.proxy().port;
    let estate = Estate::with(place, STATE, more);
    let root = estate.space.read("root.hcl");
    estate.space.write("root.hcl", &root.replace(&format!(":{port}"), &format!(":{}", vast.port)));
    let ran = estate.outputs().success().prints(&["deep"]);
    assert!(ran.peak_kilobytes > 0 && ran.peak_kilobytes < 64 * 1024, "{} kB", ran.peak_kilobytes);
    Some(vast.sent.load(Ordering::SeqCst))
}

fn vast_with_outputs_first(backend: Backend) {
    let Some(sent) = sent_of_vast(backend, OUTPUTS_FIRST) else { return };
    assert!(sent < 50 << 20, "the rest is not read: {sent}");
}

fn vast_with_outputs_last(backend: Backend) {
    let Some(sent) = sent_of_vast(backend, OUTPUTS_LAST) else { return };
    assert!(sent > (pieces(backend) - 5) << 20, "all of it is read: {sent}");
}

#[test]
fn a_vast_state_with_a_digest_is_read_to_its_end_and_not_kept() {
    let table = "\"dynamodb_table\":\"locks\",";
    let Some(sent) = sent_of_vast_with(Backend::S3, OUTPUTS_FIRST, table) else { return };
    assert!(sent > (pieces(Backend::S3) - 5) << 20, "all of it is read: {sent}");
}

/// The same of each of the two.
macro_rules! with_both {
    ($($test:ident)*) => {$(
        mod $test {
            use crate::emulators::Backend;

            #[test]
            fn s3() {
                super::$test(Backend::S3);
            }

            #[test]
            fn gcs() {
                super::$test(Backend::Gcs);
            }
        }
    )*};
}

with_both! {
    cut_short_after_the_outputs
    no_bucket
    no_json
    refused
    vast_with_outputs_first
    vast_with_outputs_last
    what_terraform_alone_reads
}
