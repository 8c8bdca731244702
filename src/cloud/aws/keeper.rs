//! Credentials in terraform's order, kept until shortly before they expire.

use super::access::{Access, Keys};
use super::answer::PROVIDER;
use super::fault::{Fault, Meaning};
use super::profile::{self, Base, Origin, Terms};
use super::role::Role;
use super::wire::Wire;
use super::{machine, program};
use crate::host::clock;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_sts::config::{BehaviorVersion, Region, retry::RetryConfig};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OnceCell};

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
    terms: OnceCell<Terms>,
}

impl std::fmt::Debug for Inner {
    /// Without what is kept: it would show the id of the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("access", &self.access).finish_non_exhaustive()
    }
}

impl Keeper {
    pub(super) fn new(access: Access, wire: Wire) -> Self {
        Self(Arc::new(Inner { access, wire, kept: Mutex::default(), terms: OnceCell::new() }))
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
    pub(super) async fn sts(&self, credentials: Option<Credentials>) -> aws_sdk_sts::Client {
        self.0.sts(credentials).await
    }

    /// Where and how everything is asked.
    pub(super) async fn terms(&self) -> &Terms {
        self.0.terms().await
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
        let credentials = match &self.access.web_identity {
            Some(identity) => identity.assume(&self.sts(None).await).await?,
            None => self.base().await?,
        };
        self.become_each(&self.access.roles, credentials).await
    }

    /// Settings, then, unless the settings name a profile, the environment; then the shared files, and the machine where
    /// they say nothing.
    async fn base(&self) -> Result<Credentials, Fault> {
        let access = &self.access;
        if let Some(keys) = &access.keys {
            return Ok(of_keys(keys));
        }
        if access.shared.profile.is_none() {
            if let Some(keys) = &access.env_keys {
                return Ok(of_keys(keys));
            }
            if let Some(identity) = &access.env_web_identity {
                return identity.assume(&self.sts(None).await).await;
            }
        }
        self.of_profile().await
    }

    async fn of_profile(&self) -> Result<Credentials, Fault> {
        let shared = &self.access.shared;
        let profiles = shared.load().await?;
        let Origin { base, roles } =
            profile::origin(profiles.as_ref(), shared.chosen().unwrap_or("default"))?;
        let credentials = self.of_origin(base).await?;
        self.become_each(&roles, credentials).await
    }

    async fn of_origin(&self, base: Base) -> Result<Credentials, Fault> {
        let access = &self.access;
        match base {
            Base::Keys(keys) => Ok(of_keys(&keys)),
            Base::Environment => access
                .env_keys
                .as_ref()
                .map(of_keys)
                .ok_or_else(|| none("the profile takes the keys of the environment, which holds none")),
            Base::Container => machine::of_container(access)
                .await?
                .ok_or_else(|| none("the profile takes the credentials of a container, but this is none")),
            Base::Instance => machine::of_instance(access).await,
            Base::Token(identity) => identity.assume(&self.sts(None).await).await,
            Base::Login(login) => {
                let terms = self.terms().await;
                login.credentials((access, &terms.endpoints), self.wire.client()).await
            }
            Base::Program(line) => program::credentials(&line, access.shared.surroundings.as_ref()).await,
            Base::Unsaid => self.of_machine().await,
        }
    }

    async fn become_each(&self, roles: &[Role], mut credentials: Credentials) -> Result<Credentials, Fault> {
        for role in roles {
            credentials = role.assume(&self.sts(Some(credentials)).await).await?;
        }
        Ok(credentials)
    }

    /// The container's credentials, then the instance's.
    async fn of_machine(&self) -> Result<Credentials, Fault> {
        if let Some(credentials) = machine::of_container(&self.access).await? {
            return Ok(credentials);
        }
        if self.access.metadata.is_off {
            return Err(none("neither settings, environment nor shared files hold any"));
        }
        machine::of_instance(&self.access).await.map_err(|fault| {
            let text = "neither settings, environment, shared files nor this machine hold any";
            none(format!("{text} ({})", fault.said))
        })
    }

    /// A fault in the files is told when credentials are looked for there.
    async fn terms(&self) -> &Terms {
        self.terms
            .get_or_init(|| async {
                let sections = self.access.shared.load().await.ok().flatten();
                Terms::of(&self.access, sections.as_ref())
            })
            .await
    }

    async fn sts(&self, credentials: Option<Credentials>) -> aws_sdk_sts::Client {
        let terms = self.terms().await;
        let region = self.access.sts_region.as_deref().or(terms.region.as_deref());
        let mut config = aws_sdk_sts::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(self.wire.clone())
            .region(Region::new(region.unwrap_or(FALLBACK_REGION).to_owned()))
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .use_fips(terms.fips)
            .use_dual_stack(terms.dualstack);
        config.set_credentials_provider(credentials.map(SharedCredentialsProvider::new));
        config.set_endpoint_url(terms.endpoints.sts.clone());
        aws_sdk_sts::Client::from_conf(config.build())
    }
}

fn none(text: impl Into<String>) -> Fault {
    Fault::new(Meaning::NoCredentials, text)
}

fn of_keys(keys: &Keys) -> Credentials {
    let token = keys.token.as_ref().map(|token| token.reveal().to_owned());
    Credentials::new(&keys.id, keys.secret.reveal(), token, None, PROVIDER)
}
