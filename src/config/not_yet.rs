//! Members that are understood and not built: a unit that has one must not run as if it had not.

use super::evaluation::Evaluation;
use super::scope::{LayerScope, Phase};
use crate::diag::{Code, Diagnostic, Span};
use crate::hcl::Fault;
use crate::hcl::ast::{Attribute, Body};

/// The experiment that lets a unit name a constraint on its module's version.
const VERSION: &str = "version-attribute";

/// Reports what would have to be obeyed and cannot be.
pub(super) fn check(evaluation: &Evaluation<'_>) -> Result<(), Fault> {
    for layer in evaluation.layer_ids()? {
        let scope = LayerScope { evaluation, layer, phase: Phase::Whole };
        let body = &evaluation.layer(layer).file.body;
        let version = terraform(body).and_then(|body| body.find_attribute("version"));
        let version = version
            .filter(|attribute| is_set(&scope, attribute))
            .map(|it| (it.name.span, "terraform.version"));
        if let Some((span, name)) = version.filter(|_| !evaluation.session.invoked.has_experiment(VERSION)) {
            let fault = Diagnostic::error(
                Code::VersionExperiment,
                format!("`{name}` needs the experiment `{VERSION}`"),
            );
            let fault = fault.at(span, "is read only with the experiment");
            evaluation.fault(fault.hint(format!("switch it on: --experiment {VERSION}")));
        }
        if evaluation.session.invoked.has_experiment("iac-engine") {
            let engine = body.blocks_of("engine").next().map(|block| (block.header, "engine"));
            report(evaluation, engine, "leave the experiment `iac-engine` out to run terraform itself");
        }
    }
    Ok(())
}

fn terraform(body: &Body) -> Option<&Body> {
    body.blocks_of("terraform").next().map(|block| &block.body)
}

/// Faults of the expression itself are reported where it is decoded.
fn is_set(scope: &LayerScope<'_>, attribute: &Attribute) -> bool {
    scope.eval(&attribute.expr).is_ok_and(|value| !value.is_null() && value.as_str() != Some(""))
}

fn report(evaluation: &Evaluation<'_>, found: Option<(Span, &str)>, instead: &str) {
    if let Some((span, name)) = found {
        let fault = Diagnostic::error(Code::NotYetSupported, format!("`{name}` is not yet supported"))
            .at(span, "would have to be obeyed");
        evaluation.fault(fault.hint(instead));
    }
}
