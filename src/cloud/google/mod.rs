//! Who we are to Google: what a credentials file says, in every form that its tools write, and where such a file is when
//! nobody names one. `exchange` turns it into a token, `tokens` keeps that.

mod exchange;
mod jwt;
mod tokens;

pub use exchange::Fault;
pub use tokens::Tokens;

use super::Secret;
use crate::host::env::Env;
use crate::host::fs;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const TOKEN_URL: &str = "https://oauth2.googleapis.com/token";
const UNIVERSE: &str = "googleapis.com";
const METADATA_HOST: &str = "169.254.169.254";
const EMULATOR: &str = "STORAGE_EMULATOR_HOST";
const ENDPOINT: &str = "https://storage.googleapis.com/storage/v1/";

/// One way to get a token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Login {
    /// Nobody; for emulators.
    Anonymous,
    /// A token that somebody else made.
    Token(Secret),
    /// The key of a service account.
    Account(Account),
    /// A person who logged in.
    User(User),
    /// A token of another issuer, exchanged for one of Google's.
    Federated(Federated),
    /// What the machine itself may do: the metadata server at this host.
    Machine { host: String },
    /// Somebody who may act as a service account.
    As(Box<Impersonation>),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
pub struct Account {
    pub client_email: String,
    #[serde(default)]
    pub private_key_id: String,
    pub private_key: Secret,
    #[serde(default = "token_url")]
    pub token_uri: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
pub struct User {
    pub client_id: String,
    pub client_secret: Secret,
    pub refresh_token: Secret,
    #[serde(default = "token_url")]
    pub token_uri: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Federated {
    pub audience: String,
    pub subject_token_type: String,
    pub token_url: String,
    pub subject: Subject,
    /// What the subject token is in its answer; `None`: all of it.
    pub field: Option<String>,
    pub client: Option<(String, Secret)>,
    pub user_project: Option<String>,
}

/// Where the other issuer's token is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    File(String),
    Url { url: String, headers: BTreeMap<String, Secret> },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Impersonation {
    pub by: Login,
    pub url: String,
    pub delegates: Vec<String>,
    /// Seconds.
    pub lifetime: u64,
}

/// A credentials file that we cannot use.
#[derive(Debug, PartialEq, Eq)]
pub enum Unusable {
    /// It is no credentials file, or lacks something.
    Malformed,
    /// One of a kind that terraform may know.
    Unknown,
    /// `GOOGLE_APPLICATION_CREDENTIALS` names a file that cannot be read.
    Unread,
}

/// A credentials file, read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Credentials {
    pub login: Login,
    /// Who pays for the requests.
    pub quota_project: Option<String>,
}

#[derive(Deserialize)]
struct File {
    #[serde(rename = "type", default)]
    kind: String,
    quota_project_id: Option<String>,
    universe_domain: Option<String>,
}

#[derive(Deserialize)]
struct ExternalFile {
    audience: String,
    subject_token_type: String,
    token_url: String,
    credential_source: Source,
    service_account_impersonation_url: Option<String>,
    service_account_impersonation: Option<Lifetime>,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    workforce_pool_user_project: Option<String>,
}

#[derive(Deserialize)]
struct Lifetime {
    token_lifetime_seconds: Option<u64>,
}

#[derive(Deserialize)]
struct Source {
    file: Option<String>,
    url: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, Secret>,
    environment_id: Option<String>,
    format: Option<Format>,
}

#[derive(Deserialize)]
struct Format {
    #[serde(rename = "type", default)]
    kind: String,
    subject_token_field_name: Option<String>,
}

#[derive(Deserialize)]
struct ImpersonatedFile {
    service_account_impersonation_url: String,
    #[serde(default)]
    delegates: Vec<String>,
    source_credentials: serde_json::Value,
}

impl Credentials {
    /// # Errors
    /// When it is no credentials file that we can use.
    pub fn parse(text: &str) -> Result<Self, Unusable> {
        let file: File = decode(text)?;
        if file.universe_domain.is_some_and(|universe| !universe.is_empty() && universe != UNIVERSE) {
            return Err(Unusable::Unknown);
        }
        let login = match file.kind.as_str() {
            "service_account" => Login::Account(decode(text)?),
            "authorized_user" => Login::User(decode(text)?),
            "external_account" => external(decode(text)?)?,
            "impersonated_service_account" => impersonated(decode(text)?)?,
            "" => return Err(Unusable::Malformed),
            _ => return Err(Unusable::Unknown),
        };
        Ok(Self { login, quota_project: file.quota_project_id })
    }
}

impl Credentials {
    #[must_use]
    pub fn of_login(login: Login) -> Self {
        Self { login, quota_project: None }
    }

    /// What Google's own libraries find where nothing is set: a file, else the machine's own account. A relative path
    /// starts from `dir`.
    ///
    /// # Errors
    /// When the file is none that we can use.
    pub fn of_machine(env: &Env, dir: &Path) -> Result<Self, Unusable> {
        if let Some(path) = env.get_filled("GOOGLE_APPLICATION_CREDENTIALS") {
            return Self::parse(&fs::read_text(&dir.join(path)).map_err(|_| Unusable::Unread)?);
        }
        if env.get_filled(EMULATOR).is_some() {
            return Ok(Self::of_login(Login::Anonymous));
        }
        match well_known_file(env).and_then(|path| fs::read_text(&path).ok()) {
            Some(text) => Self::parse(&text),
            None => {
                let host = env.get_filled("GCE_METADATA_HOST").unwrap_or(METADATA_HOST).to_owned();
                Ok(Self::of_login(Login::Machine { host }))
            }
        }
    }

    /// The same after a token that the environment holds.
    ///
    /// # Errors
    /// When the file is none that we can use.
    pub fn of_env(env: &Env, dir: &Path) -> Result<Self, Unusable> {
        match env.get_filled("GOOGLE_OAUTH_ACCESS_TOKEN") {
            Some(token) => Ok(Self::of_login(Login::Token(Secret::new(token)))),
            None => Self::of_machine(env, dir),
        }
    }
}

/// Where `gcloud auth application-default login` leaves its result.
fn well_known_file(env: &Env) -> Option<PathBuf> {
    let folder = match env.get_filled("APPDATA") {
        Some(folder) if cfg!(windows) => PathBuf::from(folder),
        _ => env.home_dir()?.join(".config"),
    };
    Some(folder.join("gcloud").join("application_default_credentials.json"))
}

/// Where the store is asked unless the settings say otherwise: at Google, or at an emulator.
#[must_use]
pub fn storage_endpoint(env: &Env) -> String {
    match env.get_filled(EMULATOR) {
        Some(host) if host.contains("://") => format!("{}/storage/v1/", host.trim_end_matches('/')),
        Some(host) => format!("http://{host}/storage/v1/"),
        None => ENDPOINT.to_owned(),
    }
}
impl Login {
    /// Acts as a service account, through others where they are named.
    #[must_use]
    pub fn acting_as(self, account: &str, delegates: &[String]) -> Self {
        let url = format!(
            "https://iamcredentials.{UNIVERSE}/v1/projects/-/serviceAccounts/{account}:generateAccessToken"
        );
        let delegates = delegates.iter().map(|delegate| full_name(delegate)).collect();
        Self::As(Box::new(Impersonation { by: self, url, delegates, lifetime: 3600 }))
    }
}

fn decode<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Unusable> {
    serde_json::from_str(text).map_err(|_| Unusable::Malformed)
}

fn external(file: ExternalFile) -> Result<Login, Unusable> {
    let source = file.credential_source;
    if source.environment_id.is_some() {
        return Err(Unusable::Unknown);
    }
    let field = match source.format {
        Some(Format { kind, subject_token_field_name }) if kind == "json" => {
            Some(subject_token_field_name.ok_or(Unusable::Malformed)?)
        }
        Some(Format { kind, .. }) if !kind.is_empty() && kind != "text" => return Err(Unusable::Unknown),
        _ => None,
    };
    let subject = match (source.file, source.url) {
        (Some(path), _) => Subject::File(path),
        (None, Some(url)) => Subject::Url { url, headers: source.headers },
        (None, None) => return Err(Unusable::Unknown),
    };
    let federated = Login::Federated(Federated {
        audience: file.audience,
        subject_token_type: file.subject_token_type,
        token_url: file.token_url,
        subject,
        field,
        client: file.client_id.zip(file.client_secret),
        user_project: file.workforce_pool_user_project,
    });
    let lifetime = file.service_account_impersonation.and_then(|given| given.token_lifetime_seconds);
    Ok(match file.service_account_impersonation_url.filter(|url| !url.is_empty()) {
        None => federated,
        Some(url) => {
            let lifetime = lifetime.unwrap_or(3600);
            Login::As(Box::new(Impersonation { by: federated, url, delegates: Vec::new(), lifetime }))
        }
    })
}

fn impersonated(file: ImpersonatedFile) -> Result<Login, Unusable> {
    let by = Credentials::parse(&file.source_credentials.to_string())?.login;
    let delegates = file.delegates.iter().map(|delegate| full_name(delegate)).collect();
    let url = file.service_account_impersonation_url;
    Ok(Login::As(Box::new(Impersonation { by, url, delegates, lifetime: 3600 })))
}

fn full_name(account: &str) -> String {
    let prefix = "projects/-/serviceAccounts/";
    if account.starts_with(prefix) { account.to_owned() } else { format!("{prefix}{account}") }
}

fn token_url() -> String {
    TOKEN_URL.to_owned()
}
