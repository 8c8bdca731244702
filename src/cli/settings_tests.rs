//! Flags and variables in, settings out.

use super::{Color, Request, Settings, Start, Summary, read};
use crate::cli::args::{Command, FindFormat, ListFormat, LogFormat, LogLevel, ReportFormat};
use crate::cli::failure::Look;
use crate::cli::selection::Scope;
use crate::cli::words::argv;
use crate::host::env::Env;
use crate::host::fs;
use std::path::Path;

/// A folder with a unit file, `sub/` and a filter file.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        fs::write_atomic(&folder.path().join(name), text.as_bytes(), fs::Access::Shared)
    };
    write("terragrunt.hcl", "").unwrap();
    write("more", "# none\n\n  type=unit \n").unwrap();
    fs::create_dir_all(&folder.path().join("sub")).unwrap();
    folder
}

fn request(dir: &Path, line: &str) -> Result<Request, String> {
    let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
    let is_variable = |word: &&&str| {
        word.split('=').next().is_some_and(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
    };
    let variables: Vec<&str> = words.iter().take_while(is_variable).copied().collect();
    let mut env = Env::default();
    for variable in &variables {
        let (name, value) = variable.split_once('=').unwrap();
        env.set(name, value);
    }
    let args: Vec<String> = words[variables.len()..].iter().map(|word| (*word).to_owned()).collect();
    read(Start { args: &args, behind: &[], env: &env, cwd: dir })
        .map_err(|failure| failure.render(Look::Plain))
}

fn settings(dir: &Path, line: &str) -> Settings {
    match request(dir, line) {
        Ok(Request::Command(settings)) => *settings,
        Ok(other) => panic!("{line}: {other:?}"),
        Err(message) => panic!("{line}: {message}"),
    }
}

/// What a row is about, as one word.
fn shown(settings: &Settings, what: &str) -> String {
    let dir = &settings.working_dir;
    let place = |path: &Path| fs::relative(dir, path).display().to_string();
    match what {
        "argv" => settings.terraform.as_ref().map_or_else(String::new, |command| argv(command).join(" ")),
        "program" => settings.program.join(" "),
        "scope" => match &settings.selection.scope {
            Scope::Graph { root: Some(root) } => format!("graph below {}", place(root)),
            other => format!("{other:?}"),
        },
        "queries" => {
            let queries =
                settings.selection.queries.iter().map(|query| format!("{} ({})", query.text, query.origin));
            queries.collect::<Vec<_>>().join("; ")
        }
        "parallelism" => {
            settings.queue.parallelism.map_or_else(|| "free".to_owned(), |number| number.to_string())
        }
        "features" => settings.features.iter().map(|(name, value)| format!("{name}={value};")).collect(),
        "sources" => {
            settings.source.source_map.iter().map(|pair| format!("{}>{};", pair.key, pair.value)).collect()
        }
        "tool" => settings.tf_path.as_ref().map_or_else(
            || "any".to_owned(),
            |path| if path.is_absolute() { place(path) } else { format!("PATH:{}", path.display()) },
        ),
        "config" => settings.config.file.as_ref().map_or_else(|| "usual".to_owned(), |path| place(path)),
        "download" => {
            settings.config.download_dir.as_ref().map_or_else(|| "usual".to_owned(), |path| place(path))
        }
        "level" => format!("{:?}", settings.log.level),
        "raw" => settings.log.raw.to_string(),
        "init" => settings.auto.init.to_string(),
        "asks" => (!settings.non_interactive).to_string(),
        "report" => settings
            .output
            .report
            .as_ref()
            .map_or_else(String::new, |file| format!("{} {:?}", place(&file.path), file.format)),
        "warnings" => settings
            .warnings
            .iter()
            .map(|warning| warning.render(Look::Plain).replace('\n', " | "))
            .collect::<Vec<_>>()
            .join(" || "),
        other => panic!("{other}"),
    }
}

#[test]
fn flags_and_variables_become_settings() {
    let folder = folder();
    for (line, what, want) in [
        ("apply x.tfplan -lock=false", "argv", "apply -lock=false x.tfplan"),
        ("apply -destroy --all", "argv", "destroy"),
        ("exec -- echo --all", "program", "echo --all"),
        ("plan", "scope", "One"),
        ("plan --all", "scope", "All"),
        ("TG_ALL=true plan", "scope", "All"),
        ("TG_ALL=true plan --all=false", "scope", "One"),
        ("TG_ALL= plan", "scope", "One"),
        ("TERRAGRUNT_ALL=true plan", "scope", "One"),
        ("plan --filter a", "scope", "All"),
        ("TG_FILTER=a plan", "scope", "All"),
        ("plan --queue-include-dir a", "scope", "One"),
        ("plan --graph", "scope", "Graph { root: None }"),
        ("plan --graph --graph-root sub", "scope", "graph below sub"),
        ("TG_RENDER_ALL=1 render", "scope", "All"),
        ("TG_ALL=1 render", "scope", "One"),
        ("plan --filter a --filter b", "queries", "a (--filter); b (--filter)"),
        ("plan --filter a,b", "queries", "a,b (--filter)"),
        ("TG_FILTER=a,b plan", "queries", "a (--filter); b (--filter)"),
        ("TG_FILTER=a,b plan --filter c", "queries", "c (--filter)"),
        ("TG_FILTER=a find", "queries", "a (--filter)"),
        ("plan --all --queue-include-dir a", "queries", "a (--queue-include-dir)"),
        ("plan --all --queue-exclude-dir sub/*", "queries", "sub/* (--queue-exclude-dir)"),
        ("plan --all --queue-include-external", "queries", "** (--queue-include-external)"),
        ("plan --all --filters-file more", "queries", "type=unit (more:3)"),
        ("plan --all --queue-excludes-file more", "queries", "type=unit (more:3)"),
        ("plan --all --filters-file more --no-filters-file", "queries", ""),
        ("find --external", "queries", "** (--queue-include-external)"),
        ("plan", "parallelism", "free"),
        ("plan --parallelism 3", "parallelism", "3"),
        ("TG_PARALLELISM=4 plan", "parallelism", "4"),
        ("TERRAGRUNT_PARALLELISM=5 plan", "parallelism", "5"),
        ("TG_PARALLELISM=4 TERRAGRUNT_PARALLELISM=5 plan", "parallelism", "4"),
        ("TG_PARALLELISM=0 find", "parallelism", "free"),
        ("plan --all --no-auto-approve --parallelism 3", "parallelism", "1"),
        ("plan --feature a=b --feature c=d", "features", "a=b;c=d;"),
        ("TG_FEATURE=a=b,c=d plan", "features", "a=b;c=d;"),
        ("TG_LIST_FEATURE=a=b list", "features", "a=b;"),
        ("plan --source-map git::x?ref=1=git::y?ref=2", "sources", "git::x?ref=1>git::y?ref=2;"),
        ("plan --tf-path tofu", "tool", "PATH:tofu"),
        ("plan --tf-path ./tofu", "tool", "tofu"),
        ("TERRAGRUNT_TFPATH=../tofu plan", "tool", "../tofu"),
        ("plan --tf-path=", "tool", "any"),
        ("plan --config x.hcl", "config", "x.hcl"),
        ("plan --working-dir terragrunt.hcl", "config", "terragrunt.hcl"),
        ("TERRAGRUNT_DOWNLOAD=/x plan --working-dir sub --download-dir dl", "download", "dl"),
        ("plan --log-level DEBUG", "level", "Debug"),
        ("TERRAGRUNT_LOG_LEVEL=trace find", "level", "Trace"),
        ("plan --log-level fatal", "raw", "true"),
        ("plan --log-format bare", "raw", "true"),
        ("plan", "raw", "false"),
        ("TERRAGRUNT_AUTO_INIT=false plan", "init", "false"),
        ("TERRAGRUNT_AUTO_INIT=true plan", "init", "true"),
        ("TG_NO_AUTO_INIT=T plan", "init", "false"),
        ("TERRAGRUNT_TF_INPUT=false plan", "asks", "false"),
        ("plan --report-file r.json", "report", "r.json Json"),
        ("plan --report-file r --report-format json", "report", "r Json"),
        ("plan --report-file r.txt", "report", "r.txt Csv"),
        (
            "TERRAGRUNT_SOURCE=x plan",
            "warnings",
            "warning: the variable TERRAGRUNT_SOURCE is deprecated | hint: write TG_SOURCE=x",
        ),
        (
            "TERRAGRUNT_AUTO_INIT=0 plan",
            "warnings",
            "warning: the variable TERRAGRUNT_AUTO_INIT is deprecated | hint: write TG_NO_AUTO_INIT=true",
        ),
        ("plan --queue-exclude-external=false", "warnings", ""),
        ("plan --experiment cas", "warnings", "warning: the experiment cas is completed and has no effect"),
        ("find foo", "warnings", "warning: `terrace find` ignores `foo`"),
        ("info strict list bare-include", "warnings", ""),
        ("TG_FOO=x plan", "warnings", ""),
    ] {
        assert_eq!(shown(&settings(folder.path(), line), what), want, "{line}");
    }
}

#[test]
fn what_cannot_be_meant_is_an_error_that_names_its_place() {
    let folder = folder();
    for (line, want) in [
        ("plan --parallelism 0", "error: `0` is no value for --parallelism\nhint: at least 1 unit must run"),
        (
            "TG_PARALLELISM=abc plan",
            "error: `abc` is no value for TG_PARALLELISM\nhint: write a whole number",
        ),
        (
            "TERRAGRUNT_PARALLELISM=0 plan",
            "error: `0` is no value for TERRAGRUNT_PARALLELISM\nhint: at least 1 unit must run",
        ),
        ("TG_ALL=yes plan", "error: `yes` is no value for TG_ALL\nhint: write true or false"),
        (
            "TG_LOG_LEVEL=foo plan",
            "error: `foo` is no value for TG_LOG_LEVEL\nhint: write one of stderr, stdout, error, warn, info, debug, trace",
        ),
        (
            "plan --log-format foo",
            "error: `foo` is no value for --log-format\nhint: write one of pretty, bare, json, key-value",
        ),
        ("TG_FORMAT=xml find", "error: `xml` is no value for TG_FORMAT\nhint: write one of text, json"),
        ("plan --feature a", "error: `a` is no value for --feature\nhint: write it as key=value"),
        ("TG_FEATURE=a plan", "error: `a` is no value for TG_FEATURE\nhint: write it as key=value"),
        (
            "TG_IAM_ASSUME_ROLE_DURATION=abc plan",
            "error: `abc` is no value for TG_IAM_ASSUME_ROLE_DURATION\nhint: write a whole number of seconds",
        ),
        ("plan --experiment symlink", "error: there is no experiment symlink\nhint: did you mean symlinks?"),
        (
            "plan --strict-control bare-includ",
            "error: there is no strict control bare-includ\nhint: did you mean bare-include?",
        ),
        (
            "plan --no-tip x",
            "error: there is no tip x\nhint: there are debugging-docs, stack-filter-nested-not-generated, stack-target-missing-type-stack, windows-symlink-warning",
        ),
        ("plan --no-hooks", "error: --no-hooks is an experiment\nhint: add --experiment optional-hooks"),
        (
            "plan --all --graph",
            "error: --all and --graph exclude each other\nhint: --graph runs a unit and its dependents, --all every unit below the working folder",
        ),
        (
            "TERRAGRUNT_SOURCE=x plan --strict-mode",
            "error: the variable TERRAGRUNT_SOURCE is deprecated\nhint: write TG_SOURCE=x",
        ),
        (
            "plan --queue-strict-include --strict-control queue-strict-include",
            "error: --queue-strict-include is deprecated\nhint: leave it out: a filter never selects more than it says",
        ),
        (
            "run --all",
            "error: `terrace run` lacks terraform's command\nhint: name it last: terrace run -- plan",
        ),
        (
            "run -- -lock=false",
            "error: `terrace run` lacks terraform's command\nhint: name it last: terrace run -- plan",
        ),
        ("exec", "error: `terrace exec` lacks a program\nhint: write: terrace exec -- PROGRAM"),
    ] {
        let said = request(folder.path(), line).unwrap_err();
        assert_eq!(without_code(&said), want, "{line}");
    }
    for line in ["plan --working-dir nope", "plan --all --filters-file nope"] {
        let message = request(folder.path(), line).unwrap_err();
        assert!(message.contains("nope") && message.contains("\nhint: "), "{message}");
    }
}

#[test]
fn questions_and_empty_commands_are_answered() {
    let folder = folder();
    for (line, command, terraform) in [
        ("", "", None),
        ("--no-color", "", None),
        ("run", "run", None),
        ("run --", "run", None),
        ("plan --help", "run", Some("plan")),
        ("stack", "stack", None),
        ("help hcl fmt", "hcl fmt", None),
    ] {
        match request(folder.path(), line) {
            Ok(Request::Help(topic)) => {
                assert_eq!(
                    (topic.command.as_str(), topic.terraform.as_deref()),
                    (command, terraform),
                    "{line}"
                );
            }
            other => panic!("{line}: {other:?}"),
        }
    }
    for line in ["--version", "version", "plan -v"] {
        assert!(matches!(request(folder.path(), line), Ok(Request::Version)), "{line}");
    }
}

#[test]
fn formats_and_looks_follow_their_short_forms() {
    let folder = folder();
    let find = |line: &str| match settings(folder.path(), line).command {
        Command::Find(args) => (args.format(), args.in_order()),
        other => panic!("{other:?}"),
    };
    assert_eq!(find("find"), (FindFormat::Text, false));
    assert_eq!(find("TG_JSON=true find --as destroy"), (FindFormat::Json, true));
    assert_eq!(find("find --format json --dag"), (FindFormat::Json, true));
    match settings(folder.path(), "ls -T -l").command {
        Command::List(args) => assert_eq!(args.format(), ListFormat::Long),
        other => panic!("{other:?}"),
    }
    let quiet = settings(
        folder.path(),
        "NO_COLOR=1 TERRAGRUNT_JSON_LOG=true plan --summary-per-unit --report-file x.csv",
    );
    assert_eq!((quiet.log.color, quiet.log.format), (Color::Never, LogFormat::Json));
    assert_eq!(quiet.output.summary, Summary::PerUnit);
    assert_eq!(quiet.output.report.unwrap().format, ReportFormat::Csv);
    assert_eq!(settings(folder.path(), "plan").log.level, LogLevel::Info);
}

/// `error[TRC0123]: …` as `error: …`.
fn without_code(text: &str) -> String {
    match text.split_once('[').zip(text.split_once(']')) {
        Some(((before, _), (_, after))) if before == "error" => format!("{before}{after}"),
        _ => text.to_owned(),
    }
}
