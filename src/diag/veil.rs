//! Logins that stand in an address of a user's file, hidden where we quote the file. Every byte keeps its place, so
//! spans stay right.

use std::borrow::Cow;
use std::ops::Range;

/// Parameters of addresses that carry nothing secret.
const PLAIN: [&str; 6] = ["ref", "depth", "version", "archive", "checksum", "filename"];

/// The text with stars in the place of users, passwords and parameters of addresses.
#[must_use]
pub fn veil(text: &str) -> Cow<'_, str> {
    let secrets: Vec<Range<usize>> =
        text.match_indices("://").flat_map(|(at, _)| secrets_at(text, at)).collect();
    if secrets.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
        if secret.start < done {
            continue;
        }
        out.push_str(&text[done..secret.start]);
        out.extend(std::iter::repeat_n('*', secret.len()));
        done = secret.end;
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}

/// What is secret in the address whose `://` stands here.
fn secrets_at(text: &str, at: usize) -> Vec<Range<usize>> {
    let start = at + "://".len();
    let end = start + end_of(&text[start..], |c| matches!(c, '"' | '\'' | '`') || c.is_whitespace());
    let authority = start + end_of(&text[start..end], |c| matches!(c, '/' | '?' | '#'));
    let mut secrets = Vec::new();
    if let Some(sign) = text[start..authority].rfind('@') {
        let user = &text[start..start + sign];
        let is_ssh = text[..at].ends_with("ssh");
        let kept = if is_ssh { user.find(':').map_or(user.len(), |colon| colon + 1) } else { 0 };
        secrets.push(start + kept..start + sign);
    }
    if let Some(query) = text[authority..end].find('?') {
        let mut from = authority + query + 1;
        for pair in text[from..end].split('&') {
            let key = pair.split('=').next().unwrap_or_default();
            if key.len() < pair.len() && !PLAIN.contains(&key) {
                secrets.push(from + key.len() + 1..from + pair.len());
            }
            from += pair.len() + 1;
        }
    }
    secrets
}

fn end_of(text: &str, ends: impl Fn(char) -> bool) -> usize {
    text.find(ends).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::veil;

    #[test]
    fn logins_become_stars_of_the_same_length() {
        for (given, want) in [
            ("x = \"git::https://u:pw@h/r.git//a?ref=v1\"", "x = \"git::https://****@h/r.git//a?ref=v1\""),
            ("\"git::ssh://git@h/r?sshkey=abc&ref=é\"", "\"git::ssh://git@h/r?sshkey=***&ref=é\""),
            ("ssh://git:pw@h/r", "ssh://git:**@h/r"),
            ("https://h/m.zip?token=é1&archive=zip", "https://h/m.zip?token=***&archive=zip"),
            ("a://b@c d://e@f", "a://*@c d://*@f"),
            ("mail a@b, see http://h/?x", "mail a@b, see http://h/?x"),
        ] {
            let veiled = veil(given);
            assert_eq!(veiled, want);
            assert_eq!(veiled.len(), given.len());
        }
    }
}
