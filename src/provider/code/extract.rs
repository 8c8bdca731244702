//! From the text of a file to what it says.

use super::blocks::{BLOCKS_THAT_MATTER, blocks_of};
use super::file::{
    BackendBlock, CodeFile, ModuleCall, Owner, ProviderBlock, ProviderUse, RequiredForm, RequiredProvider,
    Said, UseKind,
};
use super::names::{Syntax, syntax_of};
use crate::diag::{Code, Diagnostic, SourceMap, Span};
use crate::hcl::ast::{Attribute, Block, Body, Expr, ExprKind, Ident, ObjectItem, ObjectKey};
use crate::hcl::parse::{parse_body, parse_expression, parse_json_body};
use crate::hcl::refs::calls;
use crate::host::fs;
use std::path::Path;
use std::sync::Arc;

/// Reads a file from the disk.
pub fn read_file(path: &Path, sources: &SourceMap) -> CodeFile {
    match fs::read_text(path) {
        Ok(text) => read_text(path, text.into(), sources),
        Err(error) => CodeFile {
            path: path.to_path_buf(),
            faults: vec![Diagnostic::error(Code::FileUnreadable, error.to_string())],
            ..CodeFile::default()
        },
    }
}

/// Reads a text as if it stood at this path.
pub fn read_text(path: &Path, text: Arc<str>, sources: &SourceMap) -> CodeFile {
    let syntax =
        path.file_name().and_then(|name| syntax_of(&name.to_string_lossy())).unwrap_or(Syntax::Native);
    let id = sources.add(path, text.clone());
    let (body, faults) = match syntax {
        Syntax::Native => parse_body(&text, id),
        Syntax::Json => parse_json_body(&text, id),
    };
    let mut file = CodeFile { path: path.to_path_buf(), faults, ..CodeFile::default() };
    // What was understood of a faulty file is not all that it says.
    if let Some(body) = body.filter(|_| !file.faults.iter().any(Diagnostic::is_error)) {
        for block in blocks_of(&body, syntax, &BLOCKS_THAT_MATTER) {
            file.add(&block, syntax);
        }
        if text.contains("provider::") {
            file.add_functions(&body);
        }
    }
    file
}

impl CodeFile {
    fn add(&mut self, block: &Block, syntax: Syntax) {
        match (&*block.kind.name, &*block.labels) {
            ("terraform", _) => self.add_settings(block, syntax),
            ("module", [name, ..]) => self.calls.push(ModuleCall {
                name: name.clone(),
                source: said(&block.body, "source"),
                version: said(&block.body, "version"),
                header: block.header,
            }),
            ("provider", [name, ..]) => self.add_provider(name, block),
            ("check", _) => {
                for inner in blocks_of(&block.body, syntax, &[("data", 2)]) {
                    self.add(&inner, syntax);
                }
            }
            ("import", _) => {
                self.uses.extend(named_provider(&block.body).map(|(provider, span)| ProviderUse {
                    provider,
                    kind: UseKind::Named,
                    owner: None,
                    span,
                }))
            }
            (_, [kind, name, ..]) => self.add_resource(block, kind, name),
            _ => {}
        }
    }

    fn add_settings(&mut self, block: &Block, syntax: Syntax) {
        self.required_versions.extend(said(&block.body, "required_version"));
        for required in blocks_of(&block.body, syntax, &[("required_providers", 0)]) {
            self.required_providers.extend(required.body.attributes.iter().map(required_provider));
        }
        // Some write it with an equals sign; terraform refuses that, and its own fault is the better one.
        for backend in blocks_of(&block.body, syntax, &[("backend", 1), ("cloud", 0)]) {
            let kind = backend.labels.first().unwrap_or(&backend.kind).name.clone();
            self.backend = Some(BackendBlock { kind, span: backend.header });
        }
    }

    fn add_provider(&mut self, name: &Ident, block: &Block) {
        self.provider_blocks.push(ProviderBlock {
            name: name.clone(),
            alias: said(&block.body, "alias"),
            version: said(&block.body, "version"),
            version_attribute: block.body.find_attribute("version").map(|attribute| attribute.span),
            header: block.header,
        });
        self.uses.push(ProviderUse {
            provider: name.name.clone(),
            kind: UseKind::Configured,
            owner: None,
            span: block.header,
        });
    }

    fn add_resource(&mut self, block: &Block, kind: &Ident, name: &Ident) {
        let owner: Owner = (block.kind.name.clone(), kind.name.clone(), name.name.clone());
        let (provider, use_kind, span) = match named_provider(&block.body) {
            Some((provider, span)) => (provider, UseKind::Named, span),
            None => {
                let implied = kind.name.split('_').next().unwrap_or_default();
                (implied.into(), UseKind::Implied, kind.span)
            }
        };
        self.uses.push(ProviderUse { provider, kind: use_kind, owner: Some(owner), span });
    }

    fn add_functions(&mut self, body: &Body) {
        for call in calls(body) {
            let Some(provider) =
                call.name.name.strip_prefix("provider::").and_then(|rest| rest.split("::").next())
            else {
                continue;
            };
            self.uses.push(ProviderUse {
                provider: provider.into(),
                kind: UseKind::Function,
                owner: None,
                span: call.name.span,
            });
        }
    }
}

fn said(body: &Body, name: &str) -> Option<Said> {
    body.find_attribute(name).map(|attribute| said_by(&attribute.expr))
}

fn said_by(expr: &Expr) -> Said {
    let text = match &expr.kind {
        ExprKind::String(text) => Some(text.clone()),
        ExprKind::Parens(inner) => said_by(inner).text,
        _ => None,
    };
    Said { text, span: expr.span }
}

fn required_provider(attribute: &Attribute) -> RequiredProvider {
    let value = &attribute.expr;
    let (source, version, form) = match &value.kind {
        ExprKind::Object(items) => (member(items, "source"), member(items, "version"), RequiredForm::Object),
        ExprKind::String(_) => (None, Some(said_by(value)), RequiredForm::Text),
        _ => (None, None, RequiredForm::Other),
    };
    let name = attribute.name.clone();
    RequiredProvider { name, source, version, form, value: value.span, span: attribute.span }
}

fn member(items: &[ObjectItem], name: &str) -> Option<Said> {
    let is_it = |item: &&ObjectItem| match &item.key {
        ObjectKey::Bare(key) => &*key.name == name,
        ObjectKey::Expr(key) => matches!(&key.kind, ExprKind::String(key) if &**key == name),
    };
    items.iter().rfind(is_it).map(|item| said_by(&item.value))
}

/// The provider that `provider = aws.west` names; in JSON and in old code it is a text.
fn named_provider(body: &Body) -> Option<(Arc<str>, Span)> {
    let expr = &body.find_attribute("provider")?.expr;
    let name = match &expr.kind {
        ExprKind::String(text) => {
            let (parsed, _) = parse_expression(text, expr.span.file);
            root_name(&parsed?)
        }
        _ => root_name(expr),
    };
    Some((name?, expr.span))
}

fn root_name(expr: &Expr) -> Option<Arc<str>> {
    match &expr.kind {
        ExprKind::Variable(name) => Some(name.clone()),
        ExprKind::Attr { base, .. } | ExprKind::Index { base, .. } => root_name(base),
        ExprKind::Parens(inner) | ExprKind::Interpolation(inner) => root_name(inner),
        _ => None,
    }
}
