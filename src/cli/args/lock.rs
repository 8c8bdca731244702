//! `lock`: who holds the locks of states, and letting go of them.

use super::shared::{
    AllArgs, AuthArgs, ConfigArgs, FeatureArgs, FilterArgs, QueueSelectArgs, Shared, ToolArgs,
};
use clap::{Args, Subcommand};
use std::time::Duration;

/// Commands of `lock`.
#[derive(Clone, Debug, Subcommand)]
pub enum LockCommand {
    List(Box<LockListArgs>),
    Show(Box<LockShowArgs>),
    Release(Box<LockReleaseArgs>),
    Doctor(Box<LockDoctorArgs>),
}

impl LockCommand {
    pub(super) fn shared(&self) -> Shared {
        match self {
            Self::List(args) => args.states.shared(),
            Self::Show(args) => args.unit.shared(),
            Self::Release(args) => args.states.shared(),
            Self::Doctor(args) => args.states.shared(),
        }
    }
}

/// Flags of commands that look at the states of many units.
#[derive(Args, Clone, Debug, Default)]
pub struct StatesArgs {
    #[command(flatten)]
    pub all: AllArgs,
    #[command(flatten)]
    pub filter: FilterArgs,
    #[command(flatten)]
    pub select: QueueSelectArgs,
    #[command(flatten)]
    pub unit: StateArgs,
}

impl StatesArgs {
    pub(super) fn shared(&self) -> Shared {
        Shared {
            all: self.all.clone(),
            filter: self.filter.clone(),
            queue_select: self.select.clone(),
            ..self.unit.shared()
        }
    }
}

/// Flags of commands that look at a state.
#[derive(Args, Clone, Debug, Default)]
pub struct StateArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub tool: ToolArgs,
    #[command(flatten)]
    pub feature: FeatureArgs,
    #[command(flatten)]
    pub auth: AuthArgs,
}

impl StateArgs {
    pub(super) fn shared(&self) -> Shared {
        Shared {
            config: self.config.clone(),
            tool: self.tool.clone(),
            feature: self.feature.clone(),
            auth: self.auth.clone(),
            ..Shared::default()
        }
    }
}

/// List the locks that are held: the unit's here, or those of every unit below
///
/// In a folder that is no unit's, and with --all, it looks at every unit below. A store that does not answer is a row of
/// its own, and then the exit code is 1.
#[derive(Args, Clone, Debug, Default)]
pub struct LockListArgs {
    /// As JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    #[command(flatten)]
    pub states: StatesArgs,
}

/// Show everything about the lock of a unit
#[derive(Args, Clone, Debug, Default)]
pub struct LockShowArgs {
    /// As JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    #[command(flatten)]
    pub unit: StateArgs,
    /// The unit's folder (default: the working folder)
    #[arg(value_name = "UNIT")]
    pub name: Option<String>,
}

/// Let go of a lock whose holder is dead: one by its id, or old ones of an estate
///
/// Only the very lock that was shown is released: if its holder let go meanwhile, or another one took it, nothing
/// happens. Without a terminal, --older-than only plans. Locks whose holder is known to live are never among the old ones.
#[derive(Args, Clone, Debug, Default)]
pub struct LockReleaseArgs {
    /// The id of the very lock to release
    #[arg(long, value_name = "ID", help_heading = "Which locks")]
    pub id: Option<String>,
    /// A lease on Azure whose holder died before saying who it is; looks twice, a minute apart
    #[arg(long, help_heading = "Which locks")]
    pub nameless: bool,
    /// Every lock that is at least so old, such as 2h or 45m; with --who
    #[arg(long, value_name = "AGE", help_heading = "Which locks", value_parser = parse_age)]
    pub older_than: Option<Duration>,
    /// Only locks of these holders; * stands for any text, as in ci@*
    #[arg(long, value_name = "PATTERN", help_heading = "Which locks")]
    pub who: Option<String>,
    #[command(flatten)]
    pub states: StatesArgs,
    /// The unit's folder
    #[arg(value_name = "UNIT")]
    pub name: Option<String>,
}

/// Find what is wrong with states, locks and their stores, and say what to do
///
/// Exit code 0: all is well. 2: something is wrong. 1: some of it could not be asked.
#[derive(Args, Clone, Debug, Default)]
pub struct LockDoctorArgs {
    /// As JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// A lock that is held for longer counts as stale (default 4h)
    #[arg(long, value_name = "AGE", help_heading = "Which locks", value_parser = parse_age)]
    pub older_than: Option<Duration>,
    #[command(flatten)]
    pub states: StatesArgs,
}

/// `90s`, `45m`, `2h`, `1h30m`, `3d`.
fn parse_age(text: &str) -> Result<Duration, String> {
    let fault = || "write an age such as 90s, 45m, 2h, 1h30m or 3d".to_owned();
    let mut rest = text;
    let mut seconds: u64 = 0;
    while !rest.is_empty() {
        let at = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(fault)?;
        let (digits, after) = rest.split_at(at);
        let unit = match after.chars().next() {
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3600,
            Some('d') => 86_400,
            _ => return Err(fault()),
        };
        let part = digits.parse::<u64>().ok().and_then(|count| count.checked_mul(unit));
        seconds = part.and_then(|part| seconds.checked_add(part)).ok_or_else(fault)?;
        rest = &after[1..];
    }
    if text.is_empty() { Err(fault()) } else { Ok(Duration::from_secs(seconds)) }
}

#[cfg(test)]
mod tests {
    use super::parse_age;

    #[test]
    fn ages_are_written_with_units() {
        for (text, seconds) in [("90s", 90), ("2h", 7200), ("1h30m", 5400), ("3d", 259_200), ("0s", 0)] {
            assert_eq!(parse_age(text).unwrap().as_secs(), seconds, "{text}");
        }
        for text in ["", "2", "h", "2 h", "-2h", "2w", "99999999999999999999d"] {
            assert!(parse_age(text).is_err(), "{text}");
        }
    }
}
