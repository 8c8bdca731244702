//! What each kind of credential sends, and to whom; which one is chosen when several are there.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rsa::pkcs8::DecodePublicKey;
use serde_json::{Value as Json, json};
use sha1::Digest;
use terrace::host::env::Env;
use terrace::state::StoreError;

use super::contract::{Contract, Heard, OURSELVES, blob, json as answer};
use super::{CANARY, Opened, unit};
use crate::emulators::Reply;

const BLOBS: &str = "acct.blob.core.windows.net";
const LOGIN: &str = "login.microsoftonline.com";
const MANAGEMENT: &str = "management.azure.com";
const TOKENS: &str = "tokens.example";

/// Blobs, a directory that gives a token to everybody, a management API that gives a key.
fn cloud(heard: &Heard) -> Option<Reply> {
    match (heard.host.as_str(), heard.request.target.as_str()) {
        (BLOBS, _) => blob("{}"),
        (LOGIN, "/tenant/oauth2/v2.0/token") => {
            let token = format!("token-for-{}", heard.form("scope"));
            answer(200, &json!({ "token_type": "Bearer", "expires_in": 3600, "access_token": token }))
        }
        (MANAGEMENT, target) if target.ends_with("/storageAccounts/acct?api-version=2023-05-01") => {
            let blobs = json!({ "blob": "https://acct.blob.core.windows.net/" });
            answer(200, &json!({ "properties": { "primaryEndpoints": blobs } }))
        }
        (MANAGEMENT, target) if target.contains("/listKeys") => {
            answer(200, &json!({ "keys": [{ "keyName": "key1", "value": CANARY }] }))
        }
        (TOKENS, target) if target.starts_with("/github") => answer(200, &json!({ "value": "asserted" })),
        (TOKENS, target) if target.starts_with("/ado") => answer(200, &json!({ "oidcToken": "asserted" })),
        _ => None,
    }
}

/// Reads a state with these settings and this environment.
#[track_caller]
fn read(settings: Json, env: impl FnOnce(&mut Env)) -> Contract {
    let contract = Contract::start(cloud);
    let mut around = contract.env();
    env(&mut around);
    let opened = Opened::new(&unit(settings, around));
    assert_eq!(opened.read().expect("a state").as_deref(), Some("{}"));
    contract
}

const APP: [(&str, &str); 2] = [("tenant_id", "tenant"), ("client_id", "client")];

/// The settings of an application, and more; its own token opens the blobs.
fn app(more: Json) -> Json {
    let mut all = json!({ "use_azuread_auth": true, "use_cli": false });
    let settings = all.as_object_mut().expect("an object");
    settings.extend(APP.map(|(name, value)| (name.to_owned(), json!(value))));
    settings.extend(more.as_object().expect("an object").clone());
    all
}

const STORAGE_TOKEN: &str = "Bearer token-for-https://storage.azure.com/.default";

#[test]
fn an_access_key_signs() {
    let contract = read(json!({ "access_key": CANARY, "sas_token": "sig=x" }), |_| ());
    let heard = contract.only(BLOBS);
    assert_eq!(heard.line(), "GET acct.blob.core.windows.net/states/k.tfstate");
    assert!(heard.field("authorization").starts_with("SharedKey acct:"), "{heard:?}");
    assert!(heard.field("x-ms-date").ends_with("GMT"), "{heard:?}");
    assert_eq!(heard.field("range"), "", "a state is read whole");
}

#[test]
fn a_key_in_the_environment_goes_before_a_sas_in_the_settings() {
    let contract = read(json!({ "sas_token": "sig=x" }), |env| env.set("ARM_ACCESS_KEY", CANARY));
    assert!(contract.only(BLOBS).field("authorization").starts_with("SharedKey acct:"));
}

#[test]
fn a_sas_goes_into_the_address_alone() {
    let sas = format!("?sv=2024-11-04&sig={CANARY}");
    let contract = read(json!({ "sas_token": sas, "use_azuread_auth": true }), |_| ());
    let heard = contract.only(BLOBS);
    assert_eq!(heard.request.target, format!("/states/k.tfstate{sas}"));
    assert_eq!(heard.field("authorization"), "");
}

#[test]
fn a_clients_secret_becomes_a_token() {
    let contract = read(app(json!({ "client_secret": CANARY })), |_| ());
    let asked = contract.only(LOGIN);
    let sent = ["grant_type", "client_id", "client_secret", "scope"].map(|name| asked.form(name));
    assert_eq!(sent, ["client_credentials", "client", CANARY, "https://storage.azure.com/.default"]);
    assert_eq!(contract.only(BLOBS).field("authorization"), STORAGE_TOKEN);
}

#[test]
fn the_environment_says_it_as_terraform_reads_it() {
    let contract = read(json!({}), |env| {
        for (name, value) in [
            ("ARM_TENANT_ID", "tenant"),
            ("ARM_CLIENT_ID", "client"),
            ("ARM_CLIENT_SECRET", CANARY),
            ("ARM_USE_AZUREAD", "true"),
        ] {
            env.set(name, value);
        }
    });
    assert_eq!(contract.only(LOGIN).form("client_secret"), CANARY);
    assert_eq!(contract.only(BLOBS).field("authorization"), STORAGE_TOKEN);
}

#[test]
fn without_a_right_to_blobs_the_accounts_key_is_asked_for() {
    let mut settings = app(json!({
        "client_secret": "s", "subscription_id": "sub", "resource_group_name": "group",
    }));
    settings["use_azuread_auth"] = json!(false);
    let contract = read(settings, |_| ());
    assert_eq!(contract.only(LOGIN).form("scope"), "https://management.azure.com/.default");
    let asked: Vec<Heard> = contract.heard().into_iter().filter(|heard| heard.host == MANAGEMENT).collect();
    assert_eq!(asked.len(), 2, "the key, and where the blobs are");
    let asked = asked.into_iter().find(|heard| heard.request.method == "POST").expect("the key is asked for");
    assert_eq!(
        asked.line(),
        "POST management.azure.com/subscriptions/sub/resourceGroups/group/providers/Microsoft.Storage/storageAccounts/acct/listKeys?api-version=2023-05-01"
    );
    assert_eq!(asked.field("authorization"), "Bearer token-for-https://management.azure.com/.default");
    assert!(contract.only(BLOBS).field("authorization").starts_with("SharedKey acct:"));
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/azure").join(name)
}

/// The word that a certificate's key signed, taken apart and checked.
#[track_caller]
fn assert_signed(contract: &Contract) {
    let asked = contract.only(LOGIN);
    let kind = asked.form("client_assertion_type");
    assert_eq!(kind, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    let word = asked.form("client_assertion");
    let parts: Vec<&str> = word.split('.').collect();
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).expect("base64");
    let part = |part: &str| -> Json { serde_json::from_slice(&decoded(part)).expect("JSON") };
    let (head, claims) = (part(parts[0]), part(parts[1]));
    let certificate = std::fs::read(data("client.der")).expect("the certificate");
    let thumbprint = URL_SAFE_NO_PAD.encode(sha1::Sha1::digest(&certificate));
    assert_eq!((&head["alg"], &head["x5t"]), (&json!("RS256"), &json!(thumbprint)));
    assert_eq!(claims["aud"], "https://login.microsoftonline.com/tenant/oauth2/v2.0/token");
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!("client"), &json!("client")));
    assert_eq!(claims["exp"].as_u64().zip(claims["nbf"].as_u64()).map(|(end, start)| end - start), Some(600));
    let text = format!("{}.{}", parts[0], parts[1]);
    let key = std::fs::read(data("client-public.der")).expect("the key");
    let key = rsa::PublicKey::from_public_key_der(&key).expect("a key");
    key.pkcs1v15_verify::<sha2::Sha256>(text.as_bytes(), &decoded(parts[2])).expect("its signature");
}

#[test]
fn a_certificate_signs_who_we_are() {
    for name in ["client-aes.p12", "client-3des.p12"] {
        let path = json!({
            "client_certificate_path": data(name).to_str(),
            "client_certificate_password": "canary-password",
            "client_secret": "the certificate goes first",
        });
        assert_signed(&read(app(path), |_| ()));
    }
    let text = STANDARD.encode(std::fs::read(data("client-aes.p12")).expect("the bundle"));
    assert_signed(&read(app(json!({ "client_certificate": text })), |env| {
        env.set("ARM_CLIENT_CERTIFICATE_PASSWORD", "canary-password");
    }));
}

#[test]
fn a_wrong_password_is_said_without_it() {
    let contract = Contract::start(cloud);
    let settings = app(json!({
        "client_certificate_path": data("client-aes.p12").to_str(), "client_certificate_password": CANARY,
    }));
    let error = Opened::new(&unit(settings, contract.env())).read().expect_err("no key");
    assert!(matches!(error, StoreError::NoCredentials { .. }), "{error:?}");
    assert!(error.to_string().contains("password") && !format!("{error:?}").contains(CANARY), "{error:?}");
    assert!(contract.heard().is_empty());
}

#[test]
fn a_federated_token_is_handed_on() {
    let contract = read(app(json!({ "use_oidc": true, "oidc_token": "asserted" })), |_| ());
    assert_eq!(contract.only(LOGIN).form("client_assertion"), "asserted");
    assert_eq!(contract.only(BLOBS).field("authorization"), STORAGE_TOKEN);
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), "of a file\n").expect("it is written");
    let contract = read(app(json!({ "use_oidc": true })), |env| {
        env.set("ARM_OIDC_TOKEN_FILE_PATH", file.path());
    });
    assert_eq!(contract.only(LOGIN).form("client_assertion"), "of a file");
    let contract = read(json!({ "use_azuread_auth": true, "use_aks_workload_identity": true }), |env| {
        env.set("AZURE_CLIENT_ID", "client");
        env.set("AZURE_TENANT_ID", "tenant");
        env.set("AZURE_FEDERATED_TOKEN_FILE", file.path());
    });
    assert_eq!(contract.only(LOGIN).form("client_assertion"), "of a file");
}

#[test]
fn github_is_asked_for_a_token() {
    let contract = read(app(json!({ "use_oidc": true })), |env| {
        env.set("ACTIONS_ID_TOKEN_REQUEST_URL", "https://tokens.example/github?run=1&audience=other");
        env.set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", CANARY);
    });
    let asked = contract.only(TOKENS);
    assert_eq!(asked.line(), "GET tokens.example/github?run=1&audience=api%3A%2F%2FAzureADTokenExchange");
    assert_eq!(asked.field("authorization"), format!("Bearer {CANARY}"));
    assert_eq!(contract.only(LOGIN).form("client_assertion"), "asserted");
}

#[test]
fn azure_devops_is_asked_for_a_token() {
    let settings = app(json!({ "use_oidc": true, "ado_pipeline_service_connection_id": "connection" }));
    let contract = read(settings, |env| {
        env.set("SYSTEM_OIDCREQUESTURI", "https://tokens.example/ado");
        env.set("SYSTEM_ACCESSTOKEN", CANARY);
    });
    let asked = contract.only(TOKENS);
    assert_eq!(
        asked.line(),
        "POST tokens.example/ado?api-version=7.1&audience=api%3A%2F%2FAzureADTokenExchange&serviceConnectionId=connection"
    );
    assert_eq!(asked.field("authorization"), format!("Bearer {CANARY}"));
    assert_eq!(contract.only(LOGIN).form("client_assertion"), "asserted");
}

#[test]
fn a_machines_own_identity_is_asked_without_a_proxy() {
    let contract = Contract::start(|heard| match heard.host.as_str() {
        BLOBS => blob("{}"),
        OURSELVES => answer(200, &json!({ "access_token": "of the machine", "expires_on": "4000000000" })),
        _ => None,
    });
    let settings = json!({
        "use_azuread_auth": true, "use_msi": true, "client_id": "client",
        "msi_endpoint": format!("{}/own", contract.address()),
    });
    let opened = Opened::new(&unit(settings, contract.env()));
    assert_eq!(opened.read().expect("a state").as_deref(), Some("{}"));
    let asked = contract.only(OURSELVES);
    assert_eq!(
        asked.request.target,
        "/own?api-version=2018-02-01&resource=https%3A%2F%2Fstorage.azure.com&client_id=client"
    );
    assert_eq!(asked.field("metadata"), "true");
    assert_eq!(contract.only(BLOBS).field("authorization"), "Bearer of the machine");
}

/// A folder with an `az` that notes how it was called.
fn command_line(says: &str) -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let (program, notes) = (folder.path().join("az"), folder.path().join("called"));
    std::fs::write(&program, format!("#!/bin/sh\necho \"$@\" >>{}\n{says}\n", notes.display()))
        .expect("a script");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("it may run");
    folder
}

#[test]
fn whoever_is_logged_in_on_the_command_line_is_asked_last() {
    let folder = command_line(r#"echo '{"accessToken": "of az", "expires_on": 4000000000}'"#);
    let path = format!("{}:/bin:/usr/bin", folder.path().display());
    let contract =
        read(json!({ "use_azuread_auth": true, "tenant_id": "tenant" }), |env| env.set("PATH", path));
    assert_eq!(contract.only(BLOBS).field("authorization"), "Bearer of az");
    let called = std::fs::read_to_string(folder.path().join("called")).expect("a note");
    assert_eq!(
        called,
        "account get-access-token --output json --scope https://storage.azure.com/.default --tenant tenant\n"
    );
}

#[test]
fn a_command_line_that_nobody_is_logged_in_on_says_so() {
    let folder = command_line("echo 'Please run az login to setup account.' >&2; exit 1");
    let contract = Contract::start(cloud);
    let mut env = contract.env();
    env.set("PATH", format!("{}:/bin:/usr/bin", folder.path().display()));
    let error = Opened::new(&unit(json!({ "use_azuread_auth": true }), env)).read().expect_err("no token");
    assert!(matches!(error, StoreError::Expired { .. }) && error.to_string().contains("az login"), "{error}");
}

#[test]
fn a_login_that_fails_is_told_by_its_meaning() {
    for (status, code, text, wanted) in [
        (401, 7000215, "AADSTS7000215: Invalid client secret provided.", "there are no credentials"),
        (401, 7000222, "AADSTS7000222: The provided client secret keys are expired.", "have expired"),
        (503, 0, "try later", "does not answer as it should"),
    ] {
        let contract = Contract::start(move |heard| match heard.host.as_str() {
            LOGIN => answer(status, &json!({ "error_codes": [code], "error_description": text })),
            _ => None,
        });
        let settings = app(json!({ "client_secret": CANARY }));
        let error = Opened::new(&unit(settings, contract.env())).read().expect_err("no token");
        let shown = error.to_string();
        assert!(shown.contains(wanted) && !format!("{error:?}").contains(CANARY), "{status}: {error:?}");
        assert_eq!(contract.heard().len(), if status == 503 { 5 } else { 1 }, "{shown}");
    }
}

#[test]
fn units_with_the_same_credentials_share_one_login() {
    let contract = Contract::start(cloud);
    let unit = unit(app(json!({ "client_secret": CANARY })), contract.env());
    let opened = Opened::new(&unit);
    let other = opened.stores.open(&unit).expect("a store");
    opened.read().expect("a state");
    opened.wait(other.read()).expect("a state");
    contract.only(LOGIN);
}
