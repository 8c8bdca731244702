//! After a fault: where reading can go on. Layout decides where brackets do not balance: a line that starts no further
//! right than the failed item and looks like an item is one.

use super::{
    Newlines, Open, OpenKind, Parser,
    heredoc::Terminator,
    scan::{Token, TokenKind, line_end, scan},
};

/// With so many faults a file is not what it seems to be: nobody reads more of them, and the rest is left alone.
const ENOUGH: usize = 100;

/// The state before an item, to come back to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    start: usize,
    opens: usize,
    depth: usize,
    indent: usize,
}

/// Where a search for the end of an item has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// At a token to go on from.
    Here,
    /// Behind a separator.
    Behind,
    /// Out of the braces that the item stands in.
    Outside,
}

impl Parser<'_> {
    pub(super) fn mark(&mut self) -> Mark {
        let start = self.peek().start;
        Mark { start, opens: self.opens.len(), depth: self.depth, indent: self.indent_at(start) }
    }

    /// Skips the rest of a failed item of a body.
    pub(super) fn recover(&mut self, mark: &Mark) {
        let (mut level, from) = self.unwind(mark);
        if self.faults.len() >= ENOUGH {
            self.jump(self.text.len());
            return;
        }
        self.jump(from);
        loop {
            let token = self.peek();
            match self.stop_at(token, mark, level) {
                Some(Stop::Behind) => {
                    self.bump();
                    return;
                }
                Some(Stop::Here | Stop::Outside) => return,
                None => level = self.skip(token, level),
            }
        }
    }

    /// Skips the rest of a failed object item; `false` if the object itself seems to end without its brace.
    pub(super) fn recover_in_object(&mut self, mark: &Mark) -> bool {
        let (mut level, from) = self.unwind(mark);
        if self.faults.len() >= ENOUGH {
            self.jump(self.text.len());
            return false;
        }
        self.jump(from);
        loop {
            let token = self.peek();
            if level == 0 && token.kind == TokenKind::Comma {
                self.bump();
                return true;
            }
            match self.stop_at(token, mark, level) {
                Some(Stop::Behind) => {
                    self.bump();
                    return true;
                }
                Some(Stop::Here) => return token.kind != TokenKind::End,
                Some(Stop::Outside) => return token.kind == TokenKind::CloseBrace,
                None => level = self.skip(token, level),
            }
        }
    }

    /// Forgets what the failed item opened; says how many brackets of it are open and where to look on from.
    fn unwind(&mut self, mark: &Mark) -> (usize, usize) {
        let from = self.peek().start;
        let inner: Vec<Open> = self.opens.split_off(mark.opens.min(self.opens.len()));
        self.depth = mark.depth;
        self.newlines = Newlines::Count;
        let text = inner.iter().position(|open| matches!(open.kind, OpenKind::Quote | OpenKind::Heredoc));
        let Some(at) = text else {
            return (inner.len(), from.max(mark.start));
        };
        let after = match inner.get(at) {
            Some(open) if open.kind == OpenKind::Heredoc => self.heredoc_end(open.start, from),
            _ => self.line_break(from),
        };
        (at, after)
    }

    /// The line break at the end of the line of `from`.
    fn line_break(&self, from: usize) -> usize {
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        rest.iter().position(|byte| *byte == b'\n').map_or(self.text.len(), |at| from + at)
    }

    fn stop_at(&self, token: Token, mark: &Mark, level: usize) -> Option<Stop> {
        let moved = token.start > mark.start;
        match token.kind {
            TokenKind::End => return Some(Stop::Here),
            TokenKind::Newline if level == 0 => return Some(Stop::Behind),
            TokenKind::CloseBrace if level == 0 && mark.opens > 0 => return Some(Stop::Outside),
            _ => {}
        }
        if !moved || !self.is_first_on_line(token.start) {
            return None;
        }
        let column = self.indent_at(token.start);
        match token.kind {
            TokenKind::CloseBrace if column < mark.indent && mark.opens > 0 => Some(Stop::Outside),
            TokenKind::Ident if column <= mark.indent && self.looks_like_item(token) => {
                Some(if column < mark.indent && mark.opens > 0 { Stop::Outside } else { Stop::Here })
            }
            _ => None,
        }
    }

    fn looks_like_item(&self, token: Token) -> bool {
        matches!(
            scan(self.text, token.end).kind,
            TokenKind::Assign | TokenKind::OpenBrace | TokenKind::Quote | TokenKind::Ident
        )
    }

    /// Goes over one token, a string or heredoc as a whole; answers with the brackets open after it.
    fn skip(&mut self, token: Token, level: usize) -> usize {
        match token.kind {
            TokenKind::Quote => {
                let end = string_end(self.text.as_bytes(), token.end);
                self.jump(end);
                level
            }
            TokenKind::Heredoc => {
                let end = self.heredoc_end(token.start, token.end);
                self.jump(end);
                level
            }
            TokenKind::OpenBrace | TokenKind::OpenBracket | TokenKind::OpenParen => {
                self.bump();
                level + 1
            }
            TokenKind::CloseBrace | TokenKind::CloseBracket | TokenKind::CloseParen => {
                self.bump();
                level.saturating_sub(1)
            }
            _ => {
                self.bump();
                level
            }
        }
    }

    /// After the terminator of the heredoc that starts at `start`, looked for from `from` on.
    fn heredoc_end(&self, start: usize, from: usize) -> usize {
        let bytes = self.text.as_bytes();
        let Some(terminator) = Terminator::read(self.text, start) else { return from };
        let mut line = line_end(bytes, from.max(start));
        while line < bytes.len() {
            if let Some(end) = terminator.ends_at(bytes, line) {
                return end;
            }
            line = line_end(bytes, line);
        }
        bytes.len()
    }

    pub(super) fn is_first_on_line(&self, at: usize) -> bool {
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        let blank = before.iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
        matches!(blank, None | Some(b'\n'))
    }

    /// How far the line of `at` is indented, in bytes.
    pub(super) fn indent_at(&self, at: usize) -> usize {
        let bytes = self.text.as_bytes();
        let before = bytes.get(..at).unwrap_or_default();
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let line = bytes.get(start..).unwrap_or_default();
        line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
    }

    /// Whether the token starts a line and stands no further right than the line that opened what we are in.
    pub(super) fn is_outdented(&self, token: Token) -> bool {
        let Some(open) = self.opens.last() else { return false };
        self.is_first_on_line(token.start) && self.indent_at(token.start) <= self.indent_at(open.start)
    }
}

/// After the quote that ends the string whose inside starts at `from`, or the end of its line.
fn string_end(bytes: &[u8], from: usize) -> usize {
    // One entry for each quote and brace that is open: `true` for a quote.
    let mut open = vec![true];
    let mut at = from;
    while let (Some(in_text), Some(byte)) = (open.last().copied(), bytes.get(at)) {
        at += 1;
        match byte {
            b'\n' => return at - 1,
            b'\\' if in_text => at += 1,
            b'"' if in_text => {
                open.pop();
            }
            b'"' => open.push(true),
            b'{' if !in_text || matches!(bytes.get(at.wrapping_sub(2)), Some(b'$' | b'%')) => {
                open.push(false)
            }
            b'}' if !in_text => {
                open.pop();
            }
            _ => {}
        }
    }
    at.min(bytes.len())
}
