//! Tokens to lines with blanks: indentation, spacing between tokens, alignment of `=` and of trailing comments.

use super::tokens::{Kind, Piece, tokens};
use crate::hcl::parse::TokenKind;
use unicode_segmentation::UnicodeSegmentation;

/// The text in canonical layout. Faulty text is laid out as far as its brackets tell; no token is changed.
#[must_use]
pub fn format_source(text: &str) -> String {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = lines_of(tokens(body));
    space(&mut lines);
    indent(&mut lines);
    align(&mut lines);
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for line in &lines {
        for cell in [&line.lead, &line.assign, &line.comment] {
            for placed in cell {
                out.extend(std::iter::repeat_n(' ', placed.blanks));
                out.push_str(placed.piece.text);
            }
        }
    }
    // Blanks at the very end of the text stay; a comment has brought its own.
    if !out.ends_with([' ', '\t']) {
        let blanks = body.len() - body.trim_end_matches([' ', '\t']).len();
        out.extend(std::iter::repeat_n(' ', blanks));
    }
    out
}

/// A token and the blanks before it.
#[derive(Clone, Copy, Debug)]
struct Placed<'a> {
    piece: Piece<'a>,
    blanks: usize,
}

/// A line in up to three columns: what comes first, `= value`, a trailing comment.
#[derive(Debug, Default)]
struct Line<'a> {
    lead: Vec<Placed<'a>>,
    assign: Vec<Placed<'a>>,
    comment: Vec<Placed<'a>>,
}

fn lines_of(pieces: Vec<Piece<'_>>) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut line = Line::default();
    for piece in pieces {
        line.lead.push(Placed { piece, blanks: 0 });
        if ends_line(&piece) {
            lines.push(std::mem::take(&mut line));
        }
    }
    lines.push(line);
    lines.iter_mut().for_each(divide);
    lines
}

fn ends_line(piece: &Piece<'_>) -> bool {
    match piece.kind {
        Kind::Plain(TokenKind::Newline) => true,
        Kind::Comment => piece.text.ends_with('\n'),
        _ => false,
    }
}

/// Splits a line into its columns. A value whose brackets go on in later lines stays with its name.
fn divide(line: &mut Line<'_>) {
    if line.lead.len() > 1 && line.lead.last().is_some_and(|last| last.piece.kind == Kind::Comment) {
        line.comment = line.lead.split_off(line.lead.len() - 1);
    }
    let Some(at) = line.lead.iter().position(|placed| placed.piece.is(TokenKind::Assign)) else { return };
    if at > 0 && brackets(line.lead.get(at..).unwrap_or_default()) == 0 {
        line.assign = line.lead.split_off(at);
    }
}

fn brackets(cell: &[Placed<'_>]) -> isize {
    cell.iter().map(|placed| placed.piece.bracket_change()).sum()
}

fn indent(lines: &mut [Line<'_>]) {
    // How many brackets each level of indentation stands for.
    let mut levels: Vec<isize> = Vec::new();
    for line in lines {
        // A value in a column of its own closes what it opens.
        let before_heredoc = line.lead.iter().take_while(|placed| placed.piece.kind != Kind::OpenHeredoc);
        let change: isize = before_heredoc.map(|placed| placed.piece.bracket_change()).sum();
        let Some(first) = line.lead.first_mut() else { continue };
        if first.piece.is(TokenKind::Newline) {
            first.blanks = 0;
            continue;
        }
        close_levels(&mut levels, -change);
        first.blanks = 2 * levels.len();
        if change > 0 {
            levels.push(change);
        }
    }
}

fn close_levels(levels: &mut Vec<isize>, mut closed: isize) {
    while closed > 0
        && let Some(last) = levels.last_mut()
    {
        if closed < *last {
            *last -= closed;
            return;
        }
        closed -= *last;
        levels.pop();
    }
}

fn space(lines: &mut [Line<'_>]) {
    for line in lines {
        for cell in [&mut line.lead, &mut line.assign] {
            for at in 1..cell.len() {
                let piece =
                    |index: Option<usize>| index.and_then(|index| cell.get(index)).map(|placed| placed.piece);
                let (Some(left), Some(right)) = (piece(at.checked_sub(1)), piece(Some(at))) else { continue };
                let before = piece(at.checked_sub(2));
                let blanks = usize::from(is_spaced(before.as_ref(), &left, &right));
                if let Some(placed) = cell.get_mut(at) {
                    placed.blanks = blanks;
                }
            }
        }
    }
}

/// Whether a blank stands between two tokens; `before` is the one before `left`.
fn is_spaced(before: Option<&Piece<'_>>, left: &Piece<'_>, right: &Piece<'_>) -> bool {
    use TokenKind::{
        Bang, CloseBrace, CloseBracket, CloseParen, Comma, Dot, DoubleColon, Ellipsis, Ident, Minus, Newline,
        Number, OpenBrace, OpenBracket, OpenParen,
    };
    if left.is(Minus) && !right.is(Newline) {
        return before.is_some_and(|before| !is_before_negation(before));
    }
    let (Kind::Plain(first), Kind::Plain(second)) = (left.kind, right.kind) else {
        return is_text_spaced(left, right);
    };
    match (first, second) {
        (_, Newline) => false,
        (Ident, OpenParen) => false,
        (Dot | DoubleColon, _) | (_, Dot | DoubleColon | Comma | Ellipsis) => false,
        (Comma, _) => true,
        (Ident, OpenBracket) if left.text == "in" => true,
        (Ident | Number | CloseBrace | CloseBracket | CloseParen, OpenBracket) => false,
        (Bang, _) => false,
        (OpenBrace, CloseBrace) => false,
        (OpenBrace, _) | (_, CloseBrace) => true,
        (OpenParen | OpenBracket, _) | (_, CloseParen | CloseBracket) => false,
        _ => true,
    }
}

/// The same where text, a sequence or a comment is involved.
fn is_text_spaced(left: &Piece<'_>, right: &Piece<'_>) -> bool {
    let is_object_in_sequence = (left.kind == Kind::OpenSequence && right.is(TokenKind::OpenBrace))
        || (left.is(TokenKind::CloseBrace) && right.kind == Kind::CloseSequence);
    is_object_in_sequence || !is_glued(left, right)
}

/// What belongs to a text or stands in brackets.
fn is_glued(left: &Piece<'_>, right: &Piece<'_>) -> bool {
    matches!(
        (left.kind, right.kind),
        (Kind::OpenQuote | Kind::Text | Kind::OpenHeredoc | Kind::OpenSequence, _)
            | (_, Kind::Text | Kind::CloseQuote | Kind::CloseHeredoc | Kind::CloseSequence)
            | (Kind::CloseSequence, Kind::OpenSequence)
            | (_, Kind::Plain(TokenKind::Newline | TokenKind::Comma | TokenKind::Dot | TokenKind::Ellipsis))
            | (Kind::Plain(TokenKind::Dot | TokenKind::Bang), _)
            | (Kind::Plain(TokenKind::OpenParen | TokenKind::OpenBracket), _)
            | (_, Kind::Plain(TokenKind::CloseParen | TokenKind::CloseBracket))
    )
}

/// Whether a minus behind this token negates.
fn is_before_negation(before: &Piece<'_>) -> bool {
    use TokenKind::{
        And, Assign, Bang, Colon, Comma, Equal, Greater, GreaterEqual, Less, LessEqual, Minus, NotEqual,
        OpenBrace, OpenBracket, OpenParen, Or, Percent, Plus, Question, Slash, Star,
    };
    match before.kind {
        Kind::Plain(kind) => matches!(
            kind,
            And | Assign
                | Bang
                | Colon
                | Comma
                | Equal
                | Greater
                | GreaterEqual
                | Less
                | LessEqual
                | Minus
                | NotEqual
                | OpenBrace
                | OpenBracket
                | OpenParen
                | Or
                | Percent
                | Plus
                | Question
                | Slash
                | Star
        ),
        _ => false,
    }
}

/// Puts the `=` of neighbouring lines below each other, then their comments.
fn align(lines: &mut [Line<'_>]) {
    for run in lines.chunk_by_mut(|left, right| !left.assign.is_empty() && !right.assign.is_empty()) {
        let widest = run.iter().map(|line| width(&line.lead)).max().unwrap_or(0);
        for line in run {
            let own = width(&line.lead);
            if let Some(first) = line.assign.first_mut() {
                first.blanks = widest - own + 1;
            }
        }
    }
    let code = |line: &Line<'_>| width(&line.lead) + width(&line.assign);
    for run in lines.chunk_by_mut(|left, right| !left.comment.is_empty() && !right.comment.is_empty()) {
        let widest = run.iter().map(code).max().unwrap_or(0);
        for line in run {
            let own = code(line);
            if let Some(first) = line.comment.first_mut() {
                first.blanks = widest - own + 1;
            }
        }
    }
}

/// In columns, blanks included.
fn width(cell: &[Placed<'_>]) -> usize {
    cell.iter().map(|placed| placed.blanks + columns(placed.piece.text)).sum()
}

fn columns(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.graphemes(true).count() }
}
