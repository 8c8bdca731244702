//! Which credentials, endpoints and headers arrive at a server, for each way of setting them.

mod logins;
mod server;

use super::Driver;
use crate::hcl::Value;
use crate::host::env::Env;
use crate::host::http::Patience;
use crate::state::settings::{Backend, OpenError};
use crate::state::{StateStore, StoreError};
use server::{Asked, Server};

/// What a test changes.
struct Set<'a> {
    config: &'a [(&'a str, Value)],
    env: &'a [(&'a str, &'a str)],
}

fn text(text: &str) -> Value {
    Value::string(text)
}

fn backend(server: &Server, set: &Set<'_>, dir: &std::path::Path) -> Backend {
    let url = server.url();
    let mut config = vec![
        ("bucket", text("states")),
        ("key", text("net/terraform.tfstate")),
        ("region", text("eu-west-1")),
        ("use_path_style", Value::bool(true)),
        ("skip_metadata_api_check", Value::bool(true)),
        ("max_retries", Value::number(0)),
        ("endpoints", Value::object([("s3", text(&url)), ("sts", text(&url))])),
    ];
    config.retain(|(name, _)| !set.config.iter().any(|(other, _)| other == name));
    config.extend(set.config.iter().cloned());
    let mut env = Env::default();
    env.set("HOME", dir);
    set.env.iter().for_each(|(name, value)| env.set(*name, *value));
    Backend {
        kind: "s3".to_owned(),
        config: Value::object(config.into_iter().filter(|(_, value)| !value.is_null())),
        env,
        workspace: "default".to_owned(),
        dir: dir.to_path_buf(),
    }
}

/// Reads the state, which is not there, and gives the server that was asked.
fn asked_with(files: &[(&str, &str)], set: &Set<'_>) -> Server {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = dir.path().join(name);
        crate::host::fs::create_dir_all(path.parent().unwrap()).unwrap();
        crate::host::fs::write_from(&path, &mut content.as_bytes(), crate::host::fs::Execute::Yes).unwrap();
    }
    let server = Server::start();
    let store = Driver::default().open(&backend(&server, set, dir.path()), Patience::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let read = runtime.block_on(store.read()).unwrap();
    assert!(read.is_none());
    server
}

const ENV_KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "ENV"), ("AWS_SECRET_ACCESS_KEY", "s")];

fn keys_of_settings() -> [(&'static str, Value); 2] {
    [("access_key", text("SET")), ("secret_key", text("s"))]
}

#[test]
fn keys_of_settings_go_before_those_of_the_environment() {
    let server = asked_with(&[], &Set { config: &keys_of_settings(), env: &ENV_KEYS });
    assert_eq!(server.for_state().signed_by(), "SET/eu-west-1/s3");
    let env = [ENV_KEYS[0], ENV_KEYS[1], ("AWS_SESSION_TOKEN", "tok")];
    let server = asked_with(&[], &Set { config: &[], env: &env });
    let asked = server.for_state();
    assert_eq!(
        (asked.signed_by().as_str(), asked.field("x-amz-security-token")),
        ("ENV/eu-west-1/s3", "tok")
    );
}

const CREDENTIALS: &str = "[default]\naws_access_key_id = DEFAULT\naws_secret_access_key = s\n[team]\naws_access_key_id = TEAM\naws_secret_access_key = s\n";

#[test]
fn a_profile_of_settings_goes_before_keys_of_the_environment_and_one_of_the_environment_after() {
    let files = [(".aws/credentials", CREDENTIALS)];
    let by = |config: &[(&str, Value)], env: &[(&str, &str)]| {
        asked_with(&files, &Set { config, env }).for_state().signed_by()
    };
    assert_eq!(by(&[("profile", text("team"))], &ENV_KEYS), "TEAM/eu-west-1/s3");
    assert_eq!(by(&[], &[ENV_KEYS[0], ENV_KEYS[1], ("AWS_PROFILE", "team")]), "ENV/eu-west-1/s3");
    assert_eq!(by(&[], &[("AWS_PROFILE", "team")]), "TEAM/eu-west-1/s3");
    assert_eq!(by(&[], &[]), "DEFAULT/eu-west-1/s3");
}

#[test]
fn shared_files_are_those_that_are_named_and_tell_the_region() {
    let files = [("c/keys", CREDENTIALS), ("c/config", "[profile team]\nregion = ap-south-1\n")];
    let config = [
        ("region", Value::NULL),
        ("profile", text("team")),
        ("shared_credentials_files", Value::tuple([text("c/keys")])),
        ("shared_config_files", Value::tuple([text("c/config")])),
    ];
    assert_eq!(
        asked_with(&files, &Set { config: &config, env: &[] }).for_state().signed_by(),
        "TEAM/ap-south-1/s3"
    );
    let env = [("AWS_DEFAULT_REGION", "us-west-2"), ENV_KEYS[0], ENV_KEYS[1]];
    let server = asked_with(&[], &Set { config: &[("region", Value::NULL)], env: &env });
    assert_eq!(server.for_state().signed_by(), "ENV/us-west-2/s3");
}

#[test]
fn a_profile_may_be_a_role_over_another_or_a_process() {
    let config = "[profile team]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\nexternal_id = x\n[profile base]\naws_access_key_id = BASE\naws_secret_access_key = s\n[profile made]\ncredential_process = echo '{\"Version\":1,\"AccessKeyId\":\"MADE\",\"SecretAccessKey\":\"s\"}'\n";
    let files = [(".aws/config", config)];
    let server = asked_with(&files, &Set { config: &[("profile", text("team"))], env: &[] });
    assert_eq!(server.for_state().signed_by(), "ROLE/eu-west-1/s3");
    let role = server.for_role();
    assert_eq!(role.signed_by(), "BASE/eu-west-1/sts");
    assert!(role.body.contains("ExternalId=x"), "{}", role.body);
    let server = asked_with(&files, &Set { config: &[("profile", text("made"))], env: &[] });
    assert_eq!(server.for_state().signed_by(), "MADE/eu-west-1/s3");
}

#[test]
fn a_role_is_assumed_on_the_terms_that_are_set() {
    let role = Value::object([
        ("role_arn", text("arn:aws:iam::1:role/r")),
        ("session_name", text("me")),
        ("duration", text("30m")),
        ("external_id", text("x")),
        ("policy", text("{}")),
        ("policy_arns", Value::tuple([text("arn:p")])),
        ("source_identity", text("who")),
        ("tags", Value::object([("team", text("harbour"))])),
        ("transitive_tag_keys", Value::tuple([text("team")])),
    ]);
    let config = [("assume_role", role), ("sts_region", text("us-west-1"))];
    let server = asked_with(&[], &Set { config: &config, env: &ENV_KEYS });
    let asked = server.for_role();
    assert_eq!(asked.signed_by(), "ENV/us-west-1/sts");
    for part in [
        "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr",
        "RoleSessionName=me",
        "DurationSeconds=1800",
        "ExternalId=x",
        "Policy=%7B%7D",
        "PolicyArns.member.1.arn=arn%3Ap",
        "SourceIdentity=who",
        "Tags.member.1.Key=team",
        "TransitiveTagKeys.member.1=team",
    ] {
        assert!(asked.body.contains(part), "{part} in {}", asked.body);
    }
    let asked = server.for_state();
    assert_eq!(
        (asked.signed_by().as_str(), asked.field("x-amz-security-token")),
        ("ROLE/eu-west-1/s3", "t-ROLE")
    );
    let flat = [
        ("role_arn", text("arn:old")),
        ("session_name", text("s")),
        ("assume_role_duration_seconds", Value::number(900)),
    ];
    let asked = asked_with(&[], &Set { config: &flat, env: &ENV_KEYS }).for_role();
    assert!(
        asked.body.contains("RoleArn=arn%3Aold") && asked.body.contains("DurationSeconds=900"),
        "{}",
        asked.body
    );
}

#[test]
fn a_web_identity_needs_no_keys() {
    let block = Value::object([("role_arn", text("arn:w")), ("web_identity_token_file", text("token"))]);
    let files = [("token", "jwt\n")];
    let server = asked_with(&files, &Set { config: &[("assume_role_with_web_identity", block)], env: &[] });
    assert_eq!(server.for_state().signed_by(), "WEB/eu-west-1/s3");
    let asked = server.for_role();
    assert!(
        asked.body.contains("WebIdentityToken=jwt") && asked.field("authorization").is_empty(),
        "{asked:?}"
    );
    let dir = tempfile::tempdir().unwrap();
    let token = dir.path().join("token");
    crate::host::fs::write_from(&token, &mut "env-jwt".as_bytes(), crate::host::fs::Execute::No).unwrap();
    let env = [("AWS_ROLE_ARN", "arn:e"), ("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap())];
    let asked = asked_with(&[], &Set { config: &[], env: &env }).for_role();
    assert!(
        asked.body.contains("WebIdentityToken=env-jwt") && asked.body.contains("RoleArn=arn%3Ae"),
        "{}",
        asked.body
    );
}

#[test]
fn the_machine_is_asked_last_and_not_if_that_is_forbidden() {
    let server = Server::start();
    let url = server.url();
    let config =
        [("skip_metadata_api_check", Value::bool(false)), ("ec2_metadata_service_endpoint", text(&url))];
    let asked = asked_with(&[], &Set { config: &config, env: &[] }).for_state();
    assert_eq!(asked.signed_by(), "MACHINE/eu-west-1/s3");
    assert!(server.asked().iter().any(|asked| asked.line.starts_with("PUT /latest/api/token")));
    let dir = tempfile::tempdir().unwrap();
    let store = Driver::default()
        .open(&backend(&server, &Set { config: &[], env: &[] }, dir.path()), Patience::default())
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let error = runtime.block_on(store.read()).unwrap_err();
    assert!(matches!(error, StoreError::NoCredentials { .. }), "{error:?}");
}

#[test]
fn endpoints_are_found_under_all_their_names() {
    let server = Server::start();
    let url = server.url();
    for (config, env) in [
        (vec![("endpoint", text(&url))], vec![]),
        (vec![], vec![("AWS_ENDPOINT_URL_S3", url.as_str())]),
        (vec![], vec![("AWS_S3_ENDPOINT", url.as_str())]),
        (vec![], vec![("AWS_ENDPOINT_URL", url.as_str())]),
    ] {
        server.asked.lock().unwrap().clear();
        let config: Vec<_> = [("endpoints", Value::NULL)].into_iter().chain(config).collect();
        let env: Vec<_> = ENV_KEYS.into_iter().chain(env).collect();
        let other = asked_with_nothing(&Set { config: &config, env: &env });
        assert!(other.is_empty());
        assert_eq!(server.for_state().signed_by(), "ENV/eu-west-1/s3", "{config:?} {env:?}");
    }
}

/// The same for settings that lead elsewhere; what its own server was asked.
fn asked_with_nothing(set: &Set<'_>) -> Vec<Asked> {
    asked_with(&[], set).asked()
}

#[test]
fn proxies_are_those_of_the_settings() {
    let proxy = Server::start();
    let url = proxy.url();
    let config =
        [("http_proxy", text(&url)), ("endpoints", Value::object([("s3", text("http://s3.internal"))]))];
    let env = [ENV_KEYS[0], ENV_KEYS[1], ("HTTP_PROXY", "http://127.0.0.1:9")];
    asked_with(&[], &Set { config: &config, env: &env });
    assert!(proxy.for_state().line.starts_with("GET http://s3.internal/states/"), "{:?}", proxy.asked());
}

/// What reading comes to when it cannot succeed.
fn fault_of(server: &Server, set: &Set<'_>) -> StoreError {
    let dir = tempfile::tempdir().unwrap();
    let store = Driver::default().open(&backend(server, set, dir.path()), Patience::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(store.read()).unwrap_err()
}

#[test]
fn accounts_are_checked_before_anything_is_asked() {
    for (setting, account, is_let_in) in [
        ("allowed_account_ids", "111111111111", true),
        ("allowed_account_ids", "2", false),
        ("forbidden_account_ids", "111111111111", false),
    ] {
        let config = [(setting, Value::tuple([text(account)]))];
        let set = Set { config: &config, env: &ENV_KEYS };
        if is_let_in {
            assert_eq!(asked_with(&[], &set).for_state().signed_by(), "ENV/eu-west-1/s3");
            continue;
        }
        let server = Server::start();
        let error = fault_of(&server, &set);
        assert!(
            matches!(error, StoreError::Denied { .. }) && error.to_string().contains("111111111111"),
            "{error}"
        );
        assert!(!server.asked().iter().any(|asked| asked.line.contains("/states/")));
    }
}

#[test]
fn amazons_own_hosts_are_those_that_are_asked_for() {
    for (config, env, host) in [
        (vec![("use_path_style", Value::NULL)], vec![], "states.s3.eu-west-1.amazonaws.com"),
        (vec![], vec![], "s3.eu-west-1.amazonaws.com"),
        (vec![("use_dualstack_endpoint", Value::bool(true))], vec![], "s3.dualstack.eu-west-1.amazonaws.com"),
        (vec![("use_fips_endpoint", Value::bool(true))], vec![], "s3-fips.eu-west-1.amazonaws.com"),
        (vec![], vec![("AWS_USE_FIPS_ENDPOINT", "true")], "s3-fips.eu-west-1.amazonaws.com"),
    ] {
        let proxy = Server::start();
        let own = [("endpoints", Value::NULL), ("https_proxy", text(&proxy.url()))];
        let config: Vec<_> = own.into_iter().chain(config).collect();
        let env: Vec<_> = ENV_KEYS.into_iter().chain(env).collect();
        let error = fault_of(&proxy, &Set { config: &config, env: &env });
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
        assert_eq!(proxy.asked()[0].line, format!("CONNECT {host}:443 HTTP/1.1"));
    }
}

#[test]
fn a_bundle_of_authorities_takes_the_place_of_the_systems() {
    let dir = tempfile::tempdir().unwrap();
    crate::host::fs::write_from(&dir.path().join("empty"), &mut &b"x"[..], crate::host::fs::Execute::No)
        .unwrap();
    let server = Server::start();
    for (config, env) in [
        (vec![("custom_ca_bundle", text("empty"))], vec![]),
        (vec![], vec![("AWS_CA_BUNDLE", dir.path().join("empty").to_str().unwrap().to_owned())]),
    ] {
        let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let backend = backend(&server, &Set { config: &config, env: &env }, dir.path());
        let error = Driver::default().open(&backend, Patience::default()).unwrap_err();
        assert!(matches!(error, OpenError::Machine { .. }), "{error:?}");
    }
}

#[test]
fn a_key_of_the_customers_comes_with_every_reading() {
    let key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    let server = asked_with(&[], &Set { config: &[("sse_customer_key", text(key))], env: &ENV_KEYS });
    let asked = server.for_state();
    assert_eq!(asked.field("x-amz-server-side-encryption-customer-algorithm"), "AES256");
    assert_eq!(asked.field("x-amz-server-side-encryption-customer-key"), key);
    assert!(!asked.field("x-amz-server-side-encryption-customer-key-md5").is_empty());
}

#[test]
fn a_workspace_has_a_key_of_its_own_and_faults_name_their_setting() {
    let server = Server::start();
    let dir = tempfile::tempdir().unwrap();
    let open = |config: &[(&str, Value)], workspace: &str| {
        let mut backend = backend(&server, &Set { config, env: &[] }, dir.path());
        backend.workspace = workspace.to_owned();
        Driver::default().open(&backend, Patience::default())
    };
    assert_eq!(open(&[], "default").unwrap().address(), "s3://states/net/terraform.tfstate");
    assert_eq!(open(&[], "dev").unwrap().address(), "s3://states/env:/dev/net/terraform.tfstate");
    let prefixed = open(&[("workspace_key_prefix", text("w"))], "dev").unwrap();
    assert_eq!(prefixed.key(), "w/dev/net/terraform.tfstate");
    for (config, fault) in [
        (("bucket", Value::NULL), "needs the setting `bucket`"),
        (("sse_customer_key", text("hunter2")), "`sse_customer_key`"),
        (("access_key", text("hunter2")), "needs the setting `secret_key`"),
        (
            ("assume_role", Value::object([("role_arn", text("r")), ("duration", text("hunter2"))])),
            "`assume_role.duration`",
        ),
    ] {
        let error = open(&[config], "default").unwrap_err();
        assert!(!matches!(error, OpenError::Unsupported { .. }));
        let error = error.to_string();
        assert!(error.contains(fault) && !error.contains("hunter2"), "{error}");
    }
}

#[test]
fn states_with_the_same_settings_share_a_session() {
    let server = Server::start();
    let dir = tempfile::tempdir().unwrap();
    let driver = Driver::default();
    let role = Value::object([("role_arn", text("arn:r"))]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for key in ["a", "b", "c"] {
        let config = [("key", text(key)), ("assume_role", role.clone())];
        let backend = backend(&server, &Set { config: &config, env: &ENV_KEYS }, dir.path());
        let store = driver.open(&backend, Patience::default()).unwrap();
        assert!(runtime.block_on(store.read()).unwrap().is_none());
    }
    let roles = server.asked().iter().filter(|asked| asked.body.contains("Action=AssumeRole")).count();
    assert_eq!(roles, 1);
}
