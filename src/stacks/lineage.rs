//! Which stack came from which: a stack that has itself as a source would go on for ever. Looks at addresses and
//! values, opens nothing.

use crate::config::stack::{Generated, Stack};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::graph::unit::Kind;
use crate::hcl::Value;
use crate::host::fs;
use crate::source::parse_source;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Where the generated stacks of a command came from.
#[derive(Debug, Default)]
pub(super) struct Lineage {
    origins: HashMap<PathBuf, Origin>,
}

/// What a stack was generated from. The same source with the same values says the same again.
#[derive(Clone, Debug, PartialEq)]
struct Origin {
    source: String,
    values: Option<Value>,
    /// The folder of the stack file that asked for it.
    asked_by: PathBuf,
}

impl Lineage {
    /// Refuses a stack whose members would contain themselves, or be generated again and again.
    ///
    /// # Errors
    /// One fault for each such member.
    pub fn check(&mut self, stack: Stack) -> Result<Stack, Diagnostics> {
        let here = fs::canonicalize(&stack.dir).unwrap_or_else(|_| stack.dir.clone());
        let mut faults = Diagnostics::new();
        for member in &stack.members {
            let Ok(source) = parse_source(&member.source.value, &here) else { continue };
            if source.module_dir().is_some_and(|folder| contains(&folder, &here)) {
                faults.push(contains_itself(member));
                continue;
            }
            let origin = Origin {
                source: source.to_string(),
                values: member.values.clone(),
                asked_by: stack.dir.clone(),
            };
            if member.kind == Kind::Stack && self.repeats(&origin) {
                faults.push(generates_itself(member));
            }
            self.origins.insert(member.dir.clone(), origin);
        }
        if faults.is_empty() { Ok(stack) } else { Err(faults) }
    }

    /// Whether a stack around this one came from the same.
    fn repeats(&self, origin: &Origin) -> bool {
        let mut at = &origin.asked_by;
        while let Some(outer) = self.origins.get(at) {
            if outer.source == origin.source && outer.values == origin.values {
                return true;
            }
            at = &outer.asked_by;
        }
        false
    }
}

fn contains(folder: &Path, inside: &Path) -> bool {
    inside.starts_with(fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf()))
}

fn contains_itself(member: &Generated) -> Diagnostic {
    Diagnostic::error(
        Code::EndlessStack,
        format!("{} \"{}\" would contain itself", member.kind.word(), member.name),
    )
    .at(member.source.span, "this source holds the folder that it would be copied to")
    .hint("name a folder that lies elsewhere")
}

fn generates_itself(member: &Generated) -> Diagnostic {
    Diagnostic::error(
        Code::EndlessStack,
        format!("stack \"{}\" generates itself without an end", member.name),
    )
    .at(member.source.span, "a stack around this one comes from the same source with the same values")
    .hint("remove this block, or give it another source")
}
