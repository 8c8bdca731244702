//! Random expressions of a wanted type. Most of them are valid; those that may fail stand in a `try`, so that a
//! difference in what is refused shows as a difference in a value.

use super::dice::Dice;
use std::collections::HashMap;
use std::sync::OnceLock;

/// What an expression is to yield.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Text,
    Number,
    Bool,
    Texts,
    Numbers,
    TextMap,
    NumberMap,
}

pub const KINDS: &[Kind] = &[
    Kind::Text,
    Kind::Number,
    Kind::Bool,
    Kind::Texts,
    Kind::Numbers,
    Kind::TextMap,
    Kind::NumberMap,
    Kind::Text,
    Kind::Text,
    Kind::TextMap,
];

/// What may be mentioned, with its type.
#[derive(Clone, Default)]
pub struct Names(pub Vec<(String, Kind)>);

impl Names {
    pub fn add(&mut self, path: impl Into<String>, kind: Kind) {
        self.0.push((path.into(), kind));
    }
}

/// An expression of this type.
pub fn expression(dice: &mut Dice, names: &Names, kind: Kind, depth: usize) -> String {
    let known: Vec<&String> = names.0.iter().filter(|(_, of)| *of == kind).map(|(path, _)| path).collect();
    if !known.is_empty() && dice.chance(45) {
        return (*dice.pick(&known)).clone();
    }
    if depth == 0 || dice.chance(20) {
        return literal(dice, kind);
    }
    let shape = match kind {
        Kind::Text => "text",
        Kind::Number => "number",
        Kind::Bool => "bool",
        Kind::Texts => "texts",
        Kind::Numbers => "numbers",
        Kind::TextMap => "text map",
        Kind::NumberMap => "number map",
    };
    let shape = one_of(dice, shape);
    fill(dice, names, &shape, depth - 1)
}

/// Something that may well be refused, and what stands for it then.
pub fn daring(dice: &mut Dice, names: &Names, depth: usize) -> String {
    let shape = if dice.chance(50) { one_of(dice, "daring") } else { call_of_anything(dice) };
    let inner = fill(dice, names, &shape, depth);
    // A conversion of a bare null is unknown in the reference, and written as nothing.
    let inner = inner.replace("(null)", "(\"null\")");
    let inner = if inner.contains("contains(") { inner.replace(", null)", ", \"null\")") } else { inner };
    format!("try({inner}, \"refused\")")
}

/// A function with arguments of any types, one too many or one too few now and then.
fn call_of_anything(dice: &mut Dice) -> String {
    let row = one_of(dice, "functions");
    let mut words = row.split(' ');
    let name = words.next().expect("a name");
    let mut given: Vec<String> = Vec::new();
    for argument in words {
        given.push(if dice.chance(75) { argument.to_owned() } else { one_of(dice, "any") });
    }
    if dice.chance(3) {
        given.pop();
    } else if dice.chance(3) {
        given.push(one_of(dice, "any"));
    }
    format!("{name}({})", given.join(", "))
}

/// Puts expressions in the holes `<S>`, `<N>` and so on of a shape.
pub fn fill(dice: &mut Dice, names: &Names, shape: &str, depth: usize) -> String {
    let mut out = String::new();
    let mut rest = shape;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        match after.split_once('>').and_then(|(hole, rest)| Some((filling(dice, names, hole, depth)?, rest)))
        {
            Some((text, behind)) => {
                out.push_str(&text);
                rest = behind;
            }
            None => {
                out.push('<');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn filling(dice: &mut Dice, names: &Names, hole: &str, depth: usize) -> Option<String> {
    let kind = match hole {
        "S" => Kind::Text,
        "N" => Kind::Number,
        "B" => Kind::Bool,
        "LS" => Kind::Texts,
        "LN" => Kind::Numbers,
        "MS" => Kind::TextMap,
        "MN" => Kind::NumberMap,
        "I" => return Some(dice.below(4).to_string()),
        "s" => return Some(word(dice)),
        "A" => {
            let kind = *dice.pick(KINDS);
            return Some(expression(dice, names, kind, depth.saturating_sub(1)));
        }
        "V" => return Some(one_of(dice, "odd")),
        _ => return None,
    };
    Some(expression(dice, names, kind, depth))
}

pub fn literal(dice: &mut Dice, kind: Kind) -> String {
    match kind {
        Kind::Text => word(dice),
        Kind::Number => one_of(dice, "figures"),
        Kind::Bool => (*dice.pick(&["true", "false"])).to_owned(),
        Kind::Texts => list(dice, Kind::Text),
        Kind::Numbers => list(dice, Kind::Number),
        Kind::TextMap => map(dice, Kind::Text),
        Kind::NumberMap => map(dice, Kind::Number),
    }
}

fn list(dice: &mut Dice, of: Kind) -> String {
    let count = 1 + dice.below(4);
    let parts: Vec<String> = (0..count).map(|_| literal(dice, of)).collect();
    format!("[{}]", parts.join(", "))
}

fn map(dice: &mut Dice, of: Kind) -> String {
    let mut keys = vec!["a", "b", "name", "\"x-y\"", "(\"k\")", "Zed", "env"];
    dice.shuffle(&mut keys);
    let count = 1 + dice.below(4);
    let parts: Vec<String> =
        keys.iter().take(count).map(|key| format!("{key} = {}", literal(dice, of))).collect();
    format!("{{ {} }}", parts.join(", "))
}

fn word(dice: &mut Dice) -> String {
    format!("\"{}\"", one_of(dice, "words"))
}

/// A random line of a section of `shapes.txt`; `⏎` there stands for a line's end, `·` for nothing.
fn one_of(dice: &mut Dice, section: &str) -> String {
    static SHAPES: OnceLock<HashMap<&'static str, Vec<String>>> = OnceLock::new();
    let shapes = SHAPES.get_or_init(|| {
        let sections = include_str!("shapes.txt").split("# ").skip(1);
        sections
            .map(|text| text.split_once('\n').expect("a title"))
            .map(|(title, lines)| (title, rows(lines)))
            .collect()
    });
    dice.pick(&shapes[section]).clone()
}

fn rows(lines: &str) -> Vec<String> {
    let lines = lines.lines().filter(|line| !line.is_empty());
    lines.map(|line| if line == "·" { String::new() } else { line.replace('⏎', "\n") }).collect()
}
