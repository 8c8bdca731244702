//! Whether everything in an estate is pinned as its environment demands. Static: files are read, nothing is executed and
//! nobody is asked.
//!
//! A [`Survey`] says what is there; a [`Policy`] what is demanded; [`check`] lets each rule of [`RULES`] compare the two and
//! makes a [`Report`]. A rule is one function in the table; a form of output is one function over the report.
//!
//! Beside that, [`relock`] completes lock files, [`upgrade`] moves a provider, [`verify`] compares packages with what is locked.

mod around;
mod check;
pub mod ci;
mod exemptions;
mod finding;
pub mod inventory;
pub mod list;
mod mend;
pub mod outdated;
mod policy;
mod promote;
mod promotions;
mod refs;
pub mod relock;
mod rule;
mod rules;
mod sites;
mod survey;
pub mod tell;
mod tool_book;
pub mod upgrade;
pub mod verify;

pub use around::Around;
pub use check::{Counts, Report, check};
pub use finding::{Edit, Finding, Fix, Place};
pub use mend::{Mended, mend};
pub use policy::{EnvironmentId, Policy};
pub use promotions::{Promotion, Promotions};
pub use refs::{RefKind, classify};
pub use rule::{Cx, Findings, RULES, Rule, find_rule};
pub use sites::{Address, ModuleRegistry, Owner, Site};
pub use survey::{
    Catalog, Extent, FoundModule, Gap, Lack, LockText, Places, Survey, SurveyedUnit, ToolTelling, TreeUse,
    laid_over,
};
