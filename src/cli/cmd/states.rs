//! The states of the units that a command works on, opened. Which units are meant is said by the selection or by name.

use super::{pick, units};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind};
use crate::cli::selection::Scope;
use crate::config::OutputFault;
use crate::custody::journal::Journal;
use crate::custody::{Kept, Witness};
use crate::diag::Code;
use crate::host::{env, fs, parallel};
use crate::run::locator::Locator;
use crate::run::whereabouts::{Declaration, Whereabouts};
use crate::state::lock_info::escaped;
use crate::state::{OpenError, Stores};
use serde_json::Value as Json;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// States that were found and can be asked.
pub(super) struct States {
    pub stores: Arc<Stores>,
    pub kept: Vec<Kept>,
    /// Units whose state we cannot ask.
    pub lost: Vec<Lost>,
    /// Units whose files say that nothing is to be made for their state.
    pub left_alone: Vec<String>,
    /// The work trees that some of them are in.
    _selected: Option<units::Selected>,
}

/// A unit whose state we cannot ask.
pub(super) struct Lost {
    pub unit: String,
    pub why: String,
    pub hint: Option<String>,
    /// We have no driver for its backend.
    pub has_no_driver: bool,
}

impl Lost {
    pub fn into_failure(self) -> Failure {
        let text = format!("the state of {} cannot be reached: {}", self.unit, self.why);
        Failure::new(Kind::Machine, text).hint_if(self.hint)
    }
}

/// Opens the states of the selected units; without a selection, of the unit in the working folder, or of all below it
/// if it is none.
///
/// # Errors
/// A filter that cannot be understood; a machine without threads.
pub(super) fn selected(context: &Context) -> Result<States, Failure> {
    let selected = match units::selected(context) {
        Err(_) if context.settings.selection.scope == Scope::One => {
            units::below(context, &pick::filters(context)?)?
        }
        selected => selected?,
    };
    let states = open(context, &selected.paths)?;
    Ok(States { _selected: Some(selected), ..states })
}

/// The same, but where nothing is selected only for the unit in the working folder.
///
/// # Errors
/// No unit there; a filter that cannot be understood.
pub(super) fn of_selection(context: &Context) -> Result<States, Failure> {
    let selected = units::selected(context)?;
    let states = open(context, &selected.paths)?;
    Ok(States { _selected: Some(selected), ..states })
}

/// Opens the state of the unit that a word names, or of the unit in the working folder.
///
/// # Errors
/// No such unit; a state that we cannot ask.
pub(super) fn named(context: &Context, name: Option<&str>) -> Result<(Arc<Stores>, Kept), Failure> {
    let mut states = open(context, &[config_of(context, name)?])?;
    match (states.kept.pop(), states.lost.pop()) {
        (Some(kept), _) => Ok((states.stores, kept)),
        (None, Some(lost)) => Err(lost.into_failure()),
        (None, None) => Err(Failure::new(Kind::Machine, "the unit has no state")),
    }
}

/// The unit file that a word names: a folder or the file itself, relative to the working folder.
///
/// # Errors
/// When there is none.
pub(super) fn config_of(context: &Context, name: Option<&str>) -> Result<PathBuf, Failure> {
    let Some(name) = name else { return units::own_config(context) };
    let path = fs::clean(&context.session.root.join(name));
    let config = if fs::is_dir(&path) { context.session.config_in(&path) } else { path };
    if fs::is_file(&config) {
        return Ok(config);
    }
    Err(Failure::new(Kind::Usage, format!("there is no unit {name}: {} is not there", config.display()))
        .coded(Code::NoUnitHere)
        .hint("name a unit's folder, relative to the working folder; `terrace list` shows them"))
}

/// How messages call a unit: its folder from the working folder.
pub(super) fn name_of(context: &Context, config_path: &Path) -> String {
    let dir = config_path.parent().unwrap_or(&context.session.root);
    fs::relative(&context.session.root, dir).display().to_string()
}

/// The stores of the command.
///
/// # Errors
/// When the system has no thread to give.
pub(super) fn stores(context: &Context) -> Result<Arc<Stores>, Failure> {
    let stores = context.stores.get();
    stores.map_err(|error| Failure::new(Kind::Machine, format!("cannot start asking stores: {error}")))
}

fn open(context: &Context, paths: &[PathBuf]) -> Result<States, Failure> {
    let stores = stores(context)?;
    let locator = context.locator();
    let journal = Arc::new(Journal::of_user(&context.session.env));
    let threads = (2 * env::parallelism()).max(4);
    let open = |path: &PathBuf| open_one((context, &locator, &stores, &journal), path);
    let opened = parallel::in_order(paths, threads, open);
    let (mut kept, mut lost, mut left_alone) = (Vec::new(), Vec::new(), Vec::new());
    for opened in opened {
        match opened {
            Ok((found, Made::Never)) => {
                left_alone.push(found.unit.clone());
                kept.push(found);
            }
            Ok((found, Made::IfMissing)) => kept.push(found),
            Err(missing) => lost.push(missing),
        }
    }
    Ok(States { stores, kept, lost, left_alone, _selected: None })
}

fn open_one(
    (context, locator, stores, journal): (&Context, &Locator, &Stores, &Arc<Journal>),
    config_path: &Path,
) -> Result<(Kept, Made), Lost> {
    let unit = name_of(context, config_path);
    let unclear = |fault: OutputFault| Lost {
        unit: unit.clone(),
        why: fault.message,
        hint: fault.hint,
        has_no_driver: false,
    };
    let place = locator.find(config_path).map_err(unclear)?;
    let store = stores.open(&place.backend).map_err(|error| unopened(&unit, &place, &error))?;
    let made = match &place.declaration {
        Declaration::Unit(remote) if remote.disable_init == Some(true) => Made::Never,
        _ => Made::IfMissing,
    };
    let unit_dir = config_path.parent().unwrap_or(&context.session.root).to_path_buf();
    Ok((Kept { unit, store, witness: Witness { journal: Arc::clone(journal), unit_dir } }, made))
}

/// What a unit's file says about making a place for its state.
#[derive(Clone, Copy)]
enum Made {
    IfMissing,
    Never,
}

fn unopened(unit: &str, place: &Whereabouts, error: &OpenError) -> Lost {
    let hint = error.is_for_terraform().then(|| {
        format!("terraform itself knows the backend `{}`: use its own command for this", place.backend.kind)
    });
    let has_no_driver = matches!(error, OpenError::NoDriver { .. });
    Lost { unit: unit.to_owned(), why: error.to_string(), hint, has_no_driver }
}

/// Asks the stores and waits.
///
/// # Errors
/// When asking died.
pub(super) fn wait<T: Send + 'static>(
    stores: &Stores,
    question: impl Future<Output = T> + Send + 'static,
) -> Result<T, Failure> {
    stores.wait(question).ok_or_else(|| Failure::new(Kind::Machine, "asking the stores was cut off"))
}

/// A time of a store, to the second.
pub(super) fn time_text(time: std::time::SystemTime) -> String {
    crate::host::clock::rfc3339(time)
}

/// JSON that no terminal obeys: what JSON itself would let through is written as an escape.
pub(super) fn json_text(value: &Json) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        let mut letter = [0u8; 4];
        if c == '\n' || escaped(c.encode_utf8(&mut letter)) == *c.encode_utf8(&mut [0u8; 4]) {
            out.push(c);
        } else {
            let mut units = [0u16; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::json_text;
    use serde_json::json;

    #[test]
    fn json_cannot_drive_a_terminal_and_says_the_same() {
        let value = json!({"who": "a\u{1b}[2J\u{9b}\u{202e}é\n\"\\"});
        let text = json_text(&value);
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()) && !text.contains('\u{202e}'), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
