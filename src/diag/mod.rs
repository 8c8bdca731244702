//! Places and messages: files, spans, diagnostics and their rendering. Knows nothing of units.

mod code;
mod diagnostic;
mod render;
mod source_map;
mod suggest;
mod veil;

pub use code::Code;
pub use diagnostic::{Diagnostic, Diagnostics, Frame, Label, Severity, distinct};
pub use render::{RenderOptions, render};
pub use source_map::{FileId, Position, SourceFile, SourceMap, Span};
pub use suggest::closest;
pub use veil::veil;
