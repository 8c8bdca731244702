//! Quoted text to plain text: escapes and Unicode composition.

use super::Parser;
use crate::diag::{Code, Diagnostic};
use std::borrow::Cow;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Text in Terraform's normal form.
pub(super) fn composed(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc(&text) { text } else { Cow::Owned(text.nfc().collect()) }
}

impl Parser<'_> {
    /// Reads the escape whose backslash stands at `at` into `out`; answers with the place behind it. A bad one is
    /// reported and read as plain text.
    pub(super) fn escape(&mut self, at: usize, out: &mut String) -> usize {
        let plain = match self.byte(at + 1) {
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'u') => return self.code_point(at, 4, out),
            Some(b'U') => return self.code_point(at, 8, out),
            _ => return self.unknown_escape(at),
        };
        out.push(plain);
        at + 2
    }

    fn code_point(&mut self, at: usize, digits: usize, out: &mut String) -> usize {
        let bytes = self.text.as_bytes().get(at + 2..).unwrap_or_default();
        let found = bytes.iter().take(digits).take_while(|byte| byte.is_ascii_hexdigit()).count();
        let end = at + 2 + found;
        let code = (found == digits).then(|| u32::from_str_radix(self.slice(at + 2, end), 16).ok()).flatten();
        match code.and_then(char::from_u32) {
            Some(letter) => out.push(letter),
            None => {
                let letter = if digits == 4 { 'u' } else { 'U' };
                let fault = Diagnostic::error(Code::UnknownEscape, "escape does not name a character");
                let hint =
                    format!("`\\{letter}` takes exactly {digits} hexadecimal digits of a Unicode character");
                self.faults.push(fault.at(self.span(at, end), "no such character").hint(hint));
            }
        }
        end
    }

    fn unknown_escape(&mut self, at: usize) -> usize {
        let letter = self.text.get(at + 1..).and_then(|rest| rest.chars().next()).unwrap_or('\n');
        let end = if letter == '\n' || letter == '\r' { at + 1 } else { at + 1 + letter.len_utf8() };
        let fault = Diagnostic::error(Code::UnknownEscape, "unknown escape in a string");
        let hint = match letter {
            '$' => "write `$${` for a literal `${`",
            '%' => "write `%%{` for a literal `%{`",
            '\n' | '\r' => "a string cannot go on over a line's end; use a heredoc, `<<EOT`",
            _ => "the escapes are \\n \\r \\t \\\" \\\\ \\uXXXX \\UXXXXXXXX; write `\\\\` for a backslash",
        };
        self.faults.push(fault.at(self.span(at, end), "not an escape").hint(hint));
        end
    }
}
