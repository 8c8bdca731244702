//! What of a module's code matters to an init: settings, module calls, providers named or implied. The bodies of
//! resources do not.

use super::code::{BLOCKS_THAT_MATTER, Syntax, blocks_of, syntax_of};
use crate::diag::SourceMap;
use crate::hcl::ast::{Block, ExprKind};
use crate::hcl::parse::{parse_body, parse_json_body};
use crate::host::fs;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What an init must satisfy, of one module or of a module and the local ones that it calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    /// One line for each thing that an init looks at, in no order that depends on the files.
    pub facts: BTreeSet<String>,
    /// The folders of local modules that are called, as written.
    pub local_calls: BTreeSet<String>,
    pub calls_modules: bool,
    pub has_backend: bool,
    /// Why the facts cannot be told for certain.
    pub doubt: Option<String>,
}

impl Requirements {
    /// Adds what one file says.
    pub fn add_file(&mut self, path: &Path, text: &str, syntax: Syntax) {
        let shared: Arc<str> = text.into();
        let file = SourceMap::default().add(path, shared);
        let (body, faults) = match syntax {
            Syntax::Native => parse_body(text, file),
            Syntax::Json => parse_json_body(text, file),
        };
        let Some(body) = body.filter(|_| faults.is_empty()) else {
            self.doubt = Some(format!("{} has a fault", path.display()));
            return;
        };
        for block in blocks_of(&body, syntax, &BLOCKS_THAT_MATTER) {
            self.add_block(&block, text);
        }
    }

    fn add_block(&mut self, block: &Block, text: &str) {
        let label = block.labels.first().map_or("", |label| &*label.name);
        match &*block.kind.name {
            "terraform" => self.add_settings(block, text),
            "module" => self.add_call(label, block),
            "provider" => {
                let version =
                    block.body.find_attribute("version").map(|attribute| slice(text, attribute.span));
                self.facts.insert(format!("provider {label} {}", version.unwrap_or_default()));
            }
            "import" => {
                let own = block.body.find_attribute("provider").map(|attribute| attribute.expr.span);
                self.facts.extend(own.map(|span| format!("uses {}", slice(text, span))));
            }
            "check" => {
                for inner in block.body.blocks_of("data") {
                    self.add_block(inner, text);
                }
            }
            _ => {
                let own =
                    block.body.find_attribute("provider").map(|attribute| slice(text, attribute.expr.span));
                let implied = label.split('_').next().unwrap_or_default();
                self.facts.insert(format!("uses {}", own.unwrap_or(implied)));
            }
        }
    }

    /// `terraform { }` matters as a whole. A backend made of variables depends on more than we see.
    fn add_settings(&mut self, block: &Block, text: &str) {
        let whole = slice(text, block.span);
        self.facts.insert(format!("terraform {whole}"));
        let names = |kind: &str| {
            block.body.blocks_of(kind).next().is_some() || block.body.find_attribute(kind).is_some()
        };
        if names("backend") || names("cloud") {
            self.has_backend = true;
            if ["var.", "local."].iter().any(|root| whole.contains(root)) {
                self.doubt = Some("the backend is made of variables".to_owned());
            }
        }
    }

    fn add_call(&mut self, label: &str, block: &Block) {
        self.calls_modules = true;
        let text_of = |name: &str| match block.body.find_attribute(name).map(|attribute| &attribute.expr.kind)
        {
            Some(ExprKind::String(text)) => Some(text.to_string()),
            None => Some(String::new()),
            Some(_) => None,
        };
        match (text_of("source"), text_of("version")) {
            (Some(source), Some(version)) => {
                self.facts.insert(format!("module {label} {source:?} {version:?}"));
                if source.starts_with("./") || source.starts_with("../") {
                    self.local_calls.insert(source);
                }
            }
            _ => self.doubt = Some(format!("the source of module `{label}` is not a plain text")),
        }
    }

    /// Adds a called module's requirements; `dir` tells them apart.
    fn add_called(&mut self, dir: &str, called: Requirements) {
        self.facts.extend(called.facts.into_iter().map(|fact| format!("{dir}: {fact}")));
        self.doubt = self.doubt.take().or(called.doubt);
    }
}

fn slice(text: &str, span: crate::diag::Span) -> &str {
    text.get(span.start as usize..span.end as usize).unwrap_or_default()
}

/// A module and the local ones that it calls, read.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    pub requirements: Requirements,
    /// Every folder that was read, its path relative to the first one's; each once.
    pub folders: Vec<PathBuf>,
}

/// Reads a module and, through its local calls, the modules below it.
#[must_use]
pub fn read_tree(root: &Path) -> Tree {
    let mut tree = Tree::default();
    let mut waiting = vec![PathBuf::from(".")];
    while let Some(folder) = waiting.pop() {
        if tree.folders.contains(&folder) {
            continue;
        }
        let read = read_folder(&root.join(&folder));
        waiting.extend(read.local_calls.iter().map(|call| fs::clean(&folder.join(call))));
        if folder == Path::new(".") {
            tree.requirements = read;
        } else {
            tree.requirements.add_called(&folder.to_string_lossy(), read);
        }
        tree.folders.push(folder);
    }
    tree
}

fn read_folder(folder: &Path) -> Requirements {
    let mut requirements = Requirements::default();
    let Ok(entries) = fs::read_dir(folder) else {
        requirements.doubt = Some(format!("{} cannot be read", folder.display()));
        return requirements;
    };
    for entry in entries {
        let Some(syntax) = syntax_of(&entry.file_name().to_string_lossy()) else { continue };
        match fs::read_text(&entry.path()) {
            Ok(text) => requirements.add_file(&entry.path(), &text, syntax),
            Err(error) => requirements.doubt = Some(error.to_string()),
        }
    }
    requirements
}

#[cfg(test)]
mod tests {
    use super::{Requirements, Syntax};
    use std::path::Path;

    fn read(text: &str, syntax: Syntax) -> Requirements {
        let mut requirements = Requirements::default();
        requirements.add_file(Path::new("main.tf"), text, syntax);
        requirements
    }

    const BASE: &str = r#"
terraform {
  required_providers { aws = { source = "hashicorp/aws", version = "~> 5.0" } }
}
provider "aws" { region = "eu-west-1" }
resource "aws_instance" "a" { ami = "x" }
module "m" {
  source  = "org/m/aws"
  version = "1.0.0"
  x       = 1
}
"#;

    #[test]
    fn what_matters_changes_the_facts_and_nothing_else_does() {
        let base = read(BASE, Syntax::Native);
        assert_eq!(base.doubt, None);
        for (from, to, same) in [
            ("ami = \"x\"", "ami = \"y\"", true),
            ("\"aws_instance\" \"a\"", "\"aws_instance\" \"b\"", true),
            ("x       = 1", "x       = 2", true),
            ("region = \"eu-west-1\"", "region = \"eu-west-2\"", true),
            ("\nprovider", "\n# comment\noutput \"o\" { value = 1 }\nprovider", true),
            ("\"aws_instance\" \"a\"", "\"null_resource\" \"a\"", false),
            ("~> 5.0", "~> 6.0", false),
            ("terraform {", "terraform {\n  required_version = \">= 1\"", false),
            ("terraform {", "terraform {\n  backend \"local\" {}", false),
            ("1.0.0", "1.1.0", false),
            ("org/m/aws", "org/n/aws", false),
            ("module \"m\"", "module \"n\"", false),
            ("provider \"aws\"", "provider \"google\"", false),
            ("ami = \"x\"", "provider = google.x", false),
            ("\nprovider", "\ncheck \"c\" {\n  data \"http\" \"h\" {}\n}\nprovider", false),
        ] {
            assert!(BASE.contains(from), "{from}");
            let changed = read(&BASE.replacen(from, to, 1), Syntax::Native);
            assert_eq!(changed.facts == base.facts, same, "{from} -> {to}: {:?}", changed.facts);
        }
    }

    #[test]
    fn json_says_the_same_things() {
        let text = r#"{
  "terraform": { "backend": { "s3": { "bucket": "b" } } },
  "resource": { "aws_instance": { "a": { "ami": "x" } } },
  "module": { "m": { "source": "./m" } }
}"#;
        let base = read(text, Syntax::Json);
        assert_eq!((base.has_backend, base.calls_modules, base.doubt.clone()), (true, true, None));
        assert!(base.local_calls.contains("./m") && base.facts.contains("uses aws"), "{base:?}");
        assert_eq!(read(&text.replace("\"x\"", "\"y\""), Syntax::Json).facts, base.facts);
        assert_ne!(read(&text.replace("\"b\"", "\"c\""), Syntax::Json).facts, base.facts);
    }

    #[test]
    fn what_cannot_be_told_is_a_doubt() {
        for text in [
            "module \"m\" {\n  source = var.source\n}\n",
            "terraform {\n  backend \"s3\" {\n    bucket = var.bucket\n  }\n}\n",
            "resource \"a\" {\n",
        ] {
            assert!(read(text, Syntax::Native).doubt.is_some(), "{text}");
        }
    }
}
