//! `info print` and `info strict list`.

use super::units;
use crate::cli::args::{STRICT_CONTROLS, StrictListArgs};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::config::{StatePlace, load_state_place};
use crate::diag::Code;
use serde::Serialize;

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

/// Prints where a unit's things are. A faulty unit is printed as far as it is understood.
///
/// # Errors
/// No unit here, or a stdout that cannot be written.
pub(super) fn print(context: &Context) -> Result<u8, Failure> {
    for config_path in units::selected(context)? {
        let place = load_state_place(&context.session, &config_path);
        if let Err(faults) = &place {
            units::diagnose(context, faults);
        }
        let place = place.ok();
        let named = place.as_ref().and_then(|place| place.terraform_binary.as_deref());
        let tool =
            context.tools.of_unit(named).map(|tool| tool.program.display().to_string()).unwrap_or_default();
        let shown = |get: fn(&StatePlace) -> &std::path::Path| {
            place.as_ref().map_or_else(String::new, |place| get(place).display().to_string())
        };
        let info = Info {
            config_path: config_path.display().to_string(),
            download_dir: shown(|place| &place.download_dir),
            iam_role: place.as_ref().and_then(|place| place.iam_role.clone()).unwrap_or_default(),
            terraform_binary: tool,
            terraform_command: context.session.invoked.command().to_owned(),
            working_dir: shown(|place| &place.working_dir),
        };
        let text = serde_json::to_string_pretty(&info).unwrap_or_default();
        context.screen.print(&format!("{text}\n"))?;
    }
    Ok(exit::SUCCESS)
}

/// Prints the strict controls.
///
/// # Errors
/// A name that is none; a stdout that cannot be written.
pub(super) fn strict_list(args: &StrictListArgs, context: &Context) -> Result<u8, Failure> {
    let active = STRICT_CONTROLS.active.iter().map(|name| (*name, "active"));
    let completed = STRICT_CONTROLS.completed.iter().filter(|_| args.all).map(|name| (*name, "completed"));
    let mut rows: Vec<(&str, &str)> = active.chain(completed).collect();
    if let Some(wanted) = &args.name {
        rows.retain(|(name, _)| name == wanted);
        if rows.is_empty() {
            return Err(Failure::new(Kind::Usage, format!("there is no strict control `{wanted}`"))
                .coded(Code::UnknownControl));
        }
    }
    rows.sort_unstable();
    let text: String = rows.iter().map(|(name, state)| format!("{name}  {state}\n")).collect();
    context.screen.print(&text)?;
    Ok(exit::SUCCESS)
}
