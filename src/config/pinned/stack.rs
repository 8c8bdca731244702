//! What a stack file pins: the sources of its units and stacks.

use super::laid::Laid;
use super::{Written, is_unclear, written_as};
use crate::config::evaluation::Evaluation;
use crate::config::session::Session;
use crate::config::stack::{self, MemberExpr};
use crate::diag::{Diagnostic, Diagnostics};
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
    let place = (stack_dir.to_path_buf(), stack_dir.join(stack::STACK_FILE));
    gather(stack::open(session, stack_dir), place)
}

/// The same of a stack file that an outer stack will lay somewhere.
#[must_use]
pub fn load_laid_stack(session: &Session, laid: &Laid) -> PinnedStack {
    gather(super::laid::open(session, laid), (laid.dir.clone(), laid.file.clone()))
}

fn gather(opened: Result<Evaluation<'_>, Diagnostics>, (dir, path): (PathBuf, PathBuf)) -> PinnedStack {
    let mut found = PinnedStack { dir, path, ..PinnedStack::default() };
    let evaluation = match opened {
        Ok(evaluation) => evaluation,
        Err(faults) => return PinnedStack { faults, ..found },
    };
    let faults = stack::visit_members(&evaluation, &mut |member: MemberExpr<'_>| {
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
    (found.unclear, found.faults) = faults.into_iter().filter(Diagnostic::is_error).partition(is_unclear);
    found
}
