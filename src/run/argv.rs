//! terraform's argv for one unit: the user's words, the unit's extra arguments and what many units need. Pure.

use super::command::{TerraformCommand, flag_name};
use crate::config::unit::ExtraArguments;
use std::collections::BTreeMap;

/// Whether one unit runs, with the user's terminal, or many beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Single,
    Many,
}

/// Who answers terraform's "are you sure".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    /// We asked once for all units.
    Given,
    /// terraform asks for each.
    Asked,
}

/// Whether terraform may colour its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    On,
    Off,
}

/// What argv depends on beside the command.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    pub extra: &'a [ExtraArguments],
    pub scope: Scope,
    pub approval: Approval,
    pub colour: Colour,
    /// Where `--out-dir` keeps this unit's plan.
    pub plan_file: Option<&'a str>,
    /// Whether a path, absolute or from the working directory, is a file.
    pub is_file: &'a dyn Fn(&str) -> bool,
}

/// Builds argv: command, subcommands, extra arguments, the user's flags, ours, positionals.
#[must_use]
pub fn argv(command: &TerraformCommand, around: &Circumstances<'_>) -> Vec<String> {
    let (out, positionals) = plan_file_words(command, around);
    let saved = applies_saved_plan(command, &positionals, around.is_file);
    let mut args = vec![command.name.clone()];
    args.extend(command.subcommands.iter().cloned());
    for block in around.extra.iter().filter(|block| block.commands.contains(&command.name)) {
        args.extend(extra_words(block, saved, around.is_file));
    }
    let no_colour = |flag: &&String| flag_name(flag) != Some("no-color");
    args.extend(command.flags.iter().filter(no_colour).cloned());
    if around.colour == Colour::Off || command.has_flag("no-color") {
        args.push("-no-color".to_owned());
    }
    if around.scope == Scope::Many {
        args.extend(words_for_many(command, around.approval));
    }
    args.extend(out);
    args.extend(positionals);
    args
}

/// Nobody can answer while many run.
fn words_for_many(command: &TerraformCommand, approval: Approval) -> Vec<String> {
    let mut words = Vec::new();
    let approves = matches!(&*command.name, "apply" | "destroy");
    if approves && approval == Approval::Given && !command.has_flag("auto-approve") {
        words.push("-auto-approve".to_owned());
    }
    if matches!(&*command.name, "apply" | "import" | "init" | "plan" | "refresh") {
        words.push("-input=false".to_owned());
    }
    words
}

/// The plan file of `--out-dir`, as a flag for `plan` and as a positional for what reads it.
fn plan_file_words(command: &TerraformCommand, around: &Circumstances<'_>) -> (Option<String>, Vec<String>) {
    let mut positionals = command.positionals.clone();
    let Some(plan) = around.plan_file else { return (None, positionals) };
    match &*command.name {
        "plan" if !command.has_flag("out") => return (Some(format!("-out={plan}")), positionals),
        "apply" | "destroy" | "show" if positionals.is_empty() => positionals.push(plan.to_owned()),
        _ => {}
    }
    (None, positionals)
}

/// A saved plan has its variables inside; terraform refuses to hear them again.
fn applies_saved_plan(
    command: &TerraformCommand,
    positionals: &[String],
    is_file: &dyn Fn(&str) -> bool,
) -> bool {
    matches!(&*command.name, "apply" | "destroy") && positionals.last().is_some_and(|last| is_file(last))
}

fn extra_words(block: &ExtraArguments, saved_plan: bool, is_file: &dyn Fn(&str) -> bool) -> Vec<String> {
    // What a condition left out is written as an empty string, which would be a word for terraform.
    let written = block.arguments.as_deref().unwrap_or_default();
    let arguments: Vec<String> = written.iter().filter(|word| !word.is_empty()).cloned().collect();
    if saved_plan {
        return without_variables(&arguments);
    }
    let required = last_of_each(block.required_var_files.as_deref().unwrap_or_default());
    let optional = last_of_each(block.optional_var_files.as_deref().unwrap_or_default());
    let files = required.into_iter().chain(optional.into_iter().filter(|file| is_file(file)));
    arguments.into_iter().chain(files.map(|file| format!("-var-file={file}"))).collect()
}

/// Drops `-var` and `-var-file`, and their values where these are words of their own.
fn without_variables(arguments: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match flag_name(word) {
            Some("var" | "var-file") if word.contains('=') => {}
            Some("var" | "var-file") => drop(words.next()),
            _ => kept.push(word.clone()),
        }
    }
    kept
}

/// Each once, at its last place: the last file wins in terraform.
fn last_of_each(files: &[String]) -> Vec<&String> {
    let is_last = |at: usize, file: &String| !files[at + 1..].contains(file);
    files.iter().enumerate().filter(|(at, file)| is_last(*at, file)).map(|(_, file)| file).collect()
}

/// The environment that the unit's extra arguments set for this command; a later block wins.
#[must_use]
pub fn extra_env(extra: &[ExtraArguments], command: &str) -> BTreeMap<String, String> {
    let blocks = extra.iter().filter(|block| block.commands.iter().any(|name| name == command));
    blocks.filter_map(|block| block.env_vars.clone()).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::{Approval, Circumstances, Colour, Scope, argv, extra_env};
    use crate::config::unit::ExtraArguments;
    use crate::run::command::TerraformCommand;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    fn block() -> ExtraArguments {
        ExtraArguments {
            name: "one".into(),
            commands: words("plan apply destroy"),
            arguments: Some(words("-lock-timeout=1m -var x=1 -var=y=2")),
            required_var_files: Some(words("dup req dup")),
            optional_var_files: Some(words("opt req none opt")),
            env_vars: Some([("A".to_owned(), "1".to_owned())].into()),
        }
    }

    fn line(given: &str, around: &Circumstances<'_>) -> String {
        argv(&TerraformCommand::parse(&words(given)).unwrap(), around).join(" ")
    }

    const PLAIN: Circumstances<'_> = Circumstances {
        extra: &[],
        scope: Scope::Single,
        approval: Approval::Given,
        colour: Colour::On,
        plan_file: None,
        is_file: &|path| path != "none",
    };

    #[test]
    fn extra_arguments_stand_before_the_users_flags() {
        let extra = [block()];
        let around = Circumstances { extra: &extra, colour: Colour::Off, ..PLAIN };
        let files = "-var-file=req -var-file=dup -var-file=req -var-file=opt";
        for (given, want) in [
            (
                "plan -lock=false foo",
                format!("plan -lock-timeout=1m -var x=1 -var=y=2 {files} -lock=false -no-color foo"),
            ),
            ("apply none", format!("apply -lock-timeout=1m -var x=1 -var=y=2 {files} -no-color none")),
            ("apply saved", "apply -lock-timeout=1m -no-color saved".to_owned()),
            ("validate -no-color", "validate -no-color".to_owned()),
            ("state list x", "state list -no-color x".to_owned()),
        ] {
            assert_eq!(line(given, &around), want, "{given}");
        }
    }

    #[test]
    fn many_units_cannot_be_asked() {
        let many = Circumstances { scope: Scope::Many, ..PLAIN };
        for (given, want) in [
            ("plan -lock=false", "plan -lock=false -input=false"),
            ("apply", "apply -auto-approve -input=false"),
            ("apply -auto-approve p", "apply -auto-approve -input=false p"),
            ("destroy", "destroy -auto-approve"),
            ("refresh", "refresh -input=false"),
            ("validate", "validate"),
        ] {
            assert_eq!(line(given, &many), want, "{given}");
        }
        let asked = Circumstances { approval: Approval::Asked, ..many };
        assert_eq!(line("apply", &asked), "apply -input=false");
    }

    #[test]
    fn plan_files_are_written_by_plan_and_read_by_the_rest() {
        let around = Circumstances { scope: Scope::Many, plan_file: Some("/d/tfplan.tfplan"), ..PLAIN };
        for (given, want) in [
            ("plan", "plan -input=false -out=/d/tfplan.tfplan"),
            ("plan -out=mine", "plan -out=mine -input=false"),
            ("apply", "apply -auto-approve -input=false /d/tfplan.tfplan"),
            ("apply mine", "apply -auto-approve -input=false mine"),
            ("show -json", "show -json /d/tfplan.tfplan"),
            ("init", "init -input=false"),
        ] {
            assert_eq!(line(given, &around), want, "{given}");
        }
    }

    #[test]
    fn environment_of_matching_blocks_only() {
        assert_eq!(extra_env(&[block()], "plan").get("A").map(String::as_str), Some("1"));
        assert!(extra_env(&[block()], "output").is_empty());
    }
}
