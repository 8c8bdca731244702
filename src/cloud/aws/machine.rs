//! Credentials that a machine has: those of a container from the service beside it, those of an instance from its
//! metadata. Both are near: no proxy stands between.

use super::access::{Access, Container, Metadata};
use super::answer::{self, Answer, text_of};
use super::fault::{Fault, Meaning};
use crate::cloud::Secret;
use crate::host::fs;
use crate::host::http::{self, Patience};
use aws_credential_types::Credentials;
use reqwest::{Client, Url};
use std::net::IpAddr;
use std::time::Duration;

/// The service of containers that are told a path alone.
const BESIDE: &str = "http://169.254.170.2";

/// The services that may be asked without TLS, beside this machine itself.
const SERVICES: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];

const METADATA: &str = "http://169.254.169.254";
const METADATA_IPV6: &str = "http://[fd00:ec2::254]";
const SESSION_SECONDS: &str = "21600";

/// Such services are near, or they are not there at all.
const PATIENCE: Patience = Patience { connect: Duration::from_secs(2), silence: Duration::from_secs(5) };

fn client(access: &Access) -> Result<Client, Fault> {
    http::client(&access.trust_env(), PATIENCE).map_err(|error| Fault::new(Meaning::Refused, error))
}

fn none(text: impl Into<String>) -> Fault {
    Fault::new(Meaning::NoCredentials, text)
}

/// The container's credentials; `None` if this is none.
pub(super) async fn of_container(access: &Access) -> Result<Option<Credentials>, Fault> {
    let container = &access.container;
    let Some(url) = address(container)? else { return Ok(None) };
    let mut request = client(access)?.get(url).header("accept", "application/json");
    if let Some(token) = token(container)? {
        let header = token.header("").ok_or_else(|| none("the token of the container is no token"))?;
        request = request.header("authorization", header);
    }
    let who = "the container's service";
    let answer = Answer::to(request)
        .await
        .map_err(|fault| Fault { said: format!("{who}: {}", fault.said), ..fault })?;
    match answer.status {
        200 => answer::credentials(&answer.json(who)?, "Token", who).map(Some),
        _ => Err(answer.fault(who)),
    }
}

/// A path goes before an address, as in terraform.
fn address(container: &Container) -> Result<Option<Url>, Fault> {
    let wrong = |name: &str| none(format!("`{name}` is no address"));
    if let Some(path) = &container.path {
        let slash = if path.starts_with('/') { "" } else { "/" };
        let url = Url::parse(&format!("{BESIDE}{slash}{path}"));
        return url.map(Some).map_err(|_| wrong("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"));
    }
    let Some(address) = &container.address else { return Ok(None) };
    let name = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
    let url = Url::parse(address).map_err(|_| wrong(name))?;
    if url.scheme() != "https" && !is_trusted(&url) {
        return Err(none(format!("`{name}` names a host elsewhere, which may only be asked by https")));
    }
    Ok(Some(url))
}

fn is_trusted(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let is_here = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    host == "localhost" || is_here || SERVICES.contains(&host)
}

/// It is read each time: whoever wrote the file may write it anew.
fn token(container: &Container) -> Result<Option<Secret>, Fault> {
    let Some(file) = &container.token_file else { return Ok(container.token.clone()) };
    let text = fs::read_text(file).map_err(|error| none(error.to_string()))?;
    Ok(Some(Secret::new(text.trim_end())))
}

/// The instance's credentials.
pub(super) async fn of_instance(access: &Access) -> Result<Credentials, Fault> {
    let base = base(&access.metadata)?;
    let client = client(access)?;
    let session = session(&client, &base).await?;
    let ask = async |path: &str| {
        let request = client.get(format!("{base}/latest/meta-data/iam/security-credentials/{path}"));
        let request = match session.as_ref().and_then(|session| session.header("")) {
            Some(header) => request.header("x-aws-ec2-metadata-token", header),
            None => request,
        };
        let answer = Answer::to(request).await?;
        if answer.status == 200 { Ok(answer) } else { Err(answer.fault("the instance's metadata")) }
    };
    let roles = ask("").await?.text;
    let role = roles.lines().next().filter(|role| !role.is_empty());
    let role = role.ok_or_else(|| none("this machine has no role"))?;
    let who = "the instance's metadata";
    let json = ask(role).await?.json(who)?;
    match text_of(&json, "Code") {
        Some(code) if code != "Success" => Err(none(format!("{who} says {code}"))),
        _ => answer::credentials(&json, "Token", who),
    }
}

fn base(metadata: &Metadata) -> Result<String, Fault> {
    let usual = if metadata.is_ipv6 { METADATA_IPV6 } else { METADATA };
    let base = metadata.endpoint.as_deref().unwrap_or(usual).trim_end_matches('/');
    match Url::parse(base) {
        Ok(_) => Ok(base.to_owned()),
        Err(_) => Err(Fault::new(Meaning::Refused, "the metadata service's endpoint is no address")),
    }
}

/// What opens the metadata; `None` where the service is too old to want it.
async fn session(client: &Client, base: &str) -> Result<Option<Secret>, Fault> {
    let request = client.put(format!("{base}/latest/api/token"));
    let request = request.header("x-aws-ec2-metadata-token-ttl-seconds", SESSION_SECONDS);
    let answer = Answer::to(request.header("content-length", "0")).await?;
    match answer.status {
        200 => Ok(Some(Secret::new(answer.text))),
        403..=405 => Ok(None),
        _ => Err(answer.fault("the instance's metadata")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Container, address};

    #[test]
    fn a_container_is_asked_where_it_is_safe_and_a_path_goes_first() {
        for (full, path, asked) in [
            (None, None, Some("")),
            (None, Some("/v2/x?id=1"), Some("http://169.254.170.2/v2/x?id=1")),
            (Some("http://localhost:1/full"), Some("x"), Some("http://169.254.170.2/x")),
            (Some("http://169.254.170.23/v1"), None, Some("http://169.254.170.23/v1")),
            (Some("http://[fd00:ec2::23]/v1"), None, Some("http://[fd00:ec2::23]/v1")),
            (Some("https://anywhere.example/v1"), None, Some("https://anywhere.example/v1")),
            (Some("http://anywhere.example/v1"), None, None),
            (Some("http://169.254.170.3/v1"), None, None),
        ] {
            let [address_text, path] = [full, path].map(|text: Option<&str>| text.map(str::to_owned));
            let found = address(&Container { address: address_text, path, ..Container::default() });
            let told = found.ok().map(|url| url.map(String::from).unwrap_or_default());
            assert_eq!(told.as_deref(), asked);
        }
    }
}
