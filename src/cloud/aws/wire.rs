//! The SDK's requests over our own HTTP client. It notes what time the servers say it is.

use crate::host::clock;
use crate::host::http::innermost;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

/// The servers' clock, as far as they told it.
#[derive(Clone, Debug, Default)]
pub struct ServerClock(Arc<Mutex<Option<(SystemTime, Instant)>>>);

impl ServerClock {
    fn note(&self, date: &str) {
        if let Some(time) = clock::parse_http_date(date) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((time, clock::instant()));
        }
    }

    /// What time it is there.
    #[must_use]
    pub fn now(&self) -> Option<SystemTime> {
        let noted = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.map(|(time, since)| time + since.elapsed())
    }
}

/// One HTTP client for the SDK.
#[derive(Clone, Debug)]
pub struct Wire {
    client: reqwest::Client,
    pub clock: ServerClock,
}

impl Wire {
    #[must_use]
    pub fn new(client: reqwest::Client) -> Self {
        Self { client, clock: ServerClock::default() }
    }

    /// The client itself, for requests that the SDK has no words for.
    #[must_use]
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }
}

impl HttpClient for Wire {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let wire = self.clone();
        HttpConnectorFuture::new(async move { wire.send(request).await })
    }
}

impl Wire {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let (parts, body) = request.into_parts();
        let body = match body.bytes() {
            Some(bytes) => reqwest::Body::from(Bytes::copy_from_slice(bytes)),
            None => reqwest::Body::wrap(body),
        };
        let request = self.client.request(parts.method, parts.uri.to_string()).headers(parts.headers);
        let answer = request.body(body).send().await.map_err(connector_error)?;
        if let Some(date) = answer.headers().get("date").and_then(|date| date.to_str().ok()) {
            self.clock.note(date);
        }
        let answer = http::Response::<reqwest::Body>::from(answer);
        HttpResponse::try_from(answer.map(SdkBody::from_body_1_x))
            .map_err(|error| ConnectorError::other(error.into(), None))
    }
}

/// The innermost cause: the outer ones repeat the whole address, query and all.
fn connector_error(error: reqwest::Error) -> ConnectorError {
    let cause = innermost(&error).into();
    if error.is_timeout() { ConnectorError::timeout(cause) } else { ConnectorError::io(cause) }
}
