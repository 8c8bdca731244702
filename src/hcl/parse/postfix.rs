//! What may stand behind a value: `.name`, `.0`, `[key]`, `[*]`, `.*`.

use super::{
    Newlines, OpenKind, Parse, Parser,
    scan::{Token, TokenKind},
};
use crate::diag::{Code, Diagnostic, Span};
use crate::hcl::ast::{Expr, ExprKind, Ident, SplatStep, SplatStyle};

/// One step, before it is known whether it belongs to a splat.
enum Step {
    Attr(Ident),
    Index(Expr, Span),
    Splat(SplatStyle, Vec<SplatStep>, Span),
}

impl Parser<'_> {
    pub(super) fn steps(&mut self, mut base: Expr) -> Parse<Expr> {
        loop {
            let height = self.height;
            let step = match self.peek().kind {
                TokenKind::Dot => self.dotted()?,
                TokenKind::OpenBracket => self.indexed()?,
                _ => return Ok(base),
            };
            let below = height.max(self.height);
            base = around(base, step);
            self.grow(below, base.span)?;
        }
    }

    /// The step behind a dot.
    fn dotted(&mut self) -> Parse<Step> {
        let dot = self.bump();
        let token = self.peek();
        self.height = 1;
        match token.kind {
            TokenKind::Ident => {
                self.bump();
                Ok(Step::Attr(self.ident(token)))
            }
            TokenKind::Number => self.legacy(token),
            TokenKind::Star => {
                self.bump();
                let steps = self.attribute_steps()?;
                Ok(Step::Splat(SplatStyle::AttrOnly, steps, self.span(dot.start, self.at)))
            }
            TokenKind::OpenBracket => {
                let fault = Diagnostic::error(Code::UnexpectedToken, "`.` before `[`");
                self.fail(
                    fault
                        .at(self.span_of(dot), "remove this dot")
                        .hint("an index follows its list directly, as in `list[0]`"),
                )
            }
            _ => {
                let fault = Diagnostic::error(Code::UnexpectedToken, "`.` without a name behind it");
                self.fail(
                    fault
                        .at(self.span_of(dot), "an attribute name belongs after this")
                        .hint("name the attribute, as in `local.name`, or remove the dot"),
                )
            }
        }
    }

    fn legacy(&mut self, token: Token) -> Parse<Step> {
        self.bump();
        let text = self.text_of(token);
        if !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            let fault = Diagnostic::error(Code::UnexpectedToken, "not an index");
            return self
                .fail(fault.at(self.span_of(token), "only digits may follow the dot").hint("write `[…]`"));
        }
        if let Some((first, second)) = text.split_once('.') {
            let fault = Diagnostic::error(Code::UnexpectedToken, "two indexes in a row, each behind a dot");
            return self.fail(
                fault
                    .at(self.span_of(token), "would be read as one number")
                    .hint(format!("write `[{first}][{second}]`")),
            );
        }
        let (kind, span) = (self.number(token)?, self.span_of(token));
        Ok(Step::Index(Expr { kind, span }, span))
    }

    /// What follows `.*`: names and legacy indexes only.
    fn attribute_steps(&mut self) -> Parse<Vec<SplatStep>> {
        let mut steps = Vec::new();
        while self.peek().kind == TokenKind::Dot {
            if self.peek_second().kind == TokenKind::Star {
                let token = self.peek_second();
                let fault = Diagnostic::error(Code::UnexpectedToken, "`.*` behind another `.*`");
                let fault = fault.at(self.span_of(token), "cannot be nested");
                return self.fail(fault.hint("write `[*]` for both"));
            }
            steps.push(splat_step(self.dotted()?));
        }
        Ok(steps)
    }

    /// `[key]`, or `[*]` and all that follows it.
    fn indexed(&mut self) -> Parse<Step> {
        let open = self.open(OpenKind::Bracket, Newlines::Skip);
        self.height = 1;
        if self.peek().kind == TokenKind::Star && self.peek_second().kind == TokenKind::CloseBracket {
            self.bump();
            self.close();
            let steps = self.full_steps()?;
            return Ok(Step::Splat(SplatStyle::Full, steps, self.span(open.start, self.at)));
        }
        let key = self.expression()?;
        if self.peek().kind != TokenKind::CloseBracket {
            return self.not_closed("index", "]");
        }
        let close = self.close();
        Ok(Step::Index(key, self.span(open.start, close.end)))
    }

    /// What follows `[*]`: every step, further splats included, applies to each element.
    fn full_steps(&mut self) -> Parse<Vec<SplatStep>> {
        self.descend()?;
        let mut steps = Vec::new();
        let mut height = 1;
        loop {
            let step = match self.peek().kind {
                TokenKind::Dot => self.dotted()?,
                TokenKind::OpenBracket => self.indexed()?,
                _ => break,
            };
            height = height.max(self.height);
            steps.push(splat_step(step));
        }
        self.depth -= 1;
        self.height = height + 1;
        Ok(steps)
    }
}

fn splat_step(step: Step) -> SplatStep {
    match step {
        Step::Attr(name) => SplatStep::Attr(name),
        Step::Index(key, _) => SplatStep::Index(key),
        Step::Splat(style, steps, span) => SplatStep::Splat { style, steps, span },
    }
}

fn around(base: Expr, step: Step) -> Expr {
    let from = base.span;
    let base = Box::new(base);
    let (kind, span) = match step {
        Step::Attr(name) => {
            let span = name.span;
            (ExprKind::Attr { base, name }, span)
        }
        Step::Index(key, span) => (ExprKind::Index { base, key: Box::new(key) }, span),
        Step::Splat(style, steps, span) => (ExprKind::Splat { base, style, steps }, span),
    };
    Expr { kind, span: from.to(span) }
}
