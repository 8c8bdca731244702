//! Hooks that run `tflint`: it gets the unit's inputs and variable files, and the nearest configuration. Builds argv;
//! starts nothing.

use super::around::Around;
use super::failure::Failure;
use super::literal::{Templates, render_json};
use crate::config::unit::ExtraArguments;
use crate::hcl::{Data, Value};
use crate::host::fs;
use std::path::{Path, PathBuf};

/// The program that is treated so; a path to one is run as it is.
pub const TFLINT: &str = "tflint";

/// What it looks for, from the unit upwards.
const CONFIG: &str = ".tflint.hcl";

/// Older files say so that the program is meant, and not one that is built in.
const EXTERNAL: &str = "--terragrunt-external-tflint";

/// The arguments of its two calls: fetching plugins, then looking at the module.
///
/// # Errors
/// When there is no configuration, or an input is not known.
pub fn calls(
    around: &Around<'_>,
    (commands, own): (&[String], &[String]),
) -> Result<[Vec<String>; 2], Failure> {
    let (config, own) = take_config(own);
    let config = match config {
        Some(config) => around.unit_dir.join(config),
        None => find_config(around.unit_dir)?,
    };
    let place = ["--config".to_owned(), shown(&config), "--chdir".to_owned(), shown(around.working_dir)];
    let mut init = vec!["--init".to_owned()];
    init.extend(place.iter().cloned());
    let mut look = Vec::from(place);
    look.extend(inputs(around.inputs)?);
    let extra = around.terraform.map_or(&[][..], |terraform| &terraform.extra_arguments);
    let matching = extra.iter().filter(|block| block.commands.iter().any(|word| commands.contains(word)));
    matching.for_each(|block| look.extend(variables(block, around.working_dir)));
    look.extend(own);
    Ok([init, look])
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A configuration that the hook names, and its other words.
fn take_config(words: &[String]) -> (Option<String>, Vec<String>) {
    let (mut config, mut rest) = (None, Vec::new());
    let mut words = words.iter().filter(|word| *word != EXTERNAL);
    while let Some(word) = words.next() {
        match word.split_once('=') {
            Some(("--config" | "-c", path)) => config = Some(path.to_owned()),
            _ if matches!(word.as_str(), "--config" | "-c") => config = words.next().cloned(),
            _ => rest.push(word.clone()),
        }
    }
    (config, rest)
}

fn find_config(unit_dir: &Path) -> Result<PathBuf, Failure> {
    let mut candidates = unit_dir.ancestors().map(|dir| dir.join(CONFIG));
    candidates.find(|path| fs::is_file(path)).ok_or_else(|| {
        Failure::of_message(format!(
            "tflint needs a {CONFIG} in {} or a folder above it; add one, or name another with --config",
            unit_dir.display()
        ))
    })
}

fn inputs(inputs: Option<&Value>) -> Result<Vec<String>, Failure> {
    let entries = inputs.and_then(Value::entries).into_iter().flatten();
    let words = entries.map(|(name, value)| {
        let text = match &value.data {
            Data::String(text) => text.to_string(),
            _ => render_json(value, Templates::Plain).map_err(|_| {
                Failure::of_message(format!(
                    "input `{name}` is not known: it depends on an output that was not read"
                ))
            })?,
        };
        Ok(format!("--var={name}={text}"))
    });
    words.collect()
}

/// The variables and variable files of one block.
fn variables(block: &ExtraArguments, working_dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut words = block.arguments.iter().flatten();
    while let Some(word) = words.next() {
        match word.trim_start_matches('-').split_once('=') {
            Some((kind @ ("var" | "var-file"), value)) => found.push(format!("--{kind}={value}")),
            _ if matches!(word.as_str(), "-var" | "--var" | "-var-file" | "--var-file") => {
                let kind = word.trim_start_matches('-');
                found.extend(words.next().map(|value| format!("--{kind}={value}")));
            }
            _ => {}
        }
    }
    let required = block.required_var_files.iter().flatten();
    let optional = block.optional_var_files.iter().flatten();
    let files = required.chain(optional.filter(|file| fs::is_file(&working_dir.join(file))));
    found.extend(files.map(|file| format!("--var-file={file}")));
    found
}

#[cfg(test)]
mod tests {
    use super::{take_config, variables};
    use crate::config::unit::ExtraArguments;
    use std::path::Path;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_configuration_is_named_in_any_spelling() {
        for (line, config, rest) in [
            ("--config a.hcl --x", Some("a.hcl"), "--x"),
            ("--x -c=b", Some("b"), "--x"),
            ("--terragrunt-external-tflint --x", None, "--x"),
        ] {
            assert_eq!(take_config(&words(line)), (config.map(str::to_owned), words(rest)), "{line}");
        }
    }

    #[test]
    fn variables_of_terraform_become_those_of_tflint() {
        let block = ExtraArguments {
            name: "x".into(),
            commands: words("plan"),
            arguments: Some(words("-lock=false -var a=1 -var=b=2 -var-file=f")),
            required_var_files: Some(words("r")),
            optional_var_files: Some(words("nowhere")),
            env_vars: None,
        };
        assert_eq!(
            variables(&block, Path::new("/nonexistent")),
            words("--var=a=1 --var=b=2 --var-file=f --var-file=r")
        );
    }
}
