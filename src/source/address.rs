//! The grammar of `terraform.source`, by text alone: it opens no file and asks no host.

mod remote;
mod s3;

pub use remote::{GcsSource, HttpSource, RegistrySource, Unpack};
pub use s3::S3Source;

use super::error::SourceError;
use super::urlpath;
use crate::host::fs::clean;
use remote::{gcs_source, http_source, registry_source, stored_digest};
use std::fmt;
use std::path::{Path, PathBuf};

/// An address, understood.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    pub kind: Kind,
    /// The part after `//`, clean and relative.
    pub subdir: Option<String>,
    /// The address without subdir and query, in the form that the cache folders are named after.
    canonical: String,
    query: Vec<(String, String)>,
}

/// Where a source comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A folder of this machine, or a file (most often an archive), absolute.
    Local(PathBuf),
    Git(GitSource),
    Http(HttpSource),
    Registry(RegistrySource),
    Gcs(GcsSource),
    S3(S3Source),
    /// A tree of the content store, by its digest.
    Stored(String),
    /// Recognised, not fetched so far: what it is, as one word.
    Later(&'static str),
}

/// A repository and what to take from it.
#[derive(Clone, PartialEq, Eq)]
pub struct GitSource {
    /// As git wants it; may carry credentials.
    pub remote: String,
    /// Branch, tag or commit.
    pub reference: Option<String>,
    pub depth: Option<u32>,
    /// A private key in base64.
    pub ssh_key: Option<String>,
}

impl fmt::Debug for GitSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GitSource({}, {:?}, {:?})", redact(&self.remote), self.reference, self.depth)
    }
}

impl Source {
    /// The address without subdir and query; may carry credentials, so it is for hashing, not for showing.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    #[cfg(test)]
    pub(super) fn of_git(git: GitSource) -> Self {
        let query = git.reference.iter().map(|it| ("ref".to_owned(), it.clone())).collect();
        let canonical =
            git.ssh_key.as_ref().map_or(git.remote.clone(), |key| format!("{}#{key}", git.remote));
        Self { kind: Kind::Git(git), subdir: None, canonical, query }
    }

    /// The query's pairs, decoded.
    #[must_use]
    pub fn query(&self) -> &[(String, String)] {
        &self.query
    }

    /// The folder of the module itself, when the source is a local folder.
    #[must_use]
    pub fn module_dir(&self) -> Option<PathBuf> {
        let root = self.local()?;
        Some(self.subdir.as_ref().map_or_else(|| root.to_path_buf(), |subdir| root.join(subdir)))
    }

    /// The local folder, when it is one.
    #[must_use]
    pub fn local(&self) -> Option<&Path> {
        match &self.kind {
            Kind::Local(path) => Some(path),
            _ => None,
        }
    }
}

/// Parameters that carry nothing secret.
const PLAIN: [&str; 6] = ["ref", "depth", "version", "archive", "checksum", "filename"];

impl Source {
    /// A web server's own parameters may be as good as a password.
    fn is_plain(&self, key: &str) -> bool {
        let is_told = match self.kind {
            Kind::Http(_) => false,
            Kind::S3(_) => matches!(key, "region" | "aws_profile"),
            _ => true,
        };
        key != "sshkey" && (PLAIN.contains(&key) || is_told)
    }

    /// The same, settled on a registry and on a version.
    #[must_use]
    pub fn settled(mut self, host: &str, chosen: Option<&str>) -> Self {
        if let Kind::Registry(registry) = &mut self.kind {
            registry.host.get_or_insert_with(|| host.to_owned());
            if let Some(version) = chosen {
                registry.version = Some(version.to_owned());
                self.query.push(("version".to_owned(), version.to_owned()));
            }
        }
        self
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({self})")
    }
}

/// For people: without credentials.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Local(path) => write!(f, "{}", path.display())?,
            _ => f.write_str(&redact(&self.canonical))?,
        }
        if let Some(subdir) = &self.subdir {
            write!(f, "//{subdir}")?;
        }
        let mut mark = '?';
        for (key, value) in &self.query {
            let value = if self.is_plain(key) { value } else { "***" };
            write!(f, "{mark}{key}={value}")?;
            mark = '&';
        }
        Ok(())
    }
}

/// Hides the user part of every `http(s)` URL and every password, wherever they stand in the text.
#[must_use]
pub fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + 3);
        out.push_str(head);
        let end = tail.find(|c: char| "/?#'\"".contains(c) || c.is_whitespace()).unwrap_or(tail.len());
        let (authority, after) = tail.split_at(end);
        match authority.rsplit_once('@') {
            Some((user, host)) => {
                let is_ssh = head.ends_with("ssh://");
                match user.split_once(':') {
                    Some((name, _)) if is_ssh => out.push_str(&format!("{name}:***@{host}")),
                    None if is_ssh => out.push_str(authority),
                    _ => out.push_str(&format!("***@{host}")),
                }
            }
            None => out.push_str(authority),
        }
        rest = after;
    }
    out.push_str(rest);
    hide_key(&out)
}

fn hide_key(text: &str) -> String {
    let Some(at) = text.find("sshkey=") else { return text.to_owned() };
    let (head, tail) = text.split_at(at + "sshkey=".len());
    let end = tail.find(|c: char| c == '&' || c.is_whitespace()).unwrap_or(tail.len());
    format!("{head}***{}", hide_key(&tail[end..]))
}

/// An address cut at its joints, nothing interpreted yet.
pub(super) struct Parts<'a> {
    /// `git` of `git::…`.
    pub forced: Option<&'a str>,
    /// Without forced prefix, subdir and query.
    pub main: &'a str,
    pub subdir: Option<&'a str>,
    pub query: Option<&'a str>,
}

/// Cuts an address: forced prefix, main part, `//subdir`, query.
pub(super) fn split(text: &str) -> Parts<'_> {
    let (forced, rest) = match text.split_once("::") {
        Some((prefix, rest)) if !prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            (Some(prefix), rest)
        }
        _ => (None, text),
    };
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (rest, None),
    };
    let host = rest.find("://").map_or(0, |at| at + 3);
    let (main, subdir) = match rest[host..].find("//") {
        Some(at) => (&rest[..host + at], Some(rest[host + at + 2..].trim_matches('/'))),
        None => (rest, None),
    };
    Parts { forced, main, subdir: subdir.filter(|sub| !sub.is_empty()), query }
}

/// Understands an address; `base` is what a relative path starts from: the unit's folder, absolute, its links
/// resolved.
///
/// # Errors
/// When the text is no address of any kind we know.
pub fn parse_source(text: &str, base: &Path) -> Result<Source, SourceError> {
    let parts = split(text);
    let query = urlpath::parse_query(parts.query.unwrap_or_default());
    let fault = |problem: &str| bad(text, problem);
    let place = find_place(&parts, text, base)?;
    let subdir = match (place.subdir, parts.subdir) {
        (Some(first), Some(second)) => Some(format!("{first}/{second}")),
        (first, second) => first.or_else(|| second.map(str::to_owned)),
    };
    let subdir =
        subdir.map(|sub| clean_subdir(&sub)).transpose().map_err(|problem| fault(&problem))?.flatten();
    let kind = match place.scheme {
        Scheme::Local(path) => Kind::Local(path),
        Scheme::Later(what) => Kind::Later(what),
        Scheme::Git(remote) => Kind::Git(git_source(remote, &query).map_err(|problem| fault(&problem))?),
        Scheme::Http(url) => Kind::Http(http_source(&url, parts.query)),
        Scheme::Gcs(url) => Kind::Gcs(gcs_source(&url, &query).map_err(|problem| fault(&problem))?),
        Scheme::S3(url) => Kind::S3(s3::s3_source(&url, &query).map_err(|problem| fault(&problem))?),
        Scheme::Registry(rest) => {
            Kind::Registry(registry_source(&rest, &query).map_err(|problem| fault(&problem))?)
        }
        Scheme::Stored(digest) => Kind::Stored(digest),
    };
    Ok(Source { kind, subdir, canonical: place.canonical, query })
}

fn bad(text: &str, problem: &str) -> SourceError {
    SourceError::BadAddress { address: redact(text), problem: problem.to_owned() }
}

fn clean_subdir(subdir: &str) -> Result<Option<String>, String> {
    let path = clean(Path::new(subdir));
    if path.starts_with("..") {
        return Err(format!("`//{subdir}` leads out of the source"));
    }
    let text = path.to_string_lossy().into_owned();
    Ok(Some(text).filter(|text| text != "."))
}

fn git_source(remote: String, query: &[(String, String)]) -> Result<GitSource, String> {
    let get = |key: &str| query.iter().rev().find(|(k, v)| k == key && !v.is_empty()).map(|(_, v)| v.clone());
    let reference = get("ref");
    if let Some(reference) = &reference {
        if reference.starts_with('-') {
            return Err(format!("the reference `{reference}` starts with a dash"));
        }
        if reference.contains([':', '*', '?', '[', '\\']) || reference.contains(char::is_whitespace) {
            return Err(format!("`{reference}` is no branch, tag or commit"));
        }
        if reference.contains("//") {
            return Err("write the `//` part before the `?`".to_owned());
        }
    }
    let depth = match get("depth") {
        Some(text) => Some(text.parse::<u32>().map_err(|_| format!("depth `{text}` is not a number"))?),
        None => None,
    };
    Ok(GitSource { remote, reference, depth: depth.filter(|depth| *depth > 0), ssh_key: get("sshkey") })
}

enum Scheme {
    Local(PathBuf),
    Git(String),
    Http(String),
    Gcs(String),
    S3(String),
    /// What stands after `tfr://`.
    Registry(String),
    Stored(String),
    Later(&'static str),
}

struct Place {
    scheme: Scheme,
    canonical: String,
    subdir: Option<String>,
}

impl Place {
    fn git(forced: bool, remote: String) -> Self {
        let canonical = if forced { format!("git::{remote}") } else { remote.clone() };
        Self { scheme: Scheme::Git(remote), canonical, subdir: None }
    }

    fn local(path: PathBuf, prefix: &str) -> Self {
        let encoded = urlpath::escaped_path(&path.to_string_lossy());
        let path = urlpath::decode(&path.to_string_lossy()).map_or(path, PathBuf::from);
        Self { scheme: Scheme::Local(path), canonical: format!("{prefix}file://{encoded}"), subdir: None }
    }

    fn later(kind: &'static str, canonical: String) -> Self {
        Self::of(Scheme::Later(kind), canonical)
    }

    fn gcs(url: String) -> Self {
        let canonical = format!("gcs::{url}");
        Self::of(Scheme::Gcs(url), canonical)
    }

    fn of(scheme: Scheme, canonical: String) -> Self {
        Self { scheme, canonical, subdir: None }
    }
}

/// Shorthand first, then the prefix or scheme; what has neither is a path.
fn find_place(parts: &Parts<'_>, text: &str, base: &Path) -> Result<Place, SourceError> {
    let fault = |problem: &str| bad(text, problem);
    let main = match parts.forced {
        None => strip_http_of_forge(parts.main),
        Some(_) => parts.main,
    };
    if main.is_empty() && parts.subdir.is_some() {
        return Err(fault("nothing stands before the `//`"));
    }
    if main.contains("://") {
        return with_scheme(parts.forced, main).map_err(|problem| fault(&problem));
    }
    match parts.forced {
        None | Some("git") => {
            if let Some(place) = shorthand(main).map_err(|problem| fault(&problem))? {
                return Ok(place);
            }
            let path = clean(&base.join(main));
            let place = Place::local(path, if parts.forced.is_some() { "git::" } else { "" });
            if parts.forced.is_none() {
                return Ok(place);
            }
            let remote = place.canonical.trim_start_matches("git::").to_owned();
            Ok(Place::git(true, remote))
        }
        Some("file") => Ok(Place::local(clean(&base.join(main)), "file::")),
        Some("cas") => {
            let digest = stored_digest(main).map_err(|problem| fault(&problem))?;
            Ok(Place::of(Scheme::Stored(digest), format!("cas::{main}")))
        }
        Some("gcs") => Ok(Place::gcs(main.to_owned())),
        Some("s3") => Ok(Place::of(Scheme::S3(format!("https://{main}")), format!("s3::https://{main}"))),
        Some(other) => match later_kind(other) {
            Some(kind) => Ok(Place::later(kind, format!("{other}::{main}"))),
            None => Err(fault(&format!("`{other}::` is not a kind of source"))),
        },
    }
}

const FORGES: [&str; 3] = ["github.com/", "gitlab.com/", "bitbucket.org/"];

fn strip_http_of_forge(main: &str) -> &str {
    let Some((scheme, rest)) = main.split_once("://") else { return main };
    let is_http = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    if is_http && FORGES.iter().any(|forge| rest.starts_with(forge)) { rest } else { main }
}

fn later_kind(name: &str) -> Option<&'static str> {
    Some(match name {
        "hg" => "Mercurial",
        "smb" => "SMB",
        "oci" => "OCI",
        _ => return None,
    })
}

fn with_scheme(forced: Option<&str>, main: &str) -> Result<Place, String> {
    let (scheme, rest) = main.split_once("://").unwrap_or(("", main));
    match (forced, scheme) {
        (Some("git"), "ssh" | "git" | "http" | "https" | "file") | (None, "ssh" | "git") => {
            check_port(scheme, rest)?;
            Ok(Place::git(forced.is_some(), main.to_owned()))
        }
        (None | Some("file"), "file") => {
            if !rest.starts_with('/') {
                return Err("file:// must be followed by an absolute path".to_owned());
            }
            Ok(Place::local(clean(Path::new(rest)), forced.map_or("", |_| "file::")))
        }
        (None, "https") if rest.starts_with("www.googleapis.com/storage/") => Ok(Place::gcs(main.to_owned())),
        (Some("gcs"), _) => Ok(Place::gcs(main.to_owned())),
        (None, "http" | "https") | (Some("http" | "https"), _) => {
            check_url(scheme, rest)?;
            Ok(Place::of(Scheme::Http(main.to_owned()), prefixed(forced, main)))
        }
        (None | Some("tfr"), "tfr") => {
            Ok(Place::of(Scheme::Registry(rest.to_owned()), prefixed(forced, main)))
        }
        (Some("s3"), "http" | "https") => Ok(Place::of(Scheme::S3(main.to_owned()), prefixed(forced, main))),
        (forced, scheme) => {
            let name = forced.unwrap_or(scheme);
            let kind = later_kind(name).ok_or_else(|| format!("`{name}` is not a kind of source"))?;
            Ok(Place::later(kind, prefixed(forced, main)))
        }
    }
}

fn prefixed(forced: Option<&str>, main: &str) -> String {
    forced.map_or_else(|| main.to_owned(), |forced| format!("{forced}::{main}"))
}

fn check_url(scheme: &str, rest: &str) -> Result<(), String> {
    if !matches!(scheme, "http" | "https") {
        return Err(format!("`{scheme}://` is not spoken by web servers"));
    }
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if host.is_empty() || host.starts_with(':') {
        return Err(format!("no host stands after {scheme}://"));
    }
    Ok(())
}

/// `ssh://git@host:org/repo` mixes two notations; git would take `org` for a port.
fn check_port(scheme: &str, rest: &str) -> Result<(), String> {
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.rsplit_once(':') {
        Some((_, port))
            if scheme == "ssh" && !host.ends_with(']') && !port.bytes().all(|b| b.is_ascii_digit()) =>
        {
            Err(format!("`{port}` is not a port; after ssh:// write the host, then /{port}/…"))
        }
        _ => Ok(()),
    }
}

fn shorthand(main: &str) -> Result<Option<Place>, String> {
    if let Some(forge) = FORGES.iter().find(|forge| main.starts_with(**forge)) {
        return forge_place(forge.trim_end_matches('/'), main).map(Some);
    }
    if let Some((user_host, path)) = main.split_once(':')
        && let Some((user, host)) = user_host.split_once('@')
        && !user.is_empty()
        && !user_host.contains('/')
    {
        let encoded = urlpath::escaped_path(path.trim_start_matches('/'));
        let canonical = format!("git::ssh://{user}@{host}/{encoded}");
        // git gets what was written: there the path starts from the user's home.
        return Ok(Some(Place { scheme: Scheme::Git(main.to_owned()), canonical, subdir: None }));
    }
    let host = main.split('/').next().unwrap_or_default();
    if host == "www.googleapis.com" {
        return Ok(Some(Place::gcs(format!("https://{main}"))));
    }
    if host.ends_with(".amazonaws.com") {
        return Ok(Some(Place::of(Scheme::S3(format!("https://{main}")), format!("s3::https://{main}"))));
    }
    Ok(None)
}

/// `github.com/org/repo[.git][/more]`: what is more is a subdir, unless a later part says that the repository ends there.
fn forge_place(forge: &str, main: &str) -> Result<Place, String> {
    let parts: Vec<&str> = main.trim_end_matches('/').split('/').collect();
    if parts.len() < 3 || parts.iter().any(|part| part.is_empty()) {
        return Err(format!("write {forge}/ORGANISATION/REPOSITORY"));
    }
    let end = parts.iter().position(|part| part.ends_with(".git")).map_or(3, |at| at.max(2) + 1);
    let repository = parts[..end].join("/");
    let repository = repository.trim_end_matches(".git");
    let mut place = Place::git(true, format!("https://{repository}.git"));
    place.subdir = Some(parts[end..].join("/")).filter(|rest| !rest.is_empty());
    Ok(place)
}

#[cfg(test)]
mod tests;
