//! Regular expressions as Terraform has them (RE2 as Go spells it), translated to the engine that we use. Group names
//! are kept here, because there a name may stand twice. Knows nothing of values.

use regex::{Captures, Regex, RegexBuilder};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

/// A compiled pattern and the names of its groups; group 0 is the whole match.
#[derive(Debug)]
pub struct Pattern {
    pub regex: Regex,
    pub names: Vec<Option<Box<str>>>,
}

/// Patterns come from files that many units include, so each is compiled once. More than this many are not kept.
const KEPT: usize = 512;
/// Counted repeats of large classes need more than the engine's own limit.
const SIZE_LIMIT: usize = 64 << 20;

static COMPILED: LazyLock<RwLock<HashMap<Box<str>, Arc<Pattern>>>> = LazyLock::new(RwLock::default);

/// The pattern behind a text.
///
/// # Errors
/// What the text does that the syntax does not have.
pub fn compile(text: &str) -> Result<Arc<Pattern>, String> {
    if let Some(known) = COMPILED.read().unwrap_or_else(PoisonError::into_inner).get(text) {
        return Ok(known.clone());
    }
    let mut translation = Translation::new(text);
    translation.run()?;
    let regex = RegexBuilder::new(&translation.out)
        .size_limit(SIZE_LIMIT)
        .build()
        .map_err(|error| reason_of(&error))?;
    let pattern = Arc::new(Pattern { regex, names: translation.names });
    let mut compiled = COMPILED.write().unwrap_or_else(PoisonError::into_inner);
    if compiled.len() < KEPT {
        compiled.insert(text.into(), pattern.clone());
    }
    Ok(pattern)
}

/// The engine's message is a drawing of several lines over the translated text; its last line says what is wrong.
fn reason_of(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

impl Pattern {
    /// Appends `template` with `$1`, `$name` and `${name}` filled in; what names no group is empty.
    pub fn expand(&self, captures: &Captures<'_>, template: &str, out: &mut String) {
        let mut rest = template;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                out.push('$');
                rest = after;
            } else if let Some((name, after)) = reference_in(rest) {
                out.push_str(self.group(captures, name));
                rest = after;
            } else {
                out.push('$');
            }
        }
        out.push_str(rest);
    }

    fn group<'t>(&self, captures: &Captures<'t>, name: &str) -> &'t str {
        let by_number = || {
            let padded = name.len() > 1 && name.starts_with('0');
            if padded || !name.bytes().all(|b| b.is_ascii_digit()) { None } else { name.parse().ok() }
        };
        if name.bytes().all(|b| b.is_ascii_digit()) {
            return by_number()
                .and_then(|index: usize| captures.get(index))
                .map_or("", |found| found.as_str());
        }
        let named = self.names.iter().enumerate().filter(|(_, known)| known.as_deref() == Some(name));
        named.filter_map(|(index, _)| captures.get(index)).map(|found| found.as_str()).next().unwrap_or("")
    }
}

/// The name behind a `$`, and what follows it.
fn reference_in(rest: &str) -> Option<(&str, &str)> {
    let (braced, body) = rest.strip_prefix('{').map_or((false, rest), |body| (true, body));
    let end = body.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(body.len());
    let (name, after) = body.split_at(end);
    if name.is_empty() {
        return None;
    }
    if braced { after.strip_prefix('}').map(|after| (name, after)) } else { Some((name, after)) }
}

const DIGIT: &str = "0-9";
const SPACE: &str = r"\t\n\x0C\r ";
const WORD: &str = "0-9A-Za-z_";

/// The way from one syntax to the other, character by character.
struct Translation<'a> {
    text: &'a str,
    at: usize,
    out: String,
    names: Vec<Option<Box<str>>>,
    /// Whether a repetition may follow.
    repeatable: bool,
    open_groups: usize,
}

impl<'a> Translation<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0, out: String::new(), names: vec![None], repeatable: false, open_groups: 0 }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn run(&mut self) -> Result<(), String> {
        while let Some(c) = self.next() {
            match c {
                '(' => self.group()?,
                ')' => self.close_group()?,
                '|' => self.plain("|", false),
                '.' | '^' | '$' => self.plain(c.encode_utf8(&mut [0; 4]), true),
                '*' | '+' | '?' => self.repeat(c.encode_utf8(&mut [0; 4]))?,
                '{' => self.counted()?,
                '[' => self.class()?,
                '\\' => self.escape()?,
                c => self.literal(c),
            }
        }
        if self.open_groups == 0 { Ok(()) } else { Err("a parenthesis is not closed".into()) }
    }

    fn plain(&mut self, text: &str, repeatable: bool) {
        self.out.push_str(text);
        self.repeatable = repeatable;
    }

    fn literal(&mut self, c: char) {
        push_literal(&mut self.out, c);
        self.repeatable = true;
    }

    fn group(&mut self) -> Result<(), String> {
        self.open_groups += 1;
        if !self.rest().starts_with('?') {
            self.names.push(None);
            self.plain("(", false);
            return Ok(());
        }
        let named = self.rest().strip_prefix("?P<").or_else(|| self.rest().strip_prefix("?<"));
        if let Some(body) = named {
            let name = body.split_once('>').map(|(name, _)| name).unwrap_or_default();
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                return Err(format!(
                    "a group's name is one or more of a-z A-Z 0-9 _, as in `(?P<name>`; found `({}`",
                    self.rest()
                ));
            }
            self.names.push(Some(name.into()));
            self.at = self.text.len() - body.len() + name.len() + 1;
            self.plain("(", false);
            return Ok(());
        }
        self.flags()
    }

    /// `(?i)`, `(?i-s:`, `(?:`
    fn flags(&mut self) -> Result<(), String> {
        let rest = self.rest();
        let end = rest.find([':', ')']).unwrap_or(rest.len());
        let flags = &rest[1..end];
        let (set, unset) = flags.split_once('-').unwrap_or((flags, ""));
        let known = |flags: &str| flags.chars().all(|c| "imsU".contains(c));
        let bare = rest[end..].starts_with(')');
        if end == rest.len() || !known(set) || !known(unset) || (flags.ends_with('-')) {
            return Err(format!(
                "`({}` is not part of this syntax (no look-around, flags are i m s U)",
                &rest[..end]
            ));
        }
        self.at += end + 1;
        if bare {
            self.open_groups -= 1;
            if !flags.is_empty() {
                self.out.push_str(&format!("(?{flags})"));
            }
            // Nothing stands here that could repeat.
        } else {
            self.out.push_str(&format!("(?{flags}:"));
        }
        self.repeatable = false;
        Ok(())
    }

    fn close_group(&mut self) -> Result<(), String> {
        if self.open_groups == 0 {
            return Err("a closing parenthesis has no opening one".into());
        }
        self.open_groups -= 1;
        self.plain(")", true);
        Ok(())
    }

    fn repeat(&mut self, operator: &str) -> Result<(), String> {
        if !self.repeatable {
            return Err(format!("`{operator}` has nothing to repeat, or repeats a repetition"));
        }
        self.out.push_str(operator);
        if self.rest().starts_with('?') {
            self.at += 1;
            self.out.push('?');
        }
        self.repeatable = false;
        Ok(())
    }

    /// `{2}`, `{2,}`, `{2,3}`; any other brace is itself.
    fn counted(&mut self) -> Result<(), String> {
        let Some(body) = self.rest().split_once('}').map(|(body, _)| body) else {
            self.literal('{');
            return Ok(());
        };
        let (low, high) = body.split_once(',').unwrap_or((body, body));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if low.is_empty() || !digits(low) || !digits(high) {
            self.literal('{');
            return Ok(());
        }
        let count =
            |text: &str| if text.is_empty() { Some(0) } else { text.parse().ok().filter(|n| *n <= 1000) };
        let (Some(least), Some(most)) = (count(low), count(high)) else {
            return Err(format!("`{{{body}}}` repeats more than 1000 times"));
        };
        if !high.is_empty() && most < least {
            return Err(format!("`{{{body}}}` counts backwards"));
        }
        self.at += body.len() + 1;
        self.repeat(&format!("{{{body}}}"))
    }

    fn escape(&mut self) -> Result<(), String> {
        let Some(c) = self.next() else { return Err("a backslash ends the pattern".into()) };
        match c {
            'Q' => self.quoted(),
            'A' | 'z' | 'B' => self.plain(&format!("\\{c}"), true),
            'b' => self.plain(r"(?-u:\b)", true),
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => {
                let class = perl_class(c);
                self.plain(&format!("(?-i:{class})"), true);
            }
            'p' | 'P' => {
                let class = self.unicode_class(c)?;
                self.plain(&class, true);
            }
            c => {
                let c = self.escaped(c)?;
                self.literal(c);
            }
        }
        Ok(())
    }

    /// Up to `\E` or the end, every character is itself.
    fn quoted(&mut self) {
        let rest = self.rest();
        let (body, used) =
            rest.split_once(r"\E").map_or((rest, rest.len()), |(body, _)| (body, body.len() + 2));
        body.chars().for_each(|c| self.literal(c));
        self.at += used;
    }

    /// `\pL`, `\p{Greek}`, `\P{^L}`
    fn unicode_class(&mut self, letter: char) -> Result<String, String> {
        let faulty = || "`\\p` wants a letter or a name in braces, as in `\\pL` or `\\p{Greek}`".to_owned();
        let Some(first) = self.next() else { return Err(faulty()) };
        if first != '{' {
            return Ok(format!("\\{letter}{{{first}}}"));
        }
        let Some((name, _)) = self.rest().split_once('}') else { return Err(faulty()) };
        self.at += name.len() + 1;
        let (negated, name) = name.strip_prefix('^').map_or((false, name), |name| (true, name));
        let letter = if negated == (letter == 'p') { 'P' } else { 'p' };
        Ok(if name == "Any" { format!("\\{letter}{{any}}") } else { format!("\\{letter}{{{name}}}") })
    }

    /// One character behind a backslash, `c` being the one after it.
    fn escaped(&mut self, c: char) -> Result<char, String> {
        let digit = |c: Option<char>| c.and_then(|c| c.to_digit(8));
        let code = match c {
            '1'..='7' if digit(self.peek()).is_none() => {
                return Err(format!("`\\{c}` would refer back to a group, which this syntax does not have"));
            }
            '0'..='7' => {
                let mut code = c.to_digit(8).unwrap_or(0);
                for _ in 0..2 {
                    let Some(more) = digit(self.peek()) else { break };
                    self.at += 1;
                    code = code * 8 + more;
                }
                Some(code)
            }
            'x' => self.hexadecimal(),
            'a' => Some(7),
            'f' => Some(12),
            'n' => Some(10),
            'r' => Some(13),
            't' => Some(9),
            'v' => Some(11),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => Some(u32::from(c)),
            _ => None,
        };
        code.and_then(char::from_u32).ok_or_else(|| format!("`\\{c}` is not an escape of this syntax"))
    }

    fn hexadecimal(&mut self) -> Option<u32> {
        let rest = self.rest();
        let (digits, used) = match rest.strip_prefix('{') {
            Some(body) => body.split_once('}').map(|(digits, _)| (digits, digits.len() + 2))?,
            None => (rest.get(..2)?, 2),
        };
        let code = u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?;
        self.at += used;
        Some(code)
    }

    fn class(&mut self) -> Result<(), String> {
        let open = "a bracket is not closed";
        self.out.push('[');
        if self.rest().starts_with('^') {
            self.at += 1;
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let Some(c) = self.peek() else { return Err(open.into()) };
            if c == ']' && !first {
                self.at += 1;
                break;
            }
            first = false;
            self.class_item(c)?;
        }
        self.plain("]", true);
        Ok(())
    }

    fn class_item(&mut self, c: char) -> Result<(), String> {
        let rest = self.rest();
        if rest.starts_with("[:")
            && let Some(end) = rest.find(":]")
        {
            self.out.push_str(&rest[..end + 2]);
            self.at += end + 2;
            return if known_class(&rest[2..end]) {
                Ok(())
            } else {
                Err(format!("there is no class `{}`", &rest[..end + 2]))
            };
        }
        let mut letters = rest.chars().skip(1);
        if let (true, Some(letter)) = (c == '\\', letters.next()) {
            if "dDsSwW".contains(letter) {
                self.at += 2;
                self.out.push_str(&perl_class(letter));
                return Ok(());
            }
            if letter == 'p' || letter == 'P' {
                self.at += 2;
                let class = self.unicode_class(letter)?;
                self.out.push_str(&class);
                return Ok(());
            }
        }
        let low = self.class_char()?;
        push_literal(&mut self.out, low);
        let rest = self.rest();
        if rest.starts_with('-') && !rest.starts_with("-]") && rest.len() > 1 {
            self.at += 1;
            let high = self.class_char()?;
            if high < low {
                return Err(format!("the range `{low}-{high}` runs backwards"));
            }
            self.out.push('-');
            push_literal(&mut self.out, high);
        }
        Ok(())
    }

    fn class_char(&mut self) -> Result<char, String> {
        match self.next() {
            Some('\\') => match self.next() {
                Some(c) => self.escaped(c),
                None => Err("a backslash ends the pattern".into()),
            },
            Some(c) => Ok(c),
            None => Err("a bracket is not closed".into()),
        }
    }
}

/// A character that the engine must take as itself, inside and outside brackets.
fn push_literal(out: &mut String, c: char) {
    if c.is_ascii() && !c.is_ascii_alphanumeric() && c != ' ' && c != '_' {
        out.push_str(&format!("\\x{:02X}", u32::from(c)));
    } else {
        out.push(c);
    }
}

/// `\d` and its kin know ASCII alone.
fn perl_class(letter: char) -> String {
    let body = match letter.to_ascii_lowercase() {
        'd' => DIGIT,
        's' => SPACE,
        _ => WORD,
    };
    format!("[{}{body}]", if letter.is_ascii_uppercase() { "^" } else { "" })
}

fn known_class(name: &str) -> bool {
    let name = name.strip_prefix('^').unwrap_or(name);
    let known = [
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
        "upper", "word", "xdigit",
    ];
    known.contains(&name)
}
