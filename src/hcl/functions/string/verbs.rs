//! `format` and `formatlist`: the verbs of a format text and what they make of arguments. Numbers are spelled in
//! `digits`.

use super::digits;
use super::letters;
use super::verb::{Flags, Verb};
use crate::hcl::functions::Function;
use crate::hcl::functions::args::{Outcome, any, row, text, text_of};
use crate::hcl::json::render_json;
use crate::hcl::{Data, FunctionError, Type, Value, convert};
use std::sync::Arc;

pub fn rows() -> Vec<Function> {
    vec![
        row("format", vec![text("format")], format).rest(any("args").or_null()),
        row("formatlist", vec![text("format")], formatlist).rest(any("args").or_null()),
    ]
}

fn format(args: &[Value]) -> Outcome {
    let pieces = parse(text_of(args, 0))?;
    let out = render(&pieces, args.get(1..).unwrap_or_default())?;
    Ok(Value::normalized(&out))
}

/// A format text in pieces.
enum Piece<'a> {
    Text(&'a str),
    Verb(Verb<'a>),
}

/// Wider than this is a slip, not a wish.
const WIDEST: usize = 100_000;

/// Reads a format text; errors name the byte offset.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn digits(&mut self) -> Option<usize> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        self.at += end;
        if end == 0 { None } else { Some(rest[..end].parse().unwrap_or(usize::MAX).min(WIDEST)) }
    }

    fn fault(&self) -> FunctionError {
        let message = match self.peek() {
            Some(c) => format!("`{c}` at offset {} does not belong in a verb", self.at),
            None => "the format ends inside a verb; a percent sign itself is written `%%`".into(),
        };
        FunctionError::argument(0, message)
    }

    /// The verb behind the percent sign at `start`; `next` is the argument it takes unless it names one.
    fn verb(&mut self, start: usize, next: usize) -> Result<Verb<'a>, FunctionError> {
        let mut flags = Flags::default();
        while let Some(c) = self.peek() {
            match c {
                '-' => flags.left = true,
                '+' => flags.plus = true,
                ' ' => flags.space = true,
                '#' => flags.sharp = true,
                '0' => flags.zero = true,
                _ => break,
            }
            self.at += 1;
        }
        let width = self.digits().unwrap_or(0);
        let precision = self.rest().starts_with('.').then(|| {
            self.at += 1;
            self.digits().unwrap_or(0)
        });
        let argument = if self.rest().starts_with('[') { self.index()? } else { next };
        let mode = self.peek().filter(char::is_ascii_alphabetic).ok_or_else(|| self.fault())?;
        self.at += 1;
        let source = &self.text[start..self.at];
        if !"vqtbdoxXeEfgGs".contains(mode) {
            return Err(FunctionError::argument(0, format!("`{source}`: there is no verb `{mode}`")));
        }
        Ok(Verb { flags, width, precision, argument, mode, source })
    }

    /// `[2]`, from 1.
    fn index(&mut self) -> Result<usize, FunctionError> {
        self.at += 1;
        if !self.rest().starts_with(|c: char| matches!(c, '1'..='9')) {
            return Err(self.fault());
        }
        let index = self.digits().unwrap_or(1);
        if !self.rest().starts_with(']') {
            return Err(self.fault());
        }
        self.at += 1;
        Ok(index - 1)
    }
}

fn parse(text: &str) -> Result<Vec<Piece<'_>>, FunctionError> {
    let mut pieces = Vec::new();
    let mut reader = Reader { text, at: 0 };
    let mut next = 0;
    while let Some(ahead) = reader.rest().find('%') {
        let start = reader.at + ahead;
        pieces.push(Piece::Text(&text[reader.at..start]));
        reader.at = start + 1;
        if reader.rest().starts_with('%') {
            pieces.push(Piece::Text("%"));
            reader.at += 1;
            continue;
        }
        let verb = reader.verb(start, next)?;
        next = verb.argument + 1;
        pieces.push(Piece::Verb(verb));
    }
    pieces.push(Piece::Text(reader.rest()));
    Ok(pieces)
}

fn render(pieces: &[Piece<'_>], args: &[Value]) -> Result<String, FunctionError> {
    let mut out = String::new();
    let mut used = 0;
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Verb(verb) => {
                used = used.max(verb.argument + 1);
                let value = args.get(verb.argument).ok_or_else(|| {
                    let (wanted, given) = (verb.argument + 1, args.len());
                    FunctionError::new(format!(
                        "`{}` wants argument {wanted}, but {given} were given",
                        verb.source
                    ))
                })?;
                out.push_str(&verb.spell(value).map_err(|reason| {
                    FunctionError::argument(verb.argument + 1, format!("`{}`: {reason}", verb.source))
                })?);
            }
        }
    }
    if used < args.len() {
        let message = format!("the format uses {used} arguments, but {} were given", args.len());
        return Err(FunctionError::argument(used + 1, message));
    }
    Ok(out)
}

impl Verb<'_> {
    fn spell(&self, value: &Value) -> Result<String, String> {
        if self.mode == 'v' {
            return Ok(self.pad(self.any(value)?));
        }
        if value.is_null() {
            return Err("null has no text; use %v, or coalesce".into());
        }
        match self.mode {
            's' => Ok(self.pad(self.cut(&text_in(value)?).to_owned())),
            'q' => {
                let text = text_in(value)?;
                Ok(self.pad(encoded(&Value::string(self.cut(&text)))?))
            }
            't' => match as_type(value, &Type::Bool, "a bool is needed")?.data {
                Data::Bool(flag) => Ok(flag.to_string()),
                _ => Err("a bool is needed".into()),
            },
            _ => match as_type(value, &Type::Number, "a number is needed")?.data {
                Data::Number(number) => digits::spell(self, &number),
                _ => Err("a number is needed".into()),
            },
        }
    }

    fn any(&self, value: &Value) -> Result<String, String> {
        match &value.data {
            _ if self.flags.sharp => encoded(value),
            Data::Null(_) => Ok("null".into()),
            Data::String(text) => Ok(text.to_string()),
            Data::Bool(flag) => Ok(flag.to_string()),
            Data::Number(number) => Ok(digits::shortest(number)),
            _ => encoded(value),
        }
    }

    fn cut<'t>(&self, text: &'t str) -> &'t str {
        self.precision.filter(|most| *most > 0).map_or(text, |most| letters::head(text, most))
    }

    fn pad(&self, text: String) -> String {
        let missing = self.width.saturating_sub(letters::count(&text));
        if missing == 0 {
            return text;
        }
        let fill = if self.flags.zero { "0" } else { " " }.repeat(missing);
        if self.flags.left { text + &fill } else { fill + &text }
    }
}

fn as_type(value: &Value, wanted: &Type, otherwise: &str) -> Result<Value, String> {
    convert(value, wanted).map_err(|_| otherwise.to_owned())
}

fn text_in(value: &Value) -> Result<Arc<str>, String> {
    match as_type(value, &Type::String, "a string is needed")?.data {
        Data::String(text) => Ok(text),
        _ => Err("a string is needed".into()),
    }
}

/// Lists are walked side by side, everything else is repeated.
fn formatlist(args: &[Value]) -> Outcome {
    let rest = args.get(1..).unwrap_or_default();
    let mut length = None;
    for (index, value) in rest.iter().enumerate() {
        let Some(items) = value.items() else { continue };
        match length {
            Some((first, count)) if count != items.len() => {
                let message =
                    format!("this list has {} elements, but argument {} has {count}", items.len(), first + 1);
                return Err(FunctionError::argument(index + 1, message));
            }
            _ => length = length.or(Some((index + 1, items.len()))),
        }
    }
    let count = length.map_or(1, |(_, count)| count);
    if count == 0 {
        return Ok(Value::list(Type::String, Vec::new()));
    }
    let pieces = parse(text_of(args, 0))?;
    let line = |at: usize| {
        let args: Vec<Value> = rest
            .iter()
            .map(|value| value.items().and_then(|items| items.get(at)).unwrap_or(value).clone())
            .collect();
        render(&pieces, &args)
            .map(|text| Value::normalized(&text))
            .map_err(|error| FunctionError { message: format!("element {at}: {}", error.message), ..error })
    };
    let items = (0..count).map(line).collect::<Result<_, _>>()?;
    Ok(Value::list(Type::String, items))
}

fn encoded(value: &Value) -> Result<String, String> {
    render_json(value).map_err(|fault| fault.to_string())
}
