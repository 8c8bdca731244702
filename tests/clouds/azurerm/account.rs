//! Where an account is, and what a bootstrap asks of the management API: exactly these requests.

use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};
use terrace::host::env::Env;
use terrace::state::StoreError;
use terrace::state::store::{Change, Step};

use super::contract::{Contract, Heard, blob, json as answer};
use super::{CANARY, Opened, unit};
use crate::emulators::Reply;

const ACCOUNT: &str =
    "/subscriptions/sub/resourceGroups/group/providers/Microsoft.Storage/storageAccounts/acct";

/// What the management API knows.
#[derive(Default)]
struct Known {
    has_group: bool,
    account: Option<Json>,
    service: Json,
    has_container: bool,
    is_taken: bool,
}

type Shared = Arc<Mutex<Known>>;

fn path(heard: &Heard) -> (&str, &str) {
    heard.request.target.split_once('?').unwrap_or((&heard.request.target, ""))
}

fn token(heard: &Heard) -> Option<Reply> {
    let is_asked = heard.request.target == "/tenant/oauth2/v2.0/token";
    answer(200, &json!({ "token_type": "Bearer", "expires_in": 3600, "access_token": "t" }))
        .filter(|_| is_asked)
}

fn missing() -> Option<Reply> {
    answer(404, &json!({ "error": { "code": "ResourceNotFound", "message": "it is not there" } }))
}

/// Remembers what was made, as the real one would.
fn manage(known: &mut Known, heard: &Heard) -> Option<Reply> {
    let (path, version) = path(heard);
    let made = |body: &Json| answer(201, body);
    let group = "/subscriptions/sub/resourceGroups/group";
    let service = format!("{ACCOUNT}/blobServices/default");
    let container = format!("{service}/containers/states");
    let method = heard.request.method.as_str();
    match (method, path) {
        ("GET" | "PUT", p) if p == group && version == "api-version=2021-04-01" => {
            known.has_group |= method == "PUT";
            if known.has_group { answer(200, &json!({})) } else { missing() }
        }
        ("POST", "/subscriptions/sub/providers/Microsoft.Storage/checkNameAvailability") => {
            let reason = known.is_taken.then_some("AlreadyExists");
            answer(200, &json!({ "nameAvailable": !known.is_taken, "reason": reason }))
        }
        _ if version != "api-version=2023-05-01" => None,
        ("GET", p) if p == ACCOUNT => {
            known.account.as_ref().map_or_else(missing, |account| answer(200, account))
        }
        ("PUT", p) if p == ACCOUNT => {
            let mut account = heard.json();
            account["properties"]["provisioningState"] = json!("Succeeded");
            known.account = Some(account);
            answer(202, &Json::Null)
        }
        ("PATCH", p) if p == ACCOUNT => {
            let (account, patch) = (known.account.as_mut()?, heard.json());
            for (name, value) in patch["properties"].as_object().into_iter().flatten() {
                account["properties"][name] = value.clone();
            }
            if !patch["tags"].is_null() {
                account["tags"] = patch["tags"].clone();
            }
            answer(200, account)
        }
        ("GET", p) if p == service => answer(200, &known.service),
        ("PUT", p) if p == service => {
            known.service = heard.json();
            answer(200, &known.service)
        }
        ("GET", p) if p == container => {
            if known.has_container {
                answer(200, &json!({}))
            } else {
                missing()
            }
        }
        ("PUT", p) if p == container => {
            known.has_container = true;
            made(&heard.json())
        }
        _ => None,
    }
}

fn contract(known: Known) -> (Contract, Shared) {
    let known = Arc::new(Mutex::new(known));
    let kept = Arc::clone(&known);
    let contract = Contract::start(move |heard| match heard.host.as_str() {
        "login.microsoftonline.com" => token(heard),
        "management.azure.com" => manage(&mut kept.lock().expect("what is known"), heard),
        "acct.blob.core.windows.net" if heard.request.method == "HEAD" => {
            let fields = vec![("x-ms-error-code".to_owned(), "BlobNotFound".to_owned())];
            Some(Reply { status: 404, fields, body: Vec::new() })
        }
        _ => None,
    });
    (contract, known)
}

fn managed(more: Json) -> Json {
    let mut all = json!({
        "use_azuread_auth": true, "tenant_id": "tenant", "client_id": "client", "client_secret": "s",
        "subscription_id": "sub", "resource_group_name": "group", "location": "westeurope",
    });
    all.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    all
}

fn survey(opened: &Opened) -> Result<Vec<Step>, StoreError> {
    opened.wait(opened.store.survey())
}

fn names(steps: &[Step]) -> Vec<(&'static str, Change)> {
    steps.iter().map(|step| (step.name, step.change)).collect()
}

#[test]
fn everything_is_made_from_nothing_and_only_once() {
    let (contract, known) = contract(Known { service: json!({}), ..Known::default() });
    let settings = managed(json!({
        "tags": { "team": "core" }, "account_replication_type": "ZRS", "access_tier": "Hot",
        "enable_soft_delete": true, "soft_delete_retention_days": 14,
    }));
    let opened = Opened::new(&unit(settings, contract.env()));
    let steps = survey(&opened).expect("a plan");
    let wanted = ["resource group", "storage account", "versioning", "soft delete", "container"];
    assert_eq!(names(&steps), wanted.map(|name| (name, Change::Create)));
    assert!(contract.heard().iter().all(|heard| heard.request.method != "PUT"), "a plan changes nothing");
    for step in &steps {
        opened.wait(opened.store.carry_out(step)).expect("it is done");
        opened.wait(opened.store.carry_out(step)).expect("twice is no fault");
    }
    assert_eq!(survey(&opened).expect("a plan"), []);
    assert!(opened.wait(opened.store.keeps_versions()).expect("an answer"), "there is no blob to tell by");
    contract.heard();
    let account = known.lock().expect("what is known").account.clone().expect("an account");
    assert_eq!((&account["sku"]["name"], &account["kind"]), (&json!("Standard_ZRS"), &json!("StorageV2")));
    assert_eq!((&account["location"], &account["tags"]), (&json!("westeurope"), &json!({ "team": "core" })));
    let properties = &account["properties"];
    assert_eq!(properties["allowBlobPublicAccess"], false);
    assert_eq!(
        (&properties["minimumTlsVersion"], &properties["accessTier"]),
        (&json!("TLS1_2"), &json!("Hot"))
    );
    let service = known.lock().expect("what is known").service.clone();
    assert_eq!(service["properties"]["isVersioningEnabled"], true);
    assert_eq!(service["properties"]["deleteRetentionPolicy"], json!({ "enabled": true, "days": 14 }));
}

fn standing() -> Known {
    Known {
        has_group: true,
        account: Some(json!({
            "tags": { "owner": "others" },
            "properties": {
                "provisioningState": "Succeeded", "allowBlobPublicAccess": true, "supportsHttpsTrafficOnly": false,
            },
        })),
        service: json!({ "properties": { "changeFeed": { "enabled": true } } }),
        has_container: true,
        is_taken: true,
    }
}

#[test]
fn what_stands_is_compared_and_what_others_set_stays() {
    let (contract, known) = contract(standing());
    let opened = Opened::new(&unit(managed(json!({ "tags": { "team": "core" } })), contract.env()));
    let steps = survey(&opened).expect("a plan");
    let wanted = ["settings of the storage account", "versioning"];
    assert_eq!(names(&steps), wanted.map(|name| (name, Change::Update)));
    assert!(steps[0].what.contains("the tags") && steps[0].what.contains("public access"), "{steps:?}");
    for step in &steps {
        opened.wait(opened.store.carry_out(step)).expect("it is done");
    }
    assert_eq!(survey(&opened).expect("a plan"), []);
    let known = known.lock().expect("what is known");
    let account = known.account.as_ref().expect("an account");
    assert_eq!(account["tags"], json!({ "owner": "others", "team": "core" }));
    assert_eq!(account["properties"]["supportsHttpsTrafficOnly"], true);
    assert_eq!(known.service["properties"]["changeFeed"]["enabled"], true, "{}", known.service);
}

#[test]
fn what_is_skipped_is_neither_made_nor_compared() {
    let (contract, _) = contract(Known { has_container: false, ..standing() });
    let settings = managed(json!({
        "skip_versioning": true, "skip_container_creation": true, "allow_blob_public_access": true,
    }));
    let opened = Opened::new(&unit(settings, contract.env()));
    let steps = survey(&opened).expect("a plan");
    assert_eq!(names(&steps), [("settings of the storage account", Change::Update)]);
    assert!(!steps[0].what.contains("public"), "{steps:?}");
}

#[test]
fn a_name_that_somebody_else_has_is_never_ours() {
    let (contract, _) = contract(Known { has_group: true, is_taken: true, ..Known::default() });
    let opened = Opened::new(&unit(managed(json!({})), contract.env()));
    let error = survey(&opened).expect_err("it is not ours");
    assert!(matches!(error, StoreError::Foreign { .. }), "{error:?}");
}

#[test]
fn without_a_location_no_account_is_made() {
    let (contract, _) = contract(Known { has_group: true, ..Known::default() });
    let opened = Opened::new(&unit(managed(json!({ "location": null })), contract.env()));
    let error = survey(&opened).expect_err("nowhere to make it").to_string();
    assert!(error.contains("location"), "{error}");
}

#[test]
fn without_management_the_container_alone_is_made() {
    let made = Arc::new(Mutex::new(false));
    let kept = Arc::clone(&made);
    let contract = Contract::start(move |heard| {
        let mut is_made = kept.lock().expect("whether it is made");
        let missing = vec![("x-ms-error-code".to_owned(), "ContainerNotFound".to_owned())];
        let reply = |status, fields| Some(Reply { status, fields, body: Vec::new() });
        match heard.line().as_str() {
            "HEAD acct.blob.core.windows.net/states?restype=container"
            | "GET acct.blob.core.windows.net/states?restype=container" => match *is_made {
                true => reply(200, Vec::new()),
                false => reply(404, missing),
            },
            "PUT acct.blob.core.windows.net/states?restype=container" => {
                let had = std::mem::replace(&mut *is_made, true);
                let exists = vec![("x-ms-error-code".to_owned(), "ContainerAlreadyExists".to_owned())];
                if had { reply(409, exists) } else { reply(201, Vec::new()) }
            }
            _ => None,
        }
    });
    let opened = Opened::new(&unit(json!({ "access_key": CANARY }), contract.env()));
    let steps = survey(&opened).expect("a plan");
    assert_eq!(names(&steps), [("container", Change::Create)]);
    for _ in 0..2 {
        opened.wait(opened.store.carry_out(&steps[0])).expect("it is done");
    }
    assert_eq!(survey(&opened).expect("a plan"), []);
    assert!(contract.heard().len() >= 4);
}

#[test]
fn the_management_api_may_say_where_the_blobs_are() {
    let contract = Contract::start(|heard| match (heard.host.as_str(), path(heard).0) {
        ("login.microsoftonline.com", _) => token(heard),
        ("management.azure.com", ACCOUNT) => {
            let blobs = json!({ "blob": "https://acct.z9.blob.storage.azure.net/" });
            answer(200, &json!({ "properties": { "primaryEndpoints": blobs } }))
        }
        ("acct.z9.blob.storage.azure.net", "/states/k.tfstate") => blob("{}"),
        _ => None,
    });
    let settings = managed(json!({ "lookup_blob_endpoint": true }));
    assert!(Opened::new(&unit(settings, contract.env())).read().expect("a state").is_some());
    contract.only("acct.z9.blob.storage.azure.net");
}

#[test]
fn clouds_are_found_by_name_or_by_their_metadata() {
    let contract = Contract::start(|heard| match heard.line().as_str() {
        "GET metadata.private.example/metadata/endpoints?api-version=2022-09-01" => answer(
            200,
            &json!({
                "name": "Private",
                "authentication": { "loginEndpoint": "https://login.microsoftonline.com/", "audiences": ["https://m/"] },
                "resourceManager": "https://management.azure.com/",
                "suffixes": { "storage": "private.example" },
            }),
        ),
        line if line.starts_with("GET acct.blob.") => blob("{}"),
        _ => None,
    });
    let read = |settings: Json, env: Env| Opened::new(&unit(settings, env)).read().expect("a state");
    read(json!({ "access_key": CANARY, "metadata_host": "metadata.private.example" }), contract.env());
    let mut env = contract.env();
    env.set("ARM_ENVIRONMENT", "china");
    read(json!({ "access_key": CANARY }), env);
    contract.only("acct.blob.private.example");
    contract.only("acct.blob.core.chinacloudapi.cn");
}

#[test]
fn settings_that_are_missing_or_unknown_are_named() {
    let fails = |settings: Json| {
        let stores = terrace::state::Stores::new().expect("a thread");
        stores.open(&unit(settings, Env::default())).expect_err("it cannot be opened")
    };
    let error = fails(json!({ "use_azuread_auth": false }));
    assert!(error.to_string().contains("resource_group_name"), "{error}");
    let error = fails(json!({ "access_key": CANARY, "novelty": true }));
    assert!(error.is_for_terraform() && error.to_string().contains("novelty"), "{error}");
    let error = fails(json!({ "access_key": CANARY, "endpoint": "https://x" }));
    assert!(error.is_for_terraform(), "{error}");
    let error = fails(json!({ "access_key": CANARY, "key": "a/../b" }));
    assert!(error.to_string().contains("`key`"), "{error}");
    let error = fails(json!({ "client_id": "one", "client_id_file_path": "/dev/null" }));
    assert!(error.to_string().contains("client_id"), "{error}");
}
