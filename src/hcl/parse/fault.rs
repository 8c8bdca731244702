//! The words of syntax faults that several places share.

use super::{
    Failed, OpenKind, Parse, Parser,
    scan::{Token, TokenKind},
};
use crate::diag::{Code, Diagnostic};

/// What a body is made of.
pub(super) const ITEM: &str = "an argument or a block";

impl Parser<'_> {
    /// Something else than `wanted` stands here.
    pub(super) fn unexpected<T>(&mut self, token: Token, wanted: &str) -> Parse<T> {
        if let Some(fault) = self.strange(token) {
            return self.fail(fault);
        }
        if let Some(fault) = self.conflict(token) {
            return self.fail(fault);
        }
        let found = self.named(token);
        let fault = Diagnostic::error(Code::UnexpectedToken, format!("expected {wanted}, found {found}"));
        let label = format!("expected {wanted}");
        let hint = match token.kind {
            TokenKind::Newline => {
                "put it on this line; only inside brackets may an expression go on over lines".to_owned()
            }
            TokenKind::End => "the text ends too early: write what is missing".to_owned(),
            TokenKind::Assign => "one `=` sets a name; use `==` to compare".to_owned(),
            _ if wanted == ITEM => "write `name = value` or `name { … }`".to_owned(),
            _ => format!("write {wanted} before this, or remove it"),
        };
        self.fail(fault.at(self.shown(token), label).hint(hint))
    }

    /// The marks that git leaves where two versions of a file differ.
    fn conflict(&self, token: Token) -> Option<Diagnostic> {
        let begins_line = token.start == 0 || self.text.as_bytes().get(token.start - 1) == Some(&b'\n');
        let rest = self.text.get(token.start..).filter(|_| begins_line)?;
        ["<<<<<<<", "=======", ">>>>>>>"].iter().find(|mark| rest.starts_with(**mark))?;
        let fault = Diagnostic::error(Code::MergeConflict, "merge conflict that is not resolved");
        let fault = fault.at(self.span(token.start, token.start + 7), "a mark of git");
        Some(fault.hint("keep one of the two sides, and remove the lines with the marks"))
    }

    /// A value belongs here.
    pub(super) fn no_value<T>(&mut self, token: Token) -> Parse<T> {
        if matches!(token.kind, TokenKind::End) && !self.opens.is_empty() {
            return self.not_closed("expression", "its end");
        }
        self.unexpected(token, "a value")
    }

    /// Something stands behind a complete value.
    pub(super) fn after_value<T>(&mut self, token: Token) -> Parse<T> {
        if let Some(fault) = self.strange(token) {
            return self.fail(fault);
        }
        let found = self.named(token);
        let fault = Diagnostic::error(Code::UnexpectedToken, format!("{found} after a complete item"));
        let (label, hint) = match token.kind {
            TokenKind::CloseBrace => {
                ("a line break belongs before this", "put the closing brace on a line of its own")
            }
            TokenKind::Comma => ("remove this comma", "the arguments of a body are ended by line breaks"),
            TokenKind::CloseParen | TokenKind::CloseBracket => {
                ("closes nothing", "remove it, or open it before")
            }
            TokenKind::Assign => ("a second `=`", "use `==` to compare; one line sets one name"),
            TokenKind::Colon => ("not part of the value", "a choice is written `condition ? value : other`"),
            TokenKind::Ident | TokenKind::Quote | TokenKind::Number | TokenKind::OpenBrace => (
                "a line break or an operator belongs before this",
                "text needs quotes; each item stands on its own line",
            ),
            _ => ("a line break belongs before this", "each item stands on its own line"),
        };
        self.fail(fault.at(self.shown(token), label).hint(hint))
    }

    /// What was opened last does not end where it should.
    pub(super) fn not_closed<T>(&mut self, what: &str, mark: &str) -> Parse<T> {
        let token = self.peek();
        if let Some(fault) = self.strange(token) {
            return self.fail(fault);
        }
        let Some(open) = self.opens.last().copied() else { return self.unexpected(token, mark) };
        let opened = self.span(open.start, open.end);
        if token.kind == TokenKind::End {
            return self.never_closed(what);
        }
        let separated = matches!(open.kind, OpenKind::Bracket) || what.starts_with("call");
        let wanted =
            if separated && what != "index" { format!("`,` or `{mark}`") } else { format!("`{mark}`") };
        let fault =
            Diagnostic::error(Code::UnexpectedToken, format!("{what} goes on with {}", self.named(token)));
        let hint = format!("write {wanted} before this, or remove it");
        let fault = fault.at(self.shown(token), format!("expected {wanted}"));
        self.fail(fault.label(opened, "opened here").hint(hint))
    }

    /// What was opened last never ends.
    pub(super) fn never_closed<T>(&mut self, what: &str) -> Parse<T> {
        let token = self.peek();
        if token.kind == TokenKind::End && self.ran_out {
            return Err(Failed);
        }
        let (start, end) = self.opens.last().map_or((token.start, token.end), |open| (open.start, open.end));
        let mark = match self.opens.last().map(|open| open.kind) {
            Some(OpenKind::Paren) => ")",
            Some(OpenKind::Bracket) => "]",
            _ => "}",
        };
        let fault = Diagnostic::error(Code::NeverClosed, format!("{what} is never closed"));
        let fault = fault.at(self.span(start, end), format!("`{mark}` is missing for this"));
        let fault = if token.kind == TokenKind::End {
            fault
        } else {
            fault.label(self.shown(token), "missed before this")
        };
        self.fail(fault.hint(format!("write `{mark}` where it ends")))
    }

    /// The span to underline: a line break or the end is shown as an empty place.
    pub(super) fn shown(&self, token: Token) -> crate::diag::Span {
        match token.kind {
            TokenKind::Newline | TokenKind::End => self.span(token.start, token.start),
            _ => self.span_of(token),
        }
    }

    fn named(&self, token: Token) -> String {
        match token.kind {
            TokenKind::Newline => "the end of the line".to_owned(),
            TokenKind::End => "the end of the text".to_owned(),
            TokenKind::Quote => "a string".to_owned(),
            TokenKind::Heredoc => "a heredoc".to_owned(),
            _ => format!("`{}`", self.text_of(token)),
        }
    }

    /// Characters that people bring from other languages.
    fn strange(&self, token: Token) -> Option<Diagnostic> {
        let text = self.text_of(token);
        let (summary, label, hint) = match (token.kind, text) {
            (TokenKind::OpenComment, _) => ("comment is never ended", "begins here", "end it with `*/`"),
            (TokenKind::Strange, "'") => ("single quotes", "not a quote", "strings take double quotes"),
            (TokenKind::Strange, "`") => {
                ("backquote", "not a quote", "strings take double quotes; long texts a heredoc")
            }
            (TokenKind::Strange, "“" | "”" | "„" | "‘" | "’" | "«" | "»") => {
                ("typographic quote", "not a quote", "strings take plain double quotes, as in \"text\"")
            }
            (TokenKind::Strange, ";") => ("semicolon", "not a separator", "items end with their line"),
            (TokenKind::Strange, "&") => ("`&` alone", "not an operator", "the logical operator is `&&`"),
            (TokenKind::Strange, "|") => ("`|` alone", "not an operator", "the logical operator is `||`"),
            (TokenKind::Strange, "^") => ("`^`", "not an operator", "use `pow(base, exponent)`"),
            (TokenKind::Strange, "\r") => ("carriage return alone", "here", "end lines with a line feed"),
            (TokenKind::Strange, _) => {
                ("character without a meaning here", "not expected", "remove it, or put it into a string")
            }
            _ => return None,
        };
        let code = match token.kind {
            TokenKind::OpenComment => Code::NeverClosed,
            _ => Code::ForeignCharacter,
        };
        Some(Diagnostic::error(code, summary).at(self.span_of(token), label).hint(hint))
    }
}
