//! Terraform's functions that encode or hash a whole file.

use super::{Cx, files};
use crate::hcl::functions::hex;
use crate::hcl::{Fault, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::Digest;

fn of_file(cx: &Cx<'_>, encode: fn(&[u8]) -> String) -> Result<Value, Fault> {
    cx.count(1..=1)?;
    Ok(Value::string(encode(&files::bytes(cx)?)))
}

pub(super) fn filebase64(cx: &Cx<'_>) -> Result<Value, Fault> {
    of_file(cx, |bytes| STANDARD.encode(bytes))
}

pub(super) fn filemd5(cx: &Cx<'_>) -> Result<Value, Fault> {
    of_file(cx, |bytes| hex(&md5::Md5::digest(bytes)))
}

pub(super) fn filesha1(cx: &Cx<'_>) -> Result<Value, Fault> {
    of_file(cx, |bytes| hex(&sha1::Sha1::digest(bytes)))
}

pub(super) fn filesha256(cx: &Cx<'_>) -> Result<Value, Fault> {
    of_file(cx, |bytes| hex(&sha2::Sha256::digest(bytes)))
}

pub(super) fn filesha512(cx: &Cx<'_>) -> Result<Value, Fault> {
    of_file(cx, |bytes| hex(&sha2::Sha512::digest(bytes)))
}

pub(super) fn filebase64sha256(cx: &Cx<'_>) -> Result<Value, Fault> {
    of_file(cx, |bytes| STANDARD.encode(sha2::Sha256::digest(bytes)))
}

pub(super) fn filebase64sha512(cx: &Cx<'_>) -> Result<Value, Fault> {
    of_file(cx, |bytes| STANDARD.encode(sha2::Sha512::digest(bytes)))
}
