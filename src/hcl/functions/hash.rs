//! Digests and names made from them.

use super::Function;
use super::args::{Outcome, row, text, text_of};
use crate::hcl::{FunctionError, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

/// The rows of this module.
pub fn rows() -> Vec<Function> {
    vec![
        row("base64sha256", vec![text("str")], base64_of::<Sha256>),
        row("base64sha512", vec![text("str")], base64_of::<Sha512>),
        row("md5", vec![text("str")], hex_of::<Md5>),
        row("sha1", vec![text("str")], hex_of::<Sha1>),
        row("sha256", vec![text("str")], hex_of::<Sha256>),
        row("sha512", vec![text("str")], hex_of::<Sha512>),
        row("uuidv5", vec![text("namespace"), text("name")], uuidv5),
    ]
}

fn hex_of<D: Digest>(args: &[Value]) -> Outcome {
    Ok(Value::string(hex(&D::digest(text_of(args, 0)))))
}

fn base64_of<D: Digest>(args: &[Value]) -> Outcome {
    Ok(Value::string(STANDARD.encode(D::digest(text_of(args, 0)))))
}

/// Bytes as small hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// The four well-known namespaces differ in their fourth byte alone.
const NAMESPACE: u128 = 0x6ba7_b810_9dad_11d1_80b4_00c0_4fd4_30c8;

fn uuidv5(args: &[Value]) -> Outcome {
    let namespace = match text_of(args, 0) {
        "dns" => NAMESPACE,
        "url" => NAMESPACE + (1 << 96),
        "oid" => NAMESPACE + (2 << 96),
        "x500" => NAMESPACE + (4 << 96),
        other => uuid_in(other).ok_or_else(|| {
            let message = format!("`{other}` is neither dns, url, oid or x500 nor a UUID");
            FunctionError::argument(0, message)
        })?,
    };
    let digest = Sha1::new().chain_update(namespace.to_be_bytes()).chain_update(text_of(args, 1)).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x50;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hex(&bytes);
    Ok(Value::string([&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-")))
}

/// Plain, in braces, as a URN, or bare digits.
fn uuid_in(text: &str) -> Option<u128> {
    let text = match text.len() {
        45 => {
            text.get(..9).filter(|urn| urn.eq_ignore_ascii_case("urn:uuid:")).and_then(|_| text.get(9..))?
        }
        38 => text.get(1..37)?,
        _ => text,
    };
    let digits = if text.len() == 36 {
        let dashes = [8, 13, 18, 23].iter().all(|at| text.as_bytes()[*at] == b'-');
        if dashes { text.replace('-', "") } else { return None }
    } else {
        text.to_owned()
    };
    let plain = digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    if plain { u128::from_str_radix(&digits, 16).ok() } else { None }
}
