//! What a unit says about its bucket, in terraform's order: the configuration, then the environment, then what Google's
//! own tools left on the machine.

use crate::cloud::Secret;
use crate::cloud::google::{Credentials, Login, Unusable, storage_endpoint};
use crate::host::fs;
use crate::state::settings::{Backend, OpenError, Settings};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use std::collections::BTreeMap;

/// Everything that is to be known of one state.
#[derive(Clone, Debug)]
pub struct Config {
    pub bucket: String,
    /// Of the state and of its lock.
    pub keys: (String, String),
    pub credentials: Credentials,
    pub endpoint: Url,
    pub encryption: Encryption,
    pub wanted: Wanted,
}

/// How states are encrypted; locks never are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// As the bucket does it.
    OfBucket,
    /// With a key that only we know, in base64, and the digest of it.
    Customer { key: Secret, digest: String },
    /// With a key of the key service.
    Kms(String),
}

/// What the bucket should be like. Terraform knows nothing of it.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub project: Option<String>,
    pub location: Option<String>,
    pub labels: BTreeMap<String, String>,
    pub skip_versioning: bool,
    pub skip_creation: bool,
    pub uniform_access: bool,
}

impl Config {
    /// # Errors
    /// When a setting is missing, malformed, or known to terraform alone.
    pub fn read(backend: &Backend) -> Result<Self, OpenError> {
        let mut settings = backend.settings()?;
        let bucket = settings.required("bucket")?;
        let prefix = settings.text("prefix")?.unwrap_or_default();
        let config = Self {
            bucket,
            keys: keys(&prefix, settings.workspace()),
            credentials: credentials(&mut settings)?,
            endpoint: endpoint(&mut settings)?,
            encryption: encryption(&mut settings)?,
            wanted: wanted(&mut settings)?,
        };
        settings.finish()?;
        Ok(config)
    }
}

fn keys(prefix: &str, workspace: &str) -> (String, String) {
    let workspace = if workspace.is_empty() { "default" } else { workspace };
    let path = cleaned(&format!("{}/{workspace}", prefix.trim_start_matches('/')));
    (format!("{path}.tfstate"), format!("{path}.tflock"))
}

/// A path as Go joins it.
fn cleaned(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        match (part, parts.last()) {
            ("..", Some(last)) if *last != ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

fn credentials(settings: &mut Settings<'_>) -> Result<Credentials, OpenError> {
    let token = settings.text_or_env("access_token", &["GOOGLE_OAUTH_ACCESS_TOKEN"])?;
    let named = settings.text_or_env("credentials", &["GOOGLE_BACKEND_CREDENTIALS", "GOOGLE_CREDENTIALS"])?;
    let account = settings.text_or_env(
        "impersonate_service_account",
        &["GOOGLE_BACKEND_IMPERSONATE_SERVICE_ACCOUNT", "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT"],
    )?;
    let delegates = settings.texts("impersonate_service_account_delegates")?;
    let read = match (token, named) {
        (Some(token), _) => Ok(Credentials::of_login(Login::Token(Secret::new(token)))),
        (None, Some(named)) => Credentials::parse(&path_or_content(settings, named)),
        (None, None) => Credentials::of_machine(settings.env(), &settings.path("")),
    };
    let mut credentials = read.map_err(|unusable| refused(settings, &unusable))?;
    if let Some(project) = settings.env().get_filled("GOOGLE_CLOUD_QUOTA_PROJECT") {
        credentials.quota_project = Some(project.to_owned());
    }
    if let Some(account) = account {
        credentials.login = credentials.login.acting_as(&account, &delegates);
    }
    Ok(credentials)
}

fn refused(settings: &Settings<'_>, unusable: &Unusable) -> OpenError {
    let fault = match unusable {
        Unusable::Unknown => {
            return OpenError::Unsupported {
                backend: "gcs".to_owned(),
                setting: "credentials of this kind".to_owned(),
            };
        }
        Unusable::Malformed => "is neither a file nor the text of a credentials file",
        Unusable::Unread => "cannot be read from the file that GOOGLE_APPLICATION_CREDENTIALS names",
    };
    settings.malformed("credentials", fault)
}

/// Terraform takes both.
fn path_or_content(settings: &Settings<'_>, text: String) -> String {
    if text.trim_start().starts_with('{') {
        return text;
    }
    fs::read_text(&settings.path(&text)).unwrap_or(text)
}

fn endpoint(settings: &mut Settings<'_>) -> Result<Url, OpenError> {
    const NAME: &str = "storage_custom_endpoint";
    let set = settings
        .text_or_env(NAME, &["GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT", "GOOGLE_STORAGE_CUSTOM_ENDPOINT"])?;
    let text = set.unwrap_or_else(|| storage_endpoint(settings.env()));
    let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.ok_or_else(|| settings.malformed(NAME, "is no address"))
}

fn encryption(settings: &mut Settings<'_>) -> Result<Encryption, OpenError> {
    let key = settings.text_or_env("encryption_key", &["GOOGLE_ENCRYPTION_KEY"])?;
    let kms = settings.text_or_env("kms_encryption_key", &["GOOGLE_KMS_ENCRYPTION_KEY"])?;
    match (key, kms) {
        (None, None) => Ok(Encryption::OfBucket),
        (None, Some(name)) => Ok(Encryption::Kms(name)),
        (Some(_), Some(_)) => Err(settings.malformed("encryption_key", "excludes `kms_encryption_key`")),
        (Some(key), None) => {
            let text = path_or_content(settings, key);
            let decoded = STANDARD.decode(text.trim()).ok().filter(|key| key.len() == 32);
            let fault = || settings.malformed("encryption_key", "is not 32 bytes in base64");
            let decoded = decoded.ok_or_else(fault)?;
            let digest = STANDARD.encode(<sha2::Sha256 as sha2::Digest>::digest(&decoded));
            Ok(Encryption::Customer { key: Secret::new(STANDARD.encode(decoded)), digest })
        }
    }
}

fn wanted(settings: &mut Settings<'_>) -> Result<Wanted, OpenError> {
    Ok(Wanted {
        project: settings.text("project")?,
        location: settings.text("location")?,
        labels: settings.map("gcs_bucket_labels")?,
        skip_versioning: settings.flag("skip_bucket_versioning")?.unwrap_or_default(),
        skip_creation: settings.flag("skip_bucket_creation")?.unwrap_or_default(),
        uniform_access: settings.flag("enable_bucket_policy_only")?.unwrap_or_default(),
    })
}
