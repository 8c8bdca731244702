//! Google Cloud Storage: fake-gcs-server, and the condition on deletes that it ignores.

use std::io;
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::{Value, json};

use super::faults::Answer;
use super::http::{Reply, Request, Upstream, field};
use super::place::{Backend, Driver, Settings, new_name, percent, settings};
use super::process::{Plan, Server};
use super::proxy::{Behind, Proxy};
use super::tools::{Tool, find};

/// A bucket and the proxy before it.
pub struct Gcs {
    upstream: Upstream,
    bucket: String,
    proxy: Proxy,
}

fn emulator() -> Result<&'static Upstream, String> {
    static RUNNING: OnceLock<Server> = OnceLock::new();
    let program = find(Tool { name: "gcs", program: "fake-gcs-server" })?;
    let arguments = |port: u16| {
        let public = format!("127.0.0.1:{port}");
        let port = port.to_string();
        let words = [
            "-scheme",
            "http",
            "-host",
            "127.0.0.1",
            "-port",
            &port,
            "-backend",
            "memory",
            "-public-host",
            &public,
        ];
        words.map(str::to_owned).to_vec()
    };
    let plan = Plan { program, name: "gcs", env: Vec::new(), arguments: Box::new(arguments), tls: None };
    Ok(&RUNNING.get_or_init(|| plan.start()).upstream)
}

/// The generation that a delete asks for.
fn condition(request: &Request) -> Option<&str> {
    let (_, query) = request.target.split_once('?')?;
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| *name == "ifGenerationMatch").map(|(_, value)| value)
}

/// Asks the emulator, one change at a time, and refuses a delete whose condition does not hold.
fn mind_conditions(upstream: &Upstream, request: &Request) -> io::Result<Reply> {
    static CHANGES: Mutex<()> = Mutex::new(());
    if matches!(request.method.as_str(), "GET" | "HEAD") {
        return upstream.ask(request);
    }
    let _alone = CHANGES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(wanted) = condition(request).filter(|_| request.method == "DELETE") {
        let path = request.target.split('?').next().unwrap_or_default();
        let there = upstream.ask(&Request::new("GET", path))?;
        if there.status == 404 {
            return Ok(there);
        }
        let about: Value = serde_json::from_slice(&there.body).unwrap_or_default();
        if about["generation"].as_str() != Some(wanted) {
            return Ok(Answer::error(Backend::Gcs, 412, "conditionNotMet").reply());
        }
    }
    upstream.ask(request)
}

impl Gcs {
    pub fn new() -> Result<Self, String> {
        let this = Self::before(emulator()?.clone(), new_name());
        let request =
            Request::new("POST", "/storage/v1/b?project=test").field("Content-Type", "application/json");
        this.raw(request.body(json!({ "name": this.bucket }).to_string())).success();
        Ok(this)
    }

    fn before(upstream: Upstream, bucket: String) -> Self {
        let behind = Behind { upstream: upstream.clone(), tls: None, ask: Arc::new(ask_as_if_direct) };
        Self { upstream, bucket, proxy: Proxy::start(behind) }
    }

    fn path(&self, object: &str) -> String {
        format!("/storage/v1/b/{}/o/{}", self.bucket, percent(object))
    }
}

/// The emulator serves objects only under its own name. An upload in pieces goes on where the answer says: at the proxy
/// that the client asked, not past it.
fn ask_as_if_direct(upstream: &Upstream, request: &Request) -> io::Result<Reply> {
    let own = format!("127.0.0.1:{}", upstream.port);
    let host = field(&request.fields, "host").unwrap_or_default();
    let mut direct = request.clone();
    direct.fields.retain(|(name, _)| !name.eq_ignore_ascii_case("host"));
    let mut reply = mind_conditions(upstream, &direct)?;
    for (name, value) in &mut reply.fields {
        if name.eq_ignore_ascii_case("location") {
            *value = value.replace(&own, host);
        }
    }
    Ok(reply)
}

impl Driver for Gcs {
    fn env(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn settings(&self, key: &str) -> Settings {
        settings(json!({
            "bucket": self.bucket,
            "prefix": key,
            "storage_custom_endpoint": format!("http://127.0.0.1:{}/storage/v1/", self.proxy.port),
            "access_token": "test",
        }))
    }

    fn state_object(&self, key: &str) -> String {
        format!("{key}/default.tfstate")
    }

    fn raw(&self, request: Request) -> Reply {
        mind_conditions(&self.upstream, &request).expect("the emulator answers")
    }

    fn read(&self, object: &str) -> Option<Vec<u8>> {
        let reply = self.raw(Request::new("GET", format!("{}?alt=media", self.path(object))));
        (reply.status != 404).then(|| reply.success().body)
    }

    fn write(&self, object: &str, body: &[u8]) {
        let target =
            format!("/upload/storage/v1/b/{}/o?uploadType=media&name={}", self.bucket, percent(object));
        self.raw(Request::new("POST", target).field("Content-Type", "application/json").body(body)).success();
    }

    fn remove(&self, object: &str) {
        self.raw(Request::new("DELETE", self.path(object))).success();
    }

    fn list(&self) -> Vec<String> {
        let reply = self.raw(Request::new("GET", format!("/storage/v1/b/{}/o", self.bucket))).success();
        let list: Value = serde_json::from_slice(&reply.body).expect("a list");
        let items = list["items"].as_array().cloned().unwrap_or_default();
        items.iter().filter_map(|item| item["name"].as_str()).map(str::to_owned).collect()
    }

    fn lock(&self, key: &str) -> Option<Value> {
        let object = format!("{key}/default.tflock");
        let mut info: Value = serde_json::from_slice(&self.read(&object)?).ok()?;
        let about = self.raw(Request::new("GET", self.path(&object))).success();
        let about: Value = serde_json::from_slice(&about.body).ok()?;
        info["ID"] = about["generation"].clone();
        Some(info)
    }

    fn take_lock(&self, key: &str, info: &Value) -> String {
        self.write(&format!("{key}/default.tflock"), info.to_string().as_bytes());
        self.lock(key).expect("the lock")["ID"].as_str().expect("a generation").to_owned()
    }

    fn free_lock(&self, key: &str) {
        self.remove(&format!("{key}/default.tflock"));
    }

    fn upstream(&self) -> Option<&Upstream> {
        Some(&self.upstream)
    }

    fn proxy(&self) -> Option<&Proxy> {
        Some(&self.proxy)
    }

    fn twin(&self) -> Box<dyn Driver> {
        Box::new(Self::before(self.upstream.clone(), self.bucket.clone()))
    }
}
