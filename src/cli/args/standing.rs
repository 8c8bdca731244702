//! Which commands and flags are accepted but do not work as they read: not built yet, without effect, deprecated.
//! The parser, the help pages and the reference page all read this one table.

/// How a flag or a command stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Using it is an error, because the result would not be what was asked for. Says what is missing.
    NotYet(&'static str),
    /// Using it is a warning: the result is the same without it. Says why.
    NoEffect(&'static str),
    /// Using it is a warning, or an error under the named strict control. Says what to write instead.
    Deprecated { control: &'static str, instead: &'static str },
}

use Standing::{Deprecated, NoEffect, NotYet};

const COMMANDS: &[(&str, Standing)] = &[
    ("browse", NotYet("there is no screen for it yet; see list --tree")),
    ("aws-provider-patch", NotYet("modules are never patched yet")),
];

/// A row holds for the commands whose path starts with its first column.
const FLAGS: &[(&str, &str, Standing)] = &[
    ("", "profile-cpu", NotYet("terrace does not profile itself yet")),
    ("", "profile-mem", NotYet("terrace does not profile itself yet")),
    ("", "profile-goroutine", NotYet("terrace does not profile itself yet")),
    ("", "profile-dir", NotYet("terrace does not profile itself yet")),
    ("backend delete", "bucket", NotYet("a bucket may hold other things than states")),
    ("", "version-manager-file-name", NoEffect("the version is asked once for each tool")),
    ("", "experimental-engine", NotYet("engines are not started yet")),
    ("", "engine-cache-path", NoEffect("engines are not started yet")),
    ("", "engine-skip-check", NoEffect("engines are not started yet")),
    ("", "engine-log-level", NoEffect("engines are not started yet")),
    ("scaffold", "no-dependency-prompt", NoEffect("templates of Boilerplate are not run")),
    ("scaffold", "no-hooks", NoEffect("templates of Boilerplate are not run")),
    ("catalog", "no-hooks", NoEffect("templates of Boilerplate are not run")),
    ("", "no-shell", NoEffect("templates of Boilerplate are not run")),
    (
        "",
        "queue-exclude-external",
        Deprecated {
            control: "queue-exclude-external",
            instead: "leave it out: dependencies outside of the working folder run only if asked for",
        },
    ),
    (
        "",
        "queue-strict-include",
        Deprecated {
            control: "queue-strict-include",
            instead: "leave it out: a filter never selects more than it says",
        },
    ),
    (
        "",
        "units-that-include",
        Deprecated { control: "units-that-include", instead: "write --filter 'reading=FILE'" },
    ),
    (
        "",
        "disable-command-validation",
        Deprecated {
            control: "disable-command-validation",
            instead: "leave it out: commands are never checked",
        },
    ),
    (
        "",
        "no-destroy-dependencies-check",
        Deprecated {
            control: "no-destroy-dependencies-check",
            instead: "leave it out: dependents are looked for only with --destroy-dependencies-check",
        },
    ),
    (
        "render",
        "disable-dependent-modules",
        Deprecated {
            control: "disable-dependent-modules",
            instead: "leave it out: dependents are never looked for",
        },
    ),
    (
        "",
        "hidden",
        Deprecated {
            control: "deprecated-hidden-flag",
            instead: "leave it out: hidden folders are looked into unless --no-hidden is given",
        },
    ),
];

/// How a command stands; `None` if it simply works.
#[must_use]
pub fn standing_of_command(path: &str) -> Option<Standing> {
    COMMANDS.iter().find(|(command, _)| *command == path).map(|(_, standing)| *standing)
}

/// How a flag of a command stands; `None` if it simply works.
#[must_use]
pub fn standing_of_flag(path: &str, flag: &str) -> Option<Standing> {
    let row =
        FLAGS.iter().find(|(command, name, _)| *name == flag && (command.is_empty() || *command == path));
    row.map(|(_, _, standing)| *standing)
}

#[cfg(test)]
mod tests {
    use super::{COMMANDS, FLAGS};
    use crate::cli::args::{STRICT_CONTROLS, Standing, tree};

    fn find<'a>(root: &'a clap::Command, path: &str) -> Option<&'a clap::Command> {
        path.split(' ').filter(|word| !word.is_empty()).try_fold(root, |at, word| at.find_subcommand(word))
    }

    fn has_flag(command: &clap::Command, name: &str) -> bool {
        command.get_arguments().any(|arg| arg.get_long() == Some(name))
            || command.get_subcommands().any(|below| has_flag(below, name))
    }

    #[test]
    fn every_row_names_something_that_is_there() {
        let root = tree();
        for (path, _) in COMMANDS {
            assert!(find(&root, path).is_some(), "{path}");
        }
        for (path, flag, standing) in FLAGS {
            let command = find(&root, path).unwrap_or_else(|| panic!("{path}"));
            assert!(has_flag(command, flag), "{path} --{flag}");
            if let Standing::Deprecated { control, .. } = standing {
                assert!(STRICT_CONTROLS.active.contains(control), "{control}");
            }
        }
    }
}
