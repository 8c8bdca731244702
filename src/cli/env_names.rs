//! Which environment variables stand for a flag: the rule (`TG_` and the flag's name), its exceptions, and the former
//! `TERRAGRUNT_*` names. Names only; reading them is `settings`' job.

/// How a former variable's text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// As the flag's value.
    Same,
    /// A switch that said the opposite: `TERRAGRUNT_AUTO_INIT=false` is `--no-auto-init`.
    Negated,
    /// A switch that stood for one value of today's flag; the value itself is taken, too.
    Picks(&'static str),
}

/// A former name and how it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Former {
    pub name: String,
    pub meaning: Meaning,
}

/// The flags whose former variable is `TERRAGRUNT_` and the flag's name.
const FORMER_BY_RULE: &[&str] = &[
    "auth-provider-cmd",
    "check",
    "config",
    "diff",
    "disable-bucket-update",
    "disable-command-validation",
    "download-dir",
    "engine-cache-path",
    "engine-log-level",
    "engine-skip-check",
    "experiment",
    "experiment-mode",
    "experimental-engine",
    "feature",
    "graph-root",
    "iam-assume-role-duration",
    "iam-assume-role-session-name",
    "iam-assume-role-web-identity-token",
    "json-out-dir",
    "log-custom-format",
    "log-disable",
    "log-format",
    "log-level",
    "log-show-abs-paths",
    "no-color",
    "non-interactive",
    "out-dir",
    "parallelism",
    "provider-cache",
    "provider-cache-dir",
    "provider-cache-hostname",
    "provider-cache-port",
    "provider-cache-registry-names",
    "provider-cache-token",
    "queue-include-units-reading",
    "source",
    "source-map",
    "source-update",
    "strict-control",
    "strict-mode",
    "use-partial-parse-config-cache",
    "with-metadata",
    "working-dir",
];

/// Former names that the rule does not give.
const FORMER_BY_NAME: &[(&str, &str, Meaning)] = &[
    ("download-dir", "TERRAGRUNT_DOWNLOAD", Meaning::Same),
    ("tf-path", "TERRAGRUNT_TFPATH", Meaning::Same),
    ("inputs-debug", "TERRAGRUNT_DEBUG", Meaning::Same),
    ("iam-assume-role", "TERRAGRUNT_IAM_ROLE", Meaning::Same),
    ("iam-assume-role-web-identity-token", "TERRAGRUNT_IAM_WEB_IDENTITY_TOKEN", Meaning::Same),
    ("dependency-fetch-output-from-state", "TERRAGRUNT_FETCH_DEPENDENCY_OUTPUT_FROM_STATE", Meaning::Same),
    ("tf-forward-stdout", "TERRAGRUNT_FORWARD_TF_STDOUT", Meaning::Same),
    ("tf-forward-stdout", "TERRAGRUNT_INCLUDE_MODULE_PREFIX", Meaning::Negated),
    ("queue-ignore-errors", "TERRAGRUNT_IGNORE_DEPENDENCY_ERRORS", Meaning::Same),
    ("queue-ignore-dag-order", "TERRAGRUNT_IGNORE_DEPENDENCY_ORDER", Meaning::Same),
    ("queue-exclude-external", "TERRAGRUNT_IGNORE_EXTERNAL_DEPENDENCIES", Meaning::Same),
    ("queue-include-external", "TERRAGRUNT_INCLUDE_EXTERNAL_DEPENDENCIES", Meaning::Same),
    ("queue-excludes-file", "TERRAGRUNT_EXCLUDES_FILE", Meaning::Same),
    ("queue-exclude-dir", "TERRAGRUNT_EXCLUDE_DIR", Meaning::Same),
    ("queue-include-dir", "TERRAGRUNT_INCLUDE_DIR", Meaning::Same),
    ("queue-strict-include", "TERRAGRUNT_STRICT_INCLUDE", Meaning::Same),
    ("units-that-include", "TERRAGRUNT_MODULES_THAT_INCLUDE", Meaning::Same),
    ("backend-require-bootstrap", "TERRAGRUNT_FAIL_ON_STATE_BUCKET_CREATION", Meaning::Same),
    ("no-auto-init", "TERRAGRUNT_AUTO_INIT", Meaning::Negated),
    ("no-auto-retry", "TERRAGRUNT_AUTO_RETRY", Meaning::Negated),
    ("no-auto-approve", "TERRAGRUNT_AUTO_APPROVE", Meaning::Negated),
    ("non-interactive", "TERRAGRUNT_TF_INPUT", Meaning::Negated),
    ("log-format", "TERRAGRUNT_JSON_LOG", Meaning::Picks("json")),
    ("log-format", "TERRAGRUNT_TF_LOGS_TO_JSON", Meaning::Picks("json")),
    ("log-format", "TERRAGRUNT_DISABLE_LOG_FORMATTING", Meaning::Picks("key-value")),
    ("file", "TERRAGRUNT_HCLFMT_FILE", Meaning::Same),
    ("exclude-dir", "TERRAGRUNT_HCLFMT_EXCLUDE_DIR", Meaning::Same),
    ("stdin", "TERRAGRUNT_HCLFMT_STDIN", Meaning::Same),
    ("show-config-path", "TERRAGRUNT_HCLVALIDATE_SHOW_CONFIG_PATH", Meaning::Same),
    ("strict", "TERRAGRUNT_STRICT_VALIDATE", Meaning::Same),
    ("out", "TERRAGRUNT_JSON_OUT", Meaning::Same),
];

/// Former names that hold for one command only.
const FORMER_OF_COMMAND: &[(&str, &str, &str)] = &[
    ("aws-provider-patch", "override-attr", "TERRAGRUNT_OVERRIDE_ATTR"),
    ("backend bootstrap", "backend-require-bootstrap", "TERRAGRUNT_TG_FAIL_ON_STATE_BUCKET_CREATION"),
    ("backend bootstrap", "config", "TERRAGRUNT_TG_CONFIG"),
    ("backend bootstrap", "disable-bucket-update", "TERRAGRUNT_TG_DISABLE_BUCKET_UPDATE"),
    ("backend bootstrap", "download-dir", "TERRAGRUNT_TG_DOWNLOAD"),
    ("backend bootstrap", "feature", "TERRAGRUNT_TG_FEATURE"),
    ("browse", "feature", "TERRAGRUNT_BROWSE_FEATURE"),
    ("hcl fmt", "check", "TG_HCLFMT_CHECK"),
    ("hcl fmt", "diff", "TG_HCLFMT_DIFF"),
    ("hcl fmt", "exclude-dir", "TG_HCLFMT_EXCLUDE_DIR"),
    ("hcl fmt", "file", "TG_HCLFMT_FILE"),
    ("hcl fmt", "stdin", "TG_HCLFMT_STDIN"),
    ("hcl validate", "json", "TERRAGRUNT_HCLVALIDATE_JSON"),
    ("hcl validate", "json", "TG_HCLVALIDATE_JSON"),
    ("hcl validate", "strict", "TG_STRICT_VALIDATE"),
    ("list", "backend-require-bootstrap", "TERRAGRUNT_LIST_FAIL_ON_STATE_BUCKET_CREATION"),
    ("list", "disable-bucket-update", "TERRAGRUNT_LIST_DISABLE_BUCKET_UPDATE"),
    ("list", "feature", "TERRAGRUNT_LIST_FEATURE"),
    ("render", "disable-dependent-modules", "TERRAGRUNT_JSON_DISABLE_DEPENDENT_MODULES"),
    ("render", "disable-dependent-modules", "TG_RENDER_RENDER_JSON_DISABLE_DEPENDENT_MODULES"),
    ("render", "out", "TG_RENDER_RENDER_JSON_OUT"),
    ("render", "with-metadata", "TG_RENDER_RENDER_JSON_WITH_METADATA"),
];

/// Flags of `list` that keep the plain name.
const LIST_PLAIN: &[&str] = &[
    "filter",
    "filter-affected",
    "filters-file",
    "no-filters-file",
    "filter-allow-destroy",
    "discovery-boundary",
];

/// The flags of `render` that carry its name.
const RENDER_OWN: &[&str] =
    &["format", "json", "write", "out", "with-metadata", "all", "disable-dependent-modules"];

/// The variable of a command's flag; `None` if it has none. `global` says that every command has this flag.
#[must_use]
pub fn variable(command: &str, flag: &str, scope: Scope) -> Option<String> {
    if scope == Scope::Global {
        return Some(format!("TG_{}", upper(flag)));
    }
    let prefix = match command {
        "scaffold" if flag == "output-folder" => return None,
        "stack output" if matches!(flag, "json" | "raw") => return None,
        "list" if !LIST_PLAIN.contains(&flag) => "TG_LIST_",
        "render" if RENDER_OWN.contains(&flag) => "TG_RENDER_",
        "browse" => "TG_BROWSE_",
        _ => "TG_",
    };
    Some(format!("{prefix}{}", upper(flag)))
}

/// Whether a flag belongs to one command or to all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Global,
    Command,
}

/// Other names of today that are taken as well, without a warning.
#[must_use]
pub fn also_accepted(command: &str, flag: &str) -> Option<String> {
    let shared = [
        "backend-bootstrap",
        "backend-require-bootstrap",
        "config",
        "disable-bucket-update",
        "download-dir",
        "feature",
    ];
    (command == "backend bootstrap" && shared.contains(&flag)).then(|| format!("TG_TG_{}", upper(flag)))
}

/// The former names of a flag, the most likely first.
#[must_use]
pub fn former(command: &str, flag: &str) -> Vec<Former> {
    let by_rule = FORMER_BY_RULE
        .contains(&flag)
        .then(|| Former { name: format!("TERRAGRUNT_{}", upper(flag)), meaning: Meaning::Same });
    let same = |name: &str| Former { name: name.to_owned(), meaning: Meaning::Same };
    let of_command = FORMER_OF_COMMAND.iter().filter(|(path, name, _)| *path == command && *name == flag);
    let of_command = of_command.map(|(_, _, variable)| same(variable));
    let by_name = FORMER_BY_NAME.iter().filter(|(name, _, _)| *name == flag);
    let by_name =
        by_name.map(|(_, variable, meaning)| Former { name: (*variable).to_owned(), meaning: *meaning });
    by_rule.into_iter().chain(of_command).chain(by_name).collect()
}

/// The flag of today that a former flag such as `terragrunt-tfpath` became, and how its value reads. Flags had the
/// names of their variables.
#[must_use]
pub fn flag_of_former(flag: &str) -> Option<(String, Meaning)> {
    let variable = upper(flag);
    if variable == "TERRAGRUNT_HCLVALIDATE_JSON" {
        return Some(("json".to_owned(), Meaning::Same));
    }
    let by_name = FORMER_BY_NAME.iter().find(|(_, name, _)| *name == variable);
    by_name.map(|(flag, _, meaning)| ((*flag).to_owned(), *meaning))
}

fn upper(flag: &str) -> String {
    flag.replace('-', "_").to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::{FORMER_BY_NAME, FORMER_BY_RULE, Former, Meaning, Scope, former, variable};

    #[test]
    fn the_rule_and_its_exceptions() {
        for (command, flag, want) in [
            ("run", "queue-include-dir", Some("TG_QUEUE_INCLUDE_DIR")),
            ("find", "json", Some("TG_JSON")),
            ("find", "queue-construct-as", Some("TG_QUEUE_CONSTRUCT_AS")),
            ("list", "long", Some("TG_LIST_LONG")),
            ("list", "feature", Some("TG_LIST_FEATURE")),
            ("list", "filter", Some("TG_FILTER")),
            ("render", "all", Some("TG_RENDER_ALL")),
            ("render", "parallelism", Some("TG_PARALLELISM")),
            ("scaffold", "output-folder", None),
            ("stack output", "raw", None),
            ("stack output", "format", Some("TG_FORMAT")),
            ("backend delete", "config", Some("TG_CONFIG")),
        ] {
            assert_eq!(variable(command, flag, Scope::Command).as_deref(), want, "{command} --{flag}");
        }
        assert_eq!(variable("list", "log-level", Scope::Global).as_deref(), Some("TG_LOG_LEVEL"));
    }

    #[test]
    fn former_names_keep_their_sense() {
        let negated = Former { name: "TERRAGRUNT_AUTO_INIT".to_owned(), meaning: Meaning::Negated };
        assert_eq!(former("run", "no-auto-init"), [negated]);
        assert_eq!(former("run", "download-dir").len(), 2);
        assert!(former("run", "all").is_empty());
    }

    #[test]
    fn every_flag_named_here_exists() {
        let root = crate::cli::args::tree();
        let known = |flag: &str| {
            fn has(command: &clap::Command, flag: &str) -> bool {
                command.get_arguments().any(|arg| arg.get_long() == Some(flag))
                    || command.get_subcommands().any(|below| has(below, flag))
            }
            has(&root, flag)
        };
        for flag in FORMER_BY_RULE.iter().chain(FORMER_BY_NAME.iter().map(|(flag, _, _)| flag)) {
            assert!(known(flag), "{flag}");
        }
    }
}
