//! A YAML document as a value: one document, mappings with scalar keys, anchors, and `<<` merging one mapping.

use super::repair::repaired;
use super::scalar;
use crate::hcl::functions::args::normal;
use crate::hcl::{Data, Type, Value, convert};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The value of a text; the reason why not otherwise.
pub fn decode(text: &str) -> Result<Value, String> {
    if let Some(c) = text.chars().find(|c| !is_allowed(*c)) {
        return Err(format!("the control character {c:?} is not allowed"));
    }
    let mut text = Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text));
    for _ in 0..MOST_REPAIRS {
        match Reader::new(&text).document() {
            Err(Fault::Scan(error)) => match repaired(&text, &error) {
                Some(better) => text = Cow::Owned(better),
                None => return Err(at(error.info(), error.marker().line(), error.marker().col())),
            },
            Err(Fault::Other(reason)) => return Err(reason),
            Ok(value) => return Ok(value),
        }
    }
    Err("too many of its lines start too far left".into())
}

const MOST_REPAIRS: usize = 2000;

fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
}

/// What stands in the way of a value.
enum Fault {
    /// The parser's.
    Scan(ScanError),
    /// Ours, with its place.
    Other(String),
}

/// Deeper than any document, and safe for the stack of a thread.
const DEEPEST: usize = 500;

/// Aliases of aliases grow without bounds.
const MOST_REPEATS: u64 = 1_000_000;

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    /// By the parser's numbers.
    anchors: HashMap<usize, Value>,
    depth: usize,
    /// How much aliases may still repeat.
    repeats: u64,
    end: Option<OpenEnd>,
}

/// The end of a text whose last line has no line break.
struct OpenEnd {
    /// Of the text, in characters.
    length: usize,
    /// Whether the last line is blanks alone.
    blank: bool,
}

/// A scalar with all that decides on its meaning.
struct Scalar<'a> {
    text: Cow<'a, str>,
    style: ScalarStyle,
    tag: Option<String>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        let last = text.rsplit('\n').next().unwrap_or_default();
        let end = match (last.is_empty(), last.trim().is_empty()) {
            (true, _) => None,
            (false, blank) => Some(OpenEnd { length: text.chars().count(), blank }),
        };
        Self {
            parser: Parser::new_from_str(text),
            anchors: HashMap::new(),
            depth: 0,
            repeats: MOST_REPEATS,
            end,
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Fault> {
        loop {
            match self.parser.next_event() {
                Some(Ok((Event::Nothing, _))) => {}
                Some(Ok(event)) => return Ok(event),
                Some(Err(error)) => return Err(Fault::Scan(error)),
                None => return Err(Fault::Other("the text ends too early".into())),
            }
        }
    }

    fn document(&mut self) -> Result<Value, Fault> {
        self.next()?;
        match self.next()? {
            (Event::DocumentStart(_), _) => {}
            _ => return Err(Fault::Other("there is no document in it".into())),
        }
        let event = self.next()?;
        let value = self.node(event)?;
        self.next()?;
        match self.next()? {
            (Event::StreamEnd, _) => Ok(value),
            (_, span) => Err(placed("a second document starts; only one is read", span)),
        }
    }

    fn node(&mut self, (event, span): (Event<'a>, Span)) -> Result<Value, Fault> {
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let scalar = Scalar { text: self.as_written(text, style, span), style, tag: full(tag) };
                (anchor, scalar.value().map_err(|reason| placed(&reason, span))?)
            }
            Event::SequenceStart(anchor, tag) => {
                structure(tag, "seq").map_err(|reason| placed(&reason, span))?;
                (anchor, self.nested(span, Self::sequence)?)
            }
            Event::MappingStart(anchor, tag) => {
                structure(tag, "map").map_err(|reason| placed(&reason, span))?;
                (anchor, self.nested(span, Self::mapping)?)
            }
            Event::Alias(anchor) => {
                let known = self.anchors.get(&anchor).cloned();
                let known =
                    known.ok_or_else(|| placed("this alias refers to what is not complete yet", span))?;
                let heavy = known.weigh(&mut self.repeats, DEEPEST);
                heavy.map_err(|_| placed("aliases repeat more than a million elements", span))?;
                return Ok(known);
            }
            _ => return Err(placed("a value is missing", span)),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    /// The parser ends a block of text with a line break even where the document ends without one.
    fn as_written(&self, text: Cow<'a, str>, style: ScalarStyle, span: Span) -> Cow<'a, str> {
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let end = self.end.as_ref().filter(|end| block && span.end.index() >= end.length);
        let bare = end.and_then(|end| {
            // Fewer blanks than the block's own indentation are no line of it.
            let bare = text.strip_suffix('\n')?;
            (!end.blank || bare.ends_with(['\n', ' '])).then(|| bare.to_owned())
        });
        bare.map_or(text, Cow::Owned)
    }

    fn nested(&mut self, span: Span, read: fn(&mut Self) -> Result<Value, Fault>) -> Result<Value, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(placed(&format!("the document is nested more than {DEEPEST} levels deep"), span));
        }
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn sequence(&mut self) -> Result<Value, Fault> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::tuple(items)),
                event => items.push(self.node(event)?),
            }
        }
    }

    fn mapping(&mut self) -> Result<Value, Fault> {
        let mut entries = BTreeMap::new();
        loop {
            let (scalar, span) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(Data::Object(Arc::new(entries)).into()),
                (Event::Scalar(text, style, _, tag), span) => (Scalar { text, style, tag: full(tag) }, span),
                (_, span) => return Err(placed("a key must be a scalar", span)),
            };
            let merges = scalar.text == "<<" && scalar.tag.is_none();
            let key = scalar.key().map_err(|reason| placed(&reason, span))?;
            let event = self.next()?;
            let value = self.node(event)?;
            if !merges {
                entries.insert(key, value);
                continue;
            }
            let Data::Object(others) = &value.data else {
                let message = format!("`<<` merges a mapping, not {}", value.type_of().describe());
                return Err(placed(&message, span));
            };
            entries.extend(others.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
    }
}

impl Scalar<'_> {
    fn value(&self) -> Result<Value, String> {
        scalar::value_of(&self.text, self.style, self.tag.as_deref())
    }

    fn key(&self) -> Result<Arc<str>, String> {
        let value = convert(&self.value()?, &Type::String).map_err(|misfit| misfit.to_string())?;
        value.as_str().map(normal).ok_or_else(|| "a key must not be null".into())
    }
}

/// The tag with its prefix.
fn full(tag: Option<Cow<'_, Tag>>) -> Option<String> {
    tag.map(|tag| format!("{}{}", tag.handle, tag.suffix))
}

fn structure(tag: Option<Cow<'_, Tag>>, kind: &str) -> Result<(), String> {
    match full(tag) {
        None => Ok(()),
        Some(tag) if tag.strip_prefix("tag:yaml.org,2002:") == Some(kind) => Ok(()),
        Some(tag) => Err(format!("the tag {tag} does not fit here")),
    }
}

fn placed(message: &str, span: Span) -> Fault {
    Fault::Other(at(message, span.start.line(), span.start.col()))
}

fn at(message: &str, line: usize, column: usize) -> String {
    format!("{message} (line {line}, column {})", column + 1)
}
