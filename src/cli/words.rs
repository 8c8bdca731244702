//! The words that go to terraform, in the order in which its parser takes them: command, words of the command, flags,
//! then everything else. Knows terraform's command line, and nothing of ours.

/// A terraform command that has a name of its own here, with what it does.
pub const SHORTCUTS: &[(&str, &str)] = &[
    ("init", "Prepare the working directory"),
    ("validate", "Check the module without looking at real resources"),
    ("plan", "Show what would change"),
    ("apply", "Change what has to change"),
    ("destroy", "Remove everything that the unit made"),
    ("output", "Print outputs"),
    ("show", "Print a state or a plan"),
    ("refresh", "Read real resources into the state"),
    ("state", "Look into the state and edit it"),
    ("import", "Take a real resource into the state"),
    ("force-unlock", "Release a lock that was left behind"),
    ("test", "Run the module's tests"),
];

/// Commands that have commands of their own.
const COMPOUND: &[(&str, &[&str])] = &[
    ("state", &["list", "mv", "pull", "push", "replace-provider", "rm", "show", "identities"]),
    ("providers", &["lock", "mirror", "schema"]),
    ("workspace", &["delete", "list", "new", "select", "show"]),
    ("env", &["delete", "list", "new", "select", "show"]),
    ("metadata", &["functions"]),
    ("stacks", &["list"]),
];

/// Flags whose value may be the next word. Without an entry a flag stands alone.
const TAKES_NEXT: &[&str] = &[
    "backend-config",
    "backup",
    "backup-out",
    "chdir",
    "config",
    "exclude",
    "exclude-file",
    "from-module",
    "fs-mirror",
    "generate-config-out",
    "id",
    "lock-timeout",
    "module-depth",
    "net-mirror",
    "out",
    "parallelism",
    "platform",
    "plugin-dir",
    "provider",
    "replace",
    "state",
    "state-out",
    "target",
    "target-file",
    "test-directory",
    "var",
    "var-file",
];

/// One terraform invocation as the user asked for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TerraformWords {
    /// `plan`, `state`; `destroy` where the user wrote `apply -destroy`.
    pub command: String,
    /// `list` of `state list`.
    pub subcommands: Vec<String>,
    /// Flags in the order given, a value that stood apart following its flag.
    pub flags: Vec<String>,
    pub positionals: Vec<String>,
}

impl TerraformWords {
    /// Sorts words into their places; `None` if no word can be the command.
    #[must_use]
    pub fn lay_out(words: &[String]) -> Option<Self> {
        let mut out = Self::default();
        let mut words = words.iter().map(String::as_str).filter(|word| *word != "--").peekable();
        let mut may_be_subcommand = false;
        while let Some(word) = words.next() {
            if is_flag(word) {
                may_be_subcommand = false;
                let flag = with_one_dash(word);
                let takes_next = TAKES_NEXT.contains(&&flag[1..]);
                out.flags.push(flag);
                if takes_next && let Some(value) = words.next() {
                    out.flags.push(value.to_owned());
                }
            } else if out.command.is_empty() {
                word.clone_into(&mut out.command);
                may_be_subcommand = true;
            } else if may_be_subcommand && subcommands_of(&out.command).contains(&word) {
                out.subcommands.push(word.to_owned());
            } else {
                may_be_subcommand = false;
                out.positionals.push(word.to_owned());
            }
        }
        out.settle();
        (!out.command.is_empty()).then_some(out)
    }

    /// `apply -destroy` is a destroy, and one `-no-color` is enough.
    fn settle(&mut self) {
        let destroys = |flag: &String| matches!(flag.as_str(), "-destroy" | "-destroy=true");
        if self.command == "apply" && self.flags.iter().any(destroys) {
            "destroy".clone_into(&mut self.command);
            self.flags.retain(|flag| !destroys(flag));
        }
        let mut colorless = false;
        self.flags.retain(|flag| flag != "-no-color" || !std::mem::replace(&mut colorless, true));
    }

    /// Adds `-no-color`, once, behind the other flags.
    pub fn without_color(&mut self) {
        self.flags.retain(|flag| flag != "-no-color");
        self.flags.push("-no-color".to_owned());
    }

    /// Everything as terraform gets it, without the program's name.
    #[must_use]
    pub fn argv(&self) -> Vec<String> {
        let command = std::iter::once(&self.command);
        command.chain(&self.subcommands).chain(&self.flags).chain(&self.positionals).cloned().collect()
    }

    /// Whether a flag is given, as `-name` or `-name=…`.
    #[must_use]
    pub fn has_flag(&self, name: &str) -> bool {
        let given = |flag: &String| flag[1..].split('=').next() == Some(name);
        self.flags.iter().filter(|flag| is_flag(flag)).any(given)
    }
}

fn subcommands_of(command: &str) -> &'static [&'static str] {
    COMPOUND.iter().find(|(name, _)| *name == command).map_or(&[], |(_, words)| words)
}

fn is_flag(word: &str) -> bool {
    word.len() > 1 && word.starts_with('-')
}

/// terraform's own spelling: `--lock=false` is `-lock=false`.
fn with_one_dash(word: &str) -> String {
    format!("-{}", word.trim_start_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::TerraformWords;

    fn argv(line: &str) -> String {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        TerraformWords::lay_out(&words).map_or_else(|| "nothing".to_owned(), |words| words.argv().join(" "))
    }

    /// What the reference hands to terraform for the same words, except where a row says otherwise.
    #[test]
    fn words_stand_as_terraform_takes_them() {
        for (given, want) in [
            ("plan", "plan"),
            ("plan -lock=false", "plan -lock=false"),
            ("plan --lock=false", "plan -lock=false"),
            ("apply x.tfplan -lock=false", "apply -lock=false x.tfplan"),
            ("apply x.tfplan -var a=b y", "apply -var a=b x.tfplan y"),
            ("plan -target a.b -target=c.d", "plan -target a.b -target=c.d"),
            ("plan p0 -lock-timeout 5s p1", "plan -lock-timeout 5s p0 p1"),
            ("plan p0 -parallelism 5 p1", "plan -parallelism 5 p0 p1"),
            ("plan p0 -foo v p1", "plan -foo p0 v p1"),
            ("plan -foo bar -baz", "plan -foo -baz bar"),
            ("plan -target --all", "plan -target --all"),
            ("import addr id -var x=1", "import -var x=1 addr id"),
            ("state mv a b -dry-run", "state mv -dry-run a b"),
            ("state -dry-run mv a b", "state -dry-run mv a b"),
            ("state list -id=foo a.b", "state list -id=foo a.b"),
            ("state foo -q z", "state -q foo z"),
            ("state rm a.b c[\"d\"]", "state rm a.b c[\"d\"]"),
            ("providers lock -platform x", "providers lock -platform x"),
            ("providers -platform x lock", "providers -platform x lock"),
            ("providers lock schema -q z", "providers lock schema -q z"),
            ("workspace new foo -lock=false", "workspace new -lock=false foo"),
            ("env list -q z", "env list -q z"),
            ("output bar -q z", "output -q bar z"),
            ("output --json foo", "output -json foo"),
            ("show x.tfplan -json", "show -json x.tfplan"),
            ("force-unlock abc -force", "force-unlock -force abc"),
            ("-lock=false plan", "plan -lock=false"),
            ("-chdir=foo plan", "plan -chdir=foo"),
            ("foo -bar", "foo -bar"),
            ("plan -", "plan -"),
            ("plan - x", "plan - x"),
            ("plan -no-color -no-color", "plan -no-color"),
            ("plan -lock=false -no-color -lock=false -no-color", "plan -lock=false -no-color -lock=false"),
            ("apply -destroy", "destroy"),
            ("apply --destroy x", "destroy x"),
            ("apply -destroy -auto-approve", "destroy -auto-approve"),
            ("apply -destroy=false", "apply -destroy=false"),
            ("plan -destroy", "plan -destroy"),
            ("-lock=false", "nothing"),
            // The reference leaves `apply -destroy=true`, and then orders the units the wrong way round.
            ("apply -destroy=true", "destroy"),
            // The reference tears these pairs apart.
            ("init -backend-config a -backend-config b", "init -backend-config a -backend-config b"),
            ("plan p0 -replace v p1", "plan -replace v p0 p1"),
            ("metadata functions -json", "metadata functions -json"),
            ("plan -- x", "plan x"),
        ] {
            assert_eq!(argv(given), want, "{given}");
        }
    }

    #[test]
    fn a_flag_is_known_by_name() {
        let words: Vec<String> = ["plan", "--detailed-exitcode", "-out=x"].map(str::to_owned).to_vec();
        let words = TerraformWords::lay_out(&words).unwrap();
        assert!(words.has_flag("detailed-exitcode") && words.has_flag("out") && !words.has_flag("json"));
    }
}
