//! A lock file's text as a value. What cannot be used is a fault and left out, so that one reading tells all faults.

use super::{Header, LockFile, Places, ProviderLock};
use crate::diag::{Code, Diagnostic, Diagnostics, FileId, Span, closest};
use crate::hcl::ast::{Attribute, Block, Body, Expr, ExprKind};
use crate::hcl::parse::parse_body;
use crate::provider::address::{ProviderAddress, TERRAFORM_REGISTRY};
use crate::provider::package_hash::{HashError, PackageHash};
use crate::provider::provider_range::ProviderConstraints;
use crate::provider::version::Version;
use std::collections::BTreeSet;
use std::collections::btree_map::Entry;

const ARGUMENTS: [&str; 3] = ["version", "constraints", "hashes"];
const MEND: &str = "mend it from version control, or delete the entry and run `terrace pins lock`";

/// Reads a lock file. With faults, the value holds what was understood.
#[must_use]
pub fn parse(text: &str, file: FileId) -> (LockFile, Diagnostics) {
    let (body, faults) = parse_body(text, file);
    let mut reader = Reader { lock: LockFile { header: header_of(text), ..LockFile::default() }, faults };
    // What a faulty text seems to say is not worth a second message.
    if let Some(body) = body.filter(|_| reader.faults.is_empty()) {
        reader.body(&body);
    }
    (reader.lock, reader.faults)
}

fn header_of(text: &str) -> Header {
    let comments = text.lines().take_while(|line| line.starts_with('#') || line.trim().is_empty());
    let is_tofu = |line: &str| line.contains("\"tofu init\"");
    if comments.into_iter().any(is_tofu) { Header::Tofu } else { Header::Terraform }
}

struct Reader {
    lock: LockFile,
    faults: Diagnostics,
}

/// The fault was told.
struct Told;

type Read<T> = Result<T, Told>;

impl Reader {
    fn body(&mut self, body: &Body) {
        for attribute in &body.attributes {
            self.fault(attribute.name.span, "a lock file has no arguments outside of its blocks");
        }
        for block in &body.blocks {
            match &*block.kind.name {
                "provider" => drop(self.provider(block)),
                "module" => self.module(block),
                other => {
                    let hint = closest(other, ["provider"]).map(|word| format!("write `{word}`"));
                    self.fault(block.kind.span, "a lock file has `provider` blocks alone");
                    if let (Some(hint), Some(fault)) = (hint, self.faults.last_mut()) {
                        fault.hint = Some(hint);
                    }
                }
            }
        }
    }

    /// Kept for a later version of the tools, which drop it when they write.
    fn module(&mut self, block: &Block) {
        let fault = Diagnostic::warning(Code::LockEntry, "no tool locks modules yet")
            .at(block.header, "this is passed over")
            .hint("remove the block: modules are pinned where they are called");
        self.faults.push(fault);
    }

    fn provider(&mut self, block: &Block) -> Read<()> {
        let address = self.address(block)?;
        let lock = self.entry(&block.body, block.header);
        match self.lock.providers.entry(address) {
            Entry::Occupied(other) => {
                let fault = Diagnostic::error(Code::LockTwice, format!("`{}` is locked twice", other.key()))
                    .at(block.header, "the second one");
                let first = other.get().places.as_ref().map(|places| places.header);
                let fault = match first {
                    Some(first) => fault.label(first, "the first one"),
                    None => fault,
                };
                self.faults.push(fault.hint("keep the block that is right and delete the other one"));
            }
            Entry::Vacant(place) => {
                place.insert(lock?);
            }
        }
        Ok(())
    }

    fn address(&mut self, block: &Block) -> Read<ProviderAddress> {
        let [label] = block.labels.as_slice() else {
            return Err(self.fault(block.header, "a lock has one label, the address of its provider"));
        };
        let address = match ProviderAddress::parse(&label.name, TERRAFORM_REGISTRY) {
            Ok(address) => address,
            Err(error) => return Err(self.fault(inside(label.span, error.at), &error.to_string())),
        };
        if address.to_string() != *label.name {
            let why = format!("the address is written in full and in small letters: `{address}`");
            return Err(self.fault(label.span, &why));
        }
        if address.is_builtin() || address.is_legacy() {
            return Err(self.fault(label.span, "this provider cannot be locked"));
        }
        Ok(address)
    }

    fn entry(&mut self, body: &Body, header: Span) -> Read<ProviderLock> {
        for block in &body.blocks {
            self.fault(block.header, "a lock has no blocks");
        }
        for attribute in &body.attributes {
            if !ARGUMENTS.contains(&&*attribute.name.name) {
                self.fault(attribute.name.span, "a lock has `version`, `constraints` and `hashes` alone");
            }
        }
        let version = self.version(body, header);
        let constraints = self.constraints(body);
        let list = body.find_attribute("hashes");
        let each_hash = list.map(|list| self.hashes(list)).unwrap_or_default();
        let (version, version_span) = version?;
        let places = Places {
            header,
            version: version_span,
            constraints: body.find_attribute("constraints").map(|attribute| attribute.expr.span),
            hashes: list.map(|list| list.expr.span),
            each_hash,
        };
        let hashes: BTreeSet<_> = places.each_hash.iter().map(|(hash, _)| hash.clone()).collect();
        Ok(ProviderLock { version, constraints: constraints?, hashes, places: Some(places) })
    }

    fn version(&mut self, body: &Body, header: Span) -> Read<(Version, Span)> {
        let Some(attribute) = body.find_attribute("version") else {
            return Err(self.fault(header, "a lock needs a `version`"));
        };
        let (text, span) = (self.text(&attribute.expr)?, attribute.expr.span);
        let version = match Version::parse(text) {
            Ok(version) => version,
            Err(error) => return Err(self.fault(inside(span, error.at), &error.to_string())),
        };
        if version.to_string() != text || version.segments().len() > 3 {
            let why = match version.segments().len() {
                4.. => "a provider's version has three numbers".to_owned(),
                _ => format!("the version is written in full: `{version}`"),
            };
            return Err(self.fault(span, &why));
        }
        Ok((version, span))
    }

    fn constraints(&mut self, body: &Body) -> Read<ProviderConstraints> {
        let Some(attribute) = body.find_attribute("constraints") else {
            return Ok(ProviderConstraints::default());
        };
        let (text, span) = (self.text(&attribute.expr)?, attribute.expr.span);
        if text.is_empty() {
            return Ok(ProviderConstraints::default());
        }
        let constraints = match ProviderConstraints::parse(text) {
            Ok(constraints) => constraints,
            Err(error) => return Err(self.fault(inside(span, error.at), &error.to_string())),
        };
        if constraints.to_string() != text {
            let why = format!("terraform writes this as `{constraints}`, and refuses other spellings");
            return Err(self.fault(span, &why));
        }
        Ok(constraints)
    }

    fn hashes(&mut self, attribute: &Attribute) -> Vec<(PackageHash, Span)> {
        let ExprKind::Tuple(items) = &attribute.expr.kind else {
            self.fault(attribute.expr.span, "the hashes are a list of texts");
            return Vec::new();
        };
        if items.is_empty() {
            self.fault(attribute.expr.span, "an empty list is refused: leave `hashes` out");
        }
        items.iter().filter_map(|item| self.hash(item).ok()).collect()
    }

    /// A hash that no package can have is kept all the same: terraform keeps it, too.
    fn hash(&mut self, item: &Expr) -> Read<(PackageHash, Span)> {
        let text = self.text(item)?;
        let hash = PackageHash::parse(text).map_err(|error| self.hash_fault(item.span, text, error))?;
        if let Err(error) = hash.check() {
            self.hash_fault(item.span, text, error);
        }
        Ok((hash, item.span))
    }

    fn hash_fault(&mut self, span: Span, text: &str, error: HashError) -> Told {
        let scheme = text.split_once(':').map_or(0, |(scheme, _)| scheme.len() + 1);
        let at = match error {
            HashError::NoScheme | HashError::UnknownScheme => span,
            HashError::NoBase64 | HashError::NoHex => inside(span, scheme),
        };
        let fault = Diagnostic::error(Code::LockHash, "a hash of a lock file cannot be that of any package");
        self.faults.push(fault.at(at, error.to_string()).hint(MEND));
        Told
    }

    fn text<'a>(&mut self, expr: &'a Expr) -> Read<&'a str> {
        match &expr.kind {
            ExprKind::String(text) => Ok(text),
            _ => Err(self.fault(expr.span, "a lock file holds plain texts alone")),
        }
    }

    fn fault(&mut self, span: Span, why: &str) -> Told {
        let fault = Diagnostic::error(Code::LockEntry, "a lock file is not written as terraform writes it");
        self.faults.push(fault.at(span, why).hint(MEND));
        Told
    }
}

/// From the byte `at` of a quoted text to its end.
fn inside(span: Span, at: usize) -> Span {
    let start = span.start + 1 + u32::try_from(at).unwrap_or(0);
    let end = span.end.saturating_sub(1);
    if start < end { Span { start, end, ..span } } else { span }
}
