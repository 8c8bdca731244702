//! Tuples, objects and `for` expressions.

use super::{
    Failed, Newlines, OpenKind, Parse, Parser,
    scan::{Token, TokenKind},
};
use crate::diag::{Code, Diagnostic};
use crate::hcl::ast::{Expr, ExprKind, ForExpr, Ident, ObjectItem, ObjectKey};

impl Parser<'_> {
    /// `[…]`
    pub(super) fn bracketed(&mut self) -> Parse<Expr> {
        let open = self.open(OpenKind::Bracket, Newlines::Skip);
        let kind = if self.at_for() { self.for_tuple()? } else { self.tuple()? };
        let close = self.close();
        let span = self.span(open.start, close.end);
        self.grow(self.height, span)?;
        Ok(Expr { kind, span })
    }

    /// The elements up to `]`, which is left.
    fn tuple(&mut self) -> Parse<ExprKind> {
        let mut items = Vec::new();
        let mut height = 0;
        while self.peek().kind != TokenKind::CloseBracket {
            if self.peek().kind == TokenKind::End {
                return self.not_closed("list", "]");
            }
            items.push(self.expression()?);
            height = height.max(self.height);
            match self.peek().kind {
                TokenKind::Comma => {
                    self.bump();
                }
                TokenKind::CloseBracket => {}
                _ => return self.not_closed("list", "]"),
            }
        }
        self.height = height;
        Ok(ExprKind::Tuple(items))
    }

    /// `{…}` as a value
    pub(super) fn braced(&mut self) -> Parse<Expr> {
        let open = self.open(OpenKind::Brace, Newlines::Skip);
        let kind = if self.at_for() {
            self.for_object()?
        } else {
            self.newlines = Newlines::Count;
            self.jump(open.end);
            self.object()?
        };
        let close = self.close();
        let span = self.span(open.start, close.end);
        self.grow(self.height, span)?;
        Ok(Expr { kind, span })
    }

    fn object(&mut self) -> Parse<ExprKind> {
        let mut items = Vec::new();
        let mut height = 0;
        let mut failed = false;
        loop {
            while self.take(TokenKind::Newline).is_some() {}
            match self.peek().kind {
                TokenKind::CloseBrace => break,
                TokenKind::End => return self.never_closed("object"),
                TokenKind::Ident if self.at_outer_block() => return self.never_closed("object"),
                _ => {}
            }
            let mark = self.mark();
            match self.object_item() {
                Ok(item) => {
                    items.push(item);
                    height = height.max(self.height);
                }
                Err(Failed) if self.recover_in_object(&mark) => failed = true,
                Err(Failed) => return Err(Failed),
            }
        }
        self.height = height;
        if failed { Err(Failed) } else { Ok(ExprKind::Object(items)) }
    }

    fn object_item(&mut self) -> Parse<ObjectItem> {
        let key = self.object_key()?;
        let token = self.peek();
        match token.kind {
            TokenKind::Assign | TokenKind::Colon => self.bump(),
            _ => return self.no_assign(token),
        };
        let below = self.height;
        let value = self.expression()?;
        self.height = self.height.max(below);
        let token = self.peek();
        match token.kind {
            TokenKind::Comma | TokenKind::Newline => {
                self.bump();
            }
            TokenKind::CloseBrace => {}
            TokenKind::End => return self.never_closed("object"),
            _ => return self.no_separator(token),
        }
        Ok(ObjectItem { key, value })
    }

    fn object_key(&mut self) -> Parse<ObjectKey> {
        let token = self.peek();
        self.height = 1;
        if token.kind == TokenKind::Ident {
            match self.peek_second().kind {
                TokenKind::Assign | TokenKind::Colon => {
                    self.bump();
                    return Ok(ObjectKey::Bare(self.ident(token)));
                }
                TokenKind::OpenBrace => return self.block_in_object(token),
                _ => {}
            }
        }
        self.expression().map(ObjectKey::Expr)
    }

    /// Whether a block begins here that cannot be meant to stand inside: its line starts where ours does.
    fn at_outer_block(&mut self) -> bool {
        let token = self.peek();
        let next = self.peek_second().kind;
        matches!(next, TokenKind::OpenBrace | TokenKind::Quote | TokenKind::Ident) && self.is_outdented(token)
    }

    fn block_in_object(&mut self, token: Token) -> Parse<ObjectKey> {
        let name = self.text_of(token);
        let fault = Diagnostic::error(Code::MalformedObject, "block inside an object");
        let brace = self.peek_second();
        self.fail(
            fault
                .at(self.span_of(brace), "`=` belongs before this")
                .hint(format!("an object holds `key = value` only: write `{name} = {{`")),
        )
    }

    fn no_assign<T>(&mut self, token: Token) -> Parse<T> {
        match token.kind {
            TokenKind::End => return self.never_closed("object"),
            TokenKind::Comma | TokenKind::CloseBrace | TokenKind::Newline => {
                let fault = Diagnostic::error(Code::MalformedObject, "object key without a value");
                let at = self.span(self.at.saturating_sub(1), self.at);
                return self.fail(
                    fault
                        .at(at, "`= value` belongs after this")
                        .hint("use brackets, `[…]`, if a list was meant"),
                );
            }
            _ => {}
        }
        self.unexpected(token, "`=` after the object key")
    }

    fn no_separator<T>(&mut self, token: Token) -> Parse<T> {
        match token.kind {
            TokenKind::Ident | TokenKind::Quote | TokenKind::Number => {
                let fault = Diagnostic::error(Code::MalformedObject, "two object items without a separator");
                self.fail(
                    fault
                        .at(self.span_of(token), "a comma or a line break belongs before this")
                        .hint("separate items on one line by commas"),
                )
            }
            _ => self.after_value(token),
        }
    }

    /// Whether a `for` expression starts here. No key of this name can stand first.
    fn at_for(&mut self) -> bool {
        let token = self.peek();
        token.kind == TokenKind::Ident && self.text_of(token) == "for"
    }

    fn for_tuple(&mut self) -> Parse<ExprKind> {
        let intro = self.for_intro()?;
        let body = self.expression()?;
        let height = self.height.max(intro.height);
        let token = self.peek();
        if token.kind == TokenKind::Arrow {
            let fault = Diagnostic::error(Code::MalformedFor, "`=>` in a `for` that makes a list");
            let fault = fault.at(self.span_of(token), "only a `for` in braces has keys");
            return self.fail(fault.hint("write `{ for … : key => value }` to make an object"));
        }
        if token.kind == TokenKind::Ellipsis {
            let fault = Diagnostic::error(Code::MalformedFor, "`...` in a `for` that makes a list");
            let fault = fault.at(self.span_of(token), "only a `for` in braces groups values");
            return self.fail(
                fault.hint("remove it, or write `{ for … : key => value... }` to group values by key"),
            );
        }
        let condition = self.for_condition()?;
        self.height = self.height.max(height);
        self.for_end(TokenKind::CloseBracket, "]")?;
        Ok(ExprKind::ForTuple(Box::new(intro.with(body, condition))))
    }

    fn for_object(&mut self) -> Parse<ExprKind> {
        let intro = self.for_intro()?;
        let key = self.expression()?;
        let mut height = self.height.max(intro.height);
        let token = self.peek();
        if self.take(TokenKind::Arrow).is_none() {
            let fault = Diagnostic::error(Code::MalformedFor, "`for` in braces without `=>`");
            let fault = fault.at(self.span_of(token), "`=>` and a value belong before this");
            return self.fail(fault.hint("write `{ for … : key => value }`, or use brackets to make a list"));
        }
        let body = self.expression()?;
        height = height.max(self.height);
        let group = self.take(TokenKind::Ellipsis).is_some();
        let condition = self.for_condition()?;
        self.height = self.height.max(height);
        self.for_end(TokenKind::CloseBrace, "}")?;
        Ok(ExprKind::ForObject { source: Box::new(intro.with(body, condition)), key: Box::new(key), group })
    }

    /// `for k, v in collection :`
    fn for_intro(&mut self) -> Parse<Intro> {
        let word = self.peek();
        self.bump();
        if matches!(self.peek().kind, TokenKind::Assign | TokenKind::Colon) {
            let fault =
                Diagnostic::error(Code::MalformedFor, "`for` begins an expression here, and is no key");
            let fault = fault.at(self.span_of(word), "");
            return self.fail(fault.hint("put it in quotes, or behind another key: `{ \"for\" = … }`"));
        }
        let (key, value) = self.for_names()?;
        self.word_in()?;
        let collection = self.expression()?;
        let height = self.height;
        if self.take(TokenKind::Colon).is_none() {
            let token = self.peek();
            return self.unexpected(token, "`:` after the collection of this `for`");
        }
        Ok(Intro { key, value, collection, height })
    }

    /// `v` or `k, v`
    pub(super) fn for_names(&mut self) -> Parse<(Option<Ident>, Ident)> {
        let first = self.for_name()?;
        if self.take(TokenKind::Comma).is_none() {
            return Ok((None, first));
        }
        Ok((Some(first), self.for_name()?))
    }

    fn for_name(&mut self) -> Parse<Ident> {
        let token = self.peek();
        if token.kind != TokenKind::Ident {
            return self.unexpected(token, "a name for the element of this `for`");
        }
        self.bump();
        Ok(self.ident(token))
    }

    pub(super) fn word_in(&mut self) -> Parse<()> {
        let token = self.peek();
        if token.kind == TokenKind::Ident && self.text_of(token) == "in" {
            self.bump();
            return Ok(());
        }
        self.unexpected(token, "`in` and a collection")
    }

    fn for_condition(&mut self) -> Parse<Option<Expr>> {
        let token = self.peek();
        self.height = 0;
        if token.kind != TokenKind::Ident || self.text_of(token) != "if" {
            return Ok(None);
        }
        self.bump();
        self.expression().map(Some)
    }

    fn for_end(&mut self, kind: TokenKind, mark: &str) -> Parse<()> {
        if self.peek().kind == kind { Ok(()) } else { self.not_closed("`for` expression", mark) }
    }
}

/// The head of a `for`, with its height.
struct Intro {
    key: Option<Ident>,
    value: Ident,
    collection: Expr,
    height: usize,
}

impl Intro {
    fn with(self, body: Expr, condition: Option<Expr>) -> ForExpr {
        ForExpr { key: self.key, value: self.value, collection: self.collection, body, condition }
    }
}
