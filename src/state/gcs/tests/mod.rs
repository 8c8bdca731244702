//! What arrives at Google's servers for each setting, at a server on loopback that plays all of them.

mod buckets;
mod logins;
mod requests;
mod server;

use super::super::stores::Stores;
use crate::hcl::Value;
use crate::host::env::Env;
use crate::state::settings::{Backend, OpenError};
use crate::state::{Store, StoreError};
use server::{Asked, Said, Server, json};
use std::sync::Arc;

const STATE: &str = r#"{"version":4,"serial":1,"lineage":"l","outputs":{},"resources":[]}"#;
const DOWNLOAD: &str = "GET /storage/v1/b/team-states/o/live%2Fdefault.tfstate?alt=media";
const CANARY: &str = "canary-7f5d9c4e";

/// A unit whose bucket is at this server; `more` are its other settings, or override these.
fn backend(server: &Server, more: &[(&str, Value)]) -> Backend {
    let mut settings = vec![
        ("bucket", Value::string("team-states")),
        ("prefix", Value::string("live")),
        ("storage_custom_endpoint", Value::string(&*server.url("/storage/v1/b"))),
    ];
    settings.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    settings.extend_from_slice(more);
    let mut env = Env::default();
    env.set("HOME", "/nobody");
    Backend {
        kind: "gcs".to_owned(),
        config: Value::object(settings),
        env,
        workspace: "default".to_owned(),
        dir: "/".into(),
    }
}

fn text(text: &str) -> Value {
    Value::string(text)
}

fn stores() -> Stores {
    Stores::new().unwrap()
}

fn open(backend: &Backend) -> (Stores, Arc<dyn Store>) {
    let stores = stores();
    let store = stores.open(backend).unwrap();
    (stores, store)
}

fn fault(backend: &Backend) -> OpenError {
    stores().open(backend).unwrap_err()
}

/// Reads the state once.
fn read(backend: &Backend) -> Result<bool, StoreError> {
    let (stores, store) = open(backend);
    stores.wait(async move { store.read().await.map(|object| object.is_some()) }).unwrap()
}

/// The state, for whoever has a token; tokens are `answer`'s matter.
fn with_state(answer: impl Fn(&Asked) -> Option<Said> + Send + Sync + 'static) -> Server {
    Server::start(move |asked| match asked.line.as_str() {
        DOWNLOAD => Some((200, "x-goog-generation: 7\r\n", STATE.to_owned())),
        _ => answer(asked),
    })
}
