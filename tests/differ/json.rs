//! Units and parents in JSON: the same language in another dress.

use super::dice::Dice;
use super::estate::Estate;
use super::expr::{KINDS, Names, expression};

const FOLDER: &str = "dev/eu-west-1";

/// A file in JSON that is read, a unit in JSON that reads it and includes another, and a usual unit that reads both.
/// (The reference cannot include a file in JSON.)
pub fn units(dice: &mut Dice, estate: &mut Estate) {
    if dice.chance(50) {
        return;
    }
    let mut names = Names::default();
    names.add("local.a", super::expr::Kind::Text);
    let parent = serde_json::json!({
        "locals": { "a": "from json", "list": values(dice, &Names::default()), "map": { "k": "v" } },
        "inputs": { "name": values(dice, &names), "zones": ["j", "${local.a}"], "nest": { "list": ["x"], "map": { "j": "${local.a}" } } },
        "terraform": { "extra_arguments": { "json": { "commands": ["plan"], "arguments": ["-lock=false"] } } }
    });
    estate.files.insert("_common/more.hcl.json".to_owned(), text(&parent));
    let mut own = Names::default();
    own.add("local.read.locals.a", super::expr::Kind::Text);
    own.add("include.root.inputs.own", super::expr::Kind::Text);
    own.add("local.own", super::expr::Kind::Text);
    let unit = serde_json::json!({
        "include": { "root": { "path": "../../../_common/usual.hcl", "expose": true, "merge_strategy": *dice.pick(&["shallow", "deep", "no_merge"]) } },
        "locals": { "own": "a text", "odd": values(dice, &Names::default()), "read": "${read_terragrunt_config(\"../../../_common/more.hcl.json\")}" },
        "feature": { "flag": { "default": true } },
        "inputs": {
            "one": values(dice, &own), "two": values(dice, &own), "read": "${local.read.inputs}", "nest": { "list": ["y"], "text": "t" },
            "flag": "${feature.flag.value}", "types": "${local.read.locals.list == local.odd}"
        }
    });
    let folder = format!("{FOLDER}/j0");
    estate.files.insert(format!("{folder}/terragrunt.hcl.json"), text(&unit));
    estate.files.insert(format!("{folder}/main.tf"), String::new());
    estate.json_units.push(folder);
    estate.files.insert(
        "_common/usual.hcl".to_owned(),
        "inputs = {\n  own = \"from above\"\n  nest = { list = [\"u\"], map = { u = 1 } }\n}\n".to_owned(),
    );
    let usual = "locals {\n  parent = read_terragrunt_config(\"../../../_common/more.hcl.json\")\n  read = read_terragrunt_config(\"../j0/terragrunt.hcl.json\", {})\n}\n\ninputs = {\n  zones = [local.parent.locals.a]\n  nest = { list = [\"h\"] }\n  parent = local.parent.inputs\n  read = try(local.read.inputs, \"refused\")\n}\n";
    let usual = usual.to_owned();
    let folder = format!("{FOLDER}/h0");
    estate.files.insert(format!("{folder}/terragrunt.hcl"), usual);
    estate.files.insert(format!("{folder}/main.tf"), String::new());
    estate.units.push(folder);
}

/// An expression in a string, or a string with one in it, or a plain value.
fn values(dice: &mut Dice, names: &Names) -> serde_json::Value {
    let kind = *dice.pick(KINDS);
    match dice.below(4) {
        0 => serde_json::json!("plain $${not} text"),
        1 => serde_json::json!(format!("x ${{{}}} y", expression(dice, names, super::expr::Kind::Text, 1))),
        2 => serde_json::json!([1, 2.5, "a", null, { "k": true }]),
        _ => serde_json::json!(format!("${{{}}}", expression(dice, names, kind, 2))),
    }
}

fn text(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).expect("it is JSON")
}
