//! A module with all that it calls: local modules by their path, others where terraform put them when it fetched them.

use super::fetched::Fetched;
use super::file::ModuleCall;
use super::memo::{Generated, Modules};
use super::merge::Module;
use super::names::Dialect;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::host::fs;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Calls deeper than this are a circle that links on the disk hide.
const DEEPEST: usize = 30;

/// Where a tree starts.
#[derive(Clone, Copy, Debug)]
pub struct Root<'a> {
    /// Absolute and clean.
    pub dir: &'a Path,
    pub dialect: Dialect,
    /// Files that will be laid into the root's folder.
    pub generated: &'a [Generated],
    /// What the last `init` fetched.
    pub fetched: Option<&'a Fetched>,
}

/// A call, by the index of the calling node and of the call in its module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub node: usize,
    pub call: usize,
}

/// One folder of a tree; each folder stands once, by the first way that leads there.
#[derive(Clone, Debug)]
pub struct Node {
    pub module: Arc<Module>,
    /// The names of the calls that lead here, as terraform writes them: `vpc.subnets`; empty for the root.
    pub key: String,
    /// `None` for the root.
    pub called_by: Option<Step>,
    /// Whether it lies where terraform put it, so that nobody mends it there.
    pub is_fetched: bool,
}

/// Why nothing is known of a called module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    NotFetched,
    /// What was fetched has another source or version than the code wants now.
    OtherFetched,
    /// Its source is no plain text.
    Computed,
    /// It has no source.
    NoSource,
    TooDeep,
}

/// A call that leads to nothing that can be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unchecked {
    pub at: Step,
    pub why: Why,
}

/// A module and the modules below it.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// The root is the first; a caller comes before those that it calls.
    pub nodes: Vec<Node>,
    pub unchecked: Vec<Unchecked>,
    /// Of the calls; those of files are in their modules.
    pub faults: Diagnostics,
}

impl Tree {
    /// The call of a step.
    #[must_use]
    pub fn call(&self, step: Step) -> Option<&ModuleCall> {
        self.nodes.get(step.node)?.module.calls.get(step.call)
    }

    /// Whether every module was found and understood.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.unchecked.is_empty() && self.all_faults().next().is_none()
    }

    /// Every fault of a call or a file.
    pub fn all_faults(&self) -> impl Iterator<Item = &Diagnostic> {
        self.faults.iter().chain(self.nodes.iter().flat_map(|node| &node.module.faults))
    }
}

impl Modules {
    /// The tree below a root.
    #[must_use]
    pub fn tree(&self, root: &Root<'_>) -> Tree {
        let module = self.load_with(root.dir, root.dialect, root.generated);
        let mut growing = Growing { modules: self, root, tree: Tree::default(), seen: HashSet::new() };
        growing.seen.insert(root.dir.to_path_buf());
        growing.tree.nodes.push(Node { module, key: String::new(), called_by: None, is_fetched: false });
        let mut next = 0;
        while next < growing.tree.nodes.len() {
            growing.follow_calls(next);
            next += 1;
        }
        growing.tree
    }
}

struct Growing<'a> {
    modules: &'a Modules,
    root: &'a Root<'a>,
    tree: Tree,
    seen: HashSet<PathBuf>,
}

/// Where a call leads.
enum Lead {
    Local(PathBuf),
    Fetched(PathBuf),
    Nowhere(Why),
}

impl Growing<'_> {
    fn follow_calls(&mut self, node: usize) {
        let caller = self.tree.nodes[node].clone();
        for (index, call) in caller.module.calls.iter().enumerate() {
            let at = Step { node, call: index };
            let key = key_of(&caller.key, &call.name.name);
            let (dir, is_fetched) = match self.lead(&caller, call, &key) {
                Lead::Nowhere(why) => {
                    self.tree.unchecked.push(Unchecked { at, why });
                    continue;
                }
                Lead::Local(dir) => (dir, caller.is_fetched),
                Lead::Fetched(dir) => (dir, true),
            };
            if !self.seen.insert(dir.clone()) {
                continue;
            }
            let module = self.modules.load(&dir, self.root.dialect);
            if module.files.is_empty() {
                self.tree.faults.push(no_code(call, &dir));
                continue;
            }
            self.tree.nodes.push(Node { module, key, called_by: Some(at), is_fetched });
        }
    }

    fn lead(&self, caller: &Node, call: &ModuleCall, key: &str) -> Lead {
        let Some(source) = &call.source else { return Lead::Nowhere(Why::NoSource) };
        if source.text.is_none() {
            return Lead::Nowhere(Why::Computed);
        }
        if key.split('.').count() > DEEPEST {
            return Lead::Nowhere(Why::TooDeep);
        }
        if let Some(path) = call.local_path() {
            return Lead::Local(fs::clean(&caller.module.dir.join(path)));
        }
        match self.root.fetched.and_then(|fetched| fetched.find(key)) {
            None => Lead::Nowhere(Why::NotFetched),
            Some(found) if found.serves(call) => Lead::Fetched(found.dir.clone()),
            Some(_) => Lead::Nowhere(Why::OtherFetched),
        }
    }
}

fn key_of(caller: &str, name: &str) -> String {
    if caller.is_empty() { name.to_owned() } else { format!("{caller}.{name}") }
}

/// A called folder that is not there, or holds nothing that could be called.
fn no_code(call: &ModuleCall, dir: &Path) -> Diagnostic {
    let span = call.source.as_ref().map_or(call.header, |source| source.span);
    let (summary, hint) = if fs::is_dir(dir) {
        (format!("{} holds no code", dir.display()), "a module has at least one `.tf` file")
    } else {
        (
            format!("there is no folder {}", dir.display()),
            "the path starts from the folder of the calling file",
        )
    };
    Diagnostic::error(Code::FileUnreadable, summary)
        .at(span, format!("called by module `{}`", call.name.name))
        .hint(hint)
}
