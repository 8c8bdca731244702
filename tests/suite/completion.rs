//! Completion in a real shell: the script is loaded, a line is typed, and what the shell proposes is read.

use super::space::{TestSpace, binary, require};

fn estate() -> TestSpace {
    let space = TestSpace::new();
    space.write("dev/vpc/terragrunt.hcl", "").write("dev/app/terragrunt.hcl", "");
    space
}

/// What bash proposes for a line, its cursor at the end.
fn bash(space: &TestSpace, line: &str) -> String {
    let script = format!(
        r#"terrace() {{ "$BINARY" "$@"; }}
        source <(terrace completion bash)
        COMP_LINE={line:?}; COMP_POINT=${{#COMP_LINE}}
        _terrace
        printf '%s\n' "${{COMPREPLY[@]}}""#
    );
    space.tool("env", &[&format!("BINARY={}", binary().to_string_lossy()), "bash", "-c", &script])
}

#[test]
fn bash_completes_commands_flags_values_and_units() {
    if !require("bash") {
        return;
    }
    let space = estate();
    for (line, want) in [
        ("terrace hcl f", "fmt\n"),
        ("terrace plan --log-lev", "--log-level\n"),
        ("terrace --log-level=tr", "trace\n"),
        ("terrace find --filter ./dev/", "./dev/app\n./dev/vpc\n"),
        ("terrace --working-dir dev find --filter ./v", "./vpc\n"),
        ("terrace nonsense ", "\n"),
    ] {
        assert_eq!(bash(&space, line), want, "{line}");
    }
}

#[test]
fn each_shell_has_a_script() {
    let space = estate();
    for (shell, word) in
        [("bash", "complete "), ("zsh", "compdef"), ("fish", "complete -c"), ("powershell", "Register")]
    {
        space.terrace(&["completion", shell]).run().success().prints(&[word, "__complete"]);
    }
    space.terrace(&["completion"]).run().code(1).says(&["terrace completion bash"]);
    space.terrace(&["completion", "tcsh"]).run().code(1).says(&["bash, zsh, fish, powershell"]);
    if require("bash") {
        let script = space.terrace(&["completion", "bash"]).run().stdout;
        space.write("script", &script).tool("bash", &["-n", "script"]);
    }
}
