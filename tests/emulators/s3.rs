//! S3, DynamoDB, STS, IAM, KMS and what else the platform on AWS is made of: moto.

use std::io;
use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};

use super::http::{Reply, Request, Upstream};
use super::place::{Driver, Settings, new_name, percent, settings, texts_of};
use super::process::{Plan, Server};
use super::proxy::{Behind, Proxy};
use super::tools::{Tool, find};

/// The emulator does not look at the signature, but without one it serves nobody.
const SIGNED: &str =
    "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";

/// A bucket and the proxy before it.
pub struct S3 {
    upstream: Upstream,
    bucket: String,
    proxy: Proxy,
}

fn emulator() -> Result<&'static Upstream, String> {
    static RUNNING: OnceLock<Server> = OnceLock::new();
    let program = find(Tool { name: "moto", program: "moto_server" })?;
    let plan = Plan {
        program,
        name: "moto",
        // Policies that are Amazon's own, for roles that are given them.
        env: vec![("MOTO_IAM_LOAD_MANAGED_POLICIES", "true".to_owned())],
        arguments: Box::new(|port| ["-H", "127.0.0.1", "-p", &port.to_string()].map(str::to_owned).to_vec()),
        tls: None,
    };
    Ok(&RUNNING.get_or_init(|| plan.start()).upstream)
}

/// The emulator calls the answer about versions by another name than Amazon, and a client may mind.
fn ask_as_amazon_answers(upstream: &Upstream, request: &Request) -> io::Result<Reply> {
    let mut reply = upstream.ask(request)?;
    if request.method == "GET" && request.target.contains("?versioning") {
        let text = reply.text().replace("GetBucketVersioningResponse", "VersioningConfiguration");
        reply.body = text.into_bytes();
    }
    Ok(reply)
}

impl S3 {
    pub fn new() -> Result<Self, String> {
        let upstream = emulator()?.clone();
        let this = Self::before(upstream, new_name());
        this.raw(Request::new("PUT", format!("/{}", this.bucket))).success();
        Ok(this)
    }

    fn before(upstream: Upstream, bucket: String) -> Self {
        let behind = Behind { upstream: upstream.clone(), tls: None, ask: Arc::new(ask_as_amazon_answers) };
        Self { upstream, bucket, proxy: Proxy::start(behind) }
    }

    fn path(&self, object: &str) -> String {
        format!("/{}/{}", self.bucket, percent(object).replace("%2F", "/"))
    }
}

impl Driver for S3 {
    fn env(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }

    fn settings(&self, key: &str) -> Settings {
        let endpoint = format!("http://127.0.0.1:{}", self.proxy.port);
        settings(json!({
            "bucket": self.bucket,
            "key": key,
            "region": "us-east-1",
            "use_lockfile": true,
            "use_path_style": true,
            "skip_credentials_validation": true,
            "skip_requesting_account_id": true,
            "skip_metadata_api_check": true,
            "endpoints": { "s3": endpoint, "dynamodb": endpoint, "sts": endpoint, "iam": endpoint },
        }))
    }

    fn state_object(&self, key: &str) -> String {
        key.to_owned()
    }

    fn raw(&self, request: Request) -> Reply {
        self.upstream.ask(&request.field("Authorization", SIGNED)).expect("the emulator answers")
    }

    fn read(&self, object: &str) -> Option<Vec<u8>> {
        let reply = self.raw(Request::new("GET", self.path(object)));
        (reply.status != 404).then(|| reply.success().body)
    }

    fn write(&self, object: &str, body: &[u8]) {
        let request = Request::new("PUT", self.path(object)).body(body);
        self.raw(request.field("Content-Type", "application/json")).success();
    }

    fn remove(&self, object: &str) {
        self.raw(Request::new("DELETE", self.path(object))).success();
    }

    fn list(&self) -> Vec<String> {
        let reply = self.raw(Request::new("GET", format!("/{}?list-type=2", self.bucket))).success();
        texts_of(&reply.text(), "Key")
    }

    fn lock(&self, key: &str) -> Option<Value> {
        serde_json::from_slice(&self.read(&format!("{key}.tflock"))?).ok()
    }

    fn take_lock(&self, key: &str, info: &Value) -> String {
        self.write(&format!("{key}.tflock"), info.to_string().as_bytes());
        info["ID"].as_str().expect("an id").to_owned()
    }

    fn free_lock(&self, key: &str) {
        self.remove(&format!("{key}.tflock"));
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
