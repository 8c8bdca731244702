//! `pins upgrade`: moves a provider to another version, in the code of units and in their lock files.

use super::super::run::prompt::agree_to;
use super::super::{look, units};
use super::code::{Platforms, Reading, UnitCode};
use super::lock::diff;
use super::mirrors;
use crate::cli::args::PinsUpgradeArgs;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::custody::counted;
use crate::diag::{Code, Diagnostics, SourceFile, distinct};
use crate::estate::{Estate, Wanted};
use crate::graph::discover::Hidden;
use crate::graph::unit::Kind as ComponentKind;
use crate::host::fs::{self, Access, FileError};
use crate::host::{env, parallel};
use crate::pins::relock::{Change, Choice, Lockable, Look, Trust, Wishes};
use crate::pins::upgrade::{Move, Moved, Spot, plan};
use crate::pins::{Policy, ToolTelling};
use crate::provider::code::Said;
use crate::provider::{ProviderAddress, Version};
use std::path::{Path, PathBuf};

/// Shows what changes, asks, and changes all of it or nothing.
///
/// # Errors
/// A constraint that cannot be moved, a package that is not at hand, an answer that is no.
pub(super) fn run(args: &PinsUpgradeArgs, context: &Context) -> Result<u8, Failure> {
    let (address, version) = target(&args.target, context)?;
    let mirrors = mirrors::of_flags(&args.packages, context)?;
    let chosen = super::chosen(context)?;
    let policy = super::policy(context)?;
    let platforms = Platforms { given: &args.platform, policy: &policy };
    let selected = in_environment(args.env.as_deref(), &policy, &chosen.units)?;
    let reading = Reading::new(context);
    let (mine, faults) = read(&reading, &selected, &platforms);
    if !faults.is_empty() {
        return Err(refused(context, faults));
    }
    let is_using = |(_, unit): &(UnitCode, Lockable)| unit.needs.providers.contains_key(&address);
    let (codes, using): (Vec<UnitCode>, Vec<Lockable>) = mine.into_iter().filter(is_using).unzip();
    if using.is_empty() {
        let text = format!("none of {} uses {address}", counted(selected.len(), "unit"));
        return Err(Failure::usage(text).hint("`terrace pins list` shows who uses which provider"));
    }
    // What cannot be read there is the business of those who work there.
    let others = read(&reading, &elsewhere(context, &selected), &platforms).0;
    let others: Vec<Lockable> = others.into_iter().map(|(_, unit)| unit).collect();
    let wishes = Wishes { trust: trust(args), choice: Choice::Same, look: Look::Packages };
    let moved = Moved { units: &using, others: &others };
    let spot = |index: usize, said: &Said| codes.get(index).and_then(|code| spot(context, code, said));
    let changes = plan(moved, Move { address: &address, version: &version }, (&mirrors, wishes), spot)
        .map_err(|faults| refused(context, faults))?;
    carry_out(args, context, &changes)
}

/// The units of an environment; all of them if none is named.
fn in_environment(name: Option<&str>, policy: &Policy, units: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let Some(name) = name else { return Ok(units.to_vec()) };
    let names: Vec<&str> =
        policy.environments().map(|it| policy.name_of(it)).filter(|it| !it.is_empty()).collect();
    if !names.contains(&name) {
        let known = match names.as_slice() {
            [] => "the `pins` block of terrace.hcl names environments, and it names none".to_owned(),
            names => format!("the policy knows {}", names.join(", ")),
        };
        return Err(Failure::usage(format!("there is no environment `{name}`"))
            .coded(Code::WrongValue)
            .hint(known));
    }
    let dir = |path: &PathBuf| path.parent().unwrap_or(Path::new("/")).to_path_buf();
    let is_inside = |path: &&PathBuf| policy.name_of(policy.environment_of(&dir(path))) == name;
    Ok(units.iter().filter(is_inside).cloned().collect())
}

fn trust(args: &PinsUpgradeArgs) -> Trust {
    if args.trust_mirror { Trust::Mirror } else { Trust::Recorded }
}

/// `PROVIDER@VERSION`
fn target(text: &str, context: &Context) -> Result<(ProviderAddress, Version), Failure> {
    let fault =
        |said: String| Failure::usage(said).coded(Code::WrongValue).hint("write it as hashicorp/aws@5.100.0");
    let (address, version) =
        text.rsplit_once('@').ok_or_else(|| fault(format!("`{text}` names no version")))?;
    let telling = ToolTelling { dir: &context.session.root, named: None, locked: None };
    let address = ProviderAddress::parse(address, super::dialect(context, &telling).registry())
        .map_err(|error| fault(format!("`{address}` is no address of a provider: {error}")))?;
    let parsed = Version::parse(version).ok().filter(|version| version.segments().len() == 3);
    let version =
        parsed.ok_or_else(|| fault(format!("`{version}` is no version in full, such as 5.100.0")))?;
    Ok((address, version))
}

/// The units of these files, and the faults of those that cannot be read.
fn read(
    reading: &Reading<'_>,
    paths: &[PathBuf],
    platforms: &Platforms<'_>,
) -> (Vec<(UnitCode, Lockable)>, Diagnostics) {
    let each = parallel::in_order(paths, env::parallelism(), |path| {
        let unit = reading.unit(path)?;
        let lockable = reading.lockable(&unit, platforms)?;
        Ok((unit, lockable))
    });
    let (mut units, mut faults) = (Vec::new(), Diagnostics::new());
    for one in each {
        match one {
            Ok(unit) => units.push(unit),
            Err(found) => faults.extend::<Diagnostics>(found),
        }
    }
    (units, faults)
}

/// All other units of the repository: they may share code with those that are moved.
fn elsewhere(context: &Context, selected: &[PathBuf]) -> Vec<PathBuf> {
    let root = look::repository(context).unwrap_or_else(|| context.session.root.clone());
    let wanted = Wanted { root: Some(root), hidden: Hidden::Skip, depth: None, from: None };
    let estate = Estate::discover(&context.session, &wanted);
    let components = estate.components.iter().map(|(_, component)| component);
    let units = components.filter(|component| component.kind == ComponentKind::Unit);
    let paths = units.map(|unit| context.session.config_in(&unit.path));
    paths.filter(|path| !selected.contains(path)).collect()
}

/// Where a constraint can be edited: its own file, or the one block of a unit that generates it.
fn spot(context: &Context, code: &UnitCode, said: &Said) -> Option<Spot> {
    let sources = &context.session.files.sources;
    let file = sources.get(said.span.file)?;
    let inside = said.span.start as usize + 1..(said.span.end as usize).checked_sub(1)?;
    let name = file.path.file_name()?;
    let laid_over = code.pinned.dir.join(name);
    let is_same = |path: &&Path| fs::read_text(path).is_ok_and(|text| *text == *file.text);
    if let Some(path) = [file.path.as_path(), laid_over.as_path()].iter().find(|path| is_same(path)) {
        return Some(Spot { path: path.to_path_buf(), text: file.text.to_string(), at: inside });
    }
    let generated = code.pinned.generated.iter().find(|it| Path::new(&it.path) == Path::new(name))?;
    let span = generated.contents.span;
    let written = sources.get(span.file)?;
    only_place(&written, span.start as usize..span.end as usize, said.as_text()?)
}

/// The one place in a part of a file where a text stands in quotes.
fn only_place(file: &SourceFile, part: std::ops::Range<usize>, text: &str) -> Option<Spot> {
    let quoted = format!("\"{text}\"");
    let mut found = file.text.get(part.clone())?.match_indices(&quoted);
    let at = part.start + found.next()?.0 + 1;
    if found.next().is_some() {
        return None;
    }
    Some(Spot { path: file.path.clone(), text: file.text.to_string(), at: at..at + text.len() })
}

fn refused(context: &Context, faults: Diagnostics) -> Failure {
    units::diagnose(context, &distinct(faults));
    Failure::new(Kind::Config, "nothing was changed")
}

fn carry_out(args: &PinsUpgradeArgs, context: &Context, changes: &[Change]) -> Result<u8, Failure> {
    if changes.is_empty() {
        context.screen.say("everything is at this version already");
        return Ok(exit::SUCCESS);
    }
    let text: String = changes.iter().map(|change| diff(context, change)).collect();
    if args.dry_run {
        context.screen.print(&text)?;
        return Ok(exit::SUCCESS);
    }
    agree_to(context, text.trim_end(), &format!("Change {}?", counted(changes.len(), "file")))?;
    write_all(changes)
        .map_err(|error| Failure::from_error(Kind::Machine, &error).coded(Code::FileUnwritable))?;
    context.screen.say(&format!("{} changed", counted(changes.len(), "file")));
    Ok(exit::SUCCESS)
}

/// All or nothing: what was written before a fault is written back.
fn write_all(changes: &[Change]) -> Result<(), FileError> {
    for (done, change) in changes.iter().enumerate() {
        let Err(error) = super::lock::write(change) else { continue };
        for earlier in changes.iter().take(done) {
            // The first fault is the one to tell.
            let _ = match earlier.old.as_str() {
                "" => fs::remove_file(&earlier.path),
                old if fs::exists(&earlier.path) => fs::replace_content(&earlier.path, old.as_bytes()),
                old => fs::write_atomic(&earlier.path, old.as_bytes(), Access::Shared),
            };
        }
        return Err(error);
    }
    Ok(())
}
