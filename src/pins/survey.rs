//! What is there: units and stacks with what they pin, the code behind them, their lock files. One pass, in parallel; each
//! file is read once. Judges nothing.

mod laid;
mod module;
mod others;
mod place;
mod unit;

pub use module::{FoundModule, Lack};
pub use others::OtherLock;
pub use place::LockText;
pub use unit::{SurveyedUnit, laid_over};

use super::around::{Around, Asked};
use super::sites::{self, Site};
use crate::config::pinned::{PinnedStack, Written, load_pinned_catalog, load_pinned_stack};
use crate::config::{Session, pinned};
use crate::diag::{Diagnostic, Diagnostics, SourceMap, Span, distinct};
use crate::host::env::parallelism;
use crate::host::parallel::{beside, in_order};
use crate::provider::code::{Counting, Dialect, Modules, Said, Tree};
use crate::provider::needed::{Needs, needs_of};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What to survey.
#[derive(Clone)]
pub struct Places<'a> {
    /// Files of units.
    pub units: &'a [PathBuf],
    /// Folders of stacks.
    pub stacks: &'a [PathBuf],
    /// Which files of code and which lock files count.
    pub counting: Option<Counting>,
    /// Which tool a unit runs.
    pub dialect: &'a (dyn Fn(&ToolTelling<'_>) -> Dialect + Sync),
    /// Whether they are all that there are below the root, or only those that somebody picked.
    pub extent: Extent,
    /// Folders of units that were not picked, with which those that were are compared.
    pub others: &'a [PathBuf],
    /// The files by which they were picked; those of CI among them are looked at.
    pub named: &'a [PathBuf],
}

/// What tells which tool a unit runs.
#[derive(Clone, Copy, Debug)]
pub struct ToolTelling<'a> {
    pub dir: &'a Path,
    /// `terraform_binary`
    pub named: Option<&'a str>,
    /// The tool whose registry its lock file names.
    pub locked: Option<Dialect>,
}

/// How much of an estate is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    #[default]
    All,
    /// What is not among the units may still be needed by others.
    Picked,
}

/// What was found.
#[derive(Debug)]
pub struct Survey {
    /// Names start from here.
    pub root: PathBuf,
    pub extent: Extent,
    pub texts: Arc<SourceMap>,
    pub units: Vec<SurveyedUnit>,
    pub others: Vec<OtherLock>,
    pub stacks: Vec<PinnedStack>,
    pub catalogs: Vec<Catalog>,
    /// The code of all units, each tree once.
    pub trees: Vec<TreeUse>,
    /// Every place that names a source, each once.
    pub sites: Vec<Site>,
    /// The repository, CI, files for version managers.
    pub around: Around,
    /// What could not be looked at, each place once.
    pub gaps: Vec<Gap>,
    pub faults: Diagnostics,
}

/// The catalog of a root configuration.
#[derive(Clone, Debug)]
pub struct Catalog {
    pub path: PathBuf,
    pub urls: Vec<Written>,
}

/// A tree of modules and who runs it.
#[derive(Debug)]
pub struct TreeUse {
    pub tree: Arc<Tree>,
    pub dialect: Dialect,
    /// The providers that it needs.
    pub needs: Needs,
    /// As indices of the survey.
    pub units: Vec<usize>,
}

/// Something that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub file: PathBuf,
    pub span: Option<Span>,
    /// `the source`, `module vpc`
    pub what: String,
    pub why: String,
    /// Those that it concerns, in order.
    pub units: Vec<usize>,
    /// Where it is, if it is no unit's.
    pub dir: PathBuf,
}

/// The trees of a survey while it is made: units with the same code share one.
#[derive(Default)]
pub(super) struct Forest {
    known: Mutex<HashMap<unit::TreeKey, Arc<Tree>>>,
}

impl Forest {
    fn get(&self, key: unit::TreeKey, make: impl FnOnce() -> Tree) -> Arc<Tree> {
        let lock = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tree) = lock().get(&key) {
            return Arc::clone(tree);
        }
        // Two threads may both make it; one of them keeps what the other made.
        let made = Arc::new(make());
        Arc::clone(lock().entry(key).or_insert(made))
    }
}

impl Survey {
    /// Surveys an estate through a session that only reads files.
    #[must_use]
    pub fn of(session: &Session, places: &Places<'_>) -> Self {
        let modules = Modules::new(Arc::clone(&session.files.sources)).counting(places.counting.clone());
        let forest = Forest::default();
        let surveyor = unit::Surveyor { session, places, modules: &modules, forest: &forest };
        let (asked, units) = beside(
            || Asked::of(session, places.units.len()),
            || in_order(places.units, parallelism(), |path| surveyor.survey(path)),
        );
        let mut stacks = in_order(places.stacks, parallelism(), |dir| load_pinned_stack(session, dir));
        let laid = laid::lay_out(session, &stacks);
        let laid_units = in_order(&laid.units, parallelism(), |laid| surveyor.survey_laid(laid));
        stacks.extend(laid.stacks);
        let mut survey = Self {
            root: session.root.clone(),
            extent: places.extent,
            texts: Arc::clone(&session.files.sources),
            units: units.into_iter().chain(laid_units).collect(),
            others: others::read(places.others, places.counting.as_ref()),
            stacks,
            catalogs: Vec::new(),
            trees: Vec::new(),
            sites: Vec::new(),
            around: Around::default(),
            gaps: laid.gaps,
            faults: Vec::new(),
        };
        survey.leave_out_parents();
        survey.gather_trees();
        survey.look_around(session, places.named, asked);
        survey.gather_catalogs(session);
        survey.sites = sites::gather(&survey);
        survey.gather_gaps();
        survey.gather_faults();
        survey
    }

    /// A file that others include is no unit, though it may have the name of one: it has no code of its own.
    fn leave_out_parents(&mut self) {
        let included = self.units.iter().flat_map(|unit| unit.pinned.files.iter().skip(1));
        // Most units include the same few.
        let parents: HashSet<&PathBuf> = included.collect();
        let parents: HashSet<PathBuf> = parents.into_iter().cloned().collect();
        for unit in &mut self.units {
            if unit.pinned.source.is_none() && parents.contains(&unit.pinned.config_path) {
                unit.tree = None;
                unit.gaps.clear();
                unit.pinned.faults.clear();
            }
        }
    }

    fn gather_trees(&mut self) {
        let mut known: HashMap<(*const Tree, Dialect), usize> = HashMap::new();
        for (index, unit) in self.units.iter_mut().enumerate() {
            let Some(tree) = &unit.tree else { continue };
            let at = *known.entry((Arc::as_ptr(tree), unit.dialect)).or_insert_with(|| {
                let (tree, needs) = (Arc::clone(tree), Needs::default());
                self.trees.push(TreeUse { tree, dialect: unit.dialect, needs, units: Vec::new() });
                self.trees.len() - 1
            });
            self.trees[at].units.push(index);
        }
        let needs =
            in_order(&self.trees, parallelism(), |used| needs_of(&used.tree, used.dialect.registry()));
        self.trees.iter_mut().zip(needs).for_each(|(used, needs)| used.needs = needs);
    }

    fn look_around(&mut self, session: &Session, named: &[PathBuf], asked: Asked) {
        let units: Vec<(&Path, &Path)> =
            self.units.iter().map(|unit| (unit.pinned.dir.as_path(), unit.lock_path.as_path())).collect();
        self.around = Around::of(session, &units, (self.extent, named), asked);
    }

    /// The root configurations that units include may have a catalog each.
    fn gather_catalogs(&mut self, session: &Session) {
        let has_catalog = |path: &&PathBuf| {
            session.files.load(path).is_ok_and(|file| file.body.blocks_of("catalog").next().is_some())
        };
        let mut seen: HashSet<&PathBuf> = HashSet::new();
        let files = self.units.iter().flat_map(|unit| &unit.pinned.files);
        let found: BTreeSet<&PathBuf> = files.filter(|path| seen.insert(path)).filter(has_catalog).collect();
        for path in found {
            let (urls, faults) = load_pinned_catalog(session, path);
            self.faults.extend(faults);
            self.catalogs.push(Catalog { path: path.clone(), urls });
        }
    }

    fn gather_gaps(&mut self) {
        let mut gaps = Gaps::default();
        std::mem::take(&mut self.gaps).into_iter().for_each(|gap| gaps.add(gap, &[]));
        for (index, unit) in self.units.iter().enumerate() {
            unit.gaps.iter().for_each(|gap| gaps.add(gap.clone(), &[index]));
        }
        for used in &self.trees {
            tree_gaps(&used.tree).into_iter().for_each(|gap| gaps.add(gap, &used.units));
        }
        for stack in &self.stacks {
            stack_gaps(stack).into_iter().for_each(|gap| gaps.add(gap, &[]));
        }
        for catalog in &self.catalogs {
            let unknown = catalog.urls.iter().filter_map(|url| Some((url.span, url.text.clone().err()?)));
            for (span, why) in unknown {
                gaps.add(Gap::new((&catalog.path, Some(span)), "a URL of the catalog", &why), &[]);
            }
        }
        for unclear in &self.around.ci.unclear {
            let file = self.texts.get(unclear.span.file).map(|file| file.path.clone()).unwrap_or_default();
            gaps.add(Gap::new((&file, Some(unclear.span)), "a reference of CI", &unclear.reason), &[]);
        }
        for gap in &mut gaps.all {
            gap.units.sort_unstable();
            gap.units.dedup();
        }
        self.gaps = gaps.all;
    }

    fn gather_faults(&mut self) {
        let of_units = self.units.iter().flat_map(|unit| &unit.pinned.faults);
        let of_stacks = self.stacks.iter().flat_map(|stack| &stack.faults);
        let of_code = self.trees.iter().flat_map(|used| used.tree.all_faults());
        let all = of_units.chain(of_stacks).chain(of_code).cloned().chain(std::mem::take(&mut self.faults));
        self.faults = distinct(all.filter(Diagnostic::is_error));
    }

    /// How many different modules were looked at.
    #[must_use]
    pub fn module_count(&self) -> usize {
        let nodes = self.trees.iter().flat_map(|used| &used.tree.nodes);
        let with_code = nodes.filter(|node| !node.module.files.is_empty());
        with_code.map(|node| node.module.dir.as_path()).collect::<BTreeSet<_>>().len()
    }

    /// How a path is shown.
    #[must_use]
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

/// Gaps by their place.
#[derive(Default)]
struct Gaps {
    all: Vec<Gap>,
    known: HashMap<(PathBuf, Option<Span>, String), usize>,
}

impl Gaps {
    fn add(&mut self, gap: Gap, units: &[usize]) {
        let key = (gap.file.clone(), gap.span, gap.what.clone());
        let at = *self.known.entry(key).or_insert_with(|| {
            self.all.push(gap);
            self.all.len() - 1
        });
        self.all[at].units.extend(units);
    }
}

impl Gap {
    #[must_use]
    pub fn new((file, span): (&Path, Option<Span>), what: &str, why: &str) -> Self {
        Self {
            file: file.to_path_buf(),
            span,
            what: what.to_owned(),
            why: why.to_owned(),
            units: Vec::new(),
            dir: file.parent().unwrap_or(file).to_path_buf(),
        }
    }
}

fn tree_gaps(tree: &Tree) -> Vec<Gap> {
    use crate::provider::code::Why;
    let told = tree.unchecked.iter().filter_map(|gap| {
        let (call, caller) = (tree.call(gap.at)?, tree.nodes.get(gap.at.node)?);
        let why = match gap.why {
            Why::NotFetched => "it is not fetched; `terrace run init` fetches it",
            Why::OtherFetched => "what is fetched is another source or version; run `init` again",
            Why::Computed => "its source is no plain text",
            Why::NoSource => "it has no source",
            Why::TooDeep => "it is called in a circle",
        };
        let span = call.source.as_ref().map_or(call.header, |source| source.span);
        let what = format!("module {}", call.name.name);
        Some(Gap::new((&caller.module.dir, Some(span)), &what, why))
    });
    told.chain(computed_versions(tree)).collect()
}

/// Versions that are no plain texts, as only OpenTofu allows.
fn computed_versions(tree: &Tree) -> Vec<Gap> {
    let mut found = Vec::new();
    for node in tree.nodes.iter().filter(|node| !node.is_fetched) {
        let mut add = |said: &Option<Said>, what: String| {
            if let Some(said) = said.as_ref().filter(|said| said.text.is_none()) {
                found.push(Gap::new((&node.module.dir, Some(said.span)), &what, "it is no plain text"));
            }
        };
        for call in &node.module.calls {
            add(&call.version, format!("the version of module {}", call.name.name));
        }
        for required in &node.module.required_providers {
            add(&required.source, format!("the source of provider {}", required.name.name));
            add(&required.version, format!("the version of provider {}", required.name.name));
        }
    }
    found
}

fn stack_gaps(stack: &PinnedStack) -> Vec<Gap> {
    let sources = stack.members.iter().filter_map(|member| {
        let source = member.source.as_ref()?;
        let what = format!("the source of {} {}", member.kind.word(), member.name);
        Some(Gap::new((&stack.path, Some(source.span)), &what, source.text.as_ref().err()?))
    });
    let unclear = stack.unclear.iter().map(|fault| pinned_gap(&stack.path, "a part of the stack", fault));
    sources.chain(unclear).collect()
}

/// What a diagnostic says is not known.
fn pinned_gap(path: &Path, what: &str, fault: &Diagnostic) -> Gap {
    Gap::new((path, fault.primary.as_ref().map(|label| label.span)), what, &fault.summary)
}

/// The members of a unit that may be unknown, with their names.
fn members(unit: &pinned::PinnedUnit) -> impl Iterator<Item = (&'static str, &Written)> {
    let named = [
        ("the source", &unit.source),
        ("terraform.version", &unit.version),
        ("terraform_version_constraint", &unit.terraform_version_constraint),
        ("terragrunt_version_constraint", &unit.terragrunt_version_constraint),
        ("terraform_binary", &unit.terraform_binary),
    ];
    let named = named.into_iter().filter_map(|(name, member)| Some((name, member.as_ref()?)));
    named.chain(unit.generated.iter().map(|file| ("a generated file", &file.contents)))
}
