//! What one file of code says, as plain data.

use crate::diag::{Diagnostics, Span};
use crate::hcl::ast::Ident;
use std::path::PathBuf;
use std::sync::Arc;

/// A value as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// `None` if it is anything but a plain text: it may be made of variables.
    pub text: Option<Arc<str>>,
    /// The value, its quotes included.
    pub span: Span,
}

impl Said {
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        self.text.as_deref()
    }
}

/// How an entry of `required_providers` is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequiredForm {
    /// `aws = { source = "…", version = "…" }`
    Object,
    /// `aws = "~> 5.0"`, as of terraform 0.12.
    Text,
    /// Anything else, which terraform refuses.
    Other,
}

/// An entry of `required_providers`.
#[derive(Clone, Debug, PartialEq)]
pub struct RequiredProvider {
    /// The module's own name for the provider.
    pub name: Ident,
    pub source: Option<Said>,
    pub version: Option<Said>,
    pub form: RequiredForm,
    /// The value behind the name.
    pub value: Span,
    pub span: Span,
}

/// `provider "aws" { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderBlock {
    pub name: Ident,
    pub alias: Option<Said>,
    /// A constraint as of terraform 0.13 and before.
    pub version: Option<Said>,
    /// The whole `version = "…"`.
    pub version_attribute: Option<Span>,
    pub header: Span,
}

/// `module "vpc" { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct ModuleCall {
    pub name: Ident,
    pub source: Option<Said>,
    pub version: Option<Said>,
    pub header: Span,
}

impl ModuleCall {
    /// The folder that it calls, as written, if it is called by a path relative to the caller's.
    #[must_use]
    pub fn local_path(&self) -> Option<&str> {
        let source = self.source.as_ref()?.as_text()?;
        ["./", "../", ".\\", "..\\"].iter().any(|start| source.starts_with(start)).then_some(source)
    }
}

/// How a provider is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UseKind {
    /// By the type of a resource: `aws_instance` uses `aws`.
    Implied,
    /// By `provider = aws.west`.
    Named,
    /// By a `provider` block.
    Configured,
    /// By a call of one of its functions. Such a provider is only found if it is required.
    Function,
}

/// What uses a provider: kind, type and name of a resource and its like.
pub type Owner = (Arc<str>, Arc<str>, Arc<str>);

/// A place that uses a provider.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderUse {
    /// The module's own name for the provider.
    pub provider: Arc<str>,
    pub kind: UseKind,
    /// `None` for functions and the like, which nothing overrides.
    pub owner: Option<Owner>,
    pub span: Span,
}

/// Where terraform keeps the state: a `backend` or `cloud` block.
#[derive(Clone, Debug, PartialEq)]
pub struct BackendBlock {
    /// `s3`, `cloud`, …
    pub kind: Arc<str>,
    pub span: Span,
}

/// One file.
#[derive(Debug, Default)]
pub struct CodeFile {
    pub path: PathBuf,
    pub required_versions: Vec<Said>,
    pub required_providers: Vec<RequiredProvider>,
    pub provider_blocks: Vec<ProviderBlock>,
    pub calls: Vec<ModuleCall>,
    pub uses: Vec<ProviderUse>,
    pub backend: Option<BackendBlock>,
    /// Why nothing, or not all, is known of it.
    pub faults: Diagnostics,
}
