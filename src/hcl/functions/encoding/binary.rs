//! Base64 and gzip.

use super::deflate::deflate;
use crate::hcl::functions::Function;
use crate::hcl::functions::args::{Outcome, row, text, text_of};
use crate::hcl::{FunctionError, Value};
use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

/// Padding must be there; the bits that padding leaves over may be anything.
const READER: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

pub fn rows() -> Vec<Function> {
    vec![
        row("base64decode", vec![text("str")], base64decode),
        row("base64encode", vec![text("str")], |args| Ok(Value::string(STANDARD.encode(text_of(args, 0))))),
        row("base64gzip", vec![text("str")], |args| {
            Ok(Value::string(STANDARD.encode(gzip(text_of(args, 0).as_bytes()))))
        }),
    ]
}

/// The bytes behind base64 text, in which line breaks do not count.
pub fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let bare: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    READER.decode(bare).ok()
}

fn base64decode(args: &[Value]) -> Outcome {
    let bytes = bytes_of(text_of(args, 0))
        .ok_or_else(|| FunctionError::argument(0, "the text is not valid base64"))?;
    let text = String::from_utf8(bytes).map_err(|_| FunctionError {
        hint: Some("use textdecodebase64 for text in another encoding".into()),
        ..FunctionError::argument(0, "the decoded bytes are not UTF-8 text")
    })?;
    Ok(Value::normalized(&text))
}

/// One gzip member without name or time, in the very bytes of Terraform.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    out.extend(deflate(bytes));
    out.extend(checksum(bytes).to_le_bytes());
    #[expect(clippy::cast_possible_truncation, reason = "the format keeps the length modulo 2^32")]
    out.extend((bytes.len() as u32).to_le_bytes());
    out
}

/// CRC-32 as gzip wants it.
fn checksum(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        let mixed = sum ^ u32::from(*byte);
        (0..8).fold(mixed, |value, _| if value & 1 == 1 { value >> 1 ^ 0xedb8_8320 } else { value >> 1 })
    };
    !bytes.iter().fold(u32::MAX, step)
}
