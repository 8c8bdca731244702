//! `pins verify`: packages on this machine against the lock files of units.

use super::super::units;
use super::code::Reading;
use super::mirrors;
use crate::cli::args::PinsVerifyArgs;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::custody::counted;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::host::{env, fs, parallel};
use crate::pins::verify::{Finding, Locked, Verdict, verify};
use crate::provider::contents::Difference;
use crate::provider::init::data_dir_name;
use crate::provider::lock_file::FILE_NAME;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Compares, and says what is not as it was locked.
///
/// # Errors
/// A lock file or a package that cannot be read.
pub(super) fn run(args: &PinsVerifyArgs, context: &Context) -> Result<u8, Failure> {
    if args.packages.net_mirror.is_some() {
        return Err(Failure::usage("packages of a server are compared when they are taken from it")
            .coded(Code::Exclusive)
            .hint("leave --net-mirror out: only packages on this machine are looked at"));
    }
    // Says what is wrong with the flags.
    mirrors::of_flags(&args.packages, context)?;
    let chosen = super::chosen(context)?;
    let reading = Reading::new(context);
    let read = parallel::in_order(&chosen.units, env::parallelism(), |path| locked(&reading, path));
    let (mut locks, mut faults) = (Vec::new(), chosen.faults);
    for one in read {
        match one {
            Ok(lock) => locks.extend(lock),
            Err(found) => faults.extend(found),
        }
    }
    let findings = verify(&locks, &shared(args, context));
    let broken = faults.len();
    faults.extend(findings.iter().filter_map(|finding| fault_of(finding, &locks)));
    if args.json {
        let rows: Vec<Value> = findings.iter().map(|finding| row(finding, &locks)).collect();
        context.screen.print(&format!("{}\n", Value::Array(rows)))?;
    }
    units::diagnose(context, &crate::diag::distinct(faults));
    finish(context, &findings, broken)
}

/// A unit's lock file and where its own packages lie; `None` without one.
fn locked(reading: &Reading<'_>, config_path: &Path) -> Result<Option<Locked>, Diagnostics> {
    let dir = config_path.parent().unwrap_or(Path::new("."));
    let Some(old) = reading.lock_file(&dir.join(FILE_NAME))? else { return Ok(None) };
    // Where terraform runs for it need not be known to look elsewhere.
    let working_dir = reading.unit(config_path).ok().and_then(|unit| unit.module.working_dir);
    let data_dir = data_dir_name(&reading.context.session.env).to_owned();
    let folders = [Some(dir.to_path_buf()), working_dir].into_iter().flatten();
    let folders = folders.map(|folder| folder.join(&data_dir).join("providers")).collect();
    Ok(Some(Locked { name: reading.shown(dir), lock: old.lock, folders }))
}

/// Folders that any unit may take packages from.
fn shared(args: &PinsVerifyArgs, context: &Context) -> Vec<PathBuf> {
    let mut folders = mirrors::caches(context);
    match &args.packages.fs_mirror {
        Some(folder) => folders.push(fs::clean(&context.session.cwd.join(folder))),
        None => folders.extend(mirrors::folders(context)),
    }
    folders
}

fn fault_of(finding: &Finding, locks: &[Locked]) -> Option<Diagnostic> {
    let package = &finding.package;
    let lock = locks.get(finding.unit)?.lock.providers.get(&package.address);
    let span = lock.and_then(|lock| lock.places.as_ref()).and_then(|places| places.hashes);
    let name = format!("{} {} for {}", package.address, package.version, package.platform);
    let at = package.path.display();
    let fault = match &finding.verdict {
        Verdict::Tampered(files) => {
            let text = format!("the package of {name} at {at} is not the one that was locked");
            let fault = Diagnostic::error(Code::PackageTampered, text).detail(told(files.as_deref()));
            fault.hint(
                "remove the package and let it be fetched again; find out who changed it before you run it",
            )
        }
        Verdict::Broken(said) => {
            Diagnostic::error(Code::BadPackage, format!("the package of {name} cannot be read: {said}"))
                .hint("remove the package and let it be fetched again")
        }
        Verdict::Sound | Verdict::Foreign | Verdict::Unchecked => return None,
    };
    Some(span.into_iter().fold(fault, |fault, span| fault.at(span, "none of these is its own")))
}

fn told(files: Option<&[Difference]>) -> String {
    let Some(files) = files else {
        return "no sound copy is at hand, so that the files that differ cannot be named".to_owned();
    };
    let lines = files.iter().map(|file| match file {
        Difference::Changed(name) => format!("changed: {name}"),
        Difference::Missing(name) => format!("missing: {name}"),
        Difference::Added(name) => format!("added: {name}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn row(finding: &Finding, locks: &[Locked]) -> Value {
    let package = &finding.package;
    let (verdict, files) = match &finding.verdict {
        Verdict::Sound => ("sound", None),
        Verdict::Tampered(files) => ("tampered", files.as_ref()),
        Verdict::Foreign => ("foreign", None),
        Verdict::Unchecked => ("unchecked", None),
        Verdict::Broken(_) => ("broken", None),
    };
    let files = files.map(|files| {
        let each = files.iter().map(|file| match file {
            Difference::Changed(name) => json!({ "changed": name }),
            Difference::Missing(name) => json!({ "missing": name }),
            Difference::Added(name) => json!({ "added": name }),
        });
        each.collect::<Vec<_>>()
    });
    json!({
        "unit": locks.get(finding.unit).map(|lock| &lock.name),
        "provider": package.address.to_string(),
        "version": package.version.to_string(),
        "platform": package.platform.to_string(),
        "path": package.path.display().to_string(),
        "verdict": verdict,
        "files": files,
    })
}

fn finish(context: &Context, findings: &[Finding], broken: usize) -> Result<u8, Failure> {
    let of = |is_one: fn(&Verdict) -> bool| {
        let paths = findings.iter().filter(|finding| is_one(&finding.verdict));
        paths.map(|finding| &finding.package.path).collect::<BTreeSet<_>>().len()
    };
    let unread = broken + of(|verdict| matches!(verdict, Verdict::Broken(_)));
    if unread > 0 {
        return Err(Failure::new(Kind::Config, format!("{} could not be compared", counted(unread, "file"))));
    }
    let tampered = of(|verdict| matches!(verdict, Verdict::Tampered(_)));
    let all = of(|_| true);
    let mut text = match tampered {
        0 => format!("{} compared, and none was tampered with", counted(all, "package")),
        _ => format!("{} of {} not the one that was locked", tampered, counted(all, "package")),
    };
    for (count, why) in [
        (of(|verdict| *verdict == Verdict::Unchecked), "unpacked, while only hashes of zips are locked"),
        (of(|verdict| *verdict == Verdict::Foreign), "for another platform, of which nothing is locked"),
    ] {
        if count > 0 {
            text.push_str(&format!("; {count} {why}"));
        }
    }
    context.screen.say(&text);
    Ok(if tampered > 0 { exit::PINS } else { exit::SUCCESS })
}
