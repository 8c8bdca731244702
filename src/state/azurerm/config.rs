//! The settings of an azurerm backend, from the configuration and the environment in terraform's order. Asks nobody.

use super::identity::settings::{Identity, read_identity};
use crate::cloud::Secret;
use crate::state::settings::{Backend, OpenError, Settings};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;

/// Where an account lives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CloudName {
    /// `public`, `usgovernment`, `china`.
    Named(String),
    /// A host that tells; among several clouds the named one is meant.
    Told { host: String, name: String },
}

/// What proves that we may read and write.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    Key(Secret),
    Sas(Secret),
    /// The identity's own token.
    Identity,
    /// The account's key, which the identity may ask for.
    KeyOfIdentity,
}

/// Everything that decides about a session; states whose accounts are equal share one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Account {
    pub name: String,
    pub cloud: CloudName,
    pub access: Access,
    /// `None` when no credential is complete.
    pub identity: Option<Identity>,
    pub subscription: Option<String>,
    pub resource_group: Option<String>,
    /// Whether the management API says where the blobs are.
    pub lookup: bool,
}

/// What a bootstrap is to make. Terraform knows none of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    pub location: Option<String>,
    pub tier: String,
    pub replication: String,
    pub kind: String,
    pub access_tier: Option<String>,
    pub tags: BTreeMap<String, String>,
    pub public_blobs: bool,
    pub keeps_versions: bool,
    /// Days.
    pub soft_delete: Option<u64>,
    pub makes_group: bool,
    pub makes_account: bool,
    pub makes_container: bool,
}

/// One state.
#[derive(Clone, Debug)]
pub struct Config {
    pub account: Account,
    pub container: String,
    pub key: String,
    /// Whether a copy is taken before each write.
    pub snapshot: bool,
    pub wanted: Wanted,
}

/// # Errors
/// When they are not an azurerm backend's, or only terraform can honour them.
pub fn read(backend: &Backend) -> Result<Config, OpenError> {
    let mut settings = backend.settings()?;
    let key = state_key(&mut settings)?;
    let container = settings.required("container_name")?;
    let account = account(&mut settings)?;
    let snapshot = settings.flag_or_env("snapshot", "ARM_SNAPSHOT")?.unwrap_or(false);
    let wanted = wanted(&mut settings)?;
    settings.finish()?;
    Ok(Config { account, container, key, snapshot, wanted })
}

/// Other workspaces than the default one have the key with their name behind it.
fn state_key(settings: &mut Settings<'_>) -> Result<String, OpenError> {
    let key = settings.required("key")?;
    let key = match settings.workspace() {
        "default" | "" => key,
        workspace => format!("{key}env:{workspace}"),
    };
    // An address with such a step would name another object.
    match key.split('/').any(|step| matches!(step, "." | "..")) {
        true => Err(settings.malformed("key", "has steps like `..`")),
        false => Ok(key),
    }
}

fn account(settings: &mut Settings<'_>) -> Result<Account, OpenError> {
    let name = settings.required("storage_account_name")?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_name {
        return Err(settings.malformed("storage_account_name", "is no name of an account"));
    }
    let subscription = settings.text_or_env("subscription_id", &["ARM_SUBSCRIPTION_ID"])?;
    let account = Account {
        name,
        cloud: cloud(settings)?,
        access: access(settings)?,
        identity: read_identity(settings, subscription.as_deref())?,
        resource_group: settings.text("resource_group_name")?,
        lookup: settings.flag_or_env("lookup_blob_endpoint", "ARM_USE_DNS_ZONE_ENDPOINT")?.unwrap_or(false),
        subscription,
    };
    let asks = account.lookup || account.access == Access::KeyOfIdentity;
    if asks && account.resource_group.is_none() {
        return Err(settings.missing("resource_group_name"));
    }
    Ok(account)
}

fn cloud(settings: &mut Settings<'_>) -> Result<CloudName, OpenError> {
    let name = settings.text_or_env("environment", &["ARM_ENVIRONMENT"])?;
    let name = name.map_or_else(|| "public".to_owned(), |name| name.to_ascii_lowercase());
    let host = settings.text_or_env("metadata_host", &["ARM_METADATA_HOSTNAME", "ARM_METADATA_HOST"])?;
    Ok(match host {
        Some(host) => CloudName::Told { host, name },
        None => CloudName::Named(name),
    })
}

/// The first that is there, as terraform chooses.
fn access(settings: &mut Settings<'_>) -> Result<Access, OpenError> {
    let key = settings.text_or_env("access_key", &["ARM_ACCESS_KEY"])?;
    let sas = settings.text_or_env("sas_token", &["ARM_SAS_TOKEN"])?;
    if key.as_ref().is_some_and(|key| STANDARD.decode(key).is_err()) {
        return Err(settings.malformed("access_key", "is no base64"));
    }
    let own = settings.flag_or_env("use_azuread_auth", "ARM_USE_AZUREAD")?.unwrap_or(false);
    Ok(match (key, sas) {
        (Some(key), _) => Access::Key(Secret::new(key)),
        (None, Some(sas)) => Access::Sas(Secret::new(sas)),
        (None, None) if own => Access::Identity,
        (None, None) => Access::KeyOfIdentity,
    })
}

fn wanted(settings: &mut Settings<'_>) -> Result<Wanted, OpenError> {
    let text = |settings: &mut Settings<'_>, name: &str, usual: &str| {
        Ok::<_, OpenError>(settings.text(name)?.unwrap_or_else(|| usual.to_owned()))
    };
    let skips =
        |settings: &mut Settings<'_>, name: &str| Ok::<_, OpenError>(settings.flag(name)?.unwrap_or(false));
    let days = settings.number("soft_delete_retention_days")?;
    let soft = settings.flag("enable_soft_delete")?.unwrap_or(false);
    Ok(Wanted {
        location: settings.text("location")?,
        tier: text(settings, "account_tier", "Standard")?,
        replication: text(settings, "account_replication_type", "LRS")?,
        kind: text(settings, "account_kind", "StorageV2")?,
        access_tier: settings.text("access_tier")?,
        tags: settings.map("tags")?,
        public_blobs: settings.flag("allow_blob_public_access")?.unwrap_or(false),
        keeps_versions: !skips(settings, "skip_versioning")?,
        soft_delete: soft.then(|| days.unwrap_or(7)),
        makes_group: !skips(settings, "skip_resource_group_creation")?,
        makes_account: !skips(settings, "skip_storage_account_creation")?,
        makes_container: !skips(settings, "skip_container_creation")?,
    })
}
