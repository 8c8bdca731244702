//! `templatestring` beside `terraform console`: the template must be a named value there, so both are asked in a place that
//! has these locals. The rows are in `tests/parity/templates.txt`.

use super::parity::{Answers, check_with, console, marked};
use super::space::TestSpace;
use terrace::hcl::json::from_json;
use terrace::hcl::show::render_console;

const LOCALS: &str = r#"locals {
  text = "Hello, $${name}! %%{ for x in xs }[$${x}]%%{ endfor }"
  plain = "nothing to fill in"
  nested = { template = "<$${a}>", list = ["z$${a}"] }
  only = "$${a}"
  open = "$${"
  branch = "%%{ if a }yes%%{ else }no%%{ endif }"
  calls = "$${upper(a)} $${try(b, 1)}"
  itself = "$${templatestring(a, {})}"
  a_file = "$${templatefile(\"x\", {})}"
  number = 5
  list = ["a"]
  none = null
  secret = sensitive("s $${a}")
  trimmed = "a  $${~ a ~}  b"
  escaped = "$$$${a} %%%%{x}"
  outside = "$${local.plain}"
  lines = <<-EOT
    %%{ for x in a ~}
    - $${x}
    %%{ endfor ~}
    end
  EOT
}
"#;

#[test]
fn templates_print_what_terraform_prints() {
    check_with("templates", &Answers { ours, theirs });
}

fn theirs(expr: &str) -> String {
    console(LOCALS, expr).unwrap_or_else(|| {
        let ours = ours(expr);
        if ours.starts_with('!') { ours } else { "! refused by terraform\n".to_owned() }
    })
}

/// The value as an input of a unit, or the first line of the fault and what it points at.
fn ours(expr: &str) -> String {
    let space = TestSpace::new();
    space.write("terragrunt.hcl", &format!("{LOCALS}\ninputs = {{ case = {expr} }}\n"));
    let ran = space.terrace(&["render", "--json"]).run();
    if ran.status.success() {
        let whole: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        return marked('=', &render_console(&from_json(&whole["inputs"]["case"])));
    }
    let fault = ran.stderr.lines().next().unwrap_or_default();
    marked('!', fault.split_once("]: ").map_or(fault, |(_, summary)| summary))
}
