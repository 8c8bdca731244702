//! A registry of made-up providers on loopback, signed and behind TLS, which counts what is taken from it. The same
//! packages are offered as a network mirror. Needs `gpg`.

use super::server::{Asked, Reply, Server};
use super::space::TestSpace;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const OTHER_PLATFORM: &str = "plan9_arm";

/// The providers and their versions.
pub const PROVIDERS: [(&str, &[&str]); 2] = [("ghost", &["1.0.0", "1.2.0"]), ("spook", &["0.3.0"])];

/// The registry; it stops with this value.
pub struct Registry {
    server: Server,
    /// While set, a package takes its time.
    pub slow: Arc<AtomicBool>,
}

/// Everything that it answers, by path.
type Table = BTreeMap<String, Vec<u8>>;

impl Registry {
    /// Starts it; every tool of the space trusts it.
    pub fn start(space: &mut TestSpace) -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]);
        let made = made.expect("a certificate");
        let key = rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a pair");
        let base = space.root().parent().expect("a parent").to_owned();
        std::fs::write(base.join("cert.pem"), made.cert.pem()).expect("the certificate");
        space.set_env("SSL_CERT_FILE", base.join("cert.pem"));
        let slow = Arc::new(AtomicBool::new(false));
        let (table, waits) = (table(&base.join("gpg")), Arc::clone(&slow));
        let server = Server::start_tls(config, move |asked: &Asked| {
            if asked.path.ends_with(".zip") && waits.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_secs(20));
            }
            // The mirror is asked by the name of the host, which has a port.
            let path = asked.path.split_once("/acme/").filter(|_| asked.path.starts_with("/mirror/"));
            let path = path.map_or(asked.path.clone(), |(_, rest)| format!("/mirror/{rest}"));
            let kind = if path.ends_with(".zip") { "application/zip" } else { "application/json" };
            let found = table.get(&path).map(|body| Reply::ok(body.clone()).header("content-type", kind));
            found.unwrap_or(Reply::status(404))
        });
        Self { server, slow }
    }

    /// The host that addresses of its providers begin with.
    pub fn host(&self) -> String {
        self.server.url("").replace("https://127.0.0.1", "localhost")
    }

    /// How often each package was taken, by its name.
    pub fn taken(&self) -> BTreeMap<String, usize> {
        let mut taken = BTreeMap::new();
        for asked in self.server.asked().iter().filter(|asked| asked.path.ends_with(".zip")) {
            *taken.entry(asked.path.rsplit('/').next().unwrap_or_default().to_owned()).or_default() += 1;
        }
        taken
    }

    /// The questions whose path holds this text.
    pub fn asked(&self, part: &str) -> Vec<Asked> {
        self.server.asked().into_iter().filter(|asked| asked.path.contains(part)).collect()
    }

    /// The address of the network mirror.
    pub fn mirror(&self) -> String {
        format!("https://{}/mirror/", self.host())
    }

    /// Code that requires both providers.
    pub fn code(&self, ghost: &str) -> String {
        let host = self.host();
        format!(
            "terraform {{\n  required_providers {{\n    ghost = {{ source = \"{host}/acme/ghost\", version = \"{ghost}\" }}\n    spook = {{ source = \"{host}/acme/spook\" }}\n  }}\n}}\n"
        )
    }
}

/// The platform of this machine, in the words of registries.
pub fn platform() -> String {
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let system = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    format!("{system}_{arch}")
}

fn table(gpg: &Path) -> Table {
    let signer = Signer::new(gpg);
    let mut table = Table::new();
    table.insert("/.well-known/terraform.json".to_owned(), br#"{"providers.v1": "/v1/providers/"}"#.to_vec());
    for (kind, versions) in PROVIDERS {
        let platforms = [platform(), OTHER_PLATFORM.to_owned()].map(|it| system(&it));
        let one =
            |version: &&str| json!({ "version": version, "protocols": ["5.0"], "platforms": platforms });
        let listed: Vec<Value> = versions.iter().map(one).collect();
        insert(&mut table, format!("/v1/providers/acme/{kind}/versions"), &json!({ "versions": listed }));
        let index: BTreeMap<&str, Value> = versions.iter().map(|version| (*version, json!({}))).collect();
        insert(&mut table, format!("/mirror/{kind}/index.json"), &json!({ "versions": index }));
        for version in versions {
            add_version(&mut table, &signer, (kind, version));
        }
    }
    table
}

fn add_version(table: &mut Table, signer: &Signer, (kind, version): (&str, &str)) {
    let sums_name = format!("terraform-provider-{kind}_{version}_SHA256SUMS");
    let (mut sums, mut archives) = (String::new(), serde_json::Map::new());
    for platform in [platform(), OTHER_PLATFORM.to_owned()] {
        let name = format!("terraform-provider-{kind}_{version}_{platform}.zip");
        let zip = zipped(&format!("terraform-provider-{kind}_v{version}"), &platform);
        let digits: String = Sha256::digest(&zip).iter().map(|byte| format!("{byte:02x}")).collect();
        sums += &format!("{digits}  {name}\n");
        let mut told = system(&platform);
        for (key, value) in [
            ("protocols", json!(["5.0"])),
            ("filename", json!(name)),
            ("download_url", json!(format!("/files/{name}"))),
            ("shasums_url", json!(format!("/files/{sums_name}"))),
            ("shasums_signature_url", json!(format!("/files/{sums_name}.sig"))),
            ("shasum", json!(digits)),
            (
                "signing_keys",
                json!({ "gpg_public_keys": [{ "key_id": signer.id, "ascii_armor": signer.key }] }),
            ),
        ] {
            told[key] = value;
        }
        let at = platform.replace('_', "/");
        insert(table, format!("/v1/providers/acme/{kind}/{version}/download/{at}"), &told);
        archives.insert(platform, json!({ "url": format!("{name}") }));
        table.insert(format!("/mirror/{kind}/{name}"), zip.clone());
        table.insert(format!("/files/{name}"), zip);
    }
    insert(table, format!("/mirror/{kind}/{version}.json"), &json!({ "archives": archives }));
    table.insert(format!("/files/{sums_name}.sig"), signer.sign(sums.as_bytes()));
    table.insert(format!("/files/{sums_name}"), sums.into_bytes());
}

fn insert(table: &mut Table, path: String, value: &Value) {
    table.insert(path, value.to_string().into_bytes());
}

fn system(platform: &str) -> Value {
    let (system, arch) = platform.split_once('_').expect("two words");
    json!({ "os": system, "arch": arch })
}

fn zipped(name: &str, text: &str) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
    writer.start_file(name, options).expect("an entry");
    writer.write_all(format!("#!/bin/sh\n# {text}\n").as_bytes()).expect("its text");
    writer.finish().expect("a zip").into_inner()
}

/// Somebody with a key of their own.
struct Signer {
    home: std::path::PathBuf,
    key: String,
    id: String,
}

impl Signer {
    fn new(home: &Path) -> Self {
        std::fs::create_dir_all(home).expect("a folder of keys");
        let mut signer = Self { home: home.to_owned(), key: String::new(), id: String::new() };
        let wish = b"%no-protection\nKey-Type: RSA\nKey-Length: 2048\nName-Real: t\nName-Email: t@example.com\nExpire-Date: 0\n%commit\n";
        signer.gpg(&["--gen-key"], wish);
        signer.key = String::from_utf8(signer.gpg(&["--armor", "--export"], b"")).expect("a key");
        let listed = String::from_utf8(signer.gpg(&["--with-colons", "--list-keys"], b"")).expect("a list");
        let line = listed.lines().find(|line| line.starts_with("pub:")).expect("a key of ours");
        signer.id = line.split(':').nth(4).expect("its id").to_owned();
        signer
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        self.gpg(&["--detach-sign"], text)
    }

    fn gpg(&self, args: &[&str], input: &[u8]) -> Vec<u8> {
        let mut command = Command::new("gpg");
        command
            .args(["--batch", "--quiet", "--no-permission-warning", "--homedir"])
            .arg(&self.home)
            .args(args);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.expect("gpg");
        child.stdin.take().expect("its input").write_all(input).expect("it reads");
        let out = child.wait_with_output().expect("it ends");
        assert!(out.status.success(), "gpg {args:?}: {}", String::from_utf8_lossy(&out.stderr));
        out.stdout
    }
}

impl Drop for Signer {
    fn drop(&mut self) {
        // Its agent would outlive the test.
        let _ = Command::new("gpgconf").arg("--homedir").arg(&self.home).args(["--kill", "all"]).output();
    }
}
