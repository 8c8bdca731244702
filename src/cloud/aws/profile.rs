//! The shared files of AWS's tools: which profile, its region, its credentials.

use super::access::{Access, Shared};
use super::fault::{Fault, Meaning, root};
use super::wire::Wire;
use crate::host::fs;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_runtime::env_config::file::{Builder, EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env as SdkEnv, Fs};
use aws_types::region::Region;
use std::borrow::Cow;
use std::path::PathBuf;

/// How long a chain of profiles may be.
const LONGEST_CHAIN: usize = 8;

/// Where a profile's credentials come from.
#[derive(Debug)]
pub(super) enum Origin {
    /// The SDK knows how: keys, a process, a login, a token.
    Sdk(String),
    /// Roles to assume one after the other, over the credentials of another profile.
    Roles { base: String, roles: Vec<super::Role> },
}

impl Shared {
    pub(super) fn chosen(&self) -> Option<&str> {
        self.profile.as_deref().or(self.env_profile.as_deref())
    }

    /// Those that exist; `None` if none does.
    fn files(&self) -> Option<EnvConfigFiles> {
        let configs = self.config_files.iter().map(|file| (EnvConfigFileKind::Config, file));
        let credentials = self.credentials_files.iter().map(|file| (EnvConfigFileKind::Credentials, file));
        let existing = configs.chain(credentials).filter(|(_, file)| fs::is_file(file));
        let add = |builder: Option<Builder>, (kind, file): (EnvConfigFileKind, &PathBuf)| {
            Some(builder.unwrap_or_else(EnvConfigFiles::builder).with_file(kind, file))
        };
        // The builder takes no for an answer by a panic.
        Some(existing.fold(None, add)?.build())
    }

    /// Everything that the files say; `None` if there are none.
    pub(super) async fn load(&self) -> Result<Option<ProfileSet>, Fault> {
        let Some(files) = self.files() else { return Ok(None) };
        let name = Cow::Owned(self.chosen().unwrap_or("default").to_owned());
        let nothing = SdkEnv::from_slice(&[]);
        let loaded = aws_config::profile::load(&Fs::real(), &nothing, &files, Some(name)).await;
        loaded.map(Some).map_err(|error| Fault::new(Meaning::NoCredentials, root(&error)))
    }
}

/// Follows `source_profile` down to credentials that need no role.
pub(super) fn origin(profiles: Option<&ProfileSet>, name: &str) -> Result<Option<Origin>, Fault> {
    let (mut roles, mut at) = (Vec::new(), name.to_owned());
    for _ in 0..LONGEST_CHAIN {
        let Some(profile) = profiles.and_then(|profiles| profiles.get_profile(&at)) else {
            return missing(&at, name, roles.is_empty());
        };
        let source = profile.get("source_profile");
        match (profile.get("role_arn"), source) {
            (Some(arn), Some(source)) => {
                if profile.get("mfa_serial").is_some() {
                    let text = format!(
                        "the profile `{at}` asks for a one-time password, which nobody can type here"
                    );
                    return Err(Fault::new(Meaning::NoCredentials, text));
                }
                roles.push(super::Role {
                    arn: arn.to_owned(),
                    session_name: profile.get("role_session_name").map(str::to_owned),
                    duration: profile.get("duration_seconds").and_then(|text| text.parse().ok()),
                    external_id: profile.get("external_id").map(crate::cloud::Secret::new),
                    ..super::Role::default()
                });
                let is_its_own = source == at && profile.get("aws_access_key_id").is_some();
                at = source.to_owned();
                if is_its_own {
                    break;
                }
            }
            _ => break,
        }
    }
    roles.reverse();
    Ok(Some(if roles.is_empty() { Origin::Sdk(at) } else { Origin::Roles { base: at, roles } }))
}

/// The profile that everybody has need not be there.
fn missing(at: &str, asked: &str, is_first: bool) -> Result<Option<Origin>, Fault> {
    if is_first && asked == "default" {
        return Ok(None);
    }
    Err(Fault::new(Meaning::NoCredentials, format!("there is no profile `{at}` in the shared files")))
}

/// The credentials that the SDK finds in one profile; `None` if it says nothing about any.
pub(super) async fn credentials(
    access: &Access,
    wire: &Wire,
    region: Option<&str>,
    name: &str,
) -> Result<Option<Credentials>, Fault> {
    let Some(files) = access.shared.files() else { return Ok(None) };
    let config = ProviderConfig::without_region()
        .with_region(region.map(|region| Region::new(region.to_owned())))
        .with_http_client(wire.clone());
    let provider = ProfileFileCredentialsProvider::builder()
        .configure(&config)
        .profile_files(files)
        .profile_name(name)
        .build();
    match provider.provide_credentials().await {
        Ok(credentials) => Ok(Some(credentials)),
        Err(CredentialsError::CredentialsNotLoaded(_)) => Ok(None),
        Err(error) => Err(Fault::new(Meaning::NoCredentials, root(&error))),
    }
}
