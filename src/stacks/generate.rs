//! The strategy: take the stack files that no other pending one lies above, generate all of each, look again for what
//! has appeared, until nothing new does. A stack file is generated whole or not at all: everything is read, fetched and
//! written beside before the first name is given.

use super::contents::{Contents, Origin};
use super::lineage::Lineage;
use super::place::Staged;
use crate::config::Session;
use crate::config::stack::{GENERATED, Generated, Stack, load_stack};
use crate::diag::{Code, Diagnostic, Diagnostics, distinct};
use crate::graph::discover::{Hidden, WalkOptions, walk};
use crate::graph::unit::Kind;
use crate::hcl::Fault;
use crate::host::fs;
use crate::host::parallel::in_order;
use crate::source::{Fetcher, SourceError, folder_of, parse_source};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Stacks in stacks in stacks: deeper than this, one generates itself.
const DEEPEST: usize = 100;

/// What to do about a generated folder that lacks the file that makes it a unit or a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validation {
    Refuse,
    Warn,
}

/// What happens meanwhile.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    Generating(&'a Generated, &'a Stack),
}

/// What is to be generated.
pub struct Request<'a> {
    pub session: &'a Session,
    /// Where to look for stack files.
    pub root: &'a Path,
    pub fetcher: &'a Fetcher,
    /// How many sources are fetched at the same time; at least 1.
    pub parallelism: usize,
    pub validation: Validation,
    /// Chooses among the folders of stack files.
    pub select: &'a (dyn Fn(Vec<PathBuf>) -> Vec<PathBuf> + Sync),
    pub tell: &'a (dyn Fn(Progress<'_>) + Sync),
}

/// What was generated.
#[derive(Debug, Default)]
pub struct Done {
    /// Folders of the stack files.
    pub stacks: Vec<PathBuf>,
    /// Folders of what they asked for.
    pub made: Vec<PathBuf>,
    /// Stack files that the choice left out and that another one generated.
    pub nested_left_out: Vec<PathBuf>,
    pub warnings: Diagnostics,
}

/// Generates all stacks below the root.
///
/// # Errors
/// Every fault of the stack files that could be read so far; stacks without a fault are generated.
pub fn generate(request: &Request<'_>) -> Result<Done, Diagnostics> {
    let mut done = Done::default();
    let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
    let mut faults = Diagnostics::new();
    let mut lineage = Lineage::default();
    for _ in 0..DEEPEST {
        let found = stack_dirs(request.root, &mut faults);
        let pending: Vec<PathBuf> = found.into_iter().filter(|dir| !seen.contains(dir)).collect();
        let wanted = (request.select)(pending.clone());
        let nested = pending.iter().filter(|dir| !wanted.contains(dir) && is_below_any(dir, &done.stacks));
        done.nested_left_out.extend(nested.cloned());
        seen.extend(pending.into_iter().filter(|dir| !wanted.contains(dir)));
        let level = outermost(&wanted);
        if level.is_empty() {
            let faulty = faults.iter().any(Diagnostic::is_error);
            return if faulty { Err(distinct(faults)) } else { Ok(done) };
        }
        seen.extend(level.iter().cloned());
        one_level((request, &mut lineage), &level, (&mut done, &mut faults));
        done.stacks.extend(level);
    }
    Err(vec![endless(&done.stacks)])
}

fn stack_dirs(root: &Path, faults: &mut Diagnostics) -> Vec<PathBuf> {
    let options = WalkOptions { hidden: Hidden::Search, ..WalkOptions::default() };
    let walked = walk(root, &options);
    faults
        .extend(walked.errors.iter().map(|error| Diagnostic::error(Code::TreeUnreadable, error.to_string())));
    walked.found.into_iter().filter(|found| found.kind == Kind::Stack).map(|found| found.path).collect()
}

fn is_below_any(dir: &Path, folders: &[PathBuf]) -> bool {
    folders.iter().any(|folder| dir != folder && dir.starts_with(folder))
}

/// Those that no other one lies above: what lies below another may be about to change.
fn outermost(dirs: &[PathBuf]) -> Vec<PathBuf> {
    dirs.iter().filter(|dir| !is_below_any(dir, dirs)).cloned().collect()
}

fn endless(stacks: &[PathBuf]) -> Diagnostic {
    let deepest = stacks.iter().max_by_key(|dir| dir.components().count());
    let at = deepest.map_or_else(String::new, |dir| format!(" (the innermost is {})", dir.display()));
    Diagnostic::error(Code::EndlessStack, format!("stacks generate stacks without an end{at}")).hint(
        "a stack has itself as the source of one of its stacks; remove what was generated with `stack clean`",
    )
}

fn one_level(
    (request, lineage): (&Request<'_>, &mut Lineage),
    level: &[PathBuf],
    (done, faults): (&mut Done, &mut Diagnostics),
) {
    let mut stacks = Vec::new();
    for dir in level {
        match load_stack(request.session, dir).and_then(|stack| lineage.check(stack)) {
            Ok(stack) => stacks.push(stack),
            Err(found) => faults.extend(found),
        }
    }
    let jobs: Vec<(&Stack, &Generated)> =
        stacks.iter().flat_map(|stack| stack.members.iter().map(move |member| (stack, member))).collect();
    let mut staged = in_parallel(request, &jobs).into_iter();
    for stack in &stacks {
        let (mut whole, mut faulty) = (Vec::new(), false);
        for result in staged.by_ref().take(stack.members.len()) {
            match result {
                Ok((staged, warning)) => {
                    whole.push(staged);
                    done.warnings.extend(warning);
                }
                Err(fault) => {
                    faulty = true;
                    faults.push(*fault);
                }
            }
        }
        done.warnings.extend(stack.warnings.iter().cloned());
        if !faulty {
            faults.extend(commit(stack, whole));
            done.made.extend(stack.members.iter().map(|member| member.dir.clone()));
            done.warnings.extend(left_over(stack));
        }
    }
}

fn commit(stack: &Stack, whole: Vec<Staged<'_>>) -> Diagnostics {
    let refused = whole.into_iter().zip(&stack.members).filter_map(|(staged, member)| {
        let error = staged.commit().err()?;
        Some(Diagnostic::error(Code::StackUnwritable, error.to_string()).at(member.span, "for this block"))
    });
    refused.collect()
}

type Ready<'a> = Result<(Staged<'a>, Option<Diagnostic>), Fault>;

/// Stages every member, several at a time; the answers are in the order of the jobs.
fn in_parallel<'a>(request: &Request<'_>, jobs: &[(&'a Stack, &'a Generated)]) -> Vec<Ready<'a>> {
    in_order(jobs, request.parallelism, |(stack, member)| {
        (request.tell)(Progress::Generating(member, stack));
        stage(request, stack, member)
    })
}

/// Fetches and writes one member beside its place.
fn stage<'a>(request: &Request<'_>, stack: &Stack, member: &'a Generated) -> Ready<'a> {
    let (folder, origin) =
        source_of(request, stack, member).map_err(|error| Box::new(source_fault(&error, member)))?;
    let at_block = |error: fs::FileError| -> Fault {
        let fault = Diagnostic::error(Code::StackUnwritable, error.to_string());
        Box::new(fault.at(member.span, "while this is generated"))
    };
    let contents = Contents::of((&folder, origin), member).map_err(at_block)?;
    let mut warning = None;
    if member.is_checked && !contents.files.contains_key(Path::new(member.file_name())) {
        let fault = lacks_file(member);
        match request.validation {
            Validation::Refuse => return Err(Box::new(fault)),
            Validation::Warn => {
                warning = Some(Diagnostic { severity: crate::diag::Severity::Warning, ..fault });
            }
        }
    }
    Ok((Staged::write(member, contents).map_err(at_block)?, warning))
}

fn source_of(
    request: &Request<'_>,
    stack: &Stack,
    member: &Generated,
) -> Result<(PathBuf, Origin), SourceError> {
    let base = fs::canonicalize(&stack.dir).unwrap_or_else(|_| stack.dir.clone());
    let source = parse_source(&member.source.value, &base)?;
    let origin = if source.local().is_some() { Origin::Folder } else { Origin::Fetched };
    Ok((folder_of(&source, request.fetcher)?, origin))
}

fn source_fault(error: &SourceError, member: &Generated) -> Diagnostic {
    let word = member.kind.word();
    let fault = Diagnostic::error(
        Code::StackSource,
        format!("{word} \"{}\" cannot be fetched: {error}", member.name),
    )
    .at(member.source.span, "this source");
    match error {
        SourceError::MissingLocal { .. } => {
            fault.hint("a source without a prefix is a folder relative to the stack file")
        }
        _ => error.hint().into_iter().fold(fault, Diagnostic::hint),
    }
}

fn lacks_file(member: &Generated) -> Diagnostic {
    let (word, file) = (member.kind.word(), member.file_name());
    Diagnostic::error(Code::GeneratesNoUnit, format!("{word} \"{}\" would have no `{file}`", member.name))
        .at(member.source.span, format!("there is no `{file}` at the top of this source"))
        .hint(format!("name the folder that holds it, or set `no_validation = true` if no {word} is meant"))
}

/// Units that an earlier stack file asked for are still there, and `run --all` would run them.
fn left_over(stack: &Stack) -> Diagnostics {
    let walked = walk(&stack.dir.join(GENERATED), &WalkOptions::default());
    let belongs = |path: &Path| stack.members.iter().any(|member| path.starts_with(&member.dir));
    let left = walked.found.into_iter().filter(|found| !belongs(&found.path));
    left.map(|found| {
        let name = fs::relative(&stack.dir, &found.path);
        Diagnostic::warning(Code::LeftOver, format!("{} is no longer part of the stack", name.display()))
            .detail(format!(
                "{} does not ask for it any more, and it still runs with the others",
                stack.path.display()
            ))
            .hint(
                "destroy what it created, then remove the folder; --source-update generates everything anew",
            )
    })
    .collect()
}
