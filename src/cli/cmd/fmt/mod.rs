//! `hcl fmt`: the usual layout for every configuration file. A file that cannot be parsed is told and left alone.

pub(super) mod changes;

pub(super) use changes::unified;

use super::{pick, units};
use crate::cli::args::{FmtArgs, LogLevel};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::graph::dag::Links;
use crate::graph::discover::WalkError;
use crate::graph::filter::{self, Attribute, Candidates, Expr, Filter};
use crate::graph::unit::{Component, Components, by_path};
use crate::hcl::format::format_source;
use crate::hcl::parse::parse_body;
use crate::host::env::parallelism;
use crate::host::fs;
use crate::host::parallel::in_order;
use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Folders that hold no file of the user's own.
const SKIPPED: [&str; 3] = [".terragrunt-cache", ".boilerplate", ".terragrunt-stack"];
/// What its files end with.
const ENDING: &str = ".hcl";
/// What files that are named may end with.
const LANGUAGE: [&str; 4] = [".hcl", ".tf", ".tofu", ".tfvars"];
/// More threads than this only wait for the disk together.
const MOST_THREADS: usize = 8;

/// Formats.
///
/// # Errors
/// A file that is faulty or cannot be read or written; with `--check`, a file that is not in the usual layout.
pub(super) fn run(args: &FmtArgs, context: &Context) -> Result<u8, Failure> {
    if args.stdin {
        return format_stdin(context);
    }
    let filters = pick::filters(context)?;
    if let Some(asking) = filters.iter().find(|filter| !is_about_paths(&filter.expr)) {
        return Err(Failure::usage(format!("`hcl fmt` cannot use the filter `{}`", asking.text))
            .coded(Code::FilterNeedsUnits)
            .hint("files are formatted without looking for units: filter by path, such as './live/**'"));
    }
    let (files, mut faults) = match (&context.settings.files, files_named(args, context)) {
        (Some(named), _) => (named.iter().filter(|path| is_formatted(path)).cloned().collect(), Vec::new()),
        (None, Some(file)) => (vec![file], Vec::new()),
        (None, None) => files_below(&context.session.root, &args.exclude_dir),
    };
    let files = if filters.is_empty() { files } else { chosen(context, files, &filters) };
    let (mut changed, mut written) = (Vec::new(), 0);
    for (path, outcome) in files.iter().zip(each(args, context, &files)) {
        match outcome {
            Outcome::Faulty(found) => faults.extend(found),
            Outcome::Kept => {}
            Outcome::Changed(layout) => {
                if args.diff {
                    let name = path.display().to_string();
                    context.screen.print(&unified(&name, &layout.old, &layout.new))?;
                }
                changed.push(path);
                written += usize::from(!args.check);
            }
        }
    }
    units::diagnose(context, &faults);
    tell(args, context, &changed);
    finish(faults.len(), changed.len() - written)
}

/// What became of a file.
enum Outcome {
    Kept,
    Changed(Layout),
    Faulty(Diagnostics),
}

/// A text and the same in the usual layout.
struct Layout {
    old: String,
    new: String,
}

/// Formats every file, several at a time; the outcomes stand in the order of the files.
fn each(args: &FmtArgs, context: &Context, files: &[PathBuf]) -> Vec<Outcome> {
    let limit = args.parallelism.map_or(MOST_THREADS, |limit| limit.get() as usize);
    let threads = parallelism().min(MOST_THREADS).min(limit);
    in_order(files, threads, |path| format_file(args, context, path))
}

fn format_file(args: &FmtArgs, context: &Context, path: &Path) -> Outcome {
    let old = match fs::read_text(path) {
        Ok(text) => text,
        Err(error) => {
            return Outcome::Faulty(vec![Diagnostic::error(Code::FileUnreadable, error.to_string())]);
        }
    };
    match layout_of(context, path, old) {
        Err(faults) => Outcome::Faulty(faults),
        Ok(layout) if layout.old == layout.new => Outcome::Kept,
        Ok(layout) if args.check => Outcome::Changed(layout),
        Ok(layout) => match fs::replace_content(path, layout.new.as_bytes()) {
            Ok(()) => Outcome::Changed(layout),
            Err(error) => Outcome::Faulty(vec![Diagnostic::error(Code::FileUnwritable, error.to_string())]),
        },
    }
}

/// # Errors
/// The text's faults.
fn layout_of(context: &Context, path: &Path, old: String) -> Result<Layout, Diagnostics> {
    let id = context.session.files.sources.add(path, old.as_str().into());
    let (_, mut faults) = parse_body(&old, id);
    faults.retain(Diagnostic::is_error);
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(Layout { new: format_source(&old), old })
}

fn format_stdin(context: &Context) -> Result<u8, Failure> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().read_to_end(&mut bytes);
    read.map_err(|error| Failure::new(Kind::Machine, format!("cannot read stdin: {error}")))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::new(Kind::Config, "cannot read stdin: it is not UTF-8"))?;
    match layout_of(context, &context.session.root.join("stdin"), text) {
        Ok(layout) => context.screen.print(&layout.new).map(|()| exit::SUCCESS),
        Err(faults) => {
            units::diagnose(context, &faults);
            finish(faults.len(), 0)
        }
    }
}

/// Whether a file that is named for a hook is in the language. What is none of ours is left alone, and so is what
/// the commit takes away.
fn is_formatted(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    LANGUAGE.iter().any(|ending| name.ends_with(ending.as_bytes())) && fs::exists(path)
}

/// The one file that was asked for.
fn files_named(args: &FmtArgs, context: &Context) -> Option<PathBuf> {
    let named = args.file.as_ref().map(|file| fs::clean(&context.session.root.join(file)));
    named.or_else(|| context.settings.config.file.clone())
}

/// Every configuration file below a folder, sorted, and the folders that cannot be read.
fn files_below(root: &Path, left_out: &[String]) -> (Vec<PathBuf>, Diagnostics) {
    let (mut files, mut faults) = (Vec::new(), Vec::new());
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::list_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                faults.push(Diagnostic::error(Code::TreeUnreadable, WalkError::from(error).to_string()));
                continue;
            }
        };
        for (name, kind) in entries {
            let skipped = || {
                SKIPPED.iter().any(|skipped| name == *skipped)
                    || left_out.iter().any(|left_out| name == left_out[..])
            };
            match kind {
                fs::EntryKind::Directory if !skipped() => folders.push(folder.join(name)),
                fs::EntryKind::File | fs::EntryKind::Other
                    if name.as_encoded_bytes().ends_with(ENDING.as_bytes()) =>
                {
                    files.push(folder.join(name));
                }
                _ => {}
            }
        }
    }
    files.sort_unstable_by(|left, right| by_path(left, right));
    (files, faults)
}

/// Whether nothing but the paths of files has to be known.
fn is_about_paths(expr: &Expr) -> bool {
    match expr {
        Expr::Match(attribute) => matches!(attribute, Attribute::Path(_)),
        Expr::Not(inner) => is_about_paths(inner),
        Expr::Pipe(left, right) => is_about_paths(left) && is_about_paths(right),
        Expr::Graph(_) | Expr::Changed(_) => false,
    }
}

/// The files that the filters choose, each taken for a component.
fn chosen(context: &Context, files: Vec<PathBuf>, filters: &[Filter]) -> Vec<PathBuf> {
    let mut components = Components::default();
    for file in files {
        components.insert(Component::unit(file));
    }
    let (links, changed) = (Links::default(), HashMap::new());
    let roots = std::slice::from_ref(&context.session.root);
    let candidates = Candidates { components: &components, links: &links, roots, changed: &changed };
    let filters: Vec<&Filter> = filters.iter().collect();
    let picked = filter::evaluate(&filters, &candidates);
    picked.into_iter().map(|id| components.path(id).to_path_buf()).collect()
}

/// Names the files that changed or would, unless nobody wants to hear of it.
fn tell(args: &FmtArgs, context: &Context, changed: &[&PathBuf]) {
    let log = &context.settings.log;
    let (verb, level) =
        if args.check { ("needs formatting:", LogLevel::Error) } else { ("formatted", LogLevel::Info) };
    if log.disabled || log.level < level {
        return;
    }
    for path in changed {
        let shown = fs::relative(&context.session.root, path);
        context.screen.say(&format!("{verb} {}", shown.display()));
    }
}

/// How it ends with that many faults and files that should have been different.
fn finish(faults: usize, unformatted: usize) -> Result<u8, Failure> {
    let counted = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let told = [
        counted(faults, "fault was found", "faults were found"),
        counted(unformatted, "file needs formatting", "files need formatting"),
    ];
    let told: Vec<String> = told.into_iter().flatten().collect();
    if told.is_empty() {
        return Ok(exit::SUCCESS);
    }
    let failure = Failure::new(Kind::Config, told.join(", "));
    let failure = if unformatted > 0 { failure.coded(Code::Unformatted) } else { failure };
    Err(failure.hint_if((unformatted > 0).then(|| "run: terrace hcl fmt".to_owned())))
}
