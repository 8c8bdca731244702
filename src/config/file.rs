//! Files of the language: each is read and parsed once in a process, whoever includes it.

use super::estate_file::ESTATE_FILE;
use super::schema::{BlockSchema, ESTATE, Labels, UNIT};
use super::stack::STACK_FILE;
use crate::diag::{Code, Diagnostic, Diagnostics, FileId, SourceMap, Span};
use crate::hcl::ast::{Attribute, Block, Body, ExprKind, ObjectKey};
use crate::hcl::parse;
use crate::host::fs;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Values that a stack hands to a unit.
pub const VALUES_FILE: &str = "terragrunt.values.hcl";

/// One parsed file.
#[derive(Debug)]
pub struct File {
    pub path: PathBuf,
    pub id: FileId,
    pub body: Body,
    /// Syntax faults; a file with errors here is never evaluated.
    pub faults: Diagnostics,
    /// Unknown, missing or repeated members; the rest can be evaluated all the same.
    pub schema_faults: Diagnostics,
    /// Whether one of these is about a dependency block.
    pub has_faulty_dependency: bool,
    /// Whether outputs are named where they cannot be had, so that nothing is known of the edges.
    pub misuses_outputs: bool,
    locals: HashMap<Arc<str>, usize>,
}

impl File {
    /// The folder that its relative paths start from.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }

    /// The declaration of a local.
    #[must_use]
    pub fn find_local(&self, name: &str) -> Option<&Attribute> {
        let index = *self.locals.get(name)?;
        self.locals_block()?.body.attributes.get(index)
    }

    /// All locals, as written.
    #[must_use]
    pub fn locals(&self) -> &[Attribute] {
        self.locals_block().map_or(&[], |block| &block.body.attributes)
    }

    fn locals_block(&self) -> Option<&Block> {
        self.body.blocks_of("locals").next()
    }

    #[must_use]
    pub fn is_sound(&self) -> bool {
        !self.faults.iter().any(Diagnostic::is_error)
    }
}

type Slot = Arc<OnceLock<Result<Arc<File>, Box<Diagnostic>>>>;

/// The parsed files of a process.
#[derive(Debug, Default)]
pub struct Files {
    pub sources: Arc<SourceMap>,
    slots: Mutex<HashMap<PathBuf, Slot>>,
}

impl Files {
    /// The parsed file at an absolute, clean path.
    ///
    /// # Errors
    /// When it cannot be read. Syntax faults are in [`File::faults`].
    pub fn load(&self, path: &Path) -> Result<Arc<File>, Box<Diagnostic>> {
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            slots.entry(path.to_path_buf()).or_default().clone()
        };
        slot.get_or_init(|| self.read(path)).clone()
    }

    fn read(&self, path: &Path) -> Result<Arc<File>, Box<Diagnostic>> {
        let text: Arc<str> = match fs::read_text(path) {
            Ok(text) => text.into(),
            Err(error) => return Err(Box::new(Diagnostic::error(Code::FileUnreadable, error.to_string()))),
        };
        Ok(Arc::new(self.parse(path, text)))
    }

    /// Parses a text as if it stood at `path`.
    #[must_use]
    pub fn parse(&self, path: &Path, text: Arc<str>) -> File {
        let id = self.sources.add(path, text.clone());
        let json = path.extension().is_some_and(|ending| ending == "json");
        let (body, faults) =
            if json { parse::parse_json_body(&text, id) } else { parse::parse_body(&text, id) };
        let mut body = body.unwrap_or_else(|| empty_body(id));
        if json {
            body = blocks_from_json(body, &UNIT);
        }
        let free_form = path.file_name().is_some_and(|name| name == VALUES_FILE || name == STACK_FILE);
        let checked = faults.is_empty() && !free_form;
        let schema = if path.file_name().is_some_and(|name| name == ESTATE_FILE) { &ESTATE } else { &UNIT };
        let mut schema_faults = if checked { super::schema::check(&body, schema) } else { Vec::new() };
        let has_faulty_dependency =
            !schema_faults.is_empty() && is_dependency_at_fault(&body, &schema_faults);
        let found = schema_faults.len();
        if checked && text.contains("dependency.") {
            super::lint::check_outputs(&body, &mut schema_faults);
        }
        let misuses_outputs = schema_faults.len() > found;
        let locals = body.blocks_of("locals").next().map(index_of).unwrap_or_default();
        let path = path.to_path_buf();
        File { path, id, body, faults, schema_faults, has_faulty_dependency, misuses_outputs, locals }
    }
}

fn is_dependency_at_fault(body: &Body, faults: &[Diagnostic]) -> bool {
    let places = || faults.iter().filter_map(|fault| fault.primary.as_ref()).map(|label| label.span);
    let mut blocks = body.blocks_of("dependency");
    blocks.any(|block| {
        places().any(|place| block.header.start <= place.start && place.end <= block.body.span.end)
    })
}

fn empty_body(id: FileId) -> Body {
    Body { attributes: Vec::new(), blocks: Vec::new(), span: Span::new(id, 0, 0) }
}

fn index_of(block: &Block) -> HashMap<Arc<str>, usize> {
    let names = block.body.attributes.iter().enumerate();
    names.map(|(index, attribute)| (attribute.name.name.clone(), index)).collect()
}

/// In JSON only the schema tells blocks from attributes. `remote_state` and `generate` may be both: they stay
/// attributes, which mean the same.
fn blocks_from_json(body: Body, schema: &BlockSchema) -> Body {
    let mut out = Body { attributes: Vec::new(), blocks: body.blocks, span: body.span };
    for attribute in body.attributes {
        let name = attribute.name.name.clone();
        let inner = schema.blocks.iter().find(|inner| inner.kind == &*name);
        let as_attribute = matches!(&*name, "remote_state" | "generate") && schema.kind == UNIT.kind;
        match inner.filter(|_| !as_attribute) {
            None => out.attributes.push(attribute),
            Some(inner) => out.blocks.extend(json_blocks_of(&attribute, inner)),
        }
    }
    out
}

fn json_blocks_of(attribute: &Attribute, schema: &BlockSchema) -> Vec<Block> {
    let labels = match schema.labels {
        Labels::None => 0,
        Labels::One => 1,
        Labels::AtMostOne => usize::from(!has_member(attribute, schema.required)),
    };
    let blocks = parse::json_blocks(attribute, labels);
    blocks.into_iter().map(|block| Block { body: blocks_from_json(block.body, schema), ..block }).collect()
}

/// Whether the object itself carries one of these members, so that it is the block and not a map of labels.
fn has_member(attribute: &Attribute, members: &[&str]) -> bool {
    let ExprKind::Object(items) = &attribute.expr.kind else { return false };
    items.iter().any(|item| {
        let literal = match &item.key {
            ObjectKey::Bare(name) => &*name.name,
            ObjectKey::Expr(key) => match &key.kind {
                ExprKind::String(text) => text,
                _ => return false,
            },
        };
        members.contains(&literal) && !matches!(item.value.kind, ExprKind::Object(_))
    })
}
