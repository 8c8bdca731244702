//! What goes onto each request just before it leaves: the shared key's signature, a SAS, the plain form of a read.

use crate::cloud::Secret;
use async_trait::async_trait;
use azure_core::hmac::hmac_sha256;
use azure_core::http::headers::{HeaderName, HeaderValue, Headers};
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Method, Request, Url};
use azure_core::time::{OffsetDateTime, to_rfc7231};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::Arc;

/// The headers that are signed by position.
const POSITIONS: [&str; 11] = [
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
];

/// Signs with an account's key (`SharedKey`).
#[derive(Debug)]
pub struct SharedKey {
    pub account: String,
    pub key: Secret,
}

#[async_trait]
impl Policy for SharedKey {
    async fn send(&self, ctx: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let now = OffsetDateTime::from(crate::host::clock::now());
        request.insert_header("x-ms-date", to_rfc7231(&now));
        let text = string_to_sign(&self.account, request);
        let signature = hmac_sha256(&text, &self.key.reveal().to_owned().into())?;
        request.insert_header("authorization", format!("SharedKey {}:{signature}", self.account));
        let [following, rest @ ..] = next else { return Err(no_transport()) };
        following.send(ctx, request, rest).await
    }
}

fn no_transport() -> azure_core::Error {
    azure_core::Error::with_message(azure_core::error::ErrorKind::Other, "there is no transport")
}

/// The text whose signature proves that we have the key.
fn string_to_sign(account: &str, request: &Request) -> String {
    let mut text = format!("{}\n", request.method().as_ref());
    for name in POSITIONS {
        match name {
            "content-length" => text.push_str(&length(request)),
            name => text.push_str(header(request.headers(), name)),
        }
        text.push('\n');
    }
    let mut own: Vec<(&str, &str)> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| name.starts_with("x-ms-"))
        .collect();
    own.sort_unstable();
    for (name, value) in own {
        let _ = writeln!(text, "{name}:{}", value.trim());
    }
    text.push_str(&resource(account, request.url()));
    text
}

/// Nothing stands for nothing.
fn length(request: &Request) -> String {
    let has_body = matches!(request.method(), Method::Put | Method::Post | Method::Patch);
    let length = request.body().len().filter(|length| has_body && *length > 0);
    length.map(|length| length.to_string()).unwrap_or_default()
}

fn header<'a>(headers: &'a Headers, name: &'static str) -> &'a str {
    headers.get_optional_str(&HeaderName::from_static(name)).unwrap_or_default()
}

/// The path as it is sent and every parameter of the query, by name.
fn resource(account: &str, url: &Url) -> String {
    let mut parameters: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in url.query_pairs() {
        parameters.entry(name.to_lowercase()).or_default().push(value.into_owned());
    }
    let mut text = format!("/{account}{}", url.path());
    for (name, mut values) in parameters {
        values.sort_unstable();
        let _ = write!(text, "\n{name}:{}", values.join(","));
    }
    text
}

/// Adds a shared access signature to the address.
#[derive(Debug)]
pub struct Sas(pub Secret);

#[async_trait]
impl Policy for Sas {
    async fn send(&self, ctx: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let token = self.0.reveal().trim_start_matches('?');
        let query = match request.url().query().filter(|query| !query.is_empty()) {
            Some(query) => format!("{query}&{token}"),
            None => token.to_owned(),
        };
        request.url_mut().set_query(Some(&query));
        let [following, rest @ ..] = next else { return Err(no_transport()) };
        following.send(ctx, request, rest).await
    }
}

/// The SDK reads in ranges; a range that is larger than everything is asked for without one, so that even an empty
/// object is one request.
#[derive(Debug)]
pub struct WholeReads;

/// Larger than every object, and small enough for every server to count to.
pub const WHOLE: usize = 1 << 50;

#[async_trait]
impl Policy for WholeReads {
    async fn send(&self, ctx: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        if request.method() == Method::Get {
            let kept = request.headers().iter().filter(|(name, _)| name.as_str() != "range");
            let kept: HashMap<HeaderName, HeaderValue> =
                kept.map(|(name, value)| (name.clone(), value.clone())).collect();
            *request.headers_mut() = Headers::from(kept);
        }
        let [following, rest @ ..] = next else { return Err(no_transport()) };
        following.send(ctx, request, rest).await
    }
}

#[cfg(test)]
mod tests {
    use super::string_to_sign;
    use azure_core::hmac::hmac_sha256;
    use azure_core::http::{Method, Request};

    #[test]
    fn a_read_is_signed_as_the_service_describes_it() {
        let url = "https://acct.blob.core.windows.net/mycontainer?restype=container&comp=metadata&timeout=20";
        let mut request = Request::new(url.parse().unwrap(), Method::Get);
        request.insert_header("x-ms-version", "2015-02-21");
        request.insert_header("x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT");
        request.insert_header("user-agent", "is not signed");
        let text = string_to_sign("acct", &request);
        assert_eq!(
            text,
            "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n/acct/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20"
        );
        let signature = hmac_sha256(&text, &"c2VjcmV0".into()).unwrap();
        assert_eq!(signature, "i44zomifg+aA+cTkEN+P1diYGsyF9vS8tjEAvNe5FC4=");
    }

    #[test]
    fn a_write_counts_its_body_and_conditions() {
        let url = "https://acct.blob.core.windows.net/c/a%20b/k.tfstateenv:x";
        let mut request = Request::new(url.parse().unwrap(), Method::Put);
        request.set_body("hello");
        request.insert_header("content-type", "application/json");
        request.insert_header("if-match", "\"0x1\"");
        request.insert_header("x-ms-lease-id", "id");
        request.insert_header("x-ms-blob-type", "BlockBlob");
        assert_eq!(
            string_to_sign("acct", &request),
            "PUT\n\n\n5\n\napplication/json\n\n\n\"0x1\"\n\n\n\nx-ms-blob-type:BlockBlob\nx-ms-lease-id:id\n/acct/c/a%20b/k.tfstateenv:x"
        );
        request.set_body("");
        assert!(string_to_sign("acct", &request).starts_with("PUT\n\n\n\n\n"), "no length stands for none");
    }
}
