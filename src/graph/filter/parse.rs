//! Text to [`Filter`]. The grammar, loosest first: a pipeline of operands split by `|`; an operand is negated by
//! `!`; it may carry `...` in front (with dependents) and behind (with dependencies), each with a depth or a
//! `(boundary)`, and `^` to leave the target out; the target is a name, a path, `{a path}`, `key=value` or `[a...b]`.

use super::error::{FilterError, FilterFault};
use super::{Attribute, Changed, Expr, Extent, Filter, Graph, Keep, PathPattern};
use crate::diag::closest;
use crate::graph::glob::Glob;
use crate::graph::unit::Kind;

const KEYS: [&str; 5] = ["name", "type", "external", "reading", "source"];
const SIGNS: &str = "!|={}[]()^";

/// Reads one filter.
///
/// # Errors
/// With the column of the fault and, where there is one, a hint.
pub fn parse_filter(text: &str) -> Result<Filter, FilterError> {
    let mut parser = Parser { text, tokens: Vec::new(), next: 0 };
    let parsed = parser.tokenize().and_then(|()| parser.pipeline());
    match parsed {
        Ok(expr) => Ok(Filter { text: text.trim().to_owned(), expr }),
        Err(fault) => Err(FilterError {
            query: text.to_owned(),
            column: text.get(..fault.at).map_or(0, |before| before.chars().count()),
            fault: fault.what,
            hint: fault.hint,
        }),
    }
}

/// A pattern of a path as filters read it; `None` hints that the pattern is wrong.
pub(super) fn parse_path(pattern: &str) -> Result<PathPattern, crate::graph::glob::GlobError> {
    let cleaned = crate::host::fs::clean(std::path::Path::new(pattern));
    let glob = Glob::parse(&cleaned.to_string_lossy())?;
    Ok(PathPattern { glob, is_absolute: std::path::Path::new(pattern).has_root() })
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token<'a> {
    Sign(char),
    Ellipsis,
    Word(&'a str),
    /// What stands in `{}`, `[]` or `()`, trimmed.
    Bracketed(char, &'a str),
}

/// A fault with its byte offset.
struct Fault {
    at: usize,
    what: FilterFault,
    hint: Option<String>,
}

type Parsed<T> = Result<T, Fault>;

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(Token<'a>, usize)>,
    next: usize,
}

impl<'a> Parser<'a> {
    fn tokenize(&mut self) -> Parsed<()> {
        let mut at = 0;
        while let Some(letter) = self.text[at..].chars().next() {
            let rest = &self.text[at..];
            let length = match letter {
                _ if letter.is_whitespace() => letter.len_utf8(),
                '{' | '[' | '(' => self.bracketed(letter, at)?,
                _ if SIGNS.contains(letter) => self.push(Token::Sign(letter), at, 1),
                _ if rest.starts_with("...") => self.push(Token::Ellipsis, at, 3),
                _ => {
                    let end = rest.find(|c| SIGNS.contains(c)).unwrap_or(rest.len());
                    let end = rest.find("...").map_or(end, |dots| dots.min(end));
                    self.push(Token::Word(rest[..end].trim_end()), at, end)
                }
            };
            at += length;
        }
        Ok(())
    }

    fn push(&mut self, token: Token<'a>, at: usize, length: usize) -> usize {
        self.tokens.push((token, at));
        length
    }

    fn bracketed(&mut self, open: char, at: usize) -> Parsed<usize> {
        let close = match open {
            '{' => '}',
            '[' => ']',
            _ => ')',
        };
        // A bracket in the middle of a word opens nothing: what it is doing there is the better question.
        let in_word = matches!(self.tokens.last(), Some((Token::Word(_) | Token::Bracketed(..), _)));
        if in_word {
            return Ok(self.push(Token::Sign(open), at, 1));
        }
        let inside = &self.text[at + 1..];
        let Some(end) = inside.find(close) else {
            let hint = format!("close it: '{open}{}{close}'", inside.trim());
            return fault(at, FilterFault::Unclosed { open }, Some(hint));
        };
        let content = inside[..end].trim();
        if content.is_empty() {
            return fault(at + 1 + end, FilterFault::Empty { open }, None);
        }
        Ok(self.push(Token::Bracketed(open, content), at, end + 2))
    }

    fn pipeline(&mut self) -> Parsed<Expr> {
        let mut expr = self.operand("|")?;
        while let Some((token, at)) = self.take() {
            if token != Token::Sign('|') {
                return self.stray(&token, at);
            }
            expr = Expr::Pipe(Box::new(expr), Box::new(self.operand("|")?));
        }
        Ok(expr)
    }

    /// `!`s and a graph expression; `before` is the operator that waits for it.
    fn operand(&mut self, before: &'static str) -> Parsed<Expr> {
        match self.peek() {
            Some(Token::Sign('!')) => {
                self.next += 1;
                Ok(self.operand("!")?.negated())
            }
            Some(Token::Sign('|')) => {
                let operator = if before == "!" { "!" } else { "|" };
                fault(self.offset(), FilterFault::MissingOperand { operator }, None)
            }
            None if self.next > 0 => {
                fault(self.text.len(), FilterFault::MissingOperand { operator: before }, None)
            }
            None => fault(self.text.len(), FilterFault::Incomplete, None),
            Some(_) => self.graph(),
        }
    }

    fn graph(&mut self) -> Parsed<Expr> {
        let dependents = self.extent_before()?;
        let keep = if self.accept(&Token::Sign('^')) { Keep::Neighbours } else { Keep::Target };
        let target = self.target()?;
        let dependencies = if self.accept(&Token::Ellipsis) { Some(self.extent_after()) } else { None };
        if dependents.is_none() && dependencies.is_none() && keep == Keep::Target {
            return Ok(target);
        }
        Ok(Expr::Graph(Box::new(Graph { target, dependents, dependencies, keep })))
    }

    /// `...`, `2...` or `(dir)...`
    fn extent_before(&mut self) -> Parsed<Option<Extent>> {
        let extent = match self.peek() {
            Some(Token::Ellipsis) => Extent::default(),
            Some(Token::Word(word)) if self.is_ellipsis(1) && is_number(word) => depth(word),
            Some(Token::Bracketed('(', dir)) => {
                let boundary = Some((*dir).to_owned());
                if !self.is_ellipsis(1) {
                    let at = self.tokens.get(self.next + 1).map_or(self.text.len(), |(_, at)| *at);
                    let hint = "a boundary '(dir)' is followed or preceded by '...'".to_owned();
                    return fault(at, FilterFault::Incomplete, Some(hint));
                }
                Extent { boundary, depth: None }
            }
            _ => return Ok(None),
        };
        self.next += if self.peek() == Some(&Token::Ellipsis) { 1 } else { 2 };
        Ok(Some(extent))
    }

    /// What follows `...`: a depth, a boundary or nothing.
    fn extent_after(&mut self) -> Extent {
        let extent = match self.peek() {
            Some(Token::Word(word)) if is_number(word) => depth(word),
            Some(Token::Bracketed('(', dir)) => Extent { boundary: Some((*dir).to_owned()), depth: None },
            _ => return Extent::default(),
        };
        self.next += 1;
        extent
    }

    fn target(&mut self) -> Parsed<Expr> {
        let Some((token, at)) = self.take() else {
            let hint =
                "'...' and '^' belong to a target, as in '...vpc', '^vpc...' or '[main...HEAD]'".to_owned();
            return fault(self.text.len(), FilterFault::Incomplete, Some(hint));
        };
        match token {
            Token::Sign('!') => Ok(self.target()?.negated()),
            Token::Word(key) if !is_path(key) && self.accept(&Token::Sign('=')) => self.attribute(key, at),
            Token::Word(word) if is_path(word) => path(word, at).map(Attribute::Path).map(Expr::Match),
            Token::Word(word) => glob(word, at).map(Attribute::Name).map(Expr::Match),
            Token::Bracketed('{', inside) => path(inside, at + 1).map(Attribute::Path).map(Expr::Match),
            Token::Bracketed('[', inside) => changed(inside, at + 1).map(Expr::Changed),
            other => self.stray(&other, at),
        }
    }

    fn attribute(&mut self, key: &str, at: usize) -> Parsed<Expr> {
        let Some(key) = KEYS.into_iter().find(|known| *known == key) else {
            let hint = match closest(key, KEYS) {
                Some(near) => format!("did you mean '{near}='?"),
                None => format!("the attributes are {}", KEYS.join(", ")),
            };
            return fault(at, FilterFault::UnknownKey { key: key.to_owned() }, Some(hint));
        };
        let at = self.offset();
        let Some(Token::Word(value)) = self.peek().cloned() else {
            return fault(at, FilterFault::MissingValue { key: key.to_owned() }, None);
        };
        self.next += 1;
        let attribute = match key {
            "name" => Attribute::Name(glob(value, at)?),
            "source" => Attribute::Source(glob(value, at)?),
            "reading" => Attribute::Reading(path(value, at)?),
            "type" => match value {
                "unit" => Attribute::Type(Kind::Unit),
                "stack" => Attribute::Type(Kind::Stack),
                _ => return bad_value("type", value, ("'unit', 'stack'", at)),
            },
            _ => match value {
                "true" => Attribute::External(true),
                "false" => Attribute::External(false),
                _ => return bad_value("external", value, ("'true', 'false'", at)),
            },
        };
        Ok(Expr::Match(attribute))
    }

    fn stray<T>(&self, token: &Token<'_>, at: usize) -> Parsed<T> {
        let (found, hint) = match token {
            Token::Sign(sign) => (sign.to_string(), sign_hint(*sign)),
            Token::Ellipsis => ("...".to_owned(), None),
            Token::Word(word) => ((*word).to_owned(), None),
            Token::Bracketed(open, _) => (open.to_string(), sign_hint(*open)),
        };
        if found == "|" {
            return fault(at, FilterFault::MissingOperand { operator: "|" }, None);
        }
        fault(at, FilterFault::Unexpected { found }, hint.map(str::to_owned))
    }

    fn peek(&self) -> Option<&Token<'a>> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    fn take(&mut self) -> Option<(Token<'a>, usize)> {
        let taken = self.tokens.get(self.next).cloned();
        self.next += usize::from(taken.is_some());
        taken
    }

    fn accept(&mut self, token: &Token<'_>) -> bool {
        let found = self.peek() == Some(token);
        self.next += usize::from(found);
        found
    }

    fn is_ellipsis(&self, ahead: usize) -> bool {
        matches!(self.tokens.get(self.next + ahead), Some((Token::Ellipsis, _)))
    }

    /// Where the next token is, or the end.
    fn offset(&self) -> usize {
        self.tokens.get(self.next).map_or(self.text.len(), |(_, at)| *at)
    }
}

fn fault<T>(at: usize, what: FilterFault, hint: Option<String>) -> Parsed<T> {
    Err(Fault { at, what, hint })
}

fn bad_value<T>(key: &'static str, value: &str, (allowed, at): (&'static str, usize)) -> Parsed<T> {
    fault(at, FilterFault::BadValue { key, value: value.to_owned(), allowed }, None)
}

fn sign_hint(sign: char) -> Option<&'static str> {
    match sign {
        '=' => Some(
            "'=' stands between a key and a value, as in 'name=vpc'; put a path that has one in braces: '{./a=b}'",
        ),
        '{' | '}' => {
            Some("braces surround a whole path, as in '{./my path}'; they list no alternatives here")
        }
        '[' | ']' => Some(
            "brackets hold git references, as in '[main...HEAD]'; in a pattern, put the path in braces: '{./[ab]*}'",
        ),
        '(' | ')' => Some("parentheses bound the search for neighbours, as in '(./prod)...vpc'"),
        '^' => Some("'^' leaves a target out and stands before it, as in '...^vpc' or '^vpc...'"),
        _ => None,
    }
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|digit| digit.is_ascii_digit())
}

/// Zero, and what is too large to count, mean no limit.
fn depth(word: &str) -> Extent {
    Extent { depth: word.parse().ok().filter(|depth| *depth > 0), boundary: None }
}

fn is_path(word: &str) -> bool {
    word.contains('/') || word == "." || word == ".."
}

fn glob(pattern: &str, at: usize) -> Parsed<Glob> {
    Glob::parse(pattern).map_err(|source| bad_pattern(pattern, source, at))
}

fn path(pattern: &str, at: usize) -> Parsed<PathPattern> {
    parse_path(pattern).map_err(|source| bad_pattern(pattern, source, at))
}

fn bad_pattern(pattern: &str, source: crate::graph::glob::GlobError, at: usize) -> Fault {
    Fault { at, what: FilterFault::BadPattern { pattern: pattern.to_owned(), source }, hint: None }
}

fn changed(inside: &str, at: usize) -> Parsed<Changed> {
    let (from, to) = inside.split_once("...").unwrap_or((inside, "HEAD"));
    let (from, to) = (from.trim(), to.trim());
    if from.is_empty() || to.is_empty() {
        let hint = "write a reference on each side, as in '[main...HEAD]', or one alone: '[main]'".to_owned();
        let at = if from.is_empty() { at } else { at + inside.len() };
        return fault(at, FilterFault::MissingReference, Some(hint));
    }
    for reference in [from, to] {
        // git would take it for an option.
        if reference.starts_with('-') {
            let at = at + inside.find(reference).unwrap_or(0);
            return fault(at, FilterFault::BadReference { reference: reference.to_owned() }, None);
        }
    }
    Ok(Changed { from: from.to_owned(), to: to.to_owned() })
}
