//! Patterns of paths for the copy rules: `*`, `?`, `[a-z]`, `{a,b}` inside a segment, `**` for any number of segments.

use super::error::SourceError;
use crate::host::fs::clean;
use std::path::Path;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Glob {
    /// One list of segments an alternative.
    alternatives: Vec<Vec<Segment>>,
}

#[derive(Clone, Debug)]
enum Segment {
    /// `**`
    Any,
    Name(Vec<Token>),
}

#[derive(Clone, Debug)]
enum Token {
    Char(char),
    One,
    Many,
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Glob {
    /// Compiles a pattern, which is relative to the folder that is copied.
    ///
    /// # Errors
    /// When a bracket or brace is not closed.
    pub fn new(text: &str) -> Result<Self, SourceError> {
        let fault =
            |problem: &str| SourceError::BadGlob { glob: text.to_owned(), problem: problem.to_owned() };
        let expanded = expand_braces(text).map_err(fault)?;
        let mut alternatives = Vec::new();
        for pattern in expanded {
            let pattern = clean(Path::new(&pattern));
            let segments: Result<Vec<Segment>, &str> =
                pattern.iter().map(|part| parse_segment(&part.to_string_lossy())).collect();
            alternatives.push(segments.map_err(fault)?);
        }
        Ok(Self { alternatives })
    }

    /// Whether the whole path matches.
    #[must_use]
    pub fn is_match(&self, path: &[&str]) -> bool {
        self.alternatives.iter().any(|segments| matches(segments, path, Reach::Whole))
    }

    /// Whether something below this folder could match.
    #[must_use]
    pub fn could_match_below(&self, folder: &[&str]) -> bool {
        self.alternatives.iter().any(|segments| matches(segments, folder, Reach::Below))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Whole,
    Below,
}

fn matches(segments: &[Segment], path: &[&str], reach: Reach) -> bool {
    match (segments.split_first(), path.split_first()) {
        (None, None) => reach == Reach::Whole,
        (Some(_), None) if reach == Reach::Below => true,
        (Some((Segment::Any, rest)), None) => matches(rest, path, reach),
        (None, Some(_)) | (Some(_), None) => false,
        (Some((Segment::Any, rest)), Some((_, below))) => {
            matches(rest, path, reach) || matches(segments, below, reach)
        }
        (Some((Segment::Name(tokens), rest)), Some((name, below))) => {
            let name: Vec<char> = name.chars().collect();
            name_matches(tokens, &name) && matches(rest, below, reach)
        }
    }
}

fn name_matches(tokens: &[Token], name: &[char]) -> bool {
    let Some((token, rest)) = tokens.split_first() else { return name.is_empty() };
    match (token, name.split_first()) {
        (Token::Many, _) => (0..=name.len()).any(|taken| name_matches(rest, &name[taken..])),
        (_, None) => false,
        (Token::One, Some((_, below))) => name_matches(rest, below),
        (Token::Char(want), Some((have, below))) => want == have && name_matches(rest, below),
        (Token::Class { negated, ranges }, Some((have, below))) => {
            ranges.iter().any(|(low, high)| (low..=high).contains(&have)) != *negated
                && name_matches(rest, below)
        }
    }
}

fn parse_segment(text: &str) -> Result<Segment, &'static str> {
    if text == "**" {
        return Ok(Segment::Any);
    }
    let mut tokens = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            '*' => Token::Many,
            '?' => Token::One,
            '\\' => Token::Char(chars.next().unwrap_or('\\')),
            '[' => parse_class(&mut chars)?,
            c => Token::Char(c),
        });
    }
    tokens.dedup_by(|a, b| matches!((a, b), (Token::Many, Token::Many)));
    Ok(Segment::Name(tokens))
}

fn parse_class(chars: &mut std::str::Chars<'_>) -> Result<Token, &'static str> {
    let mut inside: Vec<char> = Vec::new();
    loop {
        match chars.next() {
            Some(']') if !inside.is_empty() => break,
            Some(c) => inside.push(c),
            None => return Err("a `[` is not closed"),
        }
    }
    let negated = matches!(inside.first(), Some('!' | '^'));
    let mut rest = if negated { &inside[1..] } else { &inside[..] };
    let mut ranges = Vec::new();
    while let Some((low, after)) = rest.split_first() {
        match after {
            ['-', high, after @ ..] => {
                ranges.push((*low, *high));
                rest = after;
            }
            _ => {
                ranges.push((*low, *low));
                rest = after;
            }
        }
    }
    Ok(Token::Class { negated, ranges })
}

/// `a{b,c}d` is `abd` and `acd`; braces nest.
fn expand_braces(text: &str) -> Result<Vec<String>, &'static str> {
    let Some(open) = text.find('{') else { return Ok(vec![text.to_owned()]) };
    let mut depth = 0;
    let mut cuts = vec![open];
    let mut close = None;
    for (at, c) in text.char_indices().skip_while(|(at, _)| *at < open) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => cuts.push(at),
            _ => {}
        }
        if depth == 0 {
            close = Some(at);
            break;
        }
    }
    let close = close.ok_or("a `{` is not closed")?;
    cuts.push(close);
    let mut out = Vec::new();
    for pair in cuts.windows(2) {
        let joined = format!("{}{}{}", &text[..open], &text[pair[0] + 1..pair[1]], &text[close + 1..]);
        out.extend(expand_braces(&joined)?);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::Glob;

    fn parts(path: &str) -> Vec<&str> {
        path.split('/').collect()
    }

    #[test]
    fn patterns_match_whole_paths() {
        for (pattern, path, want) in [
            ("*.tf", "a.tf", true),
            ("*.tf", "a/a.tf", false),
            ("a/**/*.tf", "a/x.tf", true),
            ("a/**/*.tf", "a/b/c/x.tf", true),
            ("**/s.tf", "s.tf", true),
            ("**", "a/b", true),
            (".hid/**", ".hid/x", true),
            (".hid/**", ".hid", true),
            ("./a", "a", true),
            ("a/", "a", true),
            ("x?.[a-c]*", "xy.bz", true),
            ("x?.[!a-c]*", "xy.bz", false),
            ("{a,b/c}/d", "b/c/d", true),
            ("{a,b}/d", "c/d", false),
            ("**/.dot*", ".dot.json", true),
            ("\\*", "*", true),
            ("*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaa", false),
        ] {
            assert_eq!(Glob::new(pattern).unwrap().is_match(&parts(path)), want, "{pattern} {path}");
        }
    }

    #[test]
    fn folders_on_the_way_are_known() {
        for (pattern, folder, want) in [
            (".hid/x/*.tf", ".hid", true),
            (".hid/x", ".hid/x", false),
            ("**/f", ".a/b", true),
            ("b/f", ".a", false),
        ] {
            assert_eq!(
                Glob::new(pattern).unwrap().could_match_below(&parts(folder)),
                want,
                "{pattern} {folder}"
            );
        }
    }

    #[test]
    fn open_brackets_are_faults() {
        for pattern in ["a[b", "a{b,c"] {
            assert!(Glob::new(pattern).is_err(), "{pattern}");
        }
    }
}
