//! What a flag takes, read off its definition.

use clap::{Arg, ArgAction};

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Switch,
    One,
    Many,
    /// One that may be left out: then `true` is its value. Never the next word.
    Optional,
}

impl Kind {
    /// Whether the next word is the value.
    #[must_use]
    pub fn takes_next(self) -> bool {
        matches!(self, Self::One | Self::Many)
    }
}

/// What a flag takes, from its definition.
#[must_use]
pub fn kind_of(arg: &Arg) -> Kind {
    match arg.get_action() {
        ArgAction::SetTrue => Kind::Switch,
        ArgAction::Append => Kind::Many,
        _ if arg.get_num_args().is_some_and(|count| count.min_values() == 0) => Kind::Optional,
        _ => Kind::One,
    }
}
