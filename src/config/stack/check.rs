//! Faults of a stack file that show without evaluating, and those of names and paths taken together.

use super::placed::PlacedBlock;
use crate::config::evaluation::fault_at;
use crate::config::file::File;
use crate::config::schema::{self, Attributes, BlockSchema, Labels};
use crate::diag::{Code, Diagnostic, Diagnostics, Span, closest};
use crate::hcl::ast::{Block, Body};
use std::path::Path;

const MEMBER: BlockSchema = BlockSchema {
    labels: Labels::One,
    attributes: Attributes::These(&[
        "source",
        "path",
        "values",
        "no_dot_terragrunt_stack",
        "no_validation",
        "update_source_with_cas",
        "mutable",
        "enabled",
    ]),
    required: &["source", "path"],
    blocks: &[
        BlockSchema { kind: "autoinclude", single: true, ..schema::BLOCK },
        BlockSchema {
            kind: "expansion",
            attributes: Attributes::These(&["count", "for_each"]),
            single: true,
            ..schema::BLOCK
        },
    ],
    ..schema::BLOCK
};

/// The whole stack file.
const STACK: BlockSchema = BlockSchema {
    kind: "stack file",
    blocks: &[
        BlockSchema {
            kind: "include",
            labels: Labels::AtMostOne,
            attributes: Attributes::These(&["path"]),
            required: &["path"],
            ..schema::BLOCK
        },
        BlockSchema { kind: "locals", attributes: Attributes::Any, single: true, ..schema::BLOCK },
        BlockSchema { kind: "unit", ..MEMBER },
        BlockSchema { kind: "stack", ..MEMBER },
    ],
    ..schema::BLOCK
};

/// Unknown, missing and repeated members. What a unit or stack block has too much is a warning, as existing files
/// may have it and it does no harm.
pub(super) fn members(file: &File) -> Diagnostics {
    let mut faults = Vec::new();
    let body = Body {
        attributes: file.body.attributes.clone(),
        blocks: file.body.blocks.iter().map(|block| known_part(block, &mut faults)).collect(),
        span: file.body.span,
    };
    faults.extend(schema::check(&body, &STACK));
    faults
}

/// A block without what is looked at elsewhere, or only warned about.
fn known_part(block: &Block, warnings: &mut Diagnostics) -> Block {
    let is_member = matches!(&*block.kind.name, "unit" | "stack");
    if !is_member {
        return block.clone();
    }
    let mut known = block.clone();
    let Attributes::These(names) = MEMBER.attributes else { return known };
    known.body.attributes.retain(|attribute| {
        let is_known = names.contains(&&*attribute.name.name);
        if !is_known {
            warnings.push(ignored(&attribute.name.name, attribute.name.span, names));
        }
        is_known
    });
    known.body.blocks.retain_mut(|inner| {
        let is_known = MEMBER.blocks.iter().any(|schema| schema.kind == &*inner.kind.name);
        if !is_known {
            warnings.push(ignored(&inner.kind.name, inner.kind.span, names));
        }
        if &*inner.kind.name == "autoinclude" {
            inner.body.attributes.clear();
            inner.body.blocks.clear();
        }
        is_known
    });
    known
}

fn ignored(name: &str, span: Span, names: &[&str]) -> Diagnostic {
    let fault = Diagnostic::warning(Code::UnknownArgument, format!("`{name}` says nothing here"))
        .at(span, "not read");
    match closest(name, names.iter().copied().chain(MEMBER.blocks.iter().map(|block| block.kind))) {
        Some(near) => fault.hint(format!("did you mean `{near}`?")),
        None => fault.hint("remove it"),
    }
}

/// A stack file without any unit or stack.
pub(super) fn empty(file: &File) -> Diagnostic {
    let span = Span { end: file.body.span.start, ..file.body.span };
    fault_at(Code::EmptyStack, span, "this stack file declares no unit and no stack")
        .hint("declare one: `unit \"name\" { source = \"…\" path = \"…\" }`")
}

/// Two blocks of one name and kind, and two that go to one folder.
pub(super) fn names_and_paths(stack_dir: &Path, placed: &[PlacedBlock<'_>], faults: &mut Diagnostics) {
    for (index, one) in placed.iter().enumerate() {
        let earlier = &placed[..index];
        if let Some(other) = earlier.iter().find(|other| other.kind == one.kind && other.name == one.name) {
            let word = one.kind.word();
            let fault = Diagnostic::error(Code::StackNameTaken, format!("a second {word} \"{}\"", one.name))
                .at(one.block.header, "this name is taken")
                .label(other.block.header, "the first one is here");
            faults.push(
                fault.hint(format!(
                    "give each {word} of a stack, those of its includes too, a name of its own"
                )),
            );
        } else if let Some(other) = earlier.iter().find(|other| other.dir == one.dir) {
            let at = crate::host::fs::relative(stack_dir, &one.dir);
            let fault = Diagnostic::error(
                Code::StackPathTaken,
                format!(
                    "{} \"{}\" and {} \"{}\" both go to {}",
                    other.kind.word(),
                    other.name,
                    one.kind.word(),
                    one.name,
                    at.display()
                ),
            )
            .at(one.path_span, "this folder is taken")
            .label(other.path_span, "by this one");
            faults.push(fault.hint("give each a `path` of its own"));
        }
    }
}
