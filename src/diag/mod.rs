//! Places and messages: files, spans, diagnostics and their rendering. Knows nothing of units.

mod code;
mod diagnostic;
mod foreign;
mod machine;
mod render;
mod shell;
mod source_map;
mod suggest;
mod veil;

pub use code::Code;
pub use diagnostic::{Diagnostic, Diagnostics, Frame, Label, Severity, distinct, habits_once};
pub use foreign::{escaped, said};
pub use machine::to_json;
pub use render::{RenderOptions, render, render_as};
pub use shell::shell_word;
pub use source_map::{FileId, Position, SourceFile, SourceMap, Span};
pub use suggest::closest;
pub use veil::veil;
