//! The management API of one subscription, as far as we need it: an account's keys and addresses, and questions of any
//! other kind for who sets an account up.

use super::faults::store_error;
use crate::cloud::Secret;
use crate::state::error::{StoreError, said};
use azure_core::http::{
    ClientOptions, Context, Method, Pipeline, PipelineSendOptions, RawResponse, Request, Url,
};
use serde_json::Value as Json;

/// Versions of the API: of accounts, of what is in them, of resource groups.
pub const STORAGE: &str = "2023-05-01";
pub const BLOBS: &str = "2023-05-01";
pub const GROUPS: &str = "2021-04-01";

#[derive(Debug)]
pub struct Management {
    /// `https://management.azure.com`.
    root: String,
    subscription: String,
    pipeline: Pipeline,
}

/// What the API said, whatever it was.
#[derive(Debug)]
pub struct Told {
    pub status: u16,
    pub json: Json,
}

impl Management {
    pub fn new(root: String, subscription: String, options: ClientOptions) -> Self {
        let pipeline = Pipeline::new(Some("terrace"), None, options, Vec::new(), Vec::new(), None);
        Self { root, subscription, pipeline }
    }

    /// The path of a resource group.
    pub fn group_path(&self, group: &str) -> String {
        format!("/subscriptions/{}/resourceGroups/{group}", self.subscription)
    }

    /// The path of a storage account.
    pub fn account_path(&self, group: &str, account: &str) -> String {
        format!("{}/providers/Microsoft.Storage/storageAccounts/{account}", self.group_path(group))
    }

    /// The path that tells whether a name can be had.
    pub fn availability_path(&self) -> String {
        format!("/subscriptions/{}/providers/Microsoft.Storage/checkNameAvailability", self.subscription)
    }

    /// One request. A refusal is an answer too, unless it says that we may not ask or that it may pass.
    ///
    /// # Errors
    /// When there is no answer, or one of those.
    pub async fn ask(
        &self,
        method: Method,
        (path, version): (&str, &str),
        body: Option<&Json>,
    ) -> Result<Told, StoreError> {
        let place = format!("{}{path}", self.root);
        let mut url: Url = place.parse().map_err(|_| StoreError::Refused {
            place: self.root.clone(),
            status: 0,
            said: "the management API has no proper address".to_owned(),
        })?;
        url.query_pairs_mut().append_pair("api-version", version);
        let mut request = Request::new(url, method);
        request.insert_header("accept", "application/json");
        if let Some(body) = body {
            request.insert_header("content-type", "application/json");
            request.set_body(body.to_string());
        }
        let options = PipelineSendOptions { skip_checks: true, ..Default::default() };
        let answer = self.pipeline.send(&Context::new(), &mut request, Some(options)).await;
        told(&answer.map_err(|error| store_error(&error, &place))?, place)
    }

    /// The first of an account's keys.
    ///
    /// # Errors
    /// When the API does not give it.
    pub async fn account_key(&self, group: &str, account: &str) -> Result<Secret, StoreError> {
        let path = format!("{}/listKeys", self.account_path(group, account));
        let told = self.ask(Method::Post, (&path, STORAGE), None).await?;
        let key = told.json["keys"][0]["value"].as_str().map(Secret::new);
        key.ok_or_else(|| self.missing(&told, account))
    }

    /// Where an account's blobs are.
    ///
    /// # Errors
    /// When the API does not tell.
    pub async fn blob_address(&self, group: &str, account: &str) -> Result<String, StoreError> {
        let path = self.account_path(group, account);
        let told = self.ask(Method::Get, (&path, STORAGE), None).await?;
        let address = told.json["properties"]["primaryEndpoints"]["blob"].as_str().map(str::to_owned);
        address.ok_or_else(|| self.missing(&told, account))
    }

    fn missing(&self, told: &Told, account: &str) -> StoreError {
        let place = format!("azurerm://{account}");
        match told.status {
            404 => StoreError::NoContainer { place, what: "storage account or resource group" },
            _ => self.refused(told, place),
        }
    }

    /// A refusal as a fault.
    pub fn refused(&self, told: &Told, place: String) -> StoreError {
        let text = told.json["error"]["message"].as_str().unwrap_or_default();
        StoreError::Refused {
            place,
            status: told.status,
            said: said(text.lines().next().unwrap_or_default()),
        }
    }
}

fn told(response: &RawResponse, place: String) -> Result<Told, StoreError> {
    let status = u16::from(response.status());
    let json: Json = serde_json::from_slice(response.body().as_ref()).unwrap_or(Json::Null);
    let error = &json["error"];
    let text = error["message"].as_str().or(error["code"].as_str()).unwrap_or_default();
    let text = said(text.lines().next().unwrap_or_default());
    match status {
        401 if error["code"] == "ExpiredAuthenticationToken" => {
            Err(StoreError::Expired { place, said: text })
        }
        401 | 403 => Err(StoreError::Denied { place, said: text }),
        408 | 429 | 500..=599 => {
            Err(StoreError::Unavailable { place, said: format!("status {status}: {text}") })
        }
        _ => Ok(Told { status, json }),
    }
}
