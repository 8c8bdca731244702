//! Flat template parts to a tree: `~` strips, directives nest, neighbouring texts join.

use super::{
    Parse, Parser,
    template_part::{Part, Piece},
};
use crate::diag::{Code, Diagnostic, Span};
use crate::hcl::ast::{Expr, ExprKind, TemplatePart};
use std::borrow::Cow;

/// How a run of parts ended.
enum Ending {
    All,
    Else(Span),
    EndIf(Span),
    EndFor(Span),
}

impl<'a> Parser<'a> {
    /// A template that fills the text from `start` on.
    pub(super) fn raw_template(&mut self, start: usize) -> Parse<Expr> {
        self.jump(start);
        let mut parts = Vec::new();
        while self.at < self.text.len() {
            self.raw_piece(&mut parts)?;
        }
        let span = self.span(start, self.text.len());
        if let [Part { piece: Piece::Value(_), .. }] = parts.as_slice() {
            return self.unwrapped(parts, span);
        }
        strip(&mut parts);
        self.template_of(parts, span)
    }

    /// The tree of parts that are stripped already.
    pub(super) fn template_of(&mut self, parts: Vec<Part<'a>>, span: Span) -> Parse<Expr> {
        let mut parts = parts.into_iter().peekable();
        let mut height = 0;
        let (tree, ending) = self.run(&mut parts, &mut height)?;
        let (word, opener, at) = match ending {
            Ending::All => {
                self.grow(height, span)?;
                return Ok(Expr { kind: kind_of(tree), span });
            }
            Ending::Else(at) => ("else", "if", at),
            Ending::EndIf(at) => ("endif", "if", at),
            Ending::EndFor(at) => ("endfor", "for", at),
        };
        self.unopened(word, opener, at)
    }

    fn unopened<T>(&mut self, word: &str, opener: &str, at: Span) -> Parse<T> {
        let fault =
            Diagnostic::error(Code::MalformedTemplate, format!("`{word}` without an open `{opener}`"));
        self.fail(
            fault
                .at(at, "nothing to continue or end")
                .hint(format!("open it with `%{{ {opener} … }}` before")),
        )
    }

    /// Parts up to the end or to a directive that belongs to the caller.
    fn run(&mut self, parts: &mut Flat<'a>, height: &mut usize) -> Parse<(Vec<TemplatePart>, Ending)> {
        self.descend()?;
        let mut tree = Vec::new();
        let mut text: Cow<'a, str> = Cow::Borrowed("");
        let ending = loop {
            let Some(part) = parts.next() else { break Ending::All };
            *height = (*height).max(part.height + self.depth);
            if let Piece::Text(more) = part.piece {
                if text.is_empty() {
                    text = more;
                } else {
                    text.to_mut().push_str(&more);
                }
                continue;
            }
            flush(&mut text, &mut tree);
            match part.piece {
                Piece::Text(_) => {}
                Piece::Value(expr) => tree.push(TemplatePart::Interpolation(expr)),
                Piece::If(condition) => tree.push(self.branch(condition, part.span, (parts, height))?),
                Piece::For { key, value, collection } => {
                    let body = self.loop_body(part.span, (parts, height))?;
                    tree.push(TemplatePart::For { key, value, collection, body });
                }
                Piece::Else => break Ending::Else(part.span),
                Piece::EndIf => break Ending::EndIf(part.span),
                Piece::EndFor => break Ending::EndFor(part.span),
            }
        };
        flush(&mut text, &mut tree);
        self.depth -= 1;
        Ok((tree, ending))
    }

    fn branch(&mut self, condition: Expr, at: Span, rest: Rest<'_, 'a>) -> Parse<TemplatePart> {
        let (parts, height) = rest;
        let (yes, ending) = self.run(parts, height)?;
        let (no, ending) = match ending {
            Ending::Else(_) => self.run(parts, height)?,
            other => (Vec::new(), other),
        };
        match ending {
            Ending::EndIf(_) => Ok(TemplatePart::If { condition, yes, no }),
            Ending::All => self.unended("if", "endif", at),
            Ending::Else(wrong) => self.crossed(("second `else`", wrong), ("if", "endif", at)),
            Ending::EndFor(wrong) => self.crossed(("`endfor`", wrong), ("if", "endif", at)),
        }
    }

    fn loop_body(&mut self, at: Span, rest: Rest<'_, 'a>) -> Parse<Vec<TemplatePart>> {
        let (parts, height) = rest;
        let (body, ending) = self.run(parts, height)?;
        match ending {
            Ending::EndFor(_) => Ok(body),
            Ending::All => self.unended("for", "endfor", at),
            Ending::Else(wrong) => self.crossed(("`else`", wrong), ("for", "endfor", at)),
            Ending::EndIf(wrong) => self.crossed(("`endif`", wrong), ("for", "endfor", at)),
        }
    }

    fn unended<T>(&mut self, word: &str, end: &str, at: Span) -> Parse<T> {
        let fault = Diagnostic::error(Code::NeverClosed, format!("template `{word}` is never ended"));
        self.fail(fault.at(at, "begins here").hint(format!("end it with `%{{ {end} }}`")))
    }

    fn crossed<T>(&mut self, wrong: (&str, Span), open: (&str, &str, Span)) -> Parse<T> {
        let fault =
            Diagnostic::error(Code::MalformedTemplate, format!("{} inside a template `{}`", wrong.0, open.0));
        let fault = fault.at(wrong.1, format!("`%{{ {} }}` belongs before this", open.1));
        let hint = format!(
            "end what was begun last first: directives nest, the `%{{ {} }}` is still missing",
            open.1
        );
        self.fail(fault.label(open.2, "begins here").hint(hint))
    }
}

type Flat<'a> = std::iter::Peekable<std::vec::IntoIter<Part<'a>>>;
type Rest<'r, 'a> = (&'r mut Flat<'a>, &'r mut usize);

fn flush(text: &mut Cow<'_, str>, tree: &mut Vec<TemplatePart>) {
    if !text.is_empty() {
        tree.push(TemplatePart::Text((&**text).into()));
        *text = Cow::Borrowed("");
    }
}

/// A template of text alone is a string.
fn kind_of(mut tree: Vec<TemplatePart>) -> ExprKind {
    match (tree.len(), tree.pop()) {
        (_, None) => ExprKind::String("".into()),
        (1, Some(TemplatePart::Text(text))) => ExprKind::String(text),
        (_, Some(last)) => {
            tree.push(last);
            ExprKind::Template(tree)
        }
    }
}

/// Drops the blanks that `~` marks ask to drop.
pub(super) fn strip(parts: &mut [Part<'_>]) {
    for at in 0..parts.len() {
        let before =
            at.checked_sub(1).and_then(|before| parts.get(before)).is_some_and(|part| part.trim_after);
        let after = parts.get(at + 1).is_some_and(|part| part.trim_before);
        let Some(Part { piece: Piece::Text(text), .. }) = parts.get_mut(at) else { continue };
        if before {
            *text = Cow::Owned(text.trim_start().to_owned());
        }
        if after {
            *text = Cow::Owned(text.trim_end().to_owned());
        }
    }
}
