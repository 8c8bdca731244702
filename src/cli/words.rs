//! terraform's words on our command line: the commands that have a name of their own here, and how a command line
//! reads after it was taken apart.

use crate::run::command::TerraformCommand;

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

/// Everything of a command as terraform gets it, in the order that its parser wants, before a unit adds its own.
#[must_use]
pub fn argv(command: &TerraformCommand) -> Vec<String> {
    let name = std::iter::once(&command.name);
    name.chain(&command.subcommands).chain(&command.flags).chain(&command.positionals).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::{TerraformCommand, argv};

    fn laid_out(line: &str) -> String {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        TerraformCommand::parse(&words)
            .map_or_else(|| "nothing".to_owned(), |command| argv(&command).join(" "))
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
            ("state rm a.b c[\"d\"]", "state rm a.b c[\"d\"]"),
            ("providers lock -platform x", "providers lock -platform x"),
            ("providers -platform x lock", "providers -platform x lock"),
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
        ] {
            assert_eq!(laid_out(given), want, "{given}");
        }
    }
}
