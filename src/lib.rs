//! terrace: runs terraform over a tree of hierarchical HCL.
//!
//! The crate is a house of floors; a module imports lower floors only. `docs/design.md` draws it.
//!
//! - F0 [`diag`] places and messages; [`host`] the one door to the machine
//! - F1 [`hcl`] the language, pure; [`cloud`] sessions with clouds; [`toolrc`] settings of the tools themselves
//! - F2 [`graph`] units and their order; [`source`] module sources; [`state`] states; [`provider`] versions
//! - F3 [`config`] what a unit file means; [`custody`] states and their locks, beside running terraform
//! - F4 [`estate`] every unit, loaded; [`event`] the bus between run and report
//! - F5 [`run`] doing it; [`stacks`] generating units; [`pins`] whether versions are pinned; [`report`] showing it
//! - F7 [`cli`] arguments, settings, commands

// Futures of the cloud SDKs are nested deeply.
#![recursion_limit = "256"]

pub mod cli;
pub mod cloud;
pub mod config;
pub mod custody;
pub mod diag;
pub mod estate;
pub mod event;
pub mod graph;
pub mod hcl;
pub mod host;
pub mod pins;
pub mod provider;
pub mod report;
pub mod run;
pub mod source;
pub mod stacks;
pub mod state;
pub mod toolrc;
