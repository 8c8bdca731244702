//! What a stack file says that others need before stacks are generated: where its units will be. Generation itself is
//! not here.

use super::evaluation::{Evaluation, LayerId, Place, Stage};
use super::scope::{LayerScope, Phase};
use super::session::{Credentials, Session};
use crate::hcl::ast::{Block, Body};
use crate::hcl::{Fault, Value};
use crate::host::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What makes a folder a stack.
pub const STACK_FILE: &str = "terragrunt.stack.hcl";

/// The folder below a stack that its units are generated into.
const GENERATED: &str = ".terragrunt-stack";

/// A unit of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackUnit {
    pub name: Arc<str>,
    /// Where it is, or will be once it is generated.
    pub dir: PathBuf,
}

/// The units that the stack in a folder declares, as far as their paths can be worked out.
#[must_use]
pub fn units_of(session: &Session, stack_dir: &Path) -> Vec<StackUnit> {
    let path = stack_dir.join(STACK_FILE);
    let Ok(file) = session.files.load(&path) else { return Vec::new() };
    if !file.is_sound() {
        return Vec::new();
    }
    let dir = stack_dir.to_path_buf();
    let place = Place {
        original_dir: dir.clone(),
        dir,
        stage: Stage::Graph,
        readers: Vec::new(),
        env: session.env.clone(),
        credentials: Credentials::Absent,
    };
    let evaluation = Evaluation::of_file(session, file.clone(), place);
    let scope = LayerScope { evaluation: &evaluation, layer: LayerId::Own, phase: Phase::Base };
    file.body.blocks_of("unit").filter_map(|block| unit(&scope, stack_dir, block)).collect()
}

fn unit(scope: &LayerScope<'_>, stack_dir: &Path, block: &Block) -> Option<StackUnit> {
    let value = |name| block.body.find_attribute(name).and_then(|attribute| scope.eval(&attribute.expr).ok());
    let path = value("path")?;
    let beside = value("no_dot_terragrunt_stack").and_then(|value| value.as_bool()) == Some(true);
    let base = if beside { stack_dir.to_path_buf() } else { stack_dir.join(GENERATED) };
    Some(StackUnit { name: block.labels.first()?.name.clone(), dir: fs::clean(&base.join(path.as_str()?)) })
}

/// A stack file as an object: its locals, and its units and stacks by name.
pub(super) fn object(evaluation: &Evaluation<'_>) -> Result<Value, Fault> {
    let scope = LayerScope { evaluation, layer: LayerId::Own, phase: Phase::Base };
    let body = &evaluation.own.file.body;
    let mut members = Vec::new();
    if let Some(locals) = scope.all_locals()? {
        members.push(("local", locals));
    }
    for kind in ["unit", "stack"] {
        if body.blocks_of(kind).next().is_some() {
            members.push((kind, named_blocks(&scope, body, kind)?));
        }
    }
    Ok(Value::object(members))
}

fn named_blocks(scope: &LayerScope<'_>, body: &Body, kind: &str) -> Result<Value, Fault> {
    let blocks = body.blocks_of(kind).map(|block| {
        let name = block.labels.first().map_or_else(|| Arc::from(""), |label| label.name.clone());
        let mut members = vec![(Arc::from("name"), Value::string(name.clone()))];
        for attribute in &block.body.attributes {
            members.push((attribute.name.name.clone(), scope.eval(&attribute.expr)?));
        }
        Ok((name, Value::object(members)))
    });
    Ok(Value::object(blocks.collect::<Result<Vec<_>, Fault>>()?))
}
