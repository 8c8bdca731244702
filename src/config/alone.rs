//! One member of a unit, read without the rest: what functions ask for while the rest is being worked out.

use super::evaluation::{Evaluation, LayerId};
use super::load::merged_layers;
use super::scope::{LayerScope, Phase};
use super::unit::Placed;
use crate::hcl::convert::convert;
use crate::hcl::{Data, Fault, Type, Value};

/// Where a member stands: in which block, if in any, and under which name.
pub(super) type Member<'n> = (Option<&'n str>, &'n str);

/// What each file says that makes up the unit, the one that counts first. What is null, or no text, is passed over.
///
/// # Errors
/// The first include that is wrong; of each file, when its expression fails.
pub(super) fn texts<'e>(
    evaluation: &'e Evaluation<'_>,
    member: Member<'e>,
) -> Result<impl Iterator<Item = Result<Placed<String>, Fault>> + 'e, Fault> {
    let layers = merged_layers(evaluation)?.into_iter().rev();
    Ok(layers.filter_map(move |layer| in_layer(evaluation, layer, member).transpose()))
}

/// What counts of it.
///
/// # Errors
/// The first include that is wrong, or an expression that fails.
pub(super) fn text(evaluation: &Evaluation<'_>, member: Member<'_>) -> Result<Option<String>, Fault> {
    Ok(texts(evaluation, member)?.next().transpose()?.map(|found| found.value))
}

/// What one file says of it.
///
/// # Errors
/// When its expression fails.
pub(super) fn in_layer(
    evaluation: &Evaluation<'_>,
    layer: LayerId,
    (block, name): Member<'_>,
) -> Result<Option<Placed<String>>, Fault> {
    let scope = LayerScope { evaluation, layer, phase: Phase::Whole };
    let file = &evaluation.layer(layer).file.body;
    let body = match block {
        Some(block) => file.blocks_of(block).next().map(|block| &block.body),
        None => Some(file),
    };
    let Some(attribute) = body.and_then(|body| body.find_attribute(name)) else { return Ok(None) };
    match convert(&scope.eval(&attribute.expr)?, &Type::String) {
        Ok(Value { data: Data::String(text), .. }) => {
            Ok(Some(Placed { value: text.to_string(), span: attribute.name.span }))
        }
        _ => Ok(None),
    }
}
