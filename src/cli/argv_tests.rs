//! Rows are what the reference does with the same arguments, seen by a terraform that prints its own, except where a
//! comment says otherwise.

use super::{Ask, Line, split};
use crate::cli::args::tree;
use crate::cli::failure::Failure;

/// `command ?ask name=value… / words`, or `error …`.
fn shown(result: Result<Line, Failure>) -> String {
    let line = match result {
        Ok(line) => line,
        Err(failure) => return format!("error {} ({})", failure.message, failure.hint.unwrap_or_default()),
    };
    let mut parts: Vec<String> = Vec::new();
    parts.extend((!line.command.is_empty()).then(|| line.command.clone()));
    parts.extend(line.asks.map(|ask| if ask == Ask::Help { "?help" } else { "?version" }.to_owned()));
    parts.extend(line.flags.iter().map(|given| format!("{}={}", given.name, given.value)));
    if !line.words.is_empty() {
        parts.push("/".to_owned());
        parts.extend(line.words.iter().cloned());
    }
    parts.join(" ")
}

fn check(rows: &[(&str, &str)]) {
    let root = tree();
    for (given, want) in rows {
        let args: Vec<String> = given.split(' ').map(str::to_owned).collect();
        assert_eq!(shown(split(&args, &root)), *want, "{given}");
    }
}

#[test]
fn state_is_ours_only_with_our_words() {
    check(&[
        ("state list", "run / state list"),
        ("state", "run / state"),
        ("state rm a.history", "run / state rm a.history"),
        ("state mv history a.b", "run / state mv history a.b"),
        ("state history vpc", "state history / vpc"),
        ("state restore --version x vpc", "state restore version=x / vpc"),
        ("run state list", "run / state list"),
        ("run -- state history", "run / state history"),
        ("state -- list", "run / state list"),
    ]);
}

#[test]
fn terraform_words_pass() {
    check(&[
        ("plan", "run / plan"),
        ("-- plan", "run / plan"),
        ("-- -lock=false plan", "run / plan -lock=false"),
        ("run plan", "run / plan"),
        ("run -- plan", "run / plan"),
        ("run -- plan -lock=false", "run / plan -lock=false"),
        ("run plan -- -lock=false", "run / plan -lock=false"),
        ("run --all plan -- -lock=false", "run all=true / plan -lock=false"),
        ("run --all -- plan -lock=false", "run all=true / plan -lock=false"),
        ("run -all plan", "run all=true / plan"),
        ("run plan -a", "run all=true / plan"),
        ("plan -lock=false", "run / plan -lock=false"),
        ("plan -lock=false --all", "run all=true / plan -lock=false"),
        ("plan -out=x --all", "run all=true / plan -out=x"),
        ("plan -out x -all", "run all=true / plan -out x"),
        ("plan -target a.b -var x=1", "run / plan -target a.b -var x=1"),
        ("plan -target --all", "run all=true / plan -target"),
        ("plan --foo", "run / plan --foo"),
        ("plan -json", "run / plan -json"),
        ("plan --all -- -lock=false", "run all=true / plan -lock=false"),
        ("plan -- --all", "run / plan --all"),
        ("plan --log-level debug -- --log-level=x", "run log-level=debug / plan --log-level=x"),
        ("plan -parallelism=5", "run parallelism=5 / plan"),
        ("plan --parallelism 5 -var-file=x", "run parallelism=5 / plan -var-file=x"),
        ("plan -- -parallelism=5", "run / plan -parallelism=5"),
        ("apply x.tfplan", "run / apply x.tfplan"),
        ("apply -destroy", "run / apply -destroy"),
        ("state list", "run / state list"),
        ("state -- list", "run / state list"),
        ("output -json", "run / output -json"),
        ("test -filter=x", "run filter=x / test"),
        ("test -- -filter=x", "run / test -filter=x"),
        ("import -var x=1 addr id", "run / import -var x=1 addr id"),
        ("run workspace list", "run / workspace list"),
        ("run -- workspace list", "run / workspace list"),
        ("run foo bar", "run / foo bar"),
        ("run - plan", "run / - plan"),
        ("run plan --all -- x --foo", "run all=true / plan x --foo"),
        ("run -- -chdir=foo plan", "run / -chdir=foo plan"),
        ("run --tf-path=/x/tf plan", "run tf-path=/x/tf / plan"),
        ("stack run plan", "stack run / plan"),
        ("stack run -- plan -lock=false", "stack run / plan -lock=false"),
        ("", ""),
        ("--", ""),
        ("run", "run"),
        ("run --", "run"),
        ("run --all", "run all=true"),
    ]);
}

#[test]
fn our_flags_are_taken() {
    check(&[
        ("--working-dir ../a plan", "run working-dir=../a / plan"),
        ("-working-dir=../a plan", "run working-dir=../a / plan"),
        ("--working-dir ../a -- plan -x", "run working-dir=../a / plan -x"),
        ("plan --working-dir ../a", "run working-dir=../a / plan"),
        ("plan --working-dir --all", "run working-dir=--all / plan"),
        ("plan --working-dir=", "run working-dir= / plan"),
        ("--no-color plan", "run no-color=true / plan"),
        ("plan -no-color -no-color", "run no-color=true / plan"),
        ("plan --no-color=false", "run no-color=false / plan"),
        ("plan --no-color false", "run no-color=true / plan false"),
        ("plan --all=false", "run all=false / plan"),
        ("plan --all=T", "run all=true / plan"),
        ("plan --all=1", "run all=true / plan"),
        ("plan --feature a=b --feature c=d", "run feature=a=b feature=c=d / plan"),
        ("plan --filter a --filter=b", "run filter=a filter=b / plan"),
        ("plan --filter ./a,./b", "run filter=./a,./b / plan"),
        ("find -json", "find json=true"),
        ("find -j", "find json=true"),
        ("fd", "find"),
        ("ls -T --as plan", "list tree=true queue-construct-as=plan"),
        ("find --external", "find external=true"),
        ("dag graph", "dag graph"),
        ("hcl format --check", "hcl fmt check=true"),
        ("render --json-out x", "render out=x"),
        ("stack --no-color generate", "stack generate no-color=true"),
        ("--no-color stack generate", "stack generate no-color=true"),
        ("info strict list bare-include", "info strict list / bare-include"),
        ("backend migrate a b", "backend migrate / a b"),
        ("find foo", "find / foo"),
        ("find -- --json", "find / --json"),
        ("exec echo hi", "exec / echo hi"),
        ("exec --in-download-dir -- echo --all -x --y", "exec in-download-dir=true / echo --all -x --y"),
        ("exec -- a -- b", "exec / a -- b"),
    ]);
}

#[test]
fn questions_are_seen_anywhere_before_the_dashes() {
    check(&[
        ("-h", "?help"),
        ("help", "?help"),
        ("--version", "?version"),
        ("-v", "?version"),
        ("plan -version", "run ?version / plan"),
        ("plan -- -version", "run / plan -version"),
        ("--help plan", "run ?help / plan"),
        ("plan -help", "run ?help / plan"),
        ("run plan -help", "run ?help / plan"),
        ("run -- plan -help", "run / plan -help"),
        ("run --help", "run ?help"),
        ("help run", "run ?help"),
        ("help run plan", "run ?help / plan"),
        ("help foo", "?help"),
        ("find -h", "find ?help"),
        ("stack help", "stack ?help"),
        ("stack generate -h", "stack generate ?help"),
        ("run help", "run / help"),
        ("version", "version"),
        ("stack", "stack"),
    ]);
}

#[test]
fn mistakes_say_what_to_write() {
    check(&[
        (
            "run plan -lock=false",
            "error --lock is no flag of `terrace run` (if it is for terraform, put it behind `--`: terrace run -- plan -lock=false)",
        ),
        (
            "run --foo plan",
            "error --foo is no flag of `terrace run` (if it is for terraform, put it behind `--`: terrace run -- COMMAND --foo)",
        ),
        (
            "run --paralelism=3 plan",
            "error --paralelism is no flag of `terrace run` (did you mean --parallelism? If it is for terraform, put it behind `--`: terrace run -- COMMAND --paralelism=3)",
        ),
        (
            "stack run -lock=false plan",
            "error --lock is no flag of `terrace stack run` (if it is for terraform, put it behind `--`: terrace stack run -- COMMAND -lock=false)",
        ),
        ("--all plan", "error --all is no global flag (write it behind the command: terrace run --all)"),
        (
            "--source x plan",
            "error --source is no global flag (write it behind the command: terrace run --source)",
        ),
        ("hcl --check fmt", "error --check is no flag of `terrace hcl` (`terrace hcl fmt` has that flag)"),
        ("--foo plan", "error --foo is no global flag ()"),
        ("--log-levl=x plan", "error --log-levl is no global flag (did you mean --log-level?)"),
        ("find --jsn", "error --jsn is no flag of `terrace find` (did you mean --json?)"),
        ("find -ja", "error --ja is no flag of `terrace find` (`terrace find --help` lists them)"),
        ("find --all", "error --all is no flag of `terrace find` (`terrace run` has that flag)"),
        (
            "find --queue-include-dir x",
            "error --queue-include-dir is no flag of `terrace find` (`terrace run` has that flag)",
        ),
        ("exec echo -n hi", "error --n is no flag of `terrace exec` (`terrace exec --help` lists them)"),
        (
            "workspace list",
            "error `workspace` is no command of terrace (if it is a terraform command, write: terrace run -- workspace list)",
        ),
        ("pla", "error `pla` is no command of terrace (did you mean `terrace plan`?)"),
        ("fnid", "error `fnid` is no command of terrace (did you mean `terrace find`?)"),
        ("run-all plan", "error `run-all` is no command any more (write: terrace run --all plan)"),
        (
            "plan --terragrunt-non-interactive",
            "error --terragrunt-non-interactive is no flag any more (write: terrace plan --non-interactive)",
        ),
        ("hclfmt", "error `hclfmt` is no command any more (write: terrace hcl fmt)"),
        // The reference prints the help of `stack` and succeeds.
        (
            "stack foo",
            "error `stack foo` is no command of terrace (`terrace stack --help` lists its commands)",
        ),
        ("plan --working-dir", "error --working-dir lacks its value (write --working-dir DIR)"),
        ("plan --working-dir -- x", "error --working-dir lacks its value (write --working-dir DIR)"),
        ("plan --log-level x --log-level x", "error --log-level is given more than once ()"),
        ("--log-level x plan --log-level y", "error --log-level is given more than once ()"),
        ("plan --all -a", "error --all is given more than once ()"),
        ("plan --all=yes", "error `yes` is no value for --all (write true or false)"),
        ("plan --all=", "error `` is no value for --all (write true or false)"),
        ("plan ---x", "error `---x` is no flag (a flag is one or two dashes and a name)"),
        ("plan --=x", "error `--=x` is no flag (a flag is one or two dashes and a name)"),
    ]);
}

#[test]
fn spaces_around_an_argument_and_empty_arguments_vanish() {
    let root = tree();
    let args = |args: &[&str]| split(&args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>(), &root);
    assert_eq!(shown(args(&["run", "", " plan ", "--", " -lock=false ", ""])), "run / plan -lock=false");
    assert_eq!(shown(args(&["plan", "--filter", "", "a b"])), "run filter=a b / plan");
    assert_eq!(
        shown(args(&["plan", "--working-dir", ""])),
        "error --working-dir lacks its value (write --working-dir DIR)"
    );
    // The reference does so behind `exec --`, too, and breaks the program's arguments.
    assert_eq!(args(&["exec", "--", "printf", " ", ""]).unwrap().words, ["printf", " ", ""]);
}
