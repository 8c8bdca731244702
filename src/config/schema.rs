//! Which members a unit file may have. One table serves three ends: faults about unknown members, reading the JSON
//! form (where only a schema tells a block from an attribute), and suggestions.

use super::estate_pins::DEMANDS;
use crate::diag::{Code, Diagnostic, Diagnostics, closest};
use crate::hcl::ast::{Attribute, Block, Body};

/// How many labels a block takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
    None,
    One,
    /// `include` alone, for old files.
    AtMostOne,
}

/// Which attributes a block takes.
#[derive(Clone, Copy, Debug)]
pub enum Attributes {
    Any,
    These(&'static [&'static str]),
}

/// One kind of block.
#[derive(Clone, Copy, Debug)]
pub struct BlockSchema {
    pub kind: &'static str,
    pub labels: Labels,
    pub attributes: Attributes,
    pub required: &'static [&'static str],
    pub blocks: &'static [BlockSchema],
    /// At most one such block in a body.
    pub single: bool,
}

/// A block without anything in it, to start from.
pub const BLOCK: BlockSchema = BlockSchema {
    kind: "",
    labels: Labels::None,
    attributes: Attributes::These(&[]),
    required: &[],
    blocks: &[],
    single: false,
};

const HOOK: BlockSchema = BlockSchema {
    labels: Labels::One,
    attributes: Attributes::These(&[
        "commands",
        "execute",
        "if",
        "run_on_error",
        "suppress_stdout",
        "working_dir",
    ]),
    required: &["commands", "execute"],
    ..BLOCK
};

const TERRAFORM: BlockSchema = BlockSchema {
    kind: "terraform",
    attributes: Attributes::These(&[
        "source",
        "version",
        "include_in_copy",
        "exclude_from_copy",
        "copy_terraform_lock_file",
        "mutable",
        "update_source_with_cas",
    ]),
    blocks: &[
        BlockSchema {
            kind: "extra_arguments",
            labels: Labels::One,
            attributes: Attributes::These(&[
                "commands",
                "arguments",
                "required_var_files",
                "optional_var_files",
                "env_vars",
            ]),
            required: &["commands"],
            ..BLOCK
        },
        BlockSchema { kind: "before_hook", ..HOOK },
        BlockSchema { kind: "after_hook", ..HOOK },
        BlockSchema {
            kind: "error_hook",
            labels: Labels::One,
            attributes: Attributes::These(&[
                "commands",
                "execute",
                "on_errors",
                "suppress_stdout",
                "working_dir",
            ]),
            required: &["commands", "execute", "on_errors"],
            ..BLOCK
        },
    ],
    single: true,
    ..BLOCK
};

const ERRORS: BlockSchema = BlockSchema {
    kind: "errors",
    blocks: &[
        BlockSchema {
            kind: "retry",
            labels: Labels::One,
            attributes: Attributes::These(&["retryable_errors", "max_attempts", "sleep_interval_sec"]),
            required: &["retryable_errors", "max_attempts", "sleep_interval_sec"],
            ..BLOCK
        },
        BlockSchema {
            kind: "ignore",
            labels: Labels::One,
            attributes: Attributes::These(&["ignorable_errors", "message", "signals"]),
            required: &["ignorable_errors"],
            ..BLOCK
        },
    ],
    single: true,
    ..BLOCK
};

/// `pins` of `terrace.hcl`.
const PINS: BlockSchema = BlockSchema {
    kind: "pins",
    attributes: Attributes::These(&DEMANDS),
    blocks: &[
        BlockSchema {
            kind: "environment",
            labels: Labels::One,
            attributes: Attributes::These(&[
                "paths",
                "modules",
                "providers",
                "tools",
                "sources",
                "platforms",
                "zh",
                "unchecked",
                "registry",
                "follows",
            ]),
            required: &["paths"],
            ..BLOCK
        },
        BlockSchema {
            kind: "exempt",
            labels: Labels::One,
            attributes: Attributes::These(&["paths", "reason", "expires"]),
            required: &["reason"],
            ..BLOCK
        },
    ],
    single: true,
    ..BLOCK
};

/// `terrace.hcl`.
pub const ESTATE: BlockSchema = BlockSchema {
    kind: "estate file",
    blocks: &[
        BlockSchema { kind: "locals", attributes: Attributes::Any, single: true, ..BLOCK },
        BlockSchema {
            kind: "run_lock",
            attributes: Attributes::These(&["backend", "config", "expires", "id", "mode"]),
            required: &["id", "backend"],
            single: true,
            ..BLOCK
        },
        PINS,
    ],
    ..BLOCK
};

/// The whole unit file.
pub const UNIT: BlockSchema = BlockSchema {
    kind: "unit file",
    attributes: Attributes::These(&[
        "inputs",
        "download_dir",
        "prevent_destroy",
        "iam_role",
        "iam_assume_role_duration",
        "iam_assume_role_session_name",
        "iam_web_identity_token",
        "terraform_binary",
        "terraform_version_constraint",
        "terragrunt_version_constraint",
        "remote_state",
        "generate",
    ]),
    blocks: &[
        BlockSchema {
            kind: "include",
            labels: Labels::AtMostOne,
            attributes: Attributes::These(&["path", "expose", "merge_strategy"]),
            required: &["path"],
            ..BLOCK
        },
        BlockSchema { kind: "locals", attributes: Attributes::Any, single: true, ..BLOCK },
        TERRAFORM,
        BlockSchema {
            kind: "remote_state",
            attributes: Attributes::These(&[
                "backend",
                "disable_init",
                "disable_dependency_optimization",
                "generate",
                "config",
                "encryption",
            ]),
            required: &["backend", "config"],
            single: true,
            ..BLOCK
        },
        BlockSchema {
            kind: "dependency",
            labels: Labels::One,
            attributes: Attributes::These(&[
                "config_path",
                "enabled",
                "skip_outputs",
                "mock_outputs",
                "mock_outputs_allowed_terraform_commands",
                "mock_outputs_merge_strategy_with_state",
                "mock_outputs_merge_with_state",
            ]),
            required: &["config_path"],
            blocks: &[BlockSchema { kind: "expansion", attributes: Attributes::Any, ..BLOCK }],
            ..BLOCK
        },
        BlockSchema {
            kind: "dependencies",
            attributes: Attributes::These(&["paths"]),
            required: &["paths"],
            single: true,
            ..BLOCK
        },
        BlockSchema {
            kind: "generate",
            labels: Labels::One,
            attributes: Attributes::These(GENERATE_ATTRIBUTES),
            required: &["path", "if_exists", "contents"],
            ..BLOCK
        },
        BlockSchema {
            kind: "feature",
            labels: Labels::One,
            attributes: Attributes::These(&["default"]),
            required: &["default"],
            ..BLOCK
        },
        BlockSchema {
            kind: "exclude",
            attributes: Attributes::These(&["if", "actions", "exclude_dependencies", "no_run"]),
            required: &["if"],
            single: true,
            ..BLOCK
        },
        ERRORS,
        BlockSchema {
            kind: "engine",
            attributes: Attributes::These(&["source", "version", "type", "meta"]),
            required: &["source"],
            single: true,
            ..BLOCK
        },
        BlockSchema {
            kind: "catalog",
            attributes: Attributes::These(&["urls", "default_template", "no_shell", "no_hooks"]),
            required: &["urls"],
            single: true,
            ..BLOCK
        },
    ],
    ..BLOCK
};

/// Members of a `generate` block, and of an entry where `generate` is an attribute.
pub const GENERATE_ATTRIBUTES: &[&str] = &[
    "path",
    "if_exists",
    "if_disabled",
    "comment_prefix",
    "contents",
    "disable",
    "disable_signature",
    "hcl_fmt",
    "mutable",
];

/// Members that older files had, and what stands in their place.
const REMOVED: &[(&str, &str)] = &[
    ("skip", "use an `exclude` block with `if = true` and `actions = [\"all\"]`"),
    ("retryable_errors", "use an `errors` block with a `retry` block in it"),
    ("retry_max_attempts", "use `max_attempts` in a `retry` block inside `errors`"),
    ("retry_sleep_interval_sec", "use `sleep_interval_sec` in a `retry` block inside `errors`"),
];

/// Every member of `body` that `schema` does not know, every member it misses, every wrong number of labels.
#[must_use]
pub fn check(body: &Body, schema: &BlockSchema) -> Diagnostics {
    let mut faults = Vec::new();
    check_attributes(body, schema, &mut faults);
    check_blocks(body, schema, &mut faults);
    faults
}

fn check_attributes(body: &Body, schema: &BlockSchema, faults: &mut Diagnostics) {
    let Attributes::These(known) = schema.attributes else { return };
    for attribute in &body.attributes {
        let name = &*attribute.name.name;
        if !known.contains(&name) {
            faults.push(unknown_attribute(attribute, known, schema));
        }
    }
}

fn unknown_attribute(attribute: &Attribute, known: &[&str], schema: &BlockSchema) -> Diagnostic {
    let name = &*attribute.name.name;
    let fault = Diagnostic::error(
        Code::UnknownArgument,
        format!("unknown attribute `{name}` in {}", described(schema)),
    )
    .at(attribute.name.span, "not expected here");
    if let Some((_, instead)) = REMOVED.iter().find(|(removed, _)| *removed == name) {
        return fault.hint(*instead);
    }
    if schema.blocks.iter().any(|block| block.kind == name) {
        return fault.hint(format!("`{name}` is a block: write `{name} {{ … }}` without `=`"));
    }
    let kinds = schema.blocks.iter().map(|block| block.kind);
    match closest(name, known.iter().copied().chain(kinds)) {
        Some(near) => fault.hint(format!("did you mean `{near}`?")),
        None => fault.hint(format!("known here: {}", known.join(", "))),
    }
}

fn check_blocks(body: &Body, schema: &BlockSchema, faults: &mut Diagnostics) {
    for (index, block) in body.blocks.iter().enumerate() {
        let Some(inner) = schema.blocks.iter().find(|inner| inner.kind == &*block.kind.name) else {
            faults.push(unknown_block(block, schema));
            continue;
        };
        let first = body.blocks[..index].iter().find(|other| other.kind.name == block.kind.name);
        if let Some(first) = first.filter(|_| inner.single) {
            faults.push(repeated(block, first));
        }
        faults.extend(label_fault(block, inner));
        faults.extend(missing_attributes(block, inner));
        faults.extend(check(&block.body, inner));
    }
}

fn unknown_block(block: &Block, schema: &BlockSchema) -> Diagnostic {
    let name = &*block.kind.name;
    let fault =
        Diagnostic::error(Code::UnknownBlock, format!("unknown block `{name}` in {}", described(schema)))
            .at(block.kind.span, "not expected here");
    let known = match schema.attributes {
        Attributes::These(known) => known,
        Attributes::Any => &[],
    };
    if known.contains(&name) {
        return fault.hint(format!("`{name}` is an attribute: write `{name} = …`"));
    }
    let all = || schema.blocks.iter().map(|inner| inner.kind).chain(known.iter().copied());
    match closest(name, all()) {
        Some(near) => fault.hint(format!("did you mean `{near}`?")),
        None if all().next().is_none() => {
            fault.hint("no block belongs here: write `name = { … }` for an object")
        }
        None => fault.hint(format!("known here: {}", all().collect::<Vec<_>>().join(", "))),
    }
}

fn repeated(block: &Block, first: &Block) -> Diagnostic {
    Diagnostic::error(Code::DuplicateBlock, format!("a second `{}` block", block.kind.name))
        .at(block.header, "only one is allowed")
        .label(first.header, "the first one is here")
        .hint("merge the two into one block")
}

fn label_fault(block: &Block, schema: &BlockSchema) -> Option<Diagnostic> {
    let kind = schema.kind;
    let count = block.labels.len();
    match schema.labels {
        Labels::None if count > 0 => Some(
            Diagnostic::error(Code::WrongLabels, format!("`{kind}` takes no label"))
                .at(block.labels[0].span, "remove this label")
                .hint(format!("write `{kind} {{ … }}`")),
        ),
        Labels::One if count == 0 => Some(
            Diagnostic::error(Code::WrongLabels, format!("`{kind}` needs a label"))
                .at(block.kind.span, "")
                .hint(format!("write `{kind} \"name\" {{ … }}`")),
        ),
        Labels::One | Labels::AtMostOne if count > 1 => Some(
            Diagnostic::error(Code::WrongLabels, format!("`{kind}` takes one label"))
                .at(block.labels[1].span, "one too many")
                .hint(format!("write `{kind} \"name\" {{ … }}`")),
        ),
        _ => None,
    }
}

fn missing_attributes<'a>(
    block: &'a Block,
    schema: &'a BlockSchema,
) -> impl Iterator<Item = Diagnostic> + 'a {
    let missing = schema.required.iter().filter(|name| block.body.find_attribute(name).is_none());
    missing.map(|name| {
        Diagnostic::error(Code::MissingArgument, format!("`{}` needs the attribute `{name}`", schema.kind))
            .at(block.header, format!("`{name}` is missing"))
            .hint(format!("write `{name} = …` into the block"))
    })
}

fn described(schema: &BlockSchema) -> String {
    match schema.kind {
        "estate file" => "terrace.hcl".to_owned(),
        file if file.ends_with(" file") => format!("a {file}"),
        kind => format!("`{kind}`"),
    }
}
