//! Reading JSON with exact numbers, straight into values. Writing it is the language's own (`hcl::json`).

use crate::hcl::functions::args::normal;
use crate::hcl::{Data, Number, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The value of a JSON text; the reason why not otherwise.
pub fn decode(text: &str) -> Result<Value, String> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let value = reader.value()?;
    reader.blanks();
    match reader.peek() {
        None => Ok(value),
        Some(c) => Err(reader.fault(&format!("`{c}` follows the value"))),
    }
}

/// Deeper than any document, and safe for the stack of a thread.
const DEEPEST: usize = 1000;

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    /// The next character behind blanks.
    fn next_mark(&mut self) -> Option<char> {
        self.blanks();
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn fault(&self, what: &str) -> String {
        let before = &self.text[..self.at];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{what} (line {line}, column {column})")
    }

    fn value(&mut self) -> Result<Value, String> {
        self.blanks();
        match self.peek() {
            Some('{') => self.nested(Self::object),
            Some('[') => self.nested(Self::array),
            Some('"') => Ok(Value::normalized(&self.string()?)),
            Some('-' | '0'..='9') => self.number(),
            Some('t') => self.word("true", Value::bool(true)),
            Some('f') => self.word("false", Value::bool(false)),
            Some('n') => self.word("null", Value::NULL),
            Some(c) => Err(self.fault(&format!("a value cannot start with `{c}`"))),
            None => Err(self.fault("a value is missing")),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value, String>) -> Result<Value, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.fault(&format!("the text is nested more than {DEEPEST} levels deep")));
        }
        self.at += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, String> {
        if !self.rest().starts_with(word) {
            return Err(self.fault(&format!("this is not `{word}`")));
        }
        self.at += word.len();
        Ok(value)
    }

    fn array(&mut self) -> Result<Value, String> {
        let mut items = Vec::new();
        self.blanks();
        if self.peek() == Some(']') {
            self.at += 1;
            return Ok(Value::tuple(items));
        }
        loop {
            items.push(self.value()?);
            match self.next_mark() {
                Some(',') => {}
                Some(']') => return Ok(Value::tuple(items)),
                _ => return Err(self.fault("a comma or `]` is missing")),
            }
        }
    }

    fn object(&mut self) -> Result<Value, String> {
        let mut items: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        self.blanks();
        if self.peek() == Some('}') {
            self.at += 1;
            return Ok(Data::Object(Arc::new(items)).into());
        }
        loop {
            self.blanks();
            if self.peek() != Some('"') {
                return Err(self.fault("a key in double quotes is missing"));
            }
            let key = self.string()?;
            if self.next_mark() != Some(':') {
                return Err(self.fault("a colon is missing behind the key"));
            }
            let value = self.value()?;
            items.insert(normal(&key), value);
            match self.next_mark() {
                Some(',') => {}
                Some('}') => return Ok(Data::Object(Arc::new(items)).into()),
                _ => return Err(self.fault("a comma or `}` is missing")),
            }
        }
    }

    fn number(&mut self) -> Result<Value, String> {
        let rest = self.rest();
        let digits = |from: usize| rest[from..].bytes().take_while(u8::is_ascii_digit).count();
        let sign = usize::from(rest.starts_with('-'));
        let whole = if rest[sign..].starts_with('0') { 1 } else { digits(sign) };
        let mut end = sign + whole;
        let mut complete = whole > 0;
        if rest[end..].starts_with('.') {
            let count = digits(end + 1);
            complete &= count > 0;
            end += 1 + count;
        }
        if rest[end..].starts_with(['e', 'E']) {
            let sign = usize::from(rest[end + 1..].starts_with(['+', '-']));
            let count = digits(end + 1 + sign);
            complete &= count > 0;
            end += 1 + sign + count;
        }
        let number = Number::parse(&rest[..end]).filter(|_| complete);
        let number = number.ok_or_else(|| self.fault("this is not a complete number"))?;
        self.at += end;
        Ok(Value::number(number))
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = self.rest();
            let end = rest.find(|c: char| c == '"' || c == '\\' || c < ' ');
            let Some(end) = end else { return Err(self.fault("the string is not closed")) };
            out.push_str(&rest[..end]);
            self.at += end;
            match rest.as_bytes()[end] {
                b'"' => {
                    self.at += 1;
                    return Ok(out);
                }
                b'\\' => self.escape(&mut out)?,
                _ => return Err(self.fault("a control character must be escaped")),
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Result<(), String> {
        let c = match self.rest().as_bytes().get(1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(out),
            _ => return Err(self.fault("this escape does not exist")),
        };
        self.at += 2;
        out.push(c);
        Ok(())
    }

    /// `\u0041`; half of a pair alone becomes the replacement character.
    fn unicode(&mut self, out: &mut String) -> Result<(), String> {
        let high = self.unit().ok_or_else(|| self.fault("`\\u` wants four hexadecimal digits"))?;
        self.at += 6;
        if (0xd800..0xdc00).contains(&high)
            && let Some(low) = self.unit().filter(|low| (0xdc00..0xe000).contains(low))
        {
            self.at += 6;
            let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
            out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            return Ok(());
        }
        out.push(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
        Ok(())
    }

    fn unit(&self) -> Option<u32> {
        let digits = self.rest().strip_prefix("\\u")?.get(..4)?;
        let plain = digits.bytes().all(|b| b.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16).ok().filter(|_| plain)
    }
}
