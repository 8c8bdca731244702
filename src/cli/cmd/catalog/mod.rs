//! `catalog`: the modules, units and stacks that repositories offer, as a list, as records, or to choose from.

mod picker;
mod readme;
mod show;

use super::modules;
use super::scaffold;
use crate::cli::args::CatalogArgs;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::config::{UNIT_FILE, catalog_urls};
use crate::diag::Code;
use crate::graph::glob::Glob;
use crate::host::fs;
use readme::Readme;
use std::io::IsTerminal;
use std::path::Path;

const STACK_FILE: &str = "terragrunt.stack.hcl";
const IGNORE_FILE: &str = ".terragrunt-catalog-ignore";
/// Folders deeper than this are not looked into.
const DEEPEST: usize = 24;

/// Something that can be used from a repository.
#[derive(Clone, Debug)]
struct Entry {
    pub kind: &'static str,
    pub readme: Readme,
    /// The repository, as it was named.
    pub repository: String,
    /// Below the repository, with `/`.
    pub dir: String,
    pub version: Option<String>,
    /// What `scaffold` takes.
    pub source: String,
}

impl Entry {
    /// The title of the README, or the folder's name.
    pub fn title(&self) -> &str {
        let folder = self.dir.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(&self.repository);
        self.readme.title.as_deref().unwrap_or(folder)
    }
}

/// Lists, or lets choose and scaffolds what was chosen.
///
/// # Errors
/// No repository, or one that cannot be fetched.
pub(super) fn run(args: &CatalogArgs, context: &Context) -> Result<u8, Failure> {
    let format = show::Format::choose(args, context)?;
    let mut entries = Vec::new();
    for url in repositories(args, context)? {
        entries.extend(entries_of(args, context, &url)?);
    }
    let on_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let can_choose = on_terminal && crate::host::os::HAS_RAW_MODE;
    if format != show::Format::Choose || !can_choose || context.settings.non_interactive {
        context.screen.print(&show::render(&entries, format))?;
        return Ok(exit::SUCCESS);
    }
    match picker::choose(&entries)? {
        Some(chosen) => scaffold::from_catalog(context, &args.template, &chosen.source),
        None => Ok(exit::SUCCESS),
    }
}

/// The argument, the list of the root configuration, or the repository around the working folder.
fn repositories(args: &CatalogArgs, context: &Context) -> Result<Vec<String>, Failure> {
    if let Some(repository) = &args.repository {
        return Ok(vec![repository.clone()]);
    }
    let root = &context.session.root;
    let name = args.template.root_file_name.as_deref().unwrap_or("root.hcl");
    for path in root.ancestors().flat_map(|dir| [dir.join(name), dir.join(UNIT_FILE)]) {
        if !fs::is_file(&path) {
            continue;
        }
        let urls = catalog_urls(&context.session, &path).map_err(|faults| {
            super::units::diagnose(context, &faults);
            Failure::new(Kind::Config, "the catalog of the root configuration cannot be read")
        })?;
        if let Some(urls) = urls {
            let base = path.parent().unwrap_or(root);
            return Ok(urls.iter().map(|url| absolute(url, base)).collect());
        }
    }
    let here = context.session.memory.repo_root(root);
    here.map(|path| vec![path.display().to_string()]).ok_or_else(|| {
        Failure::new(Kind::Usage, "there is no catalog to look through")
            .coded(Code::NoCatalog)
            .hint("name a repository, or list some in the root configuration: catalog { urls = [\"…\"] }")
    })
}

/// A local path of a configuration is relative to its file.
fn absolute(url: &str, base: &Path) -> String {
    if url.starts_with("./") || url.starts_with("../") {
        return fs::clean(&base.join(url)).display().to_string();
    }
    url.to_owned()
}

fn entries_of(args: &CatalogArgs, context: &Context, url: &str) -> Result<Vec<Entry>, Failure> {
    let source = modules::parse(url, &context.session.root)?;
    let version = modules::latest_release(context, &source);
    let root = modules::fetch(context, &source)?;
    let root = source.subdir.as_ref().map_or(root.clone(), |subdir| root.join(subdir));
    let ignored = ignored(args, context, &root)?;
    let mut folders = Vec::new();
    walk(&root, String::new(), &mut folders);
    folders.retain(|(_, dir)| !ignored.iter().any(|glob| glob.is_match(dir)));
    let entries = folders.into_iter().map(|(kind, dir)| {
        let text = fs::read_text(&root.join(&dir).join("README.md")).unwrap_or_default();
        let (address, query) = url.split_once('?').map_or((url, None), |(url, query)| (url, Some(query)));
        let mark = if source.subdir.is_some() { "/" } else { "//" };
        let path = if dir.is_empty() { address.to_owned() } else { format!("{address}{mark}{dir}") };
        Entry {
            kind,
            readme: readme::read(&text),
            repository: url.to_owned(),
            version: version.clone(),
            source: query.map_or(path.clone(), |query| format!("{path}?{query}")),
            dir,
        }
    });
    Ok(entries.collect())
}

/// Patterns of folders to leave out: the repository's own, then those of the flag.
fn ignored(args: &CatalogArgs, context: &Context, root: &Path) -> Result<Vec<Glob>, Failure> {
    let own = fs::read_text(&root.join(IGNORE_FILE)).unwrap_or_default();
    let more = match &args.ignore_file {
        Some(path) => fs::read_text(&fs::clean(&context.session.root.join(path)))
            .map_err(|error| Failure::from_error(Kind::Machine, &error))?,
        None => String::new(),
    };
    let lines = own.lines().chain(more.lines()).map(str::trim);
    let patterns = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut globs = Vec::new();
    for pattern in patterns {
        let pattern = pattern.trim_matches('/');
        for text in [pattern.to_owned(), format!("{pattern}/**")] {
            globs.push(Glob::parse(&text).map_err(|error| {
                Failure::usage(format!("`{pattern}` is no pattern of folders: {error}"))
                    .coded(Code::WrongValue)
            })?);
        }
    }
    Ok(globs)
}

/// Every folder that holds something to use, by path.
fn walk(root: &Path, dir: String, found: &mut Vec<(&'static str, String)>) {
    let entries = fs::list_dir(&root.join(&dir)).unwrap_or_default();
    let mut names: Vec<String> =
        entries.iter().filter_map(|(name, _)| name.to_str().map(str::to_owned)).collect();
    names.sort();
    let has = |name: &str| names.iter().any(|known| known == name);
    let code = |name: &String| name.ends_with(".tf") || name.ends_with(".tofu") || name.ends_with(".tf.json");
    let kind = match () {
        () if has(STACK_FILE) => Some("stack"),
        () if has(UNIT_FILE) => Some("unit"),
        () if names.iter().any(code) => Some("module"),
        () if has(".boilerplate") => Some("template"),
        () => None,
    };
    if let Some(kind) = kind {
        found.push((kind, dir.clone()));
    }
    if dir.split('/').count() >= DEEPEST {
        return;
    }
    for (name, entry) in entries_sorted(&entries) {
        if entry == fs::EntryKind::Directory && !name.starts_with('.') {
            let below = if dir.is_empty() { name } else { format!("{dir}/{name}") };
            walk(root, below, found);
        }
    }
}

fn entries_sorted(entries: &[(std::ffi::OsString, fs::EntryKind)]) -> Vec<(String, fs::EntryKind)> {
    let mut all: Vec<_> =
        entries.iter().filter_map(|(name, kind)| Some((name.to_str()?.to_owned(), *kind))).collect();
    all.sort_by(|left, right| left.0.cmp(&right.0));
    all
}
