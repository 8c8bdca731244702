//! No secret of a setting is told: not to whoever listens to every word that we and the SDKs say, not in an error, not in
//! what a store looks like, and not by the binary.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value as Json, json};
use sha1::{Digest, Sha1};
use terrace::hcl::json::from_json;
use terrace::host::env::Env;
use terrace::state::object::{Class, Condition};
use terrace::state::{Backend as Given, LockInfo, Stores};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::emulators::{Answer, Backend, Fault, On, Place};
use crate::fake::FakeTerraform;
use crate::space::TestSpace;

/// Everything that was said since the last look.
static SAID: Mutex<String> = Mutex::new(String::new());

/// A key of nobody's, for a service account.
const ACCOUNT_KEY: &str = include_str!("../../src/state/gcs/tests/account.pem");

/// An id and not a secret, but nobody's business either.
const KEY_ID: &str = "AKIACANARYOFACCESS01";

/// What the SDK of Amazon's says of itself, beyond our reach: the id of the key, the header with a key that we bring, and
/// whatever a server answers. The binary listens to none of it (see `binary_tells_nothing`), and a release is compiled
/// without it: `src/main.rs` does not build otherwise.
const BY_SDK: [(&str, &str); 6] = [
    ("access_key", "aws_sigv4::http_request::sign"),
    ("access_key", "aws_smithy_runtime::client::orchestrator"),
    ("access_key", "aws_smithy_runtime::client::orchestrator::auth"),
    ("access_key", "aws_smithy_runtime::client::orchestrator::endpoints"),
    ("sse_customer_key", "aws_sigv4::http_request::sign"),
    // Only what the server repeats of the question when it refuses the signature.
    ("echo", "aws_smithy_runtime::client::orchestrator::http"),
];

/// Each is another one, so that a leak tells whence it came.
const CANARIES: [&str; 15] = [
    "secret_key",
    "token",
    "sse_customer_key",
    "external_id",
    "web_identity_token",
    "container_token",
    "login_token",
    "made_secret",
    "made_token",
    "access_token",
    "exchanged_token",
    "encryption_key",
    "client_secret",
    "refresh_token",
    "garbled_private_key",
];

struct Listener;

struct Note<'a>(&'a mut String);

impl Visit for Note<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, " {field}={}", format!("{value:?}").replace('\n', "\\n"));
    }
}

impl Subscriber for Listener {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut said = SAID.lock().expect("what was said");
        let _ = write!(said, "\n{}", span.metadata().name());
        span.record(&mut Note(&mut said));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Note(&mut SAID.lock().expect("what was said")));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut said = SAID.lock().expect("what was said");
        let _ = write!(said, "\n{}", event.metadata().target());
        event.record(&mut Note(&mut said));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The base64 of 32 bytes, as keys are.
fn canary(of: &str) -> String {
    STANDARD.encode(format!("canary:{of:-<25}"))
}

/// How a canary may look, with the name of whose it is.
fn forms() -> Vec<(String, String)> {
    let mut forms = vec![("access_key".to_owned(), KEY_ID.to_owned())];
    for name in CANARIES {
        let text = canary(name);
        let numbers = |bytes: &[u8]| bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
        let plain = format!("canary:{name:-<25}");
        for form in [
            text.trim_end_matches('=').to_owned(),
            numbers(text.as_bytes()),
            numbers(plain.as_bytes()),
            plain,
        ] {
            forms.push((name.to_owned(), form));
        }
    }
    let of_key = ACCOUNT_KEY.lines().filter(|line| !line.starts_with("---") && line.len() > 20);
    forms.extend(of_key.map(|line| ("private_key".to_owned(), line.to_owned())));
    forms
}

/// A canary in a line: whose it is, who said it, what stood before it.
type Found = (String, String, String);

/// The canaries in a text.
fn find_canaries(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for (name, form) in forms() {
        for line in text.lines().filter(|line| line.contains(&form)) {
            let at = line.find(&form).unwrap_or_default();
            let before: Vec<char> = line[..at].chars().collect();
            let near = before[before.len().saturating_sub(80)..].iter().collect();
            let by = line.split(' ').next().unwrap_or_default().to_owned();
            found.push((name.clone(), by, near));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Whether it is one of those that the SDK tells.
fn place_by_sdk((name, by, near): &Found, refuses: bool) -> Option<usize> {
    let is_echo = refuses && (near.contains("<CanonicalRequest>") || near.contains("-customer-key:"));
    BY_SDK.iter().position(|(known, target)| by == target && (known == name || *known == "echo" && is_echo))
}

fn with(base: &Json, more: &Json) -> Json {
    let mut all = base.clone();
    all.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    all
}

/// Settings with secrets, and the environment beside them.
type Kind = (Json, Vec<(&'static str, String)>);

/// A login at a portal, and a container; both are asked at the store's own address.
fn made_elsewhere(place: &Place, home: &Path) -> [Kind; 2] {
    let settings = Json::Object(place.settings("k"));
    let here = format!("http://127.0.0.1:{}", place.proxy().port);
    let cache = home.join(".aws/sso/cache");
    std::fs::create_dir_all(&cache).expect("a folder");
    let config = "[default]\nsso_start_url = https://firm\nsso_region = eu-north-1\nsso_account_id = 1\nsso_role_name = r\n";
    std::fs::write(home.join(".aws/config"), config).expect("a file");
    let name: String = Sha1::digest(b"https://firm").iter().map(|byte| format!("{byte:02x}")).collect();
    let token = json!({ "accessToken": canary("login_token"), "expiresAt": "2099-01-01T00:00:00Z" });
    std::fs::write(cache.join(format!("{name}.json")), token.to_string()).expect("a file");
    let portal = vec![("HOME", home.to_string_lossy().into_owned()), ("AWS_ENDPOINT_URL_SSO", here.clone())];
    let container = vec![
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{here}/v2/credentials")),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", canary("container_token")),
    ];
    [(settings.clone(), portal), (settings, container)]
}

fn kinds_of_s3(place: &Place, home: &Path) -> Vec<Kind> {
    let settings = Json::Object(place.settings("k"));
    let keys = json!({
        "access_key": KEY_ID, "secret_key": canary("secret_key"), "token": canary("token"),
    });
    let keyed = with(&settings, &keys);
    let role = "arn:aws:iam::222222222222:role/deployer";
    let of_env = vec![
        ("AWS_ACCESS_KEY_ID", KEY_ID.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", canary("secret_key")),
        ("AWS_SESSION_TOKEN", canary("token")),
        ("AWS_SSE_CUSTOMER_KEY", canary("sse_customer_key")),
    ];
    let web = json!({ "role_arn": role, "web_identity_token": canary("web_identity_token") });
    let [portal, container] = made_elsewhere(place, home);
    vec![
        portal,
        container,
        (keyed.clone(), Vec::new()),
        (with(&keyed, &json!({ "sse_customer_key": canary("sse_customer_key") })), Vec::new()),
        (with(&keyed, &json!({ "dynamodb_table": "none" })), Vec::new()),
        (
            with(
                &keyed,
                &json!({ "assume_role": { "role_arn": role, "external_id": canary("external_id") } }),
            ),
            Vec::new(),
        ),
        (with(&keyed, &json!({ "role_arn": role, "external_id": canary("external_id") })), Vec::new()),
        (with(&settings, &json!({ "assume_role_with_web_identity": web })), Vec::new()),
        (settings, of_env),
    ]
}

fn kinds_of_gcs(place: &Place) -> Vec<Kind> {
    let mut settings = Json::Object(place.settings("k"));
    settings.as_object_mut().expect("an object").remove("access_token");
    let token_uri = format!("http://127.0.0.1:{}/token", place.proxy().port);
    let account = |key: &str| {
        json!({
            "type": "service_account", "client_email": "robot@project.iam", "private_key_id": "k1",
            "private_key": key, "token_uri": token_uri,
        })
        .to_string()
    };
    let user = json!({
        "type": "authorized_user", "client_id": "id", "client_secret": canary("client_secret"),
        "refresh_token": canary("refresh_token"), "token_uri": token_uri,
    });
    let garbled = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        canary("garbled_private_key")
    );
    let sealed =
        json!({ "access_token": canary("access_token"), "encryption_key": canary("encryption_key") });
    let of_env = vec![
        ("GOOGLE_OAUTH_ACCESS_TOKEN", canary("access_token")),
        ("GOOGLE_ENCRYPTION_KEY", canary("encryption_key")),
    ];
    vec![
        (with(&settings, &json!({ "access_token": canary("access_token") })), Vec::new()),
        (with(&settings, &sealed), Vec::new()),
        (with(&settings, &json!({ "credentials": account(ACCOUNT_KEY) })), Vec::new()),
        (with(&settings, &json!({ "credentials": account(&garbled) })), Vec::new()),
        (with(&settings, &json!({ "credentials": user.to_string() })), Vec::new()),
        (settings, of_env),
    ]
}

/// What the cloud gives to who asks for a role or a token.
fn give_tokens(place: &Place) {
    let role = |action: &str| {
        let body = format!(
            "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result><Credentials><AccessKeyId>ASIAMADE</AccessKeyId><SecretAccessKey>{}</SecretAccessKey><SessionToken>{}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></{action}Result></{action}Response>",
            canary("made_secret"),
            canary("made_token")
        );
        Fault::Answer(Answer { status: 200, fields: vec![("Content-Type", "text/xml".to_owned())], body })
    };
    let token =
        json!({ "access_token": canary("exchanged_token"), "expires_in": 3600, "token_type": "Bearer" });
    let token = Answer {
        status: 200,
        fields: vec![("Content-Type", "application/json".to_owned())],
        body: token.to_string(),
    };
    let given = json!({
        "accessKeyId": "ASIAMADE", "secretAccessKey": canary("made_secret"), "sessionToken": canary("made_token"),
        "expiration": 4_070_908_800_000_u64,
    });
    let portal = Answer { body: json!({ "roleCredentials": given }).to_string(), ..token.clone() };
    let given = json!({
        "AccessKeyId": "ASIAMADE", "SecretAccessKey": canary("made_secret"), "Token": canary("made_token"),
        "Expiration": "2099-01-01T00:00:00Z",
    });
    let container = Answer { body: given.to_string(), ..token.clone() };
    place
        .proxy()
        .inject(On::new("GET", "/federation/credentials"), Fault::Answer(portal))
        .inject(On::new("GET", "/v2/credentials"), Fault::Answer(container))
        .inject(On::body("POST", "Action=AssumeRoleWithWebIdentity&"), role("AssumeRoleWithWebIdentity"))
        .inject(On::body("POST", "Action=AssumeRole&"), role("AssumeRole"))
        .inject(On::new("POST", "/token"), Fault::Answer(token));
}

/// Everything is refused, and the refusal repeats what was asked, as Amazon's does.
fn refuse(place: &Place) {
    let mut answer = Answer::error(place.backend, 403, "SignatureDoesNotMatch");
    let request = format!(
        "<CanonicalRequest>x-amz-security-token:{}\nx-amz-server-side-encryption-customer-key:{}</CanonicalRequest></Error>",
        canary("token"),
        canary("sse_customer_key")
    );
    answer.body = answer.body.replace("</Error>", &request);
    place.proxy().inject(On::any(""), Fault::Answer(answer));
}

fn info() -> LockInfo {
    LockInfo { id: "40d2a3c4-0000-1111-2222-333344445555".to_owned(), ..LockInfo::default() }
}

/// An answer as people and as programmers see it.
fn looks<T: std::fmt::Debug, E: std::error::Error>(answer: &Result<T, E>) -> String {
    let error = answer.as_ref().err().map(ToString::to_string).unwrap_or_default();
    format!("{answer:?} {error}\n")
}

/// Does what can be done with a store; gives what all of it looked like.
fn use_store(place: &Place, (settings, env): &Kind) -> String {
    let mut own = Env::default();
    for (name, value) in env {
        own.set(name, value);
    }
    let (kind, config) = (place.backend.name().to_owned(), from_json(settings));
    let backend = Given { kind, config, env: own, workspace: "default".to_owned(), dir: "/".into() };
    let stores = Stores::new().expect("a thread");
    let store = match stores.open(&backend) {
        Ok(store) => store,
        Err(error) => return format!("{error} {error:?}"),
    };
    let used = store.clone();
    let answers = stores.wait(async move {
        let mut all = String::new();
        let key = used.key().to_owned();
        let put = used.objects().put(&key, Class::State, Bytes::from_static(b"{}"), &Condition::Absent).await;
        all.push_str(&looks(&put));
        all.push_str(&looks(&used.read().await));
        let lock = used.acquire(&info()).await;
        all.push_str(&looks(&lock));
        for holder in lock.unwrap_or_default() {
            all.push_str(&looks(&used.release(&holder).await));
        }
        all.push_str(&looks(&used.versions().await));
        all.push_str(&looks(&used.keeps_versions().await));
        all
    });
    format!("{}\n{store:?} {stores:?}", answers.expect("answers"))
}

/// In this process nobody else may listen, so it is one of its own.
fn is_alone(test: &str) -> bool {
    if std::env::var_os("TERRACE_CANARY").is_some() {
        return true;
    }
    let me = std::env::current_exe().expect("this test");
    let out = Command::new(me)
        .args(["--exact", test, "--nocapture"])
        .env("TERRACE_CANARY", "1")
        .output()
        .expect("this test again");
    let (stdout, stderr) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success() && stdout.contains("1 passed"), "{stdout}\n{stderr}");
    false
}

#[test]
fn nobody_who_listens_hears_a_secret() {
    if !is_alone("canary::nobody_who_listens_hears_a_secret") {
        return;
    }
    tracing::subscriber::set_global_default(Listener).expect("nobody else listens");
    let (mut found, mut by_sdk) = (Vec::new(), [false; BY_SDK.len()]);
    let home = tempfile::tempdir().expect("a folder");
    for backend in [Backend::S3, Backend::Gcs] {
        let Some(place) = backend.require() else { return };
        let kinds =
            if backend == Backend::S3 { kinds_of_s3(&place, home.path()) } else { kinds_of_gcs(&place) };
        let mut heard = 0;
        for refuses in [false, true] {
            place.proxy().heal();
            give_tokens(&place);
            if refuses {
                refuse(&place);
            }
            for (number, kind) in kinds.iter().enumerate() {
                let shown = use_store(&place, kind);
                let said = std::mem::take(&mut *SAID.lock().expect("what was said"));
                heard += said.lines().count();
                found
                    .extend(find_canaries(&shown).into_iter().map(|found| (backend, number, refuses, found)));
                for told in find_canaries(&said) {
                    match place_by_sdk(&told, refuses) {
                        Some(known) => by_sdk[known] = true,
                        None => found.push((backend, number, refuses, told)),
                    }
                }
            }
        }
        assert!(heard > 50, "{backend:?} and its SDK are heard: {heard}");
        let exchanges = if backend == Backend::S3 { "Action=AssumeRole" } else { "/token" };
        assert!(place.proxy().count(&On::body("POST", exchanges)) >= 2, "secrets were exchanged");
        for path in ["/federation/credentials", "/v2/credentials"] {
            let asked = place.proxy().count(&On::new("GET", path));
            assert!(asked >= 2 || backend != Backend::S3, "{path}: {asked}");
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    assert_eq!(by_sdk, [true; BY_SDK.len()], "an exception that nobody needs any more");
}

/// What is malformed is told by its name.
#[test]
fn a_setting_that_is_wrong_is_not_repeated() {
    for backend in [Backend::S3, Backend::Gcs] {
        let Some(place) = backend.require() else { return };
        let settings = Json::Object(place.settings("k"));
        let wrong = match backend {
            Backend::S3 => vec![
                json!({ "sse_customer_key": [canary("sse_customer_key")] }),
                json!({ "sse_customer_key": format!("{}x", canary("sse_customer_key")) }),
                json!({ "access_key": KEY_ID }),
                json!({ "secret_key": canary("secret_key") }),
                json!({ "access_key": KEY_ID, "secret_key": [canary("secret_key")] }),
                json!({ "assume_role": { "external_id": canary("external_id") } }),
            ],
            _ => vec![
                json!({ "access_token": [canary("access_token")] }),
                json!({ "access_token": null, "credentials": canary("garbled_private_key") }),
                json!({ "access_token": null, "credentials": format!("{{\"private_key\": \"{}\"", canary("garbled_private_key")) }),
                json!({ "encryption_key": format!("{}x", canary("encryption_key")) }),
            ],
        };
        for more in wrong {
            let shown = use_store(&place, &(with(&settings, &more), Vec::new()));
            assert_eq!(find_canaries(&shown), Vec::<Found>::new());
            assert!(
                shown.contains("the setting `") || shown.contains("needs the setting"),
                "{more}: {shown}"
            );
        }
    }
}

fn binary_tells_nothing(backend: Backend) {
    let Some(place) = backend.require() else { return };
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    let more = match backend {
        Backend::S3 => json!({
            "access_key": KEY_ID, "secret_key": canary("secret_key"), "token": canary("token"),
            "sse_customer_key": canary("sse_customer_key"),
            "assume_role": { "role_arn": "arn:aws:iam::222222222222:role/r", "external_id": canary("external_id") },
        }),
        _ => json!({ "access_token": canary("access_token"), "encryption_key": canary("encryption_key") }),
    };
    let plain = Json::Object(place.settings("KEY"));
    let text = place.remote_state("KEY").replace(&plain.to_string(), &with(&plain, &more).to_string());
    assert!(forms().iter().any(|(_, form)| text.contains(form)), "{text}");
    space.write("root.hcl", &text.replace("KEY", "${path_relative_to_include()}"));
    space.write("a/main.tf", "");
    space.write("a/terragrunt.hcl", "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n");
    place.write(&place.state_object("a"), crate::bad_states::STATE);
    place.take_lock("a", "ada@harbour");
    let commands = [
        &["outputs", "--json"][..],
        &["lock", "list", "--all"],
        &["lock", "doctor", "--all"],
        &["run", "--all", "plan"],
    ];
    for refuses in [false, true] {
        place.proxy().heal();
        give_tokens(&place);
        if refuses {
            refuse(&place);
        }
        for args in commands {
            place.proxy().forget();
            let all = [args, &["--log-level", "trace", "--no-color"]].concat();
            let ran = space.terrace(&all).env("RUST_LOG", "trace").run();
            let found = find_canaries(&format!("{}\n{}", ran.stdout, ran.stderr));
            assert_eq!(found, Vec::<Found>::new(), "{ran}");
            let ran = ran.never_tells("aws_smithy_runtime").never_tells("hyper_util");
            assert!(args[0] == "run" || !place.proxy().seen().is_empty(), "it asked the store: {ran}");
            assert!(refuses || args[0] != "outputs" || ran.stdout.contains("deep"), "{ran}");
            assert!(refuses || args[1] != "list" || ran.stdout.contains("ada@harbour"), "{ran}");
            assert!(!refuses || args[0] == "run" || ran.status.code() != Some(0), "{ran}");
        }
    }
}

#[test]
fn the_binary_tells_no_secret_of_s3() {
    binary_tells_nothing(Backend::S3);
}

#[test]
fn the_binary_tells_no_secret_of_gcs() {
    binary_tells_nothing(Backend::Gcs);
}
