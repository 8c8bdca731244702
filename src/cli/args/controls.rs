//! The names of strict controls, experiments and tips, and which are still alive.

use std::collections::BTreeSet;

/// One family of names that can be turned on.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// What one of them is called in a message.
    pub noun: &'static str,
    pub active: &'static [&'static str],
    /// Accepted with a warning; they have no effect any more.
    pub completed: &'static [&'static str],
}

/// `--strict-control`.
pub const STRICT_CONTROLS: Names = Names {
    noun: "strict control",
    active: &[
        "bare-include",
        "cli-redesign",
        "default-commands",
        "deprecated-commands",
        "deprecated-configs",
        "deprecated-env-vars",
        "deprecated-flags",
        "deprecated-hidden-flag",
        "disable-command-validation",
        "disable-dependent-modules",
        "fast-copy",
        "legacy-gcs-public-prefix",
        "legacy-internal-tflint",
        "legacy-logs",
        "no-destroy-dependencies-check",
        "optional-hooks",
        "queue-exclude-external",
        "queue-strict-include",
        "root-terragrunt-hcl",
        "terragrunt-prefix-env-vars",
        "units-that-include",
    ],
    completed: &[
        "apply-all",
        "destroy-all",
        "double-star",
        "legacy-all",
        "output-all",
        "plan-all",
        "require-explicit-bootstrap",
        "skip-dependencies-inputs",
        "spin-up",
        "tear-down",
        "terragrunt-prefix-flags",
        "validate-all",
    ],
};

/// What each strict control refuses.
const STRICT_MEANINGS: &[(&str, &str)] = &[
    ("apply-all", "the command apply-all, which is gone"),
    ("bare-include", "an include block without a label"),
    ("cli-redesign", "command names of before the redesign"),
    ("default-commands", "terraform's commands without `run` before them"),
    ("deprecated-commands", "every deprecated command"),
    ("deprecated-configs", "every deprecated member of a file"),
    ("deprecated-env-vars", "every deprecated variable of the environment"),
    ("deprecated-flags", "every deprecated flag"),
    ("deprecated-hidden-flag", "the flag --hidden"),
    ("destroy-all", "the command destroy-all, which is gone"),
    ("disable-command-validation", "the flag --disable-command-validation"),
    ("disable-dependent-modules", "the flag --disable-dependent-modules"),
    ("double-star", "globs of before `**`, which are gone"),
    ("fast-copy", "the older globs of include_in_copy and exclude_from_copy"),
    ("legacy-all", "the commands that end in -all, which are gone"),
    ("legacy-gcs-public-prefix", "public addresses of Google storage taken for buckets"),
    ("legacy-internal-tflint", "the tflint that was built in"),
    ("legacy-logs", "flags and variables of the older log"),
    ("no-destroy-dependencies-check", "the flag --no-destroy-dependencies-check"),
    ("optional-hooks", "hooks that a flag leaves out"),
    ("output-all", "the command output-all, which is gone"),
    ("plan-all", "the command plan-all, which is gone"),
    ("queue-exclude-external", "the flag --queue-exclude-external"),
    ("queue-strict-include", "the flag --queue-strict-include"),
    ("require-explicit-bootstrap", "buckets that are created unasked, which they never are"),
    ("root-terragrunt-hcl", "a root configuration that is called terragrunt.hcl"),
    ("skip-dependencies-inputs", "inputs of dependencies, which are gone"),
    ("spin-up", "the command spin-up, which is gone"),
    ("tear-down", "the command tear-down, which is gone"),
    ("terragrunt-prefix-env-vars", "variables that begin with TERRAGRUNT_"),
    ("terragrunt-prefix-flags", "flags that begin with --terragrunt-, which are gone"),
    ("units-that-include", "the flag --units-that-include"),
    ("validate-all", "the command validate-all, which is gone"),
];

/// What a strict control refuses, in a few words.
#[must_use]
pub fn strict_meaning(name: &str) -> &'static str {
    STRICT_MEANINGS.iter().find(|(known, _)| *known == name).map_or("", |(_, meaning)| meaning)
}

/// `--experiment`.
pub const EXPERIMENTS: Names = Names {
    noun: "experiment",
    active: &[
        "azure-backend",
        "block-iteration",
        "bounded-discovery",
        "browse-tui",
        "catalog-format",
        "deep-merge",
        "dependency-fetch-output-from-state",
        "hook-context-env",
        "iac-engine",
        "mutable-generate",
        "oci",
        "optional-dependency-outputs",
        "optional-hooks",
        "otel-logs",
        "profiling",
        "slow-task-reporting",
        "symlinks",
        "version-attribute",
    ],
    completed: &[
        "auto-provider-cache-dir",
        "cas",
        "catalog-redesign",
        "cli-redesign",
        "dag-queue-display",
        "filter-flag",
        "mark-many-as-read",
        "opt-out-auth",
        "report",
        "runner-pool",
        "stack-dependencies",
        "stacks",
    ],
};

/// `--no-tip`.
pub const TIPS: Names = Names {
    noun: "tip",
    active: &[
        "debugging-docs",
        "stack-filter-nested-not-generated",
        "stack-target-missing-type-stack",
        "windows-symlink-warning",
    ],
    completed: &[],
};

/// Which names of a family are on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enabled(BTreeSet<&'static str>);

impl Enabled {
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    pub fn insert(&mut self, name: &'static str) {
        self.0.insert(name);
    }

    pub fn insert_all(&mut self, names: &Names) {
        self.0.extend(names.active);
    }
}

#[cfg(test)]
mod tests {
    use super::{STRICT_CONTROLS, strict_meaning};

    #[test]
    fn every_strict_control_says_what_it_refuses() {
        for name in STRICT_CONTROLS.active.iter().chain(STRICT_CONTROLS.completed) {
            assert!(!strict_meaning(name).is_empty(), "{name}");
        }
    }
}
