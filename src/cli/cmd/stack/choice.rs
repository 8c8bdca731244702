//! Which stack files are generated: only filters that speak of stacks alone choose among them, by place, by what they
//! read, by what changed between git references. The others choose units, whichever stack makes them.

use super::note;
use crate::cli::args::LogLevel;
use crate::cli::cmd::pick;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::config::stack::reads_of;
use crate::graph::dag::Links;
use crate::graph::discover::STACK_FILE;
use crate::graph::filter::{self, Candidates, Changed, Filter};
use crate::graph::unit::{Component, Components, Kind, Place, UnitId};
use crate::host::fs;
use crate::stacks::Done;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// What the filters make of stack files.
pub(super) struct Choice<'a> {
    context: &'a Context,
    filters: Vec<Filter>,
    changed: HashMap<Changed, BTreeSet<PathBuf>>,
}

impl<'a> Choice<'a> {
    /// # Errors
    /// A filter that cannot be understood; git cannot say what changed.
    pub(super) fn of(context: &'a Context) -> Result<Self, Failure> {
        let all = pick::filters(context)?;
        tip_on_targets(context, &all);
        let filters: Vec<Filter> = all.into_iter().filter(Filter::is_of_stacks).collect();
        let changed = pick::changed_here(context, &filters)?;
        Ok(Self { context, filters, changed })
    }

    /// Why nothing was generated.
    pub(super) fn why_none(&self) -> String {
        let root = self.context.session.root.display();
        match self.filters.is_empty() {
            true => format!("there is no stack file below {root}: nothing is generated"),
            false => format!("the filters choose no stack below {root}: nothing is generated"),
        }
    }

    pub(super) fn among(&self, dirs: Vec<PathBuf>) -> Vec<PathBuf> {
        if self.filters.is_empty() {
            return dirs;
        }
        let components: Components = dirs.into_iter().map(|dir| self.stack(dir)).collect();
        let changed =
            self.changed.iter().map(|(range, places)| (range.clone(), changed(&components, places)));
        let (links, changed) = (Links::default(), changed.collect());
        let roots = std::slice::from_ref(&self.context.session.root);
        let candidates = Candidates { components: &components, links: &links, roots, changed: &changed };
        let chosen = filter::evaluate(&self.filters.iter().collect::<Vec<_>>(), &candidates);
        chosen.into_iter().map(|id| components.path(id).to_path_buf()).collect()
    }

    fn stack(&self, path: PathBuf) -> Component {
        let is_asked = filter::needs(&self.filters).reading;
        let reads = if is_asked { reads_of(&self.context.session, &path) } else { Vec::new() };
        let reading = reads.iter().map(|read| read.as_path().into()).collect();
        Component { kind: Kind::Stack, path, place: Place::Inside, reading, source: None }
    }

    /// Those that another stack generated and the filters left out.
    pub(super) fn tip_on_nested(&self, done: &Done) {
        let Some(first) = done.nested_left_out.first() else { return };
        let name = fs::relative(&self.context.session.root, first);
        let text = format!(
            "the filters leave out {}, which another stack generated; a filter such as './live/** | type=stack' takes it along",
            name.display()
        );
        tip(self.context, "stack-filter-nested-not-generated", &text);
    }
}

/// The stacks that changed, and those that are made anew with them.
fn changed(stacks: &Components, places: &BTreeSet<PathBuf>) -> Vec<UnitId> {
    let has_changed = |path: &Path| path.ancestors().any(|above| places.contains(above));
    stacks.iter().filter(|(_, stack)| has_changed(&stack.path)).map(|(id, _)| id).collect()
}

/// A filter that names the folder of a stack file chooses what is a component there, not what the stack generates.
fn tip_on_targets(context: &Context, filters: &[Filter]) {
    let root = &context.session.root;
    let names_stack = |filter: &&Filter| {
        let mut paths = filter.untyped_paths().into_iter().filter_map(|path| path.glob.exact());
        paths.any(|path| fs::is_file(&root.join(path).join(STACK_FILE)))
    };
    let Some(filter) = filters.iter().find(names_stack) else { return };
    let text = format!(
        "'{0}' names a stack, and does not keep the others from being generated; '{0} | type=stack' does",
        filter.text
    );
    tip(context, "stack-target-missing-type-stack", &text);
}

fn tip(context: &Context, name: &str, text: &str) {
    if !context.settings.muted_tips.has(name) {
        note(context, LogLevel::Info, text);
    }
}
