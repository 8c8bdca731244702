//! Text in other character encodings, carried as base64: those that configuration meets, nothing exotic.

use super::binary::bytes_of;
use crate::hcl::functions::Function;
use crate::hcl::functions::args::{Outcome, row, text, text_of};
use crate::hcl::{FunctionError, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub fn rows() -> Vec<Function> {
    vec![
        row("textdecodebase64", vec![text("source"), text("encoding")], decode),
        row("textencodebase64", vec![text("string"), text("encoding")], encode),
    ]
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Charset {
    Utf8,
    /// With a byte order mark when written; big-endian unless a mark says otherwise.
    Utf16,
    Utf16Be,
    Utf16Le,
    Ascii,
    Latin1,
    Windows1252,
}

const NAMES: [(&str, Charset); 13] = [
    ("utf-8", Charset::Utf8),
    ("utf-16", Charset::Utf16),
    ("utf-16be", Charset::Utf16Be),
    ("utf-16le", Charset::Utf16Le),
    ("us-ascii", Charset::Ascii),
    ("iso-8859-1", Charset::Latin1),
    ("iso_8859-1", Charset::Latin1),
    ("iso_8859-1:1987", Charset::Latin1),
    ("latin1", Charset::Latin1),
    ("l1", Charset::Latin1),
    ("ibm819", Charset::Latin1),
    ("cp819", Charset::Latin1),
    ("windows-1252", Charset::Windows1252),
];

/// 0x80 to 0x9F; a blank stands where the code page has no character.
const WINDOWS_1252: &str = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";

fn charset_of(args: &[Value]) -> Result<Charset, FunctionError> {
    let name = text_of(args, 1);
    let found = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, charset)| *charset).ok_or_else(|| FunctionError {
        hint: Some("use UTF-8, UTF-16, UTF-16LE, UTF-16BE, US-ASCII, ISO-8859-1 or windows-1252".into()),
        ..FunctionError::argument(1, format!("the encoding `{name}` is not supported"))
    })
}

fn encode(args: &[Value]) -> Outcome {
    let charset = charset_of(args)?;
    let bytes = bytes_in(text_of(args, 0), charset).ok_or_else(|| {
        let message = format!("the text has characters that {} does not have", text_of(args, 1));
        FunctionError::argument(0, message)
    })?;
    Ok(Value::string(STANDARD.encode(bytes)))
}

fn decode(args: &[Value]) -> Outcome {
    let charset = charset_of(args)?;
    let bytes = bytes_of(text_of(args, 0))
        .ok_or_else(|| FunctionError::argument(0, "the text is not valid base64"))?;
    let text = text_in(&bytes, charset).ok_or_else(|| {
        FunctionError::argument(0, format!("the decoded bytes are not {} text", text_of(args, 1)))
    })?;
    Ok(Value::normalized(&text))
}

fn bytes_in(text: &str, charset: Charset) -> Option<Vec<u8>> {
    match charset {
        Charset::Utf8 => Some(text.as_bytes().to_vec()),
        Charset::Utf16 => {
            Some([0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect())
        }
        Charset::Utf16Be => Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        Charset::Utf16Le => Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        Charset::Ascii | Charset::Latin1 | Charset::Windows1252 => {
            text.chars().map(|c| byte_of(c, charset)).collect()
        }
    }
}

fn byte_of(c: char, charset: Charset) -> Option<u8> {
    let code = u8::try_from(u32::from(c)).ok();
    match charset {
        Charset::Ascii => code.filter(u8::is_ascii),
        Charset::Windows1252 if !matches!(code, Some(0..=0x7f | 0xa0..=0xff)) => {
            let place = WINDOWS_1252.chars().position(|other| other == c && c != ' ')?;
            u8::try_from(0x80 + place).ok()
        }
        _ => code,
    }
}

fn text_in(bytes: &[u8], charset: Charset) -> Option<String> {
    match (charset, bytes) {
        (Charset::Utf8, _) => String::from_utf8(bytes.to_vec()).ok(),
        (Charset::Utf16, [0xff, 0xfe, rest @ ..]) => utf16(rest, u16::from_le_bytes),
        (Charset::Utf16, [0xfe, 0xff, rest @ ..]) => utf16(rest, u16::from_be_bytes),
        (Charset::Utf16 | Charset::Utf16Be, _) => utf16(bytes, u16::from_be_bytes),
        (Charset::Utf16Le, _) => utf16(bytes, u16::from_le_bytes),
        (Charset::Ascii | Charset::Latin1 | Charset::Windows1252, _) => {
            bytes.iter().map(|byte| char_of(*byte, charset)).collect()
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect::<Result<_, _>>().ok()
}

fn char_of(byte: u8, charset: Charset) -> Option<char> {
    match charset {
        Charset::Ascii if !byte.is_ascii() => None,
        Charset::Windows1252 if (0x80..0xa0).contains(&byte) => {
            WINDOWS_1252.chars().nth(usize::from(byte - 0x80)).filter(|c| *c != ' ')
        }
        _ => Some(char::from(byte)),
    }
}
