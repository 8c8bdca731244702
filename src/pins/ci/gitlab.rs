//! Pipelines of GitLab: `include` brings in files of other projects, components and remote files.

use super::held::{is_commit, is_whole_version};
use super::yaml::Node;
use super::{Reading, Remark};
use crate::pins::refs::{RefKind, classify};

/// `include` of the whole pipeline and of pipelines that a job triggers.
pub(super) fn pipeline(document: &Node, reading: &mut Reading<'_>) {
    if let Some(node) = document.get("include") {
        includes(node, reading);
    }
    for (_, job) in document.entries() {
        if let Some(node) = job.get("trigger").and_then(|trigger| trigger.get("include")) {
            includes(node, reading);
        }
    }
}

fn includes(node: &Node, reading: &mut Reading<'_>) {
    let all = if node.items().is_empty() { std::slice::from_ref(node) } else { node.items() };
    all.iter().for_each(|one| include(one, reading));
}

fn include(node: &Node, reading: &mut Reading<'_>) {
    if let Some(text) = node.as_text() {
        // A path of this repository otherwise.
        if is_remote(text) {
            remote(node, node, reading);
        }
        return;
    }
    if let Some(address) = node.get("remote") {
        remote(address, node, reading);
    }
    if let Some(address) = node.get("component") {
        component(address, reading);
    }
    if let Some(project) = node.get("project") {
        of_project(project, node.get("ref"), reading);
    }
}

fn is_remote(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

fn is_made(text: &str) -> bool {
    text.contains('$')
}

fn remote(address: &Node, whole: &Node, reading: &mut Reading<'_>) {
    let Some(text) = address.as_text() else { return };
    if is_made(text) {
        return reading.unclear(address, format!("`{text}` is made of variables"));
    }
    let held = whole.get("integrity").is_some() || text.split('/').any(is_commit);
    let remark = (!held).then(|| Remark {
        message: format!("`{text}` is whatever its server says today"),
        hint: "add `integrity: sha256-…`, or an address that has a commit in it".to_owned(),
    });
    reading.judge(address, remark);
}

fn component(address: &Node, reading: &mut Reading<'_>) {
    let Some(text) = address.as_text() else { return };
    // The host is nearly always a variable; the version is what counts.
    let (name, version) = text.rsplit_once('@').unwrap_or((text, ""));
    if is_made(version) {
        return reading.unclear(address, format!("the version of `{text}` is made of variables"));
    }
    let held = is_commit(version) || is_whole_version(version);
    let remark = (!held).then(|| Remark {
        message: format!("the component `{text}` is held by no whole version"),
        hint: format!("write `{name}@` and a version of three numbers, or a commit"),
    });
    reading.judge(address, remark);
}

fn of_project(project: &Node, reference: Option<&Node>, reading: &mut Reading<'_>) {
    let name = project.as_text().unwrap_or_default();
    let hint = || "write `ref:` with the tag of a release or a commit".to_owned();
    let Some(node) = reference else {
        let message = format!("the files of `{name}` are those of its default branch");
        return reading.judge(project, Some(Remark { message, hint: hint() }));
    };
    let text = node.as_text().unwrap_or_default();
    if is_made(text) {
        return reading.unclear(node, format!("`ref: {text}` is made of variables"));
    }
    let is_held = matches!(classify(text, ""), RefKind::Commit | RefKind::Tag);
    let remark = (!is_held).then(|| Remark {
        message: format!("`ref: {text}` of `{name}` is no release and no commit"),
        hint: hint(),
    });
    reading.judge(node, remark);
}
