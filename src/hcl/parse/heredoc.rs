//! Heredocs: their marks, and the indentation that `<<-` takes away.

use super::{
    Newlines, OpenKind, Parse, Parser,
    scan::{Token, TokenKind, ident_end, line_end, scan},
    template_part::{Part, Piece},
    template_tree::strip,
};
use crate::diag::{Code, Diagnostic};
use crate::hcl::ast::Expr;
use unicode_segmentation::UnicodeSegmentation;

/// The word that ends a heredoc.
#[derive(Clone, Copy, Debug)]
pub(in crate::hcl) struct Terminator<'a> {
    word: &'a str,
    flush: bool,
    /// Where the text begins.
    first_line: usize,
}

impl<'a> Terminator<'a> {
    /// Reads the opening mark at `start`: `<<`, perhaps `-`, a word, the end of the line.
    pub(in crate::hcl) fn read(text: &'a str, start: usize) -> Option<Self> {
        let mark = scan(text, start);
        let flush = text.as_bytes().get(start + 2) == Some(&b'-');
        let word = scan(text, mark.end);
        if word.kind != TokenKind::Ident || word.start != mark.end {
            return None;
        }
        let end = ident_end(text, word.start);
        let rest = text.as_bytes().get(end..)?;
        let blank = rest.first() == Some(&b'\n') || rest.starts_with(b"\r\n");
        blank.then(|| Self {
            word: text.get(word.start..end).unwrap_or_default(),
            flush,
            first_line: line_end(text.as_bytes(), end),
        })
    }

    /// Where the text begins.
    pub(in crate::hcl) fn first_line(&self) -> usize {
        self.first_line
    }

    /// The end of the word, if the line at `line` holds it alone.
    pub(in crate::hcl) fn ends_at(&self, bytes: &[u8], line: usize) -> Option<usize> {
        let rest = bytes.get(line..)?;
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let after = rest.get(blanks..)?.strip_prefix(self.word.as_bytes())?;
        let trailing = after.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
        (after.get(trailing) == Some(&b'\n')).then_some(line + blanks + self.word.len())
    }
}

impl<'a> Parser<'a> {
    pub(super) fn heredoc(&mut self) -> Parse<Expr> {
        let mark = self.peek();
        let Some(terminator) = Terminator::read(self.text, mark.start) else {
            return self.bad_heredoc(mark);
        };
        self.open(OpenKind::Heredoc, Newlines::Count);
        self.jump(terminator.first_line);
        let mut parts = self.heredoc_parts(mark, &terminator)?;
        let end = self.at;
        self.leave();
        strip(&mut parts);
        if terminator.flush {
            unindent(&mut parts);
        }
        let span = self.span(mark.start, end);
        self.template_of(parts, span)
    }

    fn bad_heredoc<T>(&mut self, mark: Token) -> Parse<T> {
        let fault = Diagnostic::error(Code::MalformedHeredoc, "heredoc without a word to end it");
        self.fail(
            fault
                .at(self.span_of(mark), "a word and the end of the line belong after this")
                .hint("write `<<EOT`, the lines of text, and `EOT` alone on a line"),
        )
    }

    /// Reads up to the terminator and stands behind it.
    fn heredoc_parts(&mut self, mark: Token, terminator: &Terminator<'a>) -> Parse<Vec<Part<'a>>> {
        let bytes = self.text.as_bytes();
        let mut parts = Vec::new();
        let mut line = true;
        loop {
            if line && let Some(end) = terminator.ends_at(bytes, self.at) {
                self.jump(end);
                return Ok(parts);
            }
            if self.at >= bytes.len() {
                return self.endless_heredoc(mark, terminator);
            }
            line = self.raw_piece(&mut parts)?;
        }
    }

    fn endless_heredoc<T>(&mut self, mark: Token, terminator: &Terminator<'_>) -> Parse<T> {
        let word = terminator.word;
        let last = self.text.trim_end_matches([' ', '\t']).rsplit('\n').next().unwrap_or_default();
        let start = self.span(mark.start, mark.end + word.len());
        self.ran_out = true;
        let fault = Diagnostic::error(Code::NeverClosed, "heredoc is never ended");
        if last.trim() == word {
            let end = self.text.len();
            let fault = fault.at(self.span(end - last.trim_start().len(), end), "no line break after this");
            return self.fail(fault.label(start, "begins here").hint("end the file with a line break"));
        }
        self.fail(fault.at(start, "begins here").hint(format!("put `{word}` alone on a line after the text")))
    }
}

/// Takes from each line the blanks that all lines begin with. Blank lines do not count; a line that begins with an
/// interpolation has none.
fn unindent(parts: &mut [Part<'_>]) {
    let mut least = usize::MAX;
    let mut starts = Vec::new();
    let mut at_start = true;
    for (index, part) in parts.iter().enumerate() {
        let text = part.text();
        if at_start {
            match text {
                Some(text) if text.ends_with('\n') && text.trim().is_empty() => {}
                Some(text) => {
                    let blanks = &text[..text.len() - text.trim_start().len()];
                    least = least.min(blanks.graphemes(true).count());
                    starts.push(index);
                }
                None => least = 0,
            }
        }
        at_start = text.is_some_and(|text| text.ends_with('\n'));
    }
    for index in starts {
        let Some(Part { piece: Piece::Text(text), .. }) = parts.get_mut(index) else { continue };
        let cut: usize = text.graphemes(true).take(least).map(str::len).sum();
        *text = text.get(cut..).unwrap_or_default().to_owned().into();
    }
}
