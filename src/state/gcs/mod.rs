//! States in Google Cloud Storage: objects with generations, a lock that is an object made on the condition that none
//! is there and named by its generation.
//!
//! - `settings`: what a unit says
//! - `api`, `answer`: requests, and what their answers mean; `objects`: the objects of a bucket
//! - `bootstrap`: the bucket itself

mod answer;
mod api;
mod bootstrap;
mod objects;
mod settings;

use super::error::StoreError;
use super::object_state::{IdOf, ObjectState, OfObjects};
use super::retry::Retry;
use super::settings::{Backend, OpenError};
use super::store::{Bootstrap, Step};
use super::stores::{ClientKey, Transport, client_key};
use crate::cloud::google::{Credentials, Tokens};
use api::{Api, Session};
use async_trait::async_trait;
use bootstrap::Bucket;
use objects::GcsObjects;
use settings::Config;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Sessions by who we are and which client that takes: units with the same settings share tokens and connections.
#[derive(Debug, Default)]
pub struct Sessions(Mutex<HashMap<(Credentials, ClientKey), Session>>);

impl Sessions {
    fn session(
        &self,
        credentials: Credentials,
        (backend, transport): (&Backend, &Transport),
    ) -> Result<Session, OpenError> {
        let machine = |said| OpenError::Machine { backend: backend.kind.clone(), said };
        let http = transport.client(&backend.env).map_err(machine)?;
        let key = (credentials, client_key(&backend.env));
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let make = |(credentials, _): &(Credentials, _)| Session {
            tokens: Arc::new(Tokens::new(credentials.clone(), http.clone())),
            http: http.clone(),
        };
        Ok(sessions.entry(key).or_insert_with_key(make).clone())
    }
}

/// One state.
#[derive(Debug)]
pub struct GcsStore {
    state: ObjectState,
    bucket: Bucket,
}

impl GcsStore {
    /// Asks nothing yet.
    ///
    /// # Errors
    /// When the settings are not ones that we can honour.
    pub fn open(backend: &Backend, transport: &Transport, sessions: &Sessions) -> Result<Self, OpenError> {
        let config = Config::read(backend)?;
        let session = sessions.session(config.credentials, (backend, transport))?;
        let api = Api { session, endpoint: config.endpoint, bucket: config.bucket };
        let (key, lock_key) = config.keys;
        let retry = Retry::default();
        let state = ObjectState {
            lock_path: api.place(&lock_key),
            objects: Arc::new(GcsObjects { api: api.clone(), encryption: config.encryption }),
            key,
            lock_key: Some(lock_key),
            id_of: IdOf::Tag,
            retry,
        };
        Ok(Self { state, bucket: Bucket { api, wanted: config.wanted, retry } })
    }
}

impl OfObjects for GcsStore {
    const BACKEND: &'static str = "gcs";

    fn state(&self) -> &ObjectState {
        &self.state
    }
}

#[async_trait]
impl Bootstrap for GcsStore {
    fn container(&self) -> String {
        self.bucket.api.place("")
    }

    async fn survey(&self) -> Result<Vec<Step>, StoreError> {
        self.bucket.survey().await
    }

    async fn carry_out(&self, step: &Step) -> Result<(), StoreError> {
        self.bucket.carry_out(step).await
    }

    async fn keeps_versions(&self) -> Result<bool, StoreError> {
        self.bucket.keeps_versions().await
    }
}

#[cfg(test)]
mod tests;
