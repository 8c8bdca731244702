//! What states in S3 share: one session for each set of access settings, and what was found out about each bucket.

use super::bucket::Bucket;
use super::conditions::Conditions;
use super::settings::{self, Place};
use super::store::S3Store;
use super::table::Table;
use crate::cloud::aws::{Access, Session};
use crate::host::http::Patience;
use crate::state::object_state::{IdOf, ObjectState};
use crate::state::retry::Retry;
use crate::state::settings::{Backend, OpenError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

type Known = (Arc<Session>, HashMap<String, Arc<Conditions>>);

/// Opens states.
#[derive(Debug, Default)]
pub struct Driver {
    known: Mutex<HashMap<Access, Known>>,
}

impl Driver {
    /// Asks nothing yet.
    ///
    /// # Errors
    /// When the settings are not ones that we can honour.
    pub fn open(&self, backend: &Backend, patience: Patience) -> Result<S3Store, OpenError> {
        let (access, place) = settings::read(backend)?;
        let (session, conditions) = self
            .session(access, &place.bucket, patience)
            .map_err(|said| OpenError::Machine { backend: backend.kind.clone(), said })?;
        Ok(store(session, conditions, place))
    }

    fn session(
        &self,
        access: Access,
        bucket: &str,
        patience: Patience,
    ) -> Result<(Arc<Session>, Arc<Conditions>), String> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains_key(&access) {
            let session = Arc::new(Session::open(access.clone(), patience)?);
            known.insert(access.clone(), (session, HashMap::new()));
        }
        let (session, buckets) = known.get_mut(&access).ok_or("it was there a moment ago")?;
        let conditions = buckets.entry(bucket.to_owned()).or_default();
        Ok((Arc::clone(session), Arc::clone(conditions)))
    }
}

fn store(session: Arc<Session>, conditions: Arc<Conditions>, place: Place) -> S3Store {
    let usual = Retry::default();
    let retry = Retry { repetitions: place.repetitions.unwrap_or(usual.repetitions), ..usual };
    let lock_path = format!("{}/{}", place.bucket, place.key);
    let bucket = Bucket {
        session: Arc::clone(&session),
        name: place.bucket,
        encryption: place.encryption,
        acl: place.acl,
        conditions,
    };
    let table = place.table.map(|name| Table { session, name, lock_id: lock_path.clone(), retry });
    let state = ObjectState {
        objects: Arc::new(bucket.clone()),
        lock_key: place.has_lock_file.then(|| format!("{}.tflock", place.key)),
        key: place.key,
        id_of: IdOf::Text,
        lock_path,
        retry,
    };
    S3Store { state, table, bucket, wish: place.wish }
}
