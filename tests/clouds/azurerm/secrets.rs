//! No secret is told, not even to whoever listens to every word that we and the SDK say while we work.

use std::fmt::Write;
use std::sync::{Mutex, Once};

use serde_json::{Value as Json, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::contract::{Contract, blob, json as answer};
use super::{Opened, unit};
use crate::emulators::Reply;

/// Everything that was said since the start.
static SAID: Mutex<String> = Mutex::new(String::new());

struct Listener;

struct Note<'a>(&'a mut String);

impl Visit for Note<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }
}

impl Subscriber for Listener {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut said = SAID.lock().expect("what was said");
        said.push_str(span.metadata().name());
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

fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Listener).expect("nobody else listens"));
}

/// A secret of base64, as keys are.
const SECRET: &str = "aHVudGVyMi1odW50ZXIyLWh1bnRlcjI=";

fn kinds(contract: &Contract) -> Vec<Json> {
    let app = |more: Json| {
        let mut all = json!({ "use_azuread_auth": true, "tenant_id": "tenant", "client_id": "client" });
        all.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        all
    };
    let tokens = "https://tokens.example/github";
    vec![
        json!({ "access_key": SECRET }),
        json!({ "sas_token": format!("sv=1&sig={SECRET}") }),
        app(json!({ "client_secret": SECRET })),
        app(json!({ "client_certificate": SECRET, "client_certificate_password": SECRET })),
        app(json!({ "use_oidc": true, "oidc_token": SECRET })),
        app(json!({ "use_oidc": true, "oidc_request_url": tokens, "oidc_request_token": SECRET })),
        app(json!({ "use_msi": true, "msi_endpoint": contract.address(), "use_cli": false })),
    ]
}

/// Everybody gives secrets and takes them, or, when it refuses, says nothing of them.
fn cloud(refuses: bool) -> Contract {
    Contract::start(move |heard| {
        if refuses && heard.host.contains(".blob.") {
            return Some(Reply { status: 403, fields: Vec::new(), body: Vec::new() });
        }
        match heard.host.as_str() {
            "acct.blob.core.windows.net" => blob("{}"),
            _ => answer(
                200,
                &json!({ "token_type": "Bearer", "expires_in": 3600, "access_token": SECRET, "value": SECRET }),
            ),
        }
    })
}

#[test]
fn no_secret_is_told() {
    listen();
    for refuses in [false, true] {
        let contract = cloud(refuses);
        for settings in kinds(&contract) {
            let backend = unit(settings, contract.env());
            let opened = Opened::new(&backend);
            let answer = opened.read();
            let shown = format!("{answer:?} {:?} {:?}", opened.store, opened.stores);
            for form in [SECRET, SECRET.trim_end_matches('=')] {
                assert!(!shown.contains(form), "{shown}");
                let said = SAID.lock().expect("what was said");
                let told = said.lines().find(|line| line.contains(form));
                assert_eq!(told, None);
            }
        }
    }
    assert!(SAID.lock().expect("what was said").contains("Request: url"), "the SDK is heard");
}
