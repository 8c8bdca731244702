//! What can go wrong between a client and a store, and on which requests. Data and a script; does nothing by itself.

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use super::http::{Reply, Request};
use super::place::Backend;

/// What happens to a request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The store hears nothing and the client gets this.
    Answer(Answer),
    /// The store does it, and the client gets this all the same.
    AnswerAfter(Answer),
    /// The store hears nothing and the connection is reset.
    Reset,
    /// The store does it, and the connection is reset before a word of the answer.
    ResetAfter,
    /// So many bytes of the body are taken, then the connection is reset; the store hears nothing.
    CutUpload(usize),
    /// The store does it; its answer ends after so many bytes of the body.
    CutAnswer(usize),
    /// The store hears nothing, nobody answers for so long, then the connection is closed.
    Hang(Duration),
    /// The store does it, and the answer comes so much later.
    Late(Duration),
    /// The request waits for the test before the store hears of it.
    Hold(Latch),
}

/// An answer that no store gave.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub fields: Vec<(&'static str, String)>,
    pub body: String,
}

impl Answer {
    /// A status with a body that no store would write.
    pub fn status(status: u16) -> Self {
        Self { status, fields: Vec::new(), body: "the proxy of the tests says so".to_owned() }
    }

    pub fn field(mut self, name: &'static str, value: &str) -> Self {
        self.fields.push((name, value.to_owned()));
        self
    }

    /// An error as this backend words it: its status, code and message.
    pub fn error(backend: Backend, status: u16, code: &str) -> Self {
        let (fields, body) = match backend {
            Backend::Azurerm => (
                vec![("x-ms-error-code", code.to_owned()), ("Content-Type", "application/xml".to_owned())],
                format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{code}</Message></Error>"),
            ),
            Backend::Gcs => (
                vec![("Content-Type", "application/json".to_owned())],
                format!(
                    r#"{{"error":{{"code":{status},"message":"{code}","errors":[{{"message":"{code}","domain":"global","reason":"{code}"}}]}}}}"#
                ),
            ),
            Backend::S3 | Backend::Local => (
                vec![("Content-Type", "application/xml".to_owned())],
                format!(
                    "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{code}</Message><RequestId>1</RequestId></Error>"
                ),
            ),
        };
        Self { status, fields, body }
    }

    /// The store is there and broken.
    pub fn broken(backend: Backend) -> Self {
        let code = if backend == Backend::Gcs { "backendError" } else { "InternalError" };
        Self::error(backend, 500, code)
    }

    /// The store wants fewer requests.
    pub fn throttled(backend: Backend) -> Self {
        match backend {
            Backend::Gcs => Self::error(backend, 429, "rateLimitExceeded"),
            Backend::Azurerm => Self::error(backend, 503, "ServerBusy"),
            Backend::S3 | Backend::Local => Self::error(backend, 503, "SlowDown"),
        }
    }

    /// The credentials were good once.
    pub fn expired(backend: Backend) -> Self {
        match backend {
            Backend::Gcs => Self::error(backend, 401, "authError"),
            Backend::Azurerm => Self::error(backend, 403, "AuthenticationFailed"),
            Backend::S3 | Backend::Local => Self::error(backend, 400, "ExpiredToken"),
        }
    }

    /// The credentials are good and do not suffice.
    pub fn denied(backend: Backend) -> Self {
        match backend {
            Backend::Gcs => Self::error(backend, 403, "forbidden"),
            Backend::Azurerm => Self::error(backend, 403, "AuthorizationPermissionMismatch"),
            Backend::S3 | Backend::Local => Self::error(backend, 403, "AccessDenied"),
        }
    }

    pub fn reply(&self) -> Reply {
        let fields = self.fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Reply { status: self.status, fields, body: self.body.clone().into_bytes() }
    }
}

/// Which requests: a method and pieces of what is asked, the first few of them let through, and how often.
#[derive(Clone, Debug)]
pub struct On {
    method: Option<&'static str>,
    place: In,
    piece: String,
    without: Option<&'static str>,
    skip: usize,
    times: usize,
}

/// Where the piece must be.
#[derive(Clone, Copy, Debug)]
enum In {
    /// In path or query.
    Target,
    /// At the end of the path.
    EndOfPath,
    /// In path or query, or in a body that describes what is sent.
    TargetOrBody,
}

impl On {
    fn at(method: Option<&'static str>, place: In, piece: &str) -> Self {
        Self { method, place, piece: piece.to_owned(), without: None, skip: 0, times: usize::MAX }
    }

    /// Every request with this method whose path and query contain the piece.
    pub fn new(method: &'static str, piece: &str) -> Self {
        Self::at(Some(method), In::Target, piece)
    }

    /// Every request whose path and query contain the piece.
    pub fn any(piece: &str) -> Self {
        Self::at(None, In::Target, piece)
    }

    /// Every request with this method whose path ends so.
    pub fn ending(method: &'static str, piece: &str) -> Self {
        Self::at(Some(method), In::EndOfPath, piece)
    }

    /// Every request with this method that has the piece in path, query or body.
    pub fn body(method: &'static str, piece: &str) -> Self {
        Self::at(Some(method), In::TargetOrBody, piece)
    }

    /// None whose path and query contain this.
    pub fn without(mut self, piece: &'static str) -> Self {
        self.without = Some(piece);
        self
    }

    /// So many of them, and no more.
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Lets so many through first.
    pub fn after(mut self, skip: usize) -> Self {
        self.skip = skip;
        self
    }

    pub fn matches(&self, request: &Request) -> bool {
        let target = request.target.as_str();
        let path = target.split('?').next().unwrap_or_default();
        let body =
            || String::from_utf8_lossy(&request.body[..request.body.len().min(2048)]).contains(&self.piece);
        let is_there = match self.place {
            In::Target => target.contains(&self.piece),
            In::EndOfPath => path.ends_with(&self.piece),
            In::TargetOrBody => target.contains(&self.piece) || body(),
        };
        is_there
            && self.method.is_none_or(|wanted| wanted == request.method)
            && self.without.is_none_or(|unwanted| !target.contains(unwanted))
    }
}

/// Faults in the order they were added; the first that fits a request happens.
#[derive(Debug, Default)]
pub struct Script(Mutex<Vec<(On, Fault)>>);

impl Script {
    pub fn add(&self, on: On, fault: Fault) {
        self.0.lock().expect("the script").push((on, fault));
    }

    pub fn clear(&self) {
        self.0.lock().expect("the script").clear();
    }

    /// What happens to this request; counts it.
    pub fn next(&self, request: &Request) -> Option<Fault> {
        self.first(request, |fault| !matches!(fault, Fault::CutUpload(_)))
    }

    /// The same before its body has come: after how many bytes that ends.
    pub fn cut(&self, head: &Request) -> Option<usize> {
        match self.first(head, |fault| matches!(fault, Fault::CutUpload(_)))? {
            Fault::CutUpload(bytes) => Some(bytes),
            _ => None,
        }
    }

    fn first(&self, request: &Request, is_meant: fn(&Fault) -> bool) -> Option<Fault> {
        let mut lines = self.0.lock().expect("the script");
        for (on, fault) in lines.iter_mut().filter(|(_, fault)| is_meant(fault)) {
            if on.times == 0 || !on.matches(request) {
                continue;
            }
            if on.skip > 0 {
                on.skip -= 1;
                continue;
            }
            on.times -= usize::from(on.times != usize::MAX);
            return Some(fault.clone());
        }
        None
    }
}

/// A door that a test opens: who comes to it waits.
#[derive(Clone, Debug, Default)]
pub struct Latch(Arc<(Mutex<Held>, Condvar)>);

#[derive(Debug, Default)]
struct Held {
    came: usize,
    is_open: bool,
}

impl Latch {
    /// Until it is open, but no longer than a test lasts.
    pub fn wait(&self) {
        let (held, changed) = &*self.0;
        let mut held = held.lock().expect("the latch");
        held.came += 1;
        changed.notify_all();
        let limit = Duration::from_secs(120);
        let _ = changed.wait_timeout_while(held, limit, |held| !held.is_open);
    }

    /// Waits until so many have come to it; false when they do not come.
    pub fn reached(&self, count: usize) -> bool {
        self.reached_within(count, Duration::from_secs(60))
    }

    /// The same with less patience.
    pub fn reached_within(&self, count: usize, patience: Duration) -> bool {
        let (held, changed) = &*self.0;
        let until = Instant::now() + patience;
        let mut held = held.lock().expect("the latch");
        while held.came < count {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            held = changed.wait_timeout(held, left).expect("the latch").0;
        }
        true
    }

    pub fn open(&self) {
        let (held, changed) = &*self.0;
        held.lock().expect("the latch").is_open = true;
        changed.notify_all();
    }
}
