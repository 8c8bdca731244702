//! The syntax tree. Every node knows its span, so every later fault can point at the smallest guilty piece.

use super::Number;
use crate::diag::Span;
use std::sync::Arc;

/// A name with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Ident {
    pub name: Arc<str>,
    pub span: Span,
}

/// What stands between braces, or in a whole file. Attribute names are unique; blocks keep their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    pub attributes: Vec<Attribute>,
    pub blocks: Vec<Block>,
    /// The inside of the braces, or the whole file.
    pub span: Span,
}

impl Body {
    /// The attribute of this name.
    #[must_use]
    pub fn find_attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| &*attribute.name.name == name)
    }

    /// The blocks of this kind, in order.
    pub fn blocks_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |block| &*block.kind.name == kind)
    }
}

/// `name = expr`
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    pub name: Ident,
    pub expr: Expr,
    pub span: Span,
}

/// `kind "label" { … }`; the span of `header` covers kind and labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    pub kind: Ident,
    pub labels: Vec<Ident>,
    pub body: Body,
    pub header: Span,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

impl Expr {
    /// The text of a string without interpolation.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::String(text) => Some(text),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    Null,
    Bool(bool),
    Number(Number),
    /// A quoted string or heredoc without interpolation: unescaped, NFC.
    String(Arc<str>),
    /// A quoted string or heredoc with interpolations or directives; always yields a string.
    Template(Vec<TemplatePart>),
    /// `"${expr}"` and nothing else: the value itself, whatever its type.
    Interpolation(Box<Expr>),
    Parens(Box<Expr>),
    Tuple(Vec<Expr>),
    Object(Vec<ObjectItem>),
    /// A root name: `local`, `dependency`, a `for` variable.
    Variable(Arc<str>),
    /// `base.name`
    Attr {
        base: Box<Expr>,
        name: Ident,
    },
    /// `base[key]`, and the legacy `base.0`
    Index {
        base: Box<Expr>,
        key: Box<Expr>,
    },
    /// `base[*].a[0]` (`Full`: all following steps apply to each element) or `base.*.a` (`AttrOnly`: only
    /// the attribute steps do).
    Splat {
        base: Box<Expr>,
        style: SplatStyle,
        steps: Vec<SplatStep>,
    },
    Unary {
        op: UnaryOp,
        operand: Box<Expr>,
    },
    Binary {
        op: BinaryOp,
        op_span: Span,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Conditional {
        condition: Box<Expr>,
        yes: Box<Expr>,
        no: Box<Expr>,
    },
    ForTuple(Box<ForExpr>),
    ForObject {
        source: Box<ForExpr>,
        key: Box<Expr>,
        /** `...` after the value */
        group: bool,
    },
    Call {
        name: Ident,
        args: Vec<Expr>,
        /** `...` after the last argument */
        expand: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplatStyle {
    Full,
    AttrOnly,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SplatStep {
    Attr(Ident),
    Index(Expr),
    /// A splat behind a `[*]`: it applies to each element of the outer one. The span starts at its own `[` or `.`.
    Splat {
        style: SplatStyle,
        steps: Vec<SplatStep>,
        span: Span,
    },
}

/// `for key, value in collection : body if condition`; in an object `for`, `body` is the value.
#[derive(Clone, Debug, PartialEq)]
pub struct ForExpr {
    pub key: Option<Ident>,
    pub value: Ident,
    pub collection: Expr,
    pub body: Expr,
    pub condition: Option<Expr>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ObjectItem {
    pub key: ObjectKey,
    pub value: Expr,
}

/// A bare word before `=` or `:` is a literal key; anything else is an expression, `(word)` included.
#[derive(Clone, Debug, PartialEq)]
pub enum ObjectKey {
    Bare(Ident),
    Expr(Expr),
}

#[derive(Clone, Debug, PartialEq)]
pub enum TemplatePart {
    /// Literal text: unescaped, strip markers and heredoc indentation already applied.
    Text(Arc<str>),
    Interpolation(Expr),
    /// `%{ if }`
    If {
        condition: Expr,
        yes: Vec<TemplatePart>,
        no: Vec<TemplatePart>,
    },
    /// `%{ for }`
    For {
        key: Option<Ident>,
        value: Ident,
        collection: Expr,
        body: Vec<TemplatePart>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    Not,
    Negate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}
