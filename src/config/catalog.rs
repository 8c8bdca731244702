//! The `catalog` block of a root configuration: which repositories offer modules.

use super::evaluation::{Evaluation, LayerId, Stage, fault_at};
use super::scope::{LayerScope, Phase};
use super::session::Session;
use crate::diag::{Code, Diagnostics};
use std::path::Path;

/// The repositories that the file names; `None` where it has no `catalog` block.
///
/// # Errors
/// The faults of the file, or of the list.
pub fn catalog_urls(session: &Session, path: &Path) -> Result<Option<Vec<String>>, Diagnostics> {
    let evaluation = Evaluation::open(session, path, Stage::Graph)?;
    let Some(block) = evaluation.own.file.body.blocks_of("catalog").next() else { return Ok(None) };
    let Some(urls) = block.body.find_attribute("urls") else { return Err(evaluation.take_faults()) };
    let scope = LayerScope { evaluation: &evaluation, layer: LayerId::Own, phase: Phase::Base };
    let value = scope.eval(&urls.expr).map_err(|fault| vec![*fault])?;
    let texts = value.items().map(|items| items.iter().filter_map(|item| item.as_str().map(str::to_owned)));
    match texts {
        Some(texts) => Ok(Some(texts.collect())),
        None => Err(vec![
            fault_at(Code::WrongType, urls.expr.span, "`urls` must be a list of strings")
                .hint("write `urls = [\"git::https://host/modules.git\"]`"),
        ]),
    }
}
