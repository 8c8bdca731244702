//! YAML as a tree in which every node knows its place. Values stay texts: what CI files say of versions are texts.

use saphyr_parser::{Event, Parser, Span as YamlSpan, StrInput};
use std::collections::HashMap;
use std::ops::Range;

/// A part of a document.
#[derive(Clone, Debug)]
pub struct Node {
    pub kind: NodeKind,
    /// Bytes of the text. An alias has the place of what it repeats.
    pub at: Range<usize>,
}

/// What a part is.
#[derive(Clone, Debug)]
pub enum NodeKind {
    Text(String),
    List(Vec<Node>),
    /// In the order of the file; keys that are no texts are left out.
    Map(Vec<(String, Node)>),
}

/// Why a text is no YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlFault {
    /// Byte offset into the text.
    pub at: usize,
    pub problem: String,
}

/// Deeper than any such file.
const DEEPEST: usize = 100;
/// Aliases of aliases grow without bounds.
const MOST_NODES: usize = 200_000;

impl Node {
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a key; that of the first where several are the same.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The members of a mapping; none of anything else.
    #[must_use]
    pub fn entries(&self) -> &[(String, Node)] {
        match &self.kind {
            NodeKind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The elements of a list; none of anything else.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            NodeKind::List(items) => items,
            _ => &[],
        }
    }
}

/// Every document of a text.
///
/// # Errors
/// When the text is no YAML.
pub fn documents(text: &str) -> Result<Vec<Node>, YamlFault> {
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        offsets: Offsets::of(text),
        anchors: HashMap::new(),
        left: MOST_NODES,
    };
    let mut found = Vec::new();
    loop {
        match reader.next()? {
            (Event::StreamEnd, _) => return Ok(found),
            (Event::DocumentStart(_), _) => {
                let event = reader.next()?;
                found.push(reader.node(event, 0)?);
            }
            _ => {}
        }
    }
}

/// From characters, which the parser counts, to bytes.
enum Offsets {
    /// They are the same.
    Ascii(usize),
    Of(Vec<usize>),
}

impl Offsets {
    fn of(text: &str) -> Self {
        if text.is_ascii() {
            return Self::Ascii(text.len());
        }
        let starts = text.char_indices().map(|(at, _)| at);
        Self::Of(starts.chain([text.len()]).collect())
    }

    fn byte(&self, character: usize) -> usize {
        match self {
            Self::Ascii(end) => character.min(*end),
            Self::Of(starts) => starts.get(character).or(starts.last()).copied().unwrap_or(0),
        }
    }
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    offsets: Offsets,
    anchors: HashMap<usize, Node>,
    /// How many nodes there may still be.
    left: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, YamlSpan), YamlFault> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(YamlFault {
                at: self.offsets.byte(error.marker().index()),
                problem: error.info().to_owned(),
            }),
            None => Ok((Event::StreamEnd, YamlSpan::default())),
        }
    }

    fn node(&mut self, (event, span): (Event<'a>, YamlSpan), depth: usize) -> Result<Node, YamlFault> {
        let at = self.range(span);
        if depth > DEEPEST || self.left == 0 {
            return Err(YamlFault { at: at.start, problem: "this is too large, or nested too deep".into() });
        }
        self.left -= 1;
        let (anchor, kind) = match event {
            Event::Scalar(text, _, anchor, _) => (anchor, NodeKind::Text(text.into_owned())),
            Event::SequenceStart(anchor, _) => (anchor, self.list(depth)?),
            Event::MappingStart(anchor, _) => (anchor, self.map(depth)?),
            Event::Alias(anchor) => return Ok(self.repeated(anchor, at)),
            _ => (0, NodeKind::Text(String::new())),
        };
        let node = Node { kind, at };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn repeated(&mut self, anchor: usize, at: Range<usize>) -> Node {
        let Some(known) = self.anchors.get(&anchor) else {
            return Node { kind: NodeKind::Text(String::new()), at };
        };
        self.left = self.left.saturating_sub(size(known));
        known.clone()
    }

    fn list(&mut self, depth: usize) -> Result<NodeKind, YamlFault> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd | Event::StreamEnd, _) => return Ok(NodeKind::List(items)),
                event => items.push(self.node(event, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<NodeKind, YamlFault> {
        let mut entries: Vec<(String, Node)> = Vec::new();
        let mut merged = Vec::new();
        loop {
            let key = match self.next()? {
                (Event::MappingEnd | Event::StreamEnd, _) => break,
                event => self.node(event, depth + 1)?,
            };
            let event = self.next()?;
            let value = self.node(event, depth + 1)?;
            match key.as_text() {
                Some("<<") => merged.push(value),
                Some(name) => entries.push((name.to_owned(), value)),
                None => {}
            }
        }
        // What a mapping says itself goes before what it merges.
        for other in &merged {
            let maps = if other.items().is_empty() { std::slice::from_ref(other) } else { other.items() };
            entries.extend(maps.iter().flat_map(|map| map.entries()).cloned());
        }
        Ok(NodeKind::Map(entries))
    }

    fn range(&self, span: YamlSpan) -> Range<usize> {
        self.offsets.byte(span.start.index())..self.offsets.byte(span.end.index())
    }
}

fn size(node: &Node) -> usize {
    let members = node.items().iter().chain(node.entries().iter().map(|(_, value)| value));
    1 + members.map(size).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::{Node, documents};

    fn first(text: &str) -> Node {
        documents(text).unwrap().remove(0)
    }

    #[test]
    fn every_text_knows_its_place() {
        for text in [
            "a:\n  - b: one@v1 # said\n",
            "# é\na:\n  - {b: \"one@v1\"}",
            "a: [{'b': 'one@v1'}]\n",
            "\u{feff}a:\r\n- b: one@v1\r\n",
        ] {
            let tree = first(text);
            let found = tree.get("a").unwrap().items()[0].get("b").unwrap();
            assert_eq!(found.as_text(), Some("one@v1"), "{text}");
            assert_eq!(text[found.at.clone()].trim_matches(['"', '\'']), "one@v1", "{text}");
        }
    }

    #[test]
    fn anchors_merges_and_documents_are_understood() {
        let tree = first("x: &x\n  ref: v1\ny:\n  <<: *x\n  own: 1\nz:\n  <<: [*x]\n  ref: v2\n");
        assert_eq!(tree.get("y").and_then(|y| y.get("ref")).and_then(Node::as_text), Some("v1"));
        assert_eq!(tree.get("z").and_then(|z| z.get("ref")).and_then(Node::as_text), Some("v2"));
        assert_eq!(documents("a: 1\n---\nb: 2\n").unwrap().len(), 2);
        assert_eq!(documents("").unwrap().len(), 0);
    }

    #[test]
    fn bad_texts_are_refused_with_a_place() {
        assert!(documents("a: [1\nb: 2\n").unwrap_err().at >= 6);
        let deep = "[".repeat(5000);
        assert!(documents(&deep).is_err());
        let mut bomb = "a0: &a0 [x]\n".to_owned();
        for n in 1..30 {
            let last = n - 1;
            bomb.push_str(&format!("a{n}: &a{n} [*a{last}, *a{last}, *a{last}, *a{last}]\n"));
        }
        assert!(documents(&bomb).is_err());
    }
}
