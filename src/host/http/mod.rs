//! Clients for http(s): whom they trust, which proxies they take. Knows nothing of what is asked.

mod tls;

use super::env::Env;
use reqwest::{NoProxy, Proxy, Url};
use std::time::Duration;

pub use tls::config as tls_config;

/// What we call ourselves.
pub const USER_AGENT: &str = concat!("terrace/", env!("CARGO_PKG_VERSION"));

/// How long a server may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    pub connect: Duration,
    /// Without a single byte.
    pub silence: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect: Duration::from_secs(20), silence: Duration::from_secs(60) }
    }
}

/// A client for asynchronous callers; nothing is opened yet. It follows no redirect: what it sends is signed for one
/// place. `env` says which proxies there are and whom to trust.
///
/// # Errors
/// When there is nobody to trust or a proxy's address is none.
pub fn client(env: &Env, patience: Patience) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::config(env)?)
        .user_agent(USER_AGENT)
        .connect_timeout(patience.connect)
        .read_timeout(patience.silence)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy();
    for proxy in proxies(env)? {
        builder = builder.proxy(proxy);
    }
    builder.build().map_err(|error| innermost(&error))
}

/// A client for callers that wait, which follows redirects from one secure address to another.
///
/// # Errors
/// When there is nobody to trust or a proxy's address is none.
pub fn blocking_client(env: &Env, patience: Patience) -> Result<reqwest::blocking::Client, String> {
    let mut builder = reqwest::blocking::Client::builder()
        .tls_backend_preconfigured(tls::config(env)?)
        .user_agent(USER_AGENT)
        .connect_timeout(patience.connect)
        .timeout(patience.silence)
        .https_only(true)
        .no_proxy();
    for proxy in proxies(env)? {
        builder = builder.proxy(proxy);
    }
    builder.build().map_err(|error| innermost(&error))
}

/// The proxies of the environment; what is on this machine is asked directly, unless it goes by another name than
/// `localhost`.
///
/// # Errors
/// When a proxy's address is none.
pub fn proxies(env: &Env) -> Result<Vec<Proxy>, String> {
    let either = |name: &str| {
        let lower = name.to_ascii_lowercase();
        env.get_filled(&lower).or_else(|| env.get_filled(name)).map(str::to_owned)
    };
    let direct = either("NO_PROXY").unwrap_or_default();
    let mut proxies = Vec::new();
    for (name, scheme) in [("HTTP_PROXY", "http"), ("HTTPS_PROXY", "https")] {
        let Some(address) = either(name) else { continue };
        let address = if address.contains("://") { address } else { format!("http://{address}") };
        let address = Url::parse(&address).map_err(|_| format!("{name} is no address of a proxy"))?;
        let choose = move |url: &Url| (url.scheme() == scheme && !is_here(url)).then(|| address.clone());
        proxies.push(Proxy::custom(choose).no_proxy(NoProxy::from_string(&direct)));
    }
    Ok(proxies)
}

/// Whether a host is this machine by its plain name or address.
fn is_here(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The innermost cause of an error, which says what happened.
#[must_use]
pub fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
