//! Which components a command works on: discovers, and lets the filters choose among what is there and among what
//! changed between git references.

use super::stack;
use super::touched::{self, Commit};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, Warning};
use crate::config::FactsDepth;
use crate::diag::Code;
use crate::estate::{Affected, Compared, Estate, Side, Wanted};
use crate::graph::changes::{ChangedFile, Generated};
use crate::graph::filter::{self, Candidates, Changed, Filter};
use crate::graph::unit::{Place, UnitId};
use crate::host::fs;
use crate::source::repository::{FileChange, Repository, RepositoryError};
use crate::source::worktree::{Worktree, Worktrees};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// The experiment that bounds the search for neighbours.
const BOUNDED: &str = "bounded-discovery";

/// What was found, and what the filters chose of it.
pub(super) struct Picked {
    pub estate: Estate,
    /// Sorted by path.
    pub units: Vec<UnitId>,
    pub changes: Option<Changes>,
    /// With `--files`: what git says of the commit.
    pub commit: Option<Commit>,
}

/// What a selection between git references leaves behind. Its folders are gone when it is dropped.
pub(super) struct Changes {
    pub worktrees: Worktrees,
    /// The reference that a unit was taken from.
    pub references: HashMap<UnitId, String>,
    /// Those that the newer version does not have any more.
    pub removed: BTreeSet<UnitId>,
}

/// The filters of the command line and its files.
///
/// # Errors
/// The first that cannot be understood, with the guilty column; no repository for `--filter-affected`.
pub(super) fn filters(context: &Context) -> Result<Vec<Filter>, Failure> {
    let selection = &context.settings.selection;
    let mut filters = Vec::with_capacity(selection.queries.len() + 1);
    if selection.affected {
        filters.push(affected(context)?);
    }
    for query in &selection.queries {
        filters.push(query.parse().map_err(|error| {
            let text = format!("the filter of {} cannot be understood\n{}", query.origin, error.render());
            Failure::usage(text).coded(Code::FilterSyntax)
        })?);
    }
    bounded(context, filters)
}

/// `--discovery-boundary` and `(dir)`.
fn bounded(context: &Context, filters: Vec<Filter>) -> Result<Vec<Filter>, Failure> {
    let boundary = context.settings.selection.boundary.as_ref();
    let own = filters.iter().find(|filter| filter.has_boundary());
    if !context.session.invoked.has_experiment(BOUNDED) && (boundary.is_some() || own.is_some()) {
        let what = own
            .map_or("--discovery-boundary".to_owned(), |filter| format!("the '(dir)' of '{}'", filter.text));
        return Err(Failure::usage(format!("{what} belongs to the experiment `{BOUNDED}`"))
            .coded(Code::IsExperiment)
            .hint(format!("turn it on with --experiment {BOUNDED}")));
    }
    let Some(boundary) = boundary else { return Ok(filters) };
    if !fs::is_dir(boundary) {
        return Err(Failure::usage(format!("--discovery-boundary: {} is no folder", boundary.display()))
            .coded(Code::WrongValue)
            .hint("it is relative to the working folder"));
    }
    let boundary = fs::canonicalize(boundary).unwrap_or_else(|_| boundary.clone());
    let root = &context.session.root;
    let real = fs::canonicalize(root).unwrap_or_else(|_| root.clone());
    let boundary = real.strip_prefix(&boundary).map_or(boundary.clone(), |below| {
        root.ancestors().nth(below.components().count()).map_or(boundary.clone(), Path::to_path_buf)
    });
    let looks_up = |filter: &&Filter| filter::needs([*filter]).outside_dependents && !filter.has_boundary();
    if let Some(filter) = filters.iter().find(looks_up).filter(|_| !root.starts_with(&boundary)) {
        let text = format!(
            "--discovery-boundary {} does not hold the working folder, and '{}' looks for dependents from there",
            boundary.display(),
            filter.text
        );
        return Err(Failure::usage(text)
            .coded(Code::WrongValue)
            .hint("name the working folder or one above it"));
    }
    Ok(filters.into_iter().map(|filter| filter.bounded_by(&boundary)).collect())
}

/// `--filter-affected`: what HEAD changed since it left the default branch.
fn affected(context: &Context) -> Result<Filter, Failure> {
    let repository = repository(context)?;
    if repository.is_dirty() {
        let warning = Warning::new("--filter-affected does not see what is not committed yet");
        context.warn_of(&warning.hint("only what HEAD has counts; commit first, or name the units"));
    }
    let text = format!("[{}...HEAD]", repository.default_branch());
    filter::parse_filter(&text).map_err(|error| Failure::usage(error.render()))
}

/// Discovers and chooses. Without filters, everything inside the working root is chosen; with `--files`, what a commit
/// touches of that.
///
/// # Errors
/// When git cannot say what changed.
pub(super) fn pick(context: &Context, filters: &[Filter], wanted: &Wanted) -> Result<Picked, Failure> {
    match touched::commit(context)? {
        Some(commit) => commit.pick(context, filters, wanted),
        None => pick_by_filters(context, filters, wanted),
    }
}

/// The same whatever is touched.
///
/// # Errors
/// When git cannot say what changed.
pub(super) fn pick_by_filters(
    context: &Context,
    filters: &[Filter],
    wanted: &Wanted,
) -> Result<Picked, Failure> {
    let ranges = ranges(filters);
    if ranges.is_empty() {
        let estate = Estate::discover(&context.session, wanted);
        let units = choose(&estate, &filters.iter().collect::<Vec<_>>(), &HashMap::new());
        return Ok(Picked { estate, units, changes: None, commit: None });
    }
    let (worktrees, affected) = compare(context, &ranges, wanted.depth)?;
    Ok(unite(context, (filters, wanted), (worktrees, affected)))
}

/// So many units are looked at one by one; for more, the whole estate is loaded at once.
pub(super) const FEW: usize = 16;

/// As [`pick`], for those who need no edges: where the filters ask for no more than paths and choose few units, only
/// those are loaded, so that an editor can ask for one unit of a large estate.
///
/// # Errors
/// When git cannot say what changed.
pub(super) fn pick_alone(context: &Context, filters: &[Filter], wanted: &Wanted) -> Result<Picked, Failure> {
    if let Some(depth) = wanted.depth
        && context.settings.files.is_none()
        && !filters.is_empty()
        && filter::needs(filters) == filter::Needs::default()
    {
        let mut estate = Estate::discover(&context.session, &Wanted { depth: None, ..wanted.clone() });
        let units = choose(&estate, &filters.iter().collect::<Vec<_>>(), &HashMap::new());
        if units.len() <= FEW {
            estate.load(&context.session, &units, depth);
            return Ok(Picked { estate, units, changes: None, commit: None });
        }
    }
    pick(context, filters, wanted)
}

/// Where what changed lies in the working folder, by pair of references.
///
/// # Errors
/// When git cannot say what changed.
pub(super) fn changed_here(
    context: &Context,
    filters: &[Filter],
) -> Result<HashMap<Changed, BTreeSet<PathBuf>>, Failure> {
    let ranges = ranges(filters);
    if ranges.is_empty() {
        return Ok(HashMap::new());
    }
    let (worktrees, affected) = compare(context, &ranges, None)?;
    let root = &context.session.root;
    let below = below(root, worktrees.repository().root());
    let here = |place: &PathBuf| Some(fs::clean(&root.join(place.strip_prefix(below.as_ref()?).ok()?)));
    let all = affected.changed_places().into_iter();
    Ok(all.map(|(range, places)| (range.clone(), places.iter().filter_map(here).collect())).collect())
}

/// Each pair of references once.
fn ranges(filters: &[Filter]) -> Vec<&Changed> {
    let mut ranges: Vec<&Changed> = Vec::new();
    for range in filters.iter().flat_map(Filter::ranges) {
        if !ranges.contains(&range) {
            ranges.push(range);
        }
    }
    ranges
}

/// What the stacks of each work tree generate, by its folder.
type InWorktrees = HashMap<PathBuf, Generated>;

/// Checks both sides of each range out, generates their stacks and finds what changed between them.
fn compare(
    context: &Context,
    ranges: &[&Changed],
    depth: Option<FactsDepth>,
) -> Result<(Worktrees, Affected), Failure> {
    let mut worktrees = Worktrees::new(repository(context)?).map_err(|error| refused(&error))?;
    warn_of_left_behind(context, worktrees.left_behind());
    let mut sides: Vec<(&Changed, Worktree, Worktree, Vec<FileChange>)> = Vec::new();
    for range in ranges {
        let mut add = |reference| worktrees.add(reference).map_err(|error| refused(&error));
        let (from, to) = (add(&range.from)?, add(&range.to)?);
        let files = worktrees.repository().changes(&from.commit, &to.commit);
        sides.push((range, from, to, files.map_err(|error| refused(&error))?));
    }
    let generated = generate_in(context, &worktrees)?;
    let compared: Vec<Compared<'_>> = sides
        .iter()
        .map(|(range, from, to, files)| compared(range, (from, to), (files, &generated)))
        .collect();
    let depth = depth.unwrap_or(FactsDepth::Reading).max(FactsDepth::Reading);
    let affected = Affected::discover(&context.session, depth, &compared);
    Ok((worktrees, affected))
}

fn warn_of_left_behind(context: &Context, states: &[PathBuf]) {
    for state in states {
        let text = format!("the state {} was left in a work tree by a run that was killed", state.display());
        let hint = "move it to where the unit looks for it, then `git worktree remove --force` the work tree";
        context.warn_of(&Warning::new(text).hint(hint));
    }
}

/// Nothing with `--no-stack-generate`.
fn generate_in(context: &Context, worktrees: &Worktrees) -> Result<InWorktrees, Failure> {
    let is_wanted = context.settings.auto.generate_stacks;
    let all = worktrees.all().iter().map(|worktree| {
        let generated = if is_wanted { stack::in_worktree(context, worktree)? } else { Generated::new() };
        Ok((worktree.path.clone(), generated))
    });
    all.collect()
}

fn compared<'a>(
    range: &'a Changed,
    (from, to): (&'a Worktree, &'a Worktree),
    (files, generated): (&'a [FileChange], &'a InWorktrees),
) -> Compared<'a> {
    static NOTHING: Generated = Generated::new();
    let side = |worktree: &'a Worktree| Side {
        reference: &worktree.reference,
        root: &worktree.path,
        generated: generated.get(&worktree.path).unwrap_or(&NOTHING),
    };
    let file = |change: &'a FileChange| ChangedFile { path: &change.path, is_removed: change.is_removed };
    Compared { range, from: side(from), to: side(to), files: files.iter().map(file).collect() }
}

/// Filters that ask for changes choose in the work trees, the others in what is there now; those that only take away
/// do so in both. A unit that both have is taken from what is there now, since it must not run twice.
fn unite(
    context: &Context,
    (filters, wanted): (&[Filter], &Wanted),
    (worktrees, mut affected): (Worktrees, Affected),
) -> Picked {
    let negative = |filter: &&Filter| filter.is_negative();
    let about_changes: Vec<&Filter> =
        filters.iter().filter(|filter| filter.is_about_changes() || filter.is_negative()).collect();
    let others: Vec<&Filter> = filters.iter().filter(|filter| !filter.is_about_changes()).collect();
    let has_changes = !about_changes.iter().all(negative);
    let has_others = !has_changes || !others.iter().all(negative);
    let mut estate = Estate::empty(wanted.root.as_deref().unwrap_or(&context.session.root));
    let mut units = Vec::new();
    let mut places = BTreeSet::new();
    if has_others {
        estate = Estate::discover(&context.session, wanted);
        let here = Here::of(&estate, worktrees.repository().root());
        units = choose(&estate, &others, &here.changed(&affected));
        places.extend(units.iter().filter_map(|id| here.place_of(*id)));
    }
    let mut changes = Changes { worktrees, references: HashMap::new(), removed: BTreeSet::new() };
    if has_changes {
        let chosen = choose(&affected.estate, &about_changes, &affected.changed);
        let chosen =
            chosen.into_iter().filter(|id| affected.place_of(*id).is_none_or(|at| !places.contains(&at)));
        let found: Vec<(PathBuf, Option<String>, bool)> = chosen
            .map(|id| {
                let reference = affected.reference_of(id).map(str::to_owned);
                let path = affected.estate.components.path(id).to_path_buf();
                (path, reference, affected.removed.contains(&id))
            })
            .collect();
        estate.absorb(std::mem::take(&mut affected.estate));
        for (path, reference, is_removed) in found {
            let Some(id) = estate.components.find(&path) else { continue };
            units.push(id);
            changes.references.extend(reference.map(|reference| (id, reference)));
            if is_removed {
                changes.removed.insert(id);
            }
        }
    }
    estate.components.sort(&mut units);
    Picked { estate, units, changes: Some(changes), commit: None }
}

/// The components that the filters choose; without filters, everything inside.
fn choose(estate: &Estate, filters: &[&Filter], changed: &HashMap<Changed, Vec<UnitId>>) -> Vec<UnitId> {
    if filters.is_empty() {
        let inside = estate.components.iter().filter(|(_, component)| component.place == Place::Inside);
        return inside.map(|(id, _)| id).collect();
    }
    let own = std::slice::from_ref(&estate.root);
    let roots = if estate.other_roots.is_empty() { own } else { &estate.other_roots };
    let (components, links) = (&estate.components, &estate.links);
    filter::evaluate(filters, &Candidates { components, links, roots, changed })
}

/// The folder with links resolved, as seen from the repository's.
fn below(root: &Path, repository: &Path) -> Option<PathBuf> {
    let real = fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
    real.strip_prefix(repository).ok().map(Path::to_path_buf)
}

/// What is there now, by its place in the repository.
struct Here<'a> {
    estate: &'a Estate,
    /// The working root with links resolved, as seen from the repository's.
    below: Option<PathBuf>,
}

impl<'a> Here<'a> {
    fn of(estate: &'a Estate, repository: &Path) -> Self {
        Self { estate, below: below(&estate.root, repository) }
    }

    fn place_of(&self, id: UnitId) -> Option<PathBuf> {
        let path = self.estate.components.path(id).strip_prefix(&self.estate.root).ok()?;
        let place = self.below.as_ref()?.join(path);
        // A joined empty path ends in a separator.
        Some(place.components().collect())
    }

    fn changed(&self, affected: &Affected) -> HashMap<Changed, Vec<UnitId>> {
        let ids = || self.estate.components.iter().map(|(id, _)| id);
        let has =
            |places: &BTreeSet<PathBuf>, id: UnitId| self.place_of(id).is_some_and(|at| places.contains(&at));
        let found = affected.changed_places().into_iter();
        found.map(|(range, places)| (range.clone(), ids().filter(|id| has(&places, *id)).collect())).collect()
    }
}

fn repository(context: &Context) -> Result<Repository, Failure> {
    Repository::around(&context.session.root, context.session.env.clone()).map_err(|error| refused(&error))
}

pub(super) fn refused(error: &RepositoryError) -> Failure {
    let kind = error.code().map_or(Kind::Machine, Kind::Child);
    let failure = Failure::from_error(kind, error).hint_if(error.hint());
    match error {
        RepositoryError::NoRepository { .. } => failure.coded(Code::NoRepository),
        RepositoryError::NoCommit { .. } => failure.coded(Code::UnknownReference),
        _ => failure,
    }
}
