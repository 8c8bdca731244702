//! JSON text to AST, with HCL's meaning: strings are templates.

use super::{
    Failed, MAX_DEPTH, Parse, Parser,
    json_text::{Text, read_text},
};
use crate::diag::{Code, Diagnostic, Diagnostics, FileId, Span};
use crate::hcl::Number;
use crate::hcl::ast::{Attribute, Body, Expr, ExprKind, Ident, ObjectItem, ObjectKey};

pub(super) fn parse(text: &str, file: FileId) -> (Option<Body>, Diagnostics) {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut reader = Reader { text, file, at: start, depth: 0, faults: Vec::new() };
    let body = reader.file();
    (body.ok(), reader.faults)
}

struct Reader<'a> {
    text: &'a str,
    file: FileId,
    at: usize,
    depth: usize,
    faults: Diagnostics,
}

impl<'a> Reader<'a> {
    fn file(&mut self) -> Parse<Body> {
        let start = self.skip_blanks();
        if self.byte() != Some(b'{') {
            return self.fail("file is not a JSON object", start, "`{` belongs here");
        }
        let mut attributes = Vec::new();
        self.members(|reader, name, name_span| {
            let expr = reader.value()?;
            if &*name.text != "//" {
                let span = name_span.to(expr.span);
                let name = Ident { name: (&*name.text).into(), span: name_span };
                attributes.push(Attribute { name, expr, span });
            }
            Ok(())
        })?;
        let end = self.at;
        if self.skip_blanks() < self.text.len() {
            return self.fail("text after the end of the JSON object", self.at, "remove this");
        }
        Ok(Body { attributes, blocks: Vec::new(), span: self.span(start + 1, end - 1) })
    }

    fn value(&mut self) -> Parse<Expr> {
        let start = self.skip_blanks();
        if self.depth >= MAX_DEPTH {
            return self.fail(
                &format!("nesting is deeper than {MAX_DEPTH} levels"),
                start,
                "one level too deep",
            );
        }
        self.depth += 1;
        let kind = match self.byte() {
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(b'"') => {
                let text = self.string()?;
                self.template(&text).map(|expr| expr.kind)
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'a'..=b'z' | b'A'..=b'Z') => self.word(),
            _ => self.fail("JSON value is missing", start, "a value belongs here"),
        }?;
        self.depth -= 1;
        Ok(Expr { kind, span: self.span(start, self.at) })
    }

    fn object(&mut self) -> Parse<ExprKind> {
        let mut items = Vec::new();
        self.members(|reader, name, _| {
            let key = ObjectKey::Expr(reader.template(&name)?);
            items.push(ObjectItem { key, value: reader.value()? });
            Ok(())
        })?;
        Ok(ExprKind::Object(items))
    }

    /// The members of the object that starts here; `each` reads a value.
    fn members(&mut self, mut each: impl FnMut(&mut Self, Text<'a>, Span) -> Parse<()>) -> Parse<()> {
        let open = self.at;
        self.at += 1;
        loop {
            let start = self.skip_blanks();
            match self.byte() {
                Some(b'}') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'"') => {}
                None => return self.never_closed(open),
                _ => {
                    return self.fail(
                        "property name is missing",
                        start,
                        "a name in double quotes belongs here",
                    );
                }
            }
            let name = self.string()?;
            let span = self.span(start, self.at);
            let colon = self.skip_blanks();
            if self.byte() != Some(b':') {
                return self.fail("property without a value", colon, "`:` belongs here");
            }
            self.at += 1;
            each(self, name, span)?;
            self.separator(b'}', open)?;
        }
    }

    fn array(&mut self) -> Parse<ExprKind> {
        let open = self.at;
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip_blanks();
            if self.byte() == Some(b']') {
                self.at += 1;
                return Ok(ExprKind::Tuple(items));
            }
            items.push(self.value()?);
            self.separator(b']', open)?;
        }
    }

    /// A comma with something behind it, or the closing mark, which is left.
    fn separator(&mut self, close: u8, open: usize) -> Parse<()> {
        let at = self.skip_blanks();
        match self.byte() {
            Some(b',') => {
                self.at += 1;
                self.skip_blanks();
                if self.byte() == Some(close) {
                    return self.fail("comma before the closing mark", at, "JSON allows none here");
                }
                Ok(())
            }
            Some(byte) if byte == close => Ok(()),
            None => self.never_closed(open),
            _ => self.fail("two JSON values without a comma", at, "a comma belongs before this"),
        }
    }

    fn never_closed<T>(&mut self, open: usize) -> Parse<T> {
        self.fail("bracket is never closed", open, "opened here")
    }

    fn string(&mut self) -> Parse<Text<'a>> {
        match read_text(self.text, self.at) {
            Ok((text, end)) => {
                self.at = end;
                Ok(text)
            }
            Err((at, what)) => self.fail(what, at, "here"),
        }
    }

    fn template(&mut self, text: &Text<'_>) -> Parse<Expr> {
        let start = text.quote;
        let span = self.span(start, text.end);
        if !text.text.contains(['$', '%']) && text.text.is_ascii() {
            return Ok(Expr { kind: ExprKind::String((&*text.text).into()), span });
        }
        let mut parser = Parser::new(&text.text, self.file);
        parser.map = Some(&text.map);
        let expr = parser.raw_template(0);
        self.faults.append(&mut parser.faults);
        expr.map(|expr| Expr { kind: expr.kind, span })
    }

    fn number(&mut self) -> Parse<ExprKind> {
        let start = self.at;
        let digits = self.rest().bytes();
        let length =
            digits.take_while(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')).count();
        self.at += length;
        let text = self.text.get(start..self.at).unwrap_or_default();
        match is_json_number(text).then(|| Number::parse(text)).flatten() {
            Some(number) => Ok(ExprKind::Number(number)),
            None => self.fail("not a JSON number", start, "cannot be read"),
        }
    }

    fn word(&mut self) -> Parse<ExprKind> {
        let start = self.at;
        let length = self.rest().bytes().take_while(u8::is_ascii_alphanumeric).count();
        self.at += length;
        match self.text.get(start..self.at) {
            Some("true") => Ok(ExprKind::Bool(true)),
            Some("false") => Ok(ExprKind::Bool(false)),
            Some("null") => Ok(ExprKind::Null),
            _ => self.fail("not a JSON value", start, "text needs double quotes"),
        }
    }

    fn skip_blanks(&mut self) -> usize {
        let blanks =
            self.rest().bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
        self.at += blanks;
        self.at
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end.max(start))
    }

    fn fail<T>(&mut self, summary: &str, at: usize, label: &str) -> Parse<T> {
        let width = self.text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let hint = "the file must be one JSON object: names and texts in double quotes, a comma between items and none after the last";
        self.faults.push(
            Diagnostic::error(Code::MalformedJson, summary).at(self.span(at, at + width), label).hint(hint),
        );
        Err(Failed)
    }
}

fn is_json_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, exponent) = match digits.split_once(['e', 'E']) {
        Some((whole, exponent)) => (whole, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (digits, None),
    };
    let (whole, fraction) = whole.split_once('.').map_or((whole, None), |(whole, part)| (whole, Some(part)));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    all_digits(whole) && !leading_zero && fraction.is_none_or(all_digits) && exponent.is_none_or(all_digits)
}
