//! `--source` and `--source-map`: another address in the place of the written one, by text alone.

use super::address::{Parts, split};

/// One `--source-map FROM=TO`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// An address without subdir and query.
    pub from: String,
    pub to: String,
}

/// Reads `FROM=TO`; `None` without a `=`.
#[must_use]
pub fn parse_redirect(text: &str) -> Option<Redirect> {
    let (from, to) = text.split_once('=')?;
    Some(Redirect { from: from.to_owned(), to: to.to_owned() })
}

/// The address to use when every unit takes its module from `base`: its own `//subdir` below that, the
/// repository's name when it has none, the base itself when the unit names no source.
#[must_use]
pub fn rebase(base: &str, written: Option<&str>) -> String {
    match written.filter(|text| !text.is_empty()) {
        Some(text) => below(base, &split(text)),
        None => base.to_owned(),
    }
}

/// The address to use under a source map: the first entry whose `from` is literally the written address.
#[must_use]
pub fn redirect(map: &[Redirect], written: &str) -> Option<String> {
    let parts = split(written);
    let plain = match parts.forced {
        Some(forced) => format!("{forced}::{}", parts.main),
        None => parts.main.to_owned(),
    };
    map.iter().find(|entry| entry.from == plain).map(|entry| below(&entry.to, &parts))
}

fn below(base: &str, written: &Parts<'_>) -> String {
    let name = written.main.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or_default();
    let subdir = written.subdir.unwrap_or_else(|| name.trim_end_matches(".git"));
    let (address, query) = match base.split_once('?') {
        Some((address, query)) => (address, format!("?{query}")),
        None => (base, String::new()),
    };
    let joint = if split(address).subdir.is_some() { "/" } else { "//" };
    format!("{}{joint}{subdir}{query}", address.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::{Redirect, parse_redirect, rebase, redirect};

    #[test]
    fn every_unit_keeps_its_subdir_below_the_base() {
        for (base, written, want) in [
            ("/m", Some("git::https://h/org/infra.git//vpc?ref=v1"), "/m//vpc"),
            ("/m", Some("git::https://h/org/infra.git?ref=v1"), "/m//infra"),
            ("/m/", Some("../dirx/vpc"), "/m//vpc"),
            ("/m", Some("git@h:infra.git"), "/m//infra"),
            ("/m", None, "/m"),
            ("git::https://o/z.git?ref=q", Some("../x//a/b"), "git::https://o/z.git//a/b?ref=q"),
            ("git::https://o/z.git//pre?ref=q", Some("../x//a"), "git::https://o/z.git//pre/a?ref=q"),
        ] {
            assert_eq!(rebase(base, written), want, "{base} {written:?}");
        }
    }

    #[test]
    fn a_map_matches_the_address_literally() {
        let map: Vec<Redirect> = ["git::https://h/infra.git=/m", "../dirx=/n?x=y"]
            .iter()
            .filter_map(|text| parse_redirect(text))
            .collect();
        for (written, want) in [
            ("git::https://h/infra.git//vpc?ref=v1", Some("/m//vpc")),
            ("git::https://h/infra.git", Some("/m//infra")),
            ("https://h/infra.git", None),
            ("git::https://h/infra", None),
            ("../dirx//a", Some("/n//a?x=y")),
        ] {
            assert_eq!(redirect(&map, written).as_deref(), want, "{written}");
        }
        assert_eq!(parse_redirect("no-equals"), None);
    }
}
