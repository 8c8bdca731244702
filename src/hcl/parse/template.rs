//! Text with sequences in it: quoted strings, heredocs, raw template files. This reads them into flat parts; what the
//! parts mean together is `template_tree`'s.

use super::template_part::{Part, Piece};
use super::{
    Newlines, OpenKind, Parse, Parser,
    escape::composed,
    scan::{Token, TokenKind},
    template_tree::strip,
};
use crate::diag::{Code, Diagnostic, Span};
use crate::hcl::ast::{Expr, ExprKind, Ident};
use std::borrow::Cow;

impl<'a> Parser<'a> {
    /// `"…"`
    pub(super) fn quoted(&mut self) -> Parse<Expr> {
        let open = self.peek();
        if let Some(end) = self.plain_end(open.end) {
            let text = composed(Cow::Borrowed(self.slice(open.end, end)));
            self.jump(end + 1);
            return Ok(Expr {
                kind: ExprKind::String((&*text).into()),
                span: self.span(open.start, end + 1),
            });
        }
        self.open(OpenKind::Quote, Newlines::Count);
        let mut parts = Vec::new();
        while self.byte(self.at) != Some(b'"') {
            self.quoted_piece(open, &mut parts)?;
        }
        self.jump(self.at + 1);
        let span = self.span(open.start, self.at);
        self.leave();
        if let [Part { piece: Piece::Value(_), .. }] = parts.as_slice() {
            return self.unwrapped(parts, span);
        }
        strip(&mut parts);
        self.template_of(parts, span)
    }

    /// `"${expr}"` is the value itself.
    pub(super) fn unwrapped(&mut self, mut parts: Vec<Part<'a>>, span: Span) -> Parse<Expr> {
        match parts.pop() {
            Some(Part { piece: Piece::Value(expr), height, .. }) => {
                self.grow(height, span)?;
                Ok(Expr { kind: ExprKind::Interpolation(Box::new(expr)), span })
            }
            _ => Ok(Expr { kind: ExprKind::String("".into()), span }),
        }
    }

    /// Where a string ends that holds nothing but plain text.
    fn plain_end(&self, from: usize) -> Option<usize> {
        let rest = self.text.as_bytes().get(from..)?;
        let at = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | b'\n' | b'$' | b'%'))?;
        (rest.get(at) == Some(&b'"')).then_some(from + at)
    }

    /// A string without sequences, such as a label.
    pub(super) fn plain_string(&mut self, whose: &str) -> Parse<Ident> {
        let token = self.peek();
        let expr = self.quoted()?;
        match expr.kind {
            ExprKind::String(name) => Ok(Ident { name, span: expr.span }),
            _ => {
                let fault = Diagnostic::error(Code::MalformedTemplate, format!("{whose} cannot be computed"));
                let fault = fault.at(self.span(token.start, self.at), "holds a template sequence");
                self.fail(fault.hint("write plain text, or `$${` for a literal `${`"))
            }
        }
    }

    fn quoted_piece(&mut self, open: Token, parts: &mut Vec<Part<'a>>) -> Parse<()> {
        let start = self.at;
        let mut text = String::new();
        let mut copied = start;
        let mut at = start;
        loop {
            match self.byte(at) {
                None | Some(b'\n') => return self.endless_string(open, at),
                Some(b'\r') if self.byte(at + 1) == Some(b'\n') => return self.endless_string(open, at),
                Some(b'"') => break,
                Some(b'\\') => {
                    text.push_str(self.slice(copied, at));
                    at = self.escape(at, &mut text);
                    copied = at;
                }
                Some(b'$' | b'%') if self.is_escaped_sequence(at) => {
                    text.push_str(self.slice(copied, at + 1));
                    at += 3;
                    copied = at - 1;
                }
                Some(b'$' | b'%') if self.byte(at + 1) == Some(b'{') => break,
                Some(_) => at += 1,
            }
        }
        let text = if copied == start {
            Cow::Borrowed(self.slice(start, at))
        } else {
            text.push_str(self.slice(copied, at));
            Cow::Owned(text)
        };
        self.push_text(parts, text, at);
        self.jump(at);
        if self.byte(at) == Some(b'"') { Ok(()) } else { self.sequence(parts) }
    }

    /// Reads one line's text, or one sequence, of a template without quotes. Answers whether a line begins now.
    pub(super) fn raw_piece(&mut self, parts: &mut Vec<Part<'a>>) -> Parse<bool> {
        let start = self.at;
        let mut text = String::new();
        let mut copied = start;
        let mut at = start;
        let mut line = false;
        while let Some(byte) = self.byte(at) {
            match byte {
                b'\n' => {
                    at += 1;
                    line = true;
                    break;
                }
                b'$' | b'%' if self.is_escaped_sequence(at) => {
                    text.push_str(self.slice(copied, at + 1));
                    at += 3;
                    copied = at - 1;
                }
                b'$' | b'%' if self.byte(at + 1) == Some(b'{') => break,
                _ => at += 1,
            }
        }
        let text = if copied == start {
            Cow::Borrowed(self.slice(start, at))
        } else {
            text.push_str(self.slice(copied, at));
            Cow::Owned(text)
        };
        self.push_text(parts, text, at);
        self.jump(at);
        if line || at >= self.text.len() {
            return Ok(line);
        }
        self.sequence(parts)?;
        Ok(false)
    }

    fn push_text(&mut self, parts: &mut Vec<Part<'a>>, text: Cow<'a, str>, end: usize) {
        let start = self.at;
        if start == end {
            return;
        }
        let span = self.span(start, end);
        let piece = Piece::Text(composed(text));
        parts.push(Part { piece, span, trim_before: false, trim_after: false, height: 0 });
    }

    /// `$${` or `%%{`
    fn is_escaped_sequence(&self, at: usize) -> bool {
        self.byte(at) == self.byte(at + 1) && self.byte(at + 2) == Some(b'{')
    }

    fn endless_string<T>(&mut self, open: Token, at: usize) -> Parse<T> {
        self.jump(at);
        let fault = Diagnostic::error(Code::NeverClosed, "string is never ended");
        let hint = if at < self.text.len() {
            "close the quote on this line; for text of several lines use a heredoc, `<<EOT`, or `\\n`"
        } else {
            "close the quote"
        };
        self.fail(
            fault
                .at(self.span_of(open), "begins here")
                .label(self.span(at, at), "`\"` is missing")
                .hint(hint),
        )
    }

    /// `${…}` or `%{…}`
    fn sequence(&mut self, parts: &mut Vec<Part<'a>>) -> Parse<()> {
        let start = self.at;
        let is_value = self.byte(start) == Some(b'$');
        let trim_before = self.byte(start + 2) == Some(b'~');
        let end = start + 2 + usize::from(trim_before);
        self.jump(end);
        let token = Token { kind: TokenKind::OpenBrace, start, end: start + 2 };
        self.enter(OpenKind::Sequence, token, Newlines::Skip);
        self.height = 0;
        let piece = if is_value { self.value_piece()? } else { self.directive()? };
        let tilde = self.peek();
        let trim_after = tilde.kind == TokenKind::Tilde && self.byte(tilde.end) == Some(b'}');
        if trim_after {
            self.bump();
        }
        if self.peek().kind != TokenKind::CloseBrace {
            return self.open_sequence(start, if is_value { "interpolation" } else { "directive" });
        }
        let close = self.close();
        let span = self.span(start, close.end);
        parts.push(Part { piece, span, trim_before, trim_after, height: self.height });
        Ok(())
    }

    /// Reports a sequence without its brace: at the token in the way, or, if that is lines below, at its start.
    fn open_sequence<T>(&mut self, start: usize, what: &str) -> Parse<T> {
        let token = self.peek();
        let lines = self.slice(start, token.start).contains('\n');
        if lines { self.never_closed(what) } else { self.not_closed(what, "}") }
    }

    fn value_piece(&mut self) -> Parse<Piece<'a>> {
        if self.peek().kind == TokenKind::CloseBrace {
            let token = self.peek();
            let fault = Diagnostic::error(Code::MalformedTemplate, "interpolation is empty");
            return self.fail(
                fault
                    .at(self.span_of(token), "a value belongs before this")
                    .hint("write `$${` for a literal `${`"),
            );
        }
        self.expression().map(Piece::Value)
    }

    fn directive(&mut self) -> Parse<Piece<'a>> {
        let token = self.peek();
        let word = if token.kind == TokenKind::Ident { self.text_of(token) } else { "" };
        if !matches!(word, "if" | "else" | "endif" | "for" | "endfor") {
            let fault = Diagnostic::error(Code::MalformedTemplate, "unknown template directive");
            return self.fail(
                fault.at(self.span_of(token), "not a directive").hint(
                    "the directives are if, else, endif, for and endfor; write `%%{` for a literal `%{`",
                ),
            );
        }
        self.bump();
        Ok(match word {
            "if" => Piece::If(self.expression()?),
            "else" => Piece::Else,
            "endif" => Piece::EndIf,
            "endfor" => Piece::EndFor,
            _ => {
                let (key, value) = self.for_names()?;
                self.word_in()?;
                Piece::For { key, value, collection: self.expression()? }
            }
        })
    }
}
