//! One account with one set of credentials: who signs, and where the blobs are. Asked for once, by whoever needs it
//! first; shared by all states whose settings are equal.

use super::cloud::{self, Cloud};
use super::config::{Access, Account};
use super::faults::store_error;
use super::identity;
use super::management::Management;
use super::signing::{Sas, SharedKey, WholeReads};
use super::transport;
use crate::cloud::Secret;
use crate::host::env::Env;
use crate::state::error::StoreError;
use azure_core::credentials::TokenCredential;
use azure_core::http::Url;
use azure_core::http::policies::Policy;
use azure_core::http::policies::auth::BearerTokenAuthorizationPolicy;
use azure_storage_blob::{BlobClient, BlobClientOptions, BlobContainerClient, BlobContainerClientOptions};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// Whom a token for blobs is for, in every cloud.
const STORAGE: &str = "https://storage.azure.com/.default";

/// What needs no request to know.
#[derive(Debug)]
pub struct Session {
    pub account: Account,
    http: reqwest::Client,
    env: Env,
    cloud: OnceCell<Cloud>,
    management: OnceCell<Management>,
    data: OnceCell<Data>,
}

/// The way to an account's blobs.
#[derive(Clone, Debug)]
struct Data {
    blobs: Url,
    policies: Vec<Arc<dyn Policy>>,
}

impl Session {
    pub fn new(account: Account, http: reqwest::Client, env: Env) -> Self {
        Self {
            account,
            http,
            env,
            cloud: OnceCell::new(),
            management: OnceCell::new(),
            data: OnceCell::new(),
        }
    }

    /// For people.
    pub fn place(&self) -> String {
        format!("azurerm://{}", self.account.name)
    }

    async fn cloud(&self) -> Result<&Cloud, StoreError> {
        self.cloud.get_or_try_init(|| cloud::find(&self.account.cloud, &self.http)).await
    }

    async fn credential(&self) -> Result<Arc<dyn TokenCredential>, StoreError> {
        let Some(identity) = &self.account.identity else {
            let said = "neither a key nor a SAS is set, nor is any identity complete".to_owned();
            return Err(StoreError::NoCredentials { place: self.place(), said });
        };
        let around = identity::Around {
            cloud: self.cloud().await?.clone(),
            http: self.http.clone(),
            env: self.env.clone(),
        };
        identity::credential(identity, around).map_err(|error| store_error(&error, &self.place()))
    }

    /// The management API of the account's subscription.
    ///
    /// # Errors
    /// When there are no credentials for it, or no subscription.
    pub async fn management(&self) -> Result<&Management, StoreError> {
        self.management
            .get_or_try_init(|| async {
                let credential = self.credential().await?;
                let cloud = self.cloud().await?;
                let scope = format!("{}/.default", cloud.audience);
                let policy = Arc::new(BearerTokenAuthorizationPolicy::new(credential, [scope]));
                let subscription = match &self.account.subscription {
                    Some(subscription) => subscription.clone(),
                    None => identity::subscription(self.account.identity.as_ref(), &self.env)
                        .await
                        .ok_or_else(|| StoreError::NoCredentials {
                            place: self.place(),
                            said: "the management API needs `subscription_id`".to_owned(),
                        })?,
                };
                Ok(Management::new(
                    cloud.management.clone(),
                    subscription,
                    transport::options(&self.http, vec![policy]),
                ))
            })
            .await
    }

    async fn data(&self) -> Result<&Data, StoreError> {
        self.data
            .get_or_try_init(|| async {
                let signer = self.signer().await?;
                let policies = vec![Arc::new(WholeReads) as Arc<dyn Policy>, signer];
                Ok(Data { blobs: self.blobs().await?, policies })
            })
            .await
    }

    async fn signer(&self) -> Result<Arc<dyn Policy>, StoreError> {
        let shared_key = |key: Secret| SharedKey { account: self.account.name.clone(), key };
        Ok(match &self.account.access {
            Access::Key(key) => Arc::new(shared_key(key.clone())),
            Access::Sas(token) => Arc::new(Sas(token.clone())),
            Access::Identity => {
                Arc::new(BearerTokenAuthorizationPolicy::new(self.credential().await?, [STORAGE]))
            }
            Access::KeyOfIdentity => {
                let (group, management) = (self.group()?, self.management().await?);
                Arc::new(shared_key(management.account_key(group, &self.account.name).await?))
            }
        })
    }

    async fn blobs(&self) -> Result<Url, StoreError> {
        let malformed = || StoreError::Refused {
            place: self.place(),
            status: 0,
            said: "the cloud's storage has no proper address".to_owned(),
        };
        // Who asks for the key is told the address as well, and terraform uses it.
        if self.account.lookup || self.account.access == Access::KeyOfIdentity {
            let management = self.management().await?;
            let address = management.blob_address(self.group()?, &self.account.name).await?;
            return address.parse().map_err(|_| malformed());
        }
        self.cloud().await?.blobs(&self.account.name).ok_or_else(malformed)
    }

    /// # Errors
    /// When none is set.
    pub fn group(&self) -> Result<&str, StoreError> {
        self.account.resource_group.as_deref().ok_or_else(|| StoreError::NoCredentials {
            place: self.place(),
            said: "the management API needs `resource_group_name`".to_owned(),
        })
    }

    /// # Errors
    /// As the session's first question.
    pub async fn container(&self, name: &str) -> Result<BlobContainerClient, StoreError> {
        let data = self.data().await?;
        let client_options = transport::options(&self.http, data.policies.clone());
        let options = BlobContainerClientOptions { client_options, ..Default::default() };
        BlobContainerClient::new(self.address(data, name, ""), None, Some(options))
            .map_err(|error| store_error(&error, &self.place()))
    }

    /// # Errors
    /// As the session's first question.
    pub async fn blob(&self, container: &str, key: &str) -> Result<BlobClient, StoreError> {
        let data = self.data().await?;
        let client_options = transport::options(&self.http, data.policies.clone());
        let options = BlobClientOptions { client_options, ..Default::default() };
        BlobClient::new(self.address(data, container, key), None, Some(options))
            .map_err(|error| store_error(&error, &self.place()))
    }

    fn address(&self, data: &Data, container: &str, key: &str) -> Url {
        let mut address = data.blobs.clone();
        if let Ok(mut steps) = address.path_segments_mut() {
            steps.pop_if_empty().push(container);
            if !key.is_empty() {
                steps.extend(key.split('/'));
            }
        }
        address
    }
}
