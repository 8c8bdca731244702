//! One verb of a format text, as it is written.

/// `%-8.3[2]f`
pub(super) struct Verb<'a> {
    pub flags: Flags,
    pub width: usize,
    pub precision: Option<usize>,
    /// The argument, from 0.
    pub argument: usize,
    pub mode: char,
    /// As written, for messages.
    pub source: &'a str,
}

#[derive(Default)]
pub(super) struct Flags {
    pub left: bool,
    pub plus: bool,
    pub space: bool,
    pub sharp: bool,
    pub zero: bool,
}
