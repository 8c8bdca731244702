//! Which files of local modules a unit reads: those that `find --reading` lists, and whose change is a change of the unit.

use super::alone;
use super::evaluation::{Evaluation, LayerId};
use super::working_dir;
use crate::host::fs;
use std::path::Path;

/// A unit reads every file of code of the local modules that its own file and its includes name. As in the reference, a
/// path in an included file counts from there, though the unit takes it from its own folder.
pub(super) fn mark_all(evaluation: &Evaluation<'_>) {
    if let Some(source) = own_source(evaluation) {
        mark(evaluation, &evaluation.dir, &source);
    }
    for (index, include) in evaluation.includes().unwrap_or_default().iter().enumerate() {
        if let Some(source) = source_in(evaluation, LayerId::Included(index)) {
            mark(evaluation, include.layer.file.dir(), &source);
        }
    }
}

fn mark(evaluation: &Evaluation<'_>, dir: &Path, source: &str) {
    let address = working_dir::address(evaluation.session, dir, Some(source));
    let Some(module) = address.ok().and_then(|address| address.module_dir()) else { return };
    if evaluation.modules.borrow_mut().insert(module.clone()) {
        mark_code_below(evaluation, &module);
    }
}

/// The source that the unit's own file names, or what lies beside it.
fn own_source(evaluation: &Evaluation<'_>) -> Option<String> {
    let beside = evaluation.has_beside().ok()?.then_some(LayerId::Beside);
    let mut layers = beside.into_iter().chain([LayerId::Own]);
    layers.find_map(|layer| source_in(evaluation, layer))
}

/// The source that one file names, if it names one that can be known.
fn source_in(evaluation: &Evaluation<'_>, layer: LayerId) -> Option<String> {
    let source = alone::in_layer(evaluation, layer, (Some("terraform"), "source")).ok()??;
    Some(source.value).filter(|source| !source.is_empty())
}

const CODE_ENDINGS: [&str; 5] = [".tf", ".tf.json", ".hcl", ".tofu", ".tofu.json"];

fn mark_code_below(evaluation: &Evaluation<'_>, dir: &Path) {
    for (name, kind) in evaluation.session.memory.listings.list_dir(dir).unwrap_or_default() {
        let path = dir.join(&name);
        let name = name.to_string_lossy();
        match kind {
            fs::EntryKind::Directory if !name.starts_with('.') => mark_code_below(evaluation, &path),
            fs::EntryKind::File | fs::EntryKind::Other
                if CODE_ENDINGS.iter().any(|ending| name.ends_with(ending)) =>
            {
                evaluation.mark_read(path);
            }
            _ => {}
        }
    }
}
