//! A registry on loopback that repeats what the real ones say, each answer once, but for the place of a package, which
//! it gives itself. Signatures and sums pass through unchanged, so that terraform verifies and locks what it would without us.

use super::archives::{Archives, Offer};
use super::package::Package;
use crate::host::{fs, random};
use crate::provider::Version;
use crate::provider::address::ProviderAddress;
use crate::source::{Fetcher, SourceError};
use reqwest::Url;
use serde_json::Value;
use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// Where the relay listens, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub host: String,
    /// 0 for any that is free.
    pub port: u16,
    /// What opens it; `None` for one that nobody can guess.
    pub token: Option<String>,
    /// The registries that are relayed; none for all.
    pub hosts: Vec<String>,
}

impl Default for Address {
    fn default() -> Self {
        Self { host: "localhost".to_owned(), port: 0, token: None, hosts: Vec::new() }
    }
}

/// A running relay; it stops with this value.
#[derive(Debug)]
pub struct Relay {
    inner: Arc<Inner>,
    stop: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Inner {
    /// `http://localhost:1234/token/`
    base: String,
    place: (String, u16),
    token: String,
    archives: Arc<Archives>,
    fetcher: Arc<Fetcher>,
    blocks: Mutex<HashMap<String, Once<Option<String>>>>,
    answers: Mutex<HashMap<Question, Once<Result<Reply, u16>>>>,
    /// Addresses that our answers stand for.
    places: Mutex<HashMap<String, Place>>,
}

type Once<T> = Arc<OnceLock<T>>;

/// A path, and the token that it was asked with.
type Question = (String, Option<String>);

#[derive(Clone, Debug)]
enum Place {
    Document(Url),
    Archive(Package, Offer),
}

#[derive(Clone, Debug)]
struct Reply(Vec<u8>);

/// The longest line of a question, and how long one may take.
const LONGEST_LINE: u64 = 16 << 10;
const PATIENCE: Duration = Duration::from_secs(30);

impl Relay {
    /// Listens.
    ///
    /// # Errors
    /// When the place is taken.
    pub fn start(address: &Address, (archives, fetcher): (Arc<Archives>, Arc<Fetcher>)) -> io::Result<Self> {
        let listener = TcpListener::bind((address.host.as_str(), address.port))?;
        let place = (address.host.clone(), listener.local_addr()?.port());
        let token = match &address.token {
            Some(token) => token.clone(),
            None => random::uuid().map_err(|error| io::Error::other(error.to_string()))?,
        };
        let inner = Arc::new(Inner {
            base: format!("http://{}:{}/{token}/", place.0, place.1),
            place,
            token,
            archives,
            fetcher,
            blocks: Mutex::default(),
            answers: Mutex::default(),
            places: Mutex::default(),
        });
        let stop = Arc::new(AtomicBool::new(false));
        let (serving, stopped) = (Arc::clone(&inner), Arc::clone(&stop));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                let inner = Arc::clone(&serving);
                std::thread::spawn(move || inner.serve(&stream));
            }
        });
        Ok(Self { inner, stop })
    }

    /// What terraform's settings say of a host so that it asks us; `None` for a host that has no registry of providers.
    #[must_use]
    pub fn host_block(&self, host: &str) -> Option<String> {
        let slot = slot(&self.inner.blocks, host.to_owned());
        slot.get_or_init(|| self.inner.host_block(host)).clone()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let (host, port) = &self.inner.place;
        // So that it wakes up and sees.
        let _ = TcpStream::connect((host.as_str(), *port));
    }
}

fn slot<K: std::hash::Hash + Eq, T>(slots: &Mutex<HashMap<K, Once<T>>>, key: K) -> Once<T> {
    Arc::clone(slots.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default())
}

impl Inner {
    /// Everything else that the host offers stays where it is.
    fn host_block(&self, host: &str) -> Option<String> {
        let (base, services) = self.fetcher.services(host).ok()?;
        let mut lines = Vec::new();
        for (name, value) in services.as_object()? {
            let written = match (name.as_str(), value) {
                ("providers.v1", _) => format!("{}{host}/", self.base),
                (_, Value::String(path)) => base.join(path).ok()?.to_string(),
                // What is no address cannot be said in the same way, and the host is left alone.
                _ => return None,
            };
            lines.push(format!("    {} = {}", quoted(name)?, quoted(&written)?));
        }
        services.get("providers.v1")?;
        Some(format!("host {} {{\n  services = {{\n{}\n  }}\n}}\n", quoted(host)?, lines.join("\n")))
    }

    fn serve(&self, stream: &TcpStream) {
        let _ = stream.set_read_timeout(Some(PATIENCE));
        let Some((path, bearer)) = read_question(&mut BufReader::new(stream)) else { return };
        // Whoever asked and went away hears nothing more.
        let _ = match self.answer(&path, bearer) {
            Ok(Answer::Document(Reply(body))) => send(stream, 200, (body.len() as u64, &mut &*body)),
            Ok(Answer::File(path)) => send_file(stream, &path),
            Ok(Answer::Elsewhere(url)) => send_elsewhere(stream, &url),
            Err(status) => send(stream, status, (0, &mut io::empty())),
        };
    }

    fn answer(&self, path: &str, bearer: Option<String>) -> Result<Answer, u16> {
        let rest = path.strip_prefix('/').and_then(|path| path.strip_prefix(&*self.token)?.strip_prefix('/'));
        let rest = rest.ok_or(404_u16)?;
        let place = self.places.lock().unwrap_or_else(PoisonError::into_inner).get(rest).cloned();
        if let Some(Place::Archive(package, offer)) = place {
            let url = offer.url.clone();
            // What we cannot have, terraform may.
            let archive = self.archives.fetch_offered(&package, offer);
            return Ok(archive.map_or(Answer::Elsewhere(url), |archive| Answer::File(archive.path)));
        }
        let answer = slot(&self.answers, (rest.to_owned(), bearer.clone()));
        let said = answer.get_or_init(|| match place {
            Some(Place::Document(url)) => {
                self.fetcher.ask_for(&url, None).map(|it| Reply(it.body)).map_err(status)
            }
            _ => self.of_registry(rest, bearer),
        });
        said.clone().map(Answer::Document)
    }

    /// `host/namespace/name/versions` and `host/namespace/name/VERSION/download/SYSTEM/ARCHITECTURE`.
    fn of_registry(&self, rest: &str, bearer: Option<String>) -> Result<Reply, u16> {
        let (host, question) = rest.split_once('/').ok_or(404_u16)?;
        let base = self.fetcher.provider_registry(host).map_err(status)?;
        let url = base.join(question).map_err(|_| 404_u16)?;
        let said = self.fetcher.ask_for(&url, bearer).map_err(status)?;
        let parts: Vec<&str> = question.split('/').collect();
        let [namespace, kind, version, "download", system, architecture] = parts.as_slice() else {
            return Ok(Reply(said.body));
        };
        let address = ProviderAddress::parse(&format!("{host}/{namespace}/{kind}"), host);
        let (Ok(address), Ok(version)) = (address, Version::parse(version)) else {
            return Ok(Reply(said.body));
        };
        let package = Package::new(&address, &version, &format!("{system}_{architecture}"));
        let Ok(mut json) = serde_json::from_slice::<Value>(&said.body) else { return Ok(Reply(said.body)) };
        self.take_places(&mut json, (&package, &said.url));
        Ok(Reply(json.to_string().into_bytes()))
    }

    /// Puts our addresses in the places of theirs.
    fn take_places(&self, json: &mut Value, (package, from): (&Package, &Url)) {
        let digits = json.get("shasum").and_then(Value::as_str).map(str::to_owned);
        for name in ["download_url", "shasums_url", "shasums_signature_url"] {
            let Some(url) = json.get(name).and_then(Value::as_str).and_then(|url| from.join(url).ok()) else {
                continue;
            };
            let local = format!("{}/{name}/{}", package.path().display(), package.archive_name());
            let place = match name {
                "download_url" => Place::Archive(package.clone(), Offer { url, digits: digits.clone() }),
                _ => Place::Document(url),
            };
            json[name] = Value::String(format!("{}{local}", self.base));
            self.places.lock().unwrap_or_else(PoisonError::into_inner).insert(local, place);
        }
    }
}

enum Answer {
    Document(Reply),
    File(std::path::PathBuf),
    Elsewhere(Url),
}

/// What terraform hears in the place of an error of ours.
fn status(error: SourceError) -> u16 {
    match error {
        SourceError::Answered { status, .. } => status,
        _ => 502,
    }
}

/// A text that needs no escapes in quotes.
fn quoted(text: &str) -> Option<String> {
    (!text.contains(['"', '\\', '\n', '$', '%'])).then(|| format!("\"{text}\""))
}

/// The path of a GET, and the token that it came with.
fn read_question(reader: &mut impl BufRead) -> Option<(String, Option<String>)> {
    let first = read_line(reader)?;
    let mut words = first.split_whitespace();
    let (method, path) = (words.next()?, words.next()?);
    let mut bearer = None;
    loop {
        let line = read_line(reader)?;
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("authorization")
        {
            bearer = value.trim().strip_prefix("Bearer ").map(str::to_owned);
        }
    }
    (method == "GET").then(|| (path.to_owned(), bearer))
}

fn read_line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    reader.take(LONGEST_LINE).read_line(&mut line).ok()?;
    line.ends_with('\n').then(|| line.trim_end().to_owned())
}

fn send_file(stream: &TcpStream, path: &std::path::Path) -> io::Result<()> {
    let (Ok(mut file), Ok(meta)) = (fs::open(path), fs::metadata(path)) else {
        return send(stream, 502, (0, &mut io::empty()));
    };
    send(stream, 200, (meta.len(), &mut file))
}

fn send_elsewhere(mut stream: &TcpStream, url: &Url) -> io::Result<()> {
    let head = format!("HTTP/1.1 302 x\r\nconnection: close\r\nlocation: {url}\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    stream.flush()
}

fn send(mut stream: &TcpStream, status: u16, (length, body): (u64, &mut dyn Read)) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    io::copy(body, &mut stream)?;
    stream.flush()
}
