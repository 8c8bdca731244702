//! What a unit or stack pins: the members that name sources and versions, and the code that it generates, each with its
//! place and with how we came there. Meant for sessions that only read files: what would have to be run or asked is told
//! as not known, with the reason.

mod laid;
mod origin;
mod stack;

pub use laid::{Laid, load_laid_unit};
pub use stack::{PinnedMember, PinnedStack, load_laid_stack, load_pinned_stack};

use super::evaluation::{Evaluation, LayerId, Stage};
use super::load::merged_layers;
use super::scope::{LayerScope, Phase};
use super::session::Session;
use crate::diag::{Code, Diagnostic, Diagnostics, Frame, Label, Span};
use crate::hcl::ast::{Block, Body, Expr, ExprKind, ObjectItem};
use crate::hcl::{Fault, Type, Value, convert};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A text that a file sets.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// `Err`: why it can only be known when the unit runs.
    pub text: Result<String, String>,
    /// The expression.
    pub span: Span,
    /// How we came into its file.
    pub frames: Vec<Frame>,
    /// The locals that it is made of.
    pub parts: Vec<Label>,
    /// Whether it is one plain text, so that it can be mended where it stands.
    pub is_plain: bool,
}

impl Written {
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        self.text.as_deref().ok()
    }
}

/// A file of code that a `generate` block writes.
#[derive(Clone, Debug, PartialEq)]
pub struct GeneratedCode {
    /// Where it goes, relative to the folder that terraform runs in.
    pub path: String,
    pub contents: Written,
    /// Whether a file that is there already stays.
    pub yields: bool,
}

/// What a unit pins, its includes merged.
#[derive(Clone, Debug, Default)]
pub struct PinnedUnit {
    pub config_path: PathBuf,
    pub dir: PathBuf,
    pub source: Option<Written>,
    /// `terraform.version`, a constraint beside a registry's source.
    pub version: Option<Written>,
    pub terraform_version_constraint: Option<Written>,
    pub terragrunt_version_constraint: Option<Written>,
    pub terraform_binary: Option<Written>,
    pub download_dir: Option<Written>,
    /// Whether the module's lock file goes where terraform runs.
    pub copy_terraform_lock_file: Option<Written>,
    pub generated: Vec<GeneratedCode>,
    /// The files that it is made of, its own first.
    pub files: Vec<PathBuf>,
    /// Why some of it is not known, with the place.
    pub unclear: Diagnostics,
    pub faults: Diagnostics,
}

/// Loads what a unit pins. Never fails: faults are part of the answer.
#[must_use]
pub fn load_pinned(session: &Session, config_path: &Path) -> PinnedUnit {
    let dir = config_path.parent().unwrap_or(Path::new("/")).to_path_buf();
    let mut unit = PinnedUnit { config_path: config_path.to_path_buf(), dir, ..PinnedUnit::default() };
    let evaluation = match Evaluation::open(session, config_path, Stage::Graph) {
        Ok(evaluation) => evaluation,
        Err(faults) => {
            unit.files.push(config_path.to_path_buf());
            unit.faults = faults;
            return unit;
        }
    };
    gather(&evaluation, &mut unit);
    unit
}

/// Fills in what an opened unit file says.
fn gather(evaluation: &Evaluation<'_>, unit: &mut PinnedUnit) {
    unit.files.push(unit.config_path.clone());
    match merged_layers(evaluation) {
        Err(fault) => evaluation.fault(*fault),
        Ok(layers) => {
            let reading = Reading { evaluation, layers };
            let files = reading.layers.iter().map(|layer| evaluation.layer(*layer).file.path.clone());
            let others: Vec<PathBuf> = files.filter(|path| *path != unit.config_path).collect();
            unit.files.extend(others);
            unit.source = reading.member(Some("terraform"), "source");
            unit.version = reading.member(Some("terraform"), "version");
            unit.terraform_version_constraint = reading.member(None, "terraform_version_constraint");
            unit.terragrunt_version_constraint = reading.member(None, "terragrunt_version_constraint");
            unit.terraform_binary = reading.member(None, "terraform_binary");
            unit.download_dir = reading.member(None, "download_dir");
            unit.copy_terraform_lock_file = reading.member(Some("terraform"), "copy_terraform_lock_file");
            unit.generated = reading.generated();
        }
    }
    (unit.unclear, unit.faults) =
        evaluation.take_faults().into_iter().filter(Diagnostic::is_error).partition(is_unclear);
}

/// Whether a fault only says that something is not known here: a unit of a catalog has no values before a stack hands it
/// some.
fn is_unclear(fault: &Diagnostic) -> bool {
    matches!(fault.code, Code::NeededEarlier | Code::NoValues)
}

/// The catalog's repositories, as a root configuration names them.
#[must_use]
pub fn load_pinned_catalog(session: &Session, path: &Path) -> (Vec<Written>, Diagnostics) {
    let evaluation = match Evaluation::open(session, path, Stage::Graph) {
        Ok(evaluation) => evaluation,
        Err(faults) => return (Vec::new(), faults),
    };
    let block = evaluation.own.file.body.blocks_of("catalog").next();
    let Some(urls) = block.and_then(|block| block.body.find_attribute("urls")) else {
        return (Vec::new(), Vec::new());
    };
    let scope = LayerScope { evaluation: &evaluation, layer: LayerId::Own, phase: Phase::Base };
    let found = match &urls.expr.kind {
        ExprKind::Tuple(items) => items.iter().filter_map(|item| written(&scope, item)).collect(),
        _ => each_of(&scope, &urls.expr),
    };
    let faults = evaluation.take_faults().into_iter().filter(Diagnostic::is_error).collect();
    (found, faults)
}

/// The texts of a list that is not written out; all of them stand at its expression.
fn each_of(scope: &LayerScope<'_>, expr: &Expr) -> Vec<Written> {
    match scope.eval(expr) {
        Ok(list) if list.is_wholly_known() && list.items().is_some() => {
            let items = list.items().into_iter().flatten();
            items.filter_map(|item| written_as(scope, expr, Ok(item.clone()))).collect()
        }
        other => written_as(scope, expr, other).into_iter().collect(),
    }
}

struct Reading<'e> {
    evaluation: &'e Evaluation<'e>,
    /// Those that are merged, the strongest last.
    layers: Vec<LayerId>,
}

impl<'e> Reading<'e> {
    fn scope(&self, layer: LayerId) -> LayerScope<'e> {
        LayerScope { evaluation: self.evaluation, layer, phase: Phase::Whole }
    }

    /// A member as the strongest file sets it.
    fn member(&self, block: Option<&str>, name: &str) -> Option<Written> {
        self.layers.iter().rev().find_map(|layer| {
            let body = &self.evaluation.layer(*layer).file.body;
            let body = match block {
                Some(kind) => &body.blocks_of(kind).next()?.body,
                None => body,
            };
            written(&self.scope(*layer), &body.find_attribute(name)?.expr)
        })
    }

    /// The code that generate blocks write; of two with one label the stronger counts.
    fn generated(&self) -> Vec<GeneratedCode> {
        let mut labels: Vec<Arc<str>> = Vec::new();
        let mut found = Vec::new();
        for layer in self.layers.iter().rev() {
            for (label, block) in blocks_of(&self.evaluation.layer(*layer).file.body, "generate") {
                if !labels.contains(&label) {
                    labels.push(label);
                    found.extend(self.generate(*layer, block));
                }
            }
        }
        found
    }

    fn generate(&self, layer: LayerId, block: Members<'_>) -> Option<GeneratedCode> {
        let scope = self.scope(layer);
        let member = |name: &str| block.find(name).and_then(|expr| written(&scope, expr));
        let path = member("path")?.text.ok().filter(|path| crate::source::is_module_file(path))?;
        let is_off =
            block.find("disable").and_then(|expr| scope.eval(expr).ok()).and_then(|value| value.as_bool());
        if is_off == Some(true) {
            return None;
        }
        let yields = member("if_exists").is_some_and(|word| word.as_text() == Some("skip"));
        Some(GeneratedCode { path, contents: member("contents")?, yields })
    }
}

/// A block, or an object that stands for one.
#[derive(Clone, Copy)]
enum Members<'a> {
    Block(&'a Block),
    Object(&'a [ObjectItem]),
}

impl<'a> Members<'a> {
    fn find(self, name: &str) -> Option<&'a Expr> {
        match self {
            Self::Block(block) => block.body.find_attribute(name).map(|attribute| &attribute.expr),
            Self::Object(items) => {
                items.iter().find(|item| origin::key_of(item) == Some(name)).map(|item| &item.value)
            }
        }
    }
}

/// The blocks of a kind with their labels, those among them that are written as an object.
fn blocks_of<'a>(body: &'a Body, kind: &'a str) -> Vec<(Arc<str>, Members<'a>)> {
    let label =
        |block: &Block| block.labels.first().map_or_else(|| Arc::from(""), |label| label.name.clone());
    let mut found: Vec<_> = body.blocks_of(kind).map(|block| (label(block), Members::Block(block))).collect();
    if let Some(ExprKind::Object(items)) = body.find_attribute(kind).map(|attribute| &attribute.expr.kind) {
        found.extend(items.iter().filter_map(|item| match &item.value.kind {
            ExprKind::Object(inner) => Some((Arc::from(origin::key_of(item)?), Members::Object(inner))),
            _ => None,
        }));
    }
    found
}

/// An expression as a text; `None` where it is null or faulty, the fault being in the evaluation.
fn written(scope: &LayerScope<'_>, expr: &Expr) -> Option<Written> {
    written_as(scope, expr, scope.eval(expr))
}

/// The same with its value at hand.
fn written_as(scope: &LayerScope<'_>, expr: &Expr, value: Result<Value, Fault>) -> Option<Written> {
    let evaluation = scope.evaluation;
    let text = match value {
        Err(fault) if is_unclear(&fault) => Err(fault.summary),
        Err(fault) => {
            evaluation.fault(*fault);
            return None;
        }
        Ok(value) if value.is_null() => return None,
        Ok(value) if !value.is_wholly_known() => Err(origin::why_unknown(scope, expr)),
        Ok(value) => match convert::convert(&value, &Type::String) {
            Ok(text) => Ok(text.as_str().unwrap_or_default().to_owned()),
            Err(error) => {
                let fault = Diagnostic::error(Code::WrongType, "this must be a string")
                    .at(expr.span, error.to_string());
                evaluation.fault(*evaluation.frame(scope.layer, Box::new(fault)));
                return None;
            }
        },
    };
    Some(Written {
        text,
        span: expr.span,
        frames: frames(evaluation, scope.layer),
        parts: origin::parts(scope, expr),
        is_plain: matches!(expr.kind, ExprKind::String(_)),
    })
}

/// How the unit came to a file: by the include that names it.
fn frames(evaluation: &Evaluation<'_>, layer: LayerId) -> Vec<Frame> {
    match (layer, evaluation.includes()) {
        (LayerId::Included(index), Ok(includes)) => includes
            .get(index)
            .map(|include| Frame {
                span: include.span,
                text: format!("in {}, included", include.described()),
            })
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}
