//! Passwords hashed and texts decrypted with a private key.

use super::Function;
use super::args::{Outcome, number, row, text, text_of, whole};
use crate::hcl::{FunctionError, Value};
use crate::host::random;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rsa::hazmat::rsa_decrypt;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, PrivateKey};

/// What bcrypt takes when nothing, or less than its least, is asked for.
const USUAL_COST: u32 = 10;
const LEAST_COST: i64 = 4;
const HIGHEST_COST: i64 = 31;
/// Beyond this a hash takes minutes, and with each step twice as long.
const BEARABLE_COST: i64 = 20;
/// bcrypt looks at no more of a password.
const LONGEST_PASSWORD: usize = 72;

/// The rows of this module.
pub fn rows() -> Vec<Function> {
    vec![
        row("bcrypt", vec![text("str")], bcrypt).rest(number("cost")),
        row("rsadecrypt", vec![text("ciphertext"), text("privatekey")], rsadecrypt),
    ]
}

/// A hash with a salt of its own: another one in every call.
fn bcrypt(args: &[Value]) -> Outcome {
    if args.len() > 2 {
        return Err(FunctionError::new("bcrypt takes a text and, at most, one cost"));
    }
    let password = text_of(args, 0);
    if password.len() > LONGEST_PASSWORD {
        let message = format!("a password has at most {LONGEST_PASSWORD} bytes, this one {}", password.len());
        return Err(FunctionError::argument(0, message));
    }
    let cost = match args.get(1) {
        Some(_) => cost(whole(args, 1)?)?,
        None => USUAL_COST,
    };
    let salt = random::bytes::<16>().map_err(|error| FunctionError::new(error.to_string()))?;
    let parts = ::bcrypt::hash_with_salt(password, cost, salt)
        .map_err(|error| FunctionError::new(error.to_string()))?;
    Ok(Value::string(parts.format_for_version(::bcrypt::Version::TwoA)))
}

fn cost(asked: i64) -> Result<u32, FunctionError> {
    if asked > HIGHEST_COST {
        let message = format!("a cost lies between {LEAST_COST} and {HIGHEST_COST}");
        return Err(FunctionError::argument(1, message));
    }
    if asked > BEARABLE_COST {
        return Err(FunctionError::argument(1, format!("a cost above {BEARABLE_COST} takes too long")));
    }
    Ok(if asked < LEAST_COST { USUAL_COST } else { u32::try_from(asked).unwrap_or(USUAL_COST) })
}

fn rsadecrypt(args: &[Value]) -> Outcome {
    let encrypted = STANDARD
        .decode(text_of(args, 0).replace(['\r', '\n'], ""))
        .map_err(|_| FunctionError::argument(0, "the encrypted text is not base64"))?;
    let key = private_key(text_of(args, 1)).map_err(|message| FunctionError::argument(1, message))?;
    let decrypted = decrypt(&key, &encrypted)
        .ok_or_else(|| FunctionError::argument(0, "the text was not encrypted for this key"))?;
    Ok(Value::normalized(&String::from_utf8_lossy(&decrypted)))
}

/// The text inside, with the padding of PKCS #1 (version 1.5) taken off. The library's own reading of that padding
/// answers a wrong key with made-up text; here it is an error, as nobody listens who could learn from it.
fn decrypt(key: &PrivateKey, encrypted: &[u8]) -> Option<Vec<u8>> {
    const LEAST_PADDING: usize = 8;
    if encrypted.len() != key.size() {
        return None;
    }
    let number = BoxedUint::from_be_slice(encrypted, key.n().bits_precision()).ok()?;
    let padded = rsa_decrypt(Some(&mut random::source()), key, &number).ok()?.to_be_bytes();
    let padded = padded.get(padded.len().checked_sub(key.size())?..)?;
    let rest = padded.strip_prefix(&[0, 2])?;
    let end = rest.iter().position(|byte| *byte == 0).filter(|end| *end >= LEAST_PADDING)?;
    Some(rest[end + 1..].to_vec())
}

/// A key in PEM: of PKCS #1, PKCS #8 or OpenSSH, without a passphrase.
fn private_key(pem: &str) -> Result<PrivateKey, &'static str> {
    const WRONG: &str = "the private key cannot be read";
    let begins = |kind: &str| pem.contains(&format!("-----BEGIN {kind}-----"));
    let pem = pem.trim_start();
    if begins("RSA PRIVATE KEY") {
        if pem.contains("ENCRYPTED") {
            return Err("the private key has a passphrase");
        }
        PrivateKey::from_pkcs1_pem(pem).map_err(|_| WRONG)
    } else if begins("PRIVATE KEY") {
        PrivateKey::from_pkcs8_pem(pem).map_err(|_| "the private key is no RSA key")
    } else if begins("ENCRYPTED PRIVATE KEY") {
        Err("the private key has a passphrase")
    } else if begins("OPENSSH PRIVATE KEY") {
        let lines = pem.lines().filter(|line| !line.starts_with("-----")).map(str::trim);
        let bytes = STANDARD.decode(lines.collect::<String>()).map_err(|_| WRONG)?;
        openssh_key(&bytes)
    } else {
        Err("there is no private key in PEM in it")
    }
}

/// The format that OpenSSH describes in its file `PROTOCOL.key`.
fn openssh_key(bytes: &[u8]) -> Result<PrivateKey, &'static str> {
    const WRONG: &str = "the private key cannot be read";
    let mut outer = Fields(bytes.strip_prefix(b"openssh-key-v1\0").ok_or(WRONG)?);
    if outer.next().ok_or(WRONG)? != b"none" {
        return Err("the private key has a passphrase");
    }
    // The derivation of a key and its options, the number of keys, the public one.
    outer.skip_fields(2).and_then(|()| outer.skip(4)).and_then(|()| outer.skip_fields(1)).ok_or(WRONG)?;
    let mut inner = Fields(outer.next().ok_or(WRONG)?);
    // Two equal numbers that tell a wrong passphrase.
    inner.skip(8).ok_or(WRONG)?;
    if inner.next().ok_or(WRONG)? != b"ssh-rsa" {
        return Err("the private key is no RSA key");
    }
    let mut number = || inner.next().map(number_of_bytes).ok_or(WRONG);
    let (modulus, public, private, _inverse) = (number()?, number()?, number()?, number()?);
    let primes = vec![number()?, number()?];
    PrivateKey::from_components(modulus, public, private, primes).map_err(|_| WRONG)
}

fn number_of_bytes(digits: &[u8]) -> BoxedUint {
    let digits = &digits[digits.iter().take_while(|digit| **digit == 0).count()..];
    BoxedUint::from_be_slice_vartime(digits)
}

/// Fields that say their length in four bytes before them.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (field, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(field)
    }

    fn skip_fields(&mut self, count: usize) -> Option<()> {
        (0..count).try_for_each(|_| self.next().map(|_| ()))
    }

    fn skip(&mut self, bytes: usize) -> Option<()> {
        self.0 = self.0.get(bytes..)?;
        Some(())
    }
}
