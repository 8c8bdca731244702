//! `s3::https://…`: a bucket and what to take from it, with Amazon's hosts in all their shapes, or another server that
//! speaks like them.

use super::Unpack;
use crate::cloud::aws::shelf::Place;
use crate::source::urlpath;
use std::fmt;

/// Objects in S3: one file, most often an archive, or all below a folder.
#[derive(Clone, PartialEq, Eq)]
pub struct S3Source {
    pub place: Place,
    pub region: Option<String>,
    /// Another server than Amazon's.
    pub endpoint: Option<String>,
    pub profile: Option<String>,
    /// Key, secret and token that stand in the address.
    pub keys: Option<[String; 3]>,
    pub unpack: Unpack,
}

impl fmt::Debug for S3Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S3Source({:?}, {:?}, {:?})", self.place, self.region, self.unpack)
    }
}

const SHAPE: &str = "write s3::https://s3.REGION.amazonaws.com/BUCKET/KEY";

/// Reads an address without its forced prefix, subdir and query.
///
/// # Errors
/// What is wrong with it.
pub(super) fn s3_source(main: &str, query: &[(String, String)]) -> Result<S3Source, String> {
    let (scheme, rest) = main.split_once("://").unwrap_or(("https", main));
    if !matches!(scheme, "http" | "https") {
        return Err(format!("`{scheme}` is no way to S3; {SHAPE}"));
    }
    let (host, path) = rest.split_once('/').ok_or(SHAPE)?;
    if host.contains('@') {
        return Err("S3 takes no user and password in an address".to_owned());
    }
    let get = |key: &str| query.iter().rev().find(|(k, v)| k == key && !v.is_empty()).map(|(_, v)| v.clone());
    let path = urlpath::decode(path).ok_or("its path is no text")?;
    let bare = host.split(':').next().unwrap_or_default();
    let found = match bare.strip_suffix(".amazonaws.com") {
        Some(service) => of_amazon(service, &path).ok_or(SHAPE)?,
        None => Found { region: get("region").or_else(|| Some("us-east-1".to_owned())), ..in_path(&path)? },
    };
    if found.bucket.is_empty() || found.key.is_empty() {
        return Err(SHAPE.to_owned());
    }
    let is_amazon = bare.ends_with(".amazonaws.com");
    let keys = [get("aws_access_key_id"), get("aws_access_key_secret"), get("aws_access_token")];
    let has_keys = keys[0].is_some() && keys[1].is_some();
    Ok(S3Source {
        place: Place { bucket: found.bucket, key: found.key, version: get("version") },
        region: found.region,
        endpoint: (!is_amazon).then(|| format!("{scheme}://{host}")),
        profile: get("aws_profile"),
        keys: has_keys.then(|| keys.map(Option::unwrap_or_default)),
        unpack: Unpack::of_query(query),
    })
}

struct Found {
    bucket: String,
    key: String,
    region: Option<String>,
}

/// `bucket/key`
fn in_path(path: &str) -> Result<Found, &'static str> {
    let (bucket, key) = path.split_once('/').ok_or(SHAPE)?;
    Ok(Found { bucket: bucket.to_owned(), key: key.to_owned(), region: None })
}

/// `s3`, `s3-REGION`, `s3.REGION`, each with or without a bucket before it.
fn of_amazon(service: &str, path: &str) -> Option<Found> {
    let parts: Vec<&str> = service.split('.').collect();
    let at = parts.iter().rposition(|part| *part == "s3" || part.starts_with("s3-"))?;
    let region = match (parts[at].strip_prefix("s3-"), parts.get(at + 1)) {
        (Some(region), None) => region,
        (None, Some(region)) if at + 2 == parts.len() => region,
        (None, None) => "us-east-1",
        _ => return None,
    };
    let region = Some(region.to_owned());
    match parts[..at].join(".") {
        bucket if bucket.is_empty() => Some(Found { region, ..in_path(path).ok()? }),
        bucket => Some(Found { bucket, key: path.to_owned(), region }),
    }
}

#[cfg(test)]
mod tests {
    use super::s3_source;

    #[test]
    fn hosts_of_every_shape_are_read() {
        for (main, want) in [
            ("https://s3.amazonaws.com/b/k/m.zip", "us-east-1 b k/m.zip"),
            ("https://s3-eu-west-1.amazonaws.com/b/k", "eu-west-1 b k"),
            ("https://s3.eu-west-1.amazonaws.com/b/k", "eu-west-1 b k"),
            ("https://b.s3.amazonaws.com/k", "us-east-1 b k"),
            ("https://b.s3-eu-west-1.amazonaws.com/k/l", "eu-west-1 b k/l"),
            ("https://b.c.s3.eu-west-1.amazonaws.com/k", "eu-west-1 b.c k"),
            ("http://127.0.0.1:9000/b/k%20l", "us-east-1 b k l"),
        ] {
            let source = s3_source(main, &[]).unwrap();
            let place = &source.place;
            assert_eq!(format!("{} {} {}", source.region.unwrap(), place.bucket, place.key), want, "{main}");
            assert_eq!(source.endpoint.is_some(), main.starts_with("http:"));
        }
    }

    #[test]
    fn what_names_no_object_is_refused() {
        for main in [
            "https://s3.amazonaws.com/b",
            "https://ec2.amazonaws.com/b/k",
            "ftp://h/b/k",
            "https://u:p@h/b/k",
        ] {
            assert!(s3_source(main, &[]).is_err(), "{main}");
        }
    }

    #[test]
    fn keys_of_an_address_are_not_shown() {
        let query = [("aws_access_key_id", "AK"), ("aws_access_key_secret", "hunter2")];
        let query = query.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let source = s3_source("https://s3.amazonaws.com/b/k", &query).unwrap();
        assert!(source.keys.is_some() && !format!("{source:?}").contains("hunter2"));
    }
}
