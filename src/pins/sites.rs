//! Every place that names a source: units, stacks, catalogs, calls in code. Addresses of calls and of units are two
//! languages; here they become one.

use super::survey::Survey;
use crate::config::pinned::Written;
use crate::diag::{Frame, Label, Span};
use crate::provider::code::{ModuleCall, Node, Said};
use crate::source::{self, Source, SourceError};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Who names a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// `terraform.source` of units.
    Unit,
    /// A unit or stack of a stack file, by its name.
    Stack(String),
    Catalog,
    /// A call in code, by its name.
    Call(String),
}

impl Owner {
    /// For messages: `the source`, `the source of module "vpc"`.
    #[must_use]
    pub fn described(&self) -> String {
        match self {
            Self::Unit => "the source".to_owned(),
            Self::Stack(name) => format!("the source of \"{name}\""),
            Self::Catalog => "the catalog's URL".to_owned(),
            Self::Call(name) => format!("the source of module \"{name}\""),
        }
    }
}

/// A module of a registry, as a call names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleRegistry {
    /// `None`: the registry of the tool.
    pub host: Option<String>,
    /// `namespace/name/provider`
    pub module: String,
}

/// What a source is.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "most are sources, and a box around each would only cost")]
pub enum Address {
    /// A call of a registry's module; its version stands beside the source.
    Registry(ModuleRegistry),
    Source(Source),
    Bad(SourceError),
}

/// A place that names a source.
#[derive(Debug)]
pub struct Site {
    pub owner: Owner,
    pub file: PathBuf,
    /// The folder that decides about the environment where no unit does.
    pub dir: PathBuf,
    pub text: String,
    pub span: Span,
    pub frames: Vec<Frame>,
    pub parts: Vec<Label>,
    /// Whether it is one plain text, so that it can be mended where it stands.
    pub is_plain: bool,
    pub address: Address,
    /// What stands beside it: `version` of a call, `terraform.version` of a unit.
    pub version: Option<Said>,
    /// The head of the call.
    pub header: Option<Span>,
    /// The units that it concerns, in order.
    pub units: Vec<usize>,
}

/// All sites of a survey whose text is known.
pub(super) fn gather(survey: &Survey) -> Vec<Site> {
    let mut sites = Sites::default();
    for (index, unit) in survey.units.iter().enumerate() {
        let Some(written) = &unit.pinned.source else { continue };
        let version = unit.pinned.version.as_ref();
        let version = version.map(|it| Said { text: it.as_text().map(Into::into), span: it.span });
        let dir = &unit.pinned.dir;
        sites.add_written(survey, (Spot { owner: Owner::Unit, dir, base: dir, version }, written), &[index]);
    }
    for stack in &survey.stacks {
        for member in &stack.members {
            let Some(written) = &member.source else { continue };
            let owner = Owner::Stack(member.name.to_string());
            let spot = Spot { owner, dir: &member.dir, base: &stack.dir, version: None };
            sites.add_written(survey, (spot, written), &[]);
        }
    }
    for catalog in &survey.catalogs {
        let dir = catalog.path.parent().unwrap_or(&catalog.path);
        for written in &catalog.urls {
            let spot = Spot { owner: Owner::Catalog, dir, base: dir, version: None };
            sites.add_written(survey, (spot, written), &[]);
        }
    }
    for used in &survey.trees {
        for node in used.tree.nodes.iter().filter(|node| !node.is_fetched) {
            node.module.calls.iter().for_each(|call| sites.add_call(survey, (node, call), &used.units));
        }
    }
    for site in &mut sites.all {
        site.units.sort_unstable();
        site.units.dedup();
    }
    sites.all
}

/// Whose source it is, and where.
struct Spot<'a> {
    owner: Owner,
    dir: &'a Path,
    /// What a relative path starts from.
    base: &'a Path,
    /// What stands beside it.
    version: Option<Said>,
}

#[derive(Default)]
struct Sites {
    all: Vec<Site>,
    known: HashMap<(Span, String), usize>,
}

impl Sites {
    fn add_written(&mut self, survey: &Survey, (spot, written): (Spot<'_>, &Written), units: &[usize]) {
        let Some(text) = written.as_text() else { return };
        if self.extend_known((written.span, text), units) {
            return;
        }
        let file = file_of(survey, written.span, spot.dir);
        self.all.push(Site {
            owner: spot.owner,
            file,
            dir: spot.dir.to_path_buf(),
            text: text.to_owned(),
            span: written.span,
            frames: written.frames.clone(),
            parts: written.parts.clone(),
            is_plain: written.is_plain,
            address: understand(text, spot.base),
            version: spot.version,
            header: None,
            units: units.to_vec(),
        });
    }

    fn add_call(&mut self, survey: &Survey, (node, call): (&Node, &ModuleCall), units: &[usize]) {
        let Some(said) = call.source.as_ref().filter(|_| call.local_path().is_none()) else { return };
        let Some(text) = said.as_text() else { return };
        if self.extend_known((said.span, text), units) {
            return;
        }
        let dir = &node.module.dir;
        let address = match registry_module(text) {
            Some(registry) => Address::Registry(registry),
            None => understand(text, dir),
        };
        self.all.push(Site {
            owner: Owner::Call(call.name.name.to_string()),
            file: file_of(survey, said.span, dir),
            dir: dir.clone(),
            text: text.to_owned(),
            span: said.span,
            frames: Vec::new(),
            parts: Vec::new(),
            is_plain: true,
            address,
            version: call.version.clone(),
            header: Some(call.header),
            units: units.to_vec(),
        });
    }

    /// Whether the site is there already; then it concerns these units as well.
    fn extend_known(&mut self, (span, text): (Span, &str), units: &[usize]) -> bool {
        let next = self.all.len();
        let at = *self.known.entry((span, text.to_owned())).or_insert(next);
        let Some(site) = self.all.get_mut(at) else { return false };
        site.units.extend(units);
        true
    }
}

fn file_of(survey: &Survey, span: Span, dir: &Path) -> PathBuf {
    survey.texts.get(span.file).map_or_else(|| dir.to_path_buf(), |file| file.path.clone())
}

fn understand(text: &str, base: &Path) -> Address {
    match source::parse_source(text, base) {
        Ok(source) => Address::Source(source),
        Err(error) => Address::Bad(error),
    }
}

/// `[host/]namespace/name/provider[//subdir]`, as only calls in code may write it.
#[must_use]
pub fn registry_module(text: &str) -> Option<ModuleRegistry> {
    if text.contains("::") || text.contains("://") || text.contains('?') {
        return None;
    }
    let path = text.split_once("//").map_or(text, |(path, _)| path);
    let parts: Vec<&str> = path.split('/').collect();
    let (host, names) = match parts.as_slice() {
        names if names.len() == 3 => (None, names),
        [host, names @ ..] if names.len() == 3 => (Some(*host), names),
        _ => return None,
    };
    let is_name = |part: &&str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let is_host = |host: &str| {
        let is_forge = ["github.com", "bitbucket.org"].contains(&host);
        !is_forge && (host.contains('.') || host.contains(':') || host == "localhost")
    };
    if !names.iter().all(is_name) || host.is_some_and(|host| !is_host(host)) {
        return None;
    }
    Some(ModuleRegistry { host: host.map(str::to_owned), module: names.join("/") })
}

#[cfg(test)]
mod tests {
    use super::registry_module;

    #[test]
    fn calls_of_a_registry_are_told_from_other_sources() {
        for (text, want) in [
            ("terraform-aws-modules/vpc/aws", Some((None, "terraform-aws-modules/vpc/aws"))),
            ("org/vpc/aws//modules/x", Some((None, "org/vpc/aws"))),
            ("app.terraform.io/org/vpc/aws", Some((Some("app.terraform.io"), "org/vpc/aws"))),
            ("localhost:8080/org/vpc/aws", Some((Some("localhost:8080"), "org/vpc/aws"))),
            ("github.com/org/repo", None),
            ("github.com/org/repo/more", None),
            ("bitbucket.org/org/repo/aws", None),
            ("git::https://host/a/b", None),
            ("https://host/a/b/c", None),
            ("git@github.com:org/repo.git", None),
            ("org/vpc", None),
            ("/abs/org/vpc", None),
            ("org/vpc/aws?ref=v1", None),
        ] {
            let got = registry_module(text);
            let got = got.as_ref().map(|found| (found.host.as_deref(), found.module.as_str()));
            assert_eq!(got, want, "{text}");
        }
    }
}
