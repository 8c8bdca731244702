//! A machine's own identity, which a service on it gives tokens for.

use super::{answer, not_proven, number, resource, token};
use crate::host::env::Env;
use crate::host::http::{self, Patience};
use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};

/// The service on every virtual machine.
const USUAL: &str = "http://169.254.169.254/metadata/identity/oauth2/token";

/// A client without proxies: nobody else's machine can tell who this one is.
pub fn client() -> Result<reqwest::Client, String> {
    http::client(&Env::default(), Patience::default())
}

#[derive(Debug)]
pub struct Managed {
    pub http: reqwest::Client,
    pub endpoint: Option<String>,
    /// One of several identities, by its application or by its resource.
    pub client: Option<String>,
    pub resource: Option<String>,
}

#[async_trait]
impl TokenCredential for Managed {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let address = self.endpoint.as_deref().unwrap_or(USUAL);
        let mut url = reqwest::Url::parse(address).map_err(|_| not_proven("`msi_endpoint` is no address"))?;
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("api-version", "2018-02-01").append_pair("resource", resource(scopes));
            match (&self.client, &self.resource) {
                (Some(client), _) => query.append_pair("client_id", client),
                (None, Some(id)) => query.append_pair("msi_res_id", id),
                (None, None) => &mut query,
            };
        }
        let json = answer(self.http.get(url).header("metadata", "true"), "the machine's identity").await?;
        let text = json["access_token"].as_str();
        let text = text.ok_or_else(|| not_proven("the machine's identity gives no token"))?;
        Ok(token(text, number(&json["expires_on"])))
    }
}
