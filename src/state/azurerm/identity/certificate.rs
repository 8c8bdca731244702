//! A client's certificate out of a PKCS#12 bundle, and the word that its key signs (RFC 7523). Nothing here is OpenSSL.

use super::settings::Bundle;
use crate::cloud::Secret;
use crate::host::{clock, fs, random};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use rsa::PrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use serde_json::json;
use sha1::{Digest, Sha1};
use sha2::Sha256;
use std::fmt::{Debug, Formatter};
use std::time::UNIX_EPOCH;

/// How long a word of ours is good for, in seconds.
const LIFE: u64 = 600;

/// A key and the thumbprint of its certificate.
pub struct Paper {
    key: PrivateKey,
    thumbprint: String,
}

impl Debug for Paper {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Paper").field("thumbprint", &self.thumbprint).finish_non_exhaustive()
    }
}

/// # Errors
/// When it is no bundle, the password is another one, or it holds no RSA key.
pub fn open(bundle: &Bundle, password: &Secret) -> Result<Paper, String> {
    let bytes = match bundle {
        Bundle::File(path) => fs::read(path).map_err(|error| error.to_string())?,
        Bundle::Base64(text) => STANDARD
            .decode(text.reveal().split_whitespace().collect::<String>())
            .map_err(|_| "the client's certificate is no base64")?,
    };
    let unread =
        |_| "the client's certificate cannot be opened: it is no PKCS#12, or its password is another one";
    let store =
        KeyStore::from_pkcs12(&bytes, password.reveal(), Pkcs12ImportPolicy::Relaxed).map_err(unread)?;
    let (_, chain) = store.private_key_chain().ok_or("the client's certificate comes without its key")?;
    let own = chain.certs().first().ok_or("the bundle holds a key, but not its certificate")?;
    let key = PrivateKey::from_pkcs8_der(chain.key().as_der())
        .map_err(|_| "the client's certificate has a key that is not of RSA")?;
    Ok(Paper { key, thumbprint: URL_SAFE_NO_PAD.encode(Sha1::digest(own.as_der())) })
}

impl Paper {
    /// A word that says who we are, to this directory alone and for a few minutes.
    pub fn assert(&self, client: &str, audience: &str) -> Result<String, String> {
        let now = clock::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let id = random::uuid().map_err(|error| error.to_string())?;
        let head = json!({ "alg": "RS256", "typ": "JWT", "x5t": self.thumbprint });
        let claims = json!({
            "aud": audience, "iss": client, "sub": client, "jti": id, "nbf": now, "exp": now + LIFE,
        });
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(head), part(claims));
        let signature = self.key.pkcs1v15_sign_with_rng::<Sha256, _>(&mut random::source(), text.as_bytes());
        let signature = signature.map_err(|_| "the client's key cannot sign")?;
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}
