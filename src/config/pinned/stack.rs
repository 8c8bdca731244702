//! What a stack file pins: the sources of its units and stacks.

use super::{Written, written_as};
use crate::config::session::Session;
use crate::config::stack::{self, MemberExpr};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::graph::unit::Kind;
use crate::hcl::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A unit or stack that a stack file asks for.
#[derive(Clone, Debug)]
pub struct PinnedMember {
    pub kind: Kind,
    pub name: Arc<str>,
    /// Where it goes, or went; absolute and clean.
    pub dir: PathBuf,
    pub source: Option<Written>,
    /// What it is handed, as far as that is known.
    pub values: Option<Value>,
}

/// What a stack file pins.
#[derive(Clone, Debug, Default)]
pub struct PinnedStack {
    pub dir: PathBuf,
    pub path: PathBuf,
    pub members: Vec<PinnedMember>,
    /// Why some of it is not known, with the place.
    pub unclear: Diagnostics,
    pub faults: Diagnostics,
}

/// Loads what the stack in a folder pins. Never fails: faults are part of the answer.
#[must_use]
pub fn load_pinned_stack(session: &Session, stack_dir: &Path) -> PinnedStack {
    let mut found = PinnedStack {
        dir: stack_dir.to_path_buf(),
        path: stack_dir.join(stack::STACK_FILE),
        ..PinnedStack::default()
    };
    let faults = stack::visit_members(session, stack_dir, &mut |member: MemberExpr<'_>| {
        let source = member.source.and_then(|expr| {
            let mut written = written_as(member.layer, expr, (member.eval)(expr))?;
            written.frames.extend(member.included.clone());
            Some(written)
        });
        found.members.push(PinnedMember {
            kind: member.kind,
            name: member.name.clone(),
            dir: member.dir.to_path_buf(),
            source,
            values: member.values.and_then(|expr| (member.eval)(expr).ok()),
        });
    });
    (found.unclear, found.faults) =
        faults.into_iter().filter(Diagnostic::is_error).partition(|fault| fault.code == Code::NeededEarlier);
    found
}
