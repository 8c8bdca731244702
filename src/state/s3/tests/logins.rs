//! Credentials that others make: a company's portal, programs, containers. What each is asked, and with what it is opened.

use super::server::{Asked, Server};
use super::{Set, backend, text};
use crate::hcl::Value;
use crate::host::clock::{now, rfc3339};
use crate::host::fs::{self, Execute};
use crate::host::http::Patience;
use crate::state::s3::Driver;
use crate::state::settings::Backend;
use crate::state::{StateStore, StoreError};
use serde_json::{Value as Json, json};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

const CONFIG: &str = "\
[profile portal]
sso_session = firm
sso_account_id = 111111111111
sso_role_name = Deployer
[sso-session firm]
sso_region = eu-north-1
sso_start_url = https://firm.example.com/start
[profile old]
sso_start_url = https://firm.example.com/start
sso_region = eu-north-1
sso_account_id = 111111111111
sso_role_name = Deployer
[profile over]
role_arn = arn:aws:iam::1:role/r
source_profile = portal
[profile headless]
sso_session = nowhere
sso_account_id = 111111111111
sso_role_name = Deployer
[profile half]
sso_session = firm
sso_account_id = 111111111111
";

struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        home.write(".aws/config", CONFIG);
        home
    }

    fn write(&self, name: &str, content: &str) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write_from(&path, &mut content.as_bytes(), Execute::No).unwrap();
    }

    /// A login that ends in so many seconds, with more that was kept.
    fn log_in(&self, name: &str, seconds: i64, more: &Json) {
        let mut kept =
            json!({ "accessToken": "canary-token", "expiresAt": in_seconds(seconds), "kept": "yes" });
        kept.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.write(&token_file(name), &kept.to_string());
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn read(&self, server: &Server, set: &Set<'_>) -> Result<(), StoreError> {
        read_with(&Driver::default(), &backend(server, set, self.path()))
    }

    /// Reading as one profile, with more in the environment.
    fn read_as(&self, server: &Server, profile: &str, env: &[(&str, &str)]) -> Result<(), StoreError> {
        let url = server.url();
        let address = ["s3", "sts", "sso"].map(|service| (service, text(&url)));
        let config = [("profile", text(profile)), ("endpoints", Value::object(address))];
        self.read(server, &Set { config: &config, env })
    }
}

fn read_with(driver: &Driver, backend: &Backend) -> Result<(), StoreError> {
    let store = driver.open(backend, Patience::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let read = runtime.block_on(store.read())?;
    assert!(read.is_none());
    Ok(())
}

fn in_seconds(seconds: i64) -> String {
    let away = Duration::from_secs(seconds.unsigned_abs());
    rfc3339(if seconds < 0 { now() - away } else { now() + away })
}

fn token_file(name: &str) -> String {
    use sha1::{Digest, Sha1};
    let digest: String = Sha1::digest(name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    format!(".aws/sso/cache/{digest}.json")
}

/// A portal that gives one role's credentials to whoever brings one token.
fn portal(token: &'static str) -> Server {
    Server::knowing(move |asked| {
        if asked.line == "POST /token HTTP/1.1" {
            let answer =
                json!({ "accessToken": "canary-fresh", "expiresIn": 3600, "refreshToken": "canary-next" });
            return Some((200, answer.to_string()));
        }
        if !asked.line.starts_with("GET /federation/credentials?") {
            return None;
        }
        if asked.field("x-amz-sso_bearer_token") != token {
            return Some((401, json!({ "message": "Session token not found or invalid" }).to_string()));
        }
        let keys = json!({
            "accessKeyId": "PORTAL", "secretAccessKey": "s", "sessionToken": "t-PORTAL", "expiration": 4_949_000_000_000_u64,
        });
        Some((200, json!({ "roleCredentials": keys }).to_string()))
    })
}

fn lines(server: &Server) -> Vec<String> {
    server.asked().into_iter().map(|asked: Asked| asked.line).collect()
}

const PORTAL_LINE: &str = "GET /federation/credentials?role_name=Deployer&account_id=111111111111 HTTP/1.1";

#[test]
fn a_login_at_a_portal_is_a_role_there() {
    for (profile, name) in [("portal", "firm"), ("old", "https://firm.example.com/start")] {
        let (home, server) = (Home::new(), portal("canary-token"));
        home.log_in(name, 3600, &json!({}));
        home.read_as(&server, profile, &[]).unwrap();
        let asked = server.for_state();
        assert_eq!(
            (asked.signed_by().as_str(), asked.field("x-amz-security-token")),
            ("PORTAL/eu-west-1/s3", "t-PORTAL")
        );
        let all = lines(&server);
        assert_eq!((all.len(), all[0].as_str()), (2, PORTAL_LINE), "{all:?}");
    }
}

#[test]
fn a_portal_is_found_by_the_environment_too_and_a_login_may_carry_a_role() {
    let (home, server) = (Home::new(), portal("canary-token"));
    home.log_in("firm", 3600, &json!({}));
    let url = server.url();
    let endpoints = Value::object([("s3", text(&url)), ("sts", text(&url))]);
    let config = [("endpoints", endpoints)];
    let env = [("AWS_PROFILE", "over"), ("AWS_ENDPOINT_URL_SSO", url.as_str())];
    home.read(&server, &Set { config: &config, env: &env }).unwrap();
    assert_eq!(server.for_role().signed_by(), "PORTAL/eu-west-1/sts");
    assert_eq!(server.for_state().signed_by(), "ROLE/eu-west-1/s3");
}

#[test]
fn a_login_that_is_over_says_how_to_log_in() {
    let home = Home::new();
    let server = portal("another");
    let says = |profile: &str, part: &str| {
        let error = home.read_as(&server, profile, &[]).unwrap_err();
        let said = error.to_string();
        assert!(said.contains(part) && !said.contains("canary"), "{said}");
        (error, said)
    };
    let (error, said) = says("portal", "nobody is logged in for the profile `portal`");
    assert!(
        matches!(error, StoreError::NoCredentials { .. }) && said.contains("aws sso login --profile portal")
    );
    home.log_in("firm", -60, &json!({}));
    home.log_in("https://firm.example.com/start", -60, &json!({}));
    for profile in ["portal", "old", "over"] {
        let (error, _) = says(profile, "its time is over");
        assert!(matches!(error, StoreError::Expired { .. }), "{error:?}");
        assert!(error.to_string().contains("run `aws sso login --profile "), "{error}");
    }
    assert!(server.asked().is_empty(), "nobody is asked with a token that is over: {:?}", lines(&server));
    home.log_in("firm", 3600, &json!({}));
    let (error, _) = says("portal", "Session token not found or invalid");
    assert!(matches!(error, StoreError::Expired { .. }), "{error:?}");
    home.write(&token_file("firm"), "{");
    says("portal", "cannot be read");
    says("headless", "there is no `[sso-session nowhere]`");
    says("half", "a login without `sso_role_name`");
    assert!(!lines(&server).iter().any(|line| line.contains("/states/")));
}

#[test]
fn a_role_that_a_login_may_not_be_is_no_end_of_the_login() {
    let home = Home::new();
    home.log_in("firm", 3600, &json!({}));
    let server = Server::knowing(|asked| {
        asked.line.contains("/federation/").then(|| (403, json!({ "message": "No access" }).to_string()))
    });
    let error = home.read_as(&server, "portal", &[]).unwrap_err();
    let is_denied = matches!(error, StoreError::Denied { .. });
    assert!(
        is_denied && error.to_string().contains("the role Deployer of the account 111111111111"),
        "{error}"
    );
}

#[test]
fn a_session_is_renewed_for_everybody_before_it_ends() {
    let renewable = json!({
        "clientId": "client", "clientSecret": "canary-secret", "refreshToken": "canary-refresh",
        "registrationExpiresAt": in_seconds(86_400),
    });
    for seconds in [-60, 60] {
        let (home, server) = (Home::new(), portal("canary-fresh"));
        home.log_in("firm", seconds, &renewable);
        let url = server.url();
        home.read_as(&server, "portal", &[("AWS_ENDPOINT_URL_SSO_OIDC", &url)]).unwrap();
        assert_eq!(server.for_state().signed_by(), "PORTAL/eu-west-1/s3");
        let question: Json = serde_json::from_str(&server.asked()[0].body).unwrap();
        let wanted = json!({
            "clientId": "client", "clientSecret": "canary-secret", "refreshToken": "canary-refresh",
            "grantType": "refresh_token",
        });
        assert_eq!(question, wanted);
        let path = home.path().join(token_file("firm"));
        let kept: Json = serde_json::from_str(&fs::read_text(&path).unwrap()).unwrap();
        assert_eq!(
            [&kept["accessToken"], &kept["refreshToken"], &kept["clientId"], &kept["kept"]],
            ["canary-fresh", "canary-next", "client", "yes"]
        );
        assert_ne!(kept["expiresAt"], in_seconds(seconds));
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::MetadataExt::mode(&fs::metadata(&path).unwrap()) & 0o777, 0o600);
    }
    // What cannot be renewed is used until it ends.
    let (home, server) = (Home::new(), portal("canary-token"));
    home.log_in("firm", 60, &json!({}));
    home.read_as(&server, "portal", &[]).unwrap();
    assert_eq!(lines(&server)[0], PORTAL_LINE);
}

/// The keys of a program are those that its environment says.
const PROGRAM: &str = "[profile made]\ncredential_process = printf '{\"Version\":1,\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\"}' \"$WHO-$CARGO_MANIFEST_DIR\"\n";

#[test]
fn a_program_sees_the_environment_of_the_unit_and_no_other() {
    let home = Home::new();
    home.write(".aws/config", PROGRAM);
    let path = crate::host::env::Env::of_process().get("PATH").unwrap_or_default().to_owned();
    let driver = Driver::default();
    for who in ["ada", "bob", ""] {
        let server = Server::start();
        let config = [("profile", text("made"))];
        let env = [("WHO", who), ("PATH", path.as_str())];
        let set = Set { config: &config, env: &env };
        read_with(&driver, &backend(&server, &set, home.path())).unwrap();
        assert_eq!(server.for_state().signed_by(), format!("{who}-/eu-west-1/s3"));
    }
}

#[test]
fn a_program_that_fails_says_why_without_what_it_printed() {
    let home = Home::new();
    let path = crate::host::env::Env::of_process().get("PATH").unwrap_or_default().to_owned();
    for (line, said) in [
        ("echo canary; echo too late >&2; exit 3", "ends with exit status 3: too late"),
        ("echo canary", "prints no JSON"),
        (
            "echo '{\"Version\":2,\"AccessKeyId\":\"canary\",\"SecretAccessKey\":\"canary\"}'",
            "another version than 1",
        ),
        ("echo '{\"Version\":1,\"AccessKeyId\":\"canary\"}'", "gives no credentials"),
        (
            "echo '{\"Version\":1,\"AccessKeyId\":\"canary\",\"SecretAccessKey\":\"canary\",\"Expiration\":\"2020-01-01T00:00:00Z\"}'",
            "whose time is over",
        ),
    ] {
        home.write(".aws/config", &format!("[profile made]\ncredential_process = {line}\n"));
        let server = Server::start();
        let error = home.read_as(&server, "made", &[("PATH", &path)]).unwrap_err().to_string();
        assert!(error.contains(said) && !error.contains("canary"), "{line}: {error}");
        assert!(server.asked().is_empty());
    }
}

fn container() -> Server {
    Server::knowing(|asked| {
        let keys = json!({
            "AccessKeyId": "BOX", "SecretAccessKey": "s", "Token": "t-BOX", "Expiration": "2126-11-25T12:00:00Z",
        });
        match asked.line.as_str() {
            "GET /v2/credentials?id=1 HTTP/1.1" => Some((200, keys.to_string())),
            _ => None,
        }
    })
}

#[test]
fn a_container_is_asked_before_the_instance_and_as_the_unit_says() {
    let (home, server) = (Home::new(), container());
    home.write("token", "Bearer canary-file\n");
    let (address, file) = (format!("{}/v2/credentials?id=1", server.url()), home.path().join("token"));
    let here = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", address.as_str());
    let file = ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file.to_str().unwrap());
    let plain = ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "canary-text");
    for (env, opened_with) in [
        (vec![here], ""),
        (vec![here, plain], "canary-text"),
        (vec![here, plain, file], "Bearer canary-file"),
        (vec![here, plain, ("HTTP_PROXY", "http://127.0.0.1:9")], "canary-text"),
    ] {
        server.asked.lock().unwrap().clear();
        home.read(&server, &Set { config: &[], env: &env }).unwrap();
        assert_eq!(server.asked()[0].field("authorization"), opened_with);
        let asked = server.for_state();
        assert_eq!(
            (asked.signed_by().as_str(), asked.field("x-amz-security-token")),
            ("BOX/eu-west-1/s3", "t-BOX")
        );
    }
    home.write(".aws/config", "[profile box]\nrole_arn = arn:aws:iam::1:role/r\ncredential_source = EcsContainer\n[profile env]\nrole_arn = arn:aws:iam::1:role/r\ncredential_source = Environment\n");
    for (profile, env, by) in [
        ("box", vec![here], "BOX"),
        ("env", vec![("AWS_ACCESS_KEY_ID", "ENV"), ("AWS_SECRET_ACCESS_KEY", "s")], "ENV"),
    ] {
        server.asked.lock().unwrap().clear();
        home.read_as(&server, profile, &env).unwrap();
        assert_eq!(server.for_role().signed_by(), format!("{by}/eu-west-1/sts"));
        assert_eq!(server.for_state().signed_by(), "ROLE/eu-west-1/s3");
    }
}

#[test]
fn a_container_that_cannot_be_trusted_or_refuses_is_an_error() {
    let (home, server) = (Home::new(), container());
    let refused = format!("{}/elsewhere", server.url());
    for (address, said) in [
        ("http://credentials.example.com/x", "may only be asked by https"),
        ("no address", "is no address"),
        (refused.as_str(), "the container's service refuses"),
    ] {
        let env = [
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", address),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "canary"),
        ];
        let error = home.read(&server, &Set { config: &[], env: &env }).unwrap_err();
        assert!(matches!(error, StoreError::NoCredentials { .. }), "{error:?}");
        let error = error.to_string();
        assert!(error.contains(said) && !error.contains("canary"), "{address}: {error}");
    }
    assert!(!lines(&server).iter().any(|line| line.contains("/states/")));
}

const KEYS: &str = "[profile p]\naws_access_key_id = P\naws_secret_access_key = s\n";

#[test]
fn a_profile_may_say_where_services_are() {
    let (home, server) = (Home::new(), Server::start());
    let url = server.url();
    let config = [("profile", text("p")), ("endpoints", Value::NULL)];
    let proxy = [("HTTPS_PROXY", url.as_str())];
    let elsewhere = [proxy[0], ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")];
    for more in [
        format!("endpoint_url = {url}\n"),
        format!(
            "endpoint_url = http://127.0.0.1:9\nservices = mine\n[services mine]\ns3 =\n  endpoint_url = {url}\n"
        ),
    ] {
        home.write(".aws/config", &format!("{KEYS}{more}"));
        server.asked.lock().unwrap().clear();
        home.read(&server, &Set { config: &config, env: &[] }).unwrap();
        assert_eq!(server.for_state().signed_by(), "P/eu-west-1/s3");
        server.asked.lock().unwrap().clear();
        home.read(&server, &Set { config: &config, env: &elsewhere }).unwrap_err();
        assert_eq!(lines(&server)[0], "CONNECT s3.eu-west-1.amazonaws.com:443 HTTP/1.1");
    }
    home.write(".aws/config", &format!("{KEYS}use_fips_endpoint = true\n"));
    server.asked.lock().unwrap().clear();
    home.read(&server, &Set { config: &config, env: &proxy }).unwrap_err();
    assert_eq!(lines(&server)[0], "CONNECT s3-fips.eu-west-1.amazonaws.com:443 HTTP/1.1");
}
