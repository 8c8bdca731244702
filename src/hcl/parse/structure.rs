//! Bodies, attributes and blocks.

use super::{
    Newlines, OpenKind, Parse, Parser,
    scan::{Token, TokenKind, scan},
};
use crate::diag::{Code, Diagnostic};
use crate::hcl::ast::{Attribute, Block, Body, Ident};
use std::collections::HashMap;

/// Beyond this many attributes, repeats are looked up in a table.
const FEW: usize = 24;

enum Item {
    Attribute(Attribute),
    Block(Block),
}

impl Parser<'_> {
    pub(super) fn file_body(&mut self) -> Body {
        let start = self.at;
        let mut body = self.empty_body(start);
        loop {
            self.items(&mut body);
            match self.peek().kind {
                TokenKind::CloseBrace => self.stray_brace(),
                _ => break,
            }
        }
        body.span = self.span(0, self.text.len());
        self.check_repeats(&mut body);
        body
    }

    fn empty_body(&self, start: usize) -> Body {
        Body { attributes: Vec::new(), blocks: Vec::new(), span: self.span(start, start) }
    }

    fn stray_brace(&mut self) {
        let token = self.bump();
        let fault = Diagnostic::error(Code::StrayClosing, "closing brace without an opening one");
        self.faults
            .push(fault.at(self.span_of(token), "closes nothing").hint("remove it, or open its block above"));
    }

    /// Items up to a closing brace or the end of the text, neither of them taken.
    fn items(&mut self, body: &mut Body) {
        loop {
            match self.peek().kind {
                TokenKind::Newline => {
                    self.bump();
                }
                TokenKind::End | TokenKind::CloseBrace => return,
                _ => self.item_or_recover(body),
            }
        }
    }

    fn item_or_recover(&mut self, body: &mut Body) {
        let mark = self.mark();
        let item = self.item().and_then(|item| {
            push(body, item);
            self.end_of_item()
        });
        if item.is_err() {
            self.recover(&mark);
        }
    }

    fn item(&mut self) -> Parse<Item> {
        let name = self.item_name()?;
        match self.peek().kind {
            TokenKind::Assign => self.attribute(name).map(Item::Attribute),
            TokenKind::OpenBrace | TokenKind::Quote | TokenKind::Ident => self.block(name).map(Item::Block),
            _ => self.neither(&name),
        }
    }

    fn item_name(&mut self) -> Parse<Ident> {
        let token = self.peek();
        match token.kind {
            TokenKind::Ident => {
                self.bump();
                Ok(self.ident(token))
            }
            TokenKind::Quote => self.quoted_name(token),
            _ => self.unexpected(token, super::fault::ITEM),
        }
    }

    pub(super) fn ident(&self, token: Token) -> Ident {
        Ident { name: self.text_of(token).into(), span: self.span_of(token) }
    }

    fn quoted_name<T>(&mut self, token: Token) -> Parse<T> {
        let name = self.plain_string("argument names")?;
        let fault = Diagnostic::error(Code::MalformedArgument, "argument name is in quotes");
        let fault = fault.at(self.span(token.start, self.at), "remove the quotes");
        self.fail(fault.hint(format!("write `{} = …`; only the keys of objects may be quoted", name.name)))
    }

    /// Reports a name that starts neither an attribute nor a block.
    fn neither(&mut self, name: &Ident) -> Parse<Item> {
        let token = self.peek();
        let word = &name.name;
        match token.kind {
            TokenKind::Colon => {
                let fault = Diagnostic::error(Code::MalformedArgument, "`:` between a name and its value");
                self.fail(
                    fault.at(self.span_of(token), "`=` belongs here").hint(format!("write `{word} = …`")),
                )
            }
            TokenKind::Equal => {
                let fault = Diagnostic::error(Code::MalformedArgument, "`==` between a name and its value");
                self.fail(
                    fault
                        .at(self.span_of(token), "a single `=` belongs here")
                        .hint(format!("write `{word} = …`; `==` compares two values")),
                )
            }
            TokenKind::Newline if self.brace_on_next_line() => self.no_brace(name, &[]),
            TokenKind::Newline | TokenKind::End | TokenKind::CloseBrace => {
                let fault = Diagnostic::error(
                    Code::MalformedArgument,
                    format!("`{word}` is neither an argument nor a block"),
                );
                self.fail(
                    fault
                        .at(name.span, "a name alone")
                        .hint(format!("write `{word} = …` to set it, or `{word} {{ … }}` to open a block")),
                )
            }
            TokenKind::Dot | TokenKind::OpenBracket => {
                let fault = Diagnostic::error(Code::MalformedArgument, "argument name is more than one word");
                self.fail(
                    fault
                        .at(self.span_of(token), "a plain name must be followed by `=`")
                        .hint("set the whole object, as in `name = { key = value }`"),
                )
            }
            _ if is_value_start(token.kind) => {
                let fault =
                    Diagnostic::error(Code::MalformedArgument, format!("`=` is missing after `{word}`"));
                self.fail(
                    fault
                        .at(self.span_of(token), "the value starts here")
                        .hint(format!("write `{word} = …`")),
                )
            }
            _ => self.unexpected(token, &format!("`=` or `{{` after `{word}`")),
        }
    }

    fn attribute(&mut self, name: Ident) -> Parse<Attribute> {
        self.bump();
        if matches!(self.peek().kind, TokenKind::Newline | TokenKind::End | TokenKind::CloseBrace) {
            let fault = Diagnostic::error(Code::MissingValue, format!("`{}` has no value", name.name));
            let after = self.span(self.at - 1, self.at);
            let hint = "write a value, or `null` to leave it unset; a value that begins on the next line needs parentheses";
            return self.fail(fault.at(after, "a value belongs after this, on the same line").hint(hint));
        }
        let expr = self.expression()?;
        let span = name.span.to(expr.span);
        Ok(Attribute { name, expr, span })
    }

    fn block(&mut self, kind: Ident) -> Parse<Block> {
        let labels = self.labels(&kind)?;
        let header = labels.last().map_or(kind.span, |last| kind.span.to(last.span));
        self.descend()?;
        let open = self.open(OpenKind::Brace, Newlines::Count);
        let mut body = self.empty_body(open.end);
        match self.peek().kind {
            TokenKind::Newline | TokenKind::CloseBrace => self.items(&mut body),
            _ => self.one_line(&mut body)?,
        }
        if self.peek().kind != TokenKind::CloseBrace {
            return self.never_closed(&format!("block `{}`", kind.name));
        }
        let brace = self.close();
        self.depth -= 1;
        body.span = self.span(open.end, brace.start);
        self.check_repeats(&mut body);
        let span = kind.span.to(self.span_of(brace));
        Ok(Block { kind, labels, body, header, span })
    }

    fn labels(&mut self, kind: &Ident) -> Parse<Vec<Ident>> {
        let mut labels = Vec::new();
        loop {
            let token = self.peek();
            match token.kind {
                TokenKind::OpenBrace => return Ok(labels),
                TokenKind::Quote => labels.push(self.plain_string("block labels")?),
                TokenKind::Ident => {
                    self.bump();
                    labels.push(self.ident(token));
                }
                TokenKind::Assign if labels.is_empty() => return self.unexpected(token, "a value"),
                TokenKind::Assign => {
                    let fault =
                        Diagnostic::error(Code::MalformedBlock, "a name and labels are followed by `=`");
                    return self.fail(fault.at(self.span_of(token), "a block takes no `=`").hint(format!(
                        "write `{} … {{` for a block, or one name before `=` for an argument",
                        kind.name
                    )));
                }
                TokenKind::Newline | TokenKind::End => {
                    self.brace_on_next_line();
                    return self.no_brace(kind, &labels);
                }
                _ => return self.unexpected(token, "a label or `{`"),
            }
        }
    }

    /// Whether the next token in the lines below is `{`; if so, goes there, so that the block is skipped as one.
    fn brace_on_next_line(&mut self) -> bool {
        let mut at = self.peek();
        while at.kind == TokenKind::Newline {
            at = scan(self.text, at.end);
        }
        if at.kind == TokenKind::OpenBrace {
            self.jump(at.start);
        }
        at.kind == TokenKind::OpenBrace
    }

    fn no_brace<T>(&mut self, kind: &Ident, labels: &[Ident]) -> Parse<T> {
        let last = labels.last().map_or(kind.span, |label| label.span);
        let fault =
            Diagnostic::error(Code::MalformedBlock, format!("block `{}` has no opening brace", kind.name));
        let hint = match labels {
            [_] => format!("put `{{` on this line, or write `{} = …` if a value was meant", kind.name),
            _ => "put `{` on the line of the block's name".to_owned(),
        };
        self.fail(fault.at(last, "`{` belongs after this, on the same line").hint(hint))
    }

    /// `{ name = value }` on one line.
    fn one_line(&mut self, body: &mut Body) -> Parse<()> {
        let item = self.item()?;
        if let Item::Block(inner) = &item {
            let fault = Diagnostic::error(Code::MalformedBlock, "block inside a block of one line");
            let hint = "a block of one line holds one argument; give the inner block lines of its own";
            self.faults.push(fault.at(inner.header, "needs its own lines").hint(hint));
        }
        push(body, item);
        let token = self.peek();
        match token.kind {
            TokenKind::CloseBrace => Ok(()),
            TokenKind::Comma => {
                let fault = Diagnostic::error(Code::MalformedBlock, "comma between the arguments of a block");
                self.fail(
                    fault
                        .at(self.span_of(token), "not allowed here")
                        .hint("write each argument on its own line"),
                )
            }
            TokenKind::Ident => {
                let fault =
                    Diagnostic::error(Code::MalformedBlock, "several arguments in a block of one line");
                self.fail(
                    fault
                        .at(self.span_of(token), "the second starts here")
                        .hint("write each argument on its own line"),
                )
            }
            TokenKind::Newline => {
                let fault =
                    Diagnostic::error(Code::MalformedBlock, "block of one line does not end on its line");
                let open = self.opens.last().map_or(token.start, |open| open.start);
                self.fail(
                    fault
                        .at(self.span(token.start, token.start), "`}` belongs here")
                        .label(self.span(open, open + 1), "opened here")
                        .hint("close it, or break the line after `{`"),
                )
            }
            _ => self.after_value(token),
        }
    }

    /// A line break, the end, or the brace that closes the block around.
    fn end_of_item(&mut self) -> Parse<()> {
        let token = self.peek();
        match token.kind {
            TokenKind::Newline => {
                self.bump();
                Ok(())
            }
            TokenKind::End => Ok(()),
            TokenKind::CloseBrace if self.opens.is_empty() => Ok(()),
            _ => self.after_value(token),
        }
    }

    fn check_repeats(&mut self, body: &mut Body) {
        let mut again: Vec<(usize, usize)> = Vec::new();
        if body.attributes.len() <= FEW {
            for (at, attribute) in body.attributes.iter().enumerate() {
                let earlier = body.attributes.iter().take(at);
                if let Some(first) = earlier.clone().position(|other| other.name.name == attribute.name.name)
                {
                    again.push((first, at));
                }
            }
        } else {
            let mut seen = HashMap::new();
            for (at, attribute) in body.attributes.iter().enumerate() {
                let first = *seen.entry(attribute.name.name.clone()).or_insert(at);
                if first != at {
                    again.push((first, at));
                }
            }
        }
        for (first, second) in again.iter().rev() {
            let name = body.attributes.remove(*second).name;
            let Some(before) = body.attributes.get(*first) else { continue };
            let fault = Diagnostic::error(Code::DuplicateArgument, format!("`{}` is set twice", name.name));
            self.faults.push(
                fault
                    .at(name.span, "set again here")
                    .label(before.name.span, "first set here")
                    .hint("keep one of the two; an argument has one value in a body"),
            );
        }
    }
}

fn push(body: &mut Body, item: Item) {
    match item {
        Item::Attribute(attribute) => body.attributes.push(attribute),
        Item::Block(block) => body.blocks.push(block),
    }
}

fn is_value_start(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Number | TokenKind::OpenParen | TokenKind::Minus | TokenKind::Bang | TokenKind::Heredoc
    )
}
