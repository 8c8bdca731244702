//! Who we are to a directory: a credential that gives tokens, out of what the settings say.
//!
//! - `settings`: which one it is
//! - `assertion`: what proves an application's identity; `certificate`: by a signature of ours
//! - `managed`: a machine's own identity; `command_line`: whoever is logged in with `az`

mod assertion;
mod certificate;
mod command_line;
mod managed;
pub mod settings;

use super::cloud::Cloud;
use super::transport;
use crate::host::env::Env;
use assertion::Assertion;
use azure_core::Error;
use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::{AccessToken, TokenCredential};
use azure_core::error::ErrorKind;
use azure_core::http::ClientOptions;
use azure_core::time::{Duration, OffsetDateTime};
use azure_identity::{
    ClientAssertionCredential, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions,
};
use command_line::CommandLine;
use managed::Managed;
use serde_json::Value as Json;
use settings::{App, Identity};
use std::sync::Arc;

/// What a credential needs of its surroundings.
#[derive(Clone, Debug)]
pub struct Around {
    pub cloud: Cloud,
    pub http: reqwest::Client,
    pub env: Env,
}

/// # Errors
/// When the settings cannot make one: a certificate that cannot be read, a directory's name that is none.
pub fn credential(identity: &Identity, around: Around) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let http = around.http.clone();
    Ok(match identity {
        Identity::Secret { app, secret } => {
            let options = ClientSecretCredentialOptions { client_options: client_options(&around) };
            let secret = azure_core::credentials::Secret::new(secret.reveal().to_owned());
            ClientSecretCredential::new(&app.tenant, app.client.clone(), secret, Some(options))?
        }
        Identity::Certificate { app, bundle, password } => {
            let paper = certificate::open(bundle, password).map_err(not_proven)?;
            let audience = format!("{}/{}/oauth2/v2.0/token", around.cloud.login, app.tenant);
            let client = app.client.clone();
            asserted(app, Assertion::Signed { paper, audience, client }, &around)?
        }
        Identity::Token { app, token } => asserted(app, Assertion::Fixed(token.clone()), &around)?,
        Identity::TokenFile { app, path } => asserted(app, Assertion::File(path.clone()), &around)?,
        Identity::Requested { app, url, bearer, connection } => {
            let (url, bearer, connection) = (url.clone(), bearer.clone(), connection.clone());
            asserted(app, Assertion::Requested { http, url, bearer, connection }, &around)?
        }
        Identity::Managed { endpoint, client, resource } => {
            let (endpoint, client, resource) = (endpoint.clone(), client.clone(), resource.clone());
            Arc::new(Managed { http: managed::client().map_err(not_proven)?, endpoint, client, resource })
        }
        Identity::CommandLine { tenant, subscription } => Arc::new(CommandLine {
            env: around.env,
            tenant: tenant.clone(),
            subscription: subscription.clone(),
        }),
    })
}

fn asserted(
    app: &App,
    assertion: Assertion,
    around: &Around,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let options = ClientAssertionCredentialOptions { client_options: client_options(around) };
    let (tenant, client) = (app.tenant.clone(), app.client.clone());
    Ok(ClientAssertionCredential::new(tenant, client, assertion, Some(options))?)
}

/// The directory is the cloud's, over our own client.
fn client_options(around: &Around) -> ClientOptions {
    let mut directory = CustomConfiguration::default();
    directory.authority_host.clone_from(&around.cloud.login);
    ClientOptions {
        cloud: Some(Arc::new(CloudConfiguration::from(directory))),
        ..transport::options(&around.http, Vec::new())
    }
}

/// The subscription that the command line is logged in to.
pub async fn subscription(identity: Option<&Identity>, env: &Env) -> Option<String> {
    match identity {
        Some(Identity::CommandLine { .. }) => command_line::subscription(env.clone()).await,
        _ => None,
    }
}

/// A fault of getting a token; the text never quotes one.
fn not_proven(text: impl Into<String>) -> Error {
    Error::with_message(ErrorKind::Credential, text.into())
}

/// Something that may pass, wrapped as the cause of a fault of getting a token.
fn unanswered(error: reqwest::Error) -> Error {
    let text = crate::host::http::innermost(&error.without_url());
    let cause = Error::with_message(ErrorKind::Io, text.clone());
    Error::with_error(ErrorKind::Credential, cause, text)
}

/// A token and the seconds since 1970 when it ends; ten minutes where nobody says.
fn token(text: &str, ends: Option<i64>) -> AccessToken {
    let soon = OffsetDateTime::from(crate::host::clock::now()) + Duration::minutes(10);
    let ends = ends.and_then(|ends| OffsetDateTime::from_unix_timestamp(ends).ok()).unwrap_or(soon);
    AccessToken::new(text.to_owned(), ends)
}

/// A number that may be written as a text.
fn number(value: &Json) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// `https://storage.azure.com` out of `https://storage.azure.com/.default`.
fn resource<'a>(scopes: &[&'a str]) -> &'a str {
    scopes.first().copied().unwrap_or_default().trim_end_matches("/.default")
}

/// An answer's JSON, or what its refusal says.
async fn answer(request: reqwest::RequestBuilder, who: &str) -> azure_core::Result<Json> {
    let response = request.send().await.map_err(unanswered)?;
    let status = response.status().as_u16();
    let text = response.text().await.map_err(unanswered)?;
    let json: Option<Json> = serde_json::from_str(&text).ok();
    match json {
        Some(json) if (200..300).contains(&status) => Ok(json),
        json => {
            let told = json.as_ref().and_then(|json| {
                ["error_description", "message", "error"].iter().find_map(|name| json[name].as_str())
            });
            let text = format!("{who} answers with status {status}: {}", told.unwrap_or("no reason"));
            if status == 429 || status >= 500 {
                let cause = Error::with_message(ErrorKind::Io, text.clone());
                return Err(Error::with_error(ErrorKind::Credential, cause, text));
            }
            Err(not_proven(text))
        }
    }
}
