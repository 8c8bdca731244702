//! Tokens of settings files. Line breaks mean nothing but the end of a text and of a comment.

use super::{Form, Read, fault};
use crate::diag::{FileId, Span};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    Name(String),
    Text(String),
    Number(String),
    Equals,
    Colon,
    Comma,
    Open,
    Close,
    OpenList,
    CloseList,
    End,
}

pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    file: FileId,
    form: Form,
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a str, (file, form): (FileId, Form)) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, file, form }
    }

    pub fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn span(&self, start: usize) -> Span {
        Span::new(self.file, start, self.at)
    }

    /// The next one.
    pub fn token(&mut self) -> Read<Token> {
        self.skip()?;
        let start = self.at;
        let Some(sign) = self.rest().chars().next() else {
            return Ok(Token { kind: TokenKind::End, span: self.span(start) });
        };
        let kind = match sign {
            '"' => TokenKind::Text(self.quoted()?),
            '<' if self.form == Form::Hcl && self.rest().starts_with("<<") => {
                TokenKind::Text(self.heredoc()?)
            }
            '-' | '+' | '.' | '0'..='9' => TokenKind::Number(self.word()),
            _ if sign.is_alphabetic() || sign == '_' => TokenKind::Name(self.word()),
            _ => {
                self.at += sign.len_utf8();
                match sign {
                    '=' => TokenKind::Equals,
                    ':' if self.form == Form::Json => TokenKind::Colon,
                    ',' => TokenKind::Comma,
                    '{' => TokenKind::Open,
                    '}' => TokenKind::Close,
                    '[' => TokenKind::OpenList,
                    ']' => TokenKind::CloseList,
                    _ => return Err(fault(self.span(start), "this sign has no meaning here")),
                }
            }
        };
        Ok(Token { kind, span: self.span(start) })
    }

    /// Blanks and comments.
    fn skip(&mut self) -> Read<()> {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start().len();
            self.at += blank;
            let (rest, start) = (self.rest(), self.at);
            if self.form == Form::Json {
                return Ok(());
            } else if rest.starts_with('#') || rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                let Some(end) = rest.find("*/") else {
                    self.at += "/*".len();
                    return Err(fault(self.span(start), "this comment is never closed"));
                };
                self.at += end + "*/".len();
            } else {
                return Ok(());
            }
        }
    }

    fn word(&mut self) -> String {
        let is_part = |sign: char| sign.is_alphanumeric() || matches!(sign, '_' | '-' | '.' | '+');
        let rest = self.rest();
        let end = rest.find(|sign| !is_part(sign)).unwrap_or(rest.len());
        self.at += end;
        rest[..end].to_owned()
    }

    /// A text in quotes; what stands in `${…}` is taken as it is, quotes included.
    fn quoted(&mut self) -> Read<String> {
        let start = self.at;
        self.at += 1;
        let (mut out, mut braces) = (String::new(), 0_usize);
        while let Some(sign) = self.rest().chars().next() {
            let is_template = self.form == Form::Hcl && self.rest().starts_with("${");
            match sign {
                '"' if braces == 0 => {
                    self.at += 1;
                    return Ok(out);
                }
                '\n' if braces == 0 => break,
                '\\' if braces == 0 => {
                    self.escape(&mut out)?;
                    continue;
                }
                '{' if braces > 0 => braces += 1,
                '}' if braces > 0 => braces -= 1,
                _ if braces == 0 && is_template => {
                    self.at += "$".len();
                    out.push('$');
                    braces = 1;
                    out.push('{');
                    self.at += "{".len();
                    continue;
                }
                _ => {}
            }
            out.push(sign);
            self.at += sign.len_utf8();
        }
        self.at = self.at.max(start + 1);
        Err(fault(self.span(start), "this text is never closed"))
    }

    fn escape(&mut self, out: &mut String) -> Read<()> {
        let start = self.at;
        self.at += "\\".len();
        let sign = self.rest().chars().next();
        self.at += sign.map_or(0, char::len_utf8);
        let plain = match sign {
            Some('n') => Some('\n'),
            Some('t') => Some('\t'),
            Some('r') => Some('\r'),
            Some('b') => Some('\u{8}'),
            Some('f') => Some('\u{c}'),
            Some('a') if self.form == Form::Hcl => Some('\u{7}'),
            Some('v') if self.form == Form::Hcl => Some('\u{b}'),
            Some('/') if self.form == Form::Json => Some('/'),
            Some('\\') => Some('\\'),
            Some('"') => Some('"'),
            Some('u') => self.code_point(4),
            Some('U') if self.form == Form::Hcl => self.code_point(8),
            _ => None,
        };
        match plain {
            Some(plain) => {
                out.push(plain);
                Ok(())
            }
            None => Err(fault(self.span(start), "no such escape is known")),
        }
    }

    /// So many digits of base 16; JSON writes what lies beyond the sixteenth bit in two of them.
    fn code_point(&mut self, digits: usize) -> Option<char> {
        let first = self.hex(digits)?;
        let is_high = (0xd800..0xdc00).contains(&first);
        if !is_high || !self.rest().starts_with("\\u") {
            return char::from_u32(first);
        }
        self.at += "\\u".len();
        let second = self.hex(digits).filter(|low| (0xdc00..0xe000).contains(low))?;
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))
    }

    fn hex(&mut self, digits: usize) -> Option<u32> {
        let found = self.rest().get(..digits)?;
        self.at += digits;
        u32::from_str_radix(found, 16).ok()
    }

    /// `<<WORD` or `<<-WORD`, up to the line with nothing but the word.
    fn heredoc(&mut self) -> Read<String> {
        let (start, rest) = (self.at, self.rest());
        let (head, body) = rest.split_once('\n').unwrap_or((rest, ""));
        let word = head["<<".len()..].trim_start_matches('-').trim();
        self.at += head.len();
        if word.is_empty() {
            return Err(fault(self.span(start), "the word that ends this text is missing"));
        }
        let mut out = String::new();
        let mut taken = head.len() + 1;
        for line in body.split_inclusive('\n') {
            if line.trim() == word {
                self.at = start + taken + line.trim_end().len();
                return Ok(out);
            }
            out.push_str(line);
            taken += line.len();
        }
        Err(fault(self.span(start), "this text is never closed"))
    }
}
