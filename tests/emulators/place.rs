//! A bucket, container or folder of its own for one test, and what is in it, seen without any driver of ours.

use serde_json::{Map, Value, json};

use super::http::{Reply, Request, Upstream};
use super::proxy::Proxy;
use super::{azure, gcs, local, s3};

/// The settings of a backend block.
pub type Settings = Map<String, Value>;

/// Where terraform keeps a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Backend {
    Local,
    S3,
    Azurerm,
    Gcs,
}

/// What each backend does its own way.
pub trait Driver: Send + Sync {
    /// For a client of this backend: terraform, or ours.
    fn env(&self) -> Vec<(&'static str, String)>;

    /// The backend block for the state of this key.
    fn settings(&self, key: &str) -> Settings;

    /// The name of the object that holds the state of the default workspace.
    fn state_object(&self, key: &str) -> String;

    /// Sends a request to the store itself, past the proxy, with credentials.
    fn raw(&self, request: Request) -> Reply;

    fn read(&self, object: &str) -> Option<Vec<u8>>;
    fn write(&self, object: &str, body: &[u8]);
    fn remove(&self, object: &str);
    fn list(&self) -> Vec<String>;

    /// Who holds the lock, with the id that releases it.
    fn lock(&self, key: &str) -> Option<Value>;

    /// Takes the lock as terraform would, and gives the id that releases it.
    fn take_lock(&self, key: &str, info: &Value) -> String;

    /// Takes the lock from whoever holds it.
    fn free_lock(&self, key: &str);

    /// The store itself, past the proxy.
    fn upstream(&self) -> Option<&Upstream>;

    /// The proxy that `settings` lead to.
    fn proxy(&self) -> Option<&Proxy>;

    /// The same bucket through another proxy.
    fn twin(&self) -> Box<dyn Driver>;
}

/// A place for states, empty at first.
pub struct Place {
    pub backend: Backend,
    driver: Box<dyn Driver>,
}

impl Backend {
    pub const CLOUDS: [Self; 3] = [Self::S3, Self::Azurerm, Self::Gcs];
    pub const ALL: [Self; 4] = [Self::Local, Self::S3, Self::Azurerm, Self::Gcs];

    /// As terraform calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::S3 => "s3",
            Self::Azurerm => "azurerm",
            Self::Gcs => "gcs",
        }
    }

    /// A place of its own. Without the emulator the test says so and is skipped, unless
    /// `TERRACE_REQUIRE_EMULATORS=1` makes that a failure.
    pub fn require(self) -> Option<Place> {
        match self.place() {
            Ok(place) => Some(place),
            Err(missing) => {
                let wanted = std::env::var_os("TERRACE_REQUIRE_EMULATORS").is_some_and(|v| v == "1");
                assert!(!wanted, "this test needs an emulator of {}: {missing}", self.name());
                super::tools::say(&format!(
                    "skipped: this test needs an emulator of {}: {missing}",
                    self.name()
                ));
                None
            }
        }
    }

    /// The same, for who wants to say himself what is missing.
    pub fn place(self) -> Result<Place, String> {
        let driver: Box<dyn Driver> = match self {
            Self::Local => Box::new(local::Local::new()),
            Self::S3 => Box::new(s3::S3::new()?),
            Self::Azurerm => Box::new(azure::Azure::new()?),
            Self::Gcs => Box::new(gcs::Gcs::new()?),
        };
        Ok(Place { backend: self, driver })
    }
}

impl Place {
    pub fn env(&self) -> Vec<(&'static str, String)> {
        self.driver.env()
    }

    pub fn settings(&self, key: &str) -> Settings {
        self.driver.settings(key)
    }

    /// The text of a `backend.tf.json` for the state of this key.
    pub fn backend_file(&self, key: &str) -> String {
        json!({ "terraform": { "backend": { self.backend.name(): self.settings(key) } } }).to_string()
    }

    /// A `remote_state` block; the key may hold expressions, such as `${path_relative_to_include()}`.
    pub fn remote_state(&self, key: &str) -> String {
        let config = Value::Object(self.settings(key));
        format!(
            "remote_state {{\n  backend = \"{}\"\n  generate = {{\n    path      = \"backend.tf\"\n    if_exists = \"overwrite\"\n  }}\n  config = {config}\n}}\n",
            self.backend.name()
        )
    }

    pub fn raw(&self, request: Request) -> Reply {
        self.driver.raw(request)
    }

    pub fn state_object(&self, key: &str) -> String {
        self.driver.state_object(key)
    }

    /// The state of a key, as it is in the store.
    pub fn state(&self, key: &str) -> Option<Value> {
        let body = self.read(&self.state_object(key)).filter(|body| !body.is_empty())?;
        Some(serde_json::from_slice(&body).unwrap_or_else(|e| {
            panic!("the state of {key} is no JSON: {e}: {}", String::from_utf8_lossy(&body))
        }))
    }

    pub fn lock(&self, key: &str) -> Option<Value> {
        self.driver.lock(key)
    }

    /// Takes the lock as another terraform would; gives the id that releases it.
    pub fn take_lock(&self, key: &str, who: &str) -> String {
        let info = json!({
            "ID": "0d2f5dd9-47f3-4b1a-9c3e-6f0b6c1a2b3c",
            "Operation": "OperationTypeApply",
            "Info": "",
            "Who": who,
            "Version": "1.11.4",
            "Created": "2026-11-23T11:49:46.756847794Z",
            "Path": key,
        });
        self.driver.take_lock(key, &info)
    }

    /// Takes the lock from whoever holds it, without a question.
    pub fn free_lock(&self, key: &str) {
        self.driver.free_lock(key);
    }

    pub fn read(&self, object: &str) -> Option<Vec<u8>> {
        self.driver.read(object)
    }

    pub fn write(&self, object: &str, body: impl AsRef<[u8]>) {
        self.driver.write(object, body.as_ref());
    }

    pub fn remove(&self, object: &str) {
        self.driver.remove(object);
    }

    pub fn list(&self) -> Vec<String> {
        self.driver.list()
    }

    /// The proxy between this place and its clients.
    pub fn proxy(&self) -> &Proxy {
        self.driver.proxy().expect("a backend behind a proxy")
    }

    /// The store itself, past the proxy.
    pub fn upstream(&self) -> &Upstream {
        self.driver.upstream().expect("a backend behind a proxy")
    }

    /// The same bucket through another proxy: another client's line.
    pub fn twin(&self) -> Self {
        Self { backend: self.backend, driver: self.driver.twin() }
    }
}

/// A name that no other place of this process has.
pub fn new_name() -> String {
    static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    format!("states-{}", COUNT.fetch_add(1, std::sync::atomic::Ordering::SeqCst))
}

/// A path segment or a value of a query.
pub fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// The texts of an element in a list that a store gave as XML.
pub fn texts_of(xml: &str, element: &str) -> Vec<String> {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    xml.split(&open).skip(1).filter_map(|rest| rest.split(&close).next()).map(str::to_owned).collect()
}

/// Settings out of a JSON object.
pub fn settings(value: Value) -> Settings {
    match value {
        Value::Object(map) => map,
        other => panic!("no object: {other}"),
    }
}
