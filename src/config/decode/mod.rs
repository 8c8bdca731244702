//! Syntax to meaning: one layer's members as Rust types. Merging comes after.

mod blocks;
mod dependency;
mod fields;
mod generate;
mod remote_state;
mod terraform;

pub(super) use dependency::{decode_dependencies, decode_edges};

use super::evaluation::{Evaluation, LayerId};
use super::scope::{LayerScope, Phase};
use super::unit::{Placed, UnitConfig};
use crate::hcl::{Fault, Value};
use fields::Fields;

/// Which members are wanted. What is not wanted is not evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Members {
    /// What discovery, the queue and the source need.
    Graph,
    /// The same, and what terraform gets when outputs are read.
    State,
    /// All.
    Every,
}

/// Decodes one file. Faults are collected in the evaluation; what is faulty is left out.
pub(super) fn decode_layer(evaluation: &Evaluation<'_>, layer: LayerId, members: Members) -> UnitConfig {
    let scope = LayerScope { evaluation, layer, phase: Phase::Whole };
    let file = &evaluation.layer(layer).file;
    let body = &file.body;
    let top = Fields::of_body(&scope, body);
    let mut config = UnitConfig {
        terraform: terraform::decode(&scope, body, members),
        remote_state: remote_state::decode(&scope, body),
        dependencies: blocks::decode_paths(&scope, body),
        feature: blocks::decode_features(&scope, body),
        exclude: blocks::decode_exclude(&scope, body),
        errors: blocks::decode_errors(&scope, body),
        engine: blocks::decode_block_object(&scope, body, "engine"),
        catalog: blocks::decode_block_object(&scope, body, "catalog"),
        prevent_destroy: top.bool("prevent_destroy"),
        iam_role: top.string("iam_role"),
        iam_assume_role_duration: top.int("iam_assume_role_duration"),
        iam_assume_role_session_name: top.string("iam_assume_role_session_name"),
        iam_web_identity_token: top.string("iam_web_identity_token"),
        terraform_binary: top.string("terraform_binary"),
        terraform_version_constraint: top.placed_string("terraform_version_constraint"),
        terragrunt_version_constraint: top.placed_string("terragrunt_version_constraint"),
        download_dir: top.placed_string("download_dir"),
        ..UnitConfig::default()
    };
    if members == Members::Every {
        config.dependency = decode_dependencies(evaluation, layer);
        config.generate = generate::decode(&scope, body);
        config.inputs = blocks::decode_inputs(&scope, body);
    }
    config
}

/// The files that one file generates.
pub(super) fn decode_generate(evaluation: &Evaluation<'_>, layer: LayerId) -> Vec<super::unit::Generate> {
    let scope = LayerScope { evaluation, layer, phase: Phase::Whole };
    generate::decode(&scope, &evaluation.layer(layer).file.body)
}

/// The ordering paths that one file declares.
pub(super) fn decode_paths_of(evaluation: &Evaluation<'_>, layer: LayerId) -> Option<Vec<Placed<String>>> {
    let scope = LayerScope { evaluation, layer, phase: Phase::Whole };
    blocks::decode_paths(&scope, &evaluation.layer(layer).file.body)
}

/// A whole file as an object, locals included: what `include.<label>` shows.
///
/// # Errors
/// The first local that fails. Other faults are in the evaluation.
pub(super) fn layer_object(evaluation: &Evaluation<'_>, layer: LayerId) -> Result<Value, Fault> {
    let mut config = decode_layer(evaluation, layer, Members::Every);
    config.locals = LayerScope { evaluation, layer, phase: Phase::Base }.all_locals()?;
    Ok(super::object::of_config(&config))
}
