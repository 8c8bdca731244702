//! Operators and terms.

use super::{
    LEVELS_A_STACK, Newlines, OpenKind, Parse, Parser,
    scan::{Token, TokenKind},
};
use crate::diag::{Code, Diagnostic, Span};
use crate::hcl::ast::{BinaryOp, Expr, ExprKind, Ident, UnaryOp};

impl Parser<'_> {
    /// An expression and nothing else up to the end of the text.
    pub(super) fn lone_expression(&mut self) -> Parse<Expr> {
        while self.take(TokenKind::Newline).is_some() {}
        let expr = self.expression()?;
        while self.take(TokenKind::Newline).is_some() {}
        let token = self.peek();
        if token.kind == TokenKind::End { Ok(expr) } else { self.after_value(token) }
    }

    pub(super) fn expression(&mut self) -> Parse<Expr> {
        self.descend()?;
        let expr = if self.depth - self.stack_base >= LEVELS_A_STACK {
            self.on_new_stack(Self::operation)?
        } else {
            self.operation()?
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn operation(&mut self) -> Parse<Expr> {
        let expr = self.binary(0)?;
        if self.peek().kind == TokenKind::Question { self.conditional(expr) } else { Ok(expr) }
    }

    fn conditional(&mut self, condition: Expr) -> Parse<Expr> {
        let mut height = self.height;
        let mark = self.bump();
        let yes = self.expression()?;
        height = height.max(self.height);
        if self.take(TokenKind::Colon).is_none() {
            let token = self.peek();
            let fault = Diagnostic::error(Code::MalformedChoice, "`?` without its `:`");
            let fault = fault.at(self.shown(token), "`:` and a value belong before this");
            return self.fail(
                fault
                    .label(self.span_of(mark), "the choice begins here")
                    .hint("write `condition ? value : other`; outside brackets it must stand on one line"),
            );
        }
        let no = self.expression()?;
        let span = condition.span.to(no.span);
        self.grow(height.max(self.height), span)?;
        let kind =
            ExprKind::Conditional { condition: Box::new(condition), yes: Box::new(yes), no: Box::new(no) };
        Ok(Expr { kind, span })
    }

    /// Operators that bind at least as strongly as `level`; each level is left-associative.
    fn binary(&mut self, level: u8) -> Parse<Expr> {
        let mut left = self.term()?;
        let mut height = self.height;
        loop {
            let token = self.peek();
            let Some((op, strength)) = operator(token.kind) else { break };
            if strength < level {
                break;
            }
            self.bump();
            let right = self.binary(strength + 1)?;
            let span = left.span.to(right.span);
            self.grow(height.max(self.height), span)?;
            height = self.height;
            let op_span = self.span_of(token);
            let kind = ExprKind::Binary { op, op_span, left: Box::new(left), right: Box::new(right) };
            left = Expr { kind, span };
        }
        self.height = height;
        Ok(left)
    }

    /// A unary operator with its operand, or a value with the steps behind it.
    fn term(&mut self) -> Parse<Expr> {
        let token = self.peek();
        let op = match token.kind {
            TokenKind::Minus => UnaryOp::Negate,
            TokenKind::Bang => UnaryOp::Not,
            _ => {
                let value = self.value(token)?;
                return self.steps(value);
            }
        };
        self.descend()?;
        self.bump();
        let operand = self.term()?;
        self.depth -= 1;
        let span = self.span_of(token).to(operand.span);
        self.grow(self.height, span)?;
        Ok(Expr { kind: ExprKind::Unary { op, operand: Box::new(operand) }, span })
    }

    fn value(&mut self, token: Token) -> Parse<Expr> {
        self.height = 1;
        match token.kind {
            TokenKind::Quote => self.quoted(),
            TokenKind::Ident => self.word(),
            TokenKind::Number => {
                self.bump();
                let kind = self.number(token)?;
                Ok(Expr { kind, span: self.span_of(token) })
            }
            TokenKind::OpenBracket => self.bracketed(),
            TokenKind::OpenBrace => self.braced(),
            TokenKind::OpenParen => self.parens(),
            TokenKind::Heredoc => self.heredoc(),
            _ => self.no_value(token),
        }
    }

    fn word(&mut self) -> Parse<Expr> {
        let token = self.bump();
        if matches!(self.peek().kind, TokenKind::OpenParen | TokenKind::DoubleColon) {
            return self.call(token);
        }
        let kind = match self.text_of(token) {
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            "null" => ExprKind::Null,
            name => ExprKind::Variable(name.into()),
        };
        Ok(Expr { kind, span: self.span_of(token) })
    }

    fn parens(&mut self) -> Parse<Expr> {
        let open = self.open(OpenKind::Paren, Newlines::Skip);
        let inner = self.expression()?;
        let token = self.peek();
        if token.kind != TokenKind::CloseParen {
            return self.not_closed("parenthesis", ")");
        }
        self.close();
        let span = self.span(open.start, token.end);
        self.grow(self.height, span)?;
        Ok(Expr { kind: ExprKind::Parens(Box::new(inner)), span })
    }

    /// `name(…)`, `space::name(…)`
    fn call(&mut self, first: Token) -> Parse<Expr> {
        let name = self.function_name(first)?;
        if self.peek().kind != TokenKind::OpenParen {
            let token = self.peek();
            return self.unexpected(token, &format!("`(` after the function name `{}`", name.name));
        }
        self.open(OpenKind::Paren, Newlines::Skip);
        let mut args = Vec::new();
        let mut height = 0;
        let mut expand = false;
        while self.peek().kind != TokenKind::CloseParen {
            args.push(self.expression()?);
            height = height.max(self.height);
            let token = self.peek();
            match token.kind {
                TokenKind::Comma => {
                    self.bump();
                }
                TokenKind::Ellipsis => {
                    self.bump();
                    expand = true;
                    self.nothing_after_expansion(token)?;
                }
                TokenKind::CloseParen => {}
                _ => return self.not_closed(&format!("call of `{}`", name.name), ")"),
            }
        }
        let close = self.close();
        let span = name.span.to(self.span_of(close));
        self.grow(height, span)?;
        Ok(Expr { kind: ExprKind::Call { name, args, expand }, span })
    }

    fn nothing_after_expansion(&mut self, ellipsis: Token) -> Parse<()> {
        let token = self.peek();
        if token.kind == TokenKind::CloseParen {
            return Ok(());
        }
        let fault = Diagnostic::error(Code::UnexpectedToken, "something follows an expanded argument");
        self.fail(
            fault
                .at(self.span_of(token), "`)` belongs here")
                .label(self.span_of(ellipsis), "this expands the last argument")
                .hint("`...` may only end the last argument, without a comma after it"),
        )
    }

    fn function_name(&mut self, first: Token) -> Parse<Ident> {
        let mut name = std::borrow::Cow::Borrowed(self.text_of(first));
        let mut end = first.end;
        while self.take(TokenKind::DoubleColon).is_some() {
            let token = self.peek();
            if token.kind != TokenKind::Ident {
                return self.unexpected(token, "a function name after `::`");
            }
            self.bump();
            let part = self.text_of(token);
            name.to_mut().push_str("::");
            name.to_mut().push_str(part);
            end = token.end;
        }
        let span: Span = self.span(first.start, end);
        Ok(Ident { name: (&*name).into(), span })
    }
}

fn operator(kind: TokenKind) -> Option<(BinaryOp, u8)> {
    Some(match kind {
        TokenKind::Or => (BinaryOp::Or, 1),
        TokenKind::And => (BinaryOp::And, 2),
        TokenKind::Equal => (BinaryOp::Equal, 3),
        TokenKind::NotEqual => (BinaryOp::NotEqual, 3),
        TokenKind::Less => (BinaryOp::Less, 4),
        TokenKind::LessEqual => (BinaryOp::LessEqual, 4),
        TokenKind::Greater => (BinaryOp::Greater, 4),
        TokenKind::GreaterEqual => (BinaryOp::GreaterEqual, 4),
        TokenKind::Plus => (BinaryOp::Add, 5),
        TokenKind::Minus => (BinaryOp::Subtract, 5),
        TokenKind::Star => (BinaryOp::Multiply, 6),
        TokenKind::Slash => (BinaryOp::Divide, 6),
        TokenKind::Percent => (BinaryOp::Modulo, 6),
        _ => return None,
    })
}
