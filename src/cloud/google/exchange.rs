//! Getting a token: one request for each kind of login, two where one acts as another. Every request goes through our
//! own client, so that proxies and trust are the unit's.

use super::jwt::signed;
use super::{Account, Federated, Impersonation, Login, Subject, User};
use crate::cloud::Secret;
use crate::host::clock::{self, parse_rfc3339};
use crate::host::{fs, http};
use reqwest::{Client, RequestBuilder, Url};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::Path;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

/// Objects and buckets, and the settings of buckets.
const SCOPE: &str = "https://www.googleapis.com/auth/devstorage.full_control";
/// For a token that only serves to act as somebody else.
const CLOUD_SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// A metadata server is near, or it is not there at all.
const METADATA_PATIENCE: Duration = Duration::from_secs(5);

/// Why there is no token. The texts hold no secret, but they are a server's: not yet cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nobody said who we are.
    None(String),
    /// Who we are is not enough.
    Denied(String),
    /// It was enough once.
    Expired(String),
    Skewed(String),
    /// It may work in a while.
    Unavailable(String),
}

/// A token and, where that is known, its end.
#[derive(Debug)]
pub struct Token {
    pub text: Secret,
    pub until: Option<SystemTime>,
}

type Obtained<'a> = Pin<Box<dyn Future<Output = Result<Token, Fault>> + Send + 'a>>;

/// # Errors
/// When there is none to be had.
pub async fn obtain(login: &Login, http: &Client) -> Result<Token, Fault> {
    obtain_for(login, http, SCOPE).await
}

fn obtain_for<'a>(login: &'a Login, http: &'a Client, scope: &'a str) -> Obtained<'a> {
    Box::pin(async move {
        match login {
            Login::Anonymous => Err(Fault::None("nobody is logged in".to_owned())),
            Login::Token(text) => Ok(Token { text: text.clone(), until: None }),
            Login::Account(account) => of_account(account, http, scope).await,
            Login::User(user) => of_user(user, http).await,
            Login::Federated(federated) => of_federated(federated, http, scope).await,
            Login::Machine { host } => of_machine(host, http, scope).await,
            Login::As(impersonation) => {
                let by = obtain_for(&impersonation.by, http, CLOUD_SCOPE).await?;
                act_as(impersonation, &by, http).await
            }
        }
    })
}

async fn of_account(account: &Account, http: &Client, scope: &str) -> Result<Token, Fault> {
    let now = clock::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let claims = json!({
        "iss": account.client_email,
        "scope": scope,
        "aud": account.token_uri,
        "iat": now,
        "exp": now + 3600,
    });
    let no_key = || Fault::Denied("the private key of the service account cannot be read".to_owned());
    let assertion = signed(&claims, (&account.private_key_id, &account.private_key)).ok_or_else(no_key)?;
    let form =
        [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion.reveal())];
    plain_token(post_form(http, &account.token_uri, &form)).await
}

async fn of_user(user: &User, http: &Client) -> Result<Token, Fault> {
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", &user.client_id),
        ("client_secret", user.client_secret.reveal()),
        ("refresh_token", user.refresh_token.reveal()),
    ];
    plain_token(post_form(http, &user.token_uri, &form)).await
}

async fn of_federated(federated: &Federated, http: &Client, scope: &str) -> Result<Token, Fault> {
    let subject = subject_token(federated, http).await?;
    let options = match (&federated.user_project, &federated.client) {
        (Some(project), None) => json!({"userProject": project}).to_string(),
        _ => String::new(),
    };
    let mut form = vec![
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("audience", &federated.audience),
        ("scope", scope),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("subject_token_type", &federated.subject_token_type),
        ("subject_token", subject.reveal()),
    ];
    if !options.is_empty() {
        form.push(("options", &options));
    }
    let request = post_form(http, &federated.token_url, &form);
    plain_token(match &federated.client {
        Some((id, secret)) => request.basic_auth(id, Some(secret.reveal())),
        None => request,
    })
    .await
}

async fn subject_token(federated: &Federated, http: &Client) -> Result<Secret, Fault> {
    let text = match &federated.subject {
        Subject::File(path) => {
            let unread = |_| Fault::Denied(format!("the file {path} with the token cannot be read"));
            fs::read_text(Path::new(path)).map_err(unread)?
        }
        Subject::Url { url, headers } => {
            let mut request = http.get(url);
            for (name, value) in headers {
                let odd = || Fault::Denied(format!("the header {name} is none"));
                let value = value.header("").ok_or_else(odd)?;
                request = request.header(name, value);
            }
            send(request).await?
        }
    };
    let Some(field) = &federated.field else { return Ok(Secret::new(text.trim().to_owned())) };
    let found = serde_json::from_str::<Value>(&text).ok();
    let found = found.as_ref().and_then(|json| json.get(field)?.as_str());
    let missing = || Fault::Denied(format!("the answer with the token has no field `{field}`"));
    found.map(|token| Secret::new(token.to_owned())).ok_or_else(missing)
}

async fn of_machine(host: &str, http: &Client, scope: &str) -> Result<Token, Fault> {
    let url = format!("http://{host}/computeMetadata/v1/instance/service-accounts/default/token");
    let nobody = || Fault::None(format!("none are set, and no metadata server answers at {host}"));
    let mut address = Url::parse(&url).map_err(|_| nobody())?;
    address.query_pairs_mut().append_pair("scopes", scope);
    let request = http.get(address).header("Metadata-Flavor", "Google").timeout(METADATA_PATIENCE);
    let response = request.send().await.map_err(|_| nobody())?;
    if !response.headers().contains_key("metadata-flavor") {
        return Err(nobody());
    }
    if response.status().as_u16() == 404 {
        return Err(Fault::None("none are set, and this machine has no service account".to_owned()));
    }
    token_of(&answered(response).await?)
}

async fn act_as(who: &Impersonation, by: &Token, http: &Client) -> Result<Token, Fault> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        access_token: Secret,
        expire_time: String,
    }
    let body = json!({
        "delegates": who.delegates,
        "lifetime": format!("{}s", who.lifetime),
        "scope": [SCOPE],
    });
    let header = by.text.header("Bearer ").ok_or_else(malformed)?;
    let request = http.post(&who.url).header("authorization", header);
    let request = request.header("content-type", "application/json").body(body.to_string());
    let answer: Answer = serde_json::from_str(&send(request).await?).map_err(|_| malformed())?;
    Ok(Token { text: answer.access_token, until: parse_rfc3339(&answer.expire_time) })
}

fn post_form(http: &Client, url: &str, fields: &[(&str, &str)]) -> RequestBuilder {
    let mut form = String::new();
    if let Ok(mut address) = Url::parse("form:/") {
        address.query_pairs_mut().extend_pairs(fields);
        form = address.query().unwrap_or_default().to_owned();
    }
    http.post(url).header("content-type", "application/x-www-form-urlencoded").body(form)
}

async fn plain_token(request: RequestBuilder) -> Result<Token, Fault> {
    token_of(&send(request).await?)
}

fn token_of(text: &str) -> Result<Token, Fault> {
    #[derive(Deserialize)]
    struct Answer {
        access_token: Secret,
        expires_in: Option<u64>,
    }
    let answer: Answer = serde_json::from_str(text).map_err(|_| malformed())?;
    let until = answer.expires_in.map(|seconds| clock::now() + Duration::from_secs(seconds));
    Ok(Token { text: answer.access_token, until })
}

fn malformed() -> Fault {
    Fault::Unavailable("the answer to the question for a token is none".to_owned())
}

async fn send(request: RequestBuilder) -> Result<String, Fault> {
    answered(request.send().await.map_err(|error| broken(&error))?).await
}

fn broken(error: &reqwest::Error) -> Fault {
    Fault::Unavailable(format!("no token: {}", http::innermost(error)))
}

async fn answered(response: reqwest::Response) -> Result<String, Fault> {
    let status = response.status();
    let text = response.text().await.map_err(|error| broken(&error))?;
    if status.is_success() { Ok(text) } else { Err(refusal(status.as_u16(), &text)) }
}

/// Both of Google's forms: `{"error": "invalid_grant", "error_description": …}` and `{"error": {"message": …}}`.
fn refusal(status: u16, text: &str) -> Fault {
    let json: Value = serde_json::from_str(text).unwrap_or_default();
    let error = json.get("error").unwrap_or(&Value::Null);
    let code = error.as_str().unwrap_or_default();
    let message = json.get("error_description").or_else(|| error.get("message")).and_then(Value::as_str);
    let message = message.unwrap_or(code).to_owned();
    match (status, code) {
        (408 | 429 | 500.., _) => Fault::Unavailable(format!("no token: {message}")),
        (_, "invalid_grant") if message.contains("iat and exp") => Fault::Skewed(message),
        (401, _) | (_, "invalid_grant") => Fault::Expired(message),
        _ => Fault::Denied(format!("no token: {message}")),
    }
}
