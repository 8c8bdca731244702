//! What an address of a server says, once it is known to be one: http(s), a registry, the content store.

use crate::source::urlpath;
use std::fmt;

/// A file on a web server, most often an archive.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpSource {
    /// What is asked for: without the parameters that are meant for us; may carry credentials.
    pub url: String,
    pub unpack: Unpack,
}

/// What to do with a downloaded file. Holds for files of this machine, too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Unpack {
    /// `archive=`: the kind of archive, or `false`.
    pub archive: Option<String>,
    /// `checksum=`: as written.
    pub checksum: Option<String>,
    /// `filename=`: what a file that is no archive is called.
    pub filename: Option<String>,
}

/// A module of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrySource {
    /// `None`: the registry of the tool that runs.
    pub host: Option<String>,
    /// `namespace/name/provider`.
    pub module: String,
    /// `None`: the highest one.
    pub version: Option<String>,
}

/// An object in a bucket of Google's, or all objects below a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GcsSource {
    pub bucket: String,
    pub path: String,
    pub unpack: Unpack,
}

impl fmt::Debug for HttpSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpSource({}, {:?})", crate::source::http::shown(&self.url), self.unpack)
    }
}

/// The parameters that are for us and never reach a server.
const OURS: [&str; 3] = ["archive", "checksum", "filename"];

impl Unpack {
    #[must_use]
    pub fn of_query(query: &[(String, String)]) -> Self {
        let get =
            |key: &str| query.iter().rev().find(|(k, v)| k == key && !v.is_empty()).map(|(_, v)| v.clone());
        Self { archive: get("archive"), checksum: get("checksum"), filename: get("filename") }
    }
}

/// The source at this URL; `query` as written.
#[must_use]
pub(super) fn http_source(main: &str, query: Option<&str>) -> HttpSource {
    let query = query.unwrap_or_default();
    let key_of = |pair: &str| pair.split('=').next().unwrap_or_default().to_owned();
    let kept: Vec<&str> =
        query.split('&').filter(|pair| !pair.is_empty() && !OURS.contains(&&*key_of(pair))).collect();
    let url = if kept.is_empty() { main.to_owned() } else { format!("{main}?{}", kept.join("&")) };
    HttpSource { url, unpack: Unpack::of_query(&urlpath::parse_query(query)) }
}

/// `https://www.googleapis.com/storage/v1/BUCKET/PATH`; the host is only a sign of what is meant.
///
/// # Errors
/// What is wrong with it.
pub(super) fn gcs_source(main: &str, query: &[(String, String)]) -> Result<GcsSource, String> {
    let rest = main.split_once("://").map_or(main, |(_, rest)| rest);
    let mut parts = rest.splitn(5, '/');
    let is_google = parts.next().is_some_and(|host| host.ends_with("googleapis.com"));
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("storage"), Some(_), Some(bucket), Some(path))
            if is_google && !bucket.is_empty() && !path.trim_matches('/').is_empty() =>
        {
            let path = path.trim_end_matches('/');
            let path = urlpath::decode(path).unwrap_or_else(|| path.to_owned());
            Ok(GcsSource { bucket: bucket.to_owned(), path, unpack: Unpack::of_query(query) })
        }
        _ => Err("write gcs::https://www.googleapis.com/storage/v1/BUCKET/PATH".to_owned()),
    }
}

/// `host/namespace/name/provider`, the host possibly empty, after `tfr://`.
///
/// # Errors
/// What is wrong with it.
pub(super) fn registry_source(rest: &str, query: &[(String, String)]) -> Result<RegistrySource, String> {
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let module = path.trim_matches('/');
    if module.is_empty() || module.split('/').any(|part| part.is_empty() || part == "." || part == "..") {
        return Err("write tfr://HOST/NAMESPACE/NAME/PROVIDER?version=VERSION".to_owned());
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    if !module.bytes().all(plain) {
        return Err(format!("`{module}` is no name of a module in a registry"));
    }
    if host.contains('@') {
        return Err("a registry takes a token from the environment, not from the address".to_owned());
    }
    Ok(RegistrySource {
        host: Some(host).filter(|host| !host.is_empty()).map(str::to_owned),
        module: module.to_owned(),
        version: version(query)?,
    })
}

fn version(query: &[(String, String)]) -> Result<Option<String>, String> {
    let mut versions = query.iter().filter(|(key, _)| key == "version").map(|(_, value)| value.trim());
    let first = versions.next();
    if versions.next().is_some() {
        return Err("there are two `version`s".to_owned());
    }
    match first {
        None => Ok(None),
        Some("") => Err("`version` is empty; without one the highest is taken".to_owned()),
        Some(version) if version.contains(['~', '<', '>', '=', '!', ',', '*']) || version.contains(' ') => {
            Err(format!(
                "`?version=` takes one version, and `{version}` is a constraint; write that into the attribute `version` of the terraform block"
            ))
        }
        Some(version) if version.contains(['/', '?', '#', '%']) => Err(format!("`{version}` is no version")),
        Some(version) => Ok(Some(version.to_owned())),
    }
}

/// The digest of `cas::sha256:DIGEST`.
///
/// # Errors
/// What is wrong with it.
pub(super) fn stored_digest(main: &str) -> Result<String, String> {
    let (kind, digest) = main.split_once(':').unwrap_or(("", main));
    if kind != "sha256" {
        return Err(
            "only trees of terrace's own store can be named, as cas::sha256:DIGEST; generate the stack again"
                .to_owned(),
        );
    }
    if digest.len() != 64
        || !digest.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    {
        return Err("a digest has 64 hexadecimal digits".to_owned());
    }
    Ok(digest.to_owned())
}
