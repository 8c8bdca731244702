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
