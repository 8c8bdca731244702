//! Every kind of credentials: which question for a token it makes, and what the store gets to see.

use super::{CANARY, DOWNLOAD, Server, backend, fault, json, read, stores, text, with_state};
use crate::hcl::Value;
use crate::host::fs::{Access, write_atomic};
use crate::state::StoreError;
use crate::state::settings::{Backend, OpenError};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::PrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use serde_json::{Value as Json, json};
use sha2::Sha256;

const KEY: &str = include_str!("account.pem");
const SCOPE: &str = "https://www.googleapis.com/auth/devstorage.full_control";

/// What the store saw of who we are.
fn authorization(server: &Server) -> String {
    server.only(DOWNLOAD).header("authorization").unwrap().to_owned()
}

fn token_server() -> Server {
    with_state(|asked| match asked.line.as_str() {
        "POST /token" => Some(json(r#"{"access_token":"made","expires_in":3600,"token_type":"Bearer"}"#)),
        _ => None,
    })
}

fn account(server: &Server) -> String {
    json!({
        "type": "service_account", "client_email": "robot@project.iam", "private_key_id": "k1",
        "private_key": KEY, "token_uri": server.url("/token"),
    })
    .to_string()
}

fn user(server: &Server) -> String {
    json!({
        "type": "authorized_user", "client_id": "id", "client_secret": "secret", "refresh_token": CANARY,
        "token_uri": server.url("/token"), "quota_project_id": "payer",
    })
    .to_string()
}

#[test]
fn a_token_is_passed_on_from_the_settings_before_the_environment() {
    let server = with_state(|_| None);
    let mut given = backend(&server, &[("access_token", text("set"))]);
    given.env.set("GOOGLE_OAUTH_ACCESS_TOKEN", "from-env");
    assert!(read(&given).unwrap());
    assert_eq!(authorization(&server), "Bearer set");
    let server = with_state(|_| None);
    let mut given = backend(&server, &[("credentials", text("{\"type\":\"service_account\"}"))]);
    given.env.set("GOOGLE_OAUTH_ACCESS_TOKEN", "from-env");
    assert!(read(&given).unwrap());
    assert_eq!(authorization(&server), "Bearer from-env");
}

#[test]
fn a_service_account_signs_for_its_token() {
    let server = token_server();
    assert!(read(&backend(&server, &[("credentials", text(&account(&server)))])).unwrap());
    assert_eq!(authorization(&server), "Bearer made");
    let asked = server.only("POST /token");
    assert_eq!(asked.field("grant_type").unwrap(), "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let assertion = asked.field("assertion").unwrap();
    let (signed, signature) = assertion.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let key = PrivateKey::from_pkcs8_pem(KEY).unwrap();
    key.as_public_key().pkcs1v15_verify::<Sha256>(signed.as_bytes(), &signature).unwrap();
    let part = |at: usize| -> Json {
        let part = signed.split('.').nth(at).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    assert_eq!(part(0), json!({"alg": "RS256", "typ": "JWT", "kid": "k1"}));
    let claims = part(1);
    assert_eq!((&claims["iss"], &claims["scope"]), (&json!("robot@project.iam"), &json!(SCOPE)));
    assert_eq!(claims["aud"], server.url("/token"));
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 3600);
}

#[test]
fn credentials_are_a_file_or_its_text_wherever_they_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for variable in [
        "credentials",
        "GOOGLE_BACKEND_CREDENTIALS",
        "GOOGLE_CREDENTIALS",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "HOME",
    ] {
        let server = token_server();
        let file = folder.path().join(".config/gcloud/application_default_credentials.json");
        crate::host::fs::create_dir_all(file.parent().unwrap()).unwrap();
        write_atomic(&file, user(&server).as_bytes(), Access::Private).unwrap();
        let mut given = backend(&server, &[]);
        let path = file.to_str().unwrap();
        match variable {
            "credentials" => given = backend(&server, &[("credentials", text(path))]),
            "HOME" => given.env.set("HOME", folder.path()),
            variable => given.env.set(variable, path),
        }
        if variable == "GOOGLE_BACKEND_CREDENTIALS" {
            given.env.set("GOOGLE_CREDENTIALS", "{");
        }
        assert!(read(&given).unwrap(), "{variable}");
        assert_eq!(authorization(&server), "Bearer made", "{variable}");
        let asked = server.only("POST /token");
        let fields = ["grant_type", "client_id", "client_secret", "refresh_token"];
        let sent = fields.map(|name| asked.field(name).unwrap());
        assert_eq!(sent, ["refresh_token", "id", "secret", CANARY], "{variable}");
        assert_eq!(server.only(DOWNLOAD).header("x-goog-user-project"), Some("payer"), "{variable}");
    }
}

#[test]
fn a_machine_asks_its_metadata_server() {
    const TOKEN: &str = "GET /computeMetadata/v1/instance/service-accounts/default/token";
    let server = with_state(|asked| {
        let token = r#"{"access_token":"machine","expires_in":3600}"#.to_owned();
        asked.line.starts_with(TOKEN).then_some((200, "Metadata-Flavor: Google\r\n", token))
    });
    let mut given = backend(&server, &[]);
    given.env.set("GCE_METADATA_HOST", format!("127.0.0.1:{}", server.port));
    assert!(read(&given).unwrap());
    assert_eq!(authorization(&server), "Bearer machine");
    assert_eq!(server.only(TOKEN).header("metadata-flavor"), Some("Google"));
}

#[test]
fn nobody_is_asked_twice_where_there_are_no_credentials() {
    // Something else than a metadata server.
    let server = with_state(|_| Some((200, "", "<html>".to_owned())));
    let mut given = backend(&server, &[]);
    given.env.set("GCE_METADATA_HOST", format!("127.0.0.1:{}", server.port));
    let (stores, store) = super::open(&given);
    for _ in 0..2 {
        let store = store.clone();
        let error = stores.wait(async move { store.read().await }).unwrap().unwrap_err();
        assert!(matches!(&error, StoreError::NoCredentials { .. }), "{error:?}");
        assert!(error.hint().unwrap().contains("log in"), "{error}");
    }
    assert_eq!(server.lines().len(), 1, "{:?}", server.lines());
}

const MADE_FOR: &str = "POST /v1/projects/-/serviceAccounts/deploy@p.iam:generateAccessToken";

/// Gives tokens to who may act as others.
fn impersonation_server() -> Server {
    with_state(|asked| match asked.line.as_str() {
        "POST /token" | "POST /sts" => Some(json(r#"{"access_token":"first","expires_in":3600}"#)),
        MADE_FOR => Some(json(r#"{"accessToken":"second","expireTime":"2999-01-01T00:00:00Z"}"#)),
        "GET /oidc" => Some(json(r#"{"value":"subject"}"#)),
        _ => None,
    })
}

fn assert_acts_as(server: &Server, delegates: &Json) {
    assert_eq!(authorization(server), "Bearer second");
    let asked = server.only(MADE_FOR);
    assert_eq!(asked.header("authorization"), Some("Bearer first"));
    let body = asked.json();
    assert_eq!((&body["scope"], &body["delegates"]), (&json!([SCOPE]), delegates));
}

#[test]
fn one_account_acts_as_another_through_delegates() {
    let server = impersonation_server();
    let file = json!({
        "type": "impersonated_service_account",
        "service_account_impersonation_url": server.url(MADE_FOR.trim_start_matches("POST ")),
        "delegates": ["a@p.iam"],
        "source_credentials": serde_json::from_str::<Json>(&user(&server)).unwrap(),
    });
    assert!(read(&backend(&server, &[("credentials", text(&file.to_string()))])).unwrap());
    assert_acts_as(&server, &json!(["projects/-/serviceAccounts/a@p.iam"]));
}

#[test]
fn the_account_to_act_as_comes_from_settings_or_environment() {
    use crate::cloud::google::{Impersonation, Login};
    let server = token_server();
    let read_login =
        |given: &Backend| match super::super::settings::Config::read(given).unwrap().credentials.login {
            Login::As(impersonation) => *impersonation,
            login => panic!("{login:?}"),
        };
    let url =
        "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/me@p.iam:generateAccessToken";
    let delegates = Value::tuple([text("d@p.iam")]);
    let more = [
        ("access_token", text("t")),
        ("impersonate_service_account", text("me@p.iam")),
        ("impersonate_service_account_delegates", delegates),
    ];
    let Impersonation { url: asked, delegates, lifetime, .. } = read_login(&backend(&server, &more));
    assert_eq!((asked.as_str(), lifetime), (url, 3600));
    assert_eq!(delegates, ["projects/-/serviceAccounts/d@p.iam"]);
    for variable in ["GOOGLE_BACKEND_IMPERSONATE_SERVICE_ACCOUNT", "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT"] {
        let mut given = backend(&server, &[("access_token", text("t"))]);
        given.env.set(variable, "me@p.iam");
        assert_eq!(read_login(&given).url, url, "{variable}");
    }
}

/// Workload identity: another issuer's token for one of Google's, then for the account's.
#[test]
fn a_token_of_another_issuer_is_exchanged() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    write_atomic(&file, b"subject\n", Access::Private).unwrap();
    let in_file = json!({"file": file.to_str().unwrap()});
    let server = impersonation_server();
    let behind = json!({
        "url": server.url("/oidc"), "headers": {"Authorization": "bearer of-the-runner"},
        "format": {"type": "json", "subject_token_field_name": "value"},
    });
    for source in [in_file, behind] {
        let server = impersonation_server();
        let source = source.to_string().replace("PORT", &server.port.to_string());
        let source: Json = serde_json::from_str(&source).unwrap();
        let file = json!({
            "type": "external_account", "audience": "//iam/pools/p", "token_url": server.url("/sts"),
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "service_account_impersonation_url": server.url(MADE_FOR.trim_start_matches("POST ")),
            "credential_source": source,
        });
        assert!(read(&backend(&server, &[("credentials", text(&file.to_string()))])).unwrap());
        assert_acts_as(&server, &json!([]));
        let asked = server.only("POST /sts");
        assert_eq!(asked.field("subject_token").unwrap(), "subject");
        assert_eq!(asked.field("audience").unwrap(), "//iam/pools/p");
        assert_eq!(asked.field("grant_type").unwrap(), "urn:ietf:params:oauth:grant-type:token-exchange");
        assert_eq!(asked.field("scope").unwrap(), "https://www.googleapis.com/auth/cloud-platform");
    }
    assert_eq!(server.only("GET /oidc").header("authorization"), Some("bearer of-the-runner"));
}

#[test]
fn kinds_that_we_do_not_know_are_left_to_terraform() {
    let server = with_state(|_| None);
    for file in [
        json!({"type": "gdch_service_account"}),
        json!({"type": "service_account", "universe_domain": "example.org"}),
        json!({
            "type": "external_account", "audience": "a", "subject_token_type": "t", "token_url": "u",
            "credential_source": {"executable": {"command": "x"}},
        }),
        json!({
            "type": "external_account", "audience": "a", "subject_token_type": "t", "token_url": "u",
            "credential_source": {"environment_id": "aws1", "url": "http://169.254.169.254/"},
        }),
    ] {
        let error = fault(&backend(&server, &[("credentials", text(&file.to_string()))]));
        assert!(error.is_for_terraform(), "{file}: {error}");
    }
    for broken in ["not there", "{", r#"{"type":"authorized_user"}"#] {
        let error = fault(&backend(&server, &[("credentials", text(broken))]));
        assert!(
            matches!(&error, OpenError::Malformed { setting, .. } if setting == "credentials"),
            "{error}"
        );
    }
}

#[test]
fn credentials_that_have_ended_are_told_from_those_that_do_not_suffice() {
    for (status, body, is_meant) in [
        (400, r#"{"error":"invalid_grant","error_description":"revoked"}"#, "Expired"),
        (400, r#"{"error":"invalid_grant","error_description":"Check your iat and exp values"}"#, "Skewed"),
        (403, r#"{"error":{"message":"no permission to act"}}"#, "Denied"),
    ] {
        let server =
            with_state(move |asked| (asked.line == "POST /token").then(|| (status, "", body.to_owned())));
        let error = read(&backend(&server, &[("credentials", text(&user(&server)))])).unwrap_err();
        assert!(format!("{error:?}").starts_with(is_meant), "{error:?}");
        assert!(!format!("{error} {error:?}").contains(CANARY));
    }
}

#[test]
fn a_token_is_made_once_for_all_states_and_anew_when_it_ends() {
    let server = with_state(|asked| {
        let state = r#"{"access_token":"made","expires_in":3600}"#;
        (asked.line == "POST /token").then(|| json(state))
    });
    let given = backend(&server, &[("credentials", text(&user(&server)))]);
    let stores = stores();
    let reads = (0..20).map(|_| {
        let store = stores.open(&given).unwrap();
        async move { store.read().await }
    });
    let read = stores.wait(futures_util::future::join_all(reads.collect::<Vec<_>>())).unwrap();
    assert!(read.iter().all(Result::is_ok));
    assert_eq!(server.lines().iter().filter(|line| *line == "POST /token").count(), 1);

    let server = with_state(|asked| {
        let short = r#"{"access_token":"made","expires_in":5}"#;
        (asked.line == "POST /token").then(|| json(short))
    });
    let given = backend(&server, &[("credentials", text(&user(&server)))]);
    let (stores, store) = super::open(&given);
    for _ in 0..2 {
        let store = store.clone();
        stores.wait(async move { store.read().await }).unwrap().unwrap();
    }
    assert_eq!(server.lines().iter().filter(|line| *line == "POST /token").count(), 2);
}

#[test]
fn no_secret_is_shown() {
    let server = token_server();
    let key = "Y2FuYXJ5LTdmNWQ5YzRlLWNhbmFyeS03ZjVkOWM0ZSE=";
    let more = [
        ("access_token", text(CANARY)),
        ("encryption_key", text(key)),
        ("impersonate_service_account", text("me@p.iam")),
    ];
    let (_stores, store) = super::open(&backend(&server, &more));
    let shown = format!("{store:?}");
    assert!(!shown.contains(CANARY) && !shown.contains(key), "{shown}");
    for credentials in [user(&server), account(&server)] {
        let (_stores, store) = super::open(&backend(&server, &[("credentials", text(&credentials))]));
        let shown = format!("{store:?}");
        assert!(!shown.contains(CANARY) && !shown.contains("PRIVATE KEY"), "{shown}");
    }
}
