//! Names of hosts as the tools compare them: lower case, in the alphabet of the name service, without the usual port.

use reqwest::Url;

/// The host in the form that is compared; `None` if it is none.
#[must_use]
pub fn normal_host(text: &str) -> Option<String> {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) => (name, Some(port.parse::<u16>().ok()?)),
        None => (text, None),
    };
    let is_part = |sign: char| !sign.is_ascii() || sign.is_ascii_alphanumeric() || matches!(sign, '-' | '.');
    if !name.chars().all(is_part) || name.split('.').any(str::is_empty) {
        return None;
    }
    // An address of numbers alone stays as it is written.
    let plain = match name.is_ascii() {
        true => name.to_ascii_lowercase(),
        false => Url::parse(&format!("https://{name}/")).ok()?.host_str()?.to_owned(),
    };
    Some(match port {
        None | Some(443) => plain,
        Some(port) => format!("{plain}:{port}"),
    })
}

/// The same for one that a file names, where the tools want the letters themselves.
///
/// # Errors
/// Why it is none.
pub(super) fn host_of_file(text: &str) -> Result<String, &'static str> {
    if text.split('.').any(|part| part.to_ascii_lowercase().starts_with("xn--")) {
        return Err("here a host is written in its own letters, not in punycode");
    }
    normal_host(text).ok_or("this is no name of a host")
}

#[cfg(test)]
mod tests {
    use super::{host_of_file, normal_host};

    #[test]
    fn hosts_have_one_form() {
        for (text, want) in [
            ("A.example", Some("a.example")),
            ("a.example:443", Some("a.example")),
            ("a.example:8443", Some("a.example:8443")),
            ("Bücher.example", Some("xn--bcher-kva.example")),
            ("xn--bcher-kva.example", Some("xn--bcher-kva.example")),
            ("127.0.0.1:80", Some("127.0.0.1:80")),
            ("localhost", Some("localhost")),
            ("a_b.example", None),
            ("a..b", None),
            ("a/b", None),
            ("a:b", None),
            ("", None),
        ] {
            assert_eq!(normal_host(text).as_deref(), want, "{text}");
        }
        assert!(host_of_file("bücher.example").is_ok() && host_of_file("xn--bcher-kva.example").is_err());
    }
}
