//! What is said when a member of a unit file is used wrongly: a case for each member and each kind of fault, as
//! snapshots that a person reads (see `diagnostics`).

use super::diagnostics::{said, units};

macro_rules! keep {
    ($text:expr) => {
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!($text) })
    };
}

#[test]
fn include() {
    keep!(units(&[
        ("no path", "include \"root\" {\n}\n"),
        ("a path that is no text", "include \"root\" {\n  path = [\"x\"]\n}\n"),
        ("a path that is null", "include \"root\" {\n  path = null\n}\n"),
        ("an unknown argument", "include \"root\" {\n  path = \"x\"\n  exposed = true\n}\n"),
        ("expose that is no bool", "include \"root\" {\n  path = \"../main.hcl\"\n  expose = \"maybe\"\n}\n"),
        (
            "an unknown strategy",
            "include \"root\" {\n  path = \"main.tf\"\n  merge_strategy = \"deeper\"\n}\n"
        ),
        ("two labels", "include \"a\" \"b\" {\n  path = \"x\"\n}\n"),
        ("a path made of locals", "locals {\n  p = \"x\"\n}\ninclude \"root\" {\n  path = local.p\n}\n"),
    ]));
}

#[test]
fn locals_and_inputs() {
    keep!(units(&[
        ("locals as an attribute", "locals = {\n  a = 1\n}\n"),
        ("locals with a label", "locals \"x\" {\n  a = 1\n}\n"),
        ("two blocks of locals", "locals {\n  a = 1\n}\nlocals {\n  b = 1\n}\n"),
        ("a block in locals", "locals {\n  a {\n  }\n}\n"),
        ("inputs as a block", "inputs {\n  a = 1\n}\n"),
        ("inputs that are a list", "inputs = [1]\n"),
        ("inputs that are text", "inputs = \"a\"\n"),
        ("inputs twice", "inputs = {}\ninputs = {}\n"),
    ]));
}

#[test]
fn terraform() {
    keep!(units(&[
        ("two blocks", "terraform {\n}\nterraform {\n}\n"),
        ("a source that is a list", "terraform {\n  source = [\"x\"]\n}\n"),
        ("a source of a dependency", "terraform {\n  source = dependency.a.outputs.x\n}\n"),
        (
            "extra arguments without commands",
            "terraform {\n  extra_arguments \"a\" {\n    arguments = [\"-x\"]\n  }\n}\n"
        ),
        (
            "commands that are text",
            "terraform {\n  extra_arguments \"a\" {\n    commands = \"plan\"\n  }\n}\n"
        ),
        (
            "variables that are a list",
            "terraform {\n  extra_arguments \"a\" {\n    commands = []\n    env_vars = [1]\n  }\n}\n"
        ),
        ("a hook without execute", "terraform {\n  before_hook \"a\" {\n    commands = [\"plan\"]\n  }\n}\n"),
        (
            "a hook without a label",
            "terraform {\n  after_hook {\n    commands = [\"plan\"]\n    execute = [\"x\"]\n  }\n}\n"
        ),
        (
            "a hook that runs nothing",
            "terraform {\n  before_hook \"a\" {\n    commands = [\"plan\"]\n    execute = []\n  }\n}\n"
        ),
        (
            "an error hook without errors",
            "terraform {\n  error_hook \"a\" {\n    commands = [\"plan\"]\n    execute = [\"x\"]\n  }\n}\n"
        ),
        (
            "an unknown argument of a hook",
            "terraform {\n  before_hook \"a\" {\n    commands = []\n    execute = [\"x\"]\n    run_on_errors = true\n  }\n}\n"
        ),
    ]));
}

#[test]
fn remote_state() {
    keep!(units(&[
        ("no backend", "remote_state {\n  config = {}\n}\n"),
        ("no config", "remote_state {\n  backend = \"local\"\n}\n"),
        ("a config that is a list", "remote_state {\n  backend = \"local\"\n  config = [1]\n}\n"),
        (
            "generate without a path",
            "remote_state {\n  backend = \"local\"\n  config = {}\n  generate = { if_exists = \"skip\" }\n}\n"
        ),
        (
            "generate as a block",
            "remote_state {\n  backend = \"local\"\n  config = {}\n  generate {\n    path = \"b.tf\"\n  }\n}\n"
        ),
        (
            "an unknown argument",
            "remote_state {\n  backend = \"local\"\n  config = {}\n  bucket = \"b\"\n}\n"
        ),
        (
            "both forms",
            "remote_state {\n  backend = \"local\"\n  config = {}\n}\nremote_state = {\n  backend = \"local\"\n  config = {}\n}\n"
        ),
    ]));
}

#[test]
fn dependency() {
    keep!(units(&[
        ("no path", "dependency \"a\" {\n}\n"),
        ("a path that is a list", "dependency \"a\" {\n  config_path = []\n}\n"),
        ("an unknown argument", "dependency \"a\" {\n  config_path = \"../b\"\n  mock_output = {}\n}\n"),
        ("paths that are text", "dependencies {\n  paths = \"../b\"\n}\n"),
        ("no paths", "dependencies {\n}\n"),
        ("a path that leads nowhere", "dependencies {\n  paths = [\"../nowhere\"]\n}\n"),
        ("a number among paths", "dependencies {\n  paths = [1, {}]\n}\n"),
    ]));
}

/// The units that it points at are there, so that nothing else is to be told.
#[test]
fn dependency_on_a_unit() {
    let cases = [
        (
            "commands that are text",
            "dependency \"a\" {\n  config_path = \"../b\"\n  mock_outputs = { x = 1 }\n  mock_outputs_allowed_terraform_commands = \"plan\"\n}\n",
        ),
        (
            "an unknown strategy",
            "dependency \"a\" {\n  config_path = \"../b\"\n  mock_outputs = { x = 1 }\n  mock_outputs_merge_strategy_with_state = \"merge\"\n}\n",
        ),
    ];
    let texts = cases.map(|(what, text)| {
        let files = [("a/terragrunt.hcl", text), ("b/terragrunt.hcl", ""), ("b/main.tf", "")];
        said(&[(what, &files)])
    });
    keep!(texts.concat());
}

#[test]
fn generate() {
    keep!(units(&[
        ("no path", "generate \"a\" {\n  if_exists = \"skip\"\n  contents = \"\"\n}\n"),
        ("no contents", "generate \"a\" {\n  path = \"a.tf\"\n  if_exists = \"skip\"\n}\n"),
        ("no if_exists", "generate \"a\" {\n  path = \"a.tf\"\n  contents = \"\"\n}\n"),
        (
            "contents that are an object",
            "generate \"a\" {\n  path = \"a.tf\"\n  if_exists = \"skip\"\n  contents = {}\n}\n"
        ),
        (
            "an unknown if_disabled",
            "generate \"a\" {\n  path = \"a.tf\"\n  if_exists = \"skip\"\n  contents = \"\"\n  if_disabled = \"delete\"\n}\n"
        ),
        (
            "one label twice",
            "generate \"a\" {\n  path = \"a.tf\"\n  if_exists = \"skip\"\n  contents = \"\"\n}\ngenerate \"a\" {\n  path = \"b.tf\"\n  if_exists = \"skip\"\n  contents = \"\"\n}\n"
        ),
        ("no label", "generate {\n  path = \"a.tf\"\n  if_exists = \"skip\"\n  contents = \"\"\n}\n"),
        (
            "an unknown argument",
            "generate \"a\" {\n  path = \"a.tf\"\n  if_exists = \"skip\"\n  content = \"\"\n}\n"
        ),
    ]));
}

#[test]
fn rules() {
    keep!(units(&[
        ("exclude without if", "exclude {\n  actions = [\"plan\"]\n}\n"),
        ("exclude without actions", "exclude {\n  if = true\n}\n"),
        ("a condition that is text", "exclude {\n  if = \"maybe\"\n  actions = [\"plan\"]\n}\n"),
        ("actions that are text", "exclude {\n  if = true\n  actions = \"plan\"\n}\n"),
        (
            "two excludes",
            "exclude {\n  if = true\n  actions = []\n}\nexclude {\n  if = true\n  actions = []\n}\n"
        ),
        ("a feature without its default", "feature \"a\" {\n}\n"),
        ("a feature without its label", "feature {\n  default = 1\n}\n"),
        ("an undeclared feature", "inputs = { a = feature.a.value }\n"),
        (
            "a retry without attempts",
            "errors {\n  retry \"a\" {\n    retryable_errors = [\"x\"]\n    sleep_interval_sec = 1\n  }\n}\n"
        ),
        (
            "attempts that are text",
            "errors {\n  retry \"a\" {\n    retryable_errors = [\"x\"]\n    max_attempts = \"many\"\n    sleep_interval_sec = 1\n  }\n}\n"
        ),
        ("errors that are text", "errors {\n  ignore \"a\" {\n    ignorable_errors = \"x\"\n  }\n}\n"),
        ("an unknown block of errors", "errors {\n  retries \"a\" {\n  }\n}\n"),
        ("an engine without its source", "engine {\n  version = \"1\"\n}\n"),
        ("a catalog without urls", "catalog {\n}\n"),
    ]));
}

#[test]
fn attributes() {
    keep!(units(&[
        ("prevent_destroy that is text", "prevent_destroy = \"maybe\"\n"),
        ("download_dir that is a list", "download_dir = []\n"),
        ("a duration that is text", "iam_assume_role_duration = \"long\"\n"),
        ("terraform_binary that is an object", "terraform_binary = {}\n"),
        ("a member of long ago", "skip = true\n"),
        ("another member of long ago", "retry_max_attempts = 3\n"),
        (
            "inputs of a dependency",
            "dependency \"a\" {\n  config_path = \"../b\"\n}\ninputs = { x = dependency.a.inputs.y }\n"
        ),
        ("an attribute as a block", "prevent_destroy {\n}\n"),
        ("a block as an attribute", "terraform = {\n  source = \"x\"\n}\n"),
    ]));
}
