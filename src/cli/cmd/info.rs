//! `info print` and `info strict list`.

use super::units;
use crate::cli::args::{STRICT_CONTROLS, StrictListArgs, strict_meaning};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, Warning, exit};
use crate::cli::selection::Scope;
use crate::config::{load_state_place, working_dir};
use crate::diag::{Code, closest};
use crate::host::fs;
use crate::run::tools::Wish;
use serde::Serialize;
use std::path::Path;

/// The members in the order of their names, as tools expect them.
#[derive(Serialize)]
struct Info {
    config_path: String,
    download_dir: String,
    iam_role: String,
    terraform_binary: String,
    terraform_command: String,
    working_dir: String,
}

/// Prints where a unit's things are. Of a faulty unit, or where there is none, it is what would be without a word in
/// its file.
///
/// # Errors
/// A filter that cannot be understood, or a stdout that cannot be written.
pub(super) fn print(context: &Context) -> Result<u8, Failure> {
    let paths = match units::selected(context).map(|picked| picked.paths) {
        Err(failure) if context.settings.selection.scope == Scope::One => {
            context.screen.warn(&Warning::new(failure.message));
            vec![context.session.config_in(&context.session.root)]
        }
        selected => selected?,
    };
    for config_path in paths {
        let text = serde_json::to_string_pretty(&info(context, &config_path)).unwrap_or_default();
        context.screen.print(&format!("{text}\n"))?;
    }
    Ok(exit::SUCCESS)
}

fn info(context: &Context, config_path: &Path) -> Info {
    let session = &context.session;
    let place = fs::exists(config_path).then(|| load_state_place(session, config_path));
    if let Some(Err(faults)) = &place {
        units::diagnose(context, faults);
    }
    let place = place.and_then(Result::ok);
    let dir = config_path.parent().unwrap_or(&session.root);
    let (download_dir, working_dir) = match &place {
        Some(place) => (place.download_dir.clone(), place.working_dir.clone()),
        None => (working_dir::download_dir(session, dir, None), dir.to_path_buf()),
    };
    let named = place.as_ref().and_then(|place| place.terraform_binary.clone());
    let given = context.settings.tf_path.as_ref().map(|path| path.display().to_string()).or(named);
    let found = || context.tools.of_unit(&Wish::of_dir(dir)).map(|tool| tool.name).unwrap_or_default();
    Info {
        config_path: config_path.display().to_string(),
        download_dir: download_dir.display().to_string(),
        iam_role: place.and_then(|place| place.iam_role).unwrap_or_default(),
        terraform_binary: given.unwrap_or_else(found),
        terraform_command: "print".to_owned(),
        working_dir: working_dir.display().to_string(),
    }
}

/// Prints the strict controls.
///
/// # Errors
/// A name that is none; a stdout that cannot be written.
pub(super) fn strict_list(args: &StrictListArgs, context: &Context) -> Result<u8, Failure> {
    let active = STRICT_CONTROLS.active.iter().map(|name| (*name, "active"));
    let completed = STRICT_CONTROLS.completed.iter().map(|name| (*name, "completed"));
    let mut rows: Vec<(&str, &str)> = active.chain(completed).collect();
    match &args.name {
        Some(wanted) => rows.retain(|(name, _)| name == wanted),
        None => rows.retain(|(_, state)| args.all || *state == "active"),
    }
    if rows.is_empty() {
        let wanted = args.name.as_deref().unwrap_or_default();
        let near = closest(wanted, STRICT_CONTROLS.active.iter().chain(STRICT_CONTROLS.completed).copied());
        return Err(Failure::new(Kind::Usage, format!("there is no strict control `{wanted}`"))
            .coded(Code::UnknownControl)
            .hint_if(near.map(|near| format!("did you mean {near}?"))));
    }
    rows.sort_unstable();
    let longest = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let row = |(name, state): &(&str, &str)| {
        format!("{name:<longest$}  {state:<9}  refuses {}\n", strict_meaning(name))
    };
    let text: String = rows.iter().map(row).collect();
    context.screen.print(&text)?;
    Ok(exit::SUCCESS)
}
