//! JSON strings, unescaped, with the way back from each byte to the file.

use super::map::OffsetMap;
use std::borrow::Cow;

/// A JSON string.
#[derive(Debug)]
pub(super) struct Text<'a> {
    pub text: Cow<'a, str>,
    pub map: OffsetMap,
    /// Where its opening quote stands.
    pub quote: usize,
    /// After its closing quote.
    pub end: usize,
}

/// Where reading failed, and why.
type Fault = (usize, &'static str);

/// Reads the string whose quote stands at `quote`; answers with it and the place behind it.
pub(super) fn read_text(text: &str, quote: usize) -> Result<(Text<'_>, usize), Fault> {
    let bytes = text.as_bytes();
    let mut map = OffsetMap::new(quote + 1);
    let mut out = String::new();
    let mut copied = quote + 1;
    let mut at = copied;
    loop {
        match bytes.get(at) {
            None | Some(b'\n') => return Err((quote, "string is never ended")),
            Some(b'"') => break,
            Some(b'\\') => {
                out.push_str(text.get(copied..at).unwrap_or_default());
                map.add(out.len(), at);
                let (letter, end) = escape(text, at)?;
                out.push(letter);
                map.add(out.len(), end);
                at = end;
                copied = end;
            }
            Some(0..32) => return Err((at, "control character in a JSON string")),
            Some(_) => at += 1,
        }
    }
    let tail = text.get(copied..at).unwrap_or_default();
    let text = if copied == quote + 1 {
        Cow::Borrowed(tail)
    } else {
        out.push_str(tail);
        Cow::Owned(out)
    };
    Ok((Text { text, map, quote, end: at + 1 }, at + 1))
}

fn escape(text: &str, at: usize) -> Result<(char, usize), Fault> {
    let plain = match text.as_bytes().get(at + 1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return code_point(text, at),
        _ => return Err((at, "unknown escape in a JSON string")),
    };
    Ok((plain, at + 2))
}

/// `\uXXXX`, or two of them as a surrogate pair; half a pair becomes the replacement character.
fn code_point(text: &str, at: usize) -> Result<(char, usize), Fault> {
    let high = unit(text, at).ok_or((at, "`\\u` takes four hexadecimal digits"))?;
    if let (0xD800..0xDC00, Some(low @ 0xDC00..0xE000)) = (high, unit(text, at + 6)) {
        let code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
        return Ok((char::from_u32(code).unwrap_or('\u{fffd}'), at + 12));
    }
    Ok((char::from_u32(high).unwrap_or('\u{fffd}'), at + 6))
}

fn unit(text: &str, at: usize) -> Option<u32> {
    let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
    digits
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit())
        .then(|| u32::from_str_radix(digits, 16).ok())
        .flatten()
}
