//! The units of stacks that are not generated yet, found where they come from: a stack is checked in a fresh checkout too.

use super::Gap;
use crate::config::pinned::{Laid, PinnedMember, PinnedStack, load_laid_stack};
use crate::config::stack::STACK_FILE;
use crate::config::{Session, UNIT_FILE};
use crate::graph::unit::Kind;
use crate::host::fs;
use crate::source::parse_source;
use std::path::{Path, PathBuf};

/// Stacks within stacks beyond this are one that generates itself.
const DEEPEST: usize = 16;

/// What stacks ask for that is not on the disk.
#[derive(Default)]
pub(super) struct LaidOut {
    pub units: Vec<Laid>,
    /// Stacks of stacks.
    pub stacks: Vec<PinnedStack>,
    pub gaps: Vec<Gap>,
}

/// Follows the members of stacks to where their files are now.
pub(super) fn lay_out(session: &Session, stacks: &[PinnedStack]) -> LaidOut {
    let mut out = LaidOut::default();
    stacks.iter().for_each(|stack| out.follow(session, stack, 0));
    out
}

impl LaidOut {
    fn follow(&mut self, session: &Session, stack: &PinnedStack, depth: usize) {
        for member in &stack.members {
            let name = match member.kind {
                Kind::Unit => UNIT_FILE,
                Kind::Stack => STACK_FILE,
            };
            if fs::is_file(&member.dir.join(name)) {
                continue;
            }
            let Some(source) = &member.source else { continue };
            // A source that is not known is told already.
            let Some(text) = source.as_text() else { continue };
            match find(text, &stack.dir, name) {
                Some(file) if depth < DEEPEST => self.lay(session, (member, file), depth),
                _ => {
                    let what = format!("{} {} of the stack", member.kind.word(), member.name);
                    let why = "it is not generated; `terrace stack generate` does it";
                    self.gaps.push(Gap::new((&stack.path, Some(source.span)), &what, why));
                }
            }
        }
    }

    fn lay(&mut self, session: &Session, (member, file): (&PinnedMember, PathBuf), depth: usize) {
        let laid = Laid { file, dir: member.dir.clone(), values: member.values.clone() };
        match member.kind {
            Kind::Unit => self.units.push(laid),
            Kind::Stack => {
                let inner = load_laid_stack(session, &laid);
                self.follow(session, &inner, depth + 1);
                self.stacks.push(inner);
            }
        }
    }
}

/// The file behind a source, if that is a folder here.
fn find(source: &str, base: &Path, name: &str) -> Option<PathBuf> {
    let base = fs::canonicalize(base).unwrap_or_else(|_| base.to_path_buf());
    let file = fs::clean(&parse_source(source, &base).ok()?.module_dir()?).join(name);
    fs::is_file(&file).then_some(file)
}
