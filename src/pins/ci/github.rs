//! Workflows and actions of GitHub: `uses` names another repository's code, and only a commit holds it.

use super::held::has_digest;
use super::yaml::Node;
use super::{Reading, Remark};
use crate::pins::refs::{RefKind, classify};

/// `.github/workflows/*.yml`: steps of jobs, and jobs that are workflows of others.
pub(super) fn workflow(document: &Node, reading: &mut Reading<'_>) {
    let jobs = document.get("jobs").map(Node::entries).unwrap_or_default();
    for (_, job) in jobs {
        if let Some(uses) = job.get("uses") {
            judge(uses, reading);
        }
        steps(job, reading);
    }
}

/// `action.yml`: the steps of a composite one, the image of one in a container.
pub(super) fn action(document: &Node, reading: &mut Reading<'_>) {
    let Some(runs) = document.get("runs") else { return };
    steps(runs, reading);
    if let Some(image) = runs.get("image").filter(|node| is_image(node)) {
        judge(image, reading);
    }
}

fn is_image(node: &Node) -> bool {
    node.as_text().is_some_and(|text| text.starts_with("docker://"))
}

fn steps(job: &Node, reading: &mut Reading<'_>) {
    let steps = job.get("steps").map(Node::items).unwrap_or_default();
    steps.iter().filter_map(|step| step.get("uses")).for_each(|uses| judge(uses, reading));
}

fn judge(node: &Node, reading: &mut Reading<'_>) {
    let Some(text) = node.as_text() else { return };
    // The repository's own.
    if text.starts_with("./") || text.starts_with("../") {
        return;
    }
    if text.contains("${{") {
        return reading.unclear(node, format!("`{text}` is made of expressions"));
    }
    reading.judge(node, remark(text));
}

fn remark(text: &str) -> Option<Remark> {
    if let Some(image) = text.strip_prefix("docker://") {
        return (!has_digest(image)).then(|| Remark {
            message: format!("the image `{image}` has no digest, so what runs may change"),
            hint: format!(
                "write `docker://{}@sha256:…` with the digest of the image",
                image.trim_end_matches('@')
            ),
        });
    }
    let Some((action, reference)) = text.rsplit_once('@') else {
        return Some(Remark {
            message: format!("`{text}` says no version"),
            hint: format!("write `{text}@` and the 40 digits of a commit"),
        });
    };
    let what = match classify(reference, "") {
        RefKind::Commit => return None,
        RefKind::Tag => "a tag, which its owner can move",
        RefKind::Abbreviated => "a part of a commit's name",
        RefKind::Branch | RefKind::Ambiguous | RefKind::Unclear => "a name that may move",
    };
    let repository = action.splitn(3, '/').take(2).collect::<Vec<_>>().join("/");
    Some(Remark {
        message: format!("`{text}` is held by {what}, not by a commit"),
        hint: format!(
            "write `{action}@<commit> # {reference}`; `git ls-remote https://github.com/{repository} {reference}` says which commit it is"
        ),
    })
}
