use super::{Dialect, Fetched, Generated, Module, Modules, Root, Said, Tree, UseKind, Why, code_files};
use crate::diag::SourceMap;
use crate::host::fs::{self, Access};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A folder of code on the disk.
struct Code {
    dir: tempfile::TempDir,
    modules: Modules,
}

impl Code {
    fn new(files: &[(&str, &str)]) -> Self {
        let code =
            Self { dir: tempfile::tempdir().unwrap(), modules: Modules::new(Arc::new(SourceMap::default())) };
        files.iter().for_each(|(name, text)| code.write(name, text));
        code
    }

    fn path(&self, name: &str) -> PathBuf {
        fs::clean(&self.dir.path().join(name))
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write_atomic(&path, text.as_bytes(), Access::Shared).unwrap();
    }

    fn load(&self, dialect: Dialect) -> Arc<Module> {
        self.modules.load(&self.path("."), dialect)
    }

    fn tree(&self, dir: &str, fetched: Option<&Fetched>) -> Tree {
        let dir = self.path(dir);
        self.modules.tree(&Root { dir: &dir, dialect: Dialect::Terraform, generated: &[], fetched })
    }

    fn slice(&self, said: &Said) -> String {
        let file = self.modules.sources().get(said.span.file).unwrap();
        file.text[said.span.start as usize..said.span.end as usize].to_owned()
    }
}

fn text(said: Option<&Said>) -> &str {
    said.and_then(Said::as_text).unwrap_or("-")
}

fn required(module: &Module) -> Vec<String> {
    let lines = module.required_providers.iter().map(|provider| {
        let (source, version) = (provider.source.as_ref(), provider.version.as_ref());
        format!("{} {} {}", provider.name.name, text(source), text(version))
    });
    lines.collect()
}

#[test]
fn each_thing_is_found_with_its_place_in_both_syntaxes() {
    let native = r#"
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws    = { source = "hashicorp/aws", version = "~> 5.0" }
    random = "~> 3.0"
  }
  backend "s3" {}
}
provider "aws" {
  alias   = "west"
  version = "~> 4.0"
}
module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.0.0"
}
module "odd" {
  source = var.source
}
resource "aws_instance" "a" {}
data "google_project" "p" { provider = google-beta.x }
check "c" {
  data "http" "h" {}
}
import {
  to       = null_resource.x
  provider = other.y
}
output "o" { value = provider::time::rfc3339_parse("x") }
"#;
    let json = r#"{
"terraform": {
  "required_version": ">= 1.5",
  "required_providers": {
    "aws": { "source": "hashicorp/aws", "version": "~> 5.0" },
    "random": "~> 3.0"
  },
  "backend": { "s3": {} }
},
"provider": { "aws": [{ "alias": "west", "version": "~> 4.0" }] },
"module": {
  "vpc": { "source": "terraform-aws-modules/vpc/aws", "version": "5.0.0" },
  "odd": { "source": "${var.source}" }
},
"resource": { "aws_instance": { "a": {} } },
"data": { "google_project": { "p": { "provider": "google-beta.x" } } },
"check": { "c": { "data": { "http": { "h": {} } } } },
"import": [{ "to": "null_resource.x", "provider": "other.y" }],
"output": { "o": { "value": "${provider::time::rfc3339_parse(\"x\")}" } }
}"#;
    for (name, content) in [("main.tf", native), ("main.tf.json", json)] {
        let code = Code::new(&[(name, content)]);
        let module = code.load(Dialect::Terraform);
        assert!(module.is_sound(), "{:?}", module.faults);
        assert_eq!(required(&module), ["aws hashicorp/aws ~> 5.0", "random - ~> 3.0"], "{name}");
        let version = module.required_providers[0].version.as_ref().unwrap();
        assert_eq!(code.slice(version), "\"~> 5.0\"");
        assert_eq!(code.slice(&module.required_versions[0]), "\">= 1.5\"");
        assert_eq!(module.backend.as_ref().map(|backend| &*backend.kind), Some("s3"));
        let block = &module.provider_blocks[0];
        assert_eq!((text(block.alias.as_ref()), text(block.version.as_ref())), ("west", "~> 4.0"));
        let calls: Vec<_> = module
            .calls
            .iter()
            .map(|call| (text(call.source.as_ref()), text(call.version.as_ref())))
            .collect();
        assert_eq!(calls, [("terraform-aws-modules/vpc/aws", "5.0.0"), ("-", "-")], "{name}");
        let mut uses: Vec<_> = module.uses.iter().map(|used| (&*used.provider, used.kind)).collect();
        uses.sort_by_key(|(name, _)| *name);
        let want = [
            ("aws", UseKind::Configured),
            ("aws", UseKind::Implied),
            ("google-beta", UseKind::Named),
            ("http", UseKind::Implied),
            ("other", UseKind::Named),
            ("time", UseKind::Function),
        ];
        assert_eq!(uses, want, "{name}");
    }
}

#[test]
fn each_tool_reads_its_own_files_and_overrides_come_last() {
    let names = [
        "b.tf",
        "a_override.tf",
        "a.tofu",
        "a.tf",
        "a.tf.json",
        "c.tofu.json",
        "c.tf",
        "override.tf.json",
        ".x.tf",
        "y.tf~",
        "#z.tf#",
        "readme.md",
        "t.tftest.hcl",
    ];
    let names = || names.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(
        code_files(names(), Dialect::Terraform),
        ["a.tf", "a.tf.json", "b.tf", "c.tf", "a_override.tf", "override.tf.json"]
    );
    assert_eq!(
        code_files(names(), Dialect::Tofu),
        ["a.tf.json", "a.tofu", "b.tf", "c.tf", "c.tofu.json", "a_override.tf", "override.tf.json"]
    );
}

/// As `terraform providers` shows it.
#[test]
fn override_files_replace_what_they_name() {
    let code = Code::new(&[
        (
            "a.tf",
            "terraform {\n  required_version = \">= 9\"\n  required_providers {\n    null = { source = \"hashicorp/null\", version = \"~> 3.0\" }\n    random = \"~> 3.0\"\n  }\n}\nmodule \"m\" {\n  source = \"./m\"\n}\nprovider \"tls\" {\n  version = \"~> 3.1\"\n}\nresource \"aws_x\" \"y\" {\n  provider = west\n}\n",
        ),
        (
            "v_override.tf",
            "terraform {\n  required_version = \">= 1\"\n  required_providers {\n    null = { version = \"~> 2.0\" }\n  }\n  backend \"s3\" {}\n}\nprovider \"tls\" {\n  version = \"~> 3.2\"\n}\nmodule \"m\" {\n  source = \"./n\"\n}\nresource \"aws_x\" \"y\" {\n  tags = {}\n}\n",
        ),
        ("w_override.tf.json", r#"{"terraform":{"required_providers":{"aws":">= 4"}}}"#),
    ]);
    let module = code.load(Dialect::Terraform);
    assert_eq!(required(&module), ["random - ~> 3.0", "null - ~> 2.0", "aws - >= 4"]);
    assert_eq!(module.required_versions.iter().filter_map(Said::as_text).collect::<Vec<_>>(), [">= 1"]);
    assert_eq!(text(module.provider_blocks[0].version.as_ref()), "~> 3.2");
    assert_eq!(module.calls[0].local_path(), Some("./n"));
    assert_eq!(module.backend.as_ref().map(|backend| &*backend.kind), Some("s3"));
    assert!(module.uses.iter().any(|used| &*used.provider == "west"), "{:?}", module.uses);
    assert!(!module.uses.iter().any(|used| &*used.provider == "aws"), "{:?}", module.uses);
}

#[test]
fn a_faulty_or_unreadable_file_is_a_fault_of_its_module() {
    for (name, content) in
        [("b.tf", "resource \"a\" {\n"), ("b.tf.json", "{ nonsense"), ("b.tf/x", "a folder, not a file")]
    {
        let code =
            Code::new(&[("a.tf", "terraform {\n  required_version = \"1.0.0\"\n}\n"), (name, content)]);
        let module = code.load(Dialect::Terraform);
        assert_eq!(module.is_sound(), name == "b.tf/x", "{name}");
        assert_eq!(module.required_versions.len(), 1, "what the other files say is known: {name}");
    }
    let code = Code::new(&[]);
    fs::symlink(Path::new("nowhere"), &code.path("gone.tf")).unwrap();
    assert!(!code.load(Dialect::Terraform).is_sound());
    assert!(!code.modules.load(Path::new("/nowhere/at/all"), Dialect::Terraform).is_sound());
}

const FETCHED: &str = r#"{"Modules":[{"Key":"","Source":"","Dir":"."},
{"Key":"vpc","Source":"registry.terraform.io/org/vpc/aws","Version":"5.1.0","Dir":".terraform/modules/vpc"},
{"Key":"vpc.sub","Source":"./sub","Dir":".terraform/modules/vpc/sub"},
{"Key":"old","Source":"registry.terraform.io/org/old/aws","Version":"1.0.0","Dir":".terraform/modules/old"},
{"Key":"git","Source":"git::https://github.com/org/x.git?ref=v1","Dir":".terraform/modules/git"}]}"#;

fn calls(calls: &[(&str, &str, &str)]) -> String {
    let one = |(name, source, version): &(&str, &str, &str)| {
        let version = if version.is_empty() { String::new() } else { format!("  version = \"{version}\"\n") };
        format!("module \"{name}\" {{\n  source = \"{source}\"\n{version}}}\n")
    };
    calls.iter().map(one).collect()
}

#[test]
fn a_tree_follows_local_calls_and_what_was_fetched_and_names_the_rest() {
    let code = Code::new(&[
        (
            "root/main.tf",
            &calls(&[
                ("vpc", "org/vpc/aws", "~> 5.0"),
                ("old", "org/old/aws", "~> 2.0"),
                ("git", "github.com/org/x?ref=v1", ""),
                ("none", "org/none/aws", "1.0"),
                ("near", "../near", ""),
                ("gone", "../gone", ""),
            ]),
        ),
        ("near/main.tf", &calls(&[("back", "../root", ""), ("self", "./", ""), ("deep", "./deep//x", "")])),
        ("near/deep/x/main.tf", "resource \"null_resource\" \"x\" {}\n"),
        ("work/.terraform/modules/modules.json", FETCHED),
        ("work/.terraform/modules/vpc/main.tf", &calls(&[("sub", "./sub", "")])),
        ("work/.terraform/modules/vpc/sub/main.tf", ""),
        ("work/.terraform/modules/git/main.tf", ""),
    ]);
    let fetched = Fetched::load(&code.path("work"), Path::new(".terraform")).unwrap();
    let tree = code.tree("root", fetched.as_ref());
    let keys: Vec<_> = tree.nodes.iter().map(|node| (node.key.as_str(), node.is_fetched)).collect();
    let want =
        [("", false), ("vpc", true), ("git", true), ("near", false), ("vpc.sub", true), ("near.deep", false)];
    assert_eq!(keys, want);
    let unchecked: Vec<_> = tree
        .unchecked
        .iter()
        .map(|gap| (tree.call(gap.at).unwrap().name.name.to_string(), gap.why))
        .collect();
    assert_eq!(unchecked, [("old".to_owned(), Why::OtherFetched), ("none".to_owned(), Why::NotFetched)]);
    assert_eq!(tree.faults.len(), 1, "{:?}", tree.faults);
    assert!(tree.faults[0].summary.contains("gone"));
}

#[test]
fn links_that_lead_back_end_a_tree() {
    let code = Code::new(&[("m/main.tf", &calls(&[("self", "./self", "")]))]);
    fs::symlink(Path::new("."), &code.path("m/self")).unwrap();
    let tree = code.tree("m", None);
    assert!(tree.nodes.len() < 100, "{}", tree.nodes.len());
    assert_eq!(tree.unchecked.iter().map(|gap| gap.why).collect::<Vec<_>>(), [Why::TooDeep]);
}

#[test]
fn generated_files_replace_those_of_the_same_name() {
    let code =
        Code::new(&[("main.tf", ""), ("versions.tf", "terraform {\n  required_version = \"1.0.0\"\n}\n")]);
    let generated = [Generated {
        name: "versions.tf".to_owned(),
        text: "terraform {\n  required_version = \"2.0.0\"\n}\n".into(),
        from: None,
    }];
    let module = code.modules.load_with(&code.path("."), Dialect::Terraform, &generated);
    assert_eq!(module.required_versions.iter().filter_map(Said::as_text).collect::<Vec<_>>(), ["2.0.0"]);
    assert_eq!(module.files.len(), 2);
}
