//! Text to AST: HCL's native syntax and its JSON form. Knows nothing of what names mean.
//!
//! One pass, no token list: `Parser` holds a place in the text and looks one token ahead. A fault is reported where
//! it is seen and unwinds, as `Failed`, to the nearest body or object, which skips to a place where reading can go
//! on; so one file may report several faults.

mod collection;
mod escape;
mod expression;
mod fault;
mod heredoc;
mod json;
mod json_body;
mod json_text;
mod map;
mod number;
mod postfix;
mod recover;
mod scan;
mod structure;
mod template;
mod template_part;
mod template_tree;
#[cfg(test)]
mod tests;

pub(super) use heredoc::Terminator;
pub use json_body::{json_blocks, json_body};
pub use scan::is_identifier;
pub(super) use scan::{Token, TokenKind, line_end, scan as scan_plain};

use super::ast::{Body, Expr};
use crate::diag::{Code, Diagnostic, Diagnostics, FileId, Span};
use map::OffsetMap;
use scan::scan;

/// Nesting beyond this is refused: the parser, and all who walk the tree after it, recurse.
const MAX_DEPTH: usize = 500;

/// What to do about nesting that has no end.
const TOO_DEEP: &str = "give the inner parts names with `locals`, or look for brackets that are never closed";
/// The parser moves to a fresh stack after this many levels, so that the caller's need not be large.
const LEVELS_A_STACK: usize = 80;
const STACK_BYTES: usize = 4 << 20;
/// The height of a tree that a chain of operators or steps may build.
const MAX_HEIGHT: usize = 2_000;

/// Parses a whole file. Recovers where it can, so that one file may report several faults; the body holds what was
/// understood.
#[must_use]
pub fn parse_body(text: &str, file: FileId) -> (Option<Body>, Diagnostics) {
    let mut parser = Parser::new(text, file);
    let body = parser.file_body();
    (Some(body), parser.faults)
}

/// Parses one expression that fills the whole text; line breaks may stand around it.
#[must_use]
pub fn parse_expression(text: &str, file: FileId) -> (Option<Expr>, Diagnostics) {
    let mut parser = Parser::new(text, file);
    let expr = parser.lone_expression();
    (expr.ok(), parser.faults)
}

/// Parses raw template text, as a template file holds it: no quotes, backslashes are plain text.
#[must_use]
pub fn parse_template(text: &str, file: FileId) -> (Option<Expr>, Diagnostics) {
    let mut parser = Parser::new(text, file);
    let expr = parser.raw_template(0);
    (expr.ok(), parser.faults)
}

/// Parses a file in HCL's JSON form. All its properties become attributes; [`json_blocks`] re-reads one as blocks.
#[must_use]
pub fn parse_json_body(text: &str, file: FileId) -> (Option<Body>, Diagnostics) {
    json::parse(text, file)
}

/// A fault was reported; what was being read has no tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Failed;

type Parse<T> = Result<T, Failed>;

/// Whether line breaks are tokens here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Newlines {
    Count,
    Skip,
}

/// What is open around the current place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OpenKind {
    Paren,
    Bracket,
    Brace,
    /// `${` or `%{`
    Sequence,
    Quote,
    Heredoc,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    kind: OpenKind,
    start: usize,
    end: usize,
    /// How line breaks counted outside.
    outer: Newlines,
}

struct Parser<'a> {
    text: &'a str,
    file: FileId,
    /// After the last token taken.
    at: usize,
    ahead: Option<Token>,
    newlines: Newlines,
    opens: Vec<Open>,
    depth: usize,
    /// The depth at which the current stack began.
    stack_base: usize,
    /// Of the expression read last.
    height: usize,
    /// Where the text's offsets lie in the file, when the text is not the file's own.
    map: Option<&'a OffsetMap>,
    faults: Diagnostics,
    /// Something that never ends took the rest of the text, and with it what would close the rest.
    ran_out: bool,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, file: FileId) -> Self {
        Self {
            text,
            file,
            at: if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 },
            ahead: None,
            newlines: Newlines::Count,
            opens: Vec::new(),
            depth: 0,
            stack_base: 0,
            height: 0,
            map: None,
            faults: Vec::new(),
            ran_out: false,
        }
    }

    fn peek(&mut self) -> Token {
        if let Some(token) = self.ahead {
            return token;
        }
        let mut token = scan(self.text, self.at);
        while self.newlines == Newlines::Skip && token.kind == TokenKind::Newline {
            token = scan(self.text, token.end);
        }
        self.ahead = Some(token);
        token
    }

    /// The token after the next one.
    fn peek_second(&mut self) -> Token {
        let mut from = self.peek().end;
        loop {
            let token = scan(self.text, from);
            if self.newlines == Newlines::Count || token.kind != TokenKind::Newline {
                return token;
            }
            from = token.end;
        }
    }

    fn bump(&mut self) -> Token {
        let token = self.peek();
        self.jump(token.end);
        token
    }

    /// Goes on at `at`, whatever stood ahead.
    fn jump(&mut self, at: usize) {
        self.at = at;
        self.ahead = None;
    }

    fn take(&mut self, kind: TokenKind) -> Option<Token> {
        (self.peek().kind == kind).then(|| self.bump())
    }

    /// Takes the opening token that is next; line breaks count inside as said.
    fn open(&mut self, kind: OpenKind, inside: Newlines) -> Token {
        let token = self.bump();
        self.enter(kind, token, inside);
        token
    }

    fn enter(&mut self, kind: OpenKind, token: Token, inside: Newlines) {
        self.opens.push(Open { kind, start: token.start, end: token.end, outer: self.newlines });
        self.newlines = inside;
        self.ahead = None;
    }

    /// Leaves what was opened last; its closing token was taken already.
    fn leave(&mut self) {
        if let Some(open) = self.opens.pop() {
            self.newlines = open.outer;
        }
        self.ahead = None;
    }

    /// Takes the closing token that is next and leaves.
    fn close(&mut self) -> Token {
        let token = self.bump();
        self.leave();
        token
    }

    /// Counts one level of nesting; the caller takes it back from `depth` when it succeeds.
    fn descend(&mut self) -> Parse<()> {
        if self.depth >= MAX_DEPTH {
            let token = self.peek();
            let fault =
                Diagnostic::error(Code::NestedTooDeep, format!("nesting is deeper than {MAX_DEPTH} levels"));
            return self.fail(fault.at(self.span_of(token), "one level too deep").hint(TOO_DEEP));
        }
        self.depth += 1;
        Ok(())
    }

    /// Reads on a fresh stack.
    fn on_new_stack<T: Send>(&mut self, read: fn(&mut Self) -> Parse<T>) -> Parse<T> {
        let base = std::mem::replace(&mut self.stack_base, self.depth);
        let result = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
            thread.spawn_scoped(scope, || read(self)).map(|running| running.join())
        });
        self.stack_base = base;
        match result {
            Ok(Ok(parsed)) => parsed,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => {
                let token = self.peek();
                let fault = Diagnostic::error(Code::NestedTooDeep, "no memory for nesting as deep as this");
                self.fail(fault.at(self.span_of(token), "one level too deep").hint(TOO_DEEP))
            }
        }
    }

    /// Notes that the tree just built is one higher than `below`.
    fn grow(&mut self, below: usize, span: Span) -> Parse<()> {
        self.height = below + 1;
        if self.height <= MAX_HEIGHT {
            return Ok(());
        }
        let fault = Diagnostic::error(
            Code::NestedTooDeep,
            format!("expression chains more than {MAX_HEIGHT} operations"),
        );
        self.fail(fault.at(span, "the chain is too long here").hint("split it into several locals"))
    }

    fn span(&self, start: usize, end: usize) -> Span {
        match self.map {
            None => Span::new(self.file, start, end),
            Some(map) => Span::new(self.file, map.start(start), map.end(end)),
        }
    }

    fn span_of(&self, token: Token) -> Span {
        self.span(token.start, token.end)
    }

    fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    fn text_of(&self, token: Token) -> &'a str {
        self.slice(token.start, token.end)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn fail<T>(&mut self, fault: Diagnostic) -> Parse<T> {
        self.faults.push(fault);
        Err(Failed)
    }
}
