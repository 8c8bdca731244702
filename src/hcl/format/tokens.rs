//! Source text as the formatter sees it: a flat list of tokens, templates and comments included. Faulty text gives
//! tokens, too; nothing is ever lost but the blanks between tokens.

use crate::hcl::parse::{Terminator, Token, TokenKind, line_end, scan_plain};

/// What a token is to the formatter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A token outside of text.
    Plain(TokenKind),
    /// Ends its line if it is not a block comment.
    Comment,
    OpenQuote,
    CloseQuote,
    OpenHeredoc,
    CloseHeredoc,
    /// Literal text of a template.
    Text,
    /// `${`, `%{`, with their `~`
    OpenSequence,
    CloseSequence,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'a> {
    pub kind: Kind,
    pub text: &'a str,
}

impl Piece<'_> {
    pub(super) fn is(&self, kind: TokenKind) -> bool {
        self.kind == Kind::Plain(kind)
    }

    /// How many brackets are open after it that were not before.
    pub(super) fn bracket_change(&self) -> isize {
        match self.kind {
            Kind::Plain(TokenKind::OpenBrace | TokenKind::OpenBracket | TokenKind::OpenParen)
            | Kind::OpenSequence => 1,
            Kind::Plain(TokenKind::CloseBrace | TokenKind::CloseBracket | TokenKind::CloseParen)
            | Kind::CloseSequence => -1,
            _ => 0,
        }
    }
}

/// What the scanner stands in, innermost last.
#[derive(Clone, Copy, Debug)]
enum Mode<'a> {
    Quote,
    Heredoc(Terminator<'a>),
    /// `${…}` with the count of plain braces open in it.
    Sequence(usize),
}

pub(super) fn tokens(text: &str) -> Vec<Piece<'_>> {
    let mut scanner = Scanner { text, at: 0, modes: Vec::new(), out: Vec::with_capacity(text.len() / 4) };
    while scanner.at < text.len() {
        match scanner.modes.last().copied() {
            None | Some(Mode::Sequence(_)) => scanner.plain(),
            Some(Mode::Quote) => scanner.quoted(),
            Some(Mode::Heredoc(terminator)) => scanner.heredoc(&terminator),
        }
    }
    scanner.out
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    modes: Vec<Mode<'a>>,
    out: Vec<Piece<'a>>,
}

impl<'a> Scanner<'a> {
    fn push(&mut self, kind: Kind, end: usize) {
        let end = end.min(self.text.len());
        if let Some(text) = self.text.get(self.at..end) {
            self.out.push(Piece { kind, text });
        }
        self.at = end;
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn plain(&mut self) {
        while matches!(self.byte(self.at), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        if self.at >= self.text.len() {
            return;
        }
        if let Some(end) = self.comment_end() {
            return self.push(Kind::Comment, end);
        }
        let token = scan_plain(self.text, self.at);
        match token.kind {
            TokenKind::Quote => self.enter(Mode::Quote, Kind::OpenQuote, token.end),
            TokenKind::Heredoc => self.open_heredoc(token),
            TokenKind::OpenBrace => {
                if let Some(Mode::Sequence(depth)) = self.modes.last_mut() {
                    *depth += 1;
                }
                self.push(Kind::Plain(token.kind), token.end);
            }
            TokenKind::OpenComment => self.push(Kind::Plain(TokenKind::Slash), token.start + 1),
            TokenKind::CloseBrace | TokenKind::Tilde => self.close_brace(token),
            kind => self.push(Kind::Plain(kind), token.end),
        }
    }

    fn comment_end(&self) -> Option<usize> {
        let rest = self.text.as_bytes().get(self.at..)?;
        match rest {
            [b'#', ..] | [b'/', b'/', ..] => Some(line_end(self.text.as_bytes(), self.at)),
            [b'/', b'*', inside @ ..] => {
                let length = inside.windows(2).position(|pair| pair == b"*/");
                length.map(|length| self.at + length + 4)
            }
            _ => None,
        }
    }

    fn enter(&mut self, mode: Mode<'a>, kind: Kind, end: usize) {
        self.push(kind, end);
        self.modes.push(mode);
    }

    fn open_heredoc(&mut self, token: Token) {
        match Terminator::read(self.text, token.start) {
            Some(terminator) => {
                self.enter(Mode::Heredoc(terminator), Kind::OpenHeredoc, terminator.first_line())
            }
            None => self.push(Kind::Plain(TokenKind::Less), token.start + 1),
        }
    }

    fn close_brace(&mut self, token: Token) {
        let closes = token.kind == TokenKind::CloseBrace || self.byte(token.end) == Some(b'}');
        match self.modes.last_mut() {
            Some(Mode::Sequence(0)) if closes => {
                self.modes.pop();
                let end = if token.kind == TokenKind::Tilde { token.end + 1 } else { token.end };
                self.push(Kind::CloseSequence, end);
            }
            Some(Mode::Sequence(depth)) if token.kind == TokenKind::CloseBrace => {
                *depth = depth.saturating_sub(1);
                self.push(Kind::Plain(token.kind), token.end);
            }
            _ if token.kind == TokenKind::Tilde && closes => self.push(Kind::CloseSequence, token.end + 1),
            _ => self.push(Kind::Plain(token.kind), token.end),
        }
    }

    fn quoted(&mut self) {
        let mut at = self.at;
        loop {
            match self.byte(at) {
                Some(b'\\') if self.byte(at + 1).is_some_and(|next| next != b'\n') => {
                    at = self.text.ceil_char_boundary((at + 2).min(self.text.len()));
                }
                Some(b'$' | b'%') if self.is_escaped_sequence(at) => at += 3,
                Some(b'$' | b'%') if self.byte(at + 1) == Some(b'{') => break,
                Some(b'"' | b'\n') | None => break,
                Some(_) => at += 1,
            }
        }
        if at > self.at {
            self.push(Kind::Text, at);
        }
        match self.byte(at) {
            Some(b'"') => {
                self.modes.pop();
                self.push(Kind::CloseQuote, at + 1);
            }
            // A string that its line leaves open: go on as if it had ended.
            Some(b'\n') | None => {
                self.modes.pop();
            }
            Some(_) => self.open_sequence(),
        }
    }

    fn is_escaped_sequence(&self, at: usize) -> bool {
        self.byte(at) == self.byte(at + 1) && self.byte(at + 2) == Some(b'{')
    }

    fn open_sequence(&mut self) {
        let end = self.at + 2 + usize::from(self.byte(self.at + 2) == Some(b'~'));
        self.enter(Mode::Sequence(0), Kind::OpenSequence, end);
    }

    /// One line of a heredoc, or what of it stands before a sequence.
    fn heredoc(&mut self, terminator: &Terminator<'a>) {
        let bytes = self.text.as_bytes();
        let at_line = self.at == 0 || self.byte(self.at - 1) == Some(b'\n');
        if at_line && let Some(end) = terminator.ends_at(bytes, self.at) {
            // Blanks behind the word are part of it.
            let rest = bytes.get(end..line_end(bytes, end)).unwrap_or_default();
            let rest = rest.strip_suffix(b"\n").unwrap_or(rest);
            let blanks = rest.strip_suffix(b"\r").unwrap_or(rest).len();
            self.modes.pop();
            return self.push(Kind::CloseHeredoc, end + blanks);
        }
        let mut at = self.at;
        loop {
            match self.byte(at) {
                None => break,
                Some(b'\n') => {
                    at += 1;
                    break;
                }
                Some(b'$' | b'%') if self.is_escaped_sequence(at) => at += 3,
                Some(b'$' | b'%') if self.byte(at + 1) == Some(b'{') => break,
                Some(_) => at += 1,
            }
        }
        if at > self.at { self.push(Kind::Text, at) } else { self.open_sequence() }
    }
}
