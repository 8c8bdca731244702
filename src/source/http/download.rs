//! One download into a folder: a file, or word that what is wanted lies elsewhere.

use super::client::{Answer, Client, Question, cause_of, shown};
use crate::host::fs::{self, Execute};
use crate::source::error::SourceError;
use serde::{Deserialize, Serialize};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// How a server tells one content of an address from the next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    pub etag: Option<String>,
    pub modified: Option<String>,
}

/// What a download came to.
#[derive(Debug)]
pub enum Downloaded {
    /// The content, in a file of ours.
    File { path: PathBuf, stamp: Stamp },
    /// The address of the module itself.
    Elsewhere(String),
    /// What the stamp stands for is what there is.
    Unchanged,
}

/// The header in which a server names another address.
const GET_HEADER: &str = "x-terraform-get";

/// The largest file that is taken; far more than any module.
const LARGEST: u64 = 2 << 30;

/// The part of a page that may say where a module is.
const LONGEST_HEAD: u64 = 1 << 20;

impl Stamp {
    fn of(answer: &Answer) -> Self {
        let header = |name| answer.header(name).map(str::to_owned);
        Self { etag: header("etag"), modified: header("last-modified") }
    }

    fn conditions(&self) -> Vec<(&'static str, String)> {
        let etag = self.etag.clone().map(|etag| ("if-none-match", etag));
        let modified = self.modified.clone().map(|time| ("if-modified-since", time));
        etag.or(modified).into_iter().collect()
    }

    /// Whether it tells anything.
    #[must_use]
    pub fn is_some(&self) -> bool {
        self.etag.is_some() || self.modified.is_some()
    }
}

/// Downloads into the folder, as `download` there; `known` is the stamp of what is at hand already. A transfer that breaks off is begun
/// again.
///
/// # Errors
/// When the server does not give it, or it cannot be written.
pub fn download(
    client: &Client,
    url: &str,
    (folder, known): (&Path, Option<&Stamp>),
) -> Result<Downloaded, SourceError> {
    let question = Question {
        url: url.to_owned(),
        headers: known.map(Stamp::conditions).unwrap_or_default(),
        ..Question::default()
    };
    let path = folder.join("download");
    let mut tries = 3;
    loop {
        let answer = client.get(&question)?;
        if answer.is_unchanged() {
            return Ok(Downloaded::Unchanged);
        }
        if let Some(location) = answer.header(GET_HEADER) {
            return Ok(Downloaded::Elsewhere(resolve(&answer, location)));
        }
        tries -= 1;
        match save(answer, &path) {
            Err(SourceError::Unanswered { .. }) if tries > 0 => {}
            saved => return saved,
        }
    }
}

/// Downloads a file that is nothing but one. A transfer that breaks off is begun again.
///
/// # Errors
/// When the server does not give it, or it cannot be written.
pub fn save_plainly(client: &Client, question: &Question, path: &Path) -> Result<(), SourceError> {
    let mut tries = 3;
    loop {
        tries -= 1;
        match write(&mut client.get(question)?, path) {
            Err(SourceError::Unanswered { .. }) if tries > 0 => {}
            written => return written,
        }
    }
}

fn save(mut answer: Answer, path: &Path) -> Result<Downloaded, SourceError> {
    let stamp = Stamp::of(&answer);
    let is_page = answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    write(&mut answer, path)?;
    if is_page && let Some(location) = of_page(path)? {
        return Ok(Downloaded::Elsewhere(resolve(&answer, &location)));
    }
    Ok(Downloaded::File { path: path.to_path_buf(), stamp })
}

fn write(answer: &mut Answer, path: &Path) -> Result<(), SourceError> {
    let address = shown(answer.url.as_str());
    let mut body = Body { inner: &mut answer.response, broke: None };
    let written = fs::write_from(path, &mut (&mut body).take(LARGEST + 1), Execute::No);
    if let Some(said) = body.broke {
        return Err(SourceError::Unanswered { address, said });
    }
    if written? > LARGEST {
        return Err(SourceError::TooLarge { address, most: LARGEST >> 20 });
    }
    Ok(())
}

/// A body that remembers how it broke, so that a line that failed is not taken for a disk that did.
struct Body<'a> {
    inner: &'a mut reqwest::blocking::Response,
    broke: Option<String>,
}

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer).inspect_err(|error| {
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<reqwest::Error>());
            self.broke = Some(inner.map_or_else(|| "the line broke".to_owned(), cause_of));
        })
    }
}

/// The address that a server names, as seen from where the answer came from.
fn resolve(answer: &Answer, location: &str) -> String {
    resolve_from(&answer.url, location)
}

/// A location that starts as a path does is relative to the address that names it.
#[must_use]
pub(in crate::source) fn resolve_from(base: &reqwest::Url, location: &str) -> String {
    if !["/", "./", "../"].iter().any(|start| location.starts_with(start)) {
        return location.to_owned();
    }
    // The `//` of a subfolder is no empty part of a path, so it stays out of the joining.
    let (path, query) =
        location.split_once('?').map_or((location, None), |(path, query)| (path, Some(query)));
    let (path, subdir) = match path.get(1..).and_then(|rest| rest.find("//")) {
        Some(at) => (&path[..=at], Some(&path[at + 3..])),
        None => (path, None),
    };
    let Ok(mut joined) = base.join(path) else { return location.to_owned() };
    joined.set_query(None);
    let mut text = joined.to_string();
    for (mark, part) in [("//", subdir), ("?", query)] {
        text += &part.map(|part| format!("{mark}{part}")).unwrap_or_default();
    }
    text
}

/// `<meta name="terraform-get" content="…">` of a page.
fn of_page(path: &Path) -> Result<Option<String>, SourceError> {
    let mut text = Vec::new();
    let read = fs::open(path)?.take(LONGEST_HEAD).read_to_end(&mut text);
    read.map_err(|source| fs::FileError { action: "read", path: path.to_path_buf(), source })?;
    Ok(find_meta(&String::from_utf8_lossy(&text)))
}

fn find_meta(page: &str) -> Option<String> {
    let tags = page.split('<').filter_map(|rest| rest.split_once('>')).map(|(tag, _)| tag);
    let mut metas = tags.filter(|tag| tag.get(..5).is_some_and(|name| name.eq_ignore_ascii_case("meta ")));
    let tag = metas.find(|tag| attribute(tag, "name").is_some_and(|name| name == "terraform-get"))?;
    attribute(tag, "content").filter(|content| !content.is_empty()).map(|text| text.replace("&amp;", "&"))
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let lower = tag.to_ascii_lowercase();
    let at = lower.match_indices(name).map(|(at, _)| at).find(|at| {
        lower[..*at].ends_with(char::is_whitespace) && lower[at + name.len()..].trim_start().starts_with('=')
    })?;
    let value = tag[at + name.len()..].trim_start().strip_prefix('=')?.trim_start();
    match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next(),
        _ => value.split_whitespace().next(),
    }
}

#[cfg(test)]
mod tests {
    use super::{find_meta, resolve_from};
    use reqwest::Url;

    #[test]
    fn a_location_is_seen_from_where_it_was_named() {
        let base = Url::parse("https://r.example/v1/modules/a/b/c/1.0.0/download?x=y").unwrap();
        for (location, want) in [
            ("https://o.example/m.zip", "https://o.example/m.zip"),
            ("git::ssh://git@h/o/r.git//s?ref=v1", "git::ssh://git@h/o/r.git//s?ref=v1"),
            ("git@h:o/r.git", "git@h:o/r.git"),
            ("/m.tar.gz", "https://r.example/m.tar.gz"),
            ("./m.zip", "https://r.example/v1/modules/a/b/c/1.0.0/m.zip"),
            ("../../m.zip//s?archive=zip", "https://r.example/v1/modules/a/b/m.zip//s?archive=zip"),
            ("/m.tgz//*?archive=tar.gz", "https://r.example/m.tgz//*?archive=tar.gz"),
            ("//o.example/m.zip", "https://o.example/m.zip"),
        ] {
            assert_eq!(resolve_from(&base, location), want, "{location}");
        }
    }

    #[test]
    fn a_page_may_name_a_module() {
        for (page, want) in [
            ("<html><META name='terraform-get' content='/m?a=1&amp;b=2'/>", Some("/m?a=1&b=2")),
            ("<meta content=\"x.zip\" name=\"terraform-get\">", Some("x.zip")),
            ("<meta name=\"other\" content=\"x\"><p name='terraform-get' content='y'>", None),
            ("<meta name=terraform-get content=/z >", Some("/z")),
            ("no page", None),
        ] {
            assert_eq!(find_meta(page).as_deref(), want, "{page}");
        }
    }
}
