//! A whole cloud on one port: every host that a client asks for, plainly or under TLS, is this server. What it does not
//! expect is a failure of the test.

use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, LazyLock, Mutex};

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::Value as Json;
use terrace::host::env::Env;

use crate::emulators::{Exchange, Reply, Request};

/// The hosts under TLS.
const HOSTS: [&str; 8] = [
    "acct.blob.core.windows.net",
    "acct.blob.core.chinacloudapi.cn",
    "acct.z9.blob.storage.azure.net",
    "acct.blob.private.example",
    "login.microsoftonline.com",
    "management.azure.com",
    "metadata.private.example",
    "tokens.example",
];

/// What we are called when nobody takes us for a proxy.
pub const OURSELVES: &str = "ourselves";

/// A request, and whom it was for.
#[derive(Clone, Debug)]
pub struct Heard {
    pub host: String,
    pub request: Request,
}

impl Heard {
    pub fn field(&self, name: &str) -> &str {
        let found = self.request.fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    pub fn body(&self) -> String {
        String::from_utf8_lossy(&self.request.body).into_owned()
    }

    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.request.body).expect("JSON")
    }

    /// `GET host/path?query`.
    pub fn line(&self) -> String {
        format!("{} {}{}", self.request.method, self.host, self.request.target)
    }

    /// A value of a form that was sent.
    pub fn form(&self, name: &str) -> String {
        let body = self.body();
        let pairs = url_pairs(&body);
        pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value).unwrap_or_default()
    }
}

fn url_pairs(text: &str) -> Vec<(String, String)> {
    let url = reqwest::Url::parse(&format!("http://x/?{text}")).expect("pairs");
    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

type Script = dyn Fn(&Heard) -> Option<Reply> + Send + Sync;

/// The server; it lives as long as the process.
pub struct Contract {
    port: u16,
    heard: Arc<Mutex<Vec<Heard>>>,
    unexpected: Arc<Mutex<Vec<String>>>,
}

struct Papers {
    authority: tempfile::NamedTempFile,
    config: Arc<rustls::ServerConfig>,
}

static PAPERS: LazyLock<Papers> = LazyLock::new(|| {
    let names: Vec<String> = HOSTS.map(str::to_owned).into();
    let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
    let mut authority = tempfile::NamedTempFile::new().expect("a file");
    authority.write_all(made.cert.pem().as_bytes()).expect("it is written");
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a server's configuration");
    Papers { authority, config: Arc::new(config) }
});

/// An answer in JSON.
pub fn json(status: u16, body: &Json) -> Option<Reply> {
    let fields = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    Some(Reply { status, fields, body: body.to_string().into_bytes() })
}

/// A blob.
pub fn blob(body: &str) -> Option<Reply> {
    let fields = vec![("ETag".to_owned(), "\"0x1\"".to_owned())];
    Some(Reply { status: 200, fields, body: body.as_bytes().to_vec() })
}

impl Contract {
    pub fn start(script: impl Fn(&Heard) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let this = Self { port, heard: Arc::default(), unexpected: Arc::default() };
        let (heard, unexpected) = (Arc::clone(&this.heard), Arc::clone(&this.unexpected));
        let script: Arc<Script> = Arc::new(script);
        let answer = move |asked: Heard| {
            heard.lock().expect("what was heard").push(asked.clone());
            script(&asked).unwrap_or_else(|| {
                unexpected.lock().expect("what was unexpected").push(asked.line());
                Reply { status: 418, fields: Vec::new(), body: Vec::new() }
            })
        };
        let answer: Arc<dyn Fn(Heard) -> Reply + Send + Sync> = Arc::new(answer);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let answer = Arc::clone(&answer);
                std::thread::spawn(move || serve(stream, &*answer));
            }
        });
        this
    }

    /// Our own address.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// An environment whose clients find every host here.
    pub fn env(&self) -> Env {
        let mut env = Env::default();
        for name in ["HTTP_PROXY", "HTTPS_PROXY"] {
            env.set(name, self.address());
        }
        env.set("SSL_CERT_FILE", PAPERS.authority.path());
        env
    }

    /// Everything so far, all of it expected.
    #[track_caller]
    pub fn heard(&self) -> Vec<Heard> {
        let unexpected = self.unexpected.lock().expect("what was unexpected");
        assert!(unexpected.is_empty(), "nobody expects {unexpected:#?}");
        self.heard.lock().expect("what was heard").clone()
    }

    /// The only request to this host.
    #[track_caller]
    pub fn only(&self, host: &str) -> Heard {
        let mut found: Vec<Heard> = self.heard().into_iter().filter(|heard| heard.host == host).collect();
        assert_eq!(found.len(), 1, "requests to {host}: {found:#?}");
        found.remove(0)
    }
}

/// One connection of a client that takes us for a proxy.
fn serve(stream: TcpStream, answer: &dyn Fn(Heard) -> Reply) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut plain = Exchange::new(Box::new(stream.try_clone()?));
    let Some(first) = plain.question()? else { return Ok(()) };
    if first.method == "CONNECT" {
        let host = first.target.trim_end_matches(":443").to_owned();
        (&stream).write_all(b"HTTP/1.1 200 Here\r\n\r\n")?;
        let session = rustls::ServerConnection::new(Arc::clone(&PAPERS.config)).map_err(io::Error::other)?;
        let mut inside = Exchange::new(Box::new(rustls::StreamOwned::new(session, stream)));
        while let Some(request) = inside.question()? {
            let method = request.method.clone();
            inside.answer(&answer(Heard { host: host.clone(), request }), &method)?;
        }
        return Ok(());
    }
    let mut next = Some(first);
    while let Some(mut request) = next {
        // A client that knows us by our own address says no host in its first line.
        let rest = request.target.strip_prefix("http://").unwrap_or(&request.target).to_owned();
        let (host, path) = rest.split_once('/').unwrap_or((&rest, ""));
        request.target = format!("/{path}");
        let method = request.method.clone();
        let host = if host.is_empty() { OURSELVES } else { host };
        plain.answer(&answer(Heard { host: host.to_owned(), request }), &method)?;
        next = plain.question()?;
    }
    Ok(())
}
