//! One token for all requests of a login: made when it is first needed, kept until it is about to end.

use super::exchange::{Fault, Token, obtain};
use super::{Credentials, Login};
use crate::host::clock;
use reqwest::header::{HeaderMap, HeaderValue};
use std::time::{Duration, SystemTime};
use tokio::sync::Mutex;

/// A token that ends sooner is made anew.
const MARGIN: Duration = Duration::from_secs(225);

/// What is known. There are no credentials: that will not change while we run, and asking for them may take long.
type Kept = Option<Result<(HeaderValue, Option<SystemTime>), Fault>>;

#[derive(Debug)]
pub struct Tokens {
    credentials: Credentials,
    http: reqwest::Client,
    kept: Mutex<Kept>,
}

impl Tokens {
    #[must_use]
    pub fn new(credentials: Credentials, http: reqwest::Client) -> Self {
        Self { credentials, http, kept: Mutex::default() }
    }

    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.credentials.login == Login::Anonymous
    }

    /// What a request has to carry. Whoever asks while a token is being made waits for that one.
    ///
    /// # Errors
    /// When there is no token to be had.
    pub async fn headers(&self) -> Result<HeaderMap, Fault> {
        let mut headers = HeaderMap::new();
        if let Some(project) = &self.credentials.quota_project
            && let Ok(project) = HeaderValue::from_str(project)
        {
            headers.insert("x-goog-user-project", project);
        }
        if !self.is_anonymous() {
            headers.insert("authorization", self.token().await?);
        }
        Ok(headers)
    }

    /// The store did not take the token: the next request makes another one.
    pub async fn forget(&self) {
        *self.kept.lock().await = None;
    }

    async fn token(&self) -> Result<HeaderValue, Fault> {
        let mut kept = self.kept.lock().await;
        match &*kept {
            Some(Ok((header, until))) if is_fresh(*until) => return Ok(header.clone()),
            Some(Err(fault)) => return Err(fault.clone()),
            _ => {}
        }
        match self.make().await {
            Ok((header, until)) => {
                *kept = Some(Ok((header.clone(), until)));
                Ok(header)
            }
            Err(fault) => {
                *kept = matches!(fault, Fault::None(_)).then(|| Err(fault.clone()));
                Err(fault)
            }
        }
    }

    async fn make(&self) -> Result<(HeaderValue, Option<SystemTime>), Fault> {
        let Token { text, until } = obtain(&self.credentials.login, &self.http).await?;
        let odd = || Fault::Denied("the token has characters that none has".to_owned());
        let header = text.header("Bearer ").ok_or_else(odd)?;
        Ok((header, until))
    }
}

fn is_fresh(until: Option<SystemTime>) -> bool {
    until.is_none_or(|until| until > clock::now() + MARGIN)
}
