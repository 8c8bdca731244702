//! One client for all questions of a run: proxies, certificates, time-outs, and a few more tries for what may pass.

use super::netrc::Netrc;
use crate::host::env::Env;
use crate::host::{fs, http};
use crate::source::error::SourceError;
use reqwest::blocking::{Client as Inner, Response};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{StatusCode, Url};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

/// How long a server may take, and the pauses between tries.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    pub connect: Duration,
    /// Without a single byte.
    pub silence: Duration,
    pub pauses: [Duration; 2],
}

const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(20),
    silence: Duration::from_secs(60),
    pauses: [Duration::from_millis(300), Duration::from_millis(1500)],
};

/// The longest pause that a server may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// What is asked for. Only ever a GET, so it may be asked again.
#[derive(Clone, Debug, Default)]
pub struct Question {
    pub url: String,
    pub bearer: Option<String>,
    pub headers: Vec<(&'static str, String)>,
}

/// What came back, its content still on the way.
#[derive(Debug)]
pub struct Answer {
    /// Where it came from in the end.
    pub url: Url,
    pub response: Response,
}

impl Answer {
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok().filter(|text| !text.is_empty())
    }

    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.response.status() == StatusCode::NOT_MODIFIED
    }
}

/// A client; built when it is first needed.
#[derive(Debug)]
pub struct Client {
    env: Env,
    patience: Patience,
    inner: OnceLock<Result<Inner, String>>,
    netrc: OnceLock<Netrc>,
}

impl Client {
    /// Nothing is opened yet. `env` says which proxies and certificates there are.
    #[must_use]
    pub fn new(env: Env) -> Self {
        Self::with_patience(env, PATIENCE)
    }

    #[must_use]
    pub fn with_patience(env: Env, patience: Patience) -> Self {
        Self { env, patience, inner: OnceLock::new(), netrc: OnceLock::new() }
    }

    /// Asks, and asks again when the server is busy or the line broke. Blocks.
    ///
    /// # Errors
    /// When there is no answer, or one that is neither a success nor "not modified".
    pub fn get(&self, question: &Question) -> Result<Answer, SourceError> {
        let mut pauses = self.patience.pauses.iter();
        loop {
            let error = match self.try_once(question) {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match pauses.next() {
                Some(pause) if error.may_pass => {
                    std::thread::sleep(error.pause.unwrap_or(*pause).min(LONGEST_PAUSE));
                }
                _ => return Err(error.error),
            }
        }
    }

    fn try_once(&self, question: &Question) -> Result<Answer, Failed> {
        let inner = self.inner.get_or_init(|| build(&self.env, &self.patience));
        let inner =
            inner.as_ref().map_err(|said| Failed::for_good(unanswered(&question.url, said.clone())))?;
        let url = Url::parse(&question.url)
            .map_err(|error| Failed::for_good(unanswered(&question.url, error.to_string())))?;
        let mut request = inner.get(url.clone()).headers(headers(&question.headers));
        if let Some(token) = &question.bearer {
            request = request.bearer_auth(token);
        } else if url.username().is_empty()
            && let Some((user, password)) = self.netrc().login(&url)
        {
            request = request.basic_auth(user, Some(password));
        }
        let response = request.send().map_err(|error| Failed {
            // A certificate that is not trusted will not be trusted in a second either.
            may_pass: error.is_timeout() || !cause_of(&error).contains("certificate"),
            pause: None,
            error: unanswered(&question.url, cause_of(&error)),
        })?;
        judge(question, response)
    }

    fn netrc(&self) -> &Netrc {
        self.netrc.get_or_init(|| {
            let path = match self.env.get_filled("NETRC") {
                Some(path) => Some(PathBuf::from(path)),
                None => self.env.home_dir().map(|home| home.join(".netrc")),
            };
            path.and_then(|path| fs::read_text(&path).ok())
                .map(|text| Netrc::parse(&text))
                .unwrap_or_default()
        })
    }
}

/// One try that failed.
struct Failed {
    may_pass: bool,
    pause: Option<Duration>,
    error: SourceError,
}

impl Failed {
    fn for_good(error: SourceError) -> Self {
        Self { may_pass: false, pause: None, error }
    }
}

fn judge(question: &Question, response: Response) -> Result<Answer, Failed> {
    let status = response.status();
    if status.is_success() || status == StatusCode::NOT_MODIFIED {
        return Ok(Answer { url: response.url().clone(), response });
    }
    let pause = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
    Err(Failed {
        may_pass: matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504),
        pause: pause.map(Duration::from_secs),
        error: SourceError::Answered { address: shown(&question.url), status: status.as_u16() },
    })
}

fn unanswered(url: &str, said: String) -> SourceError {
    SourceError::Unanswered { address: shown(url), said }
}

/// The innermost cause, which says what happened; none of them may carry the address.
pub(super) fn cause_of(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it takes too long".to_owned();
    }
    if error.is_redirect() {
        return "it redirects again and again".to_owned();
    }
    super::super::address::redact(&http::innermost(error))
}

/// A URL for people: without user, password and parameters, which may be as secret.
#[must_use]
pub fn shown(url: &str) -> String {
    super::super::address::redact(url.split(['?', '#']).next().unwrap_or_default())
}

fn headers(given: &[(&'static str, String)]) -> HeaderMap {
    let pairs = given.iter().filter_map(|(name, value)| {
        Some((HeaderName::from_static(name), HeaderValue::from_str(value).ok()?))
    });
    pairs.collect()
}

fn build(env: &Env, patience: &Patience) -> Result<Inner, String> {
    let mut builder = Inner::builder()
        .tls_backend_preconfigured(http::tls_config(env)?)
        .user_agent(http::USER_AGENT)
        .connect_timeout(patience.connect)
        .timeout(patience.silence)
        .no_proxy();
    for proxy in http::proxies(env)? {
        builder = builder.proxy(proxy);
    }
    builder.build().map_err(|error| cause_of(&error))
}

#[cfg(test)]
mod tests;
