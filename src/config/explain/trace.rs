//! What an expression is made of, followed to where it begins: locals, includes, outputs, the environment, files.

use super::place;
use super::{Cause, CauseKind, Outputs};
use crate::config::dependency;
use crate::config::evaluation::{Evaluation, LayerId, Place};
use crate::config::functions;
use crate::config::scope::{LayerScope, Phase};
use crate::hcl::Value;
use crate::hcl::ast::{Expr, ExprKind};
use crate::hcl::refs::{self, CallRef, Mentions, Ref, Visitor};
use crate::host::fs;

/// Longer chains are cut: nobody reads them.
const DEEPEST: usize = 24;

/// Follows expressions; counts how deep it is.
#[derive(Clone, Copy, Default)]
pub(super) struct Tracer {
    depth: usize,
}

impl Tracer {
    /// What the part of an expression at `path` is made of.
    pub fn causes(self, expr: &Expr, scope: LayerScope<'_>, path: &[String]) -> Vec<Cause> {
        if self.depth >= DEEPEST {
            return Vec::new();
        }
        let deeper = Self { depth: self.depth + 1 };
        let (expr, path) = place::narrow(expr, path);
        match &expr.kind {
            ExprKind::Attr { .. } | ExprKind::Index { .. } => deeper.steps(expr, scope, path),
            ExprKind::Conditional { condition, yes, no } => {
                let holds = scope.eval(condition).ok().and_then(|value| value.as_bool());
                let mut causes = vec![Cause {
                    kind: CauseKind::Condition,
                    text: text_of(condition, scope),
                    span: Some(condition.span),
                    note: holds.map(|holds| holds.to_string()),
                    causes: deeper.causes(condition, scope, &[]),
                }];
                let chosen = if holds == Some(false) { no } else { yes };
                causes.extend(deeper.causes(chosen, scope, path));
                causes
            }
            ExprKind::Call { name, args, .. } => deeper.call((&name.name, args), expr, (scope, path)),
            _ => deeper.all(expr, scope, path),
        }
    }

    /// `base.a.b`: the steps belong to the path into the base.
    fn steps(self, expr: &Expr, scope: LayerScope<'_>, path: &[String]) -> Vec<Cause> {
        let (mut base, mut steps) = (expr, Vec::new());
        loop {
            let (inner, step) = match &base.kind {
                ExprKind::Attr { base, name } => (base, name.name.to_string()),
                ExprKind::Index { base, key } => match constant(key, scope) {
                    Some(step) => (base, step),
                    None => return self.all(expr, scope, &[]),
                },
                _ => break,
            };
            steps.insert(0, step);
            base = inner;
        }
        if matches!(base.kind, ExprKind::Variable(_)) {
            return self.all(expr, scope, path);
        }
        let steps: Vec<String> = steps.into_iter().chain(path.iter().cloned()).collect();
        self.causes(base, scope, &steps)
    }

    /// Calls that hand one of their arguments on are followed into it.
    fn call(
        self,
        (name, args): (&str, &[Expr]),
        expr: &Expr,
        (scope, path): (LayerScope<'_>, &[String]),
    ) -> Vec<Cause> {
        let has_path = |arg: &&Expr| scope.eval(arg).is_ok_and(|value| super::at(&value, path).is_some());
        let taken = match name {
            "merge" if !path.is_empty() => args.iter().rev().find(has_path),
            "try" => args.iter().find(|arg| scope.eval(arg).is_ok()),
            "coalesce" => args.iter().find(|arg| {
                scope.eval(arg).is_ok_and(|value| !value.is_null() && value.as_str() != Some(""))
            }),
            "read_terragrunt_config" => return self.config(args, expr, (scope, path)),
            _ => None,
        };
        match taken {
            Some(arg) => self.causes(arg, scope, path),
            None => self.all(expr, scope, path),
        }
    }

    /// Everything that an expression mentions, each once.
    fn all(self, expr: &Expr, scope: LayerScope<'_>, path: &[String]) -> Vec<Cause> {
        let mut found = Found { tracer: self, scope, path, causes: Vec::new() };
        expr.visit(&mut found);
        found.causes
    }

    /// A path inside another config is followed into that file.
    fn config(self, args: &[Expr], expr: &Expr, (scope, path): (LayerScope<'_>, &[String])) -> Vec<Cause> {
        let outer = scope.evaluation;
        let given = args.first().and_then(|arg| scope.eval(arg).ok());
        let Some(given) = given.as_ref().and_then(Value::as_str) else { return Vec::new() };
        let mut at = fs::clean(&outer.dir.join(given));
        if fs::is_dir(&at) {
            at = outer.session.config_in(&at);
        }
        let mut cause = Cause {
            kind: CauseKind::Config,
            text: at.display().to_string(),
            span: Some(expr.span),
            note: (!fs::exists(&at)).then(|| "missing: the second argument stands for it".to_owned()),
            causes: Vec::new(),
        };
        if let Some(file) = outer.session.files.load(&at).ok().filter(|file| file.is_sound()) {
            let place = Place::read_by(outer, file.dir());
            let inner = Evaluation::of_file(outer.session, file.clone(), place);
            let scope = LayerScope { evaluation: &inner, layer: LayerId::Own, phase: Phase::Whole };
            if let Some(found) = place::find(&file.body, path) {
                cause.span = Some(found.span);
                cause.causes =
                    found.expr.map(|expr| self.causes(expr, scope, &found.rest)).unwrap_or_default();
            }
        }
        vec![cause]
    }

    /// What stands behind one name.
    fn reference(self, scope: LayerScope<'_>, root: &str, steps: &[String]) -> Option<Cause> {
        match (root, steps) {
            ("local", [name, path @ ..]) => self.local(scope, ("local", name), path),
            ("include", steps) => self.include(scope, steps),
            ("dependency", [name, ..]) => self.dependency(scope, name, steps),
            ("feature", [name, ..]) => Some(self.feature(scope, name)),
            ("values", steps) => self.values(scope, steps),
            _ => None,
        }
    }

    /// `before` is what stands in front of the local's name: `local`, or the include that shows it.
    fn local(self, scope: LayerScope<'_>, (before, name): (&str, &str), path: &[String]) -> Option<Cause> {
        let file = scope.evaluation.layer(scope.layer).file.clone();
        let attribute = file.find_local(name)?;
        let (expr, _) = place::narrow(&attribute.expr, path);
        Some(Cause {
            kind: if before == "local" { CauseKind::Local } else { CauseKind::Include },
            text: joined(&format!("{before}.{name}"), path),
            span: Some(expr.span),
            note: None,
            causes: self.causes(&attribute.expr, LayerScope { phase: Phase::Base, ..scope }, path),
        })
    }

    fn include(self, scope: LayerScope<'_>, steps: &[String]) -> Option<Cause> {
        let includes = scope.evaluation.includes().ok()?;
        let bare = includes.len() == 1 && includes.first().is_some_and(|only| only.label.is_empty());
        let (index, steps, before) = match (bare, steps.split_first()) {
            (true, _) => (0, steps, "include".to_owned()),
            (false, Some((label, rest))) => {
                let index = includes.iter().position(|include| &*include.label == label.as_str())?;
                (index, rest, format!("include.{label}"))
            }
            (false, None) => return None,
        };
        let parent = LayerScope { layer: LayerId::Included(index), phase: Phase::Whole, ..scope };
        if let ["locals", name] = steps.iter().map(String::as_str).take(2).collect::<Vec<_>>()[..] {
            return self.local(parent, (&format!("{before}.locals"), name), &steps[2..]);
        }
        let body = &scope.evaluation.layer(parent.layer).file.body;
        let found = place::find(body, steps);
        Some(Cause {
            kind: CauseKind::Include,
            text: joined(&before, steps),
            span: Some(found.as_ref().map_or(includes[index].span, |found| found.span)),
            note: None,
            causes: found
                .and_then(|found| Some(self.causes(found.expr?, parent, &found.rest)))
                .unwrap_or_default(),
        })
    }

    fn dependency(self, scope: LayerScope<'_>, name: &str, steps: &[String]) -> Option<Cause> {
        let evaluation = scope.evaluation;
        let declared = dependency::declared(evaluation).ok()?;
        let dependency = declared.iter().find(|declared| *declared.name == *name)?;
        let note = match dependency::given_by(evaluation, dependency) {
            Outputs::State => {
                let at = dependency.config_path.as_ref().map(|path| path.value.as_str());
                format!("output of {}", at.unwrap_or_default())
            }
            Outputs::Mocks => "mock output".to_owned(),
            Outputs::None => "not known: no outputs, and no mocks".to_owned(),
        };
        Some(Cause {
            kind: CauseKind::Dependency,
            text: joined("dependency", steps),
            span: Some(dependency.span),
            note: Some(note),
            causes: Vec::new(),
        })
    }

    fn feature(self, scope: LayerScope<'_>, name: &str) -> Cause {
        let evaluation = scope.evaluation;
        let given = evaluation.session.invoked.features.get(name);
        let path = ["feature".to_owned(), name.to_owned(), "default".to_owned()];
        let layers = evaluation.layer_ids().unwrap_or_default();
        let span = layers
            .into_iter()
            .find_map(|layer| Some(place::find(&evaluation.layer(layer).file.body, &path)?.span));
        Cause {
            kind: CauseKind::Feature,
            text: format!("feature.{name}"),
            span,
            note: Some(given.map_or("the default".to_owned(), |given| format!("given as `{given}`"))),
            causes: Vec::new(),
        }
    }

    fn values(self, scope: LayerScope<'_>, steps: &[String]) -> Option<Cause> {
        let at = scope.evaluation.layer(scope.layer).file.dir().join(crate::config::VALUES_FILE);
        let file = scope.evaluation.session.files.load(&at).ok()?;
        Some(Cause {
            kind: CauseKind::Values,
            text: joined("values", steps),
            span: place::find(&file.body, steps).map(|found| found.span),
            note: None,
            causes: Vec::new(),
        })
    }
}

/// Collects what an expression mentions.
struct Found<'s, 'p> {
    tracer: Tracer,
    scope: LayerScope<'s>,
    path: &'p [String],
    causes: Vec<Cause>,
}

impl Found<'_, '_> {
    fn add(&mut self, cause: Option<Cause>) {
        let Some(cause) = cause else { return };
        if !self.causes.iter().any(|known| known.text == cause.text && known.kind == cause.kind) {
            self.causes.push(cause);
        }
    }
}

impl<'a> Visitor<'a> for Found<'_, '_> {
    fn reference(&mut self, reference: Ref<'a>) {
        let written = reference.steps.iter().map(|step| step.name.to_owned());
        let wanted = if reference.continues { &[] } else { self.path };
        let steps: Vec<String> = written.chain(wanted.iter().cloned()).collect();
        self.add(self.tracer.reference(self.scope, reference.root, &steps));
    }

    fn call(&mut self, call: CallRef<'a>) {
        self.add(outside(call, self.scope));
    }
}

/// A call that brings something in from outside of the files that are merged.
fn outside(call: CallRef<'_>, scope: LayerScope<'_>) -> Option<Cause> {
    let name = &*call.name.name;
    if !functions::is_known(name) {
        return None;
    }
    let first = || {
        let value = scope.eval(call.args.first()?).ok()?;
        value.as_str().map(str::to_owned)
    };
    let (kind, text, note) = match name {
        "get_env" => {
            let name = first()?;
            let note = match scope.evaluation.session.env.get(&name) {
                Some(_) => "set",
                None => "not set: the default",
            };
            (CauseKind::Environment, name, Some(note.to_owned()))
        }
        "run_cmd" => (CauseKind::Command, source_text(call.span, scope), None),
        "read_terragrunt_config" => (CauseKind::Config, first()?, None),
        _ if name.starts_with("file")
            || matches!(name, "templatefile" | "read_tfvars_file" | "sops_decrypt_file") =>
        {
            (CauseKind::File, first()?, Some(name.to_owned()))
        }
        _ => (CauseKind::Function, source_text(call.span, scope), given_back(call, scope)),
    };
    Some(Cause { kind, text, span: Some(call.span), note, causes: Vec::new() })
}

/// What a call that only looks gives.
fn given_back(call: CallRef<'_>, scope: LayerScope<'_>) -> Option<String> {
    if !functions::is_free(&call.name.name) {
        return None;
    }
    let kind = ExprKind::Call { name: call.name.clone(), args: call.args.to_vec(), expand: false };
    let value = scope.eval(&Expr { kind, span: call.span }).ok()?;
    value.as_str().map(str::to_owned)
}

/// The files that calls of one layer name.
pub(super) fn files_named(scope: LayerScope<'_>) -> Vec<std::path::PathBuf> {
    let file = scope.evaluation.layer(scope.layer).file.clone();
    let named = refs::calls(&file.body).into_iter().filter_map(|call| outside(call, scope));
    named
        .filter(|cause| cause.kind == CauseKind::File)
        .map(|cause| fs::clean(&file.dir().join(cause.text)))
        .filter(|path| fs::is_file(path))
        .collect()
}

fn constant(key: &Expr, scope: LayerScope<'_>) -> Option<String> {
    let value = scope.eval(key).ok()?;
    let text = crate::hcl::convert(&value, &crate::hcl::Type::String).ok()?;
    text.as_str().map(str::to_owned)
}

fn text_of(expr: &Expr, scope: LayerScope<'_>) -> String {
    source_text(expr.span, scope)
}

/// The text of a place, on one line.
fn source_text(span: crate::diag::Span, scope: LayerScope<'_>) -> String {
    let file = scope.evaluation.session.files.sources.get(span.file);
    let text = file.as_ref().and_then(|file| file.text.get(span.start as usize..span.end as usize));
    text.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn joined(first: &str, steps: &[String]) -> String {
    steps.iter().fold(first.to_owned(), |text, step| text + "." + step)
}
