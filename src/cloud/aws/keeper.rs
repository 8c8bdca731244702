//! Credentials in terraform's order, kept until shortly before they expire.

use super::access::{Access, Keys};
use super::fault::{Fault, Meaning, root};
use super::profile::{self, Origin};
use super::wire::Wire;
use crate::host::clock;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_sts::config::{BehaviorVersion, Region, retry::RetryConfig};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// What credentials of ours say about their origin.
pub(super) const PROVIDER: &str = "terrace";

/// How long before their end credentials are made anew.
const MARGIN: Duration = Duration::from_secs(120);

/// Where STS is asked when nobody names a region.
const FALLBACK_REGION: &str = "us-east-1";

#[derive(Clone, Debug)]
pub(super) struct Keeper(Arc<Inner>);

struct Inner {
    access: Access,
    wire: Wire,
    kept: Mutex<Option<Credentials>>,
}

impl std::fmt::Debug for Inner {
    /// Without what is kept: it would show the id of the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("access", &self.access).finish_non_exhaustive()
    }
}

impl Keeper {
    pub(super) fn new(access: Access, wire: Wire) -> Self {
        Self(Arc::new(Inner { access, wire, kept: Mutex::default() }))
    }

    /// The credentials, made once for all who wait.
    pub(super) async fn credentials(&self) -> Result<Credentials, Fault> {
        let mut kept = self.0.kept.lock().await;
        if let Some(credentials) = kept.as_ref().filter(|credentials| is_fresh(credentials)) {
            return Ok(credentials.clone());
        }
        let made = self.0.make().await?;
        Ok(kept.insert(made).clone())
    }

    /// A client of STS with other credentials than the keeper's.
    pub(super) fn sts(&self, credentials: Option<Credentials>, region: Option<&str>) -> aws_sdk_sts::Client {
        self.0.sts(credentials.map(SharedCredentialsProvider::new), region)
    }

    pub(super) async fn region(&self) -> Result<Option<String>, Fault> {
        self.0.region().await
    }
}

fn is_fresh(credentials: &Credentials) -> bool {
    credentials.expiry().is_none_or(|end| clock::now() + MARGIN < end)
}

impl ProvideCredentials for Keeper {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            let answer: provider::Result = self.credentials().await.map_err(CredentialsError::provider_error);
            answer
        })
    }
}

impl Inner {
    async fn make(&self) -> Result<Credentials, Fault> {
        let region = self.region().await?;
        let region = region.as_deref();
        let mut credentials = match &self.access.web_identity {
            Some(identity) => identity.assume(&self.sts(None, region)).await?,
            None => self.base(region).await?,
        };
        for role in &self.access.roles {
            let client = self.sts(Some(SharedCredentialsProvider::new(credentials)), region);
            credentials = role.assume(&client).await?;
        }
        Ok(credentials)
    }

    /// Settings, then, unless the settings name a profile, the environment; then the shared files and the machine.
    async fn base(&self, region: Option<&str>) -> Result<Credentials, Fault> {
        let access = &self.access;
        if let Some(keys) = &access.keys {
            return Ok(of_keys(keys));
        }
        if access.shared.profile.is_none() {
            if let Some(keys) = &access.env_keys {
                return Ok(of_keys(keys));
            }
            if let Some(identity) = &access.env_web_identity {
                return identity.assume(&self.sts(None, region)).await;
            }
        }
        if let Some(credentials) = self.of_profile(region).await? {
            return Ok(credentials);
        }
        if access.shared.profile.is_some() {
            return Err(Fault::new(Meaning::NoCredentials, "the profile holds none"));
        }
        self.of_machine().await
    }

    async fn of_profile(&self, region: Option<&str>) -> Result<Option<Credentials>, Fault> {
        let shared = &self.access.shared;
        let profiles = shared.load().await?;
        let name = shared.chosen().unwrap_or("default");
        match profile::origin(profiles.as_ref(), name)? {
            None => Ok(None),
            Some(Origin::Sdk(name)) => profile::credentials(&self.access, &self.wire, region, &name).await,
            Some(Origin::Roles { base, roles }) => {
                let base = profile::credentials(&self.access, &self.wire, region, &base).await?;
                let missing = || Fault::new(Meaning::NoCredentials, "the profile's source holds none");
                let mut credentials = base.ok_or_else(missing)?;
                for role in roles {
                    let client = self.sts(Some(SharedCredentialsProvider::new(credentials)), region);
                    credentials = role.assume(&client).await?;
                }
                Ok(Some(credentials))
            }
        }
    }

    /// The container's credentials, then the instance's.
    async fn of_machine(&self) -> Result<Credentials, Fault> {
        let config = ProviderConfig::without_region().with_http_client(self.wire.clone());
        match EcsCredentialsProvider::builder().configure(&config).build().provide_credentials().await {
            Err(CredentialsError::CredentialsNotLoaded(_)) => {}
            Err(error) => return Err(Fault::new(Meaning::NoCredentials, root(&error))),
            Ok(credentials) => return Ok(credentials),
        }
        let metadata = &self.access.metadata;
        if metadata.is_off {
            let text = "neither settings, environment nor shared files hold any";
            return Err(Fault::new(Meaning::NoCredentials, text));
        }
        let mut builder = imds::Client::builder().configure(&config).max_attempts(1);
        if let Some(endpoint) = &metadata.endpoint {
            let wrong = |_| Fault::new(Meaning::Refused, "the metadata service's endpoint is no address");
            builder = builder.endpoint(endpoint).map_err(wrong)?;
        }
        if metadata.is_ipv6 {
            builder = builder.endpoint_mode(imds::client::EndpointMode::IpV6);
        }
        let provider = imds::credentials::ImdsCredentialsProvider::builder()
            .configure(&config)
            .imds_client(builder.build())
            .build();
        provider.provide_credentials().await.map_err(|error| {
            let text = "neither settings, environment, shared files nor this machine hold any";
            Fault::new(Meaning::NoCredentials, format!("{text} ({})", root(&error)))
        })
    }

    async fn region(&self) -> Result<Option<String>, Fault> {
        if let Some(region) = &self.access.region {
            return Ok(Some(region.clone()));
        }
        // A fault in the files is told when credentials are looked for there.
        let profiles = self.access.shared.load().await.ok().flatten();
        Ok(profiles.and_then(|profiles| profiles.get("region").map(str::to_owned)))
    }

    fn sts(
        &self,
        credentials: Option<SharedCredentialsProvider>,
        region: Option<&str>,
    ) -> aws_sdk_sts::Client {
        let access = &self.access;
        let region = access.sts_region.as_deref().or(region).unwrap_or(FALLBACK_REGION);
        let mut config = aws_sdk_sts::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(self.wire.clone())
            .region(Region::new(region.to_owned()))
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .use_fips(access.fips)
            .use_dual_stack(access.dualstack);
        config.set_credentials_provider(credentials);
        config.set_endpoint_url(access.endpoints.sts.clone());
        aws_sdk_sts::Client::from_conf(config.build())
    }
}

fn of_keys(keys: &Keys) -> Credentials {
    let token = keys.token.as_ref().map(|token| token.reveal().to_owned());
    Credentials::new(&keys.id, keys.secret.reveal(), token, None, PROVIDER)
}
