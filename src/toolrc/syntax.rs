//! The text of such a file as a tree. The tools read it by a grammar older than today's: objects with or without `=`,
//! several on a line, names in quotes or not, `${…}` left as it is; and JSON, where the text begins with a brace. Reading ends
//! at the first fault, as a file with one is passed over whole.

mod lex;

use crate::diag::{Code, Diagnostic, FileId, Span};
use lex::{Lexer, Token, TokenKind};

/// How the text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Hcl,
    Json,
}

/// A name and what it stands for, with the names between.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// At least one.
    pub keys: Vec<Key>,
    /// Whether an equals sign stands between.
    pub is_assigned: bool,
    pub value: Node,
}

#[derive(Clone, Debug)]
pub(super) struct Key {
    pub text: String,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub kind: NodeKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum NodeKind {
    Text(String),
    /// As written.
    Number(String),
    Bool(bool),
    Null,
    List(Vec<Node>),
    Object(Vec<Item>),
}

/// Items compare by what they say.
impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        let texts = |item: &Self| item.keys.iter().map(|key| key.text.clone()).collect::<Vec<_>>();
        texts(self) == texts(other) && self.value == other.value
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Item {
    /// The first of its names.
    pub fn name(&self) -> &str {
        self.keys.first().map_or("", |key| key.text.as_str())
    }

    /// Where its first name stands.
    pub fn span(&self) -> Span {
        self.keys.first().map_or(self.value.span, |key| key.span)
    }
}

impl Node {
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items of an object, or of all objects of a list, which mean the same.
    pub fn items(&self) -> Vec<&Item> {
        match &self.kind {
            NodeKind::Object(items) => items.iter().collect(),
            NodeKind::List(nodes) => nodes.iter().flat_map(Node::items).collect(),
            _ => Vec::new(),
        }
    }

    /// The objects that it is: itself, or each of a list.
    pub fn objects(&self) -> Vec<&Node> {
        match &self.kind {
            NodeKind::Object(_) => vec![self],
            NodeKind::List(nodes) => nodes.iter().flat_map(Node::objects).collect(),
            _ => Vec::new(),
        }
    }
}

type Read<T> = Result<T, Box<Diagnostic>>;

/// Deeper than this nothing has a meaning.
const MAX_DEPTH: usize = 40;

/// How a text is written: as the tools do, its first sign tells.
pub(super) fn form_of(text: &str) -> Form {
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('{') { Form::Json } else { Form::Hcl }
}

/// Reads a whole file.
///
/// # Errors
/// The first thing that is not written as it has to be.
pub(super) fn parse(text: &str, file: FileId) -> Read<Vec<Item>> {
    let form = form_of(text);
    let mut parser = Parser { lexer: Lexer::new(text, (file, form)), ahead: None, form, depth: 0 };
    match form {
        Form::Hcl => parser.items(TokenKind::End),
        Form::Json => {
            let node = parser.node()?;
            let rest = parser.next()?;
            match (rest.kind, node.kind) {
                (TokenKind::End, NodeKind::Object(items)) => Ok(items),
                _ => Err(fault(rest.span, "nothing may stand behind the object that is the file")),
            }
        }
    }
}

/// Something that has no meaning here.
pub(super) fn fault(span: Span, said: impl Into<String>) -> Box<Diagnostic> {
    let text = "a settings file of terraform is not understood";
    Box::new(Diagnostic::warning(Code::ToolSettings, text).at(span, said))
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    ahead: Option<Token>,
    form: Form,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&mut self) -> Read<&Token> {
        let token = match self.ahead.take() {
            Some(token) => token,
            None => self.lexer.token()?,
        };
        Ok(self.ahead.insert(token))
    }

    fn next(&mut self) -> Read<Token> {
        match self.ahead.take() {
            Some(token) => Ok(token),
            None => self.lexer.token(),
        }
    }

    fn take(&mut self, kind: &TokenKind) -> Read<bool> {
        let is_next = self.peek()?.kind == *kind;
        if is_next {
            self.next()?;
        }
        Ok(is_next)
    }

    /// Items up to a closing token, which is left.
    fn items(&mut self, until: TokenKind) -> Read<Vec<Item>> {
        let mut items = Vec::new();
        while self.peek()?.kind != until {
            if self.form == Form::Json && !items.is_empty() {
                self.expect(&TokenKind::Comma, "a comma or the closing `}` is missing before this")?;
            }
            items.push(self.item()?);
            if self.form == Form::Hcl {
                self.take(&TokenKind::Comma)?;
            }
        }
        Ok(items)
    }

    fn item(&mut self) -> Read<Item> {
        let mut keys = Vec::new();
        loop {
            let token = self.next()?;
            match token.kind {
                TokenKind::Name(text) if self.form == Form::Hcl => keys.push(Key { text, span: token.span }),
                TokenKind::Text(text) => keys.push(Key { text, span: token.span }),
                TokenKind::Equals if keys.len() == 1 && self.form == Form::Hcl => break,
                TokenKind::Colon if keys.len() == 1 && self.form == Form::Json => break,
                TokenKind::Open if !keys.is_empty() && self.form == Form::Hcl => {
                    let value = self.object(token.span)?;
                    return Ok(Item { keys, is_assigned: false, value });
                }
                TokenKind::End => return Err(fault(token.span, "the file ends before this does")),
                _ if keys.is_empty() => return Err(fault(token.span, "a name has to stand here")),
                _ => return Err(fault(token.span, self.wanted_behind_name())),
            }
        }
        Ok(Item { keys, is_assigned: self.form == Form::Hcl, value: self.node()? })
    }

    fn wanted_behind_name(&self) -> &'static str {
        match self.form {
            Form::Hcl => "`=` and a value, or `{` and a block, have to stand here",
            Form::Json => "a colon and a value have to stand here",
        }
    }

    fn node(&mut self) -> Read<Node> {
        let token = self.next()?;
        let kind = match token.kind {
            TokenKind::Text(text) => NodeKind::Text(text),
            TokenKind::Number(text) => NodeKind::Number(text),
            TokenKind::Name(name) => match name.as_str() {
                "true" => NodeKind::Bool(true),
                "false" => NodeKind::Bool(false),
                "null" if self.form == Form::Json => NodeKind::Null,
                _ => return Err(fault(token.span, "a text has to stand in quotes")),
            },
            TokenKind::Open => return self.object(token.span),
            TokenKind::OpenList => return self.list(token.span),
            TokenKind::End => return Err(fault(token.span, "the file ends before this does")),
            _ => return Err(fault(token.span, "a value has to stand here")),
        };
        Ok(Node { kind, span: token.span })
    }

    /// The rest of an object whose brace was taken.
    fn object(&mut self, open: Span) -> Read<Node> {
        self.descend(open)?;
        let items = self.items_of_object(open)?;
        let close = self.next()?.span;
        self.depth -= 1;
        Ok(Node { kind: NodeKind::Object(items), span: open.to(close) })
    }

    fn items_of_object(&mut self, open: Span) -> Read<Vec<Item>> {
        self.items(TokenKind::Close).map_err(|fault| match self.lexer.is_at_end() {
            true => Box::new(fault.label(open, "opened here")),
            false => fault,
        })
    }

    fn list(&mut self, open: Span) -> Read<Node> {
        self.descend(open)?;
        let mut nodes = Vec::new();
        while self.peek()?.kind != TokenKind::CloseList {
            nodes.push(self.node()?);
            let is_separated = self.take(&TokenKind::Comma)?;
            let next = self.peek()?;
            if !is_separated && next.kind != TokenKind::CloseList {
                return Err(fault(next.span, "a comma or the closing `]` is missing before this"));
            }
            if is_separated && self.form == Form::Json && self.peek()?.kind == TokenKind::CloseList {
                return Err(fault(self.next()?.span, "JSON has no comma before `]`"));
            }
        }
        let close = self.next()?.span;
        self.depth -= 1;
        Ok(Node { kind: NodeKind::List(nodes), span: open.to(close) })
    }

    fn descend(&mut self, open: Span) -> Read<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(fault(open, "this is nested too deep")) } else { Ok(()) }
    }

    fn expect(&mut self, kind: &TokenKind, said: &str) -> Read<()> {
        let token = self.next()?;
        if token.kind == *kind { Ok(()) } else { Err(fault(token.span, said)) }
    }
}

#[cfg(test)]
mod tests;
