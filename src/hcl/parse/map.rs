//! From offsets in an unescaped text back to the file it was read from.

/// Sorted pairs (offset in the text, offset in the file); between two pairs both advance alike.
#[derive(Debug)]
pub(super) struct OffsetMap {
    points: Vec<(usize, usize)>,
}

impl OffsetMap {
    /// A text whose first byte lies at `origin` of the file.
    pub(super) fn new(origin: usize) -> Self {
        Self { points: vec![(0, origin)] }
    }

    /// From offset `text` on, bytes lie from `file` on.
    pub(super) fn add(&mut self, text: usize, file: usize) {
        self.points.push((text, file));
    }

    /// Where the piece that starts at `offset` starts.
    pub(super) fn start(&self, offset: usize) -> usize {
        let after = self.points.partition_point(|(text, _)| *text <= offset);
        self.beyond(after, offset)
    }

    /// Where the piece that ends at `offset` ends: after the last byte before it.
    pub(super) fn end(&self, offset: usize) -> usize {
        let after = self.points.partition_point(|(text, _)| *text < offset);
        let end = self.beyond(after, offset);
        // An escape is longer in the file than its text: end with it, not inside it.
        match self.points.get(after) {
            Some((text, file)) if *text == offset => *file,
            _ => end,
        }
    }

    fn beyond(&self, after: usize, offset: usize) -> usize {
        let (text, file) =
            after.checked_sub(1).and_then(|at| self.points.get(at)).copied().unwrap_or_default();
        file + offset.saturating_sub(text)
    }
}
