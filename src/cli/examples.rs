//! A line to copy for each command that is not clear from its name.

const EXAMPLES: &[(&str, &str)] = &[
    ("run", "terrace run --all --filter './live/dev/**' -- plan -lock=false"),
    ("exec", "terrace exec --in-download-dir -- terraform providers"),
    ("stack output", "terrace stack output --json network.vpc_id"),
    ("lock list", "terrace lock list --all --json"),
    ("lock release", "terrace lock release --older-than 2h --who 'ci@*'"),
    (
        "pins lock",
        "terrace pins lock --all --platform linux_amd64 --platform darwin_arm64 --fs-mirror mirror",
    ),
    ("pins upgrade", "terrace pins upgrade hashicorp/aws@5.100.0 --all --dry-run"),
    ("outputs", "terrace outputs --json live/dev/vpc.id"),
    ("state diff", "terrace state diff live/dev/vpc@20261125T223236123Z-7-1a2b3c4d"),
    ("state restore", "terrace state restore live/dev/vpc --version 20261125T223236123Z-7-1a2b3c4d"),
    ("find", "terrace find --json --dag --dependencies --filter '...vpc'"),
    ("list", "terrace list --tree --dag"),
    ("dag graph", "terrace dag graph | dot -Tsvg > units.svg"),
    ("pins check", "terrace pins check --format sarif --output pins.sarif"),
    ("hcl fmt", "terrace hcl fmt --check --diff"),
    ("hcl validate", "terrace hcl validate --inputs --strict"),
    ("render", "terrace render --json --with-metadata | jq .inputs"),
    ("info print", "terrace info print | jq -r .working_dir"),
    ("completion", "source <(terrace completion bash)"),
];

/// An example of a command.
#[must_use]
pub fn of(path: &str) -> Option<&'static str> {
    EXAMPLES.iter().find(|(command, _)| *command == path).map(|(_, line)| *line)
}

#[cfg(test)]
mod tests {
    use super::EXAMPLES;
    use crate::cli::settings::{Request, read};
    use crate::cli::start::Start;
    use crate::host::env::Env;
    use std::path::Path;

    /// Words as a shell makes them, as far as the examples need it.
    fn words(line: &str) -> Vec<String> {
        let line = line.split('|').next().unwrap().split('>').next().unwrap();
        let line = line.trim_start_matches("source <(").trim_end_matches([' ', ')']);
        line.split(' ')
            .skip(1)
            .filter(|word| !word.is_empty())
            .map(|word| word.trim_matches('\'').to_owned())
            .collect()
    }

    #[test]
    fn every_example_is_understood() {
        for (path, line) in EXAMPLES {
            assert!(line.contains(&format!("terrace {path}")), "{line}");
            let args = words(line);
            let start = Start { args: &args, behind: &[], env: &Env::default(), cwd: Path::new("/") };
            match read(start) {
                Ok(Request::Command(_)) => {}
                Err(failure) if failure.message.contains("does not work yet") => {}
                other => panic!("{line}: {other:?}"),
            }
        }
    }
}
