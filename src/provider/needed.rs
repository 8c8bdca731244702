//! Which providers a tree of modules needs, as terraform puts them together before it installs any: by address, with every
//! constraint and where it stands. Pure.

use super::address::ProviderAddress;
use super::code::{Module, RequiredProvider, Said, Tree, UseKind};
use super::contradiction::Contradiction;
use super::provider_range::{Piece, ProviderConstraints};
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use std::collections::{BTreeMap, BTreeSet};

/// A constraint, and where it is written.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub constraints: ProviderConstraints,
    pub said: Said,
    /// The folder of a module that was fetched: nobody mends it there.
    pub is_fetched: bool,
}

/// What a tree says of one provider.
#[derive(Clone, Debug)]
pub struct Needed {
    pub wanted: Vec<Wanted>,
    /// The first place that needs it.
    pub span: Span,
}

impl Needed {
    /// All constraints together, as a lock file has them.
    #[must_use]
    pub fn merged(&self) -> ProviderConstraints {
        let mut all = ProviderConstraints::default();
        self.wanted.iter().for_each(|wanted| all.add(&wanted.constraints));
        all
    }

    /// What keeps any version from meeting all constraints: pieces of `wanted`, by its indices.
    #[must_use]
    pub fn contradiction(&self) -> Option<Contradiction<Piece>> {
        let all: Vec<&ProviderConstraints> = self.wanted.iter().map(|wanted| &wanted.constraints).collect();
        ProviderConstraints::contradiction(&all)
    }
}

/// What a tree needs.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// What is part of the tool is not among them.
    pub providers: BTreeMap<ProviderAddress, Needed>,
    /// Whether these are all: every module was found and understood, and nothing is computed.
    pub is_whole: bool,
    /// Addresses and constraints that are none.
    pub faults: Diagnostics,
}

/// Reads the needs of a tree; `default_host` is the registry of addresses that name none.
#[must_use]
pub fn needs_of(tree: &Tree, default_host: &str) -> Needs {
    let mut gathering =
        Gathering { needs: Needs::default(), default_host, seen: BTreeSet::new(), computed: false };
    for node in &tree.nodes {
        gathering.module(&node.module, node.is_fetched);
    }
    let is_whole = tree.is_whole() && gathering.needs.faults.is_empty() && !gathering.computed;
    Needs { is_whole, ..gathering.needs }
}

struct Gathering<'a> {
    needs: Needs,
    default_host: &'a str,
    /// Places whose faults were told.
    seen: BTreeSet<Span>,
    computed: bool,
}

impl Gathering<'_> {
    fn module(&mut self, module: &Module, is_fetched: bool) {
        // The module's own names.
        let mut names: BTreeMap<&str, Option<ProviderAddress>> = BTreeMap::new();
        for required in &module.required_providers {
            let address = self.address(required);
            if let Some(address) = &address {
                self.need(address, (required.span, required.version.as_ref(), is_fetched));
            }
            names.insert(&required.name.name, address);
        }
        for used in module.uses.iter().filter(|used| used.kind != UseKind::Function) {
            if names.contains_key(&*used.provider) {
                continue;
            }
            // A name that is none is told by terraform itself, as an unknown type.
            let address = ProviderAddress::implied(&used.provider, self.default_host).ok();
            if let Some(address) = &address {
                self.need(address, (used.span, None, is_fetched));
            }
            names.insert(&used.provider, address);
        }
        for block in module.provider_blocks.iter().filter(|block| block.version.is_some()) {
            if let Some(address) = names.get(&*block.name.name).cloned().flatten() {
                self.need(&address, (block.header, block.version.as_ref(), is_fetched));
            }
        }
    }

    fn address(&mut self, required: &RequiredProvider) -> Option<ProviderAddress> {
        let Some(source) = &required.source else {
            return ProviderAddress::implied(&required.name.name, self.default_host).ok();
        };
        let Some(text) = source.as_text() else {
            self.computed = true;
            return None;
        };
        match ProviderAddress::parse(text, self.default_host) {
            Ok(address) => Some(address),
            Err(error) => {
                let hint = "write it as `hashicorp/aws`, or with a host before that";
                self.fault(
                    source,
                    (error.at, &error.to_string()),
                    ("this is no address of a provider", hint),
                );
                None
            }
        }
    }

    fn need(&mut self, address: &ProviderAddress, (span, version, is_fetched): (Span, Option<&Said>, bool)) {
        if address.is_builtin() {
            return;
        }
        let wanted = version.and_then(|said| self.wanted(said, is_fetched));
        let needed = self
            .needs
            .providers
            .entry(address.clone())
            .or_insert_with(|| Needed { wanted: Vec::new(), span });
        needed.wanted.extend(wanted);
    }

    fn wanted(&mut self, said: &Said, is_fetched: bool) -> Option<Wanted> {
        let Some(text) = said.as_text() else {
            self.computed = true;
            return None;
        };
        match ProviderConstraints::parse(text) {
            Ok(constraints) => Some(Wanted { constraints, said: said.clone(), is_fetched }),
            // As if there were none.
            Err(_) if text.is_empty() => None,
            Err(error) => {
                let hint = "write it as `~> 5.0` or `>= 5.1, < 6.0`";
                self.fault(
                    said,
                    (error.at, error.problem),
                    ("this is no constraint on a provider's version", hint),
                );
                None
            }
        }
    }

    fn fault(&mut self, said: &Said, (at, problem): (usize, &str), (summary, hint): (&str, &str)) {
        if !self.seen.insert(said.span) {
            return;
        }
        let start = said.span.start + 1 + u32::try_from(at).unwrap_or(0);
        let end = said.span.end.saturating_sub(1);
        let span = if start < end { Span { start, end, ..said.span } } else { said.span };
        let fault = Diagnostic::error(Code::MalformedConstraint, summary).at(span, problem).hint(hint);
        self.needs.faults.push(fault);
    }
}

#[cfg(test)]
mod tests {
    use super::{Needs, needs_of};
    use crate::diag::SourceMap;
    use crate::host::fs::{self, Access};
    use crate::provider::address::TERRAFORM_REGISTRY;
    use crate::provider::code::{Dialect, Modules, Root};
    use std::path::Path;
    use std::sync::Arc;

    fn needs(files: &[(&str, &str)]) -> (Needs, Vec<String>) {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write_atomic(&path, text.as_bytes(), Access::Shared).unwrap();
        }
        let modules = Modules::new(Arc::new(SourceMap::default()));
        let dir: &Path = dir.path();
        let root = Root { dir, dialect: Dialect::Terraform, generated: &[], fetched: None };
        let needs = needs_of(&modules.tree(&root), TERRAFORM_REGISTRY);
        let shown = needs
            .providers
            .iter()
            .map(|(address, needed)| format!("{} {}", address.short(TERRAFORM_REGISTRY), needed.merged()));
        let shown = shown.map(|text| text.trim_end().to_owned()).collect();
        (needs, shown)
    }

    #[test]
    fn providers_of_a_tree_are_put_together_by_their_addresses() {
        let (needs, shown) = needs(&[
            (
                "main.tf",
                "terraform {
  required_providers {
    amazon = { source = \"hashicorp/aws\", version = \">= 5.0\" }
    null   = \"~> 3.2\"
  }
}
provider \"random\" {
  version = \"~> 3.0\"
}
resource \"aws_vpc\" \"x\" { provider = amazon }
data \"terraform_remote_state\" \"x\" {}
module \"sub\" { source = \"./sub\" }
",
            ),
            (
                "sub/a.tf",
                "terraform {
  required_providers {
    aws = { source = \"registry.terraform.io/hashicorp/aws\", version = \"< 6.0, != 5.1.1\" }
    own = { source = \"example.com/acme/own\" }
  }
}
resource \"local_file\" \"x\" {}
",
            ),
        ]);
        let want = [
            "example.com/acme/own",
            "hashicorp/aws >= 5.0.0, != 5.1.1, < 6.0.0",
            "hashicorp/local",
            "hashicorp/null ~> 3.2",
            "hashicorp/random ~> 3.0",
        ];
        assert_eq!(shown, want);
        assert!(needs.is_whole, "{:?}", needs.faults);
    }

    #[test]
    fn what_is_not_known_is_not_the_whole() {
        for code in [
            "module \"x\" {\n  source = \"acme/x/aws\"\n}\n",
            "terraform {\n  required_providers {\n    aws = { source = \"hashicorp/aws\", version = var.v }\n  }\n}\n",
            "terraform {\n  required_providers {\n    aws = { source = \"a/b/c/d\" }\n  }\n}\n",
            "terraform {\n  required_providers {\n    aws = { source = \"hashicorp/aws\", version = \"newest\" }\n  }\n}\n",
        ] {
            let (needs, _) = needs(&[("main.tf", code)]);
            assert!(!needs.is_whole, "{code}");
        }
    }

    #[test]
    fn constraints_that_exclude_each_other_are_found() {
        let block = |version: &str| {
            format!(
                "terraform {{\n  required_providers {{\n    aws = {{ source = \"hashicorp/aws\", version = \"{version}\" }}\n  }}\n}}\n"
            )
        };
        let sub = "module \"sub\" {\n  source = \"./sub\"\n}\n";
        let (needs, _) =
            needs(&[("main.tf", &format!("{}{sub}", block("~> 4.0"))), ("sub/main.tf", &block(">= 5.0"))]);
        let needed = needs.providers.values().next().unwrap();
        assert!(needed.contradiction().is_some());
    }
}
