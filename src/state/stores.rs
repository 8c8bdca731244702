//! Opening stores. One value for a command: its clients, connections and credentials are shared by all units whose
//! settings are the same, and all requests run on one thread of their own, so that callers may block.

use super::azurerm;
use super::gcs::{self, GcsStore};
use super::local::LocalStore;
use super::s3;
use super::settings::{Backend, OpenError};
use super::store::Store;
use crate::host::env::Env;
use crate::host::http::{self, Patience};
use crate::host::reactor::Reactor;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::runtime::Handle;

/// The variables that decide about a client: its proxies, and whom it trusts.
const VARIABLES: [&str; 8] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// What tells the client of one environment from that of another.
pub type ClientKey = [Option<String>; 8];

/// What an environment says of a client.
#[must_use]
pub fn client_key(env: &Env) -> ClientKey {
    VARIABLES.map(|name| env.get_filled(name).map(str::to_owned))
}

/// What drivers share: how long a server may take, and one client for each set of proxies and authorities.
#[derive(Debug, Default)]
pub struct Transport {
    patience: Patience,
    clients: Mutex<HashMap<ClientKey, reqwest::Client>>,
}

impl Transport {
    /// A client with the proxies and authorities of this environment.
    ///
    /// # Errors
    /// When there is nobody to trust or a proxy's address is none.
    pub fn client(&self, env: &Env) -> Result<reqwest::Client, String> {
        let key = client_key(env);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&key) {
            return Ok(client.clone());
        }
        let client = http::client(env, self.patience)?;
        clients.insert(key, client.clone());
        Ok(client)
    }
}

/// All stores of a command.
#[derive(Debug)]
pub struct Stores {
    transport: Arc<Transport>,
    azurerm: azurerm::Sessions,
    gcs: gcs::Sessions,
    s3: s3::Driver,
    reactor: Reactor,
}

impl Stores {
    /// # Errors
    /// When the system has no thread to give.
    pub fn new() -> std::io::Result<Self> {
        Self::with_patience(Patience::default())
    }

    /// # Errors
    /// When the system has no thread to give.
    pub fn with_patience(patience: Patience) -> std::io::Result<Self> {
        let transport = Transport { patience, ..Transport::default() };
        Ok(Self {
            transport: Arc::new(transport),
            azurerm: azurerm::Sessions::default(),
            gcs: gcs::Sessions::default(),
            s3: s3::Driver::default(),
            reactor: Reactor::start("stores")?,
        })
    }

    /// A store for one state. Asks nothing yet.
    ///
    /// # Errors
    /// When the settings are not ones that we can honour.
    pub fn open(&self, backend: &Backend) -> Result<Arc<dyn Store>, OpenError> {
        match backend.kind.as_str() {
            "azurerm" => Ok(Arc::new(self.azurerm.open(backend, &self.transport)?)),
            "local" => Ok(Arc::new(LocalStore::open(backend)?)),
            "gcs" => Ok(Arc::new(GcsStore::open(backend, &self.transport, &self.gcs)?)),
            "s3" => Ok(Arc::new(self.s3.open(backend, self.transport.patience)?)),
            kind => Err(OpenError::NoDriver { backend: kind.to_owned() }),
        }
    }

    /// What drivers share.
    #[must_use]
    pub fn transport(&self) -> &Arc<Transport> {
        &self.transport
    }

    /// Waits for a question to a store. Any thread may ask, but for one that itself runs such questions.
    pub fn wait<T: Send + 'static>(&self, question: impl Future<Output = T> + Send + 'static) -> Option<T> {
        self.reactor.wait(question)
    }

    /// Where questions run, for callers that do not block.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.reactor.handle()
    }
}

/// The stores of a command, started when they are first needed: most commands ask none.
#[derive(Debug, Default)]
pub struct StoresInWaiting(OnceLock<Result<Arc<Stores>, Arc<std::io::Error>>>);

impl StoresInWaiting {
    /// # Errors
    /// When the system has no thread to give.
    pub fn get(&self) -> Result<Arc<Stores>, Arc<std::io::Error>> {
        self.0.get_or_init(|| Stores::new().map(Arc::new).map_err(Arc::new)).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::Stores;
    use crate::hcl::Value;
    use crate::host::env::Env;
    use crate::state::settings::{Backend, OpenError};
    use std::time::Duration;

    #[test]
    fn questions_of_many_threads_run_side_by_side() {
        let stores = Stores::new().unwrap();
        let answers: Vec<Option<u32>> = std::thread::scope(|scope| {
            let ask = |n: u32| {
                let stores = &stores;
                scope.spawn(move || -> Option<u32> {
                    stores.wait(async move {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                        n * 2
                    })
                })
            };
            let asked: Vec<_> = (0..50).map(ask).collect();
            asked.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(answers, (0..50).map(|n| Some(n * 2)).collect::<Vec<_>>());
    }

    #[test]
    fn a_backend_without_a_driver_is_for_terraform() {
        let backend = Backend {
            kind: "pg".to_owned(),
            config: Value::object::<&str>([]),
            env: Env::default(),
            workspace: "default".to_owned(),
            dir: "/".into(),
        };
        let error = Stores::new().unwrap().open(&backend).unwrap_err();
        assert_eq!(error, OpenError::NoDriver { backend: "pg".to_owned() });
        assert!(error.is_for_terraform());
    }
}
