//! Our own driver for Azure's blobs: against the emulator, and against a server that stands for the whole cloud and fails
//! on every request that it does not expect.

mod account;
mod contract;
mod credentials;
mod emulated;
mod refusals;
mod secrets;
mod versions;

use std::sync::Arc;

use serde_json::{Value as Json, json};
use terrace::hcl::json::from_json;
use terrace::host::env::Env;
use terrace::state::{Backend, Store, StoreError, Stores};

/// A secret of a kind that must be seen nowhere but where it is sent.
const CANARY: &str = "Y2FuYXJ5LXNlY3JldA==";

/// A unit with these settings beside those that every unit has.
fn unit(more: Json, env: Env) -> Backend {
    let mut settings =
        json!({ "storage_account_name": "acct", "container_name": "states", "key": "k.tfstate" });
    let all = settings.as_object_mut().expect("an object");
    all.extend(more.as_object().expect("an object").clone());
    Backend {
        kind: "azurerm".to_owned(),
        config: from_json(&settings),
        env,
        workspace: "default".to_owned(),
        dir: "/".into(),
    }
}

/// A store, and what it needs to answer.
struct Opened {
    stores: Stores,
    store: Arc<dyn Store>,
}

impl Opened {
    fn new(backend: &Backend) -> Self {
        let stores = Stores::new().expect("a thread");
        let store = stores.open(backend).expect("a store");
        Self { stores, store }
    }

    fn wait<T>(&self, question: impl Future<Output = T>) -> T {
        self.stores.handle().block_on(question)
    }

    fn read(&self) -> Result<Option<String>, StoreError> {
        let read = self.wait(self.store.read())?;
        Ok(read.map(|object| String::from_utf8_lossy(&object.body).into_owned()))
    }
}
