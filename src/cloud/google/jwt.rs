//! A claim signed with a service account's key (RS256). Pure.

use crate::cloud::Secret;
use crate::host::random;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::PrivateKey;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use serde_json::{Value, json};
use sha2::Sha256;

/// `None` when the key is none.
#[must_use]
pub fn signed(claims: &Value, (key_id, key): (&str, &Secret)) -> Option<Secret> {
    let key = private_key(key.reveal())?;
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": key_id});
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let text = format!("{}.{}", encode(&header), encode(claims));
    let mut random = random::source();
    let signature = key.pkcs1v15_sign_with_rng::<Sha256, _>(&mut random, text.as_bytes()).ok()?;
    Some(Secret::new(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))))
}

fn private_key(pem: &str) -> Option<PrivateKey> {
    let pem = pem.trim();
    PrivateKey::from_pkcs8_pem(pem).ok().or_else(|| PrivateKey::from_pkcs1_pem(pem).ok())
}
