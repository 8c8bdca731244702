//! Random stacks: a small catalog of units and an inner stack, and a stack file that uses them. They are a tree of their
//! own, beside the estate.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::dice::Dice;
use super::expr::{KINDS, Names, daring, expression};

const UNIT: &str = r#"
locals {
  all = values
}

inputs = {
  name   = values.name
  first  = try(values.v0, "none")
  second = try(values.v1, values.v2, "none")
  all    = local.all
  text   = try("${values.v0}", jsonencode(values.v0), "none")
}
"#;

const DEPENDENT: &str = r#"
dependency "other" {
  config_path = values.other

  mock_outputs = {
    id = "mock"
  }
}

inputs = {
  id   = dependency.other.outputs.id
  name = values.name
}
"#;

/// The files of a tree with a stack; none for some seeds.
pub fn stack_files(dice: &mut Dice) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    if dice.chance(50) {
        return files;
    }
    files.insert("units/plain/terragrunt.hcl".to_owned(), UNIT.to_owned());
    files.insert("units/plain/main.tf".to_owned(), "# nothing\n".to_owned());
    files.insert("units/dependent/terragrunt.hcl".to_owned(), DEPENDENT.to_owned());
    let mut inner_names = Names::default();
    inner_names.add("values.name", super::expr::Kind::Text);
    files.insert("stacks/inner/terragrunt.stack.hcl".to_owned(), blocks(dice, &inner_names, 1));
    let mut names = Names::default();
    let mut lines = String::from("locals {\n");
    for at in 0..1 + dice.below(3) {
        let kind = *dice.pick(KINDS);
        let _ = writeln!(lines, "  l{at} = {}", expression(dice, &names, kind, 2));
        names.add(format!("local.l{at}"), kind);
    }
    lines.push_str("}\n\n");
    lines.push_str(&blocks(dice, &names, 2));
    if dice.chance(60) {
        let _ = writeln!(
            lines,
            "stack \"inner\" {{\n  source = \"{}\"\n  path = \"inner\"\n{}}}",
            dice.pick(&["../stacks/inner", "${get_repo_root()}/stacks/inner"]),
            values(dice, &names)
        );
    }
    files.insert("live/terragrunt.stack.hcl".to_owned(), lines);
    files
}

/// Up to so many plain units, and perhaps one that depends on the first.
fn blocks(dice: &mut Dice, names: &Names, most: usize) -> String {
    let mut out = String::new();
    let count = 1 + dice.below(most);
    for at in 0..count {
        let _ = writeln!(
            out,
            "unit \"u{at}\" {{\n  source = \"${{get_repo_root()}}/units/plain\"\n  path = \"{}\"\n{}{}}}\n",
            dice.pick(&[format!("u{at}"), format!("deep/u{at}"), format!("${{upper(\"u\")}}{at}")]),
            dice.pick(&["", "", "", "  no_validation = true\n", "  no_dot_terragrunt_stack = false\n"]),
            values(dice, names)
        );
    }
    if dice.chance(40) {
        out.push_str(
            "unit \"dependent\" {\n  source = \"${get_repo_root()}/units/dependent\"\n  path = \"dependent\"\n  values = {\n    name = \"d\"\n    other = \"../u0\"\n  }\n}\n\n",
        );
    }
    out
}

fn values(dice: &mut Dice, names: &Names) -> String {
    let mut lines = format!("    name = {}\n", expression(dice, names, super::expr::Kind::Text, 1));
    for at in 0..dice.below(3) {
        let value = match dice.chance(50) {
            true => daring(dice, names, 1),
            false => {
                let kind = *dice.pick(KINDS);
                expression(dice, names, kind, 2)
            }
        };
        let _ = writeln!(lines, "    v{at} = {value}");
    }
    format!("  values = {{\n{lines}  }}\n")
}
