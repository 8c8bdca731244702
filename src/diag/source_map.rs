//! Every text that was read, and places in it. A place is a file id and a byte range, so it is cheap to copy
//! into every node of a tree.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, RwLock};

/// Names one text of a [`SourceMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(u32);

/// A byte range in one text: `start` inclusive, `end` exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    #[must_use]
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        Self { file, start: clamp(start), end: clamp(end) }
    }

    /// The smallest span that covers both; `other` must lie in the same file.
    #[must_use]
    pub fn to(self, other: Span) -> Self {
        Self { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// Files beyond 4 GiB are refused on reading, so an offset always fits.
fn clamp(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// A place as people count: both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// One text with its path; lines are found when first asked for.
#[derive(Debug)]
pub struct SourceFile {
    pub path: PathBuf,
    pub text: Arc<str>,
    line_starts: OnceLock<Vec<usize>>,
}

impl SourceFile {
    /// Where byte `offset` is, counted in lines and characters.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let starts = self.line_starts();
        let line = starts.partition_point(|start| *start <= offset).max(1);
        let from = starts.get(line - 1).copied().unwrap_or(0);
        let column = self.text.get(from..offset.min(self.text.len())).map_or(0, |part| part.chars().count());
        Position { line, column: column + 1 }
    }

    fn line_starts(&self) -> &[usize] {
        self.line_starts.get_or_init(|| {
            std::iter::once(0).chain(self.text.match_indices('\n').map(|(at, _)| at + 1)).collect()
        })
    }
}

/// All texts of a process, shared between threads.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: RwLock<Vec<Arc<SourceFile>>>,
}

impl SourceMap {
    pub fn add(&self, path: &Path, text: Arc<str>) -> FileId {
        let mut files = self.files.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        files.push(Arc::new(SourceFile { path: path.to_path_buf(), text, line_starts: OnceLock::new() }));
        FileId(clamp(files.len() - 1))
    }

    /// The text behind an id of this map; `None` for an id of another map.
    #[must_use]
    pub fn get(&self, id: FileId) -> Option<Arc<SourceFile>> {
        let files = self.files.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        files.get(id.0 as usize).cloned()
    }

    /// `path:line:column` of a span's start, for messages of one line.
    #[must_use]
    pub fn locate(&self, span: Span) -> String {
        self.get(span.file).map_or_else(String::new, |file| {
            let at = file.position(span.start as usize);
            format!("{}:{}:{}", file.path.display(), at.line, at.column)
        })
    }
}
