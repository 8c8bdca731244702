//! Percent-encoding of URL paths and queries, byte for byte as the cache folders' hashes need it.

/// A path as it stands in a URL: kept when it is already valid there, else decoded once and encoded anew.
#[must_use]
pub fn escaped_path(text: &str) -> String {
    let decoded = decode(text);
    if is_valid_encoded(text) && decoded.is_some() {
        return text.to_owned();
    }
    escape_path(decoded.as_deref().unwrap_or(text))
}

/// Encodes everything that a URL path does not carry plainly.
#[must_use]
pub fn escape_path(text: &str) -> String {
    escape(text, |byte| b"-_.~$&+,/:;=@".contains(&byte))
}

/// Decodes `%XX`; `None` when an escape is broken or the result is not UTF-8.
#[must_use]
pub fn decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            out.push(hex(bytes.next()?)? << 4 | hex(bytes.next()?)?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

/// The pairs of a query string, in the order written, decoded.
#[must_use]
pub fn parse_query(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode_form(key), decode_form(value))
        })
        .collect()
}

/// A query string with its keys sorted and its values form-encoded; equal queries give equal texts.
#[must_use]
pub fn encode_query(pairs: &[(String, String)]) -> String {
    let mut sorted: Vec<&(String, String)> = pairs.iter().collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    let encoded: Vec<String> =
        sorted.iter().map(|(key, value)| format!("{}={}", encode_form(key), encode_form(value))).collect();
    encoded.join("&")
}

fn encode_form(text: &str) -> String {
    let words: Vec<String> =
        text.split(' ').map(|word| escape(word, |byte| b"-_.~".contains(&byte))).collect();
    words.join("+")
}

fn decode_form(text: &str) -> String {
    let spaced = text.replace('+', " ");
    decode(&spaced).unwrap_or(spaced)
}

fn escape(text: &str, plain: impl Fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn is_valid_encoded(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~!$&'()*+,;=:@[]%/".contains(&byte))
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::{encode_query, escaped_path, parse_query};

    #[test]
    fn paths_are_encoded_once() {
        for (given, want) in [
            ("/a b/c", "/a%20b/c"),
            ("/a%20b", "/a%20b"),
            ("/a%2Fb", "/a%2Fb"),
            ("/100%", "/100%25"),
            ("/é", "/%C3%A9"),
        ] {
            assert_eq!(escaped_path(given), want, "{given}");
        }
    }

    #[test]
    fn queries_are_sorted_and_form_encoded() {
        for (given, want) in [
            ("ref=main&depth=1", "depth=1&ref=main"),
            ("ref=refs/heads/main", "ref=refs%2Fheads%2Fmain"),
            ("ref=a b", "ref=a+b"),
            ("", ""),
            ("archive", "archive="),
        ] {
            assert_eq!(encode_query(&parse_query(given)), want, "{given}");
        }
    }
}
