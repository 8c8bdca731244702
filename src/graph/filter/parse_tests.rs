//! The text of filters: what is a fault and where, what means the same, and that any text has an answer.

use super::parse_filter;
use super::tests::select;

/// The query, the column of the caret, and a word that the message must have.
#[test]
fn faults() {
    for (query, column, says) in [
        ("", 0, "ends too early"),
        ("  ", 2, "ends too early"),
        ("[ad]*", 4, "'*'"),
        ("odd/a=b", 5, "'='"),
        ("./*/{vpc,db}", 4, "'{'"),
        ("{./*/{vpc,db}}", 1, "never closed"),
        ("./prod/[a-d]*", 7, "'['"),
        ("name=", 5, "no value"),
        ("name={a}", 5, "no value"),
        ("a=...b", 0, "'a'"),
        ("nmae=x", 0, "did you mean 'name='"),
        ("type=Stack", 5, "'stack'"),
        ("external=yes", 9, "'true'"),
        ("-1...db", 5, "'db'"),
        ("x...y", 4, "'y'"),
        ("...", 3, "belong to a target"),
        ("1...", 4, "too early"),
        ("a|", 2, "'|'"),
        ("|a", 0, "'|'"),
        ("a||b", 2, "'|'"),
        ("!", 1, "'!'"),
        ("^", 1, "too early"),
        ("{a", 0, "never closed"),
        ("{ }", 2, "between"),
        ("a}", 1, "'}'"),
        ("=x", 0, "'='"),
        ("name=b=c", 6, "'='"),
        ("[main", 0, "[main]"),
        ("[main...]", 8, "reference"),
        ("[...main]", 1, "reference"),
        ("[-x]", 1, "begins with '-'"),
        ("[main... --output=x]", 9, "begins with '-'"),
        ("a]", 1, "']'"),
        ("a !b", 2, "'!'"),
        ("(a)", 3, "boundary"),
        ("()...x", 1, "between"),
        ("1...(a)x", 4, "'('"),
        ("a^", 1, "'^'"),
        ("^...vpc", 1, "'...'"),
        ("a....b", 4, "'.b'"),
        ("{./[a}", 1, "never closed"),
        ("\u{e9}\u{e9}!", 2, "'!'"),
    ] {
        let error = parse_filter(query).unwrap_err();
        let text = error.render();
        assert!(text.contains(says), "{query}: {text}");
        assert_eq!(error.column, column, "{query}: {text}");
        assert!(text.contains(&format!("\n    {query}\n    {}^\n", " ".repeat(column))), "{text}");
    }
}

/// Whatever is typed: an answer, or a fault with its caret under the query or right behind it.
#[test]
fn any_text_has_an_answer() {
    let pieces =
        ["a", "!", "|", "=", "...", "{", "}", "[", "]", "(", ")", "^", "1", "./", " ", "\u{e9}", "\\"];
    for first in pieces {
        for second in pieces {
            for third in pieces {
                for fourth in ["", "x", "..."] {
                    let query = [first, second, third, fourth].concat();
                    if let Err(error) = parse_filter(&query) {
                        assert!(error.column <= query.chars().count(), "{}", error.render());
                    }
                }
            }
        }
    }
}

/// The second is how people write the first; it means the same.
#[test]
fn spacing_means_nothing_and_operators_bind_as_they_read() {
    let meaning = |query: &str| match parse_filter(query) {
        Ok(filter) => format!("{:?}", filter.expr),
        Err(error) => panic!("{}", error.render()),
    };
    for (tight, loose) in [
        ("a|b", "  a\t|  b "),
        ("a|b|c", "a | b|c"),
        ("!a|b", "! a | b"),
        ("!!a", "a"),
        ("!!!a", "!a"),
        ("!...a", "! ... a"),
        ("1...a", "1 ... a"),
        ("...^a...2", "... ^ a ... 2"),
        ("a...|b", "a ... | b"),
        ("(./x)...a...(./y)", "( ./x ) ... a ... ( ./y )"),
        ("name=a", "name = a"),
        ("[a...b]", "[  a ... b ]"),
        ("[a]", "[ a...HEAD ]"),
        ("...[a]...", "... [ a ] ..."),
        ("{./a b}", "{ ./a b }"),
        ("./a/./b/../c", "./a/c"),
        ("reading=./x.hcl", "reading = x.hcl"),
    ] {
        assert_eq!(meaning(tight), meaning(loose), "{tight:?} {loose:?}");
    }
    for (one, other) in
        [("!a|b", "!b|a"), ("a|!b", "!a|b"), ("...a", "a..."), ("^a...", "a..."), ("a", "./a")]
    {
        assert_ne!(meaning(one), meaning(other), "{one:?} {other:?}");
    }
    assert!(meaning("!a|b").starts_with("Pipe(Not("), "`!` binds tighter than `|`");
    assert!(meaning("!...a").starts_with("Not(Graph("), "`...` binds tighter than `!`");
    assert!(meaning("a|b...").starts_with("Pipe(Match("), "`...` binds tighter than `|`");
}

/// Long and senseless texts, the same in every run: an answer or a fault, never a panic, and what is understood
/// survives being read again.
#[test]
fn senseless_texts_have_an_answer() {
    let pieces = [
        "a",
        "b c",
        "!",
        "|",
        "=",
        "...",
        "..",
        ".",
        "/",
        "./",
        "**",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "^",
        "12",
        "name=",
        "type=unit",
        "reading=",
        "\\",
        " ",
        "\u{e9}",
        "\u{1f600}",
        "-",
        "~",
        "@{",
        "HEAD",
        "?",
        "*",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    for _ in 0..20_000 {
        let query: String = (0..next(14)).map(|_| pieces[next(pieces.len())]).collect();
        match parse_filter(&query) {
            Err(error) => assert!(error.column <= query.chars().count(), "{}", error.render()),
            Ok(filter) => {
                let again = parse_filter(&filter.text).unwrap();
                assert_eq!(format!("{:?}", filter.expr), format!("{:?}", again.expr), "{query:?}");
                select(&[filter]);
            }
        }
    }
}
