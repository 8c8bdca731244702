//! `--log-custom-format`: a line of the log as a template. Reading one is here, writing lines with it is in `write`.
//!
//! `%name(option=value,…)` stands for something of the line, `%(content=…)` for a text, `%%` for the sign itself.

mod write;

pub use write::{Said, write};

use crate::diag::closest;

/// A template that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pub(super) pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Field(Field),
}

/// One placeholder with its options.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Field {
    pub kind: Kind,
    pub content: Option<String>,
    pub format: Option<String>,
    pub path: Option<String>,
    pub case: Case,
    pub width: usize,
    pub align: Align,
    pub prefix: String,
    pub suffix: String,
    pub json: bool,
    pub colour: Colour,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// `%(…)`: nothing but its content.
    #[default]
    Plain,
    Time,
    Interval,
    Level,
    Prefix,
    Message,
    Tool,
    Command,
    CommandArgs,
    Tab,
    Newline,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Case {
    #[default]
    AsIs,
    Upper,
    Lower,
    Capital,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Align {
    #[default]
    Left,
    Center,
    Right,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Colour {
    #[default]
    None,
    /// The parameters of the escape sequence.
    Code(String),
    /// By level.
    Preset,
    /// By unit.
    Gradient,
}

/// A template that makes no sense. `at` counts characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text} (character {at})", at = at + 1)]
pub struct TemplateError {
    pub at: usize,
    pub text: String,
    pub hint: Option<String>,
}

/// Longer names first: the longest that fits is meant.
const NAMES: [(&str, Kind); 10] = [
    ("tf-command-args", Kind::CommandArgs),
    ("tf-command", Kind::Command),
    ("interval", Kind::Interval),
    ("tf-path", Kind::Tool),
    ("prefix", Kind::Prefix),
    ("level", Kind::Level),
    ("time", Kind::Time),
    ("msg", Kind::Message),
    ("t", Kind::Tab),
    ("n", Kind::Newline),
];

const OPTIONS: [&str; 9] =
    ["content", "case", "width", "align", "prefix", "suffix", "escape", "color", "format"];

const COLOURS: [&str; 8] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

/// Reads a template.
///
/// # Errors
/// A placeholder, an option or a value that there is not; a parenthesis without its end.
pub fn parse(text: &str) -> Result<Template, TemplateError> {
    Reader { chars: text.chars().collect(), at: 0 }.read()
}

struct Reader {
    chars: Vec<char>,
    at: usize,
}

impl Reader {
    fn read(mut self) -> Result<Template, TemplateError> {
        let (mut pieces, mut text) = (Vec::new(), String::new());
        while let Some(c) = self.take() {
            match (c, self.peek()) {
                ('%', Some('%')) => {
                    self.at += 1;
                    text.push('%');
                }
                ('%', Some(_)) => {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                    pieces.push(Piece::Field(self.field()?));
                }
                _ => text.push(c),
            }
        }
        pieces.push(Piece::Text(text));
        Ok(Template { pieces })
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    fn error(&self, at: usize, text: impl Into<String>) -> TemplateError {
        TemplateError { at, text: text.into(), hint: None }
    }

    fn field(&mut self) -> Result<Field, TemplateError> {
        let start = self.at;
        let mut field = Field { kind: self.name()?, ..Field::default() };
        if self.peek() != Some('(') {
            return Ok(field);
        }
        self.at += 1;
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(')') => {
                    self.at += 1;
                    return Ok(field);
                }
                Some(',') => self.at += 1,
                Some(_) => self.option(&mut field)?,
                None => return Err(self.error(start, "the parenthesis has no end")),
            }
        }
    }

    fn name(&mut self) -> Result<Kind, TemplateError> {
        if self.peek() == Some('(') {
            return Ok(Kind::Plain);
        }
        let rest: String = self.chars[self.at..].iter().collect();
        if let Some((name, kind)) = NAMES.iter().find(|(name, _)| rest.starts_with(name)) {
            self.at += name.len();
            return Ok(*kind);
        }
        let word: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        let known = || NAMES.iter().map(|(name, _)| *name);
        let hint = match closest(&word, known()) {
            Some(near) => format!("did you mean %{near}?"),
            None => format!("there are {}; %% is the sign itself", known().collect::<Vec<_>>().join(", ")),
        };
        Err(TemplateError {
            hint: Some(hint),
            ..self.error(self.at, format!("there is no placeholder %{word}"))
        })
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn option(&mut self, field: &mut Field) -> Result<(), TemplateError> {
        let start = self.at;
        let name = self.until(&['=', ',', ')']);
        if self.peek() != Some('=') {
            return Err(self.error(start, format!("the option `{name}` has no value: write {name}=…")));
        }
        self.at += 1;
        self.skip_blanks();
        let at = self.at;
        let value = self.value()?;
        let wrong = |text: String, hint: String| TemplateError { at: start, text, hint: Some(hint) };
        match set(field, name.trim(), &value) {
            Ok(()) => Ok(()),
            Err(Wrong::Name) => {
                let hint = match closest(name.trim(), OPTIONS.into_iter().chain(["path"])) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are {}", OPTIONS.join(", ")),
                };
                Err(wrong(format!("the placeholder has no option `{}`", name.trim()), hint))
            }
            Err(Wrong::Value(known)) => {
                let text = format!("`{value}` is no value of the option `{}`", name.trim());
                Err(TemplateError { at, ..wrong(text, format!("write {known}")) })
            }
        }
    }

    fn until(&mut self, ends: &[char]) -> String {
        let mut text = String::new();
        while let Some(c) = self.peek().filter(|c| !ends.contains(c)) {
            text.push(c);
            self.at += 1;
        }
        text
    }

    fn value(&mut self) -> Result<String, TemplateError> {
        let Some(quote @ ('\'' | '"')) = self.peek() else {
            return Ok(self.until(&[',', ')']).trim().to_owned());
        };
        let start = self.at;
        self.at += 1;
        let text = self.until(&[quote]);
        match self.take() {
            Some(_) => Ok(text),
            None => Err(self.error(start, "the quote has no end")),
        }
    }
}

enum Wrong {
    Name,
    /// What may stand there.
    Value(&'static str),
}

fn set(field: &mut Field, name: &str, value: &str) -> Result<(), Wrong> {
    match name {
        "content" => field.content = Some(value.to_owned()),
        "prefix" => value.clone_into(&mut field.prefix),
        "suffix" => value.clone_into(&mut field.suffix),
        "width" => field.width = value.parse().map_err(|_| Wrong::Value("a whole number"))?,
        "escape" => field.json = one_of(value, &[("json", true)], "json")?,
        "case" => {
            let words = [("upper", Case::Upper), ("lower", Case::Lower), ("capitalize", Case::Capital)];
            field.case = one_of(value, &words, "upper, lower or capitalize")?;
        }
        "align" => {
            let words = [("left", Align::Left), ("center", Align::Center), ("right", Align::Right)];
            field.align = one_of(value, &words, "left, center or right")?;
        }
        "color" => field.colour = colour(value)?,
        "format" if field.kind == Kind::Level => {
            field.format = Some(word(value, &["full", "short", "tiny"], "full, short or tiny")?);
        }
        "format" if field.kind == Kind::Time => field.format = Some(value.to_owned()),
        "path" if field.kind == Kind::Prefix => {
            let words = ["relative", "short-relative", "short"];
            field.path = Some(word(value, &words, "relative, short-relative or short")?);
        }
        "path" if field.kind == Kind::Tool => {
            field.path = Some(word(value, &["filename", "dir"], "filename or dir")?);
        }
        "path" if field.kind == Kind::Message => {
            field.path = Some(word(value, &["relative"], "relative")?);
        }
        _ => return Err(Wrong::Name),
    }
    Ok(())
}

fn one_of<T: Copy>(value: &str, words: &[(&str, T)], known: &'static str) -> Result<T, Wrong> {
    words.iter().find(|(word, _)| *word == value).map(|(_, it)| *it).ok_or(Wrong::Value(known))
}

fn word(value: &str, words: &[&str], known: &'static str) -> Result<String, Wrong> {
    if words.contains(&value) { Ok(value.to_owned()) } else { Err(Wrong::Value(known)) }
}

fn colour(value: &str) -> Result<Colour, Wrong> {
    let (bare, base) = value.strip_prefix("light-").map_or((value, 30), |bare| (bare, 90));
    if let Some(at) = COLOURS.iter().position(|name| *name == bare) {
        return Ok(Colour::Code((base + at).to_string()));
    }
    match value {
        "disable" => Ok(Colour::None),
        "preset" => Ok(Colour::Preset),
        "gradient" => Ok(Colour::Gradient),
        _ => match value.parse::<u8>() {
            Ok(number) => Ok(Colour::Code(format!("38;5;{number}"))),
            Err(_) => Err(Wrong::Value(
                "a name such as red or light-blue, a number up to 255, preset, gradient or disable",
            )),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn what_makes_no_sense_is_named_with_its_place() {
        for (text, at, says) in [
            ("%foo", 1, "no placeholder %foo"),
            ("a %levl x", 3, "no placeholder %levl"),
            ("%time(foo=bar)", 6, "no option `foo`"),
            ("%level(format=bad)", 14, "`bad` is no value"),
            ("%msg(color=zzz)", 11, "`zzz` is no value"),
            ("%msg(width=x)", 11, "`x` is no value"),
            ("%(content='x", 10, "quote has no end"),
            ("%msg(case=upper", 1, "parenthesis has no end"),
            ("%msg(case)", 5, "has no value"),
            ("%msg(format=full)", 5, "no option `format`"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.at, at, "{text}: {error}");
            assert!(error.text.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn plain_text_and_a_lonely_sign_are_templates() {
        assert!(parse("plain 100%").is_ok());
        assert!(parse("").is_ok());
    }
}
