//! `scaffold`: a new unit that uses a module, with the module's variables ready to be set.

mod given;
mod text;

use super::modules;
use crate::cli::args::{ScaffoldArgs, TemplateArgs};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, Warning, exit};
use crate::config::UNIT_FILE;
use crate::diag::Code;
use crate::host::fs::{self, Access};
use crate::provider::variables;
use given::Given;
use std::path::{Path, PathBuf};

/// A folder with a unit or a stack of its own is copied, and not made up anew.
const STACK_FILE: &str = "terragrunt.stack.hcl";
const ROOT_FILE: &str = "root.hcl";

/// Writes the unit, and says which file it is.
///
/// # Errors
/// A module that cannot be had, values for variables that it has not, a file that is there already.
pub(super) fn run(args: &ScaffoldArgs, context: &Context) -> Result<u8, Failure> {
    let Some(module) = &args.module else {
        return Err(Failure::usage("`terrace scaffold` is not told which module")
            .coded(Code::LacksModule)
            .hint("write: terrace scaffold ./modules/vpc, or a git source"));
    };
    if args.from.is_some() {
        return Err(templates("a template was named"));
    }
    let given = Given::read(args, &context.session.root)?;
    let folder = match &args.output_folder {
        Some(folder) => fs::clean(&context.session.root.join(folder)),
        None => context.session.root.clone(),
    };
    let wanted = Wanted { module, folder: &folder, given: &given, include: include_of(args, &given) };
    let written = write(context, &wanted)?;
    let shown = fs::relative(&context.session.root, &written).display().to_string();
    context.screen.print(&format!("{shown}\n"))?;
    Ok(exit::SUCCESS)
}

/// Writes what was chosen from a catalog into the working folder.
pub(super) fn from_catalog(context: &Context, args: &TemplateArgs, source: &str) -> Result<u8, Failure> {
    let scaffold =
        ScaffoldArgs { module: Some(source.to_owned()), template: args.clone(), ..ScaffoldArgs::default() };
    run(&scaffold, context)
}

/// A unit to be written.
pub(super) struct Wanted<'a> {
    pub module: &'a str,
    pub folder: &'a Path,
    pub given: &'a Given,
    pub include: Include<'a>,
}

/// Whether the unit includes the root configuration.
#[derive(Clone, Copy)]
pub(super) enum Include<'a> {
    No,
    /// The usual name, if a folder above has it.
    Usual,
    Named(&'a str),
}

fn include_of<'a>(args: &'a ScaffoldArgs, given: &'a Given) -> Include<'a> {
    let named = args.template.root_file_name.as_deref().or(given.root_file_name.as_deref());
    match (args.template.no_include_root || given.include_root == Some(false), named) {
        (true, _) => Include::No,
        (false, Some(name)) => Include::Named(name),
        (false, None) => Include::Usual,
    }
}

/// Writes the files of a unit; the answer is the unit file.
pub(super) fn write(context: &Context, wanted: &Wanted<'_>) -> Result<PathBuf, Failure> {
    let base = &context.session.root;
    let given = wanted.given.source_text(wanted.module);
    let source = modules::parse(&given, base)?;
    let reference = match &wanted.given.reference {
        Some(reference) => Some(reference.clone()),
        None => modules::latest_release(context, &source),
    };
    let (given, source) = match reference.and_then(|one| modules::pinned(&given, &source, &one)) {
        Some(text) => (text.clone(), modules::parse(&text, base)?),
        None => (given, source),
    };
    let root = modules::fetch(context, &source)?;
    let module = source.subdir.as_ref().map_or(root.clone(), |subdir| root.join(subdir));
    if !fs::is_dir(&module) {
        return Err(Failure::new(Kind::Machine, format!("{source} has no such folder"))
            .coded(Code::UnusableSource)
            .hint("the part after `//` is a folder of the source"));
    }
    if fs::exists(&module.join(".boilerplate")) {
        let warning = Warning::new("the module brings a template of its own, which is left aside");
        let warning =
            warning.hint("templates of Boilerplate are not run; this is the usual unit of its variables");
        context.warn_of(&warning);
    }
    fs::create_dir_all(wanted.folder).map_err(|error| machine(&error))?;
    for name in [UNIT_FILE, STACK_FILE] {
        if fs::is_file(&module.join(name)) {
            return copy(&module, name, wanted.folder);
        }
    }
    let found = variables::declared_in(&module).map_err(|error| machine(&error))?;
    wanted.given.must_fit(&found)?;
    let unit = text::Unit {
        source: modules::as_written_in(wanted.folder, (&given, &source, base)),
        include: include_name(wanted),
        variables: &found,
        given: wanted.given,
    };
    let path = wanted.folder.join(UNIT_FILE);
    put(&path, unit.render().as_bytes())?;
    Ok(path)
}

/// The name to look for in the folders above; `None` where there is none.
fn include_name(wanted: &Wanted<'_>) -> Option<String> {
    match wanted.include {
        Include::No => None,
        Include::Named(name) => Some(name.to_owned()),
        Include::Usual => {
            let above = wanted.folder.ancestors().skip(1);
            above.map(|dir| dir.join(ROOT_FILE)).any(|path| fs::is_file(&path)).then(|| ROOT_FILE.to_owned())
        }
    }
}

/// Copies the files of a unit or a stack that a catalog offers.
fn copy(module: &Path, main: &str, folder: &Path) -> Result<PathBuf, Failure> {
    let entries = fs::read_dir(module).map_err(|error| machine(&error))?;
    let mut names: Vec<_> = entries.iter().map(std::fs::DirEntry::file_name).collect();
    names.retain(|name| !name.to_string_lossy().starts_with('.') && fs::is_file(&module.join(name)));
    for name in &names {
        free(&folder.join(name))?;
    }
    for name in &names {
        let bytes = fs::read(&module.join(name)).map_err(|error| machine(&error))?;
        put(&folder.join(name), &bytes)?;
    }
    Ok(folder.join(main))
}

/// Nothing that is there is ever written over.
fn free(path: &Path) -> Result<(), Failure> {
    if fs::symlink_metadata(path).is_err() {
        return Ok(());
    }
    Err(Failure::new(Kind::Usage, format!("{} is there already", path.display()))
        .coded(Code::FileInTheWay)
        .hint("name another folder with --output-folder, or remove the file first"))
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    free(path)?;
    fs::write_atomic(path, bytes, Access::Shared).map_err(|error| machine(&error))
}

fn machine(error: &fs::FileError) -> Failure {
    Failure::from_error(Kind::Machine, error)
}

fn templates(what: &str) -> Failure {
    Failure::new(Kind::NotYet, format!("{what}, and templates of Boilerplate are not run"))
        .coded(Code::Templates)
        .hint("leave it out: a unit with the module's variables is written without one")
}
