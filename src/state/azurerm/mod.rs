//! States in Azure's blobs, locked as terraform locks them: by an infinite lease on the state itself, with a note about
//! the holder in its metadata.
//!
//! - `config`: the settings; `cloud`, `session`, `identity`, `management`: how to get to an account and who we are
//! - `transport`, `signing`, `faults`: requests of the SDK over our client, what goes onto them, what refusals mean
//! - `blobs`: objects; `lease`: the lock; `bootstrap`: the container around them

mod blobs;
mod bootstrap;
mod cloud;
mod config;
mod faults;
mod identity;
mod lease;
mod management;
mod session;
mod signing;
mod transport;

use super::error::StoreError;
use super::holder::Holder;
use super::object::{Condition, Object, Objects, Seen, Sink, Tag, Version};
use super::object_state::{IdOf, ObjectState};
use super::retry::Retry;
use super::settings::{Backend, OpenError};
use super::store::StateStore;
use super::stores::{ClientKey, Transport, client_key};
use async_trait::async_trait;
use blobs::Blobs;
use bytes::Bytes;
use config::{Account, Wanted};
use identity::settings::Identity;
use session::Session;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What `az` decides by; two units that differ in one of these do not share a session.
const COMMAND_LINE: [&str; 3] = ["PATH", "HOME", "AZURE_CONFIG_DIR"];

type Key = (Account, ClientKey, Vec<Option<String>>);

/// The sessions of a command. Units with equal settings share one.
#[derive(Debug, Default)]
pub struct Sessions(Mutex<HashMap<Key, Arc<Session>>>);

impl Sessions {
    /// A store for one state. Asks nothing yet.
    ///
    /// # Errors
    /// When the settings are not ones that we can honour.
    pub fn open(&self, backend: &Backend, transport: &Transport) -> Result<AzureStore, OpenError> {
        let config = config::read(backend)?;
        let session = self.session(config.account, backend, transport)?;
        let objects = Blobs { session, container: config.container, lease: None };
        Ok(AzureStore {
            objects,
            key: config.key,
            takes_snapshots: config.snapshot,
            wanted: config.wanted,
            retry: Retry::default(),
        })
    }

    fn session(
        &self,
        account: Account,
        backend: &Backend,
        transport: &Transport,
    ) -> Result<Arc<Session>, OpenError> {
        let env = &backend.env;
        let decides = matches!(account.identity, Some(Identity::CommandLine { .. }));
        let names = if decides { &COMMAND_LINE[..] } else { &[] };
        let around = names.iter().map(|name| env.get(name).map(str::to_owned)).collect();
        let key = (account, client_key(env), around);
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = sessions.get(&key) {
            return Ok(Arc::clone(session));
        }
        let machine = |said: String| OpenError::Machine { backend: backend.kind.clone(), said };
        let client = transport.client(env).map_err(machine)?;
        let session = Arc::new(Session::new(key.0.clone(), client, env.clone()));
        sessions.insert(key, Arc::clone(&session));
        Ok(session)
    }
}

/// One state in one container.
#[derive(Clone, Debug)]
pub struct AzureStore {
    objects: Blobs,
    key: String,
    /// Whether a copy is taken before each write.
    takes_snapshots: bool,
    wanted: Wanted,
    retry: Retry,
}

impl AzureStore {
    /// The state as an object that is read and written; under a lease if there is one.
    fn state(&self, lease: Option<String>) -> ObjectState {
        ObjectState {
            objects: Arc::new(Blobs { lease, ..self.objects.clone() }),
            key: self.key.clone(),
            lock_key: None,
            id_of: IdOf::Text,
            lock_path: String::new(),
            retry: self.retry,
        }
    }

    /// Taking a lock makes an empty blob where there was no state; for a writer, that is still nothing.
    async fn settled(&self, condition: &Condition) -> Result<Condition, StoreError> {
        if *condition != Condition::Absent {
            return Ok(condition.clone());
        }
        let about = self.retry.repeat(|| self.objects.about(&self.key)).await?;
        Ok(match about {
            Some(about) if about.size == 0 => Condition::Unchanged(about.seen.tag),
            _ => Condition::Absent,
        })
    }

    async fn take_snapshot(&self, lease: &str) -> Result<(), StoreError> {
        use azure_storage_blob::models::BlobClientCreateSnapshotOptions;
        let attempt = || async {
            let options =
                BlobClientCreateSnapshotOptions { lease_id: Some(lease.to_owned()), ..Default::default() };
            let blob = self.objects.blob(&self.key).await?;
            let made = blob.create_snapshot(Some(options)).await;
            made.map(drop).map_err(|error| faults::store_error(&error, &self.address()))
        };
        self.retry.repeat(attempt).await
    }
}

#[async_trait]
impl StateStore for AzureStore {
    fn backend(&self) -> &'static str {
        "azurerm"
    }

    fn address(&self) -> String {
        self.objects.address(&self.key)
    }

    fn key(&self) -> &str {
        &self.key
    }

    fn objects(&self) -> &dyn Objects {
        &self.objects
    }

    async fn read(&self) -> Result<Option<Object>, StoreError> {
        self.state(None).read().await
    }

    async fn read_front(&self, sink: &mut dyn Sink) -> Result<Option<Seen>, StoreError> {
        self.state(None).read_front(sink).await
    }

    async fn write(&self, body: Bytes, condition: &Condition, lock: &Holder) -> Result<Tag, StoreError> {
        let condition = self.settled(condition).await?;
        if self.takes_snapshots && condition != Condition::Absent {
            self.take_snapshot(&lock.id).await?;
        }
        self.state(Some(lock.id.clone())).write(body, &condition).await
    }

    async fn delete(&self, tag: &Tag, lock: &Holder) -> Result<(), StoreError> {
        let objects = Blobs { lease: Some(lock.id.clone()), ..self.objects.clone() };
        self.retry.repeat(|| objects.delete_with_copies(&self.key, tag)).await.map(drop)
    }

    async fn versions(&self) -> Result<Vec<Version>, StoreError> {
        self.state(None).versions().await
    }

    async fn read_version(&self, version: &str) -> Result<Bytes, StoreError> {
        self.state(None).read_version(version).await
    }
}
