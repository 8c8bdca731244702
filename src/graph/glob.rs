//! Path patterns, in the two dialects that repositories are written in. Text against text: no file is looked at.

use regex::Regex;

/// A pattern that cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GlobError {
    #[error("a '[' is never closed")]
    UnclosedClass,
    #[error("'[]' names no character")]
    EmptyClass,
    #[error("a range is '[a-z]', and nothing else may stand in its brackets")]
    BadRange,
    #[error("a '{{' is never closed")]
    UnclosedChoice,
    #[error("the pattern is too large")]
    TooLarge,
}

type Result<T> = std::result::Result<T, GlobError>;

#[derive(Clone, Debug)]
enum Matcher {
    /// No wildcard in it.
    Exact(String),
    Pattern(Regex),
}

impl Matcher {
    fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == text,
            Self::Pattern(pattern) => pattern.is_match(text),
        }
    }

    fn pattern(expression: &str) -> Result<Self> {
        let anchored = format!("^(?s:{expression})$");
        Regex::new(&anchored).map(Self::Pattern).map_err(|_| GlobError::TooLarge)
    }
}

/// A pattern of a filter: `*` and `?` stay within a segment, `**` crosses `/` (so `a/**` is everything below `a`,
/// and `**/a` needs a folder in front of `a`), `[abc]`, `[a-z]`, `[!a]`, `{a,b}`, and `\` takes a character as it is.
#[derive(Clone, Debug)]
pub struct Glob(Matcher);

impl Glob {
    /// # Errors
    /// When a bracket is not closed or what it holds means nothing.
    pub fn parse(pattern: &str) -> Result<Self> {
        if !pattern.contains(['*', '?', '[', '{', '\\']) {
            return Ok(Self(Matcher::Exact(pattern.to_owned())));
        }
        let mut out = String::new();
        let mut lexer = Lexer { rest: pattern.chars().collect::<Vec<_>>().into_iter().peekable(), open: 0 };
        while let Some(letter) = lexer.rest.next() {
            lexer.translate(letter, &mut out)?;
        }
        if lexer.open > 0 {
            return Err(GlobError::UnclosedChoice);
        }
        Matcher::pattern(&out).map(Self)
    }

    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// The only text that it matches, if it has no wildcard.
    #[must_use]
    pub fn exact(&self) -> Option<&str> {
        match &self.0 {
            Matcher::Exact(text) => Some(text),
            Matcher::Pattern(_) => None,
        }
    }
}

/// Turns a pattern into a regular expression, letter by letter.
struct Lexer {
    rest: std::iter::Peekable<std::vec::IntoIter<char>>,
    /// Choices (`{`) that are open here.
    open: usize,
}

impl Lexer {
    fn translate(&mut self, letter: char, out: &mut String) -> Result<()> {
        match letter {
            '*' if self.rest.next_if_eq(&'*').is_some() => out.push_str(".*"),
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '[' => self.class(out)?,
            '{' => {
                self.open += 1;
                out.push_str("(?:");
            }
            '}' if self.open > 0 => {
                self.open -= 1;
                out.push(')');
            }
            ',' if self.open > 0 => out.push('|'),
            '\\' => push_literal(self.rest.next().unwrap_or('\\'), out),
            other => push_literal(other, out),
        }
        Ok(())
    }

    fn class(&mut self, out: &mut String) -> Result<()> {
        let negated = self.rest.next_if_eq(&'!').is_some();
        let mut letters = Vec::new();
        loop {
            match self.rest.next().ok_or(GlobError::UnclosedClass)? {
                ']' => break,
                '\\' => letters.push(self.rest.next().ok_or(GlobError::UnclosedClass)?),
                letter => letters.push(letter),
            }
        }
        out.push_str(if negated { "[^" } else { "[" });
        match letters.as_slice() {
            [] => return Err(GlobError::EmptyClass),
            [low, '-', high] if low <= high => {
                push_literal(*low, out);
                out.push('-');
                push_literal(*high, out);
            }
            [_, '-', ..] => return Err(GlobError::BadRange),
            _ => letters.into_iter().for_each(|letter| push_literal(letter, out)),
        }
        out.push(']');
        Ok(())
    }
}

/// Escapes what a regular expression would read as a sign, in and out of a class.
fn push_literal(letter: char, out: &mut String) {
    out.push_str(&regex::escape(letter.encode_utf8(&mut [0; 4])));
}

/// A pattern of a copy rule, relative to the folder that is copied: as [`Glob`], but `**/` stands for any number of
/// folders, none included (`a/**/*.tf` covers `a/x.tf`), and other double stars are single ones. What it matches is
/// covered with everything below it.
#[derive(Clone, Debug)]
pub struct CopyGlob(Regex);

impl CopyGlob {
    /// A leading `/` means the copied folder; a pattern that climbs out of that folder covers nothing.
    ///
    /// # Errors
    /// When a bracket is not closed or what it holds means nothing.
    pub fn parse(pattern: &str) -> Result<Self> {
        let inside = format!("/{pattern}");
        let inside = crate::host::fs::clean(std::path::Path::new(&inside));
        let inside = inside.to_string_lossy();
        let inside = inside.trim_start_matches('/');
        let expression = if inside.is_empty() { ".*".to_owned() } else { copy_expression(inside)? };
        match Matcher::pattern(&format!("(?:{expression})(?:/.*)?"))? {
            Matcher::Pattern(pattern) => Ok(Self(pattern)),
            Matcher::Exact(_) => Err(GlobError::TooLarge),
        }
    }

    /// Whether the rule takes this path, relative to the copied folder and with `/` between segments.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        self.0.is_match(path)
    }
}

/// A pattern of terraform's `fileset`: as [`Glob`], but a segment `**` stands for any number of folders, none
/// included, and at the end for every file below.
#[derive(Clone, Debug)]
pub struct FileGlob(Matcher);

impl FileGlob {
    /// # Errors
    /// When a bracket is not closed or what it holds means nothing.
    pub fn parse(pattern: &str) -> Result<Self> {
        let pattern = &with_our_negation(pattern);
        let (head, tail) = match pattern.strip_suffix("**") {
            Some(head) if head.is_empty() || head.ends_with('/') => (head, ".*"),
            _ => (pattern.as_str(), ""),
        };
        Matcher::pattern(&format!("{}{tail}", copy_expression(head)?)).map(Self)
    }

    #[must_use]
    pub fn is_match(&self, path: &str) -> bool {
        self.0.is_match(path)
    }
}

/// In `fileset` a class begins with `^` to mean any other letter, and `!` is a letter like others.
fn with_our_negation(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(at) = rest.find('[') {
        out.push_str(&rest[..=at]);
        rest = &rest[at + 1..];
        if let Some(class) = rest.strip_prefix('^') {
            out.push('!');
            rest = class;
        } else if let Some((class, behind)) = rest.strip_prefix('!').and_then(|class| class.split_once(']')) {
            out.push_str(&format!("{class}!]"));
            rest = behind;
        }
    }
    out.push_str(rest);
    out
}

fn copy_expression(pattern: &str) -> Result<String> {
    let mut out = String::new();
    let mut lexer = Lexer { rest: pattern.chars().collect::<Vec<_>>().into_iter().peekable(), open: 0 };
    while let Some(letter) = lexer.rest.next() {
        if letter != '*' {
            lexer.translate(letter, &mut out)?;
            continue;
        }
        let mut stars = 1;
        while lexer.rest.next_if_eq(&'*').is_some() {
            stars += 1;
        }
        if stars > 1 && lexer.rest.next_if_eq(&'/').is_some() {
            out.push_str("(?:.*/)?");
        } else {
            out.push_str("[^/]*");
        }
    }
    if lexer.open > 0 { Err(GlobError::UnclosedChoice) } else { Ok(out) }
}

#[cfg(test)]
mod tests {
    use super::{CopyGlob, Glob, GlobError};

    const PATHS: [&str; 13] = [
        ".",
        "..weird",
        ".dot",
        "a.b/c",
        "legacy",
        "legacy/sub",
        "odd/we[ird]",
        "prod/app",
        "prod/db",
        "prod/eu/edge",
        "prod/vpc",
        "vpc",
        "../shared/dns",
    ];

    /// Expectations are the reference's, on these very paths.
    #[test]
    fn filter_patterns() {
        let all = PATHS.join(" ");
        for (pattern, want) in [
            ("**", all.as_str()),
            ("***", &all),
            ("*", ". ..weird .dot legacy vpc"),
            (".*", ". ..weird .dot"),
            ("**/vpc", "prod/vpc"),
            ("prod", ""),
            ("prod/*", "prod/app prod/db prod/vpc"),
            ("prod/**", "prod/app prod/db prod/eu/edge prod/vpc"),
            ("prod/**/edge", "prod/eu/edge"),
            ("prod/**/vpc", ""),
            ("**c", "a.b/c prod/vpc vpc"),
            ("a**c", "a.b/c"),
            ("legacy**", "legacy legacy/sub"),
            ("**/prod/**", ""),
            ("*/{vpc,db}", "prod/db prod/vpc"),
            ("{vpc,pr{od,}/{a,d}*}", "prod/app prod/db vpc"),
            ("prod/v?c", "prod/vpc"),
            ("prod?vpc", ""),
            ("prod/[vd]*", "prod/db prod/vpc"),
            ("prod/[!v]*", "prod/app prod/db"),
            ("prod/[^v]*", "prod/vpc"),
            ("prod/[a-d]*", "prod/app prod/db"),
            ("prod/[a,d]*", "prod/app prod/db"),
            ("v\\pc", "vpc"),
            ("odd/we\\[ird\\]", "odd/we[ird]"),
            ("odd/we[ird]", ""),
            ("PROD/*", ""),
        ] {
            let glob = Glob::parse(pattern).unwrap();
            let got: Vec<&str> = PATHS.into_iter().filter(|path| glob.is_match(path)).collect();
            assert_eq!(got.join(" "), want, "{pattern}");
        }
    }

    #[test]
    fn broken_patterns() {
        for (pattern, want) in [
            ("[a", GlobError::UnclosedClass),
            ("a[]x", GlobError::EmptyClass),
            ("[!]", GlobError::EmptyClass),
            ("[a-]*", GlobError::BadRange),
            ("[a-dv]*", GlobError::BadRange),
            ("[d-a]", GlobError::BadRange),
            ("{a,b", GlobError::UnclosedChoice),
        ] {
            assert_eq!(Glob::parse(pattern).unwrap_err(), want, "{pattern}");
        }
    }

    const FILES: [&str; 16] = [
        "a.tf",
        "a.txt",
        "b.txt",
        "b/c/d/x.tf",
        "b/c/x.tf",
        "b/x.tf",
        "b/y.txt",
        "bb/bb.txt",
        "bx.tf",
        "e.f.txt",
        "main.tf",
        "p q.txt",
        "q[1].txt",
        "xb/x.tf",
        ".dot",
        ".h/y/z.txt",
    ];

    /// Expectations are the reference's, on these very files.
    #[test]
    fn copy_patterns() {
        let all = FILES.join(",");
        for (pattern, want) in [
            ("*.txt", "a.txt,b.txt,e.f.txt,p q.txt,q[1].txt"),
            ("**.txt", "a.txt,b.txt,e.f.txt,p q.txt,q[1].txt"),
            ("**/*.txt", "a.txt,b.txt,b/y.txt,bb/bb.txt,e.f.txt,p q.txt,q[1].txt,.h/y/z.txt"),
            ("**/x.tf", "b/c/d/x.tf,b/c/x.tf,b/x.tf,xb/x.tf"),
            ("**/**/x.tf", "b/c/d/x.tf,b/c/x.tf,b/x.tf,xb/x.tf"),
            ("b/**/x.tf", "b/c/d/x.tf,b/c/x.tf,b/x.tf"),
            ("b/c/**/x.tf", "b/c/d/x.tf,b/c/x.tf"),
            ("b/**", "b/c/d/x.tf,b/c/x.tf,b/x.tf,b/y.txt"),
            ("b/*", "b/c/d/x.tf,b/c/x.tf,b/x.tf,b/y.txt"),
            ("b/**/*", "b/c/d/x.tf,b/c/x.tf,b/x.tf,b/y.txt"),
            ("./b/c", "b/c/d/x.tf,b/c/x.tf"),
            ("/b/c/", "b/c/d/x.tf,b/c/x.tf"),
            ("**/c", "b/c/d/x.tf,b/c/x.tf"),
            ("**/c/**", "b/c/d/x.tf,b/c/x.tf"),
            ("b/**x.tf", "b/x.tf"),
            ("**b/x.tf", "b/x.tf,xb/x.tf"),
            ("b**/x.tf", "b/c/d/x.tf,b/c/x.tf,b/x.tf,bx.tf"),
            ("*/x.tf", "b/x.tf,xb/x.tf"),
            ("b/*/x.tf", "b/c/x.tf"),
            ("b/*/*", "b/c/d/x.tf,b/c/x.tf"),
            ("b/../a.txt", "a.txt"),
            ("{a,e.f}.txt", "a.txt,e.f.txt"),
            ("b/{x,y}.*", "b/x.tf,b/y.txt"),
            ("[a-b].t*", "a.tf,a.txt,b.txt"),
            ("q\\[1\\].*", "q[1].txt"),
            (".*", ".dot,.h/y/z.txt"),
            (".h/*", ".h/y/z.txt"),
            ("B", ""),
            ("*.TF", ""),
            ("**", &all),
            ("*", &all),
            ("", &all),
            (".", &all),
        ] {
            let glob = CopyGlob::parse(pattern).unwrap();
            let got: Vec<&str> = FILES.into_iter().filter(|path| glob.covers(path)).collect();
            assert_eq!(got.join(","), want, "{pattern}");
        }
    }
}
