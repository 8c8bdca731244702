//! The SDK's requests over our own HTTP client, each exactly once. Knows nothing of what is asked.

use async_trait::async_trait;
use azure_core::Error;
use azure_core::error::ErrorKind;
use azure_core::http::headers::{HeaderName, HeaderValue, Headers};
use azure_core::http::policies::Policy;
use azure_core::http::{
    AsyncRawResponse, Body, ClientOptions, HttpClient, Method, Request, RetryOptions, Transport,
};
use futures_util::TryStreamExt;
use std::sync::Arc;

#[derive(Debug)]
struct Wire(reqwest::Client);

/// Options of a client whose requests go over `client`, through these policies, without repetitions.
pub fn options(client: &reqwest::Client, policies: Vec<Arc<dyn Policy>>) -> ClientOptions {
    ClientOptions {
        per_try_policies: policies,
        retry: RetryOptions::none(),
        transport: Some(Transport::new(Arc::new(Wire(client.clone())))),
        ..ClientOptions::default()
    }
}

#[async_trait]
impl HttpClient for Wire {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let response = self.0.execute(translated(&self.0, request)?).await.map_err(fault)?;
        let (status, headers) = (response.status().as_u16(), headers_of(response.headers()));
        let body = Box::pin(response.bytes_stream().map_err(fault));
        Ok(AsyncRawResponse::new(status.into(), headers, body))
    }
}

fn translated(client: &reqwest::Client, request: &Request) -> azure_core::Result<reqwest::Request> {
    let mut builder = client.request(method(request.method()), request.url().clone());
    for (name, value) in request.headers().iter() {
        builder = builder.header(name.as_str(), value.as_str());
    }
    let body = match request.body() {
        Body::Bytes(bytes) => bytes.clone(),
        Body::SeekableStream(_) => {
            return Err(Error::with_message(ErrorKind::Other, "only whole bodies are sent"));
        }
    };
    if matches!(request.method(), Method::Put | Method::Post | Method::Patch) {
        // An empty body has a length too, and the signature counts on it.
        builder = builder.header("content-length", body.len());
    }
    builder.body(body).build().map_err(fault)
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Delete => reqwest::Method::DELETE,
        Method::Get => reqwest::Method::GET,
        Method::Head => reqwest::Method::HEAD,
        Method::Patch => reqwest::Method::PATCH,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        other => reqwest::Method::from_bytes(other.as_ref().as_bytes()).unwrap_or_default(),
    }
}

fn headers_of(map: &reqwest::header::HeaderMap) -> Headers {
    let pairs = map.iter().filter_map(|(name, value)| {
        let text = value.to_str().ok()?;
        Some((HeaderName::from(name.as_str().to_owned()), HeaderValue::from(text.to_owned())))
    });
    Headers::from(pairs.collect::<std::collections::HashMap<_, _>>())
}

/// Without the address: it may carry a signature.
fn fault(error: reqwest::Error) -> Error {
    let kind = if error.is_connect() { ErrorKind::Connection } else { ErrorKind::Io };
    let text = crate::host::http::innermost(&error.without_url());
    Error::with_message(kind, text)
}
