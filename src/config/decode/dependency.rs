//! `dependency "label" { … }`

use super::fields::Fields;
use crate::config::evaluation::{Evaluation, LayerId, Stage, fault_at};
use crate::config::expansion::{Instance, Instances, instances};
use crate::config::scope::{LayerScope, Phase};
use crate::config::unit::{Dependency, MockMerge};
use crate::diag::Code;
use crate::hcl::ast::Block;
use std::sync::Arc;

/// The dependencies that one file declares, whole.
pub(crate) fn decode_dependencies(evaluation: &Evaluation<'_>, layer: LayerId) -> Vec<Dependency> {
    let scope = LayerScope { evaluation, layer, phase: Phase::Base };
    expanded(&scope, &|block| with_mocks(&scope, block, edge(&scope, block)))
}

/// The dependencies that one file declares: only what the graph needs of them.
pub(crate) fn decode_edges(evaluation: &Evaluation<'_>, layer: LayerId) -> Vec<Dependency> {
    let scope = LayerScope { evaluation, layer, phase: Phase::Base };
    expanded(&scope, &|block| edge(&scope, block))
}

/// The dependencies of one file, an expanded block once for each of its instances.
fn expanded(scope: &LayerScope<'_>, decode: &dyn Fn(&Block) -> Dependency) -> Vec<Dependency> {
    let evaluation = scope.evaluation;
    let was_reading = evaluation.outputs.is_reading.replace(true);
    let mut found = Vec::new();
    for block in evaluation.layer(scope.layer).file.body.blocks_of("dependency") {
        match instances(&|expr| scope.eval(expr), evaluation.session, block) {
            Ok(Instances::Plain) => found.push(decode(block)),
            Ok(Instances::Many(many)) => {
                for Instance { key, turn } in many {
                    evaluation.turn.replace(Some(turn));
                    let one = decode(block);
                    let name = format!("{}[{key}]", one.name).into();
                    found.push(Dependency { name, instance: Some((one.name.clone(), key.into())), ..one });
                }
                evaluation.turn.replace(None);
            }
            Err(fault) => evaluation.fault(*evaluation.frame(scope.layer, fault)),
        }
    }
    evaluation.outputs.is_reading.set(was_reading);
    found
}

fn edge(scope: &LayerScope<'_>, block: &Block) -> Dependency {
    let fields = Fields::of_body(scope, &block.body);
    let config_path = fields.placed_string("config_path");
    let enabled = fields.bool("enabled");
    if let (None, Some(path), Stage::Graph) =
        (&config_path, block.body.find_attribute("config_path"), scope.evaluation.stage)
        && enabled != Some(false)
        && !scope.evaluation.has_errors()
    {
        let fault =
            fault_at(Code::DependencyPath, path.expr.span, "the path of a dependency could not be resolved");
        scope
            .evaluation
            .fault(fault.hint("it must be known before anything runs: it cannot depend on outputs"));
    }
    Dependency {
        name: block.labels.first().map_or_else(|| Arc::from(""), |label| label.name.clone()),
        instance: None,
        private_to: None,
        config_path,
        enabled,
        skip_outputs: None,
        mock_outputs: None,
        mock_outputs_allowed_terraform_commands: None,
        mock_outputs_merge_strategy_with_state: None,
        mock_outputs_merge_with_state: None,
        span: block.header,
    }
}

fn with_mocks(scope: &LayerScope<'_>, block: &Block, edge: Dependency) -> Dependency {
    let fields = Fields::of_body(scope, &block.body);
    Dependency {
        skip_outputs: fields.bool("skip_outputs"),
        mock_outputs: fields.value("mock_outputs").map(|placed| placed.value),
        mock_outputs_allowed_terraform_commands: fields.strings("mock_outputs_allowed_terraform_commands"),
        mock_outputs_merge_strategy_with_state: merge_strategy(&fields),
        mock_outputs_merge_with_state: fields.bool("mock_outputs_merge_with_state"),
        ..edge
    }
}

fn merge_strategy(fields: &Fields<'_>) -> Option<MockMerge> {
    let word = fields.placed_string("mock_outputs_merge_strategy_with_state")?;
    match word.value.as_str() {
        "no_merge" => Some(MockMerge::NoMerge),
        "shallow" => Some(MockMerge::Shallow),
        "deep_map_only" => Some(MockMerge::DeepMapOnly),
        _ => {
            let fault = fault_at(Code::UnknownWord, word.span, "unknown merge strategy for mocks");
            fields.scope.evaluation.fault(fault.hint("use `no_merge`, `shallow` or `deep_map_only`"));
            None
        }
    }
}
