//! What the user asks terraform to do, taken apart. Pure; knows no unit.

/// A terraform command line in pieces; terraform wants them in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TerraformCommand {
    /// The first word: `plan`, `state`.
    pub name: String,
    /// The words that belong to it: `list` of `state list`.
    pub subcommands: Vec<String>,
    /// Flags, each followed by its value where that is a word of its own.
    pub flags: Vec<String>,
    pub positionals: Vec<String>,
}

/// Commands whose next word is a command too.
const PARENTS: &[&str] = &["state", "workspace", "providers", "metadata", "env"];

/// Flags whose value may be the next word, whatever the command.
const VALUE_FLAGS: &[&str] = &[
    "backend-config",
    "backup",
    "backup-out",
    "chdir",
    "cloud-run",
    "config",
    "deprecation",
    "exclude",
    "exclude-file",
    "filter",
    "from-module",
    "fs-mirror",
    "generate-config-out",
    "id",
    "json-into",
    "junit-xml",
    "lock-timeout",
    "lockfile",
    "module-depth",
    "net-mirror",
    "out",
    "parallelism",
    "platform",
    "plugin-dir",
    "replace",
    "state",
    "state-out",
    "target",
    "target-file",
    "test-directory",
    "type",
    "var",
    "var-file",
];

impl TerraformCommand {
    /// Takes a command line apart: the first word that is no flag is the command. `None` if there is no such word.
    /// `--flag` becomes `-flag`, and `apply -destroy` becomes `destroy`.
    #[must_use]
    pub fn parse(words: &[String]) -> Option<Self> {
        let mut command = Self::default();
        let mut words = words.iter().map(|word| word.trim()).filter(|word| !word.is_empty()).peekable();
        let mut subcommand_may_come = false;
        while let Some(word) = words.next() {
            if is_flag(word) {
                let flag = single_dash(word);
                let takes_value = command.takes_value(&flag);
                command.flags.push(flag);
                if let Some(value) = takes_value.then(|| words.next()).flatten() {
                    command.flags.push(value.to_owned());
                }
                subcommand_may_come = false;
            } else if command.name.is_empty() {
                word.clone_into(&mut command.name);
                subcommand_may_come = PARENTS.contains(&word);
            } else if subcommand_may_come {
                command.subcommands.push(word.to_owned());
                subcommand_may_come = false;
            } else {
                command.positionals.push(word.to_owned());
            }
        }
        command.rewrite_apply_destroy();
        (!command.name.is_empty()).then_some(command)
    }

    fn takes_value(&self, flag: &str) -> bool {
        let name = flag.trim_start_matches('-');
        VALUE_FLAGS.contains(&name) || (name == "plan" && self.name == "graph")
    }

    fn rewrite_apply_destroy(&mut self) {
        if self.name == "apply" && self.is_on("destroy") {
            self.name = "destroy".to_owned();
            self.flags.retain(|flag| flag_name(flag) != Some("destroy"));
        }
    }

    /// Whether a flag is given, with or without a value.
    #[must_use]
    pub fn has_flag(&self, name: &str) -> bool {
        self.flags.iter().any(|flag| flag_name(flag) == Some(name))
    }

    /// Whether a boolean flag is given and not set to false.
    #[must_use]
    pub fn is_on(&self, name: &str) -> bool {
        let last = self.flags.iter().rfind(|flag| flag_name(flag) == Some(name));
        last.is_some_and(|flag| !flag.ends_with("=false") && !flag.ends_with("=0"))
    }

    /// The value of a flag, written as `-name=value` or `-name value`; the last one given.
    #[must_use]
    pub fn find_value(&self, name: &str) -> Option<&str> {
        let at = self.flags.iter().rposition(|flag| flag_name(flag) == Some(name))?;
        match self.flags.get(at)?.split_once('=') {
            Some((_, value)) => Some(value),
            None => self.flags.get(at + 1).map(String::as_str),
        }
    }

    /// Whether it takes things away: dependents then go first.
    #[must_use]
    pub fn destroys(&self) -> bool {
        self.name == "destroy" || (matches!(&*self.name, "plan" | "apply") && self.is_on("destroy"))
    }

    /// Whether it may change a state: it must outlive whoever watches it.
    #[must_use]
    pub fn may_change_state(&self) -> bool {
        let below = self.subcommands.first().map(String::as_str).unwrap_or_default();
        match &*self.name {
            "apply" | "destroy" | "force-unlock" | "import" | "refresh" | "taint" | "test" | "untaint" => {
                true
            }
            "state" => !matches!(below, "list" | "show" | "pull"),
            "workspace" | "env" => matches!(below, "new" | "delete"),
            "init" => self.is_on("migrate-state") || self.is_on("force-copy"),
            _ => false,
        }
    }

    /// Whether it may take the lock of the state.
    #[must_use]
    pub fn may_lock(&self) -> bool {
        self.name == "plan" || (self.may_change_state() && self.name != "force-unlock")
    }

    /// Whether terraform's stdout is for a program or a person to read as it is, without our prefixes.
    #[must_use]
    pub fn wants_raw_output(&self) -> bool {
        matches!(&*self.name, "output" | "state" | "version" | "console" | "graph")
            || ["json", "version", "help", "h"].iter().any(|flag| self.has_flag(flag))
    }

    /// Whether a summary at the end would spoil what stdout is for.
    #[must_use]
    pub fn forbids_summary(&self) -> bool {
        self.name == "output" || self.has_flag("json")
    }

    /// Whether terraform's exit code 2 means "there are changes" and not a failure.
    #[must_use]
    pub fn has_detailed_exit_code(&self) -> bool {
        self.is_on("detailed-exitcode")
    }

    /// Why it makes no sense over many units; `None` if it does.
    #[must_use]
    pub fn refusal_for_many(&self) -> Option<&'static str> {
        match &*self.name {
            "import" => {
                Some("an import belongs to one state; over many units it would put the object into each")
            }
            "taint" | "untaint" => Some("a resource address belongs to one state"),
            "console" => Some("a console needs the terminal for itself"),
            "force-unlock" => Some("a lock id belongs to one state"),
            _ => None,
        }
    }

    /// The same with one more flag.
    #[must_use]
    pub fn with_flag(&self, flag: &str) -> Self {
        let mut more = self.clone();
        more.flags.push(flag.to_owned());
        more
    }

    /// All of it, as terraform would get it if nothing were added.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let parts = [&self.subcommands, &self.flags, &self.positionals];
        std::iter::once(&self.name).chain(parts.into_iter().flatten()).cloned().collect()
    }
}

/// The name of a flag without dashes and value; `None` for any other word.
#[must_use]
pub fn flag_name(word: &str) -> Option<&str> {
    let name = word.strip_prefix('-')?;
    Some(name.split_once('=').map_or(name, |(name, _)| name).trim_start_matches('-'))
}

fn is_flag(word: &str) -> bool {
    word.len() > 1 && word.starts_with('-')
}

fn single_dash(word: &str) -> String {
    match word.strip_prefix("--") {
        Some(name) if !name.is_empty() => format!("-{name}"),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::TerraformCommand;

    fn parse(line: &str) -> TerraformCommand {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        TerraformCommand::parse(&words).unwrap()
    }

    #[test]
    fn pieces_come_in_terraforms_order() {
        for (given, want) in [
            ("plan", "plan"),
            ("plan foo -lock=false", "plan -lock=false foo"),
            ("-json output name", "output -json name"),
            ("state list -state=x foo", "state list -state=x foo"),
            ("state mv a -backup x b", "state mv -backup x a b"),
            ("plan -target x -refresh y", "plan -target x -refresh y"),
            ("plan --lock=false --target x", "plan -lock=false -target x"),
            ("apply -destroy", "destroy"),
            ("apply -destroy=true -auto-approve", "destroy -auto-approve"),
            ("apply -destroy=false", "apply -destroy=false"),
            ("graph -plan p -type plan", "graph -plan p -type plan"),
            ("console -plan", "console -plan"),
            ("metadata functions -json", "metadata functions -json"),
            ("providers lock -platform linux_amd64 a/b", "providers lock -platform linux_amd64 a/b"),
            ("workspace list", "workspace list"),
            ("import a.b -", "import a.b -"),
        ] {
            assert_eq!(parse(given).words().join(" "), want, "{given}");
        }
    }

    #[test]
    fn a_line_of_flags_is_no_command() {
        assert_eq!(TerraformCommand::parse(&["-help".to_owned()]), None);
        assert_eq!(TerraformCommand::parse(&[]), None);
    }

    #[test]
    fn flags_are_found_in_either_spelling() {
        let command = parse("plan -out=a -target x -out b -lock=false");
        assert_eq!(command.find_value("out"), Some("b"));
        assert_eq!(command.find_value("target"), Some("x"));
        assert!(command.has_flag("lock") && !command.is_on("lock"));
        assert!(!command.has_flag("x"));
    }

    #[test]
    fn what_may_change_a_state_is_known() {
        for (line, want) in [
            ("apply", true),
            ("state mv a b", true),
            ("state list", false),
            ("init", false),
            ("init -migrate-state", true),
            ("plan", false),
            ("output -json", false),
            ("workspace new x", true),
            ("workspace select x", false),
        ] {
            assert_eq!(parse(line).may_change_state(), want, "{line}");
        }
    }

    #[test]
    fn direction_and_rawness_follow_the_command() {
        for (line, destroys, raw) in [
            ("destroy", true, false),
            ("plan -destroy", true, false),
            ("plan", false, false),
            ("show -json", false, true),
            ("output x", false, true),
        ] {
            assert_eq!((parse(line).destroys(), parse(line).wants_raw_output()), (destroys, raw), "{line}");
        }
    }
}
