//! Azure Blob Storage: Azurite, with what makes terraform find it: a metadata service that names its host, a login
//! service that gives tokens, and the proxy through which the host is reached.

use std::io;
use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::connect;
use super::http::{Reply, Request, Upstream, field};
use super::place::{Driver, Settings, new_name, percent, settings, texts_of};
use super::process::{Plan, Server};
use super::proxy::{Behind, Proxy};
use super::tls::{ACCOUNT, CLIENT, PAPERS, SERVER};
use super::tools::{Tool, find};

/// A version of the protocol that the emulator knows.
const VERSION: &str = "2021-12-02";

/// A container, the proxy before it and the metadata service that leads there.
pub struct Azure {
    upstream: Upstream,
    container: String,
    proxy: Proxy,
    metadata: Proxy,
}

/// The account's key. The emulator's own account cannot be used: terraform signs that name in another style.
fn account_key() -> String {
    STANDARD.encode([7_u8; 64])
}

fn emulator() -> Result<&'static Upstream, String> {
    static RUNNING: OnceLock<Server> = OnceLock::new();
    let program = find(Tool { name: "azurite", program: "azurite-blob" })?;
    let arguments = |port: u16| {
        let (certificate, key) = (PAPERS.certificate.to_string_lossy(), PAPERS.key.to_string_lossy());
        let words = format!(
            "--blobHost 127.0.0.1 --blobPort {port} --oauth basic --inMemoryPersistence --skipApiVersionCheck --disableTelemetry --silent"
        );
        let mut words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        words.extend(["--cert".to_owned(), certificate.into_owned(), "--key".to_owned(), key.into_owned()]);
        words
    };
    let plan = Plan {
        program,
        name: "azurite",
        env: vec![("AZURITE_ACCOUNTS", format!("{ACCOUNT}:{}", account_key()))],
        arguments: Box::new(arguments),
        tls: Some(Arc::clone(&CLIENT)),
    };
    Ok(&RUNNING.get_or_init(|| plan.start()).upstream)
}

/// A token as the login service gives it, which the emulator takes for what it says.
fn token() -> String {
    let claims = json!({
        "aud": "https://storage.azure.com",
        "iss": "https://sts.windows.net/00000000-0000-0000-0000-000000000000/",
        "iat": 1_700_000_000, "nbf": 1_700_000_000, "exp": 4_000_000_000_u64,
    });
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.x", part(json!({ "alg": "RS256", "typ": "JWT" })), part(claims))
}

/// What the metadata and the login service say, both of them at the host that was asked.
fn answer_about(storage_port: u16, request: &Request) -> Reply {
    let own = format!("https://{}", field(&request.fields, "host").unwrap_or_default());
    let (status, body) = match request.target.split('?').next().unwrap_or_default() {
        "/metadata/endpoints" => (200, environment(&own, storage_port)),
        path if path.ends_with("/token") => (
            200,
            json!({ "token_type": "Bearer", "expires_in": 3600, "ext_expires_in": 3600, "access_token": token() }),
        ),
        path => {
            (404, json!({ "error": "invalid_request", "error_description": format!("nothing is at {path}") }))
        }
    };
    let fields = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    Reply { status, fields, body: body.to_string().into_bytes() }
}

fn environment(own: &str, storage_port: u16) -> Value {
    json!({
        "name": "AzureCloud",
        "portal": own,
        "authentication": {
            "loginEndpoint": own, "audiences": [own], "tenant": "common", "identityProvider": "AAD",
        },
        "graph": own,
        "graphAudience": own,
        "microsoftGraphResourceId": own,
        "media": own,
        "batch": own,
        "resourceManager": own,
        "gallery": own,
        "sqlManagement": own,
        "vmImageAliasDoc": own,
        "activeDirectoryDataLake": own,
        "suffixes": { "storage": format!("localhost:{storage_port}"), "keyVaultDns": "vault.localhost" },
    })
}

impl Azure {
    pub fn new() -> Result<Self, String> {
        let this = Self::before(emulator()?.clone(), new_name());
        this.raw(Request::new("PUT", format!("/{}?restype=container", this.container))).success();
        Ok(this)
    }

    fn before(upstream: Upstream, container: String) -> Self {
        let tls = Some(Arc::clone(&SERVER));
        let behind = Behind { upstream: upstream.clone(), tls: tls.clone(), ask: Arc::new(Upstream::ask) };
        let proxy = Proxy::start(behind);
        let port = proxy.port;
        let ask = move |_: &Upstream, request: &Request| io::Result::Ok(answer_about(port, request));
        let metadata = Proxy::start(Behind { upstream: upstream.clone(), tls, ask: Arc::new(ask) });
        Self { upstream, container, proxy, metadata }
    }

    fn path(&self, object: &str) -> String {
        format!("/{}/{}", self.container, percent(object).replace("%2F", "/"))
    }

    fn about(&self, object: &str) -> Option<Reply> {
        let reply = self.raw(Request::new("HEAD", self.path(object)));
        (reply.status != 404).then(|| reply.success())
    }
}

impl Driver for Azure {
    fn env(&self) -> Vec<(&'static str, String)> {
        vec![
            ("HTTPS_PROXY", format!("http://127.0.0.1:{}", *connect::PORT)),
            ("SSL_CERT_FILE", PAPERS.authority.to_string_lossy().into_owned()),
        ]
    }

    fn settings(&self, key: &str) -> Settings {
        settings(json!({
            "storage_account_name": ACCOUNT,
            "container_name": self.container,
            "key": key,
            "access_key": account_key(),
            "metadata_host": format!("localhost:{}", self.metadata.port),
        }))
    }

    fn state_object(&self, key: &str) -> String {
        key.to_owned()
    }

    fn raw(&self, request: Request) -> Reply {
        let request = request
            .field("Host", format!("{ACCOUNT}.blob.localhost"))
            .field("Authorization", format!("Bearer {}", token()))
            .field("x-ms-version", VERSION);
        self.upstream.ask(&request).expect("the emulator answers")
    }

    fn read(&self, object: &str) -> Option<Vec<u8>> {
        let reply = self.raw(Request::new("GET", self.path(object)));
        (reply.status != 404).then(|| reply.success().body)
    }

    fn write(&self, object: &str, body: &[u8]) {
        let request = Request::new("PUT", self.path(object)).field("x-ms-blob-type", "BlockBlob");
        self.raw(request.field("Content-Type", "application/json").body(body)).success();
    }

    fn remove(&self, object: &str) {
        self.raw(Request::new("DELETE", self.path(object))).success();
    }

    fn list(&self) -> Vec<String> {
        let target = format!("/{}?restype=container&comp=list", self.container);
        texts_of(&self.raw(Request::new("GET", target)).success().text(), "Name")
    }

    /// A lease that says nothing of its holder is an empty object.
    fn lock(&self, key: &str) -> Option<Value> {
        let about = self.about(key)?;
        if about.field("x-ms-lease-status") != Some("locked") {
            return None;
        }
        let info = about.field("x-ms-meta-terraformlockid").and_then(|text| STANDARD.decode(text).ok());
        Some(info.and_then(|info| serde_json::from_slice(&info).ok()).unwrap_or_else(|| json!({})))
    }

    fn take_lock(&self, key: &str, info: &Value) -> String {
        if self.about(key).is_none() {
            self.write(key, b"");
        }
        let id = info["ID"].as_str().expect("an id");
        let lease = Request::new("PUT", format!("{}?comp=lease", self.path(key)))
            .field("x-ms-lease-action", "acquire")
            .field("x-ms-lease-duration", "-1")
            .field("x-ms-proposed-lease-id", id);
        self.raw(lease).success();
        let metadata = Request::new("PUT", format!("{}?comp=metadata", self.path(key)))
            .field("x-ms-lease-id", id)
            .field("x-ms-meta-terraformlockid", STANDARD.encode(info.to_string()));
        self.raw(metadata).success();
        id.to_owned()
    }

    fn free_lock(&self, key: &str) {
        let request = Request::new("PUT", format!("{}?comp=lease", self.path(key)));
        self.raw(request.field("x-ms-lease-action", "break").field("x-ms-lease-break-period", "0")).success();
    }

    fn upstream(&self) -> Option<&Upstream> {
        Some(&self.upstream)
    }

    fn proxy(&self) -> Option<&Proxy> {
        Some(&self.proxy)
    }

    fn twin(&self) -> Box<dyn Driver> {
        Box::new(Self::before(self.upstream.clone(), self.container.clone()))
    }
}
