//! Random estates: a hierarchy of files as repositories have it, units in it, and everything that a unit file may say.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::dice::Dice;
use super::expr::{KINDS, Kind, Names, daring, expression, literal};

/// A tree of files, and how to ask about it.
#[derive(Clone, Default)]
pub struct Estate {
    pub files: BTreeMap<String, String>,
    /// Folders of units, in an order in which each needs only earlier ones.
    pub units: Vec<String>,
    /// Who needs whom, for the order of a run.
    pub edges: Vec<(String, String)>,
    pub env: Vec<(String, String)>,
    /// Folders with a `terragrunt.hcl.json`, which only a question in that folder meets.
    pub json_units: Vec<String>,
    /// Another tree, with a stack in `live`.
    pub stack: BTreeMap<String, String>,
}

/// What the files above a unit define, for its expressions to mention.
#[derive(Default)]
struct Shared {
    root: Names,
    env: Names,
    region: Names,
    region_file: &'static str,
    common: Vec<(String, Names)>,
    root_has: Parts,
}

/// Which labelled things a parent has, so that children may meet or avoid them.
#[derive(Clone, Default)]
struct Parts {
    generate: bool,
    remote_state: bool,
}

/// The estate that a seed names.
pub fn estate(seed: u64) -> Estate {
    let mut dice = Dice::new(seed);
    let dice = &mut dice;
    let mut estate = Estate::default();
    estate.env.push(("DIFFER_SET".to_owned(), "from the environment".to_owned()));
    let mut shared = Shared::default();
    hierarchy(dice, &mut estate, &mut shared);
    root_file(dice, &mut estate, &mut shared);
    common_files(dice, &mut estate, &mut shared);
    let count = 2 + dice.below(5);
    for at in 0..count {
        unit(dice, &mut estate, &shared, at);
    }
    laboratory(dice, &mut estate);
    super::json::units(dice, &mut estate);
    estate.stack = super::stack::stack_files(dice);
    estate
}

/// A unit of its own for many expressions at once.
fn laboratory(dice: &mut Dice, estate: &mut Estate) {
    let lines: String =
        (0..80).map(|at| format!("  x{at} = {}\n", daring(dice, &Names::default(), 1))).collect();
    estate.files.insert("lab/terragrunt.hcl".to_owned(), format!("inputs = {{\n{lines}}}\n"));
    estate.files.insert("lab/main.tf".to_owned(), String::new());
    estate.units.push("lab".to_owned());
}

const ENVS: &[&str] = &["dev", "prod"];
const REGIONS: &[&str] = &["eu-west-1", "us-east-1"];

/// `env.hcl` and a region's file in each folder that a unit may stand in.
fn hierarchy(dice: &mut Dice, estate: &mut Estate, shared: &mut Shared) {
    let mut env = Names::default();
    let schema = kinds(dice, 3);
    for (at, kind) in schema.iter().enumerate() {
        env.add(format!("env_{at}"), *kind);
    }
    for folder in ENVS {
        let text = locals(dice, &env, &Names::default());
        estate.files.insert(format!("{folder}/env.hcl"), text);
    }
    shared.env = env;
    shared.region_file = *dice.pick(&["region.hcl", "region.yaml", "region.json", "region.tfvars"]);
    let mut region = Names::default();
    for (at, kind) in kinds(dice, 3).iter().enumerate() {
        region.add(format!("region_{at}"), *kind);
    }
    for folder in ENVS.iter().flat_map(|env| REGIONS.iter().map(move |region| format!("{env}/{region}"))) {
        let text = data_file(dice, &region, shared.region_file);
        estate.files.insert(format!("{folder}/{}", shared.region_file), text);
    }
    shared.region = region;
}

fn kinds(dice: &mut Dice, most: usize) -> Vec<Kind> {
    (0..=dice.below(most)).map(|_| *dice.pick(KINDS)).collect()
}

/// A `locals` block that defines these names.
fn locals(dice: &mut Dice, wanted: &Names, outer: &Names) -> String {
    let mut known = outer.clone();
    let mut lines = Vec::new();
    for (name, kind) in &wanted.0 {
        lines.push(format!("  {name} = {}\n", expression(dice, &known, *kind, 2)));
        known.add(format!("local.{name}"), *kind);
    }
    dice.shuffle(&mut lines);
    format!("locals {{\n{}}}\n", lines.concat())
}

/// The same values as HCL, YAML, JSON or variables.
fn data_file(dice: &mut Dice, names: &Names, file: &str) -> String {
    let mut out = String::new();
    for (at, (name, kind)) in names.0.iter().enumerate() {
        let value = plain(dice, *kind);
        let _ = match file {
            "region.yaml" => writeln!(out, "{name}: {value}"),
            "region.json" => write!(out, "{}\n  \"{name}\": {value}", if at == 0 { "{" } else { "," }),
            _ => writeln!(out, "{name} = {value}"),
        };
    }
    match file {
        "region.hcl" => format!("locals {{\n{out}}}\n"),
        "region.json" => format!("{out}\n}}\n"),
        _ => out,
    }
}

/// A value that reads alike in HCL, JSON and YAML's flow style.
fn plain(dice: &mut Dice, kind: Kind) -> String {
    let text =
        |dice: &mut Dice| format!("\"{}\"", dice.pick(&["x", "eu", "a b", "1", "true", "10.0.0.0/8", "ü"]));
    let number = |dice: &mut Dice| (*dice.pick(&["1", "2.5", "-3", "100", "0.1", "1000000"])).to_owned();
    match kind {
        Kind::Text => text(dice),
        Kind::Number => number(dice),
        Kind::Bool => "true".to_owned(),
        Kind::Texts => format!("[{}, {}]", text(dice), text(dice)),
        Kind::Numbers => format!("[{}, {}]", number(dice), number(dice)),
        Kind::TextMap | Kind::NumberMap => {
            let value = |dice: &mut Dice| if kind == Kind::TextMap { text(dice) } else { number(dice) };
            let (first, second) = (value(dice), value(dice));
            format!("{{\"a\": {first}, \"zone\": {second}}}")
        }
    }
}

/// `read_terragrunt_config` and its like for the files above a unit; the locals that hold them become known.
fn reads(dice: &mut Dice, shared: &Shared, names: &mut Names) -> String {
    let mut out = String::new();
    if dice.chance(70) {
        out.push_str("  env = read_terragrunt_config(find_in_parent_folders(\"env.hcl\"))\n");
        for (name, kind) in &shared.env.0 {
            names.add(format!("local.env.locals.{name}"), *kind);
        }
    }
    if dice.chance(60) {
        let path = format!("find_in_parent_folders(\"{}\")", shared.region_file);
        let (value, prefix) = match shared.region_file {
            "region.hcl" => (format!("read_terragrunt_config({path})"), "local.region.locals"),
            "region.yaml" => (format!("yamldecode(file({path}))"), "local.region"),
            "region.json" => (format!("jsondecode(file({path}))"), "local.region"),
            _ => (format!("jsondecode(read_tfvars_file({path}))"), "local.region"),
        };
        let _ = writeln!(out, "  region = {value}");
        for (name, kind) in &shared.region.0 {
            names.add(format!("{prefix}.{name}"), *kind);
        }
    }
    out
}

/// A `locals` block with reads and values, in any order.
fn locals_with_reads(dice: &mut Dice, shared: &Shared, prefix: &str, names: &mut Names) -> (String, Names) {
    let mut lines: Vec<String> = reads(dice, shared, names).lines().map(|l| format!("{l}\n")).collect();
    let mut own = Names::default();
    for (at, kind) in kinds(dice, 4).into_iter().enumerate() {
        let name = format!("{prefix}_{at}");
        lines.push(format!("  {name} = {}\n", expression(dice, names, kind, 2)));
        names.add(format!("local.{name}"), kind);
        own.add(name, kind);
    }
    if dice.chance(15) {
        lines.push(format!("  {prefix}_never = {}\n", daring(dice, names, 1)));
    }
    dice.shuffle(&mut lines);
    (format!("locals {{\n{}}}\n\n", lines.concat()), own)
}

pub const INPUTS: &[(&str, Kind)] = &[
    ("name", Kind::Text),
    ("count_of", Kind::Number),
    ("enabled", Kind::Bool),
    ("zones", Kind::Texts),
    ("ports", Kind::Numbers),
    ("tags", Kind::TextMap),
    ("limits", Kind::NumberMap),
];

/// Inputs whose names meet those of other files.
fn inputs(dice: &mut Dice, names: &Names, own: &str) -> String {
    let mut lines = Vec::new();
    for (name, kind) in INPUTS {
        if dice.chance(40) {
            let other = *dice.pick(KINDS);
            // A deep merge of a list with something else is a fault, which may come to light in different places.
            let kind = if dice.chance(4) && is_list(other) == is_list(*kind) { other } else { *kind };
            lines.push(format!("  {name} = {}\n", expression(dice, names, kind, 3)));
        }
    }
    for at in 0..dice.below(3) {
        lines.push(format!("  {own}_{at} = {}\n", daring(dice, names, 2)));
    }
    if dice.chance(30) {
        lines.push(format!("  nest = {}\n", nest(dice, names)));
    }
    if dice.chance(10) {
        lines.push(format!("  {} = null\n", dice.pick(INPUTS).0));
    }
    dice.shuffle(&mut lines);
    let body = format!("{{\n{}}}", lines.concat());
    match dice.below(8) {
        0 => format!("inputs = merge({}, {body})\n\n", expression(dice, names, Kind::TextMap, 1)),
        _ => format!("inputs = {body}\n\n"),
    }
}

fn is_list(kind: Kind) -> bool {
    matches!(kind, Kind::Texts | Kind::Numbers)
}

/// Maps in maps with lists, for deep merges.
fn nest(dice: &mut Dice, names: &Names) -> String {
    let mut lines = Vec::new();
    for (key, kind) in
        [("list", Kind::Texts), ("map", Kind::TextMap), ("text", Kind::Text), ("flag", Kind::Bool)]
    {
        if dice.chance(60) {
            lines.push(format!("    {key} = {}\n", expression(dice, names, kind, 1)));
        }
    }
    if dice.chance(40) {
        let inner = literal(dice, Kind::TextMap);
        lines.push(format!(
            "    deeper = {{ x = {inner}, l = [{{ a = 1 }}], e = {} }}\n",
            dice.pick(&["{}", "[]", "\"\"", "null", "0"])
        ));
    }
    format!("{{\n{}  }}", lines.concat())
}

fn root_file(dice: &mut Dice, estate: &mut Estate, shared: &mut Shared) {
    let mut names = Names::default();
    let (locals, own) = locals_with_reads(dice, shared, "root", &mut names);
    let mut parts = vec![locals];
    path_names(&mut names);
    parts.push(inputs(dice, &names, "root"));
    members(dice, &names, "root", &mut parts);
    if dice.chance(50) {
        shared.root_has.remote_state = true;
        parts.push(remote_state(dice));
    }
    if dice.chance(50) {
        shared.root_has.generate = true;
        parts.push(generate(dice, &names, "provider"));
    }
    dice.shuffle(&mut parts);
    shared.root = own;
    estate.files.insert("root.hcl".to_owned(), parts.concat());
}

fn path_names(names: &mut Names) {
    // Not `get_original_terragrunt_dir`: the reference means the working folder by it in `render --all` only.
    for call in ["get_terragrunt_dir()", "basename(get_terragrunt_dir())"] {
        names.add(call, Kind::Text);
    }
}

/// Files that units of one kind include beside the root.
fn common_files(dice: &mut Dice, estate: &mut Estate, shared: &mut Shared) {
    for name in ["db", "web"].iter().take(dice.below(3)) {
        let mut names = Names::default();
        let (locals, own) = locals_with_reads(dice, shared, name, &mut names);
        path_names(&mut names);
        let mut parts = vec![locals, inputs(dice, &names, name)];
        members(dice, &names, name, &mut parts);
        dice.shuffle(&mut parts);
        estate.files.insert(format!("_common/{name}.hcl"), parts.concat());
        shared.common.push(((*name).to_owned(), own));
    }
}

/// The members that any file may have.
fn members(dice: &mut Dice, names: &Names, who: &str, parts: &mut Vec<String>) {
    if dice.chance(35) {
        parts.push(terraform(dice, names, who));
    }
    if dice.chance(20) {
        parts.push(feature(dice, who));
    }
    if dice.chance(12) {
        parts.push(exclude(dice, names));
    }
    if dice.chance(12) {
        parts.push(errors(dice));
    }
    if dice.chance(15) {
        let label = if dice.chance(30) { "shared" } else { who };
        parts.push(generate(dice, names, label));
    }
    for (name, value) in [
        ("prevent_destroy", (*dice.pick(&["false", "1 > 2"])).to_owned()),
        ("terraform_version_constraint", "\">= 1.0\"".to_owned()),
        ("terragrunt_version_constraint", "\">= 0.50\"".to_owned()),
        ("iam_role", "\"\"".to_owned()),
    ] {
        if dice.chance(6) {
            parts.push(format!("{name} = {value}\n\n"));
        }
    }
}

fn terraform(dice: &mut Dice, names: &Names, who: &str) -> String {
    let mut out = String::from("terraform {\n");
    if dice.chance(20) {
        out.push_str("  include_in_copy = [\"*.txt\"]\n");
    }
    if dice.chance(15) {
        out.push_str("  exclude_from_copy = [\"**/*.md\"]\n");
    }
    if dice.chance(15) {
        let _ = writeln!(out, "  copy_terraform_lock_file = {}", dice.pick(&["true", "false"]));
    }
    if dice.chance(50) {
        let label = if dice.chance(50) { "vars" } else { who };
        let commands = *dice.pick(&[
            "get_terraform_commands_that_need_vars()",
            "[\"plan\", \"apply\"]",
            "concat(get_terraform_commands_that_need_locking(), [\"validate\"])",
        ]);
        let _ = writeln!(out, "  extra_arguments \"{label}\" {{\n    commands = {commands}");
        if dice.chance(60) {
            out.push_str("    arguments = [\"-lock-timeout=20m\", \"-var\", \"x=y\"]\n");
        }
        if dice.chance(40) {
            out.push_str("    optional_var_files = [\"${get_terragrunt_dir()}/none.tfvars\", find_in_parent_folders(\"all.tfvars\", \"none\")]\n");
        }
        if dice.chance(40) {
            let _ = writeln!(
                out,
                "    env_vars = {{ TF_VAR_extra = {} }}",
                expression(dice, names, Kind::Text, 1)
            );
        }
        out.push_str("  }\n");
    }
    for kind in ["before_hook", "after_hook"] {
        if dice.chance(15) {
            let label = if dice.chance(50) { "note" } else { who };
            let _ = writeln!(
                out,
                "  {kind} \"{label}\" {{\n    commands = [\"plan\", \"apply\"]\n    execute = [\"true\", {}]",
                expression(dice, names, Kind::Text, 1)
            );
            if dice.chance(40) {
                out.push_str("    run_on_error = true\n");
            }
            out.push_str("  }\n");
        }
    }
    out.push_str("}\n\n");
    out
}

fn feature(dice: &mut Dice, who: &str) -> String {
    let label = if dice.chance(30) { "shared" } else { who };
    // A deep merge of two defaults fails in the reference unless both are maps: that difference is meant.
    let kind =
        if label == "shared" { Kind::TextMap } else { *dice.pick(&[Kind::Text, Kind::Bool, Kind::Number]) };
    format!("feature \"{label}\" {{\n  default = {}\n}}\n\n", literal(dice, kind))
}

fn exclude(dice: &mut Dice, names: &Names) -> String {
    let mut out = format!("exclude {{\n  if = {}\n", expression(dice, names, Kind::Bool, 1));
    let actions =
        *dice.pick(&["[\"plan\"]", "[\"all\"]", "[\"all_except_output\"]", "[\"apply\", \"DESTROY\"]"]);
    let _ = writeln!(out, "  actions = {actions}");
    if dice.chance(40) {
        let _ = writeln!(out, "  exclude_dependencies = {}", dice.pick(&["true", "false"]));
    }
    // With `no_run` and every action, the reference cannot read the unit's outputs and refuses its dependents.
    if dice.chance(20) && actions != "[\"all\"]" {
        out.push_str("  no_run = true\n");
    }
    out.push_str("}\n\n");
    out
}

fn errors(dice: &mut Dice) -> String {
    let mut out = String::from("errors {\n");
    if dice.chance(70) {
        let label = *dice.pick(&["flaky", "net"]);
        let _ = writeln!(
            out,
            "  retry \"{label}\" {{\n    retryable_errors = [\".*timeout.*\"]\n    max_attempts = {}\n    sleep_interval_sec = 0\n  }}",
            1 + dice.below(3)
        );
    }
    if dice.chance(50) {
        out.push_str("  ignore \"known\" {\n    ignorable_errors = [\"!.*bad.*\", \".*known.*\"]\n    message = \"it is known\"\n    signals = { alert = false, who = \"me\" }\n  }\n");
    }
    out.push_str("}\n\n");
    out
}

fn generate(dice: &mut Dice, names: &Names, label: &str) -> String {
    let mut out = format!(
        "generate \"{label}\" {{\n  path = \"{label}.tf\"\n  if_exists = \"{}\"\n",
        dice.pick(&["overwrite", "overwrite_terragrunt", "skip"])
    );
    match dice.below(3) {
        0 => {
            let _ = writeln!(
                out,
                "  contents = <<EOF\nlocals {{\n  x = \"${{{}}}\"\n  y    = 1\n}}\nEOF",
                expression(dice, names, Kind::Number, 1)
            );
        }
        1 => out.push_str(
            "  contents = <<-EOF\n    # made\n    locals {\n      g = \"$${path.module}\"\n    }\n  EOF\n",
        ),
        _ => out.push_str("  contents = \"# nothing\"\n"),
    }
    // Without its signature the reference does not know its own file again.
    if !out.contains("overwrite_terragrunt") && dice.chance(20) {
        out.push_str("  disable_signature = true\n");
    }
    if dice.chance(15) {
        out.push_str("  comment_prefix = \"// \"\n");
    }
    if dice.chance(10) {
        let _ = writeln!(out, "  disable = {}", dice.pick(&["true", "false"]));
    }
    out.push_str("}\n\n");
    out
}

fn remote_state(dice: &mut Dice) -> String {
    let generate =
        "  generate = {\n    path = \"backend.tf\"\n    if_exists = \"overwrite_terragrunt\"\n  }\n";
    let (backend, config) = *dice.pick(&[
        ("local", "    path = \"${get_parent_terragrunt_dir()}/.state/${path_relative_to_include()}/terraform.tfstate\"\n"),
        ("s3", "    bucket = \"b\"\n    key = \"${path_relative_to_include()}/terraform.tfstate\"\n    region = \"eu-west-1\"\n    encrypt = true\n    dynamodb_table = \"locks\"\n    skip_bucket_versioning = true\n    s3_bucket_tags = { a = \"b\" }\n"),
        ("gcs", "    bucket = \"b\"\n    prefix = path_relative_to_include()\n    project = \"p\"\n    location = \"eu\"\n    gcs_bucket_labels = { a = \"b\" }\n"),
    ]);
    if dice.chance(20) {
        let config = config.replace("    ", "      ");
        return format!(
            "remote_state = {{\n  backend = \"{backend}\"\n  generate = {{\n    path = \"backend.tf\"\n    if_exists = \"overwrite\"\n  }}\n  config = {{\n{config}  }}\n}}\n\n"
        );
    }
    format!("remote_state {{\n  backend = \"{backend}\"\n{generate}  config = {{\n{config}  }}\n}}\n\n")
}

/// A unit in a folder of the hierarchy.
fn unit(dice: &mut Dice, estate: &mut Estate, shared: &Shared, at: usize) {
    let folder = format!("{}/{}/u{at}", dice.pick(ENVS), dice.pick(REGIONS));
    let mut names = Names::default();
    let mut parts = includes(dice, shared, &mut names);
    let (locals, _) = locals_with_reads(dice, shared, "own", &mut names);
    if dice.chance(85) {
        parts.push(locals);
    } else {
        names.0.retain(|(path, _)| !path.starts_with("local."));
    }
    path_names(&mut names);
    if dice.chance(15) {
        let label = format!("flag{at}");
        let kind = *dice.pick(&[Kind::Text, Kind::Bool, Kind::Number]);
        parts.push(format!("feature \"{label}\" {{\n  default = {}\n}}\n\n", literal(dice, kind)));
        names.add(format!("feature.{label}.value"), kind);
    }
    let mut known = names.clone();
    dependencies(dice, estate, &folder, &mut known, &mut parts);
    if dice.chance(85) {
        parts.push(inputs(dice, &known, "unit"));
    }
    members(dice, &names, "unit", &mut parts);
    if !shared.root_has.remote_state && dice.chance(10) {
        // With several includes the function would need a label.
        parts.push(with_own_paths(&remote_state(dice)));
    }
    dice.shuffle(&mut parts);
    estate.files.insert(format!("{folder}/terragrunt.hcl"), parts.concat());
    let variables: String = INPUTS.iter().map(|(name, kind)| variable(name, *kind)).collect();
    estate.files.insert(format!("{folder}/main.tf"), variables);
    estate.files.insert(format!("{folder}/outputs.json"), outputs_of(at));
    estate.units.push(folder);
}

/// Without the functions that need to know an include.
fn with_own_paths(text: &str) -> String {
    text.replace("path_relative_to_include()", "basename(get_terragrunt_dir())")
        .replace("get_parent_terragrunt_dir()", "get_terragrunt_dir()")
}

fn variable(name: &str, kind: Kind) -> String {
    let kind = match kind {
        Kind::Text => "string",
        Kind::Number => "number",
        Kind::Bool => "bool",
        Kind::Texts => "list(string)",
        Kind::Numbers => "list(number)",
        Kind::TextMap => "map(string)",
        Kind::NumberMap => "map(number)",
    };
    format!("variable \"{name}\" {{\n  type = {kind}\n  default = null\n}}\n")
}

/// What a unit gives once it has been applied, as `output -json` says it.
fn outputs_of(at: usize) -> String {
    format!(
        "{{\"id\":{{\"sensitive\":false,\"type\":\"string\",\"value\":\"id-{at}\"}},\"zones\":{{\"sensitive\":false,\"type\":[\"list\",\"string\"],\"value\":[\"z{at}\",\"<&>\"]}},\"size\":{{\"sensitive\":false,\"type\":\"number\",\"value\":{at}.5}},\"tags\":{{\"sensitive\":true,\"type\":[\"map\",\"string\"],\"value\":{{\"a\":\"t{at}\"}}}}}}\n"
    )
}

fn includes(dice: &mut Dice, shared: &Shared, names: &mut Names) -> Vec<String> {
    let mut parts = Vec::new();
    let mut extra: Vec<&(String, Names)> = shared.common.iter().filter(|_| dice.chance(50)).collect();
    dice.shuffle(&mut extra);
    let bare = extra.is_empty() && dice.chance(10);
    if dice.chance(90) {
        let (open, access) = if bare {
            ("include {".to_owned(), "include".to_owned())
        } else {
            ("include \"root\" {".to_owned(), "include.root".to_owned())
        };
        let path = *dice.pick(&[
            "find_in_parent_folders(\"root.hcl\")",
            "find_in_parent_folders(\"root.hcl\")",
            "\"../../../root.hcl\"",
            "\"${get_repo_root()}/root.hcl\"",
        ]);
        let exposed = include_block(dice, &open, path, &mut parts);
        if exposed {
            for (name, kind) in &shared.root.0 {
                names.add(format!("{access}.locals.{name}"), *kind);
            }
        }
    }
    for (name, locals) in extra {
        let path = format!("\"${{dirname(find_in_parent_folders(\"root.hcl\"))}}/_common/{name}.hcl\"");
        if include_block(dice, &format!("include \"{name}\" {{"), &path, &mut parts) {
            for (local, kind) in &locals.0 {
                names.add(format!("include.{name}.locals.{local}"), *kind);
            }
        }
    }
    parts
}

/// Whether it is exposed.
fn include_block(dice: &mut Dice, open: &str, path: &str, parts: &mut Vec<String>) -> bool {
    let mut out = format!("{open}\n  path = {path}\n");
    let exposed = dice.chance(50);
    if exposed {
        out.push_str("  expose = true\n");
    }
    let strategy = *dice.pick(&["", "", "shallow", "deep", "deep", "no_merge"]);
    if !strategy.is_empty() {
        let _ = writeln!(out, "  merge_strategy = \"{strategy}\"");
    }
    out.push_str("}\n\n");
    parts.push(out);
    exposed
}

fn dependencies(
    dice: &mut Dice,
    estate: &mut Estate,
    folder: &str,
    names: &mut Names,
    parts: &mut Vec<String>,
) {
    for (at, target) in estate.units.clone().iter().enumerate() {
        if !dice.chance(25) {
            continue;
        }
        let path = relative(folder, target);
        if dice.chance(20) {
            estate.edges.push((folder.to_owned(), target.clone()));
            parts.push(format!("dependencies {{\n  paths = [\"{path}\"]\n}}\n\n"));
            return;
        }
        let label = format!("d{at}");
        let path = if dice.chance(20) { format!("${{get_terragrunt_dir()}}/{path}") } else { path };
        let mut out = format!(
            "dependency \"{label}\" {{\n  config_path = \"{path}\"\n  mock_outputs = {{\n    id = \"mock\"\n    zones = [\"m\"]\n    only_mock = \"yes\"\n  }}\n"
        );
        if dice.chance(40) {
            out.push_str("  mock_outputs_allowed_terraform_commands = [\"plan\", \"apply\", \"destroy\", \"validate\", \"render\"]\n");
        }
        if dice.chance(30) {
            let _ = writeln!(
                out,
                "  mock_outputs_merge_strategy_with_state = \"{}\"",
                dice.pick(&["shallow", "deep_map_only", "no_merge"])
            );
        }
        if dice.chance(8) {
            out.push_str("  skip_outputs = true\n");
        }
        if dice.chance(8) {
            out.push_str("  enabled = false\n");
        } else {
            estate.edges.push((folder.to_owned(), target.clone()));
        }
        out.push_str("}\n\n");
        parts.push(out);
        names.add(format!("dependency.{label}.outputs.id"), Kind::Text);
        names.add(format!("dependency.{label}.outputs.zones"), Kind::Texts);
    }
}

/// The way from one folder of a unit to another; all are three levels deep.
fn relative(from: &str, to: &str) -> String {
    let (from, to): (Vec<&str>, Vec<&str>) = (from.split('/').collect(), to.split('/').collect());
    let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = vec![".."; from.len() - same];
    [up, to[same..].to_vec()].concat().join("/")
}
