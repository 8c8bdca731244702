//! What a template is made of before `if` and `for` have found their ends.

use crate::diag::Span;
use crate::hcl::ast::{Expr, Ident};
use std::borrow::Cow;

/// One part of a template, in the order of the text.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub piece: Piece<'a>,
    pub span: Span,
    /// `~` at its start: blanks before it are dropped.
    pub trim_before: bool,
    /// `~` at its end.
    pub trim_after: bool,
    pub height: usize,
}

#[derive(Debug)]
pub(super) enum Piece<'a> {
    Text(Cow<'a, str>),
    Value(Expr),
    If(Expr),
    Else,
    EndIf,
    For { key: Option<Ident>, value: Ident, collection: Expr },
    EndFor,
}

impl Part<'_> {
    pub(super) fn text(&self) -> Option<&str> {
        match &self.piece {
            Piece::Text(text) => Some(text),
            _ => None,
        }
    }
}
