//! What a stack file means: which units and stacks it declares, where they go, what they are handed. Text in, data
//! out; writing the folders is the room `stacks`.

mod autoinclude;
mod check;
mod decode;
mod object;
mod placed;
mod rewrite;
mod scope;
mod visit;

pub use decode::load_stack;
pub(super) use object::object;
pub(super) use visit::{MemberExpr, visit_members};

use super::evaluation::{Evaluation, Place, Stage};
use super::session::{Credentials, Session};
use super::unit::Placed;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::graph::unit::Kind;
use crate::hcl::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What makes a folder a stack.
pub const STACK_FILE: &str = "terragrunt.stack.hcl";

/// The folder below a stack that its units are generated into.
pub const GENERATED: &str = ".terragrunt-stack";

/// What a stack adds to a unit that it generates; merged over the unit file.
pub const AUTOINCLUDE_FILE: &str = "terragrunt.autoinclude.hcl";

/// What a stack adds to a stack that it generates.
pub const STACK_AUTOINCLUDE_FILE: &str = "terragrunt.autoinclude.stack.hcl";

/// One unit or stack that a stack file asks for.
#[derive(Clone, Debug)]
pub struct Generated {
    pub kind: Kind,
    /// The label; with the key behind it, `name[key]`, where the block is expanded.
    pub name: Arc<str>,
    /// As written, relative to the folder of the stack file.
    pub source: Placed<String>,
    /// Where it goes; absolute and clean.
    pub dir: PathBuf,
    /// An object; `None` where nothing is handed on.
    pub values: Option<Value>,
    /// Whether it must turn out to hold the file that its kind needs.
    pub is_checked: bool,
    /// The text of the file that is laid beside it.
    pub autoinclude: Option<String>,
    /// The head of its block.
    pub span: Span,
}

impl Generated {
    /// The name of the file that makes it what it is.
    #[must_use]
    pub fn file_name(&self) -> &'static str {
        match self.kind {
            Kind::Unit => super::session::UNIT_FILE,
            Kind::Stack => STACK_FILE,
        }
    }

    /// The name of the file that its `autoinclude` block becomes.
    #[must_use]
    pub fn autoinclude_name(&self) -> &'static str {
        match self.kind {
            Kind::Unit => AUTOINCLUDE_FILE,
            Kind::Stack => STACK_AUTOINCLUDE_FILE,
        }
    }
}

/// A stack file, understood.
#[derive(Clone, Debug)]
pub struct Stack {
    /// The folder of the stack file.
    pub dir: PathBuf,
    pub path: PathBuf,
    /// In order of declaration.
    pub members: Vec<Generated>,
    pub warnings: Diagnostics,
}

/// Where a member of a stack is, or will be once it is generated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackMember {
    pub kind: Kind,
    pub name: Arc<str>,
    pub dir: PathBuf,
}

/// The units and stacks that the stack in a folder declares, as far as their paths can be worked out.
#[must_use]
pub fn members_of(session: &Session, stack_dir: &Path) -> Vec<StackMember> {
    decode::places_of(session, stack_dir)
}

/// The units that the stack in a folder declares, and those of its stacks as far as they are generated.
#[must_use]
pub fn units_of(session: &Session, stack_dir: &Path) -> Vec<StackMember> {
    let (mut units, mut stacks) = (Vec::new(), vec![stack_dir.to_path_buf()]);
    let mut seen = std::collections::HashSet::new();
    while let Some(dir) = stacks.pop() {
        if !seen.insert(dir.clone()) {
            continue;
        }
        for member in members_of(session, &dir) {
            match member.kind {
                Kind::Unit => units.push(member),
                Kind::Stack => stacks.push(member.dir),
            }
        }
    }
    units
}

/// The files that went into what a stack file says, beside itself.
#[must_use]
pub fn reads_of(session: &Session, stack_dir: &Path) -> Vec<PathBuf> {
    decode::reads_of(session, stack_dir)
}

/// Every fault of the stack file in a folder, warnings among them.
#[must_use]
pub fn check_stack(session: &Session, stack_dir: &Path) -> Diagnostics {
    match load_stack(session, stack_dir) {
        Ok(stack) => stack.warnings,
        Err(faults) => faults,
    }
}

/// Opens a stack file for evaluation.
pub(super) fn open<'s>(session: &'s Session, stack_dir: &Path) -> Result<Evaluation<'s>, Diagnostics> {
    let file = session.files.load(&stack_dir.join(STACK_FILE)).map_err(|fault| vec![*fault])?;
    if !file.is_sound() {
        return Err(file.faults.iter().filter(|fault| Diagnostic::is_error(fault)).cloned().collect());
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
    Ok(Evaluation::of_file(session, file, place))
}
