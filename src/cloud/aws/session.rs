//! One session: the clients of the services that we ask, made when first needed.

use super::access::{Access, Endpoints};
use super::fault::{Fault, Meaning};
use super::identity::Identity;
use super::keeper::Keeper;
use super::wire::Wire;
use crate::host::http::{self, Patience};
use aws_credential_types::Credentials;
use aws_sdk_s3::config::{
    BehaviorVersion, IdentityCache, Region, RequestChecksumCalculation, StalledStreamProtectionConfig,
    retry::RetryConfig,
};
use std::time::SystemTime;
use tokio::sync::OnceCell;

/// Clients with one set of credentials and one pool of connections.
#[derive(Debug)]
pub struct Session {
    pub access: Access,
    wire: Wire,
    keeper: Keeper,
    s3: OnceCell<aws_sdk_s3::Client>,
    dynamodb: OnceCell<aws_sdk_dynamodb::Client>,
    identity: OnceCell<Identity>,
    /// Whether the account is one that may be used.
    allowed: OnceCell<()>,
}

impl Session {
    /// Asks nothing yet.
    ///
    /// # Errors
    /// When there is nobody to trust or a proxy's address is none.
    pub fn open(access: Access, patience: Patience) -> Result<Self, String> {
        let client = http::client(&access.network_env(), patience)?;
        let wire = Wire::new(client);
        let keeper = Keeper::new(access.clone(), wire.clone());
        Ok(Self {
            access,
            wire,
            keeper,
            s3: OnceCell::new(),
            dynamodb: OnceCell::new(),
            identity: OnceCell::new(),
            allowed: OnceCell::new(),
        })
    }

    /// # Errors
    /// When there are none.
    pub async fn credentials(&self) -> Result<Credentials, Fault> {
        self.keeper.credentials().await
    }

    /// What time the servers say it is.
    #[must_use]
    pub fn now(&self) -> Option<SystemTime> {
        self.wire.clock.now()
    }

    pub(super) fn wire(&self) -> &Wire {
        &self.wire
    }

    /// # Errors
    /// When neither settings, environment nor the profile name one.
    pub async fn region(&self) -> Result<String, Fault> {
        let missing = || Fault::new(Meaning::WrongRegion, "no region is set");
        self.keeper.terms().await.region.clone().ok_or_else(missing)
    }

    /// # Errors
    /// When there are no credentials, no region, or the account is not one that may be used.
    pub async fn s3(&self) -> Result<&aws_sdk_s3::Client, Fault> {
        self.check_account().await?;
        self.credentials().await?;
        self.s3.get_or_try_init(|| self.make_s3()).await
    }

    async fn make_s3(&self) -> Result<aws_sdk_s3::Client, Fault> {
        let (access, terms) = (&self.access, self.keeper.terms().await);
        let mut config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(self.wire.clone())
            .region(Region::new(self.region().await?))
            .credentials_provider(self.keeper.clone())
            .identity_cache(IdentityCache::no_cache())
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .force_path_style(access.path_style)
            .use_fips(terms.fips)
            .use_dual_stack(terms.dualstack);
        if access.skips_checksum {
            config = config.request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
        }
        config.set_endpoint_url(terms.endpoints.s3.clone());
        Ok(aws_sdk_s3::Client::from_conf(config.build()))
    }

    /// # Errors
    /// As `s3`.
    pub async fn dynamodb(&self) -> Result<&aws_sdk_dynamodb::Client, Fault> {
        self.check_account().await?;
        self.credentials().await?;
        self.dynamodb.get_or_try_init(|| self.make_dynamodb()).await
    }

    async fn make_dynamodb(&self) -> Result<aws_sdk_dynamodb::Client, Fault> {
        let terms = self.keeper.terms().await;
        let mut config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(self.wire.clone())
            .region(Region::new(self.region().await?))
            .credentials_provider(self.keeper.clone())
            .identity_cache(IdentityCache::no_cache())
            .retry_config(RetryConfig::disabled())
            .use_fips(terms.fips)
            .use_dual_stack(terms.dualstack);
        config.set_endpoint_url(terms.endpoints.dynamodb.clone());
        Ok(aws_sdk_dynamodb::Client::from_conf(config.build()))
    }

    /// Who we are, asked once.
    ///
    /// # Errors
    /// When STS does not say.
    pub async fn identity(&self) -> Result<&Identity, Fault> {
        self.identity.get_or_try_init(|| self.ask_identity()).await
    }

    async fn ask_identity(&self) -> Result<Identity, Fault> {
        let credentials = self.credentials().await?;
        Identity::ask(&self.keeper.sts(Some(credentials)).await).await
    }

    /// The addresses that are asked instead of Amazon's own.
    pub async fn endpoints(&self) -> &Endpoints {
        &self.keeper.terms().await.endpoints
    }

    async fn check_account(&self) -> Result<(), Fault> {
        let accounts = &self.access.accounts;
        if accounts.allowed.is_empty() && accounts.forbidden.is_empty() {
            return Ok(());
        }
        self.allowed.get_or_try_init(|| self.ask_account()).await.copied()
    }

    async fn ask_account(&self) -> Result<(), Fault> {
        let accounts = &self.access.accounts;
        let account = &self.identity().await?.account;
        let is_allowed = accounts.allowed.is_empty() || accounts.allowed.contains(account);
        if is_allowed && !accounts.forbidden.contains(account) {
            return Ok(());
        }
        Err(Fault::new(Meaning::Denied, format!("the settings do not allow the account {account}")))
    }
}
