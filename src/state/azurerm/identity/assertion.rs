//! What proves an application's identity to its directory: a signed word of ours, or somebody else's token.

use super::certificate::Paper;
use super::{answer, not_proven};
use crate::cloud::Secret;
use crate::host::fs;
use async_trait::async_trait;
use azure_core::http::ClientMethodOptions;
use azure_identity::ClientAssertion;
use reqwest::Url;
use std::path::PathBuf;

/// Whom a federated token must be for.
const AUDIENCE: &str = "api://AzureADTokenExchange";

#[derive(Debug)]
pub enum Assertion {
    Signed { paper: Paper, audience: String, client: String },
    Fixed(Secret),
    File(PathBuf),
    Requested { http: reqwest::Client, url: String, bearer: Secret, connection: Option<String> },
}

#[async_trait]
impl ClientAssertion for Assertion {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        match self {
            Self::Signed { paper, audience, client } => paper.assert(client, audience).map_err(not_proven),
            Self::Fixed(token) => Ok(token.reveal().to_owned()),
            Self::File(path) => {
                let bytes = fs::read(path).map_err(|error| not_proven(error.to_string()))?;
                let text = String::from_utf8(bytes).map_err(|_| not_proven("the token's file is no text"))?;
                Ok(text.trim().to_owned())
            }
            Self::Requested { http, url, bearer, connection } => {
                let url = Url::parse(url).map_err(|_| not_proven("`oidc_request_url` is no address"))?;
                match connection {
                    Some(connection) => of_azure_devops(http, url, (bearer, connection)).await,
                    None => of_github(http, url, bearer).await,
                }
            }
        }
    }
}

async fn of_github(http: &reqwest::Client, mut url: Url, bearer: &Secret) -> azure_core::Result<String> {
    let others: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| name != "audience")
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    url.query_pairs_mut().clear().extend_pairs(others).append_pair("audience", AUDIENCE);
    let request = http.get(url).bearer_auth(bearer.reveal()).header("accept", "application/json");
    let json = answer(request, "the provider of tokens").await?;
    json["value"].as_str().map(str::to_owned).ok_or_else(|| not_proven("the provider of tokens gives none"))
}

async fn of_azure_devops(
    http: &reqwest::Client,
    mut url: Url,
    (bearer, connection): (&Secret, &str),
) -> azure_core::Result<String> {
    url.query_pairs_mut()
        .append_pair("api-version", "7.1")
        .append_pair("audience", AUDIENCE)
        .append_pair("serviceConnectionId", connection);
    let request = http
        .post(url)
        .bearer_auth(bearer.reveal())
        .header("accept", "application/json")
        .header("content-type", "application/json")
        .header("content-length", 0);
    let json = answer(request, "the pipeline's provider of tokens").await?;
    json["oidcToken"].as_str().map(str::to_owned).ok_or_else(|| not_proven("the pipeline gives no token"))
}
