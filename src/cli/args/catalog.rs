//! `catalog` and `scaffold`: new units from modules.

use super::shared::{BackendArgs, FeatureArgs};
use clap::{ArgAction, Args};
use std::path::PathBuf;

/// Look through a catalog of modules
#[derive(Args, Clone, Debug, Default)]
pub struct CatalogArgs {
    /// tui, jsonl or md (default tui)
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    pub format: Option<String>,
    /// As JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// More lines for .terragrunt-catalog-ignore
    #[arg(long, value_name = "FILE", help_heading = "Which modules")]
    pub ignore_file: Option<PathBuf>,
    #[command(flatten)]
    pub template: TemplateArgs,
    /// Keep no content-addressed store of sources
    #[arg(long, help_heading = "Caches")]
    pub no_cas: bool,
    /// How many commits a clone brings (default 1; negative: all)
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Caches")]
    pub cas_clone_depth: Option<i32>,
    /// The repository to look through
    #[arg(value_name = "REPOSITORY")]
    pub repository: Option<String>,
}

/// Write a new unit that uses a module
#[derive(Args, Clone, Debug, Default)]
pub struct ScaffoldArgs {
    /// A variable of the template: name=value; may be repeated
    #[arg(long, value_name = "NAME=VALUE", action = ArgAction::Append, help_heading = "Template")]
    pub var: Vec<String>,
    /// A file of variables; may be repeated
    #[arg(long, value_name = "FILE", action = ArgAction::Append, help_heading = "Template")]
    pub var_file: Vec<PathBuf>,
    /// Where to write (default: the working folder)
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub output_folder: Option<PathBuf>,
    /// Do not ask about templates that another template needs
    #[arg(long, help_heading = "Template")]
    pub no_dependency_prompt: bool,
    #[command(flatten)]
    pub template: TemplateArgs,
    #[command(flatten)]
    pub feature: FeatureArgs,
    #[command(flatten)]
    pub backend: BackendArgs,
    /// The module
    #[arg(value_name = "MODULE")]
    pub module: Option<String>,
    /// The template to write it with
    #[arg(value_name = "TEMPLATE")]
    pub from: Option<String>,
}

/// How a template is written.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Template")]
pub struct TemplateArgs {
    /// The name of the root configuration (default root.hcl)
    #[arg(long, value_name = "NAME")]
    pub root_file_name: Option<String>,
    /// Do not include the root configuration
    #[arg(long)]
    pub no_include_root: bool,
    /// Run no shell commands of a template
    #[arg(long)]
    pub no_shell: bool,
    /// Run no hooks of a template
    #[arg(long)]
    pub no_hooks: bool,
}
