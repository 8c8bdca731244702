//! `.pre-commit-config.yaml`: each repository of hooks has a `rev`, which `pre-commit` fetches once and keeps. A branch is
//! another commit on every machine.

use super::yaml::Node;
use super::{Reading, Remark};
use crate::pins::refs::{RefKind, classify};

/// Words in the place of an address: hooks that come from nowhere else.
const OWN: [&str; 3] = ["local", "meta", "builtin"];

pub(super) fn config(document: &Node, reading: &mut Reading<'_>) {
    let repositories = document.get("repos").map(Node::items).unwrap_or_default();
    for repository in repositories {
        let Some(address) = repository.get("repo") else { continue };
        let Some(name) = address.as_text().filter(|name| !OWN.contains(name)) else { continue };
        match repository.get("rev") {
            Some(rev) => reading.judge(rev, remark(name, rev.as_text().unwrap_or_default())),
            None => reading.judge(
                address,
                Some(Remark {
                    message: format!("the hooks of `{name}` have no `rev`"),
                    hint: HINT.to_owned(),
                }),
            ),
        }
    }
}

const HINT: &str = "write the tag of a release or a commit; `pre-commit autoupdate --freeze` does it for all";

fn remark(name: &str, rev: &str) -> Option<Remark> {
    // A shortened commit is one all the same.
    if matches!(classify(rev, name), RefKind::Commit | RefKind::Tag | RefKind::Abbreviated) {
        return None;
    }
    Some(Remark {
        message: format!(
            "`rev: {rev}` of `{name}` is no release and no commit, so it is another thing each day"
        ),
        hint: HINT.to_owned(),
    })
}
