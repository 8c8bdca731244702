//! Requests of the JSON interface: where they go, who sends them. One call is one attempt.

use super::answer::{Refusal, broken};
use crate::cloud::google::{Fault, Tokens};
use crate::state::error::{StoreError, said};
use reqwest::{Client, Method, RequestBuilder, Response, Url};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// What all states with the same settings of access share.
#[derive(Clone, Debug)]
pub struct Session {
    pub http: Client,
    pub tokens: Arc<Tokens>,
}

/// One bucket behind one endpoint.
#[derive(Clone, Debug)]
pub struct Api {
    pub session: Session,
    pub endpoint: Url,
    pub bucket: String,
}

impl Api {
    /// The bucket's or an object's name for people.
    #[must_use]
    pub fn place(&self, key: &str) -> String {
        let slash = if key.is_empty() { "" } else { "/" };
        format!("gs://{}{slash}{key}", self.bucket)
    }

    /// All buckets.
    #[must_use]
    pub fn buckets(&self) -> Url {
        self.below("b", &[])
    }

    /// This one.
    #[must_use]
    pub fn of_bucket(&self) -> Url {
        self.below("b", &[&self.bucket])
    }

    /// Its objects.
    #[must_use]
    pub fn objects(&self) -> Url {
        self.below("b", &[&self.bucket, "o"])
    }

    #[must_use]
    pub fn object(&self, key: &str) -> Url {
        self.below("b", &[&self.bucket, "o", key])
    }

    /// Where new contents are sent: at the root of the same host, as in every client of Google's.
    #[must_use]
    pub fn uploads(&self) -> Url {
        self.below("/upload/storage/v1/b", &[&self.bucket, "o"])
    }

    /// The endpoint may end in `/storage/v1/` or in `/storage/v1/b`: what is relative to it is the same.
    fn below(&self, start: &str, segments: &[&str]) -> Url {
        let mut url = self.endpoint.join(start).unwrap_or_else(|_| self.endpoint.clone());
        if let Ok(mut path) = url.path_segments_mut() {
            path.extend(segments);
        }
        url
    }

    pub fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.session.http.request(method, url)
    }

    /// Sends it as us; any answer is one.
    ///
    /// # Errors
    /// When there is no token or no answer.
    pub async fn send(&self, request: RequestBuilder, place: &str) -> Result<Response, StoreError> {
        let headers = self.session.tokens.headers().await.map_err(|fault| nobody(fault, place.to_owned()))?;
        let answer = request.headers(headers).send().await;
        let response = answer.map_err(|error| broken(place.to_owned(), &error))?;
        if response.status().as_u16() == 401 {
            self.session.tokens.forget().await;
        }
        Ok(response)
    }

    /// The same where every refusal is an error.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn send_well(&self, request: RequestBuilder, place: &str) -> Result<Response, StoreError> {
        let response = self.send(request, place).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(Refusal::read(response).await.meaning(place.to_owned()))
    }

    /// The same for an answer in JSON.
    ///
    /// # Errors
    /// When it is refused or the answer is something else.
    pub async fn ask<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        place: &str,
    ) -> Result<T, StoreError> {
        let response = self.send_well(request, place).await?;
        let body = response.bytes().await.map_err(|error| broken(place.to_owned(), &error))?;
        serde_json::from_slice(&body).map_err(|_| StoreError::Unavailable {
            place: place.to_owned(),
            said: "its answer is not the one of a store".to_owned(),
        })
    }
}

fn nobody(fault: Fault, place: String) -> StoreError {
    match fault {
        Fault::None(text) => StoreError::NoCredentials { place, said: said(&text) },
        Fault::Denied(text) => StoreError::Denied { place, said: said(&text) },
        Fault::Expired(text) => StoreError::Expired { place, said: said(&text) },
        Fault::Skewed(text) => StoreError::Skewed { place, said: said(&text) },
        Fault::Unavailable(text) => StoreError::Unavailable { place, said: said(&text) },
    }
}
