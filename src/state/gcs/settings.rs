//! What a unit says about its bucket, in terraform's order: the configuration, then the environment, then what Google's
//! own tools left on the machine.

use super::login::{Credentials, Login, Unusable};
use super::secret::Secret;
use crate::host::env::Env;
use crate::host::fs;
use crate::state::settings::{Backend, OpenError, Settings};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use std::collections::BTreeMap;
use std::path::PathBuf;

const ENDPOINT: &str = "https://storage.googleapis.com/storage/v1/";
const METADATA_HOST: &str = "169.254.169.254";
const EMULATOR: &str = "STORAGE_EMULATOR_HOST";

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
    let mut credentials = match (token, named) {
        (Some(token), _) => plain(Login::Token(Secret::new(token))),
        (None, Some(named)) => of_text(settings, &path_or_content(settings, named))?,
        (None, None) => of_machine(settings)?,
    };
    if let Some(project) = settings.env().get_filled("GOOGLE_CLOUD_QUOTA_PROJECT") {
        credentials.quota_project = Some(project.to_owned());
    }
    if let Some(account) = account {
        credentials.login = credentials.login.acting_as(&account, &delegates);
    }
    Ok(credentials)
}

fn plain(login: Login) -> Credentials {
    Credentials { login, quota_project: None }
}

/// What Google's own libraries find where nothing is set: a file, else the machine's own account.
fn of_machine(settings: &Settings<'_>) -> Result<Credentials, OpenError> {
    let env = settings.env();
    if let Some(path) = env.get_filled("GOOGLE_APPLICATION_CREDENTIALS") {
        let fault = "cannot be read from the file that GOOGLE_APPLICATION_CREDENTIALS names";
        let text =
            fs::read_text(&settings.path(path)).map_err(|_| settings.malformed("credentials", fault))?;
        return of_text(settings, &text);
    }
    if env.get_filled(EMULATOR).is_some() {
        return Ok(plain(Login::Anonymous));
    }
    match well_known_file(env).and_then(|path| fs::read_text(&path).ok()) {
        Some(text) => of_text(settings, &text),
        None => {
            let host = env.get_filled("GCE_METADATA_HOST").unwrap_or(METADATA_HOST).to_owned();
            Ok(plain(Login::Machine { host }))
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

fn of_text(settings: &Settings<'_>, text: &str) -> Result<Credentials, OpenError> {
    Credentials::parse(text).map_err(|unusable| match unusable {
        Unusable::Malformed => {
            settings.malformed("credentials", "is neither a file nor the text of a credentials file")
        }
        Unusable::Unknown => OpenError::Unsupported {
            backend: "gcs".to_owned(),
            setting: "credentials of this kind".to_owned(),
        },
    })
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
    let text = match (set, settings.env().get_filled(EMULATOR)) {
        (Some(set), _) => set,
        (None, Some(host)) if host.contains("://") => format!("{}/storage/v1/", host.trim_end_matches('/')),
        (None, Some(host)) => format!("http://{host}/storage/v1/"),
        (None, None) => ENDPOINT.to_owned(),
    };
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

#[cfg(test)]
mod tests;
